"""Figures of a classifier from its probabilities: error, calibration, separation. Leaves out plots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Probs

ECE_BINS = 15  # of equal width (Guo 2017)


def error_rate(probs: Probs, labels: NDArray[np.uint8], *, digits_only: bool = False) -> float:
    """Share of wrong answers, 0..1; digits_only leaves "not a digit" out of the choice."""
    guess = probs[:, :NOT_A_DIGIT].argmax(1) if digits_only else probs.argmax(1)
    return float((guess != labels).mean())


def expected_calibration_error(probs: Probs, labels: NDArray[np.uint8]) -> float:
    """Mean gap between confidence and accuracy over bins of confidence, 0..1."""
    confidence, right = probs.max(1), probs.argmax(1) == labels
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = [abs(float(confidence[bins == b].sum() - right[bins == b].sum())) for b in range(ECE_BINS)]
    return sum(gaps) / len(labels)


def auroc(positive: NDArray[np.float32], negative: NDArray[np.float32]) -> float:
    """Chance that a positive scores above a negative, ties counted half."""
    scores = np.concatenate([positive, negative])
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    count = len(positive)
    above = float(ranks[:count].sum()) - count * (count + 1) / 2
    return above / (count * len(negative))


def risk_at_coverage(probs: Probs, labels: NDArray[np.uint8], coverage: float) -> float:
    """Share wrong among the most confident share of answers, 0..1."""
    kept = np.argsort(-probs.max(1), kind="stable")[: round(coverage * len(labels))]
    return float((probs[kept].argmax(1) != labels[kept]).mean())
