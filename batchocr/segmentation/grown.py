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
FEWEST_RULES, LONG_RULE = 5, 0.4  # level rules of ruled paper, and which share of its width they take
SAME_ROW = 3  # px by which pieces of a rule are higher or lower than the next
FEWEST_GLYPHS = 6  # whole ones that stand on these
EVEN, NEARLY_ALL = 0.08, 0.8  # of their distance by which that of nearly all strays
PITCH = (0.8, 2.0)  # heights of usual glyphs from one to the next
ON_LINE = 0.15  # of that by which half the glyphs' feet stray from where they stand on the rules
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


def rows_on_ruled_paper(
    rules: Sequence[Box], boxes: NDArray[np.float64], usual: float, width: int
) -> NDArray[np.float64]:
    """The px rows that part lines of writing on ruled paper, none where that is no such paper. rules: level ones. boxes: (N, 4) px of
    the page's glyphs. usual: px of its full ones. width: of the page, px."""
    none = np.zeros(0)
    rows = _long_rows(rules, width)
    high = boxes[:, 3] - boxes[:, 1]
    feet = boxes[(high >= USUAL[0] * usual) & (high <= USUAL[1] * usual), 3]
    if len(rows) < FEWEST_RULES or len(feet) < FEWEST_GLYPHS:
        return none
    gaps = np.diff(rows)
    pitch = float(gaps.min())  # rules may be lost between others
    steps = np.rint(gaps / pitch)
    even = (steps >= 1) & (abs(gaps - steps * pitch) <= EVEN * pitch)
    if even.mean() < NEARLY_ALL or not PITCH[0] * usual <= pitch <= PITCH[1] * usual:
        return none
    counted = np.append(0, np.cumsum(steps))
    every = np.interp(np.arange(counted[-1] + 1), counted, rows)
    every = np.concatenate([[every[0] - pitch], every, [every[-1] + pitch]])
    off = feet - every[abs(feet[:, None] - every).argmin(axis=1)]
    if np.median(abs(off - np.median(off))) > ON_LINE * pitch:
        return none
    return np.asarray(every + np.median(off) + max(0.0, pitch - usual) / 2, np.float64)


def _long_rows(rules: Sequence[Box], width: int) -> NDArray[np.float64]:
    """The px rows of level rules, those in pieces too. width: of the page, px."""
    if not rules:
        return np.zeros(0)
    pieces = sorted(rules, key=lambda rule: rule.top + rule.bottom)
    middles = np.array([(rule.top + rule.bottom) / 2 for rule in pieces], np.float64)
    starts = np.append(0, np.flatnonzero(np.diff(middles) > SAME_ROW) + 1)
    widths = np.array([rule.width for rule in pieces], np.float64)
    taken = np.add.reduceat(widths, starts)
    return np.array(
        [
            float(np.average(own, weights=w))
            for own, w in zip(np.split(middles, starts[1:]), np.split(widths, starts[1:]), strict=True)
        ]
    )[taken >= LONG_RULE * width]


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
