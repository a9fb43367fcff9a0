"""Boxes for one digit each, found as boxes: a grey page -> combs of cells, and the numbers that are written in them.

A cell has four thin sides, however pale, worn or broken, that end at its corners, which the lines of a table do not; a
form has many cells of one size. Lines are found on a reduced page as what is darker than both sides of it; pairs of
level lines with upright ones between them tell the sizes, and then every place is tried at which a box of such a size
may stand (how much of each side is dark, by sums along rows and columns). What is written inside is the cell's digit in
one piece, broken or not, and nothing outside of it is. Leaves out: boxes of whole numbers, and tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise, product, starmap

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey, Ink
from batchocr.imaging.binarize import halved
from batchocr.imaging.labels import label, stretches
from batchocr.imaging.levels import percentiles
from batchocr.segmentation.between import LEVEL, Cells, by_signs, line_px
from batchocr.segmentation.boxes import Judge, telling
from batchocr.segmentation.crossing import without_line
from batchocr.segmentation.joined import Joint, Piece, Shared, cut_joints
from batchocr.segmentation.larger import (
    FAINT,
    LEAST_DIGIT,
    LEAST_DIGITS,
    PRINTED,
    beside,
    covering,
    digits_and_depths,
    marked,
    within_reach,
)
from batchocr.segmentation.paler import goes_to_corners
from batchocr.segmentation.segment import Atom, CandidateWord, tighten
from batchocr.segmentation.sides import Sides, sides_of

MOST_PX = 6_000_000  # px: a larger page is looked at halved; an A4 sheet at 300 dpi is
THICKEST, THICK = (7, 13), 0.16  # px of the reduced page, and heights of the writing: thicker lines are none
ALONG_PX = 5  # px along a line that are seen as one: paper's noise is smaller,
LONG_PX = 15  # but for that of pale lines
ROUGH = 3.0  # where it is so many grey levels
# grey levels that a line is darker than both its sides, by the page's noise
LEAST_DARKER, MOST_DARKER = 5.0, 20.0
NOISE_FACTOR = 4.0  # times as much darker as half the page is than the darker quarter
LEAST_OF_INK = 0.08  # of the darkest lines: what is fainter is none
GAP_PX = 7  # px that a line may be broken
LEANING = 0.02  # of its length that a level line rises or falls
# heights of the writing that a cell's side is long; rows of crossed-out cells may pass for the writing
SIDES, LOW_SIDES = (0.85, 4.5), (0.6, 1.0)
# px that cells lower than the writing are high at least: the 0s of fine print have sides like theirs
LOW_PX = 24
GUESSES = (20.0, 60.0)  # px of the writing, where nothing tells: cells 17 to 210 px high
IN_BOXES = 0.7  # of a box's height that writing in it is high
FEW_LINES = 300  # pieces of level lines: a page with more is full of text
WIDER = 3  # times as wide as a line may a stroke be that crosses it
LEVEL_LINE = 0.5  # heights of the writing that a piece of a level line is long at least
LEAST_SIDE = 2.4  # times the px that are seen as one along a line: shorter sides may be smoothed curves
ASPECTS = (0.55, 1.5)  # width / height of a cell
TWO_SIDES = 6  # px that the sides of two boxes close together take, and a thick line
CORNER_SHARE = 0.5  # of a third of a side, at a corner, that is dark
SURE_CORNERS, CORNERS = 8, 6  # of eight such thirds, where sizes are learnt, and of a cell
SIDE_SHARE = 0.7  # of an upright side that is dark, where sizes are learnt,
LEVEL_SHARE = 0.65  # and of a level one
BEYOND = 0.18  # sides above and below a cell in which its upright sides have ended
GOES_ON = 0.7  # of that, dark: the line goes on
ALIKE = 0.06  # sizes of one kind of cells differ by less
FEWEST = 6  # cells of one size
MOST_SIZES = 4
MOST_PAIRS = 20_000  # of level lines: a page with more is hatched or full of text, and is not searched on
MOST_SEEN = 1_000  # cells that sizes are learnt from
MOST_CELLS = 4_000  # of one size: more are a pattern
WHOLE_SHARE, WEAKEST_SHARE = 0.72, 0.4  # of a cell's outline, and of its weakest side, that are dark
# of the outline of half the cells of one size that is dark: what text happens to hold has less
CLEAR_SHARE = 0.9
MORE = 1.15  # times as much covered as by the size that most whole cells have
FREE_ASPECT = 0.75  # width / height of boxes that stand free, at least: glyphs of print are narrower
HIDDEN_SHARE = 0.85  # of each side that is dark, whatever is written over it
SEEN_SHARE = 0.6  # of all four that are thin lines
MOST_HIDDEN = 8  # cells beside a comb's end
OWN_SIDE = 0.2  # widths of a cell within it that its own side may be, where the next box's was taken for it
PEAK = 0.6  # of the darkest of two lines close together is the paler one
SHARED = 0.3  # of the smaller one's side that two cells may share
STRAY = 2  # px that the side of a cell strays
NEXT = 0.55  # widths of a cell between it and the next one of its comb, at most
OUTSIDE = 0.15  # of a cell's height beyond it that its sides may take
BESIDE_SIDE = 4  # px beside a cell's side that its line may take
OWN_SHARE = 0.75  # of the sides of cells that no table's rules are, dark: in the middle
RULE_SHARE = 0.9  # of the way past a cell that is dark, if a rule runs there
APART_SHARE = 0.9  # of all combs are of one cell, where boxes hold a number each
LEAST_WRITTEN = 0.3  # of a cell's height: lower ink is no digit
FILLED = 0.93  # of their cells' height: where half of them hold more, more of it must be digits,
OVERFILLED = 1.4  # up to so much
MOST_ALONE = 0.4  # of all combs are of one cell that does not stand free: with more these are a table's, or pieces of letters
CROSSED = 0.8  # of a cell's width and of its height that a cross takes
MOST_CROSS = 0.05  # probability that it is a digit: a looped one may have ink there too
HAIR = 0.5  # times as wide as the pen's strokes is at most what is left of a rule in a ledger's column
FEWEST_DIGITS = 4  # cells with one,
GUIDES_SHARE = 0.2  # of all cells: with so many printed ones the form has guides in its cells
LOW_CELLS = 1.1  # writing heights: cells that are no higher may be the sides of letters,
LOW_ALONE = 0.5  # if so many stand by themselves,
LOW_SHARE = 0.6  # and are boxes if so many have a digit
DIGITS_SHARE, SURE_SHARE = 0.5, 0.75  # and of those with any ink but a cross
# of the numbers in boxes that were known before: if more of them do not lie in cells, these are not the boxes
MOST_AGAINST = 0.25
LOWER = 0.5  # times as high is other writing than what is in the cells
ROWS_HIGH = 1.6  # times as high as the digits of a table's columns is what takes more than a row
OF_SIDES = 0.8  # of a piece of ink that lies where sides do: it is of these
OVER = 0.35  # of a cell's height that writing may reach beyond the comb
LEVEL_INK = 0.5  # of a piece of ink that lies in the comb's rows, and in its columns, if it is written there
BEYOND_OPEN = 0.3  # or so much in the columns of places that have no sides
BEYOND_REACH, BEYOND_HIGH = 0.5, 0.7  # heights from a number to a glyph beside it, and that this is high,
BEYOND_WIDE = 0.45  # and times its own height that it is wide
MOSTLY = 0.75  # of it in one cell: it is all of that
PARTLY = 0.15  # of it in a cell that has a part of it
SPECK = 0.12  # of a cell's height: smaller ink is none

NO_CELLS: Cells = np.zeros((0, 4), np.int64)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the thin lines of a page are: (H, W) 0 or 1, those up and down, and those from side to side."""

    upright: NDArray[np.uint8]
    level: NDArray[np.uint8]


def find_combs(grey: Grey, height: float, *, noise: float = 0.0) -> list[Cells]:
    """The combs of an (H, W) uint8 page, or of boxes side by side, each (N, 4) px from left to right.

    height: px of the writing, about. noise: standard deviation of the paper's, grey levels.
    """
    halvings = 0
    while grey.size > MOST_PX:
        grey, height, halvings = halved(grey), height / 2, halvings + 1
    thickest = _thickest(height)
    lines, sizes, is_any = _lines_and_sizes(grey, height, thickest, ALONG_PX)
    if not sizes and is_any and noise >= ROUGH:
        lines, sizes, _ = _lines_and_sizes(grey, height, thickest, LONG_PX)
    if not sizes:
        return []
    crossed = _crossed(grey, lines, thickest)
    cells = _with_hidden(lines, crossed, _parted_cells(lines, crossed, sizes))
    cells = _at_own_sides(grey, lines, cells)
    combs = [part for comb in _combs(cells) for part in _parted_at_rules(lines, comb)]
    alone = sum(len(comb) == 1 and not _stands_free(lines, *comb[0].tolist()) for comb in combs)
    if alone > MOST_ALONE * len(combs) or _are_strokes(lines, combs):
        return []
    return [comb << halvings for comb in combs]


def _are_strokes(lines: Lines, combs: Sequence[Cells]) -> bool:
    """Whether what parts the cells of combs are strokes of digits in a table, as of one in the middle of the table's cells: they end
    short of these, as the sides of boxes do not. Lines that go on above and below the cells are the table's."""
    cells = np.concatenate([NO_CELLS, *combs])
    shares = [share for cell in cells.tolist() for share in _own_sides(lines, *cell)]
    return bool(shares) and float(np.median(shares)) < OWN_SHARE


def _own_sides(lines: Lines, left: int, top: int, right: int, bottom: int) -> Iterator[float]:
    """The share that is dark of each upright side of a cell that does not go on above and below it."""
    beyond, above, below = max(3, round(BEYOND * (bottom - top))), max(0, top - STRAY - 1), bottom + STRAY + 1
    for x in (left, right):
        near = lines.upright[:, max(0, x - STRAY) : x + STRAY + 1]
        ends = near[max(0, above - beyond) : above], near[below : below + beyond]
        if not all(end.size and end.max(axis=1).mean() > GOES_ON for end in ends):
            yield float(near[top:bottom].max(axis=1).mean())


def level_map(grey: Grey, height: float) -> NDArray[np.uint8]:
    """(H, W) 0 or 1: where a thin level line runs on an (H, W) uint8 page, faint ones too. height: px of the writing."""
    return _line_map(grey, _thickest(height), ALONG_PX, upright=False)


def _thickest(height: float) -> int:
    """px, odd, that a line is thick at most. height: px of the writing."""
    return min(THICKEST[1], max(THICKEST[0], 2 * round(THICK * height / 2) + 1))


def _lines_and_sizes(
    grey: Grey, height: float, thickest: int, along: int
) -> tuple[Lines, list[tuple[int, int]], bool]:
    """The thin lines of a page, widths and heights in px that many cells have, and whether there is a whole cell of any size.
    along: px along a line that are seen as one."""
    lines = Lines(*(_line_map(grey, thickest, along, upright=upright) for upright in (True, False)))
    level = _level_lines(lines.level, thickest, max(8, round(LEVEL_LINE * height)))
    # where digits fill their boxes, these pass for the writing and are hardly higher than it
    few, is_any = len(level[0]) <= FEW_LINES, False
    for (shortest, longest), least in ((SIDES, LEAST_SIDE * along), (LOW_SIDES, LOW_PX))[: 2 if few else 1]:
        cells = _sure_cells(lines, level, max(least, shortest * height), longest * height)
        is_any |= len(cells) > 0
        if sizes := _sizes(lines, cells):
            return lines, sizes, True
    return lines, [], is_any


def height_by_boxes(grey: Grey) -> float:
    """px of the writing on an (H, W) uint8 page, by its boxes for one digit each; 0 where it has none."""
    for height in GUESSES:
        combs = find_combs(grey, height)
        if combs:
            return IN_BOXES * float(np.median(np.concatenate([comb[:, 3] - comb[:, 1] for comb in combs])))
    return 0.0


def _line_map(grey: Grey, thickest: int, along_px: int, *, upright: bool) -> NDArray[np.uint8]:
    """(H, W) 0 or 1: where a thin line runs, up and down or from side to side, a pixel wider than it is. thickest: px, odd. along_px: px along
    it that are seen as one."""
    along, across = ((1, along_px), (thickest, 1)) if upright else ((along_px, 1), (1, thickest))
    smooth = cv2.blur(grey, along)
    closed = cv2.morphologyEx(
        smooth, cv2.MORPH_CLOSE, np.ones(across[::-1], np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    found = _dark(np.asarray(cv2.subtract(closed, smooth), np.uint8))
    return np.asarray(cv2.dilate(found, np.ones((1, 3) if upright else (3, 1), np.uint8)), np.uint8)


def _dark(darker: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) 0 or 1: what is so many grey levels darker than what is beside it that noise hardly is."""
    middle, upper, most = percentiles(darker[::3, ::3], 50, 75, 99.5)
    least = min(max(LEAST_DARKER, middle + NOISE_FACTOR * (upper - middle)), MOST_DARKER)
    return (darker >= max(least, LEAST_OF_INK * most)).view(np.uint8)


def _crossed(grey: Grey, lines: Lines, thickest: int) -> Lines:
    """The lines, and what is as dark though it is wider: strokes that cross them."""
    side = WIDER * thickest
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    dark = _dark(np.asarray(cv2.subtract(closed, grey), np.uint8))
    return Lines(lines.upright | dark, lines.level | dark)


def _sure_cells(lines: Lines, level: tuple[NDArray[np.int64], ...], shortest: float, longest: float) -> Cells:
    """Cells with four whole sides, some of them more than once: what sizes are learnt from. level: as from `_level_lines`.
    shortest, longest: px of a side."""
    least, most = round(shortest), round(longest)
    starts, stops, rows = level
    firsts, lasts = np.searchsorted(rows, rows + least), np.searchsorted(rows, rows + most)
    found: set[tuple[int, int, int, int]] = set()
    pairs = 0
    for n in np.flatnonzero(lasts > firsts).tolist():
        below = slice(firsts[n], lasts[n])
        left, right = np.maximum(starts[n], starts[below]), np.minimum(stops[n], stops[below])
        others = np.flatnonzero(right - left >= ASPECTS[0] * (rows[below] - rows[n])).tolist()
        pairs += len(others)
        if pairs > MOST_PAIRS:
            return NO_CELLS
        for other in others:
            bottom = int(rows[firsts[n] + other])
            found.update(_between(lines, int(left[other]) - 4, int(right[other]) + 4, int(rows[n]), bottom))
    return np.array(sorted(found), np.int64).reshape(-1, 4)


def _level_lines(level: NDArray[np.uint8], thickest: int, least: int) -> tuple[NDArray[np.int64], ...]:
    """Where level lines of at least so many px begin and end, px across, and their rows: (N,) each, by their rows."""
    closed = cv2.morphologyEx(level, cv2.MORPH_CLOSE, np.ones((1, GAP_PX), np.uint8))
    long = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    outlines, levels = cv2.findContours(long, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = [n for n in range(len(outlines)) if levels[0, n, 3] < 0]  # not the holes in them
    boxes = np.array([cv2.boundingRect(outlines[n]) for n in outer], np.int64).reshape(-1, 4)
    left, top, wide, high = boxes[boxes[:, 3] <= thickest + 3 + LEANING * boxes[:, 2]].T
    rows = top + high // 2
    order = np.argsort(rows, kind="stable")
    return left[order], (left + wide)[order], rows[order]


def _between(lines: Lines, left: int, right: int, top: int, bottom: int) -> list[tuple[int, int, int, int]]:
    """The cells between two level lines at these rows, within these columns."""
    left, right, high = max(0, left), min(lines.upright.shape[1], right), bottom - top
    inside = lines.upright[top + 2 : bottom - 1, left:right]
    dark = cv2.reduce(inside, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() >= SIDE_SHARE * (high - 3)
    sides = [_sides(*run) for run in (stretches(dark) + left).tolist()]
    return [
        (a, top, b, bottom)
        for before, after in pairwise(sides)
        for a, b in product(before, after)
        if ASPECTS[0] * high <= b - a <= ASPECTS[1] * high
        and min(_level_share(lines, a, b, top), _level_share(lines, a, b, bottom)) >= LEVEL_SHARE
        and _at_corners(lines, a, top, b, bottom) >= SURE_CORNERS
        and _ends(lines, a, top, b, bottom)
    ]


def _sides(first: int, stop: int) -> tuple[int, ...]:
    """Where the upright line that takes these columns may have its middle; or it is the sides of two boxes close together."""
    middle = (first + stop - 1) // 2
    return (first + 1, middle, stop - 2) if stop - first >= TWO_SIDES else (middle,)


def _level_share(lines: Lines, left: int, right: int, row: int) -> float:
    return float(lines.level[max(0, row - 1) : row + 2, left:right].mean(axis=1).max())


def _at_corners(lines: Lines, left: int, top: int, right: int, bottom: int) -> int:
    """How many of the eight half sides of a cell, by their thirds at its corners, are there: a box and the gap beside it
    have fewer."""
    across, down = max(2, (right - left) // 3), max(2, (bottom - top) // 3)
    thirds = [lines.upright[y : y + down, x] for x in (left, right) for y in (top, bottom - down)]
    thirds += [lines.level[y, x : x + across] for y in (top, bottom) for x in (left, right - across)]
    return sum(int(np.count_nonzero(third)) >= CORNER_SHARE * len(third) for third in thirds)


def _ends(lines: Lines, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether not both upright sides of a cell go on above it, nor below it."""
    beyond = max(3, round(BEYOND * (bottom - top)))
    above, below = max(0, top - 3), bottom + 3
    up = [np.count_nonzero(lines.upright[max(0, above - beyond) : above, x]) for x in (left, right)]
    down = [np.count_nonzero(lines.upright[below : below + beyond, x]) for x in (left, right)]
    return bool(max(min(up), min(down)) <= GOES_ON * beyond)


def _stands_free(lines: Lines, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether a cell's sides end at its corners, but for what one stroke hides of that: it is a box, and none of a table."""
    beyond = max(3, round(BEYOND * (bottom - top)))
    outer = (max(0, left - 3 - beyond), max(0, left - 3)), (right + 4, right + 4 + beyond)
    above = (max(0, top - 3 - beyond), max(0, top - 3)), (bottom + 4, bottom + 4 + beyond)
    ends = [lines.level[max(0, y - 1) : y + 2, a:b].max(axis=0) for y in (top, bottom) for a, b in outer]
    ends += [lines.upright[a:b, max(0, x - 1) : x + 2].max(axis=1) for x in (left, right) for a, b in above]
    return sum(int(np.count_nonzero(end)) > GOES_ON * beyond for end in ends) <= 1


def _sizes(lines: Lines, cells: Cells) -> list[tuple[int, int]]:
    """The widths and heights in px that many cells have which stand beside another or free, those first that cover most of the
    page."""
    left = cells[:: -(-len(cells) // MOST_SEEN) or 1]
    found: list[tuple[int, int, int]] = []
    while len(left) >= FEWEST and len(found) < MOST_SIZES:
        sizes = left[:, 2:] - left[:, :2]
        stray = np.maximum(np.minimum(2, 2 * ALIKE * sizes), ALIKE * sizes)
        alike = (np.abs(sizes[:, None] - sizes) <= stray).all(axis=2)
        own = alike[alike.sum(axis=1).argmax()]
        if np.count_nonzero(own) < FEWEST:
            break
        wide, high = (round(side) for side in np.median(sizes[own], axis=0).tolist())
        beside = _mates(left[own], wide, high)
        if beside < FEWEST and wide >= FREE_ASPECT * high:
            apart = _without_shared(NO_CELLS, left[own])
            beside = sum(_is_outlined(lines, *cell) and _stands_free(lines, *cell) for cell in apart.tolist())
        if beside >= FEWEST:
            found.append((wide, high, beside))
        left = left[
            (np.abs(sizes - (wide, high)) > np.maximum(3, 2 * ALIKE * np.array([wide, high]))).any(axis=1)
        ]
    found.sort(key=lambda size: -size[0] * size[1] * size[2])
    return [(wide, high) for wide, high, _ in found]


def _mates(cells: Cells, wide: int, high: int) -> int:
    """How many of these cells have another of them on their left or on their right."""
    gaps = cells[:, 0] - cells[:, None, 2]
    close = (
        (gaps >= -STRAY) & (gaps <= NEXT * wide) & (np.abs(cells[:, 1] - cells[:, None, 1]) <= LEVEL * high)
    )
    return int(np.count_nonzero(close.any(axis=0) | close.any(axis=1)))


def _parted_cells(lines: Lines, crossed: Lines, sizes: Sequence[tuple[int, int]]) -> Cells:
    """All cells of these sizes, each once: of the size first that covers most, or of the first one, and those with the most of
    an outline. crossed: as from `_crossed`."""
    placed = []
    for size in sizes:
        cells, shares = _places(lines, *size)
        if 0 < len(shares) <= MOST_CELLS and np.median(_outlines(crossed, cells)) >= CLEAR_SHARE:
            own = [
                n
                for n in np.argsort(-shares, kind="stable").tolist()
                if _at_corners(lines, *cells[n].tolist()) >= CORNERS and _ends(lines, *cells[n].tolist())
            ]
            placed.append((cells[own], shares[own]))
    if len(placed) > 1:
        # a digit's stroke parts many a box, and the narrower boxes may be the more that are whole
        covers = [_covered(cells[shares >= CLEAR_SHARE]) for cells, shares in placed]
        if max(covers) > MORE * covers[0]:
            placed.insert(0, placed.pop(int(np.argmax(covers))))
    kept = NO_CELLS
    for cells, _ in placed:
        kept = _without_shared(kept, cells)
    return kept


def _covered(cells: Cells) -> int:
    """px of a page that cells cover, of those that share a part the first alone."""
    own = _without_shared(NO_CELLS, cells)
    return int(np.prod(own[:, 2:] - own[:, :2], axis=1).sum())


def _without_shared(kept: Cells, cells: Cells) -> Cells:
    """The cells kept, and of the others, from the first on, those that share no large part with one of them."""
    for cell in cells:
        shared = np.minimum(cell[2:], kept[:, 2:]) - np.maximum(cell[:2], kept[:, :2])
        smaller = np.minimum(cell[2:] - cell[:2], kept[:, 2:] - kept[:, :2])
        if not (shared > SHARED * smaller).all(axis=1).any():
            kept = np.vstack([kept, cell])
    return kept


def _with_hidden(lines: Lines, crossed: Lines, cells: Cells) -> Cells:
    """The cells, and those in a row with them whose sides are all dark, though writing hides that they are thin. crossed: as
    from `_crossed`."""
    combs = _combs(cells)
    apart = [(comb[0, 2] - comb[0, 0], np.diff(comb[:, 0])) for comb in combs if len(comb) > 1]
    for comb in combs:
        wide = comb[0, 2] - comb[0, 0]
        alike = [steps for of_width, steps in apart if abs(of_width - wide) <= STRAY]
        if not alike:
            continue
        step = float(np.median(np.concatenate(alike) if len(comb) < 2 else np.diff(comb[:, 0])))
        for end, way in ((comb[0], -step), (comb[-1], step)):
            for n in range(1, MOST_HIDDEN + 1):
                cell = end + np.array([round(n * way), 0, round(n * way), 0])
                with_it = _without_shared(cells, cell[None])
                if len(with_it) == len(cells) or not (
                    _is_outlined(crossed, *cell.tolist())
                    and np.mean(_side_shares(lines, *cell.tolist())) >= SEEN_SHARE
                    and _ends(lines, *cell.tolist())
                ):
                    break
                cells = with_it
    return cells


def _at_own_sides(grey: Grey, lines: Lines, cells: Cells) -> Cells:
    """The cells, upright sides moved to the inner one of two lines close together: the other is the next box's."""
    moved = cells.copy()
    for n, (left, top, right, bottom) in enumerate(cells.tolist()):
        level = np.abs(cells[:, 1] - top) <= LEVEL * (bottom - top)
        for side, x, other in ((0, left, cells[level, 2]), (2, right, cells[level, 0])):
            over = (other - x) * (1 - side)  # px by which another cell reaches into this one
            near = over[np.abs(over) <= max(2 * TWO_SIDES, OWN_SIDE * (right - left))]
            if near.size:
                # a digit's stroke beside a side is not as long, and two cells share no part
                share = SIDE_SHARE if near.max() > STRAY else HIDDEN_SHARE
                moved[n, side] = _inner_side(grey, lines, (left, top, right, bottom), side, share)
    return moved


def _inner_side(grey: Grey, lines: Lines, cell: Sequence[int], side: int, share: float) -> int:
    """Where the left (0) or right (2) side of a cell is, or the line inside of it that ends the box's level sides: what is between
    the two is none of the box. share: of the cell's height that is dark along a line."""
    left, top, right, bottom = cell
    x, within = cell[side], round(OWN_SIDE * (right - left))
    if within <= STRAY:
        return x  # no room for two
    beyond = min(TWO_SIDES, within)
    before, after = (beyond, within) if side == 0 else (within, beyond)
    around = slice(max(0, x - before), x + after + 1)
    dark = lines.upright[top:bottom, around].mean(axis=0) >= share
    if np.count_nonzero(dark) < TWO_SIDES:
        return x
    greys = grey[top + STRAY : bottom - STRAY, around].mean(axis=0)
    depth = np.where(dark, greys.max() - greys, 0)
    peaks = (
        (depth >= PEAK * depth.max())
        & (depth > np.insert(depth[:-1], 0, 0))
        & (depth >= np.append(depth[1:], 0))
    )
    found = (around.start + np.flatnonzero(peaks)).tolist()
    if side == 2:
        found.reverse()
    outer = found[0] if found else x  # found: from without to within
    for inner in reversed(found[1:]):
        first, stop = min(outer, inner) + STRAY, max(outer, inner) - STRAY
        if abs(inner - outer) <= TWO_SIDES + STRAY or not any(
            _level_share(lines, first, stop, row) >= CORNER_SHARE for row in (top, bottom)
        ):
            return int(inner)
    return x


def _is_outlined(lines: Lines, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether nearly all of each side of a cell is dark."""
    return min(_side_shares(lines, left, top, right, bottom)) >= HIDDEN_SHARE


def _side_shares(lines: Lines, left: int, top: int, right: int, bottom: int) -> list[float]:
    """The share of each side of a cell that is dark, wherever it strays; none at the page's edge."""
    high, wide = lines.level.shape
    if min(left, top) < STRAY or right >= wide - STRAY or bottom >= high - STRAY:
        return [0.0]
    upright = [lines.upright[top:bottom, x - STRAY : x + STRAY + 1].max(axis=1) for x in (left, right)]
    level = [lines.level[y - STRAY : y + STRAY + 1, left:right].max(axis=0) for y in (top, bottom)]
    return [float(side.mean()) for side in (*upright, *level)]


def _outlines(lines: Lines, cells: Cells) -> list[float]:
    """The share of each cell's outline that is dark."""
    return [
        float(
            np.mean(
                [
                    *(lines.upright[top:bottom, x].mean() for x in (left, right)),
                    *(lines.level[y, left:right].mean() for y in (top, bottom)),
                ]
            )
        )
        for left, top, right, bottom in np.minimum(
            cells, (lines.level.shape[1] - 1, lines.level.shape[0] - 1) * 2
        ).tolist()
    ]


def _places(lines: Lines, width: int, height: int) -> tuple[Cells, NDArray[np.float32]]:
    """Where cells of one size stand, and the share of their outline that is dark."""
    high, wide = lines.level.shape
    if high <= height or wide <= width:
        return NO_CELLS, np.zeros(0, np.float32)
    # dark pixels of each column in as many rows from here on as a cell is high, and of each row in as many columns as it is wide;
    # all of these are as large as the page, and go as soon as they have served
    down = cv2.boxFilter(lines.upright, cv2.CV_32F, (1, height), anchor=(0, 0), normalize=False)
    along = cv2.boxFilter(lines.level, cv2.CV_32F, (width, 1), anchor=(0, 0), normalize=False)
    upright = down[: high - height] * np.float32(1 / height)
    level = along[:, : wide - width] * np.float32(1 / width)
    del down, along
    sides = upright[:, : wide - width], upright[:, width:], level[: high - height], level[height:]
    weakest, whole = np.minimum(*sides[:2]), np.add(*sides[:2])
    for side in sides[2:]:
        np.minimum(weakest, side, out=weakest)
        whole += side
    del upright, level, sides, side
    whole *= np.float32(0.25)
    whole[(weakest < WEAKEST_SHARE) | (whole < WHOLE_SHARE)] = 0
    del weakest
    around = cv2.dilate(whole, np.ones((2 * (height // 3) + 1, 2 * (width // 3) + 1), np.uint8))
    peaks = ((whole > 0) & (whole >= around)).view(np.uint8)
    near = cv2.morphologyEx(peaks, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, _, middles = cv2.connectedComponentsWithStats(near, connectivity=8)
    corners = np.rint(middles[1:]).astype(np.int64)
    shares = whole[corners[:, 1], corners[:, 0]]
    return np.hstack([corners, corners + np.array([width, height])]), shares


def _combs(cells: Cells) -> list[Cells]:
    """Cells side by side as one, from left to right."""
    left = [cells[n] for n in np.argsort(cells[:, 0], kind="stable")]
    found = []
    while left:
        comb, others = [left[0]], []
        for n, cell in enumerate(left[1:], 1):
            wide, high = comb[-1][2:] - comb[-1][:2]
            gap = cell[0] - comb[-1][2]
            if gap > NEXT * wide:  # and so are all that follow
                others += left[n:]
                break
            level = abs(cell[1] - comb[-1][1]) <= LEVEL * high
            (comb if level and gap >= -NEXT * wide else others).append(cell)
        left = others
        found.append(np.array(comb))
    return found


def _parted_at_rules(lines: Lines, comb: Cells) -> list[Cells]:
    """A comb, parted where a rule of a table stands between two of its cells: a line that goes on above and below them."""
    starts = []
    for n, (before, after) in enumerate(pairwise(comb.tolist()), 1):
        beyond = round(BEYOND * (before[3] - before[1]))
        rows = slice(max(0, before[1] - beyond), before[3] + beyond)
        between = lines.upright[rows, before[2] + BESIDE_SIDE : after[0] - BESIDE_SIDE]
        if between.size and between.mean(axis=0).max() >= RULE_SHARE:
            starts.append(n)
    return np.split(comb, starts)


def with_cells(
    grey: Grey,
    ink: Ink,
    combs: Sequence[Cells],
    words: Sequence[CandidateWord],
    judge: Judge,
    *,
    blank: bool = False,
    sides: Sides = Sides.ALL,
    pale: Collection[Box] = (),
    writing_height: float = 0.0,
) -> list[CandidateWord]:
    """A page's words, and instead of those that lie on its combs the numbers written there, where enough of the cells
    hold digits.

    grey, ink: (H, W) uint8 and bool, the page. blank: the cells are no boxes of a form, some of which are
    crossed out or have guides printed in them: all ink in them is a number's. sides: which of theirs are among the ink.
    pale: those cells in which something is too pale to be ink, which may be a digit. writing_height: px; 0 where it says nothing of the
    cells.
    """
    signs: list[Box] = []
    unsure: list[Box] = []
    if not blank:
        ink, combs, signs, _, unsure = by_signs(ink, combs)
    inked, beside_it = _written_in(ink, combs, judge, sides)
    found = [cell for of_comb in inked for cell in of_comb if cell is not None and not cell.low]
    if len(found) < FEWEST_DIGITS:
        return list(words)
    atoms = [cell.atom for cell in found]
    likely, depths, deep = digits_and_depths(grey, atoms, judge)
    digits = likely >= LEAST_DIGIT
    if not digits.any():
        return list(words)
    printed = depths < PRINTED * deep
    if np.count_nonzero(printed) >= GUIDES_SHARE * sum(map(len, combs)):
        printed |= ~digits & (depths < FAINT * deep)
    crosses = (likely < MOST_CROSS) & np.array([_is_cross(cell) for cell in found])
    filled = float(np.median(np.array([cell.high for cell in found])[~crosses]))
    if blank:
        crosses[:] = False
        printed = _are_hairs(atoms)  # what is left of the rules
    counted = ~(printed | crosses)
    share = DIGITS_SHARE if filled <= FILLED else SURE_SHARE
    if filled > OVERFILLED or np.count_nonzero(digits & counted) < max(
        FEWEST_DIGITS, share * np.count_nonzero(counted)
    ):
        return list(words)
    cells_high = float(np.median([_high(comb) for comb in combs for _ in comb]))
    alone = [len(comb) == 1 for comb in combs]
    few = np.count_nonzero(digits) < LOW_SHARE * sum(map(len, combs))
    if few and cells_high <= LOW_CELLS * writing_height and np.mean(alone) >= LOW_ALONE:
        return list(words)
    height = float(
        np.median([atom.box.height for atom, own in zip(atoms, digits & counted, strict=True) if own])
    )
    told = iter(zip(digits.tolist(), printed.tolist(), crosses.tolist(), strict=True))
    numbers: list[CandidateWord] = []
    told_of: list[Cells] = []  # what is in a lone cell and no digit may be a part of a word
    for cells, of_comb, lost in zip(combs, inked, beside_it, strict=True):
        comb = [
            _Written(cell.atom, *next(told)) if cell is not None and not cell.low else None
            for cell in of_comb
        ]
        low = [
            n in lost or place in pale or (cell is not None and cell.low)
            for n, (place, cell) in enumerate(zip(starmap(Box, cells.tolist()), of_comb, strict=True))
        ]
        if sides is Sides.BELOW:  # nobody crosses out or prints in what is no box
            low = [
                is_low or (cell is not None and (cell.cross or cell.printed))
                for is_low, cell in zip(low, comb, strict=True)
            ]
        found_here = _numbers(comb, low, height, 0.0 if blank else LEAST_DIGITS)
        numbers += [
            replace(number, crowded=True) if _is_unsure(number.box, unsure) else number
            for number in found_here
        ]
        if len(cells) > 1 or found_here:
            told_of.append(cells)
    # what is so much higher than the digits in a table's columns has grown together from several of its rows, and what is so low
    # stands in no such boxes
    most = ROWS_HIGH * height if blank else np.inf
    boxed = [word for word in words if LOWER * height <= word.usual_height <= most]
    if _contradicted(boxed, numbers, judge) > MOST_AGAINST:
        return list(words)
    around = np.array(
        [
            *(_outside(cell) for cells in told_of for cell in cells.tolist()),
            *signs,
            *(number.box for number in numbers),
        ],
        np.float64,
    )
    others = [part for word in words for part in beside(word, around)]
    if sides is Sides.BELOW:
        numbers = _marked_beyond(numbers, words)
    # those whose boxes were not found: parts of a number, perhaps
    boxed = [word for word in others if word.usual_height]
    marked_others = [marked(grey, word, numbers, height) if word.usual_height else word for word in others]
    return [*marked_others, *(marked(grey, number, boxed, height) for number in numbers)]


def _marked_beyond(numbers: Sequence[CandidateWord], words: Sequence[CandidateWord]) -> list[CandidateWord]:
    """The numbers, those marked right beside which another glyph of the page's words stands, about as high, as most of a digit may
    beyond the last line; upright strokes are what parts dates."""
    glyphs = [atom.box for word in words for atom in word.full_atoms()]
    taken = are_in_cells(glyphs, [np.array([number.box for number in numbers], np.int64).reshape(-1, 4)])
    free = (box for box, is_taken in zip(glyphs, taken.tolist(), strict=True) if not is_taken)
    wide = np.array([box for box in free if box.width >= BEYOND_WIDE * box.height], np.float64).reshape(-1, 4)
    high = wide[:, 3] - wide[:, 1]
    marked = []
    for number in numbers:
        near = within_reach(number.box, wide, BEYOND_REACH * number.height())
        goes_on = (high[near] >= BEYOND_HIGH * number.height()).any()
        marked.append(replace(number, crowded=True) if goes_on else number)
    return marked


def are_in_cells(boxes: Sequence[Box], combs: Sequence[Cells]) -> NDArray[np.bool_]:
    """(N,) whether the middle of each box lies in a cell."""
    places = np.array(boxes, np.float64).reshape(-1, 4)
    x, y = ((places[:, n] + places[:, n + 2])[:, None] / 2 for n in (0, 1))
    left, top, right, bottom = np.concatenate([NO_CELLS, *combs]).T
    return np.asarray(((left < x) & (x < right) & (top < y) & (y < bottom)).any(axis=1), bool)


def outer_places(combs: Sequence[Cells]) -> list[Box]:
    """Where cells lie with all that their sides may take, px."""
    found = list[Box]()
    for comb in combs:
        reach = round(OUTSIDE * _high(comb))
        found += [Box(*cell) for cell in (comb + np.array([-reach, -reach, reach, reach])).tolist()]
    return found


def paper_between(combs: Sequence[Cells]) -> list[Box]:
    """Thin walls, px, in the middle of the paper between boxes on one level, where a page has six of them and hardly any two side by
    side, as for the marks of questions: what stands in each is a number of its own, however evenly they stand."""
    single = [comb[0] for comb in combs if len(comb) == 1]
    if len(single) < FEWEST or len(single) < APART_SHARE * len(combs):
        return []
    walls = []
    left, top, right, bottom = np.array(single).T
    for n in range(len(single)):
        high = bottom[n] - top[n]
        behind = (np.abs(top - top[n]) <= LEVEL * high) & (left > right[n])
        if behind.any():
            middle = int(right[n] + left[behind].min()) // 2
            walls.append(Box(middle, int(top[n] - OVER * high), middle + 1, int(bottom[n] + OVER * high)))
    return walls


def beside_sides(level: Sequence[Box], combs: Sequence[Cells]) -> tuple[Box, ...]:
    """The level ruled lines, px, that are no sides of a comb's cells: these strike nothing out."""
    kept = []
    for rule in level:
        row = (rule.top + rule.bottom) / 2
        if not any(
            min(rule.right, comb[-1, 2]) > max(rule.left, comb[0, 0])
            and (np.abs(comb[:, [1, 3]] - row) <= line_px(comb[0].tolist())).any()
            for comb in combs
        ):
            kept.append(rule)
    return tuple(kept)


def _contradicted(boxed: Sequence[CandidateWord], numbers: Sequence[CandidateWord], judge: Judge) -> float:
    """Which share of the words in boxes has plain digits that are numbers each, and which of them, or of the numbers where
    these are more, such as are of none."""
    own = np.array([atom.box for word in numbers for atom in word.atoms], np.float64).reshape(-1, 4)
    single = np.array([len(word.atoms) == 1 for word in numbers for _ in word.atoms], bool)
    asked = parted = beside_them = 0
    for word in boxed:
        plain = telling(word.atoms, judge)
        if plain:
            lie = covering(np.array([atom.box for atom in plain], np.float64), own)
            asked += 1
            if not lie.any(axis=1).all():
                beside_them += 1
            elif np.count_nonzero(lie.any(axis=0) & single) > 1:
                parted += 1
    return parted / max(1, asked) + beside_them / max(1, asked, len(numbers))


@dataclass(frozen=True, slots=True)
class _Inked:
    """The ink in a cell in one piece, which share of the inside's width and height it takes, and whether it is too low to be
    all of a digit."""

    atom: Atom
    wide: float
    high: float
    low: bool


@dataclass(frozen=True, slots=True)
class _Written:
    """What is written in a cell, and whether it is a digit, printed there, and a cross."""

    atom: Atom
    digit: bool
    printed: bool
    cross: bool


def _written_in(
    ink: Ink, combs: Sequence[Cells], judge: Judge, drawn: Sides = Sides.ALL
) -> tuple[list[list[_Inked | None]], list[set[int]]]:
    """What is written in each cell of each comb, with what of it reaches over the cell's lines; and of each comb the cells
    that hold a part of what lies mostly beside it."""
    shared, beside_it, corners = list[Shared](), list[set[int]](), []
    for comb in combs:
        over = beside = round(OVER * _high(comb))
        if drawn is Sides.BELOW:  # nothing says where the first place begins and the last one ends
            beside = max(over, int(np.median(comb[:, 2] - comb[:, 0])))
        corners.append((max(0, int(comb[:, 0].min()) - beside), max(0, int(comb[:, 1].min()) - over)))
        left, top = corners[-1]
        window = ink[top : comb[:, 3].max() + over, left : comb[:, 2].max() + beside]
        found, lost = _shared(window, comb - (left, top, left, top), drawn)
        shared.append(found)
        beside_it.append(lost)

    def inked(n: int, cell: int, pieces: Sequence[Piece]) -> _Inked | None:
        beyond = any(joint.first == joint.last == cell for joint in shared[n].joints)
        return _inked(pieces, beyond, shared[n].cells[cell].tolist(), *corners[n])

    def mask(n: int, cell: int, pieces: Sequence[Piece]) -> Ink | None:
        found = inked(n, cell, pieces)
        return None if found is None or found.low else found.atom.mask

    def is_cross(n: int, cell: int, pieces: Sequence[Piece]) -> bool:
        found = inked(n, cell, pieces)
        return found is not None and _is_cross(found)

    cut = cut_joints(shared, mask, judge, is_cross)
    return [
        [inked(n, cell, pieces) for cell, pieces in enumerate(own)] for n, own in enumerate(cut)
    ], beside_it


def _high(comb: Cells) -> int:
    """px from the lines above a comb's cells to those below."""
    return int(np.median(comb[:, 3] - comb[:, 1]))


def _shared(window: Ink, cells: Cells, drawn: Sides) -> tuple[Shared, set[int]]:
    """The ink around the cells of one comb by whose it is: that of the cell that most of it lies in, or of several; and the cells that
    hold a part of what lies mostly beside the comb, as of a digit that misses the last box."""
    high = _high(cells)
    sides, bands = sides_of(window, cells, drawn)
    labels, stats = label((window & ~sides).view(np.uint8))
    count, of_column = len(cells), _cell_of_columns(cells, window.shape[1])
    areas = np.bincount(
        (labels.astype(np.int64) * (count + 1) + of_column).ravel(), minlength=(len(stats) + 1) * (count + 1)
    ).reshape(-1, count + 1)[1:]
    rows = slice(int(cells[:, 1].min()), int(cells[:, 3].max()) + 1)
    level = np.bincount(labels[rows].ravel(), minlength=len(stats) + 1)[1:] >= LEVEL_INK * stats[:, 4]
    large = np.maximum(stats[:, 2], stats[:, 3]) >= SPECK * high
    large &= np.bincount(labels[bands], minlength=len(stats) + 1)[1:] < OF_SIDES * stats[:, 4]
    found, lost = Shared(cells, [[] for _ in range(count)], []), set[int]()
    for n in np.flatnonzero(level & large).tolist():
        x, y, wide, tall, area = stats[n].tolist()
        mask = labels[y : y + tall, x : x + wide] == n + 1
        shares = areas[n, :count] / area
        # most of it may be beside the comb, which ends there if it has a side
        main = int(shares.argmax())
        if shares.sum() < (BEYOND_OPEN if drawn is Sides.BELOW else LEVEL_INK):
            if shares[main] >= PARTLY and tall >= LEAST_WRITTEN * high:
                lost.add(main)
            continue
        between = np.flatnonzero(shares >= PARTLY).tolist()
        if shares[main] >= MOSTLY:
            found.own[main].append((x, y, mask))
        elif between:  # of one cell, where it reaches beyond the comb alone
            found.joints.append(Joint(x, y, mask, between[0], between[-1]))
    return found, lost


def _cell_of_columns(cells: Cells, width: int) -> NDArray[np.int64]:
    """(width,) which cell each column is nearest to; the number of cells for those beside the comb."""
    columns = np.arange(width)
    walls = (cells[:-1, 2] + cells[1:, 0]) / 2
    of_column = np.searchsorted(walls, columns)
    of_column[(columns < cells[0, 0]) | (columns > cells[-1, 2])] = len(cells)
    return of_column.astype(np.int64)


def _inked(
    pieces: Sequence[Piece], parted: bool, cell: Sequence[int], across: int, down: int
) -> _Inked | None:
    """pieces: of the ink of a cell's writing, each with its left and top. across, down: px of these on the page."""
    if not pieces:
        return None
    left, top, right, bottom = cell
    line = line_px(cell)
    first, upper = min(x for x, _, _ in pieces), min(y for _, y, _ in pieces)
    shape = max(y + len(m) for _, y, m in pieces) - upper, max(x + m.shape[1] for x, _, m in pieces) - first
    own = np.zeros(shape, bool)
    for x, y, piece in pieces:
        own[y - upper : y - upper + len(piece), x - first : x - first + piece.shape[1]] |= piece
    box, mask = tighten(own, across + first, down + upper)
    high, wide = bottom - top - 2 * line, right - left - 2 * line
    if not mask.size:
        return None
    low = box.height < LEAST_WRITTEN * high
    plain, struck = without_line(mask)
    if plain is not mask:
        box, plain = tighten(plain, box.left, box.top)
    return _Inked(Atom(box, plain, struck, parted), box.width / wide, box.height / high, low)


def _is_cross(cell: _Inked) -> bool:
    """Whether what is in a cell, which is no digit, takes most of it and goes from its middle into all four corners."""
    if min(cell.wide, cell.high) < CROSSED:
        return False
    return goes_to_corners(cell.atom.mask)


def _is_unsure(number: Box, gaps: Sequence[Box]) -> bool:
    """Whether one of the gaps where writing may hide a sign is within a number."""
    middle = (number.top + number.bottom) / 2
    return any(number.left < gap.left < number.right and gap.top < middle < gap.bottom for gap in gaps)


def _are_hairs(atoms: Sequence[Atom]) -> NDArray[np.bool_]:
    """(N,) bool: which of the atoms of one pen are narrower than its strokes usually are, as no 1 is."""
    pen = float(np.median([np.count_nonzero(atom.mask) / max(1, _runs(atom.mask)) for atom in atoms]))
    return np.array([atom.box.width <= HAIR * pen for atom in atoms], bool)


def _runs(ink: Ink) -> int:
    """How many level runs of ink (h, w) ink has in all its rows."""
    return int(np.count_nonzero(ink[:, 0]) + np.count_nonzero(ink[:, 1:] & ~ink[:, :-1]))


def _outside(cell: Sequence[int]) -> tuple[int, int, int, int]:
    """A cell with its lines."""
    left, top, right, bottom = cell
    line = line_px(cell)
    return left - line, top - line, right + line, bottom + line


def _numbers(
    comb: Sequence[_Written | None], low: Sequence[bool], height: float, least: float
) -> list[CandidateWord]:
    """The numbers in the cells of one comb: what is written side by side. Two in one comb may be one, and so may a number
    and what it has before or behind it; only crosses before it are none of it. low: the cells that hold what is too low to be
    all of a digit, which may be a part of one. height: px of the digits. least: of a number's cells look like digits."""
    runs: list[list[int]] = [[]]
    for n, cell in enumerate(comb):
        if cell is None or cell.printed or cell.cross:
            runs.append([])
        else:
            runs[-1].append(n)
    runs = [run for run in runs if run]
    words = []
    for run in runs:
        own = [cell for cell in comb[run[0] : run[-1] + 1] if cell is not None]
        if np.mean([cell.digit for cell in own]) < least:
            continue
        atoms = tuple(cell.atom for cell in own)
        doubtful = run[-1] + 1 < len(comb) and (after := comb[run[-1] + 1]) is not None and after.cross
        doubtful = doubtful or any(low[max(0, run[0] - 1) : run[-1] + 2])
        words.append(
            CandidateWord(
                atoms,
                reduce(Box.union, (atom.box for atom in atoms)),
                height,
                len(runs) > 1 or doubtful,
                in_cells=True,
            )
        )
    return words
