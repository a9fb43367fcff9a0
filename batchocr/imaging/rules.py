"""Ruled lines and boxes out of the ink, without eating the strokes that cross them.

Only components far larger than the writing are looked at, so no lone glyph can lose a stroke. In those, long
straight runs are rules, and so are shorter ones that end on others at both ends (the sides of a box or cell). Of a
rule only the pixels are deleted whose run across it is no longer than the rule is thick: where a stroke
crosses, the run is longer and stays. Leaves out: dotted leaders (dropped as specks) and a flat stroke written
right along a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

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
FLAT, UPRIGHT = 1, 2  # marks of pixels on which such rules lie
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
    """A straight run in a frame: its box, its own pixels in there, (h, w) bool, its thickness in px.

    An upright run is one of the transposed frame; `box` is where it lies on the frame itself.
    """

    box: Box
    own: NDArray[np.bool_]
    thickness: int
    upright: bool

    @property
    def length(self) -> int:
        return self.box.height if self.upright else self.box.width


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
    sides = (Box(0, 0, 1, whole.bottom), Box(whole.right - 1, 0, whole.right, whole.bottom))
    ends = replace(known, vertical=(*known.vertical, *sides))  # a flat rule may go on beyond the picture
    left: Ink | None = None
    horizontal, vertical = known.horizontal, known.vertical
    changed: list[Box] = []
    for region in regions:
        window = _window(region)
        chosen = _rules_in(frame[window], writing_height, region, ends)
        if chosen:
            left = ink.copy() if left is None else left
            _delete(chosen, frame[window], left[window])
            changed.append(region)
        horizontal += tuple(_moved(r.box, region.left, region.top) for r in chosen if not r.upright)
        vertical += tuple(_moved(r.box, region.left, region.top) for r in chosen if r.upright)
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


def _rules_in(frame: NDArray[np.uint8], writing_height: float, region: Box, known: Rules) -> list[_Run]:
    """The flat and upright rules of one region of the page, in its own pixels."""
    run = max(12, round(CELL_RUN_HEIGHTS * writing_height))
    gap = max(LEAST_GAP, round(GAP_HEIGHTS * writing_height))
    reach = max(LEAST_REACH, round(REACH_HEIGHTS * writing_height))
    moved = Rules(
        known.ink,
        tuple(_moved(b, -region.left, -region.top) for b in known.horizontal),
        tuple(_moved(b, -region.left, -region.top) for b in known.vertical),
    )
    found = _runs(frame, run, gap, upright=False)
    found += _runs(np.asarray(cv2.transpose(frame), np.uint8), run, gap, upright=True)
    return _choose(found, RULE_RUN_HEIGHTS * writing_height, reach, moved)


def _moved(box: Box, across: int, down: int) -> Box:
    return Box(box.left + across, box.top + down, box.right + across, box.bottom + down)


def _runs(frame: NDArray[np.uint8], run: int, gap: int, *, upright: bool) -> list[_Run]:
    """The straight runs of at least `run` px that go left to right in `frame`, the page or the transposed page."""
    thick = cv2.dilate(frame, np.ones((3, 1), np.uint8))  # a slanted rule steps by one pixel at a time
    long_runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    runs = []
    for top, bottom in _bands(np.asarray(long_runs, np.uint8)):
        joined = cv2.morphologyEx(long_runs[top:bottom], cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
        labels, stats = label(np.asarray(joined, np.uint8))
        for number, (left, down, width, height, _area) in enumerate(stats.tolist(), 1):
            own = labels[down : down + height, left : left + width] == number
            box = Box(left, top + down, left + width, top + down + height)
            thickness = _thickness(own & (frame[box.top : box.bottom, box.left : box.right] > 0))
            if thickness and width >= 5 * thickness:  # else a blot or a heavy letter, not a line
                runs.append(_Run(_transposed(box) if upright else box, own, thickness, upright))
    return runs


def _bands(picture: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Runs of rows, (start, stop), that are not empty: nothing connected reaches beyond them."""
    filled = cv2.reduce(picture, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], filled, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _transposed(box: Box) -> Box:
    """The same box seen on the transposed page."""
    return Box(box.top, box.left, box.bottom, box.right)


def _thickness(ink: NDArray[np.bool_]) -> int:
    """Median run across the (h, w) ink of a flat run, in px."""
    columns = np.count_nonzero(ink, axis=0)
    columns = columns[columns > 0]
    return int(median(columns.tolist())) if columns.size else 0


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


def _delete(rules: list[_Run], frame: NDArray[np.uint8], ink: Ink) -> None:
    """Take the rules of a frame out of the ink below it, in place."""
    covered = np.zeros(frame.shape, np.uint8)  # which kinds of rules lie on a pixel
    for rule in rules:
        kind = np.uint8(UPRIGHT if rule.upright else FLAT)
        covered[_window(rule.box)] |= (rule.own.T if rule.upright else rule.own) * kind
    for rule in rules:
        if rule.upright:
            doomed = _doomed(frame.T, _transposed(rule.box), rule).T
        else:
            doomed = _doomed(frame, rule.box, rule)
        junction = covered[_window(rule.box)] == FLAT + UPRIGHT  # there nothing was written
        ink[_window(rule.box)] &= ~(doomed | junction)


def _doomed(frame: NDArray[np.uint8], box: Box, rule: _Run) -> NDArray[np.bool_]:
    """The flat rule's pixels whose run across is no longer than it is thick: (h, w) bool."""
    reach = round(RAGGED * rule.thickness) + SLACK + 1
    top, bottom = max(0, box.top - reach), min(frame.shape[0], box.bottom + reach)
    around = np.ascontiguousarray(frame[top:bottom, box.left : box.right])
    crossing = cv2.morphologyEx(around, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
    alone = np.asarray(crossing[box.top - top : box.bottom - top] == 0, bool)
    return np.asarray(rule.own & alone)


def _window(box: Box) -> tuple[slice, slice]:
    return slice(box.top, box.bottom), slice(box.left, box.right)
