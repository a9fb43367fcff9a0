"""Touching digits -> places where they may be cut.

Proposes more cuts than there are digits (over-segmentation, after Casey & Lecolinet 1996): valleys of the
ink's upper and lower contours and minima of the ink's thickness per column. Which cuts hold is for the
network and the decoder to say. Leaves out: slanted and bent cuts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_PIECE_SHARE = 0.18  # of the height: no digit but a bare 1 is narrower, and a 1 is thicker than that
MOST_CUTS = 7  # a wider blob is not a number


def propose_cuts(mask: NDArray[np.bool_], pieces: int) -> list[int]:
    """Columns before which the ink may be cut, left to right.

    mask: (h, w) bool. pieces: about how many digits the width suggests; twice as many cuts are proposed.
    """
    height, width = mask.shape
    margin = max(3, round(LEAST_PIECE_SHARE * height))
    if width < 2 * margin + 1:
        return []
    cost = _column_cost(mask)
    chosen: list[int] = []
    too_near = [False] * (width + margin)
    for column in (np.argsort(cost[margin : width - margin], kind="stable") + margin).tolist():
        if too_near[column]:
            continue
        chosen.append(column)
        if len(chosen) >= min(MOST_CUTS, 2 * pieces):
            break
        first = max(0, column - margin + 1)
        too_near[first : column + margin] = [True] * (column + margin - first)
    return sorted(chosen)


def _column_cost(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much a cut before each column would hurt: (w,) float, ink crossed plus what stands above and below."""
    height = mask.shape[0]
    ink = np.count_nonzero(mask, axis=0)
    span = height - mask.argmax(axis=0) - mask[::-1].argmax(axis=0)  # narrow from outside: a valley
    cost = ink + 0.35 * np.where(ink > 0, span, 0)
    beside = np.concatenate([cost[:1], cost, cost[-1:]])
    return np.asarray(0.25 * beside[:-2] + 0.5 * cost + 0.25 * beside[2:], np.float64)
