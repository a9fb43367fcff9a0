"""How much a scanner's damage costs the digit network: MNIST's test digits damaged one way at a time.

    python scripts/damage_figures.py --data ../shared/data/mnist [--model FILE] [--seed 5]

Each digit is enlarged to 84 px, as a scan at 300 dpi holds it, damaged, set on grey paper among others and taken from
there as pages are read: sharpened where out of focus, split into ink and paper, a short line through it taken away,
normalised. Prints a Markdown table: error in percent, how many times that of the undamaged digits it is, and the error
where ink is plainly what is darker than half grey. Measures only; nothing is trained or chosen by it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Ink
from batchocr.imaging.binarize import relief
from batchocr.imaging.focus import in_focus
from batchocr.network.card import SHIPPED
from batchocr.network.dataset import load_mnist
from batchocr.network.metrics import error_rate
from batchocr.network.model import load_model
from batchocr.network.synthesis import enlarged
from batchocr.normalize import normalize_glyphs
from batchocr.segmentation.crossing import without_line
from batchocr.segmentation.segment import tighten

SIDE = 84  # px of an enlarged digit
INK = 127  # grey from which on it is ink
APART = 46  # px of paper between digits
ACROSS = 10  # digits side by side on a page, and as many below each other
PAPER, DARKEST = 235, 35  # grey levels
Grey = NDArray[np.uint8]  # (SIDE, SIDE) uint8, ink 255 on 0
Damage = Callable[[Grey, np.random.Generator], NDArray[np.uint8]]


def pen(side: int, change: Callable[..., object]) -> Damage:
    """A pen thinner (cv2.erode) or thicker (cv2.dilate) by side - 1 px of 84."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return lambda grey, rng: np.asarray(change(grey, kernel), np.uint8)


def blurred(grey: Grey, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Out of focus: a standard deviation of 3 px of 84."""
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 3.0), np.uint8)


def scanned_at(dpi: int) -> Damage:
    """One bit a pixel at this resolution, where 84 px are 300 dpi."""
    side = round(SIDE * dpi / 300)

    def scanned(grey: Grey, rng: np.random.Generator) -> NDArray[np.uint8]:
        small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
        return np.where(small > INK, 255, 0).astype(np.uint8)

    return scanned


def salted(grey: Grey, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Salt and pepper: one pixel in fifty turned over, single specks off the digit then taken away, as a page's are."""
    ink = (grey > INK) ^ (rng.random(grey.shape) < 0.02)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] > 8
    large[0] = False
    return np.asarray(np.where(large[labels], 255, 0), np.uint8) if count > 1 else grey


def ruled(grey: Grey, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A ruled line of 3 px left across the digit and 5 px beyond it on either side."""
    ink = np.argwhere(grey > INK)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0)
    row = round(rng.uniform(top, bottom))
    lined = grey.copy()
    lined[max(0, row - 1) : row + 2, max(0, left - 5) : right + 6] = 255
    return lined


def skewed(grey: Grey, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turned by 10 degrees one way or the other."""
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 10 * float(rng.choice([-1, 1])), 1.0)
    return np.asarray(cv2.warpAffine(grey, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)


DAMAGES: dict[str, Damage] = {
    "none": lambda grey, rng: grey,
    "thinner pen": pen(3, cv2.erode),
    "thicker pen": pen(5, cv2.dilate),
    "blur": blurred,
    "1 bit at 200 dpi": scanned_at(200),
    "1 bit at 150 dpi": scanned_at(150),
    "salt and pepper": salted,
    "ruled line left across": ruled,
    "10 degrees skew": skewed,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files")
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--seed", type=int, default=5)
    wanted = parser.parse_args()
    mnist, predict = load_mnist(wanted.data), load_model(wanted.model)
    print("| damage | error % | times | at half grey |\n|---|---|---|---|")
    least = 0.0
    for name, damage in DAMAGES.items():
        pictures = damaged(mnist.test_images, damage, wanted.seed)
        plain = 100 * error_rate(predict(normalize_glyphs([p > INK for p in pictures])), mnist.test_labels)
        error = 100 * error_rate(predict(normalize_glyphs(as_read(pictures))), mnist.test_labels)
        least = least or error
        print(f"| {name} | {error:.2f} | {error / max(least, 0.01):.1f} | {plain:.2f} |", flush=True)


def damaged(images: NDArray[np.uint8], damage: Damage, seed: int) -> list[NDArray[np.uint8]]:
    """(N, 28, 28) uint8 digits enlarged and damaged: N squares, uint8, ink high."""
    rng = np.random.default_rng(seed)
    return [damage(enlarged(image, SIDE), rng) for image in images]


def as_read(pictures: list[NDArray[np.uint8]]) -> list[Ink]:
    """The ink of damaged digits, taken off pages that they are set on."""
    masks: list[Ink] = []
    step = ACROSS * ACROSS
    for start in range(0, len(pictures), step):
        masks += _taken(pictures[start : start + step])
    return masks


def _taken(pictures: list[NDArray[np.uint8]]) -> list[Ink]:
    pitch = len(pictures[0]) + APART
    page = np.full((ACROSS * pitch, ACROSS * pitch), PAPER, np.uint8)
    places = [divmod(n, ACROSS) for n in range(len(pictures))]
    for (row, column), picture in zip(places, pictures, strict=True):
        top, left = row * pitch + APART // 2, column * pitch + APART // 2
        grey = PAPER - (picture.astype(np.float32) * ((PAPER - DARKEST) / 255))
        page[top : top + len(picture), left : left + len(picture)] = grey.round().astype(np.uint8)
    ink = relief(in_focus(page, relief(page).depth)).ink()
    cells = [ink[r * pitch : (r + 1) * pitch, c * pitch : (c + 1) * pitch].copy() for r, c in places]
    return [without_line(tighten(cell, 0, 0)[1])[0] for cell in cells]


if __name__ == "__main__":
    main()
