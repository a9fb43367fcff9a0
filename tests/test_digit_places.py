"""Short lines, one below each digit of a number."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.between import Cells
from batchocr.segmentation.components import find_components
from batchocr.segmentation.digit_places import find_places, flat_marks
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import blank_page, scanned, stroke_digit, write

PAPER, DARK, HIGH = 230, 40, 40
LONG, STEP, ROW = 34, 46, 70
Picture = NDArray[np.uint8]


def lines(
    page: Picture, rows: int = 4, count: int = 6, step: int = STEP, long: int = LONG, thick: int = 3
) -> Picture:
    """Rows of short lines on a page, the first at 100 px."""
    for row in range(rows):
        for n in range(count):
            top, left = 100 + row * ROW, 60 + n * step
            page[top : top + thick, left : left + long] = DARK
    return page


def written(places: Sequence[Sequence[int]], step: int = STEP, wide: int = 20) -> list[CandidateWord]:
    """A word a row, a glyph over each of these of its places."""
    words = []
    for row, own in enumerate(places):
        boxes = [
            Box(
                60 + n * step + (LONG - wide) // 2,
                62 + row * ROW,
                60 + n * step + (LONG + wide) // 2,
                97 + row * ROW,
            )
            for n in own
        ]
        atoms = tuple(Atom(box, np.ones((box.height, box.width), bool)) for box in boxes)
        words.append(CandidateWord(atoms, boxes[0].union(boxes[-1])))
    return words


def found(page: Picture, words: Sequence[CandidateWord]) -> list[Cells]:
    ink = page < 128
    return find_places(page, ink, flat_marks(find_components(ink)), [], words, HIGH)


NUMBERS = [range(6), [0, 1, 2], [3, 4, 5], [0]]


def test_a_row_of_lines_is_a_comb() -> None:
    combs = found(lines(blank_page()), written(NUMBERS))
    assert [len(comb) for comb in combs] == [6] * 4
    for row, comb in enumerate(sorted(combs, key=lambda own: int(own[0, 3]))):
        assert abs(comb[:, 3] - (101 + row * ROW)).max() <= 1
        assert abs((comb[:, 0] + comb[:, 2]) / 2 - (60 + LONG / 2 + STEP * np.arange(6))).max() <= 1
        assert abs(comb[:, 3] - comb[:, 1] - 1.15 * 40).max() <= 1


def test_a_short_row_is_one_if_longer_ones_are_like_it() -> None:
    page = lines(blank_page(), rows=3)
    page[310:313, 60:94] = page[310:313, 106:140] = DARK
    assert sorted(len(comb) for comb in found(page, written(NUMBERS))) == [2, 6, 6, 6]


def test_a_number_that_goes_on_over_another_row_does_not_take_its_places() -> None:
    page = blank_page(400, 700)
    for row in range(4):
        for left in (60, 60 + STEP, 60 + 3 * STEP, 60 + 4 * STEP, 60 + 5 * STEP):
            page[100 + row * ROW : 103 + row * ROW, left : left + LONG] = DARK
    combs = found(page, written([[0, 1, 2, 3, 4, 5]] * 4))
    places = sorted((row, left) for comb in combs for left, _, _, row in comb.tolist())
    assert all(
        other[0] > one[0] or other[1] - one[1] >= STEP - 2
        for one, other in zip(places, places[1:], strict=False)
    )
    assert len(places) >= 20


def test_lines_that_writing_hides_are_there_all_the_same() -> None:
    page = lines(blank_page())
    page[95:110, 100:190] = DARK  # those of the second place and the third
    page[162:180, 55:102] = DARK  # and of the first in the next row
    assert sorted(len(comb) for comb in found(page, written(NUMBERS))) == [6, 6, 6, 6]


def test_faint_lines_beside_writing() -> None:
    page = lines(blank_page())
    ink = page < 128
    page[page < PAPER] = 190
    ink[170:] = False
    ink[100:104, 150:] = False
    free = flat_marks(find_components(lines(blank_page(), count=3) < 128))
    assert [len(comb) for comb in find_places(page, ink, free, [], written(NUMBERS), HIGH)] == [6] * 4


def print_on_feet() -> tuple[Picture, list[CandidateWord]]:
    """Ones and fours of a type with feet."""
    page = lines(blank_page(), long=24, step=30)
    for row in range(4):
        for n in range(6):
            page[65 + row * ROW : 101 + row * ROW, 69 + 30 * n : 75 + 30 * n] = DARK
    return page, written([range(6)] * 4, step=30, wide=24)


def uneven() -> tuple[Picture, list[CandidateWord]]:
    page = blank_page()
    for row in range(4):
        for left in (60, 100, 160, 195, 270, 330):
            page[100 + row * ROW : 103 + row * ROW, left : left + LONG] = DARK
    return page, written(NUMBERS)


def across() -> tuple[Picture, list[CandidateWord]]:
    """Written without regard to the lines."""
    return lines(blank_page()), written([range(8)] * 4, step=31)


def one_line() -> tuple[Picture, list[CandidateWord]]:
    """Lines to write on, broken."""
    page = blank_page(width=1200)
    return lines(page, count=30, step=38), written([range(8)] * 4, step=38)


@pytest.mark.parametrize("drawn", [print_on_feet, uneven, across, one_line])
def test_others_are_no_places(drawn: object) -> None:
    assert callable(drawn)
    page, words = drawn()
    assert found(page, words) == []


@pytest.mark.parametrize("shape", [(0, 0), (400, 600)])
def test_pages_without_lines(shape: tuple[int, int]) -> None:
    assert found(np.full(shape, PAPER, np.uint8), []) == []


@pytest.mark.parametrize("light", [False, True])
def test_numbers_over_short_lines_are_whole(light: bool) -> None:
    rng = np.random.default_rng(6)
    page, texts = blank_page(900, 1100), []
    for row in range(9):
        top = 60 + row * 92
        cv2.putText(page, "amount:", (40, top + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, DARK, 2)
        text = "".join(map(str, rng.integers(0, 10, 3 + row % 4)))
        texts.append(text)
        for n in range(8):
            left = 220 + n * 70
            page[top + 44 : top + 47, left : left + 50] = 110
            if n < len(text):
                digit = stroke_digit(int(text[n]), rng, 42, 7)
                write(
                    page,
                    digit,
                    (left + (50 - digit.shape[1]) // 2, top + int(rng.integers(-3, 4))),
                    DARK,
                    PAPER,
                )
    image = scanned(page)
    words = recognize_page(Page(255 - image if light else image), load_model())
    assert [word.text for word in words] == texts
