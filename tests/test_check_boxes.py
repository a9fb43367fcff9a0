"""Boxes to be ticked, beside printed numbers: they and their marks are no writing, and boxes to be written in are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Ink, Page, Probs
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.check_boxes import FEWEST, check_boxes, without_check_boxes
from batchocr.segmentation.components import Components, find_components
from batchocr.segmentation.segment import Atom
from tests.pictures import blank_page, scanned

SIDE, LEFT, APART, DOWN = 20, 40, 120, 60  # px of a box, of the first one's place, and between two
Picture = NDArray[np.uint8]
Mark = Callable[[Picture, int, int], None]


def no_digits(masks: Sequence[Ink]) -> Probs:
    probs = np.zeros((len(masks), 11), np.float32)
    probs[:, 10] = 1
    return probs


def square(page: Picture, x: int, y: int, side: int = SIDE, line: int = 2) -> None:
    cv2.rectangle(page, (x, y), (x + side - 1, y + side - 1), 30, line)


def circle(page: Picture, x: int, y: int, side: int) -> None:
    cv2.circle(page, (x + side // 2, y + side // 2), side // 2, 30, 2)


def zero(page: Picture, x: int, y: int, side: int) -> None:
    cv2.rectangle(page, (x, y), (x + side // 2, y + side), 30, 2)


def block(page: Picture, x: int, y: int, side: int) -> None:
    square(page, x, y, side, cv2.FILLED)


def cross(page: Picture, x: int, y: int) -> None:
    cv2.line(page, (x - 4, y - 3), (x + SIDE + 3, y + SIDE + 4), 50, 3)
    cv2.line(page, (x + SIDE + 2, y - 4), (x - 4, y + SIDE + 3), 50, 3)


def tick(page: Picture, x: int, y: int) -> None:
    points = np.array([(x + 2, y + 8), (x + 9, y + 17), (x + SIDE + 5, y - 6)], np.int32)
    cv2.polylines(page, [points], False, 50, 3)


def filling(page: Picture, x: int, y: int) -> None:
    page[y : y + SIDE, x : x + SIDE] = 50


def dot(page: Picture, x: int, y: int) -> None:
    page[y + 7 : y + 13, x + 6 : x + 13] = 50


def three(page: Picture, x: int, y: int) -> None:
    cv2.putText(page, "3", (x + 6, y + SIDE - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 30, 1)


def survey(
    rows: int = 3,
    *,
    mark: Mark | None = None,
    every: bool = False,
    label: str = "37",
    room: int = 10,
    side: int = SIDE,
    draw: Callable[[Picture, int, int, int], None] = square,
) -> Picture:
    """Four boxes in a row, each before a label; the second of a row is marked, or every one."""
    page = blank_page(80 + DOWN * rows, 600)
    for row in range(rows):
        for column in range(4):
            x, y = LEFT + APART * column, 40 + DOWN * row
            draw(page, x, y, side)
            if mark is not None and (every or column == 1):
                mark(page, x, y)
            cv2.putText(page, label, (x + side + room, y + side), cv2.FONT_HERSHEY_DUPLEX, 0.75, 30, 2)
    return page


def components_of(page: Picture) -> Components:
    return find_components(page < 128)


def found(page: Picture) -> list[Atom]:
    return check_boxes(components_of(page), no_digits)


@pytest.mark.parametrize("mark", [None, cross, tick, filling])
def test_squares_beside_labels_are_found_and_what_marks_them(mark: Mark | None) -> None:
    atoms = found(survey(mark=mark))
    assert len(atoms) == 12
    lefts = sorted({round((atom.box.left - LEFT) / APART) for atom in atoms})
    assert lefts == [0, 1, 2, 3]
    assert all(atom.box.left + 2 * SIDE < LEFT + APART * 4 for atom in atoms)
    assert all(atom.box.width <= 2 * SIDE for atom in atoms)  # no label among them


def test_a_mark_that_touches_no_side_goes_with_its_box() -> None:
    assert len(found(survey(mark=dot))) == 12 + 3


@pytest.mark.parametrize(
    "page",
    [
        survey(1),
        survey(label=""),
        survey(side=50),
        survey(room=2),
        survey(draw=circle),
        survey(draw=zero),
        survey(draw=block),
    ],
    ids=["few", "no labels", "large", "close to a digit", "circles", "zeros with corners", "solid"],
)
def test_what_is_no_box_to_be_ticked(page: Picture) -> None:
    assert FEWEST > 4
    assert not found(page)


def test_boxes_that_digits_stand_in_are_written_in() -> None:
    page = survey(mark=three, every=True)
    inside = components_of(page)
    assert found(page)

    def all_threes(masks: Sequence[Ink]) -> Probs:
        probs = no_digits(masks)
        probs[:, 3], probs[:, 10] = 1, 0
        return probs

    assert not check_boxes(inside, all_threes)
    assert without_check_boxes(page, inside, all_threes, light_ink=False) is page


def test_a_thick_digit_is_no_marked_box() -> None:
    page = survey()
    eights = blank_page(100, 600)
    for n in range(6):
        cv2.putText(eights, "8960"[n % 4], (40 + 90 * n, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.7, 40, 9)
    both = np.vstack([page, eights])
    assert len(found(both)) == 12


@pytest.mark.parametrize("mark", [cross, tick, filling])
def test_the_numbers_of_a_survey_are_read_without_its_boxes(mark: Mark) -> None:
    words = recognize_page(Page(scanned(survey(6, mark=mark))), load_model())
    assert [word.text for word in words] == ["37"] * 24
    assert all(SIDE < word.box.width < 2 * SIDE + 10 for word in words)


def test_the_page_is_left_where_there_are_none() -> None:
    page = survey(1)
    assert without_check_boxes(page, components_of(page), no_digits, light_ink=False) is page
    inverse = 255 - survey()
    cleared = without_check_boxes(inverse, find_components(inverse > 128), no_digits, light_ink=True)
    assert cleared[40 : 40 + SIDE, LEFT : LEFT + SIDE].max() < 60
