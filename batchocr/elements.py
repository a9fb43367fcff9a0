"""The nouns of batchocr: what flows from a scanned file to a row of the table.

Page -> ink -> components -> glyphs -> readings -> words, in the vocabulary that ALTO, PAGE and hOCR
share. Everything here is frozen data; nothing reads a file, and nothing here knows how a digit is read.
Boxes are pixels of the page as stored upright: top-left origin, half-open (right and bottom are one past).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (H, W) uint8, paper light or dark, as scanned
Ink = NDArray[np.bool_]  # (H, W) bool, True where ink
GlyphImages = NDArray[np.uint8]  # (N, 28, 28) uint8, ink 255 on 0
Probs = NDArray[np.float32]  # (N, 11) float32, rows sum to 1: ten digits, then "not a digit"
Predict = Callable[[GlyphImages], Probs]  # the seam: tests pass a plain function

Status = Literal["ok", "review", "blank", "corrected", "confirmed", "error"]

DIGITS = "0123456789"
NOT_A_DIGIT = 10  # index of the eleventh output
UNREADABLE = "?"  # ink that belongs to the string but could not be read


class Box(NamedTuple):
    """A rectangle in pixels, top-left origin, half-open."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One upright grey page.

    image: (H, W) uint8, 0 black to 255 white, orientation tags already applied.
    source: the path as given, with `/`. number: 1-based page within the file.
    dpi: scan resolution in dots per inch where the file states it.
    """

    image: Grey
    source: str = ""
    number: int = 1
    dpi: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One glyph with what the network says of it; confidences are 0..1."""

    text: str
    confidence: float
    second: str
    second_confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised string. line and word are 1-based reading order; word counts within the line."""

    line: int
    word: int
    text: str
    confidence: float
    status: Status
    box: Box
    message: str = ""
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class PageResult:
    """What came of one page: its words, or the sentence that says why it could not be read.

    page is 0 when the file itself failed. A page without strings has no words and no error.
    """

    source: str
    page: int
    words: tuple[Word, ...] = ()
    error: str = ""
