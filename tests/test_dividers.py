"""Short lines between the places of a line to write on."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.imaging.rules import Rules
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.components import find_components
from batchocr.segmentation.dividers import OpenComb, dividers, open_combs, without_dividers
from batchocr.segmentation.segment import segment
from tests.pictures import blank_page, scanned, stroke_digit, write

HEIGHT = 40.0
LINE = Box(100, 200, 400, 203)


def taken(strokes: list[tuple[int, int]], rule: Box = LINE, foot: int = 199, wide: int = 3) -> list[bool]:
    """Which strokes, px from the left and px high, that end so far down, are dividers of a rule."""
    page = np.zeros((300, 600), bool)
    for left, high in strokes:
        page[foot - high : foot, left : left + wide] = True
    components = find_components(page)
    found = dividers(components, open_combs(components, Rules(page, (rule,), ()), HEIGHT))
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


def comb(places: int = 3, wide: int = 50, high: int = 16) -> NDArray[np.uint8]:
    """A comb in one piece, too short for a rule."""
    page = np.zeros((300, 600), np.uint8)
    page[200:203, 100 : 103 + places * wide] = 1
    for n in range(places + 1):
        page[203 - high : 203, 100 + n * wide : 103 + n * wide] = 1
    return page


def of_one_piece(page: NDArray[np.uint8]) -> list[OpenComb]:
    ink = page.astype(bool)
    return open_combs(find_components(ink), Rules(ink, (), ()), HEIGHT)


@pytest.mark.parametrize("places", [2, 3, 5])
def test_a_comb_in_one_piece(places: int) -> None:
    (found,) = of_one_piece(comb(places))
    assert abs(found.walls - (101.5 + 50 * np.arange(places + 1))).max() <= 1
    assert found.top == 187
    assert abs(found.foot - 201.5) <= 1


def altered(*places: tuple[slice, slice, int]) -> NDArray[np.uint8]:
    """A comb, with or without ink in some places."""
    page = comb()
    for rows, columns, ink in places:
        page[rows, columns] = ink
    return page


NO_END = altered((slice(200, 203), slice(80, 300), 1))
LETTER = altered((slice(187, 190), slice(100, 160), 1))
ONE_HIGH = altered((slice(170, 190), slice(150, 153), 1))
MOVED = altered((slice(180, 200), slice(150, 153), 0), (slice(187, 200), slice(170, 173), 1))


@pytest.mark.parametrize(
    "page",
    [
        comb(1),
        comb(wide=15),
        comb(high=70),
        NO_END,
        LETTER,
        ONE_HIGH,
        MOVED,
        np.zeros((0, 0), np.uint8),
    ],
    ids=["one place", "narrow", "high", "no end", "letter", "one high", "uneven", "nothing"],
)
def test_what_is_no_comb_in_one_piece(page: NDArray[np.uint8]) -> None:
    assert of_one_piece(page) == []


def test_a_comb_that_writing_touches_is_told_by_the_others_of_the_page() -> None:
    page = np.zeros((500, 600), np.uint8)
    page[:300], page[230:500] = comb(), page[230:500] | comb(4)[30:]
    cv2.putText(page, "52", (110, 402), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 1, 3)
    first, touched = of_one_piece(page)
    assert first.strokes.size == 1
    assert touched.strokes.size == 0
    assert abs(touched.walls - (101.5 + 50 * np.arange(5))).max() <= 1.5
    assert abs(touched.foot - 401.5) <= 1.5
    page[:300] = 0
    assert of_one_piece(page) == []
    page[:300] = comb(wide=60)
    assert len(of_one_piece(page)) == 1
    page[:300] = comb()
    page[197, 100:250] = page[200, 100:250]  # whose dividers are hardly any
    page[180:199, 100:260] = 0
    assert all(comb.strokes.size for comb in of_one_piece(page))


def test_dividers_go_from_the_ink_but_for_what_is_written_across() -> None:
    page = comb(places=2)
    stroke = np.zeros_like(page)
    cv2.line(stroke, (130, 185), (170, 198), 1, 3)
    left = without_dividers((page | stroke).astype(bool), of_one_piece(page))
    assert not left[180:199, 95:110].any()
    assert not left[180:199, 190:].any()
    assert (left[stroke > 0]).all()
    assert not left[185:188, 150:153].any()
    assert without_dividers(left, []) is left


def test_numbers_in_open_combs_are_whole() -> None:
    rng = np.random.default_rng(8)
    page, texts = blank_page(760, 900), []
    for row in range(8):
        foot, count = 90 + row * 84, 2 + row % 5
        texts.append("".join(map(str, rng.integers(0, 10, count))))
        cv2.putText(page, "sum:", (30, foot - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 60, 2)
        page[foot : foot + 3, 200 : 203 + 60 * count] = 100
        for n in range(count + 1):
            page[foot - 16 : foot, 200 + 60 * n : 203 + 60 * n] = 100
        for n, text in enumerate(texts[-1]):
            digit = stroke_digit(int(text), rng, 42, 7)
            write(page, digit, (232 + 60 * n - digit.shape[1] // 2, foot - 52), 40, 230)
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == texts
