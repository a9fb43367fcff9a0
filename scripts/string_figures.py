"""Measure how strings are read: synthetic ones in the hands of MNIST's test writers, as crops of one string.

    python scripts/string_figures.py --data ../shared/data/mnist [--count 2000] [--seed 11]

Each string is in one writer's test digits, set as people set them (gaps from touching to half a height), on plain
paper with a scanner's noise, 30 to 60 px tall. Rows: lengths 2, 4, 6 and 10; pairs that touch; length 4 with a
ruled line through the middle or the feet. None of these digits was ever trained on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network import strings
from batchocr.network.dataset import load_mnist, load_test_writers
from batchocr.network.model import load_model
from batchocr.network.strings import Line, Writer, complete, write, writers_of
from batchocr.pipeline import recognize_page

LENGTHS = (2, 4, 6, 10)
TOUCHING_GAP = -0.06  # heights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--count", type=int, default=2000, help="strings of each kind")
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    writers = test_writers(arguments.data)
    predict = load_model()
    print("| strings | right | accepted | accepted wrong |\n|---|---|---|---|")
    for name, length, gap, ruled in (
        *((f"{n} digits", n, None, False) for n in LENGTHS),
        ("touching pairs", 2, TOUCHING_GAP, False),
        ("4 digits, ruled line through", 4, None, True),
    ):
        rng = np.random.default_rng([arguments.seed, length, ruled, gap is None])
        right = accepted = wrong = 0
        for _ in range(arguments.count):
            text = "".join(map(str, rng.integers(0, 10, length)))
            picture = scanned(drawn(text, writers[int(rng.integers(len(writers)))], gap, ruled, rng), rng)
            words = recognize_page(Page(picture), predict)
            read = "".join(word.text for word in words)
            sure = len(words) == 1 and words[0].status == "ok"
            right += read == text
            accepted += sure
            wrong += sure and read != text
        share = f"{wrong / accepted:.4f}" if accepted else "-"
        print(
            f"| {name} | {right / arguments.count:.4f} | {accepted / arguments.count:.4f} | {share} |",
            flush=True,
        )


def test_writers(data: Path) -> list[Writer]:
    """MNIST's test writers, those who wrote every digit. data: folder of its IDX files and writers."""
    mnist = load_mnist(data)
    return complete(writers_of(mnist.test_images, mnist.test_labels, load_test_writers(data)))


def drawn(text: str, writer: Writer, gap: float | None, ruled: bool, rng: np.random.Generator) -> Line:
    """One string on a line, without marks."""
    own = float(rng.choice([rng.uniform(-0.05, 0.05), rng.uniform(0.05, 0.4)])) if gap is None else gap
    line = write(text, writer, False, rng, gap=own, marks=False)
    line = strings.bent(line, False, rng)
    if ruled:
        row = round(strings.TOP_PX + strings.DIGIT_PX * rng.uniform(0.1, 1.0))
        cv2.line(line, (0, row), (line.shape[1], row + round(rng.normal(0, 1))), 255, 2)
    return line


def scanned(line: Line, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grey paper with noise, digits 30 to 60 px tall."""
    zoom = rng.uniform(30, 60) / strings.DIGIT_PX
    size = (round(line.shape[1] * zoom), round(line.shape[0] * zoom))
    cover = np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_CUBIC), np.float32) / 255
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.8), np.float32)
    grey = rng.uniform(215, 245) - rng.uniform(120, 200) * cover + rng.normal(0, 3, cover.shape)
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


if __name__ == "__main__":
    main()
