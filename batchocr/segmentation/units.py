"""Print right beside a number, such as its unit: cut off the word, so that its letters are no digits of it.

Two or more glyphs that stand on the number's line and are much lower than all of its digits are letters of print: digits of one
hand are more alike, and one low one is a 0 or a piece of a digit. Leaves out: single letters, and print nearly as high as
the digits, and rings alone: in hands amounts such as 26.000 end in low zeros. In a word of letters with little space in it,
such as `Question 27`, the number is what stands behind the space and is all of digits. A small ring above the middle of the digits before it is a degree sign or an ordinal's, no 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.segmentation.segment import CandidateWord
from batchocr.segmentation.shape import enclosed, has_hole

PLAIN_LETTER = 0.995  # the digit network's probability of "not a digit" from which on a glyph is none
LOW = 0.62  # of the digits' height: letters are no higher,
LOWEST = 0.22  # and no lower, or they are points and dashes
FEET = (-0.12, 0.4)  # of their height by which the feet of letters are below theirs
FEWEST = 2  # letters,
WIDTH = 0.62  # heights that they take: pieces of one broken digit take less
SPACE = 0.25  # heights: a narrower gap is none between a word and a number,
SPACE_GAPS = 1.8  # and times as wide as its gaps between letters it is
RING_HIGH = (0.2, 0.5)  # of the digits' height that a degree sign is high,
RING_WIDE = (0.7, 1.4)  # of its own height that it is wide,
RING_RAISED = 0.42  # of theirs that its foot stands above their feet at least,
RING_TOP = 0.3  # and by which its top is above or below theirs at most
RING_SHARED = 0.2  # of its width that other ink may stand above or below it
RING_PAPER = 0.2  # of a zero's box that is paper within it at least: of an e or a less is
ALIKE = 0.75  # times as high as the highest of them are the digits of such a number


def without_units(words: Sequence[CandidateWord]) -> list[CandidateWord]:
    """The words, those parted that begin or end in letters."""
    return [part for word in words for whole in _without_degrees(word) for part in _parted(whole)]


def _without_degrees(word: CandidateWord) -> list[CandidateWord]:
    """The word in the parts before and behind a degree sign, without it; two such rings are the pence of an amount."""
    if len(word.atoms) < 2 or word.in_cells:
        return [word]
    heights = [atom.box.height for atom in word.atoms]
    low, most = RING_HIGH[0] * LOW * max(heights), RING_HIGH[1] * max(heights)
    rings = [
        n
        for n, atom in enumerate(word.atoms)
        if low <= atom.box.height <= most and _is_round(atom.box) and has_hole(atom.mask)
    ]
    if not any(rings):
        return [word]  # nearly all words: what follows takes fifty times as long
    boxes = np.array([atom.box for atom in word.atoms], np.float64)
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    tall = high > LOW * high.max()
    height, top, foot = (float(np.median(of[tall])) for of in (high, boxes[:, 1], boxes[:, 3]))
    raised = (high >= RING_HIGH[0] * height) & (high <= RING_HIGH[1] * height)
    raised &= (foot - boxes[:, 3] >= RING_RAISED * height) & (np.abs(boxes[:, 1] - top) <= RING_TOP * height)
    places = [n for n in rings if raised[n]]
    if len(places) != 1 or places[0] == 0 or not tall[places[0] - 1]:
        return [word]
    at = places[0]
    shared = np.minimum(boxes[:, 2], boxes[at, 2]) - np.maximum(boxes[:, 0], boxes[at, 0])
    shared[at] = 0.0
    if shared.max() > RING_SHARED * wide[at]:
        return [word]  # the head of a broken 9 or 8
    return [word.only(own) for own in (word.atoms[:at], word.atoms[at + 1 :]) if own]


def _is_round(box: Box) -> bool:
    return RING_WIDE[0] * box.height <= box.width <= RING_WIDE[1] * box.height


def _parted(word: CandidateWord) -> list[CandidateWord]:
    if len(word.atoms) <= FEWEST or word.in_cells:
        return [word]
    heights = [atom.box.height for atom in word.atoms]
    if min(heights[0], heights[-1]) > LOW * max(heights):
        return [word]  # nearly all words: what follows takes a hundred times as long
    boxes = np.array([atom.box for atom in word.atoms], np.float64)
    high = boxes[:, 3] - boxes[:, 1]
    tall = np.flatnonzero(high > LOW * high.max())
    height, foot = float(np.median(high[tall])), float(np.median(boxes[tall, 3]))
    letters = (high <= LOW * height) & (high >= LOWEST * height)
    letters &= (boxes[:, 3] - foot >= FEET[0] * height) & (boxes[:, 3] - foot <= FEET[1] * height)
    first, last = int(tall[0]), int(tall[-1]) + 1
    begin = first if _are_letters(boxes[:first][letters[:first]], height) else 0
    behind = last + np.flatnonzero(letters[last:])
    is_unit = _are_letters(boxes[behind], height) and not _are_zeros([word.atoms[n].mask for n in behind])
    end = last if is_unit else len(high)
    if end - begin == len(high):
        return [word]
    return word.parted([at for at in (begin, end) if 0 < at < len(high)])


def _are_letters(boxes: NDArray[np.float64], height: float) -> bool:
    """Whether low glyphs, (N, 4) px, are enough for letters, and too wide for the pieces of one digit."""
    return len(boxes) >= FEWEST and boxes[:, 2].max() - boxes[:, 0].min() >= WIDTH * height


def _are_zeros(masks: Sequence[Ink]) -> bool:
    """Whether glyphs are rings, or rings that are joined, and nothing else."""
    return all(enclosed(mask) >= RING_PAPER * mask.size for mask in masks)


def numbers_among_letters(
    word: CandidateWord, letters: NDArray[np.bool_], digits: NDArray[np.intp]
) -> list[int]:
    """The atoms from which on a word of letters is a number, or letters again: `Question 27`, with little space in it.

    letters: (atoms,) bool, what is plainly a letter. digits: (atoms,) the digit that each surely is, -1 where it is none.
    """
    rights = accumulate((atom.box.right for atom in word.atoms), max)
    gaps = [atom.box.left - right for atom, right in zip(word.atoms[1:], rights, strict=False)]
    least = SPACE * word.height()
    if max(gaps, default=0) < least or word.in_cells or np.count_nonzero(letters) < FEWEST:
        return []
    wide = np.flatnonzero(np.array(gaps) >= max(least, SPACE_GAPS * median(gaps))) + 1
    full = word.full()
    heights = np.array([atom.box.height for atom in word.atoms])
    numbers = []
    for start, stop in pairwise([0, *wide.tolist(), len(full)]):
        own, high = (of[start:stop][full[start:stop]] for of in (digits, heights))
        # a 0 or a 1 by itself is a letter as well, and "log" is not 108
        sure = len(own) > 0 and own.min() > (1 if len(own) == 1 else -1)
        numbers.append(bool(sure and high.min() >= ALIKE * high.max()))
    return [int(at) for at, (a, b) in zip(wide, pairwise(numbers), strict=True) if a != b]
