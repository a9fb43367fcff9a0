"""Apostrophes between the thousands of printed numbers: taken away, and nothing else that stands between digits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.apostrophes import FEWEST, without_apostrophes
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import scanned

HIGH, WIDE = 40, 24  # px of the digits
MARK = Box(0, 0, 4, 14)


def drawn(*marks: tuple[int, Box], as_atoms: bool = False) -> tuple[list[CandidateWord], np.ndarray]:
    """Pairs of digits 12 px apart, one below the other, and their ink: between those of each a mark in the middle, with its head so
    many px below theirs."""
    ink = np.zeros((100 * len(marks) + 100, 200), bool)
    words = []
    for n, (drop, mark) in enumerate(marks):
        top = 100 * n + 40
        boxes = [Box(x, top, x + WIDE, top + HIGH) for x in (50, 50 + WIDE + 12)]
        own = Box(78, top + drop, 78 + mark.width, top + drop + mark.height)
        for left, up, right, down in [*boxes, own]:
            ink[up:down, left:right] = True
        placed = [boxes[0], own, boxes[1]] if as_atoms else boxes
        atoms = tuple(Atom(box, np.ones((box.height, box.width), bool)) for box in placed)
        words.append(CandidateWord(atoms, Box(50, top, boxes[1].right, top + HIGH)))
    return words, ink


@pytest.mark.parametrize("as_atoms", [False, True])
def test_apostrophes_go(as_atoms: bool) -> None:
    words, ink = drawn(*[(0, MARK)] * FEWEST, as_atoms=as_atoms)
    left, marks = without_apostrophes(words, ink)
    assert [mark.box for mark in marks] == [Box(78, 100 * n + 40, 82, 100 * n + 54) for n in range(FEWEST)]
    assert [len(word.atoms) for word in left] == [2] * FEWEST


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
    assert without_apostrophes(words, ink) == (words, [])


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
    assert without_apostrophes(words, ink) == (words, [])


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
    assert [word.text for word in words] == numbers
    assert sum(word.status == "ok" for word in words) >= len(numbers) - 2
