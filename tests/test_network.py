"""The network: loading, predicting, deforming, drawing, and what the shipped file is worth."""

from __future__ import annotations

import gzip
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT
from batchocr.errors import InputError, ModelError
from batchocr.network import calibration, synthesis, training
from batchocr.network.augment import Deformation, deform
from batchocr.network.card import SHIPPED, model_card
from batchocr.network.dataset import NAMES, load_mnist, split_by_writer
from batchocr.network.metrics import auroc, error_rate, expected_calibration_error, risk_at_coverage
from batchocr.network.model import DigitNetwork, load_model

MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason=f"MNIST is not at {MNIST}")
needs_tensorflow = pytest.mark.skipif(
    find_spec("tensorflow") is None, reason="TensorFlow is not installed (the train extra)"
)


def some_images(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)


# loading and predicting


@pytest.mark.parametrize("count", [0, 1, 64, 65, 200])
def test_a_batch_of_any_size_gives_a_row_each(count: int) -> None:
    probs = load_model()(some_images(count))
    assert probs.shape == (count, 11)
    assert probs.dtype == np.float32
    np.testing.assert_allclose(probs.sum(1), 1, atol=1e-5)


def test_an_answer_does_not_depend_on_its_neighbours() -> None:
    predict, images = load_model(), some_images(70)
    np.testing.assert_allclose(predict(images)[66:67], predict(images[66:67]), atol=1e-6)


def test_a_network_of_ten_outputs_never_says_not_a_digit() -> None:
    predict = DigitNetwork(lambda images: np.full((len(images), 10), 0.1, np.float32))
    assert predict(some_images(3)).shape == (3, 11)
    assert not predict(some_images(3))[:, NOT_A_DIGIT].any()


def test_pictures_of_another_shape_or_type_are_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        load_model()(np.zeros((2, 28, 28), np.float32))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="28, 28"):
        load_model()(np.zeros((2, 20, 20), np.uint8))


@pytest.mark.parametrize("content", [b"", b"not a model", SHIPPED.read_bytes()[:5000]])
def test_a_corrupt_model_is_named_with_its_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"mine\.tflite.*batchocr train"):
        load_model(path)


def test_a_missing_model_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.tflite.*batchocr train"):
        load_model(tmp_path / "none.tflite")
    with pytest.raises(ModelError, match=r"none\.tflite"):
        model_card(tmp_path / "none.tflite")


def test_loading_says_nothing_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    load_model()(some_images(1))
    assert capfd.readouterr().err == ""


def test_the_shipped_model_has_a_card_and_is_small() -> None:
    card = model_card()
    assert card["bytes"] <= 10_000_000
    assert card["figures"]["mnist_test_error_percent_digits_only"] <= 0.6
    assert set(card) >= {"architecture", "parameters", "mnist_sha256", "seed", "versions", "command", "log"}


def test_a_broken_card_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(b"x")
    (tmp_path / "m.json").write_text("{")
    with pytest.raises(ModelError, match=r"m\.json"):
        model_card(tmp_path / "m.tflite")


@needs_mnist
def test_the_shipped_file_errs_on_at_most_six_digits_in_a_thousand() -> None:
    mnist = load_mnist(MNIST)
    probs = load_model()(mnist.test_images)
    assert error_rate(probs, mnist.test_labels, digits_only=True) <= 0.006
    assert error_rate(probs, mnist.test_labels) <= 0.006


# data


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train-images-idx3-ubyte"):
        load_mnist(tmp_path)


def small_mnist(folder: Path, count: int = 40) -> Path:
    """Write a tiny data set in MNIST's format, half of it gzipped."""
    rng = np.random.default_rng(1)
    for part, name in NAMES.items():
        if "images" in part:
            data = bytes(16) + rng.integers(0, 256, (count, 28, 28), dtype=np.uint8).tobytes()
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(bytes(8) + (np.arange(count) % 10).astype(np.uint8).tobytes())
    return folder


def test_files_load_gzipped_or_not_and_a_foreign_hash_is_refused(tmp_path: Path) -> None:
    folder = small_mnist(tmp_path)
    mnist = load_mnist(folder, check=False)
    assert mnist.train_images.shape == (40, 28, 28)
    assert mnist.test_labels.tolist() == [n % 10 for n in range(40)]
    with pytest.raises(InputError, match="fetch the file again"):
        load_mnist(folder)


def test_no_writer_is_on_both_sides_of_the_split() -> None:
    writers = np.repeat(np.arange(50), 7)
    learn, choose = split_by_writer(writers, seed=3)
    assert len(learn) + len(choose) == 350
    assert not set(writers[learn]) & set(writers[choose])
    assert len(set(writers[choose])) == 5


# deforming and drawing


def test_no_deformation_changes_nothing() -> None:
    images = some_images(70)
    assert np.array_equal(deform(images, Deformation().scaled(0), np.random.default_rng(0)), images)


def test_a_deformation_is_its_seed() -> None:
    images = some_images(5)
    first, again = (deform(images, Deformation(), np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, images)


@pytest.mark.parametrize("digit", range(10))
def test_a_penned_digit_becomes_ink(digit: int) -> None:
    rng = np.random.default_rng(digit)
    mask = synthesis.scan(synthesis.stroke_master(digit, rng), synthesis.PENNED, rng)
    assert mask.dtype == bool
    assert mask.any()
    assert mask[0].any() and mask[-1].any() and mask[:, 0].any() and mask[:, -1].any()  # tight


@pytest.mark.parametrize("kind", ["fragments", "pairs", "stubs", "blobs", "crosses and ticks", "crossed out"])
def test_other_ink_is_labelled_not_a_digit_and_is_never_as_slim_as_a_one(kind: str) -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[5:23, 8:20] = 255
    picture[9:19, 11:17] = 0
    images, labels = synthesis.other_ink(kind, picture[None], np.zeros(1, np.uint8), [], 12, 0)
    assert len(images) == len(labels) > 0
    assert set(labels.tolist()) == {NOT_A_DIGIT}


def test_deformation_falls_over_the_last_epochs_only() -> None:
    recipe = training.Recipe(epochs=20)
    strengths = [training.strength(recipe, epoch) for epoch in range(20)]
    assert strengths[:15] == [1.0] * 15
    assert strengths[-1] == pytest.approx(recipe.least_deformation)
    assert strengths[15:] == sorted(strengths[15:], reverse=True)


def test_what_is_learnt_lies_between_the_labels_and_the_teachers_answers() -> None:
    images, labels = some_images(3), np.array([3, 4, NOT_A_DIGIT], np.uint8)
    recipe = training.Recipe(smoothing=0.11, taught=0.5)
    asked = []

    def answer(digits: NDArray[np.uint8]) -> NDArray[np.float32]:
        asked.append(digits)
        return np.float32([[0, 0, 0, 1, *[0] * 7], [0] * 4 + [0.3, 0, 0, 0, 0, 0.7, 0], [0, 1, *[0] * 9]])

    targets = training.targets_of(training.Shown(images, labels), recipe, [answer])
    np.testing.assert_array_equal(asked[0], images)
    np.testing.assert_allclose(targets.sum(1), 1, atol=1e-6)
    plain = np.full((3, 11), 0.01) + 0.89 * np.eye(11)[labels]
    np.testing.assert_allclose(targets[0], 0.5 * plain[0] + 0.5 * np.eye(11)[3], atol=1e-6)
    assert targets[1, 9] == pytest.approx(0.5 * 0.7 + 0.5 * 0.01)  # the teacher takes this 4 for a 9, likely
    assert targets[1, 4] == pytest.approx(0.5 * 0.3 + 0.5 * 0.9)
    np.testing.assert_allclose(
        targets[2], plain[2], atol=1e-6
    )  # and is sure that this is a 1: it is not asked


def test_an_epoch_shows_all_of_mnist_and_some_of_what_is_drawn() -> None:
    own, drawn = np.full((30, 28, 28), 255, np.uint8), np.zeros((50, 28, 28), np.uint8)
    labels = np.zeros(0, np.uint8)
    material = training.Material(
        own, np.ones(30, np.uint8), drawn, np.zeros(50, np.uint8), drawn[:0], labels, np.zeros(0, str)
    )
    shown = training.epoch_of(material, training.Recipe(drawn=0.4), 0)
    assert len(shown.images) == 50
    assert (shown.labels == 1).sum() == 30
    np.testing.assert_array_equal(shown.labels == 1, shown.images.any(axis=(1, 2)))


def test_another_pen_is_thinner_or_thicker_and_never_takes_the_digit_away() -> None:
    rng = np.random.default_rng(1)
    bar = np.full((100, 12), 255, np.uint8)
    areas = {np.count_nonzero(synthesis.another_pen(bar, rng) > 127) for _ in range(40)}
    assert min(areas) < bar.size < max(areas)
    hair = np.full((60, 1), 255, np.uint8)
    assert all(np.count_nonzero(synthesis.another_pen(hair, rng) > 127) >= 60 for _ in range(20))


def test_boxed_digits_keep_their_labels_and_most_of_their_own_ink() -> None:
    ring = np.zeros((28, 28), np.uint8)
    ring[4:24, 8:20] = 255
    ring[8:20, 12:16] = 0
    images, labels = synthesis.boxed_digits(ring[None], np.zeros(1, np.uint8), [], 20, 4)
    assert len(images) >= 10
    assert set(labels.tolist()) == {0}
    assert len(np.unique(images, axis=0)) == len(images)


def test_calibration_supposes_that_one_glyph_in_a_hundred_is_other_ink() -> None:
    labels = np.repeat(np.array([3, NOT_A_DIGIT], np.uint8), 200)
    images = np.zeros((400, 28, 28), np.uint8)
    material = training.Material(
        images[:0], labels[:0], images[:0], labels[:0], images, labels, np.full(400, "MNIST")
    )

    class Answers:
        """A network that is sure of digits and doubts other ink more or less, evenly spread."""

        def predict(self, images: NDArray[np.uint8], **_: object) -> NDArray[np.float32]:
            other = np.full(400, 0.02, np.float32)
            other[200:] = np.linspace(0.3, 0.999, 200)
            probs = np.zeros((400, 11), np.float32)
            probs[:, NOT_A_DIGIT], probs[:, 3] = other, 1 - other
            return probs

    temperature, offset = training.calibrate(Answers(), material)
    probs = calibration.scaled(Answers().predict(images), temperature, offset)
    np.testing.assert_allclose(probs.sum(1), 1, atol=1e-5)
    assert (probs[:200].argmax(1) == 3).all()
    # one in a hundred is other ink, as the fit supposes: that is what its probabilities then add up to
    shares = probs[:, NOT_A_DIGIT]
    expected = 0.99 * shares[:200].mean() + 0.01 * shares[200:].mean()
    assert expected == pytest.approx(training.OF_OTHER_INK, abs=0.004)


# figures and calibration


def test_figures_of_a_small_table() -> None:
    probs = np.zeros((4, 11), np.float32)
    probs[[0, 1, 2, 3], [1, 2, 3, NOT_A_DIGIT]] = [1.0, 0.9, 0.8, 0.6]
    probs[3, 4] = 0.4
    labels = np.array([1, 2, 5, 4], np.uint8)
    assert error_rate(probs, labels) == 0.5
    assert error_rate(probs, labels, digits_only=True) == 0.25
    assert risk_at_coverage(probs, labels, 0.5) == 0
    assert expected_calibration_error(probs, labels) == pytest.approx((0 + 0.1 + 0.8 + 0.6) / 4)


def test_auroc_counts_ties_half() -> None:
    assert auroc(np.array([2, 3], np.float32), np.array([0, 1], np.float32)) == 1.0
    assert auroc(np.array([1], np.float32), np.array([1], np.float32)) == 0.5
    assert auroc(np.array([0], np.float32), np.array([1], np.float32)) == 0.0


def test_overconfidence_is_cooled_and_a_wrong_prior_taken_back() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 11))
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([rng.choice(11, p=p) for p in true], np.uint8)
    loud = logits * 2
    loud[:, NOT_A_DIGIT] += 2
    probs = (np.exp(loud) / np.exp(loud).sum(1, keepdims=True)).astype(np.float32)
    temperature, offset = calibration.fit(probs, labels, np.ones(4000))
    assert temperature == pytest.approx(2, rel=0.08)
    assert offset == pytest.approx(-1, abs=0.2)


# training


@needs_tensorflow
@pytest.mark.filterwarnings("ignore")  # TensorFlow's and Keras's own deprecations
def test_a_trained_network_answers_alike_in_litert_and_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_mnist(tmp_path)
    mnist = load_mnist(folder, check=False)
    from batchocr.network.architectures import folded, wide

    training.quiet_tensorflow()
    model = wide((24, 16))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(mnist.train_images, mnist.train_labels, epochs=2, verbose=0)
    plain = folded(model)
    expected = np.asarray(model.predict(mnist.test_images, verbose=0))
    np.testing.assert_allclose(plain.predict(mnist.test_images, verbose=0), expected, atol=1e-5)
    plain.save(tmp_path / "m.keras")
    training.export(plain, tmp_path / "m.tflite", weights="float32")
    in_keras, in_litert = load_model(tmp_path / "m.keras"), load_model(tmp_path / "m.tflite")
    images = some_images(70)
    np.testing.assert_allclose(in_litert(images), in_keras(images), atol=1e-5)
    training.write_card(tmp_path / "m.json", {"architecture": "tiny"})
    assert json.loads((tmp_path / "m.json").read_text())["architecture"] == "tiny"
    assert model_card(tmp_path / "m.tflite")["architecture"] == "tiny"
