"""Upright lines that part no numbers: streaks of the scanner, a worn fold of the paper, and the darker lines of graph paper.

Streaks are thin lines from the top of the picture to its foot, as dust on the glass leaves them. They run through numbers, and part none. Column rules end at their table; where level lines go from edge to edge too, the
picture is cut out of a table, and its upright lines are rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box

EDGE = 0.01  # of the page: a line that ends no farther from its edge goes on to it
WIDEST = 0.35  # writing heights: a wider line is none of a speck of dust
INKED = 0.5  # of the page's height that the pieces of a pale one are high,
WHOLE = 0.9  # and one that is in no pieces
FEWEST_EVEN = 6  # darker lines of squared paper
SAME_LINE = 4.0  # px: pieces of a line are no farther from each other
CLOSEST = 20  # percentile of the gaps: of fainter lines among the darkest only pieces are left
EVEN, EVEN_SHARE = 0.15, 0.75  # of the usual gap by which gaps are off, and so many of them are no more
WITHIN = 0.4  # writing heights from a line to the glyphs on both sides, if it runs through a number,
LEAST_GLYPH = 0.6  # which are as high, and share as much of their height
FEWEST_RULES, ALONG_SHARE = 2, 0.5  # rules of a table, along so much of a line in a fold
FEWEST_THROUGH = 3  # lines of writing through which a fold runs
BESIDE = 0.6  # writing heights: no farther from a number may a streak hide a part of it,
BESIDE_FOLD = 0.2  # or the fold of a book, at which a page's columns end
HIDES = 0.8  # times the width of its strokes that a streak is wide at least, if it may hide one


def find_streaks(
    vertical: Sequence[Box], horizontal: Sequence[Box], shape: tuple[int, ...], height: float
) -> tuple[Box, ...]:
    """Those of a page's upright lines that are streaks, or pieces of a pale one. shape: (H, W) px. height: of the writing, px."""
    high, wide = shape[:2]
    across = any(box.left <= EDGE * wide and box.right >= (1 - EDGE) * wide for box in horizontal)
    if across:
        return ()
    thin = [
        box
        for box in vertical
        if box.width <= WIDEST * height and EDGE * wide < box.left and box.right < (1 - EDGE) * wide
    ]
    streaks: set[Box] = set()
    for first in (box for box in thin if box.top <= EDGE * high):
        line = [box for box in thin if abs(box.left + box.right - first.left - first.right) <= SAME_LINE]
        rows = np.zeros(high, bool)
        for box in line:
            rows[box.top : box.bottom] = True
        if max(box.bottom for box in line) >= (1 - EDGE) * high and rows.mean() >= INKED:
            streaks |= set(line)
    return tuple(box for box in vertical if box in streaks)


def down_fold(vertical: Sequence[Box], fold: Box) -> tuple[Box, ...]:
    """Those of the upright lines that lie in a fold of the paper: the fold itself, worn or dark. Where others are as long beside
    it, they are rules of the same table."""
    within = tuple(line for line in vertical if fold.left <= line.left and line.right <= fold.right)
    if not within:
        return ()
    top, bottom = min(line.top for line in within), max(line.bottom for line in within)
    like_it = [
        line
        for line in vertical
        if line not in within
        and min(bottom, line.bottom) - max(top, line.top) >= ALONG_SHARE * (bottom - top)
    ]
    return within if len(like_it) < FEWEST_RULES else ()


def through_writing(lines: tuple[Box, ...], glyphs: NDArray[np.int32], height: float) -> tuple[Box, ...]:
    """The pieces of one upright line, if it runs through glyphs or between such as stand no farther apart than within a number;
    none if not. glyphs: (N, 4) px. height: of the writing, px."""
    if not lines:
        return ()
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    high = glyphs[:, 3] - glyphs[:, 1] >= LEAST_GLYPH * height
    before = glyphs[high & (glyphs[:, 0] < left) & (glyphs[:, 2] >= left - WITHIN * height)]
    behind = glyphs[high & (glyphs[:, 2] > right) & (glyphs[:, 0] <= right + WITHIN * height)]
    level = np.minimum(before[:, None, 3], behind[:, 3]) - np.maximum(before[:, None, 1], behind[:, 1])
    on_one_line = (level >= LEAST_GLYPH * height).any(axis=1)
    return lines if np.count_nonzero(on_one_line) >= FEWEST_THROUGH else ()


def evenly_apart(vertical: Sequence[Box]) -> tuple[Box, ...]:
    """Those of the upright lines of a squared page that are the darker ones of its squares: as far from each other, or twice as
    far, or more."""
    boxes = sorted(vertical, key=lambda box: box.left + box.right)
    middles = np.array([(box.left + box.right) / 2 for box in boxes])
    gaps = np.diff(middles)
    apart = gaps[gaps > SAME_LINE]  # a line in pieces is one
    if len(apart) < FEWEST_EVEN - 1:
        return ()
    side = float(np.percentile(apart, CLOSEST))
    off = np.abs(gaps - side * np.round(gaps / side))
    even = (off <= EVEN * side) | (gaps <= SAME_LINE)
    if even.mean() < EVEN_SHARE:
        return ()
    return tuple(
        box for box, one, other in zip(boxes, [*even, False], [False, *even], strict=True) if one or other
    )


def beside_streaks(
    boxes: NDArray[np.float64],
    streaks: Sequence[Box],
    height: float,
    reach: float = BESIDE,
    *,
    hides: Callable[[int, Box], bool] = lambda n, streak: True,
) -> NDArray[np.bool_]:
    """(N,) bool: which of the words, (N, 4) px, a streak runs through or passes close by, however far up or down it is inked.
    height: of the writing, px. reach: that many of it is close. hides: of those only that it may hide a stroke of, by their numbers."""
    near = np.zeros(len(boxes), bool)
    for streak in streaks:
        close = (boxes[:, 0] - reach * height <= streak.right) & (boxes[:, 2] + reach * height >= streak.left)
        for n in np.flatnonzero(close & ~near).tolist():
            near[n] = hides(n, streak)
    return near


def may_hide(streak: Box, first: Box, last: Box, pen: float) -> bool:
    """Whether a streak close to a word may hide a stroke of it. One that is much thinner than its strokes hides none within it, but
    beside it may hide a 1. first, last: its outer full glyphs, px. pen: px that its strokes are wide."""
    within = first.left < streak.left and last.right > streak.right
    return not within or streak.width >= HIDES * pen
