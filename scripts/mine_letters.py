"""Draw pages of words with numbers among them, read them, and keep the strips of all doubtful strings to learn letters from.

    python scripts/mine_letters.py --data ../shared/data/mnist [--fonts fonts] [--workers 2] -o train-data/mined.npz

What passes for a number here is what the network of letters (`scripts/train_letters.py`) is asked about. Only writers and fonts to
learn from are on these pages.
"""

from __future__ import annotations

import argparse
import multiprocessing
from pathlib import Path

import cv2
import numpy as np
from form_figures import written
from layout_figures import PAPER, SIZE, put, scanned
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from sheet_figures import SHEETS, drawn_sheet, with_capitals, written_out
from struck_figures import whole_writers

from batchocr.elements import Box, Page
from batchocr.network.letters import own_steps
from batchocr.network.letters_training import Mined, some_word
from batchocr.network.model import load_model
from batchocr.network.strings import Rng, Writer
from batchocr.network.training import Families, split_fonts
from batchocr.pipeline import maybe_letters, read_strings

WIDE, HIGH = SIZE
KINDS = [name for name in SHEETS if name != "faxes"]  # whose pixels are not square
AMONG = 0.15  # of the words are numbers
ONE_FONT = 0.4  # of the pages are in one font, the others in another on each line
BILEVEL = 0.3  # of the pages are in black and white
OVERLAP = 0.25  # of the smaller of two boxes that they share at least, if one is of the other


def page_of(fonts: Families, writers: list[Writer], rng: Rng) -> tuple[NDArray[np.uint8], list[Box]]:
    """A page of lines of words and numbers, scanned, and where its numbers stand."""
    image = Image.new("L", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    numbers: list[Box] = []
    written_ones: list[tuple[str, int, int, int]] = []
    size, dark = int(rng.integers(22, 60)), int(rng.integers(20, 110))
    kept: Path | None = None
    y = 70
    while y < HIGH - 2 * size:
        if kept is None or rng.random() > ONE_FONT:
            of = fonts["hand" if rng.random() < 0.75 else "print"]
            kept = of[int(rng.integers(len(of)))]
        font = with_capitals(kept, size * float(rng.uniform(0.75, 1.15)))
        x = float(rng.integers(50, 130))
        while True:
            number = rng.random() < AMONG
            text = (
                "".join(map(str, rng.integers(0, 10, int(rng.integers(1, 6))))) if number else some_word(rng)
            )
            by_hand = number and rng.random() < 0.4
            wide = len(text) * 0.8 * size if by_hand else draw.textlength(text, font=font)
            if x + wide > WIDE - 30:
                break
            if by_hand:
                written_ones.append((text, round(x), y, size))
            else:
                draw.text((x, y + size), text, font=font, fill=dark, anchor="ls")
                if number:
                    numbers.append(
                        Box(*map(round, draw.textbbox((x, y + size), text, font=font, anchor="ls")))
                    )
            x += (
                wide
                + draw.textlength(" ", font=font) * float(rng.uniform(0.8, 2))
                + rng.random() * 0.5 * size
            )
        y += round(size * float(rng.uniform(1.5, 2.1)))
    page = np.asarray(image).copy()
    writer = writers[int(rng.integers(len(writers)))]
    for text, left, top, tall in written_ones:
        numbers.append(
            put(
                page,
                written(text, writer, float(rng.uniform(0, 0.25)), None, rng),
                (left, top),
                tall,
                dark,
                None,
            )
        )
    return scanned(page, rng, bool(rng.random() < BILEVEL)), numbers


def sheet_of(
    fonts: Families, writers: list[Writer], name: str, rng: Rng
) -> tuple[NDArray[np.uint8], list[tuple[Box, str]]]:
    """A page of one kind of scripts/sheet_figures.py, scanned, and its numbers and where they stand."""
    sheet = drawn_sheet(name, fonts, rng)
    writer = writers[int(rng.integers(len(writers)))]
    return written_out(sheet, writer, bool(rng.random() < BILEVEL))


def doubtful(grey: NDArray[np.uint8], numbers: list[Box]) -> Mined:
    """The strips of a page's doubtful strings, the steps of each that are its own, and whether no number is on it."""
    page = read_strings(Page(grey), load_model(), as_it_lies=True)
    found = Mined()
    for part, back in page.parts():
        for asked in maybe_letters(part, part.judged()):
            (box,) = back([asked.box])
            lettered = not any(share(box, place) for place in numbers)
            found.add(asked.cut.image, own_steps(asked.cut, asked.box), lettered)
    return found


def share(one: Box, other: Box) -> bool:
    """Whether two boxes lie on each other."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    least = min(one.width * one.height, other.width * other.height)
    return wide > 0 and high > 0 and wide * high > OVERLAP * least


def mined(task: tuple[Path, Path, int, range, bool]) -> Mined:
    """What some pages give, of words or of all kinds of sheets; to be called in a process of its own."""
    data, fonts, seed, pages, of_words = task
    cv2.setNumThreads(1)
    writers, families = whole_writers(data, held_out=False), split_fonts(fonts)[0]
    found = Mined()
    for number in pages:
        rng = np.random.default_rng([seed, 4 if of_words else 5, number])
        if of_words:
            page, numbers = page_of(families, writers, rng)
        else:
            page, truth = sheet_of(families, writers, KINDS[number % len(KINDS)], rng)
            numbers = [box for box, _ in truth]
        found.join(doubtful(page, numbers))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=750, help="of words")
    parser.add_argument("--sheets", type=int, default=700, help="pages of all kinds of sheets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    tasks = [
        (arguments.data, arguments.fonts, arguments.seed, range(n, min(n + 50, count)), of_words)
        for of_words, count in ((True, arguments.pages), (False, arguments.sheets))
        for n in range(0, count, 50)
    ]
    whole = Mined()
    with multiprocessing.Pool(arguments.workers) as pool:
        for done, some in enumerate(pool.imap(mined, tasks), start=1):
            whole.join(some)
            whole.save(arguments.output)
            print(
                f"{done}/{len(tasks)}: {len(whole.strips)} strips, {sum(whole.lettered)} of letters",
                flush=True,
            )


if __name__ == "__main__":
    main()
