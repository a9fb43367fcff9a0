"""Upright ruled lines too faint to be ink beside dark writing, and dashed or dotted ones, which part the columns of a table all
the same.

A line is what is a little darker than its paper over many heights of the writing, and thin, without a break, with even
ones, or with paper on both sides all along. Leaves out: level lines, and whole upright ones as dark as the writing (`imaging.rules`).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey
from batchocr.imaging.labels import label

LEAST_DEPTH = 8  # grey levels by which a line is darker than its paper at least,
# and so many standard deviations of the paper's noise, where rows are averaged and where they are not: averaged noise is half as much
AVERAGED_FACTOR, NOISE_FACTOR = 2.0, 3.0
REDUCE = 4  # rows are averaged to one, which takes nothing from an upright line
RUN_HEIGHTS = 4.0  # writing heights: so long is a piece of it without a break
LENGTH_HEIGHTS = 6.0  # and it is so long
FEWEST_LINES = 3  # of a table's columns, which end together
END_HEIGHTS = 0.5  # writing heights: so nearly
WIDEST, WIDEST_DOUBLE = 0.25, 0.35  # writing heights: no wider is it, nor a double rule,
DOUBLE = 2.0  # run together, which is so many times as wide as others at least
GAP_HEIGHTS = 0.4  # between dashes or dots at most,
STEP_HEIGHTS = (0.15, 0.8)  # and from one to the next, usually: lines are farther apart, noise is closer
LEAST_STEP = 5  # px
MOST_LIKELY = 300  # lines that may be such: where more are, lines of digits stand so close that all columns seem to be some
APART_HEIGHTS = 1.5  # writing heights from one such line to the next line at least
MUCH_SHORTER = 0.5  # of its length: a shorter line beside it is of digits that stand evenly by chance
MOST_OF_LINE = 0.7  # of a table's dashed line: a piece of one that is as long is one too
FEWEST_DASHES = 12
FINE_INKED = 0.4  # of a fine line's rows that are inked,
FINE_SIDES = 0.3  # and of these at most its sides are,
BESIDE = 0.08  # so many writing heights from it
EVEN, EVEN_SHARE = 0.1, 0.55  # of that, and a pixel, by which so many steps differ from it at most


def faint_uprights(depth: Grey, noise: float, height: float) -> tuple[Box, ...]:
    """Upright lines, dark and faint, of a page whose (H, W) uint8 pixels are so much darker than their paper. height: px of
    the writing."""
    run = round(RUN_HEIGHTS * height / REDUCE)
    if not 1 < run <= len(depth) // REDUCE:
        return ()
    rows = depth[: len(depth) // REDUCE * REDUCE]
    low = cv2.resize(rows, (depth.shape[1], len(depth) // REDUCE), interpolation=cv2.INTER_AREA)
    least = max(LEAST_DEPTH, NOISE_FACTOR * noise)
    dark = np.asarray(low >= max(LEAST_DEPTH, AVERAGED_FACTOR * noise), np.uint8)
    whole = _with_double(_long(dark, run, WIDEST_DOUBLE * height, height), WIDEST * height)
    reach = round(GAP_HEIGHTS * height / REDUCE) + 1
    closed = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((reach, 1), np.uint8)), np.uint8)
    stray = END_HEIGHTS * height
    likely = _long(closed, run, WIDEST * height, height)
    few = likely if len(likely) <= MOST_LIKELY else []
    dashed = [line for line in few if _is_dashed(depth, line, least, height)]
    apart = _by_themselves(_joined(dashed, height), whole, APART_HEIGHTS * height)
    tables = _of_tables(whole, stray, len(depth))
    anew = [line for line in apart if not any(line.left < t.right and t.left < line.right for t in tables)]
    found = _of_tables(anew, stray, len(depth))
    return (
        tables + found + tuple(line for line in anew if line not in found and _is_part_of(line, found, stray))
    )


def _joined(lines: Sequence[Box], gap: float) -> list[Box]:
    """Dashed lines, pieces of one joined that go on straight below each other after a gap of so many px at most."""
    joined: list[Box] = []
    for line in sorted(lines, key=lambda own: own.top):
        for n, above in enumerate(joined):
            if 0 <= line.top - above.bottom <= gap and line.left < above.right and above.left < line.right:
                left, right = min(line.left, above.left), max(line.right, above.right)
                joined[n] = Box(left, above.top, right, line.bottom)
                break
        else:
            joined.append(line)
    return joined


def _is_part_of(line: Box, table: Sequence[Box], stray: float) -> bool:
    """Whether a line begins or ends as those of a table do and is most of such a line: writing hides the rest. stray: px."""
    return any(
        min(abs(line.top - other.top), abs(line.bottom - other.bottom)) <= stray
        and min(line.bottom, other.bottom) - max(line.top, other.top) >= MOST_OF_LINE * other.height
        for other in table
    )


def _with_double(lines: Sequence[Box], widest: float) -> list[Box]:
    """The lines no wider than so many px, and those that are so much wider than these usually are that they may be double."""
    single = [line.width for line in lines if line.width <= max(3, widest)]
    least = DOUBLE * np.median(single) if single else np.inf
    return [line for line in lines if line.width <= max(3, widest) or line.width >= least]


def _by_themselves(dashed: Sequence[Box], whole: Sequence[Box], room: float) -> list[Box]:
    """The dashed lines with no other so near, px, as there is beside the guides for a digit in its box; pieces of the same line
    that seem whole are no others, nor are much shorter lines."""
    lines = np.array([*dashed, *whole], np.float64).reshape(-1, 4)
    left, top, right, bottom = lines[: len(dashed), :, None].transpose(1, 0, 2)
    near = (lines[:, 0] - right <= room) & (left - lines[:, 2] <= room)
    near &= (lines[:, 1] < bottom) & (lines[:, 3] > top)
    near &= (lines[:, 0] >= right) | (left >= lines[:, 2])
    near &= lines[:, 3] - lines[:, 1] >= MUCH_SHORTER * (bottom - top)
    alone = ~near.any(axis=1)
    return [line for line, kept in zip(dashed, alone.tolist(), strict=True) if kept]


def _long(dark: NDArray[np.uint8], run: int, widest: float, height: float) -> list[Box]:
    """Thin upright lines of (h, W) uint8 rows that are averaged, no wider than so many px: px of the page. run: rows that they have
    without a break."""
    _, stats = label(
        np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8)), np.uint8)
    )
    return [
        Box(left, REDUCE * top, left + wide, REDUCE * (top + high))
        for left, top, wide, high, _ in stats.tolist()
        if REDUCE * high >= LENGTH_HEIGHTS * height and wide <= max(3, widest)
    ]


def _is_dashed(depth: Grey, line: Box, least: float, height: float) -> bool:
    """Whether a line is of short pieces that lie evenly apart, as pieces of digits one below the other do not, or is a fine one."""
    inked = depth[line.top : line.bottom, line.left : line.right].max(axis=1) >= least
    begun = np.flatnonzero(inked[1:] & ~inked[:-1])
    even = any(_are_even(begun[n:] - begun[:-n], height) for n in (1, 2))  # with a dot between two dashes
    return even or (_short_step(np.diff(begun), height) > 0 and _is_fine(depth, line, least, height))


def _is_fine(depth: Grey, line: Box, least: float, height: float) -> bool:
    """Whether a line, worn to uneven pieces, has far more ink than the paper on either side, which digits one below the other
    do not leave free."""
    beside = round(BESIDE * height)
    if line.left < beside or line.right + beside > depth.shape[1]:
        return False
    rows = depth[line.top : line.bottom] >= least
    own = rows[:, line.left : line.right].any(axis=1).mean()
    sides = rows[:, [line.left - beside, line.right + beside - 1]].mean(axis=0)
    return bool(own >= FINE_INKED and sides.max() <= FINE_SIDES * own)


def _are_even(steps: NDArray[np.intp], height: float) -> bool:
    """Whether pieces of a line, so many px from one to the next, are dashes or dots."""
    step = _short_step(steps, height)
    if step < max(LEAST_STEP, STEP_HEIGHTS[0] * height):
        return False
    return bool((abs(steps - step) <= EVEN * step + 1).mean() >= EVEN_SHARE)


def _short_step(steps: NDArray[np.intp], height: float) -> float:
    """px from one piece of a line to the next, usually; 0 where they are few, or as far apart as lines of writing."""
    step = float(np.median(steps)) if len(steps) >= FEWEST_DASHES else 0.0
    return step if step <= STEP_HEIGHTS[1] * height else 0.0


def _of_tables(lines: Sequence[Box], stray: float, page: int) -> tuple[Box, ...]:
    """Those lines that begin and end where others do, but not at the page's edges, as scratches of a film do. stray: px.
    page: its height, px."""
    ends = np.array([(line.top, line.bottom) for line in lines], np.float64).reshape(-1, 2)
    together = (abs(ends[:, None] - ends).max(axis=2) <= stray).sum(axis=1) >= FEWEST_LINES
    within = (ends[:, 0] > stray) & (ends[:, 1] < page - stray)
    return tuple(line for line, kept in zip(lines, (together & within).tolist(), strict=True) if kept)
