"""Slashes of which a scan has left dots."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.slash_dots import FEWEST, parted_at_dots

HIGH, WIDE, ROOM, TOP = 40, 24, 20, 30  # px of the digits, between them, and above the first line
FULL = (0, 8, 16, 24, 32)  # rows of a slash's dots


def page_of(
    lines: list[tuple[int, ...]], *, lean: float = 0.35
) -> tuple[list[CandidateWord], NDArray[np.bool_]]:
    """A word of two digits on each line, between them dots at these of their rows on a line that leans so; and the ink."""
    ink = np.zeros((80 * len(lines) + 80, 120), bool)
    words = []
    for line, dots in enumerate(lines):
        top = TOP + 80 * line
        boxes = [Box(x, top, x + WIDE, top + HIGH) for x in (20, 20 + WIDE + ROOM)]
        for box in boxes:
            ink[box.top : box.bottom, box.left : box.right] = True
        for row in dots:
            x = 20 + WIDE + ROOM // 2 + round(lean * (HIGH / 2 - row))
            ink[top + row : top + row + 2, x - 1 : x + 1] = True
        atoms = tuple(Atom(box, np.ones((HIGH, WIDE), bool)) for box in boxes)
        words.append(CandidateWord(atoms, boxes[0].union(boxes[1])))
    return words, ink


def test_dots_on_a_leaning_line_part_numbers() -> None:
    words, ink = page_of([FULL] * FEWEST)
    parts, slashes = parted_at_dots(words, ink)
    assert [len(part.atoms) for part in parts] == [1, 1] * FEWEST
    assert all(part.crowded for part in parts)
    assert len(slashes) == FEWEST
    assert slashes[0].box.top == TOP and slashes[0].box.bottom == TOP + 34
    assert slashes[0].mask.sum() == 4 * len(FULL)


@pytest.mark.parametrize(
    ("dots", "lean"),
    [
        (FULL, -0.35),
        (FULL, 0.0),
        ((0, 32), 0.35),
        ((0, 3, 6), 0.35),  # too low
        ((), 0.35),
        (tuple(range(34)), 0.35),  # in one piece
    ],
    ids=["to the left", "upright", "two", "low", "none", "line"],
)
def test_other_ink_parts_nothing(dots: tuple[int, ...], lean: float) -> None:
    words, ink = page_of([dots] * FEWEST, lean=lean)
    assert parted_at_dots(words, ink) == (words, [])


def test_dots_off_the_line_are_dirt() -> None:
    words, ink = page_of([FULL] * FEWEST)
    for line in range(FEWEST):
        ink[TOP + 80 * line + 4, 20 + WIDE + 3] = True
    assert parted_at_dots(words, ink) == (words, [])


def test_few_of_them_part_nothing() -> None:
    words, ink = page_of([FULL] * (FEWEST - 1))
    assert parted_at_dots(words, ink) == (words, [])


def test_a_number_with_as_much_room_may_have_lost_its_slash() -> None:
    words, ink = page_of([*[FULL] * FEWEST, ()])
    narrow = CandidateWord(
        tuple(Atom(Box(x, 900, x + WIDE, 900 + HIGH), np.ones((HIGH, WIDE), bool)) for x in (20, 52)),
        Box(20, 900, 76, 900 + HIGH),
    )
    parts, _ = parted_at_dots([*words, narrow], np.pad(ink, ((0, 400), (0, 0))))
    assert [len(part.atoms) for part in parts[-2:]] == [2, 2]
    assert [part.crowded for part in parts[-2:]] == [True, False]


def test_specks_in_a_row_between_marks_a_few_px_high_lean_no_way() -> None:
    ink = np.zeros((40, 60), bool)
    boxes = [Box(20, 20, 22, 23), Box(30, 20, 32, 23)]
    for box in boxes:
        ink[box.top : box.bottom, box.left : box.right] = True
    ink[21, 23:29:2] = True
    atoms = tuple(Atom(box, np.ones((3, 2), bool)) for box in boxes)
    words = [CandidateWord(atoms, boxes[0].union(boxes[1]))] * FEWEST
    assert parted_at_dots(words, ink) == (words, [])
