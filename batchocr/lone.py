"""Digits that stand by themselves and may be none: letters of a column, units behind numbers, strokes of a tally.

A glyph by itself says least of what it is: what stands around it must. Leaves out: what the networks say of it
(`confidence`), and digits within numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.segment import CandidateWord

MANY_LONE, LONE_SHARE = 10, 0.6  # strokes by themselves, of all such digits, that are as likely marks
LETTER_MATES, LETTERS_SHARE = 2, 0.2  # lone glyphs of a column that are no digits, and of all such
NARROW = 0.5  # width / height: what is narrower may be a piece of a column's rule
COLUMN_EDGE = 0.35  # heights by which the edges or middles of one column's glyphs stray
LETTERS_REACH = 40.0  # heights above and below in which its letters are looked for, of which few in a row may look like digits
OTHER_SIZE = 1.3  # times as high, or as low, is another writing
AT_ONCE = 256  # glyphs whose neighbours are looked for together: bounds the memory of a dense page
UNIT_REACH = 3.0  # heights behind a number in which its unit stands
UNIT_LEVEL = 0.12  # of the number's height by which its digits' heads and feet stray: it is print,
UNIT_LOW = 0.17  # of the number's height by which a low letter begins below its digits' heads,
UNIT_FOOT = 0.06  # and ends above or below their feet at most,
UNIT_HANGS = 0.2  # or below them at least
UNIT_HIGH = 0.5  # of it that such a letter is high at least
EXPONENT_REACH = 0.7  # of its own height behind a word in which an exponent stands,
EXPONENT_RAISED = 0.4  # and by which it ends above the letters' feet at least
EXPONENT_LOW = 0.2  # and begins below their heads at most
EXPONENT_SMALL = 1.0  # times as high as they are is it at most


def lone_doubts(
    words: Sequence[CandidateWord], lone: Mapping[int, str], are_numbers: Sequence[bool]
) -> dict[int, str]:
    """What speaks against digits by themselves, words of a page by their numbers with what was read. are_numbers: which words are
    numbers."""
    if not lone:
        return {}
    strokes = [n for n, text in lone.items() if text == "1"]
    if len(strokes) < max(MANY_LONE, LONE_SHARE * len(lone)):
        strokes = []
    doubts = {n: "may be the unit of the number before it" for n in _units(words, list(lone), are_numbers)}
    doubts |= {
        n: "may be a letter, as others of its column are"
        for n in _among_letters(words, list(lone), are_numbers)
    }
    return doubts | {n: "may be a mark: so many strokes stand alone" for n in strokes}


def exponents(words: Sequence[CandidateWord], lone: Sequence[int], lettered: Sequence[bool]) -> list[int]:
    """Which digits by themselves, words of a page by their numbers, stand raised right behind letters: as of m2, or a footnote's.
    lettered: which words end in what is no digit."""
    before = [word for word, ends_so in zip(words, lettered, strict=True) if ends_so and not word.in_cells]
    if not (lone and before):
        return []
    boxes = np.array([word.box for word in before], np.float64)
    heads, feet = np.array(
        [line_of(_glyphs(word)) for word in before]
    ).T  # of its letters, not what hangs below
    found = []
    for n in lone:
        left, top, _, bottom = words[n].box
        high = bottom - top
        gaps = left - boxes[:, 2]
        behind = (gaps >= -EXPONENT_REACH / 2 * high) & (gaps <= EXPONENT_REACH * high) & (left > boxes[:, 0])
        raised = (feet - bottom >= EXPONENT_RAISED * high) & (top - heads <= EXPONENT_LOW * high)
        if (behind & raised & (bottom > boxes[:, 1]) & (high <= EXPONENT_SMALL * (feet - heads))).any():
            found.append(n)
    return found


def line_of(boxes: Sequence[Box]) -> tuple[float, float]:
    """Where glyphs begin and end, px: the medians."""
    return median(box.top for box in boxes), median(box.bottom for box in boxes)


def _glyphs(word: CandidateWord) -> list[Box]:
    return [atom.box for atom in word.full_atoms()]


def _units(words: Sequence[CandidateWord], lone: Sequence[int], are_numbers: Sequence[bool]) -> list[int]:
    """Which digits by themselves, words by their numbers, stand right behind a printed number and begin lower than its digits: a g
    or an s is as likely."""
    numbers = [n for n, number in enumerate(are_numbers) if number and not words[n].in_cells]
    places = np.array([words[n].box for n in numbers], np.float64).reshape(-1, 4)
    high = np.array([words[n].height() for n in numbers], np.float64)
    found = []
    for n in lone:
        left, top, _, bottom = words[n].box
        gaps = left - places[:, 2]
        level = (places[:, 1] < bottom) & (places[:, 3] > top)
        before = np.flatnonzero(level & (gaps > 0) & (gaps <= UNIT_REACH * high))
        if before.size:
            nearest = before[gaps[before].argmin()]
            if _begins_lower(words[n].box, words[numbers[nearest]]):
                found.append(n)
    return found


def _begins_lower(glyph: Box, number: CandidateWord) -> bool:
    """Whether a glyph begins below the heads of a printed number's digits, and ends at their feet or hangs below them."""
    digits, height = _glyphs(number), number.height()
    if len(digits) < 2 or not number.is_print(UNIT_LEVEL):
        return False
    top, foot = line_of(digits)
    low, hangs = (glyph.top - top) / height, (glyph.bottom - foot) / height
    ends_so = abs(hangs) <= UNIT_FOOT or hangs >= UNIT_HANGS
    return bool(low >= UNIT_LOW and ends_so and glyph.height >= UNIT_HIGH * height)


def _among_letters(
    words: Sequence[CandidateWord], lone: Sequence[int], are_numbers: Sequence[bool]
) -> list[int]:
    """Which digits by themselves, words by their numbers, stand in a column with glyphs by themselves, as high, that are none."""
    unread = [word for word, number in zip(words, are_numbers, strict=True) if not (number or word.in_cells)]
    glyphs = [word.box for word in unread if np.count_nonzero(word.full()) == 1]
    none = [box for box in glyphs if box.width >= NARROW * box.height]
    if len(none) < LETTER_MATES:
        return []
    of_letters, of_digits = (np.array(own, np.float64) for own in (none, [words[n].box for n in lone]))
    found = []
    for start in range(0, len(lone), AT_ONCE):
        some = of_digits[start : start + AT_ONCE]
        letters, digits = (_stand_above(some, others).sum(axis=1) for others in (of_letters, of_digits))
        among = (letters >= LETTER_MATES) & (letters >= LETTERS_SHARE * (letters + digits))
        found += [lone[start + n] for n in np.flatnonzero(among).tolist()]
    return found


def _stand_above(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N, M) bool: which of (M, 4) px glyphs are as high as each of (N, 4) px, and in a column with it, above or below."""
    left, top, right, bottom = some.T[:, :, None]
    lefts, tops, rights, bottoms = others.T
    high, highs = np.maximum(1, bottom - top), bottoms - tops
    beginning = abs(lefts - left) < COLUMN_EDGE * high
    amid = abs(lefts + rights - left - right) < 2 * COLUMN_EDGE * high
    alike = (highs <= OTHER_SIZE * high) & (high <= OTHER_SIZE * highs)
    near = (tops - bottom < LETTERS_REACH * high) & (top - bottoms < LETTERS_REACH * high)
    return np.asarray((beginning | amid) & alike & near, bool)
