"""Machine-readable codes, which are no writing: barcodes, whose bars pass for tall ones, and QR codes.

A barcode is a row of solid upright bars of one height and several widths, closer together than digits are printed. A
QR code has, in three of its corners, a square ring around a solid square (ISO/IEC 18004, finder patterns of 7:5:3
modules). Leaves out: what they say; codes without such patterns (Data Matrix, PDF417); barcodes on their side, whose
bars are no taller than specks.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.components import Components, sizes

LEAST_BAR = 12  # px of a bar's height
BAR_ASPECT = 2.5  # height / width at least
SOLID = 0.8  # ink / box of a bar or a square at least
FEWEST_BARS = 12  # an EAN-8, the shortest, has 22, some of which may have run together
BAR_LEVEL = 0.08  # heights by which the upper ends of two neighbours differ at most,
GUARD = 0.25  # and the lower ends: guard bars are longer
BAR_GAP = 0.4  # heights between two neighbours at most,
USUAL_GAP = 0.2  # and as a rule: printed ones stand farther apart
BAR_WIDTHS = 1.4  # times as wide as the narrow ones are the wide ones at least
LEAST_SQUARE = 4  # px: the solid square of three modules
SQUARE_ASPECT = 1.25  # the longer side of which is at most so many times the shorter
RING_SIZE = (2.0, 2.7)  # times as large as that is the ring around it: 7 / 3
RING_FILL = (0.35, 0.7)  # ink / box of the ring: 24 of 49 modules
CENTRED = 0.12  # of the ring's side by which the middles of the two differ at most
SQUARES_ALIKE = 1.2  # times: sizes of the three rings
CORNER_SLACK = 0.15  # of the longer side: how far the three are from a right angle between equal sides
CELL = 24  # px: middles are no farther apart than one such cell, whatever the code's size
ROW_KEY = 1 << 20  # more cells than a page has in a column
MOST_FINDERS = 24  # with more of them on a page, they are something else


def barcodes(components: Components) -> NDArray[np.bool_]:
    """(N,) bool: the bars of barcodes, and what lies among them."""
    widths, heights = sizes(components)
    bars = np.flatnonzero(
        (heights >= LEAST_BAR)
        & (heights >= BAR_ASPECT * widths)
        & (components.areas >= SOLID * widths * heights)
    )
    found = np.zeros(len(components), bool)
    if len(bars) < FEWEST_BARS:
        return found
    bars = bars[np.argsort(components.boxes[bars, 0], kind="stable")]
    for row in _rows(components.boxes[bars].astype(np.int64)):
        if len(row) >= FEWEST_BARS and _is_barcode(components.boxes[bars[row]]):
            found |= _within(components, components.boxes[bars[row]])
    return found


def _rows(bars: NDArray[np.int64]) -> list[list[int]]:
    """Rows of bars, (N, 4) px from left to right, that stand side by side on one level."""
    rows: list[list[int]] = []
    row_of: dict[int, int] = {}
    lefts = bars[:, 0]
    for n, (_, top, right, bottom) in enumerate(bars.tolist()):
        high = bottom - top
        row = row_of.setdefault(n, len(rows))
        if row == len(rows):
            rows.append([n])
        stop = int(np.searchsorted(lefts, right + BAR_GAP * high, side="right"))
        near = bars[n + 1 : stop]
        level = (abs(near[:, 1] - top) <= BAR_LEVEL * high) & (abs(near[:, 3] - bottom) <= GUARD * high)
        beside = np.flatnonzero(level & (near[:, 0] >= right))
        if len(beside) and (following := n + 1 + int(beside[0])) not in row_of:
            row_of[following] = row
            rows[row].append(following)
    return rows


def _is_barcode(bars: NDArray[np.int32]) -> bool:
    """Whether bars in a row, (N, 4) px from left to right, are close together and of several widths."""
    widths, height = bars[:, 2] - bars[:, 0], float(np.median(bars[:, 3] - bars[:, 1]))
    gaps = bars[1:, 0] - bars[:-1, 2]
    narrow, wide = np.percentile(widths, (10, 90))
    return bool(np.median(gaps) <= USUAL_GAP * height and wide >= BAR_WIDTHS * narrow)


def qr_codes(components: Components) -> NDArray[np.bool_]:
    """(N,) bool: the modules of QR codes."""
    found = np.zeros(len(components), bool)
    finders = _finders(components)
    if not 3 <= len(finders) <= MOST_FINDERS:
        return found
    for three in combinations(finders, 3):
        if _are_corners(np.array(three, np.float64)):
            found |= _within(components, np.array(three))
    return found


def _finders(components: Components) -> list[list[int]]:
    """The boxes, px, of square rings around solid squares."""
    widths, heights = sizes(components)
    longer, shorter = np.maximum(widths, heights), np.minimum(widths, heights)
    square = (shorter >= LEAST_SQUARE) & (longer <= SQUARE_ASPECT * shorter)
    fill = components.areas / np.maximum(widths * heights, 1)
    rings = components.boxes[square & (fill >= RING_FILL[0]) & (fill <= RING_FILL[1])].astype(np.int64)
    solid = components.boxes[square & (fill >= SOLID)].astype(np.int64)
    found: list[list[int]] = []
    for left, top, right, bottom in solid[_are_near(solid, rings)].tolist():
        sides = np.maximum(rings[:, 2] - rings[:, 0], rings[:, 3] - rings[:, 1])
        times = sides / max(right - left, bottom - top)
        off = np.maximum(
            abs(rings[:, 0] + rings[:, 2] - left - right), abs(rings[:, 1] + rings[:, 3] - top - bottom)
        )
        around = (times >= RING_SIZE[0]) & (times <= RING_SIZE[1]) & (off <= 2 * CENTRED * sides)
        found += rings[around].tolist()
    return found


def _are_near(some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) px may have about the same middle as one of (M, 4) px: a page has a thousand points."""
    own, taken = (tuple((box[:, k] + box[:, k + 2]) // (2 * CELL) for k in (0, 1)) for box in (some, others))
    keys = np.concatenate([(taken[0] + x) * ROW_KEY + taken[1] + y for x in (-1, 0, 1) for y in (-1, 0, 1)])
    return np.asarray(np.isin(own[0] * ROW_KEY + own[1], keys), bool)


def _are_corners(rings: NDArray[np.float64]) -> bool:
    """Whether three rings, (3, 4) px, are alike and lie in three corners of a square."""
    sides = np.maximum(rings[:, 2] - rings[:, 0], rings[:, 3] - rings[:, 1])
    if sides.max() > SQUARES_ALIKE * sides.min():
        return False
    middles = (rings[:, :2] + rings[:, 2:]) / 2
    short, other, long = np.sort([np.hypot(*(a - b)) for a, b in combinations(middles, 2)])
    slack = CORNER_SLACK * other
    return bool(
        short > sides.max() and other - short <= slack and abs(np.hypot(short, other) - long) <= slack
    )


def _within(components: Components, parts: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(N,) bool: the components whose middle lies in the hull of (M, 4) px."""
    left, top = parts[:, :2].min(axis=0)
    right, bottom = parts[:, 2:].max(axis=0)
    middles = (components.boxes[:, :2] + components.boxes[:, 2:]) / 2
    x, y = middles.T
    return np.asarray((x >= left) & (x <= right) & (y >= top) & (y <= bottom), bool)
