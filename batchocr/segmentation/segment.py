"""Ink -> candidate words: chains of atoms, an atom being a component or its share of one.

Rules and frames go first, then specks and what is far too large to be writing; what is left is chained into
words. Leaves out: which atoms are digits (the network's and the decoder's).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.rules import LARGE_HEIGHTS, Rules, remove_rules
from batchocr.segmentation.components import Components, find_components, writing_height
from batchocr.segmentation.lines import find_chains

SPECK_HEIGHTS = 0.14  # writing heights: a mark smaller than this both ways is a speck
SMALL_HEIGHTS = 0.42  # writing heights: what is lower than this is no digit by itself
TALLEST_HEIGHTS = 5.0  # writing heights: anything taller is no writing
WIDEST_HEIGHTS = 16.0  # writing heights: anything wider is no run of touching digits
RULE_PIECE_ASPECT = 4.5  # length / thickness of what may be left of a broken rule
RULE_PIECE_REACH = 0.25  # writing heights beside a rule's line where its pieces lie
HAIR_WIDTH = 0.2  # writing heights: an upright piece this thin may be what is left of a faint ruled line
HAIR_ASPECT = 1.5  # height / width of such a piece
HAIR_LENGTH = 2.2  # writing heights: a thin upright piece this tall is a rule by itself
COLUMN_WIDTH = 0.35  # writing heights within which the pieces of one broken rule lie
COLUMN_PIECES = 5  # fewer pieces one below the other may be digits 1
COLUMN_COVER = 3.5  # writing heights of ink that a broken rule shows at least
BAND_HEIGHTS = 16  # writing heights: a rule is followed over so much of the page at a time, as pages are not quite level


@dataclass(frozen=True, slots=True)
class Atom:
    """Ink that no cut divides: box in px of the ink, (h, w) bool mask of its own ink only."""

    box: Box
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CandidateWord:
    """Atoms left to right that may be one string, and their common box."""

    atoms: tuple[Atom, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The candidate words of one page, the writing's height in px, and the rules that were removed."""

    words: tuple[CandidateWord, ...]
    writing_height: float
    rules: Rules


def segment(ink: Ink) -> Segmentation:
    """Candidate words of (H, W) bool ink."""
    whole = find_components(ink)
    height = writing_height(whole)
    if not height:
        return Segmentation((), 0.0, Rules(ink, (), ()))
    rules = _without_rules(ink, whole, height)
    components = find_components(rules.ink) if rules.ink is not ink else whole
    height = writing_height(components) or height
    rules = replace(rules, vertical=rules.vertical + _broken_rules(components, height))
    kept = np.flatnonzero(_writing(components, height) & ~_rule_pieces(components, rules, height))
    boxes = components.boxes[kept]
    small = (boxes[:, 3] - boxes[:, 1]) < SMALL_HEIGHTS * height
    words = []
    for chain in find_chains(boxes, small, rules.vertical):
        atoms = [Atom(components.box(kept[m]), components.mask(kept[m])) for m in chain.members]
        words.append(CandidateWord(tuple(atoms), chain.box))
    return Segmentation(tuple(words), height, rules)


def _sizes(components: Components) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    boxes = components.boxes
    return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


def _without_rules(ink: Ink, components: Components, height: float) -> Rules:
    widths, heights = _sizes(components)
    large = np.maximum(widths, heights) > LARGE_HEIGHTS * height
    if not large.any():
        return Rules(ink, (), ())
    return remove_rules(ink, components.select(large), height)


def _writing(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool: neither speck nor far too large, relative to the writing."""
    widths, heights = _sizes(components)
    longest = np.maximum(widths, heights)
    speck = (longest < SPECK_HEIGHTS * height) | (components.areas < 3)
    return ~speck & (heights <= TALLEST_HEIGHTS * height) & (widths <= WIDEST_HEIGHTS * height)


def _broken_rules(components: Components, height: float) -> tuple[Box, ...]:
    """Upright ruled lines so faint that only pieces of them are ink: many thin pieces one below the other."""
    widths, heights = _sizes(components)
    thin = (widths <= max(3.0, HAIR_WIDTH * height)) & (heights >= HAIR_ASPECT * widths) & (heights >= 3)
    pieces = components.boxes[thin]
    rules = [Box(*(int(v) for v in b)) for b in pieces[pieces[:, 3] - pieces[:, 1] >= HAIR_LENGTH * height]]
    if len(pieces) < COLUMN_PIECES:
        return tuple(rules)
    middles = (pieces[:, 1] + pieces[:, 3]) / 2
    band = BAND_HEIGHTS * height
    last = max(0.0, components.labels.shape[0] - band)
    for top in [*np.arange(0, last, band / 2), last]:
        rules += _columns(pieces[(middles >= top) & (middles < top + band)], height)
    return tuple(rules)


def _columns(pieces: NDArray[np.int32], height: float) -> list[Box]:
    """Boxes around pieces, (N, 4) px, that stand in one column and cover enough of it."""
    pieces = pieces[np.argsort(pieces[:, 0] + pieces[:, 2], kind="stable")]
    centres = (pieces[:, 0] + pieces[:, 2]) / 2
    found, start = [], 0
    while start < len(pieces):
        stop = int(np.searchsorted(centres, centres[start] + COLUMN_WIDTH * height, side="right"))
        column = pieces[start:stop]
        cover = (column[:, 3] - column[:, 1]).sum()
        if len(column) >= COLUMN_PIECES and cover >= COLUMN_COVER * height:
            low, high = column.min(axis=0), column.max(axis=0)
            found.append(Box(int(low[0]), int(low[1]), int(high[2]), int(high[3])))
            start = stop
        else:
            start += 1
    return found


def _rule_pieces(components: Components, rules: Rules, height: float) -> NDArray[np.bool_]:
    """(N,) bool: thin pieces that lie on the line of a rule, left where the rule is broken or ragged."""
    widths, heights = _sizes(components)
    on_upright = (heights >= RULE_PIECE_ASPECT * widths) | (
        (widths <= max(3.0, HAIR_WIDTH * height)) & (heights >= HAIR_ASPECT * widths)
    )
    on_flat = widths >= RULE_PIECE_ASPECT * heights
    reach = max(2.0, RULE_PIECE_REACH * height)
    left, top, right, bottom = components.boxes.T
    pieces = np.zeros(len(components), bool)
    for rule in rules.vertical:
        beside = (left >= rule.left - reach) & (right <= rule.right + reach)
        pieces |= on_upright & beside & (bottom >= rule.top - height) & (top <= rule.bottom + height)
    for rule in rules.horizontal:
        near = (top >= rule.top - reach) & (bottom <= rule.bottom + reach)
        pieces |= on_flat & near
    return pieces
