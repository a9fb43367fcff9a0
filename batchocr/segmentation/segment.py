"""Ink -> candidate words: chains of atoms, an atom being a component or its share of one.

Rules and frames go first, then specks and what is far too large to be writing; what is left is chained into
words. Leaves out: which atoms are digits (the network's and the decoder's).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.rules import LARGE_HEIGHTS, Rules, remove_rules
from batchocr.segmentation.columns import mend_by_columns
from batchocr.segmentation.components import Components, find_components, writing_height
from batchocr.segmentation.lines import find_chains

SMALL_RATIO = 0.5  # of a word's height: what is lower may be a separator
LONE_HEIGHTS = 2.5  # a picture no higher than so many heights of its writing holds one line of it
LONE_ASPECT = 1.2  # width / height of such a picture at least
SPECK_HEIGHTS = 0.14  # writing heights: a mark smaller than this both ways is a speck
SMALL_HEIGHTS = 0.42  # writing heights: what is lower than this is no digit by itself
TALLEST_HEIGHTS = 5.0  # writing heights: anything taller is no writing
WIDEST_HEIGHTS = 16.0  # writing heights: anything wider is no run of touching digits
CHIP_ASPECT = 1.8  # height / width of a small mark that is no point, comma or dash
RULE_PIECE_ASPECT = 4.5  # length / thickness of what may be left of a broken rule
RULE_PIECE_REACH = 0.25  # writing heights beside a rule's line where its pieces lie
LINE_LENGTH = 1.4  # writing heights: so is one this tall,
LINE_ASPECT = 13  # if it is so many times as tall as it is wide
CROSSING_HEIGHTS = 2.4  # writing heights: a crossing of rules is at least so large
RAGGED_HEIGHTS = 0.12  # writing heights by which a worn rule strays from its line
CROSSING_FILL = 0.35  # ink / box: and no fuller than this
CROSSING_SHARE = 0.8  # of its box that its longest row and its longest column fill
HAIR_WIDTH = 0.2  # writing heights: an upright piece this thin may be what is left of a faint ruled line
HAIR_ASPECT = 1.5  # height / width of such a piece
HAIR_LENGTH = 2.2  # writing heights: a thin upright piece this tall is a rule by itself
ONE_HEIGHTS = (0.4, 2.2)  # writing heights that a digit 1 has
ONE_LEVEL = 0.22  # of its height: how far its ends lie from those of the glyph beside it
ONE_REACH = 1.0  # writing heights between them
BAR_ASPECT = 3.5  # height / width of a heavier piece of a rule
BAR_HEIGHTS = 0.8  # writing heights: its least height
BAR_WIDTH = 0.35  # writing heights: its greatest width
BAR_BAND_HEIGHTS = 9  # as BAND_HEIGHTS, for such pieces
DENSE_SHARE = 0.72  # of its length that a broken rule of heavier pieces is ink
COLUMN_WIDTH = 0.35  # writing heights within which the pieces of one broken rule lie
COLUMN_PIECES = 4  # fewer pieces one below the other may be digits 1
HAIR_COVER = 2.0  # writing heights of ink that a hair-thin broken rule shows at least
BAR_COVER = 3.0  # and one of heavier pieces
BAND_HEIGHTS = (
    16  # writing heights: a rule is followed over so much of the page at a time, as pages are not quite level
)


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
    _height: float = field(init=False, repr=False, compare=False)
    _full: NDArray[np.bool_] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        heights = [atom.box.bottom - atom.box.top for atom in self.atoms]
        least = SMALL_RATIO * max(heights)
        height = float(median(h for h in heights if h >= least))
        object.__setattr__(self, "_height", height)  # asked for many times while a page is read
        object.__setattr__(self, "_full", np.array(heights) >= SMALL_RATIO * height)

    def height(self) -> float:
        """px of the word's full glyphs: the median of those not much lower than the tallest."""
        return self._height

    def full(self) -> NDArray[np.bool_]:
        """(atoms,) bool: which of them are no mere marks."""
        return self._full


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The candidate words of one page, the writing's height in px, and the rules that were removed."""

    words: tuple[CandidateWord, ...]
    writing_height: float
    rules: Rules


def is_lone(shape: tuple[int, ...], height: float) -> bool:
    """Whether a picture (H, W) is of one string: too low for two lines of writing `height` px tall, and wide."""
    return shape[0] <= LONE_HEIGHTS * height and shape[1] >= LONE_ASPECT * shape[0]


def segment(ink: Ink) -> Segmentation:
    """Candidate words of (H, W) bool ink."""
    return words_of(find_writing(ink))


@dataclass(frozen=True, slots=True)
class Writing:
    """A page's ink without its rules: its components, the writing's height in px (0 where there is none), the
    rules."""

    components: Components
    height: float
    rules: Rules


def find_writing(
    ink: Ink,
    look_again: Callable[[Ink], Ink] | None = None,
    *,
    known_height: float = 0.0,
    unless: Callable[[float], bool] = lambda _: False,
) -> Writing:
    """What is left of (H, W) bool ink without its ruled lines, and how high it is.

    look_again: the page's ink beside given ink; on a grey page dark rules hide faint writing at first.
    known_height: of the writing in px, where it has been found before; 0 to find it here. unless: told the height
    at a first look, rules included, whether that is all that is wanted.
    """
    components = find_components(ink)
    height = known_height or writing_height(components)
    if not height or unless(height):
        return Writing(components, height, Rules(ink, (), ()))
    rules, components = _without_rules(ink, components, height, Rules(ink, (), ()))
    if look_again is not None and rules.regions:
        del components  # the labels of a page are its largest array
        ink = rules.ink | look_again(ink & ~rules.ink)
        rules, components = _without_rules(ink, find_components(ink), height, rules)
    return Writing(components, known_height or writing_height(components) or height, rules)


def words_of(writing: Writing) -> Segmentation:
    """The words that a page's writing may be."""
    components, height = writing.components, writing.height
    if not height:
        return Segmentation((), 0.0, writing.rules)
    thin = _no_ones(components, height)
    rules = writing.rules
    rules = replace(rules, vertical=rules.vertical + _broken_rules(components, height, thin))
    asked = _writing(components, height) & ~_rule_pieces(components, rules, height, thin)
    kept = np.flatnonzero(asked & ~_crossings(components, rules, height, asked))
    boxes = components.boxes[kept]
    small = (boxes[:, 3] - boxes[:, 1]) < SMALL_HEIGHTS * height
    chips = small & (boxes[:, 3] - boxes[:, 1] >= CHIP_ASPECT * (boxes[:, 2] - boxes[:, 0]))
    # chips of rules bridge the gaps of tables
    kept, boxes, small = kept[~chips], boxes[~chips], small[~chips]
    chains = find_chains(boxes, small, rules.vertical, lone=is_lone(components.shape, height))
    atoms = [Atom(box, mask) for box, mask in components.cut(kept)]
    words = tuple(
        CandidateWord(tuple(atoms[member] for member in chain.members), chain.box)
        for chain in mend_by_columns(chains, boxes, height)
    )
    return Segmentation(words, height, rules)


def _without_rules(ink: Ink, components: Components, height: float, known: Rules) -> tuple[Rules, Components]:
    """The ink without rules beside those known, and what components it then has."""
    widths, heights = _sizes(components)
    large = np.maximum(widths, heights) > LARGE_HEIGHTS * height
    if not large.any():
        return replace(known, ink=ink, regions=()), components
    frame = components.select(large)
    rules = remove_rules(ink, frame, height, known=known, boxes=components.boxes[large])
    return rules, components.relabelled(large, rules.regions, frame, rules.ink)


def _sizes(components: Components) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    boxes = components.boxes
    return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


def _writing(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool: neither speck nor far too large, relative to the writing."""
    widths, heights = _sizes(components)
    longest = np.maximum(widths, heights)
    speck = (longest < SPECK_HEIGHTS * height) | (components.areas < 3)
    return ~speck & (heights <= TALLEST_HEIGHTS * height) & (widths <= WIDEST_HEIGHTS * height)


def _crossings(
    components: Components, rules: Rules, height: float, asked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(N,) bool: corners and crossings of rules left inside a table, of the components asked about.

    Such a piece is larger than the writing and fills one whole row and one whole column of its box.
    """
    found = np.zeros(len(components), bool)
    if not (rules.horizontal and rules.vertical):
        return found
    hull = rules.horizontal[0]
    for rule in (*rules.horizontal, *rules.vertical):
        hull = hull.union(rule)
    widths, heights = _sizes(components)
    thin = components.areas <= CROSSING_FILL * widths * heights
    large = np.maximum(widths, heights) >= CROSSING_HEIGHTS * height
    for n in np.flatnonzero(asked & thin & large).tolist():
        box = components.box(n)
        if box.left < hull.left or box.right > hull.right or box.top < hull.top or box.bottom > hull.bottom:
            continue
        mask = components.mask(n)
        ragged = max(3, round(RAGGED_HEIGHTS * height))
        picture = mask.astype(np.uint8)
        across = cv2.dilate(picture, np.ones((ragged, 1), np.uint8)).sum(axis=1).max() / box.width
        down = cv2.dilate(picture, np.ones((1, ragged), np.uint8)).sum(axis=0).max() / box.height
        found[n] = across >= CROSSING_SHARE and down >= CROSSING_SHARE
    return found


def _broken_rules(components: Components, height: float, thin: NDArray[np.bool_]) -> tuple[Box, ...]:
    """Upright ruled lines that are ink in pieces only: hair-thin ones many times over, or ones dense in a line.

    thin: (N,) bool, False for digits 1.
    """
    widths, heights = _sizes(components)
    hair = (
        thin & (widths <= max(3.0, HAIR_WIDTH * height)) & (heights >= HAIR_ASPECT * widths) & (heights >= 3)
    )
    bar = (
        thin
        & (heights >= BAR_ASPECT * widths)
        & (heights >= BAR_HEIGHTS * height)
        & (widths <= BAR_WIDTH * height)
    )
    page = components.shape[0]
    alone = (heights >= HAIR_LENGTH * height) | (
        (heights >= LINE_LENGTH * height) & (heights >= LINE_ASPECT * widths)
    )
    rules = [Box(*(int(v) for v in b)) for b in components.boxes[hair & alone]]
    for pieces, band, least, cover in (
        (components.boxes[hair], BAND_HEIGHTS * height, COLUMN_PIECES, HAIR_COVER * height),
        (components.boxes[bar], BAR_BAND_HEIGHTS * height, 2, BAR_COVER * height),
    ):
        middles = (pieces[:, 1] + pieces[:, 3]) / 2
        last = max(0.0, page - band)
        for top in [*np.arange(0, last, band / 2), last]:
            rules += _columns(pieces[(middles >= top) & (middles < top + band)], height, least, cover)
    return tuple(rules)


def _no_ones(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool, False for upright strokes that stand beside a glyph as high as themselves: digits 1."""
    widths, heights = _sizes(components)
    like_one = (
        (heights >= ONE_HEIGHTS[0] * height) & (heights <= ONE_HEIGHTS[1] * height) & (heights >= 2 * widths)
    )
    boxes, free = components.boxes, np.ones(len(components), bool)
    lefts, tops, rights, bottoms = np.ascontiguousarray(boxes[np.argsort(boxes[:, 1])].T)
    strokes = np.flatnonzero(like_one)
    stray = ONE_LEVEL * heights[strokes]
    starts = np.searchsorted(tops, boxes[strokes, 1] - stray, side="left").tolist()
    stops = np.searchsorted(tops, boxes[strokes, 1] + stray, side="right").tolist()
    for n, start, stop, most in zip(strokes.tolist(), starts, stops, stray.tolist(), strict=True):
        left, _, right, bottom = boxes[n]
        apart = np.maximum(lefts[start:stop] - right, left - rights[start:stop])
        level = abs(bottoms[start:stop] - bottom) <= most
        free[n] = not (level & (apart >= 0) & (apart <= ONE_REACH * height)).any()
    return free


def _columns(pieces: NDArray[np.int32], height: float, least: int, enough: float) -> list[Box]:
    """Boxes around at least so many pieces, (N, 4) px, that stand in one column and cover `enough` px.

    Where few pieces suffice they must fill the column, as digits 1 one below the other do not.
    """
    pieces = pieces[np.argsort(pieces[:, 0] + pieces[:, 2], kind="stable")]
    centres = (pieces[:, 0] + pieces[:, 2]) / 2
    found, start = [], 0
    while start < len(pieces):
        stop = int(np.searchsorted(centres, centres[start] + COLUMN_WIDTH * height, side="right"))
        column = pieces[start:stop]
        low, high = column.min(axis=0), column.max(axis=0)
        cover = (column[:, 3] - column[:, 1]).sum()
        dense = least >= COLUMN_PIECES or cover >= DENSE_SHARE * (high[3] - low[1])
        if len(column) >= least and cover >= enough and dense:
            found.append(Box(int(low[0]), int(low[1]), int(high[2]), int(high[3])))
            start = stop
        else:
            start += 1
    return found


def _rule_pieces(
    components: Components, rules: Rules, height: float, thin: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(N,) bool: thin pieces that lie on the line of a rule, left where the rule is broken or ragged.

    thin: (N,) bool, False for digits 1.
    """
    widths, heights = _sizes(components)
    on_upright = thin & (
        (heights >= RULE_PIECE_ASPECT * widths)
        | ((widths <= max(3.0, HAIR_WIDTH * height)) & (heights >= HAIR_ASPECT * widths))
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
