"""Make the sample pages: forms, tables, logs, letters with handwritten numbers, as a scanner gives them.

    python scripts/make_samples.py [--fonts fonts] [--to samples] [--seed N]

Writes `pages/` and `truth.csv` (one box a written or printed number) below `--to`. Every page has a writer:
either a handwriting font whose glyphs are bent, thickened and thinned one by one, or digits drawn as strokes
of a pen of varying pressure. The page then goes through a scanner: skew, paper, show-through, blur, noise,
dust. Lengths are millimetres on the sheet until the scan; boxes are pixels, top-left origin, half-open.

Leaves out: touching and overlapping digits, crossed-out numbers, stamps. The fonts come from
`scripts/fetch_fonts.py`; only families that never reach training are used. The same seed and the same
versions of NumPy, OpenCV and Pillow give the same bytes.
The bending of glyphs follows Simard, Steinkraus and Platt, "Best practices for convolutional neural networks
applied to visual document analysis" (ICDAR 2003).
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Coverage = NDArray[np.float32]  # (H, W), 0 bare paper .. 1 full ink
Grey = NDArray[np.uint8]  # (H, W), 0 black .. 255 white
Point = tuple[float, float]
Stroke = list[Point]

SEED = 20260
MM_PER_INCH = 25.4
A4 = (210.0, 297.0)  # mm
A5 = (148.0, 210.0)  # mm
SUPERSAMPLE = 4  # glyphs are drawn this much larger, then averaged down
FAINTEST_EDGE = 0.16  # of the blurred glyph: below it a thickened pen would ink bare paper
BOX_MARGIN = 0.22  # of the digit height, around the ink
COLUMNS = ["source", "page", "field", "left", "top", "right", "bottom", "text"]
EPOCH = time.gmtime(0)  # a PDF's dates, so that the same seed gives the same bytes

TYPEWRITER, SERIF, SANS = "cutive-mono", "domine", "cantarell"  # printed text
MARK_CHARACTERS = "0123456789.-/"

# The ten digits as strokes in a unit square, y downwards; each has one or more ways of writing it.
# Two strokes that share an end make a corner; every stroke is a smooth curve through its points.
DIGITS: dict[str, list[list[Stroke]]] = {
    "0": [
        [[(0.52, 0.01), (0.2, 0.14), (0.05, 0.5), (0.2, 0.88), (0.5, 1.0), (0.83, 0.84), (0.94, 0.45),
          (0.8, 0.12), (0.54, 0.0), (0.42, 0.05)]],
        [[(0.6, 0.03), (0.28, 0.08), (0.05, 0.42), (0.12, 0.82), (0.42, 1.0), (0.8, 0.86), (0.97, 0.5),
          (0.82, 0.14), (0.56, 0.03)]],
    ],
    "1": [
        [[(0.53, 0.0), (0.51, 0.5), (0.48, 1.0)]],
        [[(0.34, 0.2), (0.56, 0.0)], [(0.56, 0.0), (0.53, 0.5), (0.5, 1.0)]],
    ],
    "2": [
        [[(0.08, 0.24), (0.25, 0.05), (0.55, 0.0), (0.84, 0.14), (0.82, 0.38), (0.56, 0.66), (0.06, 0.98)],
         [(0.06, 0.98), (0.45, 0.96), (0.97, 0.97)]],
        [[(0.1, 0.26), (0.28, 0.04), (0.62, 0.01), (0.84, 0.2), (0.72, 0.5), (0.42, 0.8), (0.16, 0.97),
          (0.05, 0.9), (0.2, 0.82), (0.48, 0.92), (0.76, 1.0), (1.0, 0.9)]],
    ],
    "3": [
        [[(0.1, 0.12), (0.42, 0.0), (0.8, 0.12), (0.74, 0.34), (0.36, 0.47)],
         [(0.36, 0.47), (0.76, 0.54), (0.9, 0.78), (0.56, 1.0), (0.04, 0.88)]],
        [[(0.08, 0.04), (0.45, 0.04), (0.86, 0.02)], [(0.86, 0.02), (0.62, 0.22), (0.4, 0.42)],
         [(0.4, 0.42), (0.8, 0.5), (0.9, 0.78), (0.54, 1.0), (0.05, 0.9)]],
    ],
    "4": [
        [[(0.34, 0.0), (0.2, 0.32), (0.04, 0.62)], [(0.04, 0.62), (0.5, 0.6), (0.98, 0.57)],
         [(0.72, 0.22), (0.69, 0.6), (0.66, 1.0)]],
        [[(0.72, 0.0), (0.38, 0.34), (0.02, 0.68)], [(0.02, 0.68), (0.5, 0.67), (1.0, 0.65)],
         [(0.72, 0.0), (0.71, 0.5), (0.68, 1.0)]],
    ],
    "5": [
        [[(0.22, 0.02), (0.18, 0.24), (0.14, 0.44)],
         [(0.14, 0.44), (0.5, 0.36), (0.88, 0.56), (0.84, 0.86), (0.5, 1.0), (0.06, 0.9)],
         [(0.22, 0.03), (0.56, 0.04), (0.94, 0.0)]],
        [[(0.9, 0.01), (0.55, 0.03), (0.24, 0.04)], [(0.24, 0.04), (0.2, 0.24), (0.17, 0.42)],
         [(0.17, 0.42), (0.6, 0.38), (0.9, 0.64), (0.72, 0.94), (0.36, 1.0), (0.04, 0.88)]],
    ],
    "6": [
        [[(0.74, 0.0), (0.34, 0.26), (0.1, 0.62), (0.2, 0.92), (0.54, 1.0), (0.88, 0.82), (0.74, 0.57),
          (0.4, 0.58), (0.13, 0.76)]],
        [[(0.56, 0.0), (0.22, 0.34), (0.08, 0.72), (0.3, 0.99), (0.7, 0.96), (0.9, 0.74), (0.66, 0.55),
          (0.32, 0.62), (0.12, 0.82)]],
    ],
    "7": [
        [[(0.05, 0.08), (0.5, 0.05), (0.94, 0.02)], [(0.94, 0.02), (0.64, 0.42), (0.42, 1.0)]],
        [[(0.04, 0.16), (0.08, 0.04), (0.5, 0.06), (0.94, 0.02)], [(0.94, 0.02), (0.62, 0.44), (0.44, 1.0)],
         [(0.34, 0.5), (0.6, 0.48), (0.86, 0.46)]],
    ],
    "8": [
        [[(0.8, 0.16), (0.5, 0.0), (0.18, 0.15), (0.3, 0.38), (0.64, 0.55), (0.88, 0.78), (0.5, 1.0),
          (0.12, 0.8), (0.36, 0.53), (0.7, 0.34), (0.8, 0.12)]],
        [[(0.5, 0.46), (0.2, 0.3), (0.28, 0.06), (0.56, 0.0), (0.82, 0.14), (0.76, 0.34), (0.46, 0.48),
          (0.14, 0.7), (0.2, 0.94), (0.54, 1.0), (0.86, 0.84), (0.78, 0.6), (0.46, 0.46)]],
    ],
    "9": [
        [[(0.86, 0.18), (0.54, 0.0), (0.14, 0.18), (0.22, 0.47), (0.58, 0.48), (0.86, 0.18)],
         [(0.86, 0.18), (0.84, 0.55), (0.76, 1.0)]],
        [[(0.84, 0.14), (0.5, 0.0), (0.12, 0.2), (0.2, 0.48), (0.56, 0.48), (0.85, 0.16), (0.86, 0.5),
          (0.72, 0.86), (0.36, 1.0)]],
    ],
    ".": [[[(0.44, 0.95), (0.5, 0.98), (0.52, 1.0)]]],
    "-": [[[(0.1, 0.55), (0.5, 0.54), (0.9, 0.52)]]],
    "/": [[[(0.95, -0.05), (0.5, 0.5), (0.05, 1.08)]]],
}  # fmt: skip
DIGIT_WIDTH = 0.64  # of the height: the unit square's width on paper


class Glyph(NamedTuple):
    """One drawn character: its ink and where it lies, in pixels from the pen's place on the baseline."""

    ink: Coverage
    left: int
    top: int
    advance: float


class Truth(NamedTuple):
    """One number on a sheet: the corners of its ink, and how tall its digits are, in pixels."""

    field: str
    text: str
    corners: NDArray[np.float32]  # (4, 2) x, y
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A hand and its pen. Lengths are shares of the digit height."""

    font: str = ""  # a handwriting font's file stem; "" draws the digits as strokes
    slant: float = 0.0  # rightward lean: shift per unit of height
    pen: float = 0.085  # stroke width; for a font 0.085 leaves it as it is
    darkness: float = 0.85  # of full ink
    wobble: float = 0.035  # standard deviation of the baseline
    gap: float = 0.15  # mean space between digits
    bend: float = 0.03  # standard deviation of each bend
    grain: float = 0.0  # how much of the paper's tooth shows in the stroke: pencil, chalk
    habit: int = 0  # which of the ways of writing each digit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """How a sheet became pixels."""

    angle: float = 0.3  # degrees, clockwise positive
    paper: float = 0.93  # brightness of the bare paper
    black: float = 0.06  # brightness of full ink
    texture: float = 1.0  # strength of the paper's own structure
    shade: float = 0.015  # slow change of brightness over the page
    through: float = 0.03  # how far the back of the sheet shows
    gutter: float = 0.10  # shadow at the left edge
    blur: float = 0.0045  # optics, inches, standard deviation
    noise: float = 0.013  # of the sensor, standard deviation
    dust: int = 30
    holes: bool = False
    fold: bool = False


# ---------------------------------------------------------------- glyphs


def smooth_noise(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> Coverage:
    """A slowly changing random field: (H, W) float32, standard deviation about 1 at its nodes."""
    nodes = rng.standard_normal((cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(nodes, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def curve(points: NDArray[np.float64], steps: int = 24) -> NDArray[np.float64]:
    """A Catmull-Rom curve through the points: (N, 2) to (about N * steps, 2)."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.vstack([*pieces, points[-1:]])


def shaken(strokes: list[Stroke], writer: Writer, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """The strokes as this hand wrote them this once; ends that met still meet."""
    moved: dict[Point, NDArray[np.float64]] = {}
    turn = np.deg2rad(rng.normal(0, 2.5))
    width = DIGIT_WIDTH * rng.normal(1, 0.09)
    tall = rng.normal(1, 0.05)
    bow = rng.normal(0, writer.bend * 0.8)
    for stroke in strokes:
        for x, y in stroke:
            if (x, y) not in moved:
                dx, dy = rng.normal(0, writer.bend, 2) * 0.75
                u, v = (x - 0.5) * width + dx + bow * np.sin(np.pi * y), (y - 1) * tall + dy
                u += -writer.slant * v
                cos, sin = np.cos(turn), np.sin(turn)
                moved[x, y] = np.array([u * cos - v * sin, u * sin + v * cos])
    return [np.array([moved[p] for p in stroke]) for stroke in strokes]


def pressure(path: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """How hard the pen is pressed along a path: (N,), around 1; downstrokes heavier, the lift lighter."""
    n = len(path)
    slow = np.interp(np.linspace(0, 3, n), range(4), rng.normal(1, 0.14, 4))
    down = np.gradient(path[:, 1])
    down = 1 + 0.14 * np.clip(down / (np.abs(np.gradient(path[:, 0])) + np.abs(down) + 1e-9), -1, 1)
    place = np.linspace(0, 1, n)
    lift = np.minimum(1, 0.72 + place * 5) * np.minimum(1, 0.5 + (1 - place) * 3.5)
    return np.asarray(np.clip(slow * down * lift, 0.4, 1.6))


def draw_strokes(character: str, height: float, writer: Writer, rng: np.random.Generator) -> Glyph:
    """A digit, point, dash or slash as strokes of the writer's pen, `height` px tall."""
    ways = DIGITS[character]
    strokes = shaken(ways[(writer.habit >> (ord(character) % 10)) % len(ways)], writer, rng)
    scale, margin = height * SUPERSAMPLE, int(0.6 * height) * SUPERSAMPLE
    size = int(scale + 2 * margin)
    canvas = np.zeros((size, size), np.uint8)
    for points in strokes:
        path = curve(points)
        radii = np.maximum(writer.pen * pressure(path, rng) * scale / 2, 0.8)
        for (x, y), radius in zip(path, radii, strict=True):
            centre = (round((x * scale + size / 2) * 16), round((y * scale + size - margin) * 16))
            cv2.circle(canvas, centre, round(radius * 16), 255, -1, cv2.LINE_AA, 4)
    ink = grained((canvas / 255).astype(np.float32), writer, rng)
    return trimmed(ink, size / 2 / SUPERSAMPLE, (size - margin) / SUPERSAMPLE, 0.0)


@lru_cache(maxsize=64)
def font_at(path: Path, height: float) -> ImageFont.FreeTypeFont:
    """The font at the size where its 0 is `height` px tall."""
    probe = ImageFont.truetype(str(path), 200)
    _, top, _, bottom = probe.getbbox("0")
    return ImageFont.truetype(str(path), 200 * height / (bottom - top))


def draw_font_glyph(
    character: str, height: float, writer: Writer, rng: np.random.Generator, fonts: Path
) -> Glyph:
    """A character of the writer's font, turned, bent, and pressed unevenly."""
    font = font_at(font_file(fonts, writer.font), height * SUPERSAMPLE)
    margin = int(1.1 * height * SUPERSAMPLE)
    advance = font.getlength(character)
    canvas = Image.new("L", (int(advance) + 2 * margin, int(1.4 * height * SUPERSAMPLE) + 2 * margin))
    base = canvas.height - margin
    ImageDraw.Draw(canvas).text((margin, base), character, fill=255, font=font, anchor="ls")
    plain = np.asarray(canvas, np.float32) / 255
    centre = margin + advance / 2
    turn, lean = np.deg2rad(rng.normal(0, 2.0)), -writer.slant + rng.normal(0, 0.03)
    wide, tall = rng.normal(1, 0.05), rng.normal(1, 0.04)
    y, x = np.mgrid[0 : plain.shape[0], 0 : plain.shape[1]].astype(np.float32)
    u, v = (x - centre) / wide, (y - base) / tall
    u, v = u - lean * v + turn * v, v - turn * u
    reach = writer.bend * 1.1 * height * SUPERSAMPLE
    u = u + centre + reach * smooth_noise(plain.shape, 5, rng)
    v = v + base + reach * smooth_noise(plain.shape, 5, rng)
    bent = cv2.remap(plain, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(bent, (0, 0), 0.035 * height * SUPERSAMPLE)
    level = 0.5 - (writer.pen - 0.085) * 8 + 0.07 * smooth_noise(plain.shape, 7, rng)
    level = np.maximum(level, FAINTEST_EDGE)
    pressed = np.clip((soft - level) * 6 + 0.5, 0, 1).astype(np.float32)
    ink = grained(pressed, writer, rng)
    return trimmed(ink, margin / SUPERSAMPLE, base / SUPERSAMPLE, advance / SUPERSAMPLE)


def grained(large: Coverage, writer: Writer, rng: np.random.Generator) -> Coverage:
    """The glyph at its real size, its ink as dense as this pen lays it."""
    height, width = (n // SUPERSAMPLE for n in large.shape)
    ink = np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    flow = 1 - 0.10 * np.abs(smooth_noise(ink.shape, 6, rng)) - abs(rng.normal(0, 0.05))
    tooth = cv2.GaussianBlur(rng.standard_normal(ink.shape).astype(np.float32), (0, 0), 0.8) * 2
    density = np.clip(flow - writer.grain * np.clip(tooth + 0.4, 0, 2), 0.05, 1)
    return np.asarray(ink * density, np.float32)


def trimmed(ink: Coverage, origin: float, base: float, advance: float) -> Glyph:
    """The glyph cut to its ink."""
    rows, columns = np.flatnonzero(ink.max(1) > 0.04), np.flatnonzero(ink.max(0) > 0.04)
    if not len(rows):
        return Glyph(np.zeros((1, 1), np.float32), 0, 0, advance)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return Glyph(ink[top:bottom, left:right], round(left - origin), round(top - base), advance)


def font_file(fonts: Path, stem: str) -> Path:
    """Where a family lies below the fonts folder."""
    for group in ("hand-test", "print-test", "hand", "print"):
        if (path := fonts / group / f"{stem}.ttf").exists():
            return path
    raise FileNotFoundError(f"{fonts}: no {stem}.ttf; run scripts/fetch_fonts.py first")


# ---------------------------------------------------------------- sheets


@dataclass(slots=True)
class Sheet:
    """One side of paper, being written on. Places are millimetres; ink is (H, W), 0 bare .. 1 black."""

    size: tuple[float, float]
    dpi: int
    rng: np.random.Generator
    fonts: Path
    ink: Coverage = field(init=False)
    truth: list[Truth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ink = np.zeros((self.px(self.size[1]), self.px(self.size[0])), np.float32)

    def px(self, mm: float) -> int:
        return round(mm * self.dpi / MM_PER_INCH)

    def stamp(self, ink: Coverage, left: int, top: int) -> None:
        """Lay ink over what is there already."""
        height, width = self.ink.shape
        ink = ink[max(0, -top) : height - top, max(0, -left) : width - left]
        place = self.ink[max(0, top) : max(0, top) + ink.shape[0], max(0, left) : max(0, left) + ink.shape[1]]
        place[:] = 1 - (1 - place) * (1 - ink)

    def line(
        self, x0: float, y0: float, x1: float, y1: float, width: float = 0.3, dark: float = 0.75
    ) -> None:
        """A printed rule."""
        ends = np.array([(self.px(x0), self.px(y0)), (self.px(x1), self.px(y1))])
        thick = max(1, self.px(width))
        low, high = np.maximum(ends.min(0) - thick - 2, 0), ends.max(0) + thick + 3
        place = self.ink[low[1] : high[1], low[0] : high[0]]
        layer: Grey = np.zeros(place.shape, np.uint8)
        start, end = (ends - low).tolist()
        cv2.line(layer, start, end, round(dark * 255), thick, cv2.LINE_AA)
        np.maximum(place, layer.astype(np.float32) / 255, out=place)

    def rectangle(
        self, x: float, y: float, w: float, h: float, width: float = 0.3, dark: float = 0.75
    ) -> None:
        """A printed box."""
        for ends in ((x, y, x + w, y), (x, y + h, x + w, y + h), (x, y, x, y + h), (x + w, y, x + w, y + h)):
            self.line(*ends, width=width, dark=dark)

    def print(
        self, text: str, x: float, y: float, size: float, font: str = SANS, *, dark: float = 0.88,
        name: str = "", anchor: str = "ls",
    ) -> None:  # fmt: skip
        """Printed text on the baseline y, with digits `size` mm tall; a named number is recorded as truth."""
        height = size * self.dpi / MM_PER_INCH
        face = font_at(font_file(self.fonts, font), height * SUPERSAMPLE)
        left, top, right, bottom = (round(n) for n in face.getbbox(text, anchor=anchor))
        grid = SUPERSAMPLE
        left, top = left // grid * grid - grid, top // grid * grid - grid
        canvas = Image.new(
            "L", (-(-(right - left) // grid) * grid + grid, -(-(bottom - top) // grid) * grid + grid)
        )
        ImageDraw.Draw(canvas).text((-left, -top), text, fill=255, font=face, anchor=anchor)
        ink = np.asarray(np.asarray(canvas.reduce(grid)) * (dark / 255), np.float32)
        place = (self.px(x) + left // grid, self.px(y) + top // grid)
        self.stamp(ink, *place)
        if name:
            self.record(
                name,
                text,
                (place[0] + 1, place[1] + 1, place[0] + ink.shape[1], place[1] + ink.shape[0]),
                height,
            )

    def write(
        self,
        text: str,
        x: float,
        y: float,
        height: float,
        writer: Writer,
        *,
        name: str = "",
        align: str = "left",
    ) -> float:
        """Handwriting on the baseline y; answers where it ends. A named number is recorded as truth."""
        tall = height * self.dpi / MM_PER_INCH
        placed, width = self.laid_out(text, tall, writer)
        start = self.px(x) - {"left": 0, "centre": width // 2, "right": width}[align]
        slope = self.rng.normal(0, 0.010)
        edges = []
        for glyph, pen in placed:
            left = start + pen
            wobble = self.rng.normal(0, writer.wobble) * tall * (1 if glyph.advance == 0 else 0.6)
            top = round(self.px(y) + glyph.top + wobble + slope * pen)
            self.stamp(glyph.ink * writer.darkness, left, top)
            edges.append((left, top, left + glyph.ink.shape[1], top + glyph.ink.shape[0]))
        if name and edges:
            box = np.array(edges)
            self.record(name, text, (*box[:, :2].min(0), *box[:, 2:].max(0)), tall)
        return (start + width) * MM_PER_INCH / self.dpi

    def laid_out(self, text: str, tall: float, writer: Writer) -> tuple[list[tuple[Glyph, int]], int]:
        """The glyphs of a text with their left edges, from 0, and the whole width, in pixels."""
        number = all(c in MARK_CHARACTERS + " " for c in text)
        placed, pen, edge = [], 0.0, 0
        for character in text:
            if character == " ":
                pen += (0.5 if number else 0.42) * tall * self.rng.normal(1, 0.1)
                continue
            glyph = self.glyph(character, tall, writer)
            left = round(pen if number else pen + glyph.left)
            placed.append((glyph._replace(advance=0.0) if number else glyph, left))
            edge = max(edge, left + glyph.ink.shape[1])
            gap = max(0.045, self.rng.normal(writer.gap, 0.05)) * tall
            pen = (
                left + glyph.ink.shape[1] + gap if number else pen + glyph.advance * self.rng.normal(1, 0.02)
            )
        return placed, edge

    def glyph(self, character: str, tall: float, writer: Writer) -> Glyph:
        if writer.font:
            return draw_font_glyph(character, tall, writer, self.rng, self.fonts)
        return draw_strokes(character, tall, writer, self.rng)

    def record(self, name: str, text: str, box: tuple[float, float, float, float], height: float) -> None:
        left, top, right, bottom = (float(n) for n in box)
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
        self.truth.append(Truth(name, text, corners, height))

    def as_one(self, first: int, name: str, text: str) -> None:
        """Make one record of those from the `first` on: a number whose digits were written one by one."""
        corners = np.concatenate([truth.corners for truth in self.truth[first:]])
        height = self.truth[-1].height
        del self.truth[first:]
        self.record(name, text, (*corners.min(0), *corners.max(0)), height)


# ---------------------------------------------------------------- the scanner


class Shot(NamedTuple):
    """A scanned page: its pixels, and the truth in their coordinates."""

    grey: Grey
    truth: list[Truth]


def paper_structure(shape: tuple[int, int], rng: np.random.Generator) -> Coverage:
    """What an empty sheet looks like: (H, W) float32, standard deviation about 0.01 around 0."""
    cloud = smooth_noise(shape, 40, rng) * 0.004
    fine = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), 1.3) * 0.022
    fibres = np.zeros(shape, np.uint8)
    for _ in range(shape[0] * shape[1] // 9000):
        x, y = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        steps = np.cumsum(rng.normal(0, 1.5, (6, 2)) + rng.normal(0, 2, 2), 0) + np.array((x, y))
        cv2.polylines(
            fibres, [np.round(steps * 8).astype(np.int32)], False, int(rng.integers(60, 255)), 1, 16, 3
        )
    return (cloud + fine - 0.03 * fibres.astype(np.float32) / 255).astype(np.float32)


def rotation(shape: tuple[int, int], degrees: float) -> NDArray[np.float64]:
    """A turn about the page's middle: (3, 3)."""
    turn = cv2.getRotationMatrix2D((shape[1] / 2, shape[0] / 2), -degrees, 1.0)
    return np.vstack([turn, [0, 0, 1]])


def warped(
    sheet: Sheet, light: Coverage, way: NDArray[np.float64], beyond: float
) -> tuple[Coverage, list[Truth]]:
    """The page and its truth moved by a homography; `beyond` is the brightness outside the sheet."""
    height, width = light.shape
    moved = cv2.warpPerspective(light, way, (width, height), flags=cv2.INTER_CUBIC, borderValue=(beyond,))
    truth = [t._replace(corners=cv2.perspectiveTransform(t.corners[None], way)[0]) for t in sheet.truth]
    return np.asarray(moved, np.float32), truth


def scan(
    sheet: Sheet, how: Scan, way: NDArray[np.float64] | None = None, beyond: float = 0.8
) -> tuple[Coverage, list[Truth]]:
    """The sheet under the scanner's lid: brightness 0..1, before the sensor."""
    rng, shape = sheet.rng, sheet.ink.shape
    unit = sheet.dpi / 150
    paper = how.paper + how.texture * paper_structure(shape, rng) + how.shade * smooth_noise(shape, 4, rng)
    back = cv2.GaussianBlur(np.roll(sheet.ink[:, ::-1], sheet.px(7), 0), (0, 0), 2.2 * unit)
    light = paper * (1 - how.through * back)
    if how.fold:
        across = np.abs(np.arange(shape[0]) - shape[0] * 0.5 + 3 * unit)[:, None].astype(np.float32)
        light = light - 0.06 * np.exp(-((across / (1.6 * unit)) ** 2)) - 0.03 * np.exp(-across / (40 * unit))
    light = how.black + (light - how.black) * (1 - sheet.ink)
    if how.holes:
        punch(sheet, light)
    light, truth = warped(
        sheet, light.astype(np.float32), rotation(shape, how.angle) if way is None else way, beyond
    )
    x = np.arange(shape[1], dtype=np.float32)[None]
    light = light * (
        1 - how.gutter * np.exp(-x / (0.03 * shape[1])) - 0.4 * how.gutter * np.exp(-(shape[1] - x) / 8)
    )
    return light.astype(np.float32), truth


def punch(sheet: Sheet, light: Coverage) -> None:
    """Two filing holes in the left margin, the lid's grey showing through them, a shadow on one side."""
    for y in (sheet.size[1] / 2 - 40, sheet.size[1] / 2 + 40):
        centre = (sheet.px(11), sheet.px(y))
        cv2.circle(light, (centre[0] + 1, centre[1] + 1), sheet.px(3.05), 0.30, -1, cv2.LINE_AA)
        cv2.circle(light, centre, sheet.px(2.8), 0.52, -1, cv2.LINE_AA)


def sensed(light: Coverage, how: Scan, dpi: int, rng: np.random.Generator) -> Grey:
    """What the sensor makes of the light: blur, dust on the glass, noise, 8 bits."""
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), max(0.5, how.blur * dpi)), np.float32)
    for _ in range(how.dust):
        centre = (int(rng.integers(light.shape[1]) * 16), int(rng.integers(light.shape[0]) * 16))
        radius = dpi / 150 * min(rng.exponential(0.55) + 0.3, 2.0)
        shade = float(light[centre[1] // 16, centre[0] // 16]) * float(rng.uniform(0.35, 0.9))
        axes = (round(radius * 16), round(radius * rng.uniform(0.5, 1) * 16))
        cv2.ellipse(light, centre, axes, int(rng.integers(180)), 0, 360, shade, -1, cv2.LINE_AA, 4)
    grain = rng.standard_normal(light.shape).astype(np.float32) * how.noise
    grain = 0.55 * grain + 1.4 * cv2.GaussianBlur(grain, (0, 0), 0.8)
    return np.asarray(np.clip((light + grain) * 255 + 0.5, 0, 255), np.uint8)


def scanned(sheet: Sheet, how: Scan) -> Shot:
    light, truth = scan(sheet, how)
    return Shot(sensed(light, how, sheet.dpi, sheet.rng), truth)


def few_levels(grey: Grey, white: int = 222, step: int = 17) -> Grey:
    """Paper clipped to white as office scanners do, the rest in 16 levels: a PNG that packs well."""
    stretched = np.clip(grey.astype(np.float32) * (255 / white), 0, 255)
    return np.asarray(np.round(stretched / step) * step, np.uint8)


def two_levels(grey: Grey, level: int = 150) -> Image.Image:
    return Image.fromarray(grey).point(lambda v: 255 if v > level else 0).convert("1")


# ---------------------------------------------------------------- the pages


@dataclass(frozen=True, slots=True)
class Desk:
    """What a page is made with."""

    rng: np.random.Generator
    fonts: Path

    def sheet(self, size: tuple[float, float], dpi: int) -> Sheet:
        return Sheet(size, dpi, self.rng, self.fonts)

    def number(self, digits: int) -> str:
        return "".join(str(d) for d in self.rng.integers(0, 10, digits))

    def count(self, below: int) -> str:
        return str(self.rng.integers(1, below))


def listed(text: str) -> list[str]:
    """The names in a text, parted by semicolons."""
    return [" ".join(name.split()) for name in text.split(";")]


@dataclass(slots=True)
class Made:
    """A finished file: its pages as images with their truth, and how to save them."""

    pages: list[tuple[Image.Image, list[Truth]]]
    save: dict[str, object] = field(default_factory=dict)


Page = Callable[[Desk], Made]

ANNA = Writer(pen=0.085, slant=0.10, habit=0b1001101010, darkness=0.86)
BORIS = Writer(pen=0.115, slant=-0.04, habit=0b0110010101, darkness=0.92, bend=0.026, gap=0.13)
CARLA = Writer(pen=0.07, slant=0.22, habit=0b1110001011, darkness=0.8, wobble=0.05, gap=0.17)
DAVID = Writer(pen=0.10, slant=0.04, habit=0b0000111100, darkness=0.88, bend=0.036)
EMIL = Writer(font="mynerve", darkness=0.86, pen=0.09)
FRIDA = Writer(font="vibur", darkness=0.88, pen=0.075, gap=0.13)
GRETA = Writer(font="chilanka", darkness=0.85, slant=0.06, pen=0.085, bend=0.04)
HUGO = Writer(font="nanum-brush-script", darkness=0.9, pen=0.105, gap=0.14, bend=0.022)
IRENE = Writer(font="kristi", darkness=0.84, pen=0.085)


def rows(desk: Desk) -> Made:
    """Plain rows of numbers on a blank sheet."""
    sheet = desk.sheet(A4, 150)
    for row in range(13):
        y, x = 32 + row * 19.0 + desk.rng.normal(0, 0.8), 24 + desk.rng.normal(0, 2)
        for column in range(4):
            text = desk.number(int(desk.rng.integers(3, 7)))
            end = sheet.write(text, x, y, 6.2, ANNA, name=f"r{row + 1}c{column + 1}")
            x = max(end + 9, x + 42) + desk.rng.normal(0, 1.2)
    shot = scanned(sheet, Scan(angle=-0.4, fold=True, gutter=0.04))
    return Made(
        [(Image.fromarray(few_levels(shot.grey, 214)), shot.truth)], {"optimize": True, "dpi": (150, 150)}
    )


def exam_form(desk: Desk) -> Made:
    """A mark sheet: printed labels, a box for every mark."""
    sheet = desk.sheet(A4, 200)
    sheet.print("County School Board", 24, 26, 3.6, SERIF)
    sheet.print("Examiner's mark sheet  -  use black ink, write one number in each box", 24, 34, 2.3)
    sheet.line(24, 38, 188, 38, 0.5)
    for label, name, digits, x in (("Centre", "centre", 5, 52), ("Candidate", "candidate", 4, 128)):
        sheet.print(label, x - 28, 52, 2.7)
        sheet.rectangle(x, 44, 44, 12)
        sheet.write(desk.number(digits), x + 22, 53.6, 6.4, EMIL, name=name, align="centre")
    for half in range(2):
        x = 24 + half * 86
        sheet.print("Question", x, 72, 2.5)
        sheet.print("Mark", x + 36, 72, 2.5)
        for i in range(10):
            y = 76 + i * 17.5
            sheet.print(f"{'AB'[half]} {'abcdefghij'[i]}", x + 4, y + 8.6, 2.8, SERIF)
            sheet.rectangle(x + 32, y, 30, 13)
            if (half, i) not in ((0, 6), (1, 9)):  # two questions nobody answered
                text = desk.count(30 if i % 3 else 100)
                place = x + 47 + desk.rng.normal(0, 2)
                sheet.write(
                    text,
                    place,
                    y + 10 + desk.rng.normal(0, 0.5),
                    6.6,
                    EMIL,
                    name=f"{'ab'[half]}{i + 1}",
                    align="centre",
                )
    sheet.print("Total", 110, 268, 3.0, SERIF)
    sheet.rectangle(142, 258, 34, 15, 0.6)
    sheet.write(desk.number(3), 159, 270, 7, EMIL, name="total", align="centre")
    sheet.print("Examiner", 24, 268, 2.5)
    sheet.line(42, 269, 98, 269, 0.2)
    sheet.write("Irene Moss", 46, 267.5, 4.6, replace(IRENE, slant=0.1))
    shot = scanned(sheet, Scan(angle=0.35, gutter=0.06))
    return Made(
        [(Image.fromarray(few_levels(shot.grey, 216)), shot.truth)], {"optimize": True, "dpi": (200, 200)}
    )


def comb_form(desk: Desk) -> Made:
    """Comb boxes, one digit a cell, scanned as one bit."""
    sheet = desk.sheet(A4, 300)
    sheet.print("Meter point registration", 22, 28, 4.2, SERIF)
    sheet.print("Please write clearly inside the boxes. Do not staple.", 22, 37, 2.4)
    labels = listed("""
        Account number; Meter serial number; Postcode; Date of birth; Telephone; Reading, day;
        Reading, night; Contract; Sort code; Reference
    """)
    for i, (label, cells) in enumerate(zip(labels, (10, 12, 5, 8, 11, 6, 6, 9, 6, 12), strict=True)):
        y = 50 + i * 22.0
        sheet.print(label, 22, y + 7.6, 2.6)
        sheet.rectangle(75, y, cells * 8.6, 11, 0.35, 0.8)
        for c in range(1, cells):
            sheet.line(75 + c * 8.6, y, 75 + c * 8.6, y + 11, 0.25, 0.8)
        text, first = desk.number(cells), len(sheet.truth)
        for c, digit in enumerate(text):
            x = 75 + (c + 0.5) * 8.6 + desk.rng.normal(0, 0.5)
            sheet.write(digit, x, y + 9 + desk.rng.normal(0, 0.35), 6.5, DAVID, name="cell", align="centre")
        sheet.as_one(first, label.lower().replace(",", "").replace(" ", "-"), text)
    shot = scanned(sheet, Scan(angle=-0.25, noise=0.03, dust=60, through=0.02))
    return Made([(two_levels(shot.grey), shot.truth)], {"optimize": True, "dpi": (300, 300)})


def meter_table(desk: Desk) -> Made:
    """A ruled table of meter readings."""
    sheet = desk.sheet(A4, 200)
    sheet.print("WATER METER READINGS", 20, 24, 3.4, TYPEWRITER)
    sheet.print("Quarter ending:", 128, 24, 2.4, TYPEWRITER)
    sheet.write("June", 171, 24, 4.4, replace(EMIL, darkness=0.8))
    edges = [20.0, 62.0, 94.0, 126.0, 158.0, 192.0]
    tops = [32.0 + i * 11.6 for i in range(21)]
    for y in tops:
        sheet.line(edges[0], y, edges[-1], y, 0.6 if y in (tops[0], tops[1], tops[-1]) else 0.22, 0.7)
    for x in edges:
        sheet.line(x, tops[0], x, tops[-1], 0.3, 0.7)
    for label, x in zip(("Street", "April", "May", "June", "Use"), edges, strict=False):
        sheet.print(label, x + 4, tops[0] + 7.6, 2.5, TYPEWRITER)
    streets = listed("""
        Mill Lane; Harbour Rd; Church St; Elm Row; North End; Quay Side; Park View; The Green;
        Bridge St; Castle Hill; Orchard Way; Station Rd; Field Close; High Street; West Gate; Long
        Acre; Abbey Walk; Tanner Row; Kiln Lane
    """)
    for r, street in enumerate(streets):
        base = tops[r + 1] + 8.7
        sheet.print(street, 23, base - 0.6, 2.3, TYPEWRITER)
        readings = np.cumsum([desk.rng.integers(1000, 90000), *desk.rng.integers(12, 380, 2)])
        for c, text in enumerate(
            [*(f"{reading:05d}" for reading in readings), str(readings[2] - readings[0])]
        ):
            x, y = edges[c + 2] - 4 + desk.rng.normal(0, 1.2), base + desk.rng.normal(0, 0.4)
            sheet.write(text, x, y, 5.0, BORIS, name=f"r{r + 1}c{c + 1}", align="right")
    shot = scanned(sheet, Scan(angle=0.5, paper=0.88, gutter=0.16, through=0.05))
    return Made([(Image.fromarray(shot.grey), shot.truth)], {"quality": 62, "dpi": (200, 200)})


def skewed(desk: Desk) -> Made:
    """Stock counts, laid on the glass carelessly."""
    sheet = desk.sheet(A4, 150)
    sheet.write("Stock count", 30, 40, 6, replace(FRIDA, pen=0.08))
    for r in range(15):
        for c in range(3):
            x, y = 52 + c * 52 + desk.rng.normal(0, 1.5), 62 + r * 13.6 + desk.rng.normal(0, 0.5)
            sheet.write(
                desk.number(int(desk.rng.integers(2, 6))),
                x,
                y,
                5.8,
                FRIDA,
                name=f"r{r + 1}c{c + 1}",
                align="centre",
            )
    shot = scanned(sheet, Scan(angle=3.2, gutter=0.03))
    return Made([(Image.fromarray(shot.grey), shot.truth)], {"quality": 66, "dpi": (150, 150)})


def pencil(desk: Desk) -> Made:
    """Faint pencil on lined paper."""
    sheet = desk.sheet(A4, 150)
    for i in range(29):
        sheet.line(0, 34 + i * 8.8, 210, 34 + i * 8.8, 0.18, 0.10)
    writer = replace(CARLA, darkness=0.42, grain=0.22, pen=0.085)
    for r in range(14):
        x = 26.0 + desk.rng.normal(0, 1.5)
        for c in range(3):
            text = desk.number(int(desk.rng.integers(3, 7)))
            y = 34 + (2 * r + 1) * 8.8 - 0.8
            sheet.write(text, x, y, 6.4, writer, name=f"r{r + 1}c{c + 1}")
            x += 56 + desk.rng.normal(0, 2)
    shot = scanned(sheet, Scan(angle=-0.5, paper=0.90, through=0.0, gutter=0.05))
    return Made([(Image.fromarray(shot.grey), shot.truth)], {"quality": 60, "dpi": (150, 150)})


def microfilm(desk: Desk) -> Made:
    """A register page as a negative microfilm shows it: light writing on a dark ground, scratched."""
    sheet = desk.sheet(A4, 150)
    sheet.print("REGISTER OF ARRIVALS", 60, 30, 3.4, SERIF)
    for i in range(17):
        sheet.line(18, 40 + i * 14, 196, 40 + i * 14, 0.25, 0.45)
    names = listed("""
        Ahlberg; Brandt; Costa; Dufour; Eriksen; Farrow; Gallo; Hansen; Ivanov; Jensen; Keller;
        Lindh; Moreau; Novak; Olsen; Petit
    """)
    for r, name in enumerate(names):
        y = 51 + r * 14.0
        sheet.write(name, 22, y, 5.2, replace(IRENE, pen=0.11))
        for c, x in enumerate((112, 152, 190)):
            text = desk.number(5) if c == 0 else desk.count(400 if c == 1 else 60)
            sheet.write(text, x, y, 6.0, replace(DAVID, slant=0.14), name=f"r{r + 1}c{c + 1}", align="right")
    how = Scan(angle=0.4, paper=0.80, black=0.10, noise=0.03, dust=90, gutter=0.0, blur=0.006, shade=0.03)
    light, truth = scan(sheet, how)
    for _ in range(7):
        x = int(desk.rng.integers(light.shape[1]))
        cv2.line(
            light,
            (x, 0),
            (x + int(desk.rng.integers(-9, 9)), light.shape[0]),
            float(desk.rng.uniform(0.6, 0.72)),
            1,
        )
    shot = Shot(255 - sensed(light, how, 150, desk.rng), truth)
    return Made([(Image.fromarray(shot.grey), truth)], {"quality": 58, "dpi": (150, 150)})


def parcels(desk: Desk) -> Made:
    """Three delivery lists as a fax machine or a document scanner keeps them: Group 4, one bit, 300 dpi."""
    pages = []
    for page, writer in enumerate((GRETA, BORIS, ANNA)):
        sheet = desk.sheet(A4, 300)
        sheet.print("PARCEL LIST", 24, 28, 4.4, TYPEWRITER)
        sheet.print("sheet", 150, 28, 2.8, TYPEWRITER)
        sheet.print(str(page + 1), 170, 28, 2.8, TYPEWRITER, name="sheet")
        for i in range(11):
            sheet.line(24, 56 + i * 20, 190, 56 + i * 20, 0.2, 0.8)
            if i == 10:
                continue
            y = 56 + i * 20 - 2.4 + 20
            sheet.print("Parcel", 26, y, 2.6, TYPEWRITER)
            sheet.write(desk.number(8), 48, y, 6.2, writer, name=f"parcel{i + 1}")
            sheet.print("weight", 128, y, 2.6, TYPEWRITER)
            sheet.write(desk.count(32), 163, y, 6.2, writer, name=f"weight{i + 1}", align="right")
            sheet.print("kg", 168, y, 2.6, TYPEWRITER)
        shot = scanned(sheet, Scan(angle=(-0.5, 0.3, 0.15)[page], noise=0.03, dust=70, gutter=0.3))
        pages.append((two_levels(shot.grey), shot.truth))
    return Made(pages, {"compression": "group4", "dpi": (300, 300)})


def delivery_notes(desk: Desk) -> Made:
    """Two delivery notes as a copier's PDF: one JPEG a page."""
    pages = []
    goods = ["Bolts, hex", "Washers", "Hinges", "Timber", "Plaster", "Cement", "Nails", "Paint"]
    for page in range(2):
        sheet = desk.sheet(A5, 300)
        sheet.print("Delivery note", 14, 20, 4.4, SERIF)
        sheet.print("No.", 92, 20, 3.0, SERIF)
        sheet.print(desk.number(6), 102, 20, 3.4, TYPEWRITER, name="note")
        for x, label in ((14, "Goods"), (66, "Ordered"), (100, "Delivered")):
            sheet.print(label, x, 40, 2.4)
        sheet.line(14, 43, 134, 43, 0.5)
        for r, name in enumerate(goods):
            y = 56 + r * 15.0
            sheet.print(name, 14, y, 2.6, SERIF)
            ordered = desk.count(500)
            sheet.print(ordered, 84, y, 2.8, TYPEWRITER, name=f"ordered{r + 1}", anchor="rs")
            sheet.write(
                ordered if r % 3 else desk.count(400),
                124,
                y,
                6.0,
                HUGO,
                name=f"delivered{r + 1}",
                align="right",
            )
            sheet.line(14, y + 3.5, 134, y + 3.5, 0.15, 0.5)
        sheet.print("Received by", 14, 190, 2.4)
        sheet.write("J. Farrow" if page else "M. Keller", 46, 189, 5.5, HUGO)
        shot = scanned(
            sheet, Scan(angle=(0.45, -0.3)[page], paper=0.95, noise=0.006, texture=0.5, through=0.02)
        )
        pages.append((Image.fromarray(few_levels(shot.grey, 226, 5)), shot.truth))
    return Made(
        pages,
        {
            "resolution": 300.0,
            "quality": 50,
            "creationDate": EPOCH,
            "modDate": EPOCH,
            "producer": "",
            "title": "Delivery notes",
        },
    )


def ledger(desk: Desk) -> Made:
    """A ledger page: printed and handwritten numbers among words."""
    sheet = desk.sheet(A4, 200)
    sheet.print("Cash book", 24, 28, 4.6, SERIF)
    sheet.print("Folio", 158, 28, 2.8, SERIF)
    sheet.print(desk.number(3), 172, 28, 3.2, SERIF, name="folio")
    for x in (40, 130, 161):
        sheet.line(x, 36, x, 280, 0.2, 0.4)
    sheet.line(20, 36, 194, 36, 0.5, 0.6)
    entries = listed("""
        Cash from the sale of hay; Paid to Mr Harper; Seed and tools; Wages for two men; Rent
        received; Mending the roof; To the blacksmith; Eggs and butter; Carriage of coal; Church
        collection; One new saddle; Lamp oil; Sale of wool; Doctor's account; Timber for the barn
    """)
    for r, entry in enumerate(entries):
        y = 51 + r * 15.6
        sheet.line(20, y + 2.2, 194, y + 2.2, 0.15, 0.22)
        sheet.print(str(4021 + 7 * r), 36, y, 2.5, SERIF, name=f"entry{r + 1}", anchor="rs")
        sheet.write(entry, 43, y, 4.4, replace(EMIL, pen=0.08))
        if r % 4 != 2:
            sheet.write(
                desk.count(900), 156, y, 5.0, replace(EMIL, pen=0.08), name=f"in{r + 1}", align="right"
            )
        if r % 4 != 1:
            sheet.write(
                desk.count(3000), 190, y, 5.0, replace(EMIL, pen=0.08), name=f"out{r + 1}", align="right"
            )
    shot = scanned(sheet, Scan(angle=-0.45, paper=0.85, texture=1.4, shade=0.03, through=0.07, gutter=0.3))
    return Made([(Image.fromarray(shot.grey), shot.truth)], {"quality": 60, "dpi": (200, 200)})


def phone_photo(desk: Desk) -> Made:
    """A sheet on a table, photographed by lamplight: perspective, a shadow, colour."""
    sheet = desk.sheet(A4, 170)
    sheet.write("Seats taken", 28, 38, 6, GRETA)
    for r in range(12):
        for c in range(3):
            x, y = 34 + c * 54 + desk.rng.normal(0, 2), 62 + r * 17.5 + desk.rng.normal(0, 0.8)
            sheet.write(desk.number(int(desk.rng.integers(2, 6))), x, y, 6.6, GRETA, name=f"r{r + 1}c{c + 1}")
    height, width = sheet.ink.shape
    here = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    there = np.array([(0.045, 0.035), (0.965, 0.02), (0.985, 0.975), (0.02, 0.985)], np.float32) * (
        width,
        height,
    )
    way = np.asarray(cv2.getPerspectiveTransform(here, there.astype(np.float32)), np.float64)
    how = Scan(paper=0.92, texture=0.8, gutter=0.0, through=0.03, noise=0.018, dust=5, blur=0.006, fold=True)
    light, truth = scan(sheet, how, way, beyond=0.30)
    y, x = (n.astype(np.float32) for n in np.mgrid[0:height, 0:width])
    lamp = 0.5 + 0.5 * np.exp(-(((x / width - 0.75) / 0.75) ** 2 + ((y / height - 0.2) / 0.8) ** 2))
    hand = 1 / (1 + np.exp(-((x / width) * 1.5 + (1 - y / height) * 1.1 - 0.62) / 0.05))
    light = light * lamp * (0.72 + 0.28 * hand)
    grey = sensed(light.astype(np.float32), how, 170, desk.rng).astype(np.float32)
    warm = np.stack([grey * gain for gain in (1.0, 0.94, 0.83)], -1)
    return Made([(Image.fromarray(np.clip(warm, 0, 255).astype(np.uint8)), truth)], {"quality": 68})


def weather_log(desk: Desk) -> Made:
    """A month of weather: temperatures and rain with decimal points."""
    sheet = desk.sheet(A4, 200)
    sheet.print("Weather log", 24, 24, 4.0, SERIF)
    for label, x in (("Day", 26), ("Min", 62), ("Max", 94), ("Rain", 126), ("Pressure", 157)):
        sheet.print(label, x, 36, 2.5, SERIF)
    edges = [24, 48, 80, 112, 146, 188]
    for i in range(21):
        sheet.line(24, 40 + i * 11.8, 188, 40 + i * 11.8, 0.2, 0.45)
    for x in edges:
        sheet.line(x, 40, x, 40 + 20 * 11.8, 0.2, 0.45)
    for r in range(20):
        y, low = 40 + (r + 1) * 11.8 - 2.6, desk.rng.uniform(1, 12)
        sheet.print(str(r + 1), 38, y, 2.6, SERIF, name=f"day{r + 1}", anchor="rs")
        values = (
            f"{low:.1f}",
            f"{low + desk.rng.uniform(4, 15):.1f}",
            f"{desk.rng.gamma(0.8, 5):.1f}",
            f"{desk.rng.normal(1013, 11):.1f}",
        )
        for c, text in enumerate(values):
            sheet.write(
                text,
                edges[c + 2] - 4 + desk.rng.normal(0, 0.9),
                y,
                5.2,
                CARLA,
                name=f"{('min', 'max', 'rain', 'pressure')[c]}{r + 1}",
                align="right",
            )
    shot = scanned(sheet, Scan(angle=0.2, gutter=0.05))
    return Made(
        [(Image.fromarray(few_levels(shot.grey, 214)), shot.truth)], {"optimize": True, "dpi": (200, 200)}
    )


def marks_sheet(desk: Desk) -> Made:
    """A class list with marks, punched for filing; tally strokes beside the marks are no numbers."""
    sheet = desk.sheet(A4, 150)
    sheet.print("Class list and marks", 30, 26, 4.0, SANS)
    names = listed("""
        Adams, Ruth; Baker, Tom; Clarke, Nell; Dixon, Paul; Evans, Mary; Ford, Alan; Grant, Iris;
        Hall, Peter; Irwin, Joan; Jones, Carl; King, Edith; Lane, Simon; Marsh, Vera; Noble, Ian;
        Owen, Kate; Price, Leo
    """)
    for label, x in (("Name", 30), ("Absent", 84), ("Written", 117), ("Oral", 148), ("Total", 174)):
        sheet.print(label, x, 41, 2.6)
    for i in range(len(names) + 1):
        sheet.line(28, 45 + i * 14, 192, 45 + i * 14, 0.25, 0.55)
    for r, name in enumerate(names):
        y = 45 + (r + 1) * 14 - 3.4
        sheet.print(name, 30, y, 2.6)
        tally(sheet, 84, y, int(desk.rng.choice([0, 0, 2, 3, 5])))
        written, oral = int(desk.rng.integers(18, 75)), int(desk.rng.integers(6, 25))
        for c, (value, x) in enumerate(((written, 134), (oral, 160), (written + oral, 188))):
            sheet.write(
                str(value),
                x + desk.rng.normal(0, 0.8),
                y,
                6.2,
                replace(BORIS, habit=0b11),
                name=f"r{r + 1}c{c + 1}",
                align="right",
            )
    shot = scanned(sheet, Scan(angle=-0.3, paper=0.9, holes=True, gutter=0.12))
    return Made([(Image.fromarray(shot.grey), shot.truth)], {"quality": 64, "dpi": (150, 150)})


def tally(sheet: Sheet, x: float, y: float, count: int) -> None:
    """Tally marks: upright strokes, the fifth across the other four."""
    rng = sheet.rng
    ends = [(x + i * 2.4, y, x + i * 2.4 + 0.4, y - 6.0) for i in range(min(count, 4))]
    if count == 5:
        ends.append((x - 1.5, y - 1.2, x + 9.5, y - 4.8))
    for stroke in ends:
        x0, y0, x1, y1 = (n + rng.normal(0, 0.25) for n in stroke)
        sheet.line(x0, y0, x1, y1, 0.5, 0.82)


def boxed(sheet: Sheet, x: float, y: float, count: int, text: str, writer: Writer, name: str) -> None:
    """A number in pale boxes, a digit in each, from the right; the boxes before it crossed out or left empty."""
    side, pitch = 11.0, 13.0
    for n in range(count):
        sheet.rectangle(x + n * pitch, y, side, side, 0.35, 0.22)
        left, top = x + n * pitch + 3.4, y + 2.3
        for row in range(2):
            sheet.rectangle(left, top + 3.2 * row, 4.2, 3.2, 0.2, 0.16)
    unused, first = count - len(text), len(sheet.truth)
    crossed = sheet.rng.random() < 0.6
    for n in range(unused if crossed else 0):
        for down in (False, True):
            x0, y0, x1, y1 = sheet.rng.normal(0, 0.5, 4) + np.array((0.4, side - 0.4, side - 0.4, 0.4))
            low, high = (y1, y0) if down else (y0, y1)
            sheet.line(x + n * pitch + x0, y + low, x + n * pitch + x1, y + high, 0.45, 0.82)
    for n, digit in enumerate(text, unused):
        middle = x + n * pitch + side / 2 + sheet.rng.normal(0, 0.5)
        sheet.write(digit, middle, y + 9 + sheet.rng.normal(0, 0.3), 6.6, writer, name="box", align="centre")
    sheet.as_one(first, name, text)


def wood(shape: tuple[int, int], rng: np.random.Generator) -> Coverage:
    """The brightness of a table top: (H, W) float32, grain running across."""
    height, width = shape
    fine = cv2.resize(rng.standard_normal((height, max(1, width // 40))).astype(np.float32), (width, height))
    broad = cv2.resize(rng.standard_normal((height // 6, width // 90)).astype(np.float32), (width, height))
    return np.asarray(0.6 + 0.05 * cv2.GaussianBlur(fine, (0, 0), 0.7) + 0.045 * broad, np.float32)


def tally_photo(desk: Desk) -> Made:
    """A form in small print on a wooden table, photographed: large digits in pale boxes with guides in them."""
    sheet = desk.sheet(A4, 190)
    sheet.print("RECORD OF THE COUNT, POLLING STATION", 60, 22, 2.0)
    for n, line in enumerate(
        listed("""
            Write each digit in a box of its own, with a black pen, and follow the guide; cross out the boxes
            that you do not need. The chair signs below when all three columns of the table agree.
        """)
    ):
        sheet.print(line, 20, 30 + n * 4.5, 1.6)
    labels = listed("""
        Voters on the roll; Voters added that day; Ballots received; Ballots spoilt; Ballots unused; Ballots in
        the box; Valid votes; Invalid votes; Votes in all
    """)
    edges = [18.0, 66.0, 111.0, 156.0, 201.0]
    tops = [46.0 + n * 18.0 for n in range(len(labels) + 2)]
    for y in tops:
        sheet.line(edges[0], y, edges[-1], y, 0.3, 0.85)
    for x in edges:
        sheet.line(x, tops[0], x, tops[-1], 0.3, 0.85)
    for label, x in zip(("Women", "Men", "Together"), edges[1:], strict=False):
        sheet.print(label, x + 14, tops[0] + 10, 1.7)
    for r, label in enumerate(labels):
        y = tops[r + 1]
        sheet.print(label, 21, y + 10, 1.7)
        women, men = (int(desk.rng.integers(1, 10 ** int(desk.rng.integers(1, 4)))) for _ in range(2))
        for c, count in enumerate((women, men, min(women + men, 999))):
            text = str(count)
            boxed(sheet, edges[c + 1] + 3.5, y + 3.5, 3, text, BORIS, f"r{r + 1}c{c + 1}")
    for n, name in enumerate(("Chair", "Clerk", "Witness")):
        sheet.print(name, 22 + n * 60, 250, 1.7)
        sheet.line(36 + n * 60, 250, 70 + n * 60, 250, 0.2, 0.6)
    height, width = sheet.ink.shape
    here = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    there = np.array([(0.07, 0.075), (0.94, 0.06), (0.985, 0.955), (0.02, 0.965)]) * (width, height)
    way = np.asarray(cv2.getPerspectiveTransform(here, there.astype(np.float32)), np.float64)
    light, truth = scan(sheet, Scan(paper=0.9, texture=0.8, gutter=0.0, noise=0.012, dust=5, blur=0.005), way)
    on_sheet = cv2.warpPerspective(np.ones((height, width), np.float32), way, (width, height))
    light = on_sheet * light + (1 - on_sheet) * wood((height, width), desk.rng)
    y, x = (n.astype(np.float32) for n in np.mgrid[0:height, 0:width])
    lamp = 0.66 + 0.24 * np.exp(-(((x / width - 0.3) / 0.9) ** 2 + ((y / height - 0.3) / 0.9) ** 2))
    grey = sensed((light * lamp).astype(np.float32), Scan(noise=0.012, blur=0.005), 190, desk.rng).astype(
        np.float32
    )
    cool = np.stack([grey * gain for gain in (0.95, 0.98, 1.0)], -1)
    return Made([(Image.fromarray(np.clip(cool, 0, 255).astype(np.uint8)), truth)], {"quality": 62})


def letter(desk: Desk) -> Made:
    """A letter: words, and not one number."""
    sheet = desk.sheet(A4, 150)
    sheet.print("Harbour Office", 130, 26, 3.6, SERIF)
    text = """Dear Mr Hall,
        thank you for your kind letter about the
        old boat house. We looked at the roof
        on Monday and found it sound, though
        the north wall lets in water when the
        wind is high. A mason from the village
        will come soon and tell us what it costs.
        The keys hang in the harbour office,
        ask for Miss Lindh if the door is shut.
        Please bring the papers with you and
        we shall sign them there and then.
        My wife sends her best wishes to you
        and to all at home.
        Yours truly,"""
    for i, words in enumerate(text.splitlines()):
        sheet.write(
            words.strip(),
            24 + (desk.rng.normal(0, 1) if i else 0),
            56 + i * 13.5,
            5.0,
            replace(EMIL, slant=0.12, pen=0.08, darkness=0.8),
        )
    sheet.write("Edvin Moss", 110, 56 + 15 * 13.5, 7.5, IRENE)
    shot = scanned(sheet, Scan(angle=0.5, paper=0.9, through=0.08, fold=True))
    return Made([(Image.fromarray(shot.grey), shot.truth)], {"quality": 60, "dpi": (150, 150)})


PAGES: dict[str, Page] = {
    "rows.png": rows,
    "exam-form.png": exam_form,
    "comb-form.png": comb_form,
    "meter-table.jpg": meter_table,
    "skewed.jpg": skewed,
    "pencil.jpg": pencil,
    "microfilm.jpg": microfilm,
    "parcels.tif": parcels,
    "delivery-notes.pdf": delivery_notes,
    "ledger.jpg": ledger,
    "phone-photo.jpg": phone_photo,
    "tally-photo.jpg": tally_photo,
    "weather-log.png": weather_log,
    "marks-sheet.jpg": marks_sheet,
    "letter.jpg": letter,
}


# ---------------------------------------------------------------- files


def box_of(truth: Truth, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The number's box with its margin, inside a page of (width, height): px, top-left, half-open."""
    margin = BOX_MARGIN * truth.height
    low, high = np.floor(truth.corners.min(0) - margin), np.ceil(truth.corners.max(0) + margin)
    return max(0, int(low[0])), max(0, int(low[1])), min(size[0], int(high[0])), min(size[1], int(high[1]))


def save(made: Made, path: Path) -> None:
    """All pages into one file."""
    (first, _), *others = made.pages
    more = {"save_all": True, "append_images": [image for image, _ in others]} if others else {}
    first.save(path, **more, **made.save)  # type: ignore[arg-type]


def truth_rows(made: Made, source: str) -> list[list[object]]:
    return [
        [source, page, truth.field, *box_of(truth, image.size), truth.text]
        for page, (image, truths) in enumerate(made.pages, 1)
        for truth in truths
    ]


def make(name: str, fonts: Path, seed: int) -> Made:
    """One page by its file name; each has its own random numbers, so a change to one leaves the others."""
    return PAGES[name](Desk(np.random.default_rng([seed, zlib.crc32(name.encode())]), fonts))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--to", type=Path, default=Path("samples"))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--only", nargs="*", choices=sorted(PAGES), help="look at some pages; leaves truth.csv alone"
    )
    options = parser.parse_args()
    cv2.setNumThreads(1)
    folder = options.to / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[list[object]] = []
    for name in options.only or PAGES:
        try:
            made = make(name, options.fonts, options.seed)
        except FileNotFoundError as problem:
            print(problem, file=sys.stderr)
            return 2
        save(made, folder / name)
        rows += truth_rows(made, name)
        print(f"{name}: {len(made.pages)} page(s), {(folder / name).stat().st_size // 1000} kB")
    if not options.only:
        with (options.to / "truth.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
