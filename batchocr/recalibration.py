"""Confidence made true of one's own pages, from what people said of a job's words; needs no TensorFlow.

A straight line over the logit of the confidence, two numbers (Platt 1999), fitted by Newton's method with a prior
that holds it to "as it was" while rows are few; the slope is positive, so that the order of the words stays. Which
words were reviewed depends on their confidence (the doubtful ones come first) and on chance, and on nothing else:
that leaves right given confidence as it is, so rows are not weighed. But where no accepted word was judged, what is
said of accepted ones is only the line drawn on, and is told to be.

It judges itself on words that it was not fitted on, and is written only if it is truer there by more than chance,
and if the confidence tells right from wrong at all in the review. Leaves out the networks.
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
LEAST_UNITS = 5  # pages from which chance is reckoned over pages; of fewer, and of one, over words
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


class Interval(NamedTuple):
    """A figure, and what holds it in 19 of 20 reviews of such pages."""

    mean: float
    low: float
    high: float


class Fitted(NamedTuple):
    """A calibration, and what it is worth on words that it was not fitted on.

    before, after: how true confidences were and are. gain: nats a word by which the log loss falls. told: share of
    the pairs of a right word and a wrong one in which the right one had more confidence as read; 0.5 is chance.
    """

    calibration: Recalibration
    before: Quality
    after: Quality
    gain: Interval
    told: Interval


def fit(rows: Rows) -> Fitted:
    """The calibration of these rows, tried by pages (one page: by words) in five folds. Raises UsageError where they
    are too few."""
    _check(rows)
    tried, folds = np.zeros(len(rows.right)), _folds(rows.page)
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            learnt = _fit(rows.confidence[~held], rows.right[~held])
            tried[held] = logistic(learnt.slope * _logits(rows.confidence[held]) + learnt.offset)
    before = np.clip(rows.confidence, NEAREST, 1 - NEAREST)
    units = rows.page if len(np.unique(rows.page)) >= LEAST_UNITS else np.arange(len(rows.page))
    return Fitted(
        _fit(rows.confidence, rows.right),
        quality(before, rows.right),
        quality(tried, rows.right),
        gain_of(log_losses(before, rows.right) - log_losses(tried, rows.right), units),
        told_of(rows.confidence, rows.right, units),
    )


def _folds(page: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) which part each row is in: the rows of a page together, unless there is but one page."""
    return (page if len(np.unique(page)) > 1 else np.arange(len(page))) % FOLDS


def gain_of(gains: Floats, units: NDArray[np.int64]) -> Interval:
    """The mean of paired differences (N,), and how far chance takes it, drawn by units (N,): pages, or words."""
    return _interval(float(gains.mean()), (gains - gains.mean()) / len(gains), units)


def told_of(confidence: Floats, right: NDArray[np.bool_], units: NDArray[np.int64]) -> Interval:
    """How well confidence tells right from wrong, as share of pairs (DeLong 1988; by units: Obuchowski 1997)."""
    below, above = (
        _share_below(confidence[right], confidence[~right]),
        _share_below(-confidence[~right], -confidence[right]),
    )
    mean = float(below.mean())
    strays = np.zeros(len(right))
    strays[right], strays[~right] = (below - mean) / len(below), (above - mean) / len(above)
    return _interval(mean, strays, units)


def _share_below(these: Floats, those: Floats) -> Floats:
    """(N,) 0..1: of which share of those each of these is higher; equal ones count half."""
    ordered = np.sort(those)
    places = np.searchsorted(ordered, these, "left") + np.searchsorted(ordered, these, "right")
    return np.asarray(places / (2 * len(those)), np.float64)


def _interval(mean: float, strays: Floats, units: NDArray[np.int64]) -> Interval:
    """strays (N,): what each word adds to the figure beside its mean; those of a unit come and go together."""
    _, of = np.unique(units, return_inverse=True)
    count = int(of.max()) + 1
    spread = math.sqrt(count / (count - 1) * float((np.bincount(of, strays) ** 2).sum()))
    reach = students_t(count - 1) * spread
    return Interval(mean, mean - reach, mean + reach)


def students_t(freedom: int) -> float:
    """The 97.5 % point of Student's t, within 2 % from four degrees of freedom on (Abramowitz & Stegun 26.7.5)."""
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _check(rows: Rows) -> None:
    count, right = len(rows.right), int(rows.right.sum())
    if count < LEAST_ROWS or min(right, count - right) < LEAST_OF_EACH:
        raise UsageError(
            f"{count} reviewed words, {right} of them right; calibration takes at least {LEAST_ROWS} words, "
            f"{LEAST_OF_EACH} right and {LEAST_OF_EACH} wrong; review more, with --audit 0.01 also accepted ones"
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
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(float(confidence[places == b].sum() - right[places == b].sum())) for b in np.unique(places)]
    return Quality(float(log_losses(confidence, right).mean()), sum(gaps) / len(right))


def log_losses(confidence: Floats, right: NDArray[np.bool_]) -> Floats:
    """(N,) nats: how surprising each outcome is to one who believes the confidences (N,), 0..1 exclusive."""
    return np.asarray(-np.log(np.where(right, confidence, 1 - confidence)), np.float64)


# from a job ----------------------------------------------------------------------------------------------


def calibrate_into(table: Path, output: Path) -> list[str]:
    """Fit a calibration to a table's reviewed words and write it; answers what came of it, a sentence a line.

    Raises UsageError if there is no job or too little in it, ModelError if the review gives no reason to change the
    confidence (then nothing is written), OutputError.
    """
    from .job import job_of, open_job
    from .network.files import written_whole
    from .stamps import digest_of

    with open_job(table) as job:
        rows, settings = reviewed_rows(job), job.settings()
    fitted = fit(rows)
    refuse_without_reason(fitted, output)
    whole = fitted.calibration.after(_of_setting(settings.get(SETTING, "")))
    card = card_of(rows, fitted, whole, table, settings) | {"job_sha256": digest_of(job_of(table))}
    with written_whole(output) as part:
        part.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    before, after = fitted.before, fitted.after
    said = [
        f"{len(rows.right)} reviewed words, none judged by what it was fitted on: log loss {before.log_loss:.4f} "
        f"before, {after.log_loss:.4f} after ({_in_words(fitted.gain)}); "
        f"gap of confidence and truth {before.ece:.2%} before, {after.ece:.2%} after"
    ]
    if len(np.unique(rows.page)) == 1:
        said.append("all of them are on one page, so other pages may differ; review more pages")
    if not rows.accepted:
        said.append(
            "no accepted word was judged, so what it says of those is a guess; review with --audit 0.01"
        )
    return [*said, f"{whole}: {output}; use it with `batchocr run --calibration {output}`"]


def refuse_without_reason(fitted: Fitted, output: Path) -> None:
    """Raise ModelError where the review gives no reason to change the confidence: where that would be no truer, by
    more than chance, on words not fitted on; and where right and wrong have nothing to do with it, as in judgements
    made without looking: making them all one confidence is truer of those, and useless."""
    told, gain = fitted.told, fitted.gain
    if told.low <= 0.5:
        raise ModelError(
            f"{output}: not written, since right and wrong have too little to do with the confidence in this review "
            f"(a right word has more of it than a wrong one in {told.mean:.0%} of pairs, chance is 50%; 95 % "
            f"interval {told.low:.0%} to {told.high:.0%}); look through it with `batchocr review`, or review more"
        )
    if gain.low <= 0:
        raise ModelError(
            f"{output}: not written, since this review gives no reason to change the confidence (log loss of words "
            f"not fitted on {fitted.before.log_loss:.4f} as it is, {fitted.after.log_loss:.4f} calibrated; "
            f"{_in_words(gain)}); leave it, or review more words"
        )


def _in_words(gain: Interval) -> str:
    return f"gain {gain.mean:.4f}, 95 % interval {gain.low:.4f} to {gain.high:.4f}"


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
        "gain": [round(figure, 5) for figure in fitted.gain],
        "pairs_told": [round(figure, 5) for figure in fitted.told],
        "ece_before": round(fitted.before.ece, 5),
        "ece_after": round(fitted.after.ece, 5),
    }
