"""Dashes between two numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.dashes import FEWEST, parted_at_dashes
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import word_of

DIGIT = np.ones((40, 24), bool)


def dash(width: int = 14, height: int = 4) -> NDArray[np.bool_]:
    return np.ones((height, width), bool)


def with_dash(mask: NDArray[np.bool_], room: int) -> CandidateWord:
    """Two digits with ink between them at half their height, so many px away from both."""
    first = word_of(DIGIT).atoms[0]
    left = first.box.right + room
    middle = Atom(Box(left, 78, left + mask.shape[1], 78 + len(mask)), mask)
    right = middle.box.right + room
    last = replace(first, box=Box(right, 60, right + 24, 100))
    return CandidateWord((first, middle, last), Box(100, 60, right + 24, 100))


def test_a_dash_with_room_around_it_parts_numbers() -> None:
    assert [len(part.atoms) for part in parted_at_dashes([with_dash(dash(), 16)])] == [1, 1]


@pytest.mark.parametrize(
    "words",
    [
        [with_dash(dash(6, 5), 16)],  # a raised point
        [word_of(DIGIT, DIGIT)],
        [replace(with_dash(dash(), 16), in_cells=True)],
    ],
)
def test_what_holds_a_number_together_does_not(words: list[CandidateWord]) -> None:
    assert parted_at_dashes(words) == words


def test_a_dash_close_to_digits_parts_nothing() -> None:
    word = with_dash(dash(), 8)  # 12-15, as in a telephone number
    (whole,) = parted_at_dashes([word])
    assert whole.atoms == word.atoms


def row(*glyphs: tuple[NDArray[np.bool_], int]) -> CandidateWord:
    """Glyphs 4 px apart, the foot of each so many px above the digits'."""
    atoms, left = [], 100
    for mask, up in glyphs:
        high, wide = mask.shape
        atoms.append(Atom(Box(left, 100 - up - high, left + wide, 100 - up), mask))
        left += wide + 4
    return CandidateWord(tuple(atoms), Box(100, 60, left, 100))


ONE_DIGIT, POINT, CLOSE = (np.ones((40, 24), bool), 0), (dash(5, 5), 0), (dash(), 18)


@pytest.mark.parametrize(
    ("before", "behind", "doubted"),
    [(2, 2, True), (1, 2, True), (4, 4, True), (3, 4, False), (5, 4, False), (2, 1, True), (3, 1, False)],
)
def test_a_dash_close_between_as_many_digits_may_be_of_a_range(
    before: int, behind: int, doubted: bool
) -> None:
    (word,) = parted_at_dashes([row(*[ONE_DIGIT] * before, CLOSE, *[ONE_DIGIT] * behind)])
    assert word.crowded == doubted


def test_a_dash_between_numbers_with_points_parts_them() -> None:
    decimal = [ONE_DIGIT, ONE_DIGIT, POINT, ONE_DIGIT]
    assert [len(part.atoms) for part in parted_at_dashes([row(*decimal, CLOSE, *decimal)])] == [4, 4]
    (whole,) = parted_at_dashes([row(*decimal, CLOSE, *[ONE_DIGIT] * 3)])  # a point on one side only
    assert len(whole.atoms) == 8


@pytest.mark.parametrize("foot", [100, 70])
def test_points_too_small_for_marks_part_them_too_at_their_feet(foot: int) -> None:
    word = row(ONE_DIGIT, ONE_DIGIT, CLOSE, ONE_DIGIT, ONE_DIGIT)
    boxes = [atom.box for atom in word.atoms]
    middles = [(boxes[n].right + boxes[n + 1].left) // 2 for n in (0, 3)]
    specks = np.array([(x - 1, foot - 3, x + 1, foot) for x in middles], np.int32)
    assert len(parted_at_dashes([word], specks)) == (2 if foot == 100 else 1)
    assert len(parted_at_dashes([word], specks[:1])) == 1


@pytest.mark.parametrize(("size", "parts"), [((14, 9), 2), ((20, 9), 1), ((14, 15), 1)])
def test_slim_points_are_points(size: tuple[int, int], parts: int) -> None:
    high, wide = size
    point = dash(wide, high), -5
    decimal = [ONE_DIGIT, point, ONE_DIGIT]
    assert len(parted_at_dashes([row(*decimal, CLOSE, *decimal)])) == parts


def test_a_short_hyphen_is_a_dash() -> None:
    assert len(parted_at_dashes([with_dash(dash(9, 5), 16)])) == 2


def by_hand(word: CandidateWord) -> CandidateWord:
    """The word, its last glyph standing lower, as none in print does."""
    *others, last = word.atoms
    lower = replace(last, box=Box(last.box.left, last.box.top + 6, last.box.right, last.box.bottom + 6))
    return word.only([*others, lower])


@pytest.mark.parametrize(
    ("many", "hand", "doubted"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_a_dash_that_touches_a_digit_is_seen_on_a_page_with_many(
    many: bool, hand: bool, doubted: bool
) -> None:
    touched = np.zeros((40, 34), bool)
    touched[:, :24] = touched[18:22] = True
    own = word_of(touched, DIGIT)
    own = by_hand(own) if hand else own
    others = [row(ONE_DIGIT, CLOSE, ONE_DIGIT, ONE_DIGIT)] * (FEWEST if many else 1)
    *_, word = parted_at_dashes([*others, own])
    assert word.crowded == doubted


def test_what_stands_out_of_a_digit_at_its_foot_is_no_dash() -> None:
    two = np.zeros((40, 34), bool)
    two[:, :24] = two[36:] = True
    *_, word = parted_at_dashes([*[row(ONE_DIGIT, CLOSE, ONE_DIGIT)] * FEWEST, by_hand(word_of(two, DIGIT))])
    assert not word.crowded


def test_the_bars_of_equals_signs_are_no_dashes() -> None:
    upper, lower = row(ONE_DIGIT, CLOSE, ONE_DIGIT).atoms[1], row(ONE_DIGIT, (dash(), 10), ONE_DIGIT).atoms[1]
    sum_ = row(ONE_DIGIT, CLOSE, ONE_DIGIT)
    sum_ = sum_.only([sum_.atoms[0], upper, lower, sum_.atoms[2]])
    touched = np.zeros((40, 34), bool)
    touched[:, :24] = touched[18:22] = True
    first, *_, word = parted_at_dashes([*[sum_] * FEWEST, by_hand(word_of(touched, DIGIT))])
    assert not first.crowded
    assert not word.crowded
