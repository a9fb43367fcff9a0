"""Pages out of focus are told from sharp ones and sharpened; sharp, two-toned and empty ones stay as they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr import pipeline
from batchocr.elements import Page
from batchocr.imaging.binarize import binarize, noise_of, relief
from batchocr.imaging.focus import BLURRED, in_focus, sharpness
from batchocr.network.model import load_model
from batchocr.pipeline import GRAIN
from batchocr.segmentation.components import Components
from batchocr.segmentation.segment import likely_writing

Grey = NDArray[np.uint8]


def page_of_eights(blur: float, noise: float = 0.0, *, dark: bool = False) -> Grey:
    page = np.full((900, 1200), 235, np.uint8)
    for row in range(10):
        for column in range(16):
            cv2.putText(
                page,
                "8",
                (40 + 70 * column, 90 + 80 * row),
                cv2.FONT_HERSHEY_SIMPLEX,
                1.6,
                40,
                6,
                cv2.LINE_AA,
            )
    if dark:
        page = np.asarray(255 - page, np.uint8)
    if blur:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), blur), np.uint8)
    noisy = page + np.random.default_rng(1).normal(0, noise, page.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def holes(ink: NDArray[np.bool_]) -> int:
    """Paper that ink encloses, specks apart."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((~ink).astype(np.uint8), connectivity=4)
    return int(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= 8)) - 1  # without the paper around


@pytest.mark.parametrize("dark", [False, True])
def test_the_blurrier_the_page_the_lower_its_sharpness(dark: bool) -> None:
    told = [sharpness(relief(page_of_eights(blur, dark=dark)).depth) for blur in (0, 1.5, 2.5, 3.5)]
    assert told == sorted(told, reverse=True)
    assert told[1] > BLURRED > told[2]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_sharpening_opens_holes_that_blur_closed(noise: float, dark: bool) -> None:
    page = page_of_eights(4.0, noise, dark=dark)
    sharper = in_focus(page, relief(page).depth)
    assert holes(binarize(page)) < 300
    assert holes(binarize(sharper)) == 320


def test_a_sharp_page_stays_as_it_is() -> None:
    page = page_of_eights(0.8)
    assert in_focus(page, relief(page).depth) is page


def enlarged(page: Grey) -> Grey:
    large = cv2.resize(page, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def test_sharpening_an_enlarged_page_does_not_make_its_grain_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    page = enlarged(page_of_eights(1.8, 4.0))
    sharper = in_focus(page, relief(page).depth)
    assert sharper is not page
    grain = noise_of(sharper, GRAIN)
    assert grain > 1.5 * noise_of(sharper)
    pieces = [
        cv2.connectedComponents(relief(sharper, noise=noise).ink().view(np.uint8))[0] - 1
        for noise in (0.0, grain)
    ]
    assert pieces[0] > 2000
    assert pieces[1] <= 200
    seen = []

    def recorded(ink: NDArray[np.bool_]) -> Components:
        seen.append(cv2.connectedComponents(ink.view(np.uint8))[0] - 1)
        return likely_writing(ink)

    monkeypatch.setattr(pipeline, "likely_writing", recorded)
    words = pipeline.recognize_page(Page(page), load_model())
    assert [word.text for word in words] == 10 * ["8" * 16]
    assert 160 <= max(seen) <= 200


@pytest.mark.parametrize("shape", [(1, 1), (5, 900), (900, 5), (300, 300)])
def test_too_little_to_tell_is_left_alone(shape: tuple[int, int]) -> None:
    page = np.full(shape, 230, np.uint8)
    page[0, 0] = 20
    assert in_focus(page, relief(page).depth) is page


def test_a_shadow_is_no_stroke_out_of_focus() -> None:
    page = np.full((600, 600), 230, np.uint8)
    page[:, 300:] = 120
    shaded = np.asarray(cv2.GaussianBlur(page, (0, 0), 25), np.uint8)
    assert in_focus(shaded, relief(shaded).depth) is shaded
