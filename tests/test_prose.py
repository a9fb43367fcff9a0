"""Numbers in lines of print."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from batchocr.elements import Box, Page, Probs
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.prose import among_print
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import scanned

HIGH, LOW, WIDE, GAP = 40, 28, 24, 4
Read = tuple[CandidateWord, Probs]


def written(text: str, left: int, top: int, *, high: int = HIGH, uneven: int = 0) -> Read:
    """A word whose capitals, and digits, are so many px high, and what the network says of its glyphs. uneven: every other glyph so
    many px lower."""
    atoms, probs = [], np.zeros((len(text), 11), np.float32)
    for n, character in enumerate(text):
        top_of = top + (0 if character.isdigit() or character.isupper() else high - LOW) + uneven * (n % 2)
        box = Box(left, top_of, left + WIDE, top + high + uneven * (n % 2))
        atoms.append(Atom(box, np.ones((box.height, box.width), bool)))
        probs[n, int(character) if character.isdigit() else 10] = 1
        left += WIDE + GAP
    box = atoms[0].box
    for atom in atoms:
        box = box.union(atom.box)
    return CandidateWord(tuple(atoms), box), probs


def page(lines: int = 12) -> list[Read]:
    """Lines of two words each."""
    return [
        written(word, left, 100 * n) for n in range(lines) for word, left in (("Page", 40), ("some", 400))
    ]


def is_among(own: Read, *others: Read) -> bool:
    read = [own, *others]
    return among_print([word for word, _ in read], [of for _, of in read], [0]) == {0}


def test_a_number_next_to_words_of_a_page_of_print_stands_among_them() -> None:
    assert is_among(written("23", 170, 0), *page())
    assert is_among(written("4", 370, 300), *page())
    assert not is_among(written("23", 170, 0), *page(6))  # too few words to tell
    assert not is_among(written("23", 800, 0), *page())  # far from any


@pytest.mark.parametrize(
    "own",
    [
        written("23", 170, 12),  # on another line
        written("23", 170, -30, high=70),  # larger than the print
        written("23", 170, 0, uneven=8),  # by hand
    ],
)
def test_what_is_not_of_the_print_does_not(own: Read) -> None:
    assert not is_among(own, *page())


def test_a_number_beside_another_may_be_a_part_of_it() -> None:
    assert not is_among(written("23", 170, 0), written("23", 240, 0), *page())
    assert is_among(written("23", 170, 0), written("23", 280, 0), *page())  # too far away for that


def test_what_is_as_high_and_right_beside_it_may_be_its_next_digit() -> None:
    assert not is_among(written("23", 170, 0), written("O", 226, 0), *page())
    assert is_among(written("23", 170, 0), written("th", 226, 0), *page())


def test_what_a_page_of_text_says_of_its_numbers_is_sure() -> None:
    font = ImageFont.load_default(30)
    image = Image.new("L", (1400, 1100), 235)
    draw = ImageDraw.Draw(image)
    for n in range(16):
        draw.text((80, 60 + 60 * n), f"Sheet {n + 12} of {n + 30} has {n + 51} names", font=font, fill=50)
    words = recognize_page(Page(scanned(np.asarray(image))), load_model())
    own = {f"{n + first}" for n in range(16) for first in (12, 30, 51)}
    sure = {word.text for word in words if word.status == "ok"}
    assert sure <= own
    assert len(sure) >= 0.9 * len(own)
