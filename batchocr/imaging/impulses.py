"""Pixels that a fault of the scanner or of storage made black or white on a grey page: salt and pepper.

Points that join or part numbers are not told from such, nor are digits from what they break. One is far from all eight
pixels around it, which are alike: the smallest point has a blurred edge. Leaves out: specks of more pixels, of black and
white scans, and of pages that were compressed with loss since.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey
from batchocr.imaging.binarize import is_two_tone
from batchocr.imaging.levels import bands

BAND_PX, BANDS = 32, 12  # px high, and how many such of the page tell whether it has any
LEAST_SHARE = 1 / 5000  # of their pixels are such
STEP = 50  # grey levels by which one is darker or lighter than all around it,
ALIKE = 0.3  # times which those differ by at most

_AROUND = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


def without_impulses(image: Grey) -> Grey:
    """An (H, W) uint8 page with what is around them in place of such pixels; the same array where it has hardly any."""
    if min(image.shape) < BAND_PX or is_two_tone(image):
        return image
    if np.mean([_impulses(band) for band in bands(image, BAND_PX, BANDS)]) < LEAST_SHARE:
        return image
    return np.where(_impulses(image), cv2.medianBlur(image, 3), image).astype(np.uint8)


def _impulses(image: Grey) -> NDArray[np.bool_]:
    """(H, W) bool: the pixels that are unlike all around them."""
    most, least = (np.asarray(of(image, _AROUND), np.int16) for of in (cv2.dilate, cv2.erode))
    level = image.astype(np.int16)
    off = np.maximum(least - level, level - most)
    return np.asarray((off >= STEP) & (most - least <= ALIKE * off), bool)
