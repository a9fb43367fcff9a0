"""Writing much paler than the print beside it, as pencil is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr import pipeline
from batchocr.elements import Page
from batchocr.imaging.binarize import Faint, _pieces, _with_paler_layer, fainter_ink, noise_of, relief
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from tests.pictures import blank_page, scanned, stroke_digit, write
from tests.readings import seen_as

PAPER, PRINT, PENCIL = 235, 20, 178


def form(grey: int = PENCIL, lines: bool = True) -> tuple[NDArray[np.uint8], list[str]]:
    """Labels in heavy black print with numbers in some grey right behind them, over black lines."""
    rng = np.random.default_rng(4)
    page, texts = blank_page(900, 700, PAPER), []
    for row in range(11):
        top = 40 + row * 76
        cv2.putText(page, "TOTAL", (30, top + 42), cv2.FONT_HERSHEY_SIMPLEX, 1.3, PRINT, 5)
        texts.append("".join(map(str, rng.integers(0, 10, 2 + row % 3))))
        if lines:
            page[top + 54 : top + 58, 190:460] = PRINT
        for n, text in enumerate(texts[-1]):
            write(page, stroke_digit(int(text), rng, 46, 7), (200 + 44 * n, top), grey, PAPER)
    return scanned(page), texts


def of_pencil(page: NDArray[np.uint8], faint: Faint | None) -> int:
    """px of ink where the pencil is."""
    return int(
        np.count_nonzero(
            relief(page, faint=faint).ink()[:, 195:][abs(page[:, 195:].astype(int) - PENCIL) < 25]
        )
    )


def test_pencil_beside_black_print_is_a_layer_of_its_own() -> None:
    page, _ = form()
    assert Faint.LAYER in fainter_ink(relief(page))
    assert of_pencil(page, Faint.LAYER) > 1.3 * of_pencil(page, None)
    black = relief(page).ink()[:, :190]
    assert np.mean(relief(page, faint=Faint.LAYER).ink()[:, :190] == black) > 0.999


@pytest.mark.parametrize("grey", [PRINT, 110])
def test_ink_that_nothing_hides_is_no_layer(grey: int) -> None:
    assert Faint.LAYER not in fainter_ink(relief(form(grey)[0]))


def test_the_grain_of_paper_is_no_layer() -> None:
    page, _ = form()
    grain = np.random.default_rng(5).normal(0, 20, page.shape)
    grainy = np.clip(page + cv2.GaussianBlur(grain, (0, 0), 1.0) * 3, 0, 255).astype(np.uint8)
    paper = replace(relief(grainy), noise=noise_of(grainy))  # as if its texture told nothing
    assert _pieces(_with_paler_layer(paper.ink(), paper.depth, paper.noise)) > 1000
    assert Faint.LAYER not in fainter_ink(paper)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (60, 60)])
def test_plain_pictures_have_no_fainter_ink(shape: tuple[int, int]) -> None:
    page = np.full(shape, 200, np.uint8)
    assert fainter_ink(relief(page)) == ()
    assert not relief(page, faint=Faint.LAYER).ink().any()


def test_rules_left_out_of_a_layered_page_stay_out() -> None:
    page, _ = form()
    paper = relief(page, faint=Faint.LAYER)
    rules = np.zeros(page.shape, bool)
    for row in range(11):
        rules[92 + row * 76 : 100 + row * 76, 186:464] = True
    assert not (paper.ink(beside=rules) & rules).any()


def test_pencil_on_a_printed_form_is_read() -> None:
    page, texts = form()
    read = [word.text for word in recognize_page(Page(page), load_model())]
    assert sum(text in read for text in texts) >= 10


def test_of_two_readings_the_one_with_more_that_is_sure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    page, texts = form()
    bare = np.where(abs(page.astype(int) - PENCIL) < 40, PAPER, page).astype(np.uint8)
    seen_as(monkeypatch, Faint.LAYER, first=bare)
    read = [word.text for word in recognize_page(Page(page), load_model())]
    assert sum(text in read for text in texts) >= 10
    monkeypatch.setattr(pipeline, "fainter_ink", lambda paper: ())
    read = [word.text for word in recognize_page(Page(page), load_model())]
    assert not any(text in read for text in texts)
