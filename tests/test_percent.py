"""Percent signs behind printed numbers: taken away, and no digit with them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.percent import FEWEST, is_percent, without_percents
from batchocr.segmentation.segment import CandidateWord, tighten
from tests.pictures import ink, scanned, word_of

DIGIT = np.ones((40, 24), bool)
NUMBERS = ["42", "17", "926", "35", "8", "290"]


def sign(scale: float = 1.0, *, apart: bool = False) -> NDArray[np.bool_]:
    """As the outline fonts draw it, 40 px high, its circles touching the stroke or apart from it."""
    ink = np.zeros((100, 100), np.uint8)
    high, gap = round(40 * scale), 5 if apart else 0
    cv2.line(ink, (42, 20 + high), (58, 20), 1, 4)
    cv2.ellipse(ink, (42 - gap, 30), (8, 10), 0, 0, 360, 1, 3)
    cv2.ellipse(ink, (58 + gap, 10 + high), (8, 10), 0, 0, 360, 1, 3)
    return tighten(ink > 0, 0, 0)[1]


def test_percentages_are_read_without_their_signs() -> None:
    page = np.full((700, 600), 235, np.uint8)
    for n, text in enumerate(NUMBERS):
        cv2.putText(page, text, (100, 100 + 100 * n), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
        x = 100 + cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.6, 3)[0][0] + 6
        mark = sign()
        page[103 + 100 * n - len(mark) : 103 + 100 * n, x : x + mark.shape[1]][mark] = 40
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == NUMBERS
    assert sum(word.status == "ok" for word in words) >= len(NUMBERS) - 1


@pytest.mark.parametrize("apart", [False, True])
def test_a_sign_is_one(apart: bool) -> None:
    assert is_percent(sign(apart=apart))
    assert not is_percent(sign(apart=apart)[:, ::-1])


@pytest.mark.parametrize("text", ["0", "2", "4", "5", "6", "8", "9", "96", "69", "00", "B"])
def test_no_digit_of_print_is(text: str) -> None:
    ink = np.zeros((160, 260), np.uint8)
    cv2.putText(ink, text, (40, 110), cv2.FONT_HERSHEY_DUPLEX, 2.4, 1, 5)
    assert not is_percent(tighten(ink > 0, 0, 0)[1])


def test_signs_go_where_a_page_has_several() -> None:
    words = [word_of(DIGIT, sign())] * FEWEST + [word_of(DIGIT, DIGIT)]
    left, gone = without_percents(words)
    assert [len(one.atoms) for one in left] == [1] * FEWEST + [2]
    assert len(gone) == FEWEST


def worn() -> NDArray[np.bool_]:
    """A sign whose circles are open: it has no paper all around which is ink."""
    ink = sign()
    ink[:12, 6:9] = False
    ink[-12:, -9:-6] = False
    return ink


def test_worn_signs_go_beside_such_as_are_told_by_their_shape() -> None:
    assert not is_percent(worn())
    words = [word_of(DIGIT, sign())] * FEWEST + [word_of(DIGIT, worn()), word_of(DIGIT, DIGIT)]
    left, gone = without_percents(words)
    assert [len(one.atoms) for one in left] == [1] * (FEWEST + 1) + [2]
    assert len(gone) == FEWEST + 1


def test_glyphs_like_signs_within_numbers_keep_worn_ones_from_being_told() -> None:
    words = [word_of(DIGIT, sign())] * FEWEST + [word_of(DIGIT, worn(), DIGIT), word_of(DIGIT, worn())]
    left, gone = without_percents(words)
    assert [len(one.atoms) for one in left] == [1] * FEWEST + [3, 2]
    assert len(gone) == FEWEST


EIGHT = ink(
    ".......##.......", "..###########...", ".#####..######..", "#####.....#####.", "#####.....#####.",
    "####.......####.", "####.......####.", "#####......####.", "#####.....#####.", ".#####....####..",
    "..##########....", "..##########....", "...#########....", "...##########...", "..####..######..",
    ".####.....#####.", "#####.....#####.", "####.......#####", "####.......#####", "####.......#####",
    "#####......#####", "#####.....#####.", ".######..#####..", "..###########...", ".....####.......",
)  # fmt: skip


def test_an_8_behind_a_plus_sign_is_no_percent_sign_with_it() -> None:
    plus = np.zeros((14, 15), bool)
    plus[6:8] = plus[:, 6:8] = True
    word = word_of(EIGHT, plus, EIGHT, gap=2)
    raised = replace(word.atoms[1], box=word.atoms[1].box._replace(top=80, bottom=94))
    words = [word.only([word.atoms[0], raised, word.atoms[2]])] * FEWEST
    assert without_percents(words) == (words, [])


@pytest.mark.parametrize(
    "words",
    [
        [word_of(DIGIT, sign())] * (FEWEST - 1),
        [word_of(DIGIT, sign(1 + 0.08 * n)) for n in range(FEWEST)],  # 8s by hand differ in size
        [word_of(DIGIT, sign()), word_of(DIGIT, sign(), DIGIT)] * FEWEST,  # and stand within numbers
    ],
)
def test_what_may_be_eights_stays(words: list[CandidateWord]) -> None:
    assert without_percents(words) == (words, [])
