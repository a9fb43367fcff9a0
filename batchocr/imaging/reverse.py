"""Reverse type: light figures on dark patches, as of counters, totals and headings, turned to dark on light.

A patch is a dark rectangle, thick around light figures, one of which at least is as high as a good part of it. What is
written beside it stays as it is. Leaves out: round patches, patterned ones, and pages that are light on dark as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey
from batchocr.following import in_rows
from batchocr.imaging.binarize import halved
from batchocr.imaging.labels import label
from batchocr.imaging.levels import percentiles

HALVED = 2  # times: patches are looked for on a page a quarter as wide
PAPER_SHARE = 16  # times as small is the page on which the paper beside patches is told,
PAPER_WINDOW = 15  # px of it that are looked at around each
DARK = 0.55  # of the paper's grey level: patches are darker,
BETWEEN = 0.45  # or nearer the darkest of the page than the paper, in a scan without contrast
DARKEST = 0.5  # percent of the page: its darkest
LEAST_SIDE = 20  # px of a patch
RIM_SHARE = 0.85  # of the rim of the box around a patch, seen small, that is dark: of letters less is
MOST_OF_PAGE = 0.4  # of its pixels that a patch takes
LEAST_DARK = 0.5  # of a patch that is dark: in frames less is,
MOST_DARK = 0.995  # and figures take some of it
RECTANGLE = 0.9  # of the smallest rectangle around it that a patch takes: a bold 0 takes less
FIGURE_HIGH = (0.2, 0.95)  # of the patch's shorter side that a figure in it is high
FIGURE_WIDE = 1.5  # times as wide as high at most,
FIGURE_INK = 0.12  # and so much of its box is light at least;
SQUARE = 0.6  # times as wide as high,
FRAMED = 0.95  # and along so much of its edge light, it is a square of a QR code
CORNER = 0.08  # of its sides from a patch's corner, where it is dark
BESIDE = 0.5  # of their width from one window of a counter to the next,
ALIKE = 0.15  # and of their sides by which they differ
NARROW = 0.8  # of their width that they are high at least
NEXT_RIM = 0.75  # of its rim that is dark, where the others of a row tell its place,
STRAYS = (0, 1, -1, 2, -2)  # and px by which it may be off that
EDGE = 2  # px on either side of a patch's edge that are neither dark nor light


class Turned(NamedTuple):
    """The page itself, or with its dark patches turned: (H, W) uint8, dark on light; and where these are, px."""

    page: Grey
    patches: list[Box]


def without_reverse(image: Grey) -> Turned:
    """An (H, W) uint8 page without dark patches."""
    if min(image.shape) < LEAST_SIDE:
        return Turned(image, [])
    small = halved(image, HALVED)
    paper = _paper(small)
    share = _dark_share(small, paper)
    dark = np.asarray(small < share * paper, np.uint8)
    seen: list[_Patch] = []
    for box in _patches(dark, image.shape):
        level = float(
            paper[box.top >> HALVED : box.bottom >> HALVED, box.left >> HALVED : box.right >> HALVED].max()
        )
        grey = image[box.top : box.bottom, box.left : box.right]
        for ink, figured in _parted(grey, share * level):
            x, y, wide, high = cv2.boundingRect(ink.view(np.uint8))
            own = Box(box.left + x, box.top + y, box.left + x + wide, box.top + y + high)
            seen.append(_Patch(own, box, ink, level, share * level, figured))
    found = _figured_or_beside(seen)
    found += _behind_rows(image, found)
    page = image.copy() if found else image
    for patch in found:
        place = slice(patch.window.top, patch.window.bottom), slice(patch.window.left, patch.window.right)
        _turn(page[place], image[place], patch.ink, patch.level, patch.below)
    return Turned(page, [patch.box for patch in found])


class _Patch(NamedTuple):
    """A patch that may be one: its box, the part of the page around it, px, its ink there, filled, how light the paper is and what
    the patch's grey does not reach, and whether it holds figures."""

    box: Box
    window: Box
    ink: NDArray[np.bool_]
    level: float
    below: float
    figured: bool


def _figured_or_beside(seen: Sequence[_Patch]) -> list[_Patch]:
    """The patches that hold figures, and those like them beside one, as windows of a counter whose figures are hardly seen."""
    found = [patch for patch in seen if patch.figured]
    left = [patch for patch in seen if not patch.figured]
    more = found
    while more and left:
        more = [
            patch
            for patch in left
            if any(_is_next(patch.box, own.box) or _is_next(own.box, patch.box) for own in found)
        ]
        found = [*found, *more]
        left = [patch for patch in left if not any(patch is own for own in more)]
    return found


def _behind_rows(image: Grey, found: Sequence[_Patch]) -> list[_Patch]:
    """What is dark where the next window of a row would be, and was not seen small: one more of it."""
    of_box = {patch.box: patch for patch in found}
    more: list[_Patch] = []
    for row in rows_of_windows(list(of_box)):
        step = round(float(np.diff(row[:, 0]).mean()))
        like = of_box[Box(*row[0].tolist())]
        for end, way in ((row[0], -step), (row[-1], step)):
            box = Box(*end.tolist())
            while (beside := _dark_beside(image, box, way, like.below)) is not None:
                box = beside
                if any(box.meets(patch.box) for patch in (*found, *more)):
                    break
                left, top = box.left - 2 * EDGE, max(0, box.top - 2 * EDGE)
                window = Box(left, top, box.right + 2 * EDGE, min(image.shape[0], box.bottom + 2 * EDGE))
                ink = np.zeros((window.height, window.width), bool)
                ink[box.top - top : box.bottom - top, box.left - left : box.right - left] = True
                more.append(_Patch(box, window, ink, like.level, like.below, figured=True))
    return more


def _dark_beside(image: Grey, box: Box, way: int, below: float) -> Box | None:
    """A dark box like another one and so many px beside it, or nearly; None if there is none."""
    for stray in STRAYS:
        left, right = box.left + way + stray, box.right + way + stray
        if left >= 2 * EDGE and right <= image.shape[1] - 2 * EDGE:
            beside = Box(left, box.top, right, box.bottom)
            if _is_dark(image, beside, below):
                return beside
    return None


def _is_dark(image: Grey, box: Box, below: float) -> bool:
    """Whether a box of the page is dark along its rim and for the most part, but for something light in it."""
    dark = image[box.top : box.bottom, box.left : box.right] < below
    inner = dark[EDGE:-EDGE, EDGE:-EDGE]
    rim = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    return bool(rim.mean() >= NEXT_RIM and LEAST_DARK <= inner.mean() <= MOST_DARK)


def _is_next(one: Box, other: Box) -> bool:
    """Whether a patch stands right behind another one on its level, as large as it."""
    sides = abs(other.height - one.height) / one.height, abs(other.width - one.width) / one.width
    level = abs(other.top - one.top) <= ALIKE * one.height and max(sides) <= ALIKE
    return level and 0 <= other.left - one.right <= BESIDE * one.width


def rows_of_windows(patches: Sequence[Box]) -> list[NDArray[np.int64]]:
    """The rows of patches as large as each other that stand side by side, as windows of a counter with a digit each: (N, 4) px, from
    left to right, two of them or more."""
    following: dict[int, int] = {}
    for n, one in enumerate(patches):
        beside = [m for m, other in enumerate(patches) if _is_next(one, other)]
        if beside and NARROW * one.width <= one.height:
            following[n] = min(beside, key=lambda m: patches[m].left)
    return [np.array([patches[m] for m in row], np.int64) for row in in_rows(following)]


def _paper(small: Grey) -> Grey:
    """How light the page is about each pixel of (H, W): patches darken what is taken for paper less than they take of it."""
    height, width = small.shape
    size = (max(1, width // PAPER_SHARE * (1 << HALVED)), max(1, height // PAPER_SHARE * (1 << HALVED)))
    tiny = cv2.dilate(
        cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.ones((PAPER_WINDOW,) * 2, np.uint8)
    )
    return np.asarray(cv2.resize(tiny, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _dark_share(small: Grey, paper: Grey) -> float:
    """Which share of the paper's grey level patches do not reach. small: (H, W), the page. paper: (H, W), its paper."""
    (darkest,) = percentiles(small, DARKEST)
    (level,) = percentiles(paper, 50)
    return max(DARK, (darkest + BETWEEN * (level - darkest)) / max(level, 1.0))


def _patches(dark: NDArray[np.uint8], shape: tuple[int, ...]) -> list[Box]:
    """Where patches may be, px of the page, with some room around them. dark: (h, w) 0 or 1, of the reduced page."""
    _, stats = label(dark)
    _, _, wide, high, area = stats.T
    fit = np.minimum(wide, high) << HALVED >= LEAST_SIDE
    fit &= area >= LEAST_DARK * RECTANGLE / 2 * wide * high  # half as much: seen small, light figures spread
    fit &= wide * high <= MOST_OF_PAGE * dark.size
    boxes = stats[fit, :4]
    boxes[:, 2:] += boxes[:, :2]
    boxes = boxes[_cornered(dark, boxes)]
    boxes = boxes[_rims(dark, boxes) >= RIM_SHARE]
    room = (1 << HALVED) + EDGE
    first = np.maximum(0, (boxes[:, :2] << HALVED) - room)
    last = np.minimum(shape[1::-1], (boxes[:, 2:] << HALVED) + room)
    return [Box(*box) for box in np.hstack([first, last]).tolist()]


def _cornered(dark: NDArray[np.uint8], boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(N,): whether all corners of (N, 4) boxes, or what is near them inside, are dark: of hardly any letter they are."""
    left, top, right, bottom = boxes.T
    found = np.ones(len(boxes), bool)
    for x, inward in ((left, 1), (right - 1, -1)):
        for y, down in ((top, 1), (bottom - 1, -1)):
            found &= np.any([dark[y + n * down, x + n * inward] for n in range(2)], axis=0)
    return found


def _rims(dark: NDArray[np.uint8], boxes: NDArray[np.int32]) -> NDArray[np.float64]:
    """(N,): which share of the pixels along the edges of (N, 4) boxes, or right inside of these, is dark."""
    sums = cv2.integral(dark)
    inward = np.array([1, 1, -1, -1])
    rings = [boxes, boxes + inward, boxes + 2 * inward]
    left, top, right, bottom = np.stack(rings).transpose(2, 0, 1)
    inked = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    sizes = (right - left) * (bottom - top)
    shares = (inked[:-1] - inked[1:]) / np.maximum(1, sizes[:-1] - sizes[1:])
    return np.asarray(shares.max(axis=0), np.float64)


def _parted(grey: Grey, below: float) -> list[tuple[NDArray[np.bool_], bool]]:
    """(h, w) bool each: the patches in a part of the page, filled, and whether it holds figures; seen small, neighbours are one. below: the
    grey level that they do not reach."""
    labels, stats = label(np.asarray(grey < below, np.uint8))
    large = np.flatnonzero(stats[:, 2:4].min(axis=1) >= LEAST_SIDE)
    patches = (_filled(np.asarray(labels == number + 1, np.uint8)) for number in large.tolist())
    return [patch for patch in patches if patch is not None]


def _filled(own: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], bool] | None:
    """(h, w) bool: the patch that ink, 0 or 1, is around something light, and whether that may be figures; None if it is none."""
    contours, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outer = max(contours, key=cv2.contourArea)
    filled = np.asarray(cv2.drawContours(np.zeros_like(own), [outer], 0, 1, cv2.FILLED), np.uint8)
    around = cv2.minAreaRect(outer)
    side, area = min(around[1]), np.count_nonzero(filled)
    if side < LEAST_SIDE or area < RECTANGLE * around[1][0] * around[1][1] or not _has_corners(own, around):
        return None
    if not LEAST_DARK * area <= np.count_nonzero(own) <= MOST_DARK * area:
        return None
    return filled.astype(bool), _holds_figures(filled - own, side)


def _has_corners(own: NDArray[np.uint8], around: cv2.typing.RotatedRect) -> bool:
    """Whether ink, (h, w) 0 or 1, lies in all corners of the rectangle around it."""
    (x, y), size, angle = around
    inner = cv2.boxPoints(((x, y), (size[0] * (1 - 2 * CORNER), size[1] * (1 - 2 * CORNER)), angle))
    at = np.rint(inner).astype(int).clip(0, np.array(own.shape[::-1]) - 1)
    return bool(own[at[:, 1], at[:, 0]].all())


def _holds_figures(light: NDArray[np.uint8], side: float) -> bool:
    """Whether one of what is light, (h, w) 0 or 1, may be a figure. side: px of the patch, its shorter one."""
    labels, stats = label(light)
    for number, (left, top, wide, high, ink) in enumerate(stats.tolist(), 1):
        if not (FIGURE_HIGH[0] * side <= high <= FIGURE_HIGH[1] * side and wide <= FIGURE_WIDE * high):
            continue
        own = labels[top : top + high, left : left + wide] == number
        inset = 1 + int(CORNER * min(wide, high))
        inner = own[inset : high - inset, inset : wide - inset]
        edges = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]]) if inner.size else own
        if ink >= FIGURE_INK * wide * high and not (wide >= SQUARE * high and edges.mean() >= FRAMED):
            return True
    return False


def _turn(window: Grey, grey: Grey, patch: NDArray[np.bool_], level: float, below: float) -> None:
    """Turn a patch of the page in place: what was dark is paper, what was light as dark as the patch was. grey: the window
    as it was. level: of the paper. below: the one that dark ink does not reach."""
    dark = float(np.median(grey[patch & (grey < below)]))
    kernel = np.ones((2 * EDGE + 1,) * 2, np.uint8)
    inner = cv2.erode(patch.view(np.uint8), kernel, borderValue=0).astype(bool)
    outer = cv2.dilate(patch.view(np.uint8), kernel).astype(bool)
    window[outer & ~patch] = np.maximum(window[outer & ~patch], round(level))
    window[patch] = round(level)
    window[inner] = np.clip(level + dark - grey[inner], 0, 255)
