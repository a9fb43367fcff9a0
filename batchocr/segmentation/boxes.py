"""Digits in boxes of their own, apart from each other on a form: numbers that no gap and no rule may part.

Such boxes are pale or thin, and the ink shows them in part or not at all; the grey page shows between two digits the
right side of one box and the left side of the next, lines that end above and below, as the rules of a table do not.
Leaves out: combs, whose cells share their sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey
from batchocr.segmentation.segment import APART, LEAST_APART, CandidateWord

LEAST_DARKER = 6.0  # grey levels that a box's side is darker than paper
SIDE_SHARE = 0.8  # of a digit's height along which it is
MOST_SIDES = 6  # between two digits: of their boxes, and of a guide in each
SIDE_STRAY = 2  # px that it strays from upright there
BEYOND = 1.3  # heights above and below a digit within which the box ends
END_PX = 3  # px of paper there that are its end
HEAVY = 1.4  # times as dark as the sides of boxes are the rules of the table around them
NEAREST = 1.1  # heights from a digit to a side of its box, at most
LEVEL = 0.5  # of the lower one's height that two digits of a number share
LEAST_ALIKE = 0.6  # height of the lower of two to that of the taller
EVEN = 1.6  # times as far as the nearest are the farthest of a number's digits apart, middle to middle
LOOKED_AT = 50  # glyphs of a page that tell whether it holds boxes
FEWEST_BOXED = 6  # of these that have sides of boxes beside them,
BOXED_SHARE = 0.6  # and of those that have a neighbour


def holds_boxes(grey: Grey, words: Sequence[CandidateWord], height: float) -> bool:
    """Whether the digits of an (H, W) uint8 page stand in boxes apart, by some that have a neighbour on their right.

    height: px of the writing.
    """
    boxes = np.array([box for word in words for box in _full_boxes(word)], np.int64).reshape(-1, 4)
    some = np.unique(np.linspace(0, len(boxes) - 1, min(len(boxes), LOOKED_AT)).astype(int))
    lefts, tops, rights, bottoms = np.ascontiguousarray(boxes.T)
    looked = boxed = 0
    for _, top, right, bottom in boxes[some].tolist():
        gaps = np.where((tops < bottom) & (bottoms > top) & (lefts >= right), lefts - right, np.inf)
        nearest = gaps.min(initial=np.inf)
        if LEAST_APART * height <= nearest <= APART * height:
            looked += 1
            boxed += _lines(grey, Box(right, top, right + int(nearest), bottom), height)[0] >= 2
    return boxed >= max(FEWEST_BOXED, BOXED_SHARE * looked)


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


def _goes_on(grey: Grey, word: CandidateWord, other: CandidateWord, height: float) -> bool:
    """Whether one word stands in the box after another's."""
    a, b = word.box, other.box
    if b.left <= a.right or not is_level(word, other):
        return False
    middles = [(box.left + box.right) / 2 for box in _full_boxes(word)]
    middles.append(sum(_full_boxes(other)[0][::2]) / 2)
    pitches = [after - before for before, after in pairwise(middles)]
    if min(pitches) <= 0 or max(pitches) > EVEN * min(pitches):
        return False
    between = Box(a.right, min(a.top, b.top), b.left, max(a.bottom, b.bottom))
    sides, rules = _lines(grey, between, height)
    return MOST_SIDES >= sides >= 2 and not rules


def _full_boxes(word: CandidateWord) -> list[Box]:
    return [atom.box for atom, full in zip(word.atoms, word.full(), strict=True) if full]


def _lines(grey: Grey, window: Box, height: float) -> tuple[int, int]:
    """How many thin lines run upright through a window of the page and end above and below it, and how many are rules:
    lines that go on both ways, and darker ones that go on one way."""
    left, right = max(0, window.left), min(grey.shape[1], window.right)
    top, bottom = max(0, window.top), min(grey.shape[0], window.bottom)
    if right - left < 2 * SIDE_STRAY or bottom - top < 2 * END_PX:
        return 0, 0
    beyond = round(BEYOND * height)
    above, below = max(0, top - beyond), min(grey.shape[0], bottom + beyond)
    tall = grey[above:below, left:right]
    paper = float(np.percentile(tall, 75))
    thin = cv2.erode(tall, np.ones((1, 2 * SIDE_STRAY + 1), np.uint8))
    dark = thin <= paper - LEAST_DARKER
    first, last = top - above, bottom - above
    along = dark[first:last].mean(axis=0) >= SIDE_SHARE
    edges = np.flatnonzero(np.diff(np.concatenate([[False], along, [False]])))
    middles = [(int(start) + int(stop) - 1) // 2 for start, stop in zip(edges[::2], edges[1::2], strict=True)]
    ends = np.array([int(_ends(~dark[:first, x])) + int(_ends(~dark[last:, x])) for x in middles], int)
    depths = np.array([paper - float(np.median(thin[first:last, x])) for x in middles])
    heavy = depths > HEAVY * np.median(depths[ends == 2]) if (ends == 2).any() else ends < 2
    return int((ends == 2).sum()), int(((ends == 0) | ((ends == 1) & heavy)).sum())


def _ends(paper: NDArray[np.bool_]) -> bool:
    """Whether a line ends in a run of pixels of which some are paper; it does at the page's edge."""
    if len(paper) < END_PX:
        return True
    runs = np.convolve(paper, np.ones(END_PX, int), "valid")
    return bool((runs == END_PX).any())
