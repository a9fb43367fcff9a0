"""Column rules of which a scan has left specks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.components import find_components
from batchocr.segmentation.specks import FEWEST, FEWEST_RULES, speck_rules

HIGH = 40
RULES = (100, 320, 480, 700)


def specked(
    rng: np.random.Generator,
    columns: tuple[int, ...] = RULES,
    *,
    each: int = 40,
    chance: int = 60,
    stray: int = 0,
) -> NDArray[np.bool_]:
    """A page of words in four columns and specks along rules, and some more anywhere. stray: px aside."""
    ink = np.zeros((1000, 800), bool)
    for row in range(60, 940, 80):
        for left in (130, 350, 510):
            ink[row : row + HIGH, left : left + 24] = ink[row : row + HIGH, left + 40 : left + 64] = True
    for x in columns:
        for y in rng.integers(50, 950, each).tolist():
            ink[y, x + int(rng.integers(-stray, stray + 1))] = True
    ink[rng.integers(0, 1000, chance), rng.integers(0, 800, chance)] = True
    return ink


def found(ink: NDArray[np.bool_]) -> list[int]:
    return sorted(rule.left for rule in speck_rules(find_components(ink), HIGH))


def test_specks_in_lines_down_the_page_are_rules() -> None:
    ink = specked(np.random.default_rng(1))
    assert found(ink) == pytest.approx(list(RULES), abs=1)
    (first, *_) = sorted(speck_rules(find_components(ink), HIGH))
    assert first.width == 1 and first.height > 800


@pytest.mark.parametrize(
    "ink",
    [
        specked(np.random.default_rng(1), (), chance=3000),
        specked(np.random.default_rng(1), RULES[: FEWEST_RULES - 1]),
        specked(np.random.default_rng(1), each=FEWEST // 2),
        specked(np.random.default_rng(1), stray=12),
    ],
    ids=["dirt", "two", "few", "astray"],
)
def test_others_are_dirt(ink: NDArray[np.bool_]) -> None:
    assert found(ink) == []


def test_the_dots_of_level_rules_stand_below_one_another() -> None:
    ink = specked(np.random.default_rng(1), ())
    for y in range(45, 960, 40):
        ink[y, 40:760:60] = True
    assert found(ink) == []
    both = ink | specked(np.random.default_rng(1))
    assert found(both) == pytest.approx(list(RULES), abs=1)


def test_points_in_lines_of_writing_and_specks_close_together_are_none() -> None:
    points = specked(np.random.default_rng(1), ())
    for row in range(60, 940, 80):
        for x in (162, 382, 542):
            points[row + HIGH - 4 : row + HIGH, x : x + 4] = True
    assert found(points) == []
    blot = specked(np.random.default_rng(1), ())
    for x in RULES:
        blot[500:540:2, x] = True
    assert found(blot) == []


def test_numbers_of_two_columns_are_two_though_their_rule_is_lost() -> None:
    rng = np.random.default_rng(4)
    page, numbers = np.full((1000, 800), 255, np.uint8), []
    for row in range(60, 940, 80):
        for left in (110, 230, 350):
            text = "".join(rng.choice(list("23456789"), 3 if left < 350 else 2))
            cv2.putText(page, text, (left, row + HIGH), cv2.FONT_HERSHEY_DUPLEX, 1.9, 0, 4)
            numbers.append(text)
    for x in (102, 224, 345, 440):
        page[rng.integers(40, 960, 60), x] = 0
    words = recognize_page(Page(page), load_model())
    assert [word.text for word in words] == numbers
