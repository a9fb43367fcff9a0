"""What is written in pencil on short dark lines is read: the lines hide none of its ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.imaging.binarize import relief
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.segment import find_writing
from tests.pictures import scanned, stroke_digit, write

TEXTS = ["61", "30", "52", "94", "27", "83"]
HIGH, LONG = 40, 90  # px of the digits, and of the line under a number


def form(pencil: int, line: int = 40) -> NDArray[np.uint8]:
    """Numbers of two digits in this grey, each close above a short line of that."""
    rng = np.random.default_rng(5)
    page = np.full((900, 700), 235, np.uint8)
    for n, text in enumerate(TEXTS):
        top = 80 + 130 * n
        cv2.putText(page, "Weight", (60, top + HIGH), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 25, 3, cv2.LINE_AA)
        page[top + HIGH + 6 : top + HIGH + 10, 300 : 300 + LONG] = line
        for k, digit in enumerate(text):
            write(page, stroke_digit(int(digit), rng, HIGH, 6), (308 + 36 * k, top), pencil, 235)
    return scanned(page)


@pytest.mark.parametrize("pencil", [90, 170])
def test_pencil_on_short_lines_is_read(pencil: int) -> None:
    words = recognize_page(Page(form(pencil)), load_model())
    assert [word.text for word in words if word.box.left > 280] == TEXTS


def test_ink_is_found_above_the_lines_alone() -> None:
    page = form(170)
    paper = relief(page)
    asked = []

    def again(beside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        asked.append(beside)
        return np.ones_like(beside)

    plain = find_writing(paper.ink(), known_height=HIGH)
    more = find_writing(paper.ink(), again, known_height=HIGH)
    added = more.rules.ink & ~plain.rules.ink
    assert len(asked) == 1
    assert added[:, 300 : 300 + LONG].any()
    assert not added[:, : 300 - 2].any()
    assert not added[:, 300 + LONG + 2 :].any()
    assert asked[0][80 + HIGH + 7, 300 + LONG // 2]  # the lines are what is left out


def test_no_lines_no_second_look() -> None:
    paper = relief(form(90, line=235))
    assert find_writing(paper.ink(), lambda _: pytest.fail("asked"), known_height=HIGH).height == HIGH
