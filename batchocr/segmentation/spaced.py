"""Printed numbers in which a space is too narrow to part them, as in Q3 1990: they are for a person, since they may be two.

Print stands level, its digits all as high, and from the middle of each to that of the next it is about as far; a space makes one
step longer. What it sets off as thousands is one number, and so is what has a box to itself. Leaves out: numbers of less
than three digits, with one behind the space, and of old-style figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.imaging.labels import stretches
from batchocr.segmentation.segment import CandidateWord

FEWEST = 3  # digits
LEVEL_PX = 1.0  # by which heads and feet of print may differ however low it is
LEAST_BEHIND = 2  # digits behind it: one glyph is a unit's letter more often
GROUP = 3  # digits of thousands


class Space(NamedTuple):
    """How wide a space is: of the digits' height at least; its step times as long as the next longest, or its gap times as wide as the
    next widest however narrow the digits beside it, whose heads and feet differ by no more than a part of their height."""

    least: float
    longer: float
    wider: float
    level: float


ANYWHERE = Space(0.3, 1.2, np.inf, 0.05)
LIKELIER = Space(0.25, 1.05, 1.8, 0.1)  # in what is left of a word with letters


def marked_spaced(words: Sequence[CandidateWord], grain: float = 1.0) -> list[CandidateWord]:
    """The words, those of print marked in which a space parts no thousands. grain: px of the page that one of the scan has."""
    return [replace(word, crowded=True) if _has_space(word, grain, ANYWHERE) else word for word in words]


def marked_left_spaced(word: CandidateWord, grain: float = 1.0) -> CandidateWord:
    """The same for what is left of a word without letters, as of Q3 1990, where a space is likelier and parts two numbers however many
    digits others of the page have."""
    return replace(word, several=True) if _has_space(word, grain, LIKELIER) else word


def _has_space(word: CandidateWord, grain: float, space: Space) -> bool:
    full = word.full()
    if word.in_cells or word.alone_in is not None or word.several or len(full) < FEWEST or not full.all():
        return False  # a point or a comma sets off what is behind it
    boxes = np.array([atom.box for atom in word.atoms], np.float64)
    high = float(np.median(boxes[:, 3] - boxes[:, 1]))
    stray = max(space.level * high, LEVEL_PX * grain)
    off = np.abs(boxes[:, [1, 3]] - np.median(boxes[:, [1, 3]], axis=0)).max(axis=1)
    return any(
        _parts(boxes[start:stop], high, space)
        for start, stop in stretches(off <= stray)
        if stop - start >= FEWEST
    )


def _parts(boxes: NDArray[np.float64], high: float, space: Space) -> bool:
    """Whether a space parts (N, 4) px of digits so many px high, and no thousands."""
    left, _, right, _ = boxes.T
    steps, gaps = np.diff((left + right) / 2), left[1:] - right[:-1]
    places = [
        at
        for of, times in ((steps, space.longer), (gaps, space.wider))
        if of[at := int(of.argmax())] >= times * max(1.0, np.delete(of, at).max())
    ]
    return any(gaps[at] >= space.least * high and _are_two(at + 1, len(boxes) - at - 1) for at in places)


def _are_two(before: int, behind: int) -> bool:
    """Whether so many digits before a space, and behind it, are two numbers, and no thousands or a unit."""
    return behind >= LEAST_BEHIND and (behind != GROUP or before > GROUP)
