"""Grey levels counted: histograms and percentiles of 8-bit pictures, many times as fast as by sorting; and bands that stand for a page."""

from __future__ import annotations

from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey


def counts(grey: Grey) -> NDArray[np.float64]:
    """(256,) how many pixels have each grey level."""
    return np.asarray(cv2.calcHist([grey], [0], None, [256], [0, 256]), np.float64).ravel()


def percentiles(grey: Grey, *wanted: float) -> list[float]:
    """The grey levels below which so many percent of the pixels lie, between two pixels by straight line."""
    places = [(grey.size - 1) * percent / 100 for percent in wanted]
    upto = counts(grey).cumsum()
    lows = upto.searchsorted([floor(place) for place in places], side="right").tolist()
    highs = upto.searchsorted([ceil(place) for place in places], side="right").tolist()
    return [
        low + (high - low) * (place - floor(place))
        for place, low, high in zip(places, lows, highs, strict=True)
    ]


def bands(image: Grey, high: int, count: int) -> Grey:
    """(count, high, W) uint8: bands of an (H, W) picture from its top to its bottom, evenly apart, so many rows high."""
    tops = np.linspace(0, len(image) - high, count).astype(int).tolist()
    return np.stack([image[top : top + high] for top in tops])
