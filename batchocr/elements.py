"""The nouns of batchocr: what flows from a scanned file to a row of the table.

Page -> ink -> components -> glyphs -> readings -> words, in the vocabulary that ALTO, PAGE and hOCR
share. Everything here is frozen data; nothing reads a file, and nothing here knows how a digit is read.
Boxes are pixels of the page as stored upright: top-left origin, half-open (right and bottom are one past).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from .arrays import GlyphImages as GlyphImages
    from .arrays import Grey as Grey
    from .arrays import Ink as Ink
    from .arrays import Predict as Predict
    from .arrays import Probs as Probs

Status = Literal["ok", "review", "blank", "corrected", "confirmed", "error"]

DIGITS = "0123456789"
NOT_A_DIGIT = 10  # index of the eleventh output
UNREADABLE = "?"  # ink that belongs to the string but could not be read


def __getattr__(name: str) -> object:
    """An array's name, asked for at run time: only who handles arrays waits for numpy (PEP 562)."""
    if name not in ("Grey", "Ink", "GlyphImages", "Probs", "Predict"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(".arrays", __package__), name)
    return value


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

    def meets(self, other: Box) -> bool:
        """Whether both have pixels in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

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
    dpi: scan resolution in dots per inch where the file states it, across.
    aspect: height of a pixel to its width, 2 for instance on a fax, which has half as many rows as columns to the inch.
    """

    image: Grey
    source: str = ""
    number: int = 1
    dpi: float | None = None
    aspect: float = 1.0


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


@dataclass(frozen=True, slots=True)
class PageFailure:
    """A page that could not be read, why, and the remedy. page is 1-based, 0 if the whole file failed."""

    source: str
    page: int
    message: str
