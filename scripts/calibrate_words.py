"""Fit the confidence of strings on synthetic pages with truth, and write network/weights/words.json.

    python scripts/calibrate_words.py --data ../shared/data/mnist --fonts fonts [--pages 400] [--plain 240] [--sheets 6] [--boxes 24] [--combs 72]

The pages hold strings in the hands of MNIST training writers that the network did not learn from, strings and
words of letters in fonts that it did not learn from, boxes, rules and damage; some are plain tables in worn print, and
some the sheets of `sheet_figures.py`, with other seeds than it has, more of those with boxes for digits. Each string that the reader
puts out is right or wrong, and stands on a number or on other ink; a logistic model over batchocr.confidence.FEATURES
is fitted to each on two thirds of the pages, and shown on the last third. Pictures of one string lie among the pages.
No real page is used.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from compose import COMBS, PLAIN, Composer, lies_on
from numpy.typing import NDArray
from sheet_figures import SHEETS, page_of
from struck_figures import held_out_writers

from batchocr import pipeline
from batchocr.confidence import (
    FEATURES,
    LEAST_NUMBER,
    REVIEW_BELOW,
    features,
    is_asked_of,
    is_seen_anyway,
    scaled,
    surroundings,
)
from batchocr.elements import Box, Page, Predict
from batchocr.network.dataset import load_mnist
from batchocr.network.metrics import string_reliability, string_risk
from batchocr.network.model import load_model
from batchocr.network.sliding import gather_hands
from batchocr.network.training import split_fonts
from batchocr.recalibration import logistic, quality

RIDGE = 10.0  # of the logistic fit, chosen by cross-validation over pages
ALONE = 24  # pictures of one string for each page,
ALONE_LONG, LONG = 6, (9, 10, 11, 12)  # and of one of so many digits
SEEN_ANYWAY = 0.1  # of another's weight has a string that a person sees however sure it is
BOXED = (
    "boxes written over", "ledgers", "dates over pale letters", "dates in boxes", "amounts in boxes", "score boxes", "open combs",
    "a short line for each digit",
)  # fmt: skip
NOT_OF_NUMBER = (
    "boxed"  # feature that says nothing of whether a string is a number: in boxes stand rules and marks too
)
COMPOSED = "composed"  # kind of a page, beside plain ones and those of `sheet_figures`


@dataclass(frozen=True)
class Examples:
    """Strings read on pages: features, whether each is exactly right, whether a number stands there at all, and whether a person
    sees it however sure it is."""

    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    number: NDArray[np.bool_]
    seen_anyway: NDArray[np.bool_]

    @staticmethod
    def of(several: list[Examples]) -> Examples:
        """All of them as one."""
        return Examples(
            np.concatenate([e.features for e in several]),
            np.concatenate([e.right for e in several]),
            np.concatenate([e.number for e in several]),
            np.concatenate([e.seen_anyway for e in several]),
        )


def examples(page: Page, truth: Sequence[tuple[Box, str]], predict: Predict) -> Examples:
    """All strings read on a page that may be numbers. truth: boxes in px of the page, and what is written there."""
    rows, right, number, seen = [], [], [], []
    for part, back in pipeline.read_strings(page, predict).parts():
        near = surroundings(
            part.words, part.probs, part.strings, part.opinions, part.writing_height, part.alone, part.upright
        )
        for word, string, opinion, around in zip(part.words, part.strings, part.opinions, near, strict=True):
            if string is None or opinion is None or around is None or "?" in string.text:
                continue
            if not is_asked_of(string, opinion, around, word):
                continue
            (box,) = back([string.box])
            wanted = [text for place, text in truth if lies_on(box, place)]
            rows.append(features(string, opinion, around))
            right.append(wanted == [string.text])
            number.append(bool(wanted))
            seen.append(is_seen_anyway(string, opinion, around))
    found = np.array(rows).reshape(-1, len(FEATURES))
    return Examples(found, np.array(right, bool), np.array(number, bool), np.array(seen, bool))


def fit(
    x: NDArray[np.float64], y: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Ridge logistic regression by Newton's method: bias and weights. weights: (N,) of each example, 1 where it is None."""
    if weights is None:
        weights = np.ones(len(x))
    design = np.column_stack([np.ones(len(x)), x])
    penalty = np.diag([0.0] + [RIDGE] * x.shape[1])
    w = np.zeros(design.shape[1])
    for _ in range(50):
        p = logistic(design @ w)
        gradient = design.T @ (weights * (p - y)) + penalty @ w
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty + 1e-9 * np.eye(len(w))
        w = w - np.linalg.solve(hessian, gradient)
    return w


def _fit_number(seen: Examples, mean: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The model of what is a number at all: from pages as many of each kind, for more with boxes hide fewer of what is none
    elsewhere."""
    values = seen.features.copy()
    place = FEATURES.index(NOT_OF_NUMBER)
    values[:, place] = mean[place]  # no deviation: no weight
    return fit(scaled(values, mean, scale), seen.number)


class Drawer:
    """Draws a page of any kind, reads it, and says what came of it."""

    def __init__(self, data: Path, fonts: Path, seed: int) -> None:
        self.seed = seed
        self.composer = Composer(gather_hands(load_mnist(data), fonts, held_out=True))
        self.writers, self.families = held_out_writers(data), split_fonts(fonts)[1]

    def examples(self, kind: str, number: int) -> Examples:
        """The strings of one page; with a composed one those of the pictures of one string that go with it."""
        rng, predict = np.random.default_rng((self.seed, KINDS.index(kind), number)), load_model()
        if kind in SHEETS:
            return examples(*page_of(kind, number, self.families, self.writers, rng), predict)
        if kind in (PLAIN, COMBS):
            drawn = [self.composer.page(rng, kind)]
        else:
            drawn = [self.composer.page(rng), *(self.composer.alone(rng) for _ in range(ALONE))]
            drawn += [self.composer.alone(rng, digits) for digits in rng.choice(LONG, ALONE_LONG).tolist()]
        return Examples.of([examples(Page(one.image), one.truth, predict) for one in drawn])


KINDS = (COMPOSED, PLAIN, *SHEETS, COMBS)
_drawer: list[Drawer] = []  # of a process that reads pages


def _take(drawer: Drawer) -> None:
    cv2.setNumThreads(1)
    _drawer.append(drawer)


def _examples(page: tuple[str, int]) -> Examples:
    return _drawer[0].examples(*page)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/mnist"))
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=400, help="composed pages")
    parser.add_argument("--plain", type=int, default=240, help="pages of plain tables")
    parser.add_argument("--sheets", type=int, default=6, help="pages of each kind of `sheet_figures.py`")
    parser.add_argument(
        "--boxes", type=int, default=24, help="pages of each of these kinds with boxes for digits"
    )
    parser.add_argument("--combs", type=int, default=72, help="pages of forms with a box for each digit")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("-o", type=Path, default=Path("batchocr/network/weights/words.json"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    counts = {COMPOSED: arguments.pages, PLAIN: arguments.plain, **dict.fromkeys(SHEETS, arguments.sheets)}
    most = {**counts, COMBS: 0}
    counts |= {**dict.fromkeys(BOXED, arguments.boxes), COMBS: arguments.combs}
    pages = [(kind, number) for kind in KINDS for number in range(counts[kind])]
    drawer = Drawer(arguments.data, arguments.fonts, arguments.seed)
    with multiprocessing.get_context("fork").Pool(initializer=_take, initargs=(drawer,)) as pool:
        made = pool.map(_examples, pages, chunksize=1)
    learnt = [3 * number < 2 * counts[kind] for kind, number in pages]
    usual = [learn and number < most[kind] for (kind, number), learn in zip(pages, learnt, strict=True)]
    seen = Examples.of([of for of, learn in zip(made, learnt, strict=True) if learn])
    tried = Examples.of([of for of, learn in zip(made, learnt, strict=True) if not learn])
    mean, scale = seen.features.mean(axis=0), seen.features.std(axis=0) + 1e-3

    known, asked = (scaled(of.features, mean, scale) for of in (seen, tried))
    w = fit(known, seen.right, np.where(seen.seen_anyway, SEEN_ANYWAY, 1.0))
    of_number = _fit_number(
        Examples.of([of for of, use in zip(made, usual, strict=True) if use]), mean, scale
    )
    p, n = (logistic(v[0] + asked @ v[1:]) for v in (w, of_number))
    ty = tried.right
    accepted, dropped = (p >= REVIEW_BELOW) & ~tried.seen_anyway, n < LEAST_NUMBER
    figures = {
        "strings_fitted": len(seen.right),
        "strings_tested": len(ty),
        "right": round(float(ty.mean()), 4),
        "accepted": round(float(accepted.mean()), 4),
        "accepted_wrong": round(float((~ty[accepted]).mean()), 4) if accepted.any() else None,
        "ece": round(quality(p, ty).ece, 4),
        "dropped_below": LEAST_NUMBER,
        "other_ink_dropped": round(float(dropped[~tried.number].mean()), 4),
        "numbers_dropped": round(float(dropped[tried.number].mean()), 4),
        "right_dropped": round(float(dropped[ty].mean()), 4),
    }
    card = {
        "made_by": "scripts/calibrate_words.py",
        "seed": arguments.seed,
        "pages": {
            COMPOSED: arguments.pages,
            PLAIN: arguments.plain,
            "each sheet": arguments.sheets,
            "of boxes": arguments.boxes,
            "of combs": arguments.combs,
        },
        "features": list(FEATURES),
        "weights": [round(float(v), 6) for v in w],
        "number_weights": [round(float(v), 6) for v in of_number],
        "mean": [round(float(v), 6) for v in mean],
        "scale": [round(float(v), 6) for v in scale],
        "figures": figures,
        "reliability": string_reliability(p, ty).round(4).tolist(),
        "risk": string_risk(p, ty).round(4).tolist(),
    }
    arguments.o.write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
