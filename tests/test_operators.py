"""Signs of arithmetic between numbers: they part them and are digits nowhere; what may be a digit or a letter stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Ink, Page, Probs
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.crosses import is_cross
from batchocr.segmentation.operators import (
    MANY_CROSSES,
    MANY_SIGNS,
    is_of_bars,
    parted_at_operators,
)
from batchocr.segmentation.segment import Atom, CandidateWord, _without_line, tighten
from tests.pictures import ink, scanned

DIGIT = (24, 40)  # px wide and high
Strokes = list[tuple[tuple[int, int], tuple[int, int]]]
PLUS: Strokes = [((12, 0), (12, 24)), ((0, 12), (24, 12))]
TIMES: Strokes = [((1, 1), (23, 23)), ((1, 23), (23, 1))]
EQUALS: Strokes = [((0, 7), (24, 7)), ((0, 17), (24, 17))]
DIVIDE: Strokes = [((0, 12), (24, 12)), ((12, 2), (12, 2)), ((12, 22), (12, 22))]


def drawn(strokes: Strokes, thick: int = 4) -> NDArray[np.bool_]:
    picture = np.zeros((40, 40), np.uint8)
    for (ax, ay), (bx, by) in strokes:
        cv2.line(picture, (ax + 8, ay + 8), (bx + 8, by + 8), 1, thick)
    return tighten(picture > 0, 0, 0)[1]


def word_with(strokes: Strokes, *, raised: int = 8) -> CandidateWord:
    """A digit, what the strokes leave as pieces of ink, and two digits."""
    atoms, wide, high = [], *DIGIT
    for x in (100, 170, 200):
        atoms.append(Atom(Box(x, 100, x + wide, 100 + high), np.ones((high, wide), bool)))
    sign = drawn(strokes).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sign, connectivity=8)
    for n in range(1, count):
        x, y, w, h, _ = (int(v) for v in stats[n])
        box = Box(132 + x, 100 + raised + y, 132 + x + w, 100 + raised + y + h)
        atoms.append(Atom(box, labels[y : y + h, x : x + w] == n))
    atoms.sort(key=lambda atom: atom.box.left)
    return CandidateWord(tuple(atoms), Box(100, 100, 224, 140))


def all_digits(masks: Sequence[Ink]) -> Probs:
    probs = np.zeros((len(masks), 11), np.float32)
    probs[:, 8] = 1
    return probs


def all_letters(masks: Sequence[Ink]) -> Probs:
    probs = np.zeros((len(masks), 11), np.float32)
    probs[:, NOT_A_DIGIT] = 1
    return probs


@pytest.mark.parametrize("strokes", [PLUS, TIMES, EQUALS, DIVIDE])
def test_a_sign_between_digits_parts_them(strokes: Strokes) -> None:
    word = word_with(strokes)
    parts, signs = parted_at_operators([word], 40, all_digits)
    assert [len(part.atoms) for part in parts] == [1, 2]
    assert len(signs) == len(word.atoms) - 3


@pytest.mark.parametrize(
    "word",
    [
        word_with([((12, 0), (12, 24))]),  # a short 1
        word_with([((0, 12), (24, 12))]),  # a dash, which may belong to the number
        word_with([((0, 3), (24, 3)), ((12, 3), (12, 24))]),  # a T, or a 7
        word_with([((0, 0), (24, 0)), ((12, 18), (12, 20))], raised=-2),  # a 7 whose stem is worn away
        word_with([((0, 0), (24, 0)), ((24, 0), (0, 24)), ((0, 24), (24, 24))]),  # a Z, or a 2
        word_with(EQUALS, raised=30),  # below the digits
        replace(word_with(PLUS), in_cells=True),
    ],
)
def test_other_marks_stay(word: CandidateWord) -> None:
    assert parted_at_operators([word], 40, all_digits) == ([word], [])


@pytest.mark.parametrize(("drop", "signs"), [(0, 3), (5, 2)])
def test_an_equals_sign_that_lost_a_bar_is_told_by_another_of_its_word(drop: int, signs: int) -> None:
    word = word_with(EQUALS)
    bar = word.atoms[2]
    left, top, right, bottom = bar.box
    half = Atom(Box(left + 120, top + drop, right + 120, bottom + drop), bar.mask)
    last = Atom(Box(300, 100, 324, 140), np.ones((40, 24), bool))
    both = word.only([*word.atoms, half, last])
    parts, gone = parted_at_operators([both], 40, all_digits)
    assert len(gone) == signs
    assert [len(part.atoms) for part in parts] == ([1, 2, 1] if signs == 3 else [1, 4])


def blurred() -> CandidateWord:
    """Digits around a plus with a corner that has run full."""
    word = word_with(PLUS)
    box, ink = word.atoms[1].box, word.atoms[1].mask.copy()
    ink[:6, box.width // 2 :][:, :9] = True
    return word.only([word.atoms[0], Atom(box, ink), *word.atoms[2:]])


def test_a_blurred_plus_is_told_by_the_others_of_its_page() -> None:
    parts, gone = parted_at_operators([blurred()], 40, all_digits)
    assert (len(parts), gone) == (1, [])
    parts, gone = parted_at_operators([*[word_with(PLUS)] * MANY_CROSSES, blurred()], 40, all_digits)
    assert len(gone) == MANY_CROSSES + 1
    assert [len(part.atoms) for part in parts] == [1, 2] * (MANY_CROSSES + 1)
    square = word_with(PLUS)
    box = square.atoms[1].box
    square = square.only(
        [square.atoms[0], Atom(box, np.ones((box.height, box.width), bool)), *square.atoms[2:]]
    )
    parts, _ = parted_at_operators([*[word_with(PLUS)] * MANY_CROSSES, square], 40, some_digits)
    assert parts[-1] == replace(square, crowded=True)


def test_a_cross_by_itself_is_no_number() -> None:
    cross = drawn(PLUS)
    box = Box(100, 100, 100 + cross.shape[1], 100 + cross.shape[0])
    parts, signs = parted_at_operators([CandidateWord((Atom(box, cross),), box)], 40, all_digits)
    assert parts == [] and len(signs) == 1
    crossed_out = CandidateWord((Atom(box, cross),), box)
    assert parted_at_operators([crossed_out], 24, all_digits) == (
        [crossed_out],
        [],
    )  # as high as the writing


def far_apart(room: int, height: int = 40) -> CandidateWord:
    """Two digits, then two more so many px further on."""
    lefts = [100, 130, 154 + room, 184 + room]
    atoms = [Atom(Box(x, 100, x + 24, 100 + height), np.ones((height, 24), bool)) for x in lefts]
    return CandidateWord(tuple(atoms), Box(100, 100, 208 + room, 100 + height))


def uneven(n: int) -> CandidateWord:
    """A digit, a plus sign, and two digits each time further away from it."""
    word = word_with(PLUS)
    atoms = [
        replace(a, box=a.box._replace(left=a.box.left + 20 * n, right=a.box.right + 20 * n))
        for a in word.atoms[2:]
    ]
    return word.only([*word.atoms[:2], *atoms])


@pytest.mark.parametrize(("room", "parts"), [(46, [2, 2]), (40, [2, 2]), (30, [4])])
def test_where_signs_are_many_digits_as_far_apart_as_beside_one_are_parted(
    room: int, parts: list[int]
) -> None:
    page = [*[word_with(PLUS)] * MANY_SIGNS, far_apart(room)]
    found, _ = parted_at_operators(page, 40, all_digits)
    assert [len(part.atoms) for part in found[2 * MANY_SIGNS :]] == parts
    assert [part.crowded for part in found] == [False] * 2 * MANY_SIGNS + [len(parts) > 1] * len(parts)


@pytest.mark.parametrize(
    "signs",
    [[word_with(PLUS)] * (MANY_SIGNS - 1), [uneven(n) for n in range(MANY_SIGNS)]],
    ids=["few", "by hand"],
)
def test_where_signs_are_few_or_stand_unevenly_digits_far_apart_are_one_number(
    signs: list[CandidateWord],
) -> None:
    found, _ = parted_at_operators([*signs, far_apart(46)], 40, all_digits)
    assert (len(found[-1].atoms), found[-1].crowded) == (4, False)


def plus_with_thin_bar(high: int) -> Atom:
    mask = np.zeros((high, 19), bool)
    mask[:, 7:12] = True
    mask[high // 2 - 1 : high // 2 + 2] = True
    return Atom(Box(100, 100, 119, 100 + high), mask)


def test_a_plus_sign_is_no_1_with_a_line_through_it() -> None:
    low, high = plus_with_thin_bar(21), plus_with_thin_bar(31)
    assert _without_line(low, 31, 1000) == [low]
    assert [atom.struck for atom in _without_line(high, 31, 1000)] == [True]


def some_digits(masks: Sequence[Ink]) -> Probs:
    """Digits, of which none is clear."""
    probs = np.full((len(masks), 11), 0.05, np.float32)
    probs[:, 8] = 0.5
    return probs


def wide_word(low: bool) -> CandidateWord:
    """A digit and what touches it: a bar amid its height, or as high as it is."""
    ink = np.ones((40, 42), bool)
    if low:
        ink[:16, 24:] = ink[24:, 24:] = False
    wide = Atom(Box(100, 100, 142, 140), ink)
    return CandidateWord((wide,), wide.box)


def test_where_crosses_are_many_what_one_may_touch_is_for_a_person() -> None:
    joined = wide_word(low=True)
    few, _ = parted_at_operators([*[word_with(PLUS)] * (MANY_CROSSES - 1), joined], 40, some_digits)
    many, _ = parted_at_operators([*[word_with(PLUS)] * MANY_CROSSES, joined], 40, some_digits)
    assert not any(part.crowded for part in few)
    assert [part.crowded for part in many] == [False] * 2 * MANY_CROSSES + [True]


@pytest.mark.parametrize(("word", "judge"), [(wide_word(False), some_digits), (wide_word(True), all_digits)])
def test_digits_that_touch_or_are_wide_hold_no_sign(word: CandidateWord, judge: Judge) -> None:
    parts, _ = parted_at_operators([*[word_with(PLUS)] * MANY_CROSSES, word], 40, judge)
    assert parts[-1] == word


@pytest.mark.parametrize(
    ("of", "struck"), [((1,), [False, False]), ((1, 2), [False, True]), ((), [True, True])]
)
def test_a_line_through_a_plus_sign_alone_strikes_nothing_out(
    of: tuple[int, ...], struck: list[bool]
) -> None:
    word = word_with(PLUS)
    atoms = tuple(replace(atom, struck=n in of) for n, atom in enumerate(word.atoms))
    parts, _ = parted_at_operators([replace(word, atoms=atoms, struck=True)], 40, all_digits)
    assert [part.struck for part in parts] == struck


@pytest.mark.parametrize(
    ("blob", "marked"),
    [
        (Box(132, 112, 162, 128), True),  # amid the digits
        (Box(132, 128, 162, 144), False),  # at their feet
        (Box(144, 116, 150, 124), False),  # a point
    ],
)
def test_where_signs_are_many_one_that_has_run_together_is_for_a_person(blob: Box, marked: bool) -> None:
    wide, high = DIGIT
    digits = [Atom(Box(x, 100, x + wide, 100 + high), np.ones((high, wide), bool)) for x in (100, 170)]
    mark = Atom(blob, np.ones((blob.height, blob.width), bool))
    word = CandidateWord((digits[0], mark, digits[1]), Box(100, 100, 170 + wide, 144))
    few, _ = parted_at_operators([word], 40, some_digits)
    many, _ = parted_at_operators([*[word_with(EQUALS)] * MANY_SIGNS, word], 40, some_digits)
    plain, _ = parted_at_operators([*[word_with(EQUALS)] * MANY_SIGNS, word], 40, all_digits)  # a low digit
    assert [few[0].crowded, many[-1].crowded, plain[-1].crowded] == [False, marked, False]


def test_an_x_among_letters_stays() -> None:
    word = word_with(TIMES)
    assert parted_at_operators([word], 40, all_letters) == ([word], [])
    parts, _ = parted_at_operators([word_with(EQUALS)], 40, all_letters)  # no letter is of two bars
    assert len(parts) == 2


def test_crosses_are_told_from_digits() -> None:
    assert is_cross(drawn(PLUS)) and is_cross(drawn(TIMES))
    for digit in "0123456789":
        picture = np.zeros((60, 60), np.uint8)
        cv2.putText(picture, digit, (10, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 1, 4)
        assert not is_cross(tighten(picture > 0, 0, 0)[1])


def test_a_plus_of_small_print_is_a_cross_and_a_small_one_is_not() -> None:
    plus = ink(
        "..##..", "..##..", "..##..", "######", "######", "######", "..##..", "..##..", "..##..", "..##.."
    )
    assert is_cross(plus)
    assert not is_cross(
        ink("..##..", "..##..", "..##..", "..##..", "..##..", "..##..", "..##..", ".###..", "..##..")
    )
    assert not is_cross(ink(".#.", "###", ".#."))


def test_bars_have_a_size_and_a_place() -> None:
    bar = Box(0, 10, 24, 14)
    assert is_of_bars([bar, Box(1, 20, 24, 24)])
    assert is_of_bars([bar, Box(1, 16, 24, 20)])  # close together, as in a scan of small print
    assert not is_of_bars([bar, Box(1, 15, 24, 19)])
    assert is_of_bars([bar, Box(10, 2, 14, 6), Box(10, 18, 14, 22)])
    assert is_of_bars([bar, Box(10, 2, 14, 6)])  # the other point is lost
    assert not is_of_bars([bar, Box(1, 50, 24, 54)])  # far apart
    assert not is_of_bars([bar, Box(1, 20, 10, 24)])  # much narrower
    assert not is_of_bars([bar, Box(0, 2, 4, 6)])  # a point at the bar's end
    assert not is_of_bars([bar, Box(10, 2, 14, 6), Box(10, -6, 14, -2)])  # both points above
    assert not is_of_bars([bar])


def test_a_worksheet_is_read_in_numbers() -> None:
    page = np.full((900, 900), 235, np.uint8)
    texts = []
    for n in range(8):
        x = 100
        for text in (f"{43 + 7 * n}", "+", f"{25 + n}", "=", f"{68 + 8 * n}"):
            cv2.putText(page, text, (x, 90 + 100 * n), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
            x += cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.6, 3)[0][0] + 6
            texts += [text] if text.isdigit() else []
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == texts
    # what stands beyond a sign is no part of a number
    assert sum(word.status == "ok" for word in words) > len(texts) / 2
