"""The sliding network at run time: rows of strips, with a plain function as the network, and the shipped file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from batchocr.ctc import spikes
from batchocr.elements import Page
from batchocr.errors import ModelError
from batchocr.network.card import SHIPPED, SHIPPED_STRINGS
from batchocr.network.slider import (
    AFTER,
    BEFORE,
    BETWEEN,
    OUTPUTS,
    ROW,
    STRIDE,
    SlidingNetwork,
    behind,
    load_sliding,
)
from batchocr.pages import load_page
from batchocr.pipeline import read_strings
from batchocr.strip import STRIP_HEIGHT, Strip

PAGES = Path(__file__).parents[1] / "samples" / "pages"


def brightness(row: Strip) -> np.ndarray:
    """Each step answers the mean of its own four columns, in every output."""
    means = row[0].reshape(-1, STRIDE * STRIP_HEIGHT).mean(axis=1)
    return np.repeat(means[:, None], OUTPUTS, axis=1).astype(np.float32)


def plain(width: int, level: int) -> Strip:
    return np.full((STRIP_HEIGHT, width), level, np.uint8)


def test_every_strip_gets_its_own_steps_back() -> None:
    widths = [40, 400, 4, 700, ROW - BEFORE, 33]
    answers = SlidingNetwork(brightness)([plain(w, n + 1) for n, w in enumerate(widths)])
    assert [len(a) for a in answers] == [-(-w // STRIDE) for w in widths]
    for n, (answer, width) in enumerate(zip(answers, widths, strict=True)):
        assert (answer[: width // STRIDE] == n + 1).all()


def test_a_row_is_as_long_as_what_lies_on_it() -> None:
    lengths: list[int] = []

    def measured(row: Strip) -> np.ndarray:
        lengths.append(row.shape[1])
        return brightness(row)

    answers = SlidingNetwork(measured)([plain(ROW + 500, 7), plain(90, 8), plain(70, 9)])
    assert [a.shape for a in answers] == [((ROW + 500) // STRIDE, OUTPUTS), (23, OUTPUTS), (18, OUTPUTS)]
    assert (answers[0] == 7).all()
    assert lengths == [BEFORE + ROW + 500 + AFTER, behind(BEFORE + 90) + 72 + AFTER]


def test_a_network_of_rows_of_one_length_reads_a_longer_strip_to_the_rows_end() -> None:
    lengths: list[int] = []

    def measured(row: Strip) -> np.ndarray:
        lengths.append(row.shape[1])
        return brightness(row)

    short, long = SlidingNetwork(measured, 256)([plain(90, 8), plain(400, 7)])
    assert lengths == [256, 256]
    assert short.shape == (23, OUTPUTS)
    assert long.shape == ((256 - BEFORE) // STRIDE, OUTPUTS)
    assert (long == 7).all()


def test_no_strips() -> None:
    assert SlidingNetwork(brightness)([]) == []


def test_strips_lie_apart() -> None:
    seen: list[Strip] = []

    def keep(row: Strip) -> np.ndarray:
        seen.append(row.copy())
        return brightness(row)

    SlidingNetwork(keep)([plain(100, 9), plain(100, 9), plain(ROW - BEFORE, 9)])
    inked = np.flatnonzero(seen[0][0].max(axis=1))
    assert np.diff(inked).max() - 1 >= BETWEEN
    # what a strip at a row's beginning sees before it is what it learnt with: paper, not the picture's edge
    assert [np.flatnonzero(row[0].max(axis=1))[0] for row in seen] == [BEFORE, BEFORE]


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"broken\.tflite"):
        load_sliding(broken)


def test_a_digit_network_is_no_sliding_network() -> None:
    with pytest.raises(ModelError, match="it reads no strips"):
        load_sliding(SHIPPED)


def test_the_shipped_network_reads_a_sample_page_nearly_without_help() -> None:
    page: Page = load_page(PAGES / "rows.png")
    read = read_strings(page, _never_sure)
    assert SHIPPED_STRINGS.is_file()
    opinions = [o for o in read.opinions if o is not None]
    assert opinions
    assert spikes(np.eye(11, dtype=np.float32)[[10, 3, 10]])[0].text == "3"


def _never_sure(images: np.ndarray) -> np.ndarray:
    """No digit likelier than another, and other ink rarer, as it is among cut-out digits."""
    probs = np.full((len(images), 11), 0.0987, np.float32)
    probs[:, 10] = 0.013
    return probs
