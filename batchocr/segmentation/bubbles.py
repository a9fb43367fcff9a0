"""Bubbles to be filled in, as on answer sheets: circles of one size, some of them marked or labelled, which pass for zeros.

What tells them from zeros, and from circles in which numbers are written: there are many of one size, a part of them has
ink inside, some are filled in, others hold no more than a low label, and they stand by themselves, not in numbers. They,
their marks and their labels are no writing. Nor are solid discs in a row. Leaves out: which of them are marked; boxes to
be ticked.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.components import Components, alike_in_size, sizes, writing_height

LEAST_SIZE = 8  # px
LARGEST_SHARE = 0.1  # of the page's shorter side
ASPECT = 1.35  # the longer side is at most so many times the shorter: photos are slanted
FEWEST = 8  # bubbles of one size that are hollow: points of a table are not
ALIKE = 1.3  # times: sizes of bubbles on one photo
INSET = 0.09  # of its sides from a circle's corner, where it has no ink
# px, or of its shorter side, from the middle of each side within which it has some: enlarged, a scan's pixels are steps
DEEP, DEEP_SHARE = 3, 0.06
GRID = 16  # cells of a circle's picture along each side
RIM = (0.72, 1.12)  # radii between which the rim's cells lie
INSIDE = 0.55  # radius within which a mark or a label lies
RIM_SHARE = 0.9  # of the rim's 24 sectors that have ink at least
SECTORS = 24
INKED = 80  # of 255: a cell has ink
MOST_OUTSIDE = 0.06  # of the cells outside of the rim that have ink
LEAST_MARK = 0.12  # of the cells within that have ink, or
LABEL_SIZE = 0.25  # of the circle's size that something in it has: it is marked or labelled
MARKED_SHARE, FEWEST_MARKED = 0.1, 3  # of the circles that are so at least
FILLED = 0.4  # of its box, or of the cells within, that is ink: it is filled in, as nothing is that numbers are written in
WRITTEN = 0.55  # of a circle's height is a number that is written in it high;
LEAST_PLAIN = 0.3  # so many circles hold none and are not marked at least
NUMBERED, NUMBERED_FILLED = (
    0.5,
    0.1,
)  # so many circles hold two glyphs, as of a number's digits, and fewer are filled in
SOLID, WHOLLY = 0.65, 0.97  # of a disc's box, and of the cells within it, that are ink
FEWEST_HOLES = 6
LEAST_HOLE = 0.6  # of the writing's height: points are smaller
IN_LINE = 0.15  # sizes by which discs of a row follow each other to the side
APART = 0.3  # sizes: what is as high and stands closer is of one number with it,
COMPANY = 0.2  # as are at most so many of the circles
LIKE_HIGH = (0.6, 2.8)  # sizes that such company is high, the stroke of a percent sign among it


def bubbles(components: Components) -> NDArray[np.bool_]:
    """(N,) bool: bubbles of a freshly labelled page, and what is in them."""
    found = np.zeros(len(components), bool)
    round_ones = _may_be_round(components)
    if len(round_ones) < FEWEST:
        return found
    size = np.maximum(*sizes(components))
    for some in alike_in_size(round_ones, size, FEWEST, ALIKE):
        pictures = _pictures(components, some)
        rims = _are_circles(pictures)
        circles = some[rims]
        if len(circles) < FEWEST:
            continue
        within = _within(components, circles)
        inked = (pictures[rims] > INKED)[:, _radii <= INSIDE].mean(axis=1)
        inner, holds = _held(components, circles, within)
        marks = _marks(components, circles, inner, holds)
        filled = (inked >= FILLED) | (marks >= FILLED)
        marked = (inked >= LEAST_MARK) | (marks > 0)
        enough = max(FEWEST_MARKED, MARKED_SHARE * len(circles))
        hollow = np.count_nonzero(inked < FILLED)
        if np.count_nonzero(marked) < enough or not filled.any() or hollow < FEWEST:
            continue
        plain = (inked < LEAST_MARK) & (_highest(components, circles, inner, holds) < WRITTEN)
        if plain.mean() < LEAST_PLAIN:
            continue
        if _hold_numbers(components, circles, inner, holds) and filled.mean() < NUMBERED_FILLED:
            continue
        if _in_company(components, circles, within).mean() <= COMPANY:
            found |= within
    return found


def holes(components: Components) -> NDArray[np.bool_]:
    """(N,) bool: solid discs of one size one below the other, or side by side, as holes along the edge of a sheet and bullets
    before lines are."""
    found = np.zeros(len(components), bool)
    round_ones = _may_be_round(components)
    if len(round_ones) < FEWEST_HOLES:
        return found
    wide, high = sizes(components)
    some = round_ones[components.areas[round_ones] >= SOLID * (wide * high)[round_ones]]
    if len(some) < FEWEST_HOLES:
        return found
    some = some[high[some] >= LEAST_HOLE * writing_height(components)]
    for alike in alike_in_size(some, np.maximum(wide, high), FEWEST_HOLES, ALIKE):
        pictures = _pictures(components, alike)
        solid = (pictures > INKED)[:, _radii <= INSIDE].mean(axis=1) >= WHOLLY
        discs = alike[solid & _are_circles(pictures)]
        size = float(np.median(high[discs])) if len(discs) else 0.0
        middles = (components.boxes[discs, :2] + components.boxes[discs, 2:]) / 2
        for across in (0, 1):
            order = np.argsort(middles[:, across], kind="stable")
            row = np.split(discs[order], np.flatnonzero(np.diff(middles[order, across]) > IN_LINE * size) + 1)
            for line in row:
                if len(line) >= FEWEST_HOLES:
                    found[line] = True
    return found


def _may_be_round(components: Components) -> NDArray[np.int64]:
    """The components about as wide as high with ink at the middle of each side, and none in the corners."""
    widths, heights = sizes(components)
    longer, shorter = np.maximum(widths, heights), np.minimum(widths, heights)
    most = LARGEST_SHARE * min(components.shape)
    some = np.flatnonzero((shorter >= LEAST_SIZE) & (longer <= ASPECT * shorter) & (longer <= most))
    layer = components.layers[0]
    left, top, right, bottom = (components.boxes[some] - np.array([layer.left, layer.top] * 2)).T
    own, wide, high = components.places[some, 1], right - left, bottom - top

    def inked(y: NDArray[np.int32], x: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.asarray(layer.labels[y, x] == own, bool)

    fit = np.ones(len(some), bool)
    off_x, off_y = (INSET * wide).astype(np.int32), (INSET * high).astype(np.int32)
    for x in (left + off_x, right - 1 - off_x):
        for y in (top + off_y, bottom - 1 - off_y):
            fit &= ~inked(y, x)
    middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
    deep = np.maximum(DEEP, DEEP_SHARE * shorter[some]).astype(np.int32)
    steps = [np.minimum(n, deep - 1) for n in range(deep.max(initial=0))]
    fit &= np.any([inked(middle_y, left + n) for n in steps], axis=0)
    fit &= np.any([inked(middle_y, right - 1 - n) for n in steps], axis=0)
    fit &= np.any([inked(top + n, middle_x) for n in steps], axis=0)
    fit &= np.any([inked(bottom - 1 - n, middle_x) for n in steps], axis=0)
    return some[fit]


def _pictures(components: Components, some: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(N, GRID, GRID) uint8, ink 255: components, each as large as the other."""
    return np.array(
        [
            cv2.resize(mask.view(np.uint8) * np.uint8(255), (GRID, GRID), interpolation=cv2.INTER_AREA)
            for _, mask in components.cut(some)
        ],
        np.uint8,
    )


def _cells() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(GRID, GRID): radius of each cell of a picture, 1 at the middle of its sides, and the sector it lies in."""
    at = (np.arange(GRID) + 0.5) / GRID * 2 - 1
    y, x = np.meshgrid(at, at, indexing="ij")
    return np.hypot(x, y), ((np.arctan2(y, x) / (2 * np.pi) % 1) * SECTORS).astype(np.int64)


_radii, _sectors = _cells()


def _are_circles(pictures: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, GRID, GRID) pictures show a rim all around and nothing outside of it."""
    ink = pictures > INKED
    rim = (_radii >= RIM[0]) & (_radii <= RIM[1])
    sectors = [ink[:, rim & (_sectors == n)].any(axis=1) for n in range(SECTORS)]
    outside = ink[:, _radii > RIM[1]].mean(axis=1)
    return np.asarray((np.mean(sectors, axis=0) >= RIM_SHARE) & (outside <= MOST_OUTSIDE), bool)


def _within(components: Components, circles: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) bool: the circles and what lies in them."""
    within = np.zeros(len(components), bool)
    order = np.argsort(components.boxes[:, 0], kind="stable")
    boxes = components.boxes[order]
    for left, top, right, bottom in components.boxes[circles].tolist():
        first, last = np.searchsorted(boxes[:, 0], (left, right))  # few of a page begin there
        near = boxes[first:last]
        inside = (near[:, 2] <= right) & (near[:, 1] >= top) & (near[:, 3] <= bottom)
        within[order[first:last][inside]] = True
    return within


def _held(
    components: Components, circles: NDArray[np.int64], within: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """What lies in the circles and is none, M components, and which circle holds which of them: (len(circles), M) bool. within: as
    of `_within`."""
    inner = np.setdiff1d(np.flatnonzero(within), circles)
    boxes = components.boxes[inner]
    left, top, right, bottom = components.boxes[circles].T[:, :, None]
    inside = (boxes[:, 0] >= left) & (boxes[:, 2] <= right) & (boxes[:, 1] >= top) & (boxes[:, 3] <= bottom)
    return inner, np.asarray(inside, bool)


def _marks(
    components: Components, circles: NDArray[np.int64], inner: NDArray[np.int64], holds: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(len(circles),): which share of each circle is ink of something else in it that is no speck. inner, holds: as of `_held`."""
    wide, high = (of[circles].astype(np.int64) for of in sizes(components))
    labels = _labels(components, circles, inner, holds)
    return np.asarray((labels * components.areas[inner]).sum(axis=1) / (wide * high), np.float64)


def _labels(
    components: Components, circles: NDArray[np.int64], inner: NDArray[np.int64], holds: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Like `holds`, specks left out. inner, holds: as of `_held`."""
    _, heights = sizes(components)
    return np.asarray(holds & (heights[inner] >= LABEL_SIZE * heights[circles][:, None]), bool)


def _hold_numbers(
    components: Components, circles: NDArray[np.int64], inner: NDArray[np.int64], holds: NDArray[np.bool_]
) -> bool:
    """Whether many circles hold several glyphs, as no label of a bubble does. inner, holds: as of `_held`."""
    several = _labels(components, circles, inner, holds).sum(axis=1) > 1
    return bool(several.mean() >= NUMBERED)


def _highest(
    components: Components, circles: NDArray[np.int64], inner: NDArray[np.int64], holds: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(len(circles),): how high the highest of what is in each circle is, in heights of that. inner, holds: as of `_held`."""
    _, heights = sizes(components)
    return np.asarray((holds * heights[inner]).max(axis=1, initial=0) / heights[circles], np.float64)


def _in_company(
    components: Components, circles: NDArray[np.int64], within: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(len(circles),) bool: circles right beside which stands something else as high, as beside a digit of a number."""
    others = components.boxes[~within].astype(np.int64)
    company = []
    for left, top, right, bottom in components.boxes[circles].tolist():
        high = bottom - top
        apart = np.maximum(others[:, 0] - right, left - others[:, 2])
        level = np.minimum(others[:, 3], bottom) - np.maximum(others[:, 1], top) >= high / 2
        heights = others[:, 3] - others[:, 1]
        alike = (heights >= LIKE_HIGH[0] * high) & (heights <= LIKE_HIGH[1] * high)
        company.append(bool((level & alike & (apart >= 0) & (apart <= APART * high)).any()))
    return np.array(company, bool)
