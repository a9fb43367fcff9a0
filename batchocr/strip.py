"""A word's part of the grey page as a strip of fixed height, for the reader that slides along it.

Grey, not thresholded: a stroke that the threshold lost is still there. Leaves out removing ruled lines: the
sliding network learnt strings with lines through them, and removing lines costs flat strokes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey, Ink
from batchocr.imaging.levels import percentiles

STRIP_HEIGHT = 32  # px
WRITING_HEIGHT = 22  # px of a strip that a full digit takes
MARGIN = 0.35  # heights of the word left and right of it, unless another word is nearer; more costs time and reads no more
LONE_MARGIN = 1.5  # the same in a picture of one string, whose ends may be too faint to be seen at first
TOGETHER = 0.2  # heights between glyphs that stood in boxes
PAPER_PERCENTILE = 80  # of a strip's greys: paper, however much is written on it
INK_PERCENTILE = 1  # of a strip's greys: the darkest ink, however little
LEAST_CONTRAST = 48  # grey levels: less is noise, which must not be blown up
EDGE = 0.06  # heights around a glyph's ink that are its blurred edge
LONGEST = 60  # heights of a word: a longer one is no string of digits

Strip = NDArray[np.uint8]  # (32, W) uint8, ink high


@dataclass(frozen=True, slots=True)
class StripCut:
    """A strip, and where on the page it came from: column x of it is `left` + x / `scale` px of the page."""

    image: Strip
    left: float
    scale: float

    def column(self, x: float) -> float:
        """px of the page for px of the strip."""
        return self.left + x / self.scale


def cut_strip(
    grey: Grey, box: Box, height: float, *, margins: tuple[float, float], light_ink: bool = False
) -> StripCut:
    """The strip of one word: `box` of a grey page, its full digits `height` px tall.

    margins: px of the page taken along left and right. light_ink: ink is lighter than paper. Beyond the page's
    edge there is paper.
    """
    height = max(height, 1.0)
    scale = WRITING_HEIGHT / height
    half = STRIP_HEIGHT / 2 / scale
    middle = (box.top + box.bottom) / 2
    window = Box(
        round(box.left - margins[0]),
        round(middle - half),
        round(min(box.right, box.left + LONGEST * height) + margins[1]),
        round(middle + half),
    )
    crop = _crop(grey, window, paper_percentile(light_ink))
    return _scaled(crop, window.left, scale, light_ink)


def cut_strip_together(
    grey: Grey, box: Box, glyphs: Sequence[tuple[Box, Ink]], height: float, *, light_ink: bool = False
) -> StripCut:
    """The strip of one word whose glyphs stand apart, in boxes: these side by side as a hand that has no boxes writes
    them, which the network has learnt. What it says of columns is near enough, as if they were evenly wide.

    glyphs: of each its box and its own ink, (h, w) bool; what else is in its place is made paper.
    """
    height = max(height, 1.0)
    half, middle = STRIP_HEIGHT / 2 * height / WRITING_HEIGHT, (box.top + box.bottom) / 2
    room, percentile = round(TOGETHER / 2 * height), paper_percentile(light_ink)
    windows = [
        Box(place.left - room, round(middle - half), place.right + room, round(middle + half))
        for place, _ in glyphs
    ]
    pieces = [_crop(grey, window, percentile) for window in windows]
    (paper,) = percentiles(pieces[0], percentile)
    pieces = [
        _only(piece, place.left - window.left, place.top - window.top, own, round(EDGE * height), paper)
        for piece, window, (place, own) in zip(pieces, windows, glyphs, strict=True)
    ]
    end = np.full((pieces[0].shape[0], round(MARGIN * height)), paper, np.uint8)
    cut = _scaled(np.hstack([end, *pieces, end]), box.left, WRITING_HEIGHT / height, light_ink)
    return replace(cut, scale=cut.image.shape[1] / box.width)


def _only(crop: Grey, left: int, top: int, own: Ink, edge: int, paper: float) -> Grey:
    """The crop with paper beyond so many px around one glyph's ink, which begins at (left, top) and may reach beyond the crop."""
    ink = np.zeros(crop.shape, np.uint8)
    first = max(0, -top)
    rows = own[first : max(first, crop.shape[0] - top)]
    ink[top + first : top + first + len(rows), left : left + own.shape[1]] = rows
    around = cv2.dilate(ink, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8))
    return np.where(around > 0, crop, np.uint8(round(paper)))


def paper_percentile(light_ink: bool) -> float:
    """The percentile of greys that is paper, however much is written on it."""
    return 100 - PAPER_PERCENTILE if light_ink else PAPER_PERCENTILE


def _scaled(crop: Grey, left: float, scale: float, light_ink: bool) -> StripCut:
    width = max(STRIP_HEIGHT, round(crop.shape[1] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    strip = np.asarray(cv2.resize(crop, (width, STRIP_HEIGHT), interpolation=how), np.uint8)
    return StripCut(evened(255 - strip if light_ink else strip), left, width / crop.shape[1])


def zoomed(strip: Strip, zoom: float) -> Strip:
    """The strip's writing so many times as large, about the middle of its height; its height stays."""
    middle = STRIP_HEIGHT / 2
    across = np.array([[zoom, 0, 0], [0, zoom, middle - middle * zoom]], np.float32)
    size = (max(STRIP_HEIGHT, round(strip.shape[1] * zoom)), STRIP_HEIGHT)
    return np.asarray(cv2.warpAffine(strip, across, size, flags=cv2.INTER_LINEAR), np.uint8)


def _crop(grey: Grey, window: Box, paper_percentile: float) -> Grey:
    """The window of the page, with paper where it reaches beyond."""
    height, width = grey.shape
    inner = Box(
        min(max(0, window.left), width - 1),
        min(max(0, window.top), height - 1),
        max(1, min(width, window.right)),
        max(1, min(height, window.bottom)),
    )
    crop = grey[inner.top : max(inner.top + 1, inner.bottom), inner.left : max(inner.left + 1, inner.right)]
    around = (
        max(0, inner.top - window.top),
        max(0, window.bottom - inner.bottom),
        max(0, inner.left - window.left),
        max(0, window.right - inner.right),
    )
    if not any(around):
        return crop
    (paper,) = percentiles(crop, paper_percentile)
    return np.asarray(cv2.copyMakeBorder(crop, *around, cv2.BORDER_CONSTANT, value=paper), np.uint8)


def evened(strip: Grey) -> Strip:
    """Paper to 0 and the darkest ink to 255: (32, W) uint8, ink low -> ink high."""
    ink, paper = percentiles(strip, INK_PERCENTILE, PAPER_PERCENTILE)
    contrast = max(paper - ink, LEAST_CONTRAST)
    levels = np.clip((paper - np.arange(256)) * (255 / contrast), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(strip, levels), np.uint8)
