"""Fractions behind numbers, as in 7 1/2 with one digit above the other: what is below passed for a last digit.

The digit above and the line between are too small to be glyphs, and were left out. A number whose last digit is low, stands at its foot
and has a bar above it, or other ink that is none of its own, is for a person. Leaves out: what the fraction is, and one whose digits are as high as the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from batchocr.elements import Box, Ink
from batchocr.segmentation.segment import CandidateWord

LEAST = 0.35  # times as high as the digits before it is a fraction's denominator at least,
LOW = 0.75  # and at most,
AT_FOOT = 0.4  # of their height above or below whose feet it ends;
ABOVE = 0.2  # and so much of it is inked above
HALF, FLAT = 0.62, 2.0  # so low, it needs no more above than a bar, so many times as wide as it is high
BEYOND = 0.15  # of it above their heads and to the sides, within which that may be


def marked_fractions(ink: Ink, words: Sequence[CandidateWord], height: float) -> list[CandidateWord]:
    """The words, marked those that may end in a fraction. ink: (H, W) bool, the page's without rules. height: px of the page's writing,
    which tells of a digit that stands by itself."""
    return [replace(word, crowded=True) if _may_end_so(ink, word, height) else word for word in words]


def _may_end_so(ink: Ink, word: CandidateWord, height: float) -> bool:
    if word.crowded or word.in_cells:
        return False
    boxes = [atom.box for atom in word.atoms]
    high = max(box.height for box in boxes) if len(boxes) > 1 else word.usual_height or height
    digits = [box for box in boxes if box.height >= LEAST * high]
    if not digits or digits[-1].height > LOW * high:
        return False  # nearly all
    *others, last = digits
    if others and abs(last.bottom - np.median([box.bottom for box in others])) > AT_FOOT * high:
        return False
    head = min((box.top for box in others), default=round(last.bottom - high))
    if last.height <= HALF * high and any(_is_bar_over(box, last) for box in boxes):
        return True
    beyond = round(BEYOND * high)
    left, top = max(0, last.left - beyond), max(0, head - beyond)
    place = Box(left, top, min(last.right + beyond, ink.shape[1]), max(top, last.top))
    above = ink[place.top : place.bottom, place.left : place.right] & ~_own(word, place)
    return bool(np.count_nonzero(above.any(axis=1)) >= ABOVE * high)


def _is_bar_over(bar: Box, digit: Box) -> bool:
    """Whether a piece of ink is a level bar right above a digit."""
    shared = min(bar.right, digit.right) - max(bar.left, digit.left)
    near = abs(digit.top - bar.bottom) <= digit.height / 2
    return near and bar.width >= FLAT * bar.height and shared >= digit.width / 2


def _own(word: CandidateWord, place: Box) -> Ink:
    """(h, w) bool: the ink of a word's own atoms in a place: pieces of a digit stand above each other too."""
    own = np.zeros((place.height, place.width), bool)
    for box, mask in ((atom.box, atom.mask) for atom in word.atoms):
        left, top = max(box.left, place.left), max(box.top, place.top)
        right, bottom = min(box.right, place.right), min(box.bottom, place.bottom)
        if left < right and top < bottom:
            part = mask[top - box.top : bottom - box.top, left - box.left : right - box.left]
            own[top - place.top : bottom - place.top, left - place.left : right - place.left] |= part
    return own
