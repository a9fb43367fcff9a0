"""Pictures whose pixels are not square, such as faxes, which have half as many rows as columns to the inch: stretched before
they are read, and the way back.

Leaves out: how high a pixel is, which the file says (`pages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from batchocr.elements import Box, Grey

MOST_STRETCHED = 20_000_000  # px: a larger page is not made larger, but loses pixels in the finer direction


@dataclass(frozen=True, slots=True)
class Stretch:
    """How many px of the stretched picture a px of the stored one takes, and the stored one's shape, (H, W) px."""

    across: float
    down: float
    shape: tuple[int, int]

    def boxes_back(self, boxes: Sequence[Box]) -> list[Box]:
        """Boxes of the stretched picture as boxes of the stored one, of at least one pixel each."""
        places = np.array(boxes, np.float64).reshape(-1, 4) / (self.across, self.down, self.across, self.down)
        size = np.array(self.shape[::-1])
        first = np.clip(np.floor(places[:, :2]), 0, size - 1)
        last = np.clip(np.ceil(places[:, 2:]), first + 1, size)
        return [Box(*place) for place in np.hstack([first, last]).astype(int).tolist()]


def squared(image: Grey, aspect: float) -> tuple[Grey, Stretch | None]:
    """An (H, W) uint8 picture with square pixels, and what was done to it; None for nothing. aspect: height of a pixel to its
    width."""
    if aspect == 1 or not image.size:
        return image, None
    height, width = image.shape
    across, down = factors(aspect)
    enlarged = image.size * across * down <= MOST_STRETCHED
    if not enlarged:
        across, down = 1 / down, 1 / across
    size = (max(1, round(width * across)), max(1, round(height * down)))
    how = cv2.INTER_CUBIC if enlarged else cv2.INTER_AREA
    square = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    return square, Stretch(size[0] / width, size[1] / height, (height, width))


def factors(aspect: float) -> tuple[float, float]:
    """How many times as wide and as high a picture is made so that its pixels are square, losing none of them. aspect: their
    height to their width."""
    return max(1.0, 1 / aspect), max(1.0, aspect)
