"""The normaliser: MNIST's own recipe, drawn small."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from batchocr.network.dataset import Mnist, load_mnist
from batchocr.network.model import load_model
from batchocr.normalize import normalize_glyph, normalize_glyphs

MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist"


def ink(*rows: str) -> NDArray[np.bool_]:
    return np.array([[c == "#" for c in row] for row in rows])


@pytest.fixture(scope="module")
def mnist() -> Mnist:
    if not MNIST.is_dir():
        pytest.skip(f"MNIST is not at {MNIST}")
    return load_mnist(MNIST)


def test_no_glyphs_give_an_empty_batch() -> None:
    batch = normalize_glyphs([])
    assert batch.shape == (0, 28, 28)
    assert batch.dtype == np.uint8


def test_a_crop_without_ink_gives_an_empty_picture() -> None:
    assert not normalize_glyphs([np.zeros((5, 9), bool), np.zeros((0, 4), bool)]).any()


def test_a_square_of_twenty_pixels_is_placed_in_the_middle() -> None:
    expected = np.zeros((28, 28), np.uint8)
    expected[5:25, 5:25] = 255  # a centre of mass on a pixel border goes down and right, as in QMNIST
    assert np.array_equal(normalize_glyph(np.ones((20, 20), bool)) > 250, expected > 250)


def test_a_speck_is_not_blown_up() -> None:
    picture = normalize_glyph(ink("##", "##"))
    assert np.count_nonzero(picture) == 16  # 2 of a padded 10 px square is 4 of 20
    assert picture.max() == 255


def test_the_aspect_is_kept() -> None:
    rows, columns = np.nonzero(normalize_glyph(np.ones((60, 12), bool)))
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 in (4, 5)


def test_an_empty_margin_changes_nothing() -> None:
    glyph = ink("####", "...#", "..#.", ".#..", "#...").repeat(7, 0).repeat(7, 1)
    assert np.array_equal(normalize_glyph(glyph), normalize_glyph(np.pad(glyph, ((3, 0), (1, 5)))))


def test_a_glyph_is_the_same_alone_and_among_others() -> None:
    generator = np.random.default_rng(0)
    crops = [generator.random((h, w)) < 0.7 for h, w in generator.integers(1, 60, (50, 2))]
    tight = [np.pad(crop, 1, constant_values=True) for crop in crops]
    together = normalize_glyphs(tight, tight=True)
    assert np.array_equal(together, np.array([normalize_glyph(crop) for crop in tight]))


def test_grey_ink_is_scaled_to_a_full_peak() -> None:
    faint = ink("###", "#.#", "###").repeat(9, 0).repeat(9, 1).astype(np.uint8) * 90
    assert normalize_glyph(faint).max() == 255


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_centre_of_mass_is_in_the_middle(high: int, wide: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((high, wide)) < 0.6
    mask[0, 0] = True
    picture = normalize_glyph(mask).astype(float)
    along = np.arange(28)
    for axis in (0, 1):
        middle = float((picture.sum(axis) * along).sum() / picture.sum())
        assert 13.4 <= middle <= 14.6


@pytest.mark.parametrize("side", [84, 112, 126])  # the glyph itself, 20 of 28 px, comes to 60..90 px
def test_mnist_enlarged_and_binarised_reads_as_well_as_the_original(mnist: Mnist, side: int) -> None:
    predict = load_model()
    large = [cv2.resize(x, (side, side), interpolation=cv2.INTER_CUBIC) > 127 for x in mnist.test_images]
    labels = mnist.test_labels
    original = (predict(mnist.test_images).argmax(1) != labels).mean()
    again = (predict(normalize_glyphs(large)).argmax(1) != labels).mean()
    assert abs(again - original) <= 0.001
