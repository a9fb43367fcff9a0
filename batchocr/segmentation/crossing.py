"""Lines through writing: short ruled ones taken away, and what they or longer ones strike out told.

A ruled line too short to be known for one by its length stands out on either side of a digit or a number as a thin level
stub, is much thinner than the strokes of the pen and runs straight from stub to stub. It is taken away as rules are: only
where the run across it is no longer than it is thick, so that a stroke that crosses it stays. A line of any thickness,
level or aslant, that runs through the middle of a number and ends about where it does may strike it out. Leaves out:
waves and crosses, which make digits that no reader is sure of.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.imaging.strokes import stroke_width
from batchocr.segmentation.shape import inked_along

LEAST_STUB = 0.04  # of the ink's height, by which a line stands out on either side
LEAST_STUB_PX = 3
THICKEST = 0.12  # of the ink's height, that a line is thick
THINNER = 0.6  # of the strokes' width, that a line is thick at most
RAGGED = 1  # px by which a line's edges stray
END = 1  # px at its very ends, which may be rounded
SLOPE = 0.05  # of its length, by which a line rises or falls at most
LEAST_LEFT = 0.5  # of the ink, that is left when the line is gone
MOST_GAPS = 0.1  # of its length where a line shows no ink
UNDER = 0.8  # of the ink's height, below which a line lies under the writing and strikes nothing out
OVER = 0.08  # of the same, above which it lies over the writing
LONG_OVER = 1.3  # heights of the ink that a line over a lone stem is long at least
STEM = 0.45  # of its height, that such a stem is wide at most
LONGER_THAN_A_BAR = 1.0  # heights of the ink that a line of the pen is long which is no bar of a digit
SEVERAL = 1.4  # width / height of more than one digit
THROUGH = 0.92  # of their width, that a line through them is long
ASLANT = 0.6  # of its length, by which such a line rises or falls at most
FEW = 8  # columns looked at first
LEVEL = 1  # px at both ends by which it does so and is level all the same
SLIM = 0.16  # of their height, so far above and below its middle there is paper,
PARTLY_SLIM = 0.3  # for so much of its length if it is level: less where the strokes of bold digits touch,
MOSTLY_SLIM = 0.4  # and for so much if it is aslant
LOOKED_AT = 48  # px of their height at which lines through them are looked for
INSIDE = (0.25, 0.72)  # of their height, between which it runs
MIDDLE = (0.15, 0.75)  # of a word's height, between which a long line strikes it out
MOSTLY = 0.5  # of a word's width that such a line covers
BEYOND = 1.5  # writing heights by which it goes on beyond what it strikes out
AT_EDGE = 2  # px: a line that ends so near the picture's edge may go on beyond it
LEAST_HEIGHT = 12  # px: in lower writing a line is as thick as a stroke

Mask = NDArray[np.bool_]


def without_line(mask: Mask) -> tuple[Mask, bool]:
    """The (h, w) bool ink of a digit, or of several that touch, without a thin level line through it, and whether a line
    that is there, thin or not, may have been meant to strike it out."""
    found = _line_through(mask)
    if found is None:
        return mask, _runs_through(mask)
    left, thin, strikes = found
    return (left, strikes) if thin else (mask, strikes and mask.shape[1] >= LONGER_THAN_A_BAR * len(mask))


def _line_through(mask: Mask) -> tuple[Mask, bool, bool] | None:
    """The ink without the line that stands out on either side of it, whether that is much thinner than its strokes, and
    whether it runs through its middle; None where there is no such line."""
    high, wide = mask.shape
    thickest, least = max(2, round(THICKEST * high)), max(LEAST_STUB_PX, round(LEAST_STUB * high))
    if high < LEAST_HEIGHT or wide < 2 * (least + END):
        return None
    if any(np.count_nonzero(mask[:, x]) > thickest for x in (0, -1, least, -least - 1)):  # nearly all ink
        return None
    before, after = _stub(mask, least), _stub(mask[:, ::-1], least)
    if before is None or after is None:
        return None
    (top, stop), (other_top, other_stop) = before, after
    thick = max(stop - top, other_stop - other_top)
    if thick > thickest or abs(top - other_top) > SLOPE * wide + RAGGED:
        return None
    middles = np.linspace((top + stop - 1) / 2, (other_top + other_stop - 1) / 2, wide)
    rows = middles.round().astype(np.int64)
    on, gone = _line(mask, rows, thick)
    left = mask & ~gone
    if on.mean() < 1 - MOST_GAPS or np.count_nonzero(left) < LEAST_LEFT * np.count_nonzero(mask):
        return None
    thin = thick <= THINNER * stroke_width(left)
    inked = np.flatnonzero(left.any(axis=1))
    depth = (float(rows.mean()) - inked[0]) / max(1, inked[-1] - inked[0])
    is_stem = np.count_nonzero(left.any(axis=0)) < STEM * high
    if depth <= OVER and wide < LONG_OVER * high and is_stem:  # the bar of a T
        return None
    return left, thin, bool(OVER < depth < UNDER)


def _runs_through(mask: Mask) -> bool:
    """Whether a straight line of any thickness, level or aslant, runs through (h, w) bool ink of several digits, which no bar
    of a digit's own does."""
    high, wide = mask.shape
    if high < LEAST_HEIGHT or wide < SEVERAL * high:
        return False
    # a line that is not quite straight steps by one pixel at a time
    thick = cv2.dilate(mask.view(np.uint8), np.ones((3, 1), np.uint8))
    share = min(1.0, LOOKED_AT / high)
    if share < 1:
        thick = cv2.resize(thick, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        high, wide = thick.shape
    ink = thick > 0
    across = np.arange(round((1 - THROUGH) / 2 * wide), round((1 + THROUGH) / 2 * wide))
    middles = np.arange(round(INSIDE[0] * high) + 1, round(INSIDE[1] * high))
    steepest = round(min(high, ASLANT * wide) / 2)
    slopes = np.arange(-steepest, steepest + 1)
    some = across[:: max(1, len(across) // FEW)]  # nearly all ink has no such line, which a few columns tell
    lines = np.argwhere(inked_along(ink, _rows(middles[:, None], slopes, some, wide), some))
    rows = _rows(middles[lines[:, 0]], slopes[lines[:, 1]], across, wide)
    found = inked_along(ink, rows, across)
    lines, rows = lines[found], rows[found]
    if not len(lines):
        return False
    off = max(2, round(SLIM * high))
    above, below = (np.clip(rows + way * off, 0, high - 1) for way in (-1, 1))
    alone = (~ink[above, across] & ~ink[below, across]).mean(axis=1)
    level = abs(lines[:, 1] - steepest) <= LEVEL
    return bool((alone[level] >= PARTLY_SLIM).any() or alone[len(alone) // 2] >= MOSTLY_SLIM)


def _rows(
    middles: NDArray[np.int64], slopes: NDArray[np.int64], across: NDArray[np.int64], wide: int
) -> NDArray[np.int64]:
    """(..., M) rows at M columns of lines with such rows in the middle of `wide` px, and so many px lower at its end."""
    rises = slopes[..., None] * (2 * across / wide - 1)
    return np.asarray(middles[..., None] + rises.round().astype(np.int64), np.int64)


def struck_by(
    boxes: NDArray[np.float64], lines: NDArray[np.float64], height: float, width: int
) -> NDArray[np.bool_]:
    """(N,) bool: which words a long level line through their middle seems to strike out: it ends about where they do,
    and a line of ruled paper goes on, beyond the picture's edge if need be.

    boxes: (N, 4) px of words. lines: (M, 4) px of level ruled lines. height: px of the writing. width: px of the page.
    """
    struck = np.zeros(len(boxes), bool)
    if not len(boxes):
        return struck
    lefts, tops, rights, bottoms = boxes.T
    reach = BEYOND * height
    for left, top, right, bottom in lines.tolist():
        depth = ((top + bottom) / 2 - tops) / np.maximum(1.0, bottoms - tops)
        shared = np.minimum(rights, right) - np.maximum(lefts, left)
        through = (depth > MIDDLE[0]) & (depth < MIDDLE[1]) & (shared >= MOSTLY * (rights - lefts))
        if not through.any():
            continue
        if goes_on(left, right, width):
            continue
        ends_there = left >= lefts[through].min() - reach and right <= rights[through].max() + reach
        if ends_there:
            struck |= through
    return struck


def goes_on(left: float, right: float, width: int) -> bool:
    """Whether a line from `left` to `right` px may go on beyond the edge of a page so wide."""
    return left <= AT_EDGE or right >= width - AT_EDGE


def _stub(mask: Mask, least: int) -> tuple[int, int] | None:
    """The rows, half-open, of a level stub at the left end of (h, w) ink, at least so many px long."""
    columns = mask[:, END : END + least]
    counts = np.count_nonzero(columns, axis=0)
    tops = columns.argmax(axis=0)
    stops = len(mask) - columns[::-1].argmax(axis=0)
    in_one = counts > 0
    in_one &= stops - tops == counts
    if not in_one.all() or np.ptp(tops) > RAGGED or np.ptp(stops) > RAGGED:
        return None
    return int(tops.min()), int(stops.max())


def _line(mask: Mask, rows: NDArray[np.int64], thick: int) -> tuple[Mask, Mask]:
    """In which columns of (h, w) ink the line, whose middle lies on `rows` (w,), is inked, and (h, w) its own ink: the
    runs down a column that meet it and are no longer than it is thick."""
    high, wide = mask.shape
    reach = thick // 2 + RAGGED
    on, gone = np.zeros(wide, bool), np.zeros_like(mask)
    for x, row in enumerate(rows.tolist()):
        column = mask[:, x]
        near = np.flatnonzero(column[max(0, row - reach) : row + reach + 1])
        if not near.size:
            continue
        on[x] = True
        first = last = max(0, row - reach) + int(near[len(near) // 2])
        while first > 0 and column[first - 1]:
            first -= 1
        while last + 1 < high and column[last + 1]:
            last += 1
        if last - first + 1 <= thick + RAGGED:
            gone[first : last + 1, x] = True
    return on, gone
