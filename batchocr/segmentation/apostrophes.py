"""Apostrophes between the thousands of printed numbers, as in 1'234'567: they are papered over, since a reader that sees only the
strip takes one for a 1.

An apostrophe is all the ink there is in a gap between two digits, and hangs at their heads. Only where a page has several, all of
one size, are they taken for such. One that touches a 1 is not found, and makes a 7 of it: a number is for a person whose 7 begins
three digits with no apostrophe before them. Where most do not stand before threes they are primes, and part feet from inches; a
number by itself that may be of feet and inches is for a person. Leaves out: those that reach over a digit, and points and commas, which
readers know.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from batchocr.elements import Box, Ink
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.segment import Atom, CandidateWord, ink_between, tighten
from batchocr.segmentation.shape import are_usual, of_one_size

FEWEST = 6  # of a page
# of the digits' height that one may begin above their heads, and other ink below their feet counts,
ABOVE = 0.3
DOWN = 0.55  # and end below them at most;
LEAST_HIGH = 0.12  # it is so high at least,
LEAST_PX = 2  # and px wide and high,
WIDEST = 1.25  # and no more times as wide as high: an equals sign between digits that hang is
LEAST_ROOM = 0.1  # of their height between the digits
GROUP = 3  # digits
PRIME_HEAD = 0.1  # of the digits' height below their heads that a prime begins at most
MOST_IN_FEET = 4  # digits of feet and inches
PRIMES_SHARE = 0.5  # of the numbers with some are of feet and inches
PRIMES_AMONG = 0.1  # of all words: digits in pieces, as of seven bars, are like a few
PRIMES_ALIKE = 0.7  # of all marks are of one size then, since some lie partly over a digit
NEARLY_ALL = 0.8  # of the longer numbers: where so many have some, one without has lost them


def without_apostrophes(
    words: Sequence[CandidateWord], ink: Ink, judge: Judge, grain: float = 1.0
) -> tuple[list[CandidateWord], list[Atom]]:
    """The words without the apostrophes between their digits, on a page that has several, and parted where these are primes; and
    these. ink: (H, W) of the page. grain: as in `shape.of_one_size`."""
    found = [_apostrophes_of(word, ink) for word in words]
    marks = [mark for own in found for mark in own]
    boxes, many = [mark.box for mark in marks], len(marks) >= FEWEST
    if many and are_usual(boxes, grain).mean() >= PRIMES_ALIKE:
        primes = sum(_is_in_feet(word, own, SEVERAL) for word, own in zip(words, found, strict=True))
        if primes >= max(FEWEST, PRIMES_SHARE * sum(map(bool, found)), PRIMES_AMONG * len(words)):
            return _parted_at_primes(words, found), marks
    words = [
        replace(word, several=True) if _is_in_feet(word, own, SINGLE) else word
        for word, own in zip(words, found, strict=True)
    ]
    if not (many and of_one_size(boxes, grain)):
        return words, []
    left: list[CandidateWord] = []
    with_some = [bool(own) for word, own in zip(words, found, strict=True) if len(word.full_atoms()) > GROUP]
    expected = sum(with_some) >= NEARLY_ALL * len(with_some)
    begin = [
        _begin_threes(word, own) if own or expected else [] for word, own in zip(words, found, strict=True)
    ]
    sevens = judge([atom.mask for own in begin for atom in own]).argmax(axis=1) == 7
    hidden = np.split(sevens, np.cumsum([len(own) for own in begin])[:-1])
    for word, own, firsts, is_seven in zip(words, found, begin, hidden, strict=True):
        mixed = {atom.box for atom, seven in zip(firsts, is_seven.tolist(), strict=True) if seven}
        parts = word.without(
            [n for n, atom in enumerate(word.atoms) if any(_lies_in(atom, mark) for mark in own)]
        )
        left += [_with_mixed(part, mixed) for part in parts] if mixed else parts
    return left, marks


class _Prime(NamedTuple):
    """What a mark is like that may be a prime: how high at least, in heights of the digits beside it, how many times as high as wide,
    how far these are apart at least, in heights of theirs, and how many digits it has before it at most."""

    high: float
    slim: tuple[float, float]
    room: float
    before: int


SEVERAL = _Prime(LEAST_HIGH, (0.8, 8.0), LEAST_ROOM, 2)  # many of a page
SINGLE = _Prime(0.2, (1.2, 3.5), 0.25, 1)  # one by itself: a piece of a digit of seven bars is slimmer


def _is_in_feet(word: CandidateWord, marks: Sequence[Atom], like: _Prime) -> bool:
    """Whether a word is of feet and inches, as 5'11: a digit or two, a prime, and one or two more."""
    if len(marks) != 1:
        return False
    mark, boxes, height = marks[0].box, [atom.box for atom in word.full_atoms()], word.height()
    before = [box for box in boxes if box.left < mark.left]
    behind = [box for box in boxes if box.left >= mark.left]
    if len(before) > like.before or len(behind) >= GROUP:
        return False
    if not like.slim[0] * mark.width <= mark.height <= like.slim[1] * mark.width:
        return False
    if mark.height < like.high * height or behind[0].left - before[-1].right < like.room * height:
        return False
    return mark.top <= min(box.top for box in boxes) + PRIME_HEAD * height


def _parted_at_primes(words: Sequence[CandidateWord], found: Sequence[Sequence[Atom]]) -> list[CandidateWord]:
    """The words parted at their primes, those marked that have as many digits and none, where most have one: it may touch a digit.
    found: the primes of each."""
    alike = [
        not own and 1 < len(word.full_atoms()) <= MOST_IN_FEET for word, own in zip(words, found, strict=True)
    ]
    have_lost = sum(alike) <= sum(map(bool, found))
    left = []
    for word, own, is_alike in zip(words, found, alike, strict=True):
        left += [replace(word, several=True)] if is_alike and have_lost else _parted(word, own)
    return left


def _parted(word: CandidateWord, marks: Sequence[Atom]) -> list[CandidateWord]:
    """The word in the parts before, between and behind marks."""
    lefts = [atom.box.left for atom in word.atoms]
    signs = []
    for mark in marks:
        first = sum(left < mark.box.left for left in lefts)
        own = sum(_lies_in(atom, mark) for atom in word.atoms[first:])
        signs.append((first, first + own))
    return word.parted_at(signs)


def _with_mixed(word: CandidateWord, boxes: Collection[Box]) -> CandidateWord:
    """The word, its atoms in these boxes marked as such that a sign may be in."""
    return word.only([replace(atom, mixed=True) if atom.box in boxes else atom for atom in word.atoms])


def _apostrophes_of(word: CandidateWord, ink: Ink) -> list[Atom]:
    """What hangs in the gaps of a word at its digits' heads, where nothing else does."""
    if word.in_cells:
        return []
    height = word.height()
    boxes = [atom.box for atom in word.full_atoms()]
    gaps = [(a, b) for a, b in pairwise(boxes) if b.left - a.right >= max(LEAST_PX, LEAST_ROOM * height)]
    marks = [_in_gap(ink, a, b, height) for a, b in gaps]
    return [mark for mark in marks if mark is not None]


def _in_gap(ink: Ink, before: Box, behind: Box, height: float) -> Atom | None:
    """All ink between two digits, so many px high, if it hangs at their heads."""
    between, top = ink_between(ink, before, behind, ABOVE * height)
    box, mask = tighten(between, before.right, top)
    if min(mask.shape) < LEAST_PX or box.height < LEAST_HIGH * height or box.width > WIDEST * box.height:
        return None
    return Atom(box, mask) if box.bottom - 1 < min(before.top, behind.top) + DOWN * height else None


def _begin_threes(word: CandidateWord, marks: Sequence[Atom]) -> list[Atom]:
    """The digits of a word that begin three behind others, with no apostrophe before them."""
    digits = word.full_atoms()
    ends = [mark.box.left for mark in marks]
    found = []
    for low, high in pairwise([-math.inf, *ends, math.inf]):
        own = [atom for atom in digits if low < atom.box.left < high]
        found += own[-GROUP:0:-GROUP]
    return found


def _lies_in(atom: Atom, mark: Atom) -> bool:
    """Whether an atom is a mark, or a piece of it."""
    one, other = atom.box, mark.box
    return (
        one.left >= other.left
        and one.right <= other.right
        and one.top >= other.top
        and one.bottom <= other.bottom
    )
