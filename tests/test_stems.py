"""Boxes whose sides are strokes of digits are none; those with lines of their own stay, whatever is written in them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom
from batchocr.segmentation.stems import without_stems
from tests.pictures import word_of_atoms

SIDE, TOP = 40, 100  # px of a box, and px down where the boxes stand
Mask = NDArray[np.bool_]


def boxes(count: int, left: int = 60) -> NDArray[np.int64]:
    return np.array(
        [(left + SIDE * n, TOP, left + SIDE * (n + 1), TOP + SIDE) for n in range(count)], np.int64
    )


def glyph(left: int, top: int, mask: Mask) -> Atom:
    high, wide = mask.shape
    return Atom(Box(left, top, left + wide, top + high), mask)


def digit() -> Mask:
    """A zero, 25 px wide and 31 high."""
    drawn = np.zeros((31, 25), np.uint8)
    cv2.ellipse(drawn, (12, 15), (10, 13), 0, 0, 360, 255, 3)
    return drawn > 0


def test_boxes_whose_sides_are_stems_of_digits_are_none() -> None:
    comb = boxes(4)
    four = np.zeros((SIDE + 6, 25), bool)
    four[:, 18:23] = four[26:30] = four[:30, :4] = True
    fours = [glyph(x - 20, TOP - 3, four) for x in (*comb[:, 0].tolist(), comb[-1, 2])]
    assert without_stems([comb], [word_of_atoms(*fours)]) == []


def test_sides_that_are_pieces_of_ink_by_themselves_are_of_boxes() -> None:
    comb = boxes(4)
    side = np.ones((SIDE + 6, 3), bool)
    sides = [glyph(x - 1, TOP - 3, side) for x in (*comb[:, 0].tolist(), comb[-1, 2])]
    (kept,) = without_stems([comb], [word_of_atoms(*sides)])
    assert (kept == comb).all()


@pytest.mark.parametrize("shift", [5, 28])  # within its box, and over its right side
def test_boxes_stay_whatever_is_written_in_them(shift: int) -> None:
    comb = boxes(5)
    written = [glyph(left + shift, TOP + 5, digit()) for left in comb[:, 0].tolist()]
    (kept,) = without_stems([comb], [word_of_atoms(*written)])
    assert (kept == comb).all()


def test_a_box_that_is_a_piece_of_ink_with_its_digit_stays() -> None:
    comb = boxes(1)
    frame = np.zeros((SIDE + 3, SIDE + 3), bool)
    frame[:3] = frame[-3:] = frame[:, :3] = frame[:, -3:] = True
    frame[8 : 8 + len(digit()), 8 : 8 + digit().shape[1]] |= digit()
    (kept,) = without_stems([comb], [word_of_atoms(glyph(59, TOP - 1, frame))])
    assert (kept == comb).all()


def test_a_page_without_boxes_or_words_is_left_as_it_is() -> None:
    assert without_stems([], [word_of_atoms(glyph(60, TOP, digit()))]) == []
    (kept,) = without_stems([boxes(3)], [])
    assert len(kept) == 3
