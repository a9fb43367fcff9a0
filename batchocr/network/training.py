"""Training: the notebooks' two networks and the shipped one, from data and seed to files.

The shipped network follows Ciresan 2010 (dense, every epoch newly deformed) with what came since: batch
normalisation, AdamW under a cosine, an average of the weights, deformation annealed at the end. It learns
MNIST, digits of other hands and of print, and what is not a digit; the writers and fonts held out choose and
calibrate, and the test set is looked at once. TensorFlow is imported inside functions only.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, GlyphImages
from batchocr.errors import InputError, OutputError, UsageError
from batchocr.network import calibration
from batchocr.network.architectures import ARCHITECTURES, SHIPPED_WIDTHS, build_model, folded, wide
from batchocr.network.augment import Deformation, deform
from batchocr.network.dataset import VALIDATION_COUNT, Labels, Mnist, load_mnist, split_by_writer
from batchocr.network.model import hushed

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
    averaging: float = 0.999  # a step, of the weights
    annealed: float = 0.25  # last share of the epochs, in which deformation falls
    least_deformation: float = 0.3  # at the end, of the full strength
    drawn: float = 0.4  # share of the drawn glyphs that an epoch takes
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


FONTS_HELD_OUT = slice(8, None, 17)  # of each sorted folder, for choosing and calibrating
CHECKPOINT = "checkpoint.npz"
HELD_SIZE = 0.06  # of the drawn parts, for choosing and calibrating


def quiet_tensorflow() -> None:
    """Import TensorFlow without its start-up chatter on standard error."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with hushed():
        import keras  # noqa: F401
        import tensorflow  # noqa: F401


# material -----------------------------------------------------------------------------------------------


def gather(mnist: Mnist, fonts: Path, cache: Path, recipe: Recipe, say: Say = print) -> Material:
    """Split MNIST by writer and draw what it lacks, or take the drawing of an earlier run from the cache."""
    if mnist.train_writers is None:
        raise InputError("train-writers.txt is missing beside MNIST's files; the split by writer needs it")
    learn, choose = split_by_writer(mnist.train_writers, seed=recipe.seed)
    families = {kind: sorted((fonts / kind).glob("*.ttf")) for kind in ("hand", "print")}
    if not all(families.values()):
        raise InputError(f"{fonts}: no fonts in hand/ and print/; run scripts/fetch_fonts.py")
    held = {kind: paths[FONTS_HELD_OUT] for kind, paths in families.items()}
    kept = {kind: [p for p in paths if p not in held[kind]] for kind, paths in families.items()}
    drawn = _drawn(cache / "drawn-learn.npz", mnist, learn, kept, recipe.seed, recipe.size, say)
    extra = _drawn(
        cache / "drawn-held.npz", mnist, choose, held, recipe.seed + 1, recipe.size * HELD_SIZE, say
    )
    return Material(
        mnist.train_images[learn],
        mnist.train_labels[learn],
        drawn["images"],
        drawn["labels"],
        np.concatenate([mnist.train_images[choose], extra["images"]]),
        np.concatenate([mnist.train_labels[choose], extra["labels"]]),
        np.concatenate([np.full(len(choose), "MNIST"), extra["kinds"]]),
        {p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for paths in kept.values() for p in paths},
    )


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


def epoch_of(material: Material, recipe: Recipe, epoch: int) -> tuple[GlyphImages, Labels]:
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
    return images[order], labels[order]


def strength(recipe: Recipe, epoch: int) -> float:
    """How strongly this epoch is deformed: fully, then falling in a line over the last epochs."""
    start = recipe.epochs * (1 - recipe.annealed)
    fallen = max(0.0, (epoch + 1 - start) / max(1.0, recipe.epochs - start))
    return 1 - (1 - recipe.least_deformation) * fallen


def _ahead(material: Material, recipe: Recipe, start: int) -> Iterator[tuple[int, GlyphImages, Labels]]:
    """Epochs in order, the next one deformed while the last one is learnt."""
    if start >= recipe.epochs:
        return
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(epoch_of, material, recipe, start)
        for epoch in range(start, recipe.epochs):
            images, labels = waiting.result()
            if epoch + 1 < recipe.epochs:
                waiting = pool.submit(epoch_of, material, recipe, epoch + 1)
            yield epoch, images, labels


# the shipped network ------------------------------------------------------------------------------------


def train_shipped(
    material: Material, recipe: Recipe, work: Path, say: Say = print, *, begin_from: Path | None = None
) -> tuple[keras.Model, list[str]]:
    """Train, or go on where a killed run left off; answers the averaged model and the log's lines.

    begin_from: folder of an earlier run whose averaged weights a new run begins with (a warm restart).
    """
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(recipe.seed)
    work.mkdir(parents=True, exist_ok=True)
    model = wide(SHIPPED_WIDTHS, policy=recipe.policy)
    steps = (len(material.images) + round(len(material.drawn_images) * recipe.drawn)) // recipe.batch + 1
    model.compile(_optimizer(recipe, steps), _smoothed_loss(recipe.smoothing), metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    earlier = [] if begin_from is None else _begin_from(begin_from / CHECKPOINT, model)
    average = Average(model, recipe.averaging)
    start, log = _resume(model, average, work)
    log = log or earlier
    for epoch, images, labels in _ahead(material, recipe, start):
        began = time.monotonic()
        history = model.fit(
            images, labels, batch_size=recipe.batch, shuffle=False, verbose=0, callbacks=[average.callback()]
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
            _save(model, average, work, epoch + 1, log)
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
        recipe.epochs * steps - warm,
        alpha=0.001,
        warmup_target=recipe.rate,
        warmup_steps=warm,
    )
    return keras.optimizers.AdamW(rate, weight_decay=recipe.decay)


def _smoothed_loss(smoothing: float) -> Callable[[Any, Any], Any]:
    """Cross-entropy against labels smoothed over all outputs, labels given as integers."""
    import keras

    def smoothed(labels: Any, probs: Any) -> Any:
        outputs = probs.shape[-1]
        wanted = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(labels, (-1,)), "int32"), outputs)
        wanted = wanted * (1 - smoothing) + smoothing / outputs
        return -keras.ops.sum(wanted * keras.ops.log(keras.ops.maximum(probs, 1e-7)), axis=-1)

    return smoothed


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


def _save(model: keras.Model, average: Average, work: Path, epoch: int, log: list[str]) -> None:
    """Write a checkpoint that a killed run can go on from; the old one stays until the new one is whole."""
    state = [np.asarray(v) for v in model.optimizer.variables]
    arrays = {f"w{i}": w for i, w in enumerate(model.get_weights())}
    arrays |= {f"a{i}": w for i, w in enumerate(average.weights)}
    arrays |= {f"o{i}": w for i, w in enumerate(state)}
    part = work / "checkpoint.part.npz"
    np.savez(part, epoch=epoch, steps=average.steps, log=np.array(log), **arrays)
    part.replace(work / CHECKPOINT)


def _begin_from(path: Path, model: keras.Model) -> list[str]:
    """Give the model an earlier run's averaged weights; answers that run's log."""
    if not path.exists():
        raise InputError(f"{path}: no such checkpoint to begin from; name the folder of a run in --work")
    with np.load(path) as stored:
        model.set_weights([stored[f"a{i}"] for i in range(len(model.get_weights()))])
        return [f"before: {line}" for line in stored["log"]]


def _resume(model: keras.Model, average: Average, work: Path) -> tuple[int, list[str]]:
    path = work / CHECKPOINT
    if not path.exists():
        return 0, []
    with np.load(path) as stored:
        model.set_weights([stored[f"w{i}"] for i in range(len(model.get_weights()))])
        average.weights = [stored[f"a{i}"] for i in range(len(average.weights))]
        average.steps = int(stored["steps"])
        for i, variable in enumerate(model.optimizer.variables):
            variable.assign(stored[f"o{i}"])
        return int(stored["epoch"]), [str(line) for line in stored["log"]]


# calibration and export ---------------------------------------------------------------------------------

# Shares of what calibration counts. Other ink counts little: a digit taken for other ink is lost to a string,
# while other ink taken for a digit is still judged by the string's other evidence.
WEIGHT_OF = {"MNIST": 0.71, "digits": 0.26, "other ink": 0.03}


def calibrate(model: keras.Model, material: Material) -> tuple[float, float]:
    """Temperature and offset of "not a digit", fitted on the writers and fonts held out."""
    probs = np.asarray(model.predict(material.held_images, batch_size=1000, verbose=0), np.float32)
    other = material.held_labels == NOT_A_DIGIT
    of_mnist = material.held_kinds == "MNIST"
    weights = np.zeros(len(other))
    for name, at in (("MNIST", of_mnist), ("digits", ~other & ~of_mnist), ("other ink", other)):
        weights[at] = WEIGHT_OF[name] / max(1, int(at.sum()))
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
    with _writable(path), hushed():
        model.export(str(path), format="litert", verbose=False, **options)


def provenance(architecture: str, model: keras.Model, mnist: Mnist, seed: int) -> dict[str, Any]:
    """What a model card says of where a model comes from."""
    widths = [layer.units for layer in model.layers if hasattr(layer, "units")]
    return {
        "architecture": architecture,
        "layers": "-".join(str(n) for n in [784, *widths]),
        "parameters": int(model.count_params()),
        "input": "(N, 28, 28) uint8, ink 255 on 0, as batchocr.normalize makes it",
        "output": f"(N, {widths[-1]}) float32 probabilities: ten digits"
        + ', "not a digit"' * (widths[-1] > 10),
        "mnist_sha256": mnist.sha256,
        "seed": seed,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "opencv-python-headless", "tensorflow", "keras")},
    }


def write_card(path: Path, card: dict[str, Any]) -> None:
    """Write a model card as JSON."""
    with _writable(path):
        path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path}: cannot be written ({reason}); choose another place with -o") from None


# the notebooks' networks, and one door to all -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NotebookRecipe:
    """How a notebook trains: plain MNIST, no deformation."""

    optimizer: str
    batch: int
    epochs: int


NOTEBOOKS = {
    "sequential-64": NotebookRecipe("adam", 256, 10),
    "functional-128": NotebookRecipe("rmsprop", 128, 30),
}
ALIASES = {"dense": "functional-128"}


def train(
    architecture: str,
    data: str | Path | None,
    output: str | Path,
    epochs: int | None = None,
    seed: int = 0,
    *,
    fonts: str | Path = "fonts",
    say: Say | None = None,
) -> dict[str, Any]:
    """Train a network by name; write MODEL.keras, MODEL.tflite and MODEL.json beside each other.

    data is a folder of MNIST's IDX files, or None for Keras's downloader. Answers the model card.
    """
    name = ALIASES.get(architecture, architecture)
    if name not in ARCHITECTURES:
        raise UsageError(f"no architecture {architecture!r}; choose one of {', '.join(ARCHITECTURES)}")
    target = Path(output)
    if not target.parent.is_dir():
        raise OutputError(f"{target.parent}: no such folder; make it first or choose another place with -o")
    quiet_tensorflow()
    tell = say or _to_stderr
    mnist = load_mnist(data) if data is not None else _downloaded()
    if name == "shipped":
        recipe = Recipe(seed=seed) if epochs is None else Recipe(seed=seed, epochs=epochs)
        work = target.parent / "train-data"
        material = gather(mnist, Path(fonts), work, recipe, tell)
        trained, log = train_shipped(material, recipe, work / f"run-{seed}", tell)
        model = folded(trained, *calibrate(folded(trained), material))
    else:
        model, log = _train_notebook(name, mnist, epochs, seed, tell)
    probs = np.asarray(model.predict(mnist.test_images, batch_size=1000, verbose=0))
    accuracy = float((probs.argmax(1) == mnist.test_labels).mean())
    tell(f"test accuracy {accuracy:.4f}")
    with _writable(target.with_suffix(".keras")):
        model.save(target.with_suffix(".keras"))
    export(model, target.with_suffix(".tflite"), weights="float32")
    card = provenance(name, model, mnist, seed) | {"log": log, "figures": {"mnist_test_accuracy": accuracy}}
    write_card(target.with_suffix(".json"), card)
    return card


def _train_notebook(
    name: str, mnist: Mnist, epochs: int | None, seed: int, say: Say
) -> tuple[keras.Model, list[str]]:
    """Train on the first 50,000 digits, watch the other 10,000, as the notebook does."""
    import keras

    keras.utils.set_random_seed(seed)
    recipe = NOTEBOOKS[name]
    model = build_model(name)
    model.compile(recipe.optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    whole = recipe.epochs if epochs is None else epochs
    log: list[str] = []

    def report(epoch: int, figures: dict[str, float]) -> None:
        line = f"epoch {epoch + 1}/{whole} " + " ".join(f"{k} {v:.4f}" for k, v in figures.items())
        log.append(line)
        say(line)

    model.fit(
        mnist.train_images[:-VALIDATION_COUNT],
        mnist.train_labels[:-VALIDATION_COUNT],
        validation_data=(mnist.train_images[-VALIDATION_COUNT:], mnist.train_labels[-VALIDATION_COUNT:]),
        batch_size=recipe.batch,
        epochs=whole,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)],
    )
    return model, log


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _downloaded() -> Mnist:
    """MNIST through Keras's own downloader, which checks its hash."""
    import keras

    try:
        (images, labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
    except Exception as error:  # urllib, socket and hash errors of many types
        raise InputError(
            f"MNIST could not be downloaded ({error}); name a folder that holds its IDX files with --data"
        ) from None
    hashes = {
        name: hashlib.sha256(array.tobytes()).hexdigest()
        for name, array in (("train images", images), ("test images", test_images))
    }
    return Mnist(images, labels, test_images, test_labels, None, hashes)
