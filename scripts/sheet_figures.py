"""Measure how numbers are read beside what is no writing, and on other sheets than forms: barcodes, bubbles, rings,
stamps, squared paper, decimal points, tables whose digits cross the lines, reverse type, marks out of so many, dashed tables,
statements in small print, streaks of the scanner, highlighted numbers, boxes for a digit each that are written over,
lines to write on, ledgers, faxes, matrix print, counters,
sheets written on both sides, white lines, notes in words, registers, ringed scales, feet and inches.

    python scripts/sheet_figures.py --data ../shared/data/mnist [--fonts fonts] [--pages 8] [--seed 5] [--sheets ledgers] [--blur 2] [--fibres 5]
        [--sharpen 1.5] [--turn 2]

Pages are drawn in the hands of MNIST writers and in fonts that the networks did not learn from; of four pages one is in
black and white, but for squared ones. A number is right if one row, and no other, lies on it and spells it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from form_figures import written
from layout_figures import PAPER, PRINT, SIZE, WORDS, counted, put, scanned
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from struck_figures import held_out_writers

from batchocr.elements import Box, Page
from batchocr.imaging.deskew import straighten
from batchocr.network.model import load_model
from batchocr.network.strings import Writer
from batchocr.network.training import Families, split_fonts
from batchocr.pipeline import recognize_page

WIDE, HIGH = SIZE
WHITE = 252  # grey level of bright paper
DOTS = (  # of the digits of a matrix printer, row by row; the zero has a stroke through it, which some lack
    "01110 10001 10011 10101 11001 10001 01110",
    "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00010 00100 01000 11111",
    "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010",
    "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110",
    "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110",
    "01110 10001 10001 01111 00001 00010 01100",
)
PLAIN_ZERO = "01110 10001 10001 10001 10001 10001 01110"
BARS = (
    "abcdef",
    "bc",
    "abged",
    "abgcd",
    "fgbc",
    "afgcd",
    "afgedc",
    "abc",
    "abcdefg",
    "abcdfg",
)  # of a counter's digits
WORSE = {
    "blur": "px by which the pages are out of focus besides",
    "fibres": "standard deviation of the texture of rough paper, grey levels",
    "sharpen": "times what a slight blur takes away that the scanner adds",
    "turn": "degrees by which the pages lie askew",
    "aslant": "share of their width and height by which the corners of pages are off in a photograph",
}
# of that, from the left top one clockwise
CORNERS_OFF = np.array([[0.75, 0.5], [-1.0, 0.0], [0.0, -0.25], [0.5, -0.6]])
FIBRES_PX, SHARPEN_PX = 3.0, 1.5
SCATTER = 2.0  # px by which paper blurs what shows through
NOTES = """
Anna Peter Maria Schmidt Jones Garcia laboratory London Madrid county National Board the of and was with from rain gauge measured
moved north side garden wall strong wind during night snow not read broken observer ill weather fine cloudy morning Street Avenue
Mill House Oxford Rose Lucas Oliver building high see note new increase standard applicable present record Hill Farm Low station
yes none good all in on is it to Lisa Sally Bill
""".split()  # noqa: SIM905
FAX_LEVEL = 150  # grey level from which on a fax is white
BETWEEN = 0.78  # heights from one digit to the next, about


@dataclass
class Sheet:
    """A page being drawn. numbers: each as its parts, text and left and top px, which are one number; a left of 0 is right behind
    the part before, and a point or a comma is drawn there. printed: what is printed that is a number, and where."""

    rng: np.random.Generator
    font: ImageFont.FreeTypeFont
    image: Image.Image
    size: int  # px of a written digit
    dark: int  # grey level of the ink
    numbers: list[list[tuple[str, int, int]]] = field(default_factory=list)
    printed: list[tuple[Box, str]] = field(default_factory=list)
    squared: bool = False
    pencil: bool = False  # too pale for black and white
    faxed: bool = False
    dropouts: bool = False
    cut: bool = False
    folded: bool = False
    through: float = 0.0  # of its depth with which the ink of the other side shows through
    hands: tuple[Path, ...] = ()  # fonts that look like handwriting

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def any(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def digits(self, count: int) -> str:
        return "".join(map(str, self.rng.integers(0, 10, count)))

    def label(self, y: int) -> int:
        """A few printed words on the line of digits whose top is y; where they end, px."""
        text = " ".join(self.rng.choice(WORDS, self.any(1, 4))) + ":"
        self.draw.text((80, y + self.size - self.font.size), text, font=self.font, fill=PRINT)
        return round(80 + self.draw.textlength(text, font=self.font)) + 30

    def print_number(self, x: int, y: int, text: str, font: ImageFont.FreeTypeFont) -> None:
        self.draw.text((x, y), text, font=font, fill=PRINT)
        box = Box(*(round(v) for v in self.draw.textbbox((x, y), text, font=font)))
        self.printed.append((box, "".join(filter(str.isdigit, text))))

    def print_chain(
        self, x: int, y: int, parts: Iterable[tuple[str, str]], font: ImageFont.FreeTypeFont
    ) -> None:
        """Numbers without space between them; parts: of each the sign before it and its digits."""
        left = float(x)
        for sign, text in parts:
            self.draw.text((left, y), sign, font=font, fill=PRINT)
            left += self.draw.textlength(sign, font=font)
            self.print_number(round(left), y, text, font)
            left += self.draw.textlength(text, font=font)

    def write(self, x: int, y: int, count: int) -> int:
        """A number of so many digits; how wide it is, px."""
        self.numbers.append([(self.digits(count), x, y)])
        return round(count * BETWEEN * self.size)

    def labelled(self, top: int, bottom: int) -> None:
        """Lines of a label and a number each."""
        y = top
        while y < bottom - self.size:
            self.write(self.label(y), y, self.any(1, 7))
            y += self.size + self.any(30, 60)

    def form_and_list(self) -> None:
        """Lines of a label and a number each, and printed numbers below them."""
        self.labelled(80, HIGH // 2)
        font = self.font.font_variant(size=self.any(24, 36))
        for y in range(HIGH // 2 + 40, HIGH - 100, 60):
            for x in (80, 420, 760):
                self.print_number(x, y, self.digits(self.any(1, 8)), font)

    def columns(self, narrowest: int, widest: int, room: int) -> list[int]:
        """px across of a table's upright rules, the last one no more than about so far from the page's edge."""
        across = [70]
        while across[-1] < WIDE - room:
            across.append(across[-1] + self.any(narrowest, widest))
        return across

    def grid(self, across: Sequence[int], down: Sequence[int], grey: int) -> None:
        """The rules of a table, at these px across and down."""
        for x in across:
            self.draw.line((x, down[0], x, down[-1]), fill=grey, width=2)
        for y in down:
            self.draw.line((across[0], y, across[-1], y), fill=grey, width=2)

    def scattered(self, apart: tuple[int, int], between: tuple[int, int]) -> list[Box]:
        """Lines of numbers, so many heights apart and px between the lines; their places, about."""
        places, y = [], 90
        while y < HIGH - 140:
            x = 90
            while x < WIDE - 7 * self.size:
                wide = self.write(x, y, self.any(1, 6))
                places.append(Box(x, y, x + wide, y + self.size))
                x += wide + self.any(*apart) * self.size
            y += self.size + self.any(*between)
        return places


def with_codes(sheet: Sheet) -> None:
    """A form with a QR code at its head and a barcode at its foot."""
    text = f"https://example.org/form?x={sheet.digits(60)}"
    code = cv2.QRCodeEncoder.create().encode(text)
    module = sheet.any(4, 8)
    code = cv2.resize(code, None, fx=module, fy=module, interpolation=cv2.INTER_NEAREST)
    sheet.image.paste(Image.fromarray(code), (WIDE - 80 - code.shape[1], 60))
    x = 80
    for _ in range(60):
        bar = 2 * sheet.any(1, 5)
        sheet.draw.rectangle((x, HIGH - 140, x + bar, HIGH - 60), fill=30)
        x += bar + 2 * sheet.any(1, 5)
    sheet.labelled(80 + len(code), HIGH - 250)


def answers(sheet: Sheet) -> None:
    """A written number, and numbered questions with five bubbles each, of which one is filled in."""
    sheet.write(sheet.label(60), 60, 7)
    font = sheet.font.font_variant(size=20)
    letters = "ABCDE"
    for question in range(60):
        x, y = 80 + 380 * (question // 20), 190 + 68 * (question % 20)
        sheet.print_number(x, y + 6, str(question + 1), font)
        filled = sheet.any(0, 5)
        for n, letter in enumerate(letters):
            left = x + 70 + 52 * n
            fill = sheet.dark if n == filled else None
            sheet.draw.ellipse((left, y, left + 34, y + 34), outline=60, width=2, fill=fill)
            middle = left + 17 - sheet.draw.textlength(letter, font=font) / 2
            sheet.draw.text((middle, y + 5), letter, font=font, fill=90)


def ringed(sheet: Sheet) -> None:
    """Numbers with a ring around them, one or two lines under them, or nothing."""
    for left, top, right, bottom in sheet.scattered((3, 6), (50, 80)):
        kind = sheet.any(0, 4)
        if kind == 0:
            sheet.draw.ellipse(
                (left - 26, top - 20, right + 26, bottom + 20), outline=sheet.dark, width=sheet.any(2, 6)
            )
        for n in range(kind if kind < 3 else 0):
            y = bottom + 8 + 8 * n
            sheet.draw.line((left - 6, y, right + 8, y - sheet.any(-4, 5)), fill=sheet.dark, width=3)


def stamped(sheet: Sheet) -> None:
    """A form with three grey stamps, whose rings run through some numbers."""
    sheet.labelled(80, HIGH - 80)
    for _ in range(3):
        x, y = sheet.any(250, 700), sheet.any(200, HIGH - 200)
        for radius, width in ((130, 6), (95, 3)):
            sheet.draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=150, width=width)
        sheet.draw.text((x - 70, y - 20), "RECEIVED", font=sheet.font.font_variant(size=30), fill=150)


def on_squares(sheet: Sheet) -> None:
    """Squared paper, its lines fainter than the ink."""
    side, faint, thick = sheet.any(18, 60), sheet.any(150, 205), sheet.any(1, 3)
    for x in range(0, WIDE, side):
        sheet.draw.line((x, 0, x, HIGH), fill=faint, width=thick)
    for y in range(0, HIGH, side):
        sheet.draw.line((0, y, WIDE, y), fill=faint, width=thick)
    sheet.scattered((2, 5), (20, 50))
    sheet.squared = True


def on_graph_paper(sheet: Sheet) -> None:
    """Graph paper: fine lines, every fifth darker, every tenth darker and thicker."""
    side, faint = sheet.any(6, 10), sheet.any(150, 215)
    for n in range((max(SIZE) - 60) // side):
        at, width = 30 + n * side, 1 + (n % 10 == 0)
        fill = faint - 25 * (n % 5 == 0) - 25 * (n % 10 == 0)
        sheet.draw.line((at, 30, at, HIGH - 30), fill=fill, width=width)
        sheet.draw.line((30, at, WIDE - 30, at), fill=fill, width=width)
    sheet.scattered((3, 6), (40, 70))
    sheet.squared = True


def decimals(sheet: Sheet) -> None:
    """Decimal numbers, with a point or a comma about where it belongs."""
    y = 80
    while y < HIGH - 120:
        x = sheet.label(y)
        whole, part = sheet.digits(sheet.any(1, 5)), sheet.digits(2)
        sheet.numbers.append([(whole, x, y), (".,"[sheet.any(0, 2)], 0, y), (part, 0, y)])
        y += sheet.size + sheet.any(24, 50)


def rainfall(sheet: Sheet) -> None:
    """Ten years of monthly decimals in a ruled table, whose digits cross the lines here and there."""
    left, top, column, row = 110, 200, 100, sheet.any(56, 84)
    sheet.size = min(round(row * float(sheet.rng.uniform(0.5, 0.72))), 30)
    faint, thick = sheet.any(90, 190), sheet.any(1, 4)
    for n in range(15):
        y = top + n * row
        sheet.draw.line((left, y, left + 11 * column, y), fill=faint, width=thick)
    for n in range(12):
        x = left + n * column
        sheet.draw.line((x, top, x, top + 14 * row), fill=faint, width=thick)
    font = sheet.font.font_variant(size=max(18, round(0.8 * sheet.size)))
    first = sheet.any(1931, 1971)
    for n in range(10):
        x = left + n * column
        sheet.print_number(x + 12, top + row // 3, str(first + n), font)
        for month in range(1, 14):
            y = top + month * row + (row - sheet.size) // 2 + sheet.any(-6, 7)
            begin = x + sheet.any(6, 16)
            point = begin + round(0.72 * sheet.size) + sheet.any(4, 8)
            middle = y + sheet.size // 2
            sheet.draw.ellipse((point, middle, point + 5, middle + 5), fill=sheet.dark)
            whole, part = sheet.digits(1), sheet.digits(2)
            sheet.numbers.append([(whole, begin, y), (part, point + 5 + sheet.any(4, 8), y)])


def reversed_out(sheet: Sheet) -> None:
    """A meter card: on each line a printed number, white on black, in one patch or in a row of wheels, and a written one."""
    y = 90
    while y < HIGH - 150:
        font = sheet.font.font_variant(size=sheet.any(22, 50))
        dark, light, text = sheet.any(15, 90), sheet.any(205, 256), sheet.digits(sheet.any(1, 7))
        x = sheet.label(y)
        left, top, right, bottom = (round(v) for v in sheet.draw.textbbox((x, y), text, font=font))
        margin = round(font.size * float(sheet.rng.uniform(0.2, 0.5)))
        if sheet.any(0, 2):
            sheet.draw.rectangle((left - margin, top - margin, right + margin, bottom + margin), fill=dark)
            sheet.draw.text((x, y), text, font=font, fill=light)
        else:
            wheel = round(0.95 * font.size)
            for n, digit in enumerate(text):
                at = x + n * (wheel + 6)
                sheet.draw.rectangle((at, top - margin, at + wheel, bottom + margin), fill=dark)
                aside = (wheel - sheet.draw.textlength(digit, font=font)) / 2
                sheet.draw.text((at + aside, y), digit, font=font, fill=light)
            right = x + len(text) * (wheel + 6)
        sheet.printed.append((Box(left, top, right, bottom), text))
        sheet.write(right + 120, y, sheet.any(1, 7))
        y += max(sheet.size, bottom + margin - y) + sheet.any(30, 60)


def marks(sheet: Sheet) -> None:
    """The cover of an exam: for each question a printed number, the marks that it is worth behind a slash, a box with those given."""
    spaced = " " if sheet.any(0, 2) else ""
    y = 100
    while y < HIGH - 140:
        for x in (80, 620):
            sheet.draw.text((x, y + 10), "Question", font=sheet.font, fill=PRINT)
            sheet.print_number(
                round(x + sheet.draw.textlength("Question  ", font=sheet.font)),
                y + 10,
                str(sheet.any(1, 30)),
                sheet.font,
            )
            slash = f"/{spaced}"
            sheet.draw.text((x + 230, y + 10), slash, font=sheet.font, fill=PRINT)
            behind = round(x + 230 + sheet.draw.textlength(slash, font=sheet.font))
            sheet.print_number(behind, y + 10, str(sheet.any(5, 31)), sheet.font)
            sheet.draw.rectangle((x + 340, y - 6, x + 470, y + sheet.size + 14), outline=70, width=2)
            sheet.write(x + 352 + sheet.any(0, 24), y, sheet.any(1, 3))
        y += sheet.size + sheet.any(36, 60)


def dashed(sheet: Sheet) -> None:
    """A table whose rules are dashed or dotted."""
    columns = sheet.columns(110, 200, 200)
    on, off, grey, thick = sheet.any(2, 22), sheet.any(3, 14), sheet.any(60, 190), sheet.any(1, 4)
    row = sheet.size + sheet.any(12, 26)
    tops = list(range(90, HIGH - 110 - row, row))
    for y in range(90, tops[-1], on + off):
        for x in columns:
            sheet.draw.line((x, y, x, min(tops[-1], y + on)), fill=grey, width=thick)
    for x in range(columns[0], columns[-1], on + off):
        for y in tops:
            sheet.draw.line((x, y, min(columns[-1], x + on), y), fill=grey, width=thick)
    for y in tops[:-1]:
        for left, right in pairwise(columns):
            if sheet.any(0, 4):
                count = max(1, min(3, int((right - left - 24) / (1.05 * BETWEEN * sheet.size))))
                sheet.write(left + sheet.any(6, 20), y + (row - sheet.size) // 2 + sheet.any(-3, 4), count)


def statement(sheet: Sheet) -> None:
    """A printed statement of account: a date, some words and an amount a line, in small print."""
    font = sheet.font.font_variant(size=sheet.any(16, 25))
    y = 90
    while y < HIGH - 120:
        day, month, year = sheet.any(1, 29), sheet.any(1, 13), sheet.any(1990, 2030)
        sheet.print_number(80, y, f"{day:02}.{month:02}.{year}", font)
        sheet.draw.text((290, y), " ".join(sheet.rng.choice(WORDS, sheet.any(1, 4))), font=font, fill=PRINT)
        amount = f"{sheet.any(1, 10 ** sheet.any(3, 7)) / 100:,.2f}"
        sheet.print_number(round(960 - sheet.draw.textlength(amount, font=font)), y, amount, font)
        y += sheet.any(34, 46)


def streaked(sheet: Sheet) -> None:
    """A form with upright lines all down the page, as dust on a scanner's glass leaves them."""
    sheet.labelled(80, HIGH - 80)
    for x in sheet.rng.integers(60, WIDE - 60, 5).tolist():
        sheet.draw.line((x, 0, x, HIGH), fill=sheet.any(40, 120), width=sheet.any(1, 4))


def highlighted(sheet: Sheet) -> None:
    """A form with bands of a highlighter across it, which are grey in the scan."""
    sheet.labelled(80, HIGH - 80)
    for _ in range(10):
        left, top = sheet.any(60, 700), sheet.any(60, HIGH - 140)
        grey, high = sheet.any(180, 215), sheet.any(45, 80)
        page = np.array(sheet.image)
        page[top : top + high, left : left + 420] = np.minimum(
            page[top : top + high, left : left + 420], grey
        )
        sheet.image = Image.fromarray(page)


def boxed(sheet: Sheet) -> None:
    """Numbers in boxes for a digit each, side by side or a little apart, that their digits fill, touch and cross."""
    cell = round(float(sheet.rng.uniform(0.95, 1.3)) * sheet.size)
    pitch, thick, tone = cell + sheet.any(0, 2) * sheet.any(6, 14), sheet.any(2, 5), sheet.any(20, 150)
    y = 80
    while y < HIGH - 2 * cell:
        x, parts = sheet.label(y), []
        for n, digit in enumerate(sheet.digits(sheet.any(3, 9))):
            left = x + n * pitch
            sheet.draw.rectangle((left, y, left + cell, y + cell), outline=tone, width=thick)
            across, down = sheet.rng.normal(0, 0.1 * cell, 2).round().astype(int).tolist()
            parts.append(
                (
                    digit,
                    left + (cell - round(0.6 * sheet.size)) // 2 + across,
                    y + (cell - sheet.size) // 2 + down,
                )
            )
        sheet.numbers.append(parts)
        y += cell + sheet.any(24, 60)


def in_groups(
    sheet: Sheet, sign: str, counts: Callable[[], tuple[int, ...]]
) -> list[list[list[tuple[str, int, int]]]]:
    """Boxes for a digit each in groups of so many, a printed sign between them; for each line the digits of each group."""
    wide, font = round(1.2 * sheet.size), sheet.font.font_variant(size=round(1.2 * sheet.font.size))
    lines, y = [], 90
    while y < HIGH - 150:
        many = counts()
        x = min(sheet.label(y), WIDE - 60 - sum(many) * wide - 26 * len(many))
        groups: list[list[tuple[str, int, int]]] = []
        for count in many:
            if groups:
                sheet.draw.text((x + 8, y + sheet.size - font.size), sign, font=font, fill=PRINT)
                x += 26
            digits = []
            for n, digit in enumerate(sheet.digits(count)):
                left = x + n * wide
                sheet.draw.rectangle((left, y - 6, left + wide, y + sheet.size + 8), outline=80, width=2)
                digits.append((digit, left + round(0.16 * wide) + sheet.any(-4, 5), y + sheet.any(-4, 5)))
            groups.append(digits)
            x += count * wide
        lines.append(groups)
        y += sheet.size + sheet.any(40, 70)
    return lines


def dates_in_boxes(sheet: Sheet) -> None:
    """Dates in boxes for a digit each, printed slashes between their three numbers."""
    for groups in in_groups(sheet, "/", lambda: (2, 2, 4)):
        sheet.numbers += groups


def amounts_in_boxes(sheet: Sheet) -> None:
    """Amounts in boxes for a digit each, a printed point before the last two."""
    for groups in in_groups(sheet, ".", lambda: (sheet.any(1, 5), 2)):
        sheet.numbers.append([part for digits in groups for part in digits])


def scores(sheet: Sheet) -> None:
    """Rows of boxes that stand apart, a number of one digit in most of them."""
    wide, apart = round(1.3 * sheet.size), sheet.any(40, 90)
    places, y = range(330, min(WIDE - 30 - wide, 330 + sheet.any(4, 9) * (wide + apart)), wide + apart), 150
    while y < HIGH - 130:
        label = " ".join(sheet.rng.choice(WORDS, 2))[:18]
        sheet.draw.text((70, y + sheet.size - sheet.font.size), label, font=sheet.font, fill=PRINT)
        for x in places:
            sheet.draw.rectangle((x, y - 6, x + wide, y + sheet.size + 8), outline=80, width=2)
            if sheet.any(0, 8):
                sheet.write(x + round(0.18 * wide) + sheet.any(-4, 5), y + sheet.any(-3, 4), 1)
        y += sheet.size + sheet.any(30, 50)


def underlined(sheet: Sheet) -> None:
    """Lines to write on behind printed labels, with numbers that touch and cross them."""
    thick, tone = sheet.any(1, 5), sheet.any(20, 150)
    y = 80
    while y < HIGH - 2 * sheet.size:
        x = sheet.label(y)
        count = sheet.any(2, 8)
        foot = y + sheet.size
        sheet.draw.line((x, foot, x + sheet.any(260, 500), foot), fill=tone, width=thick)
        sheet.write(x + sheet.any(8, 40), y + round(float(sheet.rng.normal(0, 0.12)) * sheet.size), count)
        y += round(float(sheet.rng.uniform(1.4, 1.9)) * sheet.size)


def in_pencil(sheet: Sheet) -> None:
    """Labels in black print, a short black line behind each, and a number in pencil on that."""
    sheet.pencil, sheet.dark = True, sheet.any(140, 190)
    thick, y = sheet.any(2, 5), 80
    while y < HIGH - 2 * sheet.size:
        x, count = sheet.label(y), sheet.any(2, 4)
        foot = y + sheet.size + sheet.any(3, 10)
        long = sheet.write(x + sheet.any(4, 10), y, count)
        sheet.draw.line((x, foot, x + min(long, round(2.8 * sheet.size)), foot), fill=PRINT, width=thick)
        y += round(float(sheet.rng.uniform(1.6, 2.2)) * sheet.size)


def ledger(sheet: Sheet) -> None:
    """A ledger: words, and three numbers a row, aligned on the right, a column for each digit; double rules around each number."""
    sheet.size = sheet.any(30, 44)
    column, row, faint = round(0.85 * sheet.size), round(1.5 * sheet.size), sheet.any(120, 210)
    numbers = [300 + 8 * column * n for n in range(3)]
    tops = list(range(120, HIGH - 100, row))
    for y in tops:
        sheet.draw.line((60, y, WIDE - 60, y), fill=faint)
    for x in numbers:
        for n in range(7):
            at = x + n * column
            for line in (at, at + 5) if n in (0, 6) else ():
                sheet.draw.line((line, 100, line, tops[-1]), fill=faint - 30, width=2)
            if n not in (0, 6):
                sheet.draw.line((at, 100, at, tops[-1]), fill=faint)
    for y in tops[:-1]:
        sheet.draw.text((70, y + 8), str(sheet.rng.choice(WORDS)), font=sheet.font, fill=PRINT)
        for x in numbers:
            if sheet.any(0, 3):
                digits = sheet.digits(sheet.any(1, 7))
                first = x + (6 - len(digits)) * column + 6
                places = [first + n * column + sheet.any(-2, 4) for n in range(len(digits))]
                sheet.numbers.append(
                    [(digit, at, y + round(0.28 * row)) for digit, at in zip(digits, places, strict=True)]
                )


def dotted(sheet: Sheet) -> None:
    """A list by a matrix printer: digits of 5 x 7 dots that touch or do not."""
    pitch = float(sheet.rng.uniform(3, 6))
    radius, slashed = pitch * float(sheet.rng.uniform(0.38, 0.7)), sheet.any(0, 2)
    y = 90
    while y < HIGH - 120:
        x = sheet.label(y - 10)
        while x < WIDE - 48 * pitch:
            text = sheet.digits(sheet.any(1, 7))
            for n, digit in enumerate(text):
                rows = (PLAIN_ZERO if digit == "0" and not slashed else DOTS[int(digit)]).split()
                for row, line in enumerate(rows):
                    for column in (at for at, dot in enumerate(line) if dot == "1"):
                        across, down = x + (6 * n + column) * pitch, y + row * pitch
                        sheet.draw.ellipse(
                            (across - radius, down - radius, across + radius, down + radius), fill=sheet.dark
                        )
            right = round(x + 6 * len(text) * pitch)
            sheet.printed.append((Box(x - 2, y - 2, right, round(y + 6 * pitch + 2)), text))
            x = right + round(sheet.any(2, 5) * 6 * pitch)
        y += round(pitch * sheet.any(11, 14))


def counters(sheet: Sheet) -> None:
    """Readings of counters, each digit of up to seven bars with or without gaps between them."""
    high, gap, lean = sheet.any(30, 70), sheet.any(0, 3), float(sheet.rng.uniform(0, 0.12))
    wide, thick, half = (
        round(0.55 * high),
        max(2, round(high * float(sheet.rng.uniform(0.08, 0.16)))),
        high // 2,
    )
    pitch = wide + round(0.25 * high)
    ends = {
        "a": (0, 0, wide, 0), "b": (wide, 0, wide, half), "c": (wide, half, wide, high), "d": (0, high, wide, high),
        "e": (0, half, 0, high), "f": (0, 0, 0, half), "g": (0, half, wide, half),
    }  # fmt: skip
    y = 90
    while y < HIGH - 120:
        x = sheet.label(y + high - sheet.size)
        while x < WIDE - 7 * (wide + 2 * thick) - 60:
            text = sheet.digits(sheet.any(1, 7))
            for n, digit in enumerate(text):
                for bar in BARS[int(digit)]:
                    left, top, right, bottom = ends[bar]
                    short = thick / 2 + gap / 2 + 0.5
                    across, down = short * np.sign(right - left), short * np.sign(bottom - top)
                    line = [(left + across, top + down), (right - across, bottom - down)]
                    sheet.draw.line(
                        [(x + n * pitch + px + lean * (high - py), y + py) for px, py in line],
                        fill=sheet.dark, width=thick,
                    )  # fmt: skip
            sheet.printed.append((Box(x - 3, y - 3, x + len(text) * pitch, y + high + 4), text))
            x += (len(text) + 2) * pitch
        y += high + sheet.any(30, 50)


def faxed(sheet: Sheet) -> None:
    """A form with written and printed numbers that comes by fax: black and white, half as many rows as columns to the inch."""
    sheet.faxed = True
    sheet.form_and_list()


def both_sides(sheet: Sheet) -> None:
    """A table ruled with a pen on thin paper, whose other side, here the same table, shows through."""
    sheet.through = float(sheet.rng.uniform(0.15, 0.35))
    columns = sheet.columns(140, 240, 220)
    row, thick = round(1.7 * sheet.size), sheet.any(3, 6)
    tops = list(range(90, HIGH - 120, row))
    for x in columns:
        sheet.draw.line((x, 90, x + sheet.any(-8, 8), tops[-1]), fill=sheet.dark, width=thick)
    for y in tops:
        sheet.draw.line((60, y, columns[-1] + 10, y + sheet.any(-6, 6)), fill=sheet.dark, width=thick)
    for y in tops[:-1]:
        for left, right in pairwise(columns):
            if sheet.any(0, 4):
                most = max(1, min(4, int((right - left - 30) / (1.05 * BETWEEN * sheet.size))))
                at = left + sheet.any(10, 20), y + round(0.2 * row) + sheet.any(-3, 4)
                sheet.write(*at, sheet.any(1, most + 1))


def dropped(sheet: Sheet) -> None:
    """A form and a list of printed numbers with thin white lines across the page, as worn printers and faxes leave."""
    sheet.dropouts = True
    sheet.form_and_list()


def cut_off(sheet: Sheet) -> None:
    """Written and printed numbers all over, of which the picture that is taken cuts some off."""
    sheet.cut = True
    font = sheet.font.font_variant(size=sheet.any(20, 36))
    y = 40
    while y < HIGH - 60:
        x = 30
        while x < WIDE - 100:
            if y < HIGH // 2:
                x += sheet.write(x, y, sheet.any(2, 6)) + sheet.any(70, 120)
            else:
                text = sheet.digits(sheet.any(2, 8))
                sheet.print_number(x, y, text, font)
                x += round(sheet.draw.textlength(text, font=font)) + sheet.any(60, 110)
        y += sheet.size + sheet.any(25, 40)


def in_thousands(sheet: Sheet) -> None:
    """Printed numbers of up to eight digits, their thousands set off by spaces, points, commas or apostrophes."""
    font = sheet.font.font_variant(size=sheet.any(20, 34))
    mark = " ,.'"[sheet.any(0, 4)]
    for y in range(80, HIGH - 80, round(font.size * 1.7)):
        for x in (90, 460, 830):
            sheet.print_number(x, y, f"{sheet.any(1000, 10**8):,}".replace(",", mark), font)


def marked_print(sheet: Sheet) -> None:
    """Printed numbers, half of them under a marker, hardly higher than they are and up to a third darker than the paper."""
    font = sheet.font.font_variant(size=sheet.any(18, 26))
    for y in range(80, HIGH - 80, round(font.size * 1.9)):
        for x in (90, 480, 870):
            text = sheet.digits(sheet.any(3, 9))
            if sheet.any(0, 2):
                wide = round(sheet.draw.textlength(text, font=font))
                left, right = x - sheet.any(5, 40), x + wide + sheet.any(5, 40)
                top, bottom = y + sheet.any(-4, 4), y + font.size + sheet.any(2, 12)
                sheet.draw.rounded_rectangle((left, top, right, bottom), radius=8, fill=sheet.any(155, 215))
            sheet.print_number(x, y, text, font)


def on_dots(sheet: Sheet) -> None:
    """Lines of a label and a number each on a dotted or dashed line."""
    on, off, thick, grey = sheet.any(2, 10), sheet.any(3, 9), sheet.any(2, 4), sheet.any(30, 160)
    y = 90
    while y < HIGH - 120:
        x = sheet.label(y) + 10
        foot, end = y + sheet.size + sheet.any(-4, 6), min(WIDE - 60, x + sheet.any(250, 700))
        for left in range(x, end, on + off):
            sheet.draw.rectangle((left, foot, left + on - 1, foot + thick - 1), fill=grey)
        most = max(1, min(8, int((end - x - 40) / (1.05 * BETWEEN * sheet.size))))
        sheet.write(x + sheet.any(10, 40), y, sheet.any(1, most + 1))
        y += sheet.size + sheet.any(20, 50)


def on_short_lines(sheet: Sheet) -> None:
    """Lines of a label and a number each, a short line below each of its digits."""
    size = sheet.size
    wide, gap = (
        round(size * float(sheet.rng.uniform(0.65, 1.1))),
        round(size * float(sheet.rng.uniform(0.15, 0.45))),
    )
    thick, grey, y = sheet.any(1, 5), sheet.any(30, 150), 100
    while y < HIGH - 120:
        x, foot = sheet.label(y) + 10, y + size + sheet.any(0, 8)
        places = min(sheet.any(2, 10), (WIDE - 40 - x) // (wide + gap))
        for left in range(x, x + places * (wide + gap), wide + gap):
            sheet.draw.rectangle((left, foot, left + wide - 1, foot + thick - 1), fill=grey)
        digits = sheet.digits(places if sheet.any(0, 3) else sheet.any(1, places + 1))
        first = x + sheet.any(0, 2) * (places - len(digits)) * (wide + gap) + (wide - round(0.6 * size)) // 2
        sheet.numbers.append(
            [
                (digit, first + n * (wide + gap) + sheet.any(-4, 5), y + sheet.any(-3, 4))
                for n, digit in enumerate(digits)
            ]
        )
        y += size + sheet.any(30, 60)


SIGNED = ("${}", "{}%", "{}\N{DEGREE SIGN}", "-{}", "({})", "{} kg", "{}kg", "+{}", "#{}")


def signed(sheet: Sheet) -> None:
    """Printed numbers in three columns, in each with one sign or unit beside them, if any."""
    font = sheet.font.font_variant(size=sheet.any(20, 36))
    shown = [SIGNED[sheet.any(0, len(SIGNED))], SIGNED[sheet.any(0, len(SIGNED))], "{}"]
    for y in range(80, HIGH - 80, round(font.size * 1.8)):
        for x, form in zip((90, 460, 830), shown, strict=True):
            sheet.print_number(x, y, form.format(sheet.digits(sheet.any(1, 6))), font)


def banded(sheet: Sheet) -> None:
    """A form whose every other row is shaded from one edge of the picture to the other."""
    tall, shade = round(sheet.size * 1.9), sheet.any(150, 215)
    for n, y in enumerate(range(60, HIGH - 2 * tall, tall)):
        if n % 2:
            sheet.draw.rectangle((0, y, WIDE, y + tall - 1), fill=shade)
        top = y + round(0.45 * sheet.size)
        sheet.write(sheet.label(top), top, sheet.any(1, 7))


def charted(sheet: Sheet) -> None:
    """Three bar charts with printed figures at the axis and over each bar."""
    font = sheet.font.font_variant(size=sheet.any(20, 28))
    for foot in (560, 1150, 1650):
        sheet.draw.line((120, foot, 1150, foot), fill=PRINT, width=3)
        sheet.draw.line((120, foot - 450, 120, foot), fill=PRINT, width=3)
        for n in range(6):
            sheet.draw.line((112, foot - 80 * n, 120, foot - 80 * n), fill=PRINT, width=2)
            sheet.print_number(70, foot - 80 * n - 12, str(20 * n), font)
        for x in range(170, 1130, 120):
            tall = sheet.any(60, 380)
            sheet.draw.rectangle((x, foot - tall, x + 60, foot), fill=sheet.any(80, 190))
            sheet.print_number(x + 8, foot - tall - 34, str(tall // 4), font)


def ticked(sheet: Sheet) -> None:
    """A form, a tick of one hand behind each number."""
    thick, size = sheet.any(3, 8), sheet.size
    begin, end, wide, bow = (
        float(sheet.rng.uniform(*of)) for of in ((0.35, 0.7), (-0.5, 0.1), (0.7, 1.3), (-0.12, 0.2))
    )
    y = 90
    while y < HIGH - 130:
        x = sheet.label(y)
        x += sheet.write(x, y, sheet.any(2, 5)) + sheet.any(20, 90)
        down, turn, up = (
            np.array([x + wide * across * size, y + (low + float(sheet.rng.normal(0, 0.05))) * size])
            for across, low in ((0, begin), (0.28, 0.95), (0.9, end))
        )
        across, low = up - turn
        strokes = (
            (down, (down + turn) / 2 + np.array([0.03, 0.08]) * size, turn),
            (turn, (turn + up) / 2 + bow * np.array([-low, across]), up),
        )
        share = np.linspace(0, 1, 20)[:, None]
        points = [(1 - share) ** 2 * a + 2 * share * (1 - share) * b + share**2 * c for a, b, c in strokes]
        line = [(float(px), float(py)) for px, py in np.vstack(points)]
        sheet.draw.line(line, fill=sheet.dark, width=thick, joint="curve")
        y += size + sheet.any(30, 60)


def dimensions(sheet: Sheet) -> None:
    """Fifteen drawings, rectangles with or without a circle in them, a printed dimension below each."""
    font = sheet.font.font_variant(size=sheet.any(22, 30))
    for top in range(120, 1600, 310):
        for left in range(130, 1240, 370):
            right, bottom = left + sheet.any(140, 240), top + sheet.any(90, 160)
            sheet.draw.rectangle((left, top, right, bottom), outline=30, width=4)
            if sheet.any(0, 2):
                x, y, wide = left + (right - left) // 3, top + (bottom - top) // 4, (bottom - top) // 2
                sheet.draw.ellipse((x, y, x + wide, y + wide), outline=30, width=3)
            below = bottom + 46
            for end, way in ((left, 1), (right, -1)):
                sheet.draw.line((end, bottom + 8, end, below + 8), fill=60, width=2)
                arrow = [(end, below), (end + way * 14, below - 4), (end + way * 14, below + 4)]
                sheet.draw.polygon(arrow, fill=60)
            sheet.draw.line((left, below, right, below), fill=60, width=2)
            place = ((left + right) // 2 - 30, below - round(font.size) - 6)
            sheet.print_number(*place, str(5 * (right - left)), font)


def tapes(sheet: Sheet) -> None:
    """Three columns of printed amounts, line below line, half of them with commas, a sign of reckoning behind most."""
    font = sheet.font.font_variant(size=sheet.any(24, 34))
    for right in (360, 760, 1140):
        for y in range(60, HIGH - 60, round(font.size * 1.35)):
            value = sheet.any(100, 10**7) / 100
            text = f"{value:,.2f}" if sheet.any(0, 2) else f"{value:.2f}"
            sheet.print_number(right - round(sheet.draw.textlength(text, font=font)), y, text, font)
            sheet.draw.text((right + 20, y), "+-x=* "[sheet.any(0, 6)], font=font, fill=PRINT)


def slashed(sheet: Sheet) -> None:
    """Three columns of printed dates, or of shares such as 7/10, each part a number of its own."""
    font = sheet.font.font_variant(size=sheet.any(20, 34))
    dates = sheet.any(0, 2)
    for y in range(70, HIGH - 70, round(font.size * 1.8)):
        for x in (90, 480, 860):
            lengths = (2, 2, 4) if dates else (sheet.any(1, 3), sheet.any(1, 3))
            parts = [("/" if n else "", sheet.digits(length)) for n, length in enumerate(lengths)]
            sheet.print_chain(x, y, parts, font)


def percentages(sheet: Sheet) -> None:
    """Three columns of printed numbers with a percent sign behind each."""
    font = sheet.font.font_variant(size=sheet.any(20, 34))
    for y in range(70, HIGH - 70, round(font.size * 1.8)):
        for x in (90, 480, 860):
            text = sheet.digits(sheet.any(1, 3))
            sheet.print_number(x, y, text, font)
            sheet.draw.text((x + sheet.draw.textlength(text, font=font), y), "%", font=font, fill=PRINT)


def arithmetic(sheet: Sheet) -> None:
    """Three columns of printed numbers with a sign of arithmetic between each, or lines of written ones with crosses."""
    if sheet.any(0, 2):
        font = sheet.font.font_variant(size=sheet.any(20, 34))
        for y in range(70, HIGH - 70, round(font.size * 1.8)):
            for x in (90, 480, 860):
                parts = [
                    ("+="[sheet.any(0, 2)] if n else "", sheet.digits(sheet.any(1, 4))) for n in range(3)
                ]
                sheet.print_chain(x, y, parts, font)
        return
    upright = sheet.any(0, 2)
    for y in range(90, HIGH - 140, sheet.size + 50):
        x = 90
        while x < WIDE - 7 * sheet.size:
            x += sheet.write(x, y, sheet.any(1, 4)) + sheet.any(24, 50)
            arm, middle = sheet.any(10, 16), y + round(0.55 * sheet.size)
            x += arm
            ends = ((arm, 0), (0, arm)) if upright else ((arm, arm), (arm, -arm))
            for across, down in ends:
                stroke = (x - across, middle - down, x + across, middle + down)
                sheet.draw.line(stroke, fill=sheet.dark, width=4)
            x += arm + sheet.any(6, 20)


def dates_over_letters(sheet: Sheet) -> None:
    """Eight boxes a line, side by side or in groups, a pale letter printed in each and a digit written over it."""
    wide, pale = round(1.25 * sheet.size), sheet.any(130, 200)
    font = sheet.font.font_variant(size=round(0.8 * sheet.size))
    apart = round(0.4 * sheet.size) * sheet.any(0, 2)
    y = 100
    while y < HIGH - 140:
        x = sheet.label(y)
        if x + 8 * wide + 2 * apart > WIDE - 40:
            y += sheet.size
            continue
        parts = []
        for n, letter in enumerate("DDMMYYYY"):
            left = x + n * wide + apart * ((n >= 2) + (n >= 4))
            sheet.draw.rectangle((left, y - 8, left + wide, y + sheet.size + 8), outline=120, width=2)
            middle = (left + wide / 2, y + sheet.size / 2)
            sheet.draw.text(middle, letter, font=font, fill=pale, anchor="mm")
            parts.append((sheet.digits(1), left + round(0.14 * wide), y))
        sheet.numbers.append(parts)
        y += sheet.size + sheet.any(50, 80)


def in_a_book(sheet: Sheet) -> None:
    """Columns of printed numbers with a point in each, right aligned, close to one another."""
    sheet.folded = True
    font = sheet.font.font_variant(size=sheet.any(24, 34))
    wide = sheet.draw.textlength("0.000", font=font)
    apart = round(wide * float(sheet.rng.uniform(1.2, 1.5)))
    for y in range(70, HIGH - 70, round(font.size * 1.5)):
        for right in range(70 + apart, WIDE - 40, apart):
            text = f"{sheet.digits(1)}.{sheet.digits(3)}"
            sheet.print_number(round(right - sheet.draw.textlength(text, font=font)), y, text, font)


def in_a_notebook(sheet: Sheet) -> None:
    """Three columns of numbers on ruled paper, nearly as high as its lines are apart, so that they reach into the next."""
    pitch, grey = sheet.any(44, 70), sheet.any(120, 200)
    sheet.size = round(pitch * float(sheet.rng.uniform(0.75, 1.05)))
    sheet.draw.line((140, 0, 140, HIGH), fill=grey, width=2)
    for line in range(100, HIGH - 40, pitch):
        sheet.draw.line((0, line, WIDE, line), fill=grey, width=sheet.any(1, 3))
        if line > 100:
            for x in (170, 520, 870):
                count = sheet.any(0, 5)
                if count:
                    sheet.write(x + sheet.any(0, 30), line - sheet.size - sheet.any(-6, 8), count)


def closed_amounts(sheet: Sheet) -> None:
    """Lines of a label and two written amounts, two thirds of them closed by a slash and a dash, as in 4500/-."""
    size, pen = sheet.size, max(3, round(sheet.size / 11))
    y = 90
    while y < HIGH - 130:
        x = sheet.label(y) + 10
        for _ in range(2):
            count = sheet.any(1, 6)
            if x + (count * BETWEEN + 2.2) * size > WIDE - 20:
                break
            x += sheet.write(x, y, count) + round(size * 0.05)
            if sheet.any(0, 3):
                foot, middle = x + size * 0.12, y + size * 0.53 + sheet.any(-3, 4)
                head = foot + size * 0.3 + sheet.any(-3, 4)
                sheet.draw.line((foot, y + size, head, y), fill=sheet.dark, width=pen)
                sheet.draw.line((x + size * 0.5, middle, x + size * 0.95, middle), fill=sheet.dark, width=pen)
            x += round(size * 3.4)
        y += size + sheet.any(24, 50)


def dated(sheet: Sheet) -> None:
    """Lines of a label and two written dates each, with slashes between their numbers."""
    size, pen = sheet.size, max(3, round(sheet.size / 11))
    high = size * float(sheet.rng.uniform(1.0, 1.4))
    y = 90
    while y < HIGH - 130:
        x = sheet.label(y) + 10
        for _ in range(2):
            year = f"{sheet.any(0, 30):02d}" if sheet.any(0, 2) else str(sheet.any(1990, 2030))
            date = [str(sheet.any(1, 32)), str(sheet.any(1, 13)), year]
            if x + (sum(map(len, date)) * 0.85 + 1.7) * size > WIDE - 30:
                break
            for n, number in enumerate(date):
                sheet.numbers.append([(number, x, y)])
                x += round((len(number) * 0.85 + 0.12) * size)
                if n < 2:
                    foot, head = y + (size + high) / 2, y + (size - high) / 2
                    top = x + high * 0.32 + sheet.any(-3, 4)
                    sheet.draw.line((x, foot, top, head), fill=sheet.dark, width=pen)
                    x += round(size * 0.42)
            x += round(size * 1.6)
        y += size + sheet.any(24, 50)


def in_open_combs(sheet: Sheet) -> None:
    """Lines of a label and a number each, a digit to a place, right aligned, over a line with short strokes between the places."""
    size, wide = sheet.size, round(sheet.size * 0.95)
    y = 110
    while y < HIGH - 120:
        left, foot = sheet.label(y) + 10, y + size + 10
        places = min(sheet.any(3, 9), (WIDE - 30 - left) // wide)
        sheet.draw.line((left, foot, left + places * wide, foot), fill=90, width=2)
        for place in range(places + 1):
            x = left + place * wide
            sheet.draw.line((x, foot, x, foot - round(size * 0.35)), fill=90, width=2)
        digits = sheet.digits(sheet.any(1, places + 1))
        first = left + (places - len(digits)) * wide + round(wide * 0.15)
        sheet.numbers.append(
            [(digit, first + n * wide, y + sheet.any(-3, 4)) for n, digit in enumerate(digits)]
        )
        y += size + sheet.any(40, 70)


def score_card(sheet: Sheet) -> None:
    """A table with a digit in each cell, a third of them in a ring or a square that was drawn around."""
    wide, high = round(sheet.size * 2.0), round(sheet.size * 1.9)
    across, down = range(70, WIDE - 40, wide), range(80, HIGH - 40, high)
    sheet.grid(across, down, 60)
    reach = sheet.size * 0.72
    for y in down[:-1]:
        for x in across[:-1]:
            left, top, kind = x + round(wide * 0.28), y + round(high * 0.24), sheet.any(0, 6)
            sheet.write(left, top, 1)
            corners = [
                (left + sheet.size * 0.35 + a * reach + sheet.any(-3, 4), top + sheet.size * 0.5 + b * reach)
                for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
            ]
            if kind == 0:
                sheet.draw.ellipse((*corners[0], *corners[2]), outline=sheet.dark, width=3)
            elif kind == 1:
                sheet.draw.line(corners, fill=sheet.dark, width=3)


def accounts(sheet: Sheet) -> None:
    """Printed words and three amounts a line, a third of them in brackets; below, written numbers in brackets."""
    font = sheet.font.font_variant(size=sheet.any(20, 30))
    wide = round(sheet.draw.textlength("(", font=font))
    for y in range(80, 1200, round(font.size * 1.7)):
        sheet.draw.text((80, y), " ".join(sheet.rng.choice(WORDS, 2)), font=font, fill=PRINT)
        for right in (640, 900, 1160):
            text = f"{sheet.any(10, 10**6):,}"
            left = right - round(sheet.draw.textlength(text, font=font))
            sheet.print_number(left, y, text, font)
            if sheet.any(0, 3) == 0:
                sheet.draw.text((left - wide, y), "(", font=font, fill=PRINT)
                sheet.draw.text((right, y), ")", font=font, fill=PRINT)
    size = sheet.size
    for y in range(1260, HIGH - 100, size + 40):
        for x in (120, 520, 900):
            end, low = x + sheet.write(x, y, sheet.any(1, 5)), y + size + 8
            sheet.draw.arc((x - 22, y - 8, x + 14, low), 110, 250, fill=sheet.dark, width=4)
            sheet.draw.arc((end - 8, y - 8, end + 30, low), -70, 70, fill=sheet.dark, width=4)


def noted(sheet: Sheet) -> None:
    """A form with numbers and words in its fields, and below it a note of words with numbers among them, in one hand's letters."""
    path = sheet.hands[sheet.any(0, len(sheet.hands))]
    font = with_capitals(path, sheet.size * float(sheet.rng.uniform(0.75, 1.1)))
    y = 80
    while y < HIGH // 2:
        x = sheet.label(y)
        if sheet.any(0, 2):
            _words(sheet, x, y, font, sheet.any(1, 5), among=0.0)
        else:
            sheet.write(x, y, sheet.any(1, 7))
        y += sheet.size + sheet.any(30, 60)
    while y < HIGH - 120:
        _words(sheet, 80, y, font, 12, among=0.15)
        y += round(sheet.size * 1.7) + sheet.any(0, 20)


def survey(sheet: Sheet) -> None:
    """Questions, each with five numbers or words beside boxes of which one is marked, and a written number beside two thirds of
    them."""
    side, line, after = (
        round(sheet.font.size * float(sheet.rng.uniform(0.6, 1.1))),
        sheet.any(1, 4),
        sheet.any(0, 2),
    )
    mark, digits = (in_a_cross, in_a_tick, filled)[sheet.any(0, 3)], sheet.any(0, 4)
    y = 80
    while y < HIGH - 190:
        question = " ".join(sheet.rng.choice(WORDS, 5))
        sheet.draw.text((80, y), f"{question}?", font=sheet.font, fill=PRINT)
        y += round(1.7 * sheet.font.size)
        x, marked = 100, sheet.any(0, 5)
        for n in range(5):
            text = sheet.digits(digits) if digits else str(sheet.rng.choice(WORDS))
            wide = round(sheet.draw.textlength(text, font=sheet.font))
            left, top = x + after * (wide + side // 2), y + round(1.05 * sheet.font.size) - side
            sheet.draw.rectangle((left, top, left + side, top + side), outline=PRINT, width=line)
            if n == marked:
                mark(sheet, left, top, side)
            place = x if after else x + side + sheet.any(6, 14)
            if digits:
                sheet.print_number(place, y, text, sheet.font)
            else:
                sheet.draw.text((place, y), text, font=sheet.font, fill=PRINT)
            x += round(wide + side + 2 * sheet.font.size)
        if sheet.any(0, 3) and x < WIDE - 4 * sheet.size:
            sheet.write(x + 60, y - 10, sheet.any(1, 4))
        y += max(round(2.2 * sheet.font.size), sheet.size + 16)


def in_a_cross(sheet: Sheet, left: int, top: int, side: int) -> None:
    pen, over = max(2, side // 8), sheet.any(-3, 5)
    right, foot = left + side + over, top + side + over
    sheet.draw.line((left - over, top - over, right, foot + sheet.any(-3, 4)), fill=sheet.dark, width=pen)
    sheet.draw.line((right, top - over, left - over, foot + sheet.any(-3, 4)), fill=sheet.dark, width=pen)


def in_a_tick(sheet: Sheet, left: int, top: int, side: int) -> None:
    places = [(0.1, 0.4), (0.45, 0.9), (1.0 + 0.1 * sheet.any(0, 4), -0.1 * sheet.any(0, 4))]
    points = [(left + across * side, top + down * side) for across, down in places]
    sheet.draw.line(points, fill=sheet.dark, width=max(2, side // 8))


def filled(sheet: Sheet, left: int, top: int, side: int) -> None:
    for n in range(6):
        down = top + side * n / 6 + sheet.any(0, 3)
        sheet.draw.line(
            (left + 2, down, left + side - 2, down + side / 8), fill=sheet.dark, width=max(2, side // 8)
        )


def with_halves(sheet: Sheet) -> None:
    """A table of written marks, a third of them with a half behind them, its 1 above its 2."""
    size, pen = sheet.size, max(2, sheet.size // 16)
    across, down = range(70, WIDE - 60, round(3.2 * size)), range(90, HIGH - 60, round(1.9 * size))
    sheet.grid(across, down, PRINT)
    for y in down[:-1]:
        for x in across[:-1]:
            count, left, top = sheet.any(1, 3), x + round(0.35 * size), y + round(0.4 * size)
            if sheet.any(0, 8):
                sheet.write(left, top, count)
                if not sheet.any(0, 3):
                    a_half(sheet, left + (0.85 * count + 0.25) * size, top, pen)


def a_half(sheet: Sheet, left: float, top: float, pen: int) -> None:
    small = 0.45 * sheet.size
    lean, low = (float(sheet.rng.uniform(*of)) for of in ((-0.1, 0.2), (0.0, 0.1)))
    one = [(left + (0.3 + lean) * small, top), (left + 0.25 * small, top + 0.85 * small)]
    bar = [(left - 0.1 * small, top + 1.15 * small), (left + 0.8 * small, top + (1.05 - low) * small)]
    places = [(0, 1.4), (0.35, 1.25), (0.65, 1.5), (0.1, 2.2), (0.75, 2.2 + low)]
    two = [(left + across * small, top + down * small) for across, down in places]
    for line in (one, bar, two):
        sheet.draw.line(line, fill=sheet.dark, width=pen, joint="curve")


def register(sheet: Sheet) -> None:
    """An attendance register: days across, a mark or a cross for each of them, and a written total."""
    wide, high, days = sheet.any(34, 46), round(1.35 * sheet.size), 16
    font = sheet.font.font_variant(size=max(16, wide - 16))
    across, down = [300 + n * wide for n in range(days + 1)], [120, *range(160, HIGH - 80, high)]
    sheet.grid([60, *across, min(WIDE - 20, across[-1] + 3 * sheet.size)], down, PRINT)
    for n, x in enumerate(across[:-1], 1):
        sheet.print_number(x + 5, 126, str(n), font)
    mark, pen = sheet.any(0, 3), max(2, sheet.size // 14)
    for y in down[1:-1]:
        sheet.draw.text((70, y + 10), " ".join(sheet.rng.choice(WORDS, 2))[:16], font=font, fill=PRINT)
        for x in across[:-1]:
            left, top = x + 8 + sheet.any(-3, 4), y + 10 + sheet.any(-3, 4)
            right, foot = left + wide - 16, top + high - 20
            kind, middle = sheet.any(0, 10), (left + right) // 2
            marks = {
                0: [(left, foot), (right, top)],
                1: [(left, (top + foot) // 2), (middle - 3, foot), (right + 2, top)],
                2: [(middle, foot), (middle + 2, top)],
            }
            if kind < 6:
                sheet.draw.line(marks[mark], fill=sheet.dark, width=pen, joint="curve")
            elif kind < 8:
                sheet.draw.line((left, foot, right, top), fill=sheet.dark, width=pen)
                sheet.draw.line((left, top, right, foot), fill=sheet.dark, width=pen)
        sheet.write(across[-1] + 10, y + 8, sheet.any(1, 3))


def rated(sheet: Sheet) -> None:
    """Questions, each with the printed numbers from 1 up, around one of which a ring was drawn that hardly ever closes."""
    most, y = int(sheet.rng.choice([5, 7, 10])), 100
    while y < HIGH - 100:
        sheet.draw.text((70, y), " ".join(sheet.rng.choice(WORDS, 4))[:34], font=sheet.font, fill=PRINT)
        chosen = sheet.any(0, most)
        for n in range(most):
            x = 560 + n * ((WIDE - 620) // most)
            sheet.print_number(x, y, str(n + 1), sheet.font)
            if n == chosen:
                ring_by_hand(sheet, sheet.printed[-1][0])
        y += round(sheet.font.size * float(sheet.rng.uniform(1.8, 2.4)))


def ring_by_hand(sheet: Sheet, box: Box) -> None:
    """A ring around what is in a box, whose ends pass or miss each other."""
    reach, first = sheet.font.size * float(sheet.rng.uniform(0.6, 1.0)), float(sheet.rng.uniform(0, 6.28))
    turns = np.linspace(0, 6.28 + float(sheet.rng.uniform(-0.3, 0.7)), 40)
    radii = reach * (1 + 0.08 * np.sin(2 * turns + first)) * (1 + 0.03 * turns)
    across, down = radii * np.cos(turns + first), 0.9 * radii * np.sin(turns + first)
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    line = list(zip((x + across).tolist(), (y + down).tolist(), strict=True))
    sheet.draw.line(line, fill=sheet.dark, width=max(2, sheet.size // 16), joint="curve")


def circled(sheet: Sheet) -> None:
    """Questions whose numbers are printed in circles, and written answers."""
    y, n, reach = 100, sheet.any(1, 80), 0.85 * sheet.font.size
    while y < HIGH - 120:
        sheet.print_number(90, y, str(n), sheet.font)
        box = sheet.printed[-1][0]
        x, middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        sheet.draw.ellipse((x - reach, middle - reach, x + reach, middle + reach), outline=PRINT, width=2)
        sheet.draw.text((150, y), " ".join(sheet.rng.choice(WORDS, 3)), font=sheet.font, fill=PRINT)
        sheet.write(620, y - 6, sheet.any(1, 5))
        n, y = n + 1, y + sheet.size + sheet.any(30, 50)


def filled_up(sheet: Sheet) -> None:
    """Printed amounts that asterisks fill up, and written ones."""
    y = 90
    while y < HIGH - 120:
        font, stars = sheet.font.font_variant(size=sheet.any(24, 44)), "*" * sheet.any(1, 5)
        before = ("", "$", "\u00a3", "EUR ")[sheet.any(0, 4)] + stars
        amount, x = f"{sheet.any(1, 99999):,}.{sheet.any(0, 100):02d}", 90 + sheet.any(0, 80)
        sheet.draw.text((x, y), before, font=font, fill=PRINT)
        left = x + sheet.draw.textlength(before, font=font)
        sheet.print_number(round(left), y, amount, font)
        left += sheet.draw.textlength(amount, font=font)
        sheet.draw.text((left, y), stars, font=font, fill=PRINT)
        sheet.write(760, y, sheet.any(2, 6))
        y += max(round(font.size), sheet.size) + sheet.any(30, 60)


def in_feet(sheet: Sheet) -> None:
    """Heights in feet and inches, printed, or in a font that looks like handwriting."""
    y, font = 80, sheet.font.font_variant(size=sheet.any(26, 50))
    if sheet.any(0, 2):
        font = ImageFont.truetype(str(sheet.hands[sheet.any(0, len(sheet.hands))]), sheet.any(36, 60))
    while y < HIGH - 100:
        x = 80.0
        while x < WIDE - 300:
            for number, sign in ((sheet.any(3, 8), "'"), (sheet.any(0, 12), '"')):
                sheet.print_number(round(x), y, str(number), font)
                x += sheet.draw.textlength(str(number), font=font)
                sheet.draw.text((x, y), sign, font=font, fill=PRINT)
                x += sheet.draw.textlength(sign, font=font)
            x += 120 + sheet.any(0, 60)
        y += round(1.7 * font.size)


def dates_on_lines(sheet: Sheet) -> None:
    """Dates over a short line for each digit, slashes printed between them."""
    y, step = 100, round(0.85 * sheet.size)
    while y < HIGH - 140:
        x, foot = sheet.label(y) + 20, y + sheet.size + 6
        for count in (2, 2, 4):
            sheet.numbers.append([(sheet.digits(1), x + n * step + 3, y) for n in range(count)])
            for left in range(x, x + count * step, step):
                sheet.draw.line((left, foot, left + round(0.8 * step), foot), fill=PRINT, width=2)
            x += count * step
            if len(sheet.numbers) % 3:
                sheet.draw.line((x + 2, foot + 2, x + round(0.35 * sheet.size), y - 2), fill=PRINT, width=2)
                x += round(0.5 * sheet.size)
        y += round(1.9 * sheet.size)


def lettered(sheet: Sheet) -> None:
    """Printed numbers, and behind each a letter, as a table's code: no number."""
    font = sheet.font.font_variant(size=sheet.any(20, 34))
    letters = ("AB", "ABC", "BDE", "GHO", "RST")[sheet.any(0, 5)]
    for y in range(90, HIGH - 80, round(1.6 * font.size)):
        for x in range(80, WIDE - 200, 340):
            sheet.print_number(x, y, sheet.digits(sheet.any(2, 7)), font)
            sheet.draw.text((x + 210, y), str(sheet.rng.choice(list(letters))), font=font, fill=PRINT)


def among_words(sheet: Sheet) -> None:
    """Print in which numbers stand beside words and right behind letters: quarters and years, ordinals, pages."""
    for y in range(80, HIGH - 80, round(1.8 * sheet.font.size)):
        x = 80.0
        while x < WIDE - 300:
            number, year = str(sheet.any(1, 40)), str(sheet.any(1990, 2030))
            ending = {"1": "st", "2": "nd", "3": "rd"}.get(number[-1] if number[:-1] != "1" else "", "th")
            parts = {
                0: (number, ending),
                1: ("", "Q", str(sheet.any(1, 5)), " ", year),
                2: ("", "Page ", number, " of ", str(sheet.any(1, 40))),
                3: ("", str(sheet.rng.choice(WORDS))),
            }[sheet.any(0, 4)]
            x = _print_in_turn(sheet, x, y, parts, sheet.font) + 40


def ranges(sheet: Sheet) -> None:
    """Printed ranges of what is usual, a unit behind each, and a written result."""
    y, font = 80, sheet.font
    while y < HIGH - 100:
        sheet.draw.text((80, y), " ".join(sheet.rng.choice(WORDS, 2)), font=font, fill=PRINT)
        ends = [f"{sheet.any(0, most)}.{sheet.any(0, 10)}" for most in (90, 190)]
        dash = (" - ", "-", " \u2013 ", "\u2013")[sheet.any(0, 4)]
        if not _has(font, "\u2013"):
            dash = dash.replace("\u2013", "-")
        x = _print_in_turn(sheet, 420.0, y, (ends[0], dash, ends[1]), font)
        sheet.draw.text(
            (x + font.size, y), ("mg/l", "mmol", "g", "%")[sheet.any(0, 4)], font=font, fill=PRINT
        )
        sheet.write(800, y - 8, sheet.any(1, 4))
        y += max(sheet.size + 18, round(1.8 * font.size))


def _has(font: ImageFont.FreeTypeFont, sign: str) -> bool:
    """Whether a font has a sign, rather than the box that it draws for those it lacks."""
    return bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))


def _print_in_turn(
    sheet: Sheet, x: float, y: int, parts: Sequence[str], font: ImageFont.FreeTypeFont
) -> float:
    """Print numbers and what is between them in turn, a number first; where they end, px."""
    for n, part in enumerate(parts):
        if n % 2:
            sheet.draw.text((x, y), part, font=font, fill=PRINT)
        elif part:
            sheet.print_number(round(x), y, part, font)
        x += sheet.draw.textlength(part, font=font)
    return x


def times(sheet: Sheet) -> None:
    """Times of day by hand in the cells of a table, with a colon or a point between hour and minute, and hours worked."""
    across = [70, 260, 530, 800, 1100]
    down = list(range(140, HIGH - 90, sheet.size + 24))
    if sheet.any(0, 3):
        sheet.grid(across, down, 100)
    for top in down[:-1]:
        sheet.draw.text((80, top + 12), str(sheet.rng.choice(WORDS)), font=sheet.font, fill=PRINT)
        for left in across[1:3]:
            y, between = top + 12, ":" if sheet.any(0, 4) else "."
            hour, minute = str(sheet.any(6, 24)), f"{sheet.any(0, 60):02d}"
            x = left + sheet.any(10, 30)
            sheet.numbers.append([(hour, x, y), (between, 0, y), (minute, 0, y)])
        worked = [(str(sheet.any(1, 10)), across[3] + 20, top + 12)]
        sheet.numbers.append([*worked, (".", 0, top + 12), (str((25, 5, 75)[sheet.any(0, 3)]), 0, top + 12)])


def nearly_empty(sheet: Sheet) -> None:
    """A few numbers in a pale pen on white paper."""
    sheet.image, sheet.dark, sheet.pencil = Image.new("L", SIZE, WHITE), sheet.any(120, 190), True
    for y in range(120, HIGH - 200, 240):
        sheet.write(150 + sheet.any(0, 500), y, sheet.any(2, 7))


def with_capitals(path: Path, high: float) -> ImageFont.FreeTypeFont:
    """The font at the size where its capitals are so many px high, about."""
    capital = ImageFont.truetype(str(path), 100).getbbox("H", anchor="ls")
    return ImageFont.truetype(str(path), max(12, round(100 * (high / max(8, capital[3] - capital[1])))))


def _words(sheet: Sheet, x: float, y: int, font: ImageFont.FreeTypeFont, count: int, *, among: float) -> None:
    """At most so many words on a line of digits whose top is y, such a share of them numbers."""
    for word in sheet.rng.choice(NOTES, count).tolist():
        number = sheet.rng.random() < among
        text = sheet.digits(sheet.any(1, 5)) if number else word
        if x + sheet.draw.textlength(text, font=font) > WIDE - 30:
            break
        foot = (x, y + sheet.size)
        sheet.draw.text(foot, text, font=font, fill=sheet.dark, anchor="ls")
        if number:
            left, top, right, bottom = sheet.draw.textbbox(foot, text, font=font, anchor="ls")
            sheet.printed.append((Box(round(left), round(top), round(right), round(bottom)), text))
        x += sheet.draw.textlength(f"{text} ", font=font)


SHEETS: dict[str, Callable[[Sheet], None]] = {
    "a form with a QR code and a barcode": with_codes,
    "an answer sheet": answers,
    "ringed and underlined numbers": ringed,
    "stamps on a form": stamped,
    "squared paper": on_squares,
    "decimal numbers": decimals,
    "rainfall sheets": rainfall,
    "reverse type": reversed_out,
    "marks out of so many": marks,
    "dashed tables": dashed,
    "statements in small print": statement,
    "streaks of the scanner": streaked,
    "highlighted numbers": highlighted,
    "boxes written over": boxed,
    "numbers on lines": underlined,
    "ledgers": ledger,
    "faxes": faxed,
    "matrix print": dotted,
    "counters": counters,
    "both sides": both_sides,
    "white lines": dropped,
    "graph paper": on_graph_paper,
    "cut off": cut_off,
    "thousands": in_thousands,
    "marker over print": marked_print,
    "signs and units": signed,
    "shaded rows to the edge": banded,
    "bar charts": charted,
    "ticks": ticked,
    "drawings with dimensions": dimensions,
    "tapes of amounts": tapes,
    "slashes": slashed,
    "accounts with brackets": accounts,
    "percentages": percentages,
    "signs of arithmetic": arithmetic,
    "dates over pale letters": dates_over_letters,
    "books": in_a_book,
    "ruled paper": in_a_notebook,
    "open combs": in_open_combs,
    "score cards": score_card,
    "amounts closed by a slash and a dash": closed_amounts,
    "dates by hand": dated,
    "dates in boxes": dates_in_boxes,
    "amounts in boxes": amounts_in_boxes,
    "score boxes": scores,
    "pencil on short lines": in_pencil,
    "notes in words": noted,
    "numbers on dotted lines": on_dots,
    "a short line for each digit": on_short_lines,
    "surveys with boxes to be ticked": survey,
    "marks with halves": with_halves,
    "registers": register,
    "scales of which a number is ringed": rated,
    "numbers in printed circles": circled,
    "amounts filled up with asterisks": filled_up,
    "feet and inches": in_feet,
    "dates on a short line for each digit": dates_on_lines,
    "letters in columns": lettered,
    "numbers among words of print": among_words,
    "printed ranges": ranges,
    "nearly empty pages": nearly_empty,
    "times by hand": times,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=8, help="pages of each kind")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--sheets", nargs="+", choices=SHEETS, default=list(SHEETS), metavar="NAME")
    for way, meant in WORSE.items():
        parser.add_argument(f"--{way}", type=float, default=0.0, help=meant)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    writers, fonts = held_out_writers(arguments.data), split_fonts(arguments.fonts)[1]
    predict = load_model()
    print(
        "| sheet | numbers | right | no row | `ok` | with an `ok` row that is wrong | rows elsewhere | of them `ok` |"
    )
    print("|---|---|---|---|---|---|---|---|")
    total = np.zeros(7, np.int64)
    for n, name in enumerate(SHEETS):
        if name not in arguments.sheets:
            continue
        counts = np.zeros(7, np.int64)
        for number in range(arguments.pages):
            rng = np.random.default_rng([arguments.seed, n, number])
            page, truth = page_of(name, number, fonts, writers, rng)
            page, truth = scanned_worse(page, truth, **{way: getattr(arguments, way) for way in WORSE})
            counts += counted(recognize_page(page, predict), truth)
        total += counts
        print(_row(name, counts))
    print(_row("all", total))


def _row(name: str, counts: NDArray[np.int64]) -> str:
    """A line of the table: what `counted` says of sheets of one kind."""
    numbers, right, lost, sure, wrong, stray, stray_sure = counts.tolist()
    return (
        f"| {name} | {numbers} | {right / numbers:.3f} | {lost} | {sure / numbers:.3f}"
        f" | {wrong} | {stray} | {stray_sure} |"
    )


def scanned_worse(
    page: Page,
    truth: list[tuple[Box, str]],
    *,
    blur: float = 0.0,
    fibres: float = 0.0,
    sharpen: float = 0.0,
    turn: float = 0.0,
    aslant: float = 0.0,
) -> tuple[Page, list[tuple[Box, str]]]:
    """The page and where its numbers stand, as a worse scanner or rougher paper would have it: see `WORSE`."""
    image = page.image
    if turn:
        image, turned = straighten(image, turn)
        boxes = turned.boxes_forth(np.array([box for box, _ in truth], np.float64)).astype(int).tolist()
        truth = [(Box(*box), text) for box, (_, text) in zip(boxes, truth, strict=True)]
    if aslant:
        image, truth = _seen_aslant(image, truth, aslant)
    grey: NDArray[np.float32] = image.astype(np.float32)
    if fibres:
        grain = np.random.default_rng(7).normal(0, 1, image.shape).astype(np.float32)
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), FIBRES_PX), np.float32)
        grey += grain * (fibres / float(grain.std()))
    if blur:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), blur), np.float32)
    if sharpen:
        grey += sharpen * (grey - cv2.GaussianBlur(grey, (0, 0), SHARPEN_PX))
    return replace(page, image=np.rint(grey).clip(0, 255).astype(np.uint8)), truth


def _seen_aslant(
    image: NDArray[np.uint8], truth: list[tuple[Box, str]], share: float
) -> tuple[NDArray[np.uint8], list[tuple[Box, str]]]:
    """The page as a photograph taken aslant has it, and its numbers around where their middles are in that."""
    size = np.array(image.shape[::-1], np.float32)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * size
    way = cv2.getPerspectiveTransform(corners, (corners + share * CORNERS_OFF * size).astype(np.float32))
    wide, high = size.astype(int).tolist()
    seen = cv2.warpPerspective(image, way, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    places = np.array([box for box, _ in truth], np.float64)
    middles = cv2.perspectiveTransform((places[:, :2] + places[:, 2:])[None] / 2, way)[0]
    sides = places[:, 2:] - places[:, :2]
    boxes = np.rint(np.hstack([middles - sides / 2, middles + sides / 2])).astype(int).tolist()
    return np.asarray(seen, np.uint8), [
        (Box(*box), text) for box, (_, text) in zip(boxes, truth, strict=True)
    ]


def page_of(
    name: str, number: int, fonts: Families, writers: list[Writer], rng: np.random.Generator
) -> tuple[Page, list[tuple[Box, str]]]:
    """The page of that number of one kind, in anybody's hand, and where its numbers stand."""
    sheet = drawn_sheet(name, fonts, rng)
    image, truth = written_out(sheet, writers[int(rng.integers(len(writers)))], number % 4 == 3)
    return Page(image, aspect=2.0 if sheet.faxed else 1.0), truth


def drawn_sheet(name: str, fonts: Families, rng: np.random.Generator) -> Sheet:
    """A sheet of one kind, all but what is written on it by hand."""
    path = fonts["print"][int(rng.integers(len(fonts["print"])))]
    font = ImageFont.truetype(str(path), int(rng.integers(20, 30)))
    paper, size, dark = Image.new("L", SIZE, PAPER), int(rng.integers(36, 56)), int(rng.integers(20, 110))
    sheet = Sheet(rng, font, paper, size, dark, hands=tuple(fonts["hand"]))
    SHEETS[name](sheet)
    return sheet


def written_out(
    sheet: Sheet, writer: Writer, bilevel: bool
) -> tuple[NDArray[np.uint8], list[tuple[Box, str]]]:
    """The sheet in one hand, scanned, and where its numbers stand."""
    page, truth = np.asarray(sheet.image).copy(), list(sheet.printed)
    gap = float(sheet.rng.uniform(0, 0.12 if len(sheet.numbers) > 100 else 0.3))
    for parts in sheet.numbers:
        boxes: list[Box] = []
        for text, x, y in parts:
            if text in ".,:":
                boxes.append(_point(page, text, boxes[-1].right, y + sheet.size, sheet))
                continue
            x = x or boxes[-1].right + sheet.any(0, sheet.size // 4)
            line = written(text, writer, gap + float(sheet.rng.normal(0, 0.03)), None, sheet.rng)
            boxes.append(put(page, line, (x, y), sheet.size, sheet.dark, None))
        digits = "".join(text for text, _, _ in parts if text.isdigit())
        truth.append((boxes[0].union(boxes[-1]), digits))
    image = scanned(page, sheet.rng, bilevel and not (sheet.squared or sheet.pencil or sheet.through))
    if sheet.dropouts:
        white = 255 if bilevel else PAPER
        for at in sheet.rng.integers(60, HIGH - 60, 20).tolist():
            image[at : at + sheet.any(1, 4)] = white
    if sheet.folded:
        image = _beside_a_fold(image, sheet)
    if sheet.cut:
        image, truth = _cut(image, truth, sheet)
    if sheet.through:
        behind = cv2.GaussianBlur(image[:, ::-1], (0, 0), SCATTER).astype(np.float32)
        image = np.minimum(image, PAPER - sheet.through * (PAPER - behind)).clip(0, 255).astype(np.uint8)
    return _by_fax(image, truth) if sheet.faxed else (image, truth)


def _point(page: NDArray[np.uint8], mark: str, left: int, foot: int, sheet: Sheet) -> Box:
    """Draws a point, a comma or a colon behind a digit that ends at left, px; where it is."""
    x, behind = left + sheet.any(1, sheet.size // 5), 0
    if mark == ":":
        x, behind = x + sheet.any(0, sheet.size // 4), sheet.any(0, sheet.size // 3)
    if mark in ".:":
        cv2.ellipse(page, (x + 3, foot - 3), (3, 3), 0, 0, 360, sheet.dark, -1, cv2.LINE_AA)
        if mark == ":":
            over = x + 3 + sheet.any(-3, 5), foot - round(sheet.size * float(sheet.rng.uniform(0.45, 0.75)))
            cv2.ellipse(page, over, (3, 3), 0, 0, 360, sheet.dark, -1, cv2.LINE_AA)
    else:
        cv2.line(page, (x + 6, foot - 4), (x, foot + 10), sheet.dark, 4, cv2.LINE_AA)
    return Box(x, foot - 7, x + 7 + behind, foot + 10)


def _beside_a_fold(image: NDArray[np.uint8], sheet: Sheet) -> NDArray[np.uint8]:
    """The page with the shadow of a fold, from top to bottom through its numbers, and the fold itself in it, a worn line."""
    high, wide = image.shape
    depth, reach = float(sheet.rng.uniform(0.3, 0.6)), float(sheet.rng.uniform(12, 35))
    place = sheet.any(wide // 5, 4 * wide // 5) + sheet.any(-12, 13) * np.arange(high) / high
    away = np.arange(wide)[None] - place[:, None]
    light = 1 - depth * np.exp(-0.5 * (away / reach) ** 2)
    worn = np.repeat(sheet.rng.random(high // 20 + 1) < 0.5, 20)[:high, None]
    light = np.where((np.abs(away - 6) <= 1) & worn, 0.4, light)
    return np.asarray((image * light).clip(0, 255), np.uint8)


def _cut(
    image: NDArray[np.uint8], truth: list[tuple[Box, str]], sheet: Sheet
) -> tuple[NDArray[np.uint8], list[tuple[Box, str]]]:
    """A part of the page, and where its numbers stand in it, also those of which only a part does."""
    left, top, right, bottom = (
        sheet.any(60, 140),
        sheet.any(60, 130),
        sheet.any(820, 1090),
        sheet.any(1590, 1690),
    )
    part = np.ascontiguousarray(image[top:bottom, left:right])
    places = [
        (
            Box(
                max(box.left, left) - left,
                max(box.top, top) - top,
                min(box.right, right) - left,
                min(box.bottom, bottom) - top,
            ),
            text,
        )
        for box, text in truth
        if box.left < right - 2 and box.right > left + 2 and box.top < bottom - 2 and box.bottom > top + 2
    ]
    return part, places


def _by_fax(
    image: NDArray[np.uint8], truth: list[tuple[Box, str]]
) -> tuple[NDArray[np.uint8], list[tuple[Box, str]]]:
    """The page in black and white with half its rows, and where its numbers stand then."""
    low = cv2.resize(image, None, fx=1, fy=0.5, interpolation=cv2.INTER_AREA)
    places = [(Box(box.left, box.top // 2, box.right, -(-box.bottom // 2)), text) for box, text in truth]
    return np.asarray(np.where(low > FAX_LEVEL, 255, 0), np.uint8), places


if __name__ == "__main__":
    main()
