"""Connected components as fast as OpenCV gives them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def label(picture: NDArray[np.uint8]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """8-connected components of (H, W) uint8, ink not 0.

    Returns labels (H, W) uint16 or int32, 0 paper, and stats (N, 5) int32: left, top, width, height, area of
    label i + 1 in row i.
    """
    if not picture.size:
        return picture.astype(np.uint16), np.zeros((0, 5), np.int32)
    try:  # 16-bit labels are four times as fast; OpenCV raises where 65,535 do not suffice
        _, labels, stats, _ = cv2.connectedComponentsWithStats(picture, connectivity=8, ltype=cv2.CV_16U)
    except cv2.error:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(picture, connectivity=8)
    return labels, np.asarray(stats[1:], np.int32)
