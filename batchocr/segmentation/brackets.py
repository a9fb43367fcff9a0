"""Brackets around a number, round or square, as accounts have: taken away, since they are no 1s.

An opening bracket bulges to the left and a closing one to the right: both its ends lie farther to the other side than its
middle, which no digit's do that is as slim. Only a word that has one at either end, as high as what is between them, has
brackets. Leaves out: lone ones, and those that touch a digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.shape import one_run_share

SLIM = 0.6  # width / height at most
LEAST_PX = 10  # px of its height
LEAST_HIGH = 0.95  # times as high as the number at least
ALIKE = 0.88  # times as high as the other is each at least: the half of a broken 0 is lower
BULGE = 0.06  # of its height by which its ends lie beside its middle, and a pixel at least
END = 0.12  # of its height that an end is
MIDDLE = (0.4, 0.6)  # of its height, between which its middle is
ONE_RUN = 0.9  # of its rows that are inked in one place


def without_brackets(words: Sequence[CandidateWord]) -> tuple[list[CandidateWord], list[Atom]]:
    """The words without the brackets around them; and these."""
    left, gone = [], list[Atom]()
    for word in words:
        if _has_brackets(word):
            opening, *_, closing = np.flatnonzero(word.full()).tolist()
            gone += [word.atoms[opening], word.atoms[closing]]
            word = word.only(word.atoms[opening + 1 : closing])
        left.append(word)
    return left, gone


def _has_brackets(word: CandidateWord) -> bool:
    glyphs = word.full_atoms()
    if word.in_cells or len(glyphs) < 3:
        return False
    first, *inner, last = glyphs
    least = LEAST_HIGH * median(atom.box.height for atom in inner)
    low, high = sorted((first.box.height, last.box.height))
    return low >= max(least, ALIKE * high) and is_opening(first.mask) and is_opening(last.mask[:, ::-1])


def is_opening(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) bool ink has the shape of an opening bracket."""
    high, wide = mask.shape
    if high < LEAST_PX or wide > SLIM * high:
        return False
    if one_run_share(mask) < ONE_RUN:
        return False
    begins, ends = mask.argmax(axis=1), wide - mask[:, ::-1].argmax(axis=1)
    end, (top, bottom) = max(2, round(END * high)), (round(share * high) for share in MIDDLE)
    least = max(1.0, BULGE * high)
    middle = float(np.median(ends[top:bottom]))
    if min(ends[:end].max(), ends[-end:].max()) - middle < least:
        return False
    # the head of a 5 goes as far to the right, but not as far to the left
    leftmost = float(np.median(begins[top:bottom]))
    return bool(leftmost <= begins[:end].min() and leftmost <= begins[-end:].min())
