"""A desk around the sheet is made paper, and nothing else is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from conftest import load_script
from numpy.typing import NDArray

from batchocr.imaging.sheet import without_desk

make_samples = load_script("make_samples")
SHAPE = (1200, 900)
TOP, BOTTOM = 140, 1080  # rows of the sheet's edges


def desk(rng: np.random.Generator) -> NDArray[np.uint8]:
    return np.asarray(np.clip(255 * make_samples.wood(SHAPE, rng), 0, 255), np.uint8)


def paper(rng: np.random.Generator, level: int = 205) -> NDArray[np.uint8]:
    """A sheet with lines of writing on it."""
    page = np.clip(rng.normal(level, 1.5, SHAPE), 0, 255).astype(np.uint8)
    for row in range(200, 1050, 50):
        cv2.putText(page, "4711 0815 2306 1999", (60, row), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 50, 2)
    return page


def photographed(rng: np.random.Generator, under: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet laid upon something, its edges a little aslant."""
    on_sheet = np.zeros(SHAPE, np.uint8)
    corners = np.array([(0, TOP), (899, TOP + 30), (899, BOTTOM), (0, BOTTOM + 20)])
    cv2.fillPoly(on_sheet, [corners], 1)
    return np.where(on_sheet > 0, paper(rng), under).astype(np.uint8)


def test_a_rough_desk_becomes_paper_and_the_sheet_stays() -> None:
    rng = np.random.default_rng(1)
    photo = photographed(rng, desk(rng))
    cleaned = without_desk(photo)
    for beyond in (cleaned[: TOP - 10], cleaned[BOTTOM + 30 :]):
        assert beyond.std() < 3
        assert abs(float(beyond.mean()) - 205) < 8
    middle = slice(TOP + 60, BOTTOM - 30)
    np.testing.assert_array_equal(cleaned[middle], photo[middle])


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_whichever_way_the_photo_lies(quarters: int) -> None:
    rng = np.random.default_rng(2)
    photo = photographed(rng, desk(rng))
    turned = np.rot90(without_desk(np.ascontiguousarray(np.rot90(photo, quarters))), -quarters)
    assert turned[: TOP - 10].std() < 3
    middle = slice(TOP + 60, BOTTOM - 30)
    np.testing.assert_array_equal(turned[middle], photo[middle])


def test_a_desk_on_all_sides_goes() -> None:
    rng = np.random.default_rng(3)
    photo = desk(rng)
    photo[150:1050, 120:760] = paper(rng)[150:1050, 120:760]
    cleaned = without_desk(photo)
    for beyond in (cleaned[:130], cleaned[1070:], cleaned[:, :100], cleaned[:, 780:]):
        assert beyond.std() < 4


def test_a_dark_strip_with_writing_in_it_stays() -> None:
    rng = np.random.default_rng(4)
    photo = paper(rng)
    photo[:TOP] = paper(rng, 150)[200 : 200 + TOP]  # as the shaded head of a table, from side to side
    assert without_desk(photo) is photo


def test_a_smooth_desk_and_a_whole_sheet_and_a_small_picture_stay() -> None:
    rng = np.random.default_rng(5)
    for picture in (
        photographed(rng, np.full(SHAPE, 90, np.uint8)),
        paper(rng),
        photographed(rng, desk(rng))[:300, :400],
        np.zeros((0, 0), np.uint8),
    ):
        assert without_desk(picture) is picture
