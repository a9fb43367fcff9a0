"""Tints under numbers, as of a highlighter or a shaded row."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.imaging.deskew import straighten
from batchocr.imaging.tints import without_tints
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page

NUMBERS = ["3590", "2748", "60352", "4857", "92036", "7485", "8063", "5249"]


def form(*tints: tuple[int, int, int, int], share: float = 0.82, ink: int = 90) -> NDArray[np.uint8]:
    """A page of numbers with tints (left, top, right, bottom) laid over it."""
    page = np.full((1000, 900), 240, np.uint8)
    for n, number in enumerate(NUMBERS):
        cv2.putText(page, number, (300, 100 + 110 * n), cv2.FONT_HERSHEY_DUPLEX, 1.5, ink, 3, cv2.LINE_AA)
    for left, top, right, bottom in tints:
        page[top:bottom, left:right] = (page[top:bottom, left:right] * share).astype(np.uint8)
    soft = cv2.GaussianBlur(page, (0, 0), 0.8) + np.random.default_rng(3).normal(0, 2, page.shape)
    return np.clip(soft, 0, 255).astype(np.uint8)


def test_numbers_on_a_highlighted_band_are_read_like_others() -> None:
    page = form((200, 152, 640, 222), (420, 250, 700, 330), (60, 480, 850, 560))
    assert [word.text for word in recognize_page(Page(page), load_model())] == NUMBERS


@pytest.mark.parametrize(
    "tints",
    [
        ((0, 152, 900, 222), (0, 372, 900, 442), (0, 592, 900, 662)),
        ((0, 152, 640, 222),),
        ((290, 0, 480, 1000),),
    ],
    ids=["rows", "a row that begins beyond it", "a column"],
)
def test_rows_and_columns_shaded_to_the_edge_of_the_picture_become_paper(
    tints: tuple[tuple[int, int, int, int], ...],
) -> None:
    page = form(*tints)
    lifted = without_tints(page)
    for left, top, right, bottom in tints:
        assert np.median(lifted[top:bottom, left:right]) >= 230 > np.median(page[top:bottom, left:right])
    assert [word.text for word in recognize_page(Page(page), load_model())] == NUMBERS


def test_shaded_rows_of_a_page_that_lies_askew_become_paper() -> None:
    shaded = form((0, 152, 900, 222), (0, 372, 900, 442), (0, 592, 900, 662), share=0.76, ink=120)
    words = recognize_page(Page(straighten(shaded, 1.5)[0]), load_model())
    assert [(word.text, word.status) for word in words] == [(number, "ok") for number in NUMBERS]


def test_a_narrow_marker_over_small_print_is_made_paper() -> None:
    page = np.full((700, 900), 240, np.uint8)
    bands = []
    for n, number in enumerate(NUMBERS):
        x, y = 200 + 300 * (n % 2), 100 + 120 * (n // 2)
        cv2.putText(page, number, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 60, 2, cv2.LINE_AA)
        band = np.s_[y - 22 : y + 4, x - 20 : x + 110]
        page[band] = (page[band] * 0.72).astype(np.uint8)
        bands.append(band)
    soft = cv2.GaussianBlur(page, (0, 0), 0.8) + np.random.default_rng(3).normal(0, 2, page.shape)
    scan = np.clip(soft, 0, 255).astype(np.uint8)
    lifted = without_tints(scan)
    assert {int(np.median(scan[band])) for band in bands} <= set(range(165, 180))
    assert min(float(np.median(lifted[band])) for band in bands) >= 230
    assert [word.text for word in recognize_page(Page(scan), load_model())] == NUMBERS


def test_a_tint_becomes_paper_and_what_is_written_on_it_stays_dark() -> None:
    page, plain = form((200, 152, 640, 222)), form()
    lifted = without_tints(page)
    assert np.array_equal(lifted[:140], page[:140]), "nothing beside it is touched"
    assert int(np.abs(lifted[150:226, 195:645].astype(int) - plain[150:226, 195:645])[:, :60].max()) <= 16
    ink = plain[152:222, 200:640] < 120
    assert np.median(lifted[152:222, 200:640][ink]) < 120


@pytest.mark.parametrize(
    "page",
    [
        form(),
        form((0, 60, 130, 860)),  # along the edge of the page, as its shadow is
        form((0, 930, 640, 1000)),  # in its corner
        form((300, 152, 338, 166)),  # too small to hold a number
        form((200, 152, 640, 222), share=0.5),  # a dark patch
        form((200, 152, 640, 222), share=0.97),  # hardly there
        np.where(form((200, 152, 640, 222)) > 128, 255, 0).astype(np.uint8),
        np.full((20, 40), 200, np.uint8),
    ],
    ids=["none", "edge", "corner", "small", "dark", "pale", "two tones", "tiny"],
)
def test_other_pages_stay_as_they_are(page: NDArray[np.uint8]) -> None:
    assert without_tints(page) is page


def test_slow_shading_is_no_tint() -> None:
    page = form().astype(np.float64)
    page *= np.linspace(1, 0.6, page.shape[1])[None]
    shaded = page.astype(np.uint8)
    assert without_tints(shaded) is shaded
