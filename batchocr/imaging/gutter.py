"""The shadow of a book's fold, or of a crease, down a page: made as light as the paper beside it.

Paper is told from ink by what lies around it, and a shadow that is narrower than a few digits passes for ink. From top to
bottom it hardly changes, though, and there is paper between the lines: how light each column of pixels is over a few lines
tells the shadow. Rules and strokes are narrower. Leaves out: shadows from side to side, at the picture's edge,
and black ones.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey
from batchocr.imaging.labels import label

STRETCH = 300  # px of a page's height, about, over which a column is looked at, and as many around them
MOST_STRETCHES = 8  # of a page: at 600 dots per inch a bar of a chart is as high as several of 300 px
EVERY = 3  # rows
LIGHT = 85.0  # the percentile of a column's greys that is paper
RULE = 1 / 250  # of the page's width that a rule or a stroke takes at most,
RULE_PX = 9  # and px at least
WIDEST = 1 / 12  # of the page's width that a shadow takes at most
SOFT = 1.5  # px by which the shadow is smoothed
LEAST_DEPTH = 0.1  # of the paper beside it, by which it is darker where it is darkest,
FROM_DEPTH = 0.04  # and by which it is at its edges
LEAST_WIDTH = 2.5  # times as wide as a rule it is at least,
LEAST_STRETCHES = 2  # in so many stretches
BLACK = 0.3  # of the paper's lightness: what is darker is no shadow


def without_gutter(image: Grey) -> Grey:
    """The page, (H, W) uint8 and dark on light, without shadows of folds from top to bottom; the same array where it has none."""
    high, wide = image.shape
    count = min(MOST_STRETCHES, max(2, round(high / STRETCH)))
    rule = max(RULE_PX, round(RULE * wide)) | 1
    widest = round(WIDEST * wide) | 1
    if widest <= 2 * rule or high < STRETCH:
        return image
    step = high / count
    middles = (np.arange(count) + 0.5) * step
    columns: NDArray[np.float32] = np.stack(
        [
            np.percentile(image[max(0, round(y - step)) : round(y + step) : EVERY], LIGHT, axis=0)
            for y in middles
        ]
    ).astype(np.float32)
    own = np.asarray(cv2.GaussianBlur(_closed(columns, rule), (0, 0), SOFT, sigmaY=0.01), np.float32)
    paper = _closed(own, widest)
    depth = 1 - own / np.maximum(paper, 1)
    shadow = _of_folds((depth >= FROM_DEPTH) & (depth <= 1 - BLACK), depth, LEAST_WIDTH * rule)
    if not shadow.any():
        return image
    touched = np.flatnonzero(shadow.any(axis=0))
    gain = np.where(shadow, paper / np.maximum(own, 1), 1)[:, touched]
    rows = np.interp(np.arange(high), middles, np.arange(count))
    upper = np.minimum(rows.astype(np.int64), count - 2)
    share = (rows - upper)[:, None]
    even = image.copy()
    gains = (1 - share) * gain[upper] + share * gain[upper + 1]
    even[:, touched] = np.clip(image[:, touched] * gains, 0, 255).astype(np.uint8)
    return even


def folds_of(image: Grey, even: Grey) -> tuple[Box, ...]:
    """Where the shadows went, px, from a page's top to its foot: what differs in the same page without them."""
    high = image.shape[0]
    touched = np.flatnonzero((image != even).any(axis=0))
    runs = np.split(touched, np.flatnonzero(np.diff(touched) > 1) + 1)
    return tuple(Box(int(run[0]), 0, int(run[-1]) + 1, high) for run in runs if run.size)


def _of_folds(shadow: NDArray[np.bool_], depth: NDArray[np.floating], least: float) -> NDArray[np.bool_]:
    """(N, W) bool: the shadows in stretches of a page that may be a fold's: dark enough, px wide enough, in one stretch below the
    other, and not at the page's edge."""
    found = np.zeros_like(shadow)
    labels, stats = label(shadow.view(np.uint8))
    for n, (left, _, wide, stretches, _) in enumerate(stats.tolist(), 1):
        if wide < least or stretches < LEAST_STRETCHES or left == 0 or left + wide == shadow.shape[1]:
            continue
        own = labels == n
        if depth[own].max() >= LEAST_DEPTH:
            found |= own
    return found


def _closed(levels: NDArray[np.float32], wide: int) -> NDArray[np.float32]:
    """Rows (N, W) of greys without what is dark over fewer columns than so many."""
    closed = cv2.morphologyEx(
        levels, cv2.MORPH_CLOSE, np.ones((1, wide), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(closed, np.float32)
