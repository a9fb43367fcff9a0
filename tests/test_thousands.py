"""Groups of a number's digits in type of one width: joined for a person to see, where a page has many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from batchocr.elements import Box, Ink, Probs
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.thousands import FEWEST, with_thousands
from tests.test_operators import all_digits, all_letters

PITCH, HIGH = 24, 36  # px


def at(column: float, line: int, count: int, pitch: float = PITCH, wide: int = 18) -> CandidateWord:
    """So many glyphs from a column of the type on."""
    lefts = [100 + round((column + n) * pitch) for n in range(count)]
    boxes = [Box(left, 60 * line, left + wide, 60 * line + HIGH) for left in lefts]
    atoms = tuple(Atom(box, np.ones((HIGH, wide), bool)) for box in boxes)
    return CandidateWord(atoms, Box(boxes[0].left, boxes[0].top, boxes[-1].right, boxes[-1].bottom))


def page(*counts: int, lines: int = FEWEST, shorter: int = 2) -> list[CandidateWord]:
    """Lines of groups of so many digits, one digit's width apart, the first group of every other line with fewer."""
    words = []
    for line in range(lines):
        column = 0
        for n, count in enumerate(counts):
            own = shorter if n == 0 and line % 2 else count
            words.append(at(column, line, own))
            column += own + 1
    return words


def line_of(
    line: int, *groups: int, space: float = 0.6, wide: tuple[int, ...] = (18, 34, 10)
) -> list[CandidateWord]:
    """Groups of so many glyphs of several widths, so many heights apart. A negative group is a part of the word before it."""
    words: list[CandidateWord] = []
    left = 100
    for group in groups:
        atoms = []
        for n in range(abs(group)):
            right = left + wide[n % len(wide)]
            atoms.append(
                Atom(Box(left, 60 * line, right, 60 * line + HIGH), np.ones((HIGH, right - left), bool))
            )
            left = right + 4
        left += round(space * HIGH) - 4
        own = (*(words.pop().atoms if group < 0 else ()), *atoms)
        words.append(CandidateWord(own, Box(own[0].box.left, 60 * line, own[-1].box.right, 60 * line + HIGH)))
    return words


def of_other_type(
    *groups: int, lines: int = 2 * FEWEST, first: int = 1, space: float = 0.6
) -> list[CandidateWord]:
    """Lines of such groups, every other one with so many glyphs in its first."""
    of_lines = (
        line_of(line, first if line % 2 else groups[0], *groups[1:], space=space) for line in range(lines)
    )
    return [word for own in of_lines for word in own]


def by_hand() -> list[CandidateWord]:
    """Groups one digit apart, but each number of a pitch of its own."""
    return [
        at(column, line, count, PITCH + 2 * line, 18)
        for line in range(2 * FEWEST)
        for column, count in ((0, 2), (3, 3))
    ]


def with_slash(word: CandidateWord) -> CandidateWord:
    """The word, its first glyph a slash: 27 /30."""
    first = word.atoms[0]
    ink = np.zeros((HIGH, first.box.width), np.uint8)
    cv2.line(ink, (2, HIGH - 1), (first.box.width - 3, 0), 1, 4)
    return word.only([Atom(first.box, ink > 0), *word.atoms[1:]])


def zeros_are_dotted(masks: Sequence[Ink]) -> Probs:
    """Zeros are what has a hole at its corner; other ink is an 8."""
    probs = np.zeros((len(masks), 11), np.float32)
    for row, mask in zip(probs, masks, strict=True):
        row[8 if mask[0, 0] else 0] = 1
    return probs


def with_zero(word: CandidateWord) -> CandidateWord:
    ink = word.atoms[0].mask.copy()
    ink[0, 0] = False
    return word.only([Atom(word.atoms[0].box, ink), *word.atoms[1:]])


@pytest.mark.parametrize(
    ("zeros", "doubtful"),
    [((), True), ((1, 4, 7), True), ((1, 4, 7, 10), False), ((0, 1, 4, 7, 10), True)],
)
def test_groups_behind_others_that_begin_with_zeros_are_plainly_of_one_number(
    zeros: tuple[int, ...], doubtful: bool
) -> None:
    words = [with_zero(word) if n in zeros else word for n, word in enumerate(page(3, 3, 3))]
    joined = with_thousands(words, zeros_are_dotted)
    assert [len(word.atoms) for word in joined] == [9, 8] * (FEWEST // 2)
    assert [word.crowded for word in joined] == [doubtful] * FEWEST


@pytest.mark.parametrize("group", [0, 1, 2])
def test_a_group_that_is_for_a_person_makes_its_number_so(group: int) -> None:
    words = [with_zero(word) if n in (1, 4, 7, 10) else word for n, word in enumerate(page(3, 3, 3))]
    words[group] = replace(words[group], crowded=True)
    joined = with_thousands(words, zeros_are_dotted)
    assert [word.crowded for word in joined] == [True] + [False] * (FEWEST - 1)


def test_groups_one_digit_apart_are_one_number_that_a_person_sees() -> None:
    joined = with_thousands(page(3, 3, 3), all_digits)
    assert [len(word.atoms) for word in joined] == [9, 8] * (FEWEST // 2)
    assert all(word.crowded for word in joined)
    assert all(
        word.box.left == 100 and word.box.right == max(a.box.right for a in word.atoms) for word in joined
    )


def test_groups_in_type_of_any_width_are_one_number_too_whether_some_are_together_or_none() -> None:
    joined = with_thousands(of_other_type(2, 3, 3), all_digits)
    assert [len(word.atoms) for word in joined] == [8, 7] * FEWEST
    some = [*of_other_type(2, 3, -3), *(word for n in (20, 21) for word in line_of(n, 3, -3))]
    joined = with_thousands(some, all_digits)
    assert [len(word.atoms) for word in joined] == [8, 7] * FEWEST + [6] * 2
    assert [word.crowded for word in joined] == [True] * 2 * FEWEST + [False] * 2, (
        "what was one stays as it is"
    )


def test_gaps_beside_narrow_digits_are_no_spaces_where_these_are_wider() -> None:
    slim = [
        word.only(
            [
                Atom(box._replace(left=box.left + 3, right=box.right - 3), word.atoms[0].mask[:, 3:-3]),
                *word.atoms[1:],
            ]
        )
        if n % 5 == 0
        else word
        for n, word in enumerate(of_other_type(2, 3, 3, space=0.7))
        for box in [word.atoms[0].box]
    ]
    assert [len(word.atoms) for word in with_thousands(slim, all_digits)] == [8, 7] * FEWEST


def test_other_words_of_the_page_stay() -> None:
    label = at(40, 0, 5)
    assert with_thousands([*page(3, 3), label], all_digits)[-1] == label


@pytest.mark.parametrize(
    ("words", "judge"),
    [
        (page(3, 3, lines=FEWEST - 1), all_digits),
        (page(3, 3, shorter=3), all_digits),  # columns of three digits each
        (page(3, 4), all_digits),
        (page(3, 3, 2), all_digits),
        (page(3, 3), all_letters),
        ([with_slash(word) if n % 2 else word for n, word in enumerate(page(3, 3))], all_digits),
        (by_hand(), all_digits),
        (of_other_type(2, 3, lines=FEWEST - 1), all_digits),
        (of_other_type(3, 3, first=3), all_digits),
        (of_other_type(2, 3, 3, 3, 3), all_digits),  # so many columns
        (of_other_type(2, 3) + of_other_type(2, 2), all_digits),
        (of_other_type(2, 3), all_letters),
        (of_other_type(2, 3, space=1.6), all_digits),
        (
            [w for n in range(20) for w in line_of(n, 1 + n % 2, 3, space=0.3 if n % 5 < 3 else 0.62)],
            all_digits,
        ),
        ([at(4.5 * n, line, 2 + n) for line in range(FEWEST) for n in range(2)], all_digits),  # too far apart
        ([at(3.5 * n, line, 2 + n) for line in range(FEWEST) for n in range(2)], all_digits),  # or too near
    ],
)
def test_what_may_be_several_numbers_stays(words: list[CandidateWord], judge: object) -> None:
    assert with_thousands(words, judge) == words  # type: ignore[arg-type]
