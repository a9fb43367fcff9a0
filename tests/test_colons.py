"""Colons within a number, and those behind a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from batchocr.segmentation.colons import closed_by_colons
from batchocr.segmentation.lines import NO_BOXES, find_chains

HEIGHT = 40.0
HOUR, MINUTE = (100, 100, 124, 140), (164, 100, 188, 140)  # 40 px apart
UPPER, LOWER = (142, 112, 146, 116), (142, 130, 146, 134)


def closed(*points: Sequence[int], as_specks: bool = False, behind: Sequence[int] = MINUTE) -> set[int]:
    own = [HOUR, *([] if as_specks else points), behind]
    specks = np.array(points, np.int32).reshape(-1, 4) if as_specks else NO_BOXES
    wide = range(len(own) - 1)
    return closed_by_colons(own, [False, *[True] * (len(own) - 2), False], specks, wide, HEIGHT)


def test_two_points_amid_two_digits_close_the_gap_as_marks_or_as_specks() -> None:
    assert closed(UPPER, LOWER) == {0, 1, 2}
    assert closed(UPPER, LOWER, as_specks=True) == {0}


def test_one_close_to_what_follows_does_too() -> None:
    assert closed((154, 112, 158, 116), (155, 130, 159, 134))


@pytest.mark.parametrize(
    "points",
    [
        [LOWER],  # a point
        [(126, 112, 130, 116), (126, 130, 130, 134)],  # close to what stands before it, as behind a label
        [UPPER, (142, 117, 146, 121)],  # one blot
        [UPPER, (155, 130, 159, 134)],  # beside one another
        [UPPER, (142, 150, 146, 154)],  # one of them below the digits
        [(138, 106, 152, 120), (138, 124, 152, 138)],  # too large
        [UPPER, (136, 128, 147, 139)],  # not alike
        [UPPER, LOWER, (150, 120, 154, 124)],  # three
    ],
)
def test_what_is_no_colon_does_not(points: list[Sequence[int]]) -> None:
    assert not closed(*points, as_specks=True)


def test_no_colon_reaches_far() -> None:
    assert not closed(UPPER, LOWER, behind=(200, 100, 224, 140))


def test_a_time_is_one_word_where_its_line_has_close_digits() -> None:
    digits = [(60, 100, 84, 140), (88, 100, 112, 140), (150, 100, 174, 140), (178, 100, 202, 140)]
    points = [(129, 112, 133, 116), (129, 130, 133, 134)]
    boxes = np.array([*digits, *points], np.int32)
    small = np.array([False] * 4 + [True] * 2)
    assert sorted(len(chain.members) for chain in find_chains(boxes, small, ())) == [6]
    far = boxes.copy()
    far[4:, [0, 2]] -= 14  # behind a label
    assert len(find_chains(far, small, ())) == 2
