"""A digit too pale to be ink beside a number: a person has to look; rules, far and dark things are none."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.imaging.binarize import Relief, relief
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.faded import marked_faded
from batchocr.segmentation.segment import CandidateWord, segment
from tests.pictures import scanned

FACE = cv2.FONT_HERSHEY_SIMPLEX


def page(pale: int, *, at: int = 178) -> NDArray[np.uint8]:
    """Lines of numbers, the first with one more digit of this grey so many px from the left."""
    sheet = np.full((700, 700), 235, np.uint8)
    for line in range(8):
        cv2.putText(sheet, "4827", (60, 100 + 75 * line), FACE, 1.5, 40, 3, cv2.LINE_AA)
        cv2.putText(sheet, "963", (430, 100 + 75 * line), FACE, 1.5, 40, 3, cv2.LINE_AA)
    cv2.putText(sheet, "6", (at, 100), FACE, 1.5, pale, 3, cv2.LINE_AA)
    return scanned(sheet)


def first_word(sheet: NDArray[np.uint8], *, through: bool = False) -> CandidateWord:
    """The first number, marked or not."""
    paper = relief(sheet)
    return _marked(paper, through)[0]


def _marked(paper: Relief, through: bool) -> list[CandidateWord]:
    ink = paper.ink()
    found = sorted(segment(ink).words, key=lambda word: (word.box.top, word.box.left))
    assert len(found[0].atoms) == 4
    words = [replace(word, through=through) for word in found]
    marked = marked_faded(paper, ink, words)
    assert not any(word.crowded for word in marked[1:])
    return list(marked)


def test_a_number_with_a_pale_digit_behind_it_is_marked() -> None:
    assert first_word(page(175)).crowded
    assert not first_word(page(235)).crowded
    assert not first_word(page(228)).crowded  # no darker than the paper's noise
    assert not first_word(page(175, at=250)).crowded  # too far away
    assert not first_word(page(175), through=True).crowded


@pytest.mark.parametrize(("pale", "doubtful"), [(175, True), (228, False), (235, False)])
def test_a_number_with_a_pale_stroke_between_its_digits_is_marked(pale: int, doubtful: bool) -> None:
    sheet = np.full((700, 700), 235, np.uint8)
    for line in range(8):
        cv2.putText(sheet, "48", (60, 100 + 75 * line), FACE, 1.5, 40, 3, cv2.LINE_AA)
        cv2.line(sheet, (121, 102 + 75 * line), (128, 64 + 75 * line), pale, 2, cv2.LINE_AA)
        cv2.putText(sheet, "27", (128, 100 + 75 * line), FACE, 1.5, 40, 3, cv2.LINE_AA)
        cv2.putText(sheet, "963", (430, 100 + 75 * line), FACE, 1.5, 40, 3, cv2.LINE_AA)
    paper = relief(scanned(sheet))
    ink = paper.ink()
    marked = marked_faded(paper, ink, segment(ink).words)
    assert sorted({len(word.atoms) for word in marked}) == [3, 4]
    assert all(word.crowded is (doubtful and len(word.atoms) == 4) for word in marked)


@pytest.mark.parametrize("thick", [2, 14])
def test_a_pale_rule_is_no_digit(thick: int) -> None:
    sheet = page(235)
    cv2.line(sheet, (200, 0), (200, 700), 175, thick)
    assert not first_word(sheet).crowded


def test_it_goes_to_a_person() -> None:
    model = load_model()
    (plain, *_), (faded, *_) = (recognize_page(Page(page(grey)), model) for grey in (235, 175))
    assert (plain.text, plain.status) == ("4827", "ok")
    assert (faded.text, faded.status) == ("4827", "review")
