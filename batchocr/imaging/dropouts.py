"""White lines across a page from edge to edge, as of a worn printer's head or a fax: what they hide is bridged.

A band of one to four rows without any ink on the whole page is one if the ink right above it goes on right below it. Leaves out:
upright ones, as of a scanner's dead points, for in a column of print paper between digits goes from top to bottom as well; and dark
streaks, which stay, and are no rules (`segmentation.streaks`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink

WIDEST = 4  # px
MOST = 50  # on a page: more are between the dashes of ruled lines
LEAST_PAGE = 150  # px: a lower picture may be of one line of writing
FEWEST = 25  # px of ink on either side
EMPTY = 0.02  # of the ink on either side that may be in the band: specks
GOES_ON = 0.6  # of the ink on the side that has less, which the other side has too,
ALIKE = 1.7  # times as much ink as the other side has at most: a rule below writing has more


def without_dropouts(image: Grey, ink: Ink) -> Grey:
    """An (H, W) uint8 page, its white lines bridged; the page itself where it has none. ink: (H, W) bool."""
    bands = _bands(ink) if min(image.shape) >= LEAST_PAGE else []
    if not 0 < len(bands) <= MOST:
        return image
    mended = image.copy()
    for first, last in bands:
        _bridge(mended, first, last)
    return mended


def _bands(ink: Ink) -> list[tuple[int, int]]:
    """The first row and that behind the last one of each white line."""
    counts = cv2.reduce(ink.view(np.uint8), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    found = []
    for first in np.flatnonzero((counts[:-1] >= FEWEST) & (counts[1:] <= EMPTY * counts[:-1])).tolist():
        inked = np.flatnonzero(counts[first + 1 : first + WIDEST + 2] > EMPTY * counts[first])
        if not len(inked):
            continue
        last = first + 1 + int(inked[0])
        above, below = int(counts[first]), int(counts[last])
        if below < FEWEST or max(above, below) > ALIKE * min(above, below):
            continue
        # the first row beside a line may have lost half its ink to it
        before, behind = max(0, first - 1), min(len(counts) - 1, last + 1)
        shared = (ink[first] | ink[before]) & (ink[last] | ink[behind])
        if np.count_nonzero(shared) >= GOES_ON * min(above, below):
            found.append((first + 1, last))
    return found


def _bridge(image: NDArray[np.uint8], first: int, last: int) -> None:
    """Give rows of a picture, and the softened ones beside them, what lies between those around them."""
    first, last = max(1, first - 1), min(len(image) - 1, last + 1)
    above, below = image[first - 1].astype(np.float32), image[last].astype(np.float32)
    for row in range(first, last):
        share = (row - first + 1) / (last - first + 1)
        image[row] = np.minimum(image[row], (1 - share) * above + share * below).astype(np.uint8)
