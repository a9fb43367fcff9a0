"""Thin lines through writing are taken away; the bars of digits and lines as thick as the pen stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.crossing import struck_by, without_line
from batchocr.segmentation.segment import segment, tighten

Mask = NDArray[np.bool_]


def drawn(
    text: str, *, line_at: float | None = None, thick: int = 3, beyond: int = 6, rise: int = 0, pen: int = 8
) -> Mask:
    """Digits 60 px tall with such a pen, and a line at this share of their height."""
    page = np.zeros((120, 60 + 60 * len(text)), np.uint8)
    cv2.putText(page, text, (30, 90), cv2.FONT_HERSHEY_SIMPLEX, 2.8, 255, pen)
    left, top, wide, high = cv2.boundingRect(page)
    if line_at is not None:
        row = round(top + line_at * high)
        ends = np.array([[left - beyond, row], [left + wide + beyond, row + rise]])
        cv2.fillPoly(page, [np.vstack([ends, ends[::-1] + np.array([0, thick - 1])])], 255)
    return tighten(page > 127, 0, 0)[1]


def untouched(mask: Mask, *, struck: bool) -> None:
    left, strikes = without_line(mask)
    assert left is mask
    assert strikes is struck


@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize("line_at", [0.15, 0.4, 0.6, 0.95])
def test_a_thin_line_goes_and_the_digit_stays(digit: str, line_at: float) -> None:
    left, plain = tighten(without_line(drawn(digit, line_at=line_at))[0], 0, 0)[1], drawn(digit)
    assert abs(left.shape[0] - plain.shape[0]) <= 3 and abs(left.shape[1] - plain.shape[1]) <= 3
    assert abs(int(left.sum()) - int(plain.sum())) < 0.1 * plain.sum()


@pytest.mark.parametrize(("line_at", "struck"), [(0.3, True), (0.5, True), (0.75, True), (0.97, False)])
def test_a_line_under_the_digit_strikes_nothing_out(line_at: float, struck: bool) -> None:
    assert without_line(drawn("3", line_at=line_at))[1] is struck


@pytest.mark.parametrize("digit", "0123456789")
def test_a_digit_without_a_line_is_left_alone(digit: str) -> None:
    untouched(drawn(digit), struck=False)


@pytest.mark.parametrize(("beyond", "struck"), [(8, False), (40, True)])
def test_a_line_as_thick_as_the_pen_stays_and_strikes_out_where_no_bar_is_so_long(
    beyond: int, struck: bool
) -> None:
    stem = np.zeros((60, 8 + 2 * beyond), bool)
    stem[:, beyond:-beyond] = True
    stem[27:33] = True
    untouched(stem, struck=struck)


@pytest.mark.parametrize("beyond", [0, 6])
@pytest.mark.parametrize("thick", [2, 4, 6])
def test_a_line_through_several_digits_strikes_them_out(thick: int, beyond: int) -> None:
    assert without_line(drawn("38", line_at=0.5, thick=thick, beyond=beyond))[1]


@pytest.mark.parametrize("thick", [3, 6])
@pytest.mark.parametrize(("line_at", "rise"), [(0.4, 12), (0.35, 20), (0.8, -30)])
def test_so_does_a_line_aslant(thick: int, line_at: float, rise: int) -> None:
    assert without_line(drawn("3 7 2", line_at=line_at, thick=thick, rise=rise))[1]


@pytest.mark.parametrize("digits", ["00", "77", "53", "29", "60", "98", "66", "84"])
@pytest.mark.parametrize("pen", [8, 12, 18])
def test_digits_that_touch_are_not_struck_out(digits: str, pen: int) -> None:
    one, other = (drawn(digit, pen=pen) for digit in digits)
    joined = np.zeros((max(len(one), len(other)), one.shape[1] + other.shape[1] - 4), bool)
    joined[: len(one), : one.shape[1]] |= one
    joined[: len(other), -other.shape[1] :] |= other
    untouched(joined, struck=False)


def test_a_bar_that_stands_out_on_one_side_stays() -> None:
    mask = drawn("1", line_at=0.5)
    (columns,) = np.nonzero(mask[:20].any(axis=0))
    untouched(tighten(mask[:, columns[0] :].copy(), 0, 0)[1], struck=False)


def test_the_bar_of_a_letter_t_is_no_line() -> None:
    letter = np.zeros((60, 50), bool)
    letter[:4] = True
    letter[:, 20:30] = True
    untouched(letter, struck=False)


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (12, 2), (40, 40), (400, 8), (400, 20)])
def test_odd_shapes_have_no_line(shape: tuple[int, int]) -> None:
    untouched(np.ones(shape, bool), struck=False)


def test_a_number_joined_by_a_slanting_line_falls_into_its_digits() -> None:
    mask = drawn("4082", line_at=0.55, rise=4)
    count, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    assert count == 2
    page = np.zeros((400, 500), bool)
    page[60 : 60 + mask.shape[0], 60 : 60 + mask.shape[1]] = mask
    below = drawn("1753")  # tells how high the writing is
    page[250 : 250 + below.shape[0], 60 : 60 + below.shape[1]] = below
    crossed, plain = sorted(segment(page).words, key=lambda word: word.box.top)
    assert len(crossed.atoms) == len(plain.atoms) == 4
    assert crossed.struck and not plain.struck


def test_a_number_with_a_line_through_it_is_read_and_goes_to_a_person() -> None:
    page = np.full((700, 900), 240, np.uint8)
    numbers = [["4082", "1753", "9264"], ["3507", "8416", "2930"], ["6158", "7029", "5374"]]
    for row, line in enumerate(numbers):
        for column, text in enumerate(line):
            place = (60 + 290 * column, 120 + 220 * row)
            cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, 2.2, 30, 7, cv2.LINE_AA)
    page[313:315, 342:548] = 30  # through 8416, and as thin as a hair
    words = recognize_page(Page(page), load_model())
    read = {word.text: word for word in words}
    assert set(read) == {text for line in numbers for text in line}
    assert read["8416"].status == "review"
    assert read["8416"].message == "a line runs through it"
    assert sum(word.status == "ok" for word in words) >= 6


@pytest.mark.parametrize(
    ("line", "struck"),
    [
        ((90, 100, 310, 104), True),
        ((0, 100, 310, 104), False),
        ((90, 100, 399, 104), False),
        ((20, 100, 380, 104), False),
    ],
)
def test_a_line_that_goes_on_strikes_nothing_out(line: tuple[int, ...], struck: bool) -> None:
    word, other = (100, 80, 300, 130), (100, 180, 300, 230)
    found = struck_by(np.array([word, other], float), np.array([line], float), 50, 400)
    assert found.tolist() == [struck, False]
