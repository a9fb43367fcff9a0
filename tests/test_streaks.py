"""Streaks of a scanner: upright lines all down the page, which part no number and hide a part of some."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.streaks import beside_streaks, find_streaks

SHAPE = (1700, 1250)
STREAK = Box(600, 0, 603, 1700)
ACROSS = Box(0, 300, 1250, 303)


@pytest.mark.parametrize(
    ("line", "across", "streak"),
    [
        (STREAK, (), True),
        (Box(600, 12, 603, 1690), (), True),
        (Box(600, 80, 603, 1600), (), False),  # a rule of a table
        (Box(600, 0, 640, 1700), (), False),  # a dark band
        (Box(0, 0, 4, 1700), (), False),  # the edge of the sheet
        (STREAK, (Box(100, 300, 1150, 303),), True),
        (STREAK, (ACROSS,), False),  # cut out of a table
    ],
    ids=["line", "nearly", "rule", "band", "edge", "beside a table", "part of a table"],
)
def test_a_thin_line_from_edge_to_edge_is_a_streak(line: Box, across: tuple[Box, ...], streak: bool) -> None:
    assert find_streaks([line], across, SHAPE, 30.0) == ((line,) if streak else ())


def test_words_at_a_streak_are_told() -> None:
    words = np.array([[500, 0, 590, 30], [500, 0, 570, 30], [590, 0, 620, 30], [615, 0, 700, 30]], np.float64)
    assert beside_streaks(words, [STREAK], 30.0).tolist() == [True, False, True, True]


def form(*streaks: int) -> Page:
    page = np.full((1000, 900), 240, np.uint8)
    for n, number in enumerate(["3590", "2748", "60352", "4857", "92036", "7485", "8063", "5249"]):
        cv2.putText(page, number, (300, 100 + 110 * n), cv2.FONT_HERSHEY_DUPLEX, 1.5, 40, 3, cv2.LINE_AA)
    for x in streaks:
        page[:, x : x + 2] = 60
    return Page(page)


def test_numbers_that_a_streak_runs_through_are_whole_and_for_a_person_to_see() -> None:
    plain = recognize_page(form(), load_model())
    assert {word.status for word in plain} == {"ok"}
    streaked = recognize_page(form(364, 700), load_model())  # between two digits, and on bare paper
    assert [word.text for word in streaked] == [word.text for word in plain]
    assert {word.status for word in streaked} == {"review"}


def test_the_dark_edges_of_a_scan_part_no_number_in_the_middle_of_the_page() -> None:
    page = np.full((1000, 900), 240, np.uint8)
    for n, number in enumerate(["3590", "2748", "60352", "4857", "92036", "7485", "8063", "5249"]):
        cv2.putText(page, number, (395, 110 + 105 * n), cv2.FONT_HERSHEY_DUPLEX, 1.5, 40, 3, cv2.LINE_AA)
    plain = [word.text for word in recognize_page(Page(page), load_model())]
    page[:, :30] = page[:, -36:] = page[:40] = 20
    assert [word.text for word in recognize_page(Page(page), load_model())] == plain
