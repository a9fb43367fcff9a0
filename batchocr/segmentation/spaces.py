"""Print whose words stand closer than those of writing by hand: its words parted where its spaces are.

Of the letters of print, which stand on one line and are of more than one height, those of a word are some few hundredths of their
height apart, and its words much farther; how far is told of each page's own. Leaves out: pages whose gaps are not of
two kinds, and spaces that set off thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from batchocr.elements import NOT_A_DIGIT, Box
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.segment import CandidateWord
from batchocr.segmentation.units import PLAIN_LETTER

FEWEST = 3  # glyphs of a word that tell
FEET, FEET_PX = 0.06, 1.5  # of their height, or px, by which the feet of print on one line differ at most
ON_LINE = 0.6  # of a word's glyphs: others hang below
PLAIN = 2  # letters in a word that tells how wide spaces are
LETTERS = 1.2  # times as high as the lowest is the highest glyph of a word that is no number
NARROW, SLOT = 0.35, 0.55  # heights: a glyph that is narrower may have so much room, as a 1 of print has
AS_HIGH = 0.12  # of their height by which digits of one line differ
OTHER = 1.25  # times as high is print of another size, or writing
LONGER = 1.12  # times as far as to the next is it over a space at least, from middle to middle
LEAST, MOST = 0.22, 0.5  # heights: between these the narrowest space is looked for
BAND = 0.93, 1.07  # times as wide are the gaps that tell whether one parts two kinds
AMID = 0.03  # of the fewer kind that there are of these at most
FEWEST_SPACES, FEWEST_GAPS = 20, 60  # of each kind at least
TYPICAL = 1.2, 2.2  # times as wide as the narrowest is the usual space
GROUP = 3  # digits of thousands


def parted_at_spaces(
    words: Sequence[CandidateWord], judge: Judge, grain: float = 1.0
) -> tuple[list[CandidateWord], list[Box]]:
    """The words, those of print parted where they hold a space, and the spaces. judge: as of `boxes`. grain: px of the page that one of
    the scan has."""
    texts = {
        n: line for n, word in enumerate(words) if _may_be_text(word) and (line := _Line(word, grain)).is_text
    }
    if _least_space(list(texts.values())) == np.inf:
        return list(words), []  # nearly all pages
    letters = _letters(texts, judge)
    telling = [texts[n] for n, count in letters.items() if count >= PLAIN]
    least = _least_space(telling)
    if least == np.inf:
        return list(words), []
    lines = [texts.get(n) or _Line(word, grain) for n, word in enumerate(words)]
    usual = median(line.height for line in telling)
    asked = [n for n, line in enumerate(lines) if letters.get(n) or line.may_be_of(usual)]
    spaced = dict(zip(asked, _spaced([lines[n] for n in asked], least, judge), strict=True))
    parted: list[CandidateWord] = []
    spaces: list[Box] = []
    for n, word in enumerate(words):
        starts = spaced.get(n, [])
        parts = word.parted(starts) if letters.get(n) or not _may_be_thousands(word, starts) else [word]
        parted += parts
        spaces += [_between(one.box, other.box) for one, other in pairwise(parts)]
    return parted, spaces


def _may_be_text(word: CandidateWord) -> bool:
    """Whether a word's glyphs are enough, and of more than one height: most are of digits alone."""
    heights = [atom.box.height for atom in word.full_atoms()]
    return len(heights) >= FEWEST and max(heights) > LETTERS * min(heights)


def _letters(lines: dict[int, _Line], judge: Judge) -> dict[int, int]:
    """How many glyphs of each line are plainly letters: old-style figures and digits by hand are of several heights too."""
    masks = [[atom.mask for atom in line.word.full_atoms()] for line in lines.values()]
    plain = judge([mask for own in masks for mask in own])[:, NOT_A_DIGIT] > PLAIN_LETTER
    counts = np.cumsum([len(own) for own in masks])[:-1]
    return {n: int(own.sum()) for n, own in zip(lines, np.split(plain, counts), strict=True)}


def _may_be_thousands(word: CandidateWord, starts: Sequence[int]) -> bool:
    """Whether a word in parts from these of its atoms on may be one number whose thousands are set off."""
    return GROUP in np.diff([0, *starts, len(word.atoms)])[1:].tolist()


def _spaced(lines: Sequence[_Line], least: float, judge: Judge) -> list[list[int]]:
    """For each line the atoms that stand behind a space, which is so many heights wide at least. Between digits as evenly apart as the
    next ones, one of which may be a narrow 1, there is none."""
    spaces = [np.flatnonzero(line.gaps >= least).tolist() for line in lines]
    even = [
        (line, own, n)
        for line, own in zip(lines, spaces, strict=True)
        for n in own
        if line.is_even(n, own, least)
    ]
    if even:
        masks = [line.word.atoms[at].mask for line, _, n in even for at in line.sides(n)]
        others = judge(masks)[:, NOT_A_DIGIT].reshape(-1, 2).tolist()
        for (_, own, n), (before, behind) in zip(even, others, strict=True):
            if max(before, behind) <= PLAIN_LETTER:
                own.remove(n)
    return [[line.sides(n)[1] for n in own] for line, own in zip(lines, spaces, strict=True)]


def _between(one: Box, other: Box) -> Box:
    return Box(one.right, min(one.top, other.top), other.left, max(one.bottom, other.bottom))


class _Line:
    """A word's glyphs as print: gaps, (N,) heights from each but the first to those before it, 0 where a mark stands between or
    one of both is off the line; which of them tell how wide spaces are; and whether they are of several heights, or all as high."""

    def __init__(self, word: CandidateWord, grain: float) -> None:
        full = word.full()
        self.word = word
        self.is_text = self.is_level = False
        self.height = 0.0
        self.places = np.flatnonzero(full)
        self.gaps = np.zeros(len(self.places) - 1)
        self.tells = np.zeros(len(self.gaps), bool)
        if len(self.places) < FEWEST or word.in_cells or word.alone_in is not None:
            return
        left, top, right, bottom = np.array([atom.box for atom in word.atoms], np.float64)[full].T
        high = bottom - top
        self.height = height = float(high.max())
        level = abs(bottom - np.median(bottom)) <= max(FEET * height, FEET_PX * grain)
        if level.mean() < ON_LINE:
            return
        self.is_text = bool(high[level].max() > LETTERS * high[level].min())
        self.is_level = bool(high[level].max() <= (1 + AS_HIGH) * high[level].min())
        both = level[1:] & level[:-1] & (np.diff(self.places) == 1)
        gaps = (left[1:] - np.maximum.accumulate(right)[:-1]) / height
        self.gaps = np.where(both, gaps, 0.0)
        wide = (right - left) / height
        self.slots = np.where(wide < NARROW, (SLOT - wide) / 2, 0.0)
        self.tells = both & (self.slots[1:] == 0) & (self.slots[:-1] == 0)
        self.steps = np.diff(left + right) / 2
        self.as_high = abs(np.diff(high)) <= AS_HIGH * height

    def may_be_of(self, height: float) -> bool:
        """Whether they may be digits of print so many px high: those of a hand differ."""
        return self.is_level and height <= OTHER * self.height and self.height <= OTHER * height

    def sides(self, gap: int) -> tuple[int, int]:
        """The atoms before and behind a gap."""
        return int(self.places[gap]), int(self.places[gap + 1])

    def is_even(self, gap: int, wide: Sequence[int], least: float) -> bool:
        """Whether from middle to middle of the glyphs beside a gap it is no farther than to the next, as high and with no wide gap
        between; or, where there is none, whether the gap is narrower than a space if a 1 is given the room that it has in print."""
        if not self.as_high[gap]:
            return False
        beside = [
            k for k in (gap - 1, gap + 1) if 0 <= k < len(self.gaps) and k not in wide and self.as_high[k]
        ]
        if not beside:
            return bool(self.gaps[gap] - self.slots[gap] - self.slots[gap + 1] < least)
        return bool(any(self.steps[gap] <= LONGER * self.steps[k] for k in beside))


def _least_space(lines: Sequence[_Line]) -> float:
    """The narrowest space, heights, of these lines of print; inf where their gaps are not of two kinds."""
    gaps = np.sort(np.concatenate([np.zeros(0), *(line.gaps[line.tells] for line in lines)]))
    limits = np.arange(LEAST, MOST, 0.01)
    low, at, high = np.searchsorted(gaps, np.outer([BAND[0], 1, BAND[1]], limits))
    amid = (high - low) / np.maximum(1, np.minimum(at, len(gaps) - at))
    fit = (at >= FEWEST_GAPS) & (len(gaps) - at >= FEWEST_SPACES) & (amid <= AMID)
    for n in np.flatnonzero(fit).tolist():
        space = np.median(gaps[at[n] :])
        fit[n] = TYPICAL[0] * limits[n] <= space <= TYPICAL[1] * limits[n]
    if not fit.any():
        return np.inf
    best = limits[fit & (amid == amid[fit].min())]
    return float(best[len(best) // 2])
