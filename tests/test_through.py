"""What shows through from the other side of a sheet."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Page
from batchocr.imaging.binarize import relief
from batchocr.imaging.through import Through
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from tests.pictures import scanned

NUMBERS = ["35902", "27486", "60352", "48577", "92036", "71428", "30965", "58249", "46813"]
PAPER, INK = 235, 40


def written(*, uprights: tuple[int, ...] = ()) -> NDArray[np.uint8]:
    page = np.full((900, 1000), PAPER, np.uint8)
    for n, text in enumerate(NUMBERS):
        for at, digit in enumerate(text):
            place = (200 + 42 * at, 140 + 85 * n)
            cv2.putText(page, digit, place, cv2.FONT_HERSHEY_DUPLEX, 1.6, INK, 3, cv2.LINE_AA)
    for x in uprights:
        page[60:860, x : x + 3] = INK
    return page


def behind(page: NDArray[np.uint8], *, share: float = 0.25, blur: float = 2.0) -> NDArray[np.uint8]:
    """The page as its other side shows it."""
    other = page[:, ::-1].astype(np.float32)
    if blur:
        other = cv2.GaussianBlur(other, (0, 0), blur)
    return np.asarray(PAPER - share * (PAPER - other), np.uint8)


def test_what_shows_through_is_for_a_person_and_nothing_else_is() -> None:
    page = scanned(np.minimum(written(), behind(written())))
    words = recognize_page(Page(page), load_model())
    front = [word for word in words if word.box.left < 500]
    assert [word.text for word in front] == NUMBERS
    assert {word.status for word in front} == {"ok"}
    others = [word for word in words if word.box.left >= 500]
    assert others
    assert {word.status for word in others} == {"review"}
    assert "may show through from the other side" in {word.message for word in others}


@pytest.mark.parametrize(
    ("share", "blur", "soft"),
    [(0.25, 2.0, True), (0.25, 0.0, False), (0.8, 2.0, False)],
    ids=["behind", "pencil", "out of focus"],
)
def test_faint_and_soft_ink_shows_through(share: float, blur: float, soft: bool) -> None:
    page = scanned(
        np.minimum(written(uprights=(150,)), behind(written(uprights=(150,)), share=share, blur=blur))
    )
    through = Through(relief(page).depth)
    first = Box(200, 108, 380, 142)
    assert through.words([first, Box(620, 108, 800, 142)]) == [False, soft]
    assert through.lines([Box(150, 60, 153, 860), Box(847, 60, 850, 860)]) == [False, soft]


def test_rules_that_show_through_part_no_number() -> None:
    rules = 1000 - 241, 900  # they show at 237, between two digits, and at 96
    ruled = written(uprights=(60, 480, 960))
    page = scanned(np.minimum(ruled, behind(written(uprights=rules))))
    words = [word for word in recognize_page(Page(page), load_model()) if word.box.left < 450]
    assert [word.text for word in words] == NUMBERS


@pytest.mark.parametrize("blur", [0.0, 3.0], ids=["pale", "behind"])
def test_pale_rules_as_soft_as_dark_ones_do_not_show_through(blur: float) -> None:
    page = written(uprights=(100, 500, 900))
    page[60:860, 600:602] = PAPER - 60
    page[:, 700:] = np.minimum(page, behind(written(uprights=(200,)), blur=blur or 0.5))[:, 700:]
    large = cv2.resize(page, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    large = np.asarray(cv2.GaussianBlur(large, (0, 0), 1.0), np.uint8)
    told = Through(relief(large).depth).lines(
        [Box(2 * x, 120, 2 * x + 6, 1720) for x in (100, 500, 600, 797)]
    )
    assert told == [False, False, False, blur > 0]


def test_a_page_without_ink_has_nothing_behind_it() -> None:
    through = Through(np.zeros((300, 300), np.uint8))
    assert through.words([Box(10, 10, 60, 40), Box(0, 0, 5, 5)]) == [False, False]
    assert through.lines([Box(10, 10, 12, 200)]) == [False]
