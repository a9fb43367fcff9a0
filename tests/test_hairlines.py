"""Print whose strokes are joined by lines so fine that a scan leaves little of them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr import pipeline
from batchocr.elements import Grey, Page
from batchocr.imaging.binarize import Faint, fainter_ink, relief
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from tests.pictures import blank_page, scanned, stroke_digit, write
from tests.readings import seen_as

PLAIN = [0, 1, 2, 3, 4, 5, 6, 8, 9]  # a 7 whose bar is faint is a 1 to anyone
FAINT = 0.33  # of its upright strokes' depth that the other ones have


def hairline_digit(digit: int, rng: np.random.Generator, high: int = 26) -> NDArray[np.uint8]:
    """(h, w) uint8 ink of a digit with thick upright strokes, all others fine and faint."""
    fine = stroke_digit(digit, rng, 4 * high, 10)
    upright = np.ones((round(1.1 * high), 1), np.uint8)
    thick = cv2.morphologyEx(cv2.dilate(fine, np.ones((1, 9), np.uint8)), cv2.MORPH_OPEN, upright)
    both = np.maximum(fine * FAINT, thick).astype(np.uint8)
    return np.asarray(cv2.resize(both, (max(6, both.shape[1] // 4), high), interpolation=cv2.INTER_AREA))


def printed(rows: int, columns: int) -> tuple[Grey, list[str]]:
    """A page of numbers in such digits, and the numbers."""
    rng = np.random.default_rng(4)
    page, numbers = blank_page(56 + 44 * rows, 60 + 180 * columns), list[str]()
    for row in range(rows):
        for column in range(columns):
            x, digits = 60 + 180 * column, rng.choice(PLAIN, 4).tolist()
            for digit in digits:
                ink = hairline_digit(digit, rng)
                write(page, ink, (x, 40 + 44 * row), 40, 230)
                x += ink.shape[1] + 5
            numbers.append("".join(map(str, digits)))
    return scanned(page), numbers


def test_fine_lines_that_join_strokes_tell_broken_print() -> None:
    page, _ = printed(8, 3)
    paper = relief(page)
    assert fainter_ink(paper) == (Faint.HAIRLINES,)
    pieces, joined = (
        cv2.connectedComponents(relief(page, faint=faint).ink().view(np.uint8))[0]
        for faint in (None, Faint.HAIRLINES)
    )
    assert joined < 0.8 * pieces
    solid = np.where(relief(page, faint=Faint.HAIRLINES).ink(), 40, 230).astype(np.uint8)
    assert fainter_ink(relief(scanned(solid))) == ()


def test_a_fine_line_of_a_blurred_stroke_s_edge_is_none() -> None:
    page = blank_page()
    cv2.line(page, (100, 40), (100, 260), 20, 15)
    blurred = cv2.GaussianBlur(page, (0, 0), 3)
    assert (relief(blurred, faint=Faint.HAIRLINES).ink() == relief(blurred).ink()).all()


def test_broken_print_is_read_with_its_fine_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    page, numbers = printed(16, 3)
    predict = load_model()
    read = recognize_page(Page(page), predict)
    assert len(read) == len(numbers)
    right = sum(word.text == number for word, number in zip(read, numbers, strict=True))
    assert right >= 0.7 * len(numbers)
    assert not any(word.status == "ok" and word.text not in numbers for word in read)
    monkeypatch.setattr(pipeline, "fainter_ink", lambda paper: ())
    without = recognize_page(Page(page), predict)
    assert sum(word.text in numbers for word in without) < 0.7 * right
    sure, sure_without = (sum(word.status == "ok" for word in words) for words in (read, without))
    assert sure > 3 * sure_without


def test_a_page_is_left_as_it_was_read_where_fine_lines_make_nothing_clearer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, _ = printed(4, 2)
    predict = load_model()
    monkeypatch.setattr(pipeline, "fainter_ink", lambda paper: ())
    plain = recognize_page(Page(page), predict)
    tried = seen_as(monkeypatch, Faint.HAIRLINES, again=blank_page())
    assert recognize_page(Page(page), predict) == plain
    assert tried[:2] == [None, Faint.HAIRLINES]
