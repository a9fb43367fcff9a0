"""The arrays of batchocr, by name; `elements` hands them on. A module of its own, since numpy is slow to import."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (H, W) uint8, paper light or dark, as scanned
Ink = NDArray[np.bool_]  # (H, W) bool, True where ink
GlyphImages = NDArray[np.uint8]  # (N, 28, 28) uint8, ink 255 on 0
Probs = NDArray[np.float32]  # (N, 11) float32, rows sum to 1: ten digits, then "not a digit"
Predict = Callable[[GlyphImages], Probs]  # the seam: tests pass a plain function
