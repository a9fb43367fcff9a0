"""Places for one digit each on an open line: a row of short level lines, all as long and as far apart, one below each digit.

On most pages that have such rows the digits stand one over each line, and a number that goes on over its next line goes on however
far away that is: the rows are combs of cells without sides. Leaves out: rows of fewer than three lines that no longer row of the page
is like, lines to write on that are broken as dashes are (`segmentation.dashed`), and pages on which most glyphs do not stand over a line of
their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink
from batchocr.following import in_rows
from batchocr.imaging.labels import label, stretches
from batchocr.segmentation.between import Cells
from batchocr.segmentation.cells import level_map
from batchocr.segmentation.components import Components, sizes
from batchocr.segmentation.segment import CandidateWord

SHORTEST, LONGEST = 0.4, 2.5  # writing heights that a line is long,
LEAST_PX = 12  # px at least,
THICK_PX, THICKEST = 4, 0.25  # and px, or of its length, high at most
GAP = (0.1, 0.9)  # lengths from one line to the next
ALIKE, ALIKE_PX = 0.12, 2.5  # of their length, or px, by which those of a row differ
FAINT_PX = 4  # px by which a faint one looks longer
END_PX = 4  # px beside the ends of a line that are paper,
END_SLACK = 2  # but for so many rows more than the line has
SEEN = 0.7  # of all places that have a line: feet of printed digits are not under each of a number's
FEWEST_FREE = 6  # lines in rows that no writing touches, as it does the feet of print
PLAIN = 0.4  # of the lines of a row whose ends are
OFF_LINE = 3  # px by which the next one is higher or lower
EVEN, EVEN_PX = 0.08, 2.0  # of a step, or px, by which steps differ
FEWEST_ROWS = 4  # that tell whether a page's foot is nearer than its head,
GROWN_EVENLY = 0.7  # of the differences between whose steps that explains
FEWEST = 3  # lines of a row that tell how long they are and how far apart
LIKE_A_ROW = 2  # and of one that is like it
MOST_HIDDEN = 4  # steps to the next line of a row, those between hidden by writing
INKED, PAPER = 0.85, 0.5  # of a line and of the gaps beside it that have ink where writing hides it
LEAST_HIGH, WIDEST = 0.5, 1.4  # steps that a glyph is high, and wide
MOST = 24  # lines of a row: with more it is one line to write on
OVER = (0.5, 0.35)  # steps that the foot of a glyph is above its line, and below it
AMID = 0.3  # steps beside the middle of its line
ONE_EACH, GLYPHS = 0.8, 6  # of the glyphs over lines, and how many at least, that stand over one of their own
ROOM = 1.15  # times as high above its line as the higher of them is the place for a digit
HIGH_PERCENTILE = 90


def flat_marks(components: Components) -> NDArray[np.int64]:
    """(N, 4) px, by their left edges: the components of a page that may be lines for a digit each, which nothing touches."""
    wide, high = sizes(components)
    flat = (wide >= LEAST_PX) & (high <= np.maximum(THICK_PX, THICKEST * wide))
    return _by_left(components.boxes[flat].astype(np.int64))


def find_places(
    grey: Grey,
    ink: Ink,
    free: NDArray[np.int64],
    known: Sequence[NDArray[np.float64]],
    words: Sequence[CandidateWord],
    height: float,
) -> list[Cells]:
    """The rows of a page's places for digits, each as (N, 4) px from left to right, the lines below them their lower sides.

    grey, ink: (H, W) uint8, ink dark, and bool, the page with its lines. free: as from `flat_marks`. known: rows of open combs, as
    from `dividers.rows_of`. words: what was found on the page. height: px of the writing.
    """
    rows = [*_rows_of_lines(grey, ink, free, words, height), *known]
    if not rows:
        return []
    glyphs = np.array(
        [box for word in words if not word.in_cells for box in word.glyphs()], np.float64
    ).reshape(-1, 4)
    over = [own for row in rows if len(own := _over(glyphs, row))]
    if not over:
        return []
    above, apart, alone = np.concatenate(over).T
    if len(above) < GLYPHS or np.mean((alone > 0) & (abs(apart) <= AMID)) < ONE_EACH:
        return []
    return _cells(rows, ROOM * float(np.percentile(above, HIGH_PERCENTILE)))


def _rows_of_lines(
    grey: Grey, ink: Ink, free: NDArray[np.int64], words: Sequence[CandidateWord], height: float
) -> list[NDArray[np.float64]]:
    """The rows of short lines, one for each place."""
    wide = free[:, 2] - free[:, 0]
    free = free[(wide >= SHORTEST * height) & (wide <= LONGEST * height)]
    kinds = _kinds(free)
    if not kinds:
        return []
    lines = ink | level_map(grey, height).view(np.bool_)  # beside writing a faint line is no ink
    marks = _with_faint(_level_strokes(ink, height), _level_strokes(lines, height))
    rows = [row for kind in kinds for row in _rows(marks, ink, lines, kind)]
    rows = _each_once(rows)
    rows = [_over_all(row, words, [other for other in rows if other is not row]) for row in rows]
    under = sum(_lines_under(row, marks) for row in rows)
    return rows if under >= SEEN * sum(map(len, rows)) else []


def _level_strokes(ink: Ink, height: float) -> NDArray[np.int64]:
    """(N, 4) px: the level strokes of ink that may be lines, from left to right."""
    least = max(LEAST_PX, round(SHORTEST * height))
    long = cv2.morphologyEx(ink.view(np.uint8), cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    _, stats = label(np.asarray(long, np.uint8))
    left, top, wide, high = stats[:, :4].astype(np.int64).T
    flat = (wide <= LONGEST * height) & (high <= np.maximum(THICK_PX, THICKEST * wide))
    boxes = np.column_stack([left, top, left + wide, top + high])[flat]
    return _by_left(boxes)


def _by_left(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(boxes[np.argsort(boxes[:, 0], kind="stable")], np.int64)


def _middles(marks: NDArray[np.int64]) -> NDArray[np.float64]:
    """(2, N) px: how far right and how far down the middles of (N, 4) marks are."""
    return np.asarray((marks[:, :2] + marks[:, 2:]).T / 2, np.float64)


class _Kind(NamedTuple):
    """How long the lines of some rows are and how far it is from one to the next, px, at the row `at` of the page, and by what share
    both grow with each row below: in a photograph the page's foot may be nearer than its head."""

    long: float
    step: float
    at: float = 0.0
    growth: float = 0.0

    def larger(self, down: NDArray[np.float64]) -> NDArray[np.float64]:
        """Times as large as there it is at these rows, px."""
        return np.asarray(np.maximum(0.5, 1 + self.growth * (down - self.at)), np.float64)


def _kinds(free: NDArray[np.int64]) -> list[_Kind]:
    """What lines stand in rows at even steps, where rows that are alike have enough of (N, 4) marks."""
    kinds: list[_Kind] = []
    rows: list[
        list[tuple[float, float, int]]
    ] = []  # of each: how far down, how far apart its lines, how many
    for chain in _chains(free):
        across, down = _middles(free[chain])
        steps = np.diff(across)
        step = float(np.median(steps))
        # those of a date stand farther apart between day, month and year
        runs = stretches(abs(steps - step) <= max(EVEN_PX, EVEN * step))
        lines = [n for start, stop in runs if stop - start >= FEWEST - 1 for n in chain[start : stop + 1]]
        if not lines:
            continue
        long = float(np.median(free[lines, 2] - free[lines, 0]))
        like = [n for n, kind in enumerate(kinds) if _alike(long, kind.long) and _alike(step, kind.step)]
        if not like:
            kinds.append(_Kind(long, step))
            rows.append([])
        rows[like[0] if like else -1].append((float(down.mean()), step, len(lines)))
    return [
        _grown(kind, own)
        for kind, own in zip(kinds, rows, strict=True)
        if sum(count for _, _, count in own) >= FEWEST_FREE
    ]


def _grown(kind: _Kind, rows: Sequence[tuple[float, float, int]]) -> _Kind:
    """A kind with its growth, told by how far down rows of it are and how far apart their lines, px."""
    down, steps, _ = np.array(rows).T
    if len(down) < FEWEST_ROWS or not np.ptp(down) or not np.ptp(steps):
        return kind
    at = float(down.mean())
    slope, step = np.polyfit(down - at, steps, 1)
    if np.corrcoef(down, steps)[0, 1] ** 2 < GROWN_EVENLY:
        return kind
    return _Kind(kind.long * step / kind.step, step, at, float(slope / step))


def _ends(mark: Sequence[int], ink: Ink) -> bool:
    """Whether there is nothing but paper beside, above and below both ends of a mark, 4 px."""
    left, top, right, bottom = mark
    rows = slice(max(0, top - END_PX), bottom + END_PX)
    for first, stop in ((left - END_PX, left + 1), (right - 1, right + END_PX)):
        around = ink[rows, max(0, first) : stop].any(axis=1)
        if np.count_nonzero(around) > bottom - top + END_SLACK:
            return False
    return True


def _with_faint(marks: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """The marks, and others that are none of them, by their left edges."""
    middles, theirs = (own[:, :2] + own[:, 2:] for own in (marks, others))
    near = np.all(abs(theirs[:, None] - middles) <= 2 * OFF_LINE, axis=2).any(axis=1)
    return _by_left(np.vstack([marks, others[~near]]))


def _rows(marks: NDArray[np.int64], ink: Ink, lines: Ink, kind: _Kind) -> list[NDArray[np.float64]]:
    """The rows of marks, (N, 4) px from left to right, of this kind: of each (R, 3) px, how far right the middles of its lines are,
    their rows, and the step from one to the next."""
    long = kind.long * kind.larger(_middles(marks)[1])
    wide = marks[:, 2] - marks[:, 0]
    stray = np.maximum(ALIKE_PX, ALIKE * long)
    like = marks[(wide >= long - stray) & (wide <= long + stray + FAINT_PX)]
    chains = [chain for chain in _stepped(like, kind) if len(chain) >= LIKE_A_ROW]
    rows = []
    for chain in chains:
        larger = float(kind.larger(_middles(like[chain])[1]).mean())
        row = _whole(lines, like[chain], larger * kind.long, larger * kind.step)
        plain = sum(_ends(mark, ink) for mark in like[chain].tolist())
        if len(row) <= MOST and plain >= max(LIKE_A_ROW, PLAIN * len(row)):
            rows.append(row)
    return rows


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= max(ALIKE_PX, ALIKE * max(one, other))


def _chains(marks: NDArray[np.int64]) -> list[list[int]]:
    """Marks, each with the next one like it on its level, a gap between them."""
    following: dict[int, int] = {}
    left, top, right, bottom = marks.T
    wide = right - left
    firsts = np.searchsorted(left, right + GAP[0] * wide)
    lasts = np.searchsorted(left, right + GAP[1] * wide, side="right")
    for n in np.flatnonzero(lasts > firsts).tolist():
        near = slice(firsts[n], lasts[n])
        like = abs(top[near] + bottom[near] - top[n] - bottom[n]) <= 2 * OFF_LINE
        like &= abs(wide[near] - wide[n]) <= max(ALIKE_PX, ALIKE * wide[n])
        if like.any():
            following[n] = int(firsts[n] + like.argmax())
    return in_rows(following)


def _stepped(marks: NDArray[np.int64], kind: _Kind) -> list[list[int]]:
    """Marks, each with the next one on its level that is some steps away."""
    following: dict[int, int] = {}
    across, down = _middles(marks)
    steps = kind.step * kind.larger(down)
    for n, step in enumerate(steps.tolist()):
        apart = across - across[n]
        count = np.rint(apart / step)
        near = (count >= 1) & (count <= MOST_HIDDEN) & (abs(down - down[n]) <= OFF_LINE)
        near &= abs(apart - count * step) <= max(EVEN_PX, EVEN * step)
        if near.any():
            following[n] = int(np.flatnonzero(near)[apart[near].argmin()])
    return in_rows(following)


def _whole(ink: Ink, marks: NDArray[np.int64], long: float, step: float) -> NDArray[np.float64]:
    """(R, 3), as `_rows` gives them: a row's lines, those too that are one with what is written there, in between and at its ends."""
    across, down = _middles(marks)
    count = max(1, round((across[-1] - across[0]) / step))
    step = (across[-1] - across[0]) / count
    level = np.interp(np.arange(-MOST_HIDDEN, count + MOST_HIDDEN + 1) * step + across[0], across, down)
    places = [(across[0] + n * step, level[n + MOST_HIDDEN], step) for n in range(count + 1)]
    for end, way in ((0, -1), (count, 1)):
        for n in range(end + way, end + way * (MOST_HIDDEN + 1), way):
            place = (across[0] + n * step, level[n + MOST_HIDDEN], step)
            if not _is_line(ink, place, long):
                break
            places.append(place)
    return np.array(sorted(places), np.float64)


def _each_once(rows: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """The rows, of those that lie over each other the longest."""
    kept: list[NDArray[np.float64]] = []
    for row in sorted(rows, key=len, reverse=True):
        if not any(_is_over(row, other) for other in kept):
            kept.append(row)
    return kept


def _is_over(row: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two rows share part of their width on one level, by a step."""
    step = max(row[0, 2], other[0, 2])
    shared = min(row[-1, 0], other[-1, 0]) - max(row[0, 0], other[0, 0])
    return bool(shared > -step / 2 and abs(row[:, 1].mean() - other[:, 1].mean()) <= step / 2)


def _over_all(
    row: NDArray[np.float64], words: Sequence[CandidateWord], others: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """A row, with the places too over which a number goes on whose writing hides the lines, up to those of other rows."""
    step = row[0, 2]
    first, last = 0, len(row) - 1
    for word in words:
        glyphs = np.array(word.glyphs(), np.float64)
        feet = glyphs[:, 3] - row[:, 1].mean()
        level = (feet >= -OVER[0] * step) & (feet <= OVER[1] * step)
        at = ((glyphs[:, 0] + glyphs[:, 2]) / 2 - row[0, 0]) / step
        places = np.rint(at).astype(int)
        inside = (places >= 0) & (places < len(row))
        if inside.any() and level.all() and (abs(at - places) <= AMID + 0.1).all():
            first, last = min(first, int(places.min())), max(last, int(places.max()))
    for other in others:
        if abs(row[:, 1].mean() - other[:, 1].mean()) <= step / 2:
            begins, ends = (
                (other[n, 0] + side * other[n, 2] - row[0, 0]) / step for n, side in ((0, -0.5), (-1, 0.5))
            )
            if begins > len(row) - 1:
                last = min(last, max(len(row) - 1, int(begins - 0.5 + AMID)))
            elif ends < 0:
                first = max(first, min(0, -int(-ends - 0.5 + AMID)))
    more = np.arange(first, last + 1)
    down = np.interp(more, np.arange(len(row)), row[:, 1])
    return np.column_stack([row[0, 0] + more * step, down, np.full(len(more), step)]).astype(np.float64)


def _is_line(ink: Ink, place: tuple[float, float, float], long: float) -> bool:
    """Whether a place has a line as long below it, which ends on either side: writing over it takes nothing of its ink."""
    middle, row, step = place
    left, right = round(middle - long / 2), round(middle + long / 2)
    gap = max(1, round((step - long) / 2))
    if left - gap < 0 or right + gap > ink.shape[1]:
        return False
    rows = ink[max(0, round(row) - OFF_LINE) : round(row) + OFF_LINE + 1]
    beside = np.hstack([rows[:, left - gap : left], rows[:, right : right + gap]]).any(axis=0)
    return bool(rows[:, left:right].any(axis=0).mean() >= INKED and beside.mean() <= PAPER)


def _lines_under(row: NDArray[np.float64], marks: NDArray[np.int64]) -> int:
    """How many places of a row have one of (N, 4) marks as their line."""
    across, down = _middles(marks)
    near = (abs(across - row[:, :1]) <= AMID * row[0, 2]) & (abs(down - row[:, 1:2]) <= OFF_LINE)
    return int(np.count_nonzero(near.any(axis=1)))


def _over(glyphs: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3): of the glyphs over a row's lines, but for those that have grown together, how far above the line each begins, px, how many
    steps its middle is right of its line's, and 1 if no other stands over that."""
    step = row[0, 2]
    middles = (glyphs[:, 0] + glyphs[:, 2]) / 2
    places = abs(middles[:, None] - row[:, 0]).argmin(axis=1)
    apart, feet = (middles - row[places, 0]) / step, (glyphs[:, 3] - row[places, 1]) / step
    high = glyphs[:, 3] - glyphs[:, 1]
    over = (abs(apart) <= 0.5) & (feet >= -OVER[0]) & (feet <= OVER[1]) & (high >= LEAST_HIGH * step)
    over &= glyphs[:, 2] - glyphs[:, 0] <= WIDEST * step
    alone = np.bincount(places[over], minlength=len(row)) == 1
    above = row[places, 1] - glyphs[:, 1]
    return np.asarray(np.column_stack([above, apart, alone[places]])[over], np.float64)


def _cells(rows: Sequence[NDArray[np.float64]], high: float) -> list[Cells]:
    """The rows as combs, each place so many px high."""
    combs = []
    for row in rows:
        across, down, step = row.T
        left, right = (across + side * step for side in (-0.5, 0.5))
        combs.append(np.rint(np.column_stack([left, down - high, right, down])).astype(np.int64))
    return combs
