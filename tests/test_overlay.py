from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from batchocr.elements import Box, Page, Status, Word
from batchocr.errors import OutputError
from batchocr.overlay import OK_COLOUR, REVIEW_COLOUR, draw_overlay, write_overlay

WRITING = Box(100, 200, 200, 240)


def page(height: int = 500, width: int = 600) -> Page:
    image = np.full((height, width), 255, np.uint8)
    image[WRITING.top : WRITING.bottom, WRITING.left : WRITING.right] = 0
    return Page(image)


def word(status: Status = "ok", box: Box = WRITING) -> Word:
    return Word(1, 1, "0123", 0.87, status, box)


def pixels_of(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """(H, W) bool, True where the picture has exactly this colour."""
    return (picture == colour).all(axis=2)


def test_an_empty_page_is_only_faded() -> None:
    picture = draw_overlay(Page(np.array([[0, 255]], np.uint8)), [])
    assert picture.shape == (1, 2, 3)
    assert picture.dtype == np.uint8
    assert picture[0].tolist() == [[89, 89, 89], [255, 255, 255]]


@pytest.mark.parametrize("status", ["ok", "review"])
def test_the_ink_of_a_word_stays_free(status: Status) -> None:
    picture = draw_overlay(page(), [word(status)])
    inside = picture[WRITING.top : WRITING.bottom, WRITING.left : WRITING.right]
    assert (inside == 89).all()


def test_ok_and_review_differ_in_more_than_colour() -> None:
    around = slice(WRITING.top - 4, WRITING.bottom + 4), slice(WRITING.left - 8, WRITING.right + 8)
    solid = pixels_of(draw_overlay(page(), [word("ok")]), OK_COLOUR)[around]
    dashed = pixels_of(draw_overlay(page(), [word("review")]), REVIEW_COLOUR)[around]
    assert solid.any(axis=0).mean() > 0.9  # a closed line
    assert dashed[0].any() and not dashed[0].all()  # a broken one


def test_a_word_at_the_edge_of_a_tiny_page_is_drawn() -> None:
    picture = draw_overlay(Page(np.full((20, 30), 255, np.uint8)), [word("review", Box(0, 0, 30, 20))])
    assert picture.shape == (20, 30, 3)


@pytest.mark.parametrize("name", ["a-p1.png", "a-p1.jpg"])
def test_pictures_are_written_by_their_names(tmp_path: Path, name: str) -> None:
    write_overlay(page(), [word()], tmp_path / name)
    with Image.open(tmp_path / name) as picture:
        assert picture.size == (600, 500)
        assert picture.format == ("PNG" if name.endswith("png") else "JPEG")


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a-p1\.png"):
        write_overlay(page(), [word()], tmp_path / "gone" / "a-p1.png")
