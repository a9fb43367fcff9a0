"""Pale print under what is written in boxes is taken away; thin strokes, which are pale as well, stay."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.imaging.binarize import relief
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.hints import without_hints
from tests.pictures import scanned

TEXTS = ["27131968", "14121975", "25191983", "31261954", "18222111"]
WIDE, HIGH, TOP, LEFT = 60, 66, 80, 120  # px of the boxes, and where they begin
FACE = cv2.FONT_HERSHEY_SIMPLEX


def form(hint: int = 125, pen: int = 40, thin: int = 5) -> NDArray[np.uint8]:
    """Boxes with the letters of a date in this grey, and digits in them in that one; every other one as thick as `thin`."""
    page = np.full((820, 760), 235, np.uint8)
    for n, text in enumerate(TEXTS):
        for k, (digit, letter) in enumerate(zip(text, "DDMMYYYY", strict=True)):
            x, y = LEFT + k * WIDE, TOP + n * 140
            cv2.rectangle(page, (x, y), (x + WIDE, y + HIGH), 120, 2)
            cv2.putText(page, letter, (x + 26, y + 38), FACE, 1.1, hint, 2, cv2.LINE_AA)
            thick = thin if k % 2 else 5
            cv2.putText(page, digit, (x + 16, y + 56), FACE, 1.6, pen, thick, cv2.LINE_AA)
    return scanned(page)


def cells() -> list[NDArray[np.int64]]:
    lefts = LEFT + WIDE * np.arange(8)
    tops = TOP + 140 * np.arange(len(TEXTS))
    return [np.stack([lefts, 0 * lefts + y, lefts + WIDE, 0 * lefts + y + HIGH], axis=1) for y in tops]


def hinted_share(page: NDArray[np.uint8]) -> float:
    """Which share of the ink of a page goes."""
    paper = relief(page)
    ink = paper.ink()
    _, left = without_hints(page, ink, paper, cells())
    return 1 - np.count_nonzero(left) / np.count_nonzero(ink)


def test_dates_are_read_over_the_letters_of_their_boxes() -> None:
    words = recognize_page(Page(form()), load_model())
    assert [word.text for word in words] == TEXTS


def test_print_goes_and_the_pen_stays() -> None:
    page, clean = form(), form(hint=235)
    paper = relief(page)
    plain, left = without_hints(page, paper.ink(), paper, cells())
    written = relief(clean).ink()
    inside = np.zeros(page.shape, bool)
    for left_, top, right, bottom in np.concatenate(cells()).tolist():
        inside[top + 8 : bottom - 8, left_ + 8 : right - 8] = True
    assert np.count_nonzero(left & ~written & inside) < 0.2 * np.count_nonzero(written & inside)  # but edges
    assert np.count_nonzero(written & ~left & inside) < 0.15 * np.count_nonzero(written & inside)
    gone = paper.ink() & ~left
    assert gone.any() and int(plain[gone].min()) > 200
    assert (plain[~gone] == page[~gone]).all()


def test_without_print_nothing_changes() -> None:
    page = form(hint=235)
    paper = relief(page)
    ink = paper.ink()
    for combs in (cells(), []):
        plain, left = without_hints(page, ink, paper, combs)
        assert plain is page and left is ink


def test_thin_strokes_are_no_print() -> None:
    assert hinted_share(form()) > 0.1
    assert hinted_share(form(hint=235, thin=1)) == 0
    assert hinted_share(form(hint=45)) == 0  # as dark as the pen
    two_tone = np.where(form() > 128, 255, 0).astype(np.uint8)
    assert hinted_share(two_tone) == 0
