"""Strings of digits as strips, drawn by the thousand: what the sliding network learns from.

A string is in one hand: one MNIST writer's digits, one font's, or one pen's. It is set with gaps down to
overlap, bent, thickened or thinned, given the marks that stand in and after amounts, lines through and under
it, strokes of its neighbours; then put on paper (texture, patterns, uneven light), scanned at some resolution,
in grey or in black and white, and cut to a strip as `batchocr.strip` cuts one from a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import DIGITS, GlyphImages
from batchocr.network import synthesis
from batchocr.network.dataset import Labels
from batchocr.strip import PAPER_PERCENTILE, STRIP_HEIGHT, WRITING_HEIGHT, Strip, evened

DIGIT_PX = 44  # height of a full digit while a string is put together
CANVAS_PX = 104  # height of the line it stands on
TOP_PX = 30  # of a full digit on that line
LEAST_LEFT = 0.45  # of its ink that a line keeps however thin its strokes get
LEAST_LEFT_ANYWHERE = 0.4  # the same of each part of it
LEAST_KEPT = 0.6  # of its ink that a scan in black and white keeps
LEAST_KEPT_ANYWHERE = 0.5  # the same of each part of it
LITTLE_INK = 0.1  # of the part with the most ink
Rng = np.random.Generator
Master = NDArray[np.uint8]  # (h, w) uint8, ink 255 on 0, tight
Line = NDArray[np.uint8]  # (CANVAS_PX, W) uint8, ink 255 on 0

LETTERS = "ACDEFHJKMNPRTUVWXYacdefhkmnprtuvwxy"
SIGNS = "$€£#%=*+°"
USUAL_SIGNS = "$€£%°"  # half of the signs, where a font has them
RAISED_SIGN = "°"
UNLIKE_DIGITS = frozenset("KMNRWmwx$€#%=*°")  # by hand an h, y or A is somebody's 4, a t, F or + somebody's 7
ALPHABET = "".join(chr(n) for n in (*range(65, 91), *range(97, 123)))
COMMON = "etaoinsrhldcumfpgwybvkxjqz"  # the commonest letters first, English or not
DESCENDERS = frozenset("gjpqy")
BRACKETED = 0.04  # of the strings with marks stand in brackets
LETTERED = 0.1  # of the strips hold a word of letters, and no digit
SMALL_PICTURES = 0.25  # of the strings are on pictures that end close to them
AMOUNTS = 0.4  # of the strings begin as amounts do
SMALL_TAIL = 0.08  # of the strings of three digits or more end in small ones, as amounts in their pence
TALL_ONES = 0.25  # of the strings by hand: these ones are long strokes
LEANING_ONES = 0.2  # the same: these lean otherwise than the other digits, many like a slash
SQUARE_HANDS = 0.2  # of the pens write digits with corners
POINT_AND_DASH = 0.4  # of the dashes after a number follow a point or a comma
SMALL_ZEROS = 0.15  # of the strings by hand: the zeros are small
JOINED_ZEROS = 0.12  # of the strings by hand: zeros are loops that hang on one another
WAVERING = 0.7  # of the strings by hand are in one that wavers
BENFORD = np.log10(1 + 1 / np.arange(1, 10))  # shares of the first digits 1 to 9 of amounts (Benford 1938)


class Hand(Protocol):
    """Who writes a string: gives digits, and other signs where it can, as tight masters DIGIT_PX high."""

    def digit(self, value: int, rng: Rng) -> Master:
        """One digit as this hand writes it now."""

    def sign(self, rng: Rng, *, printed: bool) -> tuple[str, Master] | None:
        """A letter or a sign such as of currency, and what it looks like, where the hand has any."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One MNIST writer: images (N, 28, 28) of each digit; a digit that is missing is borrowed."""

    digits: tuple[GlyphImages, ...]
    borrowed: tuple[GlyphImages, ...]

    def digit(self, value: int, rng: Rng) -> Master:
        """One digit as this hand writes it now."""
        own = self.digits[value]
        own = own if len(own) else self.borrowed[value]
        picture = synthesis.tight_master(own[rng.integers(len(own))])
        zoom = DIGIT_PX / 20
        size = (max(3, round(picture.shape[1] * zoom)), max(3, round(picture.shape[0] * zoom)))
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)

    def sign(self, rng: Rng, *, printed: bool) -> tuple[str, Master] | None:
        """A letter or a sign such as of currency, and what it looks like, where the hand has any."""
        return None


@dataclass(frozen=True, slots=True)
class Font:
    """One font: masters of digits, of other signs, and of all letters, look-alikes too."""

    digits: tuple[Master, ...]
    signs: dict[str, Master]
    letters: dict[str, Master]

    def digit(self, value: int, rng: Rng) -> Master:
        """One digit as this hand writes it now."""
        return self.digits[value]

    def sign(self, rng: Rng, *, printed: bool) -> tuple[str, Master] | None:
        """A letter or a sign such as of currency, and what it looks like, where the hand has any."""
        some = [sign for sign in self.signs if printed or sign in UNLIKE_DIGITS]
        usual = [sign for sign in some if sign in USUAL_SIGNS]
        if usual and rng.random() < 0.5:
            some = usual
        if not some:
            return None
        chosen = some[int(rng.integers(len(some)))]
        return chosen, self.signs[chosen]


class Pen:
    """One pen: each digit always in the same of the ways that people are taught, the points a little off."""

    def __init__(self, rng: Rng) -> None:
        self.pen = float(np.exp(rng.uniform(np.log(4), np.log(13))))
        self.wide = 90 * float(np.exp(rng.normal(0, 0.2)))
        self.loose = float(rng.uniform(0.015, 0.06))
        square = rng.random() < SQUARE_HANDS
        self.ways = [_way(n, square, rng) for n in range(10)]

    def digit(self, value: int, rng: Rng) -> Master:
        """One digit as this hand writes it now."""
        drawn = synthesis.stroke_master(
            value, rng, way=self.ways[value], pen=self.pen, wide=self.wide, loose=self.loose
        )
        zoom = DIGIT_PX / 120
        size = (max(3, round(drawn.shape[1] * zoom)), max(3, round(drawn.shape[0] * zoom)))
        return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)

    def sign(self, rng: Rng, *, printed: bool) -> tuple[str, Master] | None:
        """A letter or a sign such as of currency, and what it looks like, where the hand has any."""
        return None


def _way(digit: int, square: bool, rng: Rng) -> int:
    """Which of a digit's STROKES a hand writes: one of the square ones, where there are any, or any."""
    every = len(synthesis.STROKES[digit])
    corners = len(synthesis.SQUARE.get(digit, ())) if square else every
    return every - 1 - int(rng.integers(corners or every))


def load_font(path: Path) -> Font | None:
    """A font's digits and signs, or None where it lacks a digit."""
    drawn = synthesis.font_masters(path, DIGITS + ALPHABET + SIGNS)
    if not all(d in drawn for d in DIGITS):
        return None
    zoom = DIGIT_PX / max(drawn[d].shape[0] for d in DIGITS)

    def small(master: Master) -> Master:
        size = (max(2, round(master.shape[1] * zoom)), max(2, round(master.shape[0] * zoom)))
        return np.asarray(cv2.resize(master, size, interpolation=cv2.INTER_AREA), np.uint8)

    return Font(
        tuple(small(drawn[d]) for d in DIGITS),
        {c: small(drawn[c]) for c in LETTERS + SIGNS if c in drawn},
        {c: small(drawn[c]) for c in ALPHABET if c in drawn},
    )


def writers_of(images: GlyphImages, labels: Labels, writers: NDArray[np.integer]) -> list[Writer]:
    """MNIST's digits parted by who wrote them."""
    borrowed = tuple(images[labels == n] for n in range(10))
    found = []
    for writer in np.unique(writers):
        own, of = images[writers == writer], labels[writers == writer]
        found.append(Writer(tuple(own[of == n] for n in range(10)), borrowed))
    return found


def complete(writers: Sequence[Writer]) -> list[Writer]:
    """Those who wrote every digit, and need borrow none."""
    return [writer for writer in writers if all(len(of) for of in writer.digits)]


# a line of writing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hands:
    """Everybody who may write a string."""

    writers: Sequence[Writer]
    hand_fonts: Sequence[Font]
    print_fonts: Sequence[Font]

    def any_hand(self, rng: Rng) -> tuple[Hand, bool]:
        """Somebody, and whether it is print."""
        kind = rng.random()
        if kind < 0.34:
            return self.writers[int(rng.integers(len(self.writers)))], False
        if kind < 0.61:
            return self.hand_fonts[int(rng.integers(len(self.hand_fonts)))], False
        if kind < 0.79:
            return self.print_fonts[int(rng.integers(len(self.print_fonts)))], True
        return Pen(rng), False


def write(
    text: str,
    hand: Hand,
    printed: bool,
    rng: Rng,
    *,
    gap: float | None = None,
    marks: bool = True,
    varied: bool = False,
) -> Line:
    """Set a string on a line: digits, marks between and after them, sizes and gaps as the hand has them.

    gap: heights between neighbours, drawn where it is None. varied: digits may waver and the last ones be small, to
    learn from; a few then look like others, so that nothing is measured on them.
    """
    if gap is None:
        gap = (
            rng.uniform(-0.06, 0.3)
            if printed
            else rng.choice([rng.uniform(-0.12, 0.05), rng.uniform(0, 0.5)])
        )
    uneven = 0.01 if printed else rng.uniform(0.02, 0.12)
    wavering, ones_lean, tail, tail_size, tail_rise = 0.0, 0.0, len(text), 1.0, 0.0
    sizes, drops = np.ones(10), np.zeros(10)
    if varied:
        tail, tail_size, tail_rise = _small_tail(len(text), rng)
    if varied and not printed:
        wavering = 0.0 if rng.random() >= WAVERING else rng.uniform(0.2, 1.0)
        sizes, drops = _habits(rng)
        ones_lean = rng.uniform(-0.15, 0.6) if rng.random() < LEANING_ONES else 0.0
    drift = 0.0 if printed else rng.normal(0, 0.02)
    stretch = float(np.exp(rng.normal(0, 0.12)))
    canvas = np.zeros((CANVAS_PX, round((len(text) + 8) * DIGIT_PX * 1.6)), np.uint8)
    x = float(DIGIT_PX)
    bracket = Bracket.some(printed, rng) if marks and rng.random() < BRACKETED else None
    if bracket is not None:
        x += bracket.draw(canvas, x, opening=True)
    elif marks and rng.random() < 0.10:
        x += _sign(canvas, x, hand, printed, rng, first=True)
    loops = 0  # px of the pen that writes zeros joined
    if varied and not printed and rng.random() < JOINED_ZEROS:
        sizes[0], loops = rng.uniform(0.5, 1.0), max(2, round(0.7 * _pen(rng)))
    for run in re.finditer("0+|." if loops else ".", text):
        (n, end), value = run.span(), int(run[0][0])
        if value == 0 and loops:
            master = joined_zeros(end - n, loops, rng, size=sizes[0])
        else:
            master = hand.digit(value, rng)
        if wavering:
            master = wavered(master, wavering, rng)
        if value == 1 and ones_lean:
            master = leant(master, ones_lean)
        size = (tail_size if n >= tail else 1.0) * sizes[value]
        tall = size * master.shape[0] * float(np.exp(rng.normal(0, 0.5 * uneven)))
        wide = size * master.shape[1] * stretch * float(np.exp(rng.normal(0, 0.5 * uneven)))
        glyph = cv2.resize(master, (max(2, round(wide)), max(2, round(tall))), interpolation=cv2.INTER_LINEAR)
        bottom = TOP_PX + DIGIT_PX * (1 + rng.normal(0, 0.6 * uneven) + drift * n + drops[value])
        if n >= tail:
            bottom -= tail_rise * (DIGIT_PX - tall)
        elif tall < 0.8 * DIGIT_PX and not printed and rng.random() < 0.5:
            bottom -= (DIGIT_PX - tall) / 2
        _paste(canvas, np.asarray(glyph, np.uint8), round(x), round(bottom - tall))
        x += wide + DIGIT_PX * max(-0.45 * wide / DIGIT_PX, rng.normal(gap, 0.04 + 0.25 * abs(gap)))
        if marks and end < len(text) and rng.random() < 0.12:
            x += _mark(canvas, x, rng)
    x = max(x, _right_edge(canvas) + 2)
    if bracket is not None:
        x += bracket.draw(canvas, x, opening=False)
    elif marks and rng.random() < 0.28:
        x += _ending(canvas, x, hand, printed, rng)
    return canvas[:, : min(canvas.shape[1], round(x) + DIGIT_PX)]


def _habits(rng: Rng) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A hand's sizes of the ten digits, and how far it drops them below the line, in heights."""
    sizes, drops = np.exp(rng.normal(0, 0.07, 10)), rng.normal(0, 0.03, 10)
    if rng.random() < TALL_ONES:
        sizes[1] = rng.uniform(1.1, 1.5)
        drops[1] = rng.uniform(0.0, 1.0) * (sizes[1] - 1)
    if rng.random() < SMALL_ZEROS:
        sizes[0] = rng.uniform(0.5, 0.75)
    if rng.random() < TALL_ONES:  # tails that hang below the line
        hanging = rng.choice([4, 7, 9], 2, replace=False)
        drops[hanging] += rng.uniform(0.05, 0.3)
    return sizes, drops


def _small_tail(length: int, rng: Rng) -> tuple[int, float, float]:
    """From which digit on those of a string are small, their size, and how far they are raised: 0 none, 1 to the top."""
    if length < 3 or rng.random() >= SMALL_TAIL:
        return length, 1.0, 0.0
    rise = float(rng.choice([0.0, rng.uniform(0.3, 0.6), 1.0]))
    return length - int(rng.integers(1, min(4, length))), float(rng.uniform(0.45, 0.75)), rise


def joined_zeros(count: int, pen: int, rng: Rng, *, size: float = 1.0) -> Master:
    """So many zeros without lifting the pen: loops that begin near their tops, strokes between them, a tail.

    size: what they will be written in, of a full digit's height; low ones are wide, or no network could part them.
    """
    wide, link = DIGIT_PX * rng.uniform(max(0.4, 0.5 / size), 1.0), DIGIT_PX * rng.uniform(0.0, 0.35)
    start, lean = rng.uniform(-0.9, 0.3), rng.uniform(-0.1, 0.5)
    parts, middle = [], 0.0
    for _ in range(count):
        half = 0.5 * np.exp(rng.normal(0, 0.08, 2)) * (wide, DIGIT_PX)
        middle += half[0]
        turn = np.linspace(start, start + 2 * np.pi + rng.uniform(-0.4, 0.5), 24)  # from the top to the left
        parts.append(np.stack([middle - half[0] * np.sin(turn), -half[1] * np.cos(turn)], 1))
        middle += half[0] + link
    if rng.random() < 0.5:
        parts.append(parts[-1][-1:] + DIGIT_PX * rng.uniform((0.1, -0.25), (0.7, 0.1)))
    path = np.concatenate(parts)
    path[:, 0] -= lean * path[:, 1]
    path -= path.min(axis=0) - 2 * pen
    high, long = np.ceil(path.max(axis=0)[::-1]).astype(int) + 2 * pen
    picture = np.zeros((high, long), np.uint8)
    cv2.polylines(picture, [np.round(path * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    return synthesis.tight_master(picture)


def leant(master: Master, lean: float) -> Master:
    """A digit leaning to the right by so much of its height."""
    wide = master.shape[1] + round(abs(lean) * master.shape[0])
    shear = np.array([[1, -lean, max(0.0, lean) * master.shape[0]], [0, 1, 0]])
    return synthesis.tight_master(
        np.asarray(cv2.warpAffine(master, shear, (wide + 2, master.shape[0])), np.uint8)
    )


def wavered(master: Master, strength: float, rng: Rng) -> Master:
    """A digit as its hand might write it another time: turned, leant, stretched and bent; strength 0..1."""
    pad = DIGIT_PX // 5
    framed = cv2.copyMakeBorder(master, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    high, wide = framed.shape
    turn, lean = strength * rng.normal(0, 0.1), strength * rng.normal(0, 0.1)
    zoom_x, zoom_y = np.exp(strength * rng.normal(0, (0.14, 0.06)))
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    down, across = y - np.float32(high / 2), x - np.float32(wide / 2)
    x = np.float32(zoom_x) * (across + np.float32(turn + lean) * down) + np.float32(wide / 2)
    y = np.float32(zoom_y) * (down - np.float32(turn) * across) + np.float32(high / 2)
    knots = rng.normal(0, strength * 0.035 * DIGIT_PX, (2, 4, 3)).astype(np.float32)
    x += cv2.resize(knots[0], (wide, high), interpolation=cv2.INTER_CUBIC)
    y += cv2.resize(knots[1], (wide, high), interpolation=cv2.INTER_CUBIC)
    bent_one = synthesis.tight_master(np.asarray(cv2.remap(framed, x, y, cv2.INTER_LINEAR), np.uint8))
    return bent_one if min(bent_one.shape) >= 2 else master


@dataclass(frozen=True, slots=True)
class Bracket:
    """One pair of brackets, taller than the digits and bent or hooked, or they would be ones. Lengths in px."""

    square: bool
    tall: float
    wide: float
    room: float  # to the digits
    pen: int

    @classmethod
    def some(cls, printed: bool, rng: Rng) -> Bracket:
        """A pair as some hand or font has it."""
        tall = DIGIT_PX * rng.uniform(1.15, 1.5)
        return cls(
            bool(rng.random() < 0.3), tall, tall * rng.uniform(0.16, 0.3),
            DIGIT_PX * rng.uniform(0.02, 0.15 if printed else 0.3), max(2, round(0.6 * _pen(rng))),
        )  # fmt: skip

    def draw(self, canvas: Line, x: float, *, opening: bool) -> float:
        """Draw one of the two where the pen is; how far it moves the pen on."""
        before = 0.0 if opening else self.room
        round_one = np.linspace(-0.5, 0.5, 9)
        down = np.array([-0.5, -0.5, 0.5, 0.5]) if self.square else round_one
        across = self.wide * (np.array([1.0, 0, 0, 1]) if self.square else (2 * round_one) ** 2)
        middle = TOP_PX + DIGIT_PX / 2
        edge = across if opening else self.wide - across
        path = np.stack([x + before + edge, middle + self.tall * down], 1)
        cv2.polylines(canvas, [np.round(path * 16).astype(np.int32)], False, 255, self.pen, cv2.LINE_AA, 4)
        return self.wide + self.room


def some_letters(rng: Rng) -> str:
    """Letters as they follow each other by chance, the common ones more often."""
    share = 1 / np.arange(2.0, len(COMMON) + 2)
    letters = "".join(rng.choice(list(COMMON), int(rng.integers(2, 9)), p=share / share.sum()))
    kind = rng.random()
    return letters.upper() if kind < 0.3 else letters.capitalize() if kind < 0.5 else letters


def write_letters(word: str, font: Font, rng: Rng, *, grown: float = 1.0) -> Line:
    """A word of letters; grown: times as large as a digit's height makes it."""
    canvas = np.zeros((CANVAS_PX, round((len(word) + 4) * DIGIT_PX * 1.6)), np.uint8)
    x, gap = float(DIGIT_PX), rng.uniform(0.03, 0.2) * DIGIT_PX
    for letter in word:
        master = font.letters.get(letter)
        if master is None:
            continue
        size = (max(2, round(master.shape[1] * grown)), max(2, round(master.shape[0] * grown)))
        glyph = cv2.resize(master, size, interpolation=cv2.INTER_LINEAR)
        hang = 0.25 * DIGIT_PX * grown if letter in DESCENDERS else 0.0
        _paste(
            canvas, np.asarray(glyph, np.uint8), round(x), round(TOP_PX + DIGIT_PX + hang - glyph.shape[0])
        )
        x += glyph.shape[1] + gap
    return canvas[:, : min(canvas.shape[1], round(x) + DIGIT_PX)]


def _right_edge(canvas: Line) -> int:
    columns = np.flatnonzero(canvas.max(axis=0))
    return int(columns[-1]) + 1 if columns.size else 0


def _paste(canvas: Line, glyph: NDArray[np.uint8], x: int, y: int) -> None:
    high, wide = canvas.shape
    top, left = max(0, y), max(0, x)
    bottom, right = min(high, y + glyph.shape[0]), min(wide, x + glyph.shape[1])
    if top < bottom and left < right:
        into = canvas[top:bottom, left:right]
        np.maximum(into, glyph[top - y : bottom - y, left - x : right - x], out=into)


def _pen(rng: Rng) -> int:
    return max(2, round(DIGIT_PX * rng.uniform(0.05, 0.16)))


def _point(canvas: Line, at: int, pen: int, rng: Rng) -> float:
    """A point of any height, or a comma; how far it moves the pen on."""
    foot = TOP_PX + DIGIT_PX
    y = (
        foot - rng.uniform(0, 0.08) * DIGIT_PX
        if rng.random() < 0.7
        else foot - rng.uniform(0.2, 0.8) * DIGIT_PX
    )
    cv2.circle(canvas, (at + pen, round(y)), max(1, round(pen * rng.uniform(0.6, 1.0))), 255, -1, cv2.LINE_AA)
    if rng.random() < 0.45:  # a comma
        tail = (
            at + pen - round(DIGIT_PX * rng.uniform(0, 0.15)),
            round(y + DIGIT_PX * rng.uniform(0.1, 0.3)),
        )
        cv2.line(canvas, (at + pen, round(y)), tail, 255, max(1, pen - 1), cv2.LINE_AA)
    return DIGIT_PX * rng.uniform(0.12, 0.4)


def _mark(canvas: Line, x: float, rng: Rng) -> float:
    """A point, comma, raised point, dash, colon or slash between digits; how far it moves the pen on."""
    foot, pen = TOP_PX + DIGIT_PX, _pen(rng)
    kind = rng.random()
    at = round(x + DIGIT_PX * rng.uniform(0.0, 0.15))
    if kind < 0.62:
        return _point(canvas, at, pen, rng)
    if kind < 0.84:
        long = DIGIT_PX * rng.uniform(0.2, 0.6)
        y = round(foot - DIGIT_PX * rng.uniform(0.35, 0.6))
        cv2.line(canvas, (at, y), (round(at + long), y + round(rng.normal(0, 2))), 255, pen, cv2.LINE_AA)
        return long + DIGIT_PX * 0.25
    if kind < 0.95:
        for height in (0.2, 0.7):
            cv2.circle(
                canvas,
                (at + pen, round(foot - height * DIGIT_PX)),
                max(1, round(pen * 0.8)),
                255,
                -1,
                cv2.LINE_AA,
            )
        return DIGIT_PX * 0.3
    lean = round(DIGIT_PX * rng.uniform(0.25, 0.6))
    rise = round(DIGIT_PX * rng.uniform(0.15, 0.35))  # one no taller than its digits is a 1 to anybody
    cv2.line(canvas, (at, foot + rise), (at + lean, TOP_PX - rise), 255, max(1, pen - 1), cv2.LINE_AA)
    return lean + DIGIT_PX * 0.2


def _sign(canvas: Line, x: float, hand: Hand, printed: bool, rng: Rng, *, first: bool = False) -> float:
    """A letter or currency sign; how far it moves the pen on. Nobody writes a slash first: that is a 1."""
    found = hand.sign(rng, printed=printed)
    if found is None or (first and found[0] == RAISED_SIGN):
        return 0.0 if first else _mark(canvas, x, rng)
    sign, master = found
    room = DIGIT_PX * rng.uniform(0.08, 0.4)
    y = (
        TOP_PX - DIGIT_PX * rng.uniform(-0.1, 0.1)
        if sign == RAISED_SIGN
        else TOP_PX + DIGIT_PX - master.shape[0]
    )
    _paste(canvas, master, round(x), round(y))
    return float(master.shape[1] + room)


def _ending(canvas: Line, x: float, hand: Hand, printed: bool, rng: Rng) -> float:
    """What stands after an amount: dashes, an equals sign, a point and dash, a wavy line, a sign."""
    kind = rng.random()
    at = x + DIGIT_PX * rng.uniform(0, 0.3)
    if kind < 0.25:
        return at - x + _sign(canvas, at, hand, printed, rng)
    if kind < 0.4:
        return at - x + _mark(canvas, at, rng)
    pen = max(2, _pen(rng) - 1)
    if rng.random() < POINT_AND_DASH:
        at += _point(canvas, round(at), pen, rng)
    long = DIGIT_PX * rng.uniform(0.3, 2.0)
    middle = TOP_PX + DIGIT_PX * rng.uniform(0.1, 0.8)
    across = np.linspace(0, long, 9)
    swing = DIGIT_PX * rng.uniform(0, 0.12) * np.sin(across / DIGIT_PX * rng.uniform(3, 12))
    rises = (0.0,) if kind < 0.7 else (0.0, DIGIT_PX * rng.uniform(0.12, 0.3))
    for rise in rises:
        path = np.stack([at + across, middle + swing + rise + rng.normal(0, 1)], 1)
        cv2.polylines(canvas, [np.round(path * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    return at - x + long + DIGIT_PX * 0.3


def bent(line: Line, printed: bool, rng: Rng) -> Line:
    """Slanted, curved and unevenly stretched, as one map."""
    high, wide = line.shape
    strength = 0.25 if printed else 1.0
    slant = (
        rng.normal(0, 0.06) if printed else rng.normal(*(0.05, 0.18) if rng.random() < 0.85 else (0.35, 0.12))
    )
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    x += np.float32(np.clip(slant, -0.5, 0.6)) * (y - (TOP_PX + DIGIT_PX / 2))
    y += np.float32(rng.normal(0, 0.02 * strength)) * (x - wide / 2)
    knots = (2, 4, max(3, wide // 24))
    bend = rng.normal(0, strength * rng.uniform(0.2, 2.2), knots).astype(np.float32)
    x += cv2.resize(bend[0], (wide, high), interpolation=cv2.INTER_CUBIC)
    y += cv2.resize(bend[1], (wide, high), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.remap(line, x, y, cv2.INTER_LINEAR), np.uint8)


def weighted(line: Line, printed: bool, rng: Rng) -> Line:
    """Strokes thinner or thicker: blurred and set apart from paper again at another level."""
    sigma = rng.uniform(0.6, 2.6)
    level = float(np.clip(rng.normal(118, 38), 48, 190))
    if sigma > 1.7:
        level = min(level, 120.0)  # a thin stroke blurred so far has no higher peak
    soft = np.asarray(cv2.GaussianBlur(line, (0, 0), sigma), np.float32)
    again = np.asarray(np.clip((soft - level) * rng.uniform(4, 12) + 128, 0, 255), np.uint8)
    left = _least_kept(line, again, DIGIT_PX)
    return again if left > LEAST_LEFT_ANYWHERE and again.sum() > LEAST_LEFT * line.sum() else line


def _least_kept(before: NDArray[np.generic], after: NDArray[np.generic], digit: float) -> float:
    """The least share of its ink that any part of a line about a digit long keeps; parts with next to none aside."""
    parts = np.arange(0, before.shape[1], max(1, round(digit)))
    old, new = (np.add.reduceat(ink.sum(axis=0, dtype=np.float64), parts) for ink in (before, after))
    inked = old > LITTLE_INK * old.max(initial=0)
    return float((new[inked] / old[inked]).min(initial=np.inf))


def _ruled(line: Line, rng: Rng) -> None:
    """Rules and boxes through, under, over and beside the writing, whole or dotted."""
    high, wide = line.shape
    pen = max(1, round(DIGIT_PX * rng.uniform(0.03, 0.09)))
    kind = rng.random()
    tilt = round(rng.normal(0, 2))
    if kind < 0.28:  # under, now and then through the feet
        y = TOP_PX + DIGIT_PX * rng.uniform(0.9, 1.35)
        rows = [y]
    elif kind < 0.64:  # through
        rows = [TOP_PX + DIGIT_PX * rng.uniform(0.05, 0.95)]
    elif kind < 0.7:  # over
        rows = [TOP_PX - DIGIT_PX * rng.uniform(0.05, 0.35)]
    else:  # a box
        rows = [TOP_PX - DIGIT_PX * rng.uniform(0.05, 0.4), TOP_PX + DIGIT_PX * rng.uniform(1.05, 1.4)]
        inked = np.flatnonzero(line.max(axis=0) > 128)
        first, last = (int(inked[0]), int(inked[-1])) if inked.size else (DIGIT_PX, wide - DIGIT_PX)
        for x in (first - DIGIT_PX * rng.uniform(-0.08, 0.8), last + DIGIT_PX * rng.uniform(-0.08, 0.8)):
            if rng.random() < 0.75:  # a side, now and then touched or crossed by the digit beside it
                cv2.line(line, (round(x), round(rows[0])), (round(x), round(rows[1])), 255, pen)
        if rng.random() < 0.4:  # it may be high, or the rows of a table
            rows = [row for row in rows if rng.random() < 0.5]
    for y in rows:
        if rng.random() < 0.2:
            step = round(DIGIT_PX * rng.uniform(0.15, 0.4))
            for x in range(0, wide, step):
                cv2.line(line, (x, round(y)), (x + step // 3, round(y)), 255, pen)
        else:
            cv2.line(line, (0, round(y)), (wide, round(y) + tilt), 255, pen)


def _neighboured(line: Line, hands: Hands, rng: Rng) -> None:
    """Feet of the line above, heads of the line below, specks."""
    hand, _ = hands.any_hand(rng)
    for _ in range(int(rng.integers(1, 5))):
        glyph = hand.digit(int(rng.integers(10)), rng)
        x = round(rng.uniform(0, line.shape[1]))
        reach = rng.uniform(0.05, 0.3) * DIGIT_PX
        above = rng.random() < 0.5
        y = TOP_PX - DIGIT_PX * 0.3 + reach - glyph.shape[0] if above else TOP_PX + DIGIT_PX * 1.25 - reach
        _paste(line, glyph, x, round(y))


def _specks(line: Line, rng: Rng) -> None:
    for _ in range(int(rng.integers(1, 12))):
        x, y = int(rng.integers(line.shape[1])), int(rng.integers(line.shape[0]))
        cv2.circle(line, (x, y), int(rng.integers(1, 4)), 255, -1, cv2.LINE_AA)


# paper and scanner ---------------------------------------------------------------------------------------


def _smooth_noise(shape: tuple[int, int], grain: float, rng: Rng) -> NDArray[np.float32]:
    """Noise of standard deviation about 1 whose blots are about `grain` px."""
    knots = (max(2, round(shape[0] / grain) + 1), max(2, round(shape[1] / grain) + 1))
    coarse = rng.standard_normal(knots, dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _paper(shape: tuple[int, int], depth: float, rng: Rng) -> NDArray[np.float32]:
    """Grey levels that paper adds to its own: texture, a pattern, uneven light; all less than the ink's depth."""
    paper = np.zeros(shape, np.float32)
    if rng.random() < 0.5:
        paper += _smooth_noise(shape, rng.uniform(1.5, 8), rng) * (depth * rng.uniform(0.01, 0.12))
    if rng.random() < 0.3:  # a security pattern or a screen
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        angle, pitch = rng.uniform(0, np.pi), rng.uniform(2.5, 12)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / pitch) + rng.uniform(0, 6)
                      + np.sin(x / rng.uniform(6, 30)) * rng.uniform(0, 2))  # fmt: skip
        if rng.random() < 0.5:
            wave = np.where(wave > rng.uniform(0.2, 0.8), -1.0, 0.0)
        paper += wave.astype(np.float32) * np.float32(depth * rng.uniform(0.05, 0.4))
    if rng.random() < 0.3:
        slope = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32) * (depth * rng.normal(0, 0.2))
        paper += slope[None, :]
    return paper


def scan_line(line: Line, rng: Rng) -> NDArray[np.uint8]:
    """A line on paper as a scanner gives it, about DIGIT_PX or less a digit: (h, w) uint8, ink low."""
    zoom = float(np.exp(rng.uniform(np.log(14), np.log(DIGIT_PX)))) / DIGIT_PX
    size = (max(8, round(line.shape[1] * zoom)), max(8, round(line.shape[0] * zoom)))
    cover = np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_AREA), np.float32) / 255
    shape = (size[1], size[0])
    if rng.random() < 0.3:  # faint and broken strokes
        blots = np.maximum(_smooth_noise(shape, rng.uniform(2, 9), rng), 0)
        cover *= np.clip(1 - rng.uniform(0.1, 0.45) * blots, 0, 1)
    level, depth = rng.uniform(170, 255), rng.uniform(50, 230)
    paper = level + _paper(shape, depth, rng)
    grey = paper - depth * cover
    if rng.random() < 0.5:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 0.9)), np.float32)
    grey += rng.standard_normal(shape, dtype=np.float32) * (1 + depth * rng.uniform(0, 0.07))
    if rng.random() < 0.35:  # black and white
        dark = grey < level - depth * rng.uniform(0.25, 0.55)
        if not _legible(cover, dark, zoom):
            dark = grey < level - depth * 0.25
        if _legible(cover, dark, zoom):  # nobody keeps a scan that lost its writing
            grey = np.where(dark, 0.0, 255.0)
        if rng.random() < 0.3:
            grey = np.where(rng.random(shape) < rng.uniform(0.001, 0.02), 255 - grey, grey)
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


def _legible(cover: NDArray[np.floating], dark: NDArray[np.bool_], zoom: float) -> bool:
    """Whether a scan in black and white still has the ink that covers a line, and any digit's."""
    kept = _least_kept(cover, dark, DIGIT_PX * zoom)
    return bool(kept > LEAST_KEPT_ANYWHERE and dark.sum() > LEAST_KEPT * cover.sum())


def to_strip(scan: NDArray[np.uint8], rng: Rng) -> Strip:
    """The scan cut to a strip, its height and middle a little misjudged."""
    zoom = scan.shape[0] / CANVAS_PX
    height = DIGIT_PX * zoom * float(np.exp(rng.normal(0, 0.09)))
    middle = (TOP_PX + DIGIT_PX / 2) * zoom + rng.normal(0, 0.06) * height
    half = STRIP_HEIGHT / 2 / WRITING_HEIGHT * height
    top, bottom = round(middle - half), round(middle + half)
    around = (max(0, -top), max(0, bottom - scan.shape[0]))
    cut = scan[max(0, top) : max(max(0, top) + 1, bottom)]
    if any(around):
        paper = float(np.percentile(cut, PAPER_PERCENTILE))
        cut = np.asarray(cv2.copyMakeBorder(cut, *around, 0, 0, cv2.BORDER_CONSTANT, value=paper), np.uint8)
    scale = STRIP_HEIGHT / cut.shape[0]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    size = (max(STRIP_HEIGHT, round(cut.shape[1] * scale)), STRIP_HEIGHT)
    return evened(np.asarray(cv2.resize(cut, size, interpolation=how), np.uint8))


def on_a_small_picture(scan: NDArray[np.uint8], left: float, right: float, rng: Rng) -> NDArray[np.uint8]:
    """The scan as if it had been cut out close around its writing, with plain paper where it was cut off.

    left, right: columns of the scan between which the writing is. Any side may be spared.
    """
    high, wide = scan.shape
    digit = DIGIT_PX * high / CANVAS_PX
    foot, head = (TOP_PX + DIGIT_PX) * high / CANVAS_PX, TOP_PX * high / CANVAS_PX
    room = digit * rng.uniform(-0.03, 0.25, 4)
    edges = (head - room[0], high - foot - room[1], left - room[2], wide - right - room[3])
    top, bottom, before, after = (max(0, round(edge)) if rng.random() < 0.6 else 0 for edge in edges)
    inner = scan[top : high - bottom, before : wide - after]
    if not inner.size:  # a speck of a string
        return scan
    paper = float(np.percentile(inner, PAPER_PERCENTILE))
    whole = cv2.copyMakeBorder(inner, top, bottom, before, after, cv2.BORDER_CONSTANT, value=paper)
    return np.asarray(whole, np.uint8)


def draw_strip(text: str, hands: Hands, rng: Rng, *, varied: bool = False) -> Strip:
    """One string in somebody's hand, on some paper, with what may stand around it; no text is a word of letters.

    varied: to learn from, see `write`.
    """
    return to_strip(draw_scan(text, hands, rng, varied=varied), rng)


def draw_scan(text: str, hands: Hands, rng: Rng, *, varied: bool = False) -> NDArray[np.uint8]:
    """The same as a picture, of which `to_strip` makes a strip: (h, w) uint8, ink low."""
    hand, printed = hands.any_hand(rng)
    if text:
        line = write(text, hand, printed, rng, varied=varied)
    else:
        fonts = hands.print_fonts if rng.random() < 0.6 else hands.hand_fonts
        font = fonts[int(rng.integers(len(fonts)))]
        grown = float(rng.uniform(0.9, 1.3))  # a word of small letters is cut out larger
        line = write_letters(some_letters(rng), font, rng, grown=grown)
    return _scanned(line, hands, printed, rng, trimmed=True)


def scanned_strip(line: Line, hands: Hands, printed: bool, rng: Rng, *, trimmed: bool = True) -> Strip:
    """The strip of a line of writing, with what may stand around it, on some paper. trimmed: the line has room at both ends, of
    which any may be lost."""
    return to_strip(_scanned(line, hands, printed, rng, trimmed=trimmed), rng)


def _scanned(line: Line, hands: Hands, printed: bool, rng: Rng, *, trimmed: bool) -> NDArray[np.uint8]:
    line = bent(line, printed, rng)
    if rng.random() < 0.75:
        line = weighted(line, printed, rng)
    inked = np.flatnonzero(line.max(axis=0) > 128)
    left, right = (int(inked[0]), int(inked[-1]) + 1) if inked.size else (0, line.shape[1])
    if rng.random() < 0.4:
        _ruled(line, rng)
    if rng.random() < 0.15:
        _neighboured(line, hands, rng)
    if rng.random() < 0.15:
        _specks(line, rng)
    trim, off = (round(rng.uniform(0, 0.75) * DIGIT_PX) * trimmed for _ in range(2))
    line = line[:, trim : line.shape[1] - off]
    scan = scan_line(line, rng)
    if rng.random() < SMALL_PICTURES:
        zoom = scan.shape[1] / line.shape[1]
        scan = on_a_small_picture(scan, (left - trim) * zoom, (right - trim) * zoom, rng)
    return scan


def some_text(longest: int, rng: Rng) -> str:
    """A string of 1 to `longest` digits; runs of one digit and of zeros come more often than by chance. Now and then
    none, for a word of letters."""
    if rng.random() < LETTERED:
        return ""
    length = int(rng.integers(1, longest + 1))
    digits = rng.integers(0, 10, length)
    if rng.random() < AMOUNTS:
        digits[0] = rng.choice(np.arange(1, 10), p=BENFORD)
    for n in range(1, length):
        if rng.random() < 0.12:
            digits[n] = digits[n - 1]
    if rng.random() < 0.15 and length > 2:
        digits[-int(rng.integers(1, length)) :] = 0
    return "".join(map(str, digits))
