"""How a page lies in a photograph, and the picture as if taken from straight above.

What runs level on the page runs towards one point of a photograph that was taken aslant, and what runs upright
towards another. The slope of lines is told by how unevenly the ink falls into rows, as in `batchocr.imaging.deskew`,
but in bands of the page, across which it changes evenly; that of columns in the same way, by long ruled lines alone,
as strokes lean as their writer likes. Both points together give the homography that sends them to infinity
(Hartley and Zisserman 2004, 2.7). Leaves out: pages that are bent.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink
from batchocr.imaging.deskew import (
    WORTH_DEGREES,
    Turn,
    on_canvas,
    placed,
    reduced_twice,
    sheared,
    skew_of,
    squeezed,
    straighten,
    unevenness,
)

Reduced = NDArray[np.uint8]  # (h, w): a page's ink, few pixels wide, 0 to 255
BANDS = 8  # of a page, in each of which the slope of its lines is told
MOST_CHANGE = 8.0  # degrees by which the slope may change across the page,
FREE = 2.0  # and by which that in its middle may be off what the page's skew makes it
ROUGH, CLOSE = 0.5, 0.25  # degrees from one slope at which the ink is looked at to the next;
ROUGHLY, CLOSELY = 0.2, 0.1  # those between are told, and so far apart
AROUND = 0.8  # degrees on either side of what was found roughly that are looked at closely
HINT_CHANGE, HINT, HINT_LEAN = 0.4, 1.01, 1.1  # found roughly, these make it worth while to look closely
WORTH_CHANGE = 0.6  # degrees of change below which a page counts as flat: scans of bound books reach 0.4
WORTH_LEAN, MOST_LEAN = 0.5, 1.5  # degrees off upright by which columns that do not converge are put so
CLEAR_ROWS = 1.05  # times as uneven the rows must be as without a change, as for a page's skew;
CLEAR_COLUMNS = 1.12  # rules that are bent, or that show through from the back, reach 1.11
CLEAR_LEAN = 1.3
BORNE_ROWS, BORNE_COLUMNS = 1.02, 1.04  # without the band of the page that tells most
FARTHEST = 0.7  # times as near as its middle a page's corners are at least: a long strip would else have its horizon in the picture
MARGIN = 0.01  # of the picture, each way, that is not looked at
PIECES = 48  # of a column of the page; a ruled line fills two of them in a row
LEAST_RULES = 0.2  # of the page's height that one black ruled line has, or more or paler ones together


@dataclass(frozen=True, slots=True)
class Lie:
    """How a page lies in its picture, degrees.

    rows: how steeply its lines climb to the right, halfway down; rows_change: how much more at the foot than at the
    head. columns: how far its columns lean to the left going down, in the middle; columns_change: how much more at the
    right edge than at the left.
    """

    rows: float = 0.0
    rows_change: float = 0.0
    columns: float = 0.0
    columns_change: float = 0.0

    @property
    def is_flat(self) -> bool:
        """Whether turning it puts it straight."""
        return not self.rows_change and not self.columns_change and self.columns == -self.rows

    @property
    def is_straight(self) -> bool:
        """Whether it is straight as it is."""
        return self.is_flat and abs(self.rows) < WORTH_DEGREES


@dataclass(frozen=True, slots=True)
class _Tried:
    """Slopes in the middle, those expected among them, and changes, none among them: degrees."""

    expected: float
    middles: NDArray[np.float64]
    changes: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Fan:
    """Slopes that change evenly across a picture: degrees in its middle, and how much more at its foot."""

    middle: float
    change: float
    gain: float  # times as uneven as the best without a change,
    borne: float  # without the band that gains most, as one edge makes no page lie aslant,
    gain_turned: float  # and so the same as what was expected
    lines: float  # what stands out, as one black line that is so much of the picture's width


def lie_of(ink: Ink, *, aslant: bool = False) -> Lie:
    """How a page lies in its picture, told by its ink, (H, W) bool. aslant: it is known to have been photographed so, and has
    been put straight roughly."""
    small, fine = reduced_twice(ink)
    rows = skew_of(small, fine)
    flat = Lie(rows, 0.0, -rows, 0.0)
    small, fine = _inside(small), _inside(fine)
    on_side = np.ascontiguousarray(small.T)
    level, upright = _roughly(small, rows), _roughly(on_side, -rows, PIECES)
    converge = abs(level.change) >= HINT_CHANGE and level.gain >= HINT
    if not (aslant or converge or upright.gain >= HINT or upright.gain_turned >= HINT_LEAN):
        return flat
    columns = _columns(np.ascontiguousarray(fine.T), upright, -rows, aslant=aslant)
    middle, change = _rows(fine, level, rows, aslant=aslant, sure=columns is not None) or (rows, 0.0)
    lie = Lie(middle, change, *(columns or (-middle, 0.0)))
    high, wide = ink.shape
    column, row = _horizon(lie, high, wide)[:2]
    farthest = 1 - (abs(column) * wide + abs(row) * high) / 2
    return lie if farthest >= FARTHEST else flat


def _inside(page: Reduced) -> Reduced:
    """A reduced page without what is at the edges of the picture, which run along it however the page lies."""
    inside = np.zeros_like(page)
    rows, columns = (slice(round(MARGIN * size), size - round(MARGIN * size)) for size in page.shape)
    inside[rows, columns] = page[rows, columns]
    return inside


def _rows(
    fine: Reduced, roughly: _Fan, expected: float, *, aslant: bool, sure: bool
) -> tuple[float, float] | None:
    """The slope of the lines halfway down and how much it changes, degrees; None if nothing speaks against what is expected. aslant:
    as of `lie_of`; sure: that its columns are not as expected."""
    fan = _fan(fine, _closely(roughly, expected), CLOSE)
    clear = fan.gain >= CLEAR_ROWS and (sure or fan.borne >= BORNE_ROWS) and abs(fan.change) >= WORTH_CHANGE
    return (fan.middle, fan.change) if clear or (aslant and fan.gain >= HINT) else None


def _columns(fine: Reduced, roughly: _Fan, expected: float, *, aslant: bool) -> tuple[float, float] | None:
    """The same of the columns, in the middle of the page and across it, or None. fine: the page on its side."""
    fan = _fan(fine, _closely(roughly, expected), CLOSE, PIECES)
    if fan.lines < LEAST_RULES:
        return None
    clear = fan.gain >= CLEAR_COLUMNS and fan.borne >= BORNE_COLUMNS and abs(fan.change) >= WORTH_CHANGE
    if clear or (aslant and fan.gain >= HINT):
        return fan.middle, fan.change
    lean = WORTH_LEAN <= abs(fan.middle - expected) <= MOST_LEAN and fan.gain_turned >= CLEAR_LEAN
    return (fan.middle, 0.0) if lean else None


def _roughly(small: Reduced, expected: float, pieces: int = 0) -> _Fan:
    """What is found at first. pieces: as of `_fan`."""
    narrow, steeper = squeezed(small)
    tried = _Tried(expected, _about(expected, FREE, ROUGHLY), _about(0.0, MOST_CHANGE, ROUGHLY))
    return _fan(narrow, tried, ROUGH, pieces, steeper)


def _closely(found: _Fan, expected: float) -> _Tried:
    """What is tried around it, and no change."""
    middles, changes = (_about(middle, AROUND, CLOSELY) for middle in (found.middle, found.change))
    return _Tried(expected, np.append(middles, expected), np.append(changes, 0.0))


def _about(middle: float, reach: float, step: float) -> NDArray[np.float64]:
    """Degrees up to so many away from some, step by step."""
    count = round(reach / step)
    return np.asarray(middle + step * np.arange(-count, count + 1), np.float64)


def _fan(lines: Reduced, tried: _Tried, step: float, pieces: int = 0, steeper: float = 1.0) -> _Fan:
    """The slopes at which the ink of a reduced page falls most unevenly into rows, step degrees apart. pieces: into so
    many every row is divided, of which those count that hold ink beside others that do; 0: all ink counts."""
    bands = (np.arange(BANDS) + 0.5) / BANDS - 0.5
    wanted = tried.middles[:, None, None] + tried.changes[:, None] * bands
    least, most = ((side - tried.expected) / step for side in (wanted.min(), wanted.max()))
    # the one expected is among them: told from others it would seem less sharp than it is
    slopes = tried.expected + step * np.arange(np.floor(least), np.floor(most) + 2)
    sharp = np.array([_sharpness_of_bands(lines, slope, pieces, steeper) for slope in slopes])
    places = (wanted - slopes[0]) / step
    first = np.clip(places.astype(int), 0, len(slopes) - 2)
    weight = places - first
    band = np.arange(BANDS)
    each = sharp[first, band] * (1 - weight) + sharp[first + 1, band] * weight
    total = each.sum(axis=2)
    best = np.unravel_index(total.argmax(), total.shape)
    is_flat, is_expected = tried.changes == 0, tried.middles == tried.expected
    flat = np.where(is_flat, total, 0.0)
    gain, borne = _gains(each[best], each[np.unravel_index(flat.argmax(), total.shape)])
    turned = each[np.flatnonzero(is_expected)[0], np.flatnonzero(is_flat)[0]]
    return _Fan(
        float(tried.middles[best[0]]),
        float(tried.changes[best[1]]),
        gain,
        borne,
        _gains(each[best], turned)[1],
        float(np.sqrt(total[best] / 2)) / (255 * max(1, pieces - 1)),
    )


def _gains(best: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Times as uneven the bands are together, (BANDS,), and without the one that gains most."""
    rest = np.arange(BANDS) != (best - other).argmax()
    all_, others = (
        float(best[part].sum()) / max(float(other[part].sum()), 1.0) for part in (slice(None), rest)
    )
    return all_, others


def _sharpness_of_bands(lines: Reduced, degrees: float, pieces: int, steeper: float) -> NDArray[np.float64]:
    """How unevenly the ink falls into the rows of each band when it is turned by so many degrees: (BANDS,)."""
    turned = sheared(lines, degrees, steeper)
    if pieces:
        means = cv2.resize(turned, (pieces, len(turned)), interpolation=cv2.INTER_AREA)
        turned = np.minimum(means[:, 1:], means[:, :-1])
    return np.array([part.sum() for part in np.array_split(unevenness(turned), BANDS)])


def put_straight(image: Grey, *lies: Lie) -> tuple[Grey, Turn]:
    """The page as seen from above, its lines level and its columns upright, on a canvas that holds all of it: (H', W')
    uint8. What is in the middle keeps its size. lies: how it lies, and how it still lies when it was put straight by that."""
    if len(lies) == 1 and lies[0].is_flat:
        return straighten(image, lies[0].rows)
    matrix, shape = np.eye(3), image.shape
    for lie in lies:
        matrix, shape = on_canvas(_seen_from_above(lie, *shape) @ matrix, image.shape)
    return placed(image, matrix)


def _seen_from_above(lie: Lie, height: int, width: int) -> NDArray[np.float64]:
    """The homography, (3, 3), that makes the lines of a page so high and wide level and its columns upright."""
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    level, upright = _vanishing(lie, height, width)
    flat = np.array([[1, 0, 0], [0, 1, 0], _horizon(lie, height, width)])
    ways = np.column_stack([way[:2] / np.hypot(*way[:2]) for way in (level, upright)])
    straight = np.eye(3)
    straight[:2, :2] = np.linalg.inv(ways)
    return np.asarray(straight @ flat @ centre, np.float64)


def _vanishing(lie: Lie, height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The points, (3,) each, to which what is level and what is upright on a page runs, the page's middle being 0."""
    row, row_change = _slope(lie.rows, lie.rows_change, height)
    column, column_change = _slope(lie.columns, lie.columns_change, width)
    return np.array([1, row, -row_change]), np.array([column, 1, -column_change])


def _horizon(lie: Lie, height: int, width: int) -> NDArray[np.float64]:
    """The line through both, (3,): with a place, it tells how many times as near as the page's middle that is."""
    horizon = np.cross(*_vanishing(lie, height, width))
    return np.asarray(horizon / horizon[2], np.float64)


def _slope(degrees: float, change: float, size: int) -> tuple[float, float]:
    """The slope in the middle, and by how much it grows for each pixel."""
    head, foot = (-np.tan(np.radians(degrees + side * change)) for side in (-0.5, 0.5))
    return (head + foot) / 2, (foot - head) / size
