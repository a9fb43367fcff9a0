"""Dashes between two numbers, as of a range or a score: 12 - 15, 1.5-2.5, 14-6.

One with room around it parts them, and so does one between numbers with points. One that stands close leaves the number to a person
where it may be two. Leaves out: dashes that close an amount (`slashes`), and signs of arithmetic (`operators`).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.lines import NO_BOXES, has_point
from batchocr.segmentation.segment import CandidateWord

DASH_HIGH, DASH_WIDE = 0.3, 0.2  # heights of the digits that a dash is high at most, and wide at least,
DASH_ASPECT = 1.6  # times as wide as it is high: a raised point is round,
DASH_ROOM = 0.33  # with so much room on either side,
DASH_OVER = -0.2  # or so much less than none where it is close to digits that lean
DASH_TALL = 0.2  # of the height of what it touches that a dash is high at most
AMID = (0.3, 0.75)  # of the height of the digits beside it, between which it stands,
BESIDE = (0.15, 0.85)  # and of each
LEAST_HIGH = 0.8  # times as high as the word's digits are those beside it at least
POINT_SIZE = (0.3, 0.4)  # of their height that a point is wide and high at most
AT_FOOT = 0.15  # of their height by which a point ends above or below the digits' feet
LONGEST_SCORE = 2  # digits of each side of one
LONGEST_UNEVEN = 3  # digits of a range's end that has one more than its beginning
FEWEST, SHARE = 6, 0.3  # numbers of a page with a close one, and of those of several digits: others touch,
LEAST_OUT = 0.12  # of a digit's height that one stands out of it at least


def parted_at_dashes(
    words: Sequence[CandidateWord], specks: NDArray[np.int32] = NO_BOXES
) -> list[CandidateWord]:
    """The words, parted where a dash has room on both its sides, as in 12 - 15, or points in the numbers on both, as in 1.5-2.5. One
    that stands close between digits as many on both sides, or few, as in 10-20 and 14-6, leaves the number to a person: it may be two. So
    does one that touches a digit by hand, on a page with many. specks: (S, 4) px, among them points of small print."""
    rooms = [_dashes_of(word) for word in words]
    close = sum(bool(_close_ones(word, own)) for word, own in zip(words, rooms, strict=True))
    many = close >= max(FEWEST, SHARE * sum(len(word.full_atoms()) > 1 for word in words))
    parts = [
        part for word, own in zip(words, rooms, strict=True) for part in _parted_at_dashes(word, own, specks)
    ]
    return [replace(part, several=True) if many and _touches_one(part) else part for part in parts]


def _touches_one(word: CandidateWord) -> bool:
    """Whether a level stroke amid the height of a digit by hand stands out of it towards the next one, as a dash that touches it does,
    and the bar of a 4."""
    least = LEAST_HIGH * word.height()
    tall = [atom for atom in word.full_atoms() if atom.box.height >= least]  # and no signs of arithmetic
    if word.in_cells or len(tall) < 2 or word.only(tall).is_print():
        return False
    masks = [atom.mask for atom in tall]
    return any(map(_stands_out, [*masks[:-1], *(mask[:, ::-1] for mask in masks[1:])]))


def _stands_out(mask: NDArray[np.bool_]) -> bool:
    """Whether all ink of the last columns of (h, w) ink is a thin level stroke amid its height."""
    high, wide = mask.shape
    last = mask[:, wide - max(2, round(LEAST_OUT * high)) :]
    rows = np.flatnonzero(last.any(axis=1))
    thin = rows[-1] - rows[0] < DASH_TALL * high and last.any(axis=0).all()
    return bool(thin and AMID[0] * high <= rows[0] and rows[-1] < AMID[1] * high)


def _parted_at_dashes(
    word: CandidateWord, rooms: dict[int, int], specks: NDArray[np.int32]
) -> list[CandidateWord]:
    parting = [n for n, room in rooms.items() if room >= DASH_ROOM * word.height()]
    close = _close_ones(word, rooms)
    if len(close) == 1 and not parting:
        (at,) = close
        if _are_decimals(word, at, specks):
            parting = close
        elif _are_as_many(word, at):
            return [replace(word, several=True)]
    return word.parted_at([(n, n + 1) for n in parting])


def _close_ones(word: CandidateWord, rooms: dict[int, int]) -> list[int]:
    """Which of a word's dashes, with the room of each, px, stand close to a digit; the bars of an equals sign are none."""
    least, most = DASH_OVER * word.height(), DASH_ROOM * word.height()
    return [n for n, room in rooms.items() if least <= room < most and not _is_of_two(word, n)]


def _is_of_two(word: CandidateWord, at: int) -> bool:
    """Whether another mark as low lies above or below one of a word's atoms."""
    own, others = word.atoms[at].box, [atom.box for n, atom in enumerate(word.atoms) if n != at]
    return any(
        min(box.right, own.right) - max(box.left, own.left) >= own.width / 2
        for box in others
        if box.height <= DASH_HIGH * word.height()
    )


def _are_decimals(word: CandidateWord, at: int, specks: NDArray[np.int32]) -> bool:
    """Whether there is a point in the number on either side of a dash, as an atom or as one of the specks, (S, 4) px."""
    own = range(len(word.atoms))
    return all(_holds_point(word, side, specks) for side in (own[:at], own[at + 1 :]))


def _holds_point(word: CandidateWord, side: range, specks: NDArray[np.int32]) -> bool:
    """Whether a point stands among some of a word's atoms, between two of its digits."""
    full = word.full().tolist()
    if any(not full[n] and _is_point_of(word, n) for n in side[1:-1]):
        return True
    digits = [word.atoms[n].box for n in side if full[n]]
    return any(has_point(left, right, specks, word.height()) for left, right in pairwise(digits))


def _is_point_of(word: CandidateWord, at: int) -> bool:
    """Whether one of a word's atoms is as small as a point and stands at the feet of its digits."""
    box, height = word.atoms[at].box, word.height()
    foot = median(atom.box.bottom for atom in word.full_atoms())
    wide, high = (share * height for share in POINT_SIZE)
    return box.width <= wide and box.height <= high and abs(box.bottom - foot) <= AT_FOOT * height


def _are_as_many(word: CandidateWord, at: int) -> bool:
    """Whether a dash has as many digits before it as behind it, or one less, as of a range, or so few on both sides, as of a score; a
    telephone number has not, nor one with a digit that checks it."""
    full = word.full().tolist()
    before, behind = sum(full[:at]), sum(full[at + 1 :])
    alike = before == behind or (behind == before + 1 and behind <= LONGEST_UNEVEN)
    return bool(before > 0 and (alike or 0 < max(before, behind) <= LONGEST_SCORE))


def _dashes_of(word: CandidateWord) -> dict[int, int]:
    """Which of a word's atoms are dashes between its digits, and how much room each has on its narrower side, px: less than none beside
    digits that lean."""
    if word.in_cells or len(word.atoms) < 3:
        return {}
    height, boxes = word.height(), [atom.box for atom in word.atoms]
    low = [n for n, box in enumerate(boxes) if box.height <= DASH_HIGH * height]
    full = np.flatnonzero(word.full()).tolist() if low else []  # as for hardly any word
    found = {}
    for n in (n for n in low if n not in full):
        at = bisect(full, n)
        if 0 < at < len(full):
            before, behind = boxes[full[at - 1]], boxes[full[at]]  # a broken digit has pieces beside it
            if _is_dash(boxes[n], before, behind, height):
                found[n] = min(boxes[n].left - before.right, behind.left - boxes[n].right)
    return found


def _is_dash(dash: Box, before: Box, behind: Box, height: float) -> bool:
    if dash.width < max(DASH_WIDE * height, DASH_ASPECT * dash.height):
        return False
    middles = [((dash.top + dash.bottom) / 2 - beside.top) / beside.height for beside in (before, behind)]
    tall = min(before.height, behind.height) >= LEAST_HIGH * height
    beside_both = all(BESIDE[0] <= middle <= BESIDE[1] for middle in middles)
    return tall and beside_both and AMID[0] <= sum(middles) / 2 <= AMID[1]
