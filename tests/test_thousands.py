"""Groups of a number's digits in type of one width: joined for a person to see, where a page has many."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from batchocr.elements import Box
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


def test_groups_one_digit_apart_are_one_number_that_a_person_sees() -> None:
    joined = with_thousands(page(3, 3, 3), all_digits)
    assert [len(word.atoms) for word in joined] == [9, 8] * (FEWEST // 2)
    assert all(word.crowded for word in joined)
    assert all(
        word.box.left == 100 and word.box.right == max(a.box.right for a in word.atoms) for word in joined
    )


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
        ([at(4.5 * n, line, 2 + n) for line in range(FEWEST) for n in range(2)], all_digits),  # too far apart
        ([at(3.5 * n, line, 2 + n) for line in range(FEWEST) for n in range(2)], all_digits),  # or too near
    ],
)
def test_what_may_be_several_numbers_stays(words: list[CandidateWord], judge: object) -> None:
    assert with_thousands(words, judge) == words  # type: ignore[arg-type]
