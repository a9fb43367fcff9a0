"""Pictures drawn in the tests: `#` is ink, anything else paper."""

import cv2
import numpy as np
from numpy.typing import NDArray


def ink(*rows: str) -> NDArray[np.bool_]:
    """(H, W) bool from rows of text."""
    return np.array([[c == "#" for c in row] for row in rows], bool)


def blank_page(height: int = 400, width: int = 600, paper: int = 230) -> NDArray[np.uint8]:
    """(H, W) uint8 of even paper."""
    return np.full((height, width), paper, np.uint8)


def scanned(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A drawn page a little out of focus and with a scanner's noise: (H, W) uint8."""
    noise = np.random.default_rng(2).normal(0, 2, page.shape)
    return np.clip(cv2.GaussianBlur(page, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)
