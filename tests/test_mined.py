"""Strips of drawn pages to learn from: kept, chosen and shown."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from test_strings import Writers, bars, squares

from batchocr.network.mined import MinedStrings
from batchocr.network.slider import BEFORE
from batchocr.network.sliding import draw_row_batch
from batchocr.strip import STRIP_HEIGHT, Strip

ROOMS = ((2, 64), (4, 128))


def strip(wide: int, grey: int = 0) -> Strip:
    return np.full((STRIP_HEIGHT, wide), grey, np.uint8)


def mined(*strings: tuple[int, str, str, int]) -> MinedStrings:
    found = MinedStrings()
    for wide, text, read, kind in strings:
        found.add(strip(wide), text, read, kind)
    return found


def test_what_was_mined_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    found = MinedStrings()
    rng = np.random.default_rng(1)
    for wide, text, read in ((40, "07", "01"), (90, "", "115")):
        found.add(rng.integers(0, 256, (STRIP_HEIGHT, wide), np.uint8), text, read, wide)
    found.save(tmp_path / "mined.npz")
    again = MinedStrings.load(tmp_path / "mined.npz")
    assert (again.texts, again.read, again.kinds) == (["07", ""], ["01", "115"], [40, 90])
    for one, other in zip(again.strips, found.strips, strict=True):
        np.testing.assert_array_equal(one, other)
    MinedStrings().save(tmp_path / "none.npz")
    assert MinedStrings.load(tmp_path / "none.npz") == MinedStrings()


def test_circles_and_strokes_that_are_no_number_are_not_kept() -> None:
    kept = mined((40, "", "0", 1), (40, "", "11", 1), (40, "", "15", 1), (40, "", "", 1), (40, "1", "1", 1))
    assert list(zip(kept.texts, kept.read, strict=True)) == [("", "15"), ("", ""), ("1", "1")]


def test_each_strip_is_for_the_first_room_that_it_and_its_text_fit() -> None:
    found = mined(
        (64, "12", "12", 1), (64, "123", "123", 1), (65, "1", "1", 1), (129, "1", "1", 1), (9, "12345", "", 1)
    )
    small, large = found.pools(ROOMS)
    assert small[0] == [0] and large[0] == [1, 2]
    assert small[1].sum() == pytest.approx(1) and large[1].sum() == pytest.approx(1)


def test_what_was_read_wrongly_is_shown_more_often_and_many_of_a_kind_count_less() -> None:
    strings = [(30, "12", "12", 1)] * 99 + [(30, "34", "31", 1)] + [(30, "56", "56", 2)]
    found = mined(*strings)
    pool, _ = found.pools(ROOMS)
    _, texts = found.some(pool, 4000, np.random.default_rng(3))
    shown = Counter(texts)
    assert 2 < shown["34"] / (shown["12"] / 99) < 6
    assert 7 < shown["56"] / (shown["12"] / 99) < 13, "ten times: the root of a hundred"


def test_some_strips_are_shown_otherwise_and_all_keep_their_size() -> None:
    found = MinedStrings()
    plain = np.zeros((STRIP_HEIGHT, 60), np.uint8)
    plain[8:24, 20:40] = 255
    found.add(plain, "1", "1", 1)
    pool, _ = found.pools(ROOMS)
    strips, _ = found.some(pool, 60, np.random.default_rng(3))
    assert {seen.shape for seen in strips} == {plain.shape}
    as_it_is = sum(bool((seen == plain).all()) for seen in strips)
    assert 5 < as_it_is < 35


def test_half_of_a_batch_may_be_given() -> None:
    hands = Writers([bars()], [squares()], [squares()])
    found = mined((40, "123", "123", 1))
    found.strips[0][:] = 90
    (pool,) = found.pools(((4, 208),))
    strips, digits, lengths, own = draw_row_batch(
        hands, 10, 6, 208, np.random.default_rng(5), lambda count, rng: found.some(pool, count, rng)
    )
    assert strips.shape == (10, BEFORE + 208, STRIP_HEIGHT)
    assert digits[5:, :3].tolist() == [[1, 2, 3]] * 5 and lengths[5:].tolist() == [3] * 5
    assert own[5:].tolist() == [10] * 5
    grey = strips[5:, BEFORE : BEFORE + 40, 16].astype(float).mean(axis=1)
    assert (np.abs(grey - 90) < 60).all(), "as it was mined, or nearly"
