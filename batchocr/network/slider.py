"""The sliding network at run time: strips in, eleven probabilities every four pixels out.

All strips of a page are laid in rows with blank paper around them, so that one call reads many, and a row is hardly
longer than what lies on it: time goes with its length. Leaves out what the steps spell (`batchocr.ctc`) and training
(`network.sliding`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from batchocr.elements import Predict, Probs
from batchocr.errors import ModelError
from batchocr.network.card import REMEDY, SHIPPED_STRINGS, sliding_beside
from batchocr.network.model import at_any_shape, hushed
from batchocr.strip import STRIP_HEIGHT, Strip

STRIDE = 4  # px of the strip a step
ROW = 1024  # px of a call at most, but for a strip that is longer
BEFORE = 32  # px of blank paper before the first strip of a row, as others have before them: what a step sees
AFTER = 16  # px of it after the last strip: at the very end of a row steps see nothing, and answer worse
BETWEEN = 8  # px of blank paper between strips, beside their own margins; strips are learnt from so
OUTPUTS = 11

Slide = Callable[[Sequence[Strip]], list[Probs]]  # N of (32, W) uint8 -> N of (ceil(W / 4), 11) float32
Run = Callable[[Strip], Probs]  # (1, W, 32) uint8, W a multiple of STRIDE -> (W / 4, 11)


class SlidingNetwork:
    """A loaded sliding network; see `Slide`.

    fixed: px of the only row that it takes, where it was exported so; a longer strip is then read to that row's end.
    outputs: of each step. between: px of blank paper between strips.
    """

    def __init__(
        self, run: Run, fixed: int | None = None, outputs: int = OUTPUTS, between: int = BETWEEN
    ) -> None:
        self._run = run
        self._fixed = fixed
        self._outputs = outputs
        self._between = between
        self._lock = Lock()  # an interpreter answers one caller at a time

    def __call__(self, strips: Sequence[Strip]) -> list[Probs]:
        """Steps of each strip, in the order given."""
        answers: list[Probs] = [np.zeros((0, self._outputs), np.float32)] * len(strips)
        most, x = self._fixed or ROW, BEFORE
        placed: list[tuple[int, int, Strip]] = []
        for n, strip in enumerate(strips):
            laid = strip.T[: self._fixed - BEFORE] if self._fixed else strip.T
            if placed and x + len(laid) > most:
                self._read(placed, answers)
                placed, x = [], BEFORE
            placed.append((n, x, laid))
            x = behind(x + len(laid), self._between)
        self._read(placed, answers)
        return answers

    def _read(self, placed: Sequence[tuple[int, int, Strip]], answers: list[Probs]) -> None:
        """Read one row, little longer than what lies on it."""
        if not placed:
            return
        _, x, last = placed[-1]
        length = self._fixed or steps_of(x + len(last) + AFTER) * STRIDE
        row = np.zeros((1, length, STRIP_HEIGHT), np.uint8)
        for _, x, laid in placed:
            row[0, x : x + len(laid)] = laid
        with self._lock:
            steps = self._run(row)
        for n, x, laid in placed:
            answers[n] = steps[x // STRIDE : steps_of(x + len(laid))].copy()


def steps_of(px: int) -> int:
    """How many steps so many px take, the last one perhaps in part."""
    return -(-px // STRIDE)


def behind(end: int, between: int = BETWEEN) -> int:
    """px of the row where the next strip begins, after one that ends at `end`: with a step."""
    return steps_of(end + between) * STRIDE


def load_sliding_for(predict: Predict) -> Slide:
    """Load the sliding network that belongs to a digit network, by the file that was loaded from."""
    return load_sliding(sliding_beside(getattr(predict, "path", None)))


def load_sliding(path: Path = SHIPPED_STRINGS) -> Slide:
    """Load a sliding network, once while its file stays as it is. Raises ModelError."""
    return load_steps(path, OUTPUTS)


def load_steps(path: Path, outputs: int, between: int = BETWEEN) -> Slide:
    """Load a network that slides along strips and has so many answers every 4 px, as `load_sliding` does. between: px of blank
    paper that it has learnt to have between strips. Raises ModelError."""
    return _load(path, path.stat().st_mtime_ns if path.is_file() else 0, outputs, between)


@lru_cache(maxsize=3)  # one in use, one that it is held against, and the one of letters
def _load(path: Path, modified: int, outputs: int, between: int) -> Slide:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with hushed():
            interpreter = Interpreter(model_path=str(path), num_threads=1)
            (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
            if tuple(taken["shape_signature"][2:]) != (STRIP_HEIGHT,) or tuple(given["shape"][2:]) != (
                outputs,
            ):
                raise ValueError("it reads no strips")
            fixed = int(taken["shape_signature"][1])
            shape = (1, ROW if fixed < 0 else fixed, STRIP_HEIGHT)
            if fixed < 0:
                interpreter.resize_tensor_input(taken["index"], shape)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: not a usable LiteRT model ({error}); {REMEDY}") from None
    run = at_any_shape(interpreter, taken, given, shape)
    return SlidingNetwork(lambda row: run(row)[0], None if fixed < 0 else fixed, outputs, between)
