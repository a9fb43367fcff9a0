"""Ink too large to be writing right beside a word: a stamp, a blot or the fold of a book may hide digits of its number.

Leaves out: what it hides; ruled lines and frames, which are taken away before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.components import Components

REACH = 0.5  # heights of the word from its end, in which the next digit would begin
INSET = 0.1  # of its height at its top and bottom that does not count
LEAST_INK = 0.05  # square heights of ink there


def beside_large(
    words: NDArray[np.float64], heights: NDArray[np.float64], components: Components, large: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(N,) bool: the words right beside which ink of a component stands that is too large to be writing.

    words: (N, 4) px. heights: (N,) px of their writing. large: which components are too large.
    """
    found = np.zeros(len(words), bool)
    reach = REACH * heights
    for n in large.tolist():
        left, top, right, bottom = components.boxes[n].tolist()
        near = (words[:, 0] - reach < right) & (words[:, 2] + reach > left)
        near &= (words[:, 1] < bottom) & (words[:, 3] > top) & ~found
        if not near.any():
            continue
        mask = components.mask(n)
        for k in np.flatnonzero(near).tolist():
            begin, high, end, low = words[k]
            inset = INSET * heights[k]
            rows = mask[_span(high + inset, low - inset, top)]
            ink = (rows[:, _span(begin - reach[k], begin, left)], rows[:, _span(end, end + reach[k], left)])
            found[k] = max(map(np.count_nonzero, ink)) >= LEAST_INK * heights[k] ** 2
    return found


def _span(first: float, last: float, origin: int) -> slice:
    """px of the page as px from an origin on."""
    return slice(max(0, round(first) - origin), max(0, round(last) - origin))
