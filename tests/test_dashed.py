"""Level dashed and dotted lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.components import find_components
from batchocr.segmentation.dashed import FEWEST, UNBROKEN, without_dashes
from tests.pictures import blank_page, scanned, stroke_digit, write

PAPER, DARK, HIGH = 230, 40, 40
Picture = NDArray[np.uint8]


def line(
    page: Picture, top: int = 100, on: int = 6, off: int = 5, thick: int = 3, count: int = 40
) -> Picture:
    """A level line of so many marks on a page."""
    for n in range(count):
        left = 50 + n * (on + off)
        page[top : top + thick, left : left + on] = DARK
    return page


def plain(page: Picture, paper: int = PAPER) -> Picture:
    ink = abs(page.astype(int) - paper) > 60
    return without_dashes(page, ink, find_components(ink), HIGH)


@pytest.mark.parametrize(("on", "off", "thick"), [(6, 5, 3), (2, 4, 2), (3, 6, 4), (20, 10, 2), (3, 14, 3)])
def test_a_dashed_line_is_painted_over(on: int, off: int, thick: int) -> None:
    page = line(blank_page(), on=on, off=off, thick=thick, count=20)
    assert (plain(page) == PAPER).all()


def test_paint_is_of_the_paper_beside_the_line() -> None:
    page = blank_page()
    page[:] = np.linspace(160, 240, page.shape[1]).astype(np.uint8)
    before = page.copy()
    ink = line(np.zeros_like(page)) > 0
    page[ink] = 20
    after = without_dashes(page, ink, find_components(ink), HIGH)
    assert abs(after.astype(int) - before).max() <= 4


def test_light_marks_on_a_dark_page_go_too() -> None:
    page = 255 - line(blank_page())
    assert (plain(page, 255 - PAPER) == 255 - PAPER).all()


def test_strokes_that_cross_the_line_stay_and_what_sticks_out_of_them_goes() -> None:
    strokes = blank_page()
    for x in (117, 200, 285):
        cv2.line(strokes, (x, 60), (x - 6, 118), DARK, 5)
    left = plain(line(strokes.copy()))
    assert (left[strokes == DARK] == DARK).all()
    assert np.count_nonzero(left == DARK) - np.count_nonzero(strokes == DARK) < 20  # of 40 marks 18 px each


def test_the_foot_of_a_digit_on_the_line_stays() -> None:
    page = blank_page()
    cv2.ellipse(page, (160, 84), (12, 18), 0, 0, 360, DARK, 3)
    left = plain(line(page.copy()))
    assert (left[page == DARK] == DARK).all()


def test_a_line_goes_on_behind_writing() -> None:
    page = line(blank_page(), count=UNBROKEN + 12)
    first = 50 + UNBROKEN * 11
    page[60:103, first + 10 : first + 60] = DARK  # hides some of its marks
    left = plain(page)
    assert (left[:, first + 62 :] == PAPER).all()
    assert (left[:, : first + 9] == PAPER).all()


@pytest.mark.parametrize("step", [11, 13])
def test_only_what_goes_on_at_the_same_step_is_of_the_line(step: int) -> None:
    page = line(blank_page(), count=UNBROKEN)
    for n in range(FEWEST + 2):
        page[100:103, 300 + n * step : 306 + n * step] = DARK
    assert ((plain(page)[:, 295:] == PAPER).all()) == (step == 11)


def few() -> Picture:
    return line(blank_page(), count=UNBROKEN - 1)


def uneven() -> Picture:
    page = blank_page()
    for left in np.cumsum([50, 9, 17, 10, 19, 9, 16, 25, 12, 21, 9, 18, 30, 10]).tolist():
        page[100:103, left : left + 5] = DARK
    return page


def matrix_print() -> Picture:
    """The tops of sevens made of points."""
    page = blank_page()
    for n in range(48):
        if n % 6 < 5:
            page[100:104, 50 + 8 * n : 54 + 8 * n] = DARK
    return page


def negative_numbers() -> Picture:
    page = line(blank_page(), on=10, off=30, count=12)
    for n in range(12):
        cv2.putText(page, str(n % 10), (64 + 40 * n, 112), cv2.FONT_HERSHEY_SIMPLEX, 0.8, DARK, 2)
    return page


def places() -> Picture:
    """Lines below a digit each."""
    return line(blank_page(), on=24, off=12, count=UNBROKEN + 2)


def solid() -> Picture:
    page = blank_page()
    page[100:103, 50:550] = DARK
    return page


@pytest.mark.parametrize(
    "page",
    [
        few(),
        uneven(),
        matrix_print(),
        negative_numbers(),
        places(),
        solid(),
        blank_page(),
        np.zeros((0, 0), np.uint8),
    ],
    ids=["few", "uneven", "matrix print", "negative numbers", "places", "solid", "blank", "nothing"],
)
def test_what_is_no_such_line_stays(page: Picture) -> None:
    assert plain(page) is page


def test_a_line_at_the_edges_of_the_page() -> None:
    page = blank_page(120, 300)
    for top in (0, 117):
        for left in range(0, 300, 11):
            page[top : top + 3, left : left + 6] = DARK
    assert (plain(page) == PAPER).mean() > 0.99


def test_numbers_on_dashed_lines_are_sure() -> None:
    numbers, rng = ["359024", "274693", "603521", "485776", "920368"], np.random.default_rng(3)
    page = blank_page(560, 800)
    for n, text in enumerate(numbers):
        x = 90
        for digit in text:
            ink = stroke_digit(int(digit), rng, 44, 8)
            write(page, ink, (x, 60 + 95 * n), DARK, PAPER)
            x += ink.shape[1] + 8
        line(page, top=100 + 95 * n, on=8, off=5, count=46)
    words = recognize_page(Page(scanned(page)), load_model())
    assert [(word.text, word.status) for word in words] == [(number, "ok") for number in numbers]
