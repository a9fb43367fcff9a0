"""A page out of focus, made sharper before it is split into ink and paper.

How sharp a page is, is told by its strokes: how much of a stroke's depth its steepest edge changes over two pixels
(out of focus by a standard deviation of s px it is about 1 / s). A page whose strokes are blurred gets what a blur of
that width takes away added to it twice over (unsharp masking), which opens the holes of an 8 before they are
thresholded shut; both readers see the page so. Leaves out: blur of motion, and pages of which only a part is blurred.
"""

from __future__ import annotations

import cv2
import numpy as np

from batchocr.elements import Grey
from batchocr.imaging.levels import percentiles

BLURRED = 0.42  # sharpness below which a page is out of focus: by 2.4 px or more
NOTHING = 0.1  # sharpness of what is no writing: shadows, or a picture too blurred for anything
ADDED = 2.0  # times what the blur takes away; more opens no more holes and raises the noise
WIDER = 1.33  # times the page's own blur: takes more away at a stroke's edge than as wide a one
ACROSS = 15  # px: a stroke and its edges
DEEP = 0.35  # of the page's own depth: what counts as a stroke
FALLS = 0.5  # of a stroke's depth to which it falls on either side: a shadow does not
LEAST_STROKES = 50  # places on strokes by which a page's sharpness can be told
LOOKED_AT = 600_000  # px of the page, in whole rows


def in_focus(image: Grey, depth: Grey) -> Grey:
    """The page as it is, or sharpened where it is out of focus: (H, W) uint8.

    depth: (H, W) uint8, by how much each pixel is darker than its paper (lighter, where ink is light).
    """
    sharp = sharpness(depth)
    if not is_blurred(sharp):
        return image
    blurred = cv2.GaussianBlur(image, (0, 0), WIDER / sharp)
    return np.asarray(cv2.addWeighted(image, 1 + ADDED, blurred, -ADDED, 0), np.uint8)


def is_blurred(sharp: float) -> bool:
    """Whether a page so sharp, as `sharpness` has it, is out of focus."""
    return NOTHING < sharp < BLURRED


def sharpness(depth: Grey) -> float:
    """The share of a stroke's depth by which its edge changes over two pixels: the middle one of the page's strokes,
    1 where there are too few to tell. depth: (H, W) uint8 above paper."""
    rows = depth[:: max(1, depth.size // LOOKED_AT)]
    (of_page,) = percentiles(rows, 99)
    sharp = strokes_sharpness(rows, DEEP * of_page, LEAST_STROKES)
    return 1.0 if sharp is None else sharp


def strokes_sharpness(depth: Grey, least: float, fewest: int) -> float | None:
    """The same of the strokes deeper than `least` grey levels alone; None where fewer than so many places are on any."""
    if depth.shape[1] <= ACROSS:
        return None
    change, inner = cv2.absdiff(depth[:, 2:], depth[:, :-2]), depth[:, 1:-1]
    window = np.ones((1, ACROSS), np.uint8)
    deepest, steepest = cv2.dilate(inner, window), cv2.dilate(change, window)
    crest = (inner == deepest) & (inner > least) & (cv2.erode(inner, window) < FALLS * deepest)
    if np.count_nonzero(crest) < fewest:
        return None
    return float(np.median(steepest[crest] / deepest[crest].astype(np.float64)))
