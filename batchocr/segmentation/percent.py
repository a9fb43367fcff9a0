"""Percent signs behind the numbers of a page: taken away, since their circles are no 0s.

A percent sign is a stroke that leans to the right with a circle above it on its left and one below it on its right, in one
piece of ink or in up to three. Only where several numbers of a page end in one, all of one size, and hardly any has one
within are they taken for such: slanting 8s are like it. Leaves out: signs written by hand, or with dots for circles.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom, CandidateWord, merged
from batchocr.segmentation.shape import (
    common_look,
    has_hole,
    has_two_holes,
    inked_along,
    looks_so,
    of_one_size,
    usual_size,
)

FEWEST = 3  # signs of a page,
MOST_WITHIN = 0.1  # and so many times as many glyphs like one within numbers at most
MOST_PIECES = 3
WHOLE = 0.9  # times as wide as usual are signs of which no circle is lost
WIDTH = (0.7, 1.7)  # width / height: slanting 8s are like it, and narrower
LEAST_PX = 10  # px of its height
LEAST_HOLE = 0.005  # of its box that the paper in a circle is
THICK = 0.36  # of its height that its stroke is thick at most
LEAST_INK = 0.12  # of its ink that each circle has beside the stroke
HALF = 0.72  # of its height, in whose upper and lower part the circles are
LEAN = (0.15, 1.0)  # of its height, by which its stroke leans
ALONG, ALONG_PIECES = 0.75, 0.66  # of its height that the stroke is inked, and of a sign's in pieces
LOOKED_AT = 9  # rows of these
_leans = np.linspace(*LEAN, 16)


def without_percents(
    words: Sequence[CandidateWord], grain: float = 1.0
) -> tuple[list[CandidateWord], list[Atom]]:
    """The words without the percent signs behind them, on a page that has several; and the ink of these. grain: as in
    `shape.of_one_size`."""
    pieces = [_pieces_of_sign(word) for word in words]
    signs = [_around(word.atoms[-count:]) for word, count in zip(words, pieces, strict=True) if count]
    if len(signs) < FEWEST:
        return list(words), []
    usual, _ = usual_size(signs)
    whole = [box for box in signs if box.width >= WHOLE * usual]
    if len(whole) < FEWEST or not of_one_size(whole, grain):
        return list(words), []
    pieces = _with_worn(words, pieces)
    within = sum(
        is_percent(atom.mask)
        for word, count in zip(words, pieces, strict=True)
        for atom in word.atoms[: len(word.atoms) - max(count, 1)]
    )
    if within > MOST_WITHIN * len(signs):
        return list(words), []
    left, gone = [], list[Atom]()
    for word, count in zip(words, pieces, strict=True):
        first = len(word.atoms) - count
        left += word.without(range(first, len(word.atoms)))
        gone += word.atoms[first:]
    return left, gone


def _with_worn(words: Sequence[CandidateWord], pieces: list[int]) -> list[int]:
    """How many of each word's last atoms are a percent sign, where one that is blurred or worn looks like those that were told by
    their shape, in one piece of ink, unless glyphs within numbers do too. pieces: so many were told by that."""
    whole = [word.atoms[-1] for word, count in zip(words, pieces, strict=True) if count == 1]
    if len(whole) < FEWEST:
        return pieces
    look = common_look([atom.mask for atom in whole])
    like = [[not word.in_cells and looks_so(atom.mask, look) for atom in word.atoms] for word in words]
    within = sum(sum(own[:-1]) for own in like)
    if within > MOST_WITHIN * sum(own[-1] for own in like):
        return pieces
    return [count or int(own[-1]) for count, own in zip(pieces, like, strict=True)]


def _pieces_of_sign(word: CandidateWord) -> int:
    """How many of a word's last atoms are a percent sign; 0 where it ends in none."""
    if word.in_cells:
        return 0
    heights = [atom.box.height for atom in word.atoms[-MOST_PIECES:]]
    most = len(heights) if min(heights) <= HALF * max(heights) else 1  # a circle is lower than the stroke
    for count in range(most, 0, -1):
        atoms = word.atoms[-count:]
        box = _around(atoms)
        if box.height < LEAST_PX or not WIDTH[0] * box.height <= box.width <= WIDTH[1] * box.height:
            continue
        if sum(height <= HALF * box.height for height in heights[-count:]) < count - 1:
            continue
        if count == 1 and is_percent(atoms[0].mask):
            return 1
        if count > 1 and _is_in_pieces(atoms, box):
            return count
    return 0


def _is_in_pieces(atoms: Sequence[Atom], box: Box) -> bool:
    """Whether pieces in a box have together the shape of a percent sign, and none of them is an 8 behind another sign."""
    if not is_percent(merged([(atom.box, atom.mask) for atom in atoms], box), ALONG_PIECES):
        return False
    *others, tallest = sorted(atoms, key=lambda atom: atom.box.height)
    is_behind = all(atom.box.right <= tallest.box.left for atom in others)
    return not (is_behind and has_two_holes(tallest.mask, LEAST_HOLE * tallest.mask.size))


def _around(atoms: Sequence[Atom]) -> Box:
    return reduce(Box.union, [atom.box for atom in atoms])


def is_percent(mask: NDArray[np.bool_], along: float = ALONG) -> bool:
    """Whether (h, w) bool ink has the shape of a percent sign: beside the stroke, ink on its left is in the upper part and ink
    on its right in the lower one, and at least one of the two has paper in it. along: share of its height that the stroke is."""
    high, wide = mask.shape
    if high < LEAST_PX or not WIDTH[0] * high <= wide <= WIDTH[1] * high:
        return False
    leftmost, rightmost = mask[:, 0].nonzero()[0], mask[:, -1].nonzero()[0]
    if (
        not leftmost.size
        or leftmost[-1] > HALF * high
        or not rightmost.size
        or rightmost[0] < (1 - HALF) * high
    ):
        return False  # most digits
    if not has_hole(mask, LEAST_HOLE * mask.size):
        return False
    stroke = _stroke(mask, along)
    if stroke is None:
        return False
    across = np.arange(wide)
    beside = THICK * high / 2
    left, right = (mask & (way * (across - stroke[:, None]) > beside) for way in (-1, 1))
    upper, lower = left.any(axis=1).nonzero()[0], right.any(axis=1).nonzero()[0]
    if min(np.count_nonzero(left), np.count_nonzero(right)) < LEAST_INK * np.count_nonzero(mask):
        return False
    return bool(upper.max() <= HALF * high and lower.min() >= (1 - HALF) * high)


def _stroke(mask: NDArray[np.bool_], along: float) -> NDArray[np.float64] | None:
    """(h,) px of its rows at which a straight stroke lies that goes from the foot of (h, w) ink to its head, to the right."""
    high, wide = mask.shape
    thick = cv2.dilate(mask.view(np.uint8), np.ones((1, 3), np.uint8))
    rows = np.linspace((1 - along) / 2 * high, (1 + along) / 2 * high - 1, LOOKED_AT).round().astype(np.int64)
    rises = (_leans[:, None] * (high / 2 - rows)).round().astype(np.int64)
    found = np.argwhere(inked_along(thick > 0, rows, np.arange(wide)[:, None, None] + rises))
    if not len(found):
        return None
    lean = int(np.median(found[:, 1]))
    own = found[np.argmin(abs(found[:, 1] - lean)), 1]
    column = float(np.median(found[found[:, 1] == own, 0]))
    return np.asarray(column + _leans[own] * (high / 2 - np.arange(high)), np.float64)
