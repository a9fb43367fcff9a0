"""Figures of a classifier from its probabilities: error, calibration, separation. Leaves out plots."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Probs

ECE_BINS = 15  # of equal width (Guo 2017)
STRING_BINS = (
    0,
    0.2,
    0.4,
    0.6,
    0.8,
    0.9,
    0.95,
    0.98,
    1.0001,
)  # of confidence: narrow where strings are accepted
FEW_STRINGS = 20  # under which a share says little
CURVE_POINTS = 100


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


def confusion(probs: Probs, labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each digit (row, 0..9) was given each answer (column, the last being "not a digit")."""
    counts = np.zeros((NOT_A_DIGIT, NOT_A_DIGIT + 1), np.int64)
    np.add.at(counts, (labels, probs.argmax(1)), 1)
    return counts


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one digit fares, 0..1. A digit that is never answered, or never there, has no share: zero."""

    digit: int
    precision: float
    recall: float
    f1: float
    count: int


def class_figures(counts: NDArray[np.int64]) -> list[ClassFigures]:
    """Precision, recall and F1 of each digit, from the confusion matrix."""
    figures = []
    for digit in range(NOT_A_DIGIT):
        right, answered, there = (
            int(n) for n in (counts[digit, digit], counts[:, digit].sum(), counts[digit].sum())
        )
        figures.append(
            ClassFigures(
                digit,
                right / max(1, answered),
                right / max(1, there),
                2 * right / max(1, answered + there),
                there,
            )
        )
    return figures


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence lies from low to high: how many, and their means, 0..1."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(probs: Probs, labels: NDArray[np.uint8]) -> list[Bin]:
    """The bins of a reliability diagram, those without answers left out."""
    confidence, right = probs.max(1), probs.argmax(1) == labels
    places = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    return [
        Bin(
            place / ECE_BINS,
            (place + 1) / ECE_BINS,
            int((places == place).sum()),
            float(confidence[places == place].mean()),
            float(right[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    ]


def risk_coverage(probs: Probs, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The share wrong among the accepted when the least confident k are rejected; entry k, k = 0..N-1."""
    order = np.argsort(-probs.max(1), kind="stable")
    wrong = np.cumsum(probs[order].argmax(1) != labels[order])
    risks: NDArray[np.float64] = (wrong / np.arange(1, len(labels) + 1))[::-1]
    return risks


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0..1, from so many hits in so many tries (Wilson 1927)."""
    z = 1.96  # standard deviations that hold 95 % of a normal distribution
    share, scale = hits / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / scale
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def string_reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(bins, 3) of strings (N,): mean confidence, share right, count; bins with few strings are left out."""
    rows = []
    for low, high in zip(STRING_BINS, STRING_BINS[1:], strict=False):
        at = (confidence >= low) & (confidence < high)
        if at.sum() >= FEW_STRINGS:
            rows.append((float(confidence[at].mean()), float(right[at].mean()), float(at.sum())))
    return np.array(rows, np.float64).reshape(-1, 3)


def string_risk(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(points, 2) of strings (N,): share rejected, the least sure first, and share wrong among the others.

    About a hundred points, from the most rejected to none; where hardly any are left there is none.
    """
    order = np.argsort(-confidence, kind="stable")
    error = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    kept = np.unique(np.linspace(min(FEW_STRINGS, len(order)), len(order), CURVE_POINTS).round().astype(int))
    kept = kept[kept > 0]
    return np.column_stack([1 - kept / max(len(order), 1), error[kept - 1]])
