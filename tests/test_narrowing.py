"""Layers seen through narrow ones: what is kept without learning, in both networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from batchocr.errors import ModelError
from batchocr.network.architectures import SHIPPED_WIDTHS, is_narrow
from batchocr.network.narrowing import narrowed

quiet = pytest.mark.filterwarnings("ignore")  # TensorFlow's and Keras's own deprecations


def answers_through(
    seen: np.ndarray, kernel: np.ndarray, bias: np.ndarray, rank: int
) -> tuple[np.ndarray, np.ndarray]:
    """What a dense layer answers, by itself and seen through a narrow one."""
    answers = seen @ kernel + bias
    narrow, spread, moved = narrowed(kernel, bias, answers, rank)
    assert narrow.shape == (kernel.shape[0], rank)
    assert spread.shape == (rank, kernel.shape[1])
    return answers, seen @ narrow @ spread + moved


def test_answers_that_vary_in_few_ways_are_kept_whole() -> None:
    rng = np.random.default_rng(1)
    seen = (rng.normal(size=(200, 4)) @ rng.normal(size=(4, 30)) + rng.normal(size=30)).astype(np.float32)
    kernel, bias = rng.normal(size=(30, 12)).astype(np.float32), rng.normal(size=12).astype(np.float32)
    answers, through = answers_through(seen, kernel, bias, 4)
    np.testing.assert_allclose(through, answers, atol=1e-3)


def test_of_answers_that_vary_in_many_ways_the_most_telling_are_kept() -> None:
    rng = np.random.default_rng(2)
    seen = rng.normal(size=(500, 20)).astype(np.float32) * np.geomspace(10, 0.1, 20).astype(np.float32)
    kernel, bias = np.eye(20, dtype=np.float32), np.zeros(20, np.float32)
    lost = []
    for rank in (2, 5, 10):
        answers, through = answers_through(seen, kernel, bias, rank)
        lost.append(float(np.square(through - answers).sum() / np.square(answers - answers.mean(0)).sum()))
    assert lost == sorted(lost, reverse=True)
    best = np.sort(seen.var(axis=0))[:-10].sum() / seen.var(axis=0).sum()  # axes are near the components
    assert lost[-1] == pytest.approx(best, rel=0.1)


def test_every_second_hidden_layer_of_the_shipped_network_is_narrow() -> None:
    widths = (784, *SHIPPED_WIDTHS, 11)
    assert [is_narrow(widths, n) for n in range(len(widths))] == [False, True] * 3 + [False, False]
    assert not any(is_narrow((784, 128, 64, 10), n) for n in range(4))


def test_a_narrowed_digit_network_answers_as_the_wide_one_where_few_pictures_are_seen() -> None:
    pytest.importorskip("tensorflow")
    from batchocr.network.architectures import dense_network
    from batchocr.network.synthesis import penned_digits
    from batchocr.network.training import begin_from_weights, narrowed_digits

    rng = np.random.default_rng(3)
    images, _ = penned_digits(10, 4)  # ten pictures vary in nine ways at most
    sizes = (784, 48, 32, 11)
    wide = []
    for into, out in zip(sizes, sizes[1:], strict=False):
        wide += [rng.normal(0, 2 * into**-0.5, (into, out)).astype(np.float32), rng.normal(0, 0.1, out)]
    weights = narrowed_digits([np.asarray(w, np.float32) for w in wide], (12, 48, 12, 32), images)
    wanted = np.asarray(dense_network(wide)(images))
    assert np.ptp(wanted) > 0.1
    np.testing.assert_allclose(np.asarray(dense_network(weights)(images)), wanted, atol=1e-3)

    from batchocr.network.architectures import folded
    from batchocr.network.architectures import wide as build

    weights[1] += np.float32(0.1)  # a narrow layer's bias, as one has that learnt from review
    wanted = np.asarray(dense_network(weights)(images))
    normalizing = build((12, 48, 12, 32))
    begin_from_weights(weights, normalizing, images)
    np.testing.assert_allclose(np.asarray(normalizing(images, training=False)), wanted, atol=1e-3)
    np.testing.assert_allclose(np.asarray(folded(normalizing)(images)), wanted, atol=1e-3)


def test_a_narrowed_sliding_network_answers_nearly_as_the_wide_one() -> None:
    pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    from batchocr.network import sliding

    keras.utils.set_random_seed(5)
    strips = np.zeros((2, 64, 32), np.uint8)
    strips[0, 20:30, 8:24], strips[1, 30:34, 4:28] = 255, 200
    wide = sliding.plain_sliding(None, answers=None, ranks=sliding.WIDE)
    stem = [units for units, _, _ in sliding.STEM]
    ranks = (
        0,
        *stem[1:],
        sliding.ADDED_STEM[0],
        sliding.WIDTHS[0],
        sliding.ADDED_COLUMN[0],
        sliding.WIDTHS[1],
    )
    wanted = np.asarray(wide(strips, training=False))
    found = []
    for some in (ranks, (0, 3, 3, 3, 3, 3, 3)):
        narrow = sliding.plain_sliding(None, answers=None, ranks=some)
        narrow.set_weights(sliding.narrowed_sliding(wide.get_weights(), strips, some))
        assert sliding.ranks_of(narrow) == some
        found.append(np.abs(np.asarray(narrow(strips, training=False)) - wanted).max())
    assert found[0] < 1e-3  # as many units as answers: nothing is lost
    assert found[0] < found[1] < np.ptp(wanted)


@quiet
def test_a_network_whose_narrow_layer_bends_is_not_taught(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    from batchocr.network.adapting import digit_weights

    keras.utils.set_random_seed(6)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((28, 28), dtype="uint8"), layers.Rescaling(1 / 255), layers.Flatten()]
        + [layers.Dense(units, activation="relu") for units in (20, 300)]
        + [layers.Dense(11, activation="softmax")]
    )
    model.set_weights([3 * w for w in model.get_weights()])
    path = tmp_path / "bends.keras"
    model.save(path)
    with pytest.raises(ModelError, match="compute otherwise"):
        digit_weights(path)
