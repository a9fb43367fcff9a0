"""Brackets around numbers: taken away in pairs, and nothing else with them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.brackets import is_opening
from batchocr.segmentation.segment import tighten
from tests.pictures import scanned

NUMBERS = ["4082", "1753", "926", "3507", "841", "2930"]
FONT = cv2.FONT_HERSHEY_DUPLEX


def page(opening: str, closing: str) -> NDArray[np.uint8]:
    grey = np.full((700, 600), 235, np.uint8)
    for n, text in enumerate(NUMBERS):
        cv2.putText(grey, opening + text + closing, (100, 100 + 100 * n), FONT, 1.6, 40, 3, cv2.LINE_AA)
    return scanned(grey)


@pytest.mark.parametrize("brackets", ["()", "[]"])
def test_brackets_around_a_number_are_no_digits_and_no_doubt(brackets: str) -> None:
    words = recognize_page(Page(page(*brackets)), load_model())
    assert [word.text for word in words] == NUMBERS
    assert sum(word.status == "ok" for word in words) >= len(NUMBERS) - 1


def test_half_a_pair_is_for_a_person() -> None:
    words = recognize_page(Page(page("(", "")), load_model())
    assert "ok" not in {word.status for word in words}


@pytest.mark.parametrize("text", "0123456789")
def test_no_digit_is_a_bracket(text: str) -> None:
    for font in (FONT, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX):
        mask = glyph(text, font)
        assert not is_opening(mask)
        assert not is_opening(mask[:, ::-1])


def test_brackets_are() -> None:
    for font in (FONT, cv2.FONT_HERSHEY_COMPLEX):
        for text in "([{":
            assert is_opening(glyph(text, font))
            assert not is_opening(glyph(text, font)[:, ::-1])
        for text in ")]}":
            assert is_opening(glyph(text, font)[:, ::-1])


def glyph(text: str, font: int) -> NDArray[np.bool_]:
    ink = np.zeros((160, 160), np.uint8)
    cv2.putText(ink, text, (40, 110), font, 2.0, 1, 4)
    return tighten(ink > 0, 0, 0)[1]
