"""Digits of dots or of bars that do not touch, as of matrix printers and of counters: closed to strokes before they are read.

Such a page is full of small solid pieces. Its gaps are closed as far as makes most digits of them, as the digit network
says. Leaves out: a page on which ordinary writing has more ink than such pieces.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey, Ink
from batchocr.segmentation.boxes import SURE, TELLING, Judge
from batchocr.segmentation.components import Components, find_components, sizes, writing_height

LEAST_PIECE = 2  # px of the shorter side: smaller ones are specks
FEWEST_PIECES = 60
WINDOW = 1000  # px of a side of the part of the page that tells
FEWER, FEWER_STILL = (
    0.6,
    0.7,
)  # times as many components as before are left with the first gap closed, and with any that may be the best
GAPS = (3, 5, 7, 9)  # px: kernels that close a gap a pixel smaller
FIRST_GAP = 5  # the one of these that tells whether the others are tried
ALIKE = 1.25  # heights within this factor of the writing's are looked at
MUCH_HIGHER = 2.0  # times as high as before is what is closed, where the pieces were dots
LOOKED_AT = 120  # components
FEWEST_DIGITS, MORE = 15, 1.3  # that must plainly be digits once closed, and so many times as many as before


def without_gaps(image: Grey, ink: Ink, components: Components, judge: Judge, *, light_ink: bool) -> Grey:
    """An (H, W) uint8 page, its gaps closed if its digits are made of pieces; or the page itself.

    ink: (H, W) bool. components: those of the ink. light_ink: ink is lighter than paper.
    """
    window = _window(components)
    if window is None:
        return image
    part = ink[window.top : window.bottom, window.left : window.right]
    before = find_components(part)
    first = _closed(part, FIRST_GAP)
    if _pieces(first) > FEWER * _pieces(before):
        return image
    tried = {gap: first if gap == FIRST_GAP else _closed(part, gap) for gap in GAPS}
    told = {
        gap: _plain_digits(closed, judge)  # where few come of pieces, others than before are counted
        for gap, closed in tried.items()
        if _pieces(closed) <= FEWER_STILL * _pieces(before)
    }
    best = max(told, key=told.__getitem__)
    high = writing_height(tried[best])
    known = _plain_digits(before, judge, high)  # of the same height, which letters may have outvoted
    if high < MUCH_HIGHER * writing_height(before):  # or they are dots, which are 8s and 0s to the network
        known = max(known, _plain_digits(before, judge))
    if told[best] < FEWEST_DIGITS + MORE * known:
        return image
    way = cv2.MORPH_CLOSE if light_ink else cv2.MORPH_OPEN
    return np.asarray(cv2.morphologyEx(image, way, _round(best), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _window(components: Components) -> Box | None:
    """The part of the page around the middle of its ink, if it has enough components."""
    if len(components) < FEWEST_PIECES:
        return None
    x, y = np.median(components.boxes[:, :2] + components.boxes[:, 2:], axis=0) / 2
    height, width = components.shape
    left, top = (
        max(0, min(round(x) - WINDOW // 2, width - WINDOW)),
        max(0, min(round(y) - WINDOW // 2, height - WINDOW)),
    )
    return Box(left, top, min(width, left + WINDOW), min(height, top + WINDOW))


def _closed(ink: Ink, gap: int) -> Components:
    """The components of ink whose gaps, a pixel smaller, are closed."""
    closed = cv2.morphologyEx(ink.view(np.uint8), cv2.MORPH_CLOSE, _round(gap))
    return find_components(np.asarray(closed, np.uint8).view(bool))


def _pieces(components: Components) -> int:
    """How many components are no specks."""
    return int(np.count_nonzero(np.minimum(*sizes(components)) >= LEAST_PIECE))


def _plain_digits(components: Components, judge: Judge, high: float = 0.0) -> float:
    """About how many of the components that are as high as the writing plainly are digits, by some of them. high: of the writing,
    px, if it is known."""
    high = high or writing_height(components)
    heights = sizes(components)[1]
    alike = (
        np.flatnonzero((heights >= high / ALIKE) & (heights <= high * ALIKE)) if high else np.zeros(0, int)
    )
    if not len(alike):
        return 0.0
    chosen = alike[np.unique(np.linspace(0, len(alike) - 1, min(len(alike), LOOKED_AT)).astype(int))]
    probs = judge([mask for _, mask in components.cut(chosen)])
    plain = probs[:, [int(digit) for digit in TELLING]].max(axis=1) >= SURE
    return float(plain.mean()) * len(alike)


def _round(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
