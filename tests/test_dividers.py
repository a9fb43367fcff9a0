"""Short lines between the places of a line to write on."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.imaging.rules import Rules
from batchocr.segmentation.components import find_components
from batchocr.segmentation.dividers import dividers
from batchocr.segmentation.segment import segment

HEIGHT = 40.0
LINE = Box(100, 200, 400, 203)


def taken(strokes: list[tuple[int, int]], rule: Box = LINE, foot: int = 199, wide: int = 3) -> list[bool]:
    """Which strokes, px from the left and px high, that end so far down, are dividers of a rule."""
    page = np.zeros((300, 600), bool)
    for left, high in strokes:
        page[foot - high : foot, left : left + wide] = True
    components = find_components(page)
    found = dividers(components, Rules(page, (rule,), ()), HEIGHT)
    order = np.argsort(components.boxes[:, 0])
    return [bool(found[n]) for n in order]


PLACES = [(100 + 50 * n, 16) for n in range(7)]


@pytest.mark.parametrize("missing", [(), (2,), (2, 3, 5), (0,)], ids=["all", "one", "three", "the first"])
def test_strokes_evenly_apart_on_a_line_are_dividers_though_some_are_written_over(
    missing: tuple[int, ...],
) -> None:
    strokes = [stroke for n, stroke in enumerate(PLACES) if n not in missing]
    assert all(taken(strokes))


@pytest.mark.parametrize(
    ("strokes", "foot", "wide"),
    [
        (PLACES[:2], 199, 3),
        (PLACES[1:6], 199, 3),  # the line goes on at both ends: ones on it
        ([(100, 16), (130, 16), (205, 16), (247, 16)], 199, 3),  # not even
        ([(100 + 12 * n, 16) for n in range(7)], 199, 3),  # too close for digits between
        (PLACES, 180, 3),  # above the line
        ([(left, 70) for left, _ in PLACES], 199, 3),  # sides of boxes
        (PLACES, 199, 12),  # no lines
    ],
    ids=["two", "in the middle", "uneven", "close", "above", "high", "wide"],
)
def test_other_strokes_are_none(strokes: list[tuple[int, int]], foot: int, wide: int) -> None:
    assert not any(taken(strokes, foot=foot, wide=wide))


def test_a_written_one_among_dividers_is_none() -> None:
    found = taken(sorted([*PLACES, (175, 34)]))
    assert found == [left != 175 for left, _ in sorted([*PLACES, (175, 34)])]


def test_a_divider_that_a_bit_of_the_writing_makes_higher_is_one_all_the_same() -> None:
    strokes = [(left, 22 if left == 250 else high) for left, high in PLACES]
    assert all(taken(strokes))
    strokes = [(left, 36 if left == 250 else high) for left, high in PLACES]
    assert taken(strokes) == [left != 250 for left, _ in PLACES]


def drawn() -> NDArray[np.bool_]:
    page = np.zeros((300, 600), np.uint8)
    cv2.line(page, (100, 201), (400, 201), 1, 2)
    for left, high in PLACES:
        cv2.line(page, (left, 201), (left, 201 - high), 1, 2)
    for n, digit in enumerate("5820"):
        cv2.putText(page, digit, (114 + 50 * n, 180), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 1, 3)
    return page.astype(bool)


def test_a_page_has_the_number_alone() -> None:
    assert [len(word.atoms) for word in segment(drawn()).words if word.box.height > 20] == [4]
    assert not [word for word in segment(drawn()).words if word.box.bottom > 190]
