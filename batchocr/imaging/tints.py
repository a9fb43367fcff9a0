"""Tints, as of a highlighter or the shaded rows of a table, made paper: what is written on them is as deep as elsewhere.

A tint is a flat part of the page, wider and higher than strokes are, that is darker than the paper around it and far lighter
than ink. Leaves out: patches with light figures (`reverse`), patterned ones, and slow shading, which the paper's estimate follows.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey
from batchocr.imaging.binarize import estimate_paper, halved
from batchocr.imaging.labels import label

HALVED = 1  # times: tints are looked for on a page half as wide
STROKE = 9  # px of it: strokes are thinner, tints are not
TINT = (0.6, 0.92)  # of the paper's grey level
LEAST_SIDE = 9  # px of the small page that a tint is high and wide: a narrow marker over small print,
LEAST_LENGTH = 25  # and that its longer side is: it holds a number
BORDER = 4  # px of it: what is as near to the page's edge is its fold or its shadow,
BAND = 3.0  # unless it is so many times as long as it is high, and level, or as it is wide,
FULL = 0.85  # and so much of its box
FLAT = 0.012  # of its level: the median by which a tint strays from that
WHOLE = 0.95  # of it is tint: what is light in it is a figure
EDGE = 4  # px around a tint that may be of it, or half of it
SLACK = 10  # grey levels below a tint's from which on it is ink


def without_tints(image: Grey) -> Grey:
    """The page itself, or with its tints as light as the paper around them: (H, W) uint8, dark on light."""
    if min(image.shape) < 4 * LEAST_SIDE << HALVED:
        return image
    small = halved(image, HALVED)
    kernel = np.ones((STROKE, STROKE), np.uint8)
    flat = np.asarray(cv2.morphologyEx(cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, kernel), np.uint8)
    paper = estimate_paper(small)
    between = np.asarray((flat < TINT[1] * paper) & (flat > TINT[0] * paper), np.uint8)
    wide_open = np.ones((LEAST_SIDE, LEAST_SIDE), np.uint8)
    tinted = np.asarray(cv2.morphologyEx(between, cv2.MORPH_OPEN, wide_open), np.uint8)
    if not tinted.any():
        return image
    labels, stats = label(tinted)
    rows, columns = tinted.shape
    page = image
    for number, (left, top, wide, high, _) in enumerate(stats.tolist(), 1):
        across = left < BORDER or left + wide > columns - BORDER
        down = top < BORDER or top + high > rows - BORDER
        if max(wide, high) < LEAST_LENGTH or (across and down):
            continue
        own = labels[top : top + high, left : left + wide] == number
        if (across or down) and not _is_band(own, level=across):
            continue
        levels = flat[top : top + high, left : left + wide][own]
        level = float(np.median(levels))
        if np.median(np.abs(levels - level)) > FLAT * level or _holds_light(own):
            continue
        if page is image:
            page = image.copy()
        box = Box(left << HALVED, top << HALVED, (left + wide) << HALVED, (top + high) << HALVED)
        _lift(page, own, box, level, float(paper[top : top + high, left : left + wide][own].max()))
    return page


def _is_band(own: NDArray[np.bool_], *, level: bool) -> bool:
    """Whether a tint, (h, w), that goes on beyond the page is a row or a column of a table; level: a row."""
    high, wide = own.shape
    long, short = (wide, high) if level else (high, wide)
    return long >= BAND * short and float(own.mean()) >= FULL


def _holds_light(own: NDArray[np.bool_]) -> bool:
    """Whether a tint, (h, w), has holes, as around light figures: a patch of a scan without contrast, which is turned (`reverse`)."""
    contours, _ = cv2.findContours(own.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = cv2.drawContours(np.zeros(own.shape, np.uint8), contours, -1, 1, cv2.FILLED)
    return bool(np.count_nonzero(own) < WHOLE * np.count_nonzero(filled))


def _lift(page: Grey, own: NDArray[np.bool_], box: Box, level: float, paper: float) -> None:
    """Make a tint of the page paper, in place. own: (h, w), where it is in its box, seen small."""
    height, width = page.shape
    left, top = max(0, box.left - EDGE), max(0, box.top - EDGE)
    right, bottom = min(width, box.right + EDGE), min(height, box.bottom + EDGE)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    whole = cv2.resize(own.view(np.uint8), (box.width, box.height), interpolation=cv2.INTER_NEAREST)
    part = mask[box.top - top :, box.left - left :]
    part[: box.height, : box.width] = whole[: part.shape[0], : part.shape[1]]
    around = cv2.dilate(mask, np.ones((2 * EDGE + 1,) * 2, np.uint8)).astype(bool)
    window = page[top:bottom, left:right]
    ink = window < level - SLACK
    window[around & ~ink] = np.maximum(window, round(paper))[around & ~ink]
    scaled = np.clip(window * (paper / level), 0, 255).astype(np.uint8)
    window[(mask > 0) & ink] = scaled[(mask > 0) & ink]
