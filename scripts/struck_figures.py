"""Measure whether crossed-out numbers are held back, on drawn pages.

    python scripts/struck_figures.py --data ../shared/data/mnist [--pages 40] [--seed 5]

Each page is in the hand of one held-out MNIST writer: 32 numbers of 2 to 6 digits, half of them crossed out in one of seven
ways. A row for each way on standard output: numbers, read right all the same, and how many have a row that is `ok`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.dataset import load_mnist, split_by_writer
from batchocr.network.model import load_model
from batchocr.network.strings import Line, Writer, complete, write, writers_of
from batchocr.pipeline import recognize_page

HEIGHT = 55  # px of a digit on the page
PLACE = (150, 500)  # px, high and wide, that a number has to itself
ROWS, COLUMNS = 8, 4
MARGIN = 30  # px around a line's ink
THIN, PEN = 2, 5  # px of a line
Rng = np.random.Generator
Extent = tuple[int, int, int, int]  # left, top, right, bottom of a number's ink, px


def _level(thick: int, *offsets: float) -> Callable[[Line, Extent, Rng], None]:
    """So many level lines, at these heights from the middle."""

    def cross(line: Line, ink: Extent, rng: Rng) -> None:
        left, top, right, bottom = ink
        high = bottom - top
        middle, tilt = top + high * rng.uniform(0.35, 0.65), high * rng.normal(0, 0.06)
        before, after = (round(high * rng.uniform(0, 0.4)) for _ in range(2))
        for offset in offsets:
            row = middle + offset * high
            cv2.line(line, (left - before, round(row)), (right + after, round(row + tilt)), 255, thick)

    return cross


def _slanting(line: Line, ink: Extent, rng: Rng) -> None:
    left, top, right, bottom = ink
    cv2.line(line, (left - 10, bottom + 5), (right + 10, top - 5), 255, PEN)


def _both_ways(line: Line, ink: Extent, rng: Rng) -> None:
    left, top, right, bottom = ink
    cv2.line(line, (left, bottom), (right, top), 255, PEN)
    cv2.line(line, (left, top), (right, bottom), 255, PEN)


def _zigzag(line: Line, ink: Extent, rng: Rng) -> None:
    left, top, right, bottom = ink
    turns = np.linspace(left, right, 9).round().astype(int)
    points = [(x, bottom if n % 2 else top) for n, x in enumerate(turns.tolist())]
    cv2.polylines(line, [np.array(points)], False, 255, PEN)


def _wave(line: Line, ink: Extent, rng: Rng) -> None:
    left, top, right, bottom = ink
    across = np.arange(left - 10, right + 10, 3)
    down = (top + bottom) / 2 + 0.12 * (bottom - top) * np.sin((across - left) / (bottom - top) * 6)
    cv2.polylines(line, [np.stack([across, down], axis=1).round().astype(np.int32)], False, 255, PEN)


WAYS: dict[str, Callable[[Line, Extent, Rng], None]] = {
    "not crossed out": lambda line, ink, rng: None,
    "a thin line": _level(THIN, 0.0),
    "a line of the pen": _level(PEN, 0.0),
    "two lines": _level(PEN, -0.15, 0.15),
    "a slanting line": _slanting,
    "a cross": _both_ways,
    "a zigzag": _zigzag,
    "a wave": _wave,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    writers = held_out_writers(arguments.data)
    predict = load_model()
    numbers: Counter[str] = Counter()
    right: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    for number in range(arguments.pages):
        rng = np.random.default_rng([arguments.seed, number])
        page, written = drawn(writers[int(rng.integers(len(writers)))], rng)
        words = recognize_page(Page(page), predict)
        for place, (way, text) in enumerate(written):
            row, column = divmod(place, COLUMNS)
            own = [
                word
                for word in words
                if (word.box.top + word.box.bottom) // 2 // PLACE[0] == row
                and (word.box.left + word.box.right) // 2 // PLACE[1] == column
            ]
            numbers[way] += 1
            right[way] += "".join(word.text for word in own) == text
            sure[way] += any(word.status == "ok" for word in own)
    print("| crossed out by | numbers | read right | with an `ok` row |\n|---|---|---|---|")
    for way in WAYS:
        print(f"| {way} | {numbers[way]} | {right[way]} | {sure[way]} |")


def held_out_writers(data: Path) -> list[Writer]:
    """MNIST's training writers whom the networks did not learn from, those who wrote every digit. data: folder of its IDX files
    and writers. Raises SystemExit where the writers are missing."""
    return whole_writers(data, held_out=True)


def whole_writers(data: Path, *, held_out: bool) -> list[Writer]:
    """The same, or those to learn from."""
    mnist = load_mnist(data)
    if mnist.train_writers is None:
        raise SystemExit(f"{data}: train-writers.txt is missing beside MNIST's files")
    own = split_by_writer(mnist.train_writers)[held_out]
    return complete(writers_of(mnist.train_images[own], mnist.train_labels[own], mnist.train_writers[own]))


def drawn(writer: Writer, rng: Rng) -> tuple[NDArray[np.uint8], list[tuple[str, str]]]:
    """A page in one hand, and of each place how its number is crossed out and what it is."""
    page = np.full((ROWS * PLACE[0], COLUMNS * PLACE[1]), 235.0)
    ways = list(WAYS)
    written = []
    for place in range(ROWS * COLUMNS):
        row, column = divmod(place, COLUMNS)
        way = ways[1 + int(rng.integers(len(ways) - 1))] if rng.random() < 0.5 else ways[0]
        text = "".join(map(str, rng.integers(0, 10, int(rng.integers(2, 7)))))
        line = _number(text, way, writer, rng)[: PLACE[0] - 20, : PLACE[1] - 20]
        top, left = row * PLACE[0] + 10, column * PLACE[1] + 10
        page[top : top + line.shape[0], left : left + line.shape[1]] -= line * (190 / 255)
        written.append((way, text))
    soft = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.8), np.float64)
    return np.clip(soft + rng.normal(0, 3, page.shape), 0, 255).astype(np.uint8), written


def _number(text: str, way: str, writer: Writer, rng: Rng) -> Line:
    line = write(text, writer, False, rng, gap=float(rng.uniform(0.05, 0.3)), marks=False)
    left, top, wide, high = cv2.boundingRect((line > 127).astype(np.uint8))
    whole = line[
        max(0, top - MARGIN) : top + high + MARGIN, max(0, left - MARGIN) : left + wide + MARGIN
    ].copy()
    down, across = min(top, MARGIN), min(left, MARGIN)
    WAYS[way](whole, (across, down, across + wide, down + high), rng)
    zoom = HEIGHT / high
    return np.asarray(cv2.resize(whole, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    main()
