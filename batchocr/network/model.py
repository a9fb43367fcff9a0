"""The digit network at run time: load a model file, predict a batch.

LiteRT runs what Keras exported; a `.keras` file is run by Keras itself, imported only then. Scaling to 0..1
and the calibrating temperature are inside the model. Leaves out training, and any choice by probability.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, GlyphImages, Predict, Probs
from batchocr.errors import ModelError
from batchocr.network.card import REMEDY, existing_model

SIDE = 28  # px of a glyph picture
OUTPUTS = NOT_A_DIGIT + 1
BATCH = 64  # glyphs a call at most: more at once were no faster (x86-64)
ROUNDED = 8  # glyphs to which a smaller call is filled up, so that few shapes occur

Run = Callable[[GlyphImages], Probs]  # (N, 28, 28) uint8, N at most BATCH -> (N, 10 or 11) float32


class DigitNetwork:
    """A loaded network: (N, 28, 28) uint8, ink 255 on 0, to (N, 11) float32 whose rows sum to 1.

    path: the file that it was loaded from, beside which its sliding network may lie.
    """

    def __init__(self, run: Run, path: Path | None = None) -> None:
        self._run = run
        self.path = path
        self._lock = Lock()  # an interpreter answers one caller at a time

    def __call__(self, images: GlyphImages) -> Probs:
        """Answer ten digits and "not a digit" for each picture; no pictures give (0, 11)."""
        if images.shape[1:] != (SIDE, SIDE) or images.dtype != np.uint8:
            raise ValueError(f"pictures must be (N, 28, 28) uint8, not {images.shape} {images.dtype}")
        probs = np.zeros((len(images), OUTPUTS), np.float32)
        for start in range(0, len(images), BATCH):
            some = images[start : start + BATCH]
            whole = np.zeros((-(-len(some) // ROUNDED) * ROUNDED, SIDE, SIDE), np.uint8)
            whole[: len(some)] = some
            with self._lock:
                answer = self._run(whole)
            probs[start : start + BATCH, : answer.shape[1]] = answer[: len(some)]
        return probs


def load_model(path: str | os.PathLike[str] | None = None) -> Predict:
    """Load a LiteRT (`.tflite`) or Keras (`.keras`) model; the shipped one where no path is given."""
    model = existing_model(path)
    return DigitNetwork(_keras(model) if model.suffix == ".keras" else _litert(model), model)


def _litert(path: Path) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with hushed():
            interpreter = Interpreter(model_path=str(path), num_threads=1)
            taken, given = interpreter.get_input_details(), interpreter.get_output_details()
            _check_shapes(
                path, [tuple(d["shape_signature"]) for d in taken], [tuple(d["shape"]) for d in given]
            )
            interpreter.resize_tensor_input(taken[0]["index"], [BATCH, SIDE, SIDE])
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: not a usable LiteRT model ({_first_line(error)}); {REMEDY}") from None
    return at_any_shape(interpreter, taken[0], given[0], (BATCH, SIDE, SIDE))


def at_any_shape(
    interpreter: Any, taken: dict[str, Any], given: dict[str, Any], shape: tuple[int, ...]
) -> Callable[[NDArray[np.uint8]], Probs]:
    """Run a LiteRT interpreter that is ready for one shape of input on any: made ready anew where one differs from the
    last, which takes a tenth of a millisecond. taken, given: its details of input and output."""

    def run(values: NDArray[np.uint8]) -> Probs:
        nonlocal shape
        if values.shape != shape:
            shape = values.shape
            interpreter.resize_tensor_input(taken["index"], shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(taken["index"], values.astype(taken["dtype"], copy=False))
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(given["index"]), np.float32)

    return run


def _keras(path: Path) -> Run:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with hushed():
            import keras
    except ImportError:
        raise ModelError(f"{path}: a .keras model needs Keras; pip install 'batchocr[train]'") from None
    try:
        with hushed():
            model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever its zip, JSON and HDF5 readers raise
        raise ModelError(f"{path}: not a usable Keras model ({_first_line(error)}); {REMEDY}") from None
    _check_shapes(path, [tuple(i.shape) for i in model.inputs], [tuple(o.shape) for o in model.outputs])
    return lambda images: np.asarray(keras.ops.convert_to_numpy(model(images, training=False)), np.float32)


def _check_shapes(path: Path, taken: list[tuple[Any, ...]], given: list[tuple[Any, ...]]) -> None:
    """Refuse a network that does not turn 28x28 pictures into ten or eleven probabilities."""
    wanted = len(taken) == len(given) == 1 and taken[0][1:] == (SIDE, SIDE) and len(given[0]) == 2
    if not wanted or given[0][1] not in (OUTPUTS - 1, OUTPUTS):
        raise ModelError(
            f"{path}: a network from {taken} to {given}, not from 28x28 to 10 or 11 outputs; {REMEDY}"
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


@contextmanager
def hushed() -> Iterator[None]:
    """Send the runtimes' start-up chatter, which they write to file descriptor 2, nowhere."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, AttributeError, ValueError):  # no standard error to silence
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
