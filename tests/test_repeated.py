"""Print that many numbers of a page have beside them is taken off; digits that the network does not know are not."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.repeated import Range, left_of, without_repeated
from batchocr.segmentation.segment import Atom, CandidateWord, tighten
from tests.pictures import scanned, word_of

NUMBERS = ("3107", "942", "58", "6613", "270", "48195", "36", "7024", "815", "992")


def glyph(character: str) -> NDArray[np.bool_]:
    page = np.zeros((90, 90), np.uint8)
    cv2.putText(page, character, (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 255, 4)
    return tighten(page > 127, 0, 0)[1]


def ranges(texts: Sequence[str], unknown: str = "") -> list[str]:
    """What is left of each text, where the network takes these characters and all letters for none."""
    words = [word_of(*map(glyph, text)) for text in texts]
    letters = [[not c.isdigit() or c in unknown for c in text] for text in texts]
    digits = [[int(c) if c.isdigit() and c not in unknown else -1 for c in text] for text in texts]
    found = without_repeated(words, letters, digits)
    return [text[own.start : own.stop] for text, own in zip(texts, found, strict=True)]


@pytest.mark.parametrize("unit", ["kg", "m", "EUR"])
@pytest.mark.parametrize("before", [False, True])
def test_print_beside_many_numbers_goes(unit: str, before: bool) -> None:
    texts = [unit + text if before else text + unit for text in NUMBERS]
    assert ranges(texts) == list(NUMBERS)
    assert ranges([*texts, "total", "12cm"]) == [*NUMBERS, "total", "12cm"]


def test_print_beside_few_numbers_stays() -> None:
    texts = [text + "kg" for text in NUMBERS[:5]]
    assert ranges(texts) == texts


def test_a_digit_that_the_network_does_not_know_stays() -> None:
    texts = [text + "5" for text in NUMBERS]
    assert ranges(texts, unknown="5") == texts


def test_a_digit_that_the_network_knows_elsewhere_stays() -> None:
    words = [word_of(*map(glyph, text + "5")) for text in NUMBERS]
    letters = [[False] * len(text) + [True] for text in NUMBERS]
    digits = [[*map(int, text), -1] for text in NUMBERS]
    assert without_repeated(words, letters, digits) == [Range(0, len(text) + 1) for text in NUMBERS]


def test_a_digit_in_pieces_stays() -> None:
    five = glyph("5")
    words = []
    for text in NUMBERS:
        whole = word_of(*map(glyph, text), five)
        *others, last = whole.atoms
        cut = last.box.top + last.box.height * 2 // 5
        upper = Atom(last.box._replace(bottom=cut - 2), last.mask[: cut - 2 - last.box.top])
        lower = Atom(last.box._replace(top=cut), last.mask[cut - last.box.top :])
        words.append(whole.only([*others, upper, lower]))
    letters = [[False] * (len(word.atoms) - 1) + [True] for word in words]
    digits = [[*map(int, text), -1, -1] for text in NUMBERS]
    assert without_repeated(words, letters, digits) == [Range(0, len(word.atoms)) for word in words]


def test_numbers_that_a_slash_begins_stay() -> None:
    texts = [text + "/20" for text in NUMBERS]
    assert ranges(texts) == texts


def test_letters_before_and_behind_one_word_stay() -> None:
    texts = ["No" + text + "kg" for text in NUMBERS]
    assert ranges(texts) == texts


def test_a_word_in_boxes_is_left_alone() -> None:
    words = [
        CandidateWord(word.atoms, word.box, in_cells=True) for word in [word_of(*map(glyph, "12kg"))] * 9
    ]
    assert (
        without_repeated(words, [[False, False, True, True]] * 9, [[1, 2, -1, -1]] * 9) == [Range(0, 4)] * 9
    )


def test_units_are_no_part_of_what_is_read() -> None:
    page = np.full((900, 700), 232, np.uint8)
    for n, text in enumerate(NUMBERS):
        cv2.putText(page, text + "kg", (80, 80 + 80 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 40, 3, cv2.LINE_AA)
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == list(NUMBERS)
    assert {word.status for word in words} == {"ok"}


@pytest.mark.parametrize(("room", "gap", "doubtful"), [(30, 2, True), (6, 2, False), (30, 12, False)])
def test_a_glyph_that_stands_with_the_print_and_far_from_its_number_is_for_a_person(
    room: int, gap: int, doubtful: bool
) -> None:
    boxes, x = [], 0
    for wide, behind in ((20, 2), (20, gap), (6, room), (24, 6), (24, 0)):  # as of Tel. 37, without its point
        boxes.append(Box(x, 0, x + wide, 40))
        x += wide + behind
    atoms = tuple(Atom(box, np.ones((40, box.width), bool)) for box in boxes)
    word = CandidateWord(atoms, Box(0, 0, x, 40))
    assert left_of(word, Range(2, 5)).crowded == doubtful
    assert left_of(word, Range(2, 5)).atoms == atoms[2:]
    mirrored = [Box(x - box.right, 0, x - box.left, 40) for box in boxes[::-1]]
    other = CandidateWord(tuple(Atom(b, np.ones((40, b.width), bool)) for b in mirrored), word.box)
    assert left_of(other, Range(0, 3)).crowded == doubtful
    assert not left_of(word, Range(0, 5)).crowded
    assert not left_of(word, Range(2, 3)).crowded  # nothing but that glyph


def test_a_letter_that_the_network_does_not_know_goes_with_those_behind_it() -> None:
    words = [word_of(*map(glyph, text + "th")) for text in NUMBERS]
    letters = [[False] * (len(text) + 1) + [True] for text in NUMBERS]
    digits = [[*map(int, text), -1, -1] for text in NUMBERS]
    assert without_repeated(words, letters, digits) == [Range(0, len(text)) for text in NUMBERS]


def test_print_beside_numbers_of_few_digits_goes_if_the_page_has_the_others_elsewhere() -> None:
    quarters = [f"Q{n}" for n in (1, 2, 3, 4, 1, 2, 3, 4)]
    assert ranges([*quarters, *NUMBERS]) == [text[1:] for text in quarters] + list(NUMBERS)
    assert ranges(quarters) == quarters
    few = [text for text in NUMBERS if "9" not in text]
    assert ranges([*quarters, *few]) == [*quarters, *few]


def test_a_digit_that_looks_like_others_of_the_page_stays_whatever_it_is_taken_for() -> None:
    own = [f"5{n}" for n in (1, 2, 3, 4, 1, 2, 3, 4)]
    words = [word_of(*map(glyph, text)) for text in (*own, *NUMBERS)]
    letters = [[text in own, *[False] * (len(text) - 1)] for text in (*own, *NUMBERS)]
    digits = [[-1, int(text[1])] if text in own else list(map(int, text)) for text in (*own, *NUMBERS)]
    assert without_repeated(words, letters, digits) == [Range(0, len(text)) for text in (*own, *NUMBERS)]


def test_numbers_behind_print_that_a_space_may_part_are_for_a_person() -> None:
    texts = [f"Q{n}{year}" for n, year in zip("12341234", range(1987, 2027, 5), strict=True)]
    for space, several in ((0, False), (5, True)):
        words = []
        for text in (*texts, *NUMBERS):
            atoms = word_of(*map(glyph, text)).atoms
            apart = [_right_by(atom, space if text in texts and n > 1 else 0) for n, atom in enumerate(atoms)]
            words.append(CandidateWord(tuple(apart), apart[0].box.union(apart[-1].box)))
        letters = [[not c.isdigit() for c in text] for text in (*texts, *NUMBERS)]
        digits = [[int(c) if c.isdigit() else -1 for c in text] for text in (*texts, *NUMBERS)]
        found = without_repeated(words, letters, digits)
        assert found[:8] == [Range(1, 6, several)] * 8
        assert left_of(words[0], found[0]).several == several


def _right_by(atom: Atom, px: int) -> Atom:
    box = atom.box
    return Atom(Box(box.left + px, box.top, box.right + px, box.bottom), atom.mask)
