"""Numbers of a type all of whose glyphs are as wide, their thousands set off by a space: 12 345 678 is one number there, not three.

The space is as wide as a digit, as between the columns of a narrow table. Where groups of three follow one of up to three, just one
digit's width apart, on many lines of a page, and often the first is shorter, they are joined for a person to see. Leaves out: other
type, whose space is narrow enough to part nothing, and what a mark sets off (`lines`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from batchocr.elements import NOT_A_DIGIT
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


def with_thousands(words: Sequence[CandidateWord], judge: Judge) -> list[CandidateWord]:
    """The words, groups of a number's digits joined to one that a person has to look at."""
    follower = _followers(words)
    firsts = sorted(set(follower) - set(follower.values()))
    numbers = [_chain(n, follower) for n in firsts]
    numbers = [own for own in numbers if all(len(words[n].glyphs()) == GROUP for n in own[1:])]
    numbers = _of_one_pitch(words, numbers)
    shorter = sum(len(words[own[0]].glyphs()) < GROUP for own in numbers)
    if len(numbers) < FEWEST or shorter < SHORTER * len(numbers):
        return list(words)
    masks = [[atom.mask for n in own for atom in words[n].full_atoms()] for own in numbers]
    other = judge([mask for own in masks for mask in own])[:, NOT_A_DIGIT]
    parts = np.split(other, np.cumsum([len(own) for own in masks])[:-1])
    joined = {own[0]: own for own, of in zip(numbers, parts, strict=True) if float(of.max()) <= PLAIN_LETTER}
    gone = {n for own in joined.values() for n in own[1:]}
    return [
        replace(as_one([words[k] for k in joined[n]]), crowded=True) if n in joined else word
        for n, word in enumerate(words)
        if n not in gone
    ]


def _of_one_pitch(words: Sequence[CandidateWord], numbers: Sequence[list[int]]) -> list[list[int]]:
    """Those of the numbers, each as the words that are its groups, whose pitch is the usual one, if nearly all are: groups by
    hand have any."""
    pitches = [median(step for n in own for step in _steps(words[n])) for own in numbers]
    usual = median(pitches or [0.0])
    alike = [abs(pitch - usual) <= ALIKE * usual for pitch in pitches]
    if sum(alike) < MOSTLY * len(alike):
        return []
    return [own for own, is_alike in zip(numbers, alike, strict=True) if is_alike]


def _chain(first: int, follower: dict[int, int]) -> list[int]:
    """The words that follow one another, from a first one on."""
    own = [first]
    while own[-1] in follower:
        own.append(follower[own[-1]])
    return own


def _followers(words: Sequence[CandidateWord]) -> dict[int, int]:
    """For words of up to three glyphs of one width the one that stands just one such width behind, whatever it is."""
    order = sorted(range(len(words)), key=lambda n: words[n].box.left)
    lefts = [words[n].box.left for n in order]
    found: dict[int, int] = {}
    for n, word in enumerate(words):
        if word.in_cells or len(word.glyphs()) > GROUP:
            continue
        height = word.height()
        start, stop = np.searchsorted(lefts, [word.box.right, word.box.right + 2 * height]).tolist()
        near = [m for m in order[start:stop] if _is_level(word, words[m], LEVEL * height)]
        if len(near) == 1 and _is_one_apart(word, words[near[0]]):
            found[n] = near[0]
    return found


def _is_level(one: CandidateWord, other: CandidateWord, stray: float) -> bool:
    """Whether two words stand on one line and are as high, but for so many px."""
    return abs(one.box.top - other.box.top) <= stray and abs(one.box.bottom - other.box.bottom) <= stray


def _is_one_apart(one: CandidateWord, other: CandidateWord) -> bool:
    """Whether the glyphs of two words stand at one pitch, a single one left free between these."""
    own = [*_steps(one), *_steps(other)]
    if len(own) < 2 or other.in_cells or any(is_slash(atom.mask) for atom in other.atoms):
        return False  # 27 /30
    pitch = median(own)
    (between,) = steps([one.glyphs()[-1], other.glyphs()[0]])
    return max(abs(step - pitch) for step in [*own, between / 2]) <= STRAY * pitch


def _steps(word: CandidateWord) -> list[float]:
    return steps(word.glyphs())
