"""Grey levels counted: histograms and percentiles of 8-bit pictures, many times as fast as by sorting."""

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
