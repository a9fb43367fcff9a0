"""How much the readers gain where people review: five folds over real cheque amounts, as `train --add` would learn.

    python scripts/adapt_experiment.py --data ../shared/data [--folds 1,2,3,4,5] [--epochs 30] [--work adapt-data]

Both readers learn from four fifths of `orand_car_a` (1,080 pictures of one string each), the truth standing for a
review, and read the last fifth; the digits' boxes of that set are not used. Each fold is kept in --work, so that a
run that was broken off goes on with the next; the package's weights are never written. A table on standard output.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from batchocr.elements import Page, Predict
from batchocr.network.adapting import Adapted, Begin, Bools, Course, Review, adapt, begin_of, fonts_at_hand
from batchocr.network.dataset import Mnist, load_mnist
from batchocr.network.model import load_model
from batchocr.network.slider import Slide, load_sliding
from batchocr.pages import load_page
from batchocr.pipeline import read_strings, recognize_page
from batchocr.reviewed import Lesson, lesson_of

SET = "orand_car_a"
FOLDS = 5
SEED = 5  # of the folds


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of one string, what is written on it, and what it teaches, if anything was found on it."""

    page: Page
    text: str
    lesson: Lesson | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help=f"folder that holds {SET} and mnist")
    parser.add_argument(
        "--folds", default="1,2,3,4,5", help="which of the five to do now, if they are not done"
    )
    parser.add_argument("--epochs", type=int, default=Course().epochs, help="times each string is shown")
    parser.add_argument("--model", type=Path, help="digit network to begin from; default: the one shipped")
    parser.add_argument("--fonts", type=Path, help="folder of fonts; default: those of Matplotlib")
    parser.add_argument(
        "--work", type=Path, default=Path("adapt-data"), help="a JSON file a fold, and its models"
    )
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    asked = [int(n) for n in arguments.folds.split(",")]
    course = replace(Course(), epochs=arguments.epochs)
    begin = begin_of(arguments.model)
    arguments.work.mkdir(parents=True, exist_ok=True)
    missing = [n for n in asked if not _kept(arguments.work, n).exists()]
    if missing:
        pictures = gather(arguments.data / SET, begin)
        mnist, fonts = load_mnist(arguments.data / "mnist"), fonts_at_hand(arguments.fonts)
        for fold in missing:
            do_fold(fold, pictures, begin, mnist, fonts, course, arguments.work)
    print_table([json.loads(_kept(arguments.work, n).read_text()) for n in asked])


def gather(folder: Path, begin: Begin) -> list[Picture]:
    """Every picture with what it teaches, found by the readers to begin from."""
    predict, slide = load_model(begin.digits), load_sliding(begin.strings)
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = [(row["source"], row["text"]) for row in csv.DictReader(file)]
    pictures = []
    for source, text in truth:
        page = load_page(folder / "images" / source)
        strings = read_strings(page, predict, slide)
        heard = [n for n, word in enumerate(strings.heard) if word is not None]
        widest = max(heard, key=lambda n: strings.words[n].box.width, default=None)
        pictures.append(Picture(page, text, None if widest is None else lesson_of(strings, widest, text)))
    say(f"{len(pictures)} pictures, {sum(p.lesson is None for p in pictures)} without a string")
    return pictures


def do_fold(
    fold: int, pictures: Sequence[Picture], begin: Begin, mnist: Mnist, fonts: Sequence[Path], course: Course,
    work: Path,
) -> None:  # fmt: skip
    """Learn from all but one fifth, read that, and keep what came of it."""
    of = np.random.default_rng(SEED).permutation(len(pictures)) % FOLDS
    learn = [p.lesson for p, n in zip(pictures, of, strict=True) if n != fold - 1 and p.lesson is not None]
    judge = [p for p, n in zip(pictures, of, strict=True) if n == fold - 1]

    def read(predict: Predict, slide: Slide) -> Bools:
        return np.array([_read(p.page, predict, slide) == p.text for p in judge], bool)

    review = Review(learn, [p.lesson for p in judge if p.lesson is not None], read)
    folder = work / f"fold-{fold}"
    folder.mkdir(exist_ok=True)
    began = time.monotonic()
    adapted = adapt(begin, review, mnist, fonts, course, folder, say)
    for trial in adapted.trials:
        say(f"fold {fold}: {trial.in_words()}")
    kept = _figures(fold, adapted) | {"seconds": round(time.monotonic() - began)}
    _kept(work, fold).write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _read(page: Page, predict: Predict, slide: Slide) -> str:
    """All words of a picture of one string, joined left to right."""
    words = recognize_page(page, predict, slide=slide)
    return "".join(word.text for word in sorted(words, key=lambda word: word.box.left + word.box.right))


def _figures(fold: int, adapted: Adapted) -> dict[str, object]:
    return {"fold": fold, "trials": {trial.name: trial.figures() for trial in adapted.trials},
            "sliding_reader_kept": adapted.strings is not None}  # fmt: skip


def _kept(work: Path, fold: int) -> Path:
    return work / f"fold-{fold}.json"


def print_table(folds: Sequence[dict[str, object]]) -> None:
    """Each figure before and after, a fold a row, and all of them together."""
    names = list(folds[0]["trials"])  # type: ignore[call-overload]
    print("| fold | " + " | ".join(names) + " | minutes |")
    print("|---" * (len(names) + 2) + "|")
    for fold in folds:
        print(f"| {fold['fold']} | " + " | ".join(_cell([fold], name) for name in names)
              + f" | {fold['seconds'] / 60:.0f} |")  # type: ignore[operator]  # fmt: skip
    print("| all | " + " | ".join(_cell(folds, name) for name in names) + " | |")


def _cell(folds: Sequence[dict[str, object]], name: str) -> str:
    """`0.741 -> 0.852` over these folds."""
    trials = [fold["trials"][name] for fold in folds]  # type: ignore[index]
    count = sum(trial["of"] for trial in trials)
    before, after = (sum(trial[f"right_{when}"] for trial in trials) / count for when in ("before", "after"))
    return f"{before:.4f} -> {after:.4f}"


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
