"""What the shape of pieces of ink tells of signs that are no digits: runs, holes, straight lines, and sizes alike.

Leaves out: which shape a sign has, and what becomes of it (`ticks`, `percent`, `slashes`, `brackets`, `units`, `crossing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box

UNEVEN = 0.04  # of their usual size
UNEVEN_PX = 1.0  # and px of the scan, by which signs in print are wider or higher at most,
POINT_ASPECT = 1.8  # longer side / shorter side of a point
MOSTLY_ALIKE = 0.9  # and so many of them are no more
ALIKE = 0.8  # the correlation of two pictures of one sign at least


def one_run_share(mask: NDArray[np.bool_]) -> float:
    """Share of the rows of (h, w) bool ink that are inked in one place only."""
    runs = np.count_nonzero(mask[:, 1:] & ~mask[:, :-1], axis=1) + mask[:, 0]
    return float(np.count_nonzero(runs == 1) / len(runs))


def has_hole(mask: NDArray[np.bool_], least: float = 1) -> bool:
    """Whether there is paper, at least so many px of it, within (h, w) bool ink."""
    return bool((_holes(mask) >= least).any())


def has_two_holes(mask: NDArray[np.bool_], least: float = 1) -> bool:
    """Whether there are two pieces of paper, at least so many px each, within (h, w) bool ink, as in an 8."""
    return bool(np.count_nonzero(_holes(mask) >= least) > 1)


def enclosed(mask: NDArray[np.bool_]) -> int:
    """Pixels of paper that (h, w) bool ink has all around it."""
    return int(_holes(mask).sum())


def _holes(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Pixels of each piece of paper that (h, w) bool ink has all around it."""
    paper = cv2.copyMakeBorder((~mask).view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    _, _, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    return np.asarray(stats[2:, cv2.CC_STAT_AREA], np.int32)  # behind ink and the paper around it


def inked_along(
    ink: NDArray[np.bool_], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(...) bool: which lines, of pixels in these (..., M) rows and columns, are ink of (h, w) all along."""
    high, wide = ink.shape
    inside = (rows >= 0) & (rows < high) & (columns >= 0) & (columns < wide)
    on = ink[np.clip(rows, 0, high - 1), np.clip(columns, 0, wide - 1)] & inside
    return np.asarray(on.all(axis=-1), bool)


def is_point(box: Box, most: float) -> bool:
    """Whether ink in this box is as small, `most` px at most, and as round as a point; a dash is longer."""
    longer, shorter = max(box.width, box.height), min(box.width, box.height)
    return longer <= min(most, POINT_ASPECT * shorter)


def usual_size(boxes: Sequence[Box]) -> tuple[float, float]:
    """The median width and height of boxes, px."""
    return median(box.width for box in boxes), median(box.height for box in boxes)


def of_one_size(boxes: Sequence[Box], grain: float = 1.0) -> bool:
    """Whether nearly all of these boxes are of one size, as signs in print are. grain: px of the scan's own, which are more than
    one on an enlarged page."""
    return bool(are_usual(boxes, grain).mean() >= MOSTLY_ALIKE)


class Look(NamedTuple):
    """How signs that are print look: their usual width and height, px, and (h, w) how much of them is inked where."""

    size: tuple[float, float]
    picture: NDArray[np.float32]


def common_look(masks: Sequence[NDArray[np.bool_]]) -> Look:
    """How these (h, w) bool pieces of ink look."""
    wide, high = (float(median(mask.shape[axis] for mask in masks)) for axis in (1, 0))
    return Look((wide, high), common_picture(masks))


def looks_so(mask: NDArray[np.bool_], look: Look, alike: float = ALIKE) -> bool:
    """Whether (h, w) bool ink is as large as signs that look so, and nearly the same. alike: their correlation at least."""
    high, wide = mask.shape
    return _is_usual((wide, high), look.size) and _is_like(mask, look.picture, alike)


def common_picture(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.float32]:
    """(h, w) of the median size: how much of these (h, w) bool pieces of ink, each stretched to it, is inked where."""
    high, wide = (round(median(mask.shape[axis] for mask in masks)) for axis in (0, 1))
    return np.asarray(np.mean([_stretched(mask, (high, wide)) for mask in masks], axis=0), np.float32)


def _is_like(mask: NDArray[np.bool_], picture: NDArray[np.float32], alike: float) -> bool:
    """Whether (h, w) bool ink, stretched to a picture's size, is nearly the same as that."""
    one, other = (grey - grey.mean() for grey in (_stretched(mask, picture.shape), picture))
    both = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) >= alike * max(both, 1e-9)


def _stretched(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.float32]:
    grey = cv2.resize(mask.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.float32)


def are_usual(boxes: Sequence[Box], grain: float = 1.0) -> NDArray[np.bool_]:
    """(N,) bool: which of these boxes are of their usual size. grain: as in `of_one_size`."""
    usual = usual_size(boxes)
    return np.array([is_usual(box, usual, grain) for box in boxes], bool)


def is_usual(box: Box, usual: tuple[float, float], grain: float = 1.0) -> bool:
    """Whether a box is of the usual size, px wide and high, of signs in print. grain: as in `of_one_size`."""
    return _is_usual((box.width, box.height), usual, grain)


def _is_usual(size: tuple[int, int], usual: tuple[float, float], grain: float = 1.0) -> bool:
    return all(
        abs(one - other) <= UNEVEN_PX * grain + UNEVEN * other for one, other in zip(size, usual, strict=True)
    )
