"""Candidate glyphs to 28x28 pictures, as MNIST itself was made.

Follows the reconstruction of MNIST's preprocessing by Yadav and Bottou (QMNIST, `making_qmnist/xnist.lsh`),
which matches the published digits to within 3 grey levels: tight box, padded to a centred square, doubled
while small, area-resampled to 20x20, scaled to a peak of 255, placed so that the centre of mass falls in
the middle of 28x28 by a whole-pixel shift. Padding, doubling and resampling are one pair of matrices here.
Leaves out: thinning or thickening of strokes, and any sub-pixel shift, which MNIST does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import GlyphImages

SIDE = 28  # px, side of the network's picture
INNER_SIDE = 20  # px, side of the square that the glyph fills (QMNIST)
LEAST_SIDE = 10  # px of the scan; a smaller glyph is padded, so that a speck stays small (QMNIST)
CENTRE = 15  # px from the edge to the centre of mass, before rounding down to a whole shift (QMNIST)
COVERAGE = 0.99  # share of its cell that a source pixel covers in MNIST's resampling (QMNIST's "fudge")
MARGIN = 10  # px around the picture while placing, so that an off-centre glyph is clipped, not refused
MOST_PIXELS = 1_000_000  # px resampled together: bounds the memory
TINY = 1e-11  # keeps an edge that falls on a pixel border on its own side (QMNIST)


def normalize_glyph(crop: NDArray[Any]) -> GlyphImages:
    """Turn one crop, (H, W) bool or uint8 with ink high, into a (28, 28) uint8 picture, ink 255 on 0."""
    picture: GlyphImages = normalize_glyphs([crop])[0]
    return picture


def normalize_glyphs(crops: Sequence[NDArray[Any]], *, tight: bool = False) -> GlyphImages:
    """Turn N crops, each (H, W) bool or uint8 with ink high, into (N, 28, 28) uint8, ink 255 on 0.

    tight: no crop has an empty margin, so none is looked for. A crop without ink gives an empty picture; no crops
    give an array of shape (0, 28, 28).
    """
    pictures = np.zeros((len(crops), SIDE, SIDE), np.uint8)
    if crops:
        _place(_to_bytes(_resampled(crops if tight else [_tight(crop) for crop in crops])), pictures)
    return pictures


def _resampled(crops: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Each crop, padded to a centred square, area-resampled to (20, 20); ink keeps its scale. (N, 20, 20)."""
    resampled = np.zeros((len(crops), INNER_SIDE, INNER_SIDE), np.float32)
    by_side: dict[int, list[int]] = {}
    for n, crop in enumerate(crops):
        by_side.setdefault(max(*crop.shape, LEAST_SIDE), []).append(n)
    for side, members in by_side.items():
        at_once = max(1, MOST_PIXELS // side**2)
        for start in range(0, len(members), at_once):
            some = members[start : start + at_once]
            resampled[some] = _resampled_squares(_squares([crops[n] for n in some], side))
    return resampled


def _squares(crops: Sequence[NDArray[Any]], side: int) -> NDArray[np.float32]:
    """(K, side, side): each crop in the middle of a square."""
    squares = np.zeros((len(crops), side, side), np.float32)
    for square, crop in zip(squares, crops, strict=True):
        height, width = crop.shape
        top, left = (side - height) // 2, (side - width) // 2
        square[top : top + height, left : left + width] = crop
    return squares


def _resampled_squares(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """(K, side, side) -> (K, 20, 20)."""
    weights = _weights(squares.shape[1])
    return np.asarray(weights @ squares @ weights.T, np.float32)


def _tight(crop: NDArray[Any]) -> NDArray[Any]:
    """Cut empty margins off the crop; without ink it comes back empty."""
    if crop.size and crop[0].any() and crop[-1].any() and crop[:, 0].any() and crop[:, -1].any():
        return crop
    rows, columns = np.flatnonzero(crop.any(axis=1)), np.flatnonzero(crop.any(axis=0))
    if not rows.size:
        return crop[:0, :0]
    return crop[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@lru_cache(maxsize=512)
def _weights(side: int) -> NDArray[np.float32]:
    """Weights (20, side) that double a line of pixels until it has 20 or more and area-resample it to 20."""
    doubled = side
    while doubled < INNER_SIDE:
        doubled *= 2
    scale = INNER_SIDE / doubled
    weights = np.zeros((INNER_SIDE, doubled))
    for source in range(doubled):
        start = INNER_SIDE / 2 + scale * (source - doubled / 2)
        stop = start + COVERAGE * scale
        first, last = int(np.floor(start + TINY)), int(np.ceil(stop - TINY)) - 1
        if first == last:
            weights[first, source] = scale
        else:
            weights[first, source] = min(first + 1 - start, 1.0)
            weights[last, source] = min(stop - last, 1.0)
    merged = weights.reshape(INNER_SIDE, side, doubled // side).sum(axis=2)
    return np.ascontiguousarray(merged, dtype=np.float32)


def _to_bytes(resampled: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale each (20, 20) picture to a peak of 255 and round."""
    peaks = resampled.max(axis=(1, 2), keepdims=True)
    peaks[peaks == 0] = 1
    scaled: NDArray[np.uint8] = np.floor(resampled * (255 / peaks) + 0.5).astype(np.uint8)
    return scaled


def _place(inner: NDArray[np.uint8], pictures: GlyphImages) -> None:
    """Copy each (20, 20) into its (28, 28) so that the centre of mass falls in the middle."""
    mass = np.maximum(inner.sum(axis=(1, 2), dtype=np.float64), 1)
    along = np.arange(INNER_SIDE) + 0.5
    tops = (CENTRE - inner.sum(axis=2, dtype=np.float64) @ along / mass).astype(int)
    lefts = (CENTRE - inner.sum(axis=1, dtype=np.float64) @ along / mass).astype(int)
    framed = np.zeros((len(inner), SIDE + 2 * MARGIN, SIDE + 2 * MARGIN), np.uint8)
    for top, left in set(zip(tops.tolist(), lefts.tolist(), strict=True)):
        alike = np.flatnonzero((tops == top) & (lefts == left))
        y, x = MARGIN + top, MARGIN + left
        framed[alike, y : y + INNER_SIDE, x : x + INNER_SIDE] = inner[alike]
    pictures[:] = framed[:, MARGIN : MARGIN + SIDE, MARGIN : MARGIN + SIDE]
