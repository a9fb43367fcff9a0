"""A page out of focus, made sharper before it is split into ink and paper.

How sharp a page is, is told by its strokes: how much of a stroke's depth its steepest edge changes over two pixels
(out of focus by a standard deviation of s px it is about 1 / s). A page whose strokes are blurred gets what a blur of
that width takes away added to it twice over (unsharp masking), which opens the holes of an 8 before they are
thresholded shut; where writing is low for its blur, so that its strokes run together, the blur is undone instead (a
Wiener filter). Both readers see the page so. Leaves out: blur of motion, and pages of which only a part is blurred.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from batchocr.elements import Grey
from batchocr.imaging.binarize import noise_of
from batchocr.imaging.levels import percentiles

BLURRED = 0.42  # sharpness below which a page is out of focus: by 2.4 px or more
SOFT = 0.65  # sharpness below which a page is a little out of focus,
LOW = 10.5  # and edges that its writing is high at most, if its strokes run together by that
NOTHING = 0.1  # sharpness of what is no writing: shadows, or a picture too blurred for anything
ADDED = 2.0  # times what the blur takes away; more opens no more holes and raises the noise
WIDER = 1.33  # times the page's own blur: takes more away at a stroke's edge than as wide a one
EDGE = 0.75  # standard deviations of the blur, px, times the sharpness
RESIDUE = 0.5  # px of blur that deconvolution leaves
FLOOR = 0.0015  # share of a page's power that noise is taken for, at least,
NOISY = 5.0  # and by so many times its depth in that of the ink, squared,
FAR = 5  # told by pixels so many px apart, by which the blocks of a photo stored small are told too
ACROSS = 15  # px: a stroke and its edges
DEEP = 0.35  # of the page's own depth: what counts as a stroke
FALLS = 0.5  # of a stroke's depth to which it falls on either side: a shadow does not
LEAST_STROKES = 50  # places on strokes by which a page's sharpness can be told
LOOKED_AT = 600_000  # px of the page, in whole rows


def in_focus(image: Grey, depth: Grey, height: Callable[[], float] | None = None) -> Grey:
    """The page as it is, or sharpened where it is out of focus: (H, W) uint8.

    depth: (H, W) uint8, by how much each pixel is darker than its paper (lighter, where ink is light). height: px of the writing,
    asked only where it tells; None where it is unknown.
    """
    sharp = sharpness(depth)
    if height is not None and NOTHING < sharp < SOFT and 0 < sharp * height() < LOW:
        return _deconvolved(image, depth, EDGE / sharp)
    if not is_blurred(sharp):
        return image
    blurred = cv2.GaussianBlur(image, (0, 0), WIDER / sharp)
    return np.asarray(cv2.addWeighted(image, 1 + ADDED, blurred, -ADDED, 0), np.uint8)


def _deconvolved(image: Grey, depth: Grey, blur: float) -> Grey:
    """The page, (H, W) uint8, without a blur of that standard deviation, px: what a Wiener filter makes of it, which holds back where
    there is more noise than ink. depth: as for `in_focus`."""
    _, of_page = _looked_at(depth)
    noise = max(FLOOR, (NOISY * noise_of(image, FAR) / max(of_page, 1.0)) ** 2)
    reach = max(4, math.ceil(5 * blur))
    size = 8 * reach + 1  # px, so that the filter does not wrap around
    squares = np.fft.fftfreq(size) ** 2
    wave = -2 * np.pi**2 * (squares[:, None] + squares)
    lost, kept = np.exp(blur**2 * wave), np.exp(RESIDUE**2 * wave)
    kernel = np.fft.fftshift(np.fft.ifft2(kept * lost / (lost**2 + noise)).real)
    middle = slice(size // 2 - reach, size // 2 + reach + 1)
    kernel = kernel[middle, middle] / kernel[middle, middle].sum()
    return np.asarray(cv2.filter2D(image, cv2.CV_8U, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def is_blurred(sharp: float) -> bool:
    """Whether a page so sharp, as `sharpness` has it, is out of focus."""
    return NOTHING < sharp < BLURRED


def sharpness(depth: Grey) -> float:
    """The share of a stroke's depth by which its edge changes over two pixels: the middle one of the page's strokes,
    1 where there are too few to tell. depth: (H, W) uint8 above paper."""
    rows, of_page = _looked_at(depth)
    sharp = strokes_sharpness(rows, DEEP * of_page, LEAST_STROKES)
    return 1.0 if sharp is None else sharp


def _looked_at(depth: Grey) -> tuple[Grey, float]:
    """The rows of a page that tell of it, and how deep its ink is, grey levels."""
    rows = depth[:: max(1, depth.size // LOOKED_AT)]
    (of_page,) = percentiles(rows, 99)
    return rows, float(of_page)


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
