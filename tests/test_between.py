"""Signs printed between boxes: a point joins the boxes on its sides, a slash parts them, and both are no writing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from batchocr.elements import Ink
from batchocr.segmentation.between import Cells, by_signs

SIDE, GAP = 60, 30  # px of a cell, and between two groups of them


def groups(*counts: int, top: int = 100) -> list[Cells]:
    """Cells side by side in groups of so many."""
    found, left = [], 50
    for count in counts:
        lefts = left + SIDE * np.arange(count)
        found.append(np.array([[x, top, x + SIDE, top + SIDE] for x in lefts.tolist()], np.int64))
        left += SIDE * count + GAP
    return found


def page(*marks: tuple[int, int, int, int]) -> Ink:
    """Ink at these places, px from left to right and top to bottom."""
    ink = np.zeros((300, 900), bool)
    for left, top, right, bottom in marks:
        ink[top:bottom, left:right] = True
    return ink


def counted(combs: Sequence[Cells]) -> list[int]:
    return [len(comb) for comb in sorted(combs, key=lambda comb: int(comb[0, 0]))]


POINT, SLASH, COMMA = (12, 50, 18, 56), (10, 20, 18, 60), (12, 52, 17, 62)


def between(sign: tuple[int, int, int, int], left: int) -> tuple[int, int, int, int]:
    """A sign in a gap that begins there."""
    return left + sign[0], 100 + sign[1], left + sign[2], 100 + sign[3]


@pytest.mark.parametrize("one_comb", [True, False])
def test_slashes_part_numbers_and_points_do_not(one_comb: bool) -> None:
    apart = groups(2, 2, 4)
    combs = [np.vstack(apart)] if one_comb else apart
    first, second = 50 + 2 * SIDE, 50 + 4 * SIDE + GAP
    for signs, expected in (
        ((SLASH, SLASH), [2, 2, 4]),
        ((POINT, POINT), [8]),
        ((SLASH, POINT), [2, 6]),
        ((COMMA, COMMA), [8]),
    ):
        ink = page(between(signs[0], first), between(signs[1], second), (60, 110, 70, 150))
        plain, found, gaps, slashes, _ = by_signs(ink, combs)
        assert counted(found) == expected
        assert np.argwhere(plain).tolist() == np.argwhere(page((60, 110, 70, 150))).tolist()
        assert [first <= gap.left and gap.right <= first + GAP for gap in gaps] == [True, False]
        assert slashes == [gap for gap, sign in zip(gaps, signs, strict=True) if sign is SLASH]


def test_what_is_written_over_the_side_of_a_box_is_no_sign() -> None:
    combs, first = groups(2, 2), 50 + 2 * SIDE
    tail = (first - 20, 120, first + 14, 130)
    assert counted(by_signs(page(tail), combs)[1]) == [2, 2]
    assert by_signs(page(tail), combs)[0][125, first + 8]
    plain, found, *_ = by_signs(page(tail, between((17, 52, 22, 57), first)), combs)
    assert counted(found) == [4]  # a point beside it is one all the same
    assert not plain[154, first + 19]


def test_a_slash_may_end_at_the_side_of_a_box_but_not_go_on_in_it() -> None:
    combs, first = groups(2, 2), 50 + 2 * SIDE
    slash, tail = between((18, 20, GAP + 2, 60), first), between((18, 20, GAP + 12, 60), first)
    assert counted(by_signs(page(slash), [np.vstack(combs)])[1]) == [2, 2]
    assert counted(by_signs(page(tail), [np.vstack(combs)])[1]) == [4]


def test_boxes_on_other_lines_or_of_another_size_are_of_another_number() -> None:
    first = 50 + 2 * SIDE
    ink = page(between(POINT, first))
    upper, lower = groups(2)[0], groups(2, 2, top=140)[1]
    assert counted(by_signs(ink, [upper, lower])[1]) == [2, 2]
    larger = groups(2, 2)[1] + np.array([0, 0, 20, 20])
    assert counted(by_signs(ink, [upper, larger])[1]) == [2, 2]
    assert by_signs(ink, [])[1:] == ([], [], [], [])


def test_a_wide_gap_that_writing_reaches_into_is_not_sure() -> None:
    first = 50 + 2 * SIDE
    comb = np.vstack(groups(2, 2))
    tail = (first - 20, 120, first + 18, 150)  # which may have hidden a slash
    assert [gap.left < first + 5 < gap.right for gap in by_signs(page(tail), [comb]).unsure] == [True]
    assert by_signs(page(between(SLASH, first)), [comb]).unsure == []  # known
    assert by_signs(page((first - 20, 120, first + 18, 125)), [comb]).unsure == []  # low
    even = np.vstack([groups(1, 1, 1)[n] for n in range(3)])
    assert by_signs(page((50 + SIDE - 10, 120, 50 + SIDE + 20, 150)), [even]).unsure == []


@pytest.mark.parametrize(("pointed", "joined"), [(1, 0), (2, 2), (4, 4)])
def test_a_point_is_one_where_most_rows_have_it_and_dirt_where_few_have(pointed: int, joined: int) -> None:
    first, rows = 50 + SIDE, range(0, 4 * 80, 80)
    combs = [comb for down in rows for comb in groups(1, 1, top=100 + down)]
    ink = np.zeros((600, 900), bool)
    for down in rows[:pointed]:
        left, top, right, bottom = between(POINT, first)
        ink[top + down : bottom + down, left:right] = True
    plain, found, *_ = by_signs(ink, combs)
    assert sorted(map(len, found)) == sorted([2] * joined + [1] * (8 - 2 * joined))
    assert not plain.any()
