"""Lines of writing that have grown together."""

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.grown import parted_at, rows_between, rows_on_ruled_paper
from tests.pictures import blank_page, scanned, stroke_digit, write

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


PITCH = 46


def rules(count: int = 8, lost: tuple[int, ...] = (), pieces: int = 1) -> list[Box]:
    """Those of ruled paper 600 px wide, the first at 100 px, some of them lost, all in pieces."""
    wide = 600 // pieces
    return [
        Box(wide * k, 100 + PITCH * n, wide * (k + 1) - 20, 102 + PITCH * n)
        for n in range(count)
        if n not in lost
        for k in range(pieces)
    ]


def on_lines(stray: int = 0, count: int = 7) -> NDArray[np.float64]:
    """Glyphs whose feet are 4 px above a rule, or so far off now and then."""
    feet = [97 + PITCH * (n + 1) + (stray * (n % 3 - 1)) for n in range(count)]
    return np.array([[50 * n, foot - 40, 50 * n + 26, foot] for n, foot in enumerate(feet)], np.float64)


@pytest.mark.parametrize(("lost", "pieces"), [((), 1), ((2, 5), 1), ((3,), 3)])
def test_rows_of_ruled_paper_are_told_by_its_rules_and_what_stands_on_them(
    lost: tuple[int, ...], pieces: int
) -> None:
    rows = rows_on_ruled_paper(rules(lost=lost, pieces=pieces), on_lines(), USUAL, 600)
    assert abs(rows - (101 - PITCH + PITCH * np.arange(10) - 4 + (PITCH - USUAL) / 2)).max() <= 1


@pytest.mark.parametrize(
    ("level", "glyphs"),
    [
        (rules(4), on_lines()),
        ([Box(0, y, 580, y + 2) for y in (100, 150, 190, 260, 300, 372)], on_lines()),
        ([Box(0, y, 580, y + 2) for y in range(100, 900, 120)], on_lines()),  # far apart
        ([Box(0, rule.top, 200, rule.bottom) for rule in rules()], on_lines()),  # short
        (rules(), on_lines(stray=15)),
        (rules(), on_lines(count=4)),
        ([], on_lines()),
        (rules(), np.zeros((0, 4))),
    ],
    ids=["few", "uneven", "far apart", "short", "not on lines", "few glyphs", "none", "nothing written"],
)
def test_other_rules_are_not_of_ruled_paper(level: list[Box], glyphs: NDArray[np.float64]) -> None:
    assert not rows_on_ruled_paper(level, glyphs, USUAL, 600).size


def test_numbers_that_touch_from_line_to_line_of_ruled_paper_are_read() -> None:
    rng = np.random.default_rng(3)
    page, texts = blank_page(700, 640), []
    for y in range(80, 660, 56):
        page[y : y + 2] = 170
    for row in range(9):
        text = "".join(map(str, rng.integers(0, 10, 1 + row % 3)))
        texts.append(text)
        for n, digit in enumerate(text):  # in pairs of rows that touch, and in rows that do not
            high = 60 if row % 2 and row < 6 else 46
            write(page, stroke_digit(int(digit), rng, high, 6), (120 + 50 * n, 84 + 56 * row), 50, 230)
    words = recognize_page(Page(scanned(page)), load_model())
    found = [word.text for word in words]
    assert sum(text in found for text in texts) >= 7
