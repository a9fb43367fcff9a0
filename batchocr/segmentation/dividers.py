"""Short upright lines that part a line to write on into places for a digit each, an open comb: they pass for ones.

They stand on a level rule, one at an end of it, all as high, and as far apart as places are wide. Those that writing
touches are missing from their row. Leaves out: lines as high as the writing, which are the sides of boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.labels import stretches
from batchocr.imaging.rules import Rules
from batchocr.segmentation.components import Components, sizes

WIDEST, LEAST_WIDEST = 0.3, 4  # writing heights, or px, that one is wide at most
HIGH = (0.15, 1.2)  # writing heights that it is high
UPRIGHT = 1.5  # times as high as it is wide at least
REACH, LEAST_REACH = (
    0.12,
    3,
)  # writing heights, or px, between its foot and the rule, or one's side and the rule's end
FEWEST = 3  # on one rule
ALIKE, LEAST_ALIKE = 0.15, 2  # of their height, or px, by which their heads are off the usual one's
WRITTEN_OVER = 1.6  # times as high as usual is one that writing touches
EVEN = 0.15  # places by which one is off its place
LEAST_PLACE = 0.5  # writing heights that a place is wide
LINE, MOST_INK = 0.9, 0.4  # of a row of ink, and of its box, that a comb in one piece inks
LEAST_HIGH = 4  # px that dividers are high by which others are told
MOST_HIGH = 3.0  # places that a comb in one piece with its writing is high
SLACK = 2  # px beside a divider, and above it


class OpenComb(NamedTuple):
    """A level rule with dividers on it: which components these are, where the places begin and end, (R + 1,) px across, and the
    dividers' top, the rule's middle and the dividers' width, px."""

    strokes: NDArray[np.intp]
    walls: NDArray[np.float64]
    top: int
    foot: float
    wide: int

    def high(self) -> float:
        """px from the line up to the dividers' heads."""
        return self.foot - self.top


def open_combs(components: Components, rules: Rules, height: float) -> list[OpenComb]:
    """The level lines of a page that dividers part into places. height: of the writing, px."""
    found = [*_on_rules(components, rules, height), *_whole_combs(components, height)]
    return [*found, *_touched(components, found, height)] if found else []


def _on_rules(components: Components, rules: Rules, height: float) -> list[OpenComb]:
    """Those whose line is a rule."""
    widths, heights = sizes(components)
    thin = (widths <= max(LEAST_WIDEST, WIDEST * height)) & (heights >= UPRIGHT * widths)
    strokes = np.flatnonzero(thin & (heights >= HIGH[0] * height) & (heights <= HIGH[1] * height))
    if len(strokes) < FEWEST:
        return []
    found = []
    boxes = components.boxes[strokes].astype(np.int64)
    reach = max(LEAST_REACH, REACH * height)
    for rule in rules.horizontal:
        on = (np.abs(boxes[:, 3] - (rule.top + rule.bottom) / 2) <= reach + rule.height / 2) & (
            (boxes[:, 2] >= rule.left - reach) & (boxes[:, 0] <= rule.right + reach)
        )
        if np.count_nonzero(on) < FEWEST:
            continue
        own = np.flatnonzero(on)
        own = own[np.argsort(boxes[own, 0], kind="stable")]
        middles, tops = (boxes[own, 0] + boxes[own, 2]) / 2, boxes[own, 1]
        usual = float(np.median(heights[strokes[own]]))
        alike = np.abs(tops - np.median(tops)) <= max(LEAST_ALIKE, ALIKE * usual)
        if np.count_nonzero(alike) < FEWEST:
            continue
        first, last = own[alike][[0, -1]]
        ends = abs(boxes[first, 0] - rule.left), abs(boxes[last, 2] - rule.right)
        place = _place(middles[alike])
        if min(ends) <= reach and place >= LEAST_PLACE * height:
            # with a bit of the writing one is higher
            off = (middles - middles[alike][0]) / place
            there = (np.abs(off - np.round(off)) <= EVEN) & (heights[strokes[own]] <= WRITTEN_OVER * usual)
            sides = np.round((np.array([rule.left, rule.right]) - middles[alike][0]) / place)
            walls = middles[alike][0] + place * np.arange(sides[0], sides[1] + 1)
            top, wide = int(np.median(tops[alike])), int(np.median(widths[strokes[own[alike]]]))
            found.append(
                OpenComb(strokes[own[alike | there]], walls, top, (rule.top + rule.bottom) / 2, wide)
            )
    return found


def _whole_combs(components: Components, height: float) -> list[OpenComb]:
    """Those in one piece, too short for a rule: a component that is a level line with dividers on it and nothing else."""
    widths, heights = sizes(components)
    fit = (heights >= HIGH[0] * height) & (heights <= HIGH[1] * height)
    fit &= (widths >= (FEWEST - 1) * LEAST_PLACE * height) & (components.areas <= MOST_INK * widths * heights)
    chosen = np.flatnonzero(fit)
    parts = zip(chosen.tolist(), components.cut(chosen), strict=True)
    return [comb for n, (box, mask) in parts if (comb := _whole_comb(n, box, mask, height)) is not None]


def _whole_comb(n: int, box: Box, mask: Ink, height: float) -> OpenComb | None:
    """The nth component, (h, w) ink, as a comb, if it is one."""
    line = np.flatnonzero(mask.mean(axis=1) >= LINE)
    if not len(line) or line[-1] < len(mask) - LEAST_REACH or line[-1] - line[0] > WIDEST * height:
        return None
    strokes = stretches(np.any(mask[: max(0, line[0] - 1)], axis=0))
    if len(strokes) < FEWEST:
        return None
    wide, heads = np.diff(strokes, axis=1), mask.argmax(axis=0)
    tops = [heads[first:stop].min() for first, stop in strokes.tolist()]
    alike = wide.max() <= max(LEAST_WIDEST, WIDEST * height) and max(tops) <= max(
        LEAST_ALIKE, ALIKE * line[0]
    )
    ends = strokes[0, 0] + mask.shape[1] - strokes[-1, 1]
    middles = strokes.mean(axis=1)
    apart = np.diff(middles)
    even = apart.min() >= LEAST_PLACE * height and np.ptp(apart) <= 2 * EVEN * apart.mean()
    if not alike or not even or ends > 2 * LEAST_REACH:
        return None
    walls = box.left + np.linspace(middles[0], middles[-1], len(middles))
    foot = float(box.top + (line[0] + line[-1] + 1) / 2)
    return OpenComb(np.array([n]), walls, box.top, foot, int(np.median(wide)))


def _touched(components: Components, others: Sequence[OpenComb], height: float) -> list[OpenComb]:
    """Those that writing touches and that are in one piece with it, by the others of the page."""
    steps = [float(np.diff(comb.walls).mean()) for comb in others if len(comb.walls) > 1]
    high, wide = (
        float(np.median([own(comb) for comb in others])) for own in (OpenComb.high, lambda c: c.wide)
    )
    if not steps or high < LEAST_HIGH:
        return []
    place = float(np.median(steps))
    widths, heights = sizes(components)
    fit = (widths >= (FEWEST - 1.5) * place) & (heights >= high) & (heights <= place * MOST_HIGH)
    fit[np.concatenate([comb.strokes for comb in others])] = False
    found = []
    for box, mask in components.cut(np.flatnonzero(fit)):
        line = np.flatnonzero(mask.mean(axis=1) >= LINE / 2)
        if not len(line) or line[-1] < len(mask) - LEAST_REACH or line[-1] < high:
            continue
        first, stop = max(stretches(mask[line[-1]]).tolist(), key=lambda run: run[1] - run[0])
        count = round((stop - first - wide) / place)
        walls = np.linspace(first + (wide - 1) / 2, stop - (wide + 1) / 2, max(1, count) + 1)
        if count < FEWEST - 1 or abs(walls[1] - walls[0] - place) > EVEN * place:
            continue
        rows = slice(round(line[-1] - 0.8 * high), line[-1])
        if all(mask[rows, round(x) - 1 : round(x) + 2].any(axis=1).mean() >= LINE for x in walls.tolist()):
            foot = float(box.top + line[-1])
            found.append(
                OpenComb(np.zeros(0, np.intp), box.left + walls, round(foot - high), foot, round(wide))
            )
    return found


def dividers(components: Components, combs: Sequence[OpenComb]) -> NDArray[np.bool_]:
    """(N,) bool: components that only part a line into places. combs: those of the page, as from `open_combs`."""
    found = np.zeros(len(components), bool)
    for comb in combs:
        found[comb.strokes] = True
    return found


def without_dividers(ink: Ink, combs: Sequence[OpenComb]) -> Ink:
    """The (H, W) ink without the dividers of combs, but for where writing crosses or touches them."""
    if not combs:
        return ink
    left = ink.copy()
    for comb in combs:
        for wall in comb.walls.tolist():
            rows = slice(max(0, comb.top - SLACK), round(comb.foot))
            first, stop = round(wall - comb.wide / 2) - SLACK, round(wall + comb.wide / 2) + SLACK
            if first < 1 or stop >= ink.shape[1]:
                continue
            bare = ~ink[rows, first - 1] & ~ink[rows, stop]
            left[rows, first:stop] &= ~bare[:, None]
    return left


def rows_of(combs: Sequence[OpenComb]) -> list[NDArray[np.float64]]:
    """Of each comb (R, 3) px: how far right the middles of its places are, the row of the rule below them, and how wide one is."""
    rows = []
    for comb in combs:
        if len(comb.walls) > 1:
            middles, wide = (comb.walls[1:] + comb.walls[:-1]) / 2, np.diff(comb.walls)
            rows.append(np.column_stack([middles, np.full(len(middles), comb.foot), wide]))
    return rows


def _place(middles: NDArray[np.float64]) -> float:
    """By how many px (N,) px, left to right, are apart, if it is by one width of places or by some; else 0."""
    apart = np.diff(middles)
    place = float(apart.min())
    if place <= 0:
        return 0.0
    places = np.round(apart / place)
    place = float(apart.sum() / places.sum())
    return place if (np.abs(apart - places * place) <= EVEN * place).all() else 0.0
