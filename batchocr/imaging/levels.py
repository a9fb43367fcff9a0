"""Grey levels counted: histograms and percentiles of 8-bit pictures, many times as fast as by sorting."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey


def counts(grey: Grey) -> NDArray[np.float64]:
    """(256,) how many pixels have each grey level."""
    return np.asarray(cv2.calcHist([grey], [0], None, [256], [0, 256]), np.float64).ravel()


def percentiles(grey: Grey, *wanted: float) -> list[float]:
    """The grey levels below which so many percent of the pixels lie, between two pixels by straight line."""
    upto = np.cumsum(counts(grey))
    places = [(grey.size - 1) * percent / 100 for percent in wanted]
    found = []
    for place in places:
        low, high = np.searchsorted(upto, (np.floor(place), np.ceil(place)), side="right").tolist()
        found.append(low + (high - low) * (place - np.floor(place)))
    return found
