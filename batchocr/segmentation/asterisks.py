"""Asterisks beside printed numbers, which fill up an amount or point to a footnote: taken away, since they are no digits.

An asterisk is a small star of five to eight arms, much the same from left and from right, that hangs at the head of the digits
beside it. Only where a page has several are they taken for such, with what hangs next to one and is as large, and between two glyphs
only several. Leaves out: those that touch each other or a digit, and those written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.shape import has_hole, is_usual, usual_size

FEWEST = 3  # of a page
LEAST_PX = 6  # px wide and high
HIGH = 0.8  # of the digits' height that one is high at most,
HEAD, FOOT = 0.35, 0.85  # and of it below their heads that it begins and ends at most
AS_TALL = 0.75  # of the tallest glyph's height that a digit beside one has
ASPECT = (0.75, 1.3)  # width / height
MIRRORED = 0.6  # of the ink that it and its mirror image cover, that both do
DIRECTIONS = 36  # in which it is looked at from its middle
FAR = 0.78  # of its reach in most of its arms, that an arm has
ARMS = (5, 8)


def without_asterisks(
    words: Sequence[CandidateWord], grain: float = 1.0
) -> tuple[list[CandidateWord], list[Atom]]:
    """The words without their asterisks, on a page that has several; and these. grain: as in `shape.of_one_size`."""
    found = [_asterisks_of(word, grain) for word in words]
    if sum(map(len, found)) < FEWEST:
        return list(words), []
    left: list[CandidateWord] = []
    gone: list[Atom] = []
    for word, own in zip(words, found, strict=True):
        left += word.parted_at([(n, n + 1) for n in own])
        gone += [word.atoms[n] for n in own]
    return left, gone


def _asterisks_of(word: CandidateWord, grain: float) -> list[int]:
    """Which of a word's atoms are asterisks, by their places."""
    if word.in_cells:
        return []
    boxes = [atom.box for atom in word.atoms]
    most = max(box.height for box in boxes)
    digits = [box for box in boxes if box.height >= AS_TALL * most]
    head = min(box.top for box in digits)
    if all(_is_one(atom, grain) for atom in word.atoms):  # nothing else
        return list(range(len(boxes)))
    found: list[int] = []
    for hang, run in groupby(range(len(boxes)), lambda n: _hangs(boxes[n], head, most)):
        own = list(run)
        amid = own[0] > 0 and own[-1] < len(boxes) - 1  # as a raised point is
        stars = [n for n in own if hang and _is_one(word.atoms[n], grain)]
        if len(stars) > amid:
            size = usual_size([boxes[n] for n in stars])
            found += [n for n in own if is_usual(boxes[n], size, grain)]
    return found


def _hangs(box: Box, head: float, high: float) -> bool:
    """Whether ink in this box is small and at the head of digits, px."""
    return box.height <= HIGH * high and box.top <= head + HEAD * high and box.bottom <= head + FOOT * high


def _is_one(atom: Atom, grain: float) -> bool:
    return min(atom.mask.shape) >= LEAST_PX * grain and is_asterisk(atom.mask)


def is_asterisk(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) bool ink is a star."""
    high, wide = mask.shape
    if not ASPECT[0] * high <= wide <= ASPECT[1] * high or has_hole(mask):
        return False
    turned = mask[:, ::-1]
    if np.count_nonzero(mask & turned) < MIRRORED * np.count_nonzero(mask | turned):
        return False
    y, x = np.nonzero(mask)
    down, across = (2 * y + 1) / high - 1, (2 * x + 1) / wide - 1
    turns = (np.arctan2(down, across) / (2 * np.pi) % 1 * DIRECTIONS).astype(np.int64) % DIRECTIONS
    reach = np.zeros(DIRECTIONS)
    np.maximum.at(reach, turns, np.hypot(down, across))
    # a direction that no pixel's middle lies in is like those beside it
    reach = np.maximum(reach, np.minimum(np.roll(reach, 1), np.roll(reach, -1)))
    far = reach >= FAR * np.percentile(reach, 90)
    return bool(ARMS[0] <= np.count_nonzero(far & ~np.roll(far, 1)) <= ARMS[1])
