"""Strips: fixed height, ink high, paper beyond the page, and the way back to the page's columns."""

from __future__ import annotations

import numpy as np
import pytest

from batchocr.elements import Box
from batchocr.strip import STRIP_HEIGHT, WRITING_HEIGHT, cut_strip, cut_strip_together, evened, zoomed


def page_with_a_bar(paper: int = 220, ink: int = 40) -> tuple[np.ndarray, Box]:
    """A page of 200 x 300 with one upright bar 44 px tall and 10 px wide."""
    page = np.full((200, 300), paper, np.uint8)
    box = Box(100, 80, 110, 124)
    page[box.top : box.bottom, box.left : box.right] = ink
    return page, box


def test_writing_is_brought_to_its_height_and_paper_to_zero() -> None:
    page, box = page_with_a_bar()
    strip = cut_strip(page, box, box.height, margins=(30, 30)).image
    assert strip.shape[0] == STRIP_HEIGHT
    rows = np.flatnonzero(strip.max(axis=1) > 128)
    assert abs(len(rows) - WRITING_HEIGHT) <= 1
    assert strip[:, :5].max() == 0
    assert strip.max() == 255


def test_light_ink_reads_like_dark_ink() -> None:
    dark, box = page_with_a_bar(220, 40)
    light, _ = page_with_a_bar(35, 215)
    one = cut_strip(dark, box, box.height, margins=(30, 30))
    other = cut_strip(light, box, box.height, margins=(30, 30), light_ink=True)
    np.testing.assert_array_equal(one.image, other.image)


def test_beyond_the_page_there_is_paper() -> None:
    page, _ = page_with_a_bar()
    corner = Box(0, 0, 10, 44)
    page[:44, :10] = 40
    strip = cut_strip(page, corner, 44, margins=(60, 20)).image
    assert strip[:, : 60 * WRITING_HEIGHT // 44 - 2].max() == 0


@pytest.mark.parametrize("height", [14, 44, 90])
def test_a_column_of_the_strip_leads_back_to_the_page(height: int) -> None:
    page, box = page_with_a_bar()
    cut = cut_strip(page, box, height, margins=(25, 25))
    columns = np.flatnonzero(cut.image[STRIP_HEIGHT // 2] > 128)
    assert cut.column(columns[0]) == pytest.approx(box.left, abs=1 + 1 / cut.scale)
    assert cut.column(columns[-1] + 1) == pytest.approx(box.right, abs=1 + 1 / cut.scale)


def test_noise_alone_is_not_blown_up() -> None:
    rng = np.random.default_rng(1)
    paper = np.clip(rng.normal(220, 3, (32, 200)), 0, 255).astype(np.uint8)
    assert evened(paper).mean() < 20


def test_writing_is_zoomed_about_the_middle_of_the_strip() -> None:
    strip = np.zeros((STRIP_HEIGHT, 80), np.uint8)
    strip[6:26, 30:50] = 255
    small, large = zoomed(strip, 0.5), zoomed(strip, 1.25)
    assert small.shape == (STRIP_HEIGHT, 40) and large.shape == (STRIP_HEIGHT, 100)
    for picture, zoom in ((small, 0.5), (large, 1.25)):
        rows, columns = np.flatnonzero((picture > 127).any(1)), np.flatnonzero((picture > 127).any(0))
        assert abs(len(rows) - 20 * zoom) <= 1 and abs(len(columns) - 20 * zoom) <= 1
        assert abs((rows[0] + rows[-1] + 1) / 2 - 16) <= 1
        assert abs((columns[0] + columns[-1] + 1) / 2 - 40 * zoom) <= 1


def test_a_zoomed_strip_is_never_narrower_than_high() -> None:
    assert zoomed(np.zeros((STRIP_HEIGHT, 33), np.uint8), 0.9).shape == (STRIP_HEIGHT, STRIP_HEIGHT)


def test_glyphs_that_stand_apart_are_laid_together() -> None:
    grey = np.full((200, 900), 220, np.uint8)
    boxes = [Box(left, 80, left + 30, 130) for left in (100, 400, 800)]
    for box in boxes:
        grey[box.top : box.bottom, box.left : box.right] = 20
    whole = Box(100, 80, 830, 130)
    glyphs = [(box, np.ones((50, 30), bool)) for box in boxes]
    cut = cut_strip_together(grey, whole, glyphs, 50)
    inked = cut.image[STRIP_HEIGHT // 2] > 128
    starts = np.flatnonzero(np.diff(np.concatenate([[False], inked])) & inked)
    scale = WRITING_HEIGHT / 50
    assert len(starts) == 3
    assert np.allclose(np.diff(starts), (30 + 0.2 * 50) * scale, atol=1.5)
    assert starts[0] == pytest.approx((0.35 + 0.1) * 50 * scale, abs=1.5)
    assert cut.column(0) == 100
    assert cut.column(cut.image.shape[1]) == pytest.approx(830, abs=1)
    light = cut_strip_together(255 - grey, whole, glyphs, 50, light_ink=True)
    assert np.abs(light.image.astype(int) - cut.image).max() <= 2


def test_what_reaches_into_the_place_of_a_glyph_is_made_paper() -> None:
    grey = np.full((200, 400), 220, np.uint8)
    grey[80:130, 100:130] = grey[40:90, 122:126] = 20  # a glyph, and a stroke from above into its place
    own = np.zeros((50, 30), bool)
    own[10:, :] = True
    strip = cut_strip_together(grey, Box(100, 80, 130, 130), [(Box(100, 80, 130, 130), own)], 50).image
    alone = grey.copy()
    alone[40:86, 100:130] = 220
    bare = cut_strip_together(alone, Box(100, 80, 130, 130), [(Box(100, 80, 130, 130), own)], 50).image
    assert np.abs(strip.astype(int) - bare)[:8].max() <= 2
    assert strip.max() > 128
