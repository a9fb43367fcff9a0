"""Boxes for one digit each are found as boxes, whatever their lines, and what is written in them is read box by box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from statistics import median

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Ink, Page, Probs, Word
from batchocr.imaging.binarize import relief
from batchocr.imaging.rules import Rules
from batchocr.network.model import load_model
from batchocr.network.synthesis import stroke_master
from batchocr.normalize import normalize_glyphs
from batchocr.pipeline import MANY_ALIKE, _is_of_lines, recognize_page
from batchocr.segmentation.cells import (
    ROUGH,
    Lines,
    _at_own_sides,
    _written_in,
    beside_sides,
    find_combs,
    paper_between,
    with_cells,
)
from batchocr.segmentation.components import find_components
from batchocr.segmentation.hidden import beside_lost
from batchocr.segmentation.larger import marked_after_ink, marked_close
from batchocr.segmentation.segment import Atom, CandidateWord, Writing
from batchocr.segmentation.sides import Sides
from tests.pictures import scanned, stroke_digit, write
from tests.test_boxes import glyph

SIDE, ROW = 60, 90  # px of a box, and from one row of boxes to the next
HEIGHT = 40  # px of a digit
Picture = NDArray[np.uint8]


def form(
    rows: Sequence[str],
    *,
    gap: int = 0,
    shade: int = 90,
    broken: bool = False,
    seed: int = 3,
    pen: int = 40,
    high: int = HEIGHT,
    stray: int = 0,
    crossed: int | None = None,
    rough: float = 2,
) -> Picture:
    """A form with a row of boxes for each text, a digit, a cross (x) or nothing (space) in each box. high: px of a digit. stray: px
    by which every other one stands too far right and too low. crossed: grey of the crosses, if not the pen's. rough: standard
    deviation of the paper's noise."""
    rng = np.random.default_rng(seed)
    page = np.full((160 + ROW * len(rows), 1100), 225, np.uint8)
    for n, text in enumerate(rows):
        top = 80 + ROW * n
        for m in range(len(text)):
            left = 120 + m * (SIDE + gap)
            cv2.rectangle(page, (left, top), (left + SIDE, top + SIDE), shade, 2)
            if broken:
                page[top - 3 : top + SIDE + 4, left + 20 : left + 25] = 225
                page[top + 34 : top + 39, left - 3 : left + SIDE + 4] = 225
        for m, sign in enumerate(text):
            left = 120 + m * (SIDE + gap)
            if sign == "x":
                grey = pen if crossed is None else crossed
                cv2.line(page, (left + 3, top + 3), (left + SIDE - 3, top + SIDE - 3), grey, 4, cv2.LINE_AA)
                cv2.line(page, (left + SIDE - 3, top + 3), (left + 3, top + SIDE - 3), grey, 4, cv2.LINE_AA)
            elif sign != " ":
                ink = stroke_digit(int(sign), rng, high, 7)
                off = stray if m % 2 else 0
                x, y = left + (SIDE - ink.shape[1]) // 2 + off, top + (SIDE - high) // 2 + off
                write(page, ink, (x, y), pen, 225)
    noise = rng.normal(0, rough, page.shape)
    return np.asarray(np.clip(page + noise, 0, 255), np.uint8)


def judge(masks: Sequence[Ink]) -> Probs:
    return load_model()(normalize_glyphs(masks))


def read(page: Picture) -> list[Word]:
    return recognize_page(Page(page, "form.png", 1), load_model())


TEXTS = ["  2734", " 58206", "493", "   36", "  7", "620853"]


@pytest.mark.parametrize("gap", [0, 8, 20])
@pytest.mark.parametrize("shade", [70, 180])
def test_combs_and_boxes_apart_are_found_box_by_box(gap: int, shade: int) -> None:
    combs = find_combs(form(TEXTS, gap=gap, shade=shade), HEIGHT)
    assert sorted(len(comb) for comb in combs) == sorted(len(text) for text in TEXTS)
    for comb in combs:
        assert np.abs(comb[:, 2] - comb[:, 0] - SIDE).max() <= 3
        assert np.abs(comb[:, 3] - comb[:, 1] - SIDE).max() <= 3
        assert np.abs((comb[:, 0] - 120) / (SIDE + gap) % 1 - 0.5).min() > 0.4  # where they were drawn


def test_broken_lines_are_lines() -> None:
    combs = find_combs(form(TEXTS, gap=8, broken=True), HEIGHT)
    assert sum(map(len, combs)) == sum(map(len, TEXTS))


def test_thick_lines_in_a_coarse_jpeg_are_lines() -> None:
    page = form(TEXTS)
    _, packed = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 30])
    combs = find_combs(np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8), HEIGHT)
    assert sorted(len(comb) for comb in combs) == sorted(len(text) for text in TEXTS)


@pytest.mark.parametrize("how", ["light ink", "turned", "twice as large", "half as large"])
def test_numbers_in_boxes_are_read_however_the_page_lies(how: str) -> None:
    page = form(TEXTS, gap=8)
    if how == "light ink":
        page = 255 - page
    elif how == "turned":
        turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), 3, 1)
        page = np.asarray(cv2.warpAffine(page, turn, page.shape[::-1], borderValue=225), np.uint8)
    else:
        zoom = 2 if how == "twice as large" else 0.5
        page = np.asarray(cv2.resize(page, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), np.uint8)
    assert [word.text for word in read(page)] == [text.strip() for text in TEXTS]


def test_each_comb_gives_the_number_in_it() -> None:
    words = read(form(TEXTS, gap=8))
    assert [word.text for word in words] == [text.strip() for text in TEXTS]
    for word, text in zip(words, TEXTS, strict=True):
        last = 120 + (len(text) - 1) * (SIDE + 8)
        assert last < word.box.right < last + SIDE
        assert len(word.readings) == len(text.strip())


@pytest.mark.parametrize("gap", [0, 8])
def test_digits_that_touch_and_cross_the_lines_of_their_boxes_are_read(gap: int) -> None:
    words = read(form(TEXTS, gap=gap, high=SIDE - 4, stray=12))
    assert [word.text for word in words] == [text.strip() for text in TEXTS]


def written(lines: bool, *strokes: tuple[int, int, int, int]) -> tuple[Ink, list[Box | None]]:
    """Two cells side by side, their lines in ink or not, and strokes from left to right and top to bottom, px; the ink, and the boxes of what
    is written in each."""
    ink = np.zeros((200, 300), bool)
    cells = np.array([[60, 60, 120, 120], [120, 60, 180, 120]], np.int64)
    for left, top, right, bottom in cells.tolist() if lines else ():
        ink[top - 1 : top + 2, left : right + 1] = ink[bottom - 1 : bottom + 2, left : right + 1] = True
        ink[top : bottom + 1, left - 1 : left + 2] = ink[top : bottom + 1, right - 1 : right + 2] = True
    for left, top, right, bottom in strokes:
        ink[top:bottom, left:right] = True
    ((found,), _) = _written_in(ink, [cells], judge)
    return ink, [cell.atom.box if cell else None for cell in found]


def test_what_reaches_over_a_line_is_of_the_cell_that_most_of_it_lies_in() -> None:
    _, found = written(True, (80, 48, 88, 128), (80, 84, 128, 92), (150, 70, 158, 110))
    assert found == [Box(80, 48, 128, 128), Box(150, 70, 158, 110)]


def test_what_lies_in_two_cells_is_cut_between_them() -> None:
    _, found = written(True, (84, 70, 92, 110), (84, 84, 156, 92), (148, 70, 156, 110))
    before, after = found
    assert before is not None
    assert after is not None
    assert (before.left, before.top, before.bottom) == (84, 70, 110)
    assert (after.top, after.right, after.bottom) == (70, 156, 110)
    assert 92 <= before.right - 2 <= after.left <= before.right + 2 <= 148


def test_lines_are_no_ink_of_their_cells_and_what_lies_on_pale_ones_is() -> None:
    assert written(True)[1] == [None, None]
    seven = (80, 60, 104, 64), (96, 60, 104, 100)  # its bar where the line is
    assert written(False, *seven)[1][0] == Box(80, 60, 104, 100)


def test_what_is_written_beside_or_above_a_comb_is_none_of_it() -> None:
    assert written(True, (40, 80, 52, 100), (90, 20, 98, 50), (190, 80, 198, 100))[1] == [None, None]


def test_a_cell_that_is_open_has_a_line_below_and_no_other_sides() -> None:
    ink = np.zeros((200, 300), bool)
    cells = np.array([[60, 60, 120, 120], [120, 60, 180, 120]], np.int64)
    ink[119:122, 60:181] = True
    ink[58:63, 75:115] = ink[58:110, 110:115] = True  # a seven whose bar lies where a box would end
    ink[62:118, 177:182] = True  # a one at the end of its place
    ((found,), _) = _written_in(ink, [cells], judge, Sides.BELOW)
    assert [cell.atom.box if cell else None for cell in found] == [
        Box(75, 58, 115, 110),
        Box(177, 62, 182, 118),
    ]
    ((boxed,), _) = _written_in(ink, [cells], judge)
    assert [cell.atom.box if cell else None for cell in boxed] != [
        cell.atom.box if cell else None for cell in found
    ]


@pytest.mark.parametrize(("left", "is_last"), [(160, True), (172, False)])
def test_what_reaches_beyond_the_end_of_open_places_is_of_the_last_one_if_enough_is_in_that(
    left: int, is_last: bool
) -> None:
    ink = np.zeros((200, 300), bool)
    cells = np.array([[60, 60, 120, 120], [120, 60, 180, 120]], np.int64)
    ink[70:110, left : left + 60] = True
    ink[75:105, left + 7 : left + 53] = False  # a zero
    ((found,), _) = _written_in(ink, [cells], judge, Sides.BELOW)
    last = Box(left, 70, left + 60, 110) if is_last else None
    assert [cell.atom.box if cell else None for cell in found] == [None, last]


@pytest.mark.parametrize(("left", "doubted"), [(165, {1}), (178, set()), (140, set())])
def test_what_lies_mostly_beside_a_comb_is_a_doubt_of_its_last_cell(left: int, doubted: set[int]) -> None:
    ink = np.zeros((200, 300), bool)
    ink[70:110, left : left + 40] = True
    cells = np.array([[60, 60, 120, 120], [120, 60, 180, 120]], np.int64)
    assert _written_in(ink, [cells], judge)[1] == [doubted]


def test_what_is_too_low_for_a_digit_is_a_doubt_of_the_number_beside_it() -> None:
    page = form(["2734 ", "58206", "49381", "70536"], gap=8)
    cut_short = page.copy()
    left = 120 + 4 * (SIDE + 8)
    cv2.circle(cut_short, (left + 20, 80 + 20), 5, 40, -1)  # the dot of something more
    first = [next(word for word in read(picture) if word.box.top < 80 + ROW) for picture in (page, cut_short)]
    assert [word.text for word in first] == ["2734", "2734"]
    assert [word.status for word in first] == ["ok", "review"]


def test_rules_that_are_sides_of_cells_strike_nothing_out() -> None:
    comb = np.array([[60, 60, 120, 120], [120, 60, 180, 120]], np.int64)
    top, through, other = Box(58, 58, 182, 62), Box(58, 88, 182, 92), Box(300, 58, 400, 62)
    assert beside_sides([top, through, other], [comb]) == (through, other)


def test_a_digit_in_two_pieces_is_one_digit_in_its_box() -> None:
    page = form(["2734", "5820", "4936", "7085"])
    # a fold: the digits of the first row, and the lines between them, lose some of their ink
    page[80 + 28 : 80 + 33, 124 : 120 + 4 * SIDE - 4] = 225
    assert [len(comb) for comb in find_combs(page, HEIGHT)] == [4, 4, 4, 4]
    assert [word.text for word in read(page)] == ["2734", "5820", "4936", "7085"]


def test_crosses_before_a_number_are_none_of_it_and_behind_it_they_are_a_doubt() -> None:
    words = read(form(["xx2734", "xxx582", "620xxx", "4938", "x70536", "28593"], gap=8))
    assert [word.text for word in words] == ["2734", "582", "620", "4938", "70536", "28593"]
    status = {word.text: word.status for word in words}
    assert status["620"] == "review"
    assert status["4938"] == "ok"
    assert status["2734"] == "ok"


def test_an_empty_box_within_a_number_is_a_doubt() -> None:
    words = read(form(["27 34", "58206", "49381", "70536"], gap=8))
    first = [word for word in words if word.box.top < 80 + ROW]
    assert [word.text for word in first] == ["27", "34"]
    assert {word.status for word in first} == {"review"}


def test_strokes_that_part_boxes_make_no_narrower_ones_of_them() -> None:
    page = np.full((700, 900), 225, np.uint8)
    for n in range(6):
        for m in range(8):
            left, top = 80 + m * (SIDE + 14), 60 + n * 100
            cv2.rectangle(page, (left, top), (left + SIDE, top + SIDE), 110, 2)
            if (m + 2 * n) % 8 < 5:  # in most of them
                x = left + (38 if m % 2 else 22)
                cv2.line(page, (x, top - 4), (x, top + SIDE + 4), 110, 3)
    page = np.clip(page + np.random.default_rng(4).normal(0, 2, page.shape), 0, 255).astype(np.uint8)
    combs = find_combs(page, 45)
    assert [len(comb) for comb in combs] == [8] * 6
    assert {tuple(cell) for comb in combs for cell in (comb[:, 2:] - comb[:, :2]).tolist()} == {(SIDE, SIDE)}


def test_a_box_whose_sides_a_pen_hides_is_one_of_its_comb() -> None:
    page = form(["2734", "5820", "4936", "7085"], shade=60, pen=20)
    for column, row in ((3, 0), (0, 2)):
        middle = 120 + column * SIDE + (33 if column else 27), 80 + row * ROW + 30
        cv2.ellipse(page, middle, (30, 31), 0, 0, 360, 20, 6)
    assert [len(comb) for comb in find_combs(page, HEIGHT)] == [4, 4, 4, 4]


def test_no_box_is_looked_for_beyond_the_page() -> None:
    page = form(["27345", "58206", "49361", "70856"], gap=8)
    assert [len(comb) for comb in find_combs(page[:, : 120 + 5 * (SIDE + 8) + 20], HEIGHT)] == [5, 5, 5, 5]


def test_boxes_that_stand_apart_hold_a_number_each_also_where_it_touches_them() -> None:
    texts = ["2734", "5820", "4936", "7085"]
    for gap in (50, 90):
        words = read(form(texts, gap=gap, high=SIDE - 8, stray=6))
        assert Counter(word.text for word in words) == Counter("".join(texts))


def test_a_rule_of_a_table_between_boxes_parts_them() -> None:
    page = form(["2734", "5820", "4936", "7085"], gap=24)
    assert [len(comb) for comb in find_combs(page, HEIGHT)] == [4] * 4
    x = 120 + 2 * (SIDE + 24) - 12
    cv2.line(page, (x, 40), (x, 460), 60, 2)
    assert [len(comb) for comb in find_combs(page, HEIGHT)] == [2] * 8


@pytest.mark.parametrize("gap", [4, 6, 8])
def test_sides_are_each_box_s_own_where_two_boxes_are_close_together(gap: int) -> None:
    combs = find_combs(scanned(form(["12345678"] * 6, gap=gap)), HEIGHT)
    assert [len(comb) for comb in combs] == [8] * 6
    for comb in combs:
        lefts = 120 + (SIDE + gap) * np.arange(8)
        assert np.abs(comb[:, 0] - lefts).max() <= 2
        assert np.abs(comb[:, 2] - lefts - SIDE).max() <= 2


@pytest.mark.parametrize("wide", [8, 12, 20])
def test_strokes_in_small_cells_are_no_sides_of_theirs(wide: int) -> None:
    """As pieces of letters are that pass for cells: there must be room left in them."""
    lefts = 20 + wide * np.arange(8)
    cells = np.stack([lefts, 0 * lefts + 20, lefts + wide, 0 * lefts + 20 + 18], axis=1).astype(np.int64)
    page = np.full((60, 260), 220, np.uint8)
    for left in lefts.tolist():
        page[20:38, left : left + 2] = page[20:38, left + 4 : left + 6] = 60
    upright = (page < 100).view(np.uint8)
    moved = _at_own_sides(page, Lines(upright, np.zeros_like(upright)), cells)
    assert (moved[:, 2] - moved[:, 0] >= 0.5 * wide).all()


@pytest.mark.parametrize(("shade", "rough"), [(214, 7), (213, 8)])
def test_pale_boxes_on_rough_paper_are_found(shade: int, rough: float) -> None:
    page = form([*TEXTS, *TEXTS], shade=shade, rough=rough)
    assert sum(map(len, find_combs(page, HEIGHT, noise=rough))) >= 0.9 * sum(map(len, [*TEXTS, *TEXTS]))


@pytest.mark.parametrize("rough", [2, 8])
def test_zeros_of_small_print_on_rough_paper_are_no_boxes(rough: float) -> None:
    page = np.full((900, 1000), 225, np.uint8)
    for x, y in product(range(40, 920, 45), range(60, 850, 50)):
        cv2.ellipse(page, (x, y), (9, 14), 0, 0, 360, 60, 2, cv2.LINE_AA)
    cv2.rectangle(page, (920, 840), (936, 866), 60, 1)
    noise = np.random.default_rng(3).normal(0, rough, page.shape)
    scan = np.clip(cv2.GaussianBlur(page, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)
    assert find_combs(scan, 28, noise=max(ROUGH, rough)) == []


@pytest.mark.parametrize(("no_digit", "digits"), [(0.7, 4), (0.99, 3)])
def test_ink_in_all_corners_is_a_cross_only_where_it_is_surely_no_digit(no_digit: float, digits: int) -> None:
    page = form(["x234", "5678", "901 "] * 2)
    paper = relief(page)

    def asked(masks: Sequence[Ink]) -> Probs:
        told = np.zeros((len(masks), 11), np.float32)
        told[:, 2] = 1
        for n, mask in enumerate(masks):
            if mask.shape[1] >= 50:
                told[n, 2], told[n, 10] = 1 - no_digit, no_digit
        return told

    numbers = with_cells(page, paper.ink(), find_combs(page, HEIGHT), [], asked)
    assert sorted(len(number.atoms) for number in numbers) == sorted([digits, 4, 3] * 2)


def test_a_table_of_lone_digits_has_no_combs() -> None:
    page = np.full((700, 900), 225, np.uint8)
    for n in range(10):
        cv2.line(page, (100, 80 + n * SIDE), (100 + 9 * SIDE, 80 + n * SIDE), 60, 2)
        cv2.line(page, (100 + n * SIDE, 80), (100 + n * SIDE, 80 + 9 * SIDE), 60, 2)
    assert find_combs(page, HEIGHT) == []


def test_upright_strokes_in_the_middle_of_a_table_s_cells_are_no_sides_of_boxes() -> None:
    page = np.full((900, 1100), 230, np.uint8)
    for x in range(60, 1050, 120):
        page[60:840, x : x + 2] = 80
    for y in range(60, 850, 60):
        page[y : y + 2, 60:1022] = 80
    table = page.copy()
    for row, y in enumerate(range(60, 800, 60)):
        for column, x in enumerate(range(120, 1000, 120)):
            if (row + column) % 3 == 0:
                page[y + 10 : y + 49, x : x + 3] = 60  # as of a 1, two thirds of the cell high
                table[y : y + 60, x : x + 2] = 80
    assert not find_combs(page, HEIGHT)
    assert len(find_combs(table, HEIGHT)) > 20  # sides of boxes reach their corners


@pytest.mark.parametrize(("size", "height", "found"), [(20, 27, 0), (26, 34, 24)])
def test_frames_lower_than_the_writing_are_boxes_unless_they_are_as_small_as_a_0(
    size: int, height: int, found: int
) -> None:
    page = np.full((500, 700), 225, np.uint8)
    for n in range(24):
        left, top = 60 + 150 * (n % 4) + 20 * (n % 2), 40 + 75 * (n // 4)
        cv2.rectangle(page, (left, top), (left + size * 4 // 5, top + size), 40, 2)
    assert len(np.concatenate([*find_combs(page, height), np.zeros((0, 4))])) == found


@pytest.mark.parametrize("shape", [(1, 1), (12, 300), (300, 12), (200, 200)])
def test_pages_without_anything_have_none(shape: tuple[int, int]) -> None:
    assert find_combs(np.full(shape, 200, np.uint8), HEIGHT) == []


def test_a_hatched_page_is_given_up_soon() -> None:
    page = np.full((2400, 1800), 230, np.uint8)
    page[::9] = 40
    page[:, ::11] = 40
    assert find_combs(page, 20.0) == []


def test_lone_digits_close_together_are_for_a_person() -> None:
    page = np.full((300, 600), 220, np.uint8)
    near, far = [glyph(100), glyph(160)], glyph(400)
    wide = CandidateWord(
        (*near[0].atoms, Atom(near[1].box, near[1].atoms[0].mask)), near[0].box.union(near[1].box)
    )
    marked = marked_close(page, [*near, far], 50)
    assert [word.crowded for word in marked] == [True, True, False]
    assert not marked_close(page, [wide, far], 50)[0].crowded
    cv2.line(page, (145, 0), (145, 299), 60, 2)  # a rule of a table between them
    assert not any(word.crowded for word in marked_close(page, near, 50))


def digits(*lefts: int, top: int = 100) -> CandidateWord:
    """A word of digits at these px."""
    own = [glyph(left, top) for left in lefts]
    return CandidateWord(tuple(atom for word in own for atom in word.atoms), own[0].box.union(own[-1].box))


@pytest.mark.parametrize(
    ("one", "other", "doubtful"),
    [
        ((100, 160), (225,), True),  # the next digit of it, perhaps
        ((100,), (165, 225), True),
        ((100, 140), (210,), False),  # farther apart than its digits are
        ((100, 160), (225, 285), True),
        ((100, 150), (220, 270), False),
        ((100, 195), (300, 395), True),  # far apart, but evenly
        ((100, 150), (250, 300), False),
    ],
)
def test_numbers_whose_digits_go_on_in_the_next_word_are_for_a_person(
    one: tuple[int, ...], other: tuple[int, ...], doubtful: bool
) -> None:
    page = np.full((300, 600), 220, np.uint8)
    marked = marked_close(page, [digits(*other), digits(*one)], 50)
    assert [word.crowded for word in marked] == [doubtful] * 2


@pytest.mark.parametrize(
    ("rows", "digit", "doubtful"), [(3, 7, True), (2, 7, False), (3, 1, False), (3, 10, False)]
)
def test_rules_between_digits_that_stand_evenly_may_be_a_ledgers(
    rows: int, digit: int, doubtful: bool
) -> None:
    page, rule = np.full((600, 600), 220, np.uint8), Box(152, 0, 155, 600)
    words = [
        word for row in range(rows) for word in (digits(100, top=100 * row), digits(165, 225, top=100 * row))
    ]

    def sees(masks: Sequence[Ink]) -> Probs:
        return np.eye(11, dtype=np.float32)[[digit] * len(masks)]

    marked = marked_close(page, words, 50, [rule], judge=sees)
    assert [word.crowded for word in marked] == [doubtful] * 2 * rows
    assert not any(word.crowded for word in marked_close(page, words, 50, [rule]))


@pytest.mark.parametrize(("wide", "doubtful"), [(8, True), (30, False)])
def test_what_begins_with_a_point_close_behind_a_number_is_for_a_person(wide: int, doubtful: bool) -> None:
    page = np.full((300, 600), 220, np.uint8)
    one, other = digits(100, 160), digits(262, 322)
    point = Box(248 - wide // 2, one.box.bottom - 8, 248 + wide // 2, one.box.bottom)  # or a dash
    whole = replace(
        other,
        atoms=(Atom(point, np.ones((8, wide), bool)), *other.atoms),
        box=point.union(other.box),
    )
    assert [word.crowded for word in marked_close(page, [one, whole], 50)] == [doubtful] * 2
    assert not any(word.crowded for word in marked_close(page, [one, other], 50))


def with_point(word: CandidateWord, left: int, *, before: bool) -> CandidateWord:
    """A word and a point at its foot, before or behind it."""
    mark = Atom(Box(left, word.box.bottom - 8, left + 8, word.box.bottom), np.ones((8, 8), bool))
    atoms = (mark, *word.atoms) if before else (*word.atoms, mark)
    return replace(word, atoms=atoms, box=word.box.union(mark.box))


@pytest.mark.parametrize(("left", "doubtful"), [(185, True), (230, False)])
def test_what_goes_on_right_behind_a_point_is_for_a_person_whatever_stands_between(
    left: int, doubtful: bool
) -> None:
    page = np.full((300, 600), 220, np.uint8)
    one, other = with_point(digits(100, 130), 165, before=False), digits(left, left + 30)
    rule = [Box(176, 0, 179, 300)]
    assert [word.crowded for word in marked_close(page, [one, other], 50, rule)] == [doubtful] * 2


@pytest.mark.parametrize(("wide", "doubtful"), [(0, False), (4, False), (24, True)])
def test_a_point_right_behind_what_may_be_a_digit_is_for_a_person(wide: int, doubtful: bool) -> None:
    ink = np.zeros((300, 600), bool)
    ink[60:200, 76 : 76 + wide] = True  # a rule, or a digit that something touches
    word = with_point(digits(120, 160), 108, before=True)
    assert [own.crowded for own in marked_after_ink(ink, [word])] == [doubtful]
    assert not marked_after_ink(ink, [digits(120, 160)])[0].crowded


def test_ink_as_high_as_a_digit_that_is_of_no_word_is_seen_beside_one() -> None:
    ink = np.zeros((300, 600), bool)
    ink[104:144, 170:184] = True
    word = digits(100, 130)
    boxes, heights = np.array([word.box], np.float64), np.array([50.0])
    assert beside_lost(boxes, heights, ink, [word.box]).tolist() == [True]
    assert beside_lost(boxes, heights, ink, [word.box, Box(165, 100, 190, 150)]).tolist() == [False]
    ink[104:136] = False  # as low as a mark
    assert beside_lost(boxes, heights, ink, [word.box]).tolist() == [False]


def test_numbers_that_meet_at_a_rule_are_for_a_person() -> None:
    page = np.full((300, 600), 220, np.uint8)
    one, other = digits(100, 130), digits(172, 202)
    rule = Box(one.box.right, 0, other.box.left, 300)
    assert 0 < rule.width <= 12
    assert [word.crowded for word in marked_close(page, [one, other], 50, [rule])] == [True] * 2
    assert not any(word.crowded for word in marked_close(page, [one, other], 50, (), [rule]))  # a sign
    aside = Box(rule.left - 10, 0, rule.left - 6, 300)
    assert not any(word.crowded for word in marked_close(page, [one, other], 50, [aside], [rule]))


def test_what_is_close_before_digits_that_run_over_a_rule_is_for_a_person() -> None:
    page = np.full((300, 600), 220, np.uint8)
    one, other = digits(100, 130), digits(205, 235)
    assert not any(word.crowded for word in marked_close(page, [one, other], 50))
    over = replace(other, overrun=True)
    assert all(word.crowded for word in marked_close(page, [one, over], 50))


def test_lone_digits_far_but_evenly_apart_are_for_a_person() -> None:
    page = np.full((300, 600), 220, np.uint8)
    assert [w.crowded for w in marked_close(page, [glyph(100), glyph(195), glyph(290)], 50)] == [True] * 3
    assert not any(w.crowded for w in marked_close(page, [glyph(100), glyph(195), glyph(310)], 50))
    assert not any(w.crowded for w in marked_close(page, [glyph(100), glyph(195)], 50))
    walls = [Box(170, 0, 172, 300)]
    assert not any(w.crowded for w in marked_close(page, [glyph(100), glyph(195), glyph(290)], 50, walls))


def test_what_stands_in_boxes_apart_is_a_number_each_where_hardly_any_stand_side_by_side() -> None:
    page = np.full((300, 600), 220, np.uint8)
    three = [glyph(100), glyph(195), glyph(290)]
    left, top, right, bottom = three[0].box
    apart = [
        np.array([[left - 10 + x, top - 5 + y, right + 10 + x, bottom + 5 + y]])
        for y in (0, 100)
        for x in (0, 95, 190)
    ]
    assert len(paper_between(apart)) == 4
    assert not any(w.crowded for w in marked_close(page, three, 50, paper_between(apart)))
    combs = [np.concatenate([one, np.add(one, (40, 0, 40, 0))]) for one in apart[3:]]
    assert paper_between([*apart[:3], *combs]) == []
    assert paper_between(apart[:5]) == []


def test_a_table_whose_every_number_touches_its_lines_is_read() -> None:
    """Nothing but the table, with all that touches it, would tell how high the writing is."""
    rng = np.random.default_rng(8)
    page = np.full((560, 900), 225, np.uint8)
    texts = [f"{n}{(7 * n) % 10}{(3 * n + 2) % 10}" for n in range(1, 10)] * 2
    for n in range(7):
        cv2.line(page, (60, 60 + 70 * n), (810, 60 + 70 * n), 60, 3)
    for n in range(4):
        cv2.line(page, (60 + 250 * n, 60), (60 + 250 * n, 480), 60, 3)
    for n, text in enumerate(texts):
        left, top = 100 + 250 * (n % 3), 62 + 70 * (n // 3)
        for m, sign in enumerate(text):
            ink = stroke_master(int(sign), rng, way=0, pen=7, wide=70, loose=0.01)
            ink = np.asarray(cv2.resize(ink, (34, 50), interpolation=cv2.INTER_AREA), np.uint8)
            place = page[top : top + 50, left + 42 * m : left + 42 * m + 34]
            place[:] = np.minimum(place, 225 - (ink.astype(int) * 185 // 255)).astype(np.uint8)
            cv2.line(page, (left + 42 * m + 20, top + 6), (left + 42 * m + 24, top - 4), 40, 5)
    words = recognize_page(Page(page), load_model())
    assert len(words) == len(texts)
    assert sum(word.text == text for word, text in zip(words, texts, strict=True)) >= len(texts) // 2
    assert median(word.box.height for word in words) < 70


def table_on_lines(every: int) -> tuple[NDArray[np.uint8], list[str]]:
    """A large page of small printed numbers that stand on the lines below them, but for one in so many, and what they are."""
    page = np.full((1700, 1250), 235, np.uint8)
    texts = []
    for row, y in enumerate(range(80, 1640, 32)):
        cv2.line(page, (70, y), (1180, y), 70, 2)
        for column, x in enumerate(range(90, 1100, 180)):
            text = str(2358 + 463 * (7 * row + column))[:4]
            foot = y - 6 if every and (row + column) % every == 0 else y + 1
            cv2.putText(page, text, (x, foot), cv2.FONT_HERSHEY_SIMPLEX, 0.75, 40, 1, cv2.LINE_AA)
            texts.append(text)
    return scanned(page), texts


@pytest.mark.parametrize("every", [0, 3], ids=["all touch", "some stand by themselves"])
def test_small_print_that_stands_on_its_lines_keeps_its_height_when_the_page_is_enlarged(every: int) -> None:
    page, texts = table_on_lines(every)
    words = recognize_page(Page(page), load_model())
    right = Counter(word.text for word in words) & Counter(texts)
    assert right.total() >= 0.95 * len(texts)


@pytest.mark.parametrize(("digits_alone", "of_lines"), [(MANY_ALIKE, False), (10, True)])
def test_digits_that_stand_by_themselves_tell_the_height_if_they_are_many(
    digits_alone: int, of_lines: bool
) -> None:
    ink = np.zeros((600, 1200), np.uint8)
    for x in range(40, 1141, 100):
        for y in range(40, 341, 100):
            cv2.rectangle(ink, (x, y), (x + 100, y + 100), 1, 2)
    for n in range(digits_alone):
        x, y = 40 + 30 * (n % 36), 480 + 40 * (n // 36)
        cv2.rectangle(ink, (x, y), (x + 14, y + 23), 1, 4)
    found = find_components(ink.astype(bool))
    writing = Writing(found, 24.0, Rules(ink.astype(bool), (), ()))
    assert _is_of_lines(writing) == of_lines


def test_what_is_left_of_a_digit_before_a_point_puts_the_number_behind_it_before_a_person() -> None:
    page = np.full((300, 600), 230, np.uint8)

    def mark(left: int, top: int, width: int, height: int) -> CandidateWord:
        box = Box(left, top, left + width, top + height)
        return CandidateWord((Atom(box, np.ones((height, width), bool)),), box)

    number, bar, point = digits(180, 220, 260), mark(120, 100, 30, 8), mark(158, 142, 8, 8)
    assert [w.crowded for w in marked_close(page, [bar, point, number], 50)] == [True, False, True]
    assert not any(w.crowded for w in marked_close(page, [bar, number], 50))  # with nothing between, too far
    raised = mark(158, 120, 8, 8)
    assert not any(w.crowded for w in marked_close(page, [bar, raised, number], 50))
    one = digits(108)
    assert [w.crowded for w in marked_close(page, [one, point, number], 50)] == [True, False, True]
    assert not any(w.crowded for w in marked_close(page, [digits(80), point, number], 50))
