"""What is written in boxes paler than its neighbours is ink there; what is paler than most digits of the boxes is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Ink
from batchocr.imaging.binarize import Relief
from batchocr.segmentation.paler import with_paler
from tests.test_between import SIDE, groups
from tests.test_cells import form, read

TOP = 100  # px above the cells
TEXTS = ["xxx2734", "xx58206", "493", "xxx36", "x7", "620853"]


def paper(*marks: tuple[int, int, int, int, int], two_tone: bool = False) -> Relief:
    """Ink at these places, px from left to right and top to bottom, and how deep it is."""
    depth = np.random.default_rng(1).integers(0, 5, (300, 1000)).astype(np.uint8)
    for left, top, right, bottom, deep in marks:
        depth[top:bottom, left:right] = deep
    return Relief(depth, 1.5, two_tone, light_ink=False)


def digit(cell: int, deep: int) -> tuple[int, int, int, int, int]:
    left = 50 + SIDE * cell
    return left + 25, TOP + 12, left + 33, TOP + 48, deep


def inked(found: Ink, mark: tuple[int, int, int, int, int]) -> bool:
    left, top, right, bottom, _ = mark
    return bool(found[top:bottom, left:right].all())


def test_the_ink_of_a_cell_is_told_by_its_own() -> None:
    marks = [digit(0, 150), digit(1, 90), digit(2, 150), digit(3, 160), digit(4, 40)]
    found, pale = with_paler(np.zeros((300, 1000), bool), paper(*marks), groups(6))
    assert [inked(found, mark) for mark in marks] == [True, True, True, True, False]
    assert np.count_nonzero(found) == 4 * 8 * 36  # and nothing of the paper
    assert [box.left < marks[4][0] and marks[4][2] < box.right for box in pale] == [True]


def test_pale_marks_in_many_cells_are_printed_there_and_specks_are_no_digits() -> None:
    nothing = np.zeros((300, 1000), bool)
    guides = [digit(0, 150), digit(1, 150), digit(2, 40), digit(3, 40), digit(4, 40)]
    assert with_paler(nothing, paper(*guides), groups(8))[1] == set()
    written = [digit(n, 150) for n in range(10)]
    guides = [digit(n, 40) for n in range(10, 13)]
    # three of four that nothing is written in
    assert with_paler(nothing, paper(*written, *guides), groups(14))[1] == set()
    assert len(with_paler(nothing, paper(*written, *guides[:2]), groups(14))[1]) == 2
    speck = digit(4, 40)
    low = (speck[0], speck[1], speck[2], speck[1] + 10, 40)
    assert with_paler(nothing, paper(digit(0, 150), digit(1, 150), low), groups(8))[1] == set()
    assert with_paler(nothing, paper(digit(0, 150), digit(1, 150), digit(2, 20)), groups(8))[1] == set()


def test_what_is_too_pale_beside_a_number_is_a_doubt_of_it() -> None:
    page: NDArray[np.uint8] = form([" 2734", "58206", " 4932", "53536"] * 2)
    doubtful = page.copy()
    doubtful[90:130, 145:150] -= 35  # a 1, or none
    for picture, status in ((page, "ok"), (doubtful, "review")):
        first = min((word for word in read(picture) if word.box.top < 140), key=lambda word: word.box.left)
        assert (first.text, first.status) == ("2734", status)


def test_a_pale_sign_between_boxes_is_ink() -> None:
    first = 50 + 2 * SIDE
    slash, speck = (
        (first + 12, TOP + 20, first + 16, TOP + 50, 45),
        (first + 12, TOP + 20, first + 16, TOP + 50, 20),
    )
    for sign, expected in ((slash, True), (speck, False)):
        marks = [digit(0, 150), digit(1, 150), sign]
        assert (
            inked(with_paler(np.zeros((300, 1000), bool), paper(*marks), groups(2, 2))[0], sign) is expected
        )


def test_pages_in_black_and_white_or_without_boxes_stay_as_they_are() -> None:
    ink = np.zeros((300, 1000), bool)
    marks = [digit(0, 150), digit(1, 90)]
    assert with_paler(ink, paper(*marks, two_tone=True), groups(2))[0] is ink
    assert with_paler(ink, paper(*marks), [])[0] is ink
    assert not with_paler(ink, paper(), groups(2))[0].any()


@pytest.mark.parametrize("pen", [150, 165])
def test_pencil_beside_boxes_crossed_out_with_a_pen_is_read(pen: int) -> None:
    page: NDArray[np.uint8] = form(TEXTS, pen=pen, crossed=30)
    assert [word.text for word in read(page)] == ["2734", "58206", "493", "36", "7", "620853"]
