"""The black border that a scanner leaves around a sheet: made paper, as its depth says nothing of the writing's.

Seen from a side of the picture a border is dark without a break up to the sheet's straight edge, level or aslant; black
type or a rule that reaches the side is not, and white writing in a black band breaks it. Leaves out: a desk that is
rough or grey (`imaging.sheet`), and borders of pages with light ink.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey
from batchocr.imaging.binarize import halved
from batchocr.imaging.labels import runs
from batchocr.imaging.sheet import papered

REDUCED = 2  # times halved is the picture in which a border is looked for
LEAST_SIDE = 64  # px of that: a smaller picture is one string
DARK = 60  # grey levels: a border is no lighter,
LIGHTER = 80  # and the sheet so much lighter than that, usually
LONG = 0.15  # of the picture's side that a border takes along it at least,
DEEPEST = 0.3  # and of the other side at most
BEYOND = 0.5  # of what is dark of a side may be deeper
AROUND = 31  # places along the side whose median tells how deep it is there,
STRAY = 2  # px from which a place strays by so many at most,
STRAIGHT = 0.9  # and so many of them
EDGE = 2  # px of its blurred edge
CLOSED = 9  # px: strokes beside it are thinner


def border_of(image: Grey) -> NDArray[np.bool_] | None:
    """Where an (H, W) uint8 picture of dark writing has a black border: (h, w) bool, at a quarter of its size; None if it has none."""
    if min(image.shape) < LEAST_SIDE << REDUCED:
        return None
    small = halved(image, REDUCED)
    dark = small <= DARK
    # most pages have none: their sides are light
    if not any(side.mean() >= LONG for side in (dark[0], dark[-1], dark[:, 0], dark[:, -1])):
        return None
    found = np.zeros(dark.shape, bool)
    for quarters in range(4):
        turned = np.rot90(dark, quarters)  # a view: its top is each side in turn
        np.rot90(found, quarters)[:] |= _above_edge(turned)
    if not found.any() or found.all() or np.median(small[~found]) < DARK + LIGHTER:
        return None
    return found


def without_border(image: Grey, border: NDArray[np.bool_]) -> Grey:
    """The picture with paper in place of its border, as of `border_of`, and of that's blurred edge."""
    wider = cv2.dilate(border.view(np.uint8), _square(2 * EDGE + 1)).view(np.bool_)
    paper = cv2.morphologyEx(halved(image, REDUCED), cv2.MORPH_CLOSE, _square(CLOSED))
    return papered(image, np.asarray(paper, np.uint8), wider)


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)


def at_border(
    border: NDArray[np.bool_], boxes: NDArray[np.float64], room: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) px boxes are no farther from the border than (N,) px to a side, or end at its edge. shape: the
    picture's height and width."""
    high, wide = border.shape
    across, down = wide / shape[1], high / shape[0]
    left, top, right, bottom = boxes.T
    edge = EDGE + 1
    first = np.clip(((left - room) * across - edge).astype(int), 0, wide)
    last = np.clip(np.ceil((right + room) * across + edge).astype(int), 0, wide)
    upper = np.clip((top * down - edge).astype(int), 0, high)
    lower = np.clip(np.ceil(bottom * down + edge).astype(int), 0, high)
    sums = cv2.integral(border.view(np.uint8))
    return np.asarray(
        sums[lower, last] - sums[upper, last] - sums[lower, first] + sums[upper, first] > 0, bool
    )


def _above_edge(dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(h, w) bool: what of a picture, (h, w) bool where it is dark, is a border along its top."""
    height, width = dark.shape
    deep = np.where(dark.all(axis=0), height, (~dark).argmax(axis=0))
    found = np.zeros(dark.shape, bool)
    rows = np.arange(height)[:, None]
    _, starts, lengths = runs((deep > 0)[None].view(np.uint8))
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        stop = start + length
        if length < LONG * width:
            continue
        own = deep[start:stop]
        beyond = own > DEEPEST * height  # a border of another side, or a page that is dark
        if beyond.mean() > BEYOND:
            continue
        own = np.where(beyond, np.median(own[~beyond]), own)
        padded = np.pad(own, AROUND // 2, "edge")
        usual = np.median(np.lib.stride_tricks.sliding_window_view(padded, AROUND), axis=1)
        if (abs(own - usual) <= STRAY).mean() < STRAIGHT:
            continue
        # rules and type that end at it go on beyond it
        found[:, start:stop] = rows < np.minimum(own, usual + STRAY)
    return found
