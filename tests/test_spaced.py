"""Printed numbers with a space in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.spaced import marked_left_spaced, marked_spaced
from tests.pictures import scanned

HIGH, WIDE, STEP, SPACE = 40, 24, 28, 14


def number(text: str, *, shift: tuple[int, ...] = (), narrow: str = "") -> CandidateWord:
    """Digits at a pitch of print, a space where one is; some of them so many px lower."""
    left, boxes = 40, []
    for character in text:
        if character == " ":
            left += SPACE
            continue
        wide = 8 if character in narrow else WIDE
        inset = (WIDE - wide) // 2
        boxes.append(Box(left + inset, 100, left + inset + wide, 100 + HIGH))
        left += STEP
    for n, down in enumerate(shift):
        boxes[n] = Box(boxes[n].left, 100 + down, boxes[n].right, 100 + HIGH + down)
    atoms = tuple(Atom(box, np.ones((box.height, box.width), bool)) for box in boxes)
    return CandidateWord(atoms, boxes[0].union(boxes[-1]))


@pytest.mark.parametrize(
    ("text", "two"),
    [
        ("3 1990", True),
        ("12 34", True),
        ("1990 2", False),  # a unit as likely
        ("1990 200", True),
        ("12 345", False),  # thousands
        ("123 456", False),
        ("1990", False),
        ("3 1", False),  # too few to tell
    ],
)
def test_a_space_that_parts_no_thousands_may_part_two_numbers(text: str, two: bool) -> None:
    assert [word.crowded for word in marked_spaced([number(text)])] == [two]


def test_a_narrow_space_tells_in_what_is_left_of_a_word_with_letters() -> None:
    *others, last = number("4 1990", narrow="1").atoms
    word = number("4 1990").only([others[0], *(_moved(atom, -12) for atom in (*others[1:], last))])
    assert [found.crowded for found in marked_spaced([word])] == [False]
    assert marked_left_spaced(word).several
    assert not marked_left_spaced(number("41990")).several


def _moved(atom: Atom, px: int) -> Atom:
    left, top, right, bottom = atom.box
    return replace(atom, box=Box(left + px, top, right + px, bottom))


def test_what_has_a_box_to_itself_is_one_number() -> None:
    word = replace(number("3 1990"), alone_in=Box(0, 60, 400, 180))
    assert marked_spaced([word]) == [word]


def test_the_room_beside_a_one_is_no_space() -> None:
    assert not marked_spaced([number("41117", narrow="1")])[0].crowded


def test_what_is_written_by_hand_stands_unevenly() -> None:
    assert not marked_spaced([number("3 1990", shift=(0, 5, -4, 6, 0))])[0].crowded


def test_a_gap_much_wider_than_others_tells_there_too_beside_narrow_digits() -> None:
    word = number("1 9906", narrow="1")
    narrow = word.only([word.atoms[0], *(_moved(atom, -13) for atom in word.atoms[1:])])
    assert not marked_spaced([narrow])[0].crowded
    assert marked_left_spaced(narrow).several


def test_two_printed_numbers_a_space_apart_are_for_a_person_and_the_page_stays_upright() -> None:
    font = ImageFont.load_default(28)
    image = Image.new("L", (900, 700), 235)
    draw = ImageDraw.Draw(image)
    for n in range(9):
        draw.text((80, 60 + 66 * n), f"{n % 4 + 2} {1987 + 3 * n}", font=font, fill=50)
        draw.text((480, 60 + 66 * n), f"{5283 + 371 * n}", font=font, fill=50)
    words = recognize_page(Page(scanned(np.asarray(image))), load_model())
    assert {f"{5283 + 371 * n}" for n in range(9)} <= {word.text for word in words}
    assert not any(word.status == "ok" for word in words if word.box.left < 400 and len(word.text) == 5)
