"""Times of two columns that have run together, and printed ranges whose dash touches their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.timed import marked_run_together

COLON = ((32, 112, 36, 116), (32, 130, 36, 134))  # px behind the digit before it, and down
POINT = ((32, 135, 37, 140),)
DASH = ((31, 118, 42, 122),)
SIGNS = {":": COLON, ".": POINT, " ": (), "-": DASH}
PAIR = "="  # two digits and the dash that they touch


def word(text: str, *, specks: bool) -> tuple[CandidateWord, Sequence[tuple[int, int, int, int]]]:
    """Digits 24 px wide with signs among them, as marks of the word or as specks."""
    boxes, marks, left = list[tuple[int, int, int, int]](), list[tuple[int, int, int, int]](), 100
    for sign in text:
        if sign == PAIR:
            boxes.append((left, 100, left + 60, 140))
            left += 66
        elif sign.isdigit():
            boxes.append((left, 100, left + 24, 140))
            left += 30
        else:
            own = [(left - 30 + a, top, left - 30 + b, bottom) for a, top, b, bottom in SIGNS[sign]]
            (marks if specks else boxes).extend(own)
            left += 14
    atoms = tuple(Atom(Box(*box), np.ones((box[3] - box[1], box[2] - box[0]), bool)) for box in sorted(boxes))
    return CandidateWord(atoms, Box(100, 100, left, 140)), marks


@pytest.mark.parametrize("specks", [False, True])
@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("23:229:21", True),
        ("13:084.75", True),
        ("20.4017:37", True),
        ("1:05:30", False),
        ("12:30.5", False),
        ("12:30", False),
        ("1.234.567", False),  # thousands
        ("1234567", False),
    ],
)
def test_signs_that_are_no_minutes_apart_leave_the_number_to_a_person(
    text: str, doubted: bool, specks: bool
) -> None:
    own, marks = word(text, specks=specks)
    (found,) = marked_run_together([own], np.array(marks, np.int32).reshape(-1, 4))
    assert found.crowded == doubted


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("40.=3.5", True),
        ("9.=.4", True),
        ("33.8-02", True),
        ("=3.5", False),
        ("40.4=", False),
        ("555-1234", False),  # a number of a telephone
        ("12.03.24", False),  # a date
    ],
)
def test_ranges_of_decimal_numbers_that_seem_to_be_one_number_are_for_a_person(
    text: str, doubted: bool
) -> None:
    (found,) = marked_run_together([word(text, specks=False)[0]])
    assert found.crowded == doubted
