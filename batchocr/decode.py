"""Probabilities over candidate cuts -> the best string.

A word is a row of pieces: its components, the wide ones cut where they may be cut. Runs of up to four pieces
are candidates; each is judged by the network; dynamic programming finds the cheapest way through (Liu et al.
2004; Oliveira et al. 2002, who also use a reject output for fragments and merged pairs). Small marks may be
passed over as separators. Pure: the network is a function that is handed in by the pipeline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr import ctc
from batchocr.elements import DIGITS, NOT_A_DIGIT, UNREADABLE, Box, Probs, Reading
from batchocr.segmentation.cuts import propose_cuts
from batchocr.segmentation.segment import SMALL_RATIO, Atom, CandidateWord, tighten

MOST_MERGED = 4  # pieces in one candidate
WIDEST_GLYPH = 1.5  # heights of the word: no digit is wider
CUT_WIDTH = 0.62  # heights of the word: narrower components are never cut
DIGIT_WIDTH = 0.62  # heights of the word: a usual digit's width, to guess how many a blob holds
MERGE_GAP = 0.18  # heights of the word: parts of one broken digit lie no farther apart
SURE_DIGIT = 0.9  # a component this surely a digit is neither cut nor joined
WIDEST_SURE = 1.1  # heights: a wider one is looked at all the same
TALL_SEPARATOR_WIDTH = 0.45  # heights: a slash or bracket is no wider
SKIP_COST = 0.05  # nats for passing over a dot or dash
PART_WIDTH = 0.2  # heights of the word: a narrower mark is a point
PART_OVERLAP = 0.5  # of its width that a broken-off part lies above or below its glyph
PART_COST = 1.5  # nats for passing over such a part
UNREADABLE_COST = 2.3  # nats for leaving ink unread: a digit the network gives one in ten
CUT_COST = 0.25  # nats a cut through ink
LOW_GLYPH_COST = 2.0  # nats for a digit much lower than its word
FLOOR = 1e-6


class Piece(NamedTuple):  # thousands are made of a page: a named tuple is made four times as fast
    """A component, or its share between two cuts. whole: no cut touches it. atom: its index in the word."""

    box: Box
    mask: NDArray[np.bool_]
    atom: int
    first: bool
    last: bool


class Edge(NamedTuple):  # as above
    """A candidate glyph: pieces start..stop-1 of a word, its box and own ink (h, w) bool."""

    start: int
    stop: int
    box: Box
    mask: NDArray[np.bool_]
    cuts: int  # how many of its sides are cuts through ink
    atom: int | None  # of the word, where the candidate is just that one whole


@dataclass(frozen=True, slots=True)
class Lattice:
    """A word's pieces and the candidates over them, which come in the order of where they start."""

    word: CandidateWord
    height: float  # px: the height of the word's full glyphs
    pieces: tuple[Piece, ...]
    edges: tuple[Edge, ...]
    parts: frozenset[int]  # pieces that lie above or below a full glyph: more likely parts of it than marks


@dataclass(frozen=True, slots=True)
class Decoded:
    """The best string of one word. confidence is not yet calibrated for strings."""

    text: str
    readings: tuple[Reading, ...]
    log_probability: float  # nats: sum over readings of log p
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


def build_lattice(word: CandidateWord, probs: Probs) -> Lattice:
    """Pieces and candidates of one word. probs: (atoms, 11), the network's word on whole atoms."""
    height = word.height()
    sure = probs[:, :NOT_A_DIGIT].max(axis=1) >= SURE_DIGIT
    sure_but_one = (
        sure & (probs.argmax(axis=1) != 1)
    ).tolist()  # a lone stroke may be half of a broken digit
    pieces: list[Piece] = []
    for index, atom in enumerate(word.atoms):
        whole = word.in_cells or not _may_be_cut(atom, height, bool(sure[index]))
        pieces += [Piece(atom.box, atom.mask, index, True, True)] if whole else _cut(atom, index, height)
    parts = _parts(word, height)
    is_part = [index in parts for index in range(len(word.atoms))]
    edges = []
    most_merged = 1 if word.in_cells else MOST_MERGED
    for start, first in enumerate(pieces):
        cuts = not first.first
        edges.append(Edge(start, start + 1, first.box, first.mask, cuts + (not first.last), _whole(first)))
        box = first.box
        for stop in range(start + 2, min(len(pieces), start + most_merged) + 1):
            last = pieces[stop - 1]
            if last.atom > first.atom:
                if last.box.left - box.right > MERGE_GAP * height:
                    break
                atoms = slice(first.atom, last.atom + 1)
                if True in sure_but_one[atoms] and True not in is_part[atoms]:
                    break
            box = box.union(last.box)
            if box.right - box.left > WIDEST_GLYPH * height:
                break
            edges.append(
                Edge(start, stop, box, _merged(pieces[start:stop], box), cuts + (not last.last), None)
            )
    beside = frozenset(n for n, piece in enumerate(pieces) if piece.atom in parts)
    return Lattice(word, height, tuple(pieces), tuple(edges), beside)


def _parts(word: CandidateWord, height: float) -> frozenset[int]:
    """Low atoms most of whose width lies above or below a full one: a 5's flag, the foot of a broken 2."""
    if word.full().all():
        return frozenset()
    boxes, is_full = [atom.box for atom in word.atoms], word.full().tolist()
    full = [box for box, of_full in zip(boxes, is_full, strict=True) if of_full]
    return frozenset(
        n
        for n, (left, _, right, _) in enumerate(boxes)
        if not is_full[n]
        and right - left >= PART_WIDTH * height
        and any(min(right, b.right) - max(left, b.left) >= PART_OVERLAP * (right - left) for b in full)
    )


def _may_be_cut(atom: Atom, height: float, sure: bool) -> bool:
    """Whether an atom is wide and high enough to be several digits. sure: it is surely one."""
    width = atom.box.width
    if width < CUT_WIDTH * height or atom.box.height < SMALL_RATIO * height:
        return False
    return not sure or width >= WIDEST_SURE * height


def _cut(atom: Atom, index: int, height: float) -> list[Piece]:
    width = atom.box.width
    expected = max(2, round(width / (DIGIT_WIDTH * height)))
    columns = [0, *propose_cuts(atom.mask, expected - 1), width]
    found = []
    for left, right in zip(columns, columns[1:], strict=False):
        box, mask = tighten(atom.mask[:, left:right], atom.box.left + left, atom.box.top)
        if mask.size:
            found.append((box, mask))
    last = len(found) - 1
    return [Piece(b, m, index, n == 0, n == last) for n, (b, m) in enumerate(found)]


def _whole(piece: Piece) -> int | None:
    """The atom that the piece is all of, if it is."""
    return piece.atom if piece.first and piece.last else None


def _merged(run: Sequence[Piece], box: Box) -> NDArray[np.bool_]:
    """The ink of neighbouring pieces in their common box: (h, w) bool."""
    mask = np.zeros((box.height, box.width), bool)
    for piece in run:
        y, x = piece.box.top - box.top, piece.box.left - box.left
        mask[y : y + piece.box.height, x : x + piece.box.width] |= piece.mask
    return mask


def decode(lattice: Lattice, probs: Probs) -> Decoded | None:
    """The best string, or None where the word is no number. probs: (edges, 11), in the edges' order."""
    path = _best_path(lattice, probs)
    return _read(lattice, path, probs)


def spell(lattice: Lattice, probs: Probs, text: str) -> tuple[float, Decoded] | None:
    """The cheapest way to read `text`, and its cost in nats; None where the pieces cannot be so many digits.

    What the text has no digit for is passed over, at the price of ink left unread. probs: (edges, 11).
    """
    count, length = len(lattice.pieces), len(text)
    digits = [DIGITS.index(c) for c in text]
    prices, dearer = _prices(lattice, probs), _dearer(lattice, probs, digits)
    cost = [[math.inf] * (length + 1) for _ in range(count + 1)]
    back: dict[tuple[int, int], tuple[int, int, int, int]] = {}
    cost[0][0] = 0.0
    for index, edge in enumerate(lattice.edges):
        start, stop = edge.start, edge.stop
        as_digit, *others = (price for _, price in prices[index])
        passed = min(others, default=math.inf)
        for done in range(max(0, length - count + start), min(start, length) + 1):
            here = cost[start][done]
            if here + passed < cost[stop][done]:
                cost[stop][done] = here + passed
                back[stop, done] = (start, done, _SKIP, index)
            if done < length and here + as_digit + dearer[index][done] < cost[stop][done + 1]:
                cost[stop][done + 1] = here + as_digit + dearer[index][done]
                back[stop, done + 1] = (start, done, _DIGIT, index)
    if cost[count][length] == math.inf or not length:
        return None
    path: list[tuple[int, int]] = []
    at = (count, length)
    while at != (0, 0):
        start, done, kind, index = back[at]
        path.append((kind, index))
        at = (start, done)
    decoded = _read(lattice, path[::-1], probs, digits)
    return None if decoded is None else (cost[count][length], decoded)


_SKIP, _DIGIT, _UNREAD = 0, 1, 2
_Step = tuple[int, int, int]  # start, kind, index of the edge (or -1)


def _best_path(lattice: Lattice, probs: Probs) -> list[tuple[int, int]]:
    """(kind, index of the edge) from left to right along the cheapest way."""
    count = len(lattice.pieces)
    cost = [math.inf] * (count + 1)
    back: list[_Step | None] = [None] * (count + 1)
    cost[0] = 0.0
    prices = _prices(lattice, probs)
    for index, edge in enumerate(lattice.edges):
        start, stop = edge.start, edge.stop
        for kind, price in prices[index]:
            if cost[start] + price < cost[stop]:
                cost[stop], back[stop] = cost[start] + price, (start, kind, index)
    path: list[tuple[int, int]] = []
    stop = count
    while stop:
        step = back[stop]
        if step is None:
            return []
        path.append((step[1], step[2]))
        stop = step[0]
    return path[::-1]


def _prices(lattice: Lattice, probs: Probs) -> list[list[tuple[int, float]]]:
    """For each edge what it may stand for, a digit first, and what that costs, in nats."""
    least = SMALL_RATIO * lattice.height
    prices = []
    best, rejected = probs[:, :NOT_A_DIGIT].max(axis=1).tolist(), probs[:, NOT_A_DIGIT].tolist()
    for edge, of_digit, of_none in zip(lattice.edges, best, rejected, strict=True):
        cover = edge.stop - edge.start  # or fewer and larger candidates would always be cheaper
        low = edge.box.bottom - edge.box.top < least
        digit = -math.log(max(of_digit, FLOOR)) * cover + CUT_COST * edge.cuts + LOW_GLYPH_COST * low
        kinds = [(_DIGIT, digit)]
        if cover == 1 and not edge.cuts:
            if low:
                kinds.append((_SKIP, PART_COST if edge.start in lattice.parts else SKIP_COST))
            else:
                kinds.append((_UNREAD, UNREADABLE_COST - 0.3 * math.log(max(of_none, 0.02))))
        elif not edge.cuts and _atoms(lattice, edge) == 1:
            kinds.append((_UNREAD, UNREADABLE_COST + 0.5))
        prices.append(kinds)
    return prices


def _dearer(lattice: Lattice, probs: Probs, digits: Sequence[int]) -> list[list[float]]:
    """For each edge how much dearer each of the digits is than its likeliest one, in nats."""
    logs = np.log(np.maximum(probs[:, :NOT_A_DIGIT], FLOOR))
    cover = np.array([edge.stop - edge.start for edge in lattice.edges])
    dearer: list[list[float]] = (
        (logs.max(axis=1, keepdims=True) - logs[:, digits]) * cover[:, None]
    ).tolist()
    return dearer


def _atoms(lattice: Lattice, edge: Edge) -> int:
    """How many atoms of the word a candidate is made of."""
    return lattice.pieces[edge.stop - 1].atom - lattice.pieces[edge.start].atom + 1


def _read(
    lattice: Lattice, path: list[tuple[int, int]], probs: Probs, wanted: Sequence[int] | None = None
) -> Decoded | None:
    """The path as text: unreadable ends trimmed, separators dropped. wanted: the digits, where they are given."""
    kinds = [kind for kind, _ in path]
    digits = [n for n, kind in enumerate(kinds) if kind == _DIGIT]
    if not digits:
        return None
    inner = path[digits[0] : digits[-1] + 1]
    trimmed = kinds.count(_UNREAD) - sum(kind == _UNREAD for kind, _ in inner)
    readings: list[Reading] = []
    cuts, merges, total, weakest = 0, 0, 0.0, 1.0
    for kind, index in inner:
        if kind == _SKIP:
            continue
        edge, of_digit = lattice.edges[index], probs[index, :NOT_A_DIGIT].tolist()
        one, two = ctc.ranked(of_digit)[:2]
        if kind == _UNREAD:
            reading = Reading(UNREADABLE, 0.0, DIGITS[one], of_digit[one], edge.box)
            total += math.log(0.05)
            weakest = 0.0
        else:
            if wanted is not None:
                at = wanted[len(readings)]
                one, two = at, two if one == at else one
            reading = Reading(DIGITS[one], of_digit[one], DIGITS[two], of_digit[two], edge.box)
            total += math.log(max(of_digit[one], FLOOR))
            weakest = min(weakest, of_digit[one])
        readings.append(reading)
        cuts += edge.cuts
        merges += _atoms(lattice, edge) - 1
    lefts, tops, rights, bottoms = zip(*(reading.box for reading in readings), strict=True)
    return Decoded(
        "".join(r.text for r in readings),
        tuple(readings),
        total,
        weakest,
        cuts,
        merges,
        kinds.count(_SKIP),
        trimmed,
        Box(min(lefts), min(tops), max(rights), max(bottoms)),
    )
