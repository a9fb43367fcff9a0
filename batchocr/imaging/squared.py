"""Squared paper: its lines are made paper, where what is written on it is darker.

Taken for ruled lines they would part the digits of each number, and where they cross strokes a digit is broken. Squares are
told by lines that lie evenly apart, as far from left to right as from top to bottom; a page is looked at in bands, as it
may not lie quite level. Leaves out: squares as dark as the writing, which are ruled lines like any other, and two-toned
scans of them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey
from batchocr.imaging.labels import runs

BANDS = 3  # of the page that are looked at each way
BAND_PX = 160  # so high
LEAST_DEPTH = 8  # grey levels by which a line is darker than its paper at least
LINE_SHARE = 0.8  # of a band's height in which it is
FEWEST_LINES = 12
SIDES = (14, 100)  # px of a square's side
EVEN = 0.15  # of its side by which lines are off,
EVEN_SHARE = 0.75  # and so many of the gaps are no farther off than that
SQUARE = 0.1  # of its side by which a square is higher than wide, or less
FAINTER = 1.6  # times as deep as the lines is the writing at least,
LEAST_WRITING = 0.001  # of the page's pixels
MARGIN = 1.2  # times as deep as where they usually cross, lines may be
CROSSING = 1.35  # times as deep as lines are they where they cross
EDGE = 5  # px across: what lies so near a pixel that is darker is a stroke's edge
RUN = 1.2  # sides of a square: so long is a line that is made paper


def without_squares(image: Grey, depth: Grey) -> Grey:
    """The page itself, or with the lines of squared paper made paper: (H, W) uint8, dark on light.

    depth: (H, W) uint8, by how much each pixel is darker than its paper.
    """
    found = _squares(depth)
    if found is None:
        return image
    side, deep = found
    if np.count_nonzero(depth > FAINTER * deep) < LEAST_WRITING * depth.size:
        return image
    inked = np.asarray(depth >= max(1.0, deep / 2), np.uint8)
    run = max(3, round(RUN * side))
    upright = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8))
    level = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    lines = cv2.dilate(cv2.bitwise_or(upright, level), np.ones((3, 3), np.uint8))
    strokes = cv2.dilate(np.asarray(depth > MARGIN * deep, np.uint8), np.ones((EDGE, EDGE), np.uint8))
    return np.where((lines > 0) & (strokes == 0), cv2.add(image, depth), image).astype(np.uint8)


def _squares(depth: Grey) -> tuple[float, float] | None:
    """The side of the page's squares, px, and how deep their lines are, grey levels; None where it is not squared."""
    across, down = _lines(depth), _lines(depth.T)
    if across is None or down is None:
        return None
    if abs(across[0] - down[0]) > SQUARE * max(across[0], down[0]):
        return None
    return (across[0] + down[0]) / 2, max(across[1], down[1])


def _lines(depth: Grey) -> tuple[float, float] | None:
    """How far apart upright lines of a page lie, px, and how deep they are where others cross them; None where they are not
    even."""
    height = len(depth)
    high = min(BAND_PX, height)
    found = []
    for top in np.linspace(0, height - high, BANDS + 2)[1:-1].astype(int).tolist():
        band = depth[top : top + high]
        share = (band >= LEAST_DEPTH).mean(axis=0)
        middles = _middles(share >= LINE_SHARE)
        gaps = np.diff(middles)
        if len(middles) < FEWEST_LINES:
            continue
        side = float(np.median(gaps))
        if SIDES[0] <= side <= SIDES[1] and (abs(gaps - side) <= EVEN * side + 1).mean() >= EVEN_SHARE:
            level = _middles((band >= LEAST_DEPTH).mean(axis=1) >= LINE_SHARE).astype(int)
            columns = band[:, middles.astype(int)]
            deep = np.median(columns[level]) if len(level) else CROSSING * np.median(columns)
            found.append((side, float(deep)))
    if 2 * len(found) <= BANDS:
        return None
    side, deep = np.median(found, axis=0)
    return float(side), float(deep)


def _middles(marked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The middles of the runs of a (N,) bool."""
    _, starts, lengths = runs(marked[None].view(np.uint8))
    return np.asarray(starts + (lengths - 1) / 2, np.float64)
