"""Numbers among words of print: what stands close beside one in a line of text is a word, and no part of it.

Elsewhere what is near a string may be the rest of it, as where a hand leaves gaps. On a page of print that a number stands on the
line of its words, as high as their capitals, and next to words that plainly have letters, says that it is whole. Leaves out:
numbers with other numbers beside them, or with what may be a digit of a type that the network does not know, and pages with few words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Probs
from batchocr.segmentation.segment import CandidateWord
from batchocr.segmentation.spaces import BEARINGS, FEET, FEET_PX, LEAST_BEARINGS, ON_LINE
from batchocr.segmentation.units import PLAIN_LETTER

CAPITALS = 75  # percentile of the words' heights: many have low letters only
FEWEST_WORDS = 20  # with so many letters each that are plainly some, on a page of print
LETTERS = 2
AS_HIGH = 0.55, 1.25  # times as high as the highest glyphs of the words are their digits, old-style ones too
REACH = 1.5  # heights from a number to the words beside it,
CLOSE = 1.0  # and from one to another number, which may be a part of it, at most
SHARED = 0.4  # of its height that is level with what stands beside it


def among_print(words: Sequence[CandidateWord], probs: Sequence[Probs], asked: Iterable[int]) -> set[int]:
    """Which of those asked about, by their places among a page's words, stand in a line of its print, next to words of letters.
    probs: for each word (atoms, 11)."""
    letters = np.array([_letters(word, of) for word, of in zip(words, probs, strict=True)], int)
    print_ = [words[n] for n in np.flatnonzero(letters >= LETTERS).tolist() if _foot(words[n]) is not None]
    if len(print_) < FEWEST_WORDS:
        return set()
    usual = float(np.percentile([_high(word) for word in print_], CAPITALS))
    boxes = np.array([word.box for word in words], np.float64).reshape(-1, 4)
    return {n for n in asked if _is_among(n, words, letters > 0, boxes, usual)}


def _letters(word: CandidateWord, probs: Probs) -> int:
    """How many of a word's glyphs are plainly letters."""
    if word.in_cells:
        return 0
    return int(np.count_nonzero(probs[word.full(), NOT_A_DIGIT] > PLAIN_LETTER))


def _high(word: CandidateWord) -> int:
    """px of a word's highest glyph, as that of its capitals."""
    return max(atom.box.height for atom in word.full_atoms())


def _foot(word: CandidateWord) -> float | None:
    """The px row on which a word's glyphs stand; None where most do not stand on one."""
    feet = [atom.box.bottom for atom in word.full_atoms()]
    foot, stray = median(feet), max(FEET * _high(word), FEET_PX)
    return foot if sum(abs(own - foot) <= stray for own in feet) >= ON_LINE * len(feet) else None


def _goes_on(word: CandidateWord, other: CandidateWord) -> bool:
    """Whether the glyph of another word that is next to a number is as high as its digits, and no farther away than the next one."""
    own, glyphs = word.full_atoms(), other.full_atoms()
    is_behind = other.box.left > word.box.left
    digit, glyph = (own[-1].box, glyphs[0].box) if is_behind else (own[0].box, glyphs[-1].box)
    height = word.height()
    stray = max(FEET * height, FEET_PX)
    if abs(glyph.top - digit.top) > stray or abs(glyph.bottom - digit.bottom) > stray:
        return False
    room = 2 * (max(atom.box.width for atom in own) + BEARINGS * height) - LEAST_BEARINGS * height
    return digit.union(glyph).width <= room


def _is_among(
    n: int,
    words: Sequence[CandidateWord],
    lettered: NDArray[np.bool_],
    boxes: NDArray[np.float64],
    usual: float,
) -> bool:
    """Whether word n has words of letters beside it on its line, and nothing close by that may be digits. lettered: (N,) bool, which of
    the words are such. boxes: (N, 4) px of them. usual: px of their capitals."""
    word, height = words[n], words[n].height()
    if word.in_cells or word.alone_in is not None or not AS_HIGH[0] * usual <= height <= AS_HIGH[1] * usual:
        return False
    foot = _foot(word)
    if foot is None or not word.is_print():
        return False
    shared = np.minimum(boxes[:, 3], word.box.bottom) - np.maximum(boxes[:, 1], word.box.top)
    apart = np.maximum(boxes[:, 0] - word.box.right, word.box.left - boxes[:, 2])
    beside = (shared >= SHARED * height) & (apart <= REACH * height)
    beside[n] = False
    close = beside & (apart < CLOSE * height)
    if (close & ~lettered).any() or any(_goes_on(word, words[m]) for m in np.flatnonzero(close).tolist()):
        return False
    feet = [_foot(words[m]) for m in np.flatnonzero(beside & lettered).tolist()]
    return any(own is not None and abs(own - foot) <= max(FEET * height, FEET_PX) for own in feet)
