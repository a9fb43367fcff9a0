"""Damage that the digit network is measured under: each kind does what it says to a drawn digit."""

from __future__ import annotations

from types import ModuleType

import cv2
import numpy as np
import pytest
from conftest import load_script
from numpy.typing import NDArray


@pytest.fixture(scope="module")
def damage() -> ModuleType:
    return load_script("damage_figures")


STROKE = np.zeros((28, 28), np.uint8)
STROKE[4:24, 12:16] = 255


@pytest.fixture
def one(damage: ModuleType) -> NDArray[np.uint8]:
    """An upright stroke."""
    return damage.enlarged(STROKE, damage.SIDE)


def ink(damage: ModuleType, name: str, grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return damage.DAMAGES[name](grey, np.random.default_rng(1)) > damage.INK


def test_pens_change_the_stroke_and_nothing_else(damage: ModuleType, one: NDArray[np.uint8]) -> None:
    whole = ink(damage, "none", one)
    thin, thick = ink(damage, "thinner pen", one), ink(damage, "thicker pen", one)
    assert thin.sum() < whole.sum() < thick.sum()
    assert not (thin & ~whole).any() and not (whole & ~thick).any()


@pytest.mark.parametrize(("name", "side"), [("1 bit at 200 dpi", 56), ("1 bit at 150 dpi", 42)])
def test_coarse_scans_have_their_size(
    damage: ModuleType, one: NDArray[np.uint8], name: str, side: int
) -> None:
    assert ink(damage, name, one).shape == (side, side)


def test_a_ruled_line_goes_across_and_beyond(damage: ModuleType, one: NDArray[np.uint8]) -> None:
    added = ink(damage, "ruled line left across", one) & ~ink(damage, "none", one)
    rows, columns = np.flatnonzero(added.any(1)), np.flatnonzero(added.any(0))
    assert len(rows) == 3
    assert columns[-1] - columns[0] + 1 == np.flatnonzero(ink(damage, "none", one).any(0)).size + 10


def test_salt_and_pepper_leaves_no_specks_beside_the_digit(
    damage: ModuleType, one: NDArray[np.uint8]
) -> None:
    salted = ink(damage, "salt and pepper", one)
    assert (salted != ink(damage, "none", one)).any()
    count, _ = cv2.connectedComponents(salted.astype(np.uint8), connectivity=8)
    assert count == 2  # paper and the stroke


def test_skew_turns_the_digit(damage: ModuleType, one: NDArray[np.uint8]) -> None:
    turned = ink(damage, "10 degrees skew", one)
    assert np.flatnonzero(turned.any(0)).size > np.flatnonzero(ink(damage, "none", one).any(0)).size + 5


def test_digits_taken_off_their_page_are_what_was_set_on_it(
    damage: ModuleType, one: NDArray[np.uint8]
) -> None:
    taken = damage.as_read([one] * 101)  # a page and one more
    assert len(taken) == 101
    own = ink(damage, "none", one)
    rows, columns = np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
    for mask in taken:
        assert abs(mask.shape[0] - rows.size) <= 2 and abs(mask.shape[1] - columns.size) <= 2
        assert mask.mean() > 0.9


def test_a_line_across_is_taken_off_as_on_a_page(damage: ModuleType, one: NDArray[np.uint8]) -> None:
    lined = damage.damaged(np.array([STROKE]), damage.DAMAGES["ruled line left across"], 1)
    (taken,) = damage.as_read(lined)
    plain = damage.as_read([one])[0]
    assert abs(np.flatnonzero(taken.any(0)).size - plain.shape[1]) <= 2
