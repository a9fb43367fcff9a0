"""Fractions behind numbers, as in 7 1/2 with one digit above the other: what is below passed for a last digit.

The digit above and the line between are too small to be glyphs, and were left out. A number whose last digit is low, stands at its foot
and has a bar above it, or other ink that is none of its own, is for a person. Leaves out: what the fraction is, and one whose digits are as high as the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from batchocr.elements import Box, Ink
from batchocr.segmentation.operators import is_flat
from batchocr.segmentation.segment import CandidateWord, merged

LEAST = 0.35  # times as high as the digits before it is a fraction's denominator at least,
LOW = 0.75  # and at most,
AT_FOOT = 0.4  # of their height above or below whose feet it ends;
ABOVE = 0.2  # and so much of it is inked above
HALF = 0.62  # so low, it needs no more above than a bar
BEYOND = 0.15  # of it above their heads and to the sides, within which that may be


def marked_fractions(ink: Ink, words: Sequence[CandidateWord], height: float) -> list[CandidateWord]:
    """The words, marked those that may end in a fraction. ink: (H, W) bool, the page's without rules. height: px of the page's writing,
    which tells of a digit that stands by itself."""
    return [replace(word, several=True) if _may_end_so(ink, word, height) else word for word in words]


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
    whole = place.union(word.box)  # pieces of a digit stand above each other too
    own = merged(((atom.box, atom.mask) for atom in word.atoms), whole)
    within = own[place.top - whole.top :, place.left - whole.left :][: place.height, : place.width]
    above = ink[place.top : place.bottom, place.left : place.right] & ~within
    return bool(np.count_nonzero(above.any(axis=1)) >= ABOVE * high)


def _is_bar_over(bar: Box, digit: Box) -> bool:
    """Whether a piece of ink is a level bar right above a digit."""
    shared = min(bar.right, digit.right) - max(bar.left, digit.left)
    near = abs(digit.top - bar.bottom) <= digit.height / 2
    return near and is_flat(bar) and shared >= digit.width / 2
