"""Single black and white pixels on a grey page are taken out; points, noise and pages in black and white stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from batchocr.elements import Grey, Page
from batchocr.imaging.impulses import without_impulses
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page


def sheet(*, points: bool = False) -> Grey:
    page = np.full((600, 640), 225, np.uint8)
    for n in range(4):
        cv2.putText(page, "359", (60, 110 + 130 * n), cv2.FONT_HERSHEY_DUPLEX, 2.0, 60, 4, cv2.LINE_AA)
        if points:
            cv2.circle(page, (200, 106 + 130 * n), 4, 60, cv2.FILLED, cv2.LINE_AA)
        cv2.putText(page, "274", (220, 110 + 130 * n), cv2.FONT_HERSHEY_DUPLEX, 2.0, 60, 4, cv2.LINE_AA)
    noise = np.random.default_rng(2).normal(0, 3, page.shape)
    return np.clip(cv2.GaussianBlur(page, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


def peppered(page: Grey, share: float = 0.002) -> tuple[Grey, np.ndarray]:
    """The page, and where it has been made black or white."""
    chance = np.random.default_rng(3).random(page.shape)
    hit = (chance < share / 2) | (chance > 1 - share / 2)
    return np.where(hit, np.where(chance < 0.5, 0, 255), page).astype(np.uint8), hit


def test_black_and_white_pixels_are_made_what_is_around_them() -> None:
    page = sheet()
    spoilt, hit = peppered(page)
    black = hit & (spoilt == 0) & (page > 200)
    assert black.sum() > 200
    cleaned = without_impulses(spoilt)
    assert (cleaned[black] > 200).mean() > 0.97, "but where two are side by side"
    assert (cleaned[~hit] == page[~hit]).mean() > 0.999


def test_points_are_told_from_specks_that_were_taken_out() -> None:
    numbers = [word.text for word in recognize_page(Page(peppered(sheet(points=True))[0]), load_model())]
    assert numbers == ["359274"] * 4


@pytest.mark.parametrize(
    "page",
    [
        sheet(),
        np.where(peppered(sheet())[0] > 127, 255, 0).astype(np.uint8),
        peppered(sheet(), 0.0001)[0],
        np.full((600, 640), 255, np.uint8),
        np.zeros((0, 0), np.uint8),
    ],
    ids=["clean", "black and white", "hardly any", "blank", "empty"],
)
def test_other_pages_stay(page: Grey) -> None:
    assert without_impulses(page) is page


def test_small_points_are_no_such_pixels() -> None:
    page = np.full((600, 640), 225, np.uint8)
    page[4::12, 5::9] = 40
    blurred = cv2.GaussianBlur(page, (0, 0), 0.7).astype(np.uint8)
    assert without_impulses(blurred) is blurred
