"""Fit from when on a doubtful string is a word of letters: the constants LETTERS_* of batchocr.confidence.

    python scripts/fit_letters.py --data ../shared/data/mnist [--fonts fonts] [--pages 4] [--notes 40] [--seed 91]

Pages of all kinds of scripts/sheet_figures.py, many of them notes in words, are drawn in hands and fonts that no network learnt
from and read; a logistic model over what the network of letters says, and the odds that a string is a number and that it is read
right, is fitted to which doubtful strings stand on no number. Prints it, and what it hides on pages that it was not fitted to.
"""

from __future__ import annotations

import argparse
import multiprocessing
from pathlib import Path

import cv2
import numpy as np
from calibrate_words import fit
from mine_letters import share
from numpy.typing import NDArray
from sheet_figures import SHEETS, page_of
from struck_figures import held_out_writers

from batchocr.confidence import log_odds
from batchocr.network.letters import load_lettered
from batchocr.network.model import load_model
from batchocr.network.training import split_fonts
from batchocr.pipeline import maybe_letters, read_strings

NOTES = "notes in words"
FOLDS = 5
# nats beyond even odds from which on a string is hidden, and what the network of letters says of it at least
MARGINS = ((0.0, -99.0), (1.0, -99.0), (2.0, -99.0), (1.0, 2.0), (1.0, 3.0), (1.0, 4.0))
Task = tuple[Path, Path, int, str, int]


def examples(task: Task) -> list[tuple[bool, bool, list[float]]]:
    """Of each doubtful string of a page whether it is on a page of notes, whether on a number, and what tells of it."""
    data, families, seed, name, number = task
    cv2.setNumThreads(1)
    writers, fonts = held_out_writers(data), split_fonts(families)[1]
    rng = np.random.default_rng([seed, list(SHEETS).index(name), number])
    page, truth = page_of(name, number, fonts, writers, rng)
    found = []
    for part, back in read_strings(page, load_model()).parts():
        asked = maybe_letters(part, part.judged())
        told = load_lettered()([(of.cut, of.box) for of in asked])
        for of, lettered in zip(asked, told, strict=True):
            (box,) = back([of.box])
            is_number = any(share(box, place) for place, _ in truth)
            values = [lettered, -log_odds(of.verdict.number), -log_odds(of.verdict.confidence)]
            found.append((name == NOTES, is_number, values))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=4, help="pages of each kind")
    parser.add_argument("--notes", type=int, default=40, help="pages of notes in words")
    parser.add_argument("--seed", type=int, default=91)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    tasks: list[Task] = [
        (arguments.data, arguments.fonts, arguments.seed, name, number)
        for name in SHEETS
        for number in range(arguments.notes if name == NOTES else arguments.pages)
    ]
    with multiprocessing.Pool(arguments.workers) as pool:
        pages = pool.map(examples, tasks, chunksize=2)
    of_page = np.repeat(np.arange(len(pages)), [len(page) for page in pages])
    rows = [row for page in pages for row in page]
    noted, numbers = (np.array([row[n] for row in rows], bool) for n in range(2))
    values = np.array([row[2] for row in rows], np.float64)
    beyond = np.zeros(len(rows))
    for fold in range(FOLDS):
        out = of_page % FOLDS == fold
        beyond[out] = _odds(fit(values[~out], ~numbers[~out]), values[out])
    print("bias, letters, number, right:", fit(values, ~numbers).round(2).tolist())
    print(
        "| nats | letters | notes: words hidden | numbers hidden | other pages: words hidden | numbers hidden |"
    )
    print("|---|---|---|---|---|---|")
    for margin, least in MARGINS:
        hidden = (beyond > margin) & (values[:, 0] > least)
        cells = []
        for kind in (noted, ~noted):
            for of in (~numbers, numbers):
                cells.append(f"{(hidden & kind & of).sum()} of {(kind & of).sum()}")
        print(f"| {margin} | {least} | " + " | ".join(cells) + " |")


def _odds(weights: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(weights[0] + values @ weights[1:], np.float64)


if __name__ == "__main__":
    main()
