"""Signs printed between the boxes of a number: a point is of the number, a slash parts two.

Dates have boxes in groups with slashes between them, and amounts a point between two boxes. Leaves out: dashes, which may
stand for either, and what is written in the boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.labels import label

Cells = NDArray[np.int64]  # (N, 4): left, top, right, bottom of the lines' middles

LINE = 0.07  # of a cell's height beside its side's middle that the line takes
GAP = (0.12, 1.2)  # widths of a cell between two that have a sign between them
BEYOND = 0.25  # of a cell's height that a slash reaches above and below it,
HIGH, STEEP = 0.2, 1.4  # and that one is high at least, and times as high as it is wide
POINT = (0.03, 0.25)  # of a cell's height that a point is high,
FOOT = 0.6  # and how far down its middle is at least
SAME_GAP = 0.5  # widths of a cell by which one gap is like another,
USUAL_POINT = 0.5  # and share of such gaps that have a point too
UNEVEN = 0.25  # widths of a cell by which two are farther apart than others of their comb
LEVEL = 0.25  # heights that two cells side by side stand higher or lower, at most
ALIKE = 0.15  # of their sides by which they differ


class BySigns(NamedTuple):
    """A page's (H, W) ink without the signs between the cells of its combs, and these, parted at slashes and joined at points;
    where signs are, where slashes are, and where writing may hide a sign, px."""

    ink: Ink
    combs: list[Cells]
    signs: list[Box]
    slashes: list[Box]
    unsure: list[Box]


def by_signs(ink: Ink, combs: Sequence[Cells]) -> BySigns:
    """A page's combs by the signs between their cells."""
    parts: list[Cells] = []
    gaps: dict[Box, str] = {}  # one within a comb and then between its parts is one
    unsure: list[Box] = []
    for comb in combs:
        signs = [_sign(ink, before, after) for before, after in pairwise(comb)]
        parts += np.split(comb, [n for n, sign in enumerate(signs, 1) if sign == "/"])
        gaps |= {_gap(comb[n], comb[n + 1]): sign for n, sign in enumerate(signs) if sign}
        unsure += _unsure(ink, comb, signs)
    parts.sort(key=lambda cells: int(cells[0, 0]))
    between = {pair: _sign(ink, parts[pair[0]][-1], parts[pair[1]][0]) for pair in _neighbours(parts)}
    gaps |= {_gap(parts[a][-1], parts[b][0]): sign for (a, b), sign in between.items() if sign}
    before = {b: a for a, b in _usual_points(between, parts)}
    groups: dict[int, list[Cells]] = {}  # by their last part
    for n, part in enumerate(parts):
        groups[n] = [*groups.pop(before.get(n, -1), []), part]
    found = [np.vstack(group) for group in sorted(groups.values(), key=lambda group: int(group[0][0, 0]))]
    plain = ink.copy() if gaps else ink
    for left, top, right, bottom in gaps:
        plain[top:bottom, left:right] = False
    return BySigns(plain, found, sorted(gaps), [gap for gap, sign in gaps.items() if sign == "/"], unsure)


def _neighbours(ordered: Sequence[Cells]) -> list[tuple[int, int]]:
    """The pairs of combs, from left to right, of which one is right before the other and like it."""
    ends = np.array([comb[-1] for comb in ordered], np.int64).reshape(-1, 4)
    pairs = ((_before(comb[0], ends[:n]), n) for n, comb in enumerate(ordered))
    return [(before, n) for before, n in pairs if before is not None]


def _usual_points(between: dict[tuple[int, int], str], parts: Sequence[Cells]) -> list[tuple[int, int]]:
    """The combs between which a point stands, as in most rows that have two combs right there: a speck of dirt is by itself. between:
    what stands between two combs, and which they are."""
    pairs = list(between)
    last = np.array([parts[a][-1] for a, _ in pairs], np.int64).reshape(-1, 4)
    lefts, rights = last[:, 2], np.array([parts[b][0, 0] for _, b in pairs], np.int64)
    pointed = np.array([sign == "." for sign in between.values()], bool)
    stray = SAME_GAP * (last[:, 2] - last[:, 0])
    usual = []
    for n in np.flatnonzero(pointed).tolist():
        there = (abs(lefts - lefts[n]) <= stray[n]) & (abs(rights - rights[n]) <= stray[n])
        if pointed[there].mean() >= USUAL_POINT:
            usual.append(pairs[n])
    return usual


def gaps_between(combs: Sequence[Cells]) -> list[tuple[Box, int]]:
    """Where a sign may stand between two cells of a page's combs, or between two combs, and the px of a side's line there."""
    pairs = [pair for comb in combs for pair in pairwise(comb)]
    ordered = sorted(combs, key=lambda cells: int(cells[0, 0]))
    pairs += [(ordered[a][-1], ordered[b][0]) for a, b in _neighbours(ordered)]
    return [
        (_gap(before, after), line_px(before.tolist()))
        for before, after in pairs
        if after[0] - before[2] >= GAP[0] * (before[2] - before[0])
    ]


def _unsure(ink: Ink, comb: Cells, signs: Sequence[str]) -> list[Box]:
    """Where two cells are farther apart than others of their comb and writing that reaches there may hide a sign, px."""
    if not signs:
        return []
    apart = comb[1:, 0] - comb[:-1, 2]
    wider = apart - apart.min() >= UNEVEN * (comb[0, 2] - comb[0, 0])
    found = []
    for n in np.flatnonzero(wider).tolist():
        gap = _gap(comb[n], comb[n + 1])
        inked = ink[gap.top : gap.bottom, gap.left : gap.right].any(axis=1)
        if not signs[n] and inked.sum() >= HIGH * (comb[n, 3] - comb[n, 1]):
            found.append(gap)
    return found


def line_px(cell: Sequence[int]) -> int:
    """px beside the middle of a cell's side that its line takes."""
    return max(2, round(LINE * (cell[3] - cell[1])))


def _before(cell: NDArray[np.int64], ends: Cells) -> int | None:
    """Which of the last cells of combs is right before a cell and like it."""
    wide, high = cell[2:] - cell[:2]
    near = (ends[:, 2] <= cell[0]) & (cell[0] - ends[:, 2] <= GAP[1] * wide)
    near &= np.abs(ends[:, 1] - cell[1]) <= LEVEL * high
    near &= (np.abs(ends[:, 2:] - ends[:, :2] - (wide, high)) <= ALIKE * np.array([wide, high])).all(axis=1)
    return int(np.argmax(near)) if near.any() else None


def _gap(before: NDArray[np.int64], after: NDArray[np.int64]) -> Box:
    """What is between two cells, without most of their lines, px."""
    beyond, line = round(BEYOND * (before[3] - before[1])), line_px(before.tolist()) // 2
    left = int(before[2]) + line
    return Box(
        left,
        max(0, int(min(before[1], after[1])) - beyond),
        max(left, int(after[0]) - line),
        int(max(before[3], after[3])) + beyond,
    )


def _sign(ink: Ink, before: NDArray[np.int64], after: NDArray[np.int64]) -> str:
    """What stands between two cells: a point, a slash, or nothing that is known."""
    wide, high = (before[2:] - before[:2]).tolist()
    if not GAP[0] * wide <= after[0] - before[2] <= GAP[1] * wide:
        return ""
    gap = _gap(before, after)
    labels, stats = label(ink[gap.top : gap.bottom, gap.left : gap.right].view(np.uint8))
    # what touches the sides of the gap is of a box, or written in one, but for a slash that ends there
    inside = stats[(stats[:, 0] > 0) & (stats[:, 0] + stats[:, 2] < gap.width)]
    if not len(inside):
        return "/" if _slash_to_a_side(ink, gap, labels, line_px(before.tolist()), high) else ""
    if len(inside) != 1:
        return ""
    _, top, across, down, _ = inside[0].tolist()
    if _is_slash(across, down, high):
        return "/"
    foot = (gap.top + top + down / 2 - before[1]) / high
    return "." if POINT[0] * high <= down and max(down, across) <= POINT[1] * high and foot >= FOOT else ""


def _is_slash(across: int, down: int, high: int) -> bool:
    """Whether what is so many px wide and high is a slash, between cells so high."""
    return down >= max(HIGH * high, STEEP * across)


def _slash_to_a_side(ink: Ink, gap: Box, labels: NDArray[np.int32], line: int, high: int) -> bool:
    """Whether the ink of a gap, labelled (h, w), is a slash that ends at the sides of boxes: inside of these is none where it
    touches them. line: px of a side. high: px of a cell."""
    inner = labels[:, line:-line] > 0
    _, stats = label(inner.view(np.uint8))
    if not len(stats):
        return False
    left, _, across, down, _ = stats[stats[:, 4].argmax()].tolist()
    if down >= high or not _is_slash(across, down, high):
        return False
    touched = (
        (left == 0, gap.left - 2 * line, 0),
        (left + across == inner.shape[1], gap.right + line, -1),
    )
    for is_touched, inside, column in touched:
        rows = np.flatnonzero(labels[:, column]) + gap.top
        if is_touched and ink[rows, inside : inside + line].any():
            return False
    return True
