"""Components -> words in reading order.

A component is chained to the next one on its right that stands on the same line; chains are cut at ruled
lines and at gaps that are wide for their line. Words are then put on lines, top to bottom, left to right, so
that tables come row by row. Leaves out: columns of running text and vertical writing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.colons import closed_by_colons

REACH_HEIGHTS = 1.3  # heights of the taller one: the widest gap within a word
LONE_REACH_HEIGHTS = 3.0  # the same in a picture of one string
LONE_PART_HEIGHTS = (
    0.45  # heights of the tallest: what is lower in such a picture is a mark or a piece of a frame
)
CLOSE_HEIGHTS = 0.22  # a gap this narrow never parts a word
GAP_JUMP = 1.9  # gaps of a line fall into two kinds where one kind is so many times as wide as the other
LEAST_WORD_GAP = 0.55  # heights: words stand no closer
OVERLAP_SHARE = 0.4  # of the lower one's height that two neighbours on a line share
HANG_SHARE = 0.1  # of a glyph's height that a comma may hang below it
RAISED_SHARE = 0.3  # of a glyph's height that a point may stand above it: its top may be a mark by itself
PART_SHARE = 0.5  # of a mark's width above or below a digit, from which on it is a part of that
MARK_GAP = 1.5  # times as wide as it is does a gap beside a mark count, for specks stand in wide gaps too
LARGER_BESIDE = 1.5  # times as high as those on the other side of a gap: glyphs of other writing
POINT_HEIGHTS = 0.35  # heights: no decimal point is larger either way
POINT_REACH = 1.7  # heights: no farther apart are the digits around a point
LEADING_REACH = 1.1  # the same where the point stands closer to the digits behind it,
LEADING_LOW = 0.2  # and no higher above their feet
POINT_EVEN = 0.5  # of the wider gap beside a point that stands in the middle is the other one wide
POINT_STRAY = 0.22  # heights by which one gap beside a point on the line may be wider than the other,
ONE_WIDTH, SLOT = 0.35, 0.55  # a 1, which is narrower than this, counted as so wide, as the other digits are
SPECK_REACH = 1.1  # heights: no farther apart are the digits around a point that is no more than a speck,
SPECK_FOOT = 0.12  # nor does it end farther above or below their feet,
COMMA_RISE = 0.25  # or a comma above them,
SPECK_AROUND = 0.5  # and so far around there is no other speck: paper with many tells nothing
FEWEST_STEPS = 3  # from glyph to glyph that tell the pitch of a type all of whose glyphs are as wide,
PITCH_STRAY = 0.2  # of it that they differ by at most,
ONE_SLOT = 1.5  # times as wide as the narrowest: one is left free
GROUP = 3  # digits behind such a mark at most: columns of a table have more
SLOT_REACH = (1.2, 1.7)  # heights: as wide as it is where that is out of a word's reach,
SLOT_LEVEL = 0.25  # and no more does the glyph behind it begin higher or lower
HIGHEST_DIGIT = 1.2  # heights: what is higher is a bracket
SLOT_AMID = (0.2, 0.8)  # of the free slot's width, between which the middle of a mark is
COMMA_SIZE = (
    0.4,
    0.55,
)  # heights that a comma is wide and high at most, if it ends below the digit before it
LEAST_HEIGHT_RATIO = 0.4  # full glyphs of one word are not less alike in height than this
THIN_SHARE = 0.2  # width / height of an upright stroke
THIN_HEIGHT_RATIO = 0.6  # and such a stroke is no taller than this makes it, or it is a piece of a rule
PRINT_MARKS = 4  # so many small marks side by side, or one fewer that stand on one line,
PRINT_LEVEL = 0.5  # their feet so much of their height apart at most,
PRINT_WIDTH = 0.7  # and heights of the full glyphs beside them that they take, are print or a leader
LEAST_BRIDGED = 3  # full glyphs in a group that something may have made of two lines
STACKED_HEIGHTS = (0.6, 1.3)  # of a group's usual glyph: full glyphs that may stand one above the other
ONE_LINE = 1.6  # of the page's full components: a group lower than this is of one line
BRIDGED_HEIGHTS = 0.75  # of the page's usual glyph that those of two lines are high, which one that is as high as both bridges
STACKED_SHARE = 0.5  # of the narrower one's width that two such glyphs share
STACKED_INTO = 0.2  # of the lower one's height by which they may reach into each other
STACKED_WIDTH = 0.2  # heights of full glyphs: a narrower mark above another is a speck or a point
STACKED_GAP = 0.25  # the same between the parts of a glyph that is broken across
WITHOUT_PART = 0.92  # the same: what is as high is whole without it,
WITH_PART = (0.8, 1.2)  # and so high is it then
AT_ONCE = 256  # components whose neighbours are looked for together: bounds the memory of a dense page
LINE_OVERLAP_SHARE = 0.5  # of the lower one's height that two words on a line share
NO_BOXES = np.zeros((0, 4), np.int32)


@dataclass(frozen=True, slots=True)
class Chain:
    """Components of one word, left to right (indices), its box, and the number of the line's stretch it is from.

    parted_at: for one component that bridges lines, the px rows between them. crowded: what may be a digit of it was left
    out.
    """

    members: tuple[int, ...]
    box: Box
    group: int = 0
    parted_at: tuple[int, ...] = ()
    crowded: bool = False


def find_chains(
    boxes: NDArray[np.int32],
    small: NDArray[np.bool_],
    walls: tuple[Box, ...],
    *,
    specks: NDArray[np.int32] = NO_BOXES,
    height: float = 0.0,
    lone: bool = False,
) -> list[Chain]:
    """Words as chains of components.

    boxes: (N, 4) int32 px. small: (N,) bool, True for what is too small to be a digit by itself (a dot, a
    dash, a part of a broken digit). walls: upright ruled lines, which part words. specks: (S, 4) int32 px, ink too small
    for a mark, among which the points of small print are. height: of the page's writing, px, as far as it is known. lone:
    the picture is of one string, whose gaps part nothing.
    """
    if not len(boxes):
        return []
    usual = usual_height(boxes, small)
    links = _links(boxes, small, walls, LONE_REACH_HEIGHTS if lone else REACH_HEIGHTS, usual)
    if lone:
        return _one_of_the_tall([chain_of(boxes, tuple(members)) for members in links], boxes)
    lines: list[list[int]] = []
    bridges: list[Chain] = []
    tops, bottoms = boxes[:, 1].tolist(), boxes[:, 3].tolist()
    for group in links:
        if max(bottoms[n] for n in group) - min(tops[n] for n in group) < ONE_LINE * usual:  # as most are
            lines.append(group)
            continue
        parted, between = _by_lines(boxes, small, group, max(usual, height))
        lines += parted
        bridges += between
    places, marks = boxes.tolist(), small.tolist()
    words = [
        chain_of(boxes, tuple(members), number)
        for number, line in enumerate(lines)
        for word in _cut_at_wide_gaps(places, marks, specks, line)
        for members in _cut_at_print(boxes, small, word)
    ]
    return _over_slots(words, places, marks, walls, specks) + [
        replace(bridge, group=len(lines) + n) for n, bridge in enumerate(bridges)
    ]


def usual_height(boxes: NDArray[np.int32], small: NDArray[np.bool_]) -> float:
    """px of the full components among (N, 4) px, as most are high; 0 where all are small, (N,) bool."""
    return float(np.median((boxes[:, 3] - boxes[:, 1])[~small])) if not small.all() else 0.0


def _one_of_the_tall(chains: list[Chain], boxes: NDArray[np.int32]) -> list[Chain]:
    """The chains of a picture of one string, all that are not mere marks as one: a wide gap, or a 1 taken for a
    wall, may have parted them."""
    tallest = max(chains, key=lambda chain: chain.box.height).box
    parts: list[Chain] = []
    marks: list[Chain] = []
    for chain in chains:
        shared = min(chain.box.bottom, tallest.bottom) - max(chain.box.top, tallest.top)
        tall = chain.box.height >= LONE_PART_HEIGHTS * tallest.height
        (parts if tall and shared >= OVERLAP_SHARE * chain.box.height else marks).append(chain)
    members = sorted((m for chain in parts for m in chain.members), key=lambda m: int(boxes[m, 0]))
    return [chain_of(boxes, tuple(members)), *marks]


def _over_slots(
    words: list[Chain],
    boxes: list[list[int]],
    small: list[bool],
    walls: tuple[Box, ...],
    specks: NDArray[np.int32],
) -> list[Chain]:
    """The words, and as one those of type set so wide that a point or comma with a glyph's room to itself is out of reach."""
    if not len(specks) or len(words) < 2:
        return words
    rules = np.array(walls, np.int64).reshape(-1, 4)
    order = sorted(range(len(words)), key=lambda n: words[n].box.left)
    lefts = [words[n].box.left for n in order]
    found = list[Chain | None](words)
    for n in order[::-1]:  # so that what a word is joined to is whole
        one, last = words[n], boxes[words[n].members[-1]]
        height = last[3] - last[1]
        start, stop = (bisect_left(lefts, last[2] + reach * height) for reach in SLOT_REACH)
        for m in order[start:stop]:
            other = found[m]
            if other is None or abs(boxes[other.members[0]][1] - last[1]) > SLOT_LEVEL * height:
                continue  # nearly all
            members, at = (*one.members, *other.members), len(one.members) - 1
            own = [boxes[k] for k in members]
            if not marked_slots(own, [small[k] for k in members], specks, [at], height):
                continue
            if not _walled(rules, np.array([own[at]]), np.array([own[at + 1]])).any():
                found[n], found[m] = replace(one, members=members, box=one.box.union(other.box)), None
                break
    return [word for word in found if word is not None]


def chain_of(boxes: NDArray[np.int32], members: tuple[int, ...], group: int = 0) -> Chain:
    """A chain of the members, with their common box. boxes: (N, 4) px."""
    lefts, tops, rights, bottoms = zip(*boxes[list(members)].tolist(), strict=True)
    return Chain(members, Box(min(lefts), min(tops), max(rights), max(bottoms)), group)


def _links(
    boxes: NDArray[np.int32], small: NDArray[np.bool_], walls: tuple[Box, ...], far: float, usual: float
) -> list[list[int]]:
    """Groups of components joined each to its right neighbour, no farther off than so many heights, or to a part of the
    same glyph: lists of indices, left to right. usual: px of full glyphs."""
    order = np.argsort(boxes[:, 0], kind="stable")
    ordered, tiny = boxes[order].astype(np.int64), small[order]
    tops, bottoms = np.ascontiguousarray(ordered[:, 1]), np.ascontiguousarray(ordered[:, 3])
    heights = bottoms - tops
    wall_boxes = np.array(walls, np.int64).reshape(-1, 4)
    parent = list(range(len(order)))
    tallest = int(heights.max())
    reaches = ordered[:, 2] + far * np.where(tiny, tallest, np.minimum(tallest, 3 * heights))
    stops = np.searchsorted(ordered[:, 0], reaches, side="right")
    hang = HANG_SHARE * tallest
    for start in range(0, len(order), AT_ONCE):
        left, right = following(np.arange(start, min(len(order), start + AT_ONCE)), stops)
        of_one = _of_one_glyph(ordered, tiny, usual, left, right)
        for i, j in zip(left[of_one].tolist(), right[of_one].tolist(), strict=True):
            _join(parent, i, j)
        touch = np.maximum(tops[left], tops[right]) <= np.minimum(bottoms[left], bottoms[right]) + hang
        left, right = left[touch], right[touch]
        beside = _on_one_line(ordered, heights, tiny, left, right, far)
        left, right = _nearest(ordered, left[beside], right[beside], tiny)
        free = ~_walled(wall_boxes, ordered[left], ordered[right])
        for i, j in zip(left[free].tolist(), right[free].tolist(), strict=True):
            _join(parent, i, j)
    groups: dict[int, list[int]] = {}
    for i in range(len(order)):
        groups.setdefault(_root(parent, i), []).append(int(order[i]))
    return list(groups.values())


def _of_one_glyph(
    boxes: NDArray[np.int64],
    small: NDArray[np.bool_],
    usual: float,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """(P,) bool: whether the pair is one glyph broken across, a mark close above or below what is too low without it:
    the flag and the stem of a 7. usual: px of full glyphs. left, right: (P,) indices."""
    found: NDArray[np.bool_] = (small[left] != small[right]) & (boxes[right, 0] < boxes[left, 2])
    a, b = boxes[left[found]], boxes[right[found]]
    widths = np.stack([a[:, 2] - a[:, 0], b[:, 2] - b[:, 0]])
    shared = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    apart = np.maximum(a[:, 1], b[:, 1]) - np.minimum(a[:, 3], b[:, 3])
    own = np.maximum(a[:, 3] - a[:, 1], b[:, 3] - b[:, 1])
    together = np.maximum(a[:, 3], b[:, 3]) - np.minimum(a[:, 1], b[:, 1])
    fit = (shared >= STACKED_SHARE * widths.min(axis=0)) & (widths.min(axis=0) >= STACKED_WIDTH * usual)
    fit &= (apart >= 0) & (apart <= STACKED_GAP * usual) & (own <= WITHOUT_PART * usual)
    fit &= (together >= WITH_PART[0] * usual) & (together <= WITH_PART[1] * usual)
    found[found] = fit
    return found


def _by_lines(
    boxes: NDArray[np.int32], small: NDArray[np.bool_], group: list[int], usual: float
) -> tuple[list[list[int]], list[Chain]]:
    """A group parted into its lines, where something touches two and has made one of them: a digit grown together
    with one below it or with a piece of a rule. What bridges lines is of neither and comes as a chain of its own.
    usual: px of full glyphs on the page."""
    own = boxes[group].astype(np.int64)
    full = ~small[group]
    if full.sum() < LEAST_BRIDGED:
        return [group], []
    heights, middles = own[:, 3] - own[:, 1], (own[:, 1] + own[:, 3]) / 2
    least, most = (share * float(np.median(heights[full])) for share in STACKED_HEIGHTS)
    glyphs = np.flatnonzero(full & (heights >= least) & (heights <= most))
    line_of = np.full(len(group), -1)
    line_of[glyphs] = _levels(own[glyphs])
    if not _stacked(own[glyphs]) and not _are_bridged(own, heights > most, line_of, usual):
        return [group], []
    bridges: list[Chain] = []
    for n in np.flatnonzero(line_of < 0).tolist():
        left, top, right, bottom = own[n].tolist()
        across = np.maximum(0, np.maximum(own[glyphs, 0] - right, left - own[glyphs, 2]))
        shared = np.minimum(own[glyphs, 3], bottom) - np.maximum(own[glyphs, 1], top)
        beside = glyphs[(across <= heights[n]) & (shared >= OVERLAP_SHARE * heights[glyphs])]
        touched = [own[beside[line_of[beside] == line]] for line in np.unique(line_of[beside])]
        if heights[n] > most and len(touched) > 1:
            touched.sort(key=lambda of: float(of[:, 1].mean()))
            rows = [round((a[:, 3].mean() + b[:, 1].mean()) / 2) for a, b in pairwise(touched)]
            bridges.append(Chain((group[n],), Box(left, top, right, bottom), parted_at=tuple(rows)))
            continue
        off = np.maximum(0, np.maximum(own[glyphs, 1] - middles[n], middles[n] - own[glyphs, 3]))
        near = int(np.argmin(across + 4 * off))
        on_it = off[near] <= HANG_SHARE * heights[glyphs[near]]
        line_of[n] = line_of[glyphs[near]] if on_it else line_of.max() + 1
    return [[group[n] for n in np.flatnonzero(line_of == line)] for line in range(line_of.max() + 1)], bridges


def _levels(boxes: NDArray[np.int64]) -> NDArray[np.intp]:
    """The line of each glyph, (N, 4) px from left to right: that of the last one on its level, or a new one."""
    last: list[tuple[int, int]] = []
    lines = np.zeros(len(boxes), np.intp)
    for n, (top, bottom) in enumerate(boxes[:, [1, 3]].tolist()):
        shared = [
            (min(bottom, low) - max(top, high)) / min(bottom - top, low - high) for high, low in last
        ] or [0.0]
        best = int(np.argmax(shared))
        if shared[best] < OVERLAP_SHARE:
            best = len(last)
            last.append((top, bottom))
        last[best] = (top, bottom)
        lines[n] = best
    return lines


def _are_bridged(
    boxes: NDArray[np.int64], tall: NDArray[np.bool_], line_of: NDArray[np.intp], usual: float
) -> bool:
    """Whether two lines, one wholly below the other, have a glyph each that is as high as usual, and one of the tall ones of
    these boxes, (N, 4) px, is as high as both: the lines may have no glyphs one above the other. line_of: (N,), -1 for none."""
    heights = boxes[:, 3] - boxes[:, 1]
    whole = (line_of >= 0) & (heights >= BRIDGED_HEIGHTS * usual)
    for _, top, _, bottom in boxes[tall].tolist():
        within = whole & (np.minimum(boxes[:, 3], bottom) - np.maximum(boxes[:, 1], top) >= heights / 2)
        lines = [boxes[within & (line_of == line)] for line in np.unique(line_of[within])]
        lines.sort(key=lambda of: float(of[:, 1].mean()))
        if any(b[:, 1].min() >= a[:, 3].max() - STACKED_INTO * usual for a, b in pairwise(lines)):
            return True
    return False


def _stacked(boxes: NDArray[np.int64]) -> bool:
    """Whether one of the boxes, (N, 4) px from left to right, stands below another."""
    for n, (left, top, right, bottom) in enumerate(boxes.tolist()):
        others = boxes[n + 1 : n + 1 + int(np.searchsorted(boxes[n + 1 :, 0], right))]
        shared = np.minimum(others[:, 2], right) - np.maximum(others[:, 0], left)
        narrower = np.minimum(others[:, 2] - others[:, 0], right - left)
        into = STACKED_INTO * np.minimum(others[:, 3] - others[:, 1], bottom - top)
        apart = (others[:, 1] >= bottom - into) | (others[:, 3] <= top + into)
        if (apart & (shared >= STACKED_SHARE * narrower)).any():
            return True
    return False


def following(
    lefts: NDArray[np.int64], stops: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each of `lefts` with all that follow it up to its stop: indices (P,) and (P,)."""
    counts = np.maximum(stops[lefts] - lefts - 1, 0)
    left = np.repeat(lefts, counts)
    offsets = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return left, left + 1 + offsets


def _on_one_line(
    boxes: NDArray[np.int64],
    heights: NDArray[np.int64],
    small: NDArray[np.bool_],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    far: float,
) -> NDArray[np.bool_]:
    """(P,) bool: whether the pair may stand side by side in one word. left, right: (P,) indices."""
    a, b = boxes[left], boxes[right]
    lower = np.minimum(heights[left], heights[right])
    taller = np.maximum(heights[left], heights[right])
    shared = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    # a comma hangs below its line, but a speck between two lines is on neither
    mark, upon = np.where(small[right, None], b, a), np.where(small[right, None], a, b)
    centres = (mark[:, 1] + mark[:, 3]) / 2
    # a point comes after the digit that it stands above
    raised = np.where(small[right], RAISED_SHARE, 0.0) * taller
    beside = (centres >= upon[:, 1] - raised) & (centres <= upon[:, 3] + HANG_SHARE * taller)
    both_full = ~small[left] & ~small[right]
    tall = np.where((heights[right] >= heights[left])[:, None], b, a)
    thin = tall[:, 2] - tall[:, 0] < THIN_SHARE * taller
    alike = lower >= np.where(thin, THIN_HEIGHT_RATIO, LEAST_HEIGHT_RATIO) * taller
    near = b[:, 0] - a[:, 2] <= far * taller
    level = np.where(both_full, (shared >= OVERLAP_SHARE * lower) & alike, beside)
    return np.asarray(near & level, bool)


def _nearest(
    boxes: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64], small: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each left one's pairs, from the nearest on, those up to the first full glyph, and the marks that begin above
    or below it, such as the bar of a broken 5: indices (Q,) and (Q,).

    left: (P,), equal ones side by side.
    """
    full = ~small[right]
    full_before: NDArray[np.int64] = np.cumsum(full) - full
    full_before -= full_before[np.searchsorted(left, left)]  # from the first pair of the same left one on
    ends = np.full(len(boxes), -1)
    firsts = np.flatnonzero(full & (full_before == 0))
    ends[left[firsts]] = boxes[right[firsts], 2]
    near = np.flatnonzero((full_before == 0) | (~full & (full_before == 1) & (boxes[right, 0] < ends[left])))
    return left[near], right[near]


def _walled(walls: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(Q,) bool: whether an upright rule stands between two components. walls: (W, 4); left, right: (Q, 4) px."""
    low, high = (left[:, 0] + left[:, 2]) / 2, (right[:, 0] + right[:, 2]) / 2
    centre = (np.maximum(left[:, 1], right[:, 1]) + np.minimum(left[:, 3], right[:, 3])) / 2
    walled = np.zeros(len(left), bool)
    middles = (walls[:, 0] + walls[:, 2]) / 2
    near = (middles > low.min(initial=np.inf)) & (middles < high.max(initial=-np.inf))
    for middle, (_, top, _, bottom) in zip(middles[near].tolist(), walls[near].tolist(), strict=True):
        walled |= (low < middle) & (middle < high) & (top <= centre) & (centre <= bottom)
    return walled


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _join(parent: list[int], i: int, j: int) -> None:
    a, b = _root(parent, i), _root(parent, j)
    if a != b:
        parent[max(a, b)] = min(a, b)


def _cut_at_print(boxes: NDArray[np.int32], small: NDArray[np.bool_], group: list[int]) -> list[list[int]]:
    """A chain parted where several small marks stand side by side between or beside full glyphs, as the letters of print do
    that is much smaller than the writing, or the dots of a leader: no point or dash is of so many."""
    marks = small[group]
    if np.count_nonzero(marks) < PRINT_MARKS - 1 or marks.all():
        return [group]
    own = boxes[group].tolist()
    height = float(np.median((boxes[group, 3] - boxes[group, 1])[~marks]))
    lone = _lone_marks(own, marks.tolist())
    parts: list[list[int]] = []
    start = n = 0
    while n < len(group):
        stop = n
        while stop < len(group) and lone[stop] and (stop == n or own[stop][0] >= own[stop - 1][2] - 1):
            stop += 1
        if _is_print(own[n:stop], height):
            parts += [group[start:n], group[n:stop]]
            start = stop
        n = max(stop, n + 1)
    return [part for part in (*parts, group[start:]) if part]


def _is_print(marks: list[list[int]], height: float) -> bool:
    """Whether small marks side by side are print or a leader, and no pieces of digits. height: px of the full glyphs."""
    if len(marks) < PRINT_MARKS - 1 or marks[-1][2] - marks[0][0] < PRINT_WIDTH * height:
        return False
    feet = [bottom for _, _, _, bottom in marks]
    high = median(bottom - top for _, top, _, bottom in marks)
    return len(marks) >= PRINT_MARKS or max(feet) - min(feet) <= PRINT_LEVEL * high


def _cut_at_wide_gaps(
    boxes: list[list[int]], small: list[bool], specks: NDArray[np.int32], group: list[int]
) -> list[list[int]]:
    """A chain parted where a gap is wide for it, or where writing of another height begins behind a gap."""
    if len(group) == 1:
        return [group]
    words = []
    for part in _cut_by_height(boxes, small, group):
        own, marks = [boxes[n] for n in part], [small[n] for n in part]
        gaps, height = _gaps_in_heights(own, marks)
        limit = gap_limit(gaps)
        dotted = _dotted(own, marks, specks, [n for n, gap in enumerate(gaps) if gap > limit], height)
        if dotted:
            gaps = [0.0 if n in dotted else gap for n, gap in enumerate(gaps)]
            limit = gap_limit(gaps)
        words += _parted_before(part, [n + 1 for n, gap in enumerate(gaps) if gap > limit])
    return words


def _dotted(
    own: list[list[int]], marks: list[bool], specks: NDArray[np.int32], wide: list[int], height: float
) -> set[int]:
    """Which of a chain's wide gaps, by the boxes before them, a mark closes: the point, comma or colon of its number."""
    if not wide or not (len(specks) or any(marks)):
        return set()
    near = {
        n
        for n in wide
        if not marks[n] and not marks[n + 1]
        if own[n + 1][0] - own[n][2] <= SPECK_REACH * height and has_point(own[n], own[n + 1], specks, height)
    }
    near |= closed_by_colons(own, marks, specks, wide, height)
    return near | set(marked_slots(own, marks, specks, wide, height))


def marked_slots(
    own: list[list[int]], marks: list[bool], specks: NDArray[np.int32], wide: list[int], height: float
) -> list[int]:
    """Which of a chain's wide gaps, by the boxes before them, are in the room for one glyph of a type all of whose glyphs are as
    wide, which holds the point, comma or apostrophe before a group of digits or its decimals: a speck, or one of the marks."""
    pitch = _pitch([box for box, mark in zip(own, marks, strict=True) if not mark])
    found = []
    for n in wide:
        before, behind = n - marks[n], n + 1 + marks[n + 1]
        if before < 0 or behind - before > 2 or behind >= len(own) or marks[before] or marks[behind]:
            continue
        if not _is_slot(own[before], own[behind], pitch):
            continue  # nearly all
        end = next((m for m in wide if m >= behind), len(own) - 1)
        until = next((m for m in range(behind, end + 1) if marks[m]), end + 1)  # the point behind them
        digits = sum(
            bottom - top <= HIGHEST_DIGIT * height for _, top, _, bottom in own[behind:until]
        )  # no bracket
        within = own[before + 1 : behind]
        seen = np.concatenate([specks, np.array(within, np.int32)]) if within else specks
        is_group = digits == GROUP or (until > end and digits <= GROUP)  # before a point, whole thousands
        if is_group and _has_mark(own[before], own[behind], seen, height):
            found.append(n)
    return found


def _parted_before(group: list[int], starts: list[int]) -> list[list[int]]:
    """A chain in parts, a new one from each place on."""
    return [group[start:stop] for start, stop in pairwise([0, *starts, len(group)])]


def _cut_by_height(boxes: list[list[int]], small: list[bool], group: list[int]) -> list[list[int]]:
    """A chain parted where a gap lies between low glyphs and higher ones, as between a label and a number by hand; whole where
    that is so more than once, as in running text."""
    own, marks = [boxes[n] for n in group], [small[n] for n in group]
    heights = [bottom - top for _, top, _, bottom in own]
    full = [high for high, mark in zip(heights, marks, strict=True) if not mark] or [0]
    if max(full) <= LARGER_BESIDE * min(full):
        return [group]  # nearly all of them: what follows takes ten times as long
    before = _last_heights(heights, marks)
    after = _last_heights(heights[::-1], marks[::-1])[::-1]
    gaps, height = _gaps_in_heights(own, marks)
    starts = []
    for n, gap in enumerate(gaps):
        low, high = sorted((before[n], after[n + 1]))
        if high > LARGER_BESIDE * low > 0 and gap * height >= LEAST_WORD_GAP * high:
            starts.append(n + 1)
    return _parted_before(group, starts if len(starts) == 1 else [])


def _gaps_in_heights(boxes: list[list[int]], small: list[bool]) -> tuple[list[float], float]:
    """The gaps of a chain in heights of its full glyphs, and that height, px."""
    heights = [bottom - top for _, top, _, bottom in boxes]
    height = float(median([h for h, mark in zip(heights, small, strict=True) if not mark] or heights))
    gaps = [gap / height for gap in _gaps(boxes, small)]
    # a point belongs to both its neighbours, and tells nothing of other gaps
    for n in points_amid(boxes, small, height):
        gaps[n - 1] = gaps[n] = 0.0
    return gaps, height


def has_point(left: Sequence[int], right: Sequence[int], specks: NDArray[np.int32], height: float) -> bool:
    """Whether one of the specks, (S, 4) px, and no other near it, stands between two digits at their feet."""
    around = SPECK_AROUND * height
    foot = (left[3] + right[3]) / 2
    near = (specks[:, 0] >= left[2] - around) & (specks[:, 2] <= right[0] + around)
    near &= (specks[:, 1] >= min(left[1], right[1]) - around) & (specks[:, 3] <= foot + around)
    if np.count_nonzero(near) != 1:
        return False
    begin, top, end, bottom = specks[near][0].tolist()
    low = bottom - top <= POINT_HEIGHTS * height
    # old-style figures stand lower than others: the line may be that of either
    at_foot = any(
        (low and abs(bottom - line) <= SPECK_FOOT * height)
        or line - COMMA_RISE * height <= top <= line < bottom
        for line in (foot, left[3], right[3])
    )
    return at_foot and _nearly_amid(left, right, begin - left[2], right[0] - end, height)


def _has_mark(left: list[int], right: list[int], specks: NDArray[np.int32], height: float) -> bool:
    """Whether one of the specks, (S, 4) px, and no other, stands in the slot between two digits of a fixed pitch, as a point or
    comma at their feet or as an apostrophe at their heads."""
    foot, head = (left[3] + right[3]) / 2, (left[1] + right[1]) / 2
    within = (specks[:, 0] >= left[2]) & (specks[:, 2] <= right[0])
    within &= (specks[:, 3] > head - SPECK_AROUND * height) & (specks[:, 1] < foot + SPECK_AROUND * height)
    if np.count_nonzero(within) != 1:
        return False
    begin, top, end, bottom = specks[within][0].tolist()
    at_foot = foot - COMMA_RISE * height <= (top + bottom) / 2 and top <= foot
    at_head = (top + bottom) / 2 <= head + COMMA_RISE * height and bottom >= head
    place = ((begin + end) / 2 - left[2]) / (right[0] - left[2])
    return bool((at_foot or at_head) and SLOT_AMID[0] <= place <= SLOT_AMID[1])


def _pitch(boxes: list[list[int]]) -> float:
    """px from the middle of one glyph to that of the next, of a type in which all are as wide; 0 if that is not so."""
    own = steps(boxes)
    near = [step for step in own if step <= ONE_SLOT * min(own)]
    if len(near) < FEWEST_STEPS:
        return 0.0
    pitch = median(near)
    return pitch if max(near) - min(near) <= PITCH_STRAY * pitch else 0.0


def steps(boxes: Sequence[Sequence[int]]) -> list[float]:
    """px from the middle of each of (N, 4) px boxes to that of the next."""
    middles = [(box[0] + box[2]) / 2 for box in boxes]
    return [after - before for before, after in pairwise(middles)]


def _is_slot(left: list[int], right: list[int], pitch: float) -> bool:
    """Whether there is room for just one glyph between two of such a type."""
    (step,) = steps([left, right])
    return abs(step - 2 * pitch) <= PITCH_STRAY * pitch


def _nearly_amid(
    left: Sequence[int], right: Sequence[int], before: float, after: float, height: float
) -> bool:
    """Whether a point so many px behind one digit and before another stands about in the middle, if a 1 is given the room
    that print gives it; behind the point of a sentence or a list there is a space."""
    slots = [
        max(0.0, (SLOT * height - (digit[2] - digit[0])) / 2)
        if digit[2] - digit[0] < ONE_WIDTH * height
        else 0.0
        for digit in (left, right)
    ]
    return min(before, after) >= 0 and abs(before - slots[0] - after + slots[1]) <= POINT_STRAY * height


def _last_heights(heights: list[int], small: list[bool]) -> list[float]:
    """Of each box the median height of the last few full glyphs up to it, 0 where there are none."""
    last: list[int] = []
    found = []
    for high, mark in zip(heights, small, strict=True):
        last = last if mark else [*last[-2:], high]
        found.append(float(median(last or [0])))
    return found


def points_amid(boxes: list[list[int]], small: list[bool], height: float) -> list[int]:
    """The lone small marks that stand amid two digits, as the point of a number written wide does.

    The point after a list's number stands close to it, and of leaders there are more than one.
    """
    found = []
    for n in range(1, len(boxes) - 1):
        if not small[n]:
            continue
        one, other = _digit_beside(boxes, small, n, -1), _digit_beside(boxes, small, n, 1)
        if one is None or other is None:
            continue
        left, top, right, bottom = boxes[n]
        before = left - max(box[2] for box in boxes[one:n])
        after = min(box[0] for box in boxes[n + 1 : other + 1]) - right
        # the pieces of broken digits, or a label, which the line's height may be of, are lower than the digits around the point
        tall = max(height, _height(boxes[one:n]), _height(boxes[n + 1 : other + 1]))
        comma = bottom > boxes[one][3] and right - left <= COMMA_SIZE[0] * tall
        comma = comma and bottom - top <= COMMA_SIZE[1] * tall
        low = comma or max(right - left, bottom - top) <= POINT_HEIGHTS * tall
        amid = min(before, after) >= max(0, POINT_EVEN * max(before, after))
        wide = before + right - left + after
        if (top + bottom) / 2 >= boxes[other][3] - LEADING_LOW * tall:
            # nobody sets a point close to what does not belong to it
            amid |= 0 <= after < before and wide <= LEADING_REACH * tall
            amid |= _nearly_amid(boxes[one], boxes[other], before, after, tall)
        inside = _is_beside(top if comma else (top + bottom) / 2, boxes[one], boxes[other])
        if low and amid and inside and wide <= POINT_REACH * tall:
            found.append(n)
    return found


def _digit_beside(boxes: list[list[int]], small: list[bool], n: int, step: int) -> int | None:
    """The next full glyph before (step -1) or after (1) box n; only a mark that is a part of it may stand between."""
    beside = n + step
    if not small[beside]:
        return beside
    further = beside + step
    if not 0 <= further < len(boxes) or small[further]:
        return None
    return further if _is_part(boxes[beside], boxes[further]) else None


def _is_part(mark: Sequence[int], digit: Sequence[int]) -> bool:
    """Whether a mark stands above or below a digit, as the bar of a broken 5 does."""
    return min(mark[2], digit[2]) - max(mark[0], digit[0]) >= PART_SHARE * (mark[2] - mark[0])


def _lone_marks(boxes: Sequence[Sequence[int]], small: Sequence[bool]) -> list[bool]:
    """Which of the boxes, left to right, are marks that are no part of the next full glyph before or after them."""
    lone = list(small)
    for order in (range(len(boxes)), range(len(boxes) - 1, -1, -1)):
        digit: Sequence[int] | None = None
        for n in order:
            if not small[n]:
                digit = boxes[n]
            elif digit is not None and _is_part(boxes[n], digit):
                lone[n] = False
    return lone


def _height(boxes: Sequence[Sequence[int]]) -> int:
    return max(bottom for _, _, _, bottom in boxes) - min(top for _, top, _, _ in boxes)


def _is_beside(row: float, *digits: Sequence[int]) -> bool:
    """Whether a px row is where a point stands between two digits: some write it raised, none above both."""
    highest = min(top for _, top, _, _ in digits)
    lowest = min(bottom + HANG_SHARE * (bottom - top) for _, top, _, bottom in digits)
    return highest <= row <= lowest


def _gaps(boxes: list[list[int]], small: list[bool]) -> list[float]:
    """px between each box and all that stand before it, those beside a mark for more; never below 0."""
    marks = _lone_marks(boxes, small)
    gaps, right = [], boxes[0][2]
    for n in range(1, len(boxes)):
        gap = float(max(0, boxes[n][0] - right))
        gaps.append(gap * MARK_GAP if marks[n] or marks[n - 1] else gap)
        right = max(right, boxes[n][2])
    return gaps


def gap_limit(gaps: list[float]) -> float:
    """The widest gap within a word, in heights, for a line whose gaps (in heights) are given.

    Gaps are parted into two kinds, within words and between words, where that tells them apart best (Otsu 1979,
    on logarithms); where the kinds differ by less than GAP_JUMP, only the reach of a hand parts words.
    """
    wide = np.sort(np.maximum(np.array(gaps, float), CLOSE_HEIGHTS))
    logs = np.log(wide)
    best, limit = 0.0, REACH_HEIGHTS
    for split in range(1, len(wide)):
        if wide[split] < LEAST_WORD_GAP:
            continue
        apart = logs[split:].mean() - logs[:split].mean()
        variance = apart * apart * split * (len(wide) - split)
        if apart >= np.log(GAP_JUMP) and variance > best:
            best, limit = variance, float(np.sqrt(wide[split - 1] * wide[split]))
    return limit


def order_lines(boxes: list[Box], climb: float = 0.0) -> list[tuple[int, int]]:
    """1-based (line, word) of each box, in reading order.

    climb: px that the lines fall per px to the right (the page's skew), 0 on a level page.
    """
    lines: list[list[int]] = []
    spans: list[tuple[float, float]] = []

    def span(box: Box) -> tuple[float, float]:
        drift = climb * (box.left + box.right) / 2
        return box.top - drift, box.bottom - drift

    for index in sorted(range(len(boxes)), key=lambda i: sum(span(boxes[i]))):
        top, bottom = span(boxes[index])
        for number in range(len(lines) - 1, max(-1, len(lines) - 6), -1):
            line_top, line_bottom = spans[number]
            shared = min(bottom, line_bottom) - max(top, line_top)
            if shared >= LINE_OVERLAP_SHARE * min(bottom - top, line_bottom - line_top):
                size = len(lines[number])
                lines[number].append(index)
                spans[number] = (
                    (line_top * size + top) / (size + 1),
                    (line_bottom * size + bottom) / (size + 1),
                )
                break
        else:
            lines.append([index])
            spans.append((top, bottom))
    places = [(0, 0)] * len(boxes)
    for number, line in enumerate(sorted(lines, key=lambda members: spans[lines.index(members)]), 1):
        for word, index in enumerate(sorted(line, key=lambda i: boxes[i].left), 1):
            places[index] = (number, word)
    return places
