"""Pictures drawn in the tests: `#` is ink, anything else paper."""

from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.network.synthesis import stroke_master
from batchocr.segmentation.segment import Atom, CandidateWord


def ink(*rows: str) -> NDArray[np.bool_]:
    """(H, W) bool from rows of text."""
    return np.array([[c == "#" for c in row] for row in rows], bool)


def blank_page(height: int = 400, width: int = 600, paper: int = 230) -> NDArray[np.uint8]:
    """(H, W) uint8 of even paper."""
    return np.full((height, width), paper, np.uint8)


def scanned(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A drawn page a little out of focus and with a scanner's noise: (H, W) uint8."""
    noise = np.random.default_rng(2).normal(0, 2, page.shape)
    return np.clip(cv2.GaussianBlur(page, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


def word_of(*masks: NDArray[np.bool_], gap: int = 6) -> CandidateWord:
    """A word of (h, w) bool pieces of ink that stand on one line, so many px apart."""
    atoms, x = [], 100
    for mask in masks:
        high, wide = mask.shape
        atoms.append(Atom(Box(x, 100 - high, x + wide, 100), mask))
        x += wide + gap
    top = min(atom.box.top for atom in atoms)
    return CandidateWord(tuple(atoms), Box(100, top, atoms[-1].box.right, 100))


def word_of_atoms(*atoms: Atom) -> CandidateWord:
    """A word of glyphs, each where it stands."""
    return CandidateWord(atoms, reduce(Box.union, (atom.box for atom in atoms)))


def stroke_digit(digit: int, rng: np.random.Generator, high: int, pen: int) -> NDArray[np.uint8]:
    """A digit drawn in strokes, so many px high, (h, w) uint8, ink 255. pen: px of the strokes where it is drawn."""
    ink = stroke_master(digit, rng, way=0, pen=pen, wide=70, loose=0.01)
    size = (max(6, round(ink.shape[1] * high / ink.shape[0])), high)
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.uint8)


def write(
    page: NDArray[np.uint8], ink: NDArray[np.uint8], at: tuple[int, int], grey: int, paper: int
) -> None:
    """Such ink on a page, its left and top there, in this grey on paper of that one."""
    (x, y), (high, wide) = at, ink.shape
    place = page[y : y + high, x : x + wide]
    place[:] = np.minimum(place, paper - ink.astype(int) * (paper - grey) // 255).astype(np.uint8)
