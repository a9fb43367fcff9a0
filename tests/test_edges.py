"""Numbers that go on beyond the picture, and pieces of digits beside numbers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page, Word
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from tests.pictures import scanned

NUMBERS = ["35902", "27486", "60352", "48577", "92036", "58249"]
MESSAGE = "may go on beyond the edge of the picture"


def written(left: int = 200) -> NDArray[np.uint8]:
    """A page of one number a line, each digit 42 px wide with its gap."""
    page = np.full((700, 900), 235, np.uint8)
    for n, text in enumerate(NUMBERS):
        for at, digit in enumerate(text):
            place = (left + 42 * at, 140 + 85 * n)
            cv2.putText(page, digit, place, cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
    return scanned(page)


def read(page: NDArray[np.uint8]) -> list[Word]:
    return recognize_page(Page(np.ascontiguousarray(page)), load_model())


@pytest.mark.parametrize(
    "cut",
    [np.s_[:, 240:], np.s_[:, :370], np.s_[:, 225:], np.s_[:, :350]],
    ids=["between digits on the left", "on the right", "through the first digit", "through the last"],
)
def test_numbers_cut_off_at_the_edge_of_the_picture_go_to_a_person(cut: tuple[slice, slice]) -> None:
    words = read(written()[cut])
    assert len(words) >= len(NUMBERS)
    assert {word.status for word in words} == {"review"}
    assert MESSAGE in {word.message for word in words}


def test_the_line_that_the_lower_edge_cuts_off_goes_to_a_person_and_the_others_do_not() -> None:
    page = written()
    words = read(page[: 140 + 85 * 5 - 12])
    assert [word.text for word in words[:5]] == NUMBERS[:5]
    assert {word.status for word in words[:5]} == {"ok"}
    assert {(word.status, word.message) for word in words[5:]} <= {("review", MESSAGE)}


@pytest.mark.parametrize("quarters", [0, 1, 3])
def test_numbers_a_digit_from_the_edge_are_whole(quarters: int) -> None:
    words = read(np.rot90(written()[:, 165:], quarters))
    assert sorted(word.text for word in words) == sorted(NUMBERS)
    assert {word.status for word in words} == {"ok"}


def test_a_picture_of_one_number_may_be_cut_out_closely() -> None:
    page = written()
    (word,) = read(page[95:150, 198:412])
    assert (word.text, word.status) == (NUMBERS[0], "ok")


def test_a_number_beside_what_is_left_of_a_digit_goes_to_a_person() -> None:
    page = written()
    page[105:110, 168:192] = 40  # the bar of a 7
    page[205:210, 168:192] = 40  # a dash at half the height of the second
    words = {word.text: word for word in read(page) if len(word.text) == 5}
    assert words[NUMBERS[0]].status == "review"
    assert words[NUMBERS[1]].status == "ok"


def test_print_lower_than_what_is_written_on_a_page_is_held_against_its_like() -> None:
    page = written()
    few = page.copy()
    for n, text in enumerate(["41", "703", "5286", "97", "634", "8052", "75", "396"]):
        place = (560 + 150 * (n % 2), 140 + 100 * (n // 2))
        cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.66, 40, 2, cv2.LINE_AA)
        if n < 2:
            cv2.putText(few, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.66, 40, 2, cv2.LINE_AA)
    low = [word for word in read(page) if word.box.left > 500]
    assert len(low) == 8
    assert {word.status for word in low} == {"ok"}
    alone = [word for word in read(few) if word.box.left > 500]
    assert {word.status for word in alone} == {"review"}


@pytest.mark.parametrize(("mark", "room"), [(" ", 14), (" ", 40), ("'", 14), (",", 14)])
def test_the_thousands_of_a_number_are_not_sure_numbers_of_their_own(mark: str, room: int) -> None:
    """Marks one below the other look like a column's rule; numbers parted by spaces, a digit wide in typed ones, may be one."""
    page = np.full((900, 900), 235, np.uint8)
    numbers = ["24.736.905", "86.352.748", "53.908.264", "92.475.836", "68.204.597", "35.869.042"]
    numbers += ["74.523.986", "45.290.673", "89.634.205", "30.587.942", "67.049.358", "52.836.790"]
    for n, text in enumerate(numbers):
        x = 150
        for digit in text:
            place = (x, 100 + 66 * n)
            if digit != ".":
                cv2.putText(page, digit, place, cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
            elif mark == "'":
                page[place[1] - 34 : place[1] - 22, x : x + 4] = 40
            elif mark == ",":
                page[place[1] - 4 : place[1] + 10, x : x + 4] = 40
            x += 40 if digit != "." else room
    words = read(scanned(page))
    whole = {text.replace(".", "") for text in numbers}
    assert len(words) >= len(numbers)
    assert {word.text for word in words if word.status == "ok"} <= whole
    if mark == ",":
        assert {word.text for word in words} == whole
