"""Digits of dots, as of matrix printers, and ones in two halves."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Ink, Page, Probs
from batchocr.network.model import load_model
from batchocr.normalize import normalize_glyphs
from batchocr.pipeline import recognize_page
from batchocr.segmentation.components import find_components
from batchocr.segmentation.dotted import without_gaps
from batchocr.segmentation.segment import Atom, _with_broken

DOTS = (
    "01110 10001 10011 10101 11001 10001 01110", "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00010 00100 01000 11111", "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010", "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110", "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110", "01110 10001 10001 01111 00001 00010 01100",
)  # fmt: skip
NUMBERS = ["35902", "27486", "60352", "48577", "92036", "71428", "30965", "58249"]


def printed(radius: float, *, light: bool = False) -> NDArray[np.uint8]:
    """A list by a matrix printer, its dots 5 px apart."""
    page = np.full((760, 800), 235, np.uint8)
    for line, number in enumerate(NUMBERS):
        for column in range(4):
            for n, digit in enumerate(number):
                for row, dots in enumerate(DOTS[int(digit)].split()):
                    for at in (at for at, dot in enumerate(dots) if dot == "1"):
                        x, y = 40 + 190 * column + 5 * (6 * n + at), 40 + 90 * line + 5 * row
                        cv2.circle(page, (16 * x, 16 * y), round(16 * radius), 50, -1, cv2.LINE_AA, 4)
    return 255 - page if light else page


@pytest.mark.parametrize("radius", [1.8, 2.2, 3.2])
@pytest.mark.parametrize("light", [False, True])
def test_digits_of_dots_are_read(radius: float, light: bool) -> None:
    words = recognize_page(Page(printed(radius, light=light)), load_model())
    assert [word.text for word in words] == [number for number in NUMBERS for _ in range(4)]


def judge(masks: Sequence[Ink]) -> Probs:
    return load_model()(normalize_glyphs(masks, tight=True))


def test_dots_that_pass_for_digits_do_not_speak_for_themselves() -> None:
    def takes_dots_for_twos(masks: Sequence[Ink]) -> Probs:
        probs = judge(masks).copy()
        dots = [len(mask) < 10 for mask in masks]
        probs[dots] = np.eye(11, dtype=np.float32)[2]
        return probs

    page = np.asarray(cv2.resize(printed(1.4), None, fx=1.4, fy=1.4), np.uint8)  # none touches another
    ink = page < 140
    assert without_gaps(page, ink, find_components(ink), takes_dots_for_twos, light_ink=False) is not page


@pytest.mark.parametrize("letters", [10, 28])
def test_large_digits_that_letters_outvote_do_not_come_of_closing_these(letters: int) -> None:
    page = np.full((900, 900), 235, np.uint8)
    for y in range(30, 870, 80):
        for x in range(30, 500, 8):
            page[y : y + letters, x : x + 5] = 40  # closing makes one bar of them
        for x in (600, 700, 800):
            cv2.putText(page, "2", (x, y + 45), cv2.FONT_HERSHEY_SIMPLEX, 2.1, 40, 6)
    ink = page < 140
    assert without_gaps(page, ink, find_components(ink), judge, light_ink=False) is page


def test_writing_that_is_no_dots_stays_as_it_is() -> None:
    page = np.full((760, 800), 235, np.uint8)
    for line, number in enumerate(NUMBERS):
        cv2.putText(page, f"{number} {number} {number}", (40, 80 + 85 * line), 0, 1.3, 40, 3, cv2.LINE_AA)
    ink = page < 140
    assert without_gaps(page, ink, find_components(ink), judge, light_ink=False) is page
    assert without_gaps(page, ink & False, find_components(ink & False), judge, light_ink=False) is page


def test_a_screen_of_dots_that_is_no_writing_stays_as_it_is() -> None:
    page = np.full((760, 800), 235, np.uint8)
    for y in range(20, 740, 8):
        for x in range(20, 780, 8):
            cv2.circle(page, (x, y), 2, 50, -1)
    ink = page < 140
    assert without_gaps(page, ink, find_components(ink), judge, light_ink=False) is page


def bar(left: int, top: int, high: int, wide: int = 4) -> Atom:
    return Atom(Box(left, top, left + wide, top + high), np.ones((high, wide), bool))


def test_two_halves_of_a_one_are_one() -> None:
    digit = bar(100, 10, 40, 20)
    found = _with_broken([bar(50, 10, 16), digit, bar(51, 33, 17)], 40.0)
    assert [atom.box for atom in found] == [Box(50, 10, 55, 50), digit.box]
    assert found[0].mask[:16, :4].all() and found[0].mask[23:, 1:].all() and not found[0].mask[16:23].any()


def test_the_bars_of_a_one_that_lean_are_one() -> None:
    upper, lower = bar(54, 10, 16, 10), bar(50, 32, 16, 10)  # their boxes are wider than they are thick
    assert [atom.box for atom in _with_broken([upper, lower], 42.0)] == [Box(50, 10, 64, 48)]


def piece(left: int, top: int, *rows: str) -> Atom:
    """Ink of these rows, a character for four px of a row and four rows."""
    ink = np.kron(np.array([[c == "#" for c in row] for row in rows]), np.ones((4, 4))) > 0
    return Atom(Box(left, top, left + ink.shape[1], top + ink.shape[0]), ink)


CAP, BOWL = ("#####", "#...#", "#...#", "#...#"), ("#...#", "#...#", "#...#", "#####")
HOOK = ("#####", "....#", "....#", "....#")


def test_two_halves_of_a_zero_are_one() -> None:
    found = _with_broken([piece(50, 10, *CAP), piece(51, 32, *BOWL)], 40.0)
    assert [atom.box for atom in found] == [Box(50, 10, 71, 48)]


def test_two_halves_of_a_seven_are_one_on_a_page_of_broken_digits() -> None:
    seven = [piece(150, 10, *HOOK), bar(166, 32, 16)]
    ones = [bar(200 + 40 * n, top, 16) for n in range(3) for top in (10, 32)]
    assert len(_with_broken([*ones, *seven], 40.0)) == 4
    assert _with_broken([*ones[:4], *seven], 40.0)[2:] == seven


@pytest.mark.parametrize(
    "atoms",
    [
        [piece(50, 10, *BOWL), piece(50, 32, *CAP)],  # closed to each other
        [piece(50, 10, *CAP), piece(58, 32, *BOWL)],  # not level
        [piece(50, 10, *CAP), bar(56, 32, 16)],
        [bar(50, 10, 16), bar(50, 33, 17), bar(50, 56, 17)],  # a dashed rule
        [bar(50, 10, 16), bar(60, 33, 17)],  # beside each other
        [bar(50, 10, 16), bar(50, 45, 17)],  # far apart
        [bar(50, 10, 6), bar(50, 24, 6)],  # a colon
        [bar(50, 10, 16, 14), bar(50, 33, 17, 14)],  # two blots
        [bar(50, 10, 40)],
    ],
    ids=["closed", "aside", "one end", "dashes", "beside", "apart", "colon", "blots", "whole"],
)
def test_what_is_no_broken_one_stays_in_pieces(atoms: list[Atom]) -> None:
    assert _with_broken(atoms, 40.0) == atoms
