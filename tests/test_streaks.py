"""Streaks of a scanner: upright lines all down the page, which part no number and hide a part of some."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.streaks import (
    beside_streaks,
    down_fold,
    evenly_apart,
    find_streaks,
    may_hide,
    through_writing,
)
from tests.pictures import blank_page, scanned

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


@pytest.mark.parametrize(
    ("pieces", "streak"),
    [
        ([(0, 580), (640, 1200), (1500, 1700)], True),
        ([(0, 580), (640, 1200), (1300, 1500)], False),  # it ends above the foot of the page
        ([(60, 580), (640, 1200), (1300, 1700)], False),  # and begins below its top
        ([(0, 200), (1100, 1700)], False),  # most of it is not there
    ],
)
def test_a_pale_streak_is_in_pieces(pieces: list[tuple[int, int]], streak: bool) -> None:
    line = [Box(600 + n % 2, top, 603, bottom) for n, (top, bottom) in enumerate(pieces)]
    beside = Box(700, 0, 703, 900)
    assert find_streaks([*line, beside], (), SHAPE, 30.0) == (tuple(line) if streak else ())


def test_numbers_across_a_pale_streak_are_not_parted() -> None:
    page = blank_page(900, 700)
    numbers = [f"{3141592 + 777777 * n}" for n in range(7)]
    for n, text in enumerate(numbers):
        cv2.putText(page, text, (120, 110 + 110 * n), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
    places = np.ones(900, bool)
    places[[*range(300, 345), *range(560, 590)]] = False
    between = 117 + cv2.getTextSize("314", cv2.FONT_HERSHEY_DUPLEX, 1.6, 3)[0][0]
    page[places, between : between + 2] = 110
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == numbers


def test_lines_in_a_fold_are_its_own_unless_others_of_a_table_are_as_long() -> None:
    fold = Box(580, 0, 660, 1700)
    worn = [Box(610, 300, 613, 700), Box(611, 900, 614, 1400)]
    rules = [Box(x, 250, x + 3, 1450) for x in (100, 300)]
    short = [Box(x, 250, x + 3, 700) for x in (100, 300, 900)]
    assert down_fold([*worn, rules[0], *short], fold) == tuple(worn)
    assert down_fold([*worn, *rules], fold) == ()
    assert down_fold(rules, fold) == ()


@pytest.mark.parametrize(
    ("left", "right", "count", "through"),
    [(600, 622, 3, True), (600, 622, 2, False), (580, 622, 3, False), (600, 640, 3, False)],
    ids=["amid numbers", "few", "far on the left", "far on the right"],
)
def test_a_fold_runs_through_writing_where_glyphs_stand_close_on_both_sides(
    left: int, right: int, count: int, through: bool
) -> None:
    line = Box(610, 0, 613, 1700)
    glyphs = [
        (x, 100 + 60 * n, x + wide, 130 + 60 * n)
        for n in range(count)
        for x, wide in ((left - 18, 18), (right, 20))
    ]
    found = through_writing((line,), np.array(glyphs, np.int32), 30.0)
    assert found == ((line,) if through else ())
    assert through_writing((), np.array(glyphs, np.int32), 30.0) == ()


def uprights(*middles: int) -> list[Box]:
    return [Box(x - 1, 40, x + 1, 900) for x in middles]


@pytest.mark.parametrize(
    ("middles", "even"),
    [
        ((30, 110, 191, 270, 350, 431, 510), 7),
        ((30, 110, 191, 192, 270, 310, 350, 390, 431, 470), 10),  # pieces of a line, and fainter lines
        ((30, 110, 191, 270, 350, 431, 510, 541), 7),  # a line by itself
        ((30, 110, 191, 270), 0),
        ((30, 90, 270, 300, 480, 555, 700), 0),  # columns
        ((), 0),
    ],
    ids=["even", "in pieces", "one more", "few", "columns", "none"],
)
def test_lines_that_lie_evenly_apart_are_those_of_squares(middles: tuple[int, ...], even: int) -> None:
    assert evenly_apart(uprights(*middles)) == tuple(uprights(*middles)[:even])


@pytest.mark.parametrize("dark", [170, 90])
def test_the_darker_lines_of_graph_paper_part_no_numbers(dark: int) -> None:
    page = np.full((1000, 1000), 235, np.uint8)
    for at in range(20, 980, 8):
        coarse = (at - 20) % 80 == 0
        page[20:980, at : at + 1 + coarse] = page[at : at + 1 + coarse, 20:980] = dark if coarse else 195
    texts = ["27456", "83402", "59863", "42807", "96254", "30685"]
    for n, text in enumerate(texts):
        cv2.putText(
            page, text, (70 + 40 * n, 120 + 150 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 90, 5, cv2.LINE_AA
        )
    page = cv2.GaussianBlur(page, (3, 3), 0)
    assert [word.text for word in recognize_page(Page(np.asarray(page, np.uint8)), load_model())] == texts


def test_words_at_a_streak_are_told() -> None:
    words = np.array([[500, 0, 590, 30], [500, 0, 570, 30], [590, 0, 620, 30], [615, 0, 700, 30]], np.float64)
    assert beside_streaks(words, [STREAK], 30.0).tolist() == [True, False, True, True]


def test_words_at_a_streak_that_may_hide_none_of_their_strokes_are_not() -> None:
    words = np.array([[500, 0, 590, 30], [500, 0, 600, 30], [590, 0, 620, 30]], np.float64)
    hides = {0: False, 1: True, 2: False}
    assert beside_streaks(words, [STREAK], 30.0, hides=lambda n, _: hides[n]).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("first", "last", "wide", "hides"),
    [
        ((480, 500), (540, 560), 2, False),
        ((480, 525), (540, 560), 2, False),  # through the first glyph
        ((480, 500), (515, 560), 2, False),  # through the last one
        ((480, 500), (540, 560), 4, True),  # as wide as a 1
        ((440, 460), (480, 500), 2, True),  # behind it
        ((530, 550), (580, 600), 2, True),  # before it
    ],
)
def test_a_streak_much_thinner_than_the_pen_hides_no_stroke_within_a_word(
    first: tuple[int, int], last: tuple[int, int], wide: int, hides: bool
) -> None:
    glyphs = [Box(left, 0, right, 30) for left, right in (first, last)]
    assert may_hide(Box(520, 0, 520 + wide, 999), *glyphs, 5.0) == hides


def form(*streaks: int) -> Page:
    page = np.full((1000, 900), 240, np.uint8)
    for n, number in enumerate(["3590", "2748", "60352", "4857", "92036", "7485", "8063", "5249"]):
        cv2.putText(page, number, (300, 100 + 110 * n), cv2.FONT_HERSHEY_DUPLEX, 1.5, 40, 3, cv2.LINE_AA)
    for x in streaks:
        page[:, x : x + 2] = 60
    return Page(page)


@pytest.mark.parametrize(
    ("at", "status"),
    [(364, "ok"), (292, "review")],
    ids=["between two digits", "beside the numbers"],
)
def test_numbers_that_a_streak_runs_through_are_whole_and_for_a_person_where_it_may_hide_a_stroke(
    at: int, status: str
) -> None:
    plain = recognize_page(form(), load_model())
    assert {word.status for word in plain} == {"ok"}
    streaked = recognize_page(form(at, 700), load_model())  # the second one is on bare paper
    assert [word.text for word in streaked] == [word.text for word in plain]
    assert {word.status for word in streaked} == {status}


def test_the_dark_edges_of_a_scan_part_no_number_in_the_middle_of_the_page() -> None:
    page = np.full((1000, 900), 240, np.uint8)
    for n, number in enumerate(["3590", "2748", "60352", "4857", "92036", "7485", "8063", "5249"]):
        cv2.putText(page, number, (395, 110 + 105 * n), cv2.FONT_HERSHEY_DUPLEX, 1.5, 40, 3, cv2.LINE_AA)
    plain = [word.text for word in recognize_page(Page(page), load_model())]
    page[:, :30] = page[:, -36:] = page[:40] = 20
    assert [word.text for word in recognize_page(Page(page), load_model())] == plain
