"""Faint column rules of tables, and digits that cross them."""

from dataclasses import replace
from itertools import product

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.imaging.binarize import relief
from batchocr.imaging.deskew import skew_degrees, straighten
from batchocr.imaging.faint import faint_uprights
from batchocr.segmentation.segment import find_writing, segment, words_of

COLUMNS = (80, 200, 320, 440)


def table(
    *, line: int = 205, ends: tuple[int, ...] = (60, 60, 60, 60), columns: int = 4
) -> NDArray[np.uint8]:
    """Dark numbers in columns that lines part, whose upper ends are given; some pixels of noise."""
    page = np.full((500, 560), 235, np.uint8)
    for x, top in list(zip(COLUMNS, ends, strict=True))[:columns]:
        page[top:460, x : x + 2] = line
    for y in range(110, 460, 60):
        for x in COLUMNS[:3]:
            cv2.putText(page, "382", (x + 30, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 40, 3)
    noise = np.random.default_rng(5).normal(0, 2, page.shape)
    return np.clip(cv2.GaussianBlur(page, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8)


def lines_of(page: NDArray[np.uint8]) -> list[int]:
    paper = relief(page)
    return sorted(line.left for line in faint_uprights(paper.depth, paper.noise, 22.0))


def test_faint_lines_of_a_table_are_found_and_nothing_else() -> None:
    found = lines_of(table())
    assert len(found) == 4
    assert np.abs(np.subtract(found, COLUMNS)).max() <= 1
    assert lines_of(table(columns=0)) == []


@pytest.mark.parametrize("line", [197, 205])
def test_faint_lines_are_found_on_noisy_paper_too(line: int) -> None:
    page = table(line=line)
    noise = np.random.default_rng(6).normal(0, 9, page.shape)
    found = lines_of(np.clip(page + noise, 0, 255).astype(np.uint8))
    assert np.abs(np.subtract(found, COLUMNS)).max() <= 2


@pytest.mark.parametrize("degrees", [-0.4, 0.3, 0.2])
def test_rules_of_a_page_that_lies_hardly_askew_are_found_once_it_is_turned(degrees: float) -> None:
    page = np.full((1900, 1400), 235, np.uint8)
    columns = np.arange(100, 1301, 150)
    for x in columns:
        page[60:1840, x : x + 2] = 205
    for y, x in product(range(110, 1840, 60), columns[:-1]):
        cv2.putText(page, "382", (x + 40, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 40, 3)
    askew = straighten(page, -degrees)[0]
    found = skew_degrees(relief(askew).ink())
    assert abs(found - degrees) < 0.11
    assert len(lines_of(straighten(askew, found)[0])) == len(columns)
    assert not lines_of(askew)


def test_a_double_rule_that_runs_together_is_one_line() -> None:
    def widths(page: NDArray[np.uint8]) -> list[int]:
        found = faint_uprights(relief(page).depth, relief(page).noise, 22.0)
        return [line.width for line in sorted(found)]

    page = table()
    page[60:460, COLUMNS[3] - 1 : COLUMNS[3] + 6] = 190
    single, double = widths(page)[:3], widths(page)[3:]
    assert len(double) == 1 and double[0] >= 7 > 2 * max(single) - 2
    thick = table(columns=0)
    for x in COLUMNS:
        thick[60:460, x - 1 : x + 6] = 190
    assert not widths(thick), "as wide as a bar of a chart"


@pytest.mark.parametrize("page", [table(ends=(60, 100, 140, 200)), table(columns=2)], ids=["apart", "two"])
def test_lines_that_do_not_end_together_are_none_of_a_table(page: NDArray[np.uint8]) -> None:
    assert lines_of(page) == []


def dashed(page: NDArray[np.uint8], on: int, off: int, *, within: int = 0) -> NDArray[np.uint8]:
    """The page with a dashed line in each column, and with another so many px beside it."""
    for x in (x + extra for x in COLUMNS for extra in {0, within}):
        for y in range(60, 460, on + off):
            page[y : y + on, x : x + 2] = np.minimum(page[y : y + on, x : x + 2], 150)
    return page


@pytest.mark.parametrize(("on", "off"), [(2, 6), (8, 8), (4, 3), (12, 5)])
def test_dashed_and_dotted_lines_part_columns_too(on: int, off: int) -> None:
    found = lines_of(dashed(table(columns=0), on, off))
    assert len(found) == 4
    assert np.abs(np.subtract(found, COLUMNS)).max() <= 2


@pytest.mark.parametrize(("until", "kept"), [(225, True), (300, False)])
def test_much_shorter_dashes_beside_a_dashed_line_leave_it_one(until: int, kept: bool) -> None:
    page = dashed(table(columns=0), 4, 4)
    for y in range(60, until, 8):
        page[y : y + 4, COLUMNS[1] + 16 : COLUMNS[1] + 18] = 150
    assert len(lines_of(page)) == 3 + kept


@pytest.mark.parametrize(("lost", "kept"), [((60, 160), True), ((250, 265), True), ((60, 260), False)])
def test_a_dashed_line_that_is_lost_in_part_is_one_like_those_beside_it(
    lost: tuple[int, int], kept: bool
) -> None:
    page = dashed(table(columns=0), 4, 4)
    page[lost[0] : lost[1], COLUMNS[1] - 2 : COLUMNS[1] + 4] = 235
    assert len(lines_of(page)) == 3 + kept


def test_dots_between_dashes_are_pieces_of_a_line() -> None:
    page = table(columns=0)
    for x in COLUMNS:
        for y in range(60, 450, 15):
            page[y : y + 4, x : x + 2] = page[y + 7 : y + 8, x : x + 2] = 150
    assert len(lines_of(page)) == 4


def test_a_fine_line_worn_to_uneven_pieces_is_found_by_the_paper_beside_it() -> None:
    page = table(columns=0)
    for seed, x in enumerate(COLUMNS):
        holes = np.random.default_rng(seed).random(400) < 0.4
        page[60:460, x : x + 1][~holes] = 150
    assert len(lines_of(page)) == 4
    for x in COLUMNS:
        page[60:460:3, x - 4 : x + 5] = 150
    assert lines_of(page) == []


def test_uneven_dashes_and_the_guides_in_a_box_are_none() -> None:
    page = table(columns=0)
    starts = np.cumsum(np.random.default_rng(1).integers(4, 16, 60))
    for x in COLUMNS:
        for y in (60 + starts[60 + starts < 460]).tolist():
            page[y : y + 3, x : x + 2] = 150
    assert lines_of(page) == []
    assert lines_of(dashed(table(columns=0), 3, 6, within=14)) == []


def test_lines_of_digits_close_together_are_no_dashes() -> None:
    page = np.random.default_rng(5).normal(230, 3, (900, 560)).astype(np.uint8)
    for y in range(60, 860, 28):
        page[y : y + 21, 40:500:60] = page[y : y + 21, 41:500:60] = 150  # ones, one below the other
    assert lines_of(page) == []


def test_scratches_from_edge_to_edge_are_none() -> None:
    page = table(columns=0)
    for x in COLUMNS:
        page[:, x : x + 2] = 205
    assert lines_of(page) == []


def test_a_picture_lower_than_a_line_has_none() -> None:
    assert faint_uprights(np.full((20, 200), 90, np.uint8), 0.0, 22.0) == ()


def touching_numbers() -> NDArray[np.bool_]:
    """Rows of 38 and 25, whose 8 and 2 touch between two columns, without the line between them."""
    page = np.zeros((460, 300), np.uint8)
    for y in range(60, 440, 50):
        cv2.putText(page, "38", (60, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
        cv2.putText(page, "25", (110, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
        cv2.line(page, (90, y - 10), (118, y - 10), 255, 2)
    return page > 127


def test_numbers_that_touch_across_a_column_rule_are_two_that_a_person_sees() -> None:
    writing = find_writing(touching_numbers())
    whole = words_of(writing).words
    wall = Box(103, 10, 105, 450)
    parted = words_of(replace(writing, walls=(wall,))).words
    assert [len(whole), len(parted)] == [8, 16]
    assert all(word.box.right <= 104 or word.box.left >= 104 for word in parted)
    assert all(word.crowded for word in parted)
    assert not any(word.crowded for word in segment(touching_numbers()).words)


def test_a_short_rule_cuts_no_ink() -> None:
    writing = find_writing(touching_numbers())
    walls = (Box(103, 10, 105, 60),)
    words = words_of(replace(writing, walls=walls)).words
    assert not any(atom.parted for word in words for atom in word.atoms)


@pytest.mark.parametrize("specks", [False, True])
@pytest.mark.parametrize(("shift", "doubtful"), [(0, False), (16, True)])
def test_a_number_beside_a_digit_across_its_rule_is_crowded(shift: int, doubtful: bool, specks: bool) -> None:
    page = np.zeros((460, 400), np.uint8)
    for y in range(60, 440, 50):
        cv2.putText(page, "38", (60, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
        cv2.putText(page, "4", (112 - shift, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    if specks:  # dashes of the rule, which are words of no height
        page[12:450:9, 103:105] = 255
    wall = Box(103, 10, 105, 450)
    words = words_of(replace(find_writing(page > 127), walls=(wall,))).words
    first = [word for word in words if word.box.left < 70]
    assert len(first) == 8
    assert all(len(word.atoms) == 2 and word.crowded is doubtful for word in first)
