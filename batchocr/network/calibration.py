"""Make confidence true: one temperature for all outputs and one offset for "not a digit".

Temperature scaling after Guo 2017, fitted on writers and fonts that the network did not learn from; the
offset takes back the share of "not a digit" that training showed. Both are folded into the last layer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Probs

TEMPERATURES = np.exp(np.linspace(np.log(0.4), np.log(2.5), 37))
OFFSETS = np.linspace(-5, 1, 41)
LEAST = 1e-30  # probability that still has a logarithm in float32


def fit(probs: Probs, labels: NDArray[np.uint8], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Temperature and offset of least weighted negative log likelihood."""
    logits = np.log(np.maximum(probs, LEAST))
    losses = {
        (float(t), float(offset)): _loss(logits, labels, weights, float(t), float(offset))
        for t in TEMPERATURES
        for offset in OFFSETS
    }
    return min(losses, key=lambda choice: losses[choice])


def scaled(probs: Probs, temperature: float, offset: float) -> Probs:
    """(N, 11) probabilities after temperature and offset."""
    logits = _moved(np.log(np.maximum(probs, LEAST)), temperature, offset)
    shares = np.exp(logits)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def _moved(logits: Probs, temperature: float, offset: float) -> Probs:
    """Logits after temperature and offset, the largest of each row 0."""
    moved = logits / np.float32(temperature)
    moved[:, NOT_A_DIGIT] += np.float32(offset)
    moved -= moved.max(axis=1, keepdims=True, initial=-np.inf)
    return moved


def _loss(
    logits: Probs, labels: NDArray[np.uint8], weights: NDArray[np.float64], temperature: float, offset: float
) -> float:
    moved = _moved(logits, temperature, offset)
    chosen = moved[np.arange(len(labels)), labels]
    return float((weights * (np.log(np.exp(moved).sum(1)) - chosen)).sum() / weights.sum())
