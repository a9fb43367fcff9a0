"""Training: orders, lessons, what a terminal sees, checkpoints, interruption, and the files it leaves."""

from __future__ import annotations

import ast
import io
import json
import math
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from batchocr.cli import main
from batchocr.elements import GlyphImages, Probs
from batchocr.errors import ModelError, OutputError, UsageError
from batchocr.network import training
from batchocr.network.adapting import answers_of, digit_weights
from batchocr.network.architectures import (
    ARCHITECTURES,
    SHIPPED_WIDTHS,
    build_model,
    layers_in_words,
    wide,
)
from batchocr.network.card import SHIPPED
from batchocr.network.dataset import Mnist
from batchocr.network.figures import history_figure
from batchocr.network.lessons import (
    LESSONS,
    Epoch,
    Lesson,
    Watch,
    each_step,
    learn,
    rate_of,
    shortened,
    shown,
)
from batchocr.network.model import load_model
from batchocr.network.synthesis import penned_digits
from batchocr.network.training import (
    Material,
    Order,
    Recipe,
    epoch_of_line,
    train,
    train_until_stopped,
)
from batchocr.progress import TrainingProgress

MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason=f"MNIST is not at {MNIST}")
needs_tensorflow = pytest.mark.skipif(
    find_spec("tensorflow") is None, reason="TensorFlow is not installed (the train extra)"
)
quiet = pytest.mark.filterwarnings("ignore")  # TensorFlow's and Keras's own deprecations
needs_matplotlib = pytest.mark.skipif(
    find_spec("matplotlib") is None, reason="Matplotlib is not installed (the train extra)"
)


def penned_mnist(count: int = 600) -> Mnist:
    """A data set of drawn digits, a few of them to test on."""
    images, labels = penned_digits(count, 3)
    return Mnist(images, labels, images[:50], labels[:50], None, {})


def penned_material() -> Material:
    """64 penned digits, called MNIST's, to learn from and to choose by."""
    images, labels = penned_digits(64, 1)
    kinds = np.full(len(images), "MNIST")
    return Material(images, labels, images[:20], labels[:20], images, labels, kinds)


# orders


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"architecture": "convnet-9"}, "sequential-64, functional-128, deep, conv, shipped"),
        ({"epochs": 0}, "--epochs .* not 0"),
        ({"seed": -1}, "--seed .* not -1"),
        ({"output": Path("/")}, "is a folder"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused(changes: dict[str, object], said: str) -> None:
    order = Order("sequential-64", Path("m.tflite"))
    with pytest.raises(UsageError, match=said):
        replace(order, **changes)  # type: ignore[arg-type]


def test_a_missing_folder_is_noticed_before_anything_is_read(tmp_path: Path) -> None:
    order = Order("sequential-64", tmp_path / "none" / "m.tflite", data=tmp_path / "nor this")
    with pytest.raises(OutputError, match="no such folder"):
        train(order)


@pytest.mark.parametrize(
    ("output", "written"), [("m.tflite", "m.keras"), ("m.keras", "m.keras"), ("m.v2", "m.v2.keras")]
)
def test_the_files_are_named_after_the_output(output: str, written: str) -> None:
    assert Order("dense", Path("models") / output).file(".keras") == Path("models") / written


def test_the_notebooks_recipes_are_the_notebooks() -> None:
    assert LESSONS["sequential-64"] == Lesson("adam", 256, 10, rate=1e-3, falling=False, deformed=False)
    assert LESSONS["functional-128"] == Lesson("rmsprop", 128, 30, rate=1e-3, falling=False, deformed=False)


# lessons


def test_a_falling_rate_falls_to_nothing_and_a_plain_one_stays() -> None:
    plain, falling = Lesson("adam", 10, 8), Lesson("adam", 10, 8, falling=True)
    assert {rate_of(plain, n) for n in range(1, 9)} == {1e-3}
    rates = [rate_of(falling, n) for n in range(1, 9)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 0.98e-3 and rates[-1] < 0.02e-3


def test_an_epoch_shows_every_digit_once_in_an_order_of_its_own() -> None:
    images = np.arange(50, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    labels = np.arange(50, dtype=np.uint8)
    first, again, other = (shown(images, labels, Lesson("adam", 10, 8), 1, n) for n in (1, 1, 2))
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])
    assert sorted(first[1].tolist()) == labels.tolist()
    assert np.array_equal(first[0][:, 0, 0], first[1])  # each picture kept its label


def test_digits_are_bent_anew_each_epoch() -> None:
    images = np.repeat(penned_digits(1, 1)[0], 50, 0)
    labels = np.zeros(50, np.uint8)
    lesson = Lesson("adam", 10, 10, deformed=True)
    first, again, other = (shown(images, labels, lesson, 1, n)[0] for n in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], images[0])


def test_the_log_of_the_shipped_network_is_read_back() -> None:
    log = json.loads(SHIPPED.with_suffix(".json").read_text())["log"]
    begins = max(n for n, line in enumerate(log) if line.removeprefix("before: ").startswith("epoch 1/"))
    epochs = [epoch_of_line(line) for line in log[begins:]]  # of the last run of the chain
    assert [epoch.number for epoch in epochs] == list(range(1, len(epochs) + 1))
    assert len(epochs) > 1
    shown = next(line for line in log[begins:] if "MNIST" in line)
    wrong = float(shown.split("MNIST ")[1].split()[0])
    assert epoch_of_line(shown).validation_accuracy == pytest.approx(1 - wrong / 100)
    assert math.isnan(epoch_of_line("epoch 1/2 loss 1.0 accuracy 0.5 3.0 s").validation_accuracy)
    with pytest.raises(ValueError, match="gibberish"):
        epoch_of_line("gibberish")


# what is seen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_a_plain_line_an_epoch() -> None:
    stream, times = io.StringIO(), iter([0.0, 5.0, 10.0])
    progress = TrainingProgress(10, 100, stream, clock=lambda: next(times))
    progress.step(1, 50, 0.5, 0.8)
    progress.epoch(1, "loss 0.5", 10.0)
    assert stream.getvalue() == "epoch  1/10  loss 0.5  10.0 s, 1:30 left\n"


def test_a_terminal_gets_a_bar_that_moves_and_is_wiped() -> None:
    stream, times = Terminal(), iter([0.0, *[30.0] * 9])
    progress = TrainingProgress(10, 100, stream, done=3, clock=lambda: next(times))
    progress.step(4, 50, 0.5, 0.8)
    bar = stream.getvalue()
    assert f"epoch  4/10 [{'#' * 12}{'.' * 12}]" in bar and "\n" not in bar
    assert "6:30 left" in bar  # half an epoch took 30 s, six and a half are left
    progress.epoch(4, "loss 0.4", 60.0)
    assert stream.getvalue().endswith("\r\x1b[Kepoch  4/10  loss 0.4  60.0 s, 3:00 left\n")


@needs_matplotlib
def test_a_history_is_drawn_with_and_without_validation(tmp_path: Path) -> None:
    watched = [Epoch(n, 1 / n, 1 - 0.1 / n, 1.1 / n, 1 - 0.2 / n) for n in range(1, 6)]
    for name, history in (("watched", watched), ("not", [Epoch(1, 0.5, 0.9)])):
        history_figure(history, len(history), name, tmp_path / f"{name}.png")
    first, second = (cv2.imread(str(tmp_path / f"{name}.png")) for name in ("watched", "not"))
    assert first is not None and second is not None
    orange = (first[..., 2] > 200) & (first[..., 0] < 60)  # the validation's colour
    assert orange.any() and not ((second[..., 2] > 200) & (second[..., 0] < 60)).any()


# learning


class StopsAfter(Watch):
    """Presses Ctrl-C when an epoch is over."""

    def __init__(self, last: int) -> None:
        self.last = last

    def epoch(self, epoch: Epoch) -> None:
        if epoch.number == self.last:
            raise KeyboardInterrupt


@needs_tensorflow
@quiet
def test_a_run_broken_off_and_resumed_ends_as_an_uninterrupted_one(tmp_path: Path) -> None:
    mnist, lesson = penned_mnist(), Lesson("adam", 32, 4, deformed=True, falling=True)
    whole = learn("sequential-64", mnist, lesson, tmp_path / "whole.npz", seed=5)
    broken = learn("sequential-64", mnist, lesson, tmp_path / "c.npz", seed=5, watch=StopsAfter(2))
    assert (broken.finished, len(broken.history)) == (False, 2)
    assert (
        broken.kept == max(broken.history, key=lambda e: (e.validation_accuracy, -e.validation_loss)).number
    )
    resumed = learn("sequential-64", mnist, lesson, tmp_path / "c.npz", seed=5, resume=True)
    assert (resumed.finished, resumed.kept, len(resumed.history)) == (True, 4, 4)
    assert whole.history[-1].accuracy > whole.history[0].accuracy
    for one, other in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)

    # what a checkpoint refuses
    with pytest.raises(UsageError, match="seed is 5, not 6"):
        learn("sequential-64", mnist, lesson, tmp_path / "c.npz", seed=6, resume=True)
    with pytest.raises(UsageError, match="architecture is sequential-64, not functional-128"):
        learn("functional-128", mnist, lesson, tmp_path / "c.npz", seed=5, resume=True)
    with pytest.raises(UsageError, match="already 4 epochs"):
        learn("sequential-64", mnist, shortened(lesson, 3), tmp_path / "c.npz", seed=5, resume=True)
    with pytest.raises(UsageError, match=r"none\.npz: no checkpoint"):
        learn("sequential-64", mnist, lesson, tmp_path / "none.npz", resume=True)
    (tmp_path / "c.npz").write_bytes((tmp_path / "c.npz").read_bytes()[:2000])
    with pytest.raises(ModelError, match=r"c\.npz: not a usable checkpoint"):
        learn("sequential-64", mnist, lesson, tmp_path / "c.npz", seed=5, resume=True)


@needs_tensorflow
@quiet
def test_ctrl_c_before_the_first_epoch_is_over_leaves_nothing(tmp_path: Path) -> None:
    class AtOnce(Watch):
        def step(self, epoch: int, step: int, loss: float, accuracy: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn("sequential-64", penned_mnist(200), Lesson("adam", 32, 2), tmp_path / "c.npz", watch=AtOnce())
    assert not list(tmp_path.iterdir())


@needs_tensorflow
@quiet
def test_a_teacher_learns_and_the_shipped_network_learns_from_it(tmp_path: Path) -> None:
    material = penned_material()
    recipe = Recipe(epochs=2, batch=32, warm_up=1, policy="float32", averaging=0.9)
    training.quiet_tensorflow()
    teacher, log = training.train_teacher(material, recipe, tmp_path / "teacher", lambda line: None)
    assert len(log) == 2
    np.testing.assert_allclose(teacher(material.images).sum(1), 1, atol=1e-5)
    asked: list[int] = []

    def watched(digits: GlyphImages) -> Probs:
        asked.append(len(digits))
        return teacher(digits)

    training.train_shipped(material, recipe, tmp_path / "run", lambda line: None, teachers=[watched])
    shown = len(training.epoch_of(material, recipe, 0).images)
    assert asked == [shown, shown]  # once an epoch


@needs_tensorflow
@quiet
def test_a_network_that_begins_from_a_file_begins_with_its_answers(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(3)
    images = penned_material().images
    model = wide(SHIPPED_WIDTHS)
    training.begin_from_file(SHIPPED, model, images)
    # of its weights in float: the file's own arithmetic is 8-bit, which `digit_weights` holds against them
    told = answers_of(digit_weights(SHIPPED), images)
    np.testing.assert_allclose(model.predict(images, verbose=0), told, atol=0.001)
    for layer in model.layers:  # in training too, on these
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, _, _, variance = layer.get_weights()
            np.testing.assert_allclose(gamma, np.sqrt(variance + layer.epsilon), rtol=1e-4)


@needs_tensorflow
@quiet
def test_ctrl_c_on_the_shipped_network_keeps_its_last_checkpoint(tmp_path: Path) -> None:
    material = penned_material()
    recipe = Recipe(epochs=5, batch=64, warm_up=1, policy="float32", checkpoint_every=1)
    seen: list[int] = []

    def press(step: int, loss: float, accuracy: float) -> None:
        seen.append(step)
        if seen.count(1) == 3:  # in the third epoch
            raise KeyboardInterrupt

    training.quiet_tensorflow()
    model, log, finished = train_until_stopped(
        material, recipe, tmp_path, lambda line: None, [each_step(press)]
    )
    assert not finished
    assert [epoch_of_line(line).number for line in log] == [1, 2]
    with np.load(tmp_path / "checkpoint.npz") as stored:
        np.testing.assert_array_equal(model.get_weights()[0], stored["a0"])


@needs_tensorflow
@quiet
@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "shipped"])
def test_every_network_answers_alike_in_litert_and_keras(name: str, tmp_path: Path) -> None:
    training.quiet_tensorflow()
    model = build_model(name)
    model.save(tmp_path / "m.keras")
    training.export(model, tmp_path / "m.tflite", weights="float32")
    images, _ = penned_digits(100, 2)
    in_keras, in_litert = (load_model(tmp_path / f"m.{kind}")(images) for kind in ("keras", "tflite"))
    np.testing.assert_allclose(in_litert, in_keras, atol=1e-5)
    assert in_keras[:, :10].std(0).min() > 0  # not one answer for all
    words = layers_in_words(model)
    assert words.startswith("28x28-conv16-conv32/2" if name == "conv" else "784-")
    assert words.endswith("10")


# the command


@needs_mnist
@needs_tensorflow
@quiet
def test_train_writes_a_model_that_run_takes_in_both_kinds(
    tmp_path: Path, scans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "m.tflite"
    options = ["--data", str(MNIST), "-o", str(model), "--epochs", "1"]
    assert main(["train", "--architecture", "sequential-64", *options]) == 0
    said = capsys.readouterr().err
    assert said.startswith("epoch 1/1  loss 0.") and "\r" not in said
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {"m.tflite", "m.keras", "m.json", "m.png", "m.checkpoint.npz"}
    card = json.loads((tmp_path / "m.json").read_text())
    assert card["architecture"] == "sequential-64" and card["layers"] == "784-64-64-10"
    assert card["figures"]["mnist_test_accuracy"] > 0.9
    assert card["figures"]["litert_differs_from_keras_by"] < 1e-5
    for kind in ("m.tflite", "m.keras"):
        assert main(["run", str(scans), "--model", str(tmp_path / kind), "--jobs", "1"]) == 0
        assert capsys.readouterr().out.startswith("source,page,")


@pytest.mark.parametrize("command", [["train"], ["data", "show", "mnist"]])
def test_without_tensorflow_one_sentence_names_the_remedy(command: list[str]) -> None:
    code = (
        "import sys\n"
        "for name in ('tensorflow', 'keras'): sys.modules[name] = None\n"
        "from batchocr.cli import main\n"
        f"sys.exit(main({command!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'batchocr[train]'" in done.stderr and done.stderr.count("\n") == 1


def test_help_imports_neither_tensorflow_nor_matplotlib() -> None:
    code = (
        "import sys\n"
        "from batchocr.cli import main\n"
        "main(['train', '--help']); main(['evaluate', '--help'])\n"
        "print({'tensorflow', 'keras', 'matplotlib', 'numpy', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def test_the_fonts_held_out_are_the_same_whatever_others_are_there(tmp_path: Path) -> None:
    named = [f"face-{n:02}" for n in range(30)]
    for kind, more in (("hand", []), ("print", ["vt323", "lora"])):
        (tmp_path / kind).mkdir()
        for name in [*named, *more]:
            (tmp_path / kind / f"{name}.ttf").touch()
    learn, held = training.split_fonts(tmp_path)
    assert [path.stem for path in held["print"]] == ["lora", "vt323"]
    assert [path.stem for path in held["hand"]] == ["face-08", "face-25"]  # none of those named is there
    for kind in ("hand", "print"):
        assert not set(learn[kind]) & set(held[kind])
        assert len(learn[kind]) + len(held[kind]) == len(list((tmp_path / kind).iterdir()))


def test_the_fonts_held_out_are_fetched_and_none_is_measured_with() -> None:
    source = (Path(__file__).parents[1] / "scripts" / "fetch_fonts.py").read_text("utf-8")
    tree = next(
        node.value for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "FAMILIES"
    )  # fmt: skip
    families = {kind: names.split() for kind, names in ast.literal_eval(tree).items()}
    learnt, measured = (
        {*families["hand"], *families["print"]},
        {*families["hand-test"], *families["print-test"]},
    )
    assert learnt >= training.FONTS_HELD_OUT
    assert not learnt & measured
    assert sum(map(len, families.values())) == len(learnt | measured)  # each once
