"""Boxes to be ticked, as on survey forms: small squares of one size, each beside a label, which pass for zeros before numbers.

What tells them from boxes to be written in: they are hardly higher than the print beside them. They and what marks them are no
writing. Where digits stand in them, they stay. Leaves out: which of them are marked, and circles (`bubbles`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Grey
from batchocr.segmentation.boxes import LIKELY, SURE, Judge
from batchocr.segmentation.components import Components, alike_in_size, sizes
from batchocr.segmentation.contrast import papered_over
from batchocr.segmentation.segment import Atom, tighten

LEAST_SIDE = 10  # px of a box's sides
LARGEST_SHARE = 0.1  # of the page's shorter side
ASPECT = 1.2  # the longer side is at most so many times the shorter
HOLLOW = 0.65  # of its box that is ink at most
BAND = 0.2  # of the shorter side within which a side lies,
ALONG = 0.9  # of which so much is inked,
STRAY = 0.08  # and by so much of it at most it strays from a straight line, or by a px
CORNER = 0.12  # of it from a corner, within which there is ink
MOST_INSIDE = 0.03  # of what is within the sides that is ink, where nothing marks it
ALIKE = 1.15  # times: sizes of the boxes of one page
FEWEST = 6  # boxes of one size
APART = 0.2  # sizes: what is as high and stands closer is of one word with it,
COMPANY = 0.2  # as are at most so many of them
LIKE_HIGH = (0.6, 1.6)  # sizes that such company is high
NEXT = 0.8  # sizes from one box to the next at most, where those are of the digits of a number
LABEL_REACH, LABEL_LONG = 1.5, 5.0  # sizes from a box to its label at most, and that are looked at of this
LABELLED = 0.7  # of them that have one
LARGEST_BOX = 1.8  # times as high as their labels are they, in the middle
MOST_MARKED = 3.0  # sizes that a box with its mark is wide and high at most
SIDE_INKED = 0.8  # of a side's length that a row or a column of a marked one is inked,
# sides with paper before their lines, and behind, which lie in no pen's stroke: marks run over others
FREE_BEFORE, FREE_BEHIND = 3, 1
MIDDLE, MOST_BESIDE = (0.35, 0.65), 0.3  # of a side, and of this that is inked there at most
BEYOND = 4  # px before a side, of which the first two are looked at
ALIGNED = 0.2  # sizes by which it is beside the row or the column of an empty one
MOST_DIGITS = 0.2  # of what stands in boxes that is likely a digit: they are written in


def without_check_boxes(image: Grey, components: Components, judge: Judge, *, light_ink: bool) -> Grey:
    """An (H, W) uint8 page without its boxes to be ticked and what marks them; or the page itself. components: those of its
    ink. light_ink: ink is lighter than paper."""
    atoms = check_boxes(components, judge)
    return papered_over(image, atoms, light_ink=light_ink) if atoms else image


def check_boxes(components: Components, judge: Judge) -> list[Atom]:
    """The boxes to be ticked of a page, with what touches their sides, and what marks them within."""
    empty = _empty_ones(components)
    if not len(empty):
        return []  # nearly always
    size = float(np.median(np.maximum(*sizes(components))[empty]))
    marked = _marked_ones(components, empty, size)
    plain = _are_digits([components.mask(n) for n, _ in marked], judge, SURE)  # as an 8 of a thick pen
    marked = [one for one, digit in zip(marked, plain, strict=True) if not digit]
    boxes = [components.box(n) for n in empty.tolist()] + [frame for _, frame in marked]
    own = {*empty.tolist(), *(n for n, _ in marked)}
    others = np.delete(components.boxes, sorted(own), axis=0).astype(np.int64)
    beside = [_beside(box, others, size) for box in boxes]
    labels = [label for label, _ in beside if label]
    in_company = sum(company for _, company in beside)
    if len(labels) < LABELLED * len(boxes) or in_company > COMPANY * len(boxes):
        return []
    if size > LARGEST_BOX * float(np.median(labels)) or _side_by_side(boxes, size) > COMPANY * len(boxes):
        return []
    inside = np.zeros(len(components), bool)
    for box in boxes:
        inside |= components.inside(box)
    inside[sorted(own)] = False
    marks = [*components.cut(np.flatnonzero(inside)), *_written(components, marked)]
    if sum(_are_digits([mask for _, mask in marks], judge, LIKELY)) > MOST_DIGITS * len(marks):
        return []  # boxes to be written in
    gone = np.array(sorted({*own, *np.flatnonzero(inside).tolist()}), np.int64)
    return [Atom(*found) for found in components.cut(gone)]


def _empty_ones(components: Components) -> NDArray[np.int64]:
    """The components that are hollow squares with straight sides and nothing that touches them within: those of the size that most
    of them have."""
    wide, high = sizes(components)
    longer, shorter = np.maximum(wide, high), np.minimum(wide, high)
    fit = (shorter >= LEAST_SIDE) & (longer <= ASPECT * shorter)
    fit &= longer <= LARGEST_SHARE * min(components.shape)
    fit &= components.areas <= HOLLOW * wide * high
    some = np.flatnonzero(fit)
    squares = [n for n, (_, mask) in zip(some.tolist(), components.cut(some), strict=True) if is_square(mask)]
    groups = alike_in_size(np.array(squares, np.int64), longer, FEWEST, ALIKE)
    return groups[0] if groups else np.zeros(0, np.int64)


def is_square(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) ink is four straight sides that meet in corners, and no more."""
    band = max(2, round(BAND * min(mask.shape)))
    within = mask[band:-band, band:-band]
    return _has_sides(mask, band) and _has_corners(mask) and bool(within.mean() <= MOST_INSIDE)


def _has_sides(mask: NDArray[np.bool_], band: int) -> bool:
    """Whether (h, w) ink has a straight line along each of its sides, no further than so many px within."""
    for turned in _turns(mask):
        edge = turned[:band]
        inked = np.asarray(edge.any(axis=0), np.bool_)
        if inked.mean() < ALONG:
            return False
        middle = slice(band, -band)
        tops = np.argmax(edge[:, middle][:, inked[middle]], axis=0)
        if len(tops) and np.ptp(tops) > max(1, round(STRAY * min(mask.shape))):
            return False
    return True


def _marked_ones(components: Components, empty: NDArray[np.int64], size: float) -> list[tuple[int, Box]]:
    """The components that are such a square and ink across it, and where the square lies: in one row or column with an empty one.
    size: px of the empty ones' sides."""
    wide, high = sizes(components)
    fit = (np.minimum(wide, high) >= size / ALIKE) & (np.maximum(wide, high) <= MOST_MARKED * size)
    fit[empty] = False
    usual_wide, usual_high = (float(np.median(own[empty])) for own in (wide, high))
    line = float(np.median(components.areas[empty])) / (2 * (usual_wide + usual_high))
    usual, thick = (round(usual_wide), round(usual_high)), max(1, round(line))
    found = []
    for n in np.flatnonzero(fit).tolist():
        mask = components.mask(n)
        frame = _whole(mask, size, thick) or _frame_in(mask, usual, thick)
        if frame is None:
            continue
        box = components.box(n)
        frame = Box(*(v + at for v, at in zip(frame, (box.left, box.top) * 2, strict=True)))
        if (np.abs(components.boxes[empty, :2] - frame[:2]) <= ALIGNED * size).any():
            found.append((n, frame))
    return found


def _are_digits(masks: Sequence[NDArray[np.bool_]], judge: Judge, least: float) -> list[bool]:
    """Which pieces of (h, w) ink look like a digit, with such a probability at least."""
    return (judge(masks)[:, :NOT_A_DIGIT].max(axis=1) >= least).tolist() if masks else []


def _side_by_side(boxes: Sequence[Box], size: float) -> int:
    """How many boxes stand close to another one on their right, as those of a number do."""
    lefts, tops, rights, _ = np.array(boxes, np.int64).T
    gaps = lefts[None, :] - rights[:, None]
    level = np.abs(tops[None, :] - tops[:, None]) <= size / 2
    return int((level & (gaps >= -size / 2) & (gaps <= NEXT * size)).any(axis=1).sum())


def _whole(mask: NDArray[np.bool_], size: float, line: int) -> Box | None:
    """All of (h, w) ink, if that is a square of the usual size, px, as where one is filled in; None if not. line: px that its sides
    are thick."""
    high, wide = mask.shape
    is_one = max(high, wide) <= ALIKE * size and _is_framed(mask, line)
    return Box(0, 0, wide, high) if is_one else None


def _frame_in(mask: NDArray[np.bool_], usual: tuple[int, int], line: int) -> Box | None:
    """Where a square of the usual width and height, px, lies in (h, w) ink; None where none does. line: px that its sides are
    thick."""
    wide, high = usual
    columns = _pairs(mask.sum(axis=0) >= SIDE_INKED * high, wide)
    rows = _pairs(mask.sum(axis=1) >= SIDE_INKED * wide, high)
    around = np.pad(mask, BEYOND)
    for left, right in columns:
        for top, bottom in rows:
            part = mask[top:bottom, left:right]
            if not _is_framed(part, line):
                continue
            window = around[top : bottom + 2 * BEYOND, left : right + 2 * BEYOND]
            before, behind = (slice(BEYOND - 2), slice(BEYOND + line + 1, BEYOND + line + 2))
            free = [sum(_is_free(turned, rows) for turned in _turns(window)) for rows in (before, behind)]
            if free[0] >= FREE_BEFORE and free[1] >= FREE_BEHIND:
                return Box(left, top, right, bottom)
    return None


def _turns(ink: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    """(h, w) ink turned so that it begins with each of its sides."""
    return ink, ink[::-1], ink.T, ink.T[::-1]


def _is_framed(ink: NDArray[np.bool_], line: int) -> bool:
    """Whether (h, w) ink has a straight line along each side, so many px thick, and corners: strokes of a thick pen are round."""
    along = [turned[:line].mean(axis=1).max() for turned in _turns(ink)]
    return bool(min(along) >= ALONG) and _has_corners(ink)


def _is_free(ink: NDArray[np.bool_], rows: slice) -> bool:
    """Whether there is paper along the middle of some rows of (h, w) ink."""
    wide = ink.shape[1]
    middle = ink[rows, round(wide * MIDDLE[0]) : round(wide * MIDDLE[1])]
    return bool(middle.any(axis=0).mean() <= MOST_BESIDE)


def _has_corners(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) ink reaches into all its corners, as no ring does."""
    corner = max(2, round(CORNER * min(mask.shape)))
    ends = slice(None, corner), slice(-corner, None)
    return all(mask[rows, columns].any() for rows in ends for columns in ends)


def _pairs(lines: NDArray[np.bool_], apart: int) -> list[tuple[int, int]]:
    """From where to where two of these lines are the outer edges of something so many px wide, within two."""
    at = np.flatnonzero(lines).tolist()
    return [(a, b + 1) for a in at for b in at if abs(b + 1 - a - apart) <= 2]


def _beside(box: Box, others: NDArray[np.int64], size: float) -> tuple[float, bool]:
    """How high in px the label beside a box is, 0 for none, and whether something as high stands so close that it is of one word
    with it. others: (N, 4) px. size: of a box."""
    heights = others[:, 3] - others[:, 1]
    shared = np.minimum(others[:, 3], box.bottom) - np.maximum(others[:, 1], box.top)
    level = shared >= np.minimum(heights, box.height) / 2
    label, company = 0.0, False
    for room in (others[:, 0] - box.right, box.left - others[:, 2]):
        near = level & (room >= 0)
        if near.any() and room[near].min() <= LABEL_REACH * size:
            label = max(label, float(heights[near & (room <= LABEL_LONG * size)].max()))
        alike = (heights >= LIKE_HIGH[0] * size) & (heights <= LIKE_HIGH[1] * size)
        company |= bool((near & alike & (room <= APART * size)).any())
    return label, company


def _written(components: Components, marked: list[tuple[int, Box]]) -> list[tuple[Box, NDArray[np.bool_]]]:
    """What is in marked boxes, without their sides: each with its place."""
    found = []
    for n, frame in marked:
        box, mask = components.box(n), components.mask(n)
        band = max(2, round(BAND * min(frame.width, frame.height)))
        rows = slice(frame.top + band - box.top, frame.bottom - band - box.top)
        columns = slice(frame.left + band - box.left, frame.right - band - box.left)
        place, part = tighten(mask[rows, columns], box.left + columns.start, box.top + rows.start)
        if part.size:
            found.append((place, part))
    return found
