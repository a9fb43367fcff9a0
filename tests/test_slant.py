"""Printed slashes, letters and bars, which pass for ones."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.consensus import MOST_LEAD, Opinion
from batchocr.decode import Decoded
from batchocr.elements import Box, Page, Reading
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.segment import Atom, CandidateWord, tighten
from batchocr.slant import ones_checked

SURE = Opinion(-0.01, True, MOST_LEAD)
NUMBERS = ("10", "12", "26", "31", "8", "15", "23", "5")
OUT_OF = ("/20", "/18", "/25", "/30", "/9", "/16", "/28", "/23")


def drawn(
    sign: str, lean: float, shear: float, bend: np.random.Generator | None, thick: int = 4
) -> NDArray[np.bool_]:
    """A glyph 40 px high; a slash of that lean and so many px thick, digits sheared, and bent if by hand."""
    canvas = np.zeros((120, 160), np.uint8)
    if sign == "/":
        cv2.line(canvas, (50, 90), (50 + round(40 * lean), 50), 255, thick)
    else:
        cv2.putText(canvas, sign, (50, 88), cv2.FONT_HERSHEY_DUPLEX, 1.3, 255, 3)
        across = bend.normal(0, 0.25, (2, 2)) if bend else np.zeros((2, 2))
        matrix = np.eye(2) + np.array([[0, -shear], [0, 0]]) + across
        offset = np.array([70, 70]) - matrix @ np.array([70, 70])
        canvas = cv2.warpAffine(canvas, np.column_stack([matrix, offset]), (160, 120))
    return np.asarray(canvas > 127, bool)


def read(
    texts: Sequence[str], lean: float = 0.4, shear: float = 0.0, by_hand: bool = False, thick: int = 4
) -> tuple[list[CandidateWord], list[tuple[Decoded, Opinion]]]:
    """Words and what was read, slashes as ones."""
    bend = np.random.default_rng(4) if by_hand else None
    words, weighed = [], []
    for n, text in enumerate(texts):
        pieces = [
            tighten(drawn(sign, lean, shear, bend, thick), 50 * k, 100 * n) for k, sign in enumerate(text)
        ]
        atoms = tuple(Atom(box, mask) for box, mask in pieces)
        box = Box(atoms[0].box.left, 100 * n, atoms[-1].box.right, 100 * n + 100)
        spelt = text.replace("/", "1")
        readings = tuple(Reading(c, 0.99, "7", 0.01, a.box) for c, a in zip(spelt, atoms, strict=True))
        words.append(CandidateWord(atoms, box))
        weighed.append((Decoded(spelt, readings, 0.99, 0, 0, 0, 0, box), SURE))
    return words, weighed


def texts(
    words: Sequence[CandidateWord], weighed: Sequence[tuple[Decoded, Opinion]]
) -> list[tuple[str, bool]]:
    found = ones_checked(words, list(weighed))
    return [(string.text, opinion.slash) for string, opinion in found if string and opinion]


def test_a_stroke_that_leans_as_no_one_of_the_page_does_is_left_out() -> None:
    found = texts(*read([*NUMBERS, *OUT_OF, "1/2"]))
    assert found[:8] == [(number, False) for number in NUMBERS]
    assert found[8:] == [(number[1:], True) for number in OUT_OF] + [("12", True)]


def test_a_bold_slash_is_one_where_the_ones_are_as_wide() -> None:
    found = texts(*read([*NUMBERS, *OUT_OF], lean=0.5, thick=8))
    assert found[8:] == [(number[1:], True) for number in OUT_OF]


@pytest.mark.parametrize(("lean", "doubtful"), [(0.4, True), (0.25, False)])
def test_where_no_one_stands_upright_it_stays_and_a_person_decides(lean: float, doubtful: bool) -> None:
    found = texts(*read(["20", "23", "26", "28", "50", "56", "/20", "/38"], lean))
    assert found[-2:] == [("120", doubtful), ("138", doubtful)]
    assert not any(slash for _, slash in found[:-2])


@pytest.mark.parametrize(
    "page",
    [
        read([*NUMBERS, *OUT_OF], 0.1),
        read([*NUMBERS, *OUT_OF], 0.4, shear=0.35),
        read([*NUMBERS, *OUT_OF], by_hand=True),
        read(["10", "/20"]),
        read(["/", "//"]),
        ([], []),
    ],
    ids=["upright", "italics", "by hand", "too little to tell", "nothing else", "empty"],
)
def test_other_ones_stay(page: tuple[list[CandidateWord], list[tuple[Decoded, Opinion]]]) -> None:
    words, weighed = page
    assert texts(words, weighed) == [(string.text, False) for string, _ in weighed]


@pytest.mark.parametrize(("by_hand", "place"), [(False, 2), (True, None)])
def test_a_bar_among_ones_with_serifs_is_for_a_person(by_hand: bool, place: int | None) -> None:
    words, weighed = read([*NUMBERS, "44/"], 0.0, by_hand=by_hand)
    found = ones_checked(words, list(weighed))
    assert [string.text for string, _ in found if string] == [*NUMBERS, "441"]
    assert [opinion.bar for _, opinion in found if opinion] == [None] * len(NUMBERS) + [place]


@pytest.mark.parametrize(("shear", "expected"), [(0.5, ["315", "612"]), (0.0, ["35", "62"])])
def test_leaning_ones_beside_digits_unlike_the_print_of_a_form_stay(
    shear: float, expected: list[str]
) -> None:
    printed, of_print = read(NUMBERS * 2)
    written, by_hand = read(["3/5", "6/2"], shear=shear)
    found = texts([*printed, *written], [*of_print, *by_hand])
    assert [text for text, _ in found[-2:]] == expected


def test_what_was_not_read_stays_so() -> None:
    words, weighed = read([*NUMBERS, "/20"])
    assert ones_checked([words[0], *words], [(None, None), *weighed])[0] == (None, None)


@pytest.mark.parametrize(("head", "foot_of"), [(36, 4), (25, -2)], ids=["higher than the digits", "as high"])
def test_marks_out_of_so_many_are_read_without_their_slash_for_a_person_to_see_if_it_may_be_a_1(
    head: int, foot_of: int
) -> None:
    page = np.full((900, 900), 240, np.uint8)
    for n, (number, marks) in enumerate(zip(NUMBERS, OUT_OF, strict=True)):
        foot = 100 + 90 * n
        cv2.putText(page, number, (80, foot), cv2.FONT_HERSHEY_DUPLEX, 1.3, 40, 3)
        cv2.line(page, (400, foot + foot_of), (416, foot - head), 40, 4, cv2.LINE_AA)
        cv2.putText(page, marks[1:], (428, foot), cv2.FONT_HERSHEY_DUPLEX, 1.3, 40, 3)
    words = recognize_page(Page(np.asarray(cv2.GaussianBlur(page, (0, 0), 0.7), np.uint8)), load_model())
    out_of = [word for word in words if word.box.left > 300]
    assert [word.text for word in out_of] == [marks[1:] for marks in OUT_OF]
    if foot_of < 0:
        assert {word.status for word in out_of} == {"review"}
    else:
        assert sum(word.status == "ok" for word in out_of) > len(out_of) / 2
