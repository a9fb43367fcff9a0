"""Apostrophes between the thousands of printed numbers: taken away, and nothing else that stands between digits but primes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from batchocr.elements import Box, Ink, Page, Probs
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.apostrophes import FEWEST, without_apostrophes
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import scanned
from tests.test_operators import all_digits

HIGH, WIDE = 40, 24  # px of the digits
MARK = Box(0, 0, 4, 14)


def drawn(
    *marks: tuple[int, Box], as_atoms: bool = False, behind: int = 3
) -> tuple[list[CandidateWord], np.ndarray]:
    """Digits 12 px apart, one and so many behind it, a number below the other, and their ink: behind the first of each a mark, with
    its head so many px below theirs."""
    ink = np.zeros((100 * len(marks) + 100, 300), bool)
    words = []
    for n, (drop, mark) in enumerate(marks):
        top = 100 * n + 40
        boxes = [Box(50 + x, top, 50 + x + WIDE, top + HIGH) for x in range(0, (behind + 1) * 36, 36)]
        own = Box(78, top + drop, 78 + mark.width, top + drop + mark.height)
        for left, up, right, down in [*boxes, own]:
            ink[up:down, left:right] = True
        placed = [boxes[0], own, *boxes[1:]] if as_atoms else boxes
        atoms = tuple(Atom(box, np.ones((box.height, box.width), bool)) for box in placed)
        words.append(CandidateWord(atoms, Box(50, top, boxes[-1].right, top + HIGH)))
    return words, ink


@pytest.mark.parametrize("as_atoms", [False, True])
def test_apostrophes_go(as_atoms: bool) -> None:
    words, ink = drawn(*[(0, MARK)] * FEWEST, as_atoms=as_atoms)
    left, marks = without_apostrophes(words, ink, all_digits)
    assert [mark.box for mark in marks] == [Box(78, 100 * n + 40, 82, 100 * n + 54) for n in range(FEWEST)]
    assert [len(word.atoms) for word in left] == [4] * FEWEST


@pytest.mark.parametrize("behind", [1, 2])
@pytest.mark.parametrize("as_atoms", [False, True])
def test_primes_part_feet_from_inches(as_atoms: bool, behind: int) -> None:
    words, ink = drawn(*[(0, MARK)] * FEWEST, as_atoms=as_atoms, behind=behind)
    left, marks = without_apostrophes(words, ink, all_digits)
    assert len(marks) == FEWEST
    assert [len(word.atoms) for word in left] == [1, behind] * FEWEST


def test_where_most_have_a_prime_one_without_may_have_lost_it() -> None:
    words, ink = in_threes(*["5'11"] * FEWEST, "62", "12345")
    left, _ = without_apostrophes(words, ink, all_digits)
    assert [word.crowded for word in left] == [False] * 2 * FEWEST + [True, False]


def test_a_number_that_may_be_of_feet_and_inches_is_for_a_person() -> None:
    few, ink = drawn(*[(0, MARK)] * 2, behind=2)
    left, marks = without_apostrophes(few, ink, all_digits)
    assert not marks and [word.crowded for word in left] == [True, True]
    words, ink = in_threes(*["1'234"] * FEWEST, "5'11")
    left, _ = without_apostrophes(words, ink, all_digits)
    assert [word.crowded for word in left] == [False] * FEWEST + [True]


@pytest.mark.parametrize(
    "marks",
    [
        [(0, MARK)] * (FEWEST - 1),
        [(HIGH - 14, MARK)] * FEWEST,  # commas
        [(0, Box(0, 0, 4, HIGH))] * FEWEST,  # ones
        [(0, Box(0, 0, 4, 10 + 4 * n)) for n in range(3)] * FEWEST,  # not of one size
    ],
)
def test_what_may_be_something_else_stays(marks: list[tuple[int, Box]]) -> None:
    words, ink = drawn(*marks)
    assert without_apostrophes(words, ink, all_digits) == (words, [])


def test_the_bars_of_an_equals_sign_between_digits_that_hang_are_none() -> None:
    ink = np.zeros((1200, 400), bool)
    words = []
    for line in range(FEWEST):
        top = 40 + 150 * line
        digits = [Box(40, top, 70, top + 60), Box(130, top, 160, top + 60)]
        bars = [Box(80, top + 12, 118, top + 16), Box(80, top + 22, 118, top + 26)]
        for box in (*digits, *bars):
            ink[box.top : box.bottom, box.left : box.right] = True
        atoms = tuple(
            Atom(box, np.ones((box.height, box.width), bool)) for box in (digits[0], *bars, digits[1])
        )
        words.append(CandidateWord(atoms, digits[0].union(digits[1])))
    assert without_apostrophes(words, ink, all_digits) == (words, [])


def in_threes(*numbers: str) -> tuple[list[CandidateWord], np.ndarray]:
    """Numbers one below the other, one glyph for each digit, with a mark for each apostrophe; a 7 has a narrower picture."""
    ink = np.zeros((100 * len(numbers) + 100, 500), bool)
    words = []
    for n, number in enumerate(numbers):
        left, top, atoms = 50, 100 * n + 40, []
        for character in number:
            wide, high = (4, 14) if character == "'" else (WIDE, HIGH)
            box = Box(left, top, left + wide, top + high)
            ink[box.top : box.bottom, box.left : box.right] = True
            left = box.right + 6
            if character != "'":
                atoms.append(Atom(box, np.full((HIGH, WIDE - (character == "7")), True)))
        words.append(CandidateWord(tuple(atoms), atoms[0].box.union(atoms[-1].box)))
    return words, ink


def narrow_sevens(masks: Sequence[Ink]) -> Probs:
    """Takes each glyph for a 7 whose picture is narrower."""
    return np.eye(11, dtype=np.float32)[[7 if mask.shape[1] < WIDE else 1 for mask in masks]]


@pytest.mark.parametrize(
    ("number", "doubted"),
    [
        ("51'790'194", False),
        ("51'790794", True),
        ("51'790194", False),  # what begins three is no 7
        ("51'709194", False),  # and what is one begins none
        ("790'194", False),
        ("51790'194", True),
        ("2790", True),
        ("790", False),
        ("7'790'794", False),
    ],
)
def test_a_seven_that_begins_three_digits_without_an_apostrophe_may_be_a_one_with_it(
    number: str, doubted: bool
) -> None:
    words, ink = in_threes(*["1'234"] * FEWEST, number)
    left, _ = without_apostrophes(words, ink, narrow_sevens)
    assert [word.crowded for word in left] == [False] * FEWEST + [doubted]


def test_where_many_numbers_have_no_apostrophe_one_without_has_lost_none() -> None:
    words, ink = in_threes(*["1'234"] * FEWEST, *["2790"] * FEWEST)
    left, _ = without_apostrophes(words, ink, narrow_sevens)
    assert not any(word.crowded for word in left)


def test_a_page_of_numbers_with_apostrophes_is_read() -> None:
    page = np.full((900, 700), 235, np.uint8)
    numbers = [f"{2_345_678 + 1_020_304 * n}" for n in range(7)]
    for n, text in enumerate(numbers):
        x = 100
        for at, digit in enumerate(text):
            if at in (1, 4):
                cv2.line(page, (x + 3, 58 + 110 * n), (x + 2, 69 + 110 * n), 40, 4, cv2.LINE_AA)
                x += 8
            cv2.putText(page, digit, (x, 100 + 110 * n), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
            x += cv2.getTextSize(digit, cv2.FONT_HERSHEY_DUPLEX, 1.6, 3)[0][0] + 2
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == numbers  # and no apostrophe is a row
    assert sum(word.status == "ok" for word in words) > len(numbers) // 2
