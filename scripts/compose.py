"""Draws pages with truth to fit on, in the hands of MNIST writers, in fonts and pens: tables, forms, running text, and pictures of
one string. Leaves out: what is fitted on them (`calibrate_words.py`, `fit_cuts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.network import strings
from batchocr.network.strings import Hand, Hands

WORDS = """
the of and in you that he was for on are as with his they at be this have from or one had by word
but not what all were we when your can said there use an each which she do how their if will up
other about out many then them these some her would make like him into time has look two more write
see number no way could people my than first water been call who now find long down day did get come
made may part total paid name date room sum In Sell oil So Is Ill soil SO lO bib Ins Mean Total Date Sig
""".split()  # noqa: SIM905
PAGE = (1600, 1400)  # px
RULED_ALONE = 0.15  # of the pictures of one string have a line across or under
SCANNED_ALONE = 0.5  # of them are on such paper and scanned as what the sliding network learns from
UNKNOWN = 0.15  # of the strings are in a pen that strays farther than any that was learnt
UNKNOWN_ALONE = 0.35  # the same of lone pictures
STRAYING = (0.05, 0.12)  # heights by which the points of its digits stray
ONE_HAND = 0.9  # of the pages are in one hand or print throughout
WORN_RULES = 0.5  # of the tables with upright rules: these are in pieces
BOXES_APART = 0.6  # of the pages of boxes for one digit each: these stand apart
BOX_SHADES = (40, 220)  # of 255: how dark such boxes are
STRONG = 190  # of 255: paler boxes are lost to a scan in black and white, and nothing tells then of them
GUIDED = 0.4  # of those apart: guides are printed in them
PRINTED = 0.6  # of these are print
WAVERING = (0.2, 0.8)  # how strongly one hand's digits differ from each other: nobody writes a digit twice
WORN = 0.5  # of the pages have lost ink here and there, each digit another part of it
MOST_WORN = (0.1, 0.6)  # of the ink's depth that is lost where most is
PLAIN_HEIGHTS = (20.0, 45.0)  # px of the digits of plain tables
THINNED = 0.85  # of these have lost the thinnest of their strokes
COMBS = "combs"  # layout of a form with a box for each digit
PLAIN = "plain"  # layout of a table of nothing but numbers in worn print


@dataclass(frozen=True)
class Sheet:
    image: NDArray[np.uint8]
    truth: list[tuple[Box, str]]


def some_number(rng: np.random.Generator, most: int = 8) -> str:
    """One to `most` digits."""
    return "".join(
        str(d) for d in rng.integers(0, 10, min(most, int(rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 8]))))
    )


@dataclass(frozen=True)
class Wavering:
    """A hand whose digits differ each time: MNIST has ten of a writer at most, and a font one, for a whole page."""

    hand: Hand
    strength: float

    def digit(self, value: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """One digit as this hand writes it now."""
        return strings.wavered(self.hand.digit(value, rng), self.strength, rng)

    def sign(self, rng: np.random.Generator, *, printed: bool) -> tuple[str, NDArray[np.uint8]] | None:
        """A letter or a sign such as of currency, and what it looks like, where the hand has any."""
        return self.hand.sign(rng, printed=printed)


class Composer:
    """Draws pages from held-out writers, held-out fonts and pens: tables, forms and running text."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands

    def page(self, rng: np.random.Generator, layout: str | None = None) -> Sheet:
        """A page of one kind of layout, one size of writing, with truth for each number.

        layout: table, plain (a table of nothing but numbers, in worn print, as most real ones are that were scanned), boxes,
        text or combs; where it is None table, boxes or text: of combs so many are still read in pieces that confidence fitted
        to them holds lone digits of all pages for pieces.
        """
        depth = np.zeros(PAGE, np.float32)
        truth: list[tuple[Box, str]] = []
        plain = layout == PLAIN
        height = float(np.exp(rng.uniform(*np.log(PLAIN_HEIGHTS if plain else (18, 70)))))
        layout = layout or str(rng.choice(["table", "boxes", "text"], p=[0.5, 0.2, 0.3]))
        share = {"text": 0.12, PLAIN: 1.0}.get(layout, 0.85)
        own = self._print(rng) if plain else self._one_hand(rng) if rng.random() < ONE_HAND else None
        pen = int(rng.integers(1 << 32)) if own else None
        of_words = height * float(np.exp(rng.normal(0, 0.35)))  # forms mix sizes of writing
        if layout == COMBS:
            shade = float(rng.uniform(*BOX_SHADES))
            self._combs(depth, truth, own or self._somebody(rng), height, shade, pen, rng)
            return Sheet(self._scan(depth, height, rng, grey=shade < STRONG), truth)
        uneven = rng.uniform(0, 0.12)
        pitch = height * float(np.exp(rng.uniform(np.log(1.4), np.log(3.2))))
        cell = height * float(np.exp(rng.uniform(np.log(2.8), np.log(9))))
        most = max(1, min(8, round(cell / height / 0.75)))  # digits: a table's columns fit its numbers
        flush = layout in ("table", PLAIN) and rng.random() < 0.5  # right, as figures are set
        y = 70.0
        while y + 2.2 * height < PAGE[0]:
            x = 70.0
            while x < PAGE[1] - 2 * height:
                number = rng.random() < share
                room = PAGE[1] - x - height if layout == "text" else min(cell - 0.35 * height, PAGE[1] - x)
                text = some_number(rng, most) if number else str(rng.choice(WORDS))
                size = (height if number else of_words) * float(np.exp(rng.normal(0, uneven)))
                ink = self._ink(text, number, own or self._somebody(rng), size, pen, rng, marks=not plain)
                if ink.shape[1] < room:
                    box = self._paste(depth, ink, x + (room - ink.shape[1] if flush else 0), y)
                    if number:
                        truth.append((box, text))
                    if layout == "boxes" and number:
                        corners = (round(x - 0.3 * height), round(y - 0.3 * height)), (
                            round(x + cell - 0.7 * height), round(y + 1.4 * height),
                        )  # fmt: skip
                        cv2.rectangle(depth, *corners, 220.0, max(1, round(height / 25)))
                x += cell if layout != "text" else ink.shape[1] + height * rng.uniform(0.45, 0.9)
            y += pitch
        if layout in ("table", PLAIN) and rng.random() < 0.6:
            self._rule(depth, pitch, cell, height, rng)
        if plain and rng.random() < THINNED:
            depth = thinned(depth, height, rng)
        return Sheet(self._scan(depth, height, rng), truth)

    def _combs(
        self,
        depth: NDArray[np.float32],
        truth: list[tuple[Box, str]],
        who: tuple[Hand, bool],
        height: float,
        shade: float,
        pen: int | None,
        rng: np.random.Generator,
    ) -> None:
        """Numbers a digit to a box, in combs or in boxes apart, and words before them; boxes that are not needed are
        empty or crossed out."""
        side, apart = height * rng.uniform(1.3, 1.9), rng.random() < BOXES_APART
        pitch = side * (1 + apart * rng.uniform(0.1, 0.35))
        thick = max(1, round(height * rng.uniform(0.03, 0.07)))
        guided, crossed = apart and rng.random() < GUIDED, rng.random() < 0.5
        for y in np.arange(70.0, PAGE[0] - 2 * side, side * rng.uniform(1.25, 2)):
            label = self._ink(str(rng.choice(WORDS)), False, who, height * rng.uniform(0.4, 1), pen, rng)
            if label.shape[1] < PAGE[1] / 3:
                self._paste(depth, label, 60, y + 0.3 * side)
            x = 80 + PAGE[1] / 3
            while (count := min(int(rng.integers(1, 11)), int((PAGE[1] - 60 - x) / pitch))) > 0:
                text = some_number(rng, count)
                boxes = []
                for n in range(count):
                    left = x + n * pitch
                    corners = (round(left), round(y)), (round(left + side), round(y + side))
                    cv2.rectangle(depth, *corners, shade, thick)
                    if guided:
                        _draw_guide(depth, left + 0.3 * side, y + 0.2 * side, side, 0.4 * shade)
                    if n >= count - len(text):
                        ink = self._ink(text[n - count], True, who, height, pen, rng, marks=False)
                        middle = left + (side - ink.shape[1]) / 2 + rng.normal(0, 0.06) * side
                        boxes.append(
                            self._paste(
                                depth, ink, max(0.0, middle), y + (side - height) * rng.uniform(0.3, 0.7)
                            )
                        )
                    elif crossed:
                        _draw_cross(depth, left, y, side, 2 * thick, rng)
                truth.append((reduce(Box.union, boxes), text))
                x += count * pitch + side * rng.uniform(0.8, 2)

    def alone(self, rng: np.random.Generator, digits: int | None = None) -> Sheet:
        """A picture of one string, as a form's field is cut out. digits: how many, one to eight where it is None."""
        who, printed = self._somebody(rng, UNKNOWN_ALONE)
        text = "".join(map(str, rng.integers(0, 10, digits))) if digits else some_number(rng)
        line = strings.write(text, who, printed, rng)
        line = strings.bent(line, printed, rng)
        if rng.random() < 0.5:
            line = strings.weighted(line, printed, rng)
        inked = np.flatnonzero(line.max(axis=0) > 128)
        if rng.random() < RULED_ALONE:
            row = round(strings.TOP_PX + strings.DIGIT_PX * rng.uniform(0.1, 1.3))
            cv2.line(
                line, (0, row), (line.shape[1], row + round(rng.normal(0, 1))), 255, int(rng.integers(1, 4))
            )
        if inked.size and rng.random() < SCANNED_ALONE:
            scan = strings.scan_line(line, rng)
            zoom = scan.shape[1] / line.shape[1]
            if rng.random() < 0.5:
                scan = strings.on_a_small_picture(scan, inked[0] * zoom, (inked[-1] + 1) * zoom, rng)
            return Sheet(scan, [(Box(0, 0, scan.shape[1], scan.shape[0]), text)])
        zoom = float(np.exp(rng.uniform(np.log(20), np.log(70)))) / strings.DIGIT_PX
        size = (max(30, round(line.shape[1] * zoom)), max(24, round(line.shape[0] * zoom)))
        how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
        depth = np.asarray(cv2.resize(line, size, interpolation=how), np.float32)
        return Sheet(self._scan(depth, strings.DIGIT_PX * zoom, rng), [(Box(0, 0, *size), text)])

    def _one_hand(self, rng: np.random.Generator) -> tuple[Hand, bool]:
        """Who wrote or printed a whole page."""
        if rng.random() < PRINTED:
            return self._print(rng)
        hand, printed = self._somebody(rng)
        return (hand if printed else Wavering(hand, float(rng.uniform(*WAVERING)))), printed

    def _print(self, rng: np.random.Generator) -> tuple[Hand, bool]:
        return self.hands.print_fonts[int(rng.integers(len(self.hands.print_fonts)))], True

    def _somebody(self, rng: np.random.Generator, unknown: float = UNKNOWN) -> tuple[Hand, bool]:
        """A hand held out, or one such as was never learnt: who scans forms has writers unlike ours."""
        if rng.random() < unknown:
            pen = strings.Pen(rng)
            pen.loose = float(rng.uniform(*STRAYING))
            return pen, False
        return self.hands.any_hand(rng)

    def _ink(
        self,
        text: str,
        number: bool,
        who: tuple[Hand, bool],
        height: float,
        pen: int | None,
        rng: np.random.Generator,
        *,
        marks: bool = True,
    ) -> NDArray[np.uint8]:
        """A number or a word: (h, w) uint8 ink, cut at its left and right edge. pen: a seed; the same one makes
        strokes as thick, None any. marks: points, dashes and signs may stand in a number."""
        hand, printed = who
        if number:
            line = strings.write(text, hand, printed, rng, gap=rng.uniform(0.02, 0.25), marks=marks)
        else:
            fonts = [*self.hands.print_fonts, *self.hands.hand_fonts]
            line = strings.write_letters(text, fonts[int(rng.integers(len(fonts)))], rng)
        line = strings.bent(line, printed, rng)
        press = rng if pen is None else np.random.default_rng(pen)
        if press.random() < 0.5:
            line = strings.weighted(line, printed, press)
        columns = np.flatnonzero(line.max(axis=0) > 60)
        line = line[:, columns[0] : columns[-1] + 1] if columns.size else line[:, :4]
        zoom = height / strings.DIGIT_PX
        size = (max(3, round(line.shape[1] * zoom)), max(8, round(line.shape[0] * zoom)))
        how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(line, size, interpolation=how), np.uint8)

    def _paste(self, depth: NDArray[np.float32], ink: NDArray[np.uint8], x: float, y: float) -> Box:
        """Lay ink on the page, its digits' top at y; the box of the ink."""
        top = max(0, round(y - ink.shape[0] * strings.TOP_PX / strings.CANVAS_PX))
        area = depth[top : top + ink.shape[0], round(x) : round(x) + ink.shape[1]]
        np.maximum(area, ink[: area.shape[0], : area.shape[1]], out=area)
        rows = np.flatnonzero(ink.max(axis=1) > 60)
        first, last = (int(rows[0]), int(rows[-1])) if rows.size else (0, 0)
        return Box(round(x), top + first, round(x) + ink.shape[1], top + last + 1)

    def _rule(
        self, depth: NDArray[np.float32], pitch: float, cell: float, height: float, rng: np.random.Generator
    ) -> None:
        """Rules between the rows and columns of a table."""
        pen = max(1, round(height * rng.uniform(0.03, 0.09)))
        for y in np.arange(70 - 0.35 * height, PAGE[0], pitch):
            cv2.line(depth, (40, round(y)), (PAGE[1] - 40, round(y)), 220.0, pen)
        if rng.random() < 0.7:
            worn = rng.random() < WORN_RULES
            for x in np.arange(70 - 0.3 * height, PAGE[1], cell):
                if worn:
                    _draw_worn(depth, x, height, pen, rng)
                else:
                    cv2.line(depth, (round(x), 40), (round(x), PAGE[0] - 40), 220.0, pen)

    def _scan(
        self, depth: NDArray[np.float32], height: float, rng: np.random.Generator, *, grey: bool = False
    ) -> NDArray[np.uint8]:
        """Ink on paper as a scanner gives it; height: px of a digit, small ones are not blurred away. grey: never in
        black and white."""
        if rng.random() < WORN:
            depth = worn(depth, height, rng)
        blurred = cv2.GaussianBlur(depth, (0, 0), float(rng.uniform(0.5, min(1.8, 0.5 + height / 30))))
        high, wide = depth.shape
        shade = cv2.resize(
            rng.uniform(0.75, 1, (4, 3)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC
        )
        paper, contrast = 235 * shade, float(rng.uniform(0.45, 0.9))
        noisy = paper * (1 - contrast * blurred / 255) + rng.normal(0, float(rng.uniform(1, 7)), depth.shape)
        if rng.random() < 0.4 and not grey:
            return np.where(noisy < paper * (1 - contrast * rng.uniform(0.3, 0.55)), 0, 255).astype(np.uint8)
        return np.clip(noisy, 0, 255).astype(np.uint8)


def worn(depth: NDArray[np.float32], height: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Ink that has faded in blots of a stroke's to a digit's size. height: px of a digit."""
    grain = height * float(np.exp(rng.uniform(np.log(0.08), np.log(0.6))))
    knots = (round(depth.shape[0] / grain) + 2, round(depth.shape[1] / grain) + 2)
    blots = cv2.resize(
        rng.standard_normal(knots, dtype=np.float32), depth.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    lost = float(rng.uniform(*MOST_WORN)) * np.maximum(blots, 0)
    return np.asarray(depth * np.clip(1 - lost, 0, 1), np.float32)


def thinned(depth: NDArray[np.float32], height: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Print that has lost the thinnest of its strokes, as in old type or where a scan was too light. height: px of a digit."""
    blurred = cv2.GaussianBlur(depth, (0, 0), height * float(rng.uniform(0.015, 0.06)))
    lost = float(rng.uniform(0.15, 0.65))
    left = np.clip((blurred - 255 * lost) / (1 - lost), 0, 255) * float(rng.uniform(1, 2.5))
    return np.asarray(np.minimum(left, 255), np.float32)


def _draw_guide(depth: NDArray[np.float32], left: float, top: float, side: float, shade: float) -> None:
    """Two squares one above the other, inside a box, that tell how to write a digit."""
    for row in range(2):
        corner = round(left), round(top + row * 0.3 * side)
        cv2.rectangle(depth, corner, (corner[0] + round(0.4 * side), corner[1] + round(0.3 * side)), shade, 1)


def _draw_cross(
    depth: NDArray[np.float32], left: float, top: float, side: float, pen: int, rng: np.random.Generator
) -> None:
    """A box crossed out."""
    for down in (0, 1):
        ends = np.array([(0, down), (1, 1 - down)]) * side + (left, top) + rng.normal(0, 0.05 * side, (2, 2))
        first, last = np.rint(ends).astype(int).tolist()
        cv2.line(depth, first, last, 240.0, pen)


def _draw_worn(
    depth: NDArray[np.float32], x: float, height: float, pen: int, rng: np.random.Generator
) -> None:
    """An upright rule in faint pieces that stray from its line, as print or scan has worn it."""
    y = 40.0
    while y < PAGE[0] - 40:
        end = y + height * float(np.exp(rng.uniform(np.log(0.3), np.log(6))))
        at = round(x + rng.normal(0, 0.03 * height))
        faint = float(rng.uniform(70, 220))
        cv2.line(depth, (at, round(y)), (at, round(min(end, PAGE[0] - 40))), faint, pen)
        y = end + height * float(np.exp(rng.uniform(np.log(0.1), np.log(4))))


def lies_on(box: Box, place: Box) -> bool:
    """Whether a box's middle lies in another."""
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return place.left <= x < place.right and place.top <= y < place.bottom
