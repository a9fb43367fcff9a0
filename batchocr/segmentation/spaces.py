"""Print whose words stand closer than those of writing by hand: its words parted where its spaces are.

Of the letters of print, which stand on one line and are of more than one height, those of a word are some few hundredths of their
height apart, and its words much farther; how far is told of each page's own. Leaves out: pages whose gaps are not of
two kinds, and spaces that set off thousands.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.segment import CandidateWord
from batchocr.segmentation.units import PLAIN_LETTER

FEWEST = 3  # glyphs of a word that tell
FEET, FEET_PX = 0.06, 1.5  # of their height, or px, by which the feet of print on one line differ at most
ON_LINE = 0.6  # of a word's glyphs: others hang below
HANGING = 0.45  # of their height by which a letter goes below its line at most, and above it at least
PLAIN = 2  # letters in a word that tells how wide spaces are
LETTERS = 1.2  # times as high as the lowest is the highest glyph of a word that is no number
NARROW, SLOT = 0.35, 0.55  # heights: a glyph that is narrower may have so much room, as a 1 of print has
AS_HIGH = 0.12  # of their height by which digits of one line differ
FEWEST_PAIRS = (
    8  # digits next to each other, neither as likely to be other ink, that tell how far digits stand apart
)
OTHER_INK = 0.5
BEARINGS, LEAST_BEARINGS = (
    0.15,
    0.07,
)  # heights of paper beside a digit that is no 1, both sides together: as usual, and at least
OTHER = 1.25  # times as high is print of another size, or writing
LONGER = 1.12  # times as far as to the next is it over a space at least, from middle to middle
LEAST, MOST = 0.22, 0.5  # heights: between these the narrowest space is looked for
BAND = 0.93, 1.07  # times as wide are the gaps that tell whether one parts two kinds
AMID = 0.03  # of the fewer kind that there are of these at most
FEWEST_SPACES, FEWEST_GAPS = 20, 60  # of each kind at least
TYPICAL = 1.2, 2.2  # times as wide as the narrowest is the usual space
GROUP = 3  # digits of thousands
REACH, FARTHEST = 4.0, 1.3  # narrowest spaces, and heights, to the next word of a line at most
SHARED = 0.5  # of the lower one's height that both share


def parted_at_spaces(
    words: Sequence[CandidateWord], judge: Judge, grain: float = 1.0
) -> tuple[list[CandidateWord], list[Box]]:
    """The words, those of print parted where they hold a space, and the spaces, those beside words of letters too. judge: as of `boxes`.
    grain: px of the page that one of the scan has."""
    texts = {
        n: line for n, word in enumerate(words) if _may_be_text(word) and (line := _Line(word, grain)).is_text
    }
    between = _between_words(texts)
    if _least_space([line.gaps[line.tells] for line in texts.values()] + between) == np.inf:
        return list(words), []  # nearly all pages
    letters = _letters(texts, judge)
    telling = {n: texts[n] for n, plain in letters.items() if sum(plain) >= PLAIN}
    within = [line.gaps[line.tells] for line in telling.values()]
    least = _least_space(within)
    usual = median(line.height for line in telling.values()) if telling else 0.0
    with_letters = {n for n, plain in letters.items() if any(plain)}
    if least == np.inf:  # wider ones parted words before
        least = _least_space(within + _between_words(telling))
        lettered = [n in with_letters for n in range(len(words))]
        return list(words), _beside_letters(words, lettered, least * usual) if least < np.inf else []
    lines = [texts.get(n) or _Line(word, grain) for n, word in enumerate(words)]
    asked = [n for n, line in enumerate(lines) if n in with_letters or line.may_be_of(usual)]
    spaced = dict(zip(asked, _spaced([lines[n] for n in asked], least, judge), strict=True))
    parted: list[CandidateWord] = []
    spaces: list[Box] = []
    lettered = []
    for n, word in enumerate(words):
        starts = spaced.get(n, [])
        parts = word.parted(starts) if n in with_letters or not _may_be_thousands(word, starts) else [word]
        parted += parts
        lettered += [any(own) for own in _split(letters.get(n, []), lines[n].places, starts)]
        spaces += [_between(one.box, other.box) for one, other in pairwise(parts)]
    return parted, list(dict.fromkeys([*spaces, *_beside_letters(parted, lettered, least * usual)]))


def _split(plain: Sequence[bool], places: NDArray[np.intp], starts: Sequence[int]) -> list[Sequence[bool]]:
    """What is known of a line's glyphs, which are its atoms in these places, in the parts that begin with such atoms."""
    edges = [0, *np.searchsorted(places, starts).tolist(), len(plain)]
    return [plain[a:b] for a, b in pairwise(edges)]


def _beside_letters(words: Sequence[CandidateWord], lettered: Sequence[bool], least: float) -> list[Box]:
    """The spaces, so many px wide at least, between words that follow each other on a line, one of which has letters."""
    boxes = [word.box for word in words]
    return [
        _between(boxes[n], boxes[m])
        for n, m in _followers(boxes, REACH * least)
        if boxes[m].left - boxes[n].right >= least and (lettered[n] or lettered[m])
    ]


def _between_words(lines: dict[int, _Line]) -> list[NDArray[np.float64]]:
    """The gaps, heights, between lines of print that follow each other."""
    own = list(lines.values())
    if not own:
        return []
    pairs = _followers([line.word.box for line in own], FARTHEST * max(line.height for line in own))
    gaps = [
        (own[m].word.box.left - own[n].word.box.right) / max(own[n].height, own[m].height) for n, m in pairs
    ]
    return [np.array([gap for gap in gaps if gap <= FARTHEST], np.float64)]


def _followers(boxes: Sequence[Box], reach: float) -> list[tuple[int, int]]:
    """Of each box the next one behind it on its line, no farther than so many px."""
    order = sorted(range(len(boxes)), key=lambda n: boxes[n].left)
    lefts = [boxes[n].left for n in order]
    found: list[tuple[int, int]] = []
    for n, box in enumerate(boxes):
        for m in order[bisect_left(lefts, box.right) : bisect_right(lefts, box.right + reach)]:
            other = boxes[m]
            shared = min(box.bottom, other.bottom) - max(box.top, other.top)
            if shared >= SHARED * min(box.height, other.height):
                found.append((n, m))
                break  # what is behind that is not next to it
    return found


def _may_be_text(word: CandidateWord) -> bool:
    """Whether a word's glyphs are enough, and of more than one height: most are of digits alone."""
    heights = [atom.box.height for atom in word.full_atoms()]
    return len(heights) >= FEWEST and max(heights) > LETTERS * min(heights)


def _letters(lines: dict[int, _Line], judge: Judge) -> dict[int, list[bool]]:
    """Which glyphs of each line are plainly letters: old-style figures and digits by hand are of several heights too."""
    masks = [[atom.mask for atom in line.word.full_atoms()] for line in lines.values()]
    plain = judge([mask for own in masks for mask in own])[:, NOT_A_DIGIT] > PLAIN_LETTER
    counts = np.cumsum([len(own) for own in masks])[:-1]
    return {n: own.tolist() for n, own in zip(lines, np.split(plain, counts), strict=True)}


def _may_be_thousands(word: CandidateWord, starts: Sequence[int]) -> bool:
    """Whether a word in parts from these of its atoms on may be one number whose thousands are set off."""
    return GROUP in np.diff([0, *starts, len(word.atoms)])[1:].tolist()


def _spaced(lines: Sequence[_Line], least: float, judge: Judge) -> list[list[int]]:
    """For each line the atoms that stand behind a space, which is so many heights wide at least. Between digits as evenly apart as the
    next ones, one of which may be a narrow 1, there is none."""
    spaces = [np.flatnonzero(line.gaps >= least).tolist() for line in lines]
    pitch = _pitch(lines, least, judge) if any(spaces) else 0.0
    even = [
        (line, own, n, most)
        for line, own in zip(lines, spaces, strict=True)
        for n in own
        if (most := line.most_other(n, own, least, pitch))
    ]
    if even:
        masks = [line.word.atoms[at].mask for line, _, n, _ in even for at in line.sides(n)]
        others = judge(masks)[:, NOT_A_DIGIT].reshape(-1, 2).max(axis=1).tolist()
        for (_, own, n, most), other in zip(even, others, strict=True):
            if other <= most:
                own.remove(n)
    return [[line.sides(n)[1] for n in own] for line, own in zip(lines, spaces, strict=True)]


def _pitch(lines: Sequence[_Line], least: float, judge: Judge) -> float:
    """How many of their heights it is from the middle of a digit to that of the next with no space between, as most are; 0 where few
    are together."""
    pairs = [(line, n) for line in lines for n in np.flatnonzero(line.together(least)).tolist()]
    if len(pairs) < FEWEST_PAIRS:
        return 0.0
    masks = [line.word.atoms[at].mask for line, n in pairs for at in line.sides(n)]
    others = judge(masks)[:, NOT_A_DIGIT].reshape(-1, 2).max(axis=1).tolist()
    steps = [line.step(n) for (line, n), other in zip(pairs, others, strict=True) if other < OTHER_INK]
    return median(steps) if len(steps) >= FEWEST_PAIRS else 0.0


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
        self.tells = self.as_high = np.zeros(len(self.gaps), bool)
        self.highs = np.zeros(len(self.places))
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
        foot = np.median(bottom)
        hangs = (bottom > foot) & (bottom <= foot + HANGING * height) & (top <= foot - HANGING * height)
        next_to = np.diff(self.places) == 1
        both, placed = level[1:] & level[:-1] & next_to, level | hangs
        gaps = (left[1:] - np.maximum.accumulate(right)[:-1]) / height
        self.gaps = np.where(placed[1:] & placed[:-1] & next_to, gaps, 0.0)
        wide = (right - left) / height
        self.slots = np.where(wide < NARROW, (SLOT - wide) / 2, 0.0)
        self.tells = both & (self.slots[1:] == 0) & (self.slots[:-1] == 0)
        self.steps, self.highs, self.widths = np.diff(left + right) / 2, high, right - left
        self.as_high = abs(np.diff(high)) <= AS_HIGH * height

    def may_be_of(self, height: float) -> bool:
        """Whether they may be digits of print so many px high: those of a hand differ."""
        return self.is_level and height <= OTHER * self.height and self.height <= OTHER * height

    def sides(self, gap: int) -> tuple[int, int]:
        """The atoms before and behind a gap."""
        return int(self.places[gap]), int(self.places[gap + 1])

    def together(self, least: float) -> NDArray[np.bool_]:
        """(N,) bool: which gaps are narrower than spaces, so many heights, between glyphs as high as each other and as capitals."""
        tall = self.highs >= (1 - 2 * AS_HIGH) * self.height
        return np.asarray((self.gaps > 0) & (self.gaps < least) & self.as_high & tall[1:] & tall[:-1], bool)

    def step(self, gap: int) -> float:
        """From the middle of the glyph before a gap to that of the one behind it, in their height."""
        return float(self.steps[gap] / max(self.highs[gap], self.highs[gap + 1]))

    def most_other(self, gap: int, wide: Sequence[int], least: float, pitch: float) -> float:
        """How likely the glyphs beside a gap may be no digits at most, if it is no space: where from middle to middle it is no farther
        than to the next, as high and with no wide gap between; or, where there is none, where the gap is narrower than a space if a 1
        is given the room that it has in print; or where both glyphs fit into the room of two digits. 0 where it is one whatever they
        are. pitch: from digit to digit of the page, heights; 0 where that is not known."""
        if not self.as_high[gap]:
            return 0.0
        beside = [
            k for k in (gap - 1, gap + 1) if 0 <= k < len(self.gaps) and k not in wide and self.as_high[k]
        ]
        near = self.gaps[gap] - self.slots[gap] - self.slots[gap + 1] < least
        if any(self.steps[gap] <= LONGER * self.steps[k] for k in beside) or (near and not beside):
            return PLAIN_LETTER
        high, widths = self.highs[gap : gap + 2].max(), self.widths[gap : gap + 2]
        room = 2 * (pitch or float(widths.max() / high) + BEARINGS) - LEAST_BEARINGS
        return OTHER_INK if self.steps[gap] + widths.mean() <= room * high else 0.0


def _least_space(told: Sequence[NDArray[np.float64]]) -> float:
    """The narrowest space of print with such gaps, heights; inf where they are not of two kinds."""
    gaps = np.sort(np.concatenate([np.zeros(0), *told]))
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
