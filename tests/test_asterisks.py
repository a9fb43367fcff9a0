"""Asterisks beside printed numbers: taken away, and no digit with them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.asterisks import FEWEST, is_asterisk, without_asterisks
from batchocr.segmentation.segment import Atom, CandidateWord, tighten
from tests.pictures import scanned

DIGIT = np.ones((40, 24), bool)


def star(arms: int = 5, size: int = 20, pen: int = 3) -> NDArray[np.bool_]:
    """Arms of a star around its middle, the first upright."""
    ink = np.zeros((2 * size, 2 * size), np.uint8)
    for n in range(arms):
        turn = 2 * np.pi * n / arms
        end = round(size + size / 2 * np.sin(turn)), round(size - size / 2 * np.cos(turn))
        cv2.line(ink, (size, size), end, 1, pen)
    return tighten(ink > 0, 0, 0)[1]


def word(*glyphs: tuple[NDArray[np.bool_], int]) -> CandidateWord:
    """Glyphs side by side, the head of each so many px down."""
    atoms, left = [], 40
    for mask, top in glyphs:
        high, wide = mask.shape
        atoms.append(Atom(Box(left, 100 + top, left + wide, 100 + top + high), mask))
        left += wide + 6
    box = atoms[0].box
    for atom in atoms:
        box = box.union(atom.box)
    return CandidateWord(tuple(atoms), box)


@pytest.mark.parametrize("arms", [5, 6])
@pytest.mark.parametrize(("size", "pen"), [(14, 2), (20, 3), (40, 6)])
def test_a_star_is_one(arms: int, size: int, pen: int) -> None:
    assert is_asterisk(star(arms, size, pen))


@pytest.mark.parametrize("text", [*"0123456789", "+", "x", "o", "-"])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_digits_and_other_signs_are_none(text: str, scale: float) -> None:
    ink = np.zeros((160, 160), np.uint8)
    cv2.putText(ink, text, (40, 110), cv2.FONT_HERSHEY_DUPLEX, scale, 1, max(1, round(2 * scale)))
    assert not is_asterisk(tighten(ink > 0, 0, 0)[1])


def test_asterisks_on_either_side_go_and_part_what_they_stand_between() -> None:
    mark = (star(), 0)
    number = word(mark, mark, (DIGIT, 0), (DIGIT, 0), mark)
    between, point = word((DIGIT, 0), mark, mark, (DIGIT, 0)), word((DIGIT, 0), mark, (DIGIT, 0))
    left, gone = without_asterisks([number, between, point])
    assert [len(own.atoms) for own in left] == [
        2,
        1,
        1,
        3,
    ]  # one by itself between digits may be a raised point
    assert len(gone) == 5


def test_what_hangs_beside_one_and_is_as_large_goes_with_it() -> None:
    blot = (np.ones(star().shape, bool), 0)
    left, gone = without_asterisks([word((star(), 0), blot, (DIGIT, 0))] * FEWEST)
    assert [len(own.atoms) for own in left] == [1] * FEWEST
    assert len(gone) == 2 * FEWEST


@pytest.mark.parametrize(
    "words",
    [
        [word((star(), 0), (DIGIT, 0))] * (FEWEST - 1),
        [word((star(), 24), (DIGIT, 0))] * FEWEST,  # at the digits' feet
        [word((star(size=44), 0), (DIGIT, 0))] * FEWEST,  # as high as they are
        [word((np.ones((18, 18), bool), 0), (DIGIT, 0))] * FEWEST,
    ],
)
def test_what_may_be_something_else_stays(words: list[CandidateWord]) -> None:
    assert without_asterisks(words) == (words, [])


def test_a_word_of_nothing_else_goes() -> None:
    left, gone = without_asterisks([word(*[(star(), 0)] * 4), word((DIGIT, 0))])
    assert [len(own.atoms) for own in left] == [1]
    assert len(gone) == 4


def test_amounts_that_are_filled_up_are_read() -> None:
    page = np.full((700, 700), 235, np.uint8)
    numbers = ["4281", "907", "56390", "812", "2645", "33"]
    for n, text in enumerate(numbers):
        foot = 100 + 100 * n
        cv2.putText(page, text, (200, foot), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
        end = 200 + cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.6, 3)[0][0]
        for left in (90, 125, 160, end + 10, end + 45):
            mark = star(6, 18)
            page[foot - 34 : foot - 34 + len(mark), left : left + mark.shape[1]][mark] = 40
    words = recognize_page(Page(scanned(page)), load_model())
    assert [own.text for own in words] == numbers
    assert sum(own.status == "ok" for own in words) >= len(numbers) - 1
