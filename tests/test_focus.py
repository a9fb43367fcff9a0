"""Pages out of focus are told from sharp ones and sharpened; sharp, two-toned and empty ones stay as they are."""

from __future__ import annotations

from dataclasses import replace

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
NUMBERS = ["38562", "90847", "26398", "85069", "46983"]


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
        cv2.connectedComponents(replace(relief(sharper), noise=noise).ink().view(np.uint8))[0] - 1
        for noise in (noise_of(sharper), grain)
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


def small_print(blur: float) -> Grey:
    """Lines of a number each, 14 px high, with a little noise."""
    page = np.full((900, 700), 235, np.uint8)
    for line, text in enumerate(5 * NUMBERS):
        cv2.putText(page, text, (60, 60 + 28 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.65, 60, 2, cv2.LINE_AA)
    soft = cv2.GaussianBlur(page, (0, 0), blur) + np.random.default_rng(1).normal(0, 1.5, page.shape)
    return np.asarray(soft.clip(0, 255), np.uint8)


@pytest.mark.parametrize(
    ("blur", "height", "sharpened"),
    [(1.6, 14.0, True), (1.6, 40.0, False), (1.6, 0.0, False), (1.6, None, False), (0.5, 14.0, False)],
)
def test_low_writing_is_out_of_focus_by_less(blur: float, height: float | None, sharpened: bool) -> None:
    page = small_print(blur)
    depth = relief(page).depth
    assert sharpness(depth) > BLURRED
    known = None if height is None else lambda: height
    assert (in_focus(page, depth, known) is not page) == sharpened


@pytest.mark.parametrize("blur", [1.6, 2.0])
def test_deconvolution_gives_small_print_its_edges_back(blur: float) -> None:
    page, sharp = small_print(blur).astype(float), small_print(0.5).astype(float)
    back = in_focus(small_print(blur), relief(small_print(blur)).depth, lambda: 14.0).astype(float)
    inked = sharp < 220
    assert abs(back - sharp)[inked].mean() < 0.7 * abs(page - sharp)[inked].mean()


@pytest.mark.parametrize("blur", [1.6, 1.8])
def test_small_print_out_of_focus_is_read(blur: float) -> None:
    words = pipeline.recognize_page(Page(small_print(blur)), load_model())
    assert [word.text for word in words] == 5 * NUMBERS
    assert all(word.status == "ok" for word in words)
