"""Numbers with a colon and another sign that are not so many digits apart as hours, minutes and seconds are: two numbers that have run
together, as 23:22 and 9:21 of two columns, for a person; and printed ranges that seem to be one number, as 40.4-43.5 whose dash touches
both digits or was not told.

Leaves out: numbers whose colons touch a digit, and ranges of whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.colons import are_colon, within
from batchocr.segmentation.lines import NO_BOXES, has_point
from batchocr.segmentation.segment import CandidateWord
from batchocr.segmentation.shape import is_point

EACH = 2  # digits of minutes and of seconds
FLAT, AMID = 2.0, (0.3, 0.75)  # times as wide as high is a dash, and where in the height of a number
# heights that a space between two points is wide, and times as wide as between other digits: a dash too faint to be ink stands there
SPACE, SPACES = 0.25, 2.0
POINT, FOOT = 0.3, 0.15  # heights that a point is wide and high at most, and that its foot is off a digit's
PAIR = 1.7  # times as wide as the word's glyphs usually are is one that is two digits or more
FEWEST_GLYPHS = 3  # of a number that has such a one
FEWEST = 5  # digits of a number that may be two with a colon in one of them


def marked_run_together(
    words: Sequence[CandidateWord], specks: NDArray[np.int32] = NO_BOXES
) -> list[CandidateWord]:
    """The words, those marked in which a colon and another sign stand with more or fewer digits between them than minutes have, a
    dash beside a point, or two points with a glyph between them as wide as two digits.
    specks: (S, 4) px, among them the points of small writing."""
    return [replace(word, several=True) if _runs_together(word, specks) else word for word in words]


def _runs_together(word: CandidateWord, specks: NDArray[np.int32]) -> bool:
    if word.several or word.in_cells or len(word.atoms) < FEWEST_GLYPHS:
        return False
    full, near = np.flatnonzero(word.full()).tolist(), within(specks, word.box)
    if len(full) < FEWEST_GLYPHS or (len(full) == len(word.atoms) and not len(near)):
        return False
    return _is_range(word, full, near) or (len(full) >= FEWEST and _are_times(word, full, near))


def _are_times(word: CandidateWord, full: Sequence[int], near: NDArray[np.int32]) -> bool:
    """Whether a colon and another sign stand in a word so many glyphs apart, whose places are given, as no minutes are. near: specks."""
    boxes, height = [list(atom.box) for atom in word.atoms], word.height()
    signs: list[tuple[int, bool]] = []  # before which digit, and whether it is a colon
    for n, (a, b) in enumerate(pairwise(full), 1):
        one, other = boxes[a], boxes[b]
        points = _between(word, (a, b), near)
        if len(points) == 2 and are_colon(points, one, other, height):
            signs.append((n, True))
        elif len(points) == 1 and has_point(one, other, np.array(points, np.int32), height):
            signs.append((n, False))
    colon = any(is_colon for _, is_colon in signs)
    return colon and any(behind - before != EACH for (before, _), (behind, _) in pairwise(signs))


def _between(word: CandidateWord, glyphs: tuple[int, int], near: NDArray[np.int32]) -> list[list[int]]:
    """The marks and specks between two glyphs of a word that follow each other, px."""
    a, b = glyphs
    own = within(near, (word.atoms[a].box.right, word.box.top, word.atoms[b].box.left, word.box.bottom))
    return [*(list(atom.box) for atom in word.atoms[a + 1 : b]), *own.tolist()]


def _is_range(word: CandidateWord, full: Sequence[int], near: NDArray[np.int32]) -> bool:
    """Whether a word of glyphs at these places is two decimal numbers with a dash between: it stands beside a point, or between two
    points touches digits or is too faint to be ink. near: specks."""
    height = word.height()
    boxes = [word.atoms[n].box for n in full]
    pointed = [
        n
        for n, pair in enumerate(pairwise(full), 1)
        if any(_is_low_point(Box(*mark), boxes[n - 1], height) for mark in _between(word, pair, near))
    ]
    if not pointed:
        return False
    gaps = [other.left - one.right for one, other in pairwise(boxes)]
    usual = np.median([gap for n, gap in enumerate(gaps, 1) if n not in pointed] or [0])
    wide = [box.width for box in boxes]
    return _holds_dash(word, full) or any(
        max(wide[before:behind]) >= PAIR * np.median(wide)
        or max(gaps[before : behind - 1], default=0) >= max(SPACE * height, SPACES * usual)
        for before, behind in pairwise(pointed)
    )


def _is_low_point(mark: Box, glyph: Box, height: float) -> bool:
    """Whether a mark is a point at the foot of the glyph before it."""
    return is_point(mark, POINT * height) and abs(mark.bottom - glyph.bottom) <= FOOT * height


def _holds_dash(word: CandidateWord, full: Sequence[int]) -> bool:
    """Whether a flat mark stands amid the height of a word between two of its glyphs, whose places are given."""
    marks = [word.atoms[n].box for n in range(full[0], full[-1]) if n not in full]
    return any(
        mark.width >= FLAT * mark.height
        and AMID[0] <= ((mark.top + mark.bottom) / 2 - word.box.top) / word.box.height <= AMID[1]
        for mark in marks
    )
