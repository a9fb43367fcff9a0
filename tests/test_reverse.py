"""Reverse type: light figures on dark patches."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.imaging.reverse import rows_of_windows, without_reverse
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page

PAPER, PATCH, LIGHT, PEN = 236, 40, 230, 60
Drawn = Callable[[NDArray[np.uint8]], None]


def drawn(*parts: Drawn, noise: float = 2.0) -> NDArray[np.uint8]:
    page = np.full((420, 640), PAPER, np.uint8)
    for part in parts:
        part(page)
    softened = cv2.GaussianBlur(page, (0, 0), 0.7) + np.random.default_rng(5).normal(0, noise, page.shape)
    return np.clip(softened, 0, 255).astype(np.uint8)


def text(what: str, x: int, foot: int, grey: int) -> Drawn:
    def draw(page: NDArray[np.uint8]) -> None:
        cv2.putText(page, what, (x, foot), cv2.FONT_HERSHEY_SIMPLEX, 1.4, grey, 3)

    return draw


def patch(left: int, top: int, right: int, bottom: int) -> Drawn:
    def draw(page: NDArray[np.uint8]) -> None:
        page[top:bottom, left:right] = PATCH

    return draw


BESIDE = text("4071", 60, 380, PEN)
WHEELS = [
    part
    for n, c in enumerate("2753")
    for part in (patch(60 + 50 * n, 60, 104 + 50 * n, 124), text(c, 68 + 50 * n, 106, LIGHT))
]
BAND = [patch(20, 160, 620, 230), text("3845", 60, 210, LIGHT), text("206", 400, 210, LIGHT)]


@pytest.mark.parametrize("two_tone", [False, True])
def test_numbers_on_dark_patches_are_read_like_others(two_tone: bool) -> None:
    page = drawn(*WHEELS, *BAND, BESIDE)
    if two_tone:
        page = np.where(page > 128, 255, 0).astype(np.uint8)
    assert [word.text for word in recognize_page(Page(page), load_model())] == ["2753", "3845", "206", "4071"]


def test_patches_of_a_scan_without_contrast_are_patches() -> None:
    page = (150 + (drawn(*WHEELS, *BAND, BESIDE).astype(np.float64) - 128) * 0.28).astype(np.uint8)
    assert page.min() > 0.55 * page.max()
    assert [word.text for word in recognize_page(Page(page), load_model())] == ["2753", "3845", "206", "4071"]


def test_what_is_beside_a_patch_stays_as_it_was_and_nothing_of_its_edge_is_left() -> None:
    page = drawn(*BAND, BESIDE)
    plain = without_reverse(page).page
    assert np.array_equal(plain[250:], page[250:])
    edge = np.concatenate([plain[150:176].ravel(), plain[216:240].ravel()])
    assert edge.min() > PAPER - 20
    figures = plain[176:216, 60:200]
    assert figures.min() < PATCH + 30


def rotated(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    turn = cv2.getRotationMatrix2D((320, 210), 1.0, 1.0)
    return np.asarray(cv2.warpAffine(page, turn, (640, 420), borderValue=PAPER), np.uint8)


def test_a_patch_may_lie_a_little_askew() -> None:
    page = rotated(drawn(*WHEELS, *BAND, BESIDE))
    assert without_reverse(page).page is not page
    assert "3845" in [word.text for word in recognize_page(Page(page), load_model())]


def ring(page: NDArray[np.uint8]) -> None:
    """The corner of a QR code."""
    page[60:130, 60:130] = PATCH
    page[70:120, 70:120] = PAPER
    page[80:110, 80:110] = PATCH


def frame(page: NDArray[np.uint8]) -> None:
    page[50:130, 50:300] = PATCH
    page[58:122, 58:292] = PAPER
    text("275", 90, 105, PEN)(page)


def bold(page: NDArray[np.uint8]) -> None:
    cv2.putText(page, "0D8B", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 5, PATCH, 26)


def dots(page: NDArray[np.uint8]) -> None:
    for x in range(80, 600, 90):
        cv2.circle(page, (x, 100), 30, PATCH, -1)
        cv2.putText(page, "7", (x - 12, 112), cv2.FONT_HERSHEY_SIMPLEX, 1.0, LIGHT, 2)


@pytest.mark.parametrize(
    "other",
    [ring, frame, bold, dots, patch(50, 50, 200, 130), patch(0, 0, 640, 300)],
    ids=lambda o: getattr(o, "__name__", "patch"),
)
def test_what_is_no_patch_with_figures_stays(other: Drawn) -> None:
    page = drawn(other, BESIDE)
    assert without_reverse(page).page is page


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (1, 1), (3, 200), (200, 3), (20, 21), (60, 60)])
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_small_and_plain_pictures_stay(shape: tuple[int, int], grey: int) -> None:
    page = np.full(shape, grey, np.uint8)
    assert without_reverse(page).page is page


def dot(x: int, page: NDArray[np.uint8]) -> None:
    cv2.circle(page, (x, 92), 3, LIGHT, -1)


def windows(digits: str, step: int = 60, wide: int = 44) -> list[Drawn]:
    """The windows of a counter, a digit to each, if any: * is a dot, which is no figure."""
    parts: list[Drawn] = []
    for n, digit in enumerate(digits):
        left = 60 + step * n
        parts.append(patch(left, 60, left + wide, 124))
        if digit == "*":
            parts.append(partial(dot, left + 22))
        else:
            parts.append(text(digit, left + 8, 106, LIGHT))
    return parts


def test_windows_side_by_side_are_a_row() -> None:
    turned = without_reverse(drawn(*windows("27534"), *BAND))
    (row,) = rows_of_windows(turned.patches)
    assert abs(row[:, 0] - (60 + 60 * np.arange(5))).max() <= 3
    assert abs(row[:, 2] - row[:, 0] - 44).max() <= 4


@pytest.mark.parametrize("seen", ["2*34", "*734", "273*", "2**", "*4"])
def test_a_window_like_its_neighbours_is_one_whatever_it_holds(seen: str) -> None:
    turned = without_reverse(drawn(*windows(seen)))
    assert [len(row) for row in rows_of_windows(turned.patches)] == [len(seen)]
    assert len(turned.patches) == len(seen)
    at = 60 + 60 * seen.index("*")
    assert turned.page[60:124, at : at + 12].min() > PAPER - 25


def test_a_window_that_is_hardly_seen_is_found_where_the_next_one_would_be() -> None:
    page = drawn(*windows("2753"))
    page[60:124, 240:284] += np.where(page[60:124, 240:284] < 60, 40, 0).astype(np.uint8)
    page[60:124, 262] = 235  # it is in two
    turned = without_reverse(page)
    assert [len(row) for row in rows_of_windows(turned.patches)] == [4]


@pytest.mark.parametrize(
    "boxes",
    [
        [Box(0, 0, 40, 60), Box(90, 0, 130, 60)],  # too far apart
        [Box(0, 0, 40, 60), Box(50, 20, 90, 80)],  # not level
        [Box(0, 0, 40, 60), Box(50, 0, 110, 60)],  # not as wide
        [Box(0, 0, 200, 60), Box(210, 0, 410, 60)],  # as words are wide
        [Box(0, 0, 40, 60)],
        [],
    ],
)
def test_other_patches_are_no_row(boxes: list[Box]) -> None:
    assert rows_of_windows(boxes) == []


def test_the_digits_in_windows_far_apart_are_one_number() -> None:
    page = drawn(*windows("27534", step=84, wide=60), *BAND, BESIDE)
    assert [word.text for word in recognize_page(Page(page), load_model())] == [
        "27534",
        "3845",
        "206",
        "4071",
    ]
