"""Confidence made true of one's own pages, from what people said of a job's words; needs no TensorFlow.

A straight line over the logit of the confidence, two numbers (Platt 1999), fitted by Newton's method with a prior
that holds it to "as it was" while rows are few; the slope is positive, so that the order of the words stays. Which
words were reviewed depends on their confidence (the doubtful ones come first) and on chance, and on nothing else:
that leaves right given confidence as it is, so rows are not weighed. But where no accepted word was judged, what is
said of accepted ones is only the line drawn on, and is told to be. Leaves out the networks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .elements import Word
from .errors import InputError, ModelError, UsageError

if TYPE_CHECKING:
    from .job import Job, JobWord

LEAST_ROWS = 50  # reviewed words: fewer say less than the prior does
LEAST_OF_EACH = 5  # right ones, and wrong ones
LEAST_PAGES = 2  # one to try on what the other taught
FOLDS = 5  # of the pages
PRIOR_SLOPE = 0.3  # standard deviation of the logarithm of the slope, around a slope of one
PRIOR_OFFSET = 0.7  # standard deviation of the offset in nats, around none
STEPS = 60  # of Newton's method; it takes about eight
TOLERANCE = 1e-9  # nats: a step that gains less is the last
BINS = 10  # of equal width, for the mean gap between confidence and truth
NEAREST = 1e-4  # to 0 and 1: confidences have four decimals
DECIMALS = 10_000  # of a confidence in the table
EVERY_WORD = 1.1  # a confidence that no word reaches
SETTING = "--calibration"  # its name in the job
KIND = "batchocr calibration"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recalibration:
    """confidence -> logistic(slope * logit(confidence) + offset); a word that is sure to be wrong (0) stays so."""

    slope: float = 1.0
    offset: float = 0.0

    def of(self, confidence: float) -> float:
        """The confidence that is meant, 0..1."""
        return (
            float(logistic(self.slope * _logits(np.array(confidence)) + self.offset)) if confidence else 0.0
        )

    def threshold(self, review_below: float) -> float:
        """The confidence as read that stands for `review_below`: words below it are those that come out below."""
        if self.of(1.0) < review_below:
            return EVERY_WORD
        if self.of(NEAREST) >= review_below:
            return min(review_below, NEAREST / 2)  # what is sure to be wrong is still below
        wanted = math.log(review_below / (1 - review_below))
        return float(logistic(np.array((wanted - self.offset) / self.slope)))

    def applied(self, words: Iterable[Word]) -> list[Word]:
        """The words with the confidence that is meant, rounded down so that none seems to reach a limit it misses."""
        return [
            replace(word, confidence=math.floor(self.of(word.confidence) * DECIMALS + 1e-6) / DECIMALS)
            for word in words
        ]

    def after(self, first: Recalibration) -> Recalibration:
        """Both in turn, as one."""
        return Recalibration(self.slope * first.slope, self.slope * first.offset + self.offset)

    def __str__(self) -> str:
        return f"slope {self.slope:.6g}, offset {self.offset:.6g}"


def _logits(confidences: Floats) -> Floats:
    near = np.clip(confidences, NEAREST, 1 - NEAREST)
    return np.asarray(np.log(near / (1 - near)), np.float64)


def logistic(logits: Floats) -> Floats:
    """Probabilities, short of 0 and 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float64)


# files ---------------------------------------------------------------------------------------------------


def load_calibration(path: Path) -> Recalibration:
    """A calibration that `calibrate` wrote. Raises InputError if it is not there, ModelError if it is none."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        if card["kind"] != KIND:
            raise ValueError(f"its kind is {card['kind']!r}")
        found = Recalibration(float(card["slope"]), float(card["offset"]))
        if not (0 < found.slope < math.inf and math.isfinite(found.offset)):
            raise ValueError(str(found))
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; `batchocr calibrate numbers.csv -o {path}` makes it"
        ) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(
            f"{path}: not a usable calibration ({error}); make it again with `batchocr calibrate`"
        ) from None
    return found


# fitting -------------------------------------------------------------------------------------------------


class Rows(NamedTuple):
    """Reviewed words: confidence as read (N,), whether the text was right (N,) bool, which page each is of (N,),
    and how many of them were accepted (`ok`)."""

    confidence: Floats
    right: NDArray[np.bool_]
    page: NDArray[np.int64]
    accepted: int


class Quality(NamedTuple):
    """How true confidences are. log_loss: nats a word. ece: mean gap between confidence and share right, 0..1."""

    log_loss: float
    ece: float


class Fitted(NamedTuple):
    """A calibration, and how true confidences were before and are after, on pages it was not fitted on."""

    calibration: Recalibration
    before: Quality
    after: Quality


def fit(rows: Rows) -> Fitted:
    """The calibration of these rows, tried by pages in five folds. Raises UsageError where they are too few."""
    _check(rows)
    tried = np.zeros(len(rows.right))
    for fold in range(FOLDS):
        held = rows.page % FOLDS == fold
        if held.any():
            learnt = _fit(rows.confidence[~held], rows.right[~held])
            tried[held] = logistic(learnt.slope * _logits(rows.confidence[held]) + learnt.offset)
    before = quality(np.clip(rows.confidence, NEAREST, 1 - NEAREST), rows.right)
    return Fitted(_fit(rows.confidence, rows.right), before, quality(tried, rows.right))


def _check(rows: Rows) -> None:
    count, right, pages = len(rows.right), int(rows.right.sum()), len(np.unique(rows.page))
    if count < LEAST_ROWS or min(right, count - right) < LEAST_OF_EACH or pages < LEAST_PAGES:
        raise UsageError(
            f"{count} reviewed words, {right} of them right, on {pages} page{'s' * (pages != 1)}; calibration takes "
            f"at least {LEAST_ROWS} words, {LEAST_OF_EACH} right and {LEAST_OF_EACH} wrong, on {LEAST_PAGES} pages; "
            "review more, with --audit 0.01 also accepted ones"
        )


def _fit(confidence: Floats, right: NDArray[np.bool_]) -> Recalibration:
    """The slope (by its logarithm) and offset that are likeliest after these rows and the prior."""
    x, y = _logits(confidence), right.astype(np.float64)
    at = np.zeros(2)
    precision = np.array([1 / PRIOR_SLOPE**2, 1 / PRIOR_OFFSET**2])

    def cost(where: Floats) -> float:
        z = math.exp(where[0]) * x + where[1]
        return float((np.logaddexp(0, z) - y * z).sum() + 0.5 * (precision * where**2).sum())

    for _ in range(STEPS):
        scaled = math.exp(at[0]) * x
        p = logistic(scaled + at[1])
        inputs = np.stack([scaled, np.ones_like(x)])
        gradient = inputs @ (p - y) + precision * at
        curvature = (inputs * (p * (1 - p))) @ inputs.T + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        while cost(at - step) > cost(at) and np.abs(step).max() > TOLERANCE:
            step /= 2
        gained = cost(at) - cost(at - step)
        at = at - step
        if gained < TOLERANCE:
            break
    return Recalibration(float(f"{math.exp(at[0]):.6g}"), float(f"{at[1]:.6g}"))


def quality(confidence: Floats, right: NDArray[np.bool_]) -> Quality:
    """How true confidences (N,) are of what was right (N,) bool."""
    loss = -np.log(np.where(right, confidence, 1 - confidence)).mean()
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(float(confidence[places == b].sum() - right[places == b].sum())) for b in np.unique(places)]
    return Quality(float(loss), sum(gaps) / len(right))


# from a job ----------------------------------------------------------------------------------------------


def calibrate_into(table: Path, output: Path) -> list[str]:
    """Fit a calibration to a table's reviewed words and write it; answers what came of it, a sentence a line.

    Raises UsageError if there is no job or too little in it, ModelError if confidence would be no truer (then
    nothing is written), OutputError.
    """
    from .job import job_of, open_job
    from .network.files import written_whole
    from .stamps import digest_of

    with open_job(table) as job:
        rows, settings = reviewed_rows(job), job.settings()
    fitted = fit(rows)
    before, after = fitted.before, fitted.after
    figures = (
        f"log loss {before.log_loss:.4f} before, {after.log_loss:.4f} after; "
        f"gap of confidence and truth {before.ece:.2%} before, {after.ece:.2%} after"
    )
    if after.log_loss >= before.log_loss:
        raise ModelError(
            f"{output}: not written, since confidence would be no truer ({figures}); review more words, or leave it"
        )
    whole = fitted.calibration.after(_of_setting(settings.get(SETTING, "")))
    card = card_of(rows, fitted, whole, table, settings) | {"job_sha256": digest_of(job_of(table))}
    with written_whole(output) as part:
        part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    said = [f"{len(rows.right)} reviewed words on pages not fitted on: {figures}"]
    if not rows.accepted:
        said.append(
            "no accepted word was judged, so what it says of those is a guess; review with --audit 0.01"
        )
    return [*said, f"{whole}: {output}; use it with `batchocr run --calibration {output}`"]


def _of_setting(value: str) -> Recalibration:
    """The calibration that a job was read with, from its settings."""
    if not value:
        return Recalibration()
    slope, offset = value.removeprefix("slope ").split(", offset ")
    return Recalibration(float(slope), float(offset))


def reviewed_rows(job: Job) -> Rows:
    """The reviewed words of a job. An accepted word counts if the audit drew it: one that somebody happened to see
    to be wrong is no fair sample."""
    has_audit = job.rows("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'audited')").fetchone()[0]
    drawn = {key for (key,) in job.rows("SELECT word FROM audited")} if has_audit else set()
    words = [word for word in job.words() if _counts(word, drawn)]
    return Rows(
        np.array([word.confidence for word in words], np.float64),
        np.array(
            [word.correction in ("confirm", "correct") and word.now == word.text for word in words], bool
        ),
        _pages([f"{word.path} {word.page}" for word in words]),
        sum(word.status == "ok" for word in words),
    )


def _counts(word: JobWord, drawn: set[int]) -> bool:
    judged = bool(word.correction) and bool(word.confidence)  # what is sure to be wrong (0) teaches nothing
    return judged and (word.status == "review" or (word.status == "ok" and word.key in drawn))


def _pages(names: Sequence[str]) -> NDArray[np.int64]:
    """(N,) a number for each page, in an order of their own, so that neighbours part among the folds."""
    ordered = sorted(set(names), key=lambda name: sha256(name.encode("utf-8", "surrogateescape")).digest())
    number = {name: n for n, name in enumerate(ordered)}
    return np.array([number[name] for name in names], np.int64)


def card_of(
    rows: Rows, fitted: Fitted, whole: Recalibration, table: Path, settings: dict[str, str]
) -> dict[str, Any]:
    """What a calibration's file holds: the two numbers, and where they come from.

    whole: with the calibration that the table was read with already.
    """
    return {
        "kind": KIND,
        "slope": float(f"{whole.slope:.6g}"),
        "offset": float(f"{whole.offset:.6g}"),
        "table": table.name,
        "read_with": settings,
        "date": datetime.now(UTC).date().isoformat(),
        "words": len(rows.right),
        "accepted_words": rows.accepted,
        "right": int(rows.right.sum()),
        "pages": len(np.unique(rows.page)),
        "log_loss_before": round(fitted.before.log_loss, 5),
        "log_loss_after": round(fitted.after.log_loss, 5),
        "ece_before": round(fitted.before.ece, 5),
        "ece_after": round(fitted.after.ece, 5),
    }
