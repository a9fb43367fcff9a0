"""Crosses, told by their shape: a plus sign, or one of multiplication, and no digit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_PX = 5  # px of its height
ASPECT = (0.58, 1.5)  # width / height of two strokes that cross
CENTRE = (0.35, 0.65)  # of the sign's width and height, between which strokes cross
ALONG = 0.85  # of the sign's height or width that such a stroke is inked
STROKE = 0.25  # of its sides, by which ink of two strokes aslant is beside their middles,
SERIFS = 0.38  # of its height above and below its middle, where serifs begin,
ASIDE = 0.02  # but for so much of it
CORNER = 0.3  # of the sign's sides that a corner takes,
LITTLE = 0.04  # of which so much is inked at most where no stroke ends
ENDING = 0.12  # and at least so much where one does
NOTCH = 0.16  # of its height and its width, by which paper reaches in between two strokes aslant


def is_cross(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) bool ink is of two straight strokes that cross in its middle, upright and level or aslant."""
    high, wide = mask.shape
    if high < LEAST_PX or not ASPECT[0] * high <= wide <= ASPECT[1] * high:
        return False
    tall, broad = max(1, round(CORNER * high)), max(1, round(CORNER * wide))
    corners = [mask[:tall, :broad], mask[:tall, -broad:], mask[-tall:, :broad], mask[-tall:, -broad:]]
    inked = [np.count_nonzero(corner) / corner.size for corner in corners]
    across, down = mask[:, _amid(wide)], mask[_amid(high)]
    if max(inked) <= LITTLE:
        return bool(across.mean(axis=0).max() >= ALONG and down.mean(axis=1).max() >= ALONG)
    if min(inked) < ENDING:
        return False
    notches = [across.argmax(axis=0), across[::-1].argmax(axis=0)]
    sides = [down.argmax(axis=1), down[:, ::-1].argmax(axis=1)]
    return bool(
        min(int(depth.max()) for depth in notches) >= NOTCH * high
        and min(int(depth.max()) for depth in sides) >= NOTCH * wide
        and _beside_diagonals(mask) <= ASIDE * np.count_nonzero(mask)
    )


def _beside_diagonals(mask: NDArray[np.bool_]) -> int:
    """px of (h, w) bool ink that lie farther from both diagonals than two straight strokes do."""
    high, wide = mask.shape
    down, across = np.mgrid[:high, :wide]
    y, x = (down + 0.5) / high - 0.5, (across + 0.5) / wide - 0.5
    away = (np.minimum(abs(y - x), abs(y + x)) > STROKE) & (abs(y) <= SERIFS)
    return int(np.count_nonzero(mask & away))


def _amid(count: int) -> slice:
    """The middle ones of so many rows or columns."""
    return slice(round(CENTRE[0] * count), round(CENTRE[1] * count) + 1)
