"""Measure how numbers are read that stand among print: after labels, within sentences, in captioned boxes, before
units, between lines of small print.

    python scripts/layout_figures.py --data ../shared/data/mnist [--fonts fonts] [--pages 12] [--seed 77]

Every page is in the hand of one MNIST writer that the networks did not learn from, several times as high as the print around it,
in a font that they did not learn from; of four pages one is in black and white. A number is right if one row, and no other, lies
on it and spells it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from form_figures import written
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from struck_figures import held_out_writers

from batchocr.elements import Box, Page, Word
from batchocr.network import strings
from batchocr.network.model import load_model
from batchocr.network.strings import Writer
from batchocr.network.training import split_fonts
from batchocr.pipeline import recognize_page

PRINT_TEXT = (
    "please fill in the total of all bills that are still to be paid until third this month do not write letters"
    " name date address amount unit price quantity signature remarks"
)
WORDS = PRINT_TEXT.split()
UNITS = ["kg", "EUR", "m", "hours", "%", "pcs."]
SIZE = (1250, 1700)  # px of a page, width and height
PAPER, PRINT = 235, 40  # grey levels
SMALL = 15  # px of small print
FITTED = 0.95  # of the numbers in boxes are written so that they fit


@dataclass
class Sheet:
    """A page being drawn. places: left and top px of each number, how many digits it has, and the right end of its box."""

    image: Image.Image
    font: ImageFont.FreeTypeFont
    size: int  # px of a digit
    places: list[tuple[int, int, int, int | None]] = field(default_factory=list)

    def write(self, x: float, y: float, text: str) -> int:
        """Print on the line of digits whose top is y; where it ends, px."""
        draw = ImageDraw.Draw(self.image)
        draw.text((x, y + self.size - self.font.size), text, font=self.font, fill=PRINT)
        return round(x + draw.textlength(text, font=self.font))

    def label(self, rng: np.random.Generator, y: float, most: int = 4) -> int:
        """A few words at the left; where they end, px."""
        return self.write(80, y, " ".join(rng.choice(WORDS, int(rng.integers(1, most)))))


def labels(sheet: Sheet, rng: np.random.Generator, ruled: bool) -> None:
    """A number after each label, on a line or on none."""
    for y in rows(sheet, rng):
        x = sheet.label(rng, y) + int(rng.integers(10, 40))
        if ruled:
            below = y + sheet.size + 8
            ImageDraw.Draw(sheet.image).line((x, below, x + 420, below), fill=70, width=2)
        sheet.places.append((x + 10, y, int(rng.integers(1, 8)), None))


def sentences(sheet: Sheet, rng: np.random.Generator, ruled: bool) -> None:
    """Numbers between words, as in a sentence with gaps to be filled in."""
    for y in rows(sheet, rng):
        x = 80.0
        for _ in range(4):
            x = sheet.write(x, y, " ".join(rng.choice(WORDS, 2))) + 0.8 * sheet.font.size
            if x > SIZE[0] - 330:
                break
            count = int(rng.integers(1, 5))
            sheet.places.append((round(x), y, count, None))
            x += count * 0.75 * sheet.size + 1.2 * sheet.font.size


def boxes(sheet: Sheet, rng: np.random.Generator, ruled: bool) -> None:
    """Boxes with a caption in each, side by side or apart."""
    high = sheet.size + round(sheet.font.size) + 34
    draw = ImageDraw.Draw(sheet.image)
    for y in range(70, SIZE[1] - 150, high + 30):
        x = 60
        while x < SIZE[0] - 260:
            wide = min(int(rng.integers(220, 420)), SIZE[0] - 60 - x)
            draw.rectangle((x, y, x + wide, y + high), outline=60, width=2)
            draw.text((x + 6, y + 3), str(rng.choice(WORDS)), font=sheet.font, fill=60)
            most = int((wide - 40) / (0.8 * sheet.size))
            count = max(1, min(8, most - int(rng.integers(0, 3))))
            left = x + int(rng.integers(8, 30))
            sheet.places.append((left, y + round(sheet.font.size) + 14, count, x + wide))
            x += wide + (0 if ruled else 24)


def units(sheet: Sheet, rng: np.random.Generator, ruled: bool) -> None:
    """A label, a number and its unit."""
    for y in rows(sheet, rng):
        sheet.label(rng, y, 2)
        count = int(rng.integers(1, 6))
        sheet.places.append((380, y, count, None))
        sheet.write(400 + 0.8 * count * sheet.size, y, str(rng.choice(UNITS)))


def small_print(sheet: Sheet, rng: np.random.Generator, ruled: bool) -> None:
    """A number below each of some paragraphs in print a third or a quarter as high."""
    sheet.font = sheet.font.font_variant(size=SMALL)
    y = 60
    while y < SIZE[1] - 200:
        for _ in range(int(rng.integers(1, 4))):
            x = 80
            while x < 900:
                x = sheet.write(x, y - sheet.size + SMALL, str(rng.choice(WORDS))) + 7
            y += SMALL + 5
        sheet.places.append((100 + int(rng.integers(0, 500)), y + 12, int(rng.integers(2, 7)), None))
        y += sheet.size + 34


LAYOUTS = {
    "after labels": labels,
    "in sentences": sentences,
    "in captioned boxes": boxes,
    "before units": units,
    "between lines of small print": small_print,
}


def rows(sheet: Sheet, rng: np.random.Generator) -> Sequence[int]:
    """px of the top of each row of digits."""
    tops = [70]
    while tops[-1] < SIZE[1] - 150:
        tops.append(tops[-1] + sheet.size + int(rng.integers(25, 60)))
    return tops[:-1]


def filled_in(
    sheet: Sheet, writer: Writer, rng: np.random.Generator, bilevel: bool
) -> tuple[NDArray[np.uint8], list[tuple[Box, str]]]:
    """The page in one hand, scanned, and where its numbers stand."""
    page, truth = np.asarray(sheet.image).copy(), []
    gap, dark = float(rng.uniform(0, 0.3)), int(rng.integers(20, 110))
    for x, y, count, end in sheet.places:
        text = "".join(map(str, rng.integers(0, 10, count)))
        line = written(text, writer, gap + float(rng.normal(0, 0.03)), None, rng)
        most = end - 6 - x if end is not None and rng.random() < FITTED else None
        truth.append((put(page, line, (x, y), sheet.size, dark, most), text))
    return scanned(page, rng, bilevel), truth


def put(
    page: NDArray[np.uint8],
    line: NDArray[np.uint8],
    at: tuple[int, int],
    size: int,
    dark: int,
    most: int | None,
) -> Box:
    """Write a line of digits, ink 255, that are `size` px high, at a place of a page, as dark as that and no wider than so
    many px; where it then stands."""
    (x, y), zoom = at, size / strings.DIGIT_PX
    wide, high = max(3, round(line.shape[1] * zoom)), round(line.shape[0] * zoom)
    if most is not None:
        wide = max(8, min(wide, most))
    ink = np.asarray(cv2.resize(line, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    top = y - round(strings.TOP_PX * zoom)
    place = page[max(0, top) : top + high, x : x + wide]
    ink = ink[max(0, -top) :][: place.shape[0], : place.shape[1]]
    place[:] = np.minimum(place, place - (place.astype(int) - dark) * ink // 255).astype(np.uint8)
    return Box(x, y, x + wide, y + size)


def scanned(page: NDArray[np.uint8], rng: np.random.Generator, bilevel: bool) -> NDArray[np.uint8]:
    """A page a little blurred, with some noise, or in black and white."""
    noisy = cv2.GaussianBlur(page, (0, 0), 0.8) + rng.normal(0, 3, page.shape)
    scan = np.where(noisy < 150, 0, 255) if bilevel else np.clip(noisy, 0, 255)
    return scan.astype(np.uint8)


def overlaps(word: Word, box: Box) -> bool:
    """Whether a row is of a number that stands in a box: it shares a third of the width of the narrower, and of its height; numbers
    that run over their columns lie beside each other."""
    across = min(word.box.right, box.right) - max(word.box.left, box.left)
    down = min(word.box.bottom, box.bottom) - max(word.box.top, box.top)
    return across > 0.3 * min(word.box.width, box.width) and down > 0.3 * box.height


def counted(words: list[Word], truth: list[tuple[Box, str]]) -> NDArray[np.int64]:
    """Numbers, those right, without a row, with an `ok` one and with an `ok` one that is wrong; other rows, those `ok`."""
    counts, theirs = np.zeros(7, np.int64), set()
    for box, text in truth:
        own = [n for n, word in enumerate(words) if overlaps(word, box)]
        theirs.update(own)
        sure = [words[n].text for n in own if words[n].status == "ok"]
        right = [words[n].text for n in own] == [text]
        counts[:5] += 1, right, not own, bool(sure), any(found != text for found in sure)
    others = [word for n, word in enumerate(words) if n not in theirs]
    counts[5:] = len(others), sum(word.status == "ok" for word in others)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=12, help="pages of each layout")
    parser.add_argument("--seed", type=int, default=77)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    writers, fonts = held_out_writers(arguments.data), split_fonts(arguments.fonts)[1]["print"]
    predict = load_model()
    print("| where | numbers | right | without a row | `ok` | numbers with an `ok` row that is wrong |")
    print("|---|---|---|---|---|---|")
    for n, (name, layout) in enumerate(LAYOUTS.items()):
        counts = np.zeros(7, np.int64)
        for page in range(arguments.pages):
            rng = np.random.default_rng([arguments.seed, n, page])
            font = ImageFont.truetype(str(fonts[int(rng.integers(len(fonts)))]), int(rng.integers(15, 30)))
            sheet = Sheet(Image.new("L", SIZE, PAPER), font, int(rng.integers(36, 60)))
            layout(sheet, rng, page % 2 == 1)
            writer = writers[int(rng.integers(len(writers)))]
            image, truth = filled_in(sheet, writer, rng, page % 4 == 3)
            counts += counted(recognize_page(Page(image), predict), truth)
        numbers, right, lost, sure, wrong, *_ = counts.tolist()
        print(f"| {name} | {numbers} | {right / numbers:.3f} | {lost} | {sure / numbers:.3f} | {wrong} |")


if __name__ == "__main__":
    main()
