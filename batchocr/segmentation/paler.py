"""Digits in boxes that are paler than what is around them, as in pencil beside boxes crossed out with a pen: ink all the same.

The page's ink is told by the deepest within a line's height; within a box for one digit it is told by the deepest in
that. Leaves out: what is so much paler than most digits of the page's boxes that it is print or shows through, boxes
that are crossed out, pages in black and white.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from batchocr.elements import Box, Grey, Ink
from batchocr.imaging.binarize import LEAST_DEPTH, NOISE_FACTOR, Relief
from batchocr.imaging.labels import label
from batchocr.segmentation.between import Cells, gaps_between, line_px

DEEPEST = 98  # percentile of the depths in a cell: that of what is written there
SHARE = 0.4  # of that depth is ink
LEAST_DIGIT = 0.5  # times as deep as in half the cells written in is what is written in one
PALEST = 0.15  # and what may be a digit too pale for that,
LEAST_NOISE = 3.0  # times as deep as paper's noise,
LEAST_HIGH = 0.3  # and so much of a cell's inside high: lower marks are specks
MOST_PALE = 0.2  # of all cells that hold such: with so many the form has guides in them,
MOST_UNWRITTEN = 0.5  # and with so many of those that nothing is written in,
FEWEST_PALE = 3  # if they are a few
LEAST_SIGN = 0.2  # times as deep as half the digits is a sign printed between two of them,
DEEPEST_SIGN = 99  # percentile of the depths there
CROSS = 1.5  # times as deep are crosses that hide what is beside them;
SPILL = 0.6  # of their depth is theirs in the cells beside them,
HALO = 9  # px across, with its blurred edge
CORNER = 0.25  # of its width and of its height a cross has ink at each corner and in the middle


class _Seen(NamedTuple):
    """A place of a page, the (h, w) depths there, and how deep what is written there is."""

    place: tuple[slice, slice]
    depth: Grey
    deepest: float


def with_paler(ink: Ink, paper: Relief, combs: Sequence[Cells]) -> tuple[Ink, set[Box]]:
    """The ink (H, W) bool of a page, and what is ink in the cells of its combs by the depth of each; and the cells, px, in which
    something is too pale for that and as high as a digit."""
    if paper.two_tone or not combs:
        return ink, set()
    cells = _not_crossed(ink, paper, combs)
    floor = max(LEAST_DEPTH, NOISE_FACTOR * paper.noise)
    written = [inside.deepest for inside in cells.values() if inside.deepest >= floor]
    if not written:
        return ink, set()
    of_digits = float(np.median(written))
    least, palest, sign = (max(floor, share * of_digits) for share in (LEAST_DIGIT, PALEST, LEAST_SIGN))
    signs = [
        _seen(
            paper.depth, (slice(gap.top, gap.bottom), slice(gap.left + line, gap.right - line)), DEEPEST_SIGN
        )
        for gap, line in gaps_between(combs)
    ]
    found = ink.copy()
    for place, depth, deepest in (
        *(inside for inside in cells.values() if inside.deepest >= least),
        *(gap for gap in signs if gap.deepest >= sign),
    ):
        found[place] |= depth >= max(SHARE * deepest, NOISE_FACTOR * paper.noise)
    pale = [
        cell
        for cell, (_, depth, deepest) in cells.items()
        if floor <= deepest < least and _is_high(depth >= max(SHARE * deepest, LEAST_NOISE * paper.noise))
    ]
    unwritten = sum(inside.deepest < least for inside in cells.values())
    if len(pale) >= min(MOST_PALE * sum(map(len, combs)), max(FEWEST_PALE, MOST_UNWRITTEN * unwritten)):
        return found, set()  # they are printed
    return found, {cell for cell in pale if cells[cell].deepest >= palest}


def _not_crossed(ink: Ink, paper: Relief, combs: Sequence[Cells]) -> dict[Box, _Seen]:
    """The insides of the cells that are not crossed out, without what reaches into them of crosses that are darker than other
    ink."""
    crossed: dict[Box, tuple[slice, slice]] = {}
    others: dict[Box, tuple[slice, slice]] = {}
    for cell in (Box(*cell) for comb in combs for cell in comb.tolist()):
        place = _inside(cell)
        (crossed if goes_to_corners(ink[place]) else others)[cell] = place
    depth, cross = paper.depth, _depth(paper, ink, crossed.values())
    if cross and cross >= CROSS * _depth(paper, ink, others.values()):
        deep = cv2.dilate((depth >= SPILL * cross).view(np.uint8), np.ones((HALO, HALO), np.uint8)) > 0
        depth = np.where(deep, np.uint8(0), depth)
    return {cell: _seen(depth, place, DEEPEST) for cell, place in others.items()}


def _seen(depth: Grey, place: tuple[slice, slice], percentile: float) -> _Seen:
    own = depth[place]
    return _Seen(place, own, float(np.percentile(own, percentile)) if own.size else 0.0)


def _inside(cell: Sequence[int]) -> tuple[slice, slice]:
    """Where a cell is without its lines."""
    left, top, right, bottom = cell
    line = line_px(cell)
    return slice(max(0, top + line), bottom - line + 1), slice(max(0, left + line), right - line + 1)


def _is_high(inked: Ink) -> bool:
    """Whether ink (h, w) within a cell has a piece as high as a digit, and none of its sides."""
    left, top, wide, high, _ = label(inked.view(np.uint8))[1].T
    within = (left > 0) & (top > 0) & (left + wide < inked.shape[1]) & (top + high < len(inked))
    return bool((within & (high >= LEAST_HIGH * len(inked))).any())


def _depth(paper: Relief, ink: Ink, places: Iterable[tuple[slice, slice]]) -> float:
    """By how many grey levels half the ink in these places is darker than its paper; 0 where none is."""
    depths = [paper.depth[place][ink[place]] for place in places]
    return float(np.median(np.concatenate(depths))) if sum(map(len, depths)) else 0.0


def goes_to_corners(ink: Ink) -> bool:
    """Whether (h, w) ink goes from its middle into all four corners, as a cross does."""
    high, wide = ink.shape
    down, across = max(1, round(CORNER * high)), max(1, round(CORNER * wide))
    upper, lower = ink[:down], ink[-down:]
    middle = ink[(high - down) // 2 : (high + down) // 2 + 1, (wide - across) // 2 : (wide + across) // 2 + 1]
    corners = (upper[:, :across], upper[:, -across:], lower[:, :across], lower[:, -across:])
    return all(bool(part.any()) for part in (*corners, middle))
