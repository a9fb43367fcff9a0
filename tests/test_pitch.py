"""Digits at a fixed pitch, a 1 at the right of its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from batchocr.elements import Box
from batchocr.segmentation.pitch import FEWEST, joined_at_pitch
from batchocr.segmentation.segment import Atom, CandidateWord

HIGH, WIDE, PITCH = 40, 22, 32


def number(text: str, left: int, line: int = 0) -> CandidateWord:
    """A word of solid digits, one in each place so many px wide, a 1 narrow and at the right of it; a blank is an empty place."""
    atoms = []
    for n, digit in enumerate(text):
        right = left + n * PITCH + WIDE
        box = Box(right - (6 if digit == "1" else WIDE), 90 * line, right, 90 * line + HIGH)
        if digit != " ":
            atoms.append(Atom(box, np.ones((box.height, box.width), bool)))
    word = CandidateWord(tuple(atoms), atoms[0].box)
    return word.only(word.atoms)


PAGE = [number("80523", 0, line) for line in range(1, 2 + FEWEST // 4)]


def test_a_1_at_the_pitch_of_the_page_is_of_the_number_before_it() -> None:
    parts = [number("5", 0), number(" 18", 0), number("   1", 0)]
    found = joined_at_pitch([*PAGE, *parts], HIGH)
    assert found[:-1] == PAGE
    assert [atom.box for atom in found[-1].atoms] == [atom.box for part in parts for atom in part.atoms]
    assert found[-1].box == Box(0, 0, 3 * PITCH + WIDE, HIGH) and not found[-1].crowded


@pytest.mark.parametrize(
    "behind",
    [
        number("  1", 0),  # two places on
        number(" 8", 0),  # no narrow one
        number("1", 41),  # not at the pitch
        number(" 1", 0, 1).only(tuple(Atom(Box(48, 20, 54, 60), np.ones((40, 6), bool)) for _ in range(1))),
        replace(number(" 1", 0), in_cells=True),
        replace(number(" 1", 0), alone_in=Box(40, 0, 60, 50)),
    ],
    ids=["space", "wide", "elsewhere", "lower", "in cells", "in a box"],
)
def test_others_are_numbers_of_their_own(behind: CandidateWord) -> None:
    words = [*PAGE, number("5", 0), behind]
    assert joined_at_pitch(words, HIGH) == words


def test_without_a_pitch_nothing_is_joined() -> None:
    parts = [number("5", 0), number(" 1", 0)]
    assert joined_at_pitch([*PAGE[:1], *parts], HIGH) == [*PAGE[:1], *parts]
    uneven = [
        word.only(
            [
                replace(a, box=a.box._replace(right=a.box.right + 5 * (n % 2)))
                for n, a in enumerate(word.atoms)
            ]
        )
        for word in PAGE
    ]
    assert joined_at_pitch([*uneven, *parts], HIGH) == [*uneven, *parts]
