"""Signs of currency and units beside numbers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from batchocr.elements import Page, Word
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from tests.pictures import scanned

NUMBERS = ["35902", "27486", "60352", "48577", "92036", "58249", "7034", "4825"]
BESIDE = "what stands beside it may be part of it"


def read(texts: list[str]) -> list[Word]:
    """A page of one text a line."""
    page = np.full((120 + 85 * len(texts), 700), 235, np.uint8)
    for n, text in enumerate(texts):
        cv2.putText(page, text, (120, 120 + 85 * n), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
    return recognize_page(Page(scanned(page)), load_model())


@pytest.mark.parametrize(("before", "behind"), [("$", ""), ("#", ""), ("", "R")])
def test_a_sign_that_many_numbers_of_a_page_have_leaves_none_to_a_person(before: str, behind: str) -> None:
    words = read([f"{before}{number}{behind}" for number in NUMBERS])
    assert [word.text for word in words] == NUMBERS
    assert BESIDE not in {word.message for word in words}
    assert [word.status for word in words].count("ok") >= len(NUMBERS) - 1


def test_one_that_few_have_does() -> None:
    plain, signed = NUMBERS[:4], NUMBERS[4:]
    words = read([*plain, *(f"${number}" for number in signed)])
    assert [word.status for word in words] == ["ok"] * 4 + ["review"] * 4
    assert {word.message for word in words[4:]} == {BESIDE}


def test_one_that_stands_within_numbers_too_does() -> None:
    words = read([*(f"{number}R" for number in NUMBERS), "47R23", "85R61"])
    assert {word.message for word in words[: len(NUMBERS)]} == {BESIDE}


def test_strokes_beside_all_numbers_may_be_ones() -> None:
    words = read([f"{number} |" for number in NUMBERS])
    assert {(word.status, word.message) for word in words} == {("review", BESIDE)}
