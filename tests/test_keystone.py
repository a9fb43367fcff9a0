"""How a page lies in a photograph is told by its lines and columns, and the page is put straight by that."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Grey
from batchocr.imaging.binarize import binarize
from batchocr.imaging.deskew import skew_degrees, straighten
from batchocr.imaging.keystone import Lie, lie_of, put_straight
from tests.pictures import blank_page

HIGH, WIDE = 1200, 900


def table() -> Grey:
    """A table of ruled lines, 40 px high and 100 px wide cells, without writing."""
    page = blank_page(HIGH, WIDE)
    for row in range(100, HIGH - 99, 40):
        page[row : row + 2, 100 : WIDE - 98] = 60
    for column in range(100, WIDE - 99, 100):
        page[100 : HIGH - 98, column : column + 2] = 60
    return page


def photographed(page: Grey, share: float) -> tuple[Grey, NDArray[np.float64]]:
    """A page seen aslant, its corners off by up to so much of its width or height, and the homography."""
    high, wide = page.shape
    here = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    off = np.array([[0.6, 0.4], [-0.8, 0.0], [0.0, -0.2], [0.4, -0.5]]) * [wide, high]
    way = cv2.getPerspectiveTransform(here, (here + share * off).astype(np.float32))
    seen = cv2.warpPerspective(page, way, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8), np.asarray(way, np.float64)


def upright_lines(page: Grey) -> int:
    """How many columns of the page are dark for most of the table's height."""
    return int(np.count_nonzero((page < 150).sum(axis=0) > 0.7 * (HIGH - 200)))


@pytest.mark.parametrize("share", [0.03, 0.06, 0.12])
def test_a_table_photographed_aslant_is_put_straight(share: float) -> None:
    seen, _ = photographed(table(), share)
    lie = lie_of(binarize(seen))
    assert lie.rows_change < -0.6 and lie.columns_change < -0.6
    straight, _ = put_straight(seen, lie)
    straight, _ = put_straight(seen, lie, lie_of(binarize(straight), aslant=True))
    assert lie_of(binarize(straight)).is_straight
    assert upright_lines(straight) >= 8 > upright_lines(seen)


def test_boxes_of_the_straight_page_are_found_on_the_photograph() -> None:
    page = table()
    page[500:530, 420:460] = 0
    seen, way = photographed(page, 0.08)
    straight, turn = put_straight(seen, lie_of(binarize(seen)))
    rows, columns = np.nonzero(cv2.erode(255 - straight, np.ones((9, 9))) > 150)
    (back,) = turn.boxes_back(
        np.array([[columns.min() - 4, rows.min() - 4, columns.max() + 5, rows.max() + 5]], float)
    )
    corners = cv2.perspectiveTransform(np.array([[[420.0, 500.0], [460.0, 530.0]]]), way)[0].ravel()
    assert np.abs(back - corners).max() <= 4
    (forth,) = turn.boxes_forth(np.array([back]))
    assert forth[0] <= columns.min() and forth[1] <= rows.min()  # the bounds of bounds are wider


@pytest.mark.parametrize("degrees", [0.0, 3.0, -7.0])
def test_a_flat_page_is_turned_only(degrees: float) -> None:
    page = table() if degrees == 0 else straighten(table(), -degrees)[0]
    lie = lie_of(binarize(page))
    assert lie.is_flat and abs(lie.rows - degrees) <= 0.2
    assert lie.is_straight == (degrees == 0)
    by_lie, by_angle = put_straight(page, lie), straighten(page, lie.rows)
    assert np.array_equal(by_lie[0], by_angle[0])


def test_one_edge_alone_makes_no_page_lie_aslant() -> None:
    page = table()
    cv2.line(page, (860, 40), (830, 1180), 0, 5)  # a shadow, or the edge of what lies below
    assert lie_of(binarize(page)).is_flat


def test_lines_of_writing_tell_of_rows_but_not_of_columns() -> None:
    page = blank_page(HIGH, WIDE)
    for top, below in pairwise(range(120, HIGH - 60, 60)):
        assert below - top == 60
        for left in range(80, WIDE - 120, 90):
            cv2.line(page, (left + 14, top), (left, top + 28), 0, 4)  # strokes that all lean
            page[top + 26 : top + 30, left : left + 50] = 0
    lie = lie_of(binarize(page))
    assert lie.columns == -lie.rows and lie.columns_change == 0
    seen, _ = photographed(page, 0.1)
    lie = lie_of(binarize(seen))
    assert lie.rows_change < -0.6
    assert lie_of(binarize(put_straight(seen, lie)[0])).rows_change == 0


def test_an_empty_page_lies_straight() -> None:
    assert lie_of(np.zeros((600, 400), np.bool_)).is_straight
    assert Lie().is_straight


def test_a_flat_page_photographed_twice_as_large_lies_the_same() -> None:
    seen, _ = photographed(table(), 0.06)
    small, large = (lie_of(binarize(cv2.resize(seen, None, fx=f, fy=f))) for f in (1.0, 2.0))
    assert abs(small.rows_change - large.rows_change) <= 0.4
    assert abs(small.columns_change - large.columns_change) <= 0.4
    assert abs(skew_degrees(binarize(put_straight(seen, small)[0]))) <= 0.2


def test_a_long_strip_whose_lines_meet_in_the_picture_is_turned_only() -> None:
    strip = np.full((320, 6000), 230, np.uint8)
    for at in range(40, 300, 20):
        rise = np.tan(np.radians(4)) * (at - 160) / 320
        ends = [(x, round(at + rise * (x - 3000))) for x in (1000, 5000)]
        cv2.line(strip, ends[0], ends[1], 40, 3)
    lie = lie_of(binarize(strip))
    assert lie.is_flat
    assert put_straight(strip, lie)[0].size < 2 * strip.size
