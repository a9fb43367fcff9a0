"""Fit what candidates cost on synthetic strings with truth, and write network/weights/cuts.json.

    python scripts/fit_cuts.py --data ../shared/data/mnist --fonts fonts [--pages 120] [--lone 16000] [--seed 3]

The strings are in the hands of MNIST training writers and in fonts that the digit network did not learn from, on pages
as `compose.py` draws them and alone as `string_figures.py` draws them. The costs of a word's candidates are
those of a conditional random field: the weights of `batchocr.plausibility` are moved until what is written is as likely as
may be among all that the candidates could be read as (gradient by the forward and backward sums). A fifth of the pages and of
the writers who write alone is not fitted on, and shown. No real page is used.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from compose import Composer
from numpy.typing import NDArray
from string_figures import TOUCHING_GAP, drawn, scanned

from batchocr.decode import cheapest_way
from batchocr.elements import DIGITS, Box, Page, Predict
from batchocr.lattice import MOST_MERGED, Lattice
from batchocr.network.dataset import load_mnist
from batchocr.network.model import load_model
from batchocr.network.sliding import gather_hands
from batchocr.network.strings import Writer, complete
from batchocr.pipeline import PageStrings, read_strings
from batchocr.plausibility import (
    FEATURES,
    JOINED,
    PASSED,
    UNREAD,
    Weights,
    added,
    added_up,
    features_of,
    may_be,
)

HIDDEN = 32
OUTPUTS = 3  # a digit, passed over, unread
EPOCHS, BATCH, RATE = 14, 64, 6e-3
DECAY = 1e-4  # of the kernels, a batch
LEAST_SCALE = 0.05  # of a feature: one that hardly varies is not blown up
HELD = 5  # one page and one writer in so many is held back
COMBS = 9  # one page in so many is of digits in boxes
ALONE = 12  # pictures of one string for each page
LENGTHS = (1, 2, 2, 3, 4, 4, 5, 6, 6, 8, 10)
TOUCHING, RULED = 0.12, 0.12  # shares of the strings that stand alone
STRAYING = 0.35  # heights by which a word's ends may miss those of the number on it, both together
BESIDE = 0.2  # of the lower height, by which a word and a number lie beside each other
RELUCTANCE = (
    2.0  # nats by which ink left unread at the ends counts less among the ways to read what is written
)
NEVER = -1e30  # nats
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Number:
    """The candidates of one word that is a number: features (E, 35), digits (E, 10), allowed (E, 12), the pieces that each
    spans, from the first to the one behind its last, and what is written."""

    features: NDArray[np.float32]
    digits: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    spans: list[tuple[int, int]]
    text: str
    held: bool


def numbers_on(page: PageStrings, truth: Sequence[tuple[Box, str]], held: bool) -> Iterator[Number]:
    """The words of a page that are one number each, from end to end."""
    for heard in page.heard:
        if heard is None:
            continue
        box = page.box_back(heard.lattice.word.box)
        on = [(place, text) for place, text in truth if _lies_on(box, place)]
        if len(on) != 1:
            continue
        ((place, text),) = on
        if (
            not page.alone
            and abs(place.left - box.left) + abs(place.right - box.right) > STRAYING * box.height
        ):
            continue
        yield number_of(heard.lattice, heard.probs, text, held)


def number_of(lattice: Lattice, probs: NDArray[np.float32], text: str, held: bool) -> Number:
    features, digits = features_of([lattice], probs)
    return Number(
        features.astype(np.float32),
        digits.astype(np.float32),
        may_be(features),
        [(edge.start, edge.stop) for edge in lattice.edges],
        text,
        held,
    )


def _lies_on(box: Box, place: Box) -> bool:
    across = min(place.right, box.right) - max(place.left, box.left)
    down = min(place.bottom, box.bottom) - max(place.top, box.top)
    return across > 0 and down > BESIDE * min(box.height, place.height)


def loss_and_gradient(number: Number, scores: Values) -> tuple[float, Values] | None:
    """Nats by which what is written falls short of certainty, and what moves it: (E, 12), by each score.

    None where the candidates cannot be read so. scores: (E, 12), NEVER where it may not be. Ink may be left unread at the
    ends of what is written, which marks are, and nowhere else; less readily than the scores have it, since a piece of a
    broken digit is no mark.
    """
    (starts, stops), text = zip(*number.spans, strict=True), number.text
    count, length, edges = stops[-1], len(text), range(len(starts))
    totals = added_up(scores).tolist()
    before, behind = [NEVER] * (count + 1), [NEVER] * (count + 1)
    before[0] = behind[count] = 0.0
    for e in edges:
        before[stops[e]] = added(before[stops[e]], before[starts[e]] + totals[e])
    for e in reversed(edges):
        behind[starts[e]] = added(behind[starts[e]], behind[stops[e]] + totals[e])
    digits = [DIGITS.index(c) for c in text]
    rows = scores.tolist()
    inside = [row[PASSED] for row in rows]
    outside = [added(row[PASSED], row[UNREAD] - RELUCTANCE) for row in rows]
    told = [[NEVER] * (length + 1) for _ in range(count + 1)]
    left = [[NEVER] * (length + 1) for _ in range(count + 1)]
    told[0][0] = left[count][length] = 0.0
    for e in edges:
        here, there = told[starts[e]], told[stops[e]]
        for done in _possible(starts[e], count, length):
            none = outside[e] if done in (0, length) else inside[e]
            there[done] = added(there[done], here[done] + none)
            if done < length:
                there[done + 1] = added(there[done + 1], here[done] + rows[e][digits[done]])
    whole, written = before[count], told[count][length]
    if written < NEVER / 2:
        return None
    gradient = np.zeros_like(scores)
    for e in reversed(edges):
        here, there, back = told[starts[e]], left[stops[e]], left[starts[e]]
        for done in _possible(starts[e], count, length):
            at_end = done in (0, length)
            none = outside[e] if at_end else inside[e]
            back[done] = added(back[done], there[done] + none)
            for kind in (PASSED, UNREAD) if at_end else (PASSED,):
                score = rows[e][kind] - RELUCTANCE * (kind == UNREAD)
                gradient[e, kind] -= math.exp(here[done] + score + there[done] - written)
            if done < length:
                digit = rows[e][digits[done]]
                back[done] = added(back[done], there[done + 1] + digit)
                gradient[e, digits[done]] -= math.exp(here[done] + digit + there[done + 1] - written)
    around = np.array([before[starts[e]] + behind[stops[e]] - whole for e in edges])
    return whole - written, gradient + np.exp(scores + around[:, None])


def _possible(start: int, count: int, length: int) -> range:
    """How many digits may be told before a candidate that starts there."""
    return range(max(0, length - count + start), min(start, length) + 1)


class Learner:
    """The weights and Adam's memory of them."""

    def __init__(self, mean: Values, scale: Values, rng: np.random.Generator) -> None:
        count = len(mean)
        self.weights = Weights(
            mean,
            scale,
            rng.normal(0, 1 / math.sqrt(count), (count, HIDDEN)),
            np.zeros(HIDDEN),
            rng.normal(0, 0.05, (HIDDEN, OUTPUTS)),
            np.zeros(OUTPUTS),
            np.ones(MOST_MERGED),
        )
        self._moments: dict[str, tuple[Values, Values]] = {}
        self._steps = 0

    def scores(self, numbers: Sequence[Number]) -> Values:
        """(E, 12) of all their candidates."""
        features, digits, allowed = (
            np.concatenate([getattr(n, name) for n in numbers]) for name in ("features", "digits", "allowed")
        )
        return np.where(allowed, self.weights.scores(features.astype(np.float64), digits), NEVER)

    def learn(self, numbers: Sequence[Number], gradient: Values, rate: float) -> None:
        """Move the weights against a gradient by each score: (E, 12)."""
        features, digits = (
            np.concatenate([getattr(n, name) for n in numbers]).astype(np.float64)
            for name in ("features", "digits")
        )
        known = self.weights
        taken = known.deviations(features)
        hidden = np.tanh(taken @ known.hidden + known.bias)
        of_digits = gradient[:, :PASSED]
        kinds = np.hstack([of_digits.sum(axis=1, keepdims=True), gradient[:, PASSED:]])
        through = (kinds @ known.out.T) * (1 - hidden**2)
        trusted = (of_digits * digits).sum(axis=1)
        by_name = {
            "hidden": taken.T @ through,
            "bias": through.sum(axis=0),
            "out": hidden.T @ kinds,
            "offset": kinds.sum(axis=0),
            "trust": features[:, JOINED].T @ trusted,
        }
        self._steps += 1
        for name, total in by_name.items():
            values = getattr(known, name)
            mean = total / len(numbers) + (DECAY * values if values.ndim > 1 else 0.0)
            first_moment, second = self._moments.get(name, (np.zeros_like(values), np.zeros_like(values)))
            first_moment, second = 0.9 * first_moment + 0.1 * mean, 0.999 * second + 0.001 * mean**2
            self._moments[name] = first_moment, second
            values -= (
                rate
                * (first_moment / (1 - 0.9**self._steps))
                / (np.sqrt(second / (1 - 0.999**self._steps)) + 1e-8)
            )


def best_text(number: Number, scores: Values) -> str:
    """What the likeliest way through reads, with ink left unread inside it as UNREAD marks."""
    path = cheapest_way(number.spans, -scores)
    return "".join("" if k == PASSED else "?" if k == UNREAD else DIGITS[k] for k, _ in path).strip("?")


def fit(numbers: Sequence[Number], rng: np.random.Generator) -> tuple[Weights, dict[str, Any]]:
    """The weights, and how they do on what is held back."""
    learnt, held = [n for n in numbers if not n.held], [n for n in numbers if n.held]
    whole = np.concatenate([n.features for n in learnt]).astype(np.float64)
    learner = Learner(whole.mean(axis=0), whole.std(axis=0) + LEAST_SCALE, rng)
    del whole
    batches = math.ceil(len(learnt) / BATCH)
    step = 0
    for epoch in range(EPOCHS):
        total, impossible = 0.0, 0
        order = rng.permutation(len(learnt))
        for start in range(0, len(order), BATCH):
            some = [learnt[i] for i in order[start : start + BATCH]]
            scores = learner.scores(some)
            gradient = np.zeros_like(scores)
            for at, number in _places(some):
                found = loss_and_gradient(number, scores[at])
                if found is None:
                    impossible += 1
                    continue
                total += found[0]
                gradient[at] = np.clip(found[1], -1, 1)
            rate = RATE * min(1.0, (step + 1) / 20)
            rate *= 0.5 + 0.5 * math.cos(math.pi * step / (EPOCHS * batches))
            learner.learn(some, gradient, rate)
            step += 1
        print(f"epoch {epoch + 1}: {total / max(1, len(learnt) - impossible):.4f} nats a word", flush=True)
    scores = learner.scores(held)
    right = [best_text(number, scores[at]) == number.text for at, number in _places(held)]
    nats = [found[0] for at, number in _places(held) if (found := loss_and_gradient(number, scores[at]))]
    return learner.weights, {
        "words_fitted": len(learnt),
        "words_held": len(held),
        "right_of_held": round(float(np.mean(right)), 4),
        "nats_of_held": round(float(np.mean(nats)), 4),
        "not_among_the_candidates": round(1 - len(nats) / max(1, len(held)), 4),
    }


def _places(numbers: Sequence[Number]) -> Iterator[tuple[slice, Number]]:
    start = 0
    for number in numbers:
        yield slice(start, start + len(number.spans)), number
        start += len(number.spans)


_composer: list[tuple[Composer, Sequence[Writer]]] = []  # of a process that reads


def _take(composer: Composer, writers: Sequence[Writer]) -> None:
    cv2.setNumThreads(1)
    _composer.append((composer, writers))


def _numbers(task: tuple[str, int, int]) -> list[Number]:
    """One page with the pictures that go with it, or so many strings alone."""
    kind, seed, number = task
    composer, writers = _composer[0]
    rng, predict = np.random.default_rng([seed, kind == "page", number]), load_model()
    if kind == "page":
        held = number % HELD == 0
        sheets = [composer.page(rng, "combs" if number % COMBS == 4 else None)]
        sheets += [composer.alone(rng) for _ in range(ALONE)]
        return [
            n
            for sheet in sheets
            for n in numbers_on(read_strings(Page(sheet.image), predict), sheet.truth, held)
        ]
    return _alone(writers, predict, rng)


def _alone(writers: Sequence[Writer], predict: Predict, rng: np.random.Generator) -> list[Number]:
    who = int(rng.integers(len(writers)))
    length = int(rng.choice(LENGTHS))
    text = "".join(map(str, rng.integers(0, 10, length)))
    gap = TOUCHING_GAP if rng.random() < TOUCHING else None
    line = drawn(text, writers[who], gap, bool(rng.random() < RULED), rng)
    page = read_strings(Page(scanned(line, rng)), predict)
    heard = [one for one in page.heard if one is not None]
    if len(heard) != 1:
        return []
    return [number_of(heard[0].lattice, heard[0].probs, text, who % HELD == 0)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/mnist"))
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--lone", type=int, default=16000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("-o", type=Path, default=Path("batchocr/network/weights/cuts.json"))
    arguments = parser.parse_args()
    hands = gather_hands(load_mnist(arguments.data), arguments.fonts, held_out=True)
    writers = complete(hands.writers)
    others = [writer for n, writer in enumerate(writers) if n % HELD]  # write on pages
    tasks = [("page", arguments.seed, n) for n in range(arguments.pages)]
    tasks += [("lone", arguments.seed, n) for n in range(arguments.lone)]
    given = (Composer(replace(hands, writers=others)), writers)
    with multiprocessing.get_context("fork").Pool(initializer=_take, initargs=given) as pool:
        numbers = [n for some in pool.map(_numbers, tasks, chunksize=8) for n in some]
    weights, figures = fit(numbers, np.random.default_rng(arguments.seed))
    card = {
        "made_by": "scripts/fit_cuts.py",
        "seed": arguments.seed,
        "pages": arguments.pages,
        "lone": arguments.lone,
        "features": list(FEATURES),
        "figures": figures,
        "weights": {name: np.round(getattr(weights, name), 4).tolist() for name in Weights.__slots__},
    }
    arguments.o.write_text(json.dumps(card) + "\n", "utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
