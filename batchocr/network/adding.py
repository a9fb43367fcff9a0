"""`train --add`: reviewed tables in, a model that learnt from them out, or a sentence why there is none.

Pages are read again for what they teach, split into those that teach and those that judge, both readers taught
and judged in a folder of their own; only what came out no worse is put in its place, the card last.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from batchocr.elements import NOT_A_DIGIT
from batchocr.errors import ModelError, PageError, UsageError
from batchocr.job import job_of
from batchocr.network.adapting import (
    VALIDATION,
    Adapted,
    Begin,
    Course,
    Review,
    Trial,
    adapt,
    begin_of,
    digit_weights,
    fonts_at_hand,
    pages_right,
)
from batchocr.network.architectures import quiet_tensorflow
from batchocr.network.card import SHIPPED_STRINGS
from batchocr.network.dataset import Mnist, find_mnist
from batchocr.network.files import check_writable, written_whole
from batchocr.network.model import load_model
from batchocr.network.slider import load_sliding
from batchocr.network.sliding import sliding_weights
from batchocr.network.training import Order, Say, provenance, write_card
from batchocr.reviewed import LearntPage, learn_page, pages_of_review, split_pages
from batchocr.stamps import digest_of

MOST_LOST = 0.5  # share of the reviewed words that may not look like what was said of them
PAGES_A_LINE = 50  # pages read between two lines of progress


@dataclass(frozen=True, slots=True)
class Addition:
    """What to learn from, what to begin from (None: the shipped networks), and where to write it.

    order: output, MNIST's folder, epochs, seed and fonts, as for any training.
    """

    tables: Sequence[Path]
    order: Order
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it. strings: whether the sliding reader learnt too, or was left as it was."""

    files: tuple[Path, ...]
    trials: tuple[Trial, ...]
    strings: bool


def learn_from_review(
    addition: Addition, stream: TextIO | None = None, *, course: Course | None = None
) -> Added:
    """Teach both readers what was reviewed; writes MODEL.keras, .tflite, MODEL-strings.tflite and the card.

    stream is where progress and the figures go: standard error, if none is given. Raises UsageError where too
    little was reviewed, ModelError where the new model is worse than the one it began from; then nothing is written.
    """

    def say(line: str) -> None:
        print(line, file=stream or sys.stderr, flush=True)

    order = addition.order
    check_writable(order.output.parent)
    begin = begin_of(addition.model)
    learn, judge, skipped = _gathered(addition.tables, begin, say)
    mnist = find_mnist(order.data)
    quiet_tensorflow()
    digit_weights(begin.digits), sliding_weights(begin.strings)
    course = replace(course or Course(), seed=order.seed)
    course = course if order.epochs is None else replace(course, epochs=order.epochs)
    review = Review(
        [lesson for page in learn for lesson in page.lessons],
        [lesson for page in judge for lesson in page.lessons],
        lambda predict, slide: pages_right([page.page for page in judge], predict, slide),
    )
    with TemporaryDirectory(dir=order.output.parent, prefix=".adding-") as folder:
        adapted = adapt(begin, review, mnist, fonts_at_hand(order.fonts), course, Path(folder), say)
        for trial in adapted.trials:
            say(trial.in_words())
        refuse_if_worse(adapted, order.output, sum(len(page.lessons) for page in (*learn, *judge)))
        card = _card(addition, begin, adapted, mnist, course, (learn, judge), skipped)
        files = _put_in_place(adapted, begin, order)
    write_card(order.file(".json"), card)
    return Added((*files, order.file(".json")), adapted.trials, adapted.strings is not None)


def _gathered(
    tables: Sequence[Path], begin: Begin, say: Say
) -> tuple[list[LearntPage], list[LearntPage], Counter[str]]:
    """The pages that teach and those that judge, read again; and how many could not be, by reason."""
    pages, skipped = pages_of_review(tables)
    predict, slide = load_model(begin.digits), load_sliding(begin.strings)
    learnt: list[LearntPage] = []
    for page in pages:
        try:
            learnt.append(learn_page(page, predict, slide))
        except PageError:
            skipped["page cannot be read"] += 1
        if learnt and len(learnt) % PAGES_A_LINE == 0:
            say(f"{len(learnt)} of {len(pages)} reviewed pages read again")
    for reason, count in sorted(skipped.items()):
        say(f"{count} reviewed page{'s' * (count != 1)} left out: the {reason}")
    learn, judge = split_pages(learnt)
    refuse_unlikely(learnt)
    say(_in_words(learn, judge))
    return learn, judge, skipped


def refuse_unlikely(pages: Sequence[LearntPage]) -> None:
    """Raise UsageError where most words do not look like what was said of them: as judges such a review is blind."""
    words, lost = sum(len(page.page.said) for page in pages), sum(page.lost for page in pages)
    if lost > MOST_LOST * words:
        raise UsageError(
            f"{lost} of {words} reviewed words do not look like what was said of them, so nothing was learnt; "
            "look through the corrections with `batchocr review`"
        )


def _in_words(learn: Sequence[LearntPage], judge: Sequence[LearntPage]) -> str:
    counts = [
        f"{len(part)} pages with {sum(len(p.lessons) for p in part)} words and {sum(p.digits() for p in part)} digits"
        for part in (learn, judge)
    ]
    lost = sum(page.lost for page in (*learn, *judge))
    return f"{counts[0]} teach, {counts[1]} judge" + f"; {lost} words could not be cut as they read" * (
        lost > 0
    )


def refuse_if_worse(adapted: Adapted, output: Path, reviewed: int) -> None:
    """Raise ModelError where a trial that matters came out worse, naming it and what would help. reviewed: words."""
    if adapted.failures:
        figures = "; ".join(
            f"{trial.name}, {int(trial.before.sum()):,} of {len(trial.before):,} right before and "
            f"{int(trial.after.sum()):,} after"
            for trial in adapted.failures
        )
        raise ModelError(
            f"{output}: not written, since the new model is worse on {figures}; "
            f"{_what_would_help(adapted.failures, reviewed)}"
        )


def _what_would_help(failures: Sequence[Trial], reviewed: int) -> str:
    """More words where so few were held out that chance gives such a loss; else a look at what was said."""
    if any(trial.name == VALIDATION or trial.telling() <= 1 for trial in failures):
        return "look through the words that were corrected, and review more"
    needed = math.ceil(max(trial.telling() for trial in failures) * reviewed / 10) * 10
    return (
        f"so few may come out worse by chance: about {needed:,} reviewed words (there are {reviewed:,}) would tell; "
        "review more, or leave it"
    )


def _put_in_place(adapted: Adapted, begin: Begin, order: Order) -> list[Path]:
    """Move the readers to where they are wanted; the sliding one that belongs to the model goes with it."""
    strings = order.file("-strings.tflite")
    own = adapted.strings or (None if begin.strings == SHIPPED_STRINGS else begin.strings)
    wanted = [(adapted.keras_file, order.file(".keras")), (adapted.digits, order.file(".tflite"))]
    if own is None:
        strings.unlink(missing_ok=True)  # of an earlier training: it would be taken for this one's
    elif own.resolve() != strings.resolve():
        wanted.append((own, strings))
    for made, target in wanted:
        with written_whole(target) as part:
            copyfile(made, part)
    return [target for _, target in wanted]


def _card(
    addition: Addition, begin: Begin, adapted: Adapted, mnist: Mnist, course: Course,
    parts: tuple[Sequence[LearntPage], Sequence[LearntPage]], skipped: Counter[str],
) -> dict[str, Any]:  # fmt: skip
    """What was added to what, with the hashes of the jobs and of the files that it began from."""
    import keras

    learnt = keras.saving.load_model(adapted.keras_file, compile=False)
    return provenance("shipped, taught by review", learnt, mnist, course.seed) | {
        "began_from": {"model": digest_of(begin.digits), "strings": digest_of(begin.strings)},
        "course": asdict(course),
        "added": {
            "tables_sha256": {table.name: digest_of(job_of(table)) for table in addition.tables},
            **{name: _counts(part) for name, part in zip(("learnt", "held_out"), parts, strict=True)},
            "left_out": dict(skipped),
        },
        "sliding_reader_learnt": adapted.strings is not None,
        "figures": {trial.name: trial.figures() for trial in adapted.trials},
    }  # fmt: skip


def _counts(pages: Sequence[LearntPage]) -> dict[str, int]:
    labels = [label for page in pages for lesson in page.lessons for label in lesson.labels.tolist()]
    return {
        "pages": len(pages),
        "words": sum(len(page.lessons) for page in pages),
        "digits": sum(label != NOT_A_DIGIT for label in labels),
        "other_ink": sum(label == NOT_A_DIGIT for label in labels),
        "words_not_cut": sum(page.lost for page in pages),
    }
