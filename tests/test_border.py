"""The black border of a scan is made paper; bands with white writing, rules, dark pages and light ink stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Grey, Page
from batchocr.imaging.border import at_border, border_of, without_border
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page

PAPER = 230
TEXTS = ["35902", "27486", "60352", "48577"]


def sheet(texts: list[str] = TEXTS) -> Grey:
    page = np.full((600, 640), PAPER, np.uint8)
    for n, text in enumerate(texts):
        cv2.putText(page, text, (120, 110 + 130 * n), cv2.FONT_HERSHEY_DUPLEX, 2.0, 60, 4, cv2.LINE_AA)
    return page


def bordered(page: Grey, left: int = 70, top: int = 40, right: int = 0, *, degrees: float = 0.0) -> Grey:
    """The page on a scanner's black glass, aslant by so much."""
    whole = np.full((page.shape[0] + top, page.shape[1] + left + right), 3, np.uint8)
    turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), degrees, 1.0)
    turn[:, 2] += left, top
    inside = cv2.warpAffine(np.ones_like(page), turn, whole.shape[::-1])
    turned = cv2.warpAffine(page, turn, whole.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    whole[inside > 0] = turned[inside > 0]
    return whole


@pytest.mark.parametrize("degrees", [0.0, 2.5])
def test_a_border_is_made_paper_and_the_writing_stays(degrees: float) -> None:
    page = bordered(sheet(), right=30, degrees=degrees)
    border = border_of(page)
    assert border is not None
    plain = without_border(page, border)
    assert np.count_nonzero(page < 30) > 0.05 * page.size
    assert np.count_nonzero(plain < 30) < 0.003 * page.size, "a corner or the tip of a wedge at most"
    writing = np.s_[60:560, 180:520]
    assert np.array_equal(plain[writing], page[writing])


def test_paper_darker_towards_the_border_goes_on_as_dark() -> None:
    page = np.tile(np.linspace(150, 230, 640).astype(np.uint8), (600, 1))
    whole = bordered(page, top=0)
    border = border_of(whole)
    assert border is not None
    assert np.abs(without_border(whole, border)[100:500, :70].astype(int) - 150).max() <= 4


def banded() -> Grey:
    """White writing in a black band along the top."""
    page = sheet()
    page[:70] = 10
    for n in range(8):
        cv2.putText(page, "48", (10 + 80 * n, 55), cv2.FONT_HERSHEY_DUPLEX, 1.5, PAPER, 4, cv2.LINE_AA)
    return page


def ruled() -> Grey:
    """A table whose rules run to the picture's sides."""
    page = sheet()
    page[::60] = page[1::60] = 20
    page[:, ::80] = page[:, 1::80] = 20
    return page


@pytest.mark.parametrize(
    "page",
    [
        sheet(),
        banded(),
        ruled(),
        np.asarray(255 - sheet(), np.uint8),
        np.zeros((600, 640), np.uint8),
        np.full((600, 640), PAPER, np.uint8),
        bordered(sheet())[:200, :200],
        np.zeros((0, 0), np.uint8),
    ],
    ids=["none", "white writing", "rules", "light ink", "black", "blank", "small", "empty"],
)
def test_what_is_no_border_stays(page: Grey) -> None:
    assert border_of(page) is None


def test_numbers_on_a_scan_with_a_border_are_read_as_without_and_stand_where_they_are() -> None:
    plain = recognize_page(Page(sheet()), load_model())
    found = recognize_page(Page(bordered(sheet(), 72, 40)), load_model())
    assert [word.text for word in plain] == TEXTS
    assert [word.text for word in found] == TEXTS
    for one, other in zip(plain, found, strict=True):
        assert np.abs(np.subtract(other.box, one.box) - (72, 40, 72, 40)).max() <= 3


def test_a_number_that_ends_at_the_border_is_for_a_person() -> None:
    page = sheet()[:, 140:]  # through the first digit of each
    found = recognize_page(Page(bordered(page)), load_model())
    assert len(found) == len(TEXTS)
    assert {word.status for word in found} == {"review"}


def test_boxes_are_at_the_border_as_far_as_their_room_reaches() -> None:
    border = np.zeros((50, 100), bool)
    border[:, 90:] = True  # from 360 px on
    boxes: NDArray[np.float64] = np.array([(300, 80, 340, 100), (200, 80, 300, 100)], np.float64)
    shape = (200, 400)
    assert at_border(border, boxes, np.array([20.0, 20.0]), shape).tolist() == [True, False]
    assert at_border(border, boxes, np.array([0.0, 80.0]), shape).tolist() == [False, True]
