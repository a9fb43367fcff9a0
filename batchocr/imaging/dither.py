"""Grey that a scanner has turned to black dots by error diffusion or an ordered dither: turned back to grey.

As dots the shade of paper is hundreds of thousands of specks, between which writing is not found. What tells it is
pixels that are unlike all four beside them: writing has next to none, and specks of a bad scan are few. Leaves out:
dots of print, which are larger, and dithered pages that were scaled or compressed since.
"""

from __future__ import annotations

import cv2
import numpy as np

from batchocr.elements import Grey
from batchocr.imaging.binarize import is_two_tone
from batchocr.imaging.levels import bands

BAND_PX, BANDS = 32, 12  # px high, and how many such of the page are looked at
HALF = 128  # of 255
LEAST_SINGLE = 0.02  # of their pixels are unlike those beside them
BLUR = 1.5  # px: the standard deviation by which dots run together to grey; strokes stay apart


def without_dither(image: Grey) -> Grey:
    """An (H, W) uint8 page in grey where it was dithered; the same array where it was not."""
    if min(image.shape) < BAND_PX or not is_two_tone(image):
        return image
    dark = bands(image, BAND_PX, BANDS) < HALF
    middle = dark[:, 1:-1, 1:-1]
    beside = (dark[:, :-2, 1:-1], dark[:, 2:, 1:-1], dark[:, 1:-1, :-2], dark[:, 1:-1, 2:])
    single = np.logical_and.reduce([middle != other for other in beside])
    if single.mean() < LEAST_SINGLE:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), BLUR), np.uint8)
