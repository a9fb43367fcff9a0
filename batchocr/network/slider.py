"""The sliding network at run time: strips in, eleven probabilities every four pixels out.

All strips of a page are laid in rows of a fixed width with blank paper between them, so that one call of fixed
shape reads many. Leaves out what the steps spell (`batchocr.ctc`) and training (`network.sliding`).
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
from batchocr.network.model import hushed
from batchocr.strip import STRIP_HEIGHT, Strip

STRIDE = 4  # px of the strip a step
ROW = 1024  # px of a call
BEFORE = 32  # px of blank paper before the first strip of a row, as others have before them: what a step sees
BETWEEN = 16  # px of blank paper between strips, beside their own margins
OUTPUTS = 11

Slide = Callable[[Sequence[Strip]], list[Probs]]  # N of (32, W) uint8 -> N of (ceil(W / 4), 11) float32
Run = Callable[[Strip], Probs]  # (1, ROW, 32) uint8 -> (ROW / 4, 11)


class SlidingNetwork:
    """A loaded sliding network; see `Slide`."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = Lock()  # an interpreter answers one caller at a time

    def __call__(self, strips: Sequence[Strip]) -> list[Probs]:
        """Steps of each strip, in the order given; one longer than a row is read to the row's end."""
        answers: list[Probs] = [np.zeros((0, OUTPUTS), np.float32)] * len(strips)
        row, x = np.zeros((1, ROW, STRIP_HEIGHT), np.uint8), BEFORE
        placed: list[tuple[int, int, int]] = []
        for n, strip in enumerate(strips):
            width = min(strip.shape[1], ROW - BEFORE)
            if x + width > ROW:
                self._flush(row, placed, answers)
                row[:], placed, x = 0, [], BEFORE
            row[0, x : x + width] = strip[:, :width].T
            placed.append((n, x // STRIDE, -(-(x + width) // STRIDE)))
            x = (x + width + BETWEEN + STRIDE - 1) // STRIDE * STRIDE
        self._flush(row, placed, answers)
        return answers

    def _flush(self, row: Strip, placed: Sequence[tuple[int, int, int]], answers: list[Probs]) -> None:
        if not placed:
            return
        with self._lock:
            steps = self._run(row)
        for n, start, stop in placed:
            answers[n] = steps[start:stop].copy()


def load_sliding_for(predict: Predict) -> Slide:
    """Load the sliding network that belongs to a digit network, by the file that was loaded from."""
    return load_sliding(sliding_beside(getattr(predict, "path", None)))


def load_sliding(path: Path = SHIPPED_STRINGS) -> Slide:
    """Load a sliding network, once while its file stays as it is. Raises ModelError."""
    return _load(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=2)  # one in use, and one that it is held against
def _load(path: Path, modified: int) -> Slide:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with hushed():
            interpreter = Interpreter(model_path=str(path), num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: not a usable LiteRT model ({error}); {REMEDY}") from None
    entry = interpreter.get_input_details()[0]["index"]
    answer = interpreter.get_output_details()[0]["index"]

    def run(row: Strip) -> Probs:
        interpreter.set_tensor(entry, row)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(answer)[0], np.float32)

    return SlidingNetwork(run)
