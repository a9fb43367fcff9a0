"""Learning from review: what reviewed words teach, who judges, what is refused, and the readers that come out."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pytest
from conftest import needs_model

from batchocr.cli import main
from batchocr.elements import NOT_A_DIGIT, Box
from batchocr.errors import ModelError, UsageError
from batchocr.job import open_job
from batchocr.network.adapting import (
    VALIDATION,
    Adapted,
    Begin,
    Course,
    Review,
    Trial,
    adapt,
    answers_of,
    batch_of,
    bent_strip,
    digit_weights,
)
from batchocr.network.adding import refuse_if_worse, refuse_unlikely
from batchocr.network.card import SHIPPED, SHIPPED_STRINGS, hashes_of, sliding_beside
from batchocr.network.dataset import Mnist
from batchocr.network.litert_weights import dense_widths
from batchocr.network.model import load_model
from batchocr.network.slider import BEFORE, load_sliding
from batchocr.network.synthesis import penned_digits
from batchocr.reviewed import (
    LearntPage,
    Lesson,
    PageOfReview,
    Said,
    learn_page,
    pages_of_review,
    split_pages,
    strings_right,
)

SAMPLES = Path(__file__).parents[1] / "samples" / "pages"
needs_training = pytest.mark.skipif(
    not all(find_spec(name) for name in ("tensorflow", "matplotlib")),
    reason="TensorFlow and Matplotlib are not installed (the train extra)",
)
quiet = pytest.mark.filterwarnings("ignore")  # TensorFlow's and Keras's own deprecations
TINY = Course(epochs=1, reviewed=16, known=32, least_steps=2, strips=2, judged=4, size=0.01)


def lesson(text: str, *, width: int = 80) -> Lesson:
    """A word of so many digits, its glyphs plain grey."""
    strip = np.random.default_rng(len(text)).integers(0, 255, (32, width)).astype(np.uint8)
    labels = np.array([int(c) for c in text], np.uint8)
    return Lesson(strip, text, np.full((len(text), 28, 28), 90, np.uint8), labels)


def learnt_pages(*digits: int) -> list[LearntPage]:
    """Pages of so many reviewed digits each."""
    return [
        LearntPage(PageOfReview(Path(f"{n}.png"), 1, f"content {n}", ()), (lesson("7" * count),), 0)
        for n, count in enumerate(digits)
    ]


def trial(before: str, after: str, *, strict: bool) -> Trial:
    """Right (1) and wrong (0) answers."""
    return Trial("digits", *(np.array([c == "1" for c in text]) for text in (before, after)), strict=strict)


# what reviewed words teach


@needs_model
def test_a_reviewed_word_teaches_its_digits_where_they_are(tmp_path: Path) -> None:
    page = reviewed_rows_page(("043831", Box(103, 138, 280, 200)), ("", Box(353, 134, 523, 196)))
    learnt = learn_page(page, load_model(), load_sliding())
    number, no_number = learnt.lessons
    digits = number.labels[number.labels != NOT_A_DIGIT]
    assert digits.tolist() == [0, 4, 3, 8, 3, 1]
    read = load_model()(number.glyphs[: len(digits)]).argmax(axis=1)
    assert (read == digits).mean() >= 5 / 6
    assert set(no_number.labels.tolist()) <= {NOT_A_DIGIT}
    assert learnt.digits() == 6


@needs_model
def test_a_text_that_is_not_what_is_written_teaches_no_cuts() -> None:
    page = reviewed_rows_page(("999", Box(103, 138, 280, 200)), ("1", Box(0, 0, 20, 20)))
    learnt = learn_page(page, load_model(), load_sliding())
    assert (learnt.digits(), learnt.lost) == (0, 2)


@needs_model
def test_a_page_tells_which_reviewed_numbers_are_read_right() -> None:
    page = reviewed_rows_page(("043831", Box(103, 138, 280, 200)), ("111111", Box(353, 134, 523, 196)))
    assert strings_right(page, load_model(), load_sliding()) == [True, False]


def reviewed_rows_page(*said: tuple[str, Box]) -> PageOfReview:
    return PageOfReview(SAMPLES / "rows.png", 1, "rows", tuple(Said(box, text) for text, box in said))


@needs_model
def test_a_page_that_is_gone_or_changed_is_left_out(tmp_path: Path) -> None:
    table = tmp_path / "n.csv"
    for name in ("here", "gone", "changed"):
        copyfile(SAMPLES / "rows.png", tmp_path / f"{name}.png")
        with (tmp_path / f"{name}.png").open("ab") as file:
            file.write(name.encode())
    paths = [str(tmp_path / f"{name}.png") for name in ("here", "gone", "changed")]
    assert main(["run", *paths, "-o", str(table), "-q", "--jobs", "1"]) == 0
    with open_job(table) as job:
        job.prepare_review()
        words = list(job.words())
        for word in words:
            job.correct(word.key, "confirm")
    (tmp_path / "gone.png").unlink()
    (tmp_path / "changed.png").write_bytes(b"another")
    pages, skipped = pages_of_review([table, table])
    assert [page.path.name for page in pages] == ["here.png"]
    assert skipped == {"file is missing": 2, "file has changed": 2}
    assert sorted(s.text for s in pages[0].said) == sorted(w.text for w in words if "here" in w.source)


# who judges


def test_pages_part_by_their_content_and_stay_on_their_side() -> None:
    pages = learnt_pages(*[30] * 20)
    learn, judge = split_pages(pages)
    assert not {p.page.content for p in learn} & {p.page.content for p in judge}
    assert len(learn) + len(judge) == 20
    more = split_pages([*learnt_pages(*[30] * 30)])
    assert {p.page.content for p in judge} <= {p.page.content for p in more[1]}
    moved = [replace(p, page=replace(p.page, path=Path("elsewhere.png"))) for p in reversed(pages)]
    assert [p.page.content for p in split_pages(moved)[1]] == [p.page.content for p in judge]


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([], "0 pages with reviewed numbers; learning takes at least 2"),
        ([50], "1 page with reviewed numbers; learning takes at least 2"),
        ([5, 5], "hold 5 reviewed digits; at least 20 are needed"),
    ],
)
def test_too_little_review_is_refused_in_words(pages: list[int], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        split_pages(learnt_pages(*pages))


@pytest.mark.parametrize(
    ("before", "after", "strict", "worse"),
    [
        ("1110", "1101", True, False),
        ("1110", "1100", True, True),
        ("1" * 9, "0" + "1" * 8, False, False),  # one lost of one that differs: chance
        ("1" * 9, "000" + "1" * 6, False, True),
        ("0" + "1" * 8, "1" * 9, False, False),
    ],
)
def test_what_counts_as_worse(before: str, after: str, strict: bool, worse: bool) -> None:
    assert trial(before, after, strict=strict).is_worse is worse


def test_both_figures_are_shown() -> None:
    assert trial("1110", "1100", strict=True).in_words() == (
        "digits: 75.00% (3 of 4) before, 50.00% (2) after, which is worse"
    )


def refusal_of(failure: Trial, reviewed: int) -> str:
    with pytest.raises(ModelError) as refused:
        refuse_if_worse(Adapted(Path("k"), Path("d"), None, (failure,)), Path("m.tflite"), reviewed)
    return str(refused.value)


def test_a_worse_model_is_refused_by_name() -> None:
    worse = trial("11", "10", strict=True)
    unharmed = replace(worse, after=worse.before)
    refuse_if_worse(Adapted(Path("k"), Path("d"), None, (unharmed,)), Path("m.tflite"), 50)
    said = "m.tflite: not written, since the new model is worse on digits, 2 of 2 right before and 1 after; "
    assert refusal_of(worse, 50).startswith(said)


def test_a_refusal_by_few_words_says_how_many_would_tell() -> None:
    by_one = trial("1" * 10, "1" * 9 + "0", strict=True)
    assert "about 180 reviewed words (there are 44) would tell" in refusal_of(by_one, 44)
    plainly = trial("1" * 10, "0" * 10, strict=True)
    assert refusal_of(plainly, 44).endswith("look through the words that were corrected, and review more")
    of_mnist = replace(by_one, name=VALIDATION)  # reviewing more words makes it no larger
    assert "would tell" not in refusal_of(of_mnist, 44)


def test_a_review_of_random_labels_is_refused() -> None:
    (page,) = learnt_pages(30)
    said = tuple(Said(Box(0, n, 9, n + 9), "7") for n in range(10))
    reviewed = replace(page, page=replace(page.page, said=said), lost=5)
    refuse_unlikely([reviewed])
    with pytest.raises(UsageError, match="6 of 10 reviewed words do not look like what was said of them"):
        refuse_unlikely([replace(reviewed, lost=6)])


# strips


def test_strips_are_padded_with_paper_and_hold_their_digits() -> None:
    strips, digits, lengths = batch_of(
        [lesson("12", width=70), lesson("345", width=130), lesson("", width=9)]
    )
    assert strips.shape == (3, BEFORE + 192, 32)
    assert (lesson("12", width=70).strip == strips[0, BEFORE : BEFORE + 70].T).all()
    assert not strips[0, :BEFORE].any()
    assert not strips[0, BEFORE + 70 :].any()
    assert digits.tolist() == [[1, 2, 0], [3, 4, 5], [0, 0, 0]]
    assert lengths.tolist() == [2, 3, 0]


def test_a_bent_strip_keeps_its_size_and_text() -> None:
    strip = lesson("12")
    bent = bent_strip(strip, np.random.default_rng(1))
    assert bent.strip.shape == strip.strip.shape
    assert bent.text == "12"
    assert (bent.strip != strip.strip).any()


# model files


@needs_model
def test_the_weights_of_the_shipped_file_compute_what_it_computes() -> None:
    weights = digit_weights(SHIPPED)
    assert dense_widths(SHIPPED) == (784, *(len(bias) for bias in weights[1::2]))
    images, _ = penned_digits(40, 3)
    assert np.abs(answers_of(weights, images) - load_model()(images)).max() < 0.05


def test_a_sliding_reader_beside_the_model_belongs_to_it(tmp_path: Path) -> None:
    model = tmp_path / "own.tflite"
    model.write_bytes(b"digits")
    assert sliding_beside(model) == SHIPPED_STRINGS
    alone = hashes_of(model)
    beside = tmp_path / "own-strings.tflite"
    beside.write_bytes(b"strings")
    assert sliding_beside(model) == beside
    assert hashes_of(model).split()[0] == alone
    assert len(hashes_of(model).split()) == 2


# both readers, end to end


@needs_model
@needs_training
@quiet
def test_both_readers_learn_and_their_files_are_judged(tmp_path: Path) -> None:
    import keras

    from batchocr.network.sliding import plain_sliding
    from batchocr.network.training import export

    keras.utils.set_random_seed(1)
    begin = Begin(SHIPPED, tmp_path / "begin-strings.tflite")
    untaught = plain_sliding(None, batch=1)
    rng = np.random.default_rng(2)  # biases of nought would be left out of the file
    untaught.set_weights([w + rng.normal(0, 0.01, w.shape) for w in untaught.get_weights()])
    export(untaught, begin.strings)
    images, labels = penned_digits(400, 3)
    mnist = Mnist(images, labels, images[:20], labels[:20], None, {})
    glyphs, texts = penned_digits(12, 5)
    taught = [Lesson(lesson("12").strip, "12", glyphs, texts)]
    asked: list[tuple[Any, Any]] = []

    def read(predict: Any, slide: Any) -> np.ndarray:
        asked.append((predict, slide))
        return np.ones(3, bool)

    import matplotlib

    fonts = [
        Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
        for name in ("DejaVuSans.ttf", "DejaVuSans-Oblique.ttf")
    ]
    said: list[str] = []
    adapted = adapt(begin, Review(taught, taught, read), mnist, fonts, TINY, tmp_path, said.append)
    assert (
        load_model(adapted.digits)(glyphs).argmax(axis=1).tolist()
        == load_model(adapted.keras_file)(glyphs).argmax(axis=1).tolist()
    )
    assert (load_model(adapted.digits)(images) != load_model(SHIPPED)(images)).any()
    (steps,) = load_sliding(adapted.strings or tmp_path / "strings.tflite")([taught[0].strip])
    assert steps.shape == (20, 11)
    assert {t.name: len(t.before) for t in adapted.trials} == {
        "MNIST's validation digits": 66,
        "reviewed digits held out": 12,
        "drawn strings, sliding reader": 3 * TINY.judged,
        "reviewed strings held out, sliding reader": 1,
        "reviewed strings held out, both readers": 3,
    }
    assert len(asked) == 2
    assert any(line.startswith("digits: step 2/2") for line in said)
    assert any(line.startswith("strings: step 2/2") for line in said)


@needs_training
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--add", "n.csv", "--architecture", "deep"], "leave --architecture and --resume out"),
        (["--add", "n.csv", "--resume"], "leave --architecture and --resume out"),
        (["--model", "m.tflite"], "name a reviewed table with --add"),
        (["--add", "n.csv"], "n.csv"),
    ],
)
def test_what_train_cannot_mean_is_refused(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(
            [
                "train",
                *(str(tmp_path / o) if "." in o else o for o in options),
                "-o",
                str(tmp_path / "o.tflite"),
            ]
        )
        == 2
    )
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("o*"))


@needs_model
@needs_training
def test_a_table_without_review_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "n.csv"
    assert main(["run", str(SAMPLES / "rows.png"), "-o", str(table), "-q", "--jobs", "1"]) == 0
    assert main(["train", "--add", str(table), "-o", str(tmp_path / "o.tflite")]) == 2
    assert "0 pages with reviewed numbers" in capsys.readouterr().err
    assert not list(tmp_path.glob("o*"))
