"""White lines from edge to edge, as of a scanner's dead points, a worn printer's head or a fax: what they hide is bridged.

A band of one to four rows, or columns, without any ink on the whole page is one if the ink right above it goes on right below it.
Leaves out: dark streaks, which stay, and are no rules (`segmentation.streaks`).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink

WIDEST = 4  # px
MOST = 50  # on a page: more are between the dashes of ruled lines
NARROW = 0.07  # writing heights: the widest upright one
LEAST_PAGE = (
    40  # px: on a lower picture of one line of writing paper between strokes may go from edge to edge
)
FEWEST = 25  # px of ink on either side
EMPTY = 0.02  # of the ink on either side that may be in the band: specks
FEWEST_UPRIGHT = (
    5  # pieces of ink that an upright one cuts: between two digits of one line of writing is paper as well
)
GOES_ON = 0.6  # of the ink on the side that has less, which the other side has too,
ALIKE = 1.7  # times as much ink as the other side has at most: a rule below writing has more


def without_dropouts(image: Grey, ink: Ink, height: Callable[[], float]) -> Grey:
    """An (H, W) uint8 page, its white lines bridged; the page itself where it has none.

    ink: (H, W) bool. height: tells how high the writing is, px, if that is asked.
    """
    if min(image.shape) < LEAST_PAGE:
        return image
    level, upright = _bands(ink, 1), _bands(ink.T, FEWEST_UPRIGHT)
    if upright:  # in a column of print paper between digits goes from edge to edge as well, but is wider
        widest = NARROW * height()
        upright = [(first, last) for first, last in upright if last - first <= widest]
    if not (level or upright):
        return image
    mended = image.copy()
    for first, last in level:
        _bridge(mended, first, last)
    for first, last in upright:
        _bridge(mended.T, first, last)
    return mended


def _bands(ink: Ink, fewest: int) -> list[tuple[int, int]]:
    """The first row and that behind the last one of each white line that so many pieces of ink at least go on beyond."""
    along = 1 if ink.flags.c_contiguous else 0
    pixels = (ink if along else ink.T).view(np.uint8)
    counts = cv2.reduce(pixels, along, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    found = []
    for first in np.flatnonzero((counts[:-1] >= FEWEST) & (counts[1:] <= EMPTY * counts[:-1])).tolist():
        inked = np.flatnonzero(counts[first + 1 : first + WIDEST + 2] > EMPTY * counts[first])
        if not len(inked):
            continue
        last = first + 1 + int(inked[0])
        above, below = int(counts[first]), int(counts[last])
        # the first row beside a line may have lost half its ink to it
        before, behind = max(0, first - 1), min(len(counts) - 1, last + 1)
        if below < FEWEST or max(above, below) > ALIKE * min(above, below):
            continue
        shared = (ink[first] | ink[before]) & (ink[last] | ink[behind])
        pieces = np.count_nonzero(shared[1:] & ~shared[:-1]) + int(shared[0])
        if pieces >= fewest and np.count_nonzero(shared) >= GOES_ON * min(above, below):
            found.append((first + 1, last))
    return found if len(found) <= MOST else []


def _bridge(image: NDArray[np.uint8], first: int, last: int) -> None:
    """Give rows, of which one before and one behind are to be had, what lies between these."""
    first, last = max(1, first - 1), min(len(image) - 1, last + 1)  # with the softened rows beside them
    above, below = image[first - 1].astype(np.float32), image[last].astype(np.float32)
    for row in range(first, last):
        share = (row - first + 1) / (last - first + 1)
        image[row] = np.minimum(image[row], (1 - share) * above + share * below).astype(np.uint8)
