"""Numbers of a table whose digits lie across its rules: read as one string, and parted at the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.overrun import (
    FEWEST,
    MOST_RULES,
    columns_of,
    joined_across,
    parted_again,
    usual_digits,
)
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import scanned

HIGH, WIDE = 30, 20  # px of a digit
WALL = Box(199, 0, 202, 400)


def word(left: int, digits: int, top: int = 100, *, parted: bool = False, room: int = 4) -> CandidateWord:
    """A word of solid digits, from so many px on. parted: its outer digits were cut at a rule."""
    boxes = [
        Box(x, top, x + WIDE, top + HIGH) for x in range(left, left + digits * (WIDE + room), WIDE + room)
    ]
    atoms = tuple(Atom(box, np.ones((HIGH, WIDE), bool), parted=parted) for box in boxes)
    return CandidateWord(atoms, Box(left, top, boxes[-1].right, top + HIGH))


def digits(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.float32]:
    """No glyph but one of 12 px in width looks like anything but a 4."""
    probs = np.zeros((len(masks), 11), np.float32)
    probs[np.arange(len(masks)), [10 if mask.shape[1] == 12 else 4 for mask in masks]] = 1
    return probs


def test_a_word_of_letters_is_not_joined() -> None:
    number, text = word(216, 3), word(142, 3)
    letters = text.only(
        [
            *(
                replace(a, box=a.box._replace(right=a.box.left + 12), mask=a.mask[:, :12])
                for a in text.atoms[:2]
            ),
            text.atoms[2],
        ]
    )
    assert joined_across([letters, number], [WALL], HIGH, digits) == [letters, number]
    assert len(joined_across([text, number], [WALL], HIGH, digits)) == 1


def test_words_are_joined_where_a_digit_lies_across_the_rule_between_them() -> None:
    across, behind = word(142, 3), word(216, 3)  # its last digit from 190 to 210
    above, below = word(120, 3, 20), word(216, 2, 160)
    found = joined_across([above, behind, across, below], [WALL], HIGH, digits)
    assert found[0] == above and found[2] == below
    assert found[1].atoms == across.atoms + behind.atoms
    assert found[1].box == Box(142, 100, behind.box.right, 130)
    assert found[1].crowded and found[1].overrun


def test_a_glyph_that_was_cut_at_a_rule_is_one_again() -> None:
    before, behind = word(132, 3, parted=True), word(201, 3, parted=True)  # up to 200, and from there on
    (found,) = joined_across([before, behind], [WALL], HIGH, digits)
    assert [atom.box for atom in found.atoms] == [
        *(atom.box for atom in before.atoms[:2]),
        Box(180, 100, 221, 130),
        *(atom.box for atom in behind.atoms[1:]),
    ]
    assert np.count_nonzero(found.atoms[2].mask) == 2 * HIGH * WIDE


def test_numbers_of_several_columns_are_one_string() -> None:
    other = Box(299, 0, 302, 400)
    words = [word(142, 3), word(216, 4), word(316, 3)]  # the second one's last digit from 288 to 308
    (found,) = joined_across(words, [other, WALL], HIGH, digits)
    assert len(found.atoms) == 10


@pytest.mark.parametrize(
    ("one", "other", "wall"),
    [
        (word(120, 3), word(216, 3), WALL),  # nothing lies across it
        (word(142, 3), word(240, 3), WALL),  # nothing near behind
        (word(142, 3), word(216, 3, 120), WALL),  # not in its line
        (word(142, 3), word(216, 3), Box(199, 90, 202, 140)),  # no column's rule
        (replace(word(142, 3), in_cells=True), word(216, 3), WALL),
        (word(142, 3), replace(word(216, 3), alone_in=Box(210, 90, 300, 140)), WALL),
    ],
)
def test_others_stay(one: CandidateWord, other: CandidateWord, wall: Box) -> None:
    assert joined_across([one, other], [wall], HIGH, digits) == [one, other]


def test_two_words_do_not_share_the_one_behind() -> None:
    words = [word(142, 3), word(143, 3, 108), word(216, 3, 104)]
    found = joined_across(words, [WALL], HIGH, digits)
    assert len(found) == 2 and sum(len(own.atoms) for own in found) == 9


def test_the_usual_number_of_digits_of_a_column() -> None:
    numbers = [(1, 3)] * FEWEST + [(1, 4)] * 2 + [(2, 3)] * (FEWEST - 1) + [(3, n) for n in range(1, 19)]
    assert usual_digits(numbers) == {1: 3}
    assert usual_digits([*numbers, *[(4, 3)] * 30]) == {column: 3 for column in (1, 2, 3, 4)}


def boxes_at(*middles: float) -> list[Box]:
    return [Box(round(x) - 10, 0, round(x) + 10, HIGH) for x in middles]


@pytest.mark.parametrize(
    ("usual", "places"),
    [
        ((), [3]),
        ((None, None), [3]),
        ((3, 3), [3]),
        ((2, 4), [2]),
        ((4, 2), [4]),
        ((6, 6), [3]),  # too far beyond
        ((6, None), [4]),
    ],
)
def test_digits_go_to_the_columns_in_which_they_are_missing(
    usual: tuple[int | None, ...], places: list[int]
) -> None:
    digits = boxes_at(150, 170, 190, 205, 225, 245)
    assert parted_again(digits, [200], usual) == places


def test_a_column_may_be_empty_and_many_are_parted_where_digits_stand() -> None:
    digits = boxes_at(150, 170, 190, 205, 225, 245)
    assert parted_again(digits, [200, 260], (3, 3, 3)) == [3, 6]
    many = boxes_at(*range(10, 10 + 100 * (MOST_RULES + 2), 50))
    rules = [float(x) for x in range(100, 100 * (MOST_RULES + 2), 100)]
    assert parted_again(many, rules, [2] * (len(rules) + 1)) == list(range(2, 2 * len(rules) + 1, 2))


def test_rules_within_a_string() -> None:
    columns = columns_of([WALL, Box(203, 0, 205, 400), Box(299, 0, 302, 400), Box(240, 0, 242, 50)], HIGH)
    assert columns.within(Box(100, 100, 350, 130), HIGH) == [200.5, 300.5]
    assert columns.within(Box(100, 390, 350, 420), HIGH) == []
    assert columns.within(Box(202, 100, 302, 130), HIGH) == []
    assert columns.before(Box(205, 100, 280, 130), HIGH) == 2


def table(rng: np.random.Generator) -> tuple[NDArray[np.uint8], list[str]]:
    """A page of six columns and eight rows of numbers, each of three digits and about as wide as its column."""
    page, numbers = np.full((900, 900), 235, np.uint8), []
    for row in range(9):
        cv2.line(page, (60, 90 + 80 * row), (780, 90 + 80 * row), 90, 2)
    for column in range(7):
        x = 60 + 120 * column
        cv2.line(page, (x, 90), (x, 730), 90, 2)
    for row in range(8):
        for column in range(6):
            text = "".join(rng.choice(list("2345678"), 3))
            at = (68 + 120 * column + 20 * (row % 2), 150 + 80 * row)
            cv2.putText(page, text, at, cv2.FONT_HERSHEY_DUPLEX, 2.0, 40, 4, cv2.LINE_AA)
            numbers.append(text)
    return page, numbers


def test_a_table_whose_digits_lie_across_its_rules() -> None:
    page, numbers = table(np.random.default_rng(3))
    words = recognize_page(Page(scanned(page)), load_model())
    texts = [one.text for one in words]
    assert len(texts) == len(numbers)
    assert sum(a == b for a, b in zip(texts, numbers, strict=True)) >= 0.9 * len(numbers)
    assert all(one.status == "review" for one in words if one.line % 2 == 0)  # each has a digit across a rule
    assert all(one.text == "".join(r.text for r in one.readings) for one in words)
