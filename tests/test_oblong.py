"""Pictures whose pixels are not square."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.imaging import oblong
from batchocr.imaging.oblong import squared
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page

NUMBERS = ["35902", "27486", "60352", "48577", "92036"]


def written() -> NDArray[np.uint8]:
    page = np.full((700, 900), 235, np.uint8)
    for n, text in enumerate(NUMBERS):
        cv2.putText(page, text, (90, 110 + 120 * n), cv2.FONT_HERSHEY_DUPLEX, 2.0, 40, 4, cv2.LINE_AA)
    return page


@pytest.mark.parametrize(("across", "down"), [(1.0, 0.5), (0.5, 1.0)])
@pytest.mark.parametrize("two_toned", [False, True])
@pytest.mark.parametrize("quarters", [0, 1])
def test_a_page_with_oblong_pixels_reads_as_one_with_square_ones(
    across: float, down: float, two_toned: bool, quarters: int
) -> None:
    page = written()
    size = round(900 * across), round(700 * down)
    oblong_one = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)
    if two_toned:
        oblong_one = np.asarray(np.where(oblong_one > 140, 255, 0), np.uint8)
    aspect = across / down
    if quarters:
        oblong_one, aspect = np.ascontiguousarray(np.rot90(oblong_one)), 1 / aspect
    wanted = recognize_page(Page(page if not quarters else np.rot90(page).copy()), load_model())
    words = recognize_page(Page(oblong_one, aspect=aspect), load_model())
    assert [word.text for word in words] == [word.text for word in wanted] == NUMBERS
    factors = (across, down) if not quarters else (down, across)
    for word, other in zip(words, wanted, strict=True):
        assert np.abs(word.box - np.array(other.box) * (factors * 2)).max() <= 4


@pytest.mark.parametrize("most", [10_000_000, 1000])
@pytest.mark.parametrize("aspect", [2.0, 0.5])
def test_boxes_go_back_to_the_stored_picture(
    monkeypatch: pytest.MonkeyPatch, most: int, aspect: float
) -> None:
    monkeypatch.setattr(oblong, "MOST_STRETCHED", most)
    image = np.zeros((60, 40), np.uint8)
    image[30:40, 10:20] = 255
    square, stretch = squared(image, aspect)
    assert stretch is not None
    assert square.shape[0] / square.shape[1] == pytest.approx(aspect * 60 / 40)
    assert (square.size > image.size) is (most > 10_000)
    rows, columns = np.nonzero(square > 127)
    found = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    assert stretch.boxes_back([found]) == [Box(10, 30, 20, 40)]
    assert stretch.boxes_back([Box(0, 0, square.shape[1], square.shape[0])]) == [Box(0, 0, 40, 60)]


def test_square_pixels_stay_as_they_are() -> None:
    image = written()
    assert squared(image, 1.0) == (image, None)
