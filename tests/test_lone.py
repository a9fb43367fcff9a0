"""Digits by themselves that may be letters: units behind numbers."""

from __future__ import annotations

import numpy as np
import pytest

from batchocr.elements import Box
from batchocr.lone import exponents, lone_doubts
from batchocr.segmentation.segment import Atom, CandidateWord


def word(*boxes: tuple[int, int, int, int]) -> CandidateWord:
    """Glyphs of solid ink, px."""
    atoms = [Atom(Box(*box), np.ones((box[3] - box[1], box[2] - box[0]), bool)) for box in boxes]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return CandidateWord(tuple(atoms), Box(left, top, right, bottom))


PRINTED = word((100, 100, 124, 140), (128, 100, 152, 140))
WRITTEN = word((100, 94, 124, 140), (128, 100, 152, 146))


@pytest.mark.parametrize(
    ("number", "unit", "doubted"),
    [
        (PRINTED, (200, 111, 222, 151), True),  # a g
        (word((100, 100, 124, 140), (128, 104, 152, 144)), (200, 114, 222, 154), True),  # in a poor scan
        (PRINTED, (200, 111, 222, 140), True),  # an s
        (PRINTED, (200, 100, 222, 140), False),  # as high as its digits
        (PRINTED, (200, 100, 222, 151), False),  # higher than they are
        (PRINTED, (200, 111, 222, 128), False),  # a mark amid them
        (PRINTED, (320, 111, 342, 151), False),  # far behind
        (PRINTED, (200, 160, 222, 200), False),  # of another line
        (PRINTED, (40, 111, 62, 151), False),  # before it
        (WRITTEN, (200, 111, 222, 151), False),
        (word((100, 100, 124, 140)), (200, 111, 222, 151), False),  # one digit tells no line
    ],
)
def test_what_begins_lower_behind_a_printed_number_may_be_its_unit(
    number: CandidateWord, unit: tuple[int, int, int, int], doubted: bool
) -> None:
    assert list(lone_doubts([number, word(unit)], {1: "9"}, [True, True])) == ([1] if doubted else [])


def test_what_stands_behind_no_number_is_no_unit() -> None:
    assert not lone_doubts([PRINTED, word((200, 111, 222, 151))], {1: "9"}, [False, True])


@pytest.mark.parametrize(
    ("digit", "gone"),
    [
        ((156, 92, 166, 110), True),  # as in m2
        ((156, 110, 180, 130), False),  # on the letters' line
        ((156, 80, 180, 120), False),  # as high as a capital
        ((190, 92, 200, 110), False),  # far behind
        ((156, 60, 166, 78), False),  # of the line above
        ((60, 92, 70, 110), False),  # before them
    ],
)
def test_a_raised_digit_right_behind_letters_is_their_exponent(
    digit: tuple[int, int, int, int], gone: bool
) -> None:
    letters = word((100, 104, 124, 130), (128, 104, 152, 130))
    assert exponents([letters, word(digit)], [1], [True, False]) == ([1] if gone else [])
    assert exponents([letters, word(digit)], [1], [False, False]) == []


def test_what_hangs_below_letters_raises_nothing() -> None:
    letters = word((100, 104, 124, 130), (128, 104, 152, 142), (156, 104, 180, 130))
    assert exponents([letters, word((186, 94, 206, 130))], [1], [True, False]) == []


@pytest.mark.parametrize(("down", "doubted"), [(200, True), (1000, True), (2500, False)])
def test_what_stands_in_a_column_with_letters_may_be_one_however_few_are_near(
    down: int, doubted: bool
) -> None:
    letters = [word((100, top, 124, top + 40)) for top in (100, 160)]
    digit = word((100, 160 + down, 124, 200 + down))
    assert list(lone_doubts([*letters, digit], {2: "0"}, [False, False, True])) == ([2] if doubted else [])
