"""Costs over candidate cuts -> the best string.

Dynamic programming finds the cheapest way through a word's candidates (Liu et al. 2004; Oliveira et al. 2002, who also
use a reject output for fragments and merged pairs). Small marks may be passed over as separators. Leaves out: the
candidates (`lattice`) and what each costs (`plausibility`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from batchocr import ctc
from batchocr.elements import DIGITS, NOT_A_DIGIT, UNREADABLE, Box, Probs, Reading
from batchocr.lattice import Lattice, atoms_of
from batchocr.plausibility import PASSED, UNREAD, Costs
from batchocr.segmentation.segment import CandidateWord


@dataclass(frozen=True, slots=True)
class Decoded:
    """The best string of one word. confidence is not yet calibrated for strings."""

    text: str
    readings: tuple[Reading, ...]
    weakest: float  # the least sure reading's probability
    cuts: int  # cuts through ink on the best path
    merges: int  # components joined on the best path
    skipped: int  # marks passed over inside or at the ends
    trimmed: int  # unreadable glyphs left off at the ends
    box: Box


def evidence(word: CandidateWord, probs: Probs) -> float:
    """Share of the word's full glyphs that the network takes for digits. probs: (atoms, 11)."""
    seen = 1 - probs[:, NOT_A_DIGIT][word.full()]
    return float(seen.sum()) / len(seen)


def decode(lattice: Lattice, probs: Probs, costs: Costs) -> Decoded | None:
    """The best string, or None where the word is no number.

    probs: (edges, 11), in the edges' order. costs: of the same, as `plausibility.costs_of` gives them.
    """
    spans = [(edge.start, edge.stop) for edge in lattice.edges]
    return _read(lattice, cheapest_way(spans, costs), probs)


def spell(lattice: Lattice, probs: Probs, costs: Costs, text: str) -> tuple[float, Decoded] | None:
    """The cheapest way to read `text`, and its cost in nats; None where the pieces cannot be so many digits.

    What the text has no digit for is passed over, at the price of ink left unread. probs, costs: as in `decode`.
    """
    count, length = len(lattice.pieces), len(text)
    digits = [DIGITS.index(c) for c in text]
    as_digits, passed_over = costs[:, digits].tolist(), costs[:, PASSED:].min(axis=1).tolist()
    cost = [[math.inf] * (length + 1) for _ in range(count + 1)]
    back: dict[tuple[int, int], tuple[int, int, _Step]] = {}
    cost[0][0] = 0.0
    for index, edge in enumerate(lattice.edges):
        start, stop = edge.start, edge.stop
        passed, as_digit = passed_over[index], as_digits[index]
        for done in range(max(0, length - count + start), min(start, length) + 1):
            here = cost[start][done]
            if here + passed < cost[stop][done]:
                cost[stop][done] = here + passed
                back[stop, done] = (start, done, (PASSED, index))
            if done < length and here + as_digit[done] < cost[stop][done + 1]:
                cost[stop][done + 1] = here + as_digit[done]
                back[stop, done + 1] = (start, done, (digits[done], index))
    if cost[count][length] == math.inf or not length:
        return None
    path: list[_Step] = []
    at = (count, length)
    while at != (0, 0):
        start, done, step = back[at]
        path.append(step)
        at = (start, done)
    decoded = _read(lattice, path[::-1], probs)
    return None if decoded is None else (cost[count][length], decoded)


_Step = tuple[int, int]  # what an edge is read as, a digit, PASSED or UNREAD, and the edge's index


def cheapest_way(spans: Sequence[tuple[int, int]], costs: Costs) -> list[_Step]:
    """What is read along the cheapest way from left to right, and by which candidates; nothing where there is no way.

    spans: of each candidate its first piece and the one behind its last, in the order of where they start.
    """
    count = spans[-1][1] if spans else 0
    cost = [math.inf] * (count + 1)
    back: list[tuple[int, _Step] | None] = [None] * (count + 1)
    cost[0] = 0.0
    kinds, prices = costs.argmin(axis=1).tolist(), costs.min(axis=1).tolist()
    for index, (start, stop) in enumerate(spans):
        if cost[start] + prices[index] < cost[stop]:
            cost[stop], back[stop] = cost[start] + prices[index], (start, (kinds[index], index))
    path: list[_Step] = []
    stop = count
    while stop:
        came = back[stop]
        if came is None:
            return []
        stop, step = came
        path.append(step)
    return path[::-1]


def _read(lattice: Lattice, path: Sequence[_Step], probs: Probs) -> Decoded | None:
    """The path as text: unreadable ends trimmed, separators dropped."""
    digits = [n for n, (kind, _) in enumerate(path) if kind < PASSED]
    if not digits:
        return None
    inner = path[digits[0] : digits[-1] + 1]
    trimmed = _count(path, UNREAD) - _count(inner, UNREAD)
    readings: list[Reading] = []
    cuts, merges, weakest = 0, 0, 1.0
    for kind, index in inner:
        if kind == PASSED:
            continue
        edge, of_digit = lattice.edges[index], probs[index, :NOT_A_DIGIT].tolist()
        one, two = ctc.ranked(of_digit)[:2]
        if kind == UNREAD:
            reading = Reading(UNREADABLE, 0.0, DIGITS[one], of_digit[one], edge.box)
            weakest = 0.0
        else:
            one, two = kind, two if one == kind else one
            reading = Reading(DIGITS[one], of_digit[one], DIGITS[two], of_digit[two], edge.box)
            weakest = min(weakest, of_digit[one])
        readings.append(reading)
        cuts += edge.cuts
        merges += atoms_of(lattice, edge) - 1
    lefts, tops, rights, bottoms = zip(*(reading.box for reading in readings), strict=True)
    return Decoded(
        "".join(r.text for r in readings),
        tuple(readings),
        weakest,
        cuts,
        merges,
        _count(path, PASSED),
        trimmed,
        Box(min(lefts), min(tops), max(rights), max(bottoms)),
    )


def _count(path: Sequence[_Step], kind: int) -> int:
    return sum(one == kind for one, _ in path)
