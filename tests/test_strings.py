"""Drawn strings: the same for the same seed, readable, and cut as strips are."""

from __future__ import annotations

from queue import Queue
from types import SimpleNamespace

import numpy as np
import pytest

from batchocr.network import sliding
from batchocr.network.sliding import draw_batch
from batchocr.network.strings import (
    ALPHABET,
    BENFORD,
    CANVAS_PX,
    DIGIT_PX,
    TOP_PX,
    Font,
    Hands,
    Pen,
    Writer,
    bent,
    draw_strip,
    on_a_small_picture,
    scan_line,
    some_text,
    weighted,
    write,
)
from batchocr.strip import STRIP_HEIGHT


def bars() -> Writer:
    """A writer all of whose digits are upright bars, one px wider for each."""
    digits = []
    for n in range(10):
        picture = np.zeros((1, 28, 28), np.uint8)
        picture[:, 4:24, 10 : 12 + n] = 255
        digits.append(picture)
    return Writer(tuple(digits), tuple(digits))


HANDS = Hands([bars()], [], [])


class Writers(Hands):
    """Nobody but MNIST's writers and pens: no fonts are needed."""

    def any_hand(self, rng: np.random.Generator) -> tuple[Writer | Pen, bool]:
        return (self.writers[0] if rng.random() < 0.5 else Pen(rng)), False


def test_digits_stand_on_one_line_with_gaps_between() -> None:
    line = write("1357", bars(), True, np.random.default_rng(1), gap=0.4, marks=False)
    assert line.shape[0] == CANVAS_PX
    columns = (line.max(axis=0) > 128).astype(int)
    assert np.count_nonzero(np.diff(columns) == 1) == 4
    rows = np.flatnonzero(line.max(axis=1) > 128)
    assert rows[0] == pytest.approx(TOP_PX, abs=4)
    assert rows[-1] == pytest.approx(TOP_PX + DIGIT_PX, abs=4)


def test_touching_digits_touch() -> None:
    line = write("88", bars(), True, np.random.default_rng(1), gap=-0.2, marks=False)
    columns = (line.max(axis=0) > 128).astype(int)
    assert np.count_nonzero(np.diff(columns) == 1) == 1


@pytest.mark.parametrize("seed", range(12))
def test_however_thin_its_strokes_get_a_line_keeps_its_ink(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line = bent(write("0123456789", Pen(rng), False, rng, marks=False), False, rng)
    assert weighted(line, False, rng).sum() > 0.4 * line.sum()


def test_a_scan_is_grey_paper_with_darker_ink() -> None:
    rng = np.random.default_rng(2)
    line = write("8888", bars(), True, rng, gap=0.3, marks=False)
    for _ in range(20):
        scan = scan_line(line, rng)
        zoom = scan.shape[0] / CANVAS_PX
        inside = scan[round((TOP_PX + 10) * zoom) : round((TOP_PX + 34) * zoom)]
        assert np.percentile(inside, 5) < np.median(scan) - 20


def squares() -> Font:
    """A font all of whose signs are filled squares."""
    square = np.full((DIGIT_PX, DIGIT_PX), 255, np.uint8)
    return Font((square,) * 10, (), dict.fromkeys(ALPHABET, square))


def test_a_batch_is_its_seed_and_its_labels_fit() -> None:
    hands = Writers([bars()], [squares()], [squares()])
    one, other = (draw_batch(hands, 100, 6, 352, np.random.default_rng(5)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    strips, digits, lengths = one
    assert strips.shape == (100, 352, STRIP_HEIGHT) and strips.dtype == np.uint8
    assert digits.shape == (100, 6)
    assert 2 <= np.count_nonzero(lengths == 0) < 25, "words of letters are some, and have no digits"
    assert (lengths <= 6).all()


def test_many_strings_begin_as_amounts_do() -> None:
    rng = np.random.default_rng(2)
    first = [text[0] for text in (some_text(5, rng) for _ in range(4000)) if text]
    share = first.count("1") / len(first)
    assert 0.16 < share < 0.20  # 0.4 of them after Benford, the others one in ten
    assert BENFORD.sum() == pytest.approx(1)


def test_a_strip_has_its_height() -> None:
    rng = np.random.default_rng(3)
    hands = Writers([bars()], [], [])
    for text in ("1", "007", "1234567"):
        strip = draw_strip(text, hands, rng)
        assert strip.shape[0] == STRIP_HEIGHT
        assert strip.max() > 200


def test_a_small_picture_ends_close_to_its_writing_and_keeps_it() -> None:
    scan = np.full((CANVAS_PX, 300), 200, np.uint8)
    scan[::3] = 180  # a pattern on the paper
    scan[TOP_PX : TOP_PX + DIGIT_PX, 100:200] = 20
    cut_off = 0
    for n in range(20):
        small = on_a_small_picture(scan, 100, 200, np.random.default_rng([n]))
        assert small.shape == scan.shape
        writing = np.s_[TOP_PX + 2 : TOP_PX + DIGIT_PX - 2, 103:197]  # a side may lose a hair
        np.testing.assert_array_equal(small[writing], scan[writing])
        cut_off += len(np.unique(small[:, :50])) == 1
    assert 5 < cut_off < 19, "sides are cut off often, and not always"


def test_whoever_waits_for_strings_hears_that_nobody_draws_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliding, "LOOK_SECONDS", 0.01)
    drawn: Queue[tuple[int, str]] = Queue()
    drawn.put((1, "a batch"))
    dead = SimpleNamespace(is_alive=lambda: False)
    assert sliding.next_batch(drawn, dead) == "a batch", "what was drawn before it died counts"
    with pytest.raises(RuntimeError, match="has died"):
        sliding.next_batch(drawn, dead)
