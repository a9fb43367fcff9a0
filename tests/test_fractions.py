"""Fractions behind numbers: a low last digit with a bar or other ink above it is for a person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from batchocr.elements import Box
from batchocr.segmentation.fractions import marked_fractions
from batchocr.segmentation.segment import Atom, CandidateWord

SEVEN, TWO, BAR, ONE = (
    Box(40, 60, 64, 100),
    Box(72, 81, 84, 100),
    Box(70, 75, 86, 79),
    Box(76, 58, 80, 72),
)  # a number of 40 px, and a half behind it


def marked(
    atoms: Sequence[Box], others: Sequence[Box] = (), *, wide: int = 200, crowded: bool = False
) -> bool:
    """Whether a word of such solid atoms, on a page with other ink, is for a person."""
    ink = np.zeros((160, wide), bool)
    for box in (*atoms, *others):
        ink[box.top : box.bottom, box.left : box.right] = True
    box = Box(*np.array(atoms)[:, :2].min(axis=0).tolist(), *np.array(atoms)[:, 2:].max(axis=0).tolist())
    pieces = tuple(Atom(own, np.ones((own.height, own.width), bool)) for own in atoms)
    (word,) = marked_fractions(ink, [CandidateWord(pieces, box, crowded=crowded)], 40.0)
    return word.crowded


@pytest.mark.parametrize(
    ("atoms", "others"),
    [
        ([SEVEN, TWO], [BAR, ONE]),
        ([SEVEN, BAR, TWO], [ONE]),
        ([SEVEN, BAR, TWO], []),
        ([SEVEN, SEVEN, TWO], [ONE]),
        ([SEVEN, TWO._replace(top=75)], [ONE]),  # the bar touches it
        ([TWO], [BAR, ONE]),
    ],
    ids=["passed over", "bar kept", "one lost", "bar lost", "bar touches", "by itself"],
)
def test_a_low_last_digit_below_a_bar_or_other_ink_may_be_of_a_fraction(
    atoms: list[Box], others: list[Box]
) -> None:
    assert marked(atoms, others)


@pytest.mark.parametrize(
    ("atoms", "others"),
    [
        ([SEVEN, TWO], []),
        ([SEVEN, TWO._replace(top=62)], [ONE]),
        ([SEVEN, Box(72, 60, 84, 78), TWO], []),  # a digit in two pieces
        ([SEVEN, TWO._replace(top=61, bottom=80)], [Box(72, 40, 84, 58)]),
        ([TWO, SEVEN], [BAR, ONE]),
        ([SEVEN, TWO], [Box(120, 58, 124, 72)]),
        ([TWO], []),
        ([Box(72, 94, 78, 100)], [ONE]),
    ],
    ids=["nothing above", "high", "broken", "raised", "first", "further on", "low and alone", "a point"],
)
def test_other_digits_are_of_the_number(atoms: list[Box], others: list[Box]) -> None:
    assert not marked(atoms, others)
    assert marked(atoms, others, crowded=True)


def test_a_number_may_end_at_the_edge_of_the_page() -> None:
    assert marked([SEVEN, TWO], [ONE], wide=TWO.right)
