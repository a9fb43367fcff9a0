"""Words that have a ruled box to themselves, as a form's fields are: what is written in one, or half in it, is one number.

A field has rules on all four sides and room for one line. Its words, if they look like digits, are joined where they stand no
farther apart than they are high, and a word that is then alone in its field is judged as one on a picture of its own. Leaves
out: boxes for one digit each (`segmentation.cells`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Ink
from batchocr.imaging.rules import Rules
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.lines import LONE_PART_HEIGHTS, OVERLAP_SHARE
from batchocr.segmentation.segment import CandidateWord, as_one

HIGHEST = 4.0  # heights of its writing: a higher box has room for two lines
NARROWEST = 2.2  # heights of it: a narrower box is for one digit,
LONG = 1.35  # width / height, unless it is so long
REACH = 1.0  # heights between words that are joined at most: columns of a table that has no upright rules are farther apart
FAR = 3.0  # heights: words no farther apart, alone in a box that is no table's, may still be one number
CAPTION = 0.75  # of the number's height: what is lower may be printed above it
ENDING = 0.5  # heights that a rule goes on at most beyond a field whose side it ends as
COLUMN_REACH = 15.0  # heights above and below a field in which a table's other rules are looked for
OTHER_INK = 0.35  # of the ink of one of the word's glyphs that may stand beside it in its field
EDGE = 0.06  # heights along the field's sides in which ink is their blurred edge
OVERRUN = 0.6  # heights on both sides of a field's side: a number that is as near may go on beyond it
TOUCHING = 0.12  # heights beyond that side in which ink touches it,
OVERRUN_INK = 0.02  # if it is so much of the ink of one of the number's glyphs
CLOSED = 0.8  # of a side of the field that the rule there takes at least
LEAST_DIGITS = 0.5  # of the full glyphs of words that are joined
AT_ONCE = 256  # words whose rules are looked for together: bounds the memory of a dense page

Boxes = NDArray[np.float64]  # (N, 4) px


def with_fields(words: Sequence[CandidateWord], ink: Ink, rules: Rules, judge: Judge) -> list[CandidateWord]:
    """The words of a page: those in one field as one; those alone in their field marked with it; those that may be parts of one
    number, but stand too far apart to tell, marked as crowded.

    ink: (H, W) bool, the page's with its rules.
    """
    asked = [n for n, word in enumerate(words) if not (word.usual_height or word.in_cells)]
    groups: dict[tuple[float, ...], list[int]] = {}
    for n, field in _within(words, asked, rules):
        groups.setdefault(field, []).append(n)
    inside = {n for members in groups.values() for n in members}
    for n, field in _across(words, [n for n in asked if n not in inside], rules):
        groups.setdefault(field, [n])  # a field that has writing of its own is none of it
    in_field = {n for members in groups.values() for n in members}
    free = np.array([word.box for n, word in enumerate(words) if n not in in_field], np.float64).reshape(
        -1, 4
    )
    upright = np.array(rules.vertical, np.float64).reshape(-1, 4)
    kept: list[CandidateWord | None] = list(words)
    for field, members in groups.items():
        box = Box(*(round(side) for side in field))
        places = _of_field(words, members, box)
        own = [words[n] for n in places]
        if not own or (len(own) > 1 and not all(_are_digits(own, judge))):
            continue
        height = max(word.height() for word in own)
        widest = max((b.box.left - a.box.right for a, b in pairwise(own)), default=0)
        goes_on = _goes_on(box, upright, height)
        if widest > REACH * height:
            if widest <= FAR * height and not goes_on:
                for n in places:
                    kept[n] = replace(words[n], crowded=True)
            continue
        if goes_on and _is_parted(box, own, upright, height):
            continue
        for n in places:
            kept[n] = None
        word, others = as_one(own), [words[n] for n in members if n not in places]
        if _overruns(word, box, ink, upright, free):
            word = replace(word, crowded=True)
        elif _is_all(word, others, box, ink, judge):
            word = replace(word, alone_in=box)
        kept[places[0]] = word
    return [word for word in kept if word is not None]


def _within(
    words: Sequence[CandidateWord], asked: Sequence[int], rules: Rules
) -> list[tuple[int, tuple[float, ...]]]:
    """Those of the words asked about whose middle is in a field, each with it, px."""
    fields = fields_of(_boxes(words, asked), rules)
    return [(n, tuple(field)) for n, field in zip(asked, fields.tolist(), strict=True) if field[2] > field[0]]


def _across(
    words: Sequence[CandidateWord], asked: Sequence[int], rules: Rules
) -> list[tuple[int, tuple[float, ...]]]:
    """Those of the words asked about that are half in a field and half above or below, each with it, px."""
    found: list[tuple[int, tuple[float, ...]]] = []
    for half in (1, 3):  # the lower one, the upper one
        boxes = _boxes(words, asked)
        boxes[:, half] = (boxes[:, 1] + boxes[:, 3]) / 2
        for n, (left, top, right, bottom) in zip(asked, fields_of(boxes, rules).tolist(), strict=True):
            out = max(left - words[n].box.left, words[n].box.right - right)
            if right > left and out <= bottom - top:
                found.append((n, (left, top, right, bottom)))
    return found


def _boxes(words: Sequence[CandidateWord], asked: Sequence[int]) -> Boxes:
    return np.array([words[n].box for n in asked], np.float64).reshape(-1, 4)


def _of_field(words: Sequence[CandidateWord], members: Sequence[int], field: Box) -> list[int]:
    """Those members of a field, from left to right, that are no mere marks nor a caption above or below; none where they do
    not make one line of writing in a field for it."""
    tallest = max((words[n] for n in members), key=CandidateWord.height)
    height = tallest.height()
    if field.height > HIGHEST * height or field.width < min(NARROWEST * height, LONG * field.height):
        return []
    tall = [n for n in members if words[n].box.height >= LONE_PART_HEIGHTS * height]
    level = [n for n in tall if _is_level(words[n], tallest)]
    if any(words[n].height() >= CAPTION * height for n in tall if n not in level):
        return []
    return sorted(level, key=lambda n: words[n].box.left)


def _goes_on(field: Box, upright: Boxes, height: float) -> bool:
    """Whether the upright rules at a field's sides go on above or below it, as a table's do. upright: (R, 4) px. height: px of
    the writing."""
    beside = (np.abs(upright[:, 2] - field.left) <= 1) | (np.abs(upright[:, 0] - field.right) <= 1)
    beside &= (upright[:, 1] < field.bottom) & (upright[:, 3] > field.top)
    beyond = np.maximum(field.top - upright[beside, 1], upright[beside, 3] - field.bottom)
    return bool((beyond > ENDING * height).any())


def _is_parted(field: Box, words: Sequence[CandidateWord], upright: Boxes, height: float) -> bool:
    """Whether a table's field may have a column's end between two of its words, worn away there: an upright rule stands there
    above or below. upright: (R, 4) px. height: px of the writing."""
    middles = (upright[:, 0] + upright[:, 2]) / 2
    near = (field.top - upright[:, 3] <= COLUMN_REACH * height) & (
        upright[:, 1] - field.bottom <= COLUMN_REACH * height
    )
    return any(
        bool((near & (middles > a.box.right) & (middles < b.box.left)).any()) for a, b in pairwise(words)
    )


def _overruns(word: CandidateWord, field: Box, ink: Ink, upright: Boxes, free: Boxes) -> bool:
    """Whether the word comes near a side of its field and may go on beyond it: ink touches that side from without, or a word
    that is in no field stands as near. upright: (R, 4) px, the rules. free: (F, 4) px, words that are in no field."""
    height = word.height()
    reach, touch, inset = OVERRUN * height, max(2.0, TOUCHING * height), round(0.1 * height)
    rows = ink[word.box.top + inset : word.box.bottom - inset]
    sides = upright[(upright[:, 1] < word.box.bottom) & (upright[:, 3] > word.box.top)]
    level = np.minimum(free[:, 3], word.box.bottom) - np.maximum(free[:, 1], word.box.top) >= (
        OVERLAP_SHARE * np.minimum(free[:, 3] - free[:, 1], word.box.height)
    )
    left = sides[np.abs(sides[:, 2] - field.left) <= 1, 0].min(initial=field.left)
    right = sides[np.abs(sides[:, 0] - field.right) <= 1, 2].max(initial=field.right)
    before = level & (free[:, 2] <= word.box.left)
    behind = level & (free[:, 0] >= word.box.right)
    touching = (
        rows[:, max(0, round(left - touch)) : max(0, round(left) - 1)],
        rows[:, round(right) + 1 : round(right + touch)],
    )
    for room, apart, part in (
        (word.box.left - field.left, left - free[before, 2], touching[0]),
        (field.right - word.box.right, free[behind, 0] - right, touching[1]),
    ):
        if room <= reach and (
            (apart <= reach).any() or np.count_nonzero(part) > OVERRUN_INK * _glyph_ink(word)
        ):
            return True
    return False


def _is_all(word: CandidateWord, others: Sequence[CandidateWord], field: Box, ink: Ink, judge: Judge) -> bool:
    """Whether the word is nearly all the ink in the field, but for letters, as a caption is of."""
    edge, most = round(EDGE * word.height()), OTHER_INK * _glyph_ink(word)
    other = int(
        np.count_nonzero(ink[field.top + edge : field.bottom - edge, field.left + edge : field.right - edge])
    ) - _ink_of(word)
    if others and other > most:
        digits = _are_digits(others, judge)
        other -= sum(_ink_of(one) for one, is_digits in zip(others, digits, strict=True) if not is_digits)
    return other <= most


def _glyph_ink(word: CandidateWord) -> float:
    """The pixels of one of its full glyphs, on average."""
    return _ink_of(word) / len(word.full_atoms())


def _ink_of(word: CandidateWord) -> int:
    """Its pixels."""
    return sum(int(np.count_nonzero(atom.mask)) for atom in word.atoms)


def fields_of(boxes: Boxes, rules: Rules) -> Boxes:
    """(N, 4) px: the inside of the box of rules around each of (N, 4) px; zeros where not all four sides are closed."""
    found = np.zeros((len(boxes), 4))
    upright = np.array(rules.vertical, np.float64).reshape(-1, 4)
    level = np.array(rules.horizontal, np.float64).reshape(-1, 4)[:, [1, 0, 3, 2]]
    for start in range(0, len(boxes) if len(upright) and len(level) else 0, AT_ONCE):
        some = boxes[start : start + AT_ONCE]
        left, right, lefts, rights = _between(some, upright)
        top, bottom, tops, bottoms = _between(some[:, [1, 0, 3, 2]], level)
        inside = np.stack([left, top, right, bottom], axis=1)
        with np.errstate(invalid="ignore"):
            closed = np.isfinite(inside).all(axis=1)
            for side in (lefts, rights):
                closed &= _covers(side[:, 1], side[:, 3], top, bottom)
            for side in (tops, bottoms):
                closed &= _covers(side[:, 1], side[:, 3], left, right)
        found[start : start + AT_ONCE][closed] = inside[closed]
    return found


def _between(boxes: Boxes, walls: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64], Boxes, Boxes]:
    """For each box the inner edges of the nearest wall before and behind its middle, infinite without, and these walls."""
    x, y = (boxes[:, 0] + boxes[:, 2])[:, None] / 2, (boxes[:, 1] + boxes[:, 3])[:, None] / 2
    middles = (walls[:, 0] + walls[:, 2]) / 2
    level = (walls[:, 1] <= y) & (y <= walls[:, 3])
    before = np.where(level & (middles <= x), x - middles, np.inf)
    behind = np.where(level & (middles > x), middles - x, np.inf)
    first, last = walls[before.argmin(axis=1)], walls[behind.argmin(axis=1)]
    left = np.where(np.isfinite(before.min(axis=1)), first[:, 2], -np.inf)
    right = np.where(np.isfinite(behind.min(axis=1)), last[:, 0], np.inf)
    return left, right, first, last


def _covers(
    low: NDArray[np.float64], high: NDArray[np.float64], first: NDArray[np.float64], last: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(N,) whether most of each stretch from first to last is between low and high."""
    shared = np.minimum(high, last) - np.maximum(low, first)
    return np.asarray(shared >= CLOSED * (last - first), bool)


def _is_level(one: CandidateWord, other: CandidateWord) -> bool:
    shared = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top)
    return shared >= OVERLAP_SHARE * min(one.box.height, other.box.height)


def _are_digits(words: Sequence[CandidateWord], judge: Judge) -> list[bool]:
    """Of which words most full glyphs look like digits."""
    glyphs = [word.full_atoms() for word in words]
    seen = 1 - judge([atom.mask for own in glyphs for atom in own])[:, NOT_A_DIGIT]
    ends = np.cumsum([len(own) for own in glyphs])[:-1]
    return [bool(own.mean() >= LEAST_DIGITS) for own in np.split(seen, ends)]
