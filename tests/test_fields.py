"""What is written in one ruled box is one number, and a word alone in its box is judged as one on a picture of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Ink, Page, Probs, Word
from batchocr.imaging.rules import Rules
from batchocr.network.model import load_model
from batchocr.network.synthesis import stroke_master
from batchocr.pipeline import recognize_page
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.fields import fields_of, with_fields
from batchocr.segmentation.segment import CandidateWord
from tests.test_boxes import glyph

INSIDE = Box(100, 80, 400, 170)  # of the box around glyphs that are 50 px high and stand at row 100
PEN = 4  # px of a rule


def rules(
    *, left: int = INSIDE.left, right: int = INSIDE.right, sides: str = "ltrb", length: float = 1.0
) -> Rules:
    """A box of rules around these columns, of these sides; length: share of each side that is there."""
    top, bottom = INSIDE.top, INSIDE.bottom
    tall, wide = round(length * (bottom - top)), round(length * (right - left))
    upright = {"l": Box(left - PEN, top, left, top + tall), "r": Box(right, top, right + PEN, top + tall)}
    level = {"t": Box(left, top - PEN, left + wide, top), "b": Box(left, bottom, left + wide, bottom + PEN)}
    return Rules(
        np.zeros((300, 900), bool),
        tuple(box for side, box in level.items() if side in sides),
        tuple(box for side, box in upright.items() if side in sides),
    )


def judging(digit: float) -> Judge:
    def judge(masks: Sequence[Ink]) -> Probs:
        probs = np.zeros((len(masks), 11), np.float32)
        probs[:, 3], probs[:, NOT_A_DIGIT] = digit, 1 - digit
        return probs

    return judge


def ink_of(words: Sequence[CandidateWord]) -> Ink:
    ink = np.zeros((300, 900), bool)
    for atom in (atom for word in words for atom in word.atoms):
        ink[atom.box.top : atom.box.bottom, atom.box.left : atom.box.right] |= atom.mask
    return ink


def fielded(words: Sequence[CandidateWord], around: Rules, digit: float = 0.99) -> list[CandidateWord]:
    return with_fields(words, ink_of(words), around, judging(digit))


def with_upright(around: Rules, *more: Box) -> Rules:
    return replace(around, vertical=around.vertical + more)


def test_the_field_is_the_inside_of_four_rules() -> None:
    boxes = np.array([[150, 100, 180, 150], [500, 100, 530, 150]], float)  # one in the box, one beside it
    assert fields_of(boxes, rules()).tolist() == [list(INSIDE), [0, 0, 0, 0]]


@pytest.mark.parametrize("missing", "ltrb")
def test_a_box_that_is_open_on_one_side_is_none(missing: str) -> None:
    boxes = np.array([[150, 100, 180, 150]], float)
    assert not fields_of(boxes, rules(sides="ltrb".replace(missing, ""))).any()
    assert not fields_of(boxes, rules(length=0.6)).any()
    assert fields_of(boxes, rules(length=0.9)).any()


def test_the_nearest_rules_count() -> None:
    inner, outer = rules(left=250), rules()
    both = Rules(inner.ink, inner.horizontal + outer.horizontal, inner.vertical + outer.vertical)
    assert fields_of(np.array([[300, 100, 330, 150]], float), both)[0, 0] == 250
    assert fields_of(np.array([[150, 100, 180, 150]], float), both)[0, [0, 2]].tolist() == [100, 246]


def test_words_in_one_field_are_one_word() -> None:
    words = [glyph(220), glyph(150), glyph(600)]
    joined, other = fielded(words, rules())
    assert [atom.box.left for atom in joined.atoms] == [150, 220]
    assert joined.box == Box(150, 100, 250, 150)
    assert joined.alone_in == INSIDE
    assert other == words[2]


def test_without_a_box_words_stay_apart() -> None:
    words = [glyph(150), glyph(220)]
    assert fielded(words, rules(sides="tb")) == words


def test_letters_in_a_field_are_not_joined_and_it_is_nobodys() -> None:
    words = [glyph(150), glyph(220)]
    assert fielded(words, rules(), digit=0.2) == words


def table_row() -> Rules:
    """The rules of a table's row, whose sides go on above and below it."""
    sides = tuple(Box(side.left, 20, side.right, 290) for side in rules().vertical)
    return Rules(rules().ink, rules().horizontal, sides)


def test_columns_of_a_row_without_upright_rules_stay_apart() -> None:
    words = [glyph(150), glyph(280)]  # 2 heights between them
    assert fielded(words, table_row()) == words


def test_digits_far_apart_in_a_box_of_their_own_go_to_a_person() -> None:
    words = [glyph(150), glyph(280)]
    assert [(word.box, word.crowded) for word in fielded(words, rules())] == [(w.box, True) for w in words]
    wide = [glyph(110), glyph(340)]  # 4 heights: two numbers
    assert fielded(wide, rules()) == wide


def test_a_caption_above_a_number_is_none_of_it() -> None:
    number = [glyph(150, top=115), glyph(220, top=115)]
    caption = [glyph(105 + 12 * n, top=84, width=9, height=24) for n in range(5)]

    def judge(masks: Sequence[Ink]) -> Probs:
        tall = np.array([mask.shape[0] > 30 for mask in masks])
        probs = np.zeros((len(masks), 11), np.float32)
        probs[tall, 3], probs[~tall, NOT_A_DIGIT] = 1, 1
        return probs

    words = [*number, *caption]
    found = with_fields(words, ink_of(words), rules(), judge)
    (joined,) = (word for word in found if len(word.atoms) == 2)
    assert joined.alone_in == INSIDE
    digits = with_fields(words, ink_of(words), rules(), judging(0.99))  # or may it be another number?
    assert [word.alone_in for word in digits if len(word.atoms) == 2] == [None]


def test_a_table_s_worn_rule_parts_two_columns() -> None:
    words = [glyph(150), glyph(220)]
    table = table_row()
    assert len(fielded(words, table)) == 1
    assert fielded(words, with_upright(table, Box(198, 200, 202, 290))) == words
    assert len(fielded(words, with_upright(table, Box(165, 200, 168, 290)))) == 1  # not between them
    assert len(fielded(words, with_upright(rules(), Box(198, 200, 202, 290)))) == 1  # another field's side


def test_a_number_is_not_alone_beside_ink_that_is_none_of_it() -> None:
    word = glyph(150)
    ink = ink_of([word])
    ink[120:124, 300:304] = True  # a speck
    (alone,) = with_fields([word], ink, rules(), judging(0.99))
    assert alone.alone_in == INSIDE
    ink[100:150, 300:314] = True
    assert with_fields([word], ink, rules(), judging(0.99)) == [word]


def test_a_number_that_may_go_on_beyond_its_box_goes_to_a_person() -> None:
    ends_near, beyond = glyph(INSIDE.right - 45), glyph(INSIDE.right + 15)
    found, other = fielded([ends_near, beyond], rules())
    assert found.crowded and found.alone_in is None
    assert other == beyond
    far = glyph(INSIDE.right + 60)  # more than its height away
    assert [word.crowded for word in fielded([ends_near, far], rules())] == [False, False]
    middle = glyph(220)
    assert [word.crowded for word in fielded([middle, beyond], rules())] == [False, False]


def with_two(one: CandidateWord, other: CandidateWord) -> CandidateWord:
    return CandidateWord((*one.atoms, *other.atoms), one.box.union(other.box))


def test_ink_that_touches_the_side_of_a_field_from_without_may_be_its_number_s() -> None:
    word = glyph(INSIDE.right - 45)
    ink = ink_of([word])
    ink[110:140, INSIDE.right + PEN + 2 : INSIDE.right + PEN + 4] = True
    (found,) = with_fields([word], ink, rules(), judging(0.99))
    assert found.crowded


def test_a_number_in_the_next_field_is_no_part_of_this_one() -> None:
    one, next_one = rules(), rules(left=INSIDE.right + PEN, right=700)
    both = Rules(one.ink, one.horizontal + next_one.horizontal, one.vertical + next_one.vertical)
    words = [glyph(INSIDE.right - 45), glyph(INSIDE.right + 20)]
    assert [(word.crowded, word.alone_in is not None) for word in fielded(words, both)] == [(False, True)] * 2


def test_a_mark_in_a_field_stays_a_word_of_its_own() -> None:
    number, point = glyph(150), glyph(300, top=140, width=8, height=8)
    one, other = fielded([number, point], rules())
    assert one.alone_in == INSIDE
    assert other == point


def test_a_field_for_one_digit_or_for_two_lines_is_none() -> None:
    narrow = [glyph(150)]
    assert fielded(narrow, rules(left=140, right=200)) == narrow
    small = [glyph(150, height=20)]
    assert fielded(small, rules()) == small
    stacked = [glyph(150, top=85, height=35), glyph(200, top=130, height=35)]
    assert fielded(stacked, rules()) == stacked


def test_a_box_that_two_large_digits_fill_is_a_field() -> None:
    inside = INSIDE.height * 3 // 2
    pair = with_two(
        glyph(INSIDE.left + 10, top=85, width=50, height=80),
        glyph(INSIDE.left + 70, top=85, width=50, height=80),
    )
    (found,) = fielded([pair], rules(right=INSIDE.left + inside))
    assert found.alone_in is not None


def test_what_stands_in_boxes_for_one_digit_each_is_left_alone() -> None:
    cells = [CandidateWord(glyph(150).atoms, glyph(150).box, in_cells=True)]
    assert fielded(cells, rules()) == cells


def page_of(texts: Sequence[str], *, boxed: bool, in_pairs: bool = False) -> NDArray[np.uint8]:
    """Numbers one below the other, some in a box; a space is a gap 0.8 heights wide. in_pairs: of two digits each that touch."""
    rng = np.random.default_rng(5)
    page = np.full((120 + 140 * len(texts), 900), 230, np.uint8)
    wide, pen = (26, 9) if in_pairs else (32, 7)
    for n, text in enumerate(texts):
        top, x = 90 + 140 * n, 160
        for k, sign in enumerate(text):
            if sign == " ":
                x += 36
                continue
            ink = stroke_master(int(sign), rng, way=0, pen=pen, wide=70, loose=0.01)
            ink = np.asarray(cv2.resize(ink, (wide, 50), interpolation=cv2.INTER_AREA), np.uint8)
            place = page[top : top + 50, x : x + wide]
            place[:] = np.minimum(place, 230 - ink // 255 * 190)
            x += wide - 8 if in_pairs and k % 2 == 0 else wide + 6
        if boxed:
            cv2.rectangle(page, (120, top - 22), (640, top + 72), 60, 4)
    return np.asarray(np.clip(page + rng.normal(0, 2, page.shape), 0, 255), np.uint8)


def read(page: NDArray[np.uint8]) -> list[Word]:
    return recognize_page(Page(page, "form.png", 1), load_model())


def test_a_number_with_a_wide_gap_is_whole_in_a_box_and_only_there() -> None:
    texts = ["4075 836", "2263", "58 947", "903", "7724 65"]
    whole = [text.replace(" ", "") for text in texts]
    assert [word.text for word in read(page_of(texts, boxed=True))] == whole
    assert [word.text for word in read(page_of(texts, boxed=False))] != whole


def test_a_number_alone_in_its_box_is_surer() -> None:
    texts = ["4075", "2263", "58947", "903"]
    boxed, free = (read(page_of(texts, boxed=box)) for box in (True, False))
    assert [word.text for word in boxed] == texts
    assert min(word.confidence for word in boxed) >= min(word.confidence for word in free)


def test_what_stands_in_a_box_is_read_though_each_pair_of_its_digits_looks_like_a_letter() -> None:
    texts = ["472836", "630852", "8264"]
    boxed, free = (read(page_of(texts, boxed=box, in_pairs=True)) for box in (True, False))
    assert [word.text for word in boxed] == texts
    assert texts[0] not in [word.text for word in free]
