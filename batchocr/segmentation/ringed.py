"""Rings that people draw around a number: taken away, so that what is in them can be read.

A ring is a closed curve, higher than the writing, that an ellipse fits: seen from its middle, the outer edge changes
little from one direction to the next. What is in it may touch it and stick out of it, and if it does not, the ends of the
curve may pass or miss each other. Leaves out: rings that print touches all around.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.imaging.labels import label
from batchocr.segmentation.components import Components, sizes

# middle x and y, half axes, px, and how the first of these lies, radians
Ellipse = tuple[float, float, float, float, float]

RING_HEIGHTS = (1.3, 6.0)  # writing heights that a ring is high,
RING_WIDTHS = (0.9, 16.0)  # and wide
TOUCHED = 1.25  # writing heights that it is high and wide if all that it holds touches it
SMALL_RING = 0.5  # writing heights that a circle is high which is printed around small print,
CIRCLE = 1.25  # times as high as wide at most, or as wide as high,
SMALL_SHARE = 0.3  # and what it holds is so much of its own height: more than dirt in a 0
RING_FILL = 0.45  # ink / box of it and what touches it at most
ENCLOSED, HOLLOW = 0.5, 1.6  # of its box, and times its ink, that its outer edge encloses
CORNER, ANGLES = (
    0.1,
    3,
)  # shorter sides from a corner, and how many corners of its box a ring's outer edge does not reach
FITS = 4  # times an ellipse is fitted, each to the points that lie near the last,
NEAR = (0.3, 0.2, 0.12)  # of its radius
FEWEST_POINTS = 20  # of its outer edge
DIRECTIONS = 96  # in which it is looked at from its middle
SMOOTH = 13  # neighbouring directions whose median tells where its edge should be
OUTERMOST, INNERMOST = 1.25, 0.4  # radii between which its edge is looked for
STRAY, STRAY_PX = (
    0.06,
    1.5,
)  # radii by which the edge strays from where it should be, of a small ring so many px
ROUND = 0.2  # and by which that differs from the ellipse
COVERED = 0.85  # of the directions that see the edge there
THICKEST = 0.3  # writing heights that its stroke is thick at most
RAGGED = 1.5  # times its usual thickness that it may be thick
INSIDE_HEIGHTS = 0.5  # writing heights: what it is drawn around is at least so high,
INSIDE_SHARE = 0.28  # and so much of the ring's own height,
CORE = 0.45  # and where it touches the ring it comes so near its middle, of its half axes: the thick sides of a 0 do not


def find_rings(components: Components, height: float) -> list[tuple[int, NDArray[np.bool_]]]:
    """The components that are rings around something, and what touches them: the index of each, and (h, w) bool, which of
    its pixels are the ring's. height: px of the writing."""
    widths, heights = sizes(components)
    fit = (heights >= RING_HEIGHTS[0] * height) & (heights <= RING_HEIGHTS[1] * height)
    fit &= (widths >= RING_WIDTHS[0] * height) & (widths <= RING_WIDTHS[1] * height)
    small = (heights >= SMALL_RING * height) & (heights < RING_HEIGHTS[0] * height)
    small &= np.maximum(widths, heights) <= CIRCLE * np.minimum(widths, heights)
    thin = components.areas <= RING_FILL * widths * heights
    touched = fit & (heights >= TOUCHED * height) & (widths >= TOUCHED * height)
    found = []
    for n in np.flatnonzero((fit | small) & thin).tolist():
        least = _least(heights[n], height) if fit[n] else SMALL_SHARE * heights[n]
        holds = _holds_others(components, n, least)
        if not (holds or touched[n]):
            continue
        mask = components.mask(n)
        rim = rim_of(mask, height)
        if rim is not None:
            if holds or _leaves_something(mask & ~rim, height):
                found.append((n, rim))
        elif holds and (rim := rim_of(mask, height, may_be_open=True)) is not None:
            # without a digit that touches it the rest is its ends
            found.append((n, rim if _pieces_as_high(mask & ~rim, least) else mask))
    return found


def rim_of(mask: NDArray[np.bool_], height: float, *, may_be_open: bool = False) -> NDArray[np.bool_] | None:
    """Which pixels of (h, w) bool ink are of a thin closed curve around the rest of it, if it has such; None if not. A 0
    is such a curve. height: px of the writing. may_be_open: its ends need not meet."""
    ellipse = _ellipse(mask, may_be_open=may_be_open)
    if ellipse is None:
        return None
    seen, radii = _unfolded(mask, ellipse)
    first = radii[seen.argmax(axis=1)]
    usual = _median_around(first)
    stray = max(STRAY, STRAY_PX / min(ellipse[2:4]))
    on = seen.any(axis=1) & (abs(first - usual) <= stray)
    if on.mean() < COVERED or abs(usual - 1).max() > ROUND:
        return None
    reach = _reach(ellipse)
    # px; most directions see the stroke aslant
    thick = float(np.percentile(_run_lengths(seen[on]) * reach[on], 25)) * (radii[0] - radii[1])
    if thick > THICKEST * height:
        return None
    radius, sector = _polar(mask.shape, ellipse)
    innermost = usual - RAGGED * thick / reach
    rim = (radius <= usual[sector] + stray) & (radius >= innermost[sector])
    return np.asarray(mask & rim, bool)


def _holds_others(components: Components, ring: int, least: float) -> bool:
    """Whether other ink in a ring is high enough to have it drawn around, `least` px."""
    box = components.box(ring)
    held = components.inside(box)
    held[ring] = False
    return bool((held & (sizes(components)[1] >= least)).any())


def _leaves_something(rest: NDArray[np.bool_], height: float) -> bool:
    """Whether the (h, w) rest of a ring is so, and no edge of it."""
    y, x = np.indices(rest.shape)
    core = np.hypot(2 * x / rest.shape[1] - 1, 2 * y / rest.shape[0] - 1) <= CORE
    return any((core & piece).any() for piece in _pieces_as_high(rest, _least(len(rest), height)))


def _pieces_as_high(rest: NDArray[np.bool_], least: float) -> list[NDArray[np.bool_]]:
    """(h, w) bool each: the pieces of a ring's rest that are at least so many px high."""
    labels, stats = label(rest.view(np.uint8))
    return [labels == n for n, high in enumerate(stats[:, 3].tolist(), 1) if high >= least]


def _least(ring: float, height: float) -> float:
    """px that something in a ring so many px high has to be high."""
    return max(INSIDE_HEIGHTS * height, INSIDE_SHARE * ring)


def _ellipse(mask: NDArray[np.bool_], *, may_be_open: bool) -> Ellipse | None:
    """The ellipse that runs along most of the outer edge of (h, w) bool ink."""
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outer = max(contours, key=len)
    enclosed = cv2.contourArea(cv2.convexHull(outer) if may_be_open else outer)
    if enclosed < max(ENCLOSED * mask.size, HOLLOW * np.count_nonzero(mask)):
        return None
    edge = outer[:, 0].astype(np.float32)
    if _is_angular(edge, mask.shape):
        return None
    chosen = edge
    for n in range(FITS):
        if len(chosen) < FEWEST_POINTS:
            return None
        (x, y), (first, second), degrees = cv2.fitEllipse(chosen)
        ellipse = (float(x), float(y), first / 2, second / 2, float(np.deg2rad(degrees)))
        if min(first, second) < 2 or not np.isfinite(ellipse).all():
            return None
        if n < len(NEAR):
            chosen = edge[abs(_radius(edge[:, 0], edge[:, 1], ellipse) - 1) <= NEAR[n]]
    return ellipse


def _is_angular(edge: NDArray[np.float32], shape: tuple[int, ...]) -> bool:
    """Whether (N, 2) px of an outer edge reach three corners of the picture: a box, which no ellipse has to be tried on."""
    high, wide = shape
    near = CORNER * min(shape)
    left, right = edge[:, 0] < near, edge[:, 0] > wide - 1 - near
    top, bottom = edge[:, 1] < near, edge[:, 1] > high - 1 - near
    return sum(bool((side & end).any()) for side in (left, right) for end in (top, bottom)) >= ANGLES


def _on_axes(
    x: NDArray[np.floating], y: NDArray[np.floating], ellipse: Ellipse
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """px as multiples of the ellipse's half axes, along these, from its middle."""
    middle_x, middle_y, first, second, angle = ellipse
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    dx, dy = x - np.float32(middle_x), y - np.float32(middle_y)
    return (dx * cos + dy * sin) / np.float32(first), (dy * cos - dx * sin) / np.float32(second)


def _radius(x: NDArray[np.floating], y: NDArray[np.floating], ellipse: Ellipse) -> NDArray[np.floating]:
    return np.asarray(np.hypot(*_on_axes(x, y, ellipse)), np.float32)


def _reach(ellipse: Ellipse) -> NDArray[np.float64]:
    """(DIRECTIONS,) px from the middle to the ellipse."""
    turns = 2 * np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    return np.hypot(ellipse[2] * np.cos(turns), ellipse[3] * np.sin(turns))


def _polar(shape: tuple[int, ...], ellipse: Ellipse) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    """(h, w): the radius of each pixel, 1 on the ellipse, and the direction that it lies in."""
    y, x = np.indices(shape, dtype=np.float32)
    u, v = _on_axes(x, y, ellipse)
    turns = np.arctan2(v, u) / (2 * np.pi) % 1
    return np.hypot(u, v), (turns * DIRECTIONS).astype(np.int64) % DIRECTIONS


def _unfolded(mask: NDArray[np.bool_], ellipse: Ellipse) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """(DIRECTIONS, D) bool: the ink in each direction, from without inwards, and the (D,) radii where it is seen."""
    middle_x, middle_y, first, second, angle = ellipse
    count = int(np.ceil((OUTERMOST - INNERMOST) * max(first, second)))
    radii = np.linspace(OUTERMOST, INNERMOST, max(2, count))
    turns = 2 * np.pi * (np.arange(DIRECTIONS)[:, None] + 0.5) / DIRECTIONS
    u, v = radii * first * np.cos(turns), radii * second * np.sin(turns)
    x = np.rint(middle_x + u * np.cos(angle) - v * np.sin(angle)).astype(np.int64)
    y = np.rint(middle_y + u * np.sin(angle) + v * np.cos(angle)).astype(np.int64)
    high, wide = mask.shape
    there = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
    return there & mask[y.clip(0, high - 1), x.clip(0, wide - 1)], radii


def _median_around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,): the median of each value and those beside it, in a circle."""
    half = SMOOTH // 2
    around = np.concatenate([values[-half:], values, values[:half]])
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(around, SMOOTH), axis=1), np.float64)


def _run_lengths(seen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N,): how long the first run of ink is in each row of (N, D) bool."""
    first = seen.argmax(axis=1)
    ended = ~seen & (np.arange(seen.shape[1]) > first[:, None])
    stops = np.where(ended.any(axis=1), ended.argmax(axis=1), seen.shape[1])
    return np.asarray(stops - first, np.int64)
