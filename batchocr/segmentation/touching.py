"""Slashes that touch digits, cut from these by what the page's other slashes look like.

In print all slashes of a page are one picture: where ink holds all of it there is one, provided that it is higher than the digits, so that
none of them can hold it. By hand they lean differently, but are straight strokes nearly as long, from the top of the ink on. Leaves out: which page has slashes
(`slashes`), and those no higher than digits, where a 7 holds one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.imaging.labels import stretches
from batchocr.segmentation.components import find_components, sizes
from batchocr.segmentation.segment import Atom, CandidateWord, tighten
from batchocr.segmentation.shape import common_picture, is_usual, usual_size

HIGHER = 1.05  # times as high as the digits is a slash that none of these can hold
HELD = 0.86  # of a slash's ink that what holds one has,
# of its height at its head and its foot, where it is higher than digits, and of the ink there
END, ENDS_HELD = 0.05, 0.5
NEARLY = 0.85  # times as high as a hand's slashes usually are is one at least,
MOST_HEAD = 2.0  # times as thick at its head at most,
MOST_SLOPES, SLOPES = (0.05, 0.95), 9  # and as slanted as this share of them, tried in so many steps
AROUND = 1  # px on either side of a slash that go with it
LOST = 0.2  # times as much ink as a slash has is a good part of a digit
LEAST_PIECE = 0.4  # of the digits' height: what is lower beside a slash that was cut out are chips of it


class Slash(NamedTuple):
    """How the printed slashes of a page look, (h, w) bool, and how high its digits are, px."""

    mask: NDArray[np.bool_]
    digits: float

    def held_by(self, ink: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        """Those that (h, w) ink holds, left to right: (h, w) bool each."""
        return [ink & _laid(self.mask, top, left, ink.shape) for top, left in _places(ink, self.mask)]


class Stroke(NamedTuple):
    """How the slashes look that a hand wrote on a page: px high, px wide at a row, by how many px the least and the most slanted of
    them go to the left from one row to the next, and how high the page's digits are, px."""

    high: float
    thick: float
    slopes: tuple[float, float]
    digits: float

    def held_by(self, ink: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        """Those that (h, w) ink holds, left to right: (h, w) bool each."""
        least = max(NEARLY * self.high, HIGHER * self.digits)
        if len(ink) < least:
            return []
        wider = cv2.dilate(ink.view(np.uint8), np.ones((1, 2 * AROUND + 1), np.uint8)).view(bool)
        top = max(2, round(END * len(ink)))
        slopes = np.linspace(*self.slopes, SLOPES).tolist()
        found = []
        for begin, end in stretches(np.asarray(ink[:top].any(axis=0), bool)).tolist():
            if end - begin > MOST_HEAD * self.thick:
                continue
            row = int(ink[:top, begin:end].any(axis=1).argmax())
            middle = float(np.flatnonzero(ink[row, begin:end]).mean()) + begin
            long, slope = max((_long(wider, row, middle, slope), slope) for slope in slopes)
            if long >= least:
                found.append(ink & _line(ink.shape, row, long, middle, slope, self.thick / 2 + AROUND))
        return found


def _long(ink: NDArray[np.bool_], row: int, column: float, slope: float) -> int:
    """px that a line through (h, w) ink is inked from a place on down. slope: px to the left from one row to the next."""
    rows = np.arange(row, len(ink))
    columns = (column - slope * (rows - row)).round().astype(np.int64)
    on = ink[rows, np.clip(columns, 0, ink.shape[1] - 1)] & (columns >= 0)
    return int(len(rows) if on.all() else on.argmin())


def _line(
    shape: tuple[int, ...], row: int, long: int, column: float, slope: float, reach: float
) -> NDArray[np.bool_]:
    """(h, w) bool of that shape: a line from a place on, so many px down, and so far on either side of it."""
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])
    near = np.abs(columns - (column - slope * (rows - row))) <= reach
    return np.asarray(near & (rows >= row) & (rows < row + long), bool)


def common_stroke(slashes: Sequence[Atom], digits: float) -> Stroke | None:
    """How these slashes look that a hand wrote; None if a digit may hold one."""
    high = median(slash.box.height for slash in slashes)
    if high < HIGHER * digits:
        return None
    thick = median(np.count_nonzero(slash.mask) / slash.box.height for slash in slashes)
    lean = [(slash.box.width - thick) / slash.box.height for slash in slashes]
    least, most = np.quantile(lean, MOST_SLOPES)
    return Stroke(high, thick, (float(least), float(most)), digits)


def common_slash(slashes: Sequence[Atom], digits: float, grain: float = 1.0) -> Slash | None:
    """The picture that printed slashes, nearly all of one size, share; None if a digit may hold it. grain: as in
    `shape.of_one_size`."""
    wide, high = usual_size([slash.box for slash in slashes])
    if high < HIGHER * digits:
        return None
    masks = [slash.mask for slash in slashes if is_usual(slash.box, (wide, high), grain)]
    return Slash(common_picture(masks) >= 0.5, digits)


def cut_free(
    word: CandidateWord, slash: Slash | Stroke, known: Sequence[int]
) -> tuple[CandidateWord, list[int]]:
    """The word, slashes that touch its digits atoms of their own, and which of its atoms are slashes. known: those that were. Where
    a slash runs through a digit, of which mere chips are left, all beside it is marked as parted."""
    atoms: list[Atom] = []
    found: list[int] = []
    changed = lost = False
    for n, atom in enumerate(word.atoms):
        pieces, loses = ([], False) if n in known or word.in_cells else _pieces(atom, slash)
        if loses and atoms:
            atoms[-1] = replace(atoms[-1], parted=True)
        changed |= bool(pieces)
        for piece, is_one in pieces or [(atom, n in known)]:
            if is_one:
                found.append(len(atoms))
            atoms.append(replace(piece, parted=True) if lost or loses else piece)
        lost = loses
    return (word.only(atoms), found) if changed else (word, list(known))


def _pieces(atom: Atom, slash: Slash | Stroke) -> tuple[list[tuple[Atom, bool]], bool]:
    """The ink of an atom left to right, and which of it are slashes; none if it holds no slash and more. And whether much of it is
    lost."""
    held = slash.held_by(atom.mask)
    if not held:
        return [], False
    pieces: list[tuple[Atom, bool]] = []
    rest, around = atom.mask.copy(), 0  # px beside the slashes
    for own in held:
        before = rest & ~_from(own)
        pieces += [(piece, False) for piece in _parts(before, atom.box, slash.digits)]
        pieces.append((Atom(*tighten(own, atom.box.left, atom.box.top)), True))
        edged = cv2.dilate(own.view(np.uint8), np.ones((1, 2 * AROUND + 1), np.uint8)).view(bool)
        around += int(np.count_nonzero(before & ~edged))
        rest &= ~(before | edged)
    around += int(np.count_nonzero(rest))
    pieces += [(piece, False) for piece in _parts(rest, atom.box, slash.digits)]
    if len(pieces) == len(held):
        return [], False
    kept = sum(np.count_nonzero(piece.mask) for piece, is_one in pieces if not is_one)
    return pieces, bool(around - kept >= LOST * max(map(np.count_nonzero, held)))


def _places(ink: NDArray[np.bool_], slash: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where (h, w) ink with so many px of paper around it holds a slash, left to right: its top and left, px."""
    high, wide = slash.shape
    if ink.shape[0] < high - 2 * AROUND or ink.shape[1] < wide:
        return []
    padded = np.pad(ink, AROUND).astype(np.float32)
    wider = cv2.dilate(padded, np.ones((1, 3), np.uint8))
    held = cv2.matchTemplate(padded, slash.astype(np.float32), cv2.TM_CCORR) / np.count_nonzero(slash)
    best, end = held.max(axis=0), max(2, round(END * high))
    places: list[tuple[int, int]] = []
    while best.max() >= HELD:
        left = int(best.argmax())
        top = int(held[:, left].argmax())
        under = wider[top : top + high, left : left + wide] * slash
        if min(under[:end].sum() / slash[:end].sum(), under[-end:].sum() / slash[-end:].sum()) >= ENDS_HELD:
            places.append((top, left))
        best[max(0, left - wide // 2) : left + wide // 2 + 1] = 0
    return sorted(places, key=lambda place: place[1])


def _laid(slash: NDArray[np.bool_], top: int, left: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) bool of that shape, a slash at its place on it with the paper around."""
    drawn = np.zeros((shape[0] + 2 * AROUND, shape[1] + 2 * AROUND), bool)
    drawn[top : top + slash.shape[0], left : left + slash.shape[1]] = slash
    return drawn[AROUND:-AROUND, AROUND:-AROUND]


def _from(own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(h, w) bool: what is on or right of a slash, but for the edge of it, in rows above and below it too."""
    rows = np.flatnonzero(own.any(axis=1))
    starts = own[rows].argmax(axis=1) - AROUND
    start = np.interp(np.arange(len(own)), rows, starts)
    return np.asarray(np.arange(own.shape[1]) >= start[:, None], bool)


def _parts(ink: NDArray[np.bool_], box: Box, digits: float) -> list[Atom]:
    """The pieces of (h, w) ink in an atom's box, but for chips, left to right."""
    components = find_components(ink)
    high = np.flatnonzero(sizes(components)[1] >= LEAST_PIECE * digits)
    cut = [Atom(*tighten(mask, box.left + own.left, box.top + own.top)) for own, mask in components.cut(high)]
    return sorted(cut, key=lambda atom: atom.box.left)
