"""Pictures drawn in the tests: `#` is ink, anything else paper."""

import numpy as np
from numpy.typing import NDArray


def ink(*rows: str) -> NDArray[np.bool_]:
    """(H, W) bool from rows of text."""
    return np.array([[c == "#" for c in row] for row in rows], bool)


def blank_page(height: int = 400, width: int = 600, paper: int = 230) -> NDArray[np.uint8]:
    """(H, W) uint8 of even paper."""
    return np.full((height, width), paper, np.uint8)
