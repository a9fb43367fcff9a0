"""Digits that have grown together over the side between their boxes are cut where the digits come of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Ink
from batchocr.segmentation.joined import Joint, Piece, Shared, cut_joints
from tests.pictures import stroke_digit
from tests.test_cells import judge

SIDE = 60  # px of a cell
CELLS = np.array([[0, 0, SIDE, SIDE], [SIDE, 0, 2 * SIDE, SIDE]], np.int64)


def whole(n: int, cell: int, pieces: Sequence[Piece]) -> Ink | None:
    """The picture of a cell's ink."""
    found = page(pieces)
    return found if found.any() else None


def page(pieces: Sequence[Piece]) -> Ink:
    ink = np.zeros((SIDE + 20, 2 * SIDE + 20), bool)
    for left, top, mask in pieces:
        ink[top : top + mask.shape[0], left : left + mask.shape[1]] |= mask
    return ink


def put(digit: int, left: int, top: int) -> NDArray[np.bool_]:
    """A digit 44 px high by itself on the page."""
    return page([(left, top, stroke_digit(digit, np.random.default_rng(3), 44, 8) > 127)])


def touching(left: int, right: int, off: int) -> tuple[Ink, Ink]:
    """Two digits that touch so many px left of the side between the cells."""
    one = put(left, 10, 10)
    one = np.roll(one, SIDE - off - int(np.flatnonzero(one.any(axis=0))[-1]), axis=1)
    for at in range(SIDE + 10, 30, -1):
        other = put(right, at, 10)
        if cv2.connectedComponents((one | other).view(np.uint8))[0] == 2:  # with paper
            return one, other
    raise AssertionError("they do not touch")


def are_parted(both: Sequence[Ink], found: Sequence[Ink]) -> bool:
    """Whether nearly all that was found on either side is of the digit there, and nearly all of that was."""
    return all(
        np.count_nonzero(own ^ seen) <= 0.15 * np.count_nonzero(own)
        for own, seen in zip(both, found, strict=True)
    )


@pytest.mark.parametrize(("off", "least"), [(0, 65), (8, 53)])
def test_most_digits_that_touch_are_parted_where_they_do_also_beside_the_side(off: int, least: int) -> None:
    cut = straight = 0
    for pair in product(range(10), repeat=2):
        both = touching(*pair, off)
        ink = both[0] | both[1]
        (found,) = cut_joints([Shared(CELLS, [[], []], [Joint(0, 0, ink, 0, 1)])], whole, judge)
        cut += are_parted(both, [page(pieces) for pieces in found])
        left = np.arange(ink.shape[1]) < SIDE
        straight += are_parted(both, [ink & left, ink & ~left])
    assert cut >= least
    assert (straight < 10) == bool(off)


def test_a_digit_that_reaches_over_the_side_is_whole_where_the_next_cell_has_its_own() -> None:
    three, five = put(3, 34, 10), put(5, 78, 10)
    shared = Shared(CELLS, [[], [(0, 0, five)]], [Joint(0, 0, three, 0, 1)])
    (found,) = cut_joints([shared], whole, judge)
    assert [page(pieces).tolist() for pieces in found] == [three.tolist(), five.tolist()]


def test_ink_of_one_cell_alone_stays_as_it_is() -> None:
    own, beyond = (10, 10, np.ones((30, 6), bool)), (70, 10, np.ones((30, 60), bool))
    (found,) = cut_joints([Shared(CELLS, [[own], []], [Joint(*beyond, 1, 1)])], whole, judge)
    assert [[piece[:2] for piece in pieces] for pieces in found] == [[own[:2]], [beyond[:2]]]
    assert cut_joints([], whole, judge) == []


def test_between_boxes_that_are_both_crossed_out_the_cut_is_at_their_sides() -> None:
    one, other = touching(4, 8, 8)
    shared = [Shared(CELLS, [[], []], [Joint(0, 0, one | other, 0, 1)])]
    left = np.arange(one.shape[1]) < SIDE
    for crosses, straight in (({0, 1}, True), ({0}, False), (set[int](), False)):
        ((first, _),) = cut_joints(shared, whole, judge, lambda _, cell, __, of=crosses: cell in of)
        assert np.array_equal(page(first), (one | other) & left) == straight
