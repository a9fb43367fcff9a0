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
from batchocr.segmentation.cells import _marked_beyond
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


def test_the_lines_of_dates_are_a_row_for_each_part() -> None:
    page, words = blank_page(), list[CandidateWord]()
    for row in range(4):
        for n in range(8):
            left = 60 + n * STEP + (18 if n > 1 else 0) + (18 if n > 3 else 0)  # room for slashes
            page[100 + row * ROW : 103 + row * ROW, left : left + LONG] = DARK
            box = Box(left + 7, 62 + row * ROW, left + 27, 97 + row * ROW)
            words.append(CandidateWord((Atom(box, np.ones((box.height, box.width), bool)),), box))
    assert sorted(len(comb) for comb in found(page, words)) == [2] * 8 + [4] * 4


def test_rows_are_found_where_the_foot_of_the_page_is_nearer_than_its_head() -> None:
    page, words, places = blank_page(900, 800), [], [0, 1, 2.6, 3.6, 5.2, 6.2, 7.2, 8.2]
    for row in range(10):
        near = 0.88 + 0.024 * row
        level, wide = 80 + 80 * row, round(LONG * near)
        lefts = [round(60 + near * STEP * place) for place in places]
        for left in lefts:
            page[level : level + 3, left : left + wide] = DARK
        boxes = [Box(left + 5, level - 38, left + wide - 5, level - 3) for left in lefts]
        for part in (boxes[:2], boxes[2:4], boxes[4:]):
            atoms = tuple(Atom(box, np.ones((box.height, box.width), bool)) for box in part)
            words.append(CandidateWord(atoms, part[0].union(part[-1])))
    combs = found(page, words)
    assert sorted(len(comb) for comb in combs) == [2] * 20 + [4] * 10


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


def date_form(rng: np.random.Generator) -> tuple[Picture, list[str]]:
    """Eight rows of eight lines each, for a day, a month and a year, slashes printed between them and a digit over each line, a 1 that
    leans as they do over the second of day and month."""
    page, texts = blank_page(120 + 8 * 90, 700), list[str]()
    for row in range(8):
        left, foot = 60, 170 + row * 90
        for count in (2, 2, 4):
            text = "".join(str(int(digit)) for digit in rng.integers(2, 10, count))
            text = text[:1] + "1" + text[2:] if count == 2 else text
            for digit in text:
                page[foot : foot + 2, left : left + LONG] = 60
                if digit == "1":
                    cv2.line(page, (left + 10, foot - 6), (left + 24, foot - 46), 60, 5, cv2.LINE_AA)
                else:
                    ink = stroke_digit(int(digit), rng, 40, 5)
                    write(page, ink, (left + 3, foot - 46), 60, PAPER)
                left += STEP
            texts.append(text)
            if count == 2:
                cv2.line(page, (left - 4, foot + 2), (left + 14, foot - 50), 60, 2, cv2.LINE_AA)
                left += 30
    return scanned(page), texts


def test_a_one_over_its_line_is_no_slash_of_a_date() -> None:
    page, texts = date_form(np.random.default_rng(8))
    words = recognize_page(Page(page), load_model())
    right = [word for word in words if word.text in texts]
    assert len(right) >= 20
    assert not [word for word in words if word.status == "ok" and word.text not in texts]


@pytest.mark.parametrize(
    ("glyph", "doubted"),
    [
        ((150, 100, 176, 140), True),  # a digit
        ((150, 100, 158, 140), False),  # a slash
        ((190, 100, 216, 140), False),  # farther away
        ((150, 120, 176, 140), False),  # lower
        ((110, 100, 136, 140), False),  # of the number itself
    ],
)
def test_a_digit_right_beside_the_places_may_be_of_their_number(glyph: Sequence[int], doubted: bool) -> None:
    def word(*boxes: Sequence[int]) -> CandidateWord:
        atoms = tuple(Atom(Box(*box), np.ones((box[3] - box[1], box[2] - box[0]), bool)) for box in boxes)
        return CandidateWord(atoms, atoms[0].box.union(atoms[-1].box))

    number = word((80, 100, 104, 140), (110, 100, 136, 140))
    (marked,) = _marked_beyond([number], [number, word(glyph)])
    assert marked.crowded == doubted
