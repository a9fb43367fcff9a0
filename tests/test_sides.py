"""The sides of boxes, taken away from what is written over them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.between import Cells
from batchocr.segmentation.sides import Sides, sides_of, without_sides
from tests.pictures import blank_page, scanned, stroke_digit, write

PAPER = 230
WIDE, HIGH, COUNT = 50, 60, 5
COMB: Cells = np.array([[60 + n * WIDE, 60, 60 + (n + 1) * WIDE, 60 + HIGH] for n in range(COUNT)], np.int64)
Picture = NDArray[np.uint8]


def boxes(grey: int, thick: int = 4, paper: int = PAPER) -> Picture:
    page = blank_page(180, 380, paper)
    for left, top, right, bottom in COMB.tolist():
        cv2.rectangle(page, (left, top), (right, bottom), grey, thick)
    return page


def strokes(grey: int, paper: int = PAPER) -> Picture:
    """Strokes across all four kinds of sides, and in the boxes."""
    page = blank_page(180, 380, paper)
    cv2.line(page, (75, 45), (95, 110), grey, 7)  # over the top
    cv2.line(page, (145, 80), (195, 100), grey, 7)  # from box to box
    cv2.line(page, (225, 75), (240, 140), grey, 7)  # over the foot
    cv2.line(page, (270, 75), (330, 95), grey, 7)  # over both sides of the last
    return page


def both(side: int, pen: int) -> tuple[Picture, Picture]:
    """Strokes over boxes, and alone."""
    alone = strokes(pen)
    return scanned(np.minimum(boxes(side), alone)), alone < 200


@pytest.mark.parametrize(("side", "pen"), [(150, 30), (120, 40), (60, 60), (20, 100), (40, 130)])
def test_strokes_over_sides_are_left_and_sides_are_not(side: int, pen: int) -> None:
    page, alone = both(side, pen)
    plain, bare, _ = without_sides(page, page < 190, [COMB])
    near = cv2.dilate(alone.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert not bare[~near].any()
    assert plain[~near].min() > PAPER - 60
    assert bare[alone].mean() > 0.85
    found = cv2.connectedComponents(cv2.dilate(bare.astype(np.uint8), np.ones((3, 3), np.uint8)))[0] - 1
    assert found == 4


def test_of_two_inks_what_is_written_over_a_paler_side_is_as_deep_as_beside_it() -> None:
    page, alone = both(140, 30)
    plain, _, _ = without_sides(page, page < 190, [COMB])
    core = cv2.erode(alone.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert plain[core].max() < 80


def test_a_stroke_along_a_side_stays_as_far_as_it_is_wider() -> None:
    page = boxes(60)
    page[70:115, 108:117] = 60  # beside the side at 110
    page = scanned(page)
    _, bare, _ = without_sides(scanned(np.minimum(page, strokes(60))), page < 190, [COMB])
    assert bare[75:110, 111:116].mean() > 0.8


def test_light_ink_on_dark_paper() -> None:
    page, alone = both(150, 30)
    plain, bare, _ = without_sides(255 - page, page < 190, [COMB])
    upright, same, _ = without_sides(page, page < 190, [COMB])
    assert (bare == same).mean() > 0.999
    assert abs((255 - plain).astype(int) - upright).max() <= 2


@pytest.mark.parametrize("side", [60, 150])
def test_what_is_between_boxes_and_beside_them_stays(side: int) -> None:
    page, _ = both(side, 30)
    cv2.line(page, (320, 170), (335, 20), 30, 4)  # a slash behind the last
    plain, bare, _ = without_sides(page, page < 190, [COMB])
    beside = np.s_[:, 318:]
    assert (plain[beside] == page[beside]).mean() > 0.97
    assert (bare[beside] == (page < 190)[beside]).mean() > 0.97


@pytest.mark.parametrize("combs", [[], [COMB]])
def test_pages_with_too_little_written_in_cells_stay(combs: list[Cells]) -> None:
    page = scanned(boxes(60))
    plain, bare, _ = without_sides(page, page < 190, combs)
    assert plain is page
    assert (bare == (page < 190)).all()


@pytest.mark.parametrize("foot", [121, 112, 105])
def test_cells_at_the_edges_of_a_page(foot: int) -> None:
    page, _ = both(60, 60)
    cut = page[60:foot, 60:311]
    plain, bare, _ = without_sides(cut, cut < 190, [COMB - 60])
    assert plain.shape == bare.shape == cut.shape
    assert bare[20:40, 20:40].any() or bare.any()


def test_cells_have_the_sides_that_they_are_said_to_have() -> None:
    ink = boxes(60) < 190
    every, bands = sides_of(ink, COMB, Sides.ALL)
    below, _ = sides_of(ink, COMB, Sides.BELOW)
    none, same = sides_of(ink, COMB, Sides.NONE)
    assert not (ink & ~every).any()
    assert below[118:123, 80:90].any()
    assert not below[58:63].any()
    assert not none.any()
    assert (same == bands).all()


@pytest.mark.parametrize(("side", "pen"), [(130, 40), (60, 60), (30, 110)])
def test_digits_that_lie_across_their_boxes_are_read(side: int, pen: int) -> None:
    rng = np.random.default_rng(12)
    page, texts = blank_page(700, 620, PAPER), []
    for row in range(7):
        top, count = 40 + row * 90, 3 + row % 4
        texts.append("".join(map(str, rng.integers(0, 10, count))))
        lines, writing = blank_page(700, 620, PAPER), blank_page(700, 620, PAPER)
        for n, text in enumerate(texts[-1]):
            cv2.rectangle(lines, (60 + 52 * n, top), (112 + 52 * n, top + 56), side, 3)
            digit = stroke_digit(int(text), rng, 50, 12)
            across, down = (int(v) for v in rng.integers(-7, 8, 2))
            write(writing, digit, (86 + 52 * n - digit.shape[1] // 2 + across, top + 3 + down), pen, PAPER)
        page = np.minimum(page, np.minimum(lines, writing))
    words = recognize_page(Page(scanned(page)), load_model())
    assert sum(word.text == text for word, text in zip(words, texts, strict=True)) >= 6
    assert not any(word.status == "ok" and word.text not in texts for word in words)
