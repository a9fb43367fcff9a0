"""Strokes of digits told from the ruled lines that they touch: strokes bend, and one that runs along a line makes it thick.

All runs here go from left to right; upright ones come transposed. Leaves out: finding runs and deleting them (`rules`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batchocr.imaging.labels import stretches

RAGGED = 1.4  # times its median thickness that a blurred rule may be thick
SLACK = 2  # px that a rule's ragged edge may add to its thickness
STRAIGHT = 0.9  # of a rule's edges that lie along a line,
ROUGH, ROUGH_SHARE = 1.25, 0.18  # within so many px or so much of its thickness
MOST_OF_EDGE = 0.8  # of an edge, by which its line is laid
UNTOUCHED = 0.15  # of a short rule's length that no stroke runs along, at least; half of a long one's
MOST_OF_ONE = 4.0  # times as thick that one rule and strokes along it are wide,
SLANT = 0.05  # and shares of its length: what is wider is rules that meet
LONGEST_STROKE = 6.0  # times as long as the shortest: what is longer is a rule too

Columns = NDArray[np.intp]


def stroke_width(mask: NDArray[np.bool_]) -> float:
    """px: the median run along the rows of (h, w) ink, which upright strokes give their width."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, stops = np.nonzero(edges == 1)[1], np.nonzero(edges == -1)[1]
    return float(np.median(stops - starts)) if starts.size else 0.0


def is_straight(ink: NDArray[np.bool_], thickness: int) -> bool:
    """Whether both edges of a run's (h, w) ink lie along straight lines. thickness: its usual one, px."""
    columns = np.flatnonzero(ink.any(axis=0))
    most = max(ROUGH, ROUGH_SHARE * thickness)
    return all(_roughness(columns, edge) <= most for edge in _edges(ink[:, columns]))


def usual_thickness(counts: Columns, stretch: int) -> float:
    """px, where no stroke runs along. counts: (w,) px of a rule's ink across. stretch: px; strokes may take most of a rule that
    is not twice as long."""
    counts = counts[counts > 0]
    return _of_order(counts, UNTOUCHED if len(counts) < 2 * stretch else 0.5)


def has_strokes(counts: Columns, height: int, thickness: float, stroke: float) -> bool:
    """Whether strokes at least `stroke` px long may run along a rule. counts: as in `usual_thickness`. height: px of the rule's
    box. thickness: the rule's usual one, px."""
    most = RAGGED * thickness + SLACK
    of_one = height <= MOST_OF_ONE * thickness + SLANT * len(counts)
    return bool(of_one and counts.max() > most and _longest(counts > most) >= stroke)


def without_strokes(
    own: NDArray[np.bool_], ink: NDArray[np.bool_], thickness: float, stroke: float, stretch: int
) -> NDArray[np.bool_]:
    """A rule's (h, w) pixels without those of strokes along it; the same where what is left over is another rule.

    ink: (h, w), those that are ink. thickness, stroke: as in `has_strokes`. stretch: px for which a rule is straight.
    """
    kept = own.copy()
    rows = np.arange(len(own))[:, None]
    columns = np.flatnonzero(ink.any(axis=0))
    for some in np.array_split(columns, max(1, round(len(columns) / stretch))):
        whole = np.arange(some[0], some[-1] + 1)
        edges = _edges(ink[:, some])
        upper, lower = (_line(some, edge, whole) for edge in edges)
        if float(np.mean(lower - upper)) + 1 > thickness + SLACK:
            # a stroke along most of it, on its rougher side
            if _roughness(some, edges[0]) <= _roughness(some, edges[1]):
                lower = upper + thickness - 1
            else:
                upper = lower - thickness + 1
        kept[:, whole] &= (rows >= upper - 1) & (rows <= lower + 1)
    left_over = np.asarray((own & ~kept).any(axis=0), bool)
    return own if _longest(left_over) > LONGEST_STROKE * stroke or not kept.any() else kept


def _longest(flags: NDArray[np.bool_]) -> int:
    """Of the runs of true ones, (N,)."""
    return int(np.diff(stretches(flags)).max(initial=0))


def _edges(ink: NDArray[np.bool_]) -> tuple[Columns, Columns]:
    """(w,) the first and the last row of (h, w) ink, which has some in each column."""
    return ink.argmax(axis=0), len(ink) - 1 - ink[::-1].argmax(axis=0)


def _roughness(columns: Columns, edge: Columns) -> float:
    """px by which most of an edge strays from its line at most. columns, edge: (N,)."""
    return _of_order(np.abs(edge - _line(columns, edge, columns)), STRAIGHT)


def _line(columns: Columns, edge: Columns, at: Columns) -> NDArray[np.float64]:
    """(M,) rows of the straight line through most of an edge, at those columns. columns, edge: (N,)."""
    slope, foot = _fitted(columns, edge)
    off = np.abs(edge - (slope * columns + foot))
    near = off <= _of_order(off, MOST_OF_EDGE)
    slope, foot = _fitted(columns[near], edge[near])
    return np.asarray(slope * at + foot, np.float64)


def _of_order(values: NDArray[np.generic], share: float) -> float:
    """The smallest of (N,) values that so many of them, a share, do not exceed: for a hundred twenty times as fast as a quantile."""
    return float(np.sort(values)[int(share * (len(values) - 1))])


def _fitted(columns: Columns, edge: Columns) -> tuple[float, float]:
    """Slope and foot of the line of least squares."""
    middle, mean = float(columns.mean()), float(edge.mean())
    spread = float(((columns - middle) ** 2).sum())
    slope = float(((columns - middle) * (edge - mean)).sum()) / spread if spread else 0.0
    return slope, mean - slope * middle
