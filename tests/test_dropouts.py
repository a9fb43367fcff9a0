"""White lines from edge to edge of a page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.imaging.dropouts import without_dropouts
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page

NUMBERS = ["3590284", "2748693", "6035271", "4857736", "9203658"]


def written(*, ruled: bool = False) -> NDArray[np.uint8]:
    page = np.full((560, 800), 235, np.uint8)
    for n, text in enumerate(NUMBERS):
        cv2.putText(page, text, (80, 100 + 95 * n), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 4, cv2.LINE_AA)
        if ruled:
            page[105 + 95 * n : 108 + 95 * n, 40:760] = 40
    return page


def plain(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return without_dropouts(page, page < 140)


@pytest.mark.parametrize("wide", [1, 2, 3])
@pytest.mark.parametrize("two_toned", [False, True])
def test_white_lines_are_bridged_and_numbers_read(wide: int, two_toned: bool) -> None:
    page = written()
    if two_toned:
        page = np.asarray(np.where(page > 140, 255, 0), np.uint8)
    wanted = [word.text for word in recognize_page(Page(page), load_model())]
    assert wanted == NUMBERS
    for at in (80, 170, 275, 370, 460):
        page[at : at + wide] = 255 if two_toned else 235
    bridged = plain(page)
    assert bridged is not page
    assert [word.text for word in recognize_page(Page(page), load_model())] == wanted


@pytest.mark.parametrize(
    "page",
    [
        written(),
        written(ruled=True),  # a little paper between digits and the rule below them
        np.full((300, 400), 235, np.uint8),
        np.full((3, 400), 20, np.uint8),
        np.zeros((0, 0), np.uint8),
    ],
    ids=["plain", "ruled", "paper", "ink", "nothing"],
)
def test_a_page_without_white_lines_stays_as_it_is(page: NDArray[np.uint8]) -> None:
    assert plain(page) is page


def test_a_white_line_that_ends_on_the_page_stays() -> None:
    page = written()
    page[80:82, :200] = 235
    assert plain(page) is page


def test_upright_paper_between_the_columns_of_print_is_no_white_line() -> None:
    page = written()
    page[:, 165:168] = page[:, 300:303] = 235
    assert plain(page) is page


def test_paper_between_dashes_is_no_white_line() -> None:
    page = np.full((600, 400), 235, np.uint8)
    for x in range(30, 390, 60):
        for y in range(20, 580, 9):
            page[y : y + 6, x : x + 3] = 40
    assert plain(page) is page


def test_white_lines_at_the_edges_are_bridged_as_far_as_there_is_anything_to_bridge() -> None:
    page = np.full((200, 200), 20, np.uint8)
    page[1:3] = page[-3:-1] = 235
    assert (plain(page) == 20).all()
