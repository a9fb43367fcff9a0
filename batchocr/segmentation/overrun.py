"""Numbers of a table that run over its column rules: read together with what they touch, and parted at the rules again.

A digit that lies across a rule cannot be cut there, nor is it plain whose it is. The words on both sides are read as one string, and
its digits go to the columns whose they are by where they stand, and by how many digits the other numbers of a column have.
Leaves out: which rules are a table's (`segment`), and boxes for a digit each (`cells`, `ledger`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box
from batchocr.following import in_a_row
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.segment import COLUMN_HEIGHTS, Atom, CandidateWord, together

ACROSS = 0.12  # heights that a digit across a rule has on either side of it
GAP = 0.9  # heights at most from it to the word that it may be of
TOUCHING = 2  # px from a rule that the ends of one piece of ink cut at it are at most
LEVEL = 0.5  # of the lower one's height that the words on both sides share
SAME = 0.3  # heights: rules no farther apart are one
FEWEST, MOSTLY = 6, 0.65  # numbers of a column that tell how many digits its others have, and of them all
MOST = 0.6  # of a page's, which tell it for each column
BEYOND = 0.9  # of its height by which the middle of a digit lies beyond its column's rule at most
MISSING = 0.5  # heights that a digit too few or too many counts as much as
MOST_LETTERS = 0.95  # of a number's glyphs look like no digits
MOST_RULES = 7  # within one string: with more of them only where digits stand tells


def joined_across(
    words: Sequence[CandidateWord], walls: Sequence[Box], height: float, judge: Judge
) -> list[CandidateWord]:
    """The words, those of a line one in which a digit lies across the rule between them: a person has to look. walls: upright rules,
    px. height: px of the writing."""
    columns = columns_of(walls, height)
    if not len(columns.middles) or len(words) < 2:
        return list(words)
    boxes = np.array([word.box for word in words], np.float64)
    free = np.array([not word.in_cells and word.alone_in is None for word in words], bool)
    outer = [(word.full_atoms() or word.atoms) for word in words]
    lasts = np.array([atoms[-1].box for atoms in outer], np.float64)
    firsts = np.array([atoms[0].box for atoms in outer], np.float64)
    cut = (
        np.array([word.atoms[-1].parted for word in words]),
        np.array([word.atoms[0].parted for word in words]),
    )
    near = GAP * height + boxes[:, 3] - boxes[:, 1]
    after: dict[int, int] = {}  # the word behind each,
    severed: set[int] = set()  # and those whose last glyph was cut from its first
    taken: set[int] = set()
    for middle, first, last in np.column_stack(columns).tolist():
        own = free & (boxes[:, 1] >= first) & (boxes[:, 3] <= last)
        before = own & (boxes[:, 0] < middle) & (np.abs(boxes[:, 2] - middle) <= near)
        behind = own & (boxes[:, 2] > middle) & (np.abs(boxes[:, 0] - middle) <= near)
        likely = [
            found | ((glyphs[:, 0] <= middle) & (glyphs[:, 2] >= middle))
            for found, glyphs in zip(cut, (lasts, firsts), strict=True)
        ]
        if not (behind & likely[1]).any():
            before &= likely[0]  # nearly all
        for n in np.flatnonzero(before).tolist():
            left, top, _, bottom = boxes[n]
            beside = behind & (boxes[:, 0] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
            if not likely[0][n]:
                beside &= likely[1]
            for other in sorted(np.flatnonzero(beside).tolist(), key=lambda m: boxes[m, 0]):
                was_cut = _was_cut(words[n], words[other], middle, height)
                if was_cut is not None and n not in after and other not in taken:
                    after[n] = other
                    taken.add(other)
                    if was_cut:
                        severed.add(n)
    words_of_letters = _words_of_letters(words, after, judge)
    after = {n: other for n, other in after.items() if not {n, other} & words_of_letters}
    behind = set(after.values())
    rows = [in_a_row(n, after) for n in range(len(words)) if n not in behind]
    return [_joined(words, own, severed) if len(own) > 1 else words[own[0]] for own in rows]


def _words_of_letters(words: Sequence[CandidateWord], after: Mapping[int, int], judge: Judge) -> set[int]:
    """Which of the words that may be joined are no numbers: hardly a glyph of them looks like a digit but those at a rule."""
    behind = set(after.values())
    asked = {
        n: words[n].full_atoms()[n in behind : -1 if n in after else None] for n in behind | after.keys()
    }
    masks = [atom.mask for atoms in asked.values() for atom in atoms]
    others = iter(judge(masks)[:, NOT_A_DIGIT].tolist() if masks else ())
    return {
        n
        for n, atoms in asked.items()
        if atoms and sum([next(others) for _ in atoms]) > MOST_LETTERS * len(atoms)
    }


def _was_cut(one: CandidateWord, other: CandidateWord, middle: float, height: float) -> bool | None:
    """Whether the last glyph of a word and the first of the next one were cut from each other at the rule between them; None where
    none lies across it. middle: px of the rule."""
    shared = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top)
    if shared < LEVEL * min(one.box.height, other.box.height):
        return None
    last, first = one.atoms[-1], other.atoms[0]
    if last.parted and first.parted:
        ends = abs(last.box.right - middle), abs(first.box.left - middle)
        if max(ends) <= TOUCHING:
            return True
    reach = ACROSS * height
    glyphs = one.full_atoms()[-1:] + other.full_atoms()[:1]
    across = any(g.box.left <= middle - reach and g.box.right >= middle + reach for g in glyphs)
    return False if across and other.box.left - one.box.right <= GAP * height else None


def _joined(words: Sequence[CandidateWord], row: Sequence[int], severed: Collection[int]) -> CandidateWord:
    """The words of a row, by their numbers, as one. severed: those whose last glyph was cut from the first one behind it."""
    atoms = list(words[row[0]].atoms)
    for n, other in pairwise(row):
        first, *others = words[other].atoms
        atoms[-1:] = [_rejoined(atoms[-1], first), *others] if n in severed else [atoms[-1], first, *others]
    return replace(words[row[0]].only(atoms), crowded=True, overrun=True)


def _rejoined(one: Atom, other: Atom) -> Atom:
    """Two atoms that were cut from each other as one."""
    return replace(together(one, other), struck=one.struck or other.struck, parted=True)


class Columns(NamedTuple):
    """A page's column rules: (C,) px of their middles, tops and bottoms."""

    middles: NDArray[np.float64]
    tops: NDArray[np.float64]
    bottoms: NDArray[np.float64]

    def within(self, box: Box, height: float) -> list[float]:
        """px of the rules across which a box lies, left to right."""
        on = (self.tops <= box.top) & (self.bottoms >= box.bottom)
        on &= (self.middles > box.left + ACROSS * height) & (self.middles < box.right - ACROSS * height)
        found = list[float]()
        for middle in sorted(self.middles[on].tolist()):
            if not found or middle - found[-1] > SAME * height:
                found.append(middle)
        return found

    def before(self, box: Box, height: float) -> int:
        """Which column a box begins in, by how many rules are before it; what begins near one counts to it."""
        on = (self.tops <= box.top) & (self.bottoms >= box.bottom)
        return int(np.count_nonzero(on & (self.middles <= box.left + SAME * height)))


def columns_of(walls: Sequence[Box], height: float) -> Columns:
    """A page's column rules. walls: upright rules, px. height: px of the writing."""
    tall = [wall for wall in walls if wall.height >= COLUMN_HEIGHTS * height]
    rows = np.array([(w.left, w.right, w.top, w.bottom) for w in tall], np.float64).reshape(-1, 4)
    return Columns((rows[:, 0] + rows[:, 1]) / 2, rows[:, 2], rows[:, 3])


def usual_digits(numbers: Sequence[tuple[int, int]]) -> dict[int, int]:
    """How many digits the numbers of each column have, where most of a page, or else of the column, have as many. numbers:
    a column, and how many digits a number in it has."""
    counts: dict[int, Counter[int]] = {}
    for column, digits in numbers:
        counts.setdefault(column, Counter())[digits] += 1
    for digits, often in Counter(digits for _, digits in numbers).most_common(1):
        if often >= MOST * len(numbers):
            return dict.fromkeys(counts, digits)
    usual = {column: own.most_common(1)[0] for column, own in counts.items() if own.total() >= FEWEST}
    return {
        column: digits
        for column, (digits, often) in usual.items()
        if often >= MOSTLY * counts[column].total()
    }


def parted_again(digits: Sequence[Box], rules: Sequence[float], usual: Sequence[int | None]) -> list[int]:
    """Before which of a string's digits each of the rules within parts it, px: the way that is nearest to where they stand and to
    the usual number of digits in each column, one more than there are rules, or none where that is not known."""
    middles = np.array([(box.left + box.right) / 2 for box in digits])
    height = float(np.median([box.height for box in digits]))
    # for each rule the digits before which it may be, and how far others lie beyond it
    near: list[list[tuple[int, float]]] = []
    for rule in rules:
        beyond = [
            max(float((middles[:n] - rule).max(initial=0.0)), float((rule - middles[n:]).max(initial=0.0)))
            for n in range(len(digits) + 1)
        ]
        likely = [(n, far / height) for n, far in enumerate(beyond) if far <= BEYOND * height]
        near.append(likely if len(rules) <= MOST_RULES else [min(likely, key=lambda one: one[1])])
    best, least = list[int](), np.inf
    for way in product(*near):
        places = [place for place, _ in way]
        parts = [end - begin for begin, end in pairwise([0, *places, len(digits)])]
        known = [(part, n) for part, n in zip(parts, usual, strict=bool(usual)) if part and n is not None]
        wrong = [abs(part - n) for part, n in known]
        cost = sum(far for _, far in way) + MISSING * sum(wrong)
        if min(parts) >= 0 and cost < least:
            best, least = places, cost
    return best
