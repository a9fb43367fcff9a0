"""Whether a strip is a word of letters, by a network that slides along it: run time only.

Leaves out what is made of the answer (`batchocr.confidence`) and training (`network.letters_training`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from batchocr.elements import Box, Probs
from batchocr.network.card import SHIPPED_LETTERS
from batchocr.network.slider import BEFORE, STRIDE, load_steps, steps_of
from batchocr.strip import StripCut

ANSWERS = 2  # of each step: what it sees, above 0 for letters, and the logarithm of how much that counts
ROOM = 0.1  # heights around a string's ink that are its own too

# strips and the boxes of the strings on them, px of the page -> logits, above 0 for letters
Lettered = Callable[[Sequence[tuple[StripCut, Box]]], list[float]]


def load_lettered(path: Path = SHIPPED_LETTERS) -> Lettered:
    """Load a network of letters, once while its file stays as it is. Raises ModelError."""
    steps = load_steps(path, ANSWERS, BEFORE)  # it has learnt strips with as much paper on either side

    def lettered(strings: Sequence[tuple[StripCut, Box]]) -> list[float]:
        seen = steps([cut.image for cut, _ in strings])
        return [
            pooled(answers[own_steps(cut, box)]) for answers, (cut, box) in zip(seen, strings, strict=True)
        ]

    return lettered


def own_steps(cut: StripCut, box: Box) -> slice:
    """The steps of a strip that are of a string on it, one at least. box: px of the page."""
    count, room = steps_of(cut.image.shape[1]), ROOM * box.height
    first, stop = ((x - cut.left) * cut.scale / STRIDE for x in (box.left - room, box.right + room))
    first = min(max(0, math.floor(first)), count - 1)
    return slice(first, min(max(math.ceil(stop), first + 1), count))


def pooled(answers: Probs) -> float:
    """What (T, 2) steps say together: their mean, each weighed by how much it counts."""
    weights = np.exp(answers[:, 1] - answers[:, 1].max())
    return float((weights * answers[:, 0]).sum() / weights.sum())
