"""Ruled lines and boxes out of the ink, without eating the strokes that cross them.

Only components far larger than the writing are looked at, so no lone glyph can lose a stroke. In those, long
straight runs are rules, and so are shorter ones that end on others at both ends (the sides of a box or cell). Of a
rule only the pixels are deleted whose run across it is no longer than the rule is thick: where a stroke
crosses, the run is longer and stays. Leaves out: dotted leaders (dropped as specks) and a flat stroke written
right along a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.labels import label

LARGE_HEIGHTS = 3.0  # a component this many writing heights wide or tall may be a frame or a table
CELL_RUN_HEIGHTS = 1.15  # a run this long is a rule where it ends on rules at both ends
RULE_RUN_HEIGHTS = 4.0  # a run this long is a rule by itself
SLACK = 2  # px that a rule's ragged edge may add to its thickness
RAGGED = 1.4  # times its median thickness that a blurred rule may be thick
GAP_HEIGHTS = 0.25  # a break in a rule that is still one rule
LEAST_GAP = 7  # px
REACH_HEIGHTS = 0.2  # between a cell side's end and the rule it ends on
LEAST_REACH = 6  # px


@dataclass(frozen=True, slots=True)
class Rules:
    """The page without its rules, and the rules found. Boxes are pixels, half-open."""

    ink: Ink  # (H, W) bool, what is left
    horizontal: tuple[Box, ...]
    vertical: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """A straight run in a frame: its box, its thickness in px, its number in `labels`."""

    box: Box
    thickness: int
    number: int
    labels: NDArray[Any]
    upright: bool

    @property
    def length(self) -> int:
        return self.box.height if self.upright else self.box.width

    def turned(self) -> _Run:
        """The same run seen on the transposed page."""
        b = self.box
        return replace(self, box=Box(b.top, b.left, b.bottom, b.right), upright=not self.upright)


def remove_rules(
    ink: Ink, frame: NDArray[np.uint8], writing_height: float, *, known: Rules | None = None
) -> Rules:
    """Delete ruled lines and boxes.

    ink: (H, W) bool. frame: (H, W) uint8, 255 where ink belongs to a component larger than LARGE_HEIGHTS
    writing heights (px). known: rules deleted before, on which others may end. Returns the remaining ink and
    the boxes of the rules, known ones included.
    """
    known = known or Rules(ink, (), ())
    if not frame.any():
        return Rules(ink, known.horizontal, known.vertical)
    run = max(12, round(CELL_RUN_HEIGHTS * writing_height))
    turned = np.ascontiguousarray(frame.T)
    gap = max(LEAST_GAP, round(GAP_HEIGHTS * writing_height))
    reach = max(LEAST_REACH, round(REACH_HEIGHTS * writing_height))
    flat = _runs(frame, run, gap)
    upright = [r.turned() for r in _runs(turned, run, gap)]
    chosen = _choose(flat + upright, RULE_RUN_HEIGHTS * writing_height, reach, known)
    doomed, doomed_turned = np.zeros_like(frame), np.zeros_like(turned)
    whole, whole_turned = np.zeros_like(frame), np.zeros_like(turned)
    for rule in chosen:
        if rule.upright:
            _doom(turned, rule.turned(), doomed_turned, whole_turned)
        else:
            _doom(frame, rule, doomed, whole)
    junctions = whole & whole_turned.T  # where rules cross each other nothing was written
    left = ink & ((doomed | doomed_turned.T | junctions) == 0)
    return Rules(
        left,
        known.horizontal + tuple(r.box for r in chosen if not r.upright),
        known.vertical + tuple(r.box for r in chosen if r.upright),
    )


def _runs(frame: NDArray[np.uint8], run: int, gap: int) -> list[_Run]:
    """The straight runs of at least `run` px that go left to right in `frame`."""
    thick = cv2.dilate(frame, np.ones((3, 1), np.uint8))  # a slanted rule steps by one pixel at a time
    long_runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    joined = cv2.morphologyEx(long_runs, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    labels, stats = label(np.asarray(joined, np.uint8))
    runs = []
    for number, row in enumerate(stats, 1):
        left, top, width, height, _area = (int(v) for v in row)
        box = Box(left, top, left + width, top + height)
        thickness = _thickness(frame, labels, number, box)
        if thickness and width >= 5 * thickness:  # else a blot or a heavy letter, not a line
            runs.append(_Run(box, thickness, number, labels, upright=False))
    return runs


def _thickness(frame: NDArray[np.uint8], labels: NDArray[Any], number: int, box: Box) -> int:
    """Median run across, in px."""
    window = slice(box.top, box.bottom), slice(box.left, box.right)
    columns = np.count_nonzero((labels[window] == number) & (frame[window] > 0), axis=0)
    columns = columns[columns > 0]
    return int(np.median(columns)) if columns.size else 0


def _choose(runs: list[_Run], long_enough: float, reach: int, known: Rules) -> list[_Run]:
    """The runs that are rules: long ones, and sides that end on rules or on each other at both ends.

    Sides that end on nothing are struck off until none is left that does: what remains is frames and cells.
    """
    chosen = runs
    while True:
        flat = [*known.horizontal, *(r.box for r in chosen if not r.upright)]
        upright = [*known.vertical, *(r.box for r in chosen if r.upright)]
        kept = [
            r for r in chosen if r.length >= long_enough or _ends_on(r, flat if r.upright else upright, reach)
        ]
        if len(kept) == len(chosen):
            return kept
        chosen = kept


def _ends_on(run: _Run, others: list[Box], reach: int) -> bool:
    """Whether both ends of the run lie on one of the others, or within `reach` px of it."""
    b = run.box
    if run.upright:
        ends = ((b.left, b.top), (b.left, b.bottom))
    else:
        ends = ((b.left, b.top), (b.right, b.top))
    return all(
        any(o.left - reach <= x <= o.right + reach and o.top - reach <= y <= o.bottom + reach for o in others)
        for x, y in ends
    )


def _doom(frame: NDArray[np.uint8], rule: _Run, doomed: NDArray[np.uint8], whole: NDArray[np.uint8]) -> None:
    """Mark the flat rule in `whole`, and in `doomed` its pixels whose run across is no longer than it is thick."""
    box, reach = rule.box, round(RAGGED * rule.thickness) + SLACK + 1
    top, bottom = max(0, box.top - reach), min(frame.shape[0], box.bottom + reach)
    window = slice(top, bottom), slice(box.left, box.right)
    crossing = cv2.morphologyEx(frame[window], cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
    own = rule.labels[window] == rule.number
    doomed[window][own & (crossing == 0)] = 255
    whole[window][own] = 255
