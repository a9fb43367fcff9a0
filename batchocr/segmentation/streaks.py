"""Upright lines that part no numbers: streaks of the scanner, and the darker lines of graph paper.

Streaks are thin lines from the top of the picture to its foot, as dust on the glass leaves them. They run through numbers, and part none. Column rules end at their table; where level lines go from edge to edge too, the
picture is cut out of a table, and its upright lines are rules.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box

EDGE = 0.01  # of the page: a line that ends no farther from its edge goes on to it
WIDEST = 0.35  # writing heights: a wider line is none of a speck of dust
FEWEST_EVEN = 6  # darker lines of squared paper
SAME_LINE = 4.0  # px: pieces of a line are no farther from each other
CLOSEST = 20  # percentile of the gaps: of fainter lines among the darkest only pieces are left
EVEN, EVEN_SHARE = 0.15, 0.75  # of the usual gap by which gaps are off, and so many of them are no more
BESIDE = 0.6  # writing heights: no farther from a number may a streak hide a part of it


def find_streaks(
    vertical: Sequence[Box], horizontal: Sequence[Box], shape: tuple[int, ...], height: float
) -> tuple[Box, ...]:
    """Those of a page's upright lines that are streaks. shape: (H, W) px. height: of the writing, px."""
    high, wide = shape[:2]
    across = any(box.left <= EDGE * wide and box.right >= (1 - EDGE) * wide for box in horizontal)
    if across:
        return ()
    return tuple(
        box
        for box in vertical
        if box.top <= EDGE * high and box.bottom >= (1 - EDGE) * high
        if box.width <= WIDEST * height and EDGE * wide < box.left and box.right < (1 - EDGE) * wide
    )


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


def beside_streaks(boxes: NDArray[np.float64], streaks: Sequence[Box], height: float) -> NDArray[np.bool_]:
    """(N,) bool: which of the words, (N, 4) px, a streak runs through or passes close by. height: of the writing, px."""
    near = np.zeros(len(boxes), bool)
    for streak in streaks:
        near |= (boxes[:, 0] - BESIDE * height <= streak.right) & (
            boxes[:, 2] + BESIDE * height >= streak.left
        )
    return near
