"""Numbers with a colon and another sign that are not so many digits apart as hours, minutes and seconds are: two numbers that have run
together, as 23:22 and 9:21 of two columns, for a person.

Leaves out: numbers whose signs touch a digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.colons import are_colon, within
from batchocr.segmentation.lines import NO_BOXES, has_point
from batchocr.segmentation.segment import CandidateWord

EACH = 2  # digits of minutes and of seconds
FEWEST = 5  # digits of a number that may be two with a colon in one of them


def marked_run_together(
    words: Sequence[CandidateWord], specks: NDArray[np.int32] = NO_BOXES
) -> list[CandidateWord]:
    """The words, those marked in which a colon and another sign stand with more or fewer digits between them than minutes have.
    specks: (S, 4) px, among them the points of small writing."""
    return [replace(word, several=True) if _runs_together(word, specks) else word for word in words]


def _runs_together(word: CandidateWord, specks: NDArray[np.int32]) -> bool:
    if word.several or word.in_cells or len(word.atoms) < FEWEST:
        return False
    full, near = np.flatnonzero(word.full()).tolist(), within(specks, word.box)
    if len(full) < FEWEST or (len(full) == len(word.atoms) and not len(near)):
        return False
    boxes, height = [list(atom.box) for atom in word.atoms], word.height()
    signs: list[tuple[int, bool]] = []  # before which digit, and whether it is a colon
    for n, (a, b) in enumerate(pairwise(full), 1):
        one, other = boxes[a], boxes[b]
        own = within(near, (one[2], word.box.top, other[0], word.box.bottom))
        points = [*boxes[a + 1 : b], *own.tolist()]
        if len(points) == 2 and are_colon(points, one, other, height):
            signs.append((n, True))
        elif len(points) == 1 and has_point(one, other, np.array(points, np.int32), height):
            signs.append((n, False))
    colon = any(is_colon for _, is_colon in signs)
    return colon and any(behind - before != EACH for (before, _), (behind, _) in pairwise(signs))
