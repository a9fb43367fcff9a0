"""Lessons on MNIST alone: how each small network learns, epoch by epoch, with checkpoints to go on from.

The notebooks' two recipes, plain, and two of our own: more layers, and convolutions on newly bent digits. An
epoch's order and bending depend on seed and epoch only, so that a run that was broken off and resumed ends
as an uninterrupted one. Leaves out what the shipped network learns; that is `training`.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import GlyphImages
from batchocr.errors import ModelError, UsageError
from batchocr.network.architectures import build_model, quiet_tensorflow
from batchocr.network.augment import Deformation, deform
from batchocr.network.dataset import VALIDATION_COUNT, Labels, Mnist
from batchocr.network.files import written_whole

if TYPE_CHECKING:
    import keras

Weights = list[NDArray[np.float32]]
KERAS_RATE = 1e-3  # Adam's and RMSprop's step where none is named (Keras)


@dataclass(frozen=True, slots=True)
class Lesson:
    """How a network learns MNIST."""

    optimizer: Literal["adam", "rmsprop"]
    batch: int
    epochs: int
    rate: float = KERAS_RATE
    falling: bool = False  # whether the rate falls to nothing in a cosine
    deformed: bool = False  # whether every epoch sees its digits newly bent


LESSONS = {
    "sequential-64": Lesson("adam", 256, 10),
    "functional-128": Lesson("rmsprop", 128, 30),
    "deep": Lesson("adam", 256, 20, falling=True),
    "conv": Lesson("adam", 128, 12, rate=2e-3, falling=True, deformed=True),
}


@dataclass(frozen=True, slots=True)
class Epoch:
    """What came of one epoch; number is 1-based, accuracies are 0..1. No validation: not a number."""

    number: int
    loss: float
    accuracy: float
    validation_loss: float = math.nan
    validation_accuracy: float = math.nan
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Learnt:
    """A trained network. kept is the epoch whose weights it holds: the last, or the best if broken off."""

    model: keras.Model
    history: tuple[Epoch, ...]
    kept: int
    finished: bool


class Watch:
    """Who looks on while a network learns; this one does nothing."""

    def begin(self, done: int) -> None:
        """Before the first step, done being the epochs of an earlier run."""

    def step(self, epoch: int, step: int, loss: float, accuracy: float) -> None:
        """After each step, all counted from 1."""

    def epoch(self, epoch: Epoch) -> None:
        """After each epoch, its checkpoint being written."""


def learn(
    architecture: str,
    mnist: Mnist,
    lesson: Lesson,
    checkpoint: Path,
    *,
    seed: int = 0,
    resume: bool = False,
    watch: Watch | None = None,
) -> Learnt:
    """Train on all but the last 10,000 digits, watching those; Ctrl-C after an epoch keeps the best so far.

    resume goes on from the checkpoint that each epoch leaves. Raises KeyboardInterrupt before the first.
    """
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    model = build_model(architecture)
    model.compile(_optimizer(lesson), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    course = _Course(model, checkpoint, {"architecture": architecture, "seed": seed, "batch": lesson.batch})
    if resume:
        course.take_up(lesson.epochs)
    watch = watch or Watch()
    watch.begin(len(course.history))
    try:
        while len(course.history) < lesson.epochs:
            number = len(course.history) + 1
            course.add(_one_epoch(model, mnist, lesson, seed, number, watch))
            watch.epoch(course.history[-1])
    except KeyboardInterrupt:
        if not course.history:
            raise
        best = course.best()
        model.set_weights(course.best_weights)
        return Learnt(model, tuple(course.history), best.number, finished=False)
    return Learnt(model, tuple(course.history), len(course.history), finished=True)


def rate_of(lesson: Lesson, number: int) -> float:
    """The learning rate in the middle of an epoch, counted from 1."""
    if not lesson.falling:
        return lesson.rate
    return lesson.rate * 0.5 * (1 + math.cos(math.pi * (number - 0.5) / lesson.epochs))


def shown(
    images: GlyphImages, labels: Labels, lesson: Lesson, seed: int, number: int
) -> tuple[GlyphImages, Labels]:
    """What one epoch shows: all digits in a new order, newly bent if the lesson says so."""
    rng = np.random.default_rng([seed, number])
    order = rng.permutation(len(images))
    images, labels = images[order], labels[order]
    return (deform(images, Deformation(), rng) if lesson.deformed else images), labels


def _one_epoch(
    model: keras.Model, mnist: Mnist, lesson: Lesson, seed: int, number: int, watch: Watch
) -> Epoch:
    began = time.monotonic()
    held = min(VALIDATION_COUNT, len(mnist.train_images) // 6)  # a sixth of a data set smaller than MNIST
    images, labels = shown(mnist.train_images[:-held], mnist.train_labels[:-held], lesson, seed, number)
    model.optimizer.learning_rate = rate_of(lesson, number)
    figures = model.fit(
        images,
        labels,
        batch_size=lesson.batch,
        shuffle=False,
        validation_data=(mnist.train_images[-held:], mnist.train_labels[-held:]),
        validation_batch_size=1000,
        verbose=0,
        callbacks=[each_step(lambda step, loss, accuracy: watch.step(number, step, loss, accuracy))],
    ).history
    loss, accuracy, held_loss, held_accuracy = (
        float(figures[name][0]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")
    )
    return Epoch(number, loss, accuracy, held_loss, held_accuracy, round(time.monotonic() - began, 2))


def each_step(report: Callable[[int, float, float], None]) -> keras.callbacks.Callback:
    """A Keras callback that reports step (from 1), loss and accuracy so far of the epoch."""
    import keras

    class Each(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            figures = logs or {}
            report(batch + 1, float(figures.get("loss", 0)), float(figures.get("accuracy", 0)))

    return Each()


def _optimizer(lesson: Lesson) -> keras.optimizers.Optimizer:
    import keras

    kinds = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    return kinds[lesson.optimizer](lesson.rate)


# checkpoints --------------------------------------------------------------------------------------------


class _Course:
    """A model on its way: its history, the best weights so far, and the checkpoint that holds both."""

    def __init__(self, model: keras.Model, path: Path, settings: dict[str, str | int]) -> None:
        self.model = model
        self.path = path
        self.settings = settings
        self.history: list[Epoch] = []
        self.best_weights: Weights = []

    def best(self) -> Epoch:
        """The epoch that did best on the validation digits; of equals the one with less loss."""
        return max(self.history, key=lambda epoch: (epoch.validation_accuracy, -epoch.validation_loss))

    def add(self, epoch: Epoch) -> None:
        """Take in an epoch and write the checkpoint; the old one stays until the new one is whole."""
        self.history.append(epoch)
        if self.best() is epoch:
            self.best_weights = self.model.get_weights()
        arrays = {f"weights{i}": w for i, w in enumerate(self.model.get_weights())}
        arrays |= {f"best{i}": w for i, w in enumerate(self.best_weights)}
        arrays |= {f"state{i}": np.asarray(v) for i, v in enumerate(self.model.optimizer.variables)}
        about = json.dumps({"settings": self.settings, "history": [asdict(e) for e in self.history]})
        with written_whole(self.path) as part:
            np.savez(part, about=np.array(about), **arrays)

    def take_up(self, epochs: int) -> None:
        """Go on from the checkpoint. Raises UsageError where there is none or it is another network's."""
        if not self.path.is_file():
            raise UsageError(f"{self.path}: no checkpoint to go on from; leave --resume out to start anew")
        try:
            with np.load(self.path) as stored:
                about = json.loads(str(stored["about"]))
                self._refuse_others(about["settings"])
                self.model.set_weights([stored[f"weights{i}"] for i in range(len(self.model.get_weights()))])
                self.best_weights = [stored[f"best{i}"] for i in range(len(self.model.get_weights()))]
                for i, variable in enumerate(self.model.optimizer.variables):
                    variable.assign(stored[f"state{i}"])
                self.history = [Epoch(**epoch) for epoch in about["history"]]
        except UsageError:
            raise
        except Exception as error:  # whatever the zip, array and JSON readers make of a damaged file
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise ModelError(
                f"{self.path}: not a usable checkpoint ({reason}); leave --resume out to start anew"
            ) from None
        if len(self.history) > epochs:
            raise UsageError(
                f"{self.path}: already {len(self.history)} epochs on; ask for more with --epochs, "
                "or leave --resume out to start anew"
            )

    def _refuse_others(self, settings: dict[str, str | int]) -> None:
        for name, value in self.settings.items():
            if settings.get(name) != value:
                raise UsageError(
                    f"{self.path}: its {name} is {settings.get(name)}, not {value}; "
                    "give the same, or leave --resume out to start anew"
                )


def shortened(lesson: Lesson, epochs: int | None) -> Lesson:
    """The lesson with another number of epochs, if one is asked for."""
    return lesson if epochs is None else replace(lesson, epochs=epochs)
