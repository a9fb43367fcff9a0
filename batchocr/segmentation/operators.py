"""Signs of arithmetic and of dimensions between numbers, + - × ÷ and =, as in 7+8=15 and 120×80: they part numbers, and none of them
is a digit.

Each is told by its shape, since no digit is lower than its neighbours and of two straight strokes that cross, of two level bars, or of
a bar with a point above and one below. Written ones count too. Leaves out: dashes, which may belong to a number (`slashes`
parts numbers at those with room around them), signs that touch a digit, and signs that are as high as the digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from batchocr.elements import NOT_A_DIGIT, Box
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.crosses import is_cross
from batchocr.segmentation.segment import Atom, CandidateWord, is_stacked
from batchocr.segmentation.shape import common_look, is_point, looks_so
from batchocr.segmentation.units import PLAIN_LETTER

MANY_CROSSES = 6  # on a page: blurred ones are like them,
MANY_SIGNS = 6  # on a page: others may touch digits,
TOUCHING = 0.9  # heights of the digits that a sign and a digit are wide together at least
SLIMMEST, SIGN_HIGH = 0.2, 0.8  # of their height that a sign is wide at least, and high at most, there,
PLAIN_DIGIT = 0.99  # unless it is one digit so surely
ROOMS_ALIKE = 0.25  # of the usual room, by which those of
MOSTLY = 0.8  # so many signs of print differ at most,
APART_TIMES = 2.5  # which is so many times as wide as between its digits,
LEAST_ROOM = 0.8  # and so much of it is left where a sign is lost
MOST_PIECES = 3  # of a sign, one above the other
LEAST_PX = 5  # px of its width
LOW = 0.85  # times as high as the word's digits is a sign at most,
HIGHEST = {2: 0.7, 3: 1.05}  # of two bars, or of a bar and points;
WIDTH = (0.25, 1.1)  # and so many times as wide as they are high,
AMID = (0.25, 0.75)  # of their height, between which its middle stands
FLAT = 2.0  # times as wide as it is high is a bar at least
AS_WIDE = 0.7  # times as wide as the other is the narrower bar of two
APART = (0.06, 0.75)  # of their width, between two bars
POINT = 0.45  # of the bar's width that a point above or below it is wide at most
ASTRAY = 0.15  # of the bar's width, by which such a point is beside its middle
STRAY_PX, BAR_STRAY = 1.0, 0.1  # px, or of their width, by which bars of two equals signs of a word differ


def parted_at_operators(
    words: Sequence[CandidateWord], height: float, judge: Judge
) -> tuple[list[CandidateWord], list[Atom]]:
    """The words, parted at signs of arithmetic beside their digits, without these; and the ink of the signs. A word with a plain
    letter has none: its x or t is one too. On a page with many signs, what may hold one that touches a digit, or has run
    together, is marked: a person has to look. height: px of the page's writing."""
    parts, gone, count = list[CandidateWord](), list[Atom](), 0
    rooms = list[int]()
    found = _with_blurred(words, [_signs_of(word, height) for word in words])
    for word, signs in zip(words, found, strict=True):
        if not signs or _may_be_letters(word, signs, judge):
            parts.append(word)
            continue
        parts += word.parted_at(signs)
        gone += [atom for a, b in signs for atom in word.atoms[a:b]]
        count += len(signs)
        inner = [
            (word.atoms[a - 1].box, word.atoms[b].box) for a, b in signs if a > 0 and b < len(word.atoms)
        ]
        rooms += [behind.left - before.right for before, behind in inner]
    if count >= MANY_SIGNS:
        parts = _parted_where_lost(parts, rooms)
        doubtful = _may_hold_one(parts, judge)
        parts = [
            replace(part, crowded=True) if doubt else part
            for part, doubt in zip(parts, doubtful, strict=True)
        ]
    return parts, gone


def _parted_where_lost(words: Sequence[CandidateWord], rooms: Sequence[int]) -> list[CandidateWord]:
    """The words of a page of print, parted too where their digits stand as far apart as where signs are, which the scan has lost
    there: a person has to look. rooms: px between the digits on both sides of the signs."""
    usual = median(rooms or [0])
    between = median([gap for word in words for gap in word.gaps()] or [0])
    alike = sum(abs(room - usual) <= ROOMS_ALIKE * usual for room in rooms)
    if len(rooms) < MANY_SIGNS or alike < MOSTLY * len(rooms) or usual < APART_TIMES * max(between, 1):
        return list(words)
    parts = list[CandidateWord]()
    for word in words:
        full = np.flatnonzero(word.full()).tolist()
        wide = [gap >= LEAST_ROOM * usual and not word.in_cells for gap in word.gaps()]
        pairs = zip(pairwise(full), wide, strict=True)
        # where a point stands between none is lost
        starts = [b for (a, b), is_wide in pairs if is_wide and b - a == 1]
        parts += [replace(part, crowded=True) for part in word.parted(starts)] if starts else [word]
    return parts


def _may_hold_one(words: Sequence[CandidateWord], judge: Judge) -> list[bool]:
    """For each word whether some of its ink may be a sign, or one and the digit that it touches, and is no digit that plainly looks
    so by itself, as in a hand that leans or in type some of whose digits are low."""
    asked = [
        (n, atom)
        for n, word in enumerate(words)
        if not word.in_cells
        for atom in word.atoms
        if _may_touch_one(atom, word) or _is_mark_amid(atom, word)
    ]
    plain = (
        judge([atom.mask for _, atom in asked])[:, :NOT_A_DIGIT].max(axis=1) >= PLAIN_DIGIT if asked else ()
    )
    doubtful = {n for (n, _), is_plain in zip(asked, plain, strict=True) if not is_plain}
    return [n in doubtful for n in range(len(words))]


def _may_touch_one(atom: Atom, word: CandidateWord) -> bool:
    """Whether ink is so wide that a sign may touch a digit there: a cross, which then is a 4, or the bars of an equals sign."""
    return atom.box.width >= TOUCHING * word.height() and _is_low_somewhere(atom, word)


def _is_mark_amid(atom: Atom, word: CandidateWord) -> bool:
    """Whether ink is low, as wide as a sign and stands amid a word's height: a sign that has run together."""
    height, box = word.height(), atom.box
    wide = WIDTH[0] * height <= box.width
    return box.height <= LOW * height and wide and _is_amid(box, word.box)


def _is_low_somewhere(atom: Atom, word: CandidateWord) -> bool:
    """Whether some part of an atom, as wide as the slimmest sign, is low and amid the height of its word."""
    height = word.height()
    wide = max(1, round(SLIMMEST * height))
    high = atom.mask.shape[0]
    inked = atom.mask.any(axis=0)
    tops = np.where(inked, atom.mask.argmax(axis=0), high)
    feet = np.where(inked, high - atom.mask[::-1].argmax(axis=0), 0)
    top = atom.box.top + sliding_window_view(tops, wide).min(axis=1)
    foot = atom.box.top + sliding_window_view(feet, wide).max(axis=1)
    middle = ((top + foot) / 2 - word.box.top) / word.box.height
    low = (foot - top <= SIGN_HIGH * height) & (middle >= AMID[0]) & (middle <= AMID[1])
    return bool(low.any())


def _may_be_letters(word: CandidateWord, signs: Sequence[tuple[int, int]], judge: Judge) -> bool:
    """Whether a word's crosses may be an x or a t of letters: the digit network takes a tall glyph of its for other ink, surely."""
    if all(stop - start > 1 for start, stop in signs):
        return False
    least = LOW * word.height()
    slim = [a.mask for a in word.atoms if a.box.height > max(least, a.box.width)]  # or digits that touch
    return bool(slim) and bool(judge(slim)[:, NOT_A_DIGIT].max() > PLAIN_LETTER)


def _signs_of(word: CandidateWord, usual: float) -> list[tuple[int, int]]:
    """The signs in a word: from which of its atoms on, up to which. A cross by itself is one, too, if it is lower than
    the page's writing, `usual` px high."""
    count, height = len(word.atoms), word.height()
    if word.in_cells:
        return []
    if count == 1:
        return [(0, 1)] if height <= LOW * usual and is_cross(word.atoms[0].mask) else []
    low = [atom.box.height <= LOW * height for atom in word.atoms]
    if not any(low) or all(low):
        return []  # nearly all words
    tall = [atom.box for atom, is_low in zip(word.atoms, low, strict=True) if not is_low]
    signs, at = list[tuple[int, int]](), 0
    while at < count:
        stop = _sign_at(word, at, tall, height) if low[at] else at
        if stop > at:
            signs.append((at, stop))
        at = max(stop, at + 1)
    return _with_halves(word, signs)


def _with_blurred(
    words: Sequence[CandidateWord], found: list[list[tuple[int, int]]]
) -> list[list[tuple[int, int]]]:
    """The signs of each word, and what is as large as the crosses of a page that has many, looks like them and is low, as where
    a scan has blurred one."""
    crosses = [
        cross.mask for word, signs in zip(words, found, strict=True) for cross in _crosses_of(word, signs)
    ]
    if len(crosses) < MANY_CROSSES:
        return found
    look = common_look(crosses)

    def blurred(word: CandidateWord, atom: Atom) -> bool:
        return not word.in_cells and atom.box.height <= LOW * word.height() and looks_so(atom.mask, look)

    return [_with_lone(word, signs, partial(blurred, word)) for word, signs in zip(words, found, strict=True)]


def _crosses_of(word: CandidateWord, signs: Sequence[tuple[int, int]]) -> list[Atom]:
    """Those of a word's signs that are one piece of ink and no bar."""
    lone = [word.atoms[start] for start, stop in signs if stop - start == 1]
    return [atom for atom in lone if not is_flat(atom.box)]


def _with_lone(
    word: CandidateWord, signs: list[tuple[int, int]], is_one: Callable[[Atom], bool]
) -> list[tuple[int, int]]:
    """The signs in a word, and those of its other atoms that are one by themselves."""
    known = {n for start, stop in signs for n in range(start, stop)}
    more = [(n, n + 1) for n, atom in enumerate(word.atoms) if n not in known and is_one(atom)]
    return sorted(signs + more)


def _with_halves(word: CandidateWord, signs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The signs in a word, and what is level with a bar of one of two bars and as long: an equals sign that lost the other."""
    bars = [word.atoms[n].box for start, stop in signs if stop - start == 2 for n in range(start, stop)]
    if not bars:
        return signs  # nearly all words
    return _with_lone(word, signs, lambda atom: any(_is_same_bar(atom.box, bar) for bar in bars))


def _is_same_bar(one: Box, other: Box) -> bool:
    stray = max(abs(one.top - other.top), abs(one.bottom - other.bottom), abs(one.width - other.width))
    return stray <= max(STRAY_PX, BAR_STRAY * other.width)


def _is_amid(box: Box, beside: Box) -> bool:
    """Whether the middle of a box is about as high as that of one beside it."""
    return AMID[0] <= ((box.top + box.bottom) / 2 - beside.top) / beside.height <= AMID[1]


def _sign_at(word: CandidateWord, at: int, tall: Sequence[Box], height: float) -> int:
    """Up to which of a word's atoms the one at this place, and what stands above or below it, are a sign; `at` if none.
    tall: its glyphs that are no lower than a sign is at most."""
    stop = at + 1
    box = word.atoms[at].box
    while stop < min(len(word.atoms), at + MOST_PIECES) and is_stacked(box, word.atoms[stop].box):
        box = box.union(word.atoms[stop].box)
        stop += 1
    if box.width < LEAST_PX or not WIDTH[0] * height <= box.width <= WIDTH[1] * height:
        return at
    beside = min(tall, key=lambda other: max(other.left - box.right, box.left - other.right))
    if not _is_amid(box, beside):
        return at
    pieces = [atom.box for atom in word.atoms[at:stop]]
    if stop - at > 1:
        flat = [piece for piece in pieces if is_flat(piece)]
        # the bar of a 7 whose stem is worn away stands higher
        amid = len(flat) != 1 or _is_amid(flat[0], beside)
        return stop if amid and is_of_bars(pieces) and box.height <= HIGHEST[len(pieces)] * height else at
    return stop if is_cross(word.atoms[at].mask) else at


def is_of_bars(pieces: Sequence[Box]) -> bool:
    """Whether pieces of ink are the two bars of an equals sign, or a division sign's bar and points, of which one may be lost."""
    bar = max(pieces, key=lambda box: box.width)
    others = [box for box in pieces if box is not bar]
    if not is_flat(bar) or not 0 < len(others) < MOST_PIECES:
        return False
    if all(_is_point_of(bar, box) for box in others):
        above = [box.bottom <= bar.top for box in others]
        return len(others) == 1 or (any(above) and not all(above))
    if len(others) > 1:
        return False
    (other,) = others
    gap = max(bar.top, other.top) - min(bar.bottom, other.bottom)
    is_bar = other.width >= max(FLAT * other.height, AS_WIDE * bar.width)
    return is_bar and APART[0] * bar.width <= gap <= APART[1] * bar.width


def is_flat(box: Box) -> bool:
    """Whether a piece of ink is a level bar."""
    return box.width >= FLAT * box.height


def _is_point_of(bar: Box, point: Box) -> bool:
    """Whether a piece of ink is small and round, and in the middle of a bar from left to right."""
    astray = abs(point.left + point.right - bar.left - bar.right) / 2
    return is_point(point, POINT * bar.width) and astray <= ASTRAY * bar.width
