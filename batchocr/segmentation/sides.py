"""The sides of boxes, taken away from what is written over them.

Along a side its depth is nearly everywhere the same, across it always. Where the writing is deeper than the sides, what is deeper than
that is written there, as deep as it is more, for of two inks on paper the darker is seen. Where it is not, a side gives way to
what is on either side of it, so that strokes that cross it go on; and ink that is thicker across than the side alone is of a stroke
along it. Leaves out: strokes that lie in a side and are no wider, and the lines below open cells, which are told by their shape alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink
from batchocr.imaging.strokes import RAGGED, SLACK
from batchocr.segmentation.between import Cells, line_px

INKED = 0.5  # of a cell's side that has ink, if it is dark enough to be
FEWEST_PX = 200  # of ink in cells, and of their sides: with less these are not compared
MUCH_DEEPER, DEEP_PERCENTILE = 1.2, 75  # times as deep as the sides is the deepest quarter of the writing,
LEAST_DEEPER = 20.0  # and by so many grey levels, where depths tell
REACH = 2  # times as far beside its middle a side may be as `line_px` tells
PART = 0.4  # of the writing's depth is where ink begins
MOST_OF_WRITING = 0.85  # of the writing's depth is what is taken for a side's
LEAST_SIDE = 15.0  # grey levels that a side is deep,
EDGE = 0.2  # of whose depth its edge has,
CLEAR = 0.3  # and so much of its length is clear of strokes along it

Depths = NDArray[np.float32]  # (h, w): grey levels by which a part of a page is deeper than its paper


class Sides(Enum):
    """Which sides cells have in the ink."""

    ALL = auto()
    BELOW = auto()
    NONE = auto()


class _Side(NamedTuple):
    """A side of a cell: whether it is upright, the rows it takes, or columns where it is level, the first of the columns, or rows, around
    it, and how deep each of these is along it where nothing else is, and which of them is deepest."""

    upright: bool
    along: tuple[int, int]
    first: int
    profile: Depths
    peak: int

    def rows(self, beyond: int) -> slice:
        """The rows, or columns, that it takes, and so many px at either end."""
        return slice(max(0, self.along[0] - beyond), self.along[1] + beyond)


class _Part(NamedTuple):
    """The part of a page around a comb: where it is, the grey of its paper, the comb's cells there, where their sides may be, (h, w) bool,
    and their insides."""

    place: tuple[slice, slice]
    paper: float
    cells: Cells
    bands: Ink
    inside: Ink


class Bare(NamedTuple):
    """A page, (H, W) uint8, and its ink, bool, and which sides of its cells are left in these."""

    page: Grey
    ink: Ink
    sides: Sides


def without_sides(grey: Grey, ink: Ink, combs: Sequence[Cells]) -> Bare:
    """A page and its ink without the sides of its cells; these themselves where too little is written there."""
    parts = [_part(grey, ink, comb) for comb in combs]
    lighter = [grey[part.place].astype(np.float32) - np.float32(part.paper) for part in parts]
    inked = [depths[part.inside & ink[part.place]] for depths, part in zip(lighter, parts, strict=True)]
    written = np.concatenate([np.zeros(0, np.float32), *inked])
    if written.size < FEWEST_PX:
        return Bare(grey, ink, Sides.ALL)
    way = np.float32(1 if np.median(written) > 0 else -1)
    every = [list(_sides(way * depths, part.cells)) for depths, part in zip(lighter, parts, strict=True)]
    peaks = [float(side.profile[side.peak]) for sides in every for side in sides]
    seen = [peak for peak in peaks if peak >= LEAST_SIDE]
    if not seen:
        return Bare(grey, ink, Sides.ALL)
    deepest = np.float32(np.percentile(way * written, DEEP_PERCENTILE))
    of_sides = float(np.median(seen))
    plain, bare = grey.copy(), ink.copy()
    for part, sides, light in zip(parts, every, lighter, strict=True):
        depths = way * light
        if deepest >= max(MUCH_DEEPER * of_sides, of_sides + LEAST_DEEPER):
            more = _less_sides(depths, sides, deepest)
        else:
            more = _bridged(depths, sides)
            kept = ink[part.place] & ~sides_of(ink[part.place], part.cells, Sides.ALL)[0]
            more[kept] = np.maximum(more[kept], np.minimum(depths[kept], deepest))
        changed = part.bands & (more != depths)
        plain[part.place][changed] = np.clip(part.paper + way * more[changed], 0, 255)
        bare[part.place][changed] = more[changed] >= PART * deepest
    return Bare(plain, bare, Sides.NONE)


def _part(grey: Grey, ink: Ink, comb: Cells) -> _Part:
    reach = 2 * REACH * max(line_px(cell) for cell in comb.tolist())
    left, top = np.maximum(0, comb[:, :2].min(axis=0) - reach - 1).tolist()
    right, bottom = (comb[:, 2:].max(axis=0) + reach + 2).tolist()
    place = slice(top, min(ink.shape[0], bottom)), slice(left, min(ink.shape[1], right))
    cells = comb - (left, top, left, top)
    bands, inside = np.zeros((2, *ink[place].shape), bool)
    for x, y, end, foot in cells.tolist():
        reach = REACH * line_px((x, y, end, foot))
        bands[max(0, y - reach) : foot + reach + 1, max(0, x - reach) : end + reach + 1] = True
        inside[y + reach + 1 : foot - reach, x + reach + 1 : end - reach] = True
    own = grey[place]
    bare = own[inside & ~ink[place]]
    return _Part(place, float(np.median(bare if bare.size else own)), cells, bands & ~inside, inside)


def _sides(depths: Depths, cells: Cells) -> Iterator[_Side]:
    """The sides of a comb's cells, each once, the upright ones first."""
    for upright, turned, turn in ((True, depths, [0, 1, 2, 3]), (False, depths.T, [1, 0, 3, 2])):
        done: set[tuple[int, int, int]] = set()
        for left, top, right, bottom in cells[:, turn].tolist():
            reach = REACH * line_px((left, top, right, bottom) if upright else (top, left, bottom, right))
            for x in (left, right):
                if (x, top, bottom) in done:
                    continue
                done.add((x, top, bottom))
                first = max(0, x - 2 * reach)
                around = turned[top : bottom + 1, first : x + 2 * reach + 1]
                clear = round(CLEAR * (len(around) - 1))
                profile = np.partition(around, clear, axis=0)[clear]
                near = max(0, x - first - reach)
                if near >= len(profile):  # the page ends before it
                    continue
                peak = near + int(profile[near : x - first + reach + 1].argmax())
                yield _Side(upright, (top, bottom + 1), first, profile, peak)


def _less_sides(depths: Depths, sides: Sequence[_Side], deepest: np.float32) -> Depths:
    """The depths less those of the sides, as deep as on bare paper. deepest: that of the writing there."""
    taken = np.zeros_like(depths)
    for side in sides:
        of_sides = taken if side.upright else taken.T
        start, stop = _edges(side)
        place = side.rows(stop - start), slice(side.first, side.first + len(side.profile))
        of_sides[place] = np.maximum(of_sides[place], side.profile)
    taken = np.minimum(taken, np.float32(MOST_OF_WRITING) * deepest)
    return np.asarray(np.maximum(depths - taken, 0) * deepest / (deepest - taken), np.float32)


def _bridged(depths: Depths, sides: Sequence[_Side]) -> Depths:
    """The depths, those of the sides evened out between what is on either side of each."""
    bridged = depths.copy()
    for side in sides:
        changed = bridged if side.upright else bridged.T
        start, stop = _edges(side)
        if start < stop:
            share = np.arange(1, stop - start, dtype=np.float32) / np.float32(stop - start)
            rows = side.rows(stop - start)
            first, last = changed[rows, side.first + start, None], changed[rows, side.first + stop, None]
            changed[rows, side.first + start + 1 : side.first + stop] = first * (1 - share) + last * share
    return bridged


def _edges(side: _Side) -> tuple[int, int]:
    """The places of a side's profile right beside the side; twice the same where it is not seen or does not end."""
    paper = np.flatnonzero(side.profile < EDGE * side.profile[side.peak])
    before, behind = paper[paper < side.peak], paper[paper > side.peak]
    if side.profile[side.peak] < LEAST_SIDE or not before.size or not behind.size:
        return side.peak, side.peak
    return int(before[-1]), int(behind[0])


def sides_of(ink: Ink, cells: Cells, drawn: Sides) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(H, W) bool: the ink of the cells' sides, but for what crosses them, and where sides lie. Of sides too pale to be ink no
    more than pieces are: what reaches into their place is written."""
    upright, level, bands = np.zeros((3, *ink.shape), bool)
    counts = []
    for cell in cells.tolist():
        left, top, right, bottom = cell
        line = line_px(cell)
        for x in () if drawn is Sides.BELOW else (left, right):
            band = slice(max(0, x - line), x + line + 1)
            bands[max(0, top - line) : bottom + line + 1, band] = True
            across = np.count_nonzero(ink[top + line : bottom - line, band], axis=1)
            if drawn is not Sides.NONE and np.mean(across > 0) >= INKED:
                upright[max(0, top - line) : bottom + line + 1, band] = True
                counts.append(across)
        for y in (bottom,) if drawn is Sides.BELOW else (top, bottom):
            band = slice(max(0, y - line), y + line + 1)
            bands[band, max(0, left - line) : right + line + 1] = True
            across = np.count_nonzero(ink[band, left + line : right - line], axis=0)
            if drawn is not Sides.NONE and np.mean(across > 0) >= INKED:
                level[band, max(0, left - line) : right + line + 1] = True
                counts.append(across)
    if not counts:
        return np.zeros(ink.shape, bool), bands
    across = np.concatenate(counts)
    reach = round(RAGGED * float(np.median(across[across > 0]))) + SLACK + 1
    pixels = ink.view(np.uint8)
    over = cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8)) > 0
    down = cv2.morphologyEx(pixels, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8)) > 0
    return np.asarray(ink & (upright & ~over | level & ~down | upright & level), bool), bands
