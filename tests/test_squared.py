"""Squared paper."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.imaging.binarize import noise_of, relief
from batchocr.imaging.deskew import straighten
from batchocr.imaging.squared import without_squares
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page

PAPER, LINES, PEN = 235, 180, 60


def written(*, side: int = 0, lines: int = LINES, pen: int = PEN) -> NDArray[np.uint8]:
    """A page of digits as grey as that, on squares of that side, px."""
    page = np.full((700, 900), PAPER, np.uint8)
    if side:
        page[::side] = page[:, ::side] = lines
        page[1::side] = page[:, 1::side] = lines
    for y in range(80, 700, 90):
        cv2.putText(page, "1074 11 57", (70, y), cv2.FONT_HERSHEY_SIMPLEX, 1.6, pen, 4)
    noise = np.random.default_rng(3).normal(0, 2, page.shape)
    return np.clip(cv2.GaussianBlur(page, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


def plain(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return without_squares(page, relief(page).depth)


def inked(page: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The page's ink, its squares among it, which would else pass for the texture of its paper."""
    return replace(relief(page), noise=noise_of(page)).ink()


@pytest.mark.parametrize("side", [18, 30, 60])
@pytest.mark.parametrize("degrees", [0.0, 0.8])
def test_the_lines_of_squared_paper_are_made_paper_and_the_writing_stays(side: int, degrees: float) -> None:
    page = written(side=side)
    if degrees:
        page = straighten(page, degrees)[0]
    wanted = written() if not degrees else straighten(written(), degrees)[0]
    inner = np.s_[20:-20, 20:-20]
    got, expected = relief(plain(page)).ink()[inner], relief(wanted).ink()[inner]
    wrong = np.count_nonzero(got != expected) / np.count_nonzero(expected)
    before = np.count_nonzero(inked(page)[inner] != expected) / np.count_nonzero(expected)
    assert wrong < 0.12
    assert before > 3 * wrong


@pytest.mark.parametrize("side", [18, 44])
@pytest.mark.parametrize("degrees", [-3.0, 2.0, 4.0])
def test_numbers_on_squared_paper_that_lies_askew_are_read_like_others(side: int, degrees: float) -> None:
    page = straighten(written(side=side), degrees)[0]
    words = recognize_page(Page(page), load_model())
    assert [word.text for word in words] == ["10741157"] * 7


def test_squares_of_five_millimetres_at_600_dots_per_inch_are_made_paper_too() -> None:
    page = np.full((1700, 1700), PAPER, np.uint8)
    page[200:900, 200:1100] = written()
    squared = page.copy()
    for n in range(3):
        squared[n::130] = squared[:, n::130] = LINES
    squared = np.minimum(squared, page)
    expected = relief(page).ink()
    wrong = np.count_nonzero(relief(plain(squared)).ink() != expected)
    assert wrong < 0.15 * np.count_nonzero(expected)
    assert np.count_nonzero(relief(squared).ink() != expected) > 3 * wrong


@pytest.mark.parametrize("fine", [190, 215])
def test_the_lines_of_graph_paper_are_made_paper_each_kind_by_its_own_depth(fine: int) -> None:
    page = np.full((700, 900), PAPER, np.uint8)
    for step, grey in ((8, fine), (40, fine - 20), (80, fine - 45)):
        page[::step] = page[:, ::step] = grey
    page[1::80] = page[:, 1::80] = fine - 45
    page = np.minimum(cv2.GaussianBlur(page, (0, 0), 0.6), written())
    inner = np.s_[20:-20, 20:-20]
    expected = relief(written()).ink()[inner]
    wrong = np.count_nonzero(relief(plain(page)).ink()[inner] != expected)
    before = np.count_nonzero(relief(page).ink()[inner] != expected)
    assert wrong < 0.15 * np.count_nonzero(expected)
    assert before > 3 * wrong


@pytest.mark.parametrize(
    "page",
    [written(), written(side=24, lines=90), written(side=24, pen=160), written(side=300)],
    ids=["plain", "dark squares", "faint pencil", "a few large squares"],
)
def test_a_page_without_faint_squares_is_as_it_was(page: NDArray[np.uint8]) -> None:
    assert plain(page) is page


def test_deep_lines_of_graph_paper_go_where_the_writing_is_no_deeper_than_their_crossings() -> None:
    page = np.full((900, 1100), PAPER, np.uint8)
    for step, grey in ((6, 190), (60, 120)):
        page[::step] = page[:, ::step] = grey
    page = cv2.GaussianBlur(page, (0, 0), 0.8)
    pen = written(pen=150)
    page[100:800, 100:1000] = np.minimum(page[100:800, 100:1000], pen)
    expected = np.zeros(page.shape, bool)
    expected[100:800, 100:1000] = relief(pen).ink()
    wrong = np.count_nonzero(relief(plain(page)).ink() != expected) / np.count_nonzero(expected)
    before = np.count_nonzero(relief(page).ink() != expected) / np.count_nonzero(expected)
    assert wrong < 0.15
    assert before > 3 * wrong


def test_a_ruled_page_and_a_table_of_columns_are_no_squares() -> None:
    ruled, table = written(), written()
    ruled[::40] = LINES
    table[::70] = LINES
    table[:, ::40] = LINES
    assert plain(ruled) is ruled
    assert plain(table) is table


def test_a_page_smaller_than_a_band_is_as_it_was() -> None:
    page = np.full((20, 30), PAPER, np.uint8)
    assert plain(page) is page
