"""Ruled lines and boxes out of the ink, without eating the strokes that cross them.

Only components far larger than the writing are looked at, so no lone glyph can lose a stroke. In those, long
straight runs are rules, and so are shorter ones that end on others at both ends (the sides of a box or cell), unless they
bend as strokes do (`strokes`). Of a rule only the pixels are deleted whose run across it is no longer than the rule is
thick: where a stroke crosses, the run is longer and stays. Leaves out: dotted leaders (dropped as specks) and a flat stroke written
right along a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.bits import packed, thickened, unpacked, upright_runs
from batchocr.imaging.labels import label, stretches
from batchocr.imaging.strokes import RAGGED, SLACK, has_strokes, is_straight, usual_thickness, without_strokes

LARGE_HEIGHTS = 3.0  # a component this many writing heights wide or tall may be a frame or a table
CELL_RUN_HEIGHTS = 1.15  # a run this long is a rule where it ends on rules at both ends
RULE_RUN_HEIGHTS = 4.0  # a run this long is a rule by itself
LEAST_CELL = 0.6  # of a side's length, that the corners of its box are apart
PIECE_HEIGHTS = 0.25  # writing heights that a piece of a broken rule is long at least
THIN = 0.08  # writing heights that the lines of paper to write on are thick at most
IN_LINE = 1.0  # times as thick as it is, by which a run may lie beside the rule that it goes on
LEAST_ALONE = 0.5  # of a side's length that has nothing beside it: a round stroke is straight for a while
STROKE_HEIGHTS = 0.5  # writing heights that a stroke along a rule is long at least
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

    An upright run is one of the transposed frame; `box` is where it lies on the frame itself. counts: (w,) px of its ink
    across. before, behind: px for which ink goes on straight beyond its ends, a stroke on a corner for instance.
    """

    box: Box
    own: NDArray[np.bool_]
    thickness: int
    upright: bool
    counts: NDArray[np.intp]
    before: int
    behind: int

    def flat_box(self) -> Box:
        """Where the run lies in the frame, transposed if it is upright."""
        return _transposed(self.box) if self.upright else self.box

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
    flat: list[tuple[Box, int]] = []
    found = [_rules_in(frame[_window(region)], writing_height, region, ends) for region in regions]
    long_ones = [
        _placed(r, region)
        for region, (chosen, _) in zip(regions, found, strict=True)
        for r in chosen
        if _is_level(r, writing_height) and r.length >= RULE_RUN_HEIGHTS * writing_height
    ]
    for region, (chosen, others) in zip(regions, found, strict=True):
        window = _window(region)
        chosen += [r for r in others if _goes_on(_placed(r, region), r.thickness, long_ones)]
        if chosen:
            left = ink.copy() if left is None else left
            _delete(chosen, frame[window], left[window])
            changed.append(region)
        horizontal += tuple(_placed(r, region) for r in chosen if not r.upright)
        vertical += tuple(_placed(r, region) for r in chosen if r.upright)
        flat += [(_placed(r, region), r.thickness) for r in chosen if _is_level(r, writing_height)]
    if left is not None:
        for gap, thickness in _gaps(flat):
            _delete_pieces(gap, thickness, round(PIECE_HEIGHTS * writing_height), left)
    return Rules(ink if left is None else left, horizontal, vertical, tuple(changed))


def _gaps(rules: list[tuple[Box, int]]) -> list[tuple[Box, int]]:
    """Where flat rules, each with its thickness, that lie on one line leave gaps, from one to the next: how thick the line is
    there, too."""
    gaps = []
    lines: list[tuple[Box, int]] = []
    for box, thickness in sorted(rules):
        slack = IN_LINE * thickness + SLACK
        for n, (line, thick) in enumerate(lines):
            if abs(line.top + line.bottom - box.top - box.bottom) <= 2 * slack:
                if box.left > line.right:
                    rows = min(line.top, box.top), max(line.bottom, box.bottom)
                    gaps.append((Box(line.right, rows[0], box.left, rows[1]), max(thick, thickness)))
                lines[n] = box if box.right > line.right else line, thickness
                break
        else:
            lines.append((box, thickness))
    return gaps


def _delete_pieces(gap: Box, thickness: int, least: int, ink: Ink) -> None:
    """Take the pieces of a flat rule out of the ink of a gap of it, in place: what is as thin as it is and no shorter than
    so many px."""
    window = _window(gap)
    thin = ink[window] & _uncrossed(ink.view(np.uint8), gap, thickness)
    across = np.asarray(
        thin.any(axis=0, keepdims=True), np.uint8
    )  # a slanted rule steps by one pixel at a time
    pieces = cv2.morphologyEx(across, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    ink[window] &= ~(thin & (pieces > 0))


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
            near = [r for r in found if r.meets(region)]
            if not near:
                break
            for other in near:
                found.remove(other)
                region = region.union(other)
        found.append(region)
    return sorted(found, key=lambda r: (r.top, r.left))


def _is_level(run: _Run, writing_height: float) -> bool:
    """Whether a run is flat and thin, as the lines of paper to write on are, and rises or falls by no more than a scan's lines do."""
    thin = run.thickness <= max(2, THIN * writing_height)
    return thin and not run.upright and run.box.height <= RAGGED * run.thickness + 2 * SLACK


def _goes_on(box: Box, thickness: int, rules: list[Box]) -> bool:
    """Whether a level run, in this box on the page and so many px thick, goes on one of the level rules: both lie on one line."""
    slack = IN_LINE * thickness + SLACK
    return any(rule.top - slack <= box.top and box.bottom <= rule.bottom + slack for rule in rules)


def _rules_in(
    frame: NDArray[np.uint8], writing_height: float, region: Box, known: Rules
) -> tuple[list[_Run], list[_Run]]:
    """The flat and upright rules of one region of the page, in its own pixels, and the other level runs there."""
    run = max(12, round(CELL_RUN_HEIGHTS * writing_height))
    gap = max(LEAST_GAP, round(GAP_HEIGHTS * writing_height))
    reach = max(LEAST_REACH, round(REACH_HEIGHTS * writing_height))
    moved = Rules(
        known.ink,
        tuple(_moved(b, -region.left, -region.top) for b in known.horizontal),
        tuple(_moved(b, -region.left, -region.top) for b in known.vertical),
    )
    across = np.asarray(cv2.transpose(frame), np.uint8)
    found = _runs(frame, across, run, gap, upright=False) + _runs(across, frame, run, gap, upright=True)
    long_enough = RULE_RUN_HEIGHTS * writing_height
    chosen = _choose(found, long_enough, reach, moved)
    crossing = _crossing(chosen, moved)
    straight = [
        r
        for r in chosen
        if r.length >= long_enough
        or _ends_at_corners(r, crossing[r.upright], reach)
        or _is_side(r, across if r.upright else frame)
    ]
    if len(straight) < len(chosen):  # strokes of digits that touch both sides of a box end on rules too
        straight = _choose(straight, long_enough, reach, moved)
    stroke, stretch = STROKE_HEIGHTS * writing_height, round(long_enough)
    taken = {id(r) for r in straight}
    others = [r for r in found if id(r) not in taken and _is_level(r, writing_height)]
    return [_alone(r, across if r.upright else frame, stroke, stretch) for r in straight], others


def _is_side(rule: _Run, frame: NDArray[np.uint8]) -> bool:
    """Whether a short run has straight edges and mostly nothing beside it, as the side of a box has and a digit's stroke seldom.
    frame: (H, W) uint8, transposed for an upright run."""
    box = rule.flat_box()
    columns = rule.counts > 0
    if not is_straight(rule.own & (frame[_window(box)] > 0), rule.thickness):
        return False
    alone = _doomed(frame, box, rule)[:, columns].any(axis=0)
    return bool(alone.mean() >= LEAST_ALONE)


def _alone(rule: _Run, frame: NDArray[np.uint8], stroke: float, stretch: int) -> _Run:
    """The rule without the strokes that run along it and touch it. frame: as for `_is_side`. stroke, stretch: as for
    `without_strokes`."""
    thickness = usual_thickness(rule.counts, stretch)
    if not has_strokes(rule.counts, len(rule.own), thickness, stroke):
        return rule
    box = rule.flat_box()
    own = without_strokes(rule.own, rule.own & (frame[_window(box)] > 0), thickness, stroke, stretch)
    if own is rule.own:
        return rule
    filled = np.flatnonzero(own.any(axis=1))
    box = box._replace(top=box.top + int(filled[0]), bottom=box.top + int(filled[-1]) + 1)
    return replace(
        rule,
        box=_transposed(box) if rule.upright else box,
        own=own[filled[0] : filled[-1] + 1],
        thickness=min(rule.thickness, round(RAGGED * thickness + SLACK)),
    )


def _placed(run: _Run, region: Box) -> Box:
    """Where a run of a region lies on the page."""
    return _moved(run.box, region.left, region.top)


def _moved(box: Box, across: int, down: int) -> Box:
    return Box(box.left + across, box.top + down, box.right + across, box.bottom + down)


def _runs(
    frame: NDArray[np.uint8], across: NDArray[np.uint8], run: int, gap: int, *, upright: bool
) -> list[_Run]:
    """The straight runs of at least `run` px that go left to right in `frame`, the page or the transposed page. across: the
    other of the two."""
    # a slanted rule steps by one pixel at a time
    long_runs = upright_runs(thickened(packed(across)), run)
    filled = unpacked(np.bitwise_or.reduce(long_runs, axis=0, keepdims=True), 0, len(frame))[0]
    runs = []
    for top, bottom in stretches(filled > 0).tolist():  # nothing connected reaches beyond such a band
        band = np.ascontiguousarray(unpacked(long_runs, top, bottom).T)
        joined = cv2.morphologyEx(band, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
        labels, stats = label(np.asarray(joined, np.uint8))
        for number, (left, down, width, height, _area) in enumerate(stats.tolist(), 1):
            own = labels[down : down + height, left : left + width] == number
            box = Box(left, top + down, left + width, top + down + height)
            counts = _counts(own, frame, box)
            thickness = int(median(counts[counts > 0].tolist())) if counts.any() else 0
            if thickness and width >= 5 * thickness:  # else a blot or a heavy letter, not a line
                place = _transposed(box) if upright else box
                runs.append(_Run(place, own, thickness, upright, counts, *_beyond(frame, box, own, run)))
    return runs


def _beyond(frame: NDArray[np.uint8], box: Box, own: NDArray[np.bool_], most: int) -> tuple[int, int]:
    """For how many px, at most `most`, ink goes on straight before and behind a flat run."""
    rows = frame[box.top : box.bottom]
    before = rows[own[:, 0], max(0, box.left - most) : box.left][:, ::-1]
    behind = rows[own[:, -1], box.right : box.right + most]
    return _unbroken(before), _unbroken(behind)


def _unbroken(ink: NDArray[np.uint8]) -> int:
    """How many columns of (h, w) ink have some, up to the first that has none."""
    filled = np.asarray(ink.any(axis=0), bool)
    return len(filled) if filled.all() else int(filled.argmin())


def _transposed(box: Box) -> Box:
    """The same box seen on the transposed page."""
    return Box(box.top, box.left, box.bottom, box.right)


def _counts(own: NDArray[np.bool_], frame: NDArray[np.uint8], box: Box) -> NDArray[np.intp]:
    """(w,) px of a flat run's ink across."""
    return np.asarray(np.count_nonzero(own & (frame[_window(box)] > 0), axis=0), np.intp)


def _choose(runs: list[_Run], long_enough: float, reach: int, known: Rules) -> list[_Run]:
    """The runs that are rules: long ones, and sides that end on rules or on each other at both ends.

    Sides that end on nothing are struck off until none is left that does: what remains is frames and cells.
    """
    chosen = runs
    while True:
        crossing = _crossing(chosen, known)
        kept = [
            r
            for r in chosen
            if r.length >= long_enough
            or _ends_on(r, crossing[r.upright], reach)
            or _ends_at_corners(r, crossing[r.upright], reach)
        ]
        if len(kept) == len(chosen):
            return kept
        chosen = kept


def _crossing(runs: list[_Run], known: Rules) -> dict[bool, list[Box]]:
    """What upright runs (True) and flat ones (False) may end on, known rules among it, as it lies in the frame that is theirs."""
    flat = [*known.horizontal, *(r.box for r in runs if not r.upright)]
    upright = [*known.vertical, *(r.box for r in runs if r.upright)]
    return {True: [_transposed(box) for box in flat], False: upright}


def _ends_at_corners(run: _Run, crossing: list[Box], reach: int) -> bool:
    """Whether two of the others, as far apart as a cell is high, end at the run, as at the corners of a box. The run may go on
    beyond them, with a stroke that is written there."""
    box = run.flat_box()
    meeting = [
        (o.left + o.right) / 2
        for o in crossing
        if box.left - reach <= (o.left + o.right) / 2 <= box.right + reach
        and (abs(o.top - box.top) <= reach or abs(o.bottom - box.bottom) <= reach)
    ]
    return max(meeting, default=0) - min(meeting, default=0) >= LEAST_CELL * box.width


def _ends_on(run: _Run, crossing: list[Box], reach: int) -> bool:
    """Whether both ends of the run lie on one of the others, within `reach` px of it, or ink goes on from there to it."""
    b = run.flat_box()
    ends = (b.left - run.before - reach, b.left + reach), (b.right - reach, b.right + run.behind + reach)
    return all(
        any(
            o.left <= high and low <= o.right and o.top - reach <= b.top <= o.bottom + reach for o in crossing
        )
        for low, high in ends
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
    return np.asarray(rule.own & _uncrossed(frame, box, rule.thickness))


def _uncrossed(frame: NDArray[np.uint8], box: Box, thickness: int) -> NDArray[np.bool_]:
    """(h, w) bool: where in a box of a frame no ink runs up and down for longer than a flat rule is thick, px."""
    reach = round(RAGGED * thickness) + SLACK + 1
    top, bottom = max(0, box.top - reach), min(frame.shape[0], box.bottom + reach)
    around = np.ascontiguousarray(frame[top:bottom, box.left : box.right])
    crossing = cv2.morphologyEx(around, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
    return np.asarray(crossing[box.top - top : box.bottom - top] == 0, bool)


def _window(box: Box) -> tuple[slice, slice]:
    return slice(box.top, box.bottom), slice(box.left, box.right)
