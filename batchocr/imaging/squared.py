"""Squared paper: its lines are made paper, where what is written on it is darker.

Taken for ruled lines they would part the digits of each number, and where they cross strokes a digit is broken. Squares are
told by lines that lie evenly apart, as far from left to right as from top to bottom; a page is looked at in bands, as it
may not lie quite level. Leaves out: squares as dark as the writing, which are ruled lines like any other, and two-toned
scans of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey
from batchocr.imaging.labels import runs

BANDS = 3  # of the page that are looked at each way
BAND_PX = 160  # so high
LEAST_DEPTHS = (8, 16, 32)  # grey levels by which a line is darker than its paper at least, tried in turn
LINE_SHARE = 0.65  # of a band's height in which it is
FEWEST_LINES = 12
SIDES = (5, 160)  # px of a square's side
EVEN = 0.15  # of its side by which lines are off,
EVEN_SHARE = 0.75  # and so many of the gaps are no farther off than that
SQUARE = 0.1  # of its side by which a square is higher than wide, or less
OF_LINE = 0.4  # of a line's depth that its pixels have at least
FAINTER = 1.6  # times as deep as the lines is the writing at least,
STILL_FEWEST, STILL_FAINTER = 6, 1.2  # of the deeper lines of graph paper, which it is then known to be;
LEAST_WRITING = 0.001  # of the page's pixels
MARGIN = 1.2  # times as deep as where they usually cross, lines may be
CROSSING = 1.35  # times as deep as lines are they where they cross
EDGE = 5  # px across: what lies so near a pixel that is darker is a stroke's edge
MOST_KINDS = 3  # of lines: of graph paper every fifth and every tenth may be deeper
RUN = 1.2  # sides of a square: so long is a line that is made paper


def without_squares(image: Grey, depth: Grey) -> Grey:
    """The page itself, or with the lines of squared paper made paper: (H, W) uint8, dark on light.

    depth: (H, W) uint8, by how much each pixel is darker than its paper.
    """
    kinds = _kinds(depth)
    if not kinds:
        return image
    found: list[tuple[NDArray[np.uint8], float | NDArray[np.float64]]]
    found = [(kind.lines, kind.deepest) for kind in kinds]
    if len(kinds) > 1:  # on graph paper what is as faint as its lines may be others of them, in pieces
        found.insert(-1, (np.ones(depth.shape, np.uint8), kinds[-1].squares.between))
    gone = np.zeros(depth.shape, np.uint8)
    for lines, deepest in reversed(
        found
    ):  # the deepest first: those that cross them end at them, not at a stroke
        strokes = np.asarray((depth > deepest) & (gone == 0), np.uint8)
        near = np.asarray(cv2.dilate(strokes, np.ones((EDGE, EDGE), np.uint8)), np.uint8)
        gone |= lines & (1 - near)
    return np.where(gone > 0, cv2.add(image, depth), image).astype(np.uint8)


class _Kind(NamedTuple):
    """Squares, where their lines lie, (H, W) 0 or 1, and how deep these are at most, grey levels, of the page or (H, W)."""

    squares: _Squares
    lines: NDArray[np.uint8]
    deepest: float | NDArray[np.float64]


def _kinds(depth: Grey) -> list[_Kind]:
    """The squares of the page and their lines; on graph paper the deeper lines about every fifth or tenth square are others than
    the fine ones, which come first. Nothing where the page is not squared."""
    found: list[_Kind] = []
    left, fewest, fainter = depth, FEWEST_LINES, FAINTER
    while len(found) < MOST_KINDS:
        squares = _squares(left, fewest)
        if squares is None:
            break
        upright, level = _drawn(depth, squares)
        lines = upright | level
        deepest: float | NDArray[np.float64] = MARGIN * squares.deep
        if not _is_written(depth > fainter * squares.deep):
            # no darker than where lines cross, but than these are elsewhere
            if not found or not _is_written((left > fainter * squares.between) & (lines == 0)):
                break
            deepest = np.where(upright & level, deepest, MARGIN * squares.between)
        found.append(_Kind(squares, lines, deepest))
        faint = (lines > 0) & (left <= MARGIN * squares.deep)
        left = np.asarray(np.where(faint, 0, left), np.uint8)
        fewest, fainter = STILL_FEWEST, STILL_FAINTER
    return found


def _is_written(deeper: NDArray[np.bool_]) -> bool:
    """Whether so much of a page, (H, W), is writing."""
    return bool(np.count_nonzero(deeper) >= LEAST_WRITING * deeper.size)


def _drawn(depth: Grey, squares: _Squares) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Each (H, W) 0 or 1: where the upright and the level lines of such squares lie, a pixel wider than they are."""
    inked = np.asarray(depth >= max(1.0, min(squares.deep / 2, OF_LINE * squares.between)), np.uint8)
    run = max(3, round(RUN * squares.side))
    along = (cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones(one, np.uint8)) for one in ((run, 1), (1, run)))
    upright, level = (np.asarray(cv2.dilate(lines, np.ones((3, 3), np.uint8)), np.uint8) for lines in along)
    return upright, level


class _Squares(NamedTuple):
    """The side of squares, px, and how deep their lines are where they cross and between, grey levels."""

    side: float
    deep: float
    between: float


def _squares(depth: Grey, fewest: int) -> _Squares | None:
    """The page's squares; None where it is not squared. Of lines that come and go, as fine ones do in a poor scan, the deeper ones
    may still be even."""
    for least in LEAST_DEPTHS:
        across, down = _upright(depth, least, fewest), _upright(depth.T, least, fewest)
        if min(len(across), len(down)) * 2 <= BANDS:
            return None
        one, other = _even(across, least), _even(down, least)
        if (
            one is not None
            and other is not None
            and abs(one.side - other.side) <= SQUARE * max(one.side, other.side)
        ):
            return _Squares(
                (one.side + other.side) / 2, max(one.deep, other.deep), min(one.between, other.between)
            )
    return None


def _upright(depth: Grey, least: int, fewest: int) -> list[tuple[Grey, NDArray[np.float64]]]:
    """Bands of the page across which enough upright lines run, at least so many grey levels deep, and the middles of these, px."""
    height = len(depth)
    high = min(BAND_PX, height)
    tops = np.linspace(0, height - high, BANDS + 2)[1:-1].astype(int).tolist()
    bands = [depth[top : top + high] for top in tops]
    found = [(band, _middles((band >= least).mean(axis=0) >= LINE_SHARE)) for band in bands]
    return [(band, middles) for band, middles in found if len(middles) >= fewest]


def _even(bands: Sequence[tuple[Grey, NDArray[np.float64]]], least: int) -> _Squares | None:
    """The squares that such lines are the sides of; None where they are not even."""
    found = []
    for band, middles in bands:
        gaps = np.diff(middles)
        side = float(np.median(gaps))
        if SIDES[0] <= side <= SIDES[1] and (abs(gaps - side) <= EVEN * side + 1).mean() >= EVEN_SHARE:
            level = _middles((band >= least).mean(axis=1) >= LINE_SHARE).astype(int)
            columns = band[:, middles.astype(int)]
            deep = np.median(columns[level]) if len(level) else CROSSING * np.median(columns)
            found.append(_Squares(side, float(deep), float(np.median(columns))))
    if 2 * len(found) <= BANDS:
        return None
    return _Squares(*np.median(found, axis=0).tolist())


def _middles(marked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The middles of the runs of a (N,) bool."""
    _, starts, lengths = runs(marked[None].view(np.uint8))
    return np.asarray(starts + (lengths - 1) / 2, np.float64)
