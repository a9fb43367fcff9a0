"""Words of letters told from numbers: what is learnt from, the shipped network, and pages with words on them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from batchocr.confidence import DIFFERING_CONFIDENCE, Verdict
from batchocr.elements import Box, Page
from batchocr.network import letters_training
from batchocr.network.letters import load_lettered, own_steps, pooled
from batchocr.network.model import load_model
from batchocr.network.slider import BEFORE, STRIDE
from batchocr.network.strings import CANVAS_PX, DIGIT_PX, TOP_PX, Hands, Pen, Writer
from batchocr.pipeline import recognize_page
from batchocr.strip import STRIP_HEIGHT, StripCut, evened


class Pens(Hands):
    """Nobody but drawn pens: no fonts and no writers are needed."""

    def any_hand(self, rng: np.random.Generator) -> tuple[Writer | Pen, bool]:
        return Pen(rng), False


def a_font(tmp_path: Path) -> Path:
    """Pillow's own font as a file."""
    path = tmp_path / "own.ttf"
    path.write_bytes(ImageFont.load_default(20).font_bytes)
    return path


def strip_of(text: str) -> tuple[StripCut, Box]:
    """The text in print, black on white, as a strip, and where on it it stands."""
    font = ImageFont.load_default(30)
    picture = Image.new("L", (round(font.getlength(text)) + 16, STRIP_HEIGHT), 255)
    ImageDraw.Draw(picture).text((8, 27), text, 0, font, anchor="ls")
    return StripCut(evened(np.asarray(picture, np.uint8)), 0, 1), Box(8, 5, picture.width - 8, 27)


def test_a_strips_answer_is_of_the_steps_that_count() -> None:
    steps = np.array([[4, -50], [-2, 0], [-6, 0], [8, -50]], np.float32)
    assert pooled(steps) == pytest.approx(-4)


def test_words_in_print_are_told_from_numbers() -> None:
    words = ["Laboratory", "ledger", "Name of the", "weather", "MADRID", "fine rain", "remarks"]
    numbers = ["1945", "80066", "37", "4.72", "12345678", "601", "99"]
    told = load_lettered()([strip_of(text) for text in words + numbers])
    assert min(told[: len(words)]) > max(told[len(words) :])
    assert all(logit > 0 for logit in told[: len(words)])
    assert all(logit < 0 for logit in told[len(words) :])
    assert load_lettered()([]) == []


def test_a_word_is_typeset_as_high_as_a_digit(tmp_path: Path) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        line, places = letters_training.typeset("Hax", a_font(tmp_path), rng)
        assert line.shape[0] == CANVAS_PX and len(places) == 4
        rows = np.flatnonzero(line.max(axis=1) > 128)
        assert rows[0] >= TOP_PX - 0.75 * DIGIT_PX, (
            "small letters as high as a digit have taller ones beside them"
        )
        assert abs(rows[-1] + 1 - TOP_PX - DIGIT_PX) < 0.45 * DIGIT_PX


def test_a_batch_is_its_seed_and_has_words_and_numbers(tmp_path: Path) -> None:
    fonts = {"hand": [a_font(tmp_path)], "print": [a_font(tmp_path)]}
    one, other = (
        letters_training.draw_batch(Pens([], [], []), fonts, 40, 6, 208, np.random.default_rng(4))
        for _ in range(2)
    )
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    strips, lettered, own = one
    assert strips.shape == (40, BEFORE + 208, STRIP_HEIGHT) and strips.dtype == np.uint8
    assert 10 < np.count_nonzero(lettered) < 30
    for strip, (first, stop) in zip(strips, own, strict=True):
        assert first == 0 and strip[BEFORE : BEFORE + STRIDE * stop].any()
        assert not strip[BEFORE + STRIDE * stop :].any()


def test_a_string_has_its_own_steps_of_a_strip() -> None:
    cut = StripCut(np.zeros((STRIP_HEIGHT, 100), np.uint8), 20, 0.5)  # of 200 px of the page
    assert own_steps(cut, Box(100, 0, 140, 40)) == slice(9, 16), (
        "from 38 to 62 px of the strip, with a tenth of its height"
    )
    assert own_steps(cut, Box(20, 0, 220, 40)) == slice(0, 25)
    assert own_steps(cut, Box(900, 0, 940, 40)) == slice(24, 25), "one at least"


def test_strips_that_passed_for_numbers_are_kept_and_seen_anew(tmp_path: Path) -> None:
    found = letters_training.Mined()
    for n, wide in enumerate((60, 300)):
        strip = np.full((STRIP_HEIGHT, wide), 0, np.uint8)
        strip[8:24, wide - 20 :] = 255
        found.add(strip, slice(wide // STRIDE - 5, wide // STRIDE), n == 1)
    found.save(tmp_path / "mined.npz")
    again = letters_training.Mined.load(tmp_path / "mined.npz")
    assert again.own == found.own and again.lettered == [False, True]
    for one, other in zip(again.strips, found.strips, strict=True):
        np.testing.assert_array_equal(one, other)
    strips, lettered, own = letters_training.mined_batch(again, 30, 128, np.random.default_rng(1))
    assert strips.shape == (30, BEFORE + 128, STRIP_HEIGHT)
    assert 5 < lettered.sum() < 25
    for strip, (first, stop) in zip(strips, own.tolist(), strict=True):
        part = strip[BEFORE + STRIDE * first : BEFORE + STRIDE * stop]
        assert stop - first == 5 and part[:, 12:20].min() > 128, "its own steps are seen, wherever they are"


def test_a_network_with_its_normalisation_folded_in_answers_as_it_did() -> None:
    pytest.importorskip("tensorflow")
    model = letters_training.build_letters(width=64)
    rng = np.random.default_rng(3)
    model.set_weights([w + np.abs(rng.normal(0, 0.03, w.shape)) for w in model.get_weights()])
    strips = rng.integers(0, 256, (1, 64, STRIP_HEIGHT), np.uint8)
    wanted = np.asarray(model(strips, training=False))
    assert np.asarray(letters_training.folded_letters(model)(strips)) == pytest.approx(
        wanted, rel=1e-3, abs=1e-3 * float(np.abs(wanted).max())
    )


def test_a_doubtful_string_that_looks_like_letters_is_no_number_and_one_that_is_shown_stays() -> None:
    doubtful = Verdict(0.1, "digit 1 may be 2 or 7", number=0.5)
    assert doubtful.may_be_letters() and doubtful.with_lettered(12.0) is None
    assert doubtful.with_lettered(-12.0) == doubtful
    assert not Verdict(0.1, "digit 1 may be 2 or 7").may_be_letters()
    assert not Verdict(0.99, "", number=0.99).may_be_letters()
    likely = Verdict(DIFFERING_CONFIDENCE, "two ways of reading it differ", number=0.999)
    assert likely.with_lettered(1.0) == likely


def test_written_words_give_no_rows_and_the_numbers_among_them_do() -> None:
    page = np.full((900, 1400), 235, np.uint8)
    lines = ["Anna Lisa Jones", "moved in 1945 to", "fine rain 307 none", "Hill Farm 82 yes"]
    for n, line in enumerate(lines):
        cv2.putText(page, line, (80, 160 + 180 * n), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2.2, 40, 4, cv2.LINE_AA)
    words = recognize_page(Page(page), load_model())
    assert {word.text for word in words} >= {"1945", "307", "82"}
    assert len(words) <= 5
