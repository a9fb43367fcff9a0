"""The page with its words drawn on it, so that a person sees at a glance what was read and what is doubted.

A word that is `ok` has a thin solid teal box; one for review has a double dashed orange box, and its reading
stands on orange with the confidence beside it: told apart by shape and lightness too, not by hue alone
(teal and orange after Okabe and Ito, "Color Universal Design", 2008). Left out: glyph boxes, which would hide
the ink.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .elements import Box, Page, Word
from .errors import OutputError
from .segmentation.orientation import quarters_of, turned_upright

if TYPE_CHECKING:
    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

Colour = tuple[int, int, int]  # red, green, blue, 0..255

OK_COLOUR: Colour = (0, 114, 110)
REVIEW_COLOUR: Colour = (213, 94, 0)
WHITE: Colour = (255, 255, 255)
FADE = 0.35  # share of white laid over the page, so that the drawing stands out
TEXT_HEIGHTS = (0.62, 0.45, 0.32)  # of the word's height; smaller where there is no room
TEXT_MIN, TEXT_MAX = 11, 64  # px
CONTRAST = 40  # grey levels from the paper at which a pixel counts as ink
PLACES = 6  # four sides, and farther to the right and left
FREE = 0.03  # share of ink pixels under a label that disturbs nobody: a form's line, not a digit
BOX_GAP = 0.08  # of the word's height, between ink and box
BEYOND_FRAME = 0.3  # of the word's height, to stand clear of a printed box around it
HALO = 8  # a reading's white edge is its size over this, in px
LEGEND_SHARE = 90  # the legend's text is the page's width over this, in px
LEGEND_MIN_PAGE = 400  # px; a smaller page has no room for a legend


class _Label(NamedTuple):
    text: str
    colour: Colour
    filled: bool  # white on colour, rather than colour on white


def draw_overlay(page: Page, words: Sequence[Word]) -> NDArray[np.uint8]:
    """The page faded and the right way up, with each word's box and reading: (H, W, 3) uint8, red, green, blue."""
    page, words = _upright(page, words)
    busy = _busy(page)
    picture = Image.fromarray(_faded(page))
    draw = ImageDraw.Draw(picture)
    for word in words:
        _draw_box(draw, _grown(word.box), _line_width(page, word), doubtful=_is_doubtful(word))
        _occupy(busy, word.box)
    for word in words:
        _draw_label(draw, busy, word)
    if min(page.image.shape) >= LEGEND_MIN_PAGE:
        _draw_legend(draw, busy)
    return np.asarray(picture)


def _upright(page: Page, words: Sequence[Word]) -> tuple[Page, Sequence[Word]]:
    """The page turned as it was read, which its digits' places tell, and its words with their boxes there."""
    steps = [
        (b.left + b.right - a.left - a.right, b.top + b.bottom - a.top - a.bottom)
        for a, b in (*_next_digits(words), *_next_words(words))
    ]
    quarters = quarters_of(*map(sum, zip(*steps, strict=True))) if steps else 0
    if not quarters:
        return page, words
    image, boxes = turned_upright(page.image, [word.box for word in words], quarters)
    upright = [replace(word, box=box) for word, box in zip(words, boxes, strict=True)]
    return replace(page, image=np.ascontiguousarray(image)), upright


def _next_digits(words: Sequence[Word]) -> Iterator[tuple[Box, Box]]:
    """Boxes of digits that follow each other in a word."""
    for word in words:
        yield from pairwise(reading.box for reading in word.readings)


def _next_words(words: Sequence[Word]) -> Iterator[tuple[Box, Box]]:
    """Boxes of words that follow each other on a line."""
    yield from ((a.box, b.box) for a, b in pairwise(words) if a.line == b.line)


def write_overlay(page: Page, words: Sequence[Word], path: Path) -> None:
    """Draw and write a picture (PNG, or JPEG by its name). Raises OutputError if it cannot be written."""
    encoded = io.BytesIO()
    kind = "JPEG" if path.suffix.lower() in {".jpg", ".jpeg"} else "PNG"
    options = {"quality": 88} if kind == "JPEG" else {"compress_level": 3}
    Image.fromarray(draw_overlay(page, words)).save(encoded, kind, **options)
    try:
        path.write_bytes(encoded.getbuffer())
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path}: the overlay cannot be written ({reason}); name another folder") from error


def _is_doubtful(word: Word) -> bool:
    return word.status in {"review", "error"}


def _faded(page: Page) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, nearer to white by FADE."""
    levels = np.round(np.arange(256) * (1 - FADE) + 255 * FADE).astype(np.uint8)
    return np.repeat(levels[page.image][:, :, None], 3, axis=2)


def _busy(page: Page) -> NDArray[np.bool_]:
    """(H, W) bool, True where something is that a label must not cover: whatever differs from the paper."""
    paper = int(np.median(page.image[::4, ::4])) if page.image.size else 255
    low, high = max(0, paper - CONTRAST), min(255, paper + CONTRAST)
    return (page.image < low) | (page.image > high)


def _occupy(busy: NDArray[np.bool_], box: Box) -> None:
    busy[max(0, box.top) : max(0, box.bottom), max(0, box.left) : max(0, box.right)] = True


def _grown(box: Box) -> Box:
    gap = max(2, round(BOX_GAP * box.height))
    return Box(box.left - gap, box.top - gap, box.right + gap, box.bottom + gap)


def _line_width(page: Page, word: Word) -> int:
    """px: visible when the whole page is on a screen, yet thin beside the word's own strokes."""
    return int(max(1, min(max(page.image.shape) / 800, word.box.height / 10)))


def _draw_box(draw: ImageDraw.ImageDraw, box: Box, width: int, *, doubtful: bool) -> None:
    if not doubtful:
        draw.rectangle(_inclusive(box), outline=OK_COLOUR, width=width)
        return
    _dashed(draw, box, width + 1)
    gap = 2 * width + 1
    _dashed(draw, Box(box.left - gap, box.top - gap, box.right + gap, box.bottom + gap), width + 1)


def _inclusive(box: Box) -> tuple[int, int, int, int]:
    """Pillow's rectangles hold their right and bottom pixels."""
    return box.left, box.top, max(box.left, box.right - 1), max(box.top, box.bottom - 1)


def _dashed(draw: ImageDraw.ImageDraw, box: Box, width: int) -> None:
    left, top, right, bottom = _inclusive(box)
    dash = max(4, 4 * width)
    for x in range(left, right + 1, 2 * dash):
        for y in (top, bottom):
            draw.line((x, y, min(x + dash, right), y), REVIEW_COLOUR, width)
    for y in range(top, bottom + 1, 2 * dash):
        for x in (left, right):
            draw.line((x, y, x, min(y + dash, bottom)), REVIEW_COLOUR, width)


@lru_cache(maxsize=64)
def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def _label_of(word: Word) -> _Label:
    if _is_doubtful(word):
        return _Label(f"{word.text}  {word.confidence:.0%}?", REVIEW_COLOUR, filled=True)
    return _Label(word.text, OK_COLOUR, filled=False)


def _draw_label(draw: ImageDraw.ImageDraw, busy: NDArray[np.bool_], word: Word) -> None:
    """The reading beside its box, at the largest size and first place that covers no ink, else the least."""
    label = _label_of(word)
    best: tuple[float, int, Box] | None = None
    for share, place in product(TEXT_HEIGHTS, range(PLACES)):
        size = int(min(TEXT_MAX, max(TEXT_MIN, share * word.box.height)))
        box = _places(_grown(word.box), *_size(label.text, size))[place]
        covered = _covered(busy, box)
        if best is None or covered < best[0]:
            best = covered, size, box
        if covered <= FREE:
            break
    if best is not None:
        _write(draw, label, best[1], best[2])
        _occupy(busy, best[2])


def _size(text: str, size: int) -> tuple[int, int]:
    """Width and height in px of a label, its margins included."""
    left, _, right, _ = _font(size).getbbox(text)
    return round(right - left) + size // 2, round(size * 1.15)


def _places(box: Box, width: int, height: int) -> list[Box]:
    """Where a label may stand: above, below, right and left of a box, then beyond a form's frame."""
    gap = 3 + height // 6
    middle = (box.top + box.bottom - height) // 2
    away = gap + round(BEYOND_FRAME * box.height)
    corners = [
        (box.left, box.top - gap - height),
        (box.left, box.bottom + gap),
        (box.right + gap, middle),
        (box.left - gap - width, middle),
        (box.right + away, middle),
        (box.left - away - width, middle),
    ]
    return [Box(x, y, x + width, y + height) for x, y in corners]


def _covered(busy: NDArray[np.bool_], box: Box) -> float:
    """Share of a label's box that lies on something; beyond the page counts as full."""
    height, width = busy.shape
    area = busy[max(0, box.top) : max(0, box.bottom), max(0, box.left) : max(0, box.right)]
    whole = box.width * box.height
    inside = max(0, min(width, box.right) - max(0, box.left)) * max(
        0, min(height, box.bottom) - max(0, box.top)
    )
    return float((int(np.count_nonzero(area)) + 2 * (whole - inside)) / whole)


def _write(draw: ImageDraw.ImageDraw, label: _Label, size: int, box: Box) -> None:
    if label.filled:
        draw.rectangle(_inclusive(box), fill=label.colour)
    middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    colour = WHITE if label.filled else label.colour
    edge = 0 if label.filled else max(1, size // HALO)
    draw.text(middle, label.text, colour, _font(size), anchor="mm", stroke_width=edge, stroke_fill=WHITE)


def _draw_legend(draw: ImageDraw.ImageDraw, busy: NDArray[np.bool_]) -> None:
    """What the two kinds of box mean, in the emptiest corner of the page."""
    height, width = busy.shape
    size = max(TEXT_MIN, width // LEGEND_SHARE)
    entries = [("read", False), ("to review, with confidence", True)]
    row = round(size * 1.9)
    across = round(max(_size(text, size)[0] for text, _ in entries) + 4.2 * size)
    box = min(
        _corners(width, height, across, row * len(entries) + size // 2), key=lambda b: _covered(busy, b)
    )
    draw.rectangle(_inclusive(box), fill=WHITE, outline=(120, 120, 120), width=max(1, size // 16))
    for line, (text, doubtful) in enumerate(entries):
        top = box.top + size // 4 + line * row
        swatch = Box(box.left + size, top + row // 4, box.left + round(3.2 * size), top + row - row // 4)
        _draw_box(draw, swatch, max(1, size // 12), doubtful=doubtful)
        colour = REVIEW_COLOUR if doubtful else OK_COLOUR
        draw.text((box.left + 4.2 * size, top + row / 2), text, colour, _font(size), anchor="lm")


def _corners(width: int, height: int, across: int, down: int) -> Iterator[Box]:
    margin = width // 60
    for y, x in product((margin, height - margin - down), (width - margin - across, margin)):
        yield Box(x, y, x + across, y + down)
