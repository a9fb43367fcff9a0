"""Drawn strings: the same for the same seed, readable, and cut as strips are."""

from __future__ import annotations

from pathlib import Path
from queue import Queue
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from batchocr.errors import InputError
from batchocr.network import ahead, sliding
from batchocr.network.card import SHIPPED_STRINGS
from batchocr.network.slider import BEFORE, BETWEEN, STRIDE, behind
from batchocr.network.sliding import draw_batch, draw_row_batch
from batchocr.network.strings import (
    ALPHABET,
    BENFORD,
    CANVAS_PX,
    DIGIT_PX,
    TOP_PX,
    Bracket,
    Font,
    Hands,
    Pen,
    Writer,
    _habits,
    _least_kept,
    _small_tail,
    bent,
    draw_strip,
    joined_zeros,
    leant,
    on_a_small_picture,
    scan_line,
    some_text,
    wavered,
    weighted,
    write,
)
from batchocr.network.training import begin_from_state
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


def test_the_last_digits_of_an_amount_may_be_small() -> None:
    rng = np.random.default_rng(2)
    tails = [_small_tail(5, rng) for _ in range(1000)]
    small = [tail for tail in tails if tail[0] < 5]
    assert 40 < len(small) < 130
    assert all(first >= 2 and 0.4 < size < 0.8 and 0 <= rise <= 1 for first, size, rise in small)
    assert all(_small_tail(2, rng) == (2, 1.0, 0.0) for _ in range(200))


def test_some_hands_have_long_ones_small_zeros_and_tails_below_the_line() -> None:
    rng = np.random.default_rng(3)
    habits = [_habits(rng) for _ in range(400)]
    long_ones = [(sizes[1], drops[1]) for sizes, drops in habits if sizes[1] > 1.25]
    assert 20 < len(long_ones) < 120
    assert all(0 <= drop <= size - 1 for size, drop in long_ones)
    assert sum(drops[[4, 7, 9]].max() > 0.12 for _, drops in habits) > 40
    assert all(drops[[0, 2, 3, 5, 6, 8]].max() < 0.15 for _, drops in habits)
    assert 30 < sum(sizes[0] < 0.76 for sizes, _ in habits) < 90, "small zeros"


def test_a_digit_written_another_time_is_as_large_and_as_inked() -> None:
    rng = np.random.default_rng(7)
    once = Pen(rng).digit(8, rng)
    assert (wavered(once, 0.0, rng).shape == np.array(once.shape)).all()
    others = [wavered(once, 1.0, rng) for _ in range(50)]
    ink = [int(other.sum(dtype=np.int64)) for other in others]
    assert len(set(ink)) > 40
    for other in others:
        assert 0.65 < other.shape[0] / once.shape[0] < 1.5
        assert 0.6 < other.sum() / once.sum() < 1.7


@pytest.mark.parametrize("count", [1, 2, 4])
def test_joined_zeros_hang_together_and_each_has_its_hole(count: int) -> None:
    rng = np.random.default_rng(5)
    seen = []
    for _ in range(40):
        ink = (joined_zeros(count, 3, rng) > 128).astype(np.uint8)
        assert 0.8 * DIGIT_PX < ink.shape[0] < 1.5 * DIGIT_PX
        assert cv2.connectedComponents(ink)[0] == 2, "one piece of ink"
        seen.append(cv2.connectedComponents(1 - np.pad(ink, 1), connectivity=4)[0] - 2)
    # a loop may stay open, or cross itself or the stroke that goes on
    assert np.median(seen) >= count
    assert max(seen) <= 3 * count


def test_a_one_leans_by_so_much_of_its_height() -> None:
    bar = np.full((DIGIT_PX, 4), 255, np.uint8)
    right, left = leant(bar, 0.5), leant(bar, -0.25)
    assert right.shape[1] == pytest.approx(4 + 0.5 * DIGIT_PX, abs=2)
    assert left.shape[1] == pytest.approx(4 + 0.25 * DIGIT_PX, abs=2)
    assert right[2, -4:].max() > 128 > right[2, :4].max(), "its head on the right"
    assert left[2, :4].max() > 128 > left[2, -4:].max(), "and on the left"


def test_no_sign_of_a_hand_looks_like_one_of_its_digits() -> None:
    rng = np.random.default_rng(4)
    signs = {sign: np.full((8, 8), 255, np.uint8) for sign in "hyAtM$"}
    font = Font(tuple(np.full((8, 8), 255, np.uint8) for _ in range(10)), signs, {})
    of_hand = [sign[0] for _ in range(60) if (sign := font.sign(rng, printed=False)) is not None]
    assert set(of_hand) == {"M", "$"}
    in_print = [sign[0] for _ in range(300) if (sign := font.sign(rng, printed=True)) is not None]
    assert set(in_print) == set("hyAtM$")
    assert 140 < in_print.count("$") < 210, "signs of currency are the usual ones"


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
    return Font((square,) * 10, {}, dict.fromkeys(ALPHABET, square))


def test_a_batch_is_its_seed_and_its_labels_fit() -> None:
    hands = Writers([bars()], [squares()], [squares()])
    one, other = (draw_batch(hands, 100, 6, 352, np.random.default_rng(5)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    strips, digits, lengths = one
    assert strips.shape == (100, BEFORE + 352, STRIP_HEIGHT) and strips.dtype == np.uint8
    assert not strips[:, :BEFORE].any()
    assert digits.shape == (100, 6)
    assert 2 <= np.count_nonzero(lengths == 0) < 25, "words of letters are some, and have no digits"
    assert (lengths <= 6).all()


def test_strips_to_learn_from_lie_among_others_as_in_a_row() -> None:
    hands = Writers([bars()], [squares()], [squares()])
    alone, _, _ = draw_batch(hands, 60, 6, 352, np.random.default_rng(5))
    among, digits, lengths, own = draw_row_batch(hands, 60, 6, 352, np.random.default_rng(5))
    assert digits.shape == (60, 6) and lengths.shape == (60,)
    before = after = 0
    for lone, row, steps in zip(alone, among, own.tolist(), strict=True):
        end = BEFORE + steps * STRIDE
        assert (row[BEFORE - BETWEEN : end] == lone[BEFORE - BETWEEN : end]).all()
        assert not lone[end:].any()
        assert not row[end : behind(end) - STRIDE].any()
        before += bool(row[:BEFORE].any())
        after += bool(row[end:].any())
    assert 20 < before < 60, "most have another before them, not all"
    assert 20 < after < 60


def test_what_lies_behind_a_strips_own_steps_costs_nothing() -> None:
    pytest.importorskip("tensorflow")
    logits = np.random.default_rng(3).normal(size=(2, 12, 11)).astype(np.float32)
    digits, lengths, own = np.array([[3, 4], [0, 0]], np.int32), np.array([2, 0], np.int32), [7, 9]
    cost = np.asarray(sliding.ctc_loss(logits, digits, lengths, own))
    for n, steps in enumerate(own):
        short = np.asarray(sliding.ctc_loss(logits[n : n + 1, :steps], digits[n : n + 1], lengths[n : n + 1]))
        assert cost[n] == pytest.approx(short[0], rel=1e-5)
    whole = np.asarray(sliding.ctc_loss(logits, digits, lengths))
    assert (np.abs(whole - cost) > 1e-3).all()


def test_many_strings_begin_as_amounts_do() -> None:
    rng = np.random.default_rng(2)
    first = [text[0] for text in (some_text(5, rng) for _ in range(4000)) if text]
    share = first.count("1") / len(first)
    assert 0.16 < share < 0.20  # 0.4 of them after Benford, the others one in ten
    assert BENFORD.sum() == pytest.approx(1)


@pytest.mark.parametrize("square", [True, False])
def test_brackets_are_taller_than_digits_and_open_inwards(square: bool) -> None:
    bracket = Bracket(square, tall=60.0, wide=14.0, room=5.0, pen=3)
    sides = []
    for opening in (True, False):
        canvas = np.zeros((CANVAS_PX, 60), np.uint8)
        assert bracket.draw(canvas, 20.0, opening=opening) == 19.0
        assert np.ptp(np.flatnonzero(canvas.max(axis=1) > 128)) > DIGIT_PX
        middle = canvas[TOP_PX + DIGIT_PX // 2]
        sides.append(float(np.flatnonzero(middle > 128).mean()))
        assert np.flatnonzero(canvas.max(axis=0) > 128).min() >= (18 if opening else 23)
    assert sides[0] == pytest.approx(20, abs=1.5)
    assert sides[1] == pytest.approx(20 + 5 + 14, abs=1.5)


def test_the_least_that_a_part_of_a_line_keeps_is_that_of_its_worst_digit() -> None:
    before = np.zeros((10, 40), np.uint8)
    before[2:8, 2:8] = before[2:8, 22:28] = 255
    after = before.copy()
    assert _least_kept(before, after, 20) == 1.0
    after[:, 22:28] = 0
    after[2:8, 22] = 255
    assert _least_kept(before, after, 20) == pytest.approx(1 / 6)
    assert _least_kept(np.zeros_like(before), after, 20) == np.inf


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
    monkeypatch.setattr(ahead, "LOOK_SECONDS", 0.01)
    drawn: Queue[str] = Queue()
    drawn.put("a batch")
    dead = SimpleNamespace(is_alive=lambda: False)
    assert ahead.next_batch(drawn, dead) == "a batch", "what was drawn before it died counts"
    with pytest.raises(RuntimeError, match="has died"):
        ahead.next_batch(drawn, dead)


def test_an_earlier_network_without_the_added_layers_is_gone_on_from(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    model = sliding.build_sliding(width=64, ranks=sliding.WIDE)
    added = [layer for layer in model.layers if layer.name.startswith(sliding.ADDING)]
    assert len(added) == 2 and not any(np.any(w) for layer in added for w in layer.get_weights())
    shapes = [(3, 3, 96, 112), (1, 1, 112, 96), (3, 384, 320), (1, 320, 384)]
    new = [shapes[0], *[(112,)] * 4, shapes[1], shapes[2], *[(320,)] * 4, shapes[3]]
    weights = model.get_weights()
    earlier = [w for w in weights if w.shape not in new]
    assert len(weights) - len(earlier) == len(new)
    marked = [w + n for n, w in enumerate(earlier)]
    np.savez(tmp_path / "run.npz", log=np.array(["one"]), **{f"a{n}": w for n, w in enumerate(marked)})
    assert begin_from_state(tmp_path / "run.npz", model) == ["before: one"]
    taken = [w for w in model.get_weights() if w.shape not in new]
    assert all(np.array_equal(a, b) for a, b in zip(taken, marked, strict=True))
    np.savez(tmp_path / "other.npz", log=np.array([]), a0=np.zeros((3, 4)))
    with pytest.raises(InputError, match="other layers"):
        begin_from_state(tmp_path / "other.npz", model)


def test_a_network_with_its_normalisation_folded_in_answers_as_it_did() -> None:
    pytest.importorskip("tensorflow")
    model = sliding.build_sliding(width=64)
    rng = np.random.default_rng(3)
    model.set_weights([w + np.abs(rng.normal(0, 0.03, w.shape)) for w in model.get_weights()])
    strips = rng.integers(0, 256, (1, 64, STRIP_HEIGHT), np.uint8)
    logits = np.asarray(model(strips, training=False))
    wanted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    wanted /= wanted.sum(axis=-1, keepdims=True)
    assert np.asarray(sliding.folded_sliding(model)(strips)) == pytest.approx(wanted, abs=1e-4)


def test_a_run_that_begins_from_a_file_begins_with_its_answers() -> None:
    pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(3)
    strips = np.random.default_rng(4).integers(0, 256, (8, 64, STRIP_HEIGHT), np.uint8)
    model = sliding.build_sliding(width=64)
    sliding.begin_from_file(SHIPPED_STRINGS, model, strips)
    plain = sliding.plain_sliding(64)
    plain.set_weights(sliding.sliding_weights(SHIPPED_STRINGS))
    logits = np.asarray(model(strips, training=False), np.float64)
    probs = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    assert probs == pytest.approx(np.asarray(plain(strips)), abs=1e-3)
    # each normalisation undoes itself on these strips, so that training too begins there
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, _, _, variance = layer.get_weights()
            assert gamma == pytest.approx(np.sqrt(variance + layer.epsilon), rel=1e-4)
