"""Measuring a network: its figures, the other ink it is tried on, and the page that shows them."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.cli import main
from batchocr.elements import NOT_A_DIGIT
from batchocr.errors import InputError
from batchocr.network.evaluation import Evaluation, evaluate, in_words
from batchocr.network.metrics import (
    class_figures,
    confusion,
    expected_calibration_error,
    reliability,
    risk_at_coverage,
    risk_coverage,
    string_reliability,
    string_risk,
    wilson_interval,
)
from batchocr.network.other_ink import draw_other_ink, font_files
from batchocr.network.report import Subject, page, write_report

MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason=f"MNIST is not at {MNIST}")
needs_tensorflow = pytest.mark.skipif(
    find_spec("tensorflow") is None, reason="TensorFlow is not installed (the train extra)"
)

Probs = NDArray[np.float32]


def some_probs(count: int = 500, seed: int = 0) -> tuple[Probs, NDArray[np.uint8]]:
    """Answers of a middling network, and the truth."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    logits = rng.normal(0, 1, (count, 11))
    logits[np.arange(count), labels] += 3
    probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return probs.astype(np.float32), labels


def coded(label: int, guess: int, confidence: float) -> NDArray[np.uint8]:
    """A picture that tells `decoded` what to answer."""
    picture = np.zeros((28, 28), np.uint8)
    picture[0, :3] = (guess, round(confidence * 100), label)
    return picture


def decoded(images: NDArray[np.uint8]) -> Probs:
    probs = np.zeros((len(images), 11), np.float32)
    for row, image in zip(probs, images, strict=True):
        guess, sure, label = (int(n) for n in image[0, :3])
        row[label] = 1 - sure / 100
        row[guess] = sure / 100
    return probs


def measured(outputs: int = 11) -> tuple[Evaluation, NDArray[np.uint8], dict[str, NDArray[np.uint8]]]:
    """Forty digits, three of them read wrongly, and twenty scrawls of which half are taken for a 7."""
    answers = [(n % 10, n % 10, 0.99) for n in range(37)]
    answers += [(4, 9, 0.9), (3, 5, 0.8), (1, NOT_A_DIGIT if outputs == 11 else 7, 0.7)]
    images = np.array([coded(*answer) for answer in answers])
    labels = np.array([answer[0] for answer in answers], np.uint8)
    scrawl = NOT_A_DIGIT if outputs == 11 else 2
    other = {"scrawls": np.array([coded(0, 7, 0.6)] * 10 + [coded(0, scrawl, 0.6)] * 10)}
    return evaluate(decoded, images, labels, other), images, other


# figures


def test_the_confusion_matrix_counts_answers_a_row_a_digit() -> None:
    probs = decoded(np.array([coded(1, 1, 1), coded(1, 7, 0.9), coded(2, NOT_A_DIGIT, 0.8)]))
    counts = confusion(probs, np.array([1, 1, 2], np.uint8))
    assert counts.shape == (10, 11)
    assert counts.sum() == 3
    assert counts[1, 1] == counts[1, 7] == counts[2, NOT_A_DIGIT] == 1


def test_precision_and_recall_of_a_small_matrix() -> None:
    counts = np.zeros((10, 11), np.int64)
    counts[0, 0], counts[0, 1], counts[1, 1] = 3, 1, 6
    zero, one = class_figures(counts)[:2]
    assert (zero.precision, zero.recall, zero.count) == (1, 0.75, 4)
    assert (one.precision, one.recall) == (pytest.approx(6 / 7), 1)
    assert one.f1 == pytest.approx(12 / 13)
    assert class_figures(counts)[5].precision == 0  # never there, never answered


def test_the_bins_add_up_to_the_calibration_error() -> None:
    probs, labels = some_probs()
    bins = reliability(probs, labels)
    assert sum(b.count for b in bins) == len(labels)
    assert all(b.low <= b.confidence <= b.high for b in bins)
    gap = sum(b.count * abs(b.confidence - b.accuracy) for b in bins) / len(labels)
    assert gap == pytest.approx(expected_calibration_error(probs, labels), abs=1e-6)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
def test_the_curve_passes_through_the_risk_at_every_coverage(share: float) -> None:
    probs, labels = some_probs()
    risks = risk_coverage(probs, labels)
    assert len(risks) == len(labels)
    assert risks[round(share * len(labels))] == pytest.approx(risk_at_coverage(probs, labels, 1 - share))


def test_an_interval_holds_its_share_and_narrows_with_the_count() -> None:
    low, high = wilson_interval(90, 100)
    assert low < 0.9 < high
    assert (round(low, 3), round(high, 3)) == (0.826, 0.945)  # Wilson's interval of 90 in 100
    many_low, many_high = wilson_interval(9000, 10_000)
    assert many_high - many_low < (high - low) / 5
    assert wilson_interval(10, 10)[1] == 1


def test_a_network_is_told_in_figures() -> None:
    e, _, _ = measured()
    assert (e.digits, e.errors, e.outputs, e.digits_called_other) == (40, 3, 11, 1)
    assert e.errors_among_digits_only == 2  # without its eleventh output, the 1 is read
    assert [(m.index, m.truth, m.guess) for m in e.mistakes] == [(37, 4, 9), (38, 3, 5), (39, 1, 10)]
    assert [m.confidence for m in e.mistakes] == pytest.approx([0.9, 0.8, 0.7])
    assert e.risks[0].error == pytest.approx(3 / 40)
    assert e.risks[-1] == type(e.risks[-1])(0.10, 0.0, 36, 0)  # the three, and one more, are set aside
    assert e.curve[0] == (0.0, pytest.approx(3 / 40))
    scrawls, whole = e.separations
    assert scrawls.taken == 0.5
    assert scrawls.auroc == pytest.approx(0.5 * 1 + 0.5 * 0.5, abs=0.02)  # half score as most digits do
    assert whole.auroc == scrawls.auroc
    assert any("92.50%" in line for line in in_words(e))


def test_ten_outputs_tell_other_ink_by_their_doubt() -> None:
    e, _, _ = measured(outputs=10)
    assert e.outputs == 10
    assert len(e.confusion[0]) == 10
    assert e.separations[0].taken == 1
    assert e.separations[0].auroc > 0.9
    assert "greatest" in e.score


# other ink


def drawn_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images = np.zeros((2, 28, 28), np.uint8)
    images[:, 5:23, 8:20] = 255
    images[:, 9:19, 11:17] = 0
    return images, np.zeros(2, np.uint8)


def test_other_ink_of_every_kind_is_drawn_without_fetched_fonts_and_is_its_seed() -> None:
    first = draw_other_ink(*drawn_digits(), count=12, seed=1)
    again = draw_other_ink(*drawn_digits(), count=12, seed=1)
    other = draw_other_ink(*drawn_digits(), count=12, seed=2)
    assert {"letters", "marks", "fragments", "pairs", "stubs", "blobs"} <= set(first)
    for kind, pictures in first.items():
        assert 0 < len(pictures) <= 12
        assert pictures.dtype == np.uint8 and pictures.shape[1:] == (28, 28)
        assert (pictures.max((1, 2)) == 255).all()
        assert np.array_equal(pictures, again[kind])
    assert not np.array_equal(first["letters"], other["letters"])


def test_a_folder_without_usable_fonts_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        font_files(tmp_path / "none")
    with pytest.raises(InputError, match=r"no \.ttf"):
        font_files(tmp_path)
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    with pytest.raises(InputError, match=r"broken\.ttf"):
        font_files(tmp_path)


# the page


class Tags(HTMLParser):
    """The tags of a page: those left open, and every address."""

    EMPTY = frozenset({"meta", "img", "br", "line", "path", "circle", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


SUBJECT = Subject(
    name="mine <b>&.tflite",
    card={"architecture": "tiny", "parameters": 1234, "bytes": 5000, "sha256": "0" * 64},
    digits="40 digits",
    command="batchocr evaluate mine.tflite",
    date="2026-01-02",
    version="1.2",
)


@pytest.mark.parametrize("outputs", [10, 11])
def test_the_page_is_well_formed_and_needs_nothing_but_itself(outputs: int) -> None:
    e, images, other = measured(outputs)
    text = page(e, SUBJECT, images, other)
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert all(address.startswith("data:image/png;base64,") for address in tags.addresses)
    assert not {"script", "link", "iframe"} & set(tags.seen)
    assert "http" not in text and "@import" not in text and "url(" not in text
    assert "mine &lt;b&gt;&amp;.tflite" in text
    assert tags.seen.count("svg") == 2
    assert tags.seen.count("figure") == e.errors == 3
    assert "92.50" in text
    assert "prefers-color-scheme: dark" in text
    assert ("<th>other</th>" in text) == (outputs == 11)


def test_a_perfect_network_has_a_page_too() -> None:
    images = np.array([coded(n, n, 1) for n in range(10)])
    e = evaluate(decoded, images, np.arange(10, dtype=np.uint8), {})
    text = page(e, SUBJECT, images, {})
    assert e.accuracy == 1 and e.mistakes == ()
    assert "No mistakes" in text and "Ink that is no digit" not in text and "nan" not in text


def test_page_and_data_are_written_and_tell_the_same(tmp_path: Path) -> None:
    e, images, other = measured()
    html, data = write_report(tmp_path / "report", e, SUBJECT, images, other)
    figures = json.loads(data.read_text())
    assert figures["accuracy"] == e.accuracy
    assert figures["model"]["sha256"] == "0" * 64
    assert np.array(figures["confusion"]).sum() == 40
    assert html.read_text() == page(e, SUBJECT, images, other)
    assert sorted(p.name for p in html.parent.iterdir()) == ["evaluation.html", "evaluation.json"]


# the command


@needs_mnist
def test_evaluate_measures_the_shipped_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--data", str(MNIST), "-o", str(tmp_path / "report")]) == 0
    figures = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert figures["accuracy"] >= 0.993
    assert figures["outputs"] == 11
    assert figures["separations"][-1]["auroc"] >= 0.99
    assert f"{figures['accuracy']:.2%}" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"no model"])
def test_evaluate_refuses_a_file_that_is_no_model(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.tflite"
    if content is not None:
        path.write_bytes(content)
    assert main(["evaluate", str(path), "--data", str(tmp_path)]) == 4
    caught = capsys.readouterr()
    assert "mine.tflite" in caught.err and caught.err.count("\n") == 1


def test_evaluate_refuses_a_file_in_the_folders_place_and_a_folder_without_mnist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report").write_text("")
    assert main(["evaluate", "--data", str(tmp_path), "-o", str(tmp_path / "report")]) == 5
    assert main(["evaluate", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2


@needs_tensorflow
@pytest.mark.filterwarnings("ignore")  # TensorFlow's and Keras's own deprecations
@pytest.mark.parametrize(("side", "outputs"), [(28, 3), (20, 10)])
def test_a_network_of_another_shape_is_refused_in_both_formats(
    side: int, outputs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from batchocr.network.training import export, quiet_tensorflow

    quiet_tensorflow()
    import keras

    images = keras.Input((side, side), dtype="uint8")
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(images))
    model = keras.Model(images, keras.layers.Dense(outputs, activation="softmax")(flat))
    model.save(tmp_path / "odd.keras")
    export(model, tmp_path / "odd.tflite", weights="float32")
    for name in ("odd.keras", "odd.tflite"):
        for command in (["evaluate"], ["model", "info"]):
            assert main([*command, str(tmp_path / name)]) == 4
            caught = capsys.readouterr()
            assert name in caught.err and "10 or 11 outputs" in caught.err and caught.err.count("\n") == 1


def test_the_curves_of_strings_tell_over_sure_ones() -> None:
    confidence = np.repeat([0.99, 0.93, 0.5, 0.1], 100)
    right = np.concatenate([np.arange(100) < share for share in (99, 70, 50, 10)])
    rows = string_reliability(confidence, right)
    np.testing.assert_allclose(rows, [[0.1, 0.1, 100], [0.5, 0.5, 100], [0.93, 0.7, 100], [0.99, 0.99, 100]])
    curve = string_risk(confidence, right)
    assert curve[-1] == pytest.approx((0, 1 - right.mean()))
    assert curve[0, 0] == pytest.approx(0.95)
    assert (np.diff(curve[:, 0]) < 0).all()
    assert string_reliability(confidence[:5], right[:5]).shape == (0, 3)
