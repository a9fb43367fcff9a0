"""Short upright lines that part a line to write on into places for a digit each: they pass for ones.

They stand on a level rule, one at an end of it, all as high, and as far apart as places are wide. Those that writing
touches are missing from their row. Leaves out: lines as high as the writing, which are the sides of boxes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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


def dividers(components: Components, rules: Rules, height: float) -> NDArray[np.bool_]:
    """(N,) bool: components that only part a line into places. height: of the writing, px."""
    found = np.zeros(len(components), bool)
    widths, heights = sizes(components)
    thin = (widths <= max(LEAST_WIDEST, WIDEST * height)) & (heights >= UPRIGHT * widths)
    strokes = np.flatnonzero(thin & (heights >= HIGH[0] * height) & (heights <= HIGH[1] * height))
    if len(strokes) < FEWEST:
        return found
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
            found[strokes[own[alike | there]]] = True
    return found


def _place(middles: NDArray[np.float64]) -> float:
    """By how many px (N,) px, left to right, are apart, if it is by one width of places or by some; else 0."""
    apart = np.diff(middles)
    place = float(apart.min())
    if place <= 0:
        return 0.0
    places = np.round(apart / place)
    place = float(apart.sum() / places.sum())
    return place if (np.abs(apart - places * place) <= EVEN * place).all() else 0.0
