"""Print whose words stand close."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from batchocr.elements import Box, Ink, Page, Probs
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.spaces import parted_at_spaces
from tests.pictures import scanned

HIGH, LOW, WIDE, GAP, SPACE = 40, 28, 24, 4, 18
HANGING = "gpqy"


def print_(text: str, top: int = 0, *, space: int = SPACE, narrow: str = "", wave: int = 0) -> CandidateWord:
    """Glyphs of print on one line: capitals and digits high, other letters low, and some hanging below it; `wave`: every other so
    many px lower, as by hand."""
    left, boxes = 40, []
    for n, character in enumerate(text):
        if character == " ":
            left += space
            continue
        high = LOW if character.islower() and character not in "bdfhklt" else HIGH
        foot = top + HIGH + (10 if character in HANGING else 0) + wave * (n % 2)
        wide = 8 if character in narrow else WIDE
        inset = (WIDE - wide) // 2
        boxes.append(Box(left + inset, foot - high, left + inset + wide, foot))
        left += WIDE + GAP
    atoms = tuple(Atom(box, np.ones((box.height, box.width), bool)) for box in boxes)
    return CandidateWord(
        atoms, Box(boxes[0].left, min(b.top for b in boxes), boxes[-1].right, max(b.bottom for b in boxes))
    )


def prose(lines: int = 12, *, space: int = SPACE, wave: int = 0) -> list[CandidateWord]:
    return [print_("Page of some paper", 100 * n, space=space, wave=wave) for n in range(lines)]


def judge(masks: Sequence[Ink]) -> Probs:
    """Takes what is as high as a digit for one, and nothing else."""
    kinds = [1 if len(mask) == HIGH else 10 for mask in masks]
    return np.eye(11, dtype=np.float32)[kinds].reshape(-1, 11)


def nothing(masks: Sequence[Ink]) -> Probs:
    """Takes nothing for a digit."""
    return np.tile(np.eye(11, dtype=np.float32)[10], (len(masks), 1))


def glyphs(words: Sequence[CandidateWord]) -> list[int]:
    return [len(word.atoms) for word in words]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Page 14 of 37", [4, 2, 2, 2]),
        ("Q3 1990", [2, 4]),
        ("25 37", [2, 2]),
        ("2025", [4]),
        ("12 345 678", [8]),  # thousands
        ("1990 345", [7]),
    ],
)
def test_print_is_parted_where_words_of_its_page_are(text: str, parts: list[int]) -> None:
    found, spaces = parted_at_spaces([*prose(), print_(text, 2000)], judge)
    own = [word for word in found if word.box.top >= 1990]
    assert glyphs(own) == parts
    assert not any(word.crowded for word in own)
    gaps = [(one.box.right, other.box.left) for one, other in pairwise(own)]
    assert [(space.left, space.right) for space in spaces if space.top >= 1990] == gaps


def test_the_room_beside_a_1_is_no_space_and_that_beside_a_narrow_letter_is_one() -> None:
    found, _ = parted_at_spaces([*prose(), print_("2011", 2000, narrow="1")], judge)
    assert glyphs(found[-1:]) == [4]
    found, _ = parted_at_spaces([*prose(), print_("21 1990", 2000, narrow="1")], judge)
    assert glyphs(found[-2:]) == [2, 4]
    found, _ = parted_at_spaces([*prose(), print_("if 37", 2000, space=4, narrow="f")], nothing)
    assert glyphs(found[-2:]) == [2, 2]


def test_numbers_of_several_heights_tell_nothing() -> None:
    own = [print_("1o2 345 6x7 198 a40", 100 * n) for n in range(12)]
    as_digits = parted_at_spaces(own, lambda masks: judge([np.ones((HIGH, WIDE), bool)] * len(masks)))
    assert as_digits == (own, [])
    assert len(parted_at_spaces(own, judge)[0]) > len(own)


@pytest.mark.parametrize(
    "words",
    [
        prose(4),  # too few spaces to tell
        prose(space=3),  # no wider than other gaps
        prose(wave=8),  # by hand
    ],
)
def test_pages_whose_spaces_are_not_known_stay_as_they_are(words: list[CandidateWord]) -> None:
    own = [*words, print_("25 37", 2000)]
    assert parted_at_spaces(own, judge) == (own, [])


def test_years_behind_quarters_are_numbers_by_themselves() -> None:
    font = ImageFont.load_default(26)
    image = Image.new("L", (1200, 900), 235)
    draw = ImageDraw.Draw(image)
    for n in range(16):
        draw.text((80, 40 + 50 * n), f"Page {n + 12} of {n + 30}", font=font, fill=50)
        draw.text((480, 40 + 50 * n), f"Week {n % 4 + 2} {1987 + 2 * n}", font=font, fill=50)
    texts = [word.text for word in recognize_page(Page(scanned(np.asarray(image))), load_model())]
    for n in range(16):
        assert f"{1987 + 2 * n}" in texts
        assert f"{n + 30}" in texts
