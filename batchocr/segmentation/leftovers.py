"""What ruled lines leave behind once they are taken away, which must not be read as digits 1 and 7.

Pieces of a line that is broken or ragged, and the corners, crossings and ends of a grid whose lines are faint.
Leaves out: lines that are whole (`imaging.rules`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.imaging.rules import Rules
from batchocr.segmentation.components import Components, is_outline, sizes

RULE_PIECE_ASPECT = 4.5  # length / thickness of what may be left of a broken rule
RULE_PIECE_REACH = 0.25  # writing heights beside a rule's line where its pieces lie
HELD_WIDE = 0.3  # writing heights that such a piece is wide at least where it holds a digit,
LINE_SHARE = 0.7  # of its height that the line's columns are inked,
HELD_INK = 0.12  # and square heights of ink beside them
LINE_LENGTH = 1.4  # writing heights: so is one this tall,
LINE_ASPECT = 13  # if it is so many times as tall as it is wide
CROSSING_HEIGHTS = 2.4  # writing heights: a worn crossing of rules is at least so large
GRID_PIECE_HEIGHTS = 1.5  # writing heights: the same of one whose arms are narrow
GRID_BAND = 0.22  # writing heights: so narrow
GRID_ARM = 0.8  # writing heights that one of them is long
GRID_SHARE = 0.92  # of its ink that is in them
GRID_STRAY = 0.15  # writing heights that pieces of one line stray from it, or share
GRID_GAP = 2.5  # writing heights between them
RAGGED_HEIGHTS = 0.12  # writing heights by which a worn rule strays from its line
CROSSING_FILL = 0.35  # ink / box: and no fuller than this
CROSSING_SHARE = 0.8  # of its box that its longest row and its longest column fill
MOST_OFF = 0.4  # of its ink that is in neither: joined digits that touch a rule have more
ON_RULE_REACH = 0.1  # writing heights beside a rule's line where the ragged edge of its ink lies
ON_RULE_SHARE = 0.85  # of its ink that a piece of rules has on their lines
WIDEST_RULE = 0.5  # writing heights: a line whose box is wider lies aslant, and much else in its box
HAIR_WIDTH = 0.2  # writing heights: an upright piece this thin may be what is left of a faint ruled line
HAIR_ASPECT = 1.5  # height / width of such a piece
HAIR_LENGTH = 2.2  # writing heights: a thin upright piece this tall is a rule by itself
ONE_HEIGHTS = (0.4, 2.2)  # writing heights that a digit 1 has
ONE_LEVEL = 0.22  # of its height: how far its ends lie from those of the glyph beside it
ONE_REACH = 1.0  # writing heights between them
SAME_ONES = 0.1  # writing heights by which the 1s of a column differ in height at most, and stand off the line of a glyph of their row
GLYPH_WIDTH = 0.35  # times as wide as they are high is such a glyph at least
MOSTLY_ONES = 0.8  # of a column's pieces that are so
BARS_APART = 0.2  # writing heights between two bars of a digit one above the other at most,
BARS_STRAY = 0.15  # and by which digits of bars are not level: a 1 lacks the outermost bars
OUTLINE_HEIGHTS = 1.3  # writing heights: a box to write in is at least so high, and a square 0 is not
LARGEST_OUTLINE = 4.0  # and at most
OUTLINE_FILL = 0.35  # ink / box of its outline at most
FRAMED_HEIGHTS = 0.6  # writing heights: what a box is drawn around is at least so high
FRAME_FILL = 0.3  # ink / box of such a box at most
BAR_ASPECT = 3.5  # height / width of a heavier piece of a rule
BAR_HEIGHTS = 0.8  # writing heights: its least height
BAR_WIDTH = 0.35  # writing heights: its greatest width
BAR_BAND_HEIGHTS = 9  # as BAND_HEIGHTS, for such pieces
DENSE_SHARE = 0.72  # of its length that a broken rule of heavier pieces is ink
COLUMN_WIDTH = 0.35  # writing heights within which the pieces of one broken rule lie
COLUMN_GAP = 6.5  # writing heights from one to the next: the sides of boxes may be farther apart
COLUMN_PIECES = 4  # fewer pieces one below the other may be digits 1
LONG_PART = 5.0  # writing heights that each of two parts of one rule is long,
ONE_LINE = 0.25  # and by which the lower one lies beside the upper one at most,
MOST_MISSING = 30.0  # and that lie between them,
PIECES_BETWEEN = 4  # with so many pieces of ink there
LETTER_HEIGHTS = (0.5, 2.0)  # times as high is what stands beside a letter of small print,
LETTER_REACH = 1.0  # of its heights away at most,
LETTER_LEVEL = 0.5  # and so much of the lower one's height do they share
APOSTROPHE_REACH = 0.5  # writing heights from an apostrophe to the digits on both its sides at most,
APOSTROPHE_RISE = (-0.25, 0.7)  # from its head down to theirs: old-style digits are of several heights
HEAD_SHARE = 0.55  # of their height above its foot
COMMA_HANG = (0.05, 0.5)  # writing heights that a comma goes below the feet of the digits on both its sides
# or that its foot is above those at most, where nearly all pieces of a column are so
AT_FEET, MOSTLY_LEVEL = 0.1, 0.8
UNLIKE_MARKS = 1.6  # times as high as these are pieces of a rule
HAIR_COVER = 2.0  # writing heights of ink that a hair-thin broken rule shows at least
BAR_COVER = 3.0  # and one of heavier pieces
ACROSS_HEIGHTS = 0.15  # writing heights either side of a rule's line that what stands across it covers
BAND_HEIGHTS = (
    16  # writing heights: a rule is followed over so much of the page at a time, as pages are not quite level
)


def no_ones(components: Components, height: float, reach: float = ONE_REACH) -> NDArray[np.bool_]:
    """(N,) bool, False for upright strokes that stand beside a glyph as high as themselves: digits 1.

    reach: writing heights between the two.
    """
    widths, heights = sizes(components)
    like_one = (
        (heights >= ONE_HEIGHTS[0] * height) & (heights <= ONE_HEIGHTS[1] * height) & (heights >= 2 * widths)
    )
    boxes, free = components.boxes, np.ones(len(components), bool)
    lefts, tops, rights, bottoms = np.ascontiguousarray(boxes[np.argsort(boxes[:, 1])].T)
    strokes = np.flatnonzero(like_one)
    stray = ONE_LEVEL * heights[strokes]
    starts = np.searchsorted(tops, boxes[strokes, 1] - stray, side="left").tolist()
    stops = np.searchsorted(tops, boxes[strokes, 1] + stray, side="right").tolist()
    for n, start, stop, most in zip(strokes.tolist(), starts, stops, stray.tolist(), strict=True):
        left, _, right, bottom = boxes[n]
        apart = np.maximum(lefts[start:stop] - right, left - rights[start:stop])
        level = abs(bottoms[start:stop] - bottom) <= most
        free[n] = not (level & (apart >= 0) & (apart <= reach * height)).any()
    return free


def frames(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool: thin outlines around what is high enough to be a digit: boxes to write in, whole or in part."""
    widths, heights = sizes(components)
    found = np.zeros(len(components), bool)
    high = heights >= FRAMED_HEIGHTS * height
    thin = (heights >= height) & (components.areas <= FRAME_FILL * widths * heights)
    for n in np.flatnonzero(thin).tolist():
        found[n] = np.count_nonzero(components.inside(components.box(n)) & high) > 1  # itself and another
    return found


def outlines(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool: boxes to write in, empty or not, that stand by themselves."""
    widths, heights = sizes(components)
    hollow = (heights >= OUTLINE_HEIGHTS * height) & (components.areas <= OUTLINE_FILL * widths * heights)
    found = np.zeros(len(components), bool)
    some = np.flatnonzero(hollow & (heights <= LARGEST_OUTLINE * height))
    found[some] = [is_outline(mask) for _, mask in components.cut(some)]
    return found


def broken_rules(components: Components, height: float, thin: NDArray[np.bool_]) -> tuple[Box, ...]:
    """Upright ruled lines that are ink in pieces only: hair-thin ones many times over, or ones dense in a line.

    thin: (N,) bool, False for digits 1.
    """
    widths, heights = sizes(components)
    hair = (
        thin & (widths <= max(3.0, HAIR_WIDTH * height)) & (heights >= HAIR_ASPECT * widths) & (heights >= 3)
    )
    bar = (
        thin
        & (heights >= BAR_ASPECT * widths)
        & (heights >= BAR_HEIGHTS * height)
        & (widths <= BAR_WIDTH * height)
    )
    page = components.shape[0]
    alone = (heights >= HAIR_LENGTH * height) | (
        (heights >= LINE_LENGTH * height) & (heights >= LINE_ASPECT * widths)
    )
    rules = [Box(*(int(v) for v in b)) for b in components.boxes[hair & alone]]
    others = components.boxes[~(hair | bar)]
    for pieces, band, least, cover in (
        (components.boxes[hair], BAND_HEIGHTS * height, COLUMN_PIECES, HAIR_COVER * height),
        (components.boxes[bar], BAR_BAND_HEIGHTS * height, 2, BAR_COVER * height),
    ):
        middles = (pieces[:, 1] + pieces[:, 3]) / 2
        last = max(0.0, page - band)
        for top in [*np.arange(0, last, band / 2), last]:
            some = pieces[(middles >= top) & (middles < top + band)]
            for rule in _columns(some, components.boxes, height, least, cover):
                rules += _uncrossed(rule, others, height)
    return tuple(rules)


def between_rules(components: Components, rules: Rules, height: float) -> tuple[Box, ...]:
    """What is missing of upright rules between two long parts in one line, where pieces of ink lie in that line."""
    parts = sorted((b for b in rules.vertical if b.height >= LONG_PART * height), key=lambda box: box.top)
    if len(parts) < 2:
        return ()
    widths, heights = sizes(components)
    slim = (widths <= COLUMN_WIDTH * height) & (heights >= widths)
    pieces, others = components.boxes[slim], components.boxes[~slim]
    left, top, right, bottom = pieces.T
    places = np.array(parts, np.float64).reshape(-1, 4)
    tops, across = places[:, 1], places[:, 0] + places[:, 2]
    found: list[Box] = []
    for n, upper in enumerate(parts):
        in_line = abs(across - across[n]) <= 2 * ONE_LINE * height
        below = np.flatnonzero(in_line & (tops >= upper.bottom))
        if not len(below):
            continue
        lower = parts[below[0]]
        gap = Box(min(upper.left, lower.left), upper.bottom, max(upper.right, lower.right), lower.top)
        inside = (left + right >= 2 * gap.left) & (left + right <= 2 * gap.right)
        inside &= (top >= gap.top) & (bottom <= gap.bottom)
        if gap.height <= MOST_MISSING * height and np.count_nonzero(inside) >= PIECES_BETWEEN:
            found += _uncrossed(gap, others, height)
    return tuple(found)


def _uncrossed(rule: Box, others: NDArray[np.int32], height: float) -> list[Box]:
    """What is left of a rule told by its pieces where something stands right across its line: there it has none, such
    as between the sides of two boxes that lie one below the other. others: (N, 4) px."""
    middle, stray = (rule.left + rule.right) / 2, ACROSS_HEIGHTS * height
    across = (others[:, 0] <= middle - stray) & (others[:, 2] >= middle + stray)
    high = others[:, 3] - others[:, 1]
    across &= (others[:, 3] > rule.top) & (others[:, 1] < rule.bottom)
    across &= (high >= ONE_HEIGHTS[0] * height) & (high <= ONE_HEIGHTS[1] * height)
    left, top = [], rule.top
    for _, begin, _, end in sorted(others[across].tolist(), key=lambda box: box[1]):
        if begin > top:
            left.append(Box(rule.left, top, rule.right, begin))
        top = max(top, end)
    if rule.bottom > top:
        left.append(Box(rule.left, top, rule.right, rule.bottom))
    return left


def _columns(
    pieces: NDArray[np.int32], boxes: NDArray[np.int32], height: float, least: int, enough: float
) -> list[Box]:
    """Boxes around at least so many pieces, (N, 4) px, that stand in one column, none far from the next, and cover
    `enough` px. boxes: (M, 4) px of all components; letters of small print, apostrophes and commas are no pieces.

    Where few pieces suffice they must fill the column, as digits 1 one below the other do not.
    """

    def is_rule(column: NDArray[np.int32]) -> bool:
        if len(column) < least:
            return False
        cover = (column[:, 3] - column[:, 1]).sum()
        dense = least >= COLUMN_PIECES or cover >= DENSE_SHARE * (column[:, 3].max() - column[:, 1].min())
        return bool(cover >= enough and dense)

    pieces = pieces[np.argsort(pieces[:, 0] + pieces[:, 2], kind="stable")]
    centres = (pieces[:, 0] + pieces[:, 2]) / 2
    found, start = [], 0
    while start < len(pieces):
        stop = int(np.searchsorted(centres, centres[start] + COLUMN_WIDTH * height, side="right"))
        own = []
        for column in _stretches(pieces[start:stop], COLUMN_GAP * height):
            if not is_rule(column):
                continue
            marks = _are_thousands_marks(column, boxes, height)
            tall = column[:, 3] - column[:, 1]
            if marks.any() and np.count_nonzero(tall > UNLIKE_MARKS * np.median(tall[marks])) > 1:
                marks[:] = False  # pieces of a rule that happen to stand between two numbers
            marks |= _are_letters(column, boxes, height) | _are_ones(column, boxes, height)
            marks |= _are_bars(column, boxes, height)
            for left in _stretches(column[~marks], COLUMN_GAP * height):
                if is_rule(left):
                    low, high = left.min(axis=0), left.max(axis=0)
                    own.append(Box(int(low[0]), int(low[1]), int(high[2]), int(high[3])))
        found += own
        start = stop if own else start + 1
    return found


def _are_letters(pieces: NDArray[np.int32], boxes: NDArray[np.int32], height: float) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) px pieces of ink stand on one line with another about as high close by, as letters do of
    print much smaller than the writing. boxes: (M, 4) px of all ink. height: px of the writing."""
    left, top, right, bottom = pieces.T[:, :, None].astype(np.int64)
    own = bottom - top
    reach = LETTER_REACH * own
    near = boxes[(boxes[:, 2] >= (left - reach).min()) & (boxes[:, 0] <= (right + reach).max())]
    lefts, tops, rights, bottoms = near.T.astype(np.int64)
    heights, apart = bottoms - tops, np.maximum(lefts - right, left - rights)
    alike = (heights >= LETTER_HEIGHTS[0] * own) & (heights <= LETTER_HEIGHTS[1] * own)
    level = np.minimum(bottoms, bottom) - np.maximum(tops, top) >= LETTER_LEVEL * np.minimum(heights, own)
    found = (alike & level & (apart >= 0) & (apart <= reach)).any(axis=1)
    return np.asarray(found & (own[:, 0] < ONE_HEIGHTS[0] * height), bool)


def _are_ones(pieces: NDArray[np.int32], boxes: NDArray[np.int32], height: float) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) px pieces of ink are digits 1, one below the other: nearly all are of one height, and as
    high and level with a wider glyph of their row, however far from it. boxes: (M, 4) px of all ink. height: px of the
    writing."""
    tall = (pieces[:, 3] - pieces[:, 1]).astype(np.float64)
    stray = SAME_ONES * height
    own = abs(tall - np.median(tall)) <= stray
    own &= (tall >= ONE_HEIGHTS[0] * height) & (tall <= ONE_HEIGHTS[1] * height)
    wide = boxes[boxes[:, 2] - boxes[:, 0] >= GLYPH_WIDTH * np.median(tall)]
    wide = wide[np.argsort(wide[:, 1], kind="stable")]
    starts = np.searchsorted(wide[:, 1], pieces[:, 1] - stray, side="left").tolist()
    stops = np.searchsorted(wide[:, 1], pieces[:, 1] + stray, side="right").tolist()
    level = [
        bool((abs(wide[start:stop, 3] - bottom) <= stray).any())
        for start, stop, bottom in zip(starts, stops, pieces[:, 3].tolist(), strict=True)
    ]
    own &= np.array(level, bool)
    return own if own.mean() >= MOSTLY_ONES else np.zeros(len(pieces), bool)


def _are_bars(pieces: NDArray[np.int32], boxes: NDArray[np.int32], height: float) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) px pieces of ink are bars of digits that are made of bars, as counters show them, one below the
    other: nearly all, with what stands right above or below, are as high and level with another glyph of their row. boxes:
    (M, 4) px of all ink. height: px of the writing."""
    stray = BARS_STRAY * height
    wide = boxes[boxes[:, 2] - boxes[:, 0] >= GLYPH_WIDTH * height]
    found = np.zeros(len(pieces), bool)
    for n, (left, top, right, bottom) in enumerate(pieces.tolist()):
        mates = boxes[(boxes[:, 0] < right) & (boxes[:, 2] > left)]
        apart = np.maximum(top - mates[:, 3], mates[:, 1] - bottom)
        for _, upper, _, lower in mates[(apart >= 0) & (apart <= BARS_APART * height)].tolist():
            ends = min(top, upper), max(bottom, lower)
            level = (abs(wide[:, [1, 3]] - ends) <= stray).all(axis=1)
            beside = (wide[:, 0] >= right) | (wide[:, 2] <= left)
            tall = ONE_HEIGHTS[0] * height <= ends[1] - ends[0] <= ONE_HEIGHTS[1] * height
            found[n] |= tall and bool((level & beside).any())
    return found if found.mean() >= MOSTLY_ONES else np.zeros(len(pieces), bool)


def _are_thousands_marks(
    pieces: NDArray[np.int32], boxes: NDArray[np.int32], height: float
) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) px pieces of ink stand between the heads of two glyphs, or hang between their feet, as the marks
    between the thousands of a number do, one below the other in a column of such. boxes: (M, 4) px of all ink. height: px of the
    writing."""
    left, top, right, bottom = pieces.T[:, :, None].astype(np.int64)
    reach = APOSTROPHE_REACH * height
    near = boxes[(boxes[:, 2] >= left.min() - reach) & (boxes[:, 0] <= right.max() + reach)]
    near = near[near[:, 3] - near[:, 1] >= ONE_HEIGHTS[0] * height]
    lefts, tops, rights, bottoms = near.T.astype(np.int64)
    rise = tops - top
    head = (rise >= APOSTROPHE_RISE[0] * height) & (rise <= APOSTROPHE_RISE[1] * height)
    head &= bottom <= tops + HEAD_SHARE * (bottoms - tops)
    hang = bottom - bottoms
    low = (hang <= COMMA_HANG[1] * height) & (top >= tops + HEAD_SHARE * (bottoms - tops))
    before = (rights <= left) & (left - rights <= reach)
    behind = (lefts >= right) & (lefts - right <= reach)

    def between(beside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.asarray((beside & before).any(axis=1) & (beside & behind).any(axis=1), bool)

    level = between(low & (hang >= -AT_FEET * height))
    if level.mean() >= MOSTLY_LEVEL:
        return level
    return between(head) | between(low & (hang >= COMMA_HANG[0] * height))


def _stretches(pieces: NDArray[np.int32], most: float) -> list[NDArray[np.int32]]:
    """Pieces, (N, 4) px, parted where more than `most` px lie between one and all above it."""
    pieces = pieces[np.argsort(pieces[:, 1], kind="stable")]
    reached = np.maximum.accumulate(pieces[:, 3])
    return np.split(pieces, np.flatnonzero(pieces[1:, 1] - reached[:-1] > most) + 1)


def rule_pieces(
    components: Components, rules: Rules, height: float, thin: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(N,) bool: thin pieces that lie on the line of a rule, left where the rule is broken or ragged.

    thin: (N,) bool, False for digits 1.
    """
    widths, heights = sizes(components)
    on_upright = thin & (
        (heights >= RULE_PIECE_ASPECT * widths)
        | ((widths <= max(3.0, HAIR_WIDTH * height)) & (heights >= HAIR_ASPECT * widths))
    )
    on_flat = widths >= RULE_PIECE_ASPECT * heights
    reach = max(2.0, RULE_PIECE_REACH * height)
    left, top, right, bottom = components.boxes.T
    pieces = np.zeros(len(components), bool)
    for rule in rules.vertical:
        beside = (left >= rule.left - reach) & (right <= rule.right + reach)
        pieces |= on_upright & beside & (bottom >= rule.top - height) & (top <= rule.bottom + height)
    for rule in rules.horizontal:
        near = (top >= rule.top - reach) & (bottom <= rule.bottom + reach)
        pieces |= on_flat & near
    return pieces


def holding_digits(components: Components, pieces: NDArray[np.bool_], height: float) -> NDArray[np.bool_]:
    """(N,) bool: those of upright pieces of rules that hold more than the rule, as digits that lie across it. pieces: (N,) bool, as
    from `rule_pieces`. height: px of the writing."""
    widths, heights = sizes(components)
    found = np.zeros(len(components), bool)
    likely = pieces & (heights >= height) & (widths >= HELD_WIDE * height) & (heights > widths)
    for n in np.flatnonzero(likely).tolist():
        mask = components.mask(n)
        of_line = mask.mean(axis=0) >= LINE_SHARE
        beside = cv2.dilate(of_line.astype(np.uint8), np.ones((3, 1), np.uint8)).ravel() == 0
        found[n] = np.count_nonzero(mask[:, beside]) >= HELD_INK * height * height
    return found


def grid_pieces(
    components: Components, rules: Rules, height: float, asked: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[Box]]:
    """Corners, crossings and ends of rules left inside a table, of the components asked about: (N,) bool, and the
    upright lines in them.

    Such a piece is larger than the writing. It fills one whole row and one whole column of its box, or has nearly
    all its ink in one narrow row and one narrow column, of which one may be missing.
    """
    found = np.zeros(len(components), bool)
    pieces: list[tuple[int, Box | None, Box | None]] = []  # with their upright and their level arm
    if not (rules.horizontal and rules.vertical):
        return found, []
    hull = rules.horizontal[0]
    for rule in (*rules.horizontal, *rules.vertical):
        hull = hull.union(rule)
    widths, heights = sizes(components)
    thin = components.areas <= CROSSING_FILL * widths * heights
    large = np.maximum(widths, heights) >= GRID_PIECE_HEIGHTS * height
    narrow = np.minimum(widths, heights) <= HAIR_WIDTH * height
    narrow |= np.maximum(widths, heights) >= RULE_PIECE_ASPECT * np.minimum(widths, heights)
    ragged = np.ones(max(3, round(RAGGED_HEIGHTS * height)), np.uint8)
    band = max(3, round(GRID_BAND * height))
    for n in np.flatnonzero(asked & (thin | narrow) & large).tolist():
        box = components.box(n)
        if box.left < hull.left or box.right > hull.right or box.top < hull.top or box.bottom > hull.bottom:
            continue
        mask = components.mask(n)
        row, rows = _fullest(mask, band)
        column, columns = _fullest(mask.T, band)
        outside = mask.copy()
        outside[row : row + band] = False
        outside[:, column : column + band] = False
        off = np.count_nonzero(outside)
        if thin[n] and max(box.width, box.height) >= CROSSING_HEIGHTS * height:
            picture = mask.astype(np.uint8)
            across = cv2.dilate(picture, ragged[:, None]).sum(axis=1).max() / box.width
            down = cv2.dilate(picture, ragged[None]).sum(axis=0).max() / box.height
            found[n] = (
                across >= CROSSING_SHARE and down >= CROSSING_SHARE and off <= MOST_OFF * components.areas[n]
            )
        if off <= (1 - GRID_SHARE) * components.areas[n]:
            left, top = box.left + column, box.top + row
            upright = Box(left, box.top, min(box.right, left + band), box.bottom)
            level = Box(box.left, top, box.right, min(box.bottom, top + band))
            arms = columns >= GRID_ARM * height, rows >= GRID_ARM * height
            pieces.append((n, upright if arms[0] else None, level if arms[1] else None))
    lines = np.array([*rules.vertical, *(up for _, up, _ in pieces if up)], np.int64).reshape(-1, 4)
    flat = np.array([*rules.horizontal, *(arm for _, _, arm in pieces if arm)], np.int64).reshape(-1, 4)
    for n, up, arm in pieces:  # a digit 1, or a 7 with an upright stem, unless a line goes on
        found[n] |= up is not None and _goes_on(up, lines, height)
        found[n] |= arm is not None and _goes_on(_turned(arm), flat[:, [1, 0, 3, 2]], height)
    return found, [up for n, up, _ in pieces if up is not None and found[n]]


def _turned(box: Box) -> Box:
    return Box(box.top, box.left, box.bottom, box.right)


def _goes_on(piece: Box, lines: NDArray[np.int64], height: float) -> bool:
    """Whether an upright piece goes on one of the lines, (N, 4) px, above or below it."""
    left, top, right, bottom = lines.T
    level = np.abs((left + right) - (piece.left + piece.right)) <= 2 * GRID_STRAY * height
    shared = np.minimum(bottom, piece.bottom) - np.maximum(top, piece.top)
    near = (shared > -GRID_GAP * height) & (shared < GRID_STRAY * height)
    return bool((level & near).any())


def _fullest(mask: NDArray[np.bool_], band: int) -> tuple[int, int]:
    """Where in (h, w) bool ink the fullest `band` rows begin, and how many columns have ink in them."""
    sums = np.concatenate([[0], np.cumsum(mask.sum(axis=1, dtype=np.int64))])
    wide = min(band, len(mask))
    start = int(np.argmax(sums[wide:] - sums[:-wide]))
    return start, int(np.count_nonzero(mask[start : start + wide].any(axis=0)))


def on_rules(
    components: Components, rules: Rules, height: float, asked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(N,) bool: what lies on ruled lines with nearly all its ink, of the components asked about: pieces of them
    with a crossing or a corner, which no longer look like pieces of one line."""
    found = np.zeros(len(components), bool)
    reach = max(2, round(ON_RULE_REACH * height))
    narrow = [rule for rule in rules.vertical if rule.width <= WIDEST_RULE * height]
    narrow += [rule for rule in rules.horizontal if rule.height <= WIDEST_RULE * height]
    bands = np.array(narrow, np.int64).reshape(-1, 4) + np.array([-reach, -reach, reach, reach])
    asked_boxes = components.boxes[asked].astype(np.int64)
    lefts, tops, rights, bottoms = np.ascontiguousarray(asked_boxes.T)
    inside = np.zeros(len(asked_boxes), np.int64)  # px of the box at most: crossings count twice
    for left, top, right, bottom in bands.tolist():
        across = np.minimum(rights, right) - np.maximum(lefts, left)
        down = np.minimum(bottoms, bottom) - np.maximum(tops, top)
        inside += np.maximum(across, 0) * np.maximum(down, 0)
    likely = inside >= ON_RULE_SHARE * components.areas[asked]
    for n in np.flatnonzero(asked)[likely].tolist():
        box, off = components.box(n), components.mask(n).copy()
        corner = (box.left, box.top, box.left, box.top)
        for left, top, right, bottom in np.maximum(bands - corner, 0).tolist():
            off[top:bottom, left:right] = False
        found[n] = np.count_nonzero(off) <= (1 - ON_RULE_SHARE) * components.areas[n]
    return found
