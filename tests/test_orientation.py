"""Pages put in on their side or upside down: read as they should be, with boxes where the ink lies."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from batchocr import pipeline
from batchocr.cli import main
from batchocr.elements import Box, Page, Word
from batchocr.job import open_job
from batchocr.network.model import load_model
from batchocr.overlay import draw_overlay
from batchocr.pages import load_page
from batchocr.pipeline import read_strings, recognize_page, words_of_page
from batchocr.review.crops import cut, sheet_of, wanted_on
from batchocr.segmentation.orientation import Turns, lines_run, quarters_of, turned_back
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import blank_page

PAGES = Path(__file__).parents[1] / "samples" / "pages"


def turned(page: Page, quarters: int) -> Page:
    """The page as it lies after so many quarter turns counterclockwise."""
    return Page(np.ascontiguousarray(np.rot90(page.image, quarters)))


def texts(words: list[Word]) -> list[tuple[int, int, str, str]]:
    return [(word.line, word.word, word.text, word.status) for word in words]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_boxes_of_a_turned_page_lead_back_to_the_same_ink(turns: int) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (40, 70), np.uint8)
    there = np.rot90(picture, turns)
    box = Box(5, 8, 17, 30)
    (back,) = turned_back([box], turns, there.shape)
    ink = picture[back.top : back.bottom, back.left : back.right]
    assert (np.rot90(ink, turns) == there[box.top : box.bottom, box.left : box.right]).all()


def test_the_way_that_digits_follow_each_other_tells_the_turn() -> None:
    page = np.zeros((60, 100), np.uint8)
    before, after = Box(10, 20, 20, 40), Box(30, 20, 40, 40)
    for turns in range(4):
        lying = np.rot90(page, turns)
        a, b = turned_back([before, after], 4 - turns, page.shape) if turns else (before, after)
        assert max(b.right, a.right) <= lying.shape[1]
        assert (quarters_of(b.left - a.left, b.top - a.top) + turns) % 4 == 0


@pytest.mark.parametrize("name", ["phone-photo.jpg", "exam-form.png", "skewed.jpg"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_put_in_wrongly_reads_as_it_does_upright(name: str, quarters: int) -> None:
    page = load_page(PAGES / name)
    upright = recognize_page(page, load_model())
    lying = recognize_page(turned(page, quarters), load_model())
    assert texts(lying) == texts(upright)
    places = turned_back([word.box for word in lying], quarters, np.rot90(page.image, quarters).shape)
    assert places == [word.box for word in upright]


@pytest.mark.parametrize(
    ("name", "quarters"),
    [
        ("ledger.jpg", 1),
        ("microfilm.jpg", 3),  # the grain of its film is no writing, though it is small
        ("tally-photo.jpg", 1),
        ("delivery-notes.pdf", 2),  # few of its digits are none upside down
        ("letter.jpg", 1),
        ("letter.jpg", 2),
        ("letter.jpg", 3),
    ],
)
def test_a_page_of_few_digits_is_turned_by_its_lines_and_letters(name: str, quarters: int) -> None:
    page = load_page(PAGES / name)
    assert texts(recognize_page(turned(page, quarters), load_model())) == texts(
        recognize_page(page, load_model())
    )


def test_of_a_page_none_of_whose_digits_is_sure_the_turn_is_kept_in_which_they_are_likelier(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lying(quarters: int, count: int, confidence: float) -> Any:
        words = [Word(1, 1, "44", confidence, "review", Box(0, 0, 9, 9), "digits touch")] * count
        return SimpleNamespace(words=words, sheet=SimpleNamespace(quarters=quarters))

    monkeypatch.setattr(pipeline, "words_of_page", lambda page: page.words)
    likely, few, many = lying(2, 94, 0.5), lying(0, 83, 0.25), lying(2, 300, 0.5)
    assert pipeline._surest([few, likely]) is likely
    assert pipeline._surest([few, many]) is few
    hardly = lying(2, 94, 0.3)
    assert pipeline._surest([few, hardly]) is few, "as it was put in"
    assert pipeline._surest([lying(1, 83, 0.25), hardly]) is hardly


def test_a_page_with_sure_strings_of_several_digits_stays_though_lines_seem_to_run_down_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "likely_turns", lambda *_: Turns([1, 3], sideways=True))
    monkeypatch.setattr(pipeline, "DECENT_SHARE", 1.1)  # as if few of its strings were sure
    page = load_page(PAGES / "rows.png")
    assert read_strings(page, load_model()).sheet.quarters == 0
    assert read_strings(turned(page, 1), load_model()).sheet.quarters == 3


def test_boxes_with_a_digit_each_do_not_tell_which_way_lines_run() -> None:
    def word(*boxes: Box, in_cells: bool = False) -> CandidateWord:
        atoms = tuple(Atom(box, np.ones((box.height, box.width), bool)) for box in boxes)
        left, right = boxes[0].left, boxes[-1].right
        return CandidateWord(atoms, Box(left, boxes[0].top, right, boxes[0].bottom), in_cells=in_cells)

    scores = [
        Box(300 + 160 * n, 80 * row, 340 + 160 * n, 80 * row + 56) for row in range(12) for n in range(4)
    ]
    letters = [
        [Box(20 + 16 * n, 80 * row, 32 + 16 * n, 80 * row + 14) for n in range(17)] for row in range(12)
    ]
    labels = [word(*row) for row in letters]
    assert lines_run([*labels, *(word(box, in_cells=True) for box in scores)], 56) == "across"
    assert lines_run([*labels, *(word(box) for box in scores)], 56) == "down"


def test_digits_in_a_close_column_stay_as_they_are() -> None:
    page = blank_page(1400, 900)
    for n in range(30):
        cv2.putText(page, str(n % 10), (420, 70 + 44 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)
    read = read_strings(Page(page), load_model())
    assert lines_run(read.words, read.writing_height) == "down"
    assert read.sheet.quarters == 0
    assert "".join(word.text for word in words_of_page(read)) == "0123456789" * 3


@pytest.mark.parametrize("name", ["letter.jpg", "delivery-notes.pdf", "microfilm.jpg", "ledger.jpg"])
def test_an_upright_page_stays_as_it_is_whatever_letters_look_like(name: str) -> None:
    words = recognize_page(load_page(PAGES / name), load_model())
    steps = [
        (b.box.left - a.box.left, b.box.top - a.box.top)
        for word in words
        for a, b in zip(word.readings, word.readings[1:], strict=False)
    ]
    assert steps
    assert quarters_of(*map(sum, zip(*steps, strict=True))) == 0


def test_a_dense_page_put_in_wrongly_reads_as_it_does_upright() -> None:
    dense = Page(np.tile(load_page(PAGES / "weather-log.png").image, (2, 2)))
    upright = recognize_page(dense, load_model())
    assert len(upright) >= pipeline.MANY_WORDS
    assert texts(recognize_page(turned(dense, 1), load_model())) == texts(upright)


def test_of_a_dense_page_of_letters_only_a_part_is_read_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    heights = []
    read = pipeline._read_as_they_lie

    def watched(images, predict, slide):
        heights.append([image.shape[0] for image in images])
        return read(images, predict, slide)

    monkeypatch.setattr(pipeline, "_read_as_they_lie", watched)
    dense = np.tile(load_page(PAGES / "letter.jpg").image, (2, 2))
    recognize_page(Page(dense), load_model())
    assert heights == [[dense.shape[0]], [dense.shape[0] * 2 // 3 - dense.shape[0] // 3]]


def test_marked_pages_and_reviewed_words_are_shown_upright(tmp_path: Path) -> None:
    page = load_page(PAGES / "phone-photo.jpg")
    lying = turned(page, 3)
    cv2.imwrite(str(tmp_path / "lying.png"), lying.image)
    table = tmp_path / "numbers.csv"
    assert main(["run", str(tmp_path / "lying.png"), "-o", str(table), "-q"]) == 0
    with open_job(table) as job:
        job.prepare_review()
        (key,) = job.rows("SELECT id FROM words WHERE text = '79146'").fetchone()
        sheet = sheet_of(job, key)
        (wanted,) = wanted_on(job, sheet.key, key)
    assert sheet.quarters == 1
    (box,) = (word.box for word in recognize_page(page, load_model()) if word.text == "79146")
    upright = wanted._replace(box=box)
    assert (cut(lying, wanted, 0, sheet.quarters) == cut(page, upright, 0)).all()
    words = recognize_page(lying, load_model())
    assert (draw_overlay(lying, words) == draw_overlay(page, recognize_page(page, load_model()))).all()
