"""What a network that slides along a strip says of whole strings: connectionist temporal classification.

Graves et al. 2006: each step answers one of ten digits or a blank; a string's probability is the sum over all
ways to spread its digits over the steps. Pure; all strings of a page are summed over together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import DIGITS, Probs

BLANK = 10  # index of the output that says "nothing new here"
LEAST = 1e-7  # keeps the logarithm of a probability finite
TOGETHER = 64  # strings summed over side by side
TINY = 1e-300  # keeps a scale finite
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
    found, start = [], 0
    for digit, run in groupby(probs.argmax(axis=1).tolist()):
        stop = start + len(list(run))
        if digit != BLANK:
            peak = probs[start + int(probs[start:stop, digit].argmax())].tolist()
            second = ranked(peak[:BLANK])[1]
            found.append(Spike(DIGITS[digit], start, stop, peak[digit], DIGITS[second], peak[second]))
        start = stop
    return found


def ranked(of_digit: Sequence[float]) -> list[int]:
    """The digits, the likeliest first. of_digit: its probability, 0..1."""
    return sorted(range(len(of_digit)), key=of_digit.__getitem__, reverse=True)


def greedy(probs: Probs) -> str:
    """What the likeliest outputs spell. probs: (T, 11)."""
    return spelt(spikes(probs))


def spelt(found: Sequence[Spike]) -> str:
    """The text of spikes."""
    return "".join(spike.text for spike in found)


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
    no_jump = np.ones((count, states), bool)
    no_jump[:, 3::2] = symbols[:, 3::2] == symbols[:, 1:-2:2]
    emitted = np.zeros((int(steps.max()), count, 11))
    for n, p in enumerate(probs):
        emitted[: len(p), n] = np.maximum(p, LEAST)
    # scaled as Rabiner 1989: a state's share of its step, and the logarithm of the scale beside it
    rows = np.arange(count)[:, None]
    shares = np.zeros((count, states + 2))  # two columns of nothing on the left
    shares[:, 2:4] = emitted[0][rows, symbols[:, :2]]
    scale = np.zeros(count)
    final, final_scale = shares.copy(), scale.copy()
    for step in range(1, len(emitted)):
        jumped = np.where(no_jump, 0.0, shares[:, :-2])
        shares[:, 2:] = (shares[:, 2:] + shares[:, 1:-1] + jumped) * emitted[step][rows, symbols]
        whole = np.maximum(shares.sum(axis=1), TINY)
        shares /= whole[:, None]
        scale += np.log(whole)
        goes_on = steps > step
        final[goes_on], final_scale[goes_on] = shares[goes_on], scale[goes_on]
    last = 2 + 2 * lengths
    ends = final[np.arange(count), last]
    before = np.where(lengths > 0, final[np.arange(count), last - 1], 0.0)
    ended = ends + before
    return np.where(ended > 0, np.log(np.maximum(ended, TINY)) + final_scale, IMPOSSIBLE)
