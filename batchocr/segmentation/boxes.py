"""Digits in boxes of their own: numbers that wide gaps and the sides of boxes would part.

Boxes are pale or thin, and the ink shows them in part or not at all; the grey page shows between two digits the sides of
their boxes, lines that end above and below, as the rules of a table do not. Leaves out: what is written in the boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Grey, Ink, Probs
from batchocr.imaging.labels import stretches
from batchocr.imaging.levels import percentiles
from batchocr.segmentation.segment import APART, LEAST_APART, Atom, CandidateWord

LEAST_DARKER = 6.0  # grey levels that a box's side is darker than paper
MOST_DARKER = 24.0  # grey levels that are enough on any paper
NOISE_FACTOR = 4.0  # times as much darker as half the paper is than the lighter quarter
ALONG_PX = 7  # px along a side that are seen as one: its gaps, and the paper's noise, are smaller
SIDE_SHARE = 0.7  # of a digit's height along which it is
MOST_SIDES = 6  # between two digits: of their boxes, and of a guide in each
SIDE_STRAY = 2  # px that it strays from upright there
BEYOND = 1.3  # heights above and below a digit within which the box ends
END_PX = 3  # px of paper there that are its end
HEAVY = 1.4  # times as dark as the sides of boxes are the rules of the table around them
NEAREST = 1.1  # heights from a digit to a side of its box, at most
LEVEL = 0.5  # of the lower one's height that two digits of a number share
LEAST_ALIKE = 0.6  # height of the lower of two to that of the taller
EVEN = 1.6  # times as far as the nearest are the farthest of a number's digits apart, middle to middle
TELLING = "23456789"  # digits by which others are known: zeros and ones may be boxes and strokes
SURE = 0.9  # probability of a digit that tells
FEWEST_TELLING = 4  # of these tell their height
LOOKED_AT = 60  # words of a page that tell whether it may hold boxes
LIKELY = 0.5  # probability that both of two neighbours are digits
FEWEST_BOXED = 4  # such neighbours with sides of boxes between them,
BOXED_SHARE = 0.8  # of such neighbours that stand apart,
BOXES_APART = 0.6  # heights at most between two boxes of one number
APART_SHARE = 0.5  # and of all that do stand apart: in a box for a whole number digits stand close

Judge = Callable[[Sequence[Ink]], Probs]


def holds_boxes(grey: Grey, words: Sequence[CandidateWord], height: float, judge: Judge) -> bool:
    """Whether the digits of an (H, W) uint8 page stand in boxes, by those that have a digit on their right; most pages hold
    none, and some of their words tell so.

    height: px of the writing.
    """
    some = np.unique(np.linspace(0, len(words) - 1, min(len(words), LOOKED_AT)).astype(int)).tolist()
    if not _hold_boxes(grey, some, words, height, judge):
        return False
    return len(some) == len(words) or _hold_boxes(grey, range(len(words)), words, height, judge)


def _hold_boxes(
    grey: Grey, some: Sequence[int], words: Sequence[CandidateWord], height: float, judge: Judge
) -> bool:
    """Whether the digits of some of the words, by their places, stand in boxes."""
    boxes = np.array([word.box for word in words], np.int64).reshape(-1, 4)
    pairs = [pair for n in some for pair in _neighbours(words[n], words, boxes)]
    least, most = LEAST_APART * height, APART * height
    apart = [(a, b) for a, b in pairs if least <= b.box.left - a.box.right <= most]
    between = [_between(a.box, b.box) for a, b in _both_digits(apart, judge)]
    left = len(between) - max(FEWEST_BOXED, BOXED_SHARE * len(between))  # gaps that may be without
    for gap in between:
        if left < 0:
            return False
        left -= _lines(grey, gap, height)[0] < 1
    if left < 0:
        return False
    close = [(a, b) for a, b in pairs if b.box.left - a.box.right < least]
    return len(between) >= APART_SHARE * (len(between) + len(_both_digits(close, judge)))


def _both_digits(pairs: Sequence[tuple[Atom, Atom]], judge: Judge) -> list[tuple[Atom, Atom]]:
    """The pairs of glyphs of which each is likely to be a digit."""
    if not pairs:
        return []
    digit = 1 - judge([atom.mask for pair in pairs for atom in pair])[:, NOT_A_DIGIT]
    return [
        pair
        for pair, sure in zip(pairs, digit.reshape(-1, 2).min(axis=1).tolist(), strict=True)
        if sure >= LIKELY
    ]


def digits_height(words: Sequence[CandidateWord], judge: Judge) -> float:
    """The median height in px of a page's glyphs that plainly are digits; 0 where too few are."""
    heights = telling_heights([atom for word in words for atom in word.full_atoms()], judge)
    return float(np.median(heights)) if len(heights) >= FEWEST_TELLING else 0.0


def telling_heights(glyphs: Sequence[Atom], judge: Judge) -> list[int]:
    """The heights in px of those glyphs that plainly are digits, and no strokes or boxes."""
    return [glyph.box.height for glyph in telling(glyphs, judge)]


def height_of_most(heights: Sequence[int], factor: float) -> float:
    """The height in px that most glyphs have of whose heights px these are, within a factor of one another; 0 where FEWEST_TELLING do
    not."""
    ordered = np.sort(np.array(heights, np.int64))
    if len(ordered) < FEWEST_TELLING:
        return 0.0
    alike = np.searchsorted(ordered, ordered * factor, side="right") - np.arange(len(ordered))
    first = int(np.argmax(alike))
    most = int(alike[first])
    return float(np.median(ordered[first : first + most])) if most >= FEWEST_TELLING else 0.0


def telling(glyphs: Sequence[Atom], judge: Judge) -> list[Atom]:
    """Those of the glyphs that plainly are digits, and no strokes or boxes."""
    if not glyphs:
        return []
    sure = how_telling(glyphs, judge) >= SURE
    return [glyph for glyph, tells in zip(glyphs, sure.tolist(), strict=True) if tells]


def how_telling(glyphs: Sequence[Atom], judge: Judge) -> NDArray[np.float32]:
    """(N,) how likely each glyph is one digit that tells, of one or more."""
    probs = judge([glyph.mask for glyph in glyphs])
    return np.asarray(probs[:, [int(digit) for digit in TELLING]].max(axis=1), np.float32)


def _neighbours(
    word: CandidateWord, words: Sequence[CandidateWord], boxes: NDArray[np.int64]
) -> list[tuple[Atom, Atom]]:
    """A word's glyphs with the next of it, and its last with the first of the nearest word on its level. boxes: (N, 4)
    px of all words."""
    own = word.full_atoms()
    _, top, right, bottom = own[-1].box
    beyond = np.flatnonzero((boxes[:, 1] < bottom) & (boxes[:, 3] > top) & (boxes[:, 0] >= right))
    if beyond.size:
        own.append(words[beyond[np.argmin(boxes[beyond, 0])]].full_atoms()[0])
    return list(pairwise(own))


def _between(a: Box, b: Box) -> Box:
    return Box(a.right, min(a.top, b.top), b.left, max(a.bottom, b.bottom))


def joined(grey: Grey, words: Sequence[CandidateWord], height: float) -> list[CandidateWord]:
    """The words of an (H, W) uint8 page, those as one that stand in boxes side by side. height: px of the writing."""
    left = sorted(words, key=lambda word: word.box.left)
    found = []
    while left:
        word = left.pop(0)
        for other in list(left):
            if other.box.left - word.box.right > APART * height:
                continue
            if _goes_on(grey, word, other, height):
                left.remove(other)
                word = CandidateWord((*word.atoms, *other.atoms), word.box.union(other.box))
        found.append(word)
    return found


def is_boxed(grey: Grey, box: Box, height: float) -> bool:
    """Whether a digit or a number has a box's side on its left or on its right; a cross in the next box hides one."""
    near = round(NEAREST * height)
    return bool(
        _lines(grey, Box(box.left - near, box.top, box.left, box.bottom), height)[0]
        or _lines(grey, Box(box.right, box.top, box.right + near, box.bottom), height)[0]
    )


def is_level(word: CandidateWord, other: CandidateWord) -> bool:
    """Whether two words stand side by side and are alike in height."""
    lower, taller = sorted((word.height(), other.height()))
    shared = min(word.box.bottom, other.box.bottom) - max(word.box.top, other.box.top)
    return shared >= LEVEL * lower and lower >= LEAST_ALIKE * taller


def are_parted(grey: Grey, one: Box, other: Box, height: float) -> bool:
    """Whether a rule of a table stands between two words on one level, whichever comes first."""
    first, second = (one, other) if one.left <= other.left else (other, one)
    return _lines(grey, _between(first, second), height)[1] > 0


def _goes_on(grey: Grey, word: CandidateWord, other: CandidateWord, height: float) -> bool:
    """Whether one word stands in the box after another's."""
    a, b = word.box, other.box
    if b.left <= a.right or not is_level(word, other):
        return False
    middles = [(atom.box.left + atom.box.right) / 2 for atom in (*word.full_atoms(), other.full_atoms()[0])]
    pitches = [after - before for before, after in pairwise(middles)]
    if min(pitches) <= 0 or max(pitches) > EVEN * min(pitches):
        return False
    sides, rules, apart = _lines(grey, _between(a, b), height)
    # boxes far apart hold a number each, as marks for one question each
    return MOST_SIDES >= sides >= 1 and not rules and apart <= BOXES_APART * height


def _lines(grey: Grey, window: Box, height: float) -> tuple[int, int, int]:
    """How many thin lines run upright through a window of the page and end above and below it, and how many are rules:
    lines that go on both ways, and darker ones that go on one way; by how many px the first ones are apart at least."""
    left, right = max(0, window.left), min(grey.shape[1], window.right)
    top, bottom = max(0, window.top), min(grey.shape[0], window.bottom)
    if right - left < 2 * SIDE_STRAY or bottom - top < 2 * END_PX:
        return 0, 0, 0
    beyond = round(BEYOND * height)
    above, below = max(0, top - beyond), min(grey.shape[0], bottom + beyond)
    tall = cv2.blur(grey[above:below, left:right], (1, ALONG_PX))
    middle, paper = percentiles(np.asarray(tall, np.uint8), 50, 75)
    darker = min(max(LEAST_DARKER, NOISE_FACTOR * (paper - middle)), MOST_DARKER)
    if tall.min() > paper - darker:
        return 0, 0, 0
    thin = cv2.erode(tall, np.ones((1, 2 * SIDE_STRAY + 1), np.uint8))
    dark = thin <= paper - darker
    first, last = top - above, bottom - above
    along = dark[first:last].mean(axis=0) >= SIDE_SHARE
    middles = [(start + stop - 1) // 2 for start, stop in stretches(along).tolist()]
    ends = np.array([int(_ends(~dark[:first, x])) + int(_ends(~dark[last:, x])) for x in middles], int)
    depths = np.array([paper - float(np.median(thin[first:last, x])) for x in middles])
    heavy = depths > HEAVY * np.median(depths[ends == 2]) if (ends == 2).any() else ends < 2
    sides = [x for x, of_line in zip(middles, ends.tolist(), strict=True) if of_line == 2]
    apart = min((after - before for before, after in pairwise(sides)), default=0)
    return len(sides), int(((ends == 0) | ((ends == 1) & heavy)).sum()), apart


def _ends(paper: NDArray[np.bool_]) -> bool:
    """Whether a line ends in a run of pixels of which some are paper; it does at the page's edge."""
    if len(paper) < END_PX:
        return True
    runs = np.convolve(paper, np.ones(END_PX, int), "valid")
    return bool((runs == END_PX).any())
