"""What a network that slides along a strip says of whole strings: connectionist temporal classification.

Graves et al. 2006: each step answers one of ten digits or a blank; a string's probability is the sum over all
ways to spread its digits over the steps. Pure; all strings of a page are summed over together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import DIGITS, Probs

BLANK = 10  # index of the output that says "nothing new here"
LEAST = 1e-7  # keeps the logarithm of a probability finite
TOGETHER = 64  # strings summed over side by side
IMPOSSIBLE = -1e9  # nats, of a string that does not fit into the steps


@dataclass(frozen=True, slots=True)
class Spike:
    """One digit of a greedy reading: the steps start..stop-1 that show it, and how surely at the surest of them."""

    text: str
    start: int
    stop: int
    confidence: float
    second: str
    second_confidence: float


def spikes(probs: Probs) -> list[Spike]:
    """The likeliest output of each step, repeats and blanks dropped. probs: (T, 11), the blank last."""
    best = probs.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best, prepend=-1, append=-1) != 0)
    found = []
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        digit = int(best[start])
        if digit == BLANK:
            continue
        peak = probs[start + int(probs[start:stop, digit].argmax())]
        second = int(np.argsort(-peak[:BLANK], kind="stable")[1])
        found.append(
            Spike(DIGITS[digit], start, stop, float(peak[digit]), DIGITS[second], float(peak[second]))
        )
    return found


def log_likelihoods(probs: Sequence[Probs], texts: Sequence[str]) -> NDArray[np.float64]:
    """(N,) natural logarithms of the probability of each text under its own (T, 11) steps."""
    found = np.zeros(len(texts))
    order = sorted(range(len(texts)), key=lambda n: len(probs[n]))
    for start in range(0, len(order), TOGETHER):  # of like length, so that little is padded
        some = order[start : start + TOGETHER]
        found[some] = _summed([probs[n] for n in some], [texts[n] for n in some])
    return found


def _summed(probs: Sequence[Probs], texts: Sequence[str]) -> NDArray[np.float64]:
    """The forward algorithm over strings side by side."""
    count = len(texts)
    steps = np.array([len(p) for p in probs])
    lengths = np.array([len(t) for t in texts])
    states = 2 * int(lengths.max()) + 1
    symbols = np.full((count, states), BLANK)
    for n, text in enumerate(texts):
        symbols[n, 1 : 2 * len(text) : 2] = [DIGITS.index(c) for c in text]
    may_jump = np.zeros((count, states), bool)
    may_jump[:, 3::2] = symbols[:, 3::2] != symbols[:, 1:-2:2]
    emitted = np.full((count, int(steps.max()), 11), np.log(LEAST))
    for n, p in enumerate(probs):
        emitted[n, : len(p)] = np.log(np.maximum(p, LEAST))
    rows = np.arange(count)[:, None]
    alpha = np.full((count, states), IMPOSSIBLE)
    alpha[:, :2] = emitted[rows, 0, symbols[:, :2]]
    final = np.where(steps[:, None] == 1, alpha, IMPOSSIBLE)
    for step in range(1, emitted.shape[1]):
        one = np.pad(alpha[:, :-1], ((0, 0), (1, 0)), constant_values=IMPOSSIBLE)
        two = np.pad(alpha[:, :-2], ((0, 0), (2, 0)), constant_values=IMPOSSIBLE)[:, :states]
        reached = np.logaddexp(np.logaddexp(alpha, one), np.where(may_jump, two, IMPOSSIBLE))
        alpha = reached + emitted[rows, step, symbols]
        final = np.where(steps[:, None] == step + 1, alpha, final)
    last = 2 * lengths
    ends = final[np.arange(count), last]
    before = np.where(lengths > 0, final[np.arange(count), np.maximum(last - 1, 0)], IMPOSSIBLE)
    return np.asarray(np.logaddexp(ends, before), np.float64)
