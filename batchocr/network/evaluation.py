"""How good a network is: every figure of `batchocr evaluate`, as data.

Accuracy, precision and recall, confusion, calibration (Guo 2017), error against share rejected (El-Yaniv and
Wiener 2010), the worst mistakes, and how well "not a digit" parts other ink from digits. Works through a
`Predict` alone, so that any model file and any plain function can be measured. Leaves out how it looks; that
is `report`.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, GlyphImages, Predict, Probs
from batchocr.network.dataset import Labels
from batchocr.network.metrics import (
    Bin,
    ClassFigures,
    auroc,
    class_figures,
    confusion,
    expected_calibration_error,
    reliability,
    risk_coverage,
    wilson_interval,
)

WORST = 64  # mistakes shown
CURVE_POINTS = 400  # kept of the risk-coverage curve
REJECTED = (0.0, 0.005, 0.01, 0.02, 0.05, 0.10)  # shares at which the curve is told in figures
LEAST = 1e-30  # probability that still has a logarithm in float32


@dataclass(frozen=True, slots=True)
class Mistake:
    """A digit read wrongly; index is its place in the test set, guess 10 is "not a digit"."""

    index: int
    truth: int
    guess: int
    confidence: float
    truth_probability: float


@dataclass(frozen=True, slots=True)
class Separation:
    """How one kind of other ink scores against digits; taken is the share of it taken for a digit."""

    kind: str
    count: int
    auroc: float
    taken: float


@dataclass(frozen=True, slots=True)
class Risk:
    """The share wrong among the accepted, and how many they are, when the least sure share is rejected."""

    rejected: float
    error: float
    accepted: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one network on one set of digits; shares are 0..1."""

    digits: int
    errors: int
    accuracy: float
    interval: tuple[float, float]  # 95 %, of the accuracy
    outputs: int  # 10, or 11 with "not a digit"
    digits_called_other: int  # digits answered "not a digit"
    errors_among_digits_only: int  # the eleventh output left out of the choice
    ece: float
    log_loss: float  # mean, of the truth's probability, in nats
    mean_confidence: float
    digits_a_second: float
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]  # rows: truth 0..9; columns: answers
    bins: tuple[Bin, ...]
    risks: tuple[Risk, ...]
    curve: tuple[tuple[float, float], ...]  # share rejected, share wrong among the accepted
    mistakes: tuple[Mistake, ...]  # the most confident first
    score: str  # what other ink is told apart by
    separations: tuple[Separation, ...]  # the last: all kinds, each counting alike

    def as_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self)


def evaluate(
    predict: Predict, images: GlyphImages, labels: Labels, other: dict[str, GlyphImages]
) -> Evaluation:
    """Measure a network on digits, (N, 28, 28) uint8 with their labels, and on kinds of other ink."""
    began = time.perf_counter()
    probs = predict(images)
    seconds = time.perf_counter() - began
    ink = {kind: predict(pictures) for kind, pictures in other.items()}
    outputs = NOT_A_DIGIT + any(p[:, NOT_A_DIGIT].any() for p in (probs, *ink.values()))
    counts = confusion(probs, labels)
    errors = len(labels) - int(np.trace(counts))
    risks = risk_coverage(probs, labels)
    score, separations = separate(probs, ink, outputs)
    truth = probs[np.arange(len(labels)), labels]
    return Evaluation(
        digits=len(labels),
        errors=errors,
        accuracy=1 - errors / len(labels),
        interval=wilson_interval(len(labels) - errors, len(labels)),
        outputs=outputs,
        digits_called_other=int(counts[:, NOT_A_DIGIT].sum()),
        errors_among_digits_only=int((probs[:, :NOT_A_DIGIT].argmax(1) != labels).sum()),
        ece=expected_calibration_error(probs, labels),
        log_loss=float(-np.log(np.maximum(truth, LEAST)).mean()),
        mean_confidence=float(probs.max(1).mean()),
        digits_a_second=round(len(labels) / max(seconds, 1e-9)),
        classes=tuple(class_figures(counts)),
        confusion=tuple(tuple(row) for row in counts[:, :outputs].tolist()),
        bins=tuple(reliability(probs, labels)),
        risks=tuple(_risk(risks, share) for share in REJECTED),
        curve=_thinned(risks),
        mistakes=worst_mistakes(probs, labels),
        score=score,
        separations=separations,
    )


def worst_mistakes(probs: Probs, labels: Labels) -> tuple[Mistake, ...]:
    """The mistakes made most confidently, 64 at most."""
    guesses, confidence = probs.argmax(1), probs.max(1)
    wrong = np.flatnonzero(guesses != labels)
    order = wrong[np.argsort(-confidence[wrong], kind="stable")][:WORST]
    return tuple(
        Mistake(i, int(labels[i]), int(guesses[i]), float(confidence[i]), float(probs[i, labels[i]]))
        for i in order.tolist()
    )


def separate(digits: Probs, ink: dict[str, Probs], outputs: int) -> tuple[str, tuple[Separation, ...]]:
    """How well other ink is told from digits: by the eleventh output, or else by doubt."""
    has_output = outputs > NOT_A_DIGIT
    name = 'the probability of "not a digit"' if has_output else "one minus the greatest probability"
    among_digits = _other_score(digits, has_output)
    kinds = [
        Separation(kind, len(probs), auroc(_other_score(probs, has_output), among_digits), _taken(probs))
        for kind, probs in ink.items()
        if len(probs)
    ]
    if kinds:
        mean_auroc = sum(k.auroc for k in kinds) / len(kinds)
        mean_taken = sum(k.taken for k in kinds) / len(kinds)
        kinds.append(Separation("all kinds, each alike", sum(k.count for k in kinds), mean_auroc, mean_taken))
    return name, tuple(kinds)


def _other_score(probs: Probs, has_output: bool) -> NDArray[np.float32]:
    return probs[:, NOT_A_DIGIT] if has_output else 1 - probs.max(1)


def _taken(probs: Probs) -> float:
    return float((probs.argmax(1) != NOT_A_DIGIT).mean())


def _risk(risks: NDArray[np.float64], share: float) -> Risk:
    rejected = round(share * len(risks))
    accepted = len(risks) - rejected
    return Risk(share, float(risks[rejected]), accepted, round(float(risks[rejected]) * accepted))


def _thinned(risks: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """The curve at few points, closer where little is rejected, since that is where it falls."""
    last = len(risks) - 1
    steps = np.linspace(0, 1, CURVE_POINTS) ** 2 * last
    return tuple((i / len(risks), float(risks[i])) for i in np.unique(steps.round().astype(int)).tolist())


def in_words(evaluation: Evaluation) -> list[str]:
    """The headline figures as lines for a terminal."""
    e = evaluation
    low, high = (f"{100 * share:.2f}" for share in e.interval)
    lines = [
        f"accuracy          {e.accuracy:.2%} ({e.errors:,} of {e.digits:,} wrong; 95 %: {low} to {high} %)",
        f"calibration       ECE {e.ece:.2%}, mean confidence {e.mean_confidence:.2%}, log loss {e.log_loss:.4f}",
    ]
    if e.outputs > NOT_A_DIGIT:
        lines.append(
            f"digits only       {e.errors_among_digits_only:,} wrong; "
            f'{e.digits_called_other:,} digits were called "not a digit"'
        )
    told = ", ".join(f"{r.error:.2%} at {100 * r.rejected:g} %" for r in e.risks)
    lines += [f"error if rejected {told}", f"speed             {e.digits_a_second:,.0f} digits/s"]
    if e.separations:
        whole = e.separations[-1]
        lines.append(f"other ink         AUROC {whole.auroc:.4f}, {whole.taken:.1%} taken for a digit")
    lines += ["", "digit  precision  recall      F1  count"]
    lines += [
        f"{c.digit:5}  {c.precision:9.2%}  {c.recall:6.2%}  {c.f1:6.2%}  {c.count:5,}" for c in e.classes
    ]
    if e.separations:
        lines += ["", f"other ink, told apart by {e.score}", "kind                   AUROC  taken  count"]
        lines += [f"{s.kind:21}  {s.auroc:.4f}  {s.taken:5.1%}  {s.count:5,}" for s in e.separations]
    return lines
