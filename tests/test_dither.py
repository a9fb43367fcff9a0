"""Dithered pages are turned back to grey; black and white scans, specks among them, and grey pages stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from batchocr.elements import Grey, Page
from batchocr.imaging.dither import without_dither
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page

TEXTS = ["35902", "27486", "60352", "48577"]


def sheet(paper: int = 215) -> Grey:
    """Writing on paper half of which is shaded."""
    page = np.full((600, 640), paper, np.uint8)
    page[300:] -= 40
    for n, text in enumerate(TEXTS):
        cv2.putText(page, text, (120, 110 + 130 * n), cv2.FONT_HERSHEY_DUPLEX, 2.0, 40, 5, cv2.LINE_AA)
    return page


def dithered(page: Grey) -> Grey:
    return np.asarray(Image.fromarray(page).convert("1").convert("L"), np.uint8)


def with_specks(page: Grey, share: float) -> Grey:
    chance = np.random.default_rng(4).random(page.shape)
    return np.where(chance < share, 0, np.where(chance > 1 - share, 255, page)).astype(np.uint8)


def test_a_dithered_page_is_grey_again() -> None:
    grey = without_dither(dithered(sheet()))
    assert abs(float(grey[20:40, 20:100].mean()) - 215) < 4
    assert abs(float(grey[320:340, 20:100].mean()) - 175) < 4
    assert grey[20:40, 20:100].std() < 20


def test_numbers_on_a_dithered_page_are_read() -> None:
    found = recognize_page(Page(dithered(sheet())), load_model())
    assert [word.text for word in found] == TEXTS


@pytest.mark.parametrize(
    "page",
    [
        sheet(),
        np.where(sheet(255) > 127, 255, 0).astype(np.uint8),
        with_specks(np.where(sheet(255) > 127, 255, 0).astype(np.uint8), 0.004),
        np.full((600, 640), 255, np.uint8),
        dithered(sheet())[:20],
        np.zeros((0, 0), np.uint8),
    ],
    ids=["grey", "black and white", "specks", "blank", "low", "empty"],
)
def test_other_pages_stay(page: Grey) -> None:
    assert without_dither(page) is page
