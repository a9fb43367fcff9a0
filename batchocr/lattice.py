"""A word -> its candidates: the digits that its ink may be cut into.

A word is a row of pieces: its components, the wide ones cut where they may be cut. Runs of up to four pieces are
candidates (over-segmentation, Casey & Lecolinet 1996). Leaves out: what each candidate costs (`plausibility`), and the
best way through them (`decode`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Probs
from batchocr.segmentation.cuts import propose_cuts
from batchocr.segmentation.segment import SMALL_RATIO, Atom, CandidateWord, merged, tighten

MOST_MERGED = 4  # pieces in one candidate
WIDEST_GLYPH = 1.5  # heights of the word: no digit is wider,
WIDEST_WHOLE = 2.0  # but one that lies flat
CUT_WIDTH = 0.62  # heights of the word: narrower components are never cut
DIGIT_WIDTH = 0.62  # heights of the word: a usual digit's width, to guess how many a blob holds
MERGE_GAP = 0.18  # heights of the word: parts of one broken digit lie no farther apart
SURE_DIGIT = 0.9  # a component this surely a digit is neither cut nor joined
WIDEST_SURE = 1.1  # heights: a wider one is looked at all the same
PART_WIDTH = 0.2  # heights of the word: a narrower mark is a point
PART_OVERLAP = 0.5  # of its width that a broken-off part lies above or below its glyph


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
    counts = np.bincount([piece.atom for piece in pieces], minlength=len(word.atoms)).tolist()
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
            mask = merged([(piece.box, piece.mask) for piece in pieces[start:stop]], box)
            edges.append(Edge(start, stop, box, mask, cuts + (not last.last), None))
        if first.first and counts[first.atom] > 1:
            atom, stop = word.atoms[first.atom], start + counts[first.atom]
            if stop > edges[-1].stop and atom.box.width <= WIDEST_WHOLE * height:
                edges.append(Edge(start, stop, atom.box, atom.mask, 0, first.atom))
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


def atoms_of(lattice: Lattice, edge: Edge) -> int:
    """How many atoms of the word a candidate is made of."""
    return lattice.pieces[edge.stop - 1].atom - lattice.pieces[edge.start].atom + 1
