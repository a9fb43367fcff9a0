"""Print beside numbers."""

from dataclasses import replace

import numpy as np
import pytest

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.units import numbers_among_letters, without_units


def word(*boxes: tuple[int, int, int, int], in_cells: bool = False) -> CandidateWord:
    atoms = tuple(Atom(Box(*box), np.ones((box[3] - box[1], box[2] - box[0]), bool)) for box in boxes)
    whole = Box(*(f(side) for f, side in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)))
    return CandidateWord(atoms, whole, in_cells=in_cells)


DIGITS = (0, 0, 18, 30), (22, 1, 40, 31), (44, 0, 62, 30)
LETTERS = (68, 13, 78, 30), (80, 18, 90, 36)  # "kg"


def parts(*boxes: tuple[int, int, int, int], in_cells: bool = False) -> list[int]:
    """Of how many atoms the words are that are left of one."""
    return [len(part.atoms) for part in without_units([word(*boxes, in_cells=in_cells)])]


def test_a_unit_behind_a_number_and_a_word_before_it_are_cut_off() -> None:
    before = tuple((left - 100, top, right - 100, bottom) for left, top, right, bottom in LETTERS)
    assert parts(*DIGITS, *LETTERS) == [3, 2]
    assert parts(*before, *DIGITS) == [2, 3]
    assert parts(*before, *DIGITS, *LETTERS) == [2, 3, 2]
    number, unit = without_units([word(*DIGITS, *LETTERS)])
    assert number.box == Box(0, 0, 62, 31)
    assert unit.box == Box(68, 13, 90, 36)


@pytest.mark.parametrize(
    "behind",
    [
        ((68, 13, 78, 30),),  # one low digit
        ((68, 12, 74, 30), (75, 14, 81, 30)),  # the halves of a broken one
        ((68, 2, 78, 14), (80, 2, 90, 14)),  # cents, raised
        ((66, 26, 70, 32), (86, 26, 90, 32)),  # points
        ((68, 4, 82, 30), (84, 5, 98, 30)),  # digits a little lower
    ],
    ids=["one", "halves", "raised", "points", "digits"],
)
def test_what_is_no_print_stays_in_the_number(behind: tuple[tuple[int, int, int, int], ...]) -> None:
    assert parts(*DIGITS, *behind) == [3 + len(behind)]


@pytest.mark.parametrize(("rim", "words"), [(3, 1), (5, 2)], ids=["zeros", "letters with small eyes"])
def test_low_rings_are_zeros_of_the_number(rim: int, words: int) -> None:
    whole = word(*DIGITS, (68, 14, 84, 30), (88, 14, 104, 30))
    ring = np.ones((16, 16), bool)
    ring[rim:-rim, rim:-rim] = False
    atoms = tuple(
        replace(atom, mask=ring) if atom.box.width == atom.box.height else atom for atom in whole.atoms
    )
    assert len(without_units([replace(whole, atoms=atoms)])) == words


def with_ring(
    ring: tuple[int, int, int, int], *others: tuple[int, int, int, int], hole: bool = True
) -> list[int]:
    """The same of three digits, a small ring and what else there is."""
    whole = word(*DIGITS, ring, *others)
    mask = np.ones((ring[3] - ring[1], ring[2] - ring[0]), bool)
    mask[3:-3, 3:-3] = not hole
    atoms = list(whole.atoms)
    atoms[3] = Atom(Box(*ring), mask)
    atoms.sort(key=lambda atom: atom.box.left)
    return [len(part.atoms) for part in without_units([replace(whole, atoms=tuple(atoms))])]


def test_a_degree_sign_is_no_zero_of_its_number() -> None:
    assert with_ring((65, -1, 76, 10)) == [3]
    assert with_ring((65, -1, 76, 10), (80, 0, 98, 30)) == [3, 1], "degrees and what, or minutes"
    assert with_ring((65, -1, 76, 10), hole=False) == [4], "a quotation mark or a piece of a digit"


@pytest.mark.parametrize(
    ("ring", "others"),
    [
        ((65, 12, 76, 23), ()),
        ((65, -1, 81, 15), ()),
        ((65, -1, 90, 10), ()),
        ((65, -1, 76, 10), ((72, 12, 76, 30),)),
        ((78, -1, 89, 10), ((66, 26, 70, 30),)),
    ],
    ids=["too low", "too large", "too wide", "the head of a broken 9", "behind a point"],
)
def test_other_small_rings_stay(
    ring: tuple[int, int, int, int], others: tuple[tuple[int, int, int, int], ...]
) -> None:
    assert with_ring(ring, *others) == [4 + len(others)]


def test_two_rings_are_the_pence_of_an_amount() -> None:
    whole = word(*DIGITS, (65, -1, 76, 10), (79, -1, 90, 10))
    ring = np.ones((11, 11), bool)
    ring[3:-3, 3:-3] = False
    atoms = (*whole.atoms[:3], *(Atom(atom.box, ring) for atom in whole.atoms[3:]))
    assert [len(part.atoms) for part in without_units([replace(whole, atoms=atoms)])] == [5]


def test_digits_in_boxes_are_of_one_number_however_low() -> None:
    assert parts(*DIGITS, *LETTERS, in_cells=True) == [5]


def test_letters_alone_are_one_word() -> None:
    assert parts(*LETTERS, (92, 14, 104, 30)) == [3]


def starts(text: str, *, high: tuple[int, ...] = ()) -> list[int]:
    """Where numbers begin and end in a word: letters and digits 18 px wide and 30 high or as given, 4 px apart, a space for
    12 px more."""
    boxes, glyphs, x = [], text.replace(" ", ""), 0
    for sign in text:
        if sign == " ":
            x += 12
            continue
        boxes.append((x, 30 - (high[len(boxes)] if high else 30), x + 18, 30))
        x += 22
    letters = np.array([sign.isalpha() for sign in glyphs])
    digits = np.array([int(sign) if sign.isdigit() else -1 for sign in glyphs])
    return numbers_among_letters(word(*boxes), letters, digits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Question 27", [8]),
        ("No 14 of 30", [2, 4, 6]),
        ("27 kg", [2]),
        ("Question27", []),  # no space
        ("Bill l0 x", []),  # not all of it digits
        ("all of 1", []),  # a letter as likely
        ("all of 7", [5]),
        ("x 27", []),  # hardly a word
        ("Questions", []),
    ],
)
def test_a_number_behind_a_narrow_space_is_parted_from_its_word(text: str, expected: list[int]) -> None:
    assert starts(text) == expected


def test_letters_that_look_like_digits_are_told_by_their_heights() -> None:
    assert starts("Weather 108", high=(30, 20, 20, 28, 30, 20, 20, 30, 30, 30)) == [7]
    assert starts("Weather 108", high=(30, 20, 20, 28, 30, 20, 20, 30, 20, 30)) == []  # "log"
