"""Level dashed and dotted lines, as forms have to write on and tables between their rows: painted over with the paper around them.

Many alike marks, flat and far smaller than the writing, that stand on one level line at one step with nothing but paper between
are one. It goes on at that step where writing stands on it: there only what is no thicker than the marks is painted over, so that
strokes that cross them stay. Leaves out: upright ones, which part columns (`imaging.faint`), lines of dashes and dots in turn, a mark
right along a flat stroke, and few long ones, which are places for a digit each (`segmentation.digit_places`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink
from batchocr.following import in_rows
from batchocr.imaging.labels import stretches
from batchocr.segmentation.components import Components, sizes

THICKEST, LEAST_THICKEST = 0.15, 4  # writing heights, or px, that a mark is high at most,
LONGEST = 1.5  # writing heights that it is long,
LEAST_PX = 3  # px of its ink,
FILLED = 0.6  # and of its box that it inks
MOST = 20_000  # marks: with more of them it is a screen of dots
WIDEST_GAP = 6.0  # times its longer side, from one mark to the next
ALIKE_PX, ALIKE = 1.5, 0.3  # px, or of its size, by which one differs from the next
OFF_LINE = 1.5  # px by which the next one is higher or lower
STRAY_PX, STRAY = 1.5, 0.15  # px, or of a step, by which steps differ
UNBROKEN = 8  # marks with nothing but paper between
FEWEST = 3  # of them where they go on behind writing,
SAME_STEP = 0.06  # of the step, by which that differs there
PLACE = 0.5  # writing heights that the places for digits are long at least,
MOST_PLACES = 16  # and how many there are
MOST_STEPS = 40  # without a mark, where writing hides them
PAPER_AROUND = 3  # px above and below a mark at which the paper shows,
SMOOTH = 31  # px along the line by which it is averaged
REACH = 2 * PAPER_AROUND + 1  # px above and below a mark that tell how light it is painted

Line = list[int]  # marks, left to right


def without_dashes(image: Grey, ink: Ink, components: Components, height: float) -> Grey:
    """An (H, W) uint8 page, its level dashed lines painted over; the page itself where it has none.

    ink: (H, W) bool. components: those of the ink. height: px of the writing.
    """
    boxes, areas = components.boxes, components.areas
    wide, high = sizes(components)
    flat = (high <= max(LEAST_THICKEST, THICKEST * height)) & (wide <= LONGEST * height) & (wide >= high / 2)
    places = np.flatnonzero(flat & (areas >= np.maximum(LEAST_PX, FILLED * wide * high)))
    if not UNBROKEN <= len(places) <= MOST:
        return image
    marks = boxes[places[np.argsort(boxes[places, 0], kind="stable")]].astype(np.int64)
    runs = [run for chain in _chains(marks, ink) for run in _even(marks, chain)]
    if not any(len(run) >= UNBROKEN for run in runs):
        return image
    lines = _lines(marks, runs, height)
    if not lines:
        return image
    gone = np.zeros(ink.shape, np.uint8)
    for line in lines:
        _mark_line(marks, line, ink, gone)
    return _painted(image, ink, gone)


def _chains(marks: NDArray[np.int64], ink: Ink) -> list[Line]:
    """Marks, (N, 4) px by their left edges, each with the next one like it on its line, nothing but paper between them."""
    lefts, middles = marks[:, 0], marks[:, 1] + marks[:, 3]
    rows: dict[int, Line] = {}
    for n, middle in enumerate(middles.tolist()):
        rows.setdefault(middle // 4, []).append(n)
    starts = {row: lefts[own].tolist() for row, own in rows.items()}
    following: dict[int, int] = {}
    taken: set[int] = set()
    for n, (left, top, right, bottom) in enumerate(marks.tolist()):
        reach = right + WIDEST_GAP * max(right - left, bottom - top)
        nearest = -1
        for row in range(int(middles[n]) // 4 - 1, int(middles[n]) // 4 + 2):
            if row not in rows:
                continue
            at = bisect_right(starts[row], right)
            for other in rows[row][at : at + 4]:
                if lefts[other] > reach or (nearest >= 0 and lefts[other] >= lefts[nearest]):
                    break
                if abs(int(middles[other] - middles[n])) <= 2 * OFF_LINE:
                    nearest = other
                    break
        if nearest < 0 or nearest in taken:
            continue
        if not _is_alike(marks[n], marks[nearest]):
            continue
        if ink[top:bottom, right : int(lefts[nearest])].any():
            continue
        following[n] = nearest
        taken.add(nearest)
    return in_rows(following)


def _is_alike(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether a mark, 4 px, is about as large as one before it."""
    size = one[2:] - one[:2]
    return bool((abs(other[2:] - other[:2] - size) <= np.maximum(ALIKE_PX, ALIKE * size)).all())


def _even(marks: NDArray[np.int64], chain: Line) -> list[Line]:
    """The runs of a chain whose marks stand at one step."""
    if len(chain) < FEWEST:
        return []
    steps = np.diff((marks[chain, 0] + marks[chain, 2]) / 2)
    usual = float(np.median(steps))
    even = abs(steps - usual) <= max(STRAY_PX, STRAY * usual)
    breaks = [0, *(np.flatnonzero(~even) + 1).tolist(), len(chain)]
    return [chain[a:b] for a, b in pairwise(breaks) if b - a >= FEWEST]


def _step(marks: NDArray[np.int64], run: Line) -> float:
    """px from one mark of a run to the next."""
    return float(marks[run[-1], :3:2].sum() - marks[run[0], :3:2].sum()) / 2 / (len(run) - 1)


def _lines(marks: NDArray[np.int64], runs: Sequence[Line], height: float) -> list[list[Line]]:
    """The runs of each line: those long enough to be one, with what goes on at their step on either side of writing."""
    lines: list[list[Line]] = []
    for run in sorted(runs, key=lambda own: int(marks[own[0], 0])):
        for line in lines:
            if _goes_on(marks, line[-1], run):
                line.append(run)
                break
        else:
            lines.append([run])
    lines = [line for line in lines if any(len(run) >= UNBROKEN for run in line)]
    return [line for line in lines if not _are_places(marks, line, height)]


def _are_places(marks: NDArray[np.int64], line: Sequence[Line], height: float) -> bool:
    """Whether the marks of a line are rather places for a digit each: so long and so few."""
    first, last = marks[line[0][0]], marks[line[-1][-1]]
    return bool(
        first[2] - first[0] >= PLACE * height and last[2] - first[0] <= MOST_PLACES * _step(marks, line[0])
    )


def _goes_on(marks: NDArray[np.int64], before: Line, run: Line) -> bool:
    """Whether a run stands behind another on its line, with marks as large at the same step."""
    last, first = marks[before[-1]], marks[run[0]]
    step = _step(marks, before)
    if first[0] <= last[2] or first[0] - last[2] > MOST_STEPS * step:
        return False
    if abs(int(first[1] + first[3] - last[1] - last[3])) / 2 > 2 * OFF_LINE:
        return False  # it may have gone up or down since
    return _is_alike(last, first) and abs(_step(marks, run) - step) <= max(1 / len(run), SAME_STEP * step)


def _mark_line(marks: NDArray[np.int64], line: Sequence[Line], ink: Ink, gone: NDArray[np.uint8]) -> None:
    """Mark the ink of a line: its marks, and between its runs what is where a mark would be and no thicker."""
    for run in line:
        for left, top, right, bottom in marks[run].tolist():
            gone[top:bottom, left:right] |= ink[top:bottom, left:right]
    sizes = np.median([marks[n, 2:] - marks[n, :2] for run in line for n in run], axis=0)
    wide, thick = (round(float(side)) for side in sizes)
    usual = _step(marks, max(line, key=len))
    # from a mark on, up to another or to wherever the line ends, and which way
    gaps: list[tuple[int, int | None, int]] = [(a[-1], b[0], 1) for a, b in pairwise(line)]
    for start, stop, way in [(line[0][0], None, -1), *gaps, (line[-1][-1], None, 1)]:
        middle, row = marks[start, :3:2].sum() / 2, marks[start, 1::2].sum() / 2
        count, step, drop = MOST_STEPS, usual, 0.0
        if stop is not None:
            across, down = marks[stop, :3:2].sum() / 2 - middle, marks[stop, 1::2].sum() / 2 - row
            count = max(0, round(across / usual) - 1)
            step, drop = across / (count + 1), down / (count + 1)
        for n in range(1, count + 1):
            left = round(middle + way * n * step - wide / 2)
            if not _mark_thin(ink, gone, (left - 1, left + wide + 1), row + n * drop, thick) and stop is None:
                break


def _mark_thin(ink: Ink, gone: NDArray[np.uint8], columns: tuple[int, int], row: float, thick: int) -> bool:
    """Mark the ink on a line's row in some columns where it is no thicker than the line; whether there is any ink."""
    high, across = ink.shape
    top = round(row - thick / 2) - 1
    bottom, left, right = top + thick + 2, max(0, columns[0]), min(across, columns[1])
    if left >= right or top < 1 or bottom > high - 1:
        return False
    part = ink[top:bottom, left:right]
    thin = ~(ink[top - 1, left:right] & part[0]) & ~(ink[bottom, left:right] & part[-1]) & part.any(axis=0)
    around = ink[top - 1 : bottom + 1]
    for start, stop in stretches(thin):
        beside = (left + start - 1, left + stop)
        if beside[0] >= 0 and beside[1] < across and all(around[:, x].any() for x in beside):
            continue  # of a stroke that is flat there, as the foot of a 6
        gone[top:bottom, left + start : left + stop] |= part[:, start:stop]
    return bool(part.any())


def _painted(image: Grey, ink: Ink, gone: NDArray[np.uint8]) -> Grey:
    """The page, what is marked, and its blurred rim, as light as the paper above and below."""
    painted = image.copy()
    inked = gone.max(axis=1, keepdims=True)
    near = cv2.dilate(inked, np.ones((2 * REACH + 1, 1), np.uint8)).ravel() > 0
    for top, bottom in stretches(near).tolist():
        rows = slice(top, bottom)
        painted[rows] = _painted_band(image[rows], ink[rows], gone[rows])
    return painted


def _painted_band(image: Grey, ink: Ink, gone: NDArray[np.uint8]) -> Grey:
    """The same of a part of its rows, with enough of them around what is marked."""
    left = ink & (gone == 0)
    rim = cv2.dilate(gone, np.ones((3, 3), np.uint8)).view(np.bool_) & ~left
    near = cv2.dilate(gone, np.ones((2 * PAPER_AROUND + 1, 3), np.uint8)).view(np.bool_)
    paper = (near & ~cv2.dilate(ink.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)).astype(
        np.float32
    )
    size = (SMOOTH, 2 * PAPER_AROUND + 1)
    light = cv2.blur(paper * image, size), cv2.blur(paper, size)
    known = rim & (light[1] > 0)
    painted = image.copy()
    painted[known] = np.round(light[0][known] / light[1][known])
    return painted
