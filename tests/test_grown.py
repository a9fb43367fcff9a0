"""Lines of writing that have grown together."""

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.grown import parted_at, rows_between

USUAL = 40.0
PEN = 6


def ring(height: int) -> NDArray[np.bool_]:
    """A zero 26 px wide."""
    mask = np.ones((height, 26), bool)
    mask[PEN:-PEN, PEN:-PEN] = False
    return mask


def two_rings(gap: int) -> NDArray[np.bool_]:
    """A zero above another, joined by a stroke between them."""
    joint = np.zeros((gap, 26), bool)
    joint[:, 10 : 10 + PEN] = True
    return np.concatenate([ring(40), joint, ring(40)])


def placed(mask: NDArray[np.bool_], left: int, top: int) -> tuple[Box, NDArray[np.bool_]]:
    return Box(left, top, left + mask.shape[1], top + mask.shape[0]), mask


def test_lines_are_parted_where_hardly_a_stroke_runs() -> None:
    above = [placed(ring(40), 40 * n, 100) for n in (1, 2)]
    below = [placed(ring(40), 40 * n, 146) for n in (1, 2, 3)]
    (row,) = rows_between([placed(two_rings(6), 0, 100), *above, *below], USUAL)
    assert 138 <= row <= 148
    assert parted_at(*placed(two_rings(6), 0, 100), (row,), USUAL) == (row,)


def test_a_joined_pair_and_one_digit_beside_the_lower_one_are_two_lines() -> None:
    pair = placed(two_rings(6), 0, 100)
    assert len(rows_between([pair, placed(ring(40), 40, 146)], USUAL)) == 1


@pytest.mark.parametrize(
    "glyphs",
    [
        [placed(ring(40), 40 * n, 100) for n in range(4)],
        [placed(ring(84), 40 * n, 100) for n in range(3)],  # larger digits
        [placed(ring(84), 0, 100), placed(ring(40), 40, 122)],  # one is beside the middle
        [placed(np.ones((84, PEN), bool), 0, 100), placed(ring(40), 20, 100)],  # a tall stroke
    ],
    ids=["one line", "large", "beside the middle", "a stroke"],
)
def test_what_is_of_one_line_is_not_parted(glyphs: list[tuple[Box, NDArray[np.bool_]]]) -> None:
    assert rows_between(glyphs, USUAL) == ()


def test_a_tail_that_hangs_into_the_next_line_stays_with_its_digit() -> None:
    seven = np.zeros((52, 26), bool)
    seven[:PEN] = seven[:, 20:] = True
    assert parted_at(*placed(seven, 0, 100), (140,), USUAL) == ()


def test_joined_digits_are_cut_where_they_are_thinnest() -> None:
    pair = placed(two_rings(6), 0, 100)
    (row,) = parted_at(*pair, (136,), USUAL)
    assert 140 <= row < 146
