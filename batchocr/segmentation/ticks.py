"""Ticks beside the numbers of a page, as who has gone over them leaves: taken away, since they are no 1s.

A tick is one stroke without a loop, which falls to its lowest point, turns there and rises farther than it fell, to the
right. Some hands write their 5 so: only where many numbers of the page end or begin with one, or it stands by itself, and
hardly any has one within, are they ticks. Where few numbers have one a person sees those as near as a digit, and where most
words are one digit those that stand by themselves. Leaves out: ticks that touch a digit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.shape import one_run_share, usual_size

FEWEST = 5  # ticks of a page,
MOST_WITHIN = 0.1  # and so many times as many within numbers at most
LEAST_PX = 8  # px of its sides
WIDTH = (0.35, 1.6)  # width / height
ONE_RUN = 0.85  # of its columns that are inked in one place
TURN = (0.08, 0.6)  # of its width, at which it turns
FALL = (0.15, 0.75)  # of its height, by which it falls before
HEAD = 0.15  # of its height, so near to the top it ends, and farther from it it begins
LATE = 0.7  # of its way up and to the right, at which it is not yet so near
BACK = 0.08  # of its height, by which it goes back on its way at most
THICKEST = 0.35  # of its height, that its stroke is high where it falls
DEEP = 0.5  # of its height, below which all its ink is where it turns
ALIKE = 1.4  # times as wide or high as the page's usual tick is one at most
NEAR = 0.15  # of the word's height, or as far as its digits are from each other: a 5 so near is one of them
USUAL = 0.5  # of the page's numbers have a tick: ticks may stand so near then
MANY_SINGLE, SINGLE_SHARE = 30, 0.5  # words of one glyph, of all as high: of these
FIVES_SHARE = 0.25  # that are nothing but a tick at most may be fives
LOW = 0.7  # times as high as the glyphs of its word at least


def without_ticks(words: Sequence[CandidateWord]) -> tuple[list[CandidateWord], list[Atom]]:
    """The words without the ticks at their ends, and without those that are nothing but ticks, on a page that has many; and
    these ticks."""
    ends: dict[tuple[int, int], Box] = {}  # by the word and the glyph in it
    for number, word in enumerate(words):
        full = np.flatnonzero(word.full()).tolist()
        for n in {*full[:1], *full[-1:]}:
            if _is_one(word, n):
                ends[number, n] = word.atoms[n].box
    if len(ends) < FEWEST:
        return list(words), []
    within = sum(
        _is_one(word, n)
        for number, word in enumerate(words)
        for n in range(len(word.atoms))
        if (number, n) not in ends
    )
    if within > MOST_WITHIN * len(ends):
        return list(words), []
    wide, high = usual_size(list(ends.values()))
    ticks = {at for at, box in ends.items() if _alike(box.width, wide) and _alike(box.height, high)}
    if len(ticks) < FEWEST:
        return list(words), []
    gone: dict[int, set[int]] = {}
    for number, n in ticks:
        gone.setdefault(number, set()).add(n)
    usual = _most_have_one(words, gone)
    fives = _fives_alone(words, gone)
    gone = {number: own for number, own in gone.items() if number not in fives}
    left = []
    for number, word in enumerate(words):
        own = gone.get(number, set())
        parts = word.without(own)
        near = number in fives or (not usual and any(_stands_near(word, n) for n in own))
        left += [replace(part, crowded=True) for part in parts] if near else parts
    return left, [words[number].atoms[n] for number, own in sorted(gone.items()) for n in sorted(own)]


def _most_have_one(words: Sequence[CandidateWord], ticked: Collection[int]) -> bool:
    """Whether most words about as high as the ticked ones, by their numbers, have a tick; fives come at random."""
    high = median(words[number].height() for number in ticked)
    return len(ticked) >= USUAL * sum(_alike(word.height(), high) for word in words)


def _fives_alone(words: Sequence[CandidateWord], ticked: Collection[int]) -> set[int]:
    """Which words that are nothing but a tick may be fives: on a page most of whose words are one glyph, as where each cell of a table
    holds a digit, and few of these ticks."""
    high = median(words[number].height() for number in ticked)
    alike = [n for n, word in enumerate(words) if _alike(word.height(), high)]
    single = {n for n in alike if np.count_nonzero(words[n].full()) == 1}
    lone = single.intersection(ticked)
    many = len(single) >= max(MANY_SINGLE, SINGLE_SHARE * len(alike))
    return lone if many and len(lone) <= FIVES_SHARE * len(single) else set()


def _stands_near(word: CandidateWord, at: int) -> bool:
    """Whether a tick at an end of a word stands no farther from it than its glyphs do from each other: it may be a 5."""
    gaps = word.gaps()
    if not gaps:
        return False  # nothing but a tick
    own = gaps.pop(0 if at == word.full().argmax() else -1)
    return own <= max([NEAR * word.height(), *gaps])


def _alike(one: float, other: float) -> bool:
    return 1 / ALIKE <= one / other <= ALIKE


def _is_one(word: CandidateWord, at: int) -> bool:
    """Whether one of a word's atoms is shaped like a tick and as high as its digits."""
    mask = word.atoms[at].mask
    return not word.in_cells and len(mask) >= LOW * word.height() and is_tick(mask)


def is_tick(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) bool ink has the shape of a tick."""
    high, wide = mask.shape
    if min(high, wide) < LEAST_PX or not WIDTH[0] <= wide / high <= WIDTH[1]:
        return False
    if mask[0, 0] or mask[0, wide // 3] or mask[high // 2, -1] or mask[-1, -1] or mask[-1, 3 * wide // 4]:
        return False  # nearly all digits
    if mask[:, -1].argmax() > HEAD * high or mask[-1].argmax() > TURN[1] * wide:
        return False
    if not mask.any(axis=0).all() or one_run_share(mask.T) < ONE_RUN:
        return False
    tops, foots = mask.argmax(axis=0), high - 1 - mask[::-1].argmax(axis=0)
    turn = int(np.flatnonzero(foots == foots.max()).mean())
    if not TURN[0] * wide <= turn <= TURN[1] * wide:
        return False
    before = tops[: turn + 1]
    fall = foots[turn] - foots[: turn + 1].min()
    if tops[turn] < DEEP * high or not FALL[0] * high <= fall <= FALL[1] * high:
        return False
    if before.min() < tops[turn:].min() + HEAD * high:
        return False
    if foots[turn + round(LATE * (wide - 1 - turn))] < HEAD * high:
        return False  # a 5 whose bar goes on
    back = BACK * high
    falls = np.maximum.accumulate(foots[: turn + 1]) - foots[: turn + 1] <= back
    rises = foots[turn:] - np.minimum.accumulate(foots[turn:]) <= back
    thin = np.median(foots[: turn + 1] - before) <= THICKEST * high
    return bool(falls.all() and rises.all() and thin)
