"""What it costs to read each candidate as a digit, to leave it unread, or to pass over it.

The digit network sees a candidate without its size and place. A small dense network weighs what it says with how wide,
high and low the candidate is beside its word, what gaps and cuts are around it and how much ink it holds; its answers
are the costs of a conditional random field over all ways through a word's candidates (Lafferty et al. 2001), fitted by
`scripts/fit_cuts.py` so that what is written is likely among all that could be read. Leaves out: the candidates (`lattice`) and the way through them (`decode`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from statistics import median_high

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import DIGITS, NOT_A_DIGIT, Probs
from batchocr.lattice import MOST_MERGED, Lattice
from batchocr.segmentation.segment import SMALL_RATIO

PASSED, UNREAD = 10, 11  # columns of the costs behind those of the ten digits
LEAST = 1e-6  # keeps the logarithm of a probability finite
LEAST_OTHER = 1e-9  # the same of "not a digit", which is far surer
MOST_OTHER = 16.0  # nats for or against "not a digit": more says no more
FARTHEST = 1.5  # heights of the word: a gap as wide as this, or none at all beside the candidate
OVERLAPPING = -0.5  # heights: neighbours that overlap by more
UNKNOWN = -1.0  # deviations of "other ink" where a network does not know it: it takes everything for a digit
MOST_DEVIATIONS = 4.0  # a feature farther from what was fitted counts no more than this

FEATURES = (
    "width", "height", "below the top", "above the foot", "aspect", "one cut", "two cuts",
    *(f"{n} pieces" for n in range(1, MOST_MERGED + 1)), "joins", "gap before", "gap after", "first", "last",
    "part", "fill", "ink", "low", "in cells", "pieces of the word", *DIGITS, "surest", "second", "other ink",
)  # fmt: skip

JOINED = slice(FEATURES.index("1 pieces"), FEATURES.index("1 pieces") + MOST_MERGED)

Costs = NDArray[np.float64]  # (edges, 12) nats: as each digit, passed over, unread; inf where that may not be


def costs_of(lattices: Sequence[Lattice], probs: Sequence[Probs]) -> list[Costs]:
    """The costs of each lattice's candidates. probs: for each (edges, 11), what the digit network says of them.

    They add up to minus the natural logarithm of a way's probability among all ways through its word. That is seen to
    by sharing the word's total among its pieces, all of which every way takes.
    """
    if not lattices:
        return []
    said = np.concatenate(probs)
    features, digits = features_of(lattices, said)
    costs = np.where(may_be(features), -_weights().scores(features, digits), np.inf)
    totals = added_up(-costs).tolist()
    start, shares = 0, []
    for lattice in lattices:
        stop = start + len(lattice.edges)
        share = _total(lattice, totals[start:stop]) / len(lattice.pieces)
        shares += [share * (edge.stop - edge.start) for edge in lattice.edges]
        start = stop
    costs += np.array(shares)[:, None]
    return np.split(costs, np.cumsum([len(lattice.edges) for lattice in lattices])[:-1])


def _total(lattice: Lattice, scores: Sequence[float]) -> float:
    """The logarithm of the sum over all ways through a word, each the exponential of its score. scores: of each
    candidate, all that it may be read as together."""
    ways = [-math.inf] * (len(lattice.pieces) + 1)  # to each piece's end
    ways[0] = 0.0
    for edge, score in zip(lattice.edges, scores, strict=True):
        ways[edge.stop] = added(ways[edge.stop], ways[edge.start] + score)
    return ways[-1]


def added_up(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """(E,) for each row the logarithm of the sum of its exponentials. scores: (E, K), one of a row finite at least."""
    most = scores.max(axis=1)
    return np.asarray(most + np.log(np.exp(scores - most[:, None]).sum(axis=1)))


def added(a: float, b: float) -> float:
    """The logarithm of the sum of two exponentials, the first perhaps of minus infinity."""
    low, high = (a, b) if a < b else (b, a)
    return high + math.log1p(math.exp(low - high))


def features_of(lattices: Sequence[Lattice], probs: Probs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(E, 35) features of all candidates in the order of FEATURES, and (E, 10) natural logarithms of the network's
    probability of each digit if it is one. probs: (E, 11)."""
    digits = np.maximum(probs[:, :NOT_A_DIGIT].astype(np.float64), LEAST**2)
    whole = digits.sum(axis=1, keepdims=True)
    logs = np.log(np.maximum(digits / whole, LEAST))
    best = np.partition(logs, -2, axis=1)
    other = np.log(np.maximum(probs[:, NOT_A_DIGIT:], LEAST_OTHER)) - np.log(whole)
    if not probs[:, NOT_A_DIGIT].any():  # a network that does not know other ink
        other[:] = np.nan
    other = np.clip(other, -MOST_OTHER, MOST_OTHER) / 4
    return np.hstack([_shapes(lattices), np.exp(logs), best[:, -1:], best[:, -2:-1] / 4, other]), logs


def _shapes(lattices: Sequence[Lattice]) -> NDArray[np.float64]:
    """(E, 22): the features that are a candidate's place and shape."""
    of_words = np.repeat(
        [_of_word(lattice) for lattice in lattices], [len(one.edges) for one in lattices], axis=0
    )
    height, top, foot, in_cells, count = of_words.T
    rows = np.array([row for lattice in lattices for row in _places(lattice)], np.float64)
    left, upper, right, lower, first, last, cuts, joins, part, ink, reached, ahead = rows.T
    wide, high, joined = right - left, lower - upper, np.minimum(last - first, MOST_MERGED)
    gaps = np.clip(np.stack([left - reached, ahead - right]) / height, OVERLAPPING, FARTHEST)
    columns = [
        wide / height, high / height, (upper - top) / height, (foot - lower) / height, wide / np.maximum(high, 1),
        cuts == 1, cuts == 2, *(joined == n for n in range(1, MOST_MERGED + 1)), joins, *gaps, first == 0,
        last == count, part, ink / np.maximum(wide * high, 1), ink / height**2, high < SMALL_RATIO * height,
        in_cells, count / 8,
    ]  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float64)


def _of_word(lattice: Lattice) -> tuple[float, ...]:
    """Height, top and foot of a word's full glyphs, px; whether they stand in cells; of how many pieces it is."""
    word = lattice.word
    full = [atom.box for atom in word.full_atoms()]
    top, foot = median_high(box.top for box in full), median_high(box.bottom for box in full)
    return lattice.height, top, foot, word.in_cells, len(lattice.pieces)


def _places(lattice: Lattice) -> Iterator[tuple[float, ...]]:
    """Of each candidate its box, first piece and the one behind its last, cuts, joins, whether it is a part, its ink, and
    how far the pieces before it reach and where those behind begin, px."""
    pieces, parts = lattice.pieces, lattice.parts
    reached = [-math.inf, *accumulate((piece.box.right for piece in pieces), max)]
    ahead = [*list(accumulate((piece.box.left for piece in reversed(pieces)), min))[::-1], math.inf]
    for edge in lattice.edges:
        start, stop = edge.start, edge.stop
        joins = pieces[stop - 1].atom - pieces[start].atom
        ink = int(np.count_nonzero(edge.mask))
        yield (*edge.box, start, stop, edge.cuts, joins, start in parts, ink, reached[start], ahead[stop])


def may_be(features: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(E, 12): what each candidate may be read as, in the columns of the costs. features: as from `features_of`.

    Only what is whole is passed over or left unread: one low piece, or all that one component was cut into.
    """
    one, two, low, joins, single = (
        features[:, FEATURES.index(name)] for name in ("one cut", "two cuts", "low", "joins", "1 pieces")
    )
    whole = (one + two + joins) == 0
    passed = whole & (low > 0) & (single > 0)
    digits = np.ones((len(features), PASSED), bool)
    return np.column_stack([digits, passed, whole & ~passed])


@dataclass(frozen=True, slots=True)
class Weights:
    """The dense network: features as deviations from what was fitted on, one hidden layer, a score each for a digit, for
    passing over and for leaving unread. Which digit, the digit network alone says.

    mean, scale: (35,). hidden: (35, H). bias: (H,). out: (H, 3). offset: (3,). trust: (4,), how much the digit
    network's logarithms count for a candidate of so many pieces.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    hidden: NDArray[np.float64]
    bias: NDArray[np.float64]
    out: NDArray[np.float64]
    offset: NDArray[np.float64]
    trust: NDArray[np.float64]

    def deviations(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(E, 35) what the hidden layer takes."""
        far = (features - self.mean) / self.scale
        return np.clip(np.where(np.isnan(far), UNKNOWN, far), -MOST_DEVIATIONS, MOST_DEVIATIONS)

    def scores(self, features: NDArray[np.float64], digits: NDArray[np.float64]) -> NDArray[np.float64]:
        """(E, 12) nats, in the columns of the costs. digits: (E, 10), as from `features_of`."""
        kinds = np.tanh(self.deviations(features) @ self.hidden + self.bias) @ self.out + self.offset
        trust = features[:, JOINED] @ self.trust
        return np.hstack([kinds[:, :1] + trust[:, None] * digits, kinds[:, 1:]])


@lru_cache(maxsize=1)
def _weights() -> Weights:
    card = json.loads((files("batchocr") / "network" / "weights" / "cuts.json").read_text("utf-8"))
    return Weights(**{name: np.array(values, np.float64) for name, values in card["weights"].items()})
