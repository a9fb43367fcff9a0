"""Ticks beside numbers: taken away where a page has many, and left where they may be digits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.segment import Atom, tighten
from batchocr.segmentation.ticks import FEWEST, MANY_SINGLE, is_tick, without_ticks
from tests.pictures import scanned, word_of

NUMBERS = ["4082", "1753", "926", "3507", "841", "2930", "615", "7024"]
TICK = ((0, 24), (14, 46), (40, -8))  # px from where a digit begins, 46 px high


def ticked(
    ticks: int, *, shape: tuple[tuple[int, int], ...] = TICK, within: bool = False
) -> NDArray[np.uint8]:
    page = np.full((900, 700), 235, np.uint8)
    for n, text in enumerate(NUMBERS):
        top = 60 + 100 * n
        cv2.putText(page, text, (120, top + 46), cv2.FONT_HERSHEY_SIMPLEX, 2.1, 40, 5, cv2.LINE_AA)
        if n < ticks:
            _stroke(page, shape, (120 + 43 * len(text) + 6, top))
        if within:
            _stroke(page, shape, (420, top))
            cv2.putText(page, "38", (480, top + 46), cv2.FONT_HERSHEY_SIMPLEX, 2.1, 40, 5, cv2.LINE_AA)
            cv2.putText(page, "7", (380, top + 46), cv2.FONT_HERSHEY_SIMPLEX, 2.1, 40, 5, cv2.LINE_AA)
    return scanned(page)


def _stroke(page: NDArray[np.uint8], shape: tuple[tuple[int, int], ...], place: tuple[int, int]) -> None:
    points = np.array([(x + place[0], y + place[1]) for x, y in shape], np.int32)
    cv2.polylines(page, [points], False, 40, 5, cv2.LINE_AA)


def read(page: NDArray[np.uint8]) -> list[tuple[str, str]]:
    return [(word.text, word.status) for word in recognize_page(Page(page), load_model())]


def test_ticks_behind_numbers_are_no_digits_of_them_and_no_doubt() -> None:
    assert read(ticked(len(NUMBERS))) == [(text, "ok") for text in NUMBERS]


def test_a_few_ticks_may_be_digits() -> None:
    few = FEWEST - 1
    assert [status for _, status in read(ticked(few))] == ["review"] * few + ["ok"] * (len(NUMBERS) - few)


def test_what_stands_within_numbers_too_is_no_tick() -> None:
    assert {status for _, status in read(ticked(len(NUMBERS), within=True))} == {"review"}


def tick() -> NDArray[np.bool_]:
    page = np.full((100, 100), 235, np.uint8)
    _stroke(page, TICK, (20, 20))
    return tighten(page < 128, 0, 0)[1]


@pytest.mark.parametrize(
    ("gap", "others", "doubtful"), [(6, FEWEST + 1, True), (40, FEWEST + 1, False), (6, FEWEST - 1, False)]
)
def test_as_near_as_digits_beside_few_numbers_a_tick_may_be_a_5(
    gap: int, others: int, doubtful: bool
) -> None:
    digit = np.ones((50, 30), bool)
    plain, near = word_of(digit, digit), word_of(digit, digit, tick())
    last = near.atoms[-1].box
    moved = Box(last.left + gap - 6, last.top, last.right + gap - 6, last.bottom)
    ending = near.only([*near.atoms[:-1], Atom(moved, tick())])
    left, gone = without_ticks([*[ending] * FEWEST, *[plain] * others])
    assert len(gone) == FEWEST
    assert [word.crowded for word in left] == [doubtful] * FEWEST + [False] * others


@pytest.mark.parametrize(
    ("singles", "numbers", "kept"),
    [(MANY_SINGLE, 0, True), (MANY_SINGLE // 2, 0, False), (MANY_SINGLE, 2 * MANY_SINGLE, False)],
)
def test_ticks_by_themselves_among_many_lone_digits_may_be_5s(singles: int, numbers: int, kept: bool) -> None:
    digit = np.ones((50, 24), bool)
    ticks = [word_of(tick())] * FEWEST
    words = [*ticks, *[word_of(digit)] * singles, *[word_of(digit, digit)] * numbers]
    left, gone = without_ticks(words)
    assert len(gone) == (0 if kept else FEWEST)
    assert sum(word.crowded for word in left) == (FEWEST if kept else 0)


def test_a_tick_that_begins_where_a_single_digit_ends_is_as_near() -> None:
    digit = np.ones((50, 30), bool)
    left, gone = without_ticks(
        [*[word_of(digit, tick(), gap=0)] * FEWEST, *[word_of(digit, digit)] * (FEWEST + 1)]
    )
    assert len(gone) == FEWEST
    assert [word.crowded for word in left] == [True] * FEWEST + [False] * (FEWEST + 1)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (TICK, True),
        (((0, 30), (10, 46), (50, 0)), True),
        (((0, 20), (8, 34), (14, 46), (20, 30), (34, 0)), True),
        (((0, 24), (14, 46), (40, -8), (70, -8)), False),  # a 5 of some hands
        (((0, 0), (24, 46), (48, 0)), False),  # a V
        (((0, 10), (20, 0), (20, 46)), False),  # a 1
        (((0, 0), (6, 22), (30, 20), (32, 0), (24, 46)), False),  # a 4
        (((0, 0), (36, 0), (12, 46)), False),  # a 7
        (((20, 0), (0, 40), (20, 46), (30, 30), (4, 30)), False),  # a 6
    ],
)
def test_the_shape_of_a_tick(points: tuple[tuple[int, int], ...], expected: bool) -> None:
    ink = np.zeros((80, 100), np.uint8)
    cv2.polylines(ink, [np.array(points, np.int32) + 15], False, 1, 5)
    assert is_tick(tighten(ink > 0, 0, 0)[1]) is expected
