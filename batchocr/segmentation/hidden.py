"""What stands right beside a word and may hide digits of its number: ink too large to be writing, as of a stamp, a blot or the
fold of a book, and digits that lie across the rule at the end of its column.

Leaves out: what they are; ruled lines and frames, which are taken away before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.segmentation.components import Components

REACH = 0.5  # heights of the word from its end, in which the next digit would begin,
FAR = 0.9  # or one written wide, where a stamp hides it
INSET = 0.1  # of its height at its top and bottom that does not count
LEAST_INK = 0.05  # square heights of ink there
LOST_REACH = 0.8  # heights of the word from its end, in which ink that is of no word counts,
LOST_INK = 0.06  # so many square heights of it,
LOST_HIGH, LOST_WIDE = 0.5, 0.25  # if it is so high and wide together
BOTH_SIDES = 0.4  # heights that a word has on either side of a rule that it goes on beyond
ACROSS = 0.12  # heights that a digit across a rule has on either side of it
DIGIT_HEIGHTS = (0.5, 1.8)  # heights of the word's that it has
OVERLAP = 0.5  # of its height that it shares with the word


def beside_large(
    words: NDArray[np.float64], heights: NDArray[np.float64], components: Components, large: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(N,) bool: the words right beside which ink of a component stands that is too large to be writing.

    words: (N, 4) px. heights: (N,) px of their writing. large: which components are too large.
    """
    found = np.zeros(len(words), bool)
    reach = FAR * heights
    for n in large.tolist():
        left, top, right, bottom = components.boxes[n].tolist()
        near = (words[:, 0] - reach < right) & (words[:, 2] + reach > left)
        near &= (words[:, 1] < bottom) & (words[:, 3] > top) & ~found
        if not near.any():
            continue
        mask = components.mask(n)
        for k in np.flatnonzero(near).tolist():
            begin, high, end, low = words[k]
            inset = INSET * heights[k]
            rows = mask[_span(high + inset, low - inset, top)]
            ink = (rows[:, _span(begin - reach[k], begin, left)], rows[:, _span(end, end + reach[k], left)])
            found[k] = max(map(np.count_nonzero, ink)) >= LEAST_INK * heights[k] ** 2
    return found


def beside_lost(
    words: NDArray[np.float64], heights: NDArray[np.float64], ink: Ink, known: Sequence[Box]
) -> NDArray[np.bool_]:
    """(N,) bool: the words right beside which ink as high as a digit stands that is of no word and of nothing else that is known, as
    what is left of a digit whose hairlines are worn away.

    words: (N, 4) px. heights: (N,) px of their writing. ink: (H, W) bool, without ruled lines. known: the boxes of all words and of
    all else.
    """
    lost = ink.copy()
    for left, top, right, bottom in known:
        lost[max(0, top) : bottom, max(0, left) : right] = False
    found = np.zeros(len(words), bool)
    for n, ((left, top, right, bottom), height) in enumerate(
        zip(words.tolist(), heights.tolist(), strict=True)
    ):
        inset = INSET * height
        rows = lost[_span(top + inset, bottom - inset, 0)]
        for begin, end in ((left - LOST_REACH * height, left), (right, right + LOST_REACH * height)):
            part = rows[:, _span(begin, end, 0)]
            if np.count_nonzero(part) < LOST_INK * height * height:
                continue  # nearly all
            high, wide = (np.count_nonzero(part.any(axis=axis)) for axis in (1, 0))
            found[n] |= high >= LOST_HIGH * height and wide >= LOST_WIDE * height
    return found


def beside_crossing(
    words: NDArray[np.float64],
    heights: NDArray[np.float64],
    glyphs: NDArray[np.float64],
    walls: NDArray[np.float64],
    usual: float,
) -> NDArray[np.bool_]:
    """(N,) bool: the words right beside which, but not in which, a glyph lies across a column's rule, and those that go on
    on its other side.

    words: (N, 4) px. heights: (N,) px of their writing. glyphs: (M, 4) px of all ink. walls: (W, 4) px of the rules. usual: px that the
    page's writing is high, whatever pieces of lines are taken for words.
    """
    found = np.zeros(len(words), bool)
    if not (len(words) and len(walls)):
        return found
    middles = (walls[:, 0] + walls[:, 2]) / 2
    inset = BOTH_SIDES * heights
    for middle, (_, top, _, bottom) in zip(middles.tolist(), walls.tolist(), strict=True):
        both = (words[:, 0] + inset <= middle) & (words[:, 2] - inset >= middle)
        found |= both & (words[:, 1] >= top) & (words[:, 3] <= bottom)
    for left, top, right, bottom in _across(glyphs, walls, middles, usual).tolist():
        apart = np.maximum(left - words[:, 2], words[:, 0] - right)
        shared = np.minimum(bottom, words[:, 3]) - np.maximum(top, words[:, 1])
        own = (words[:, 0] <= left) & (words[:, 2] >= right)
        found |= ~own & (apart <= REACH * heights) & (shared >= OVERLAP * (bottom - top))
    return found


def _across(
    glyphs: NDArray[np.float64], walls: NDArray[np.float64], middles: NDArray[np.float64], height: float
) -> NDArray[np.float64]:
    """(K, 4) px: the glyphs as high as digits that lie across a rule."""
    high = glyphs[:, 3] - glyphs[:, 1]
    some = glyphs[(high >= DIGIT_HEIGHTS[0] * height) & (high <= DIGIT_HEIGHTS[1] * height)]
    across = np.zeros(len(some), bool)
    for middle, (_, top, _, bottom) in zip(middles.tolist(), walls.tolist(), strict=True):
        across |= (
            (some[:, 0] <= middle - ACROSS * height)
            & (some[:, 2] >= middle + ACROSS * height)
            & (some[:, 1] >= top)
            & (some[:, 3] <= bottom)
        )
    return some[across]


def _span(first: float, last: float, origin: int) -> slice:
    """px of the page as px from an origin on."""
    return slice(max(0, round(first) - origin), max(0, round(last) - origin))
