"""Training: the shipped network, and one door to all of them, from data and seed to files.

The shipped network follows Ciresan 2010 (dense, every epoch newly deformed) with what came since: batch
normalisation, AdamW under a cosine, an average of the weights, deformation annealed at the end. It learns
MNIST, digits of other hands and of print, and what is not a digit; the writers and fonts held out choose and
calibrate, and the test set is looked at once. TensorFlow is imported inside functions only.
"""

from __future__ import annotations

import json
import math
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, GlyphImages, Predict, Probs
from batchocr.errors import InputError, UsageError
from batchocr.network import calibration
from batchocr.network.architectures import (
    SHIPPED_WIDTHS,
    check_architecture,
    folded,
    layers_in_words,
    narrow_layers,
    quiet_tensorflow,
    teacher,
    wide,
)
from batchocr.network.augment import Deformation, deform
from batchocr.network.card import model_card
from batchocr.network.dataset import VALIDATION_COUNT, Labels, Mnist, find_mnist, split_by_writer
from batchocr.network.figures import history_figure
from batchocr.network.files import check_writable, written_whole
from batchocr.network.lessons import LESSONS, Epoch, Learnt, Watch, each_step, learn, shortened
from batchocr.network.litert_weights import Weights, litert_weights
from batchocr.network.metrics import expected_calibration_error
from batchocr.network.model import hushed, load_model
from batchocr.network.narrowing import narrowed
from batchocr.progress import TrainingProgress
from batchocr.stamps import digest_of

if TYPE_CHECKING:
    import keras

Say = Callable[[str], None]
Parts = dict[str, tuple[GlyphImages, Labels]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the shipped network is trained."""

    epochs: int = 60
    batch: int = 1000
    rate: float = 2e-3  # AdamW, highest
    decay: float = 0.02  # AdamW's weight decay
    warm_up: int = 2  # epochs
    smoothing: float = 0.03  # of the labels
    taught: float = 0.7  # share of the teachers' answers in what a glyph should be, where there are any
    averaging: float = 0.999  # a step, of the weights
    annealed: float = 0.25  # last share of the epochs, in which deformation falls
    least_deformation: float = 0.3  # at the end, of the full strength
    drawn: float = 0.25  # share of the drawn glyphs that an epoch takes
    drawn_deformation: float = 0.7  # of MNIST's, since scanning has bent them already
    size: float = 1.0  # of the drawn parts
    seed: int = 1
    policy: str = "mixed_bfloat16"  # of the hidden layers while training
    checkpoint_every: int = 2  # epochs


@dataclass(frozen=True, slots=True)
class Material:
    """What the shipped network learns from and what it is chosen and calibrated by."""

    images: GlyphImages
    labels: Labels
    drawn_images: GlyphImages
    drawn_labels: Labels
    held_images: GlyphImages
    held_labels: Labels
    held_kinds: NDArray[np.str_]
    fonts: dict[str, str] = field(default_factory=dict)  # name -> SHA-256


# families for choosing and calibrating: eleven that have been held out from the beginning, and of those that came later
FONTS_HELD_OUT = frozenset([
    "amita", "butterfly-kids", "comforter-brush", "crafty-girls", "edu-sa-hand", "finger-paint",
    "grape-nuts", "hachi-maru-pop", "kaushan-script", "love-light", "monsieur-la-doulaise",
    "nanum-pen-script", "norican", "playwrite-at", "qwitcher-grypen", "sassy-frass", "single-day",
    "stalemate", "vibes", "yuji-mai", "amiri", "arimo", "belleza", "carlito", "courier-prime", "days-one",
    "forum", "gfs-didot", "hanuman", "jua", "lemon", "lora", "mate", "noto-sans-kr", "playfair", "prata",
    "ropa-sans", "share-tech-mono", "sour-gummy", "ubuntu-condensed", "vt323",
])  # fmt: skip
ELSE_HELD_OUT = slice(8, None, 17)  # of a sorted folder that has none of them
CHECKPOINT = "checkpoint.npz"
UNDONE_ON = 10_000  # glyphs on which a file's normalisation is undone
NO_WRITERS = "train-writers.txt is missing beside MNIST's files; the split by writer needs it"
SURE_OF_OTHER = 0.8  # probability of another answer from which on a teacher is not asked
HELD_SIZE = 0.06  # of the drawn parts, for choosing and calibrating


# material -----------------------------------------------------------------------------------------------


def gather(mnist: Mnist, fonts: Path, cache: Path, recipe: Recipe, say: Say = print) -> Material:
    """Split MNIST by writer and draw what it lacks, or take the drawing of an earlier run from the cache."""
    if mnist.train_writers is None:
        raise InputError(NO_WRITERS)
    learn, _ = split_by_writer(mnist.train_writers)
    kept, _ = split_fonts(fonts)
    drawn = _drawn(cache / "drawn-learn.npz", mnist, learn, kept, recipe.seed, recipe.size, say)
    return replace(
        gather_held(mnist, fonts, cache, recipe, say),
        images=mnist.train_images[learn],
        labels=mnist.train_labels[learn],
        drawn_images=drawn["images"],
        drawn_labels=drawn["labels"],
        fonts=font_hashes(kept),
    )


def gather_held(mnist: Mnist, fonts: Path, cache: Path, recipe: Recipe, say: Say = print) -> Material:
    """Only what is held out, for choosing and calibrating; nothing to learn from."""
    if mnist.train_writers is None:
        raise InputError(NO_WRITERS)
    _, choose = split_by_writer(mnist.train_writers)
    _, held = split_fonts(fonts)
    extra = _drawn(
        cache / "drawn-held.npz", mnist, choose, held, recipe.seed + 1, recipe.size * HELD_SIZE, say
    )
    return Material(
        mnist.train_images[:0],
        mnist.train_labels[:0],
        extra["images"][:0],
        extra["labels"][:0],
        np.concatenate([mnist.train_images[choose], extra["images"]]),
        np.concatenate([mnist.train_labels[choose], extra["labels"]]),
        np.concatenate([np.full(len(choose), "MNIST"), extra["kinds"]]),
    )


Families = dict[str, list[Path]]  # "hand" and "print": font files


def split_fonts(fonts: Path) -> tuple[Families, Families]:
    """The fonts to learn from, and those held out for choosing and calibrating."""
    families = {kind: sorted((fonts / kind).glob("*.ttf")) for kind in ("hand", "print")}
    if not all(families.values()):
        raise InputError(f"{fonts}: no fonts in hand/ and print/; run scripts/fetch_fonts.py")
    held = {
        kind: [path for path in paths if path.stem in FONTS_HELD_OUT] or paths[ELSE_HELD_OUT]
        for kind, paths in families.items()
    }
    return {kind: [p for p in paths if p not in held[kind]] for kind, paths in families.items()}, held


def font_hashes(families: Families) -> dict[str, str]:
    """SHA-256 of each font, by its name."""
    return {p.stem: digest_of(p) for paths in families.values() for p in paths}


def _drawn(
    path: Path,
    mnist: Mnist,
    chosen: NDArray[np.intp],
    fonts: dict[str, list[Path]],
    seed: int,
    size: float,
    say: Say,
) -> dict[str, NDArray[Any]]:
    from batchocr.network.synthesis import build

    if not path.exists():
        say(f"drawing {path.name}")
        images, labels = mnist.train_images[chosen], mnist.train_labels[chosen]
        parts = build(images, labels, fonts["hand"], fonts["print"], seed=seed, size=size)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            images=np.concatenate([part[0] for part in parts.values()]),
            labels=np.concatenate([part[1] for part in parts.values()]),
            kinds=np.concatenate([np.full(len(part[0]), name) for name, part in parts.items()]),
        )
    with np.load(path) as stored:
        return {name: stored[name] for name in ("images", "labels", "kinds")}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one epoch shows."""

    images: GlyphImages
    labels: Labels


def epoch_of(material: Material, recipe: Recipe, epoch: int) -> Shown:
    """All that one epoch shows, newly deformed and shuffled; the same for the same epoch."""
    rng = np.random.default_rng([recipe.seed, epoch])
    full = Deformation().scaled(strength(recipe, epoch))
    some = rng.permutation(len(material.drawn_images))[: round(len(material.drawn_images) * recipe.drawn)]
    some.sort()
    images = np.concatenate(
        [
            deform(material.images, full, rng),
            deform(material.drawn_images[some], full.scaled(recipe.drawn_deformation), rng),
        ]
    )
    labels = np.concatenate([material.labels, material.drawn_labels[some]])
    order = rng.permutation(len(images))
    return Shown(images[order], labels[order])


def first_shown(material: Material, recipe: Recipe) -> GlyphImages:
    """Some of what the first epoch shows."""
    return epoch_of(material, recipe, 0).images[:UNDONE_ON]


def targets_of(shown: Shown, recipe: Recipe, teachers: Sequence[Predict]) -> NDArray[np.float32]:
    """(N, 11) float32, rows summing to 1: what each glyph's answer should be.

    Smoothed labels, mixed with what the teachers make of the glyphs as they are bent now (distillation, Hinton
    2015): a digit bent or worn out of shape should be doubted, not learnt by heart. Teachers that are sure of
    something else have not learnt this way of writing, and are not asked.
    """
    outputs = NOT_A_DIGIT + 1
    targets = np.full((len(shown.labels), outputs), recipe.smoothing / outputs, np.float32)
    targets[np.arange(len(targets)), shown.labels] += 1 - recipe.smoothing
    if teachers:
        answers = np.mean([answer(shown.images) for answer in teachers], axis=0)
        mistaken = (answers.argmax(axis=1) != shown.labels) & (answers.max(axis=1) >= SURE_OF_OTHER)
        targets[~mistaken] += recipe.taught * (answers - targets)[~mistaken]
    return targets


def strength(recipe: Recipe, epoch: int) -> float:
    """How strongly this epoch is deformed: fully, then falling in a line over the last epochs."""
    start = recipe.epochs * (1 - recipe.annealed)
    fallen = max(0.0, (epoch + 1 - start) / max(1.0, recipe.epochs - start))
    return 1 - (1 - recipe.least_deformation) * fallen


def _ahead(material: Material, recipe: Recipe, start: int) -> Iterator[tuple[int, Shown]]:
    """Epochs in order, the next one deformed while the last one is learnt."""
    if start >= recipe.epochs:
        return
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(epoch_of, material, recipe, start)
        for epoch in range(start, recipe.epochs):
            shown = waiting.result()
            if epoch + 1 < recipe.epochs:
                waiting = pool.submit(epoch_of, material, recipe, epoch + 1)
            yield epoch, shown


# the shipped network ------------------------------------------------------------------------------------


def train_shipped(
    material: Material,
    recipe: Recipe,
    work: Path,
    say: Say = print,
    *,
    begin_from: Path | Weights | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    teachers: Sequence[Predict] = (),
    build: Callable[[str], keras.Model] = lambda policy: wide(SHIPPED_WIDTHS, policy=policy),
) -> tuple[keras.Model, list[str]]:
    """Train, or go on where a killed run left off; answers the averaged model and the log's lines.

    begin_from: folder of an earlier run whose averaged weights a new run begins with (a warm restart), a LiteRT
    file, or kernels and biases in turn. teachers: (N, 28, 28) uint8 -> (N, 11), whose answers are learnt too.
    build: policy -> the network.
    """
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(recipe.seed)
    work.mkdir(parents=True, exist_ok=True)
    model = build(recipe.policy)
    steps = (len(material.images) + round(len(material.drawn_images) * recipe.drawn)) // recipe.batch + 1
    model.compile(_optimizer(recipe, steps), "categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    checkpoint = work / CHECKPOINT
    start = progress_of(checkpoint, "epoch")
    log: list[str] = []
    if begin_from is not None and not start:
        if isinstance(begin_from, list):
            begin_from_weights(begin_from, model, first_shown(material, recipe))
        elif begin_from.is_file():
            log = begin_from_file(begin_from, model, first_shown(material, recipe))
        else:
            log = begin_from_state(begin_from / CHECKPOINT, model)
    average = Average(model, recipe.averaging)
    if start:
        log = resume_state(checkpoint, model, model.optimizer, average)
    for epoch, shown in _ahead(material, recipe, start):
        began = time.monotonic()
        history = model.fit(
            shown.images,
            targets_of(shown, recipe, teachers),
            batch_size=recipe.batch,
            shuffle=False,
            verbose=0,
            callbacks=[average.callback(), *callbacks],
        ).history
        line = f"epoch {epoch + 1}/{recipe.epochs}"
        line += f" loss {history['loss'][0]:.4f} accuracy {history['accuracy'][0]:.4f}"
        if (epoch + 1) % recipe.checkpoint_every == 0 or epoch + 1 == recipe.epochs:
            with average.in_place():
                line += _validation_line(model, material)
        line += f" {time.monotonic() - began:.1f} s"
        log.append(line)
        say(line)
        if (epoch + 1) % recipe.checkpoint_every == 0 or epoch + 1 == recipe.epochs:
            save_state(checkpoint, model, model.optimizer, average, log, epoch=epoch + 1)
    average.apply()
    return model, log


class Average:
    """A running average of a model's weights (and of its normalisation's statistics), for evaluation."""

    def __init__(self, model: keras.Model, momentum: float) -> None:
        self.model = model
        self.momentum = momentum
        self.steps = 0
        self.weights = [np.array(w, np.float32) for w in model.get_weights()]

    def update(self, steps: int) -> None:
        """Take the model's weights in, as if after so many steps."""
        self.steps += steps
        keep = min(self.momentum**steps, self.steps / (self.steps + 10.0 * steps))
        for mean, now in zip(self.weights, self.model.get_weights(), strict=True):
            mean *= keep
            mean += (1 - keep) * now

    def apply(self) -> None:
        """Put the average into the model."""
        self.model.set_weights(self.weights)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within `with`, the model holds the average."""
        own = self.model.get_weights()
        self.apply()
        yield
        self.model.set_weights(own)

    def callback(self, every: int = 20) -> keras.callbacks.Callback:
        """A Keras callback that updates the average every so many steps."""
        import keras

        average = self

        class Update(keras.callbacks.Callback):  # type: ignore[misc]
            def on_train_batch_end(self, batch: int, logs: object = None) -> None:
                if (batch + 1) % every == 0:
                    average.update(every)

        return Update()


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    import keras

    warm = recipe.warm_up * steps
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.rate / 20,
        max(1, recipe.epochs * steps - warm),  # of no epochs: a network is only narrowed
        alpha=0.001,
        warmup_target=recipe.rate,
        warmup_steps=warm,
    )
    return keras.optimizers.AdamW(rate, weight_decay=recipe.decay)


@dataclass(frozen=True, slots=True)
class StepwiseRecipe:
    """How a network is trained on batches that are drawn anew for every step."""

    steps: int
    batch: int = 64
    rate: float = 2e-3  # AdamW, highest
    decay: float = 0.01  # AdamW's weight decay
    warm_up: int = 200  # steps
    averaging: float = 0.998  # a step, of the weights
    seed: int = 1
    every: int = 250  # steps between validations, and checkpoints where there are any


def stepwise_optimizer(model: keras.Model, recipe: StepwiseRecipe) -> keras.optimizers.Optimizer:
    """AdamW with cosine decay over the recipe's steps, built for the model."""
    import keras

    rate = keras.optimizers.schedules.CosineDecay(
        recipe.rate / 20, recipe.steps - recipe.warm_up, alpha=0.002,
        warmup_target=recipe.rate, warmup_steps=recipe.warm_up,
    )  # fmt: skip
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.decay, clipnorm=1.0)
    optimizer.build(model.trainable_variables)
    return optimizer


TEACHER = Recipe(epochs=18, batch=500)


def train_teacher(
    material: Material, recipe: Recipe, work: Path, say: Say = print
) -> tuple[Predict, list[str]]:
    """A convolutional network that learns the same in the same way; answers it and its log."""
    model, log = train_shipped(material, recipe, work, say, build=teacher)
    return keras_predict(model), log


def keras_predict(model: keras.Model) -> Predict:
    """(N, 28, 28) uint8 -> (N, outputs) float32, by Keras itself."""

    def predict(images: GlyphImages) -> Probs:
        return np.asarray(
            model.predict(images, batch_size=250, verbose=0), np.float32
        )  # more spill the cache

    return predict


def _validation_line(model: keras.Model, material: Material) -> str:
    guess = model.predict(material.held_images, batch_size=2000, verbose=0).argmax(1)
    wrong = guess != material.held_labels
    errors = {
        "MNIST": material.held_kinds == "MNIST",
        "print": material.held_kinds == "print digits",
        "hand": material.held_kinds == "hand digits",
        "other ink": material.held_labels == NOT_A_DIGIT,
    }
    figures = (f" {name} {100 * wrong[at].mean():.2f}" for name, at in errors.items())
    return " validation error %" + "".join(figures)


def save_state(
    path: Path, model: keras.Model, optimizer: Any, average: Average, log: list[str], **at: int
) -> None:
    """Write a checkpoint that a killed run can go on from; the old one stays until the new one is whole."""
    arrays = {f"w{i}": w for i, w in enumerate(model.get_weights())}
    arrays |= {f"a{i}": w for i, w in enumerate(average.weights)}
    arrays |= {f"o{i}": np.asarray(v) for i, v in enumerate(optimizer.variables)}
    part = path.with_suffix(".part.npz")
    arrays |= {name: np.array(count) for name, count in at.items()}
    np.savez(part, steps=average.steps, log=np.array(log), **arrays)
    part.replace(path)


def begin_from_state(path: Path, model: keras.Model) -> list[str]:
    """Give the model an earlier run's averaged weights; answers that run's log.

    The earlier network may lack layers; they stay as they begin, and are told by their weights' shapes. Raises
    InputError where there is no such run, or its weights have no place in this model.
    """
    if not path.exists():
        raise InputError(f"{path}: no such checkpoint to begin from; name the folder of a run in --work")
    with np.load(path) as stored:
        earlier = [stored[f"a{i}"] for i in range(sum(name[0] == "a" for name in stored.files))]
        weights, taken = model.get_weights(), 0
        for i, weight in enumerate(weights):
            if taken < len(earlier) and earlier[taken].shape == weight.shape:
                weights[i] = earlier[taken]
                taken += 1
        if taken < len(earlier):
            raise InputError(f"{path}: is of a network of other layers; begin from a run of this one")
        model.set_weights(weights)
        return [f"before: {line}" for line in stored["log"]]


def begin_from_file(path: Path, model: keras.Model, images: GlyphImages) -> list[str]:
    """Give a `wide` network the weights of its LiteRT file, which has normalisation folded in; answers the log that
    the card beside it holds.

    images: (N, 28, 28) uint8, some of what is to be learnt; on these each normalisation undoes itself, so that the
    network begins with the file's answers. Raises ModelError where the layers differ.
    """
    from keras import layers

    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    shapes = [shape for layer in dense for shape in (tuple(layer.kernel.shape), (layer.units,))]
    begin_from_weights(litert_weights(path, shapes), model, images)
    return earlier_log(path)


def begin_from_weights(weights: Weights, model: keras.Model, images: GlyphImages) -> None:
    """Give a `wide` network the kernels and biases of one that does not normalise. images: as above.

    A narrow layer has no normalisation to take its bias, which the layer after it takes.
    """
    import keras
    from keras import layers

    *dense, last = (layer for layer in model.layers if isinstance(layer, layers.Dense))
    norms = iter([layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)])
    narrow = narrow_layers([*(layer.units for layer in dense), last.units])
    passed_on: NDArray[np.float32] | None = None
    for layer, of_narrow, kernel, bias in zip(dense, narrow, weights[::2], weights[1::2], strict=False):
        layer.set_weights([kernel])
        if of_narrow:
            passed_on = bias
            continue
        before = keras.Model(model.input, layer.output).predict(images, batch_size=1000, verbose=0)
        undo_normalization(next(norms), before, bias if passed_on is None else bias + passed_on @ kernel)
        passed_on = None
    last.set_weights(weights[-2:])


def narrowed_digits(wide: Weights, widths: Sequence[int], images: GlyphImages) -> Weights:
    """The kernels and biases of a wide network as those of one of these widths, every second of them a narrow layer,
    without learning. images: (N, 28, 28) uint8; what the layers answer to these is kept as far as it goes."""
    seen = images.reshape(len(images), -1).astype(np.float32) / 255
    weights: Weights = []
    *inner, kernel, bias = wide
    for inward, moved, rank in zip(inner[::2], inner[1::2], widths[::2], strict=True):
        answers = np.asarray(seen @ inward + moved, np.float32)
        narrow, spread, passed = narrowed(inward, moved, answers, rank)
        weights += [narrow, np.zeros(rank, np.float32), spread, passed]
        seen = np.maximum(answers, 0)
    return [*weights, kernel, bias]


def undo_normalization(norm: keras.layers.Layer, before: NDArray[Any], bias: NDArray[np.float32]) -> None:
    """Set a batch normalisation so that it adds `bias` to what comes in, as far as that is like `before` (..., units)."""
    flat = np.asarray(before, np.float64).reshape(-1, before.shape[-1])
    mean, variance = flat.mean(axis=0), flat.var(axis=0)
    norm.set_weights([np.sqrt(variance + norm.epsilon), bias + mean, mean, variance])


def earlier_log(path: Path) -> list[str]:
    """The log in the card beside a model's file, each line marked as one from before."""
    log = model_card(path).get("log", [])
    return [line if line.startswith("before: ") else f"before: {line}" for line in log]


def resume_state(path: Path, model: keras.Model, optimizer: Any, average: Average) -> list[str]:
    """Put a checkpoint back into a model, its optimizer and its average; answers the log so far."""
    with np.load(path) as stored:
        model.set_weights([stored[f"w{i}"] for i in range(len(model.get_weights()))])
        average.weights = [stored[f"a{i}"] for i in range(len(average.weights))]
        average.steps = int(stored["steps"])
        for i, variable in enumerate(optimizer.variables):
            variable.assign(stored[f"o{i}"])
        return [str(line) for line in stored["log"]]


def progress_of(path: Path, name: str) -> int:
    """How far a checkpoint is, counted in `name`; 0 where there is none."""
    if not path.exists():
        return 0
    with np.load(path) as stored:
        return int(stored[name])


# calibration and export ---------------------------------------------------------------------------------

# What calibration supposes a network is asked about: digits cut out of boxes, one in a hundred of which is other ink.
# On a page other ink is far commoner; the pipeline says by how much (OTHER_INK_ODDS; Saerens 2002).
OF_OTHER_INK = 0.01
OF_DIGITS = {"MNIST": 0.73, "digits": 0.27}  # shares of what is left for the digits


def calibrate(model: keras.Model, material: Material) -> tuple[float, float]:
    """Temperature and offset of "not a digit", fitted on the writers and fonts held out."""
    probs = np.asarray(model.predict(material.held_images, batch_size=1000, verbose=0), np.float32)
    other = material.held_labels == NOT_A_DIGIT
    of_mnist = material.held_kinds == "MNIST"
    weights = np.where(other, OF_OTHER_INK / max(1, int(other.sum())), 0.0)
    for name, at in {"MNIST": of_mnist, "digits": ~other & ~of_mnist}.items():
        weights[at] = (1 - OF_OTHER_INK) * OF_DIGITS[name] / max(1, int(at.sum()))
    return calibration.fit(probs, material.held_labels, weights)


def export(model: keras.Model, path: Path, *, weights: str = "int8") -> None:
    """Have Keras write a LiteRT file; weights is "float32", "float16" or "int8" (activations stay float)."""
    quiet_tensorflow()
    import tensorflow as tf

    options: dict[str, Any] = {}
    if weights != "float32":
        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
    if weights == "float16":
        options["target_spec"] = {"supported_types": [tf.float16]}
    with written_whole(path) as part, hushed():
        model.export(str(part), format="litert", verbose=False, **options)


def provenance(architecture: str, model: keras.Model, mnist: Mnist, seed: int) -> dict[str, Any]:
    """What a model card says of where a model comes from."""
    outputs = model.outputs[0].shape[-1]
    return {
        "architecture": architecture,
        "layers": layers_in_words(model),
        "parameters": int(model.count_params()),
        "input": "(N, 28, 28) uint8, ink 255 on 0, as batchocr.normalize makes it",
        "output": f"(N, {outputs}) float32 probabilities: ten digits"
        + ', "not a digit"' * (outputs > NOT_A_DIGIT),
        "mnist_sha256": mnist.sha256,
        "seed": seed,
        "versions": {"python": platform.python_version()} | library_versions(),
    }


def library_versions() -> dict[str, str]:
    """Of the libraries that a trained network depends on."""
    return {name: version(name) for name in ("numpy", "opencv-python-headless", "tensorflow", "keras")}


def write_card(path: Path, card: dict[str, Any]) -> None:
    """Write a model card as JSON."""
    with written_whole(path) as part:
        part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


# one door to all networks -------------------------------------------------------------------------------

ALIASES = {"dense": "functional-128"}
MODEL_SUFFIXES = (".keras", ".tflite", ".json")
COMPARED = 1000  # test digits on which the LiteRT file is held against Keras
GREATEST_SEED = 2**32 - 1  # NumPy's


@dataclass(frozen=True, slots=True)
class Order:
    """What to train, from what, and where to write it; data None means Keras's downloader."""

    architecture: str
    output: Path
    data: Path | None = None
    epochs: int | None = None  # the lesson's own
    seed: int = 0
    resume: bool = False
    fonts: Path = Path("fonts")  # for the shipped network

    def __post_init__(self) -> None:
        """Raise UsageError for what cannot be meant, before anything slow begins."""
        check_architecture(self.name)
        if self.epochs is not None and self.epochs < 1:
            raise UsageError(f"--epochs is a number from 1 up, not {self.epochs}")
        if not 0 <= self.seed <= GREATEST_SEED:
            raise UsageError(f"--seed is a number from 0 to {GREATEST_SEED}, not {self.seed}")
        if self.output.is_dir():
            raise UsageError(
                f"{self.output}: is a folder; name a file, such as {self.output / 'model.tflite'}"
            )

    @property
    def name(self) -> str:
        """The architecture's own name."""
        return ALIASES.get(self.architecture, self.architecture)

    def file(self, ending: str) -> Path:
        """One of the files that are written: the output's name with another ending."""
        known = self.output.suffix in MODEL_SUFFIXES
        return self.output.with_name((self.output.stem if known else self.output.name) + ending)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training ended with."""

    card: dict[str, Any]
    files: tuple[Path, ...]
    epochs: int  # learnt
    kept: int  # epoch whose weights were written
    finished: bool


def train(order: Order, stream: TextIO | None = None) -> Outcome:
    """Train a network by name; write MODEL.keras, .tflite, .json and .png (the history) beside each other.

    stream is where progress goes: standard error, if none is given. Ctrl-C after the first epoch ends the
    training, not the writing: the best so far is kept.
    """
    check_writable(order.output.parent)
    mnist = find_mnist(order.data)
    quiet_tensorflow()
    learning = _learn_shipped if order.name == "shipped" else _learn
    learnt, about = learning(order, mnist, stream or sys.stderr)
    return _write(order, mnist, learnt, about)


def _learn(order: Order, mnist: Mnist, stream: TextIO) -> tuple[Learnt, dict[str, Any]]:
    lesson = shortened(LESSONS[order.name], order.epochs)
    steps = -(-(len(mnist.train_images) - VALIDATION_COUNT) // lesson.batch)
    learnt = learn(
        order.name,
        mnist,
        lesson,
        order.file(".checkpoint.npz"),
        seed=order.seed,
        resume=order.resume,
        watch=_Live(lesson.epochs, steps, stream),
    )
    about = {
        "lesson": asdict(lesson),
        "training_seconds": round(sum(epoch.seconds for epoch in learnt.history), 1),
        "history": [
            {name: round(value, 5) for name, value in asdict(epoch).items()} for epoch in learnt.history
        ],
    }
    return learnt, about


class _Live(Watch):
    """Shows a training on a stream."""

    def __init__(self, epochs: int, steps: int, stream: TextIO) -> None:
        self._epochs, self._steps, self._stream = epochs, steps, stream
        self.begin(0)

    def begin(self, done: int) -> None:
        """Start the clock."""
        self._progress = TrainingProgress(self._epochs, self._steps, self._stream, done=done)

    def step(self, epoch: int, step: int, loss: float, accuracy: float) -> None:
        """Move the bar."""
        self._progress.step(epoch, step, loss, accuracy)

    def epoch(self, epoch: Epoch) -> None:
        """Write the epoch's line."""
        figures = f"loss {epoch.loss:.4f}  accuracy {epoch.accuracy:.4f}  "
        figures += f"validation loss {epoch.validation_loss:.4f}  accuracy {epoch.validation_accuracy:.4f}"
        self._progress.epoch(epoch.number, figures, epoch.seconds)


def _learn_shipped(order: Order, mnist: Mnist, stream: TextIO) -> tuple[Learnt, dict[str, Any]]:
    """Train the shipped network beside the output, in train-data/; broken off, it keeps its last checkpoint."""
    recipe = Recipe(seed=order.seed, epochs=order.epochs or Recipe().epochs)
    work = order.output.parent / "train-data"
    run = work / f"run-{order.seed}"
    if not order.resume:
        (run / CHECKPOINT).unlink(missing_ok=True)

    def say(line: str) -> None:
        print(line, file=stream, flush=True)

    material = gather(mnist, order.fonts, work, recipe, say)
    steps = (len(material.images) + round(len(material.drawn_images) * recipe.drawn)) // recipe.batch + 1
    done = _epochs_done(run)
    live = TrainingProgress(recipe.epochs, steps, stream, done=done)
    counted = count(done * steps)

    def step(_: int, loss: float, accuracy: float) -> None:
        epoch, at = divmod(next(counted), steps)
        live.step(epoch + 1, at + 1, loss, accuracy)

    def over(line: str) -> None:
        live.say(f"{line}, {live.left(epoch_of_line(line).number)}")

    trained, log, finished = train_until_stopped(material, recipe, run, over, [each_step(step)])
    model = folded(trained, *calibrate(folded(trained), material))
    history = tuple(epoch_of_line(line) for line in log)
    return Learnt(model, history, len(history), finished), {"recipe": asdict(recipe), "log": log}


def train_until_stopped(
    material: Material, recipe: Recipe, run: Path, say: Say, callbacks: Sequence[keras.callbacks.Callback]
) -> tuple[keras.Model, list[str], bool]:
    """Train the shipped network; after Ctrl-C, the averaged model of its last checkpoint, and False."""
    try:
        return *train_shipped(material, recipe, run, say, callbacks=callbacks), True
    except KeyboardInterrupt:
        reached = _epochs_done(run)
        if not reached:
            raise
        return *train_shipped(material, replace(recipe, epochs=reached), run, say), False


def _epochs_done(run: Path) -> int:
    if not (run / CHECKPOINT).exists():
        return 0
    with np.load(run / CHECKPOINT) as stored:
        return int(stored["epoch"])


LOG_LINE = re.compile(
    r"(?:before: )?epoch (?P<number>\d+)/\d+ loss (?P<loss>[\d.]+) accuracy (?P<accuracy>[\d.]+)"
    r"(?: validation error % MNIST (?P<wrong>[\d.]+).*)? (?P<seconds>[\d.]+) s"
)


def epoch_of_line(line: str) -> Epoch:
    """An epoch from its line in the shipped network's log."""
    found = LOG_LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"no line of a training log: {line!r}")
    wrong = math.nan if found["wrong"] is None else float(found["wrong"]) / 100
    return Epoch(
        int(found["number"]),
        float(found["loss"]),
        float(found["accuracy"]),
        validation_accuracy=1 - wrong,
        seconds=float(found["seconds"]),
    )


def _write(order: Order, mnist: Mnist, learnt: Learnt, about: dict[str, Any]) -> Outcome:
    """Write the model in both formats, its card and its history's figure."""
    keras_file, litert_file, card_file, figure_file = (
        order.file(ending) for ending in (".keras", ".tflite", ".json", ".png")
    )
    with written_whole(keras_file) as part:
        learnt.model.save(part)
    export(learnt.model, litert_file, weights="float32")
    probs = load_model(litert_file)(mnist.test_images)
    expected = np.asarray(learnt.model.predict(mnist.test_images[:COMPARED], batch_size=COMPARED, verbose=0))
    card = provenance(order.name, learnt.model, mnist, order.seed)
    card |= {"epochs": len(learnt.history), "kept_epoch": learnt.kept, "finished": learnt.finished, **about}
    card["figures"] = {
        "mnist_test_accuracy": float((probs.argmax(1) == mnist.test_labels).mean()),
        "mnist_test_ece": round(expected_calibration_error(probs, mnist.test_labels), 5),
        "litert_differs_from_keras_by": float(np.abs(probs[:COMPARED, : expected.shape[1]] - expected).max()),
    }
    title = f"{order.name}, seed {order.seed}: {card['figures']['mnist_test_accuracy']:.2%} on MNIST's test digits"
    history_figure(learnt.history, learnt.kept, title, figure_file)
    write_card(card_file, card)
    files = (keras_file, litert_file, card_file, figure_file)
    return Outcome(card, files, len(learnt.history), learnt.kept, learnt.finished)
