"""Lines of writing that have grown together, where digits reach into those below: told apart by the rows with least ink.

A word much higher than the page's glyphs is parted at rows that few strokes cross, as far apart as lines are. Leaves out:
lines that rise or fall, and two lines most of whose digits touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink

LINE_HEIGHTS = (0.7, 1.5)  # heights of usual glyphs that one of a word's lines is high at least and at most
USUAL = (0.75, 1.3)  # heights of a glyph that is whole
INTO = 0.2  # heights by which it may reach into another line
CROSSED = 0.9  # of a line's usual ink that lies on the row between two at most
SOFT = 0.06  # heights by which a row's ink is that of its neighbours too
TALL = 1.35  # heights of a glyph that reaches over two lines,
WITHIN = 0.3  # by so much at least on either side,
SHIFT = 0.2  # and so far from their row it may be thinner


def rows_between(glyphs: Sequence[tuple[Box, Ink]], usual: float) -> tuple[int, ...]:
    """The px rows at which a word higher than one line is parted into lines, none if it is of one all the same. glyphs: boxes in
    px of the page, (h, w) ink. usual: px of the page's full glyphs."""
    top = min(box.top for box, _ in glyphs)
    height = max(box.bottom for box, _ in glyphs) - top
    ink = np.zeros(height, np.float64)
    for box, mask in glyphs:
        ink[box.top - top : box.bottom - top] += np.count_nonzero(mask, axis=1)
    width = 2 * round(SOFT * usual) + 1
    soft = np.convolve(ink, np.full(width, 1 / width), "same")
    rows = _least_crossed(soft, usual)
    lines = [float(np.median(ink[a:b])) for a, b in pairwise([0, *rows, height])]
    if any(soft[row] > CROSSED * min(two) for row, two in zip(rows, pairwise(lines), strict=True)):
        return ()
    edges = np.array([0, *rows, height]) + top
    if not _are_on_lines(np.array([box for box, _ in glyphs], np.float64), edges, usual):
        return ()
    return tuple(top + row for row in rows)


def _are_on_lines(boxes: NDArray[np.float64], edges: NDArray[np.intp], usual: float) -> bool:
    """Whether there are glyphs as high as usual among (N, 4) px, each of them on one of the lines between (L + 1,) px rows: else
    these are digits of another size, or strokes as long as slashes are."""
    high = boxes[:, 3] - boxes[:, 1]
    whole = boxes[(high >= USUAL[0] * usual) & (high <= USUAL[1] * usual)]
    into = np.maximum(edges[:-1] - whole[:, 1, None], whole[:, 3, None] - edges[1:])
    return len(whole) > 0 and bool((into.min(axis=1) <= INTO * usual).all())


def _least_crossed(ink: NDArray[np.float64], usual: float) -> list[int]:
    """The rows of (H,) ink at which lines of fitting heights are parted with least ink on them; none if no lines fit."""
    least, most = (round(share * usual) for share in LINE_HEIGHTS)
    height = len(ink)
    cost = np.full(height + 1, np.inf)  # of the best way to part all above a row that is parted there
    before = np.zeros(height + 1, np.intp)
    cost[0] = 0.0
    for row in range(least, height + 1):
        first = max(0, row - most)
        best = first + int(np.argmin(cost[first : row - least + 1]))
        cost[row] = cost[best] + (ink[row] if row < height else 0.0)
        before[row] = best
    rows: list[int] = []
    row = height
    while np.isfinite(cost[height]) and before[row] > 0:
        row = int(before[row])
        rows.append(row)
    return rows[::-1]


def parted_at(box: Box, mask: Ink, rows: Sequence[int], usual: float) -> tuple[int, ...]:
    """The px rows at which a glyph is cut that reaches over lines parted at these: the thinnest near each; none for one that only
    hangs a little into another line. box: in px of the page. mask: (h, w)."""
    if box.height < TALL * usual:
        return ()
    across = np.count_nonzero(mask, axis=1)
    cuts = []
    for row in rows:
        if min(row - box.top, box.bottom - row) < WITHIN * usual:
            continue
        first = max(1, row - box.top - round(SHIFT * usual))
        near = across[first : row - box.top + round(SHIFT * usual) + 1]
        thinnest = np.flatnonzero(near == near.min()) + first + box.top
        cuts.append(int(thinnest[np.argmin(np.abs(thinnest - row))]))
    return tuple(cuts)
