"""Digits in boxes of their own are one number, and writing larger than the print around it is read."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Ink, Page, Probs, Word
from batchocr.imaging.rules import Rules
from batchocr.network.model import load_model
from batchocr.network.synthesis import stroke_master
from batchocr.pages import load_page
from batchocr.pipeline import recognize_page
from batchocr.segmentation.boxes import LOOKED_AT, digits_height, holds_boxes, is_boxed, joined
from batchocr.segmentation.components import find_components, is_outline, writing_height
from batchocr.segmentation.larger import larger_height, with_boxed, without_boxes
from batchocr.segmentation.leftovers import outlines
from batchocr.segmentation.segment import Atom, CandidateWord, Segmentation

SAMPLES = Path(__file__).parents[1] / "samples"
HEIGHT, SIDE, PITCH = 50, 84, 100  # px of a digit, of its box, and from box to box


def glyph(left: int, top: int = 100, width: int = 30, height: int = HEIGHT) -> CandidateWord:
    box = Box(left, top, left + width, top + height)
    return CandidateWord((Atom(box, np.ones((height, width), bool)),), box)


def boxed_page(count: int, *, rule_after: int | None = None) -> NDArray[np.uint8]:
    """Pale boxes side by side, a rule of a table between two of them."""
    page = np.full((400, 120 + count * PITCH), 220, np.uint8)
    for n in range(count):
        left = 60 + n * PITCH
        cv2.rectangle(page, (left, 84), (left + SIDE, 84 + SIDE), 195, 2)
    if rule_after is not None:
        x = 60 + rule_after * PITCH - (PITCH - SIDE) // 2
        cv2.line(page, (x, 0), (x, 399), 60, 2)
    return page


def digits_in(count: int) -> list[CandidateWord]:
    return [glyph(60 + n * PITCH + 26) for n in range(count)]


def boxes_of(words: list[CandidateWord]) -> list[tuple[int, int]]:
    return sorted((word.box.left, word.box.right) for word in words)


def test_digits_in_boxes_side_by_side_are_one_word() -> None:
    (word,) = joined(boxed_page(4), digits_in(4), HEIGHT)
    assert len(word.atoms) == 4
    assert (word.box.left, word.box.right) == (86, 86 + 3 * PITCH + 30)


def test_digits_in_the_cells_of_a_comb_are_one_word() -> None:
    page = np.full((400, 700), 220, np.uint8)
    cv2.rectangle(page, (60, 84), (60 + 5 * PITCH, 84 + SIDE), 60, 2)
    for n in range(1, 5):
        cv2.line(page, (60 + n * PITCH, 84), (60 + n * PITCH, 84 + SIDE), 60, 2)
    words = [glyph(95 + n * PITCH) for n in range(5)]
    (word,) = joined(page, words, HEIGHT)
    assert len(word.atoms) == 5
    assert not holds_boxes(page, words[:4], HEIGHT, by_width)  # too few to tell
    assert holds_boxes(page, words, HEIGHT, by_width)


def test_paper_around_larger_writing_hides_boxes_and_no_other_word() -> None:
    grey = np.full((260, 400), 220, np.uint8)
    larger, other = replace(glyph(100), usual_height=float(HEIGHT)), glyph(104, top=165, height=30)
    for word in (larger, other):
        box = word.box
        grey[box.top : box.bottom, box.left : box.right] = 40
    cv2.rectangle(grey, (88, 88), (142, 158), 90, 2)
    cleaned = without_boxes(grey, [larger, other])
    assert (cleaned[100:150, 100:130] == 40).all()
    assert (cleaned[165:195, 104:134] == 40).all()
    assert (cleaned[88:158, 88:90] == 220).all() and (cleaned[157:159, 90:140] == 220).all()
    assert np.array_equal(without_boxes(grey, [glyph(100), other]), grey)


def test_without_boxes_they_are_words_of_their_own() -> None:
    words = digits_in(4)
    assert boxes_of(joined(np.full((400, 600), 220, np.uint8), words, HEIGHT)) == boxes_of(words)


def test_a_rule_of_a_table_parts_them() -> None:
    found = joined(boxed_page(6, rule_after=3), digits_in(6), HEIGHT)
    assert [len(word.atoms) for word in found] == [3, 3]


def test_so_does_one_that_ends_with_the_table() -> None:
    page = boxed_page(6, rule_after=3)
    page[190:] = 220
    assert [len(word.atoms) for word in joined(page, digits_in(6), HEIGHT)] == [3, 3]


def test_the_rules_of_a_table_are_no_boxes() -> None:
    page = np.full((400, 600), 220, np.uint8)
    for n in range(6):
        for x in (54 + n * PITCH, 62 + n * PITCH):  # double rules
            cv2.line(page, (x, 0), (x, 399), 120, 2)
    words = digits_in(5)
    assert boxes_of(joined(page, words, HEIGHT)) == boxes_of(words)
    assert not any(is_boxed(page, word.box, HEIGHT) for word in words)
    assert not holds_boxes(page, words, HEIGHT, by_width)


def test_a_box_left_empty_parts_a_number() -> None:
    words = [word for n, word in enumerate(digits_in(5)) if n != 2]
    assert [len(word.atoms) for word in joined(boxed_page(5), words, HEIGHT)] == [2, 2]


def test_a_page_holds_boxes_where_most_neighbours_have_them_between() -> None:
    words = digits_in(9)
    assert holds_boxes(boxed_page(9), words, HEIGHT, by_width)
    assert not holds_boxes(boxed_page(9), words[:4], HEIGHT, by_width)  # too few to tell
    assert not holds_boxes(np.full((400, 1100), 220, np.uint8), words, HEIGHT, by_width)
    assert not holds_boxes(boxed_page(9), [], HEIGHT, by_width)
    letters = [glyph(60 + n * PITCH + 32, width=12) for n in range(9)]
    assert not holds_boxes(boxed_page(9), letters, HEIGHT, by_width)
    assert is_boxed(boxed_page(9), words[3].box, HEIGHT)


def test_all_words_of_a_page_must_say_that_it_holds_boxes() -> None:
    boxed, plain = digits_in(LOOKED_AT), [glyph(60 + n * PITCH + 26, top=250) for n in range(LOOKED_AT - 1)]
    turns = [word for pair in zip(boxed, plain, strict=False) for word in pair] + boxed[-1:]
    page = boxed_page(LOOKED_AT)  # every second word is looked at first
    assert holds_boxes(page, boxed, HEIGHT, by_width)
    assert not holds_boxes(page, turns, HEIGHT, by_width)


def test_boxes_for_whole_numbers_are_not_boxes_for_digits() -> None:
    page = boxed_page(9)
    words = []
    for n in range(9):
        first, second = glyph(60 + n * PITCH + 8), glyph(60 + n * PITCH + 44)
        words.append(CandidateWord((*first.atoms, *second.atoms), first.box.union(second.box)))
    assert not holds_boxes(page, words, HEIGHT, by_width)
    assert holds_boxes(page, digits_in(9), HEIGHT, by_width)


def by_width(masks: list[Ink]) -> Probs:
    """Wide ink is a digit 5, narrow ink none."""
    probs = np.zeros((len(masks), 11), np.float32)
    for row, mask in zip(probs, masks, strict=True):
        row[5 if mask.shape[1] >= 20 else NOT_A_DIGIT] = 1
    return probs


def looked_at_again(
    page: NDArray[np.uint8], words: list[CandidateWord], *before: CandidateWord, only_boxed: bool
) -> tuple[CandidateWord, ...]:
    """What a page's words are after the second look found these. before: those of the first look."""
    empty = Rules(np.zeros(page.shape, bool), (), ())
    first, again = (Segmentation(tuple(of), HEIGHT, empty) for of in (before, words))
    return with_boxed(page, first, again, by_width, only_boxed=only_boxed).words


def inked(page: NDArray[np.uint8], words: list[CandidateWord]) -> None:
    """Draw the first glyph of each word."""
    for word in words:
        left, top, right, bottom = word.atoms[0].box
        page[top:bottom, left:right] = 40


def test_ink_that_is_no_digit_beside_a_number_is_told_of() -> None:
    page = boxed_page(3)
    crossed = glyph(60 + 32, width=12)
    words = [crossed, *digits_in(3)[1:]]
    inked(page, words)
    found = looked_at_again(page, words, glyph(66, 96, 92, 60), only_boxed=True)
    number = next(word for word in found if word.usual_height)
    assert len(number.atoms) == 2
    assert number.crowded


@pytest.mark.parametrize("touching", [False, True])
def test_what_has_writing_of_its_own_within_is_no_larger_digit(touching: bool) -> None:
    page = np.full((400, 400), 220, np.uint8)
    ring = np.ones((120, 60), bool)
    ring[10:-10, 10:-10] = touching  # else two rings that touch, or a 0 around it
    box = Box(100, 100, 160, 220)
    words = [CandidateWord((Atom(box, ring),), box)]
    page[100:220, 100:160][ring] = 40
    small = glyph(122, 140, 16, 30)
    found = looked_at_again(page, words, small, only_boxed=False)
    assert any(word.usual_height for word in found) == touching
    assert touching or small in found


def test_guides_printed_in_the_boxes_are_left_out() -> None:
    page = boxed_page(3)
    words = digits_in(3)
    guide = Atom(Box(110, 110, 122, 150), np.ones((40, 12), bool))
    words[0] = CandidateWord((*words[0].atoms, guide), Box(86, 100, 122, 150))
    inked(page, words)
    page[110:150, 116:122] = 190
    found = looked_at_again(page, words, only_boxed=True)
    (number,) = found
    assert guide not in number.atoms
    assert len(number.atoms) == 3
    assert not number.crowded


@pytest.mark.parametrize("wide", [100, 212])
def test_boxes_are_not_what_writing_is_as_high_as(wide: int) -> None:
    ink = np.zeros((400, 2300), np.uint8)
    for n in range(9):
        left = 40 + n * (wide + 30)
        cv2.rectangle(ink, (left, 40), (left + wide, 140), 1, 4)
        cv2.rectangle(ink, (left + 40, 64), (left + 64, 114), 1, -1)
    components = find_components(ink > 0)
    assert writing_height(components) == 51
    assert [is_outline(mask) for _, mask in components.cut(np.arange(18))].count(True) == 9
    zero = cv2.ellipse(np.zeros((100, 60), np.uint8), (30, 50), (27, 47), 0, 0, 360, 1, 5)
    assert not is_outline(zero > 0)
    assert outlines(components, 51).sum() == 9


def test_neither_blocks_nor_charts_are_what_writing_is_as_high_as() -> None:
    ink = np.zeros((1000, 1300), np.uint8)
    for n in range(9):
        left = 60 + n * 130
        cv2.rectangle(ink, (left, 600 - 20 * (n % 3)), (left + 60, 900), 1, -1)
        cv2.ellipse(ink, (left + 10, 560), (8, 14), 0, 0, 360, 1, 3)
        cv2.ellipse(ink, (left + 40, 560), (8, 14), 0, 0, 360, 1, 3)
    assert writing_height(find_components(ink > 0)) == pytest.approx(32, abs=2)
    # the axes of bars that are one component then, with figures in its box
    cv2.line(ink, (20, 900), (500, 900), 1, 5)
    cv2.line(ink, (20, 400), (20, 900), 1, 5)
    cv2.line(ink, (560, 900), (1200, 900), 1, 5)
    cv2.line(ink, (560, 400), (560, 900), 1, 5)
    assert writing_height(find_components(ink > 0)) == pytest.approx(32, abs=2)


def test_circles_of_a_drawing_are_not_what_writing_is_as_high_as() -> None:
    ink = np.zeros((1000, 1300), np.uint8)
    for n in range(12):
        cv2.circle(ink, (80 + n * 100, 300), 30 + n % 3, 1, 3)
        cv2.ellipse(ink, (70 + n * 100, 560), (7, 11), 0, 0, 360, 1, 3)
        cv2.ellipse(ink, (90 + n * 100, 560), (7, 11), 0, 0, 360, 1, 3)
    assert writing_height(find_components(ink > 0)) == pytest.approx(26, abs=2)
    ink[500:] = 0
    assert writing_height(find_components(ink > 0)) == 0
    pen = np.zeros((1000, 1300), np.uint8)
    for n in range(12):
        cv2.ellipse(pen, (80 + n * 100, 300), (26, 32), 0, 0, 360, 1, 7)
    assert writing_height(find_components(pen > 0)) == pytest.approx(71, abs=2)


def test_blocks_alone_tell_a_height() -> None:
    ink = np.zeros((400, 1300), np.uint8)
    for n in range(9):
        cv2.rectangle(ink, (40 + 100 * n, 100), (56 + 100 * n, 139), 1, -1)  # ones
        if n:
            cv2.circle(ink, (60 + 100 * n, 300), 4, 1, 1)  # specks
    assert writing_height(find_components(ink > 0)) == 40


def test_digits_tell_their_height_among_crosses() -> None:
    crosses = [glyph(n * 100, width=15, height=90) for n in range(9)]
    assert digits_height([*digits_in(5), *crosses], by_width) == HEIGHT
    assert digits_height([*digits_in(3), *crosses], by_width) == 0
    assert digits_height([], by_width) == 0


def test_two_digits_side_by_side_that_are_not_joined_are_both_for_a_person() -> None:
    page = boxed_page(2)
    words = digits_in(2)
    inked(page, words)
    page[:, words[0].box.right + 3 : words[1].box.left - 3] = 220  # the sides between them are worn away
    page[60:200, 70:72] = page[84:168, -76:-74] = 190
    found = looked_at_again(page, words, only_boxed=False)
    assert [word.crowded for word in found] == [True, True]
    cv2.line(page, (152, 0), (152, 399), 60, 2)  # but for a rule of the table
    found = looked_at_again(page, words, only_boxed=False)
    assert [word.crowded for word in found] == [False, False]


def test_the_height_of_larger_digits_is_that_of_the_most_alike() -> None:
    tall = [glyph(0, width=30, height=h).atoms[0] for h in (60, 62, 64, 66, 120, 200)]
    assert larger_height(tall, by_width) == 63
    assert larger_height(tall[2:], by_width) == 0  # two alike only
    assert larger_height([glyph(0, width=10, height=60).atoms[0]] * 6, by_width) == 0
    assert larger_height([], by_width) == 0


def form_in_small_print(numbers: list[str]) -> NDArray[np.uint8]:
    """Lines of small print, and numbers several times as high."""
    rng = np.random.default_rng(7)
    page = np.clip(rng.normal(235, 1.5, (1500, 1200)), 0, 255).astype(np.uint8)
    for n in range(32):
        line = "the voters of this ward were asked to write below, with a pen and in the space that is left, how many"
        cv2.putText(page, line, (40, 40 + n * 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, 60, 1, cv2.LINE_AA)
    for row, number in enumerate(numbers):
        for n, digit in enumerate(number):
            drawn = stroke_master(int(digit), rng, way=0, pen=7, wide=70, loose=0.01)
            tall = cv2.resize(drawn, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            top, left = 640 + row * 130, 200 + row * 37 + round(n * (50 + 2 * row))
            window = page[top : top + tall.shape[0], left : left + tall.shape[1]]
            window[:] = np.minimum(window, 235 - (tall.astype(int) * 200 // 255)).astype(np.uint8)
    return page


def test_large_numbers_on_a_form_in_small_print_are_read_whole() -> None:
    numbers = ["5427", "3962", "2735", "4953", "6421"]
    words = recognize_page(Page(form_in_small_print(numbers)), load_model())
    assert [word.text for word in words if word.box.height > 40] == numbers


def test_print_above_and_below_large_numbers_makes_no_rules_through_them() -> None:
    numbers = ["1141", "603417", "8141", "428", "1199", "77", "2130", "511"]
    sentence = "please fill in all the little bills that are still to be paid till the third of this month"
    rng = np.random.default_rng(3)
    page = np.full((80 + 150 * len(numbers), 1000), 232, np.uint8)
    for n, number in enumerate(numbers):
        top, left = 60 + 150 * n, 150 + int(rng.integers(0, 400))
        for line in range(3):
            words = " ".join(rng.choice(sentence.split(), 16))
            cv2.putText(
                page, words, (60, top + 18 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 60, 1, cv2.LINE_AA
            )
        for digit in number:
            wide, drawn_wide = (14, 25) if digit == "1" else (32, 70)
            ink = stroke_master(int(digit), rng, way=0, pen=7, wide=drawn_wide, loose=0.02)
            ink = np.asarray(cv2.resize(ink, (wide, 50), interpolation=cv2.INTER_AREA), np.uint8)
            place = page[top + 54 : top + 104, left : left + wide]
            place[:] = np.minimum(place, 232 - ink // 255 * 190)
            left += wide + 9
    page = np.clip(page + rng.normal(0, 2, page.shape), 0, 255).astype(np.uint8)
    read = [word for word in recognize_page(Page(page), load_model()) if word.box.height > 35]
    assert [word.text for word in read] == numbers
    assert sum(word.status == "ok" for word in read) >= 6


def tally() -> tuple[list[Word], list[dict[str, str]]]:
    with (SAMPLES / "truth.csv").open(newline="", encoding="utf-8") as file:
        truth = [row for row in csv.DictReader(file) if row["source"] == "tally-photo.jpg"]
    return recognize_page(load_page(SAMPLES / "pages" / "tally-photo.jpg"), load_model()), truth


def test_a_photographed_form_gives_a_row_for_each_number_and_none_beside_the_sheet() -> None:
    words, truth = tally()
    assert len(words) == len(truth) == 27
    right = 0
    for row in truth:
        left, top, x, y = (int(row[edge]) for edge in ("left", "top", "right", "bottom"))
        (own,) = (
            word
            for word in words
            if left < (word.box.left + word.box.right) / 2 < x
            and top < (word.box.top + word.box.bottom) / 2 < y
        )
        right += own.text == row["text"]
        assert own.status == "review" or own.text == row["text"]
    assert right >= 26
