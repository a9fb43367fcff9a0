"""Glyphs that MNIST lacks: printed and other hands' digits, and what is not a digit.

Everything starts as a *master* (a large grey picture of ink, 0..255), is scanned (`scan`: size, slant,
blur, threshold, noise, broken strokes) and goes through the same normaliser as a glyph of a real page, so
that training sees what run time sees. Letters that look like digits (O/0, I/l/1, S/5, Z/2, q/9, B/8, b/6,
g/9) are left out of both sides. Leaves out paper: a glyph's mask is all that reaches the network.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from batchocr.elements import DIGITS, NOT_A_DIGIT, GlyphImages, Ink
from batchocr.network.dataset import Labels
from batchocr.normalize import normalize_glyphs

Master = NDArray[np.uint8]  # (H, W) uint8, ink 255 on 0, tight
Rng = np.random.Generator

MASTER_PX = 96  # height of a drawn font's em
LETTERS = "ACDEFGHJKLMNPQRTUVWXYacdefhijkmnprtuvwxy"  # no look-alikes
MARKS = '.,-:;?"()&%+=*#$@€£[]<>_~^{}•–'
JOINED = (
    "rn",
    "th",
    "ff",
    "ti",
    "tt",
    "ry",
    "ea",
    "em",
    "nn",
    "rt",
    "ch",
    "Th",
    "ve",
    "re",
    "an",
    "ct",
    "st",
)
SHARES = {  # of what is not a digit
    "letters": 0.40,
    "marks": 0.10,
    "joined letters": 0.04,
    "fragments": 0.16,
    "pairs": 0.17,
    "triples": 0.02,
    "stubs": 0.04,
    "blobs": 0.02,
    "crosses and ticks": 0.03,
    "crossed out": 0.02,
}


LEAST_STRETCH = 0.3  # of the log of width to height: however even a scanner is, it may go so far
MOST_DEVIATIONS = 2.0  # standard deviations that a stretch may reach

GRAIN = np.random.default_rng(0).standard_normal((512, 512), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Scanner:
    """How a master is scanned."""

    low: float = 12  # px, least height
    high: float = 80  # px, greatest height
    rotation: float = 4  # degrees, standard deviation
    slant: float = 0.08  # standard deviation
    stretch: float = 0.09  # standard deviation of the log of width to height
    weight: float = 1.0  # how far strokes may thicken or thin
    damage: float = 0.15  # chance of breaks, specks or a ruled line left across


def scan(master: Master, how: Scanner, rng: Rng) -> Ink:
    """Scan a master to the tight mask of its ink."""
    high, wide = master.shape
    height = float(np.exp(rng.uniform(np.log(how.low), np.log(how.high))))
    zoom = height / max(high, 0.6 * wide)
    most = max(LEAST_STRETCH, MOST_DEVIATIONS * how.stretch)
    stretch = float(np.exp(np.clip(rng.normal(0, how.stretch), -most, most)))
    size = (max(2, round(wide * zoom * stretch)), max(2, round(high * zoom)))
    grey = cv2.resize(master, size, interpolation=cv2.INTER_AREA)
    grey = _slanted(np.asarray(grey, np.uint8), how, rng)
    blurred = grey.astype(np.float32)
    sigma = float(rng.uniform(0.2, 0.35 + 0.035 * height * how.weight))
    blurred = np.asarray(cv2.GaussianBlur(blurred, (0, 0), sigma), np.float32)
    blurred += _grain(grey.shape, rng) * float(rng.uniform(0, 22))
    peak = max(float(blurred.max()), 1.0)
    mask: Ink = blurred > peak * rng.uniform(0.5 - 0.24 * how.weight, 0.5 + 0.16 * how.weight)
    wanted = np.count_nonzero(grey > 127)
    if not 0.45 * wanted < np.count_nonzero(mask) < 2.2 * wanted + 20:
        mask = blurred > peak * 0.42
    mask = _heaviest(mask)
    if rng.random() < how.damage:
        mask = _damaged(mask, rng)
    return mask


def _grain(shape: tuple[int, ...], rng: Rng) -> NDArray[np.float32]:
    """Scanner noise of standard deviation 1, cut from one fixed tile."""
    top, left = (int(rng.integers(max(1, GRAIN.shape[0] - side))) for side in shape)
    return GRAIN[top : top + shape[0], left : left + shape[1]]


def _slanted(grey: Master, how: Scanner, rng: Rng) -> Master:
    """Rotate and shear on a frame with room around it; half of the glyphs are also bent."""
    high, wide = grey.shape
    room = int(0.17 * max(high, wide)) + 3
    angle = np.radians(np.clip(rng.normal(0, how.rotation), -15, 15))
    shear = float(np.clip(rng.normal(0, how.slant), -0.3, 0.3))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin + shear * cos], [sin, cos + shear * sin]])
    middle = np.array([wide / 2, high / 2])
    target = middle + room
    offset = (target - turn @ middle)[:, None]
    frame = (wide + 2 * room, high + 2 * room)
    if rng.random() < 0.5:
        return np.asarray(
            cv2.warpAffine(grey, np.hstack([turn, offset]), frame, flags=cv2.INTER_LINEAR), np.uint8
        )
    back = np.linalg.inv(turn)
    y, x = np.mgrid[: frame[1], : frame[0]].astype(np.float32)
    shift = back @ -target + middle
    source_x = (back[0, 0] * x + back[0, 1] * y + shift[0]).astype(np.float32)
    source_y = (back[1, 0] * x + back[1, 1] * y + shift[1]).astype(np.float32)
    bend = float(rng.uniform(0.01, 0.035)) * max(high, wide)
    knots = rng.normal(0, bend, (2, 5, 5)).astype(np.float32)
    source_x += cv2.resize(knots[0], frame, interpolation=cv2.INTER_CUBIC)
    source_y += cv2.resize(knots[1], frame, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.remap(grey, source_x, source_y, cv2.INTER_LINEAR), np.uint8)


def _heaviest(mask: Ink) -> Ink:
    """Drop specks: components under a fiftieth of the ink."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    if count <= 2:
        return _tight(mask)
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = areas >= 0.02 * areas[1:].sum()
    keep[0] = False
    return _tight(np.asarray(keep[labels], bool))


def _tight(mask: Ink) -> Ink:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not rows.size:
        return mask[:0, :0]
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _damaged(mask: Ink, rng: Rng) -> Ink:
    """Break strokes, sprinkle salt and pepper, or leave a ruled line across."""
    mask = mask.copy()
    high, wide = mask.shape
    thick = max(1, round(high * rng.uniform(0.02, 0.05)))
    kind = rng.random()
    if kind < 0.3:  # a ruled line was taken away together with the strokes that crossed it
        top = int(rng.uniform(0.1, 0.9) * high)
        mask[top : top + thick] = False
    elif kind < 0.45:
        left = int(rng.uniform(0.1, 0.9) * wide)
        mask[:, left : left + thick] = False
    elif kind < 0.65:
        rate = rng.uniform(0.005, 0.04)
        mask ^= rng.random(mask.shape) < rate
    elif kind < 0.85:  # a ruled line was left
        wider = round(high * rng.uniform(0.02, 0.25))
        framed = np.zeros((high, wide + 2 * wider), bool)
        framed[:, wider : wider + wide] = mask
        top = int(rng.uniform(0.05, 0.95) * high)
        framed[top : top + thick] = True
        mask = framed
    else:  # a speck beside it
        room, side = max(2, high // 5), max(1, high // 14)
        on_left = rng.random() < 0.5
        mask = np.pad(mask, ((0, 0), (room, 0) if on_left else (0, room)))
        y, x = int(rng.uniform(0, 0.9) * high), 0 if on_left else wide + room - side
        mask[y : y + side, x : x + side] = True
    return _tight(mask)


# masters ------------------------------------------------------------------------------------------------


def font_masters(path: Path, characters: Iterable[str]) -> dict[str, Master]:
    """Draw characters (or short strings) of one font; those that it lacks are left out."""
    font = ImageFont.truetype(str(path), MASTER_PX)
    missing = _drawn(font, "\U0010fffe")
    masters = {}
    for text in characters:
        drawn = _drawn(font, text)
        if drawn.size and not (drawn.shape == missing.shape and np.array_equal(drawn, missing)):
            masters[text] = drawn
    return masters


def _drawn(font: ImageFont.FreeTypeFont, text: str) -> Master:
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (max(1, int(right - left) + 8), max(1, int(bottom - top) + 8)))
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, fill=255, font=font)
    return tight_master(np.asarray(picture))


def tight_master(picture: NDArray[np.uint8]) -> Master:
    """Cut (H, W) uint8 ink to the box of what is not near paper; without ink it comes back empty."""
    ink = picture > 32
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not rows.size:
        return np.zeros((0, 0), np.uint8)
    return np.ascontiguousarray(picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def mnist_master(image: NDArray[np.uint8]) -> Master:
    """Enlarge a 28x28 digit fourfold, and cut it to its ink."""
    return tight_master(enlarged(image, 112))


def enlarged(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A 28x28 digit smoothly enlarged: (side, side) uint8, ink 255 on 0."""
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


STROKES: dict[int, tuple[str, ...]] = {
    # digit: variants; strokes parted by "|", a smooth one begins with "~"; points x,y, y down, about 0..1
    0: (
        "~ .5,0 .05,.25 .05,.75 .45,1 .85,.75 .85,.25 .5,0",
        "~ .6,.05 .1,.2 0,.7 .4,1 .9,.8 .9,.3 .4,0 .3,.1",
        "~ .1,.55 .35,.3 .85,.3 1,.6 .55,.75 .1,.62 .3,.36 1.05,.28",
    ),
    1: (
        ".05,.5 .5,0 .5,1",
        ".1,.7 .55,0 .5,1",
        "0,.85 .6,0 .55,1",
        "0,.6 .7,0 .45,1",
        "~ 0,.45 .25,.35 .5,0 | .5,0 .5,1",
        ".05,.4 .5,0 .45,1 | .1,1.02 .9,.98",
        ".2,.3 .5,0 .5,1",
        ".15,.3 .5,0 .5,1 | .15,1 .85,1",
        ".5,0 .5,1",
        ".6,0 .4,1",
        "~ 0,.55 .3,.3 .5,0 | .5,0 .45,1",
        "0,1 .55,0 .5,1",
        "~ 0,.9 .35,.45 .6,0 | .6,0 .5,1",
        ".1,.35 .45,0 .4,1 | .05,1 .75,.97",
        "~ .05,.75 .45,.45 .7,.1 .5,0 .35,.3 .4,1",
        "~ .6,0 .56,.55 .4,.82 0,1.02",
        ".25,0 .55,1",
    ),
    2: (
        "~ .05,.25 .35,0 .75,.2 .5,.6 0,1 | 0,1 .8,.98",
        "~ .05,.2 .4,0 .7,.25 .3,.8 .05,.95 .15,.75 .45,.95 .85,.9",
        "~ .1,.2 .45,0 .75,.25 .35,.75 0,1 | ~ 0,1 .3,.9 .6,1 .95,.9",
        "~ .15,.3 .1,.1 .5,0 .8,.3 .4,.7 .05,.98 | .05,.98 .9,1",
        "~ .4,.5 .12,.42 .08,.12 .5,0 .85,.22 .55,.65 .1,.97 .45,.93 .95,1",
        "~ .3,.3 .1,.28 .15,.05 .5,0 .8,.22 .5,.65 .1,.98 .3,.88 .6,1 .95,.9",
        "~ .5,.4 .2,.42 .1,.2 .4,0 .78,.15 .68,.5 .4,.8 .1,.97 | .1,.97 .5,.95 .95,.97",
        "~ .55,.3 .35,.48 .1,.35 .2,.05 .55,0 .8,.22 .6,.6 .2,.92 .02,.95 .12,.82 .4,.92 .95,.98",
        "~ .45,.33 .25,.4 .1,.22 .35,.02 .65,.1 .6,.45 .3,.85 .05,1 .25,.9 .55,.95 .8,1",
    ),
    3: (
        "~ .1,.1 .5,0 .7,.22 .35,.45 .75,.72 .45,1 .05,.88",
        ".05,0 .7,0 .35,.4 | ~ .35,.4 .75,.62 .5,1 .05,.9",
    ),
    4: (
        ".15,0 .05,.55 .85,.55 | .62,.15 .58,1",
        ".45,0 0,.65 .85,.65 | .5,.4 .5,1",
        ".6,1 .6,0 0,.65 .85,.65",
        "~ .1,0 .05,.4 .3,.55 .7,.45 | .75,0 .7,1",
        ".5,0 .05,.5 .95,.5 | .65,.3 .55,1",
        "~ .2,0 .1,.35 .15,.5 .5,.5 .8,.4 | ~ .85,.02 .75,.5 .7,1",
        ".1,.05 .1,.5 .8,.5 | .8,0 .8,1",
        ".4,0 .08,.62 .8,.5 | .62,.36 .5,1",
        "~ .42,0 .2,.35 .08,.66 .2,.62 .45,.45 .65,.42 | ~ .66,.4 .62,.7 .55,1",
        "~ .1,.02 .05,.3 .25,.5 .55,.42 .7,.2 | ~ .75,.0 .6,.5 .4,1",
        ".75,0 0,.88 .7,.82 | .58,.6 .55,1",
        ".62,0 .02,.95 .75,.75 | .6,.52 .55,1.02",
        ".3,0 .05,.85 .12,.9 .62,.7 | .56,.42 .54,1",
        "~ .12,0 .1,.6 .08,.97 | ~ .1,.72 .3,.52 .5,.58 .5,1",
        "~ .6,0 .2,.55 .04,.86 .2,.93 .7,.68 | .68,.48 .52,1.05",
    ),
    5: (
        ".75,0 .2,0 .15,.42 | ~ .15,.42 .5,.38 .78,.65 .5,1 .05,.9",
        "~ .25,.05 .15,.45 .6,.45 .7,.8 .35,1 0,.9 | .25,.03 .85,0",
        "~ .3,.1 .2,.42 .45,.5 .45,.85 .2,1 0,.95 | .3,.1 1,0",
        "0,.4 .2,.38 .35,1 .4,.08 1,0",
        ".3,.05 .22,.4 .5,.45 .4,1 .1,1 | .3,.05 1,.02",
        "~ .35,.05 .3,.4 .45,.6 .35,.92 .0,1 | .35,.06 1,0",
        "~ .1,.4 .3,.38 .4,.7 .3,1 .05,.95 | .3,.4 .4,.05 .95,0",
    ),
    6: (
        "~ .65,0 .2,.4 .1,.75 .4,1 .75,.8 .55,.55 .15,.7",
        "~ .8,.05 .35,.1 .05,.55 .2,.95 .6,.98 .8,.7 .5,.5 .1,.7",
        "~ .4,0 .15,.5 .05,.85 .35,1 .6,.8 .4,.65 .1,.8",
        "~ .3,0 .08,.5 .12,.9 .5,1 .75,.75 .45,.58 .1,.75",
    ),
    7: (
        "0,.05 .8,0 .35,1 | .2,.52 .8,.48",
        "0,.2 .03,.02 .8,0 .4,1 | .3,.5 .75,.5",
        "0,0 .75,0 .3,1",
        "~ 0,.12 .25,.02 .75,.06 .55,.5 .4,1 | .25,.55 .8,.45",
        "~ 0,.15 .2,0 .5,.1 .8,0 | .8,0 .4,1",
        ".25,.03 .6,0 .4,1 | 0,.5 .95,.44",
        "~ .2,.12 .5,0 .58,.12 .35,1 | 0,.52 .9,.47",
        "~ .15,.2 .3,.02 .6,.05 .55,.5 .35,1 | .05,.55 .95,.5",
        "~ .1,.18 .2,.02 .45,.08 .75,0 | ~ .75,0 .55,.5 .4,1 | .1,.6 1,.42",
        ".25,.12 .3,.0 .62,.02 .35,1 | -.05,.58 .95,.4",
        ".0,.02 .85,.0 .55,.45 .45,1 | .3,.5 1,.46",
        ".36,.05 .55,0 .45,1 | .05,.5 .95,.45",
        "~ .32,.12 .44,.0 .54,.06 .46,.6 .45,1 | 0,.52 .95,.44",
    ),
    8: (
        "~ .7,.12 .35,0 .15,.22 .4,.47 .72,.75 .4,1 .08,.75 .4,.47 .7,.15",
        "~ .4,.45 .1,.2 .4,0 .7,.2 .4,.45 .05,.75 .4,1 .75,.75 .4,.45",
        "~ .15,.05 .5,.5 .75,.8 .45,1 .15,.8 .45,.5 .8,0",
        "~ .8,.05 .4,0 .2,.2 .5,.5 .75,.8 .45,1 .15,.8 .4,.5 .85,.15",
    ),
    9: (
        "~ .75,.2 .4,0 .1,.25 .35,.5 .75,.22 | .78,.08 .68,1",
        "~ .75,.15 .35,0 .08,.28 .4,.5 .75,.2 .72,.75 .45,1 .1,.9",
        "~ .7,.2 .35,0 .05,.25 .35,.48 .7,.25 .6,.65 .2,1",
        "~ .8,.1 .4,.02 .1,.25 .35,.45 .75,.3 .8,.1 .78,.6 .6,.95 .3,1 .05,.85",
        "~ .75,.05 .3,0 .05,.2 .3,.42 .7,.3 | ~ .75,.05 .75,.5 .7,.8 .35,1 0,.9",
        "~ .7,.1 .2,.05 .1,.35 .5,.45 .75,.1 | .75,.1 .7,1",
        "~ 0,.42 .3,.5 .7,.35 .75,.1 .45,0 .15,.15 .28,.42 .48,.62 .5,1",
        "~ .42,.5 .8,.32 .75,.05 .4,0 .15,.2 .4,.5 .5,.75 .35,1",
        "~ .42,.48 .75,.35 .8,.1 .5,0 .2,.15 .35,.45 .45,.7 .4,1",
        "~ .1,.38 .5,.42 .78,.22 .55,0 .3,.08 .26,.5 .22,1",
        "~ .1,.52 .6,.4 .8,.15 .5,0 .2,.25 .18,.7 .45,1 .8,.85",
        "~ .3,.5 .7,.35 .75,.08 .4,0 .12,.2 .3,.45 .55,.6 .5,.9 .25,1 .1,.88",
        "~ .6,.42 .15,.4 .1,.1 .5,0 .8,.15 .7,.4 .6,.5 .75,.75 .5,1 .25,.92",
    ),
}
SQUARE: dict[int, tuple[str, ...]] = {
    # the same with corners, as people write in boxes with guides to follow; a square 0 would be an empty box
    2: (
        "0,.05 .05,0 .7,0 .72,.5 .02,.52 0,1 .75,1",
        "0,.02 .72,0 .75,.45 0,.5 0,1 .78,.97",
        ".05,.12 .0,.02 .7,0 .68,.42 .1,.5 .05,.98 .8,1 .8,.9",
    ),
    3: (
        "0,0 .7,0 .72,1 0,1 | .05,.5 .7,.48",
        ".05,.02 .75,0 .7,.5 .15,.5 .72,.5 .75,1 0,.98",
        "0,.02 .7,0 .68,.48 .2,.5 | .68,.48 .72,.98 0,1",
    ),
    4: ("0,0 0,.5 .75,.5 | .72,0 .75,1", ".02,.05 0,.52 .7,.5 .7,0 | .7,.5 .72,1"),
    5: (
        ".75,0 .02,0 0,.5 .72,.5 .75,1 0,1",
        ".7,.02 .05,0 .02,.45 .7,.45 .72,.98 0,1 0,.92",
        ".75,0 .05,.02 0,.48 | 0,.48 .72,.5 .7,1 0,.98",
    ),
    6: (".7,0 0,0 0,1 .75,1 .75,.5 0,.5", ".1,0 0,.5 .02,1 .72,1 .72,.52 .02,.5"),
    7: ("0,0 .72,0 .75,1", "0,.25 0,0 .7,.02 .7,1", ".02,.12 0,.02 .75,0 .68,.5 .7,1"),
    8: (
        "0,0 .72,0 .75,1 0,1 0,0 | 0,.5 .75,.5",
        ".05,.02 .7,0 .7,.48 .05,.5 0,1 .75,1 .72,.5 .0,.48 .05,.02",
    ),
    9: (
        ".75,.5 0,.5 0,0 .75,0 .75,1",
        ".75,.5 .02,.5 0,.02 .72,0 .75,1 0,1",
        ".7,.48 .05,.5 .05,0 .7,.02 .62,1",
    ),
}
STROKES |= {digit: STROKES[digit] + more for digit, more in SQUARE.items()}


def stroke_master(
    digit: int,
    rng: Rng,
    *,
    way: int | None = None,
    pen: float | None = None,
    wide: float | None = None,
    loose: float = 0.03,
) -> Master:
    """Draw a digit with a pen in one of the ways people are taught outside the United States.

    way: which of STROKES; pen: px of the stroke; wide: px of the digit's unit width (its height is 120). Each is
    drawn where it is None. loose: how far the points stray, in heights.
    """
    variants = STROKES[digit]
    pen = float(np.exp(rng.uniform(np.log(3), np.log(15)))) if pen is None else pen
    picture = np.zeros((180, 200), np.uint8)
    wide = 90 * float(np.exp(rng.normal(0, 0.2))) if wide is None else wide
    way = int(rng.integers(len(variants))) if way is None else way
    for stroke in variants[way].split("|"):
        points = [[float(c) for c in point.split(",")] for point in stroke.replace("~", "").split()]
        path = np.array(points) + rng.normal(0, loose, (len(points), 2))
        path = (_smooth(path) if "~" in stroke else path) * (wide, 120) + (30, 30)
        fixed = np.round(path * 16).astype(np.int32)
        cv2.polylines(picture, [fixed], False, 255, max(1, round(pen)), cv2.LINE_AA, 4)
    return tight_master(picture)


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Catmull-Rom through the points, eight steps a piece."""
    padded = np.vstack([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack([*pieces, points[-1:]])


def crossed_seven(master: Master, rng: Rng) -> Master:
    """Draw a short bar through the stem of a 7."""
    high, wide = master.shape
    row = int(high * rng.uniform(0.42, 0.62))
    stem = np.flatnonzero(master[row] > 127)
    if not stem.size:
        return master
    middle, half = float(stem.mean()), wide * rng.uniform(0.2, 0.45)
    frame = np.pad(master, ((0, 0), (20, 20)))
    tilt = half * rng.uniform(-0.3, 0.15)
    ends = [(round(middle + 20 + s * half), round(row + s * tilt)) for s in (-1, 1)]
    cv2.line(frame, ends[0], ends[1], 255, max(2, round(stem.size * rng.uniform(0.6, 1.0))), cv2.LINE_AA)
    return tight_master(frame)


# not a digit --------------------------------------------------------------------------------------------

UPRIGHT_CUTS = {
    0: "both",
    2: "both",
    3: "both",
    5: "both",
    6: "both",
    8: "first",
    9: "first",
}  # no digits: left
LEVEL_CUTS = {0: "both", 2: "last", 3: "both", 5: "both"}  # or right, top or bottom of a cut
STEM_ASPECT = 0.42  # width over height under which a piece may pass for a 1
SLIM = 0.3  # width over height under which any ink may pass for a 1


def fragment(master: Master, digit: int, rng: Rng) -> Master:
    """A piece of a digit, 30 to 70 % of it; empty where the piece might pass for a digit."""
    high, wide = master.shape
    y, x = np.mgrid[:high, :wide]
    level = digit in LEVEL_CUTS and rng.random() < 0.35
    sides = (LEVEL_CUTS if level else UPRIGHT_CUTS).get(digit)
    if sides is None:
        return master[:0, :0]
    keep_first = sides == "first" or (sides == "both" and rng.random() < 0.5)
    share, slope = rng.uniform(0.3, 0.6 if keep_first else 0.7), rng.normal(0, 0.15)
    along, across = (y / high, x / wide) if level else (x / wide, y / high)
    first = along + slope * (across - 0.5) < share
    piece = _largest(np.where(first if keep_first else ~first, master, 0).astype(np.uint8))
    if not piece.size or piece.shape[1] < STEM_ASPECT * piece.shape[0] or min(piece.shape) < 8:
        return master[:0, :0]
    return piece


def _largest(picture: Master) -> Master:
    count, labels, stats, _ = cv2.connectedComponentsWithStats((picture > 96).astype(np.uint8))
    if count < 2:
        return picture[:0, :0]
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return tight_master(np.where(labels == best, picture, 0).astype(np.uint8))


def side_by_side(masters: Sequence[Master], rng: Rng) -> Master:
    """Digits as one glyph, touching, overlapping or nearly touching."""
    height = 100
    canvas = np.zeros((height + 40, 900), np.uint8)
    x = 10
    for master in masters:
        tall = round(height * rng.uniform(0.8, 1.1))
        wide = max(3, round(master.shape[1] * tall / master.shape[0]))
        scaled = cv2.resize(master, (wide, tall), interpolation=cv2.INTER_AREA)
        top = 5 + round(rng.uniform(0, 20))
        into = canvas[top : top + tall, x : x + wide]
        np.maximum(into, scaled[: into.shape[0], : into.shape[1]], out=into)
        x += wide + max(round(height * rng.normal(-0.03, 0.06)), round(-0.35 * wide))
    return tight_master(canvas)


def stub(rng: Rng) -> Master:
    """What is left of rules and boxes: dashes, corners, tees, crossings, box pieces."""
    canvas = np.zeros((160, 160), np.uint8)
    pen = round(rng.uniform(3, 14))
    x, y = rng.uniform(25, 135, 2)
    kind = rng.integers(7)
    left, right, top, bottom = 20, 140, 20, 140
    lines: Sequence[tuple[float, float, float, float]]
    if kind == 0:
        lines = [(left, y, right, y)]
    elif kind == 1:  # corners, except the one that looks like a 7
        lines = [[(left, bottom, right, bottom), (left, top, left, bottom)],
                 [(left, top, right, top), (left, top, left, bottom)],
                 [(left, bottom, right, bottom), (right, top, right, bottom)]][rng.integers(3)]  # fmt: skip
    elif kind == 2:
        lines = [(left, y, right, y), (80, top, 80, bottom)]
    elif kind == 3:
        lines = [(x, top, x, bottom), (left, top, right, top), (left, bottom, right, bottom)]
    elif kind == 4:
        lines = [(left, top, left, bottom), (right, top, right, bottom), (left, bottom, right, bottom)]
    elif kind == 5:
        lines = [(left, y, right, y), (x, y, x, bottom), (min(x + 60, 150), y, min(x + 60, 150), bottom)]
    else:
        lines = [(left, 60, right, 60), (left, 100, right, 100)]
    for x0, y0, x1, y1 in lines:
        cv2.line(canvas, (round(x0), round(y0)), (round(x1), round(y1)), 255, pen)
    grown = tight_master(canvas)
    if grown.shape[0] > 1.2 * grown.shape[1]:  # never as slim as a 1
        return grown
    stretch = np.exp(rng.uniform(-0.5, 0.8))
    size = (max(6, round(grown.shape[1] * stretch)), max(4, grown.shape[0]))
    return np.asarray(cv2.resize(grown, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def blob(rng: Rng) -> Master:
    """A smudge: thresholded smooth noise under a round window, or a filled ellipse."""
    if rng.random() < 0.3:
        canvas = np.zeros((140, 140), np.uint8)
        axes = (round(rng.uniform(25, 60)), round(rng.uniform(25, 50)))
        cv2.ellipse(canvas, (70, 70), axes, float(rng.uniform(-30, 30)), 0, 360, 255, -1, cv2.LINE_AA)
        return tight_master(canvas)
    noise = rng.standard_normal((100, 100)).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), float(rng.uniform(2.5, 9))))
    y, x = np.mgrid[-1:1:100j, -1:1:100j]
    smooth = smooth / smooth.std() - 1.5 * (x**2 + y**2) + rng.uniform(0.3, 1.2)
    return _largest(((smooth > 0) * 255).astype(np.uint8))


def cross_or_tick(rng: Rng) -> Master:
    """An X, a tick, an asterisk or a scribble."""
    canvas = np.zeros((160, 160), np.uint8)
    pen = round(rng.uniform(3, 14))
    kind = rng.random()
    near = rng.normal(0, 8, (6, 2))
    paths: list[list[tuple[float, float]]]
    if kind < 0.45:
        paths = [[(25, 25), (135, 135)], [(135, 25), (25, 135)]]
        if rng.random() < 0.15:
            paths.append([(20, 80), (140, 80)])
    elif kind < 0.8:
        low = rng.uniform(70, 100)
        paths = [[(25, low), (25 + rng.uniform(20, 40), 135), (140, rng.uniform(20, 50))]]
    else:
        paths = [[(float(x), float(y)) for x, y in rng.uniform(20, 140, (rng.integers(6, 14), 2))]]
    for path in paths:
        bent = np.array(path, float)
        bent += near[: len(path)] if len(path) <= len(near) else 0
        fine = _smooth(bent) if kind >= 0.8 else bent
        cv2.polylines(canvas, [np.round(fine * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    return tight_master(canvas)


def crossed_out(master: Master, rng: Rng) -> Master:
    """A digit struck out by an X or a zigzag."""
    high, wide = master.shape
    frame = np.pad(master, 15)
    pen = max(2, round(high * rng.uniform(0.03, 0.1)))
    jitter = rng.normal(0, 0.06, (8, 2))
    if rng.random() < 0.6:
        paths = [np.array([[0, 0], [1, 1]]) + jitter[:2], np.array([[1, 0], [0, 1]]) + jitter[2:4]]
    else:
        rows = np.linspace(0.05, 0.95, 8)
        paths = [np.stack([np.arange(8) % 2 + jitter[:, 0], rows + jitter[:, 1]], 1)]
    for path in paths:
        points = np.round((path * (wide, high) + 15) * 16).astype(np.int32)
        cv2.polylines(frame, [points], False, 255, pen, cv2.LINE_AA, 4)
    return tight_master(frame)


# caches -------------------------------------------------------------------------------------------------

HANDWRITTEN = Scanner(low=16, high=64, rotation=3, slant=0.06, weight=0.9)
PRINTED = Scanner(low=12, high=64, rotation=2.5, slant=0.06, weight=1.0)
# condensed and extended faces, of faces that are neither
CONDENSED = Scanner(low=12, high=64, rotation=2.5, slant=0.06, stretch=0.2, weight=1.0)
OLD_PRINT = Scanner(low=14, high=42, rotation=1.5, slant=0.05, stretch=0.14, weight=1.35, damage=0.25)
WORN_PRINT = Scanner(low=14, high=36, rotation=1.2, slant=0.05, stretch=0.16, weight=1.6, damage=0.12)
WORN_DIGITS = "0122222334556677889"  # a 2 with a ball and a wavy foot is the hardest of them
BALL_FACES = frozenset(
    [
        "abril-fatface",
        "alfa-slab-one",
        "bodoni-moda",
        "dm-serif-display",
        "dm-serif-text",
        "gfs-didot",
        "im-fell-english",
        "libre-baskerville",
        "libre-caslon-text",
        "old-standard-tt",
        "playfair-display",
        "rokkitt",
        "sorts-mill-goudy",
        "special-elite",
    ]
)
OLD_FACES = frozenset(  # heavy-and-hairline and Clarendon numerals, as books were set in before 1920
    [
        "abril-fatface",
        "alegreya",
        "alfa-slab-one",
        "bodoni-moda",
        "cardo",
        "dm-serif-display",
        "dm-serif-text",
        "eb-garamond",
        "gelasio",
        "gfs-didot",
        "im-fell-english",
        "libre-baskerville",
        "libre-caslon-text",
        "lora",
        "old-standard-tt",
        "playfair-display",
        "rokkitt",
        "roboto-slab",
        "sorts-mill-goudy",
        "special-elite",
        "spectral",
        "stix-two-text",
        "tinos",
        "vollkorn",
        "zilla-slab",
    ]
)
PENNED = Scanner(low=16, high=60, rotation=6, slant=0.15, stretch=0.2, weight=0.7)
HARSH = Scanner(low=16, high=72, rotation=4, slant=0.06, weight=1.5, damage=0.5)  # out of focus, worn, ruled
LOOSE = (0.02, 0.055)  # how far a hand's points stray, in heights
COARSE = Scanner(low=12, high=20, rotation=4, slant=0.1, stretch=0.35, weight=0.7)  # and out of shape
TOUCHING = Scanner(low=18, high=60, rotation=3, slant=0.08, damage=0.05)
BOXED = Scanner(low=18, high=60, rotation=4, slant=0.1, stretch=0.15, weight=0.8, damage=0.15)
MOST_STRAY = 0.35  # of a boxed digit's ink that may come from outside its box
MOST_FOREIGN = 0.12  # of a cut-out digit's ink that may be its neighbours'
LEAST_OWN = 0.88  # of its own ink that it must keep
OTHER_PENS = 0.35  # of the rescanned digits: drawn with a thinner or a thicker pen first
LEAST_LEFT = 80  # px of a master's ink that a thinner pen leaves at least

Part = tuple[GlyphImages, Labels]


def _normalized(masks: list[Ink], labels: list[int]) -> Part:
    kept = [(m, n) for m, n in zip(masks, labels, strict=True) if m.any() and not _might_be_one(m, n)]
    return normalize_glyphs([m for m, _ in kept]), np.array([n for _, n in kept], np.uint8)


def _might_be_one(mask: Ink, label: int) -> bool:
    return label == NOT_A_DIGIT and mask.shape[1] < SLIM * mask.shape[0]


def font_digits(path: Path, count: int, how: Scanner, seed: int, among: str = DIGITS) -> Part:
    """About count scanned digits of one font, drawn evenly from `among`."""
    rng = np.random.default_rng(seed)
    masters = font_masters(path, DIGITS)
    drawn = [int(n) for n in rng.choice(list(among), count)]
    drawn = [n for n in drawn if str(n) in masters]
    return _normalized([scan(masters[str(n)], how, rng) for n in drawn], drawn)


def font_characters(path: Path, characters: Sequence[str], count: int, how: Scanner, seed: int) -> Part:
    """About count scanned letters, marks or joined letters of one font, all "not a digit"."""
    rng = np.random.default_rng(seed)
    masters = list(font_masters(path, characters).values())
    masks = [scan(masters[rng.integers(len(masters))], how, rng) for _ in range(count)] if masters else []
    return _normalized(masks, [NOT_A_DIGIT] * len(masks))


def damaged_mnist(images: GlyphImages, labels: Labels, how: Scanner, seed: int) -> Part:
    """Each digit enlarged and scanned anew: thin and heavy pens, low resolution, damage; some 7s crossed."""
    rng = np.random.default_rng(seed)
    masks, kept = [], []
    for image, label in zip(images, labels.tolist(), strict=True):
        master = mnist_master(image)
        if label == 7 and rng.random() < 0.3:
            master = crossed_seven(master, rng)
        if rng.random() < OTHER_PENS:
            master = another_pen(master, rng)
        masks.append(scan(master, how, rng))
        kept.append(label)
    return _normalized(masks, kept)


def another_pen(master: Master, rng: Rng) -> Master:
    """The same digit by a thinner or a thicker pen; as it was where little of it would be left."""
    side = int(rng.choice([3, 5]))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    framed = np.pad(master, side)
    if rng.random() < 0.5:
        return np.asarray(cv2.dilate(framed, kernel), np.uint8)
    thin = np.asarray(cv2.erode(framed, kernel), np.uint8)
    return thin if np.count_nonzero(thin > 127) > LEAST_LEFT else master


def penned_digits(count: int, seed: int) -> Part:
    """Digits drawn stroke by stroke, by steadier and looser hands; those that differ most between countries come
    most."""
    rng = np.random.default_rng(seed)
    often = np.array([2, 4, 2, 1, 2.5, 2, 1.5, 3, 1.5, 3])
    digits = [int(n) for n in rng.choice(10, count, p=often / often.sum())]
    masters = (stroke_master(n, rng, loose=rng.uniform(*LOOSE)) for n in digits)
    return _normalized([scan(master, PENNED, rng) for master in masters], digits)


def coarse_digits(images: GlyphImages, labels: Labels, seed: int) -> Part:
    """Digits of a few pixels and out of proportion, half of them MNIST's, half drawn with a pen."""
    rng = np.random.default_rng(seed)
    masks = []
    kept = labels.tolist()
    for image, label in zip(images, kept, strict=True):
        master = mnist_master(image) if rng.random() < 0.5 else stroke_master(label, rng)
        masks.append(scan(master, COARSE, rng))
    return _normalized(masks, kept)


def cut_digits(images: GlyphImages, labels: Labels, fonts: Sequence[Path], count: int, seed: int) -> Part:
    """Digits cut out of touching neighbours along a column, as a reader cuts them: a little of the neighbours'
    ink stays, a little of their own is lost."""
    rng = np.random.default_rng(seed)
    families = _families(fonts)
    trios = (_of_one_hand(3, families, 0.5, images, labels, rng) for _ in range(count))
    pieces = ((_cut_from_neighbours([master for master, _ in trio], rng), trio[1][1]) for trio in trios)
    return _scanned(pieces, TOUCHING, rng)


def boxed_digits(images: GlyphImages, labels: Labels, fonts: Sequence[Path], count: int, seed: int) -> Part:
    """Digits as a box cuts them out of a string: with a point, a sliver of a neighbour or a piece of a rule at the
    box's edge."""
    rng = np.random.default_rng(seed)
    families = _families(fonts)
    pairs = (_of_one_hand(2, families, 0.3, images, labels, rng) for _ in range(count))
    boxed = ((_boxed(own, other, rng), label) for (own, label), (other, _) in pairs)
    return _scanned(boxed, BOXED, rng)


def _boxed(own: Master, other: Master, rng: Rng) -> Master:
    """A digit in its box, ink from outside at the box's edge; empty where that is too much."""
    room = rng.uniform(0.0, 0.1, 4) * own.shape[0]
    top, bottom, left, right = (round(side) for side in room)
    frame = np.pad(own, ((top, bottom), (left, right)))
    high, wide = frame.shape
    stray = np.zeros_like(frame)
    kinds = rng.random(3) < (0.5, 0.5, 0.2)
    if kinds[0] or not kinds.any():  # a sliver of a neighbour
        tall = round(own.shape[0] * rng.uniform(0.8, 1.1))
        size = (max(3, round(other.shape[1] * tall / other.shape[0])), tall)
        beside = cv2.resize(other, size, interpolation=cv2.INTER_AREA)
        seen = min(size[0], max(1, round(high * rng.uniform(0.03, 0.2))))
        before = rng.random() < 0.5  # it stands before the digit, so that its end is seen
        part = (beside[:high, -seen:] if before else beside[:high, :seen])[:, :wide]
        y = round(rng.uniform(0, high - part.shape[0]))
        x = 0 if before else wide - part.shape[1]
        stray[y : y + part.shape[0], x : x + part.shape[1]] = part
    if kinds[1]:  # a point or a comma
        spot = (round(wide * rng.choice([0.0, 0.05, 0.9, 1.0])), round(high * rng.uniform(0.75, 1.0)))
        axes = (max(1, round(high * rng.uniform(0.03, 0.08))), max(1, round(high * rng.uniform(0.03, 0.12))))
        cv2.ellipse(stray, spot, axes, float(rng.uniform(-30, 30)), 0, 360, 255, -1, cv2.LINE_AA)
    if kinds[2]:  # a rule that a digit stands on or hangs from
        row = round(high * rng.choice([rng.uniform(0, 0.1), rng.uniform(0.9, 1.0)]))
        cv2.line(stray, (0, row), (wide, row), 255, max(1, round(high * rng.uniform(0.01, 0.04))))
    if np.where(frame > 0, 0, stray).sum() > MOST_STRAY * frame.sum():
        return np.zeros((0, 0), np.uint8)
    return np.maximum(frame, stray)


OF_A_PEN = 0.4  # of the digits that are MNIST's or a pen's

Drawn = tuple[Master, int]  # a digit, and which it is


def _families(fonts: Sequence[Path]) -> list[dict[str, Master]]:
    """The digits of each font that has any."""
    return [of for of in (font_masters(path, DIGITS) for path in fonts) if of]


def _of_one_hand(
    several: int,
    families: Sequence[dict[str, Master]],
    of_a_font: float,
    images: GlyphImages,
    labels: Labels,
    rng: Rng,
) -> list[Drawn]:
    """So many digits, in the share `of_a_font` of one font, else MNIST's and a pen's."""
    family = families[int(rng.integers(len(families)))] if families and rng.random() < of_a_font else None
    return [_some_digit(family, images, labels, rng) for _ in range(several)]


def _scanned(drawn: Iterable[Drawn], how: Scanner, rng: Rng) -> Part:
    """Scan what is drawn, each as it comes, since it may be drawn by the same rng; what came out empty is left out."""
    scans = [(scan(master, how, rng), label) for master, label in drawn if master.size]
    return _normalized([mask for mask, _ in scans], [label for _, label in scans])


def _some_digit(family: dict[str, Master] | None, images: GlyphImages, labels: Labels, rng: Rng) -> Drawn:
    """A digit of a font, of MNIST or of a pen, and which it is."""
    if family is not None:
        text = list(family)[rng.integers(len(family))]
        return family[text], int(text)
    at = int(rng.integers(len(images)))
    label = int(labels[at])
    return (stroke_master(label, rng) if rng.random() < OF_A_PEN else mnist_master(images[at])), label


def _cut_from_neighbours(masters: Sequence[Master], rng: Rng) -> Master:
    """The middle one of three digits set close together, cut out; empty where too much was lost or came along."""
    high = 100
    scaled = []
    for master in masters:
        tall = round(high * rng.uniform(0.85, 1.1))
        size = (max(4, round(master.shape[1] * tall / master.shape[0])), tall)
        scaled.append(np.asarray(cv2.resize(master, size, interpolation=cv2.INTER_AREA), np.uint8))
    first, own, last = scaled
    left = max(0, first.shape[1] - round(high * float(np.clip(rng.normal(0.04, 0.06), -0.04, 0.2))))
    right = left + own.shape[1] - round(high * float(np.clip(rng.normal(0.04, 0.06), -0.04, 0.2)))
    right = max(0, right)
    wide = max(first.shape[1], right + last.shape[1], left + own.shape[1])
    layers = np.zeros((3, 140, wide), np.uint8)
    for layer, glyph, x in zip(layers, (first, own, last), (0, left, right), strict=True):
        top = round(rng.uniform(0, 20))
        layer[top : top + glyph.shape[0], x : x + glyph.shape[1]] = glyph
    slip = np.round(high * rng.normal(0, 0.03, 2)).astype(int)
    ends = (max(0, left + int(slip[0])), min(wide, left + own.shape[1] + int(slip[1])))
    span = slice(min(ends), max(ends))
    mine, around = layers[1], np.maximum(layers[0], layers[2])
    whole = float(mine.sum()) + 1.0
    lost = 1 - float(mine[:, span].sum()) / whole
    foreign = float(np.where(mine > 0, 0, around)[:, span].sum()) / whole
    if lost > 1 - LEAST_OWN or foreign > MOST_FOREIGN:
        return np.zeros((0, 0), np.uint8)
    return _largest(np.asarray(np.maximum(mine, around)[:, span], np.uint8))


def other_ink(
    kind: str, images: GlyphImages, labels: Labels, fonts: Sequence[Path], count: int, seed: int
) -> Part:
    """Count glyphs of one kind of "not a digit" that is put together from digits or drawn."""
    rng = np.random.default_rng(seed)
    printed = [font_masters(path, DIGITS) for path in fonts]
    gap = Scanner(low=14, high=64, rotation=2, slant=0.06, damage=0.05)

    def digit() -> tuple[Master, int]:
        if printed and rng.random() < 0.45:
            masters = printed[rng.integers(len(printed))]
            text = list(masters)[rng.integers(len(masters))]
            return masters[text], int(text)
        at = int(rng.integers(len(images)))
        return mnist_master(images[at]), int(labels[at])

    def several(number: int) -> Master:
        if printed and rng.random() < 0.4:  # of one font
            masters = list(printed[rng.integers(len(printed))].values())
            return side_by_side([masters[n] for n in rng.integers(len(masters), size=number)], rng)
        return side_by_side([digit()[0] for _ in range(number)], rng)

    draw: dict[str, Callable[[], Master]] = {
        "fragments": lambda: fragment(*digit(), rng),
        "pairs": lambda: several(2),
        "triples": lambda: several(3),
        "stubs": lambda: stub(rng),
        "blobs": lambda: blob(rng),
        "crosses and ticks": lambda: cross_or_tick(rng),
        "crossed out": lambda: crossed_out(digit()[0], rng),
    }
    masks = []
    for _ in range(count):
        master = draw[kind]()
        if master.size:
            masks.append(scan(master, gap, rng))
    return _normalized(masks, [NOT_A_DIGIT] * len(masks))


def _one_thread() -> None:
    cv2.setNumThreads(1)


def build(images: GlyphImages, labels: Labels, hand: Sequence[Path], print_: Sequence[Path], *, seed: int,
          size: float = 1.0, processes: int | None = None) -> dict[str, Part]:  # fmt: skip
    """Draw all that MNIST lacks: parts by name, each (N, 28, 28) uint8 and its labels.

    size scales every part; 1.0 makes about 270,000 font digits (90,000 of them worn old print), 90,000 rescanned MNIST
    digits and 50,000 that were scanned badly, 110,000 penned and 20,000 coarse ones, some 40,000 cut out of their
    neighbours, 60,000 in boxes with other ink and 120,000 glyphs that are not digits.
    """
    jobs: list[tuple[str, Callable[..., Part], tuple[object, ...]]] = []
    seeds = iter(np.random.SeedSequence(seed).generate_state(100_000).tolist())
    others = round(120_000 * size)
    fonts = [*hand, *print_]
    lettered = {"letters": list(LETTERS), "marks": list(MARKS), "joined letters": list(JOINED)}
    for path in fonts:
        how, name = (HANDWRITTEN, "hand digits") if path in hand else (PRINTED, "print digits")
        share = (80_000 / len(hand) if path in hand else 100_000 / len(print_)) * size
        for scanner in (how,) if path in hand else (how, CONDENSED):
            each = round(share if path in hand else share / 2)
            jobs.append((name, font_digits, (path, each, scanner, next(seeds))))
        for kind, characters in lettered.items():
            each = round(others * SHARES[kind] / len(fonts))
            jobs.append((kind, font_characters, (path, characters, each, how, next(seeds))))
    many = 16
    for chunk in range(many):
        picked = np.random.default_rng(next(seeds)).permutation(len(images))[: round(90_000 * size / many)]
        again = (images[picked], labels[picked], HANDWRITTEN, next(seeds))
        jobs.append(("rescanned MNIST", damaged_mnist, again))
        badly = picked[-round(50_000 * size / many) :]
        jobs.append(("worn MNIST", damaged_mnist, (images[badly], labels[badly], HARSH, next(seeds))))
        jobs.append(("penned digits", penned_digits, (round(110_000 * size / many), next(seeds))))
        some = picked[: round(20_000 * size / many)]
        jobs.append(("coarse digits", coarse_digits, (images[some], labels[some], next(seeds))))
        cut = (images[picked], labels[picked], fonts[chunk::many], round(60_000 * size / many), next(seeds))
        jobs.append(("cut digits", cut_digits, cut))
        boxed = (images[picked], labels[picked], fonts[chunk::many], round(60_000 * size / many), next(seeds))
        jobs.append(("boxed digits", boxed_digits, boxed))
        for kind in [kind for kind in SHARES if kind not in lettered]:
            chosen = fonts[chunk::many]
            each = round(others * SHARES[kind] / many)
            jobs.append((kind, other_ink, (kind, images[picked], labels[picked], chosen, each, next(seeds))))
    old = [path for path in print_ if path.stem in OLD_FACES]
    for path in old:
        jobs.append(
            ("old print", font_digits, (path, round(50_000 * size / len(old)), OLD_PRINT, next(seeds)))
        )
    worn = [path for path in print_ if path.stem in BALL_FACES]
    for path in worn:
        each = round(40_000 * size / len(worn))
        jobs.append(("worn print", font_digits, (path, each, WORN_PRINT, next(seeds), WORN_DIGITS)))
    parts: dict[str, list[Part]] = {}
    with ProcessPoolExecutor(processes or os.cpu_count(), initializer=_one_thread) as pool:
        waiting = [(name, pool.submit(work, *arguments)) for name, work, arguments in jobs]
        for name, future in waiting:
            parts.setdefault(name, []).append(future.result())
    return {
        name: (np.concatenate([p[0] for p in of]), np.concatenate([p[1] for p in of]))
        for name, of in parts.items()
    }
