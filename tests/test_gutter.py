"""The shadow of a book's fold is evened out; rules, margins and black bars stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.imaging.gutter import without_gutter
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from tests.pictures import scanned

HIGH, WIDE, FOLD = 900, 1100, 560  # px
NUMBERS = ["2637", "1984", "3752", "8296", "7413", "5968"]
OTHERS = ["263", "1984", "3752", "829", "7413", "596"]


def page(numbers: Sequence[str] = NUMBERS) -> NDArray[np.uint8]:
    """Lines of numbers, two of whose columns stand at the fold."""
    sheet = np.full((HIGH, WIDE), 235, np.uint8)
    for line in range(12):
        for column in range(6):
            text, place = numbers[(line + column) % 6], (70 + 170 * column, 100 + 65 * line)
            cv2.putText(sheet, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 50, 3, cv2.LINE_AA)
    return sheet


def shaded(
    sheet: NDArray[np.uint8], depth: float = 0.55, reach: float = 18, fold: int = FOLD
) -> NDArray[np.uint8]:
    away = np.arange(sheet.shape[1]) - fold
    return np.asarray(sheet * (1 - depth * np.exp(-0.5 * (away / reach) ** 2)), np.uint8)


def test_the_paper_in_a_fold_becomes_as_light_as_beside_it() -> None:
    dark = scanned(shaded(page()))
    even = without_gutter(dark)
    paper = np.percentile(even, 85, axis=0)
    assert np.percentile(dark, 85, axis=0).min() < 120
    assert paper[20:-20].min() > 210
    beside = np.abs(np.arange(WIDE) - FOLD) > 60
    assert (even[:, beside] == dark[:, beside]).all()


def test_numbers_in_a_fold_are_read() -> None:
    words = recognize_page(Page(scanned(shaded(page()))), load_model())
    wanted = [NUMBERS[(line + column) % 6] for line in range(12) for column in range(6)]
    assert [word.text for word in words] == wanted
    assert sum(word.status == "ok" for word in words) > 0.8 * len(wanted)


@pytest.mark.parametrize("numbers", [NUMBERS, OTHERS], ids=["of one length", "of several"])
@pytest.mark.parametrize(("at", "through"), [(FOLD + 42, True), (FOLD, False)])
def test_a_worn_fold_parts_no_number_that_it_runs_through(
    at: int, through: bool, numbers: Sequence[str]
) -> None:
    sheet = page(numbers)
    columns = shaded(sheet, fold=at - 2)
    for top in range(0, sheet.shape[0], 90):
        columns[top : top + 60, at : at + 3] = 60
    words = recognize_page(Page(scanned(columns)), load_model())
    whole = [word for word in words if word.box.left < at < word.box.right]
    assert len(whole) >= 6 if through else not whole
    beside = [word for word in words if word.box.left - 6 < at < word.box.right + 6]
    sure = [word.text for word in beside if word.status == "ok"]
    assert set(sure) <= set(NUMBERS) if numbers is NUMBERS else not sure  # one as long as all others is whole
    elsewhere = [word for word in words if word not in beside]
    assert sum(word.status == "ok" for word in elsewhere) > 0.8 * len(elsewhere)


def test_what_is_no_fold_stays() -> None:
    plain = page()
    assert without_gutter(plain) is plain
    ruled = plain.copy()
    ruled[:, FOLD : FOLD + 7] = 60  # a thick rule
    assert without_gutter(ruled) is ruled
    black = plain.copy()
    black[:, FOLD : FOLD + 60] = 20  # a bar
    assert without_gutter(black) is black
    margin = plain.copy()
    margin[:, :50] = 120  # the desk beside the page
    assert without_gutter(margin) is margin
    short = plain.copy()
    short[100:220, FOLD : FOLD + 60] = 150  # a patch, no higher than two lines
    assert without_gutter(short) is short
    small = shaded(plain)[:200, 500:620]
    assert without_gutter(small) is small


def test_a_bar_of_a_chart_on_a_large_page_is_no_fold() -> None:
    large = np.full((5200, 1400), 235, np.uint8)
    large[310:1510, 300:420] = 120  # higher than several of the stretches that a smaller page is looked at in
    assert without_gutter(large) is large
    fold = shaded(large, depth=0.4, reach=30, fold=900)
    assert without_gutter(fold) is not fold
