"""Pale print in boxes under darker writing, such as the D D M M Y Y of a date: taken away, so that what is written is the digit.

A pen is darker than such print, and evenly so: where most of the written boxes of a page hold paler ink beside that of the pen, and
few strokes are of a depth between the two, what is nearer to the paler one is print. Leaves out: print as dark as the pen, pages in black and white, and what
stands in no box or in one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink
from batchocr.imaging.binarize import Relief
from batchocr.imaging.labels import label
from batchocr.segmentation.between import Cells

INSIDE = 0.14  # of a cell's height within its sides, where no line of its is looked at
PEN = 0.9  # of the ink's depths in all cells, from the palest: that is the pen's,
STRONG = 0.75  # and so many times as deep is what it wrote, surely,
LEAST_STRONG = 0.1  # of a cell's height, squared, that it takes
EDGE = 0.06  # of a cell's height beside that, and no less than 2 px, that the edges of its strokes take
PALEST = 0.1  # times as deep as the pen is print at least,
PALE = 0.62  # and at most
SOFT = 1.0  # px by which depths are smoothed,
AROUND = 5  # px across a stroke, of which its middle is the deepest
STEP = 0.1  # of the pen's depth, in which the depths of strokes are counted:
VALLEY = 0.65  # times as many as of the print's, or of the pen's, are between the two at most
LEAST_HIGH = 0.15  # of a cell's height that a piece of print is high or wide
FEWEST = 4  # cells,
MOST_CELLS = 0.5  # and so much of the written ones, that hold such print: with fewer it is none


class _Cell(NamedTuple):
    """The inside of a cell that is written in: its place, its height in px, and (h, w) bool what of its ink is paler than the pen's
    and beside it."""

    place: tuple[slice, slice]
    high: int
    pale: Ink


def without_hints(grey: Grey, ink: Ink, paper: Relief, combs: Sequence[Cells]) -> tuple[Grey, Ink]:
    """A page (H, W) uint8 and its ink (H, W) bool without the pale print in the cells of its combs, where most that are written in
    hold some; both as they are where not."""
    if paper.two_tone or paper.light_ink:
        return grey, ink
    places = [_inside(cell) for comb in combs for cell in comb.tolist()]
    depths = [paper.depth[place][ink[place]] for place in places]
    if not sum(map(len, depths)):
        return grey, ink
    pen = float(np.quantile(np.concatenate(depths), PEN))
    cells = (_written(place, paper.depth, ink, pen) for place in places)
    written = [cell for cell in cells if cell is not None]
    hinted = [cell for cell in written if _holds_print(cell)]
    if len(hinted) < max(FEWEST, MOST_CELLS * len(written)):
        return grey, ink
    ridges = np.concatenate([_ridges(paper.depth[cell.place], ink[cell.place]) for cell in written])
    least = _between(ridges / pen)
    if least is None:
        return grey, ink
    plain, left = grey.copy(), ink.copy()
    for cell in written:
        depth, own = paper.depth[cell.place], ink[cell.place]
        kept = cv2.dilate((own & (depth >= least * pen)).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
        gone = own & ~kept
        left[cell.place][gone] = False
        plain[cell.place][gone] += np.minimum(depth[gone], 255 - plain[cell.place][gone])
    return plain, left


def _ridges(depth: Grey, ink: Ink) -> NDArray[np.uint8]:
    """(N,) the depths along the middles of strokes, of (h, w) depths of which some are ink."""
    soft = cv2.GaussianBlur(depth, (0, 0), SOFT)
    across, down = (cv2.dilate(soft, np.ones(shape, np.uint8)) for shape in ((1, AROUND), (AROUND, 1)))
    found: NDArray[np.uint8] = soft[ink & ((soft == across) | (soft == down))]
    return found


def _between(ridges: NDArray[np.float64]) -> float | None:
    """The depth half way from print to the pen, if few of (N,) depths of strokes lie between the two; None where they are of all
    depths, as those of thin and thick strokes are. All are shares of the pen's."""
    counts, edges = np.histogram(ridges, np.arange(0, 2, STEP))
    middles = (edges[:-1] + edges[1:]) / 2
    pale = int(np.argmax(np.where(middles < PALE, counts, 0)))
    deep = int(np.argmax(np.where(middles > PALE, counts, 0)))
    valley = pale + int(np.argmin(counts[pale : deep + 1]))
    if counts[valley] > VALLEY * min(counts[pale], counts[deep]):
        return None
    return float(middles[pale] + 1) / 2


def _inside(cell: Sequence[int]) -> tuple[slice, slice]:
    """Where a cell is no line."""
    left, top, right, bottom = cell
    line = max(2, round(INSIDE * (bottom - top)))
    return slice(max(0, top + line), max(0, bottom - line)), slice(max(0, left + line), max(0, right - line))


def _written(place: tuple[slice, slice], depths: Grey, inked: Ink, pen: float) -> _Cell | None:
    """A cell, if something is written there with a pen of this depth."""
    depth, ink = depths[place], inked[place]
    high = place[0].stop - place[0].start
    strong = ink & (depth >= STRONG * pen)
    if np.count_nonzero(strong) <= (LEAST_STRONG * high) ** 2:
        return None
    reach = max(2, round(EDGE * high))
    edges = cv2.dilate(strong.view(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    return _Cell(place, high, ink & ~edges & (depth >= PALEST * pen) & (depth <= PALE * pen))


def _holds_print(cell: _Cell) -> bool:
    """Whether the pale ink of a cell is more than specks."""
    if not cell.pale.any():
        return False
    _, stats = label(cell.pale.view(np.uint8))
    return bool(stats[:, 2:4].max() >= LEAST_HIGH * cell.high)
