"""Printed numbers whose thousands a space sets off, as wide as between the columns of a narrow table: 12 345 678 is one number, not
three.

In type all of whose glyphs are as wide it is one digit's width, in some other type the widest space that a page's numbers have. Where
groups of three follow one of up to three so far apart on many lines of a page, and often the first is shorter, they are joined for a
person to see. Leaves out: type whose space is narrow enough to part nothing, and what a mark sets off (`lines`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np

from batchocr.elements import NOT_A_DIGIT, Probs
from batchocr.following import in_a_row, in_rows
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.lines import steps
from batchocr.segmentation.segment import CandidateWord, as_one
from batchocr.segmentation.slashes import is_slash
from batchocr.segmentation.units import PLAIN_LETTER

GROUP = 3  # digits
FEWEST = 6  # numbers of a page in such groups,
SHORTER = 0.25  # of which so many begin with a shorter one
ALIKE, MOSTLY = 0.06, 0.8  # of the page's usual pitch by which those of so many stray at most
STRAY = 0.18  # of the type's pitch by which the middles of its digits stray from it
LEVEL = 0.15  # of their height by which the groups of a number are higher or lower
# of the digits' height: a space in type of any width, and by how much of the page's usual space one is wider or narrower
LEAST_SPACES = 0.28, 0.48  # the wider in type whose 1 is as wide as its other digits
MOST_SPACE, SPACES_ALIKE = 0.85, 0.4
ZERO, ZEROS = 0.9, 4  # so surely a glyph is a 0, and so many groups but the first ones that begin with one
MOST_GROUPS = 4  # of a number; more are columns


def with_thousands(words: Sequence[CandidateWord], judge: Judge) -> list[CandidateWord]:
    """The words, groups of a number's digits joined to one that a person has to look at."""
    # many a type has all its digits as wide, and not its space
    following = _next_ones(words)
    chains = _chains(words, following)
    ways = [_evenly_set(words, following), *(_set_apart(words, chains, least) for least in LEAST_SPACES)]
    numbers = max(ways, key=lambda found: sum(map(len, found)))
    if not numbers:
        return list(words)
    masks = [[atom.mask for n in own for atom in words[n].full_atoms()] for own in numbers]
    probs = judge([mask for own in masks for mask in own])
    parts = np.split(probs, np.cumsum([len(own) for own in masks])[:-1])
    of_digits = [float(of[:, NOT_A_DIGIT].max()) <= PLAIN_LETTER for of in parts]
    joined = {own[0]: own for own, digits in zip(numbers, of_digits, strict=True) if digits}
    sizes = [[len(words[n].full_atoms()) for n in own] for own in numbers]
    sure = _have_zeros_within(parts, sizes)
    gone = {n for own in joined.values() for n in own[1:]}
    return [
        _joined([words[k] for k in joined[n]], sure=sure) if n in joined else word
        for n, word in enumerate(words)
        if n not in gone
    ]


def _joined(groups: Sequence[CandidateWord], *, sure: bool) -> CandidateWord:
    """Groups as one word, for a person to see unless they surely are one number."""
    word = as_one(groups)
    return word if sure else replace(word, crowded=True)


def _have_zeros_within(numbers: Sequence[Probs], sizes: Sequence[Sequence[int]]) -> bool:
    """Whether groups of numbers begin with a 0 that are not their first, and the first ones do not: in columns of numbers that stand
    beside each other as many do in all, or none. numbers: for each (glyphs, 11). sizes: glyphs of each of its groups."""
    zeros = [probs[:, 0] >= ZERO for probs in numbers]
    firsts = [np.cumsum([0, *own[:-1]]) for own in sizes]
    within = sum(int(zero[starts[1:]].sum()) for zero, starts in zip(zeros, firsts, strict=True))
    begun = sum(bool(zero[0]) for zero in zeros)
    return within >= ZEROS and begun == 0


def _evenly_set(words: Sequence[CandidateWord], following: dict[int, int]) -> list[list[int]]:
    """Numbers of a type all of whose glyphs are as wide, each as the words that are its groups."""
    follower = {
        n: m
        for n, m in following.items()
        if len(words[n].glyphs()) <= GROUP and _is_one_apart(words[n], words[m])
    }
    numbers = in_rows(follower)
    numbers = [own for own in numbers if all(len(words[n].glyphs()) == GROUP for n in own[1:])]
    numbers = _of_one_pitch(words, numbers)
    shorter = sum(len(words[own[0]].glyphs()) < GROUP for own in numbers)
    if len(numbers) < FEWEST or shorter < SHORTER * len(numbers):
        return []
    return numbers


def _chains(words: Sequence[CandidateWord], following: dict[int, int]) -> list[tuple[list[int], list[float]]]:
    """Words that follow each other closely enough to be of one number, and the gaps between their glyphs, heights."""
    follower = {n: m for n, m in following.items() if _space(words[n], words[m]) <= MOST_SPACE}
    firsts = sorted(set(range(len(words))) - set(follower.values()))
    return [(own, _gaps([words[n] for n in own])) for own in (in_a_row(n, follower) for n in firsts)]


def _set_apart(
    words: Sequence[CandidateWord], chains: Sequence[tuple[list[int], list[float]]], least: float
) -> list[list[int]]:
    """Numbers of other type, in which some of the spaces, at least so many heights wide, part words and others do not. chains: as
    of `_chains`."""
    spaced = [(own, gaps) for own, gaps in chains if len(own) > 1 or any(gap >= least for gap in gaps)]
    spaces = [gap for _, gaps in spaced for gap in gaps if gap >= least]
    usual = median(spaces or [0.0])
    alike = sum(abs(space - usual) <= SPACES_ALIKE * usual for space in spaces)
    grouped = [(own, sizes) for own, gaps in spaced if _are_of_thousands(sizes := _groups(gaps, least))]
    shorter = sum(sizes[0] < GROUP for _, sizes in grouped)
    if (
        len(grouped) < max(FEWEST, MOSTLY * len(spaced))
        or alike < MOSTLY * len(spaces)
        or shorter < SHORTER * len(grouped)
    ):
        return []
    joined = (own for own, _ in grouped if len(own) > 1)
    return [own for own in joined if not any(_has_slash(words[n]) for n in own[1:])]


def _gaps(words: Sequence[CandidateWord]) -> list[float]:
    """The gaps from each glyph to the next, in and between words, heights."""
    glyphs, height = [glyph for word in words for glyph in word.glyphs()], words[0].height()
    return [(other.left - one.right) / height for one, other in pairwise(glyphs)]


def _groups(gaps: Sequence[float], least: float) -> list[int]:
    """How many glyphs stand between one space, a gap at least so wide, and the next, of all with such gaps between them."""
    spaces = [n for n, gap in enumerate(gaps, 1) if gap >= least]
    return [stop - start for start, stop in pairwise([0, *spaces, len(gaps) + 1])]


def _are_of_thousands(groups: Sequence[int]) -> bool:
    """Whether groups of so many glyphs may be those of one number."""
    first, *others = groups
    return first <= GROUP and 1 <= len(others) < MOST_GROUPS and set(others) == {GROUP}


def _has_slash(word: CandidateWord) -> bool:
    """Whether one of its glyphs looks like a slash, as in 27 /30."""
    return any(is_slash(atom.mask) for atom in word.atoms)


def _space(one: CandidateWord, other: CandidateWord) -> float:
    return (other.box.left - one.box.right) / one.height()


def _next_ones(words: Sequence[CandidateWord]) -> dict[int, int]:
    """For words not in boxes the only one that stands a little behind, as high and on one line with it."""
    order = sorted(range(len(words)), key=lambda n: words[n].box.left)
    lefts = np.array([words[n].box.left for n in order])
    heights = [word.height() for word in words]
    rights = np.array([word.box.right for word in words])
    starts = np.searchsorted(lefts, rights).tolist()
    stops = np.searchsorted(lefts, rights + 2 * np.array(heights)).tolist()
    found: dict[int, int] = {}
    for n, (word, height, start, stop) in enumerate(zip(words, heights, starts, stops, strict=True)):
        if word.in_cells:
            continue
        near = [m for m in order[start:stop] if _is_level(word, words[m], LEVEL * height)]
        if len(near) == 1 and not words[near[0]].in_cells:
            found[n] = near[0]
    return found


def _of_one_pitch(words: Sequence[CandidateWord], numbers: Sequence[list[int]]) -> list[list[int]]:
    """Those of the numbers, each as the words that are its groups, whose pitch is the usual one, if nearly all are: groups by
    hand have any."""
    pitches = [median(step for n in own for step in _steps(words[n])) for own in numbers]
    usual = median(pitches or [0.0])
    alike = [abs(pitch - usual) <= ALIKE * usual for pitch in pitches]
    if sum(alike) < MOSTLY * len(alike):
        return []
    return [own for own, is_alike in zip(numbers, alike, strict=True) if is_alike]


def _is_level(one: CandidateWord, other: CandidateWord, stray: float) -> bool:
    """Whether two words stand on one line and are as high, but for so many px."""
    return abs(one.box.top - other.box.top) <= stray and abs(one.box.bottom - other.box.bottom) <= stray


def _is_one_apart(one: CandidateWord, other: CandidateWord) -> bool:
    """Whether the glyphs of two words stand at one pitch, a single one left free between these."""
    own = [*_steps(one), *_steps(other)]
    if len(own) < 2 or _has_slash(other):
        return False
    pitch = median(own)
    (between,) = steps([one.glyphs()[-1], other.glyphs()[0]])
    return max(abs(step - pitch) for step in [*own, between / 2]) <= STRAY * pitch


def _steps(word: CandidateWord) -> list[float]:
    return steps(word.glyphs())
