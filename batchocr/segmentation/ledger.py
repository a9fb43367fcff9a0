"""The columns of a ledger, one for each digit: upright rules of a page, and its words -> combs of cells.

Cash columns are ruled so close that a column holds one digit, and several of them side by side hold a number; the rules
go on from row to row, as those of a table do, and would part its digits. What stands in a row of such columns is read as
what stands in boxes side by side (`segmentation.cells`). Leaves out: narrow columns of a table each of which may hold a
number of one digit, and squared paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey, Ink
from batchocr.imaging.labels import stretches
from batchocr.segmentation.between import Cells
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.cells import with_cells
from batchocr.segmentation.segment import CandidateWord
from batchocr.segmentation.sides import without_sides

SAME_LINE = 0.12  # writing heights that the pieces of one rule lie beside each other at most
BESIDE_EACH_OTHER = 0.5  # of the shorter one's length that two pieces share, if they are of a double rule
WHOLE = 0.7  # of a rule's length that its pieces make up
LONG = 6.0  # writing heights that a rule is long at least
TOGETHER = 0.6  # of the length that two rules of one table take, both of them take
PITCH = (0.55, 1.5)  # writing heights from one rule to the next: a wider column may hold several digits
DOUBLE = 0.35  # writing heights: closer rules are a double one
EVEN, EVEN_PX = 0.25, 2.0  # of their width by which columns of one number differ at most, or px
FEWEST, MOST = 3, 16  # columns of a number: on squared paper there are more
MOST_LACKING = 3  # rules side by side that were not found
FEWEST_BESIDE = 2  # columns of another number as wide
LEAST_WRITTEN = 0.55  # writing heights: lower words are pieces of rules and what is printed between them
FEWEST_WORDS = 4  # which tell how high the digits are
MOST_IN_CELLS = 0.5  # of the words of columns: with more that stand in boxes it is these that are ruled
ROW_APART = 0.5  # writing heights: what lies so much lower is of the next row
ROW_ROOM = 0.15  # writing heights above and below a row's digits
LEAST_DIGIT = 0.6  # writing heights: what is lower tells of no row
FEWEST_ALIGNED, ALIGNED_SHARE = 3, 0.6  # rows that end in the last column and begin anywhere, as numbers do,
TOGETHER_SHARE = 0.8  # and rows in which no column between two others is empty
ROW_HIGH = (0.8, 3.0)  # writing heights from one level rule to the next
ACROSS = 0.8  # of a table's width that its level rules take
FILLED = 0.5  # of a column's width or of a digit's that they share, if it stands in there
BESIDE = 0.4  # of a column's width that writing may reach beyond the first and the last of them
INSIDE = 0.25  # of a word's width that lies in the columns, if it may be a part of what is written there
LINE_PX = 2  # px beside an outer rule that it may take

Levels = Callable[[], Sequence[Box]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The columns for single digits of one table: the combs of its rows, each (N, 4) px from left to right, as far as writing may reach
    beyond them and up to their own rules alone, and where the rules beside its numbers are, (M, 4) px, which writing may cross. aligned:
    what is written there ends in the last columns, so that they surely are no columns of a table."""

    combs: list[Cells]
    narrow: list[Cells]
    rules: NDArray[np.int64]
    aligned: bool


@dataclass(frozen=True, slots=True)
class _Columns:
    """The rules (N,) of N - 1 columns side by side, px across, whether a double rule is at either end, and how far writing may
    reach beyond them."""

    rules: NDArray[np.float64]
    bounded: bool
    before: float
    behind: float


def ledgers_of(
    uprights: Sequence[Box], levels: Levels, words: Sequence[CandidateWord], height: float
) -> list[Ledger]:
    """The tables of a page that have columns for single digits.

    uprights: px, the page's upright rules, in pieces or not. levels: finds its level ones. words: those of the page, parted by
    the rules or not. height: px of the writing.
    """
    found = []
    for table in _tables(_whole(uprights, height)):
        inside = [word for word in _within(words, table) if word.height() >= LEAST_WRITTEN * height]
        if len(inside) < FEWEST_WORDS or np.mean([word.in_cells for word in inside]) > MOST_IN_CELLS:
            continue
        high = float(np.median([word.height() for word in inside]))
        every = _columns(_with_missing((table[:, 0] + table[:, 2]) / 2, high), high)
        if not every:
            continue
        ends = _level_rows(levels(), table, high)
        rows = [_rows(columns, inside, ends, high) for columns in every]
        aligned = _right_aligned([row for _, filled in rows for row in filled])
        combs = [comb for combs, _ in rows for comb in combs]
        if combs and (aligned or any(columns.bounded for columns in every)):
            bounded = [
                (columns, own) for columns, (own, _) in zip(every, rows, strict=True) if columns.bounded
            ]
            narrow = [comb for columns, own in bounded for comb in _narrow(columns, own)]
            found.append(Ledger(combs, narrow, _outer(every, table, high), aligned))
    return found


def with_ledgers(
    grey: Grey, ink: Ink, plain: Ink, ledgers: Sequence[Ledger], words: Sequence[CandidateWord], judge: Judge
) -> tuple[Grey, list[CandidateWord]]:
    """The page without the rules of its ledgers' columns, and its words, instead of those in such columns the numbers that are written
    there.

    grey, ink, plain: (H, W) uint8 and bool, the page, its ink, and its ink without rules.
    """
    words = list(words)
    for ledger in ledgers:
        before = set(map(id, words))
        grey, bare, _ = without_sides(grey, _without_rules(ink, plain, ledger), ledger.narrow)
        grey, bare, sides = without_sides(grey, bare, ledger.combs)
        after = with_cells(grey, bare, ledger.combs, words, judge, blank=True, sides=sides)
        others = [word for word in after if id(word) in before]
        doubtful = [
            comb for comb in ledger.combs if not ledger.aligned or any(_lies_in(w, comb) for w in others)
        ]
        words = [
            replace(word, crowded=True)
            if id(word) not in before and any(_lies_in(word, comb) for comb in doubtful)
            else word
            for word in after
        ]
    return grey, words


def _lies_in(word: CandidateWord, comb: Cells) -> bool:
    """Whether some of a word lies in the columns of a row or close to them, level with these."""
    near = BESIDE * float(np.median(comb[:, 2] - comb[:, 0]))
    shared = min(word.box.right, comb[-1, 2] + near) - max(word.box.left, comb[0, 0] - near)
    return bool(
        shared >= INSIDE * word.box.width and comb[0, 1] <= (word.box.top + word.box.bottom) / 2 < comb[0, 3]
    )


def _without_rules(ink: Ink, plain: Ink, ledger: Ledger) -> Ink:
    """(H, W) bool ink of a page, where a ledger's outer rules are as in `plain`, which has no rules."""
    bare = ink.copy()
    for left, top, right, bottom in ledger.rules.tolist():
        bare[top:bottom, left:right] = plain[top:bottom, left:right]
    return bare


def _outer(every: Sequence[_Columns], table: NDArray[np.float64], high: float) -> NDArray[np.int64]:
    """Where the rules are that lie at the ends of columns, the second one of a double rule too: (M, 4) px."""
    ends = np.array([columns.rules[[0, -1]] for columns in every]).ravel()
    middles = (table[:, 0] + table[:, 2]) / 2
    near = (np.abs(middles[:, None] - ends) < DOUBLE * high).any(axis=1)
    around = table[near] + np.array([-LINE_PX, -LINE_PX, LINE_PX, LINE_PX])
    return np.asarray(np.rint(around).clip(0), np.int64)


def _level_rows(levels: Sequence[Box], table: NDArray[np.float64], high: float) -> list[tuple[float, float]]:
    """Where the rows of a table begin and end, px, as far as level rules tell. high: px of a digit."""
    left, right = table[0, 0], table[-1, 2]
    top, bottom = np.median(table[:, 1]), np.median(table[:, 3])
    across = [
        (rule.top + rule.bottom) / 2
        for rule in levels
        if min(rule.right, right) - max(rule.left, left) >= ACROSS * (right - left)
    ]
    middles = sorted(y for y in across if top - high <= y <= bottom + high)
    rows = [(a, b) for a, b in pairwise(middles) if b - a >= ROW_HIGH[0] * high]
    if not rows:
        return []
    usual = float(np.median([b - a for a, b in rows]))
    # a rule that was not found parts what is as high as several rows
    ends = [np.linspace(a, b, max(1, round((b - a) / usual)) + 1).tolist() for a, b in rows]
    return [
        (upper, lower)
        for of_rows in ends
        for upper, lower in pairwise(of_rows)
        if lower - upper <= ROW_HIGH[1] * high
    ]


def _whole(uprights: Sequence[Box], height: float) -> NDArray[np.float64]:
    """(N, 4) px: rules put together of pieces one below the other."""
    whole: list[list[Box]] = []
    for box in sorted(uprights, key=lambda box: (box.left + box.right, box.top)):
        of_line = (
            pieces
            for pieces in whole
            if box.left + box.right - pieces[-1].left - pieces[-1].right <= 2 * SAME_LINE * height
            and not any(_are_double(piece, box) for piece in pieces)
        )
        pieces = next(of_line, None)
        if pieces is None:
            whole.append([box])
        else:
            pieces.append(box)
    lines = []
    for pieces in whole:
        top, bottom = min(box.top for box in pieces), max(box.bottom for box in pieces)
        there = np.zeros(bottom - top, bool)
        for box in pieces:
            there[box.top - top : box.bottom - top] = True
        if there.mean() >= WHOLE and bottom - top >= LONG * height:
            lines.append((min(b.left for b in pieces), top, max(b.right for b in pieces), bottom))
    return np.array(lines, np.float64).reshape(-1, 4)


def _are_double(one: Box, other: Box) -> bool:
    """Whether two pieces of rules, the right one last, lie beside each other as those of a double rule do."""
    level = min(one.bottom, other.bottom) - max(one.top, other.top)
    return other.left >= one.right and level > BESIDE_EACH_OTHER * min(one.height, other.height)


def _tables(lines: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The rules (N, 4) of each table, px, from left to right: those beside each other."""
    found = []
    left = lines[np.argsort(lines[:, 1] - lines[:, 3], kind="stable")]
    while len(left):
        top, bottom = left[0, [1, 3]]
        shared = np.minimum(left[:, 3], bottom) - np.maximum(left[:, 1], top)
        beside = shared >= TOGETHER * (np.maximum(left[:, 3], bottom) - np.minimum(left[:, 1], top))
        own = left[beside]
        found.append(own[np.argsort(own[:, 0], kind="stable")])
        left = left[~beside]
    return [table for table in found if len(table) > FEWEST]


def _within(words: Sequence[CandidateWord], table: NDArray[np.float64]) -> list[CandidateWord]:
    """The words whose middles lie between the outer rules of a table."""
    left, right = table[0, 0], table[-1, 2]
    top, bottom = np.median(table[:, 1]), np.median(table[:, 3])
    return [
        word
        for word in words
        if left <= (word.box.left + word.box.right) / 2 <= right
        and top <= (word.box.top + word.box.bottom) / 2 <= bottom
    ]


def _with_missing(middles: NDArray[np.float64], high: float) -> NDArray[np.float64]:
    """The middles (N,) of a table's rules, px, with those that were not found: in a column as wide as several of the ones
    beside it, where its number then has as many columns as another one. high: px of a digit."""
    gaps = np.diff(middles)
    narrow = gaps[(gaps >= PITCH[0] * high) & (gaps <= PITCH[1] * high)]
    if not len(narrow):
        return middles
    usual = float(np.median(narrow))
    stray = max(EVEN_PX, EVEN * usual)
    columns = np.rint(gaps / usual).astype(np.int64).clip(1, MOST_LACKING + 1)  # that a gap takes
    alike = np.abs(gaps - usual) <= stray
    beside = np.append(False, alike[:-1]) | np.append(alike[1:], False)
    missing = (columns > 1) & (np.abs(gaps - columns * usual) <= stray) & beside
    # of each number how many columns it has, and which gaps take several
    numbers = [
        (int(columns[start:stop].sum()), start + np.flatnonzero(missing[start:stop]), stop - start)
        for start, stop in stretches(alike | missing)
    ]
    whole = {count for _, lacking, count in numbers if not len(lacking)}
    there = [n for count, lacking, _ in numbers if count in whole for n in lacking.tolist()]
    more = [np.linspace(middles[n], middles[n + 1], columns[n] + 1)[1:-1] for n in there]
    return np.sort(np.concatenate([middles, *more]))


def _columns(middles: NDArray[np.float64], high: float) -> list[_Columns]:
    """The columns for single digits that belong together, by the middles (N,) of a table's rules, px. high: px of a digit."""
    gaps = np.diff(middles)
    runs: list[list[int]] = []  # of gaps
    for n, gap in enumerate(gaps.tolist()):
        if not PITCH[0] * high <= gap <= PITCH[1] * high:
            continue
        if runs and runs[-1][-1] == n - 1:
            usual = float(np.median(gaps[runs[-1]]))
            if abs(gap - usual) <= max(EVEN_PX, EVEN * max(gap, usual)):
                runs[-1].append(n)
                continue
        runs.append([n])
    wide = [float(np.median(gaps[run])) for run in runs if FEWEST <= len(run) <= MOST]
    found = []
    for run in runs:
        first, last = run[0], run[-1] + 1
        closed = [
            first > 0 and gaps[first - 1] < DOUBLE * high,
            last < len(gaps) and gaps[last] < DOUBLE * high,
        ]
        width = float(np.median(gaps[run]))
        alike = any(abs(width - other) <= max(EVEN_PX, EVEN * other) for other in wide)
        if alike and (FEWEST_BESIDE if all(closed) else FEWEST) <= len(run) <= MOST:
            # up to the next rule: as far as the second one of a double rule, where there is one
            rooms = [
                min(BESIDE * width, (gaps[at] if 0 <= at < len(gaps) else np.inf)) for at in (first - 1, last)
            ]
            found.append(_Columns(middles[first : last + 1], any(closed), *rooms))
    return found


def _rows(
    columns: _Columns, words: Sequence[CandidateWord], known: Sequence[tuple[float, float]], high: float
) -> tuple[list[Cells], list[NDArray[np.bool_]]]:
    """The cells of each row in the columns, and which of them hold writing. known: where rows begin and end, px, as far as
    level rules tell; others are told by what is written in them. high: px of a digit."""
    first, last = columns.rules[[0, -1]]
    boxes = np.array(
        [
            atom.box
            for word in words
            if first <= (word.box.left + word.box.right) / 2 <= last
            for atom in word.full_atoms()
            if atom.box.height >= LEAST_DIGIT * high
        ],
        np.float64,
    ).reshape(-1, 4)
    ends = sorted([*known, *_written_rows(boxes, known, high)])
    rules = columns.rules.copy()
    rules[[0, -1]] += (-columns.before, columns.behind)
    walls = np.rint(rules).clip(0).astype(np.int64)
    cells, filled = [], []
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    shared = np.minimum(boxes[:, None, 2], columns.rules[1:]) - np.maximum(
        boxes[:, None, 0], columns.rules[:-1]
    )
    holds = shared >= FILLED * np.minimum(np.diff(columns.rules), boxes[:, None, 2] - boxes[:, None, 0])
    for top, bottom in ends:
        level = np.repeat([[max(0, round(top)), round(bottom)]], len(walls) - 1, axis=0)
        cells.append(np.column_stack([walls[:-1], level[:, 0], walls[1:], level[:, 1]]))
        filled.append(np.asarray(holds[(top <= middles) & (middles < bottom)].any(axis=0)))
    return cells, [row for row in filled if np.any(row)]


def _narrow(columns: _Columns, combs: Sequence[Cells]) -> list[Cells]:
    """The combs of such columns, their first and last cells up to the columns' own rules."""
    first, last = np.rint(columns.rules[[0, -1]]).astype(np.int64)
    return [
        np.column_stack([comb[:, 0].clip(first), comb[:, 1], comb[:, 2].clip(None, last), comb[:, 3]])
        for comb in combs
    ]


def _written_rows(
    boxes: NDArray[np.float64], known: Sequence[tuple[float, float]], high: float
) -> list[tuple[float, float]]:
    """Where the rows of digits, (N, 4) px, begin and end that lie in none of the known ones. high: px of a digit."""
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    tops, bottoms = np.array(known, np.float64).reshape(-1, 2).T
    left = boxes[~((tops <= middles[:, None]) & (middles[:, None] < bottoms)).any(axis=1)]
    if not len(left):
        return []
    left = left[np.argsort(left[:, 1] + left[:, 3], kind="stable")]
    parted = np.flatnonzero(np.diff((left[:, 1] + left[:, 3]) / 2) > ROW_APART * high) + 1
    room = ROW_ROOM * high
    ends = [
        (float(np.median(row[:, 1])) - room, float(np.median(row[:, 3])) + room)
        for row in np.split(left, parted)
    ]
    for n, ((_, foot), (head, _)) in enumerate(pairwise(ends)):
        if foot > head:
            ends[n], ends[n + 1] = (ends[n][0], (foot + head) / 2), ((foot + head) / 2, ends[n + 1][1])
    return ends


def _right_aligned(rows: Sequence[NDArray[np.bool_]]) -> bool:
    """Whether of the rows that leave columns empty most leave the first ones empty, as numbers do that are aligned, and nearly all have
    what is written in them side by side."""
    partly = [row for row in rows if not row.all()]
    aligned = sum(bool(row[np.argmax(row) :].all()) for row in partly)
    together = sum(len(stretches(row)) == 1 for row in partly)
    return aligned >= max(FEWEST_ALIGNED, ALIGNED_SHARE * len(partly)) and together >= TOGETHER_SHARE * len(
        partly
    )
