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
REGION_MARGIN = 0.3  # writing heights around a large component: more than a gap or a reach


@dataclass(frozen=True, slots=True)
class Rules:
    """The page without its rules, and the rules found. Boxes are pixels, half-open."""

    ink: Ink  # (H, W) bool, what is left
    horizontal: tuple[Box, ...]
    vertical: tuple[Box, ...]
    regions: tuple[Box, ...] = ()  # the parts of the page in which ink was deleted; they do not overlap


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
    ink: Ink,
    frame: NDArray[np.uint8],
    writing_height: float,
    *,
    known: Rules | None = None,
    boxes: NDArray[np.int32] | None = None,
) -> Rules:
    """Delete ruled lines and boxes.

    ink: (H, W) bool. frame: (H, W) uint8, 255 where ink belongs to a component larger than LARGE_HEIGHTS
    writing heights (px). known: rules deleted before, on which others may end. boxes: (N, 4) px of those
    components; only the parts of the page around them are looked at. Returns the remaining ink and the boxes of
    the rules, known ones included.
    """
    known = known or Rules(ink, (), ())
    whole = Box(0, 0, frame.shape[1], frame.shape[0])
    regions = [whole] if boxes is None else _regions(boxes, whole, round(REGION_MARGIN * writing_height))
    left: Ink | None = None
    horizontal, vertical = known.horizontal, known.vertical
    changed: list[Box] = []
    for region in regions:
        window = slice(region.top, region.bottom), slice(region.left, region.right)
        doomed, flat, upright = _rules_in(frame[window], writing_height, region, known)
        if doomed is not None:
            left = ink.copy() if left is None else left
            left[window] &= doomed == 0
            changed.append(region)
        horizontal, vertical = horizontal + flat, vertical + upright
    return Rules(ink if left is None else left, horizontal, vertical, tuple(changed))


def _regions(boxes: NDArray[np.int32], page: Box, margin: int) -> list[Box]:
    """Boxes of the page that hold all given ones, those that come within two margins of each other as one."""
    found: list[Box] = []
    for left, top, right, bottom in boxes.tolist():
        region = Box(
            max(0, left - margin),
            max(0, top - margin),
            min(page.right, right + margin),
            min(page.bottom, bottom + margin),
        )
        while True:
            near = [r for r in found if _overlap(r, region)]
            if not near:
                break
            for other in near:
                found.remove(other)
                region = region.union(other)
        found.append(region)
    return sorted(found, key=lambda r: (r.top, r.left))


def _overlap(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


def _rules_in(
    frame: NDArray[np.uint8], writing_height: float, region: Box, known: Rules
) -> tuple[NDArray[np.uint8] | None, tuple[Box, ...], tuple[Box, ...]]:
    """What to delete of one region of the page (None for nothing), and its flat and upright rules on the page."""
    if not frame.any():
        return None, (), ()
    run = max(12, round(CELL_RUN_HEIGHTS * writing_height))
    turned = np.ascontiguousarray(frame.T)
    gap = max(LEAST_GAP, round(GAP_HEIGHTS * writing_height))
    reach = max(LEAST_REACH, round(REACH_HEIGHTS * writing_height))
    flat = _runs(frame, run, gap)
    upright = [r.turned() for r in _runs(turned, run, gap)]
    moved = Rules(
        known.ink,
        tuple(_moved(b, -region.left, -region.top) for b in known.horizontal),
        tuple(_moved(b, -region.left, -region.top) for b in known.vertical),
    )
    chosen = _choose(flat + upright, RULE_RUN_HEIGHTS * writing_height, reach, moved)
    if not chosen:
        return None, (), ()
    doomed, doomed_turned = np.zeros_like(frame), np.zeros_like(turned)
    whole, whole_turned = np.zeros_like(frame), np.zeros_like(turned)
    for rule in chosen:
        if rule.upright:
            _doom(turned, rule.turned(), doomed_turned, whole_turned)
        else:
            _doom(frame, rule, doomed, whole)
    junctions = whole & whole_turned.T  # where rules cross each other nothing was written
    return (
        np.asarray(doomed | doomed_turned.T | junctions, np.uint8),
        tuple(_moved(r.box, region.left, region.top) for r in chosen if not r.upright),
        tuple(_moved(r.box, region.left, region.top) for r in chosen if r.upright),
    )


def _moved(box: Box, across: int, down: int) -> Box:
    return Box(box.left + across, box.top + down, box.right + across, box.bottom + down)


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
