"""Ink -> candidate words: chains of atoms, an atom being a component or its share of one.

Rules and frames go first, then specks and what is far too large to be writing; what is left is chained into
words. Leaves out: which atoms are digits (the network's and the decoder's).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.labels import label, stretches
from batchocr.imaging.rules import LARGE_HEIGHTS, Rules, remove_rules
from batchocr.imaging.strokes import stroke_width
from batchocr.segmentation.bubbles import bubbles, holes
from batchocr.segmentation.codes import barcodes, qr_codes
from batchocr.segmentation.columns import mend_by_columns
from batchocr.segmentation.components import GLYPH_ASPECTS, Components, find_components, sizes, writing_height
from batchocr.segmentation.crosses import is_cross
from batchocr.segmentation.crossing import goes_on, struck_by, without_line
from batchocr.segmentation.dividers import OpenComb, dividers, open_combs
from batchocr.segmentation.grown import parted_at, rows_between, rows_on_ruled_paper
from batchocr.segmentation.hidden import beside_crossing, beside_large
from batchocr.segmentation.leftovers import (
    ONE_REACH,
    between_rules,
    broken_rules,
    frames,
    grid_pieces,
    holding_digits,
    no_ones,
    on_rules,
    outlines,
    rule_pieces,
)
from batchocr.segmentation.lines import (
    LONE_PART_HEIGHTS,
    NO_BOXES,
    ONE_LINE,
    OVERLAP_SHARE,
    Chain,
    find_chains,
    usual_height,
)
from batchocr.segmentation.ringed import find_rings
from batchocr.segmentation.small_print import STACKED, in_small_print
from batchocr.segmentation.specks import speck_rules
from batchocr.segmentation.streaks import (
    BESIDE_FOLD,
    WHOLE,
    beside_streaks,
    down_fold,
    evenly_apart,
    find_streaks,
    may_hide,
    through_writing,
)

SMALL_RATIO = 0.5  # of a word's height: what is lower may be a separator
LONE_HEIGHTS = 2.5  # a picture no higher than so many heights of its writing holds one line of it
LONE_ASPECT = 1.2  # width / height of such a picture at least
LEAST_LINE = 0.4  # heights of usual glyphs that a line of ruled paper takes of a word of several at least
ALONE_HEIGHTS = 4.0  # a picture no higher than so many heights of the only word on it is of that,
TOGETHER = 1.25  # heights between words on one line of such a picture that are one string at most
IN_PRINT = 0.08  # of their height by which the heads and the feet of a printed word's glyphs stray
SPECK_HEIGHTS = 0.14  # writing heights: a mark smaller than this both ways is a speck
SMALL_HEIGHTS = 0.42  # writing heights: what is lower than this is no digit by itself
COMMA = (
    0.5,
    0.65,
)  # writing heights that a comma is wide and high at most: some hands draw it half as high as a digit
COMMA_BESIDE = 0.7  # writing heights that the digit before it is high at least
COMMA_REACH = 0.5  # writing heights between them, or by which they overlap
LEVEL = 0.1  # writing heights: tops and feet of neighbours that stand level differ by less
COMMA_RISE, COMMA_DROP = (
    0.35,
    0.1,
)  # writing heights that it stands above and below the digit's foot, at most and at least
TALLEST_HEIGHTS = 5.0  # writing heights: anything taller is no writing
WIDEST_HEIGHTS = 16.0  # writing heights: anything wider is no run of touching digits
BAR_LONG, BAR_HIGH = 1.5, 0.3  # heights that a line under a number is long at least, and high at most,
BAR_FILLED = 0.6  # and so much of its box is ink;
OVER_BAR = 1.5  # heights above it that what is written on it is
FEWEST_BARS = 3  # of them
LARGER = 2.2  # writing heights: what is higher may be larger writing,
LARGEST = 25.0  # up to so many
MOST_OF_PAGE = 0.25  # of the page's height that it has
MOST_LARGER = 400  # components: with more of them the height is not that of the page's writing
APART = 2.0  # heights at most between the digits of a number that are written in boxes
LEAST_APART = 0.35  # and at least
BOX_HEIGHTS = 1.25  # writing heights from which on a component may be a digit and its box
TOUCHING_HEIGHTS = 1.1  # writing heights: what is so wide may be of digits that touch,
HIGHEST_DIGIT = 1.8  # and no higher than this; what is higher has pieces of rules in it
LOWEST_PART = 0.6  # nor is what the rule parts lower
PART_HEIGHTS = 0.35  # on either side of a rule so wide at least
COLUMN_HEIGHTS = 3.0  # writing heights that a rule of a table's column is long
WIDEST_WALL = 2.0  # writing heights that an upright rule is wide at most,
MOST_SLANT = 0.05  # or so much of its height, if it stands aslant
HALF_WIDE, HALVES = 0.25, (0.2, 0.6)  # writing heights: width and height of the halves of a 1,
HALF_ASPECT = 1.5  # times as high as wide at least, if they lean,
HALVES_GAP, HALVES_STRAY = 0.25, 0.1  # between them at most, and by which they stand beside each other
FEWEST_BROKEN = 3  # of a page, by which what may be a broken 7 is one
BROKEN_APART = 0.4  # of its width between the ends of a half of a 0
ONE_HIGH = (0.7, 1.15)  # and how high they are together
LOWER_CROSS = 0.85  # writing heights up to which two strokes that cross are a plus sign, not a 1 that a line runs through
CHIP_ASPECT = 1.8  # height / width of a small mark that is no point, comma or dash


@dataclass(frozen=True, slots=True)
class Atom:
    """Ink that no cut divides: box in px of the ink, (h, w) bool mask of its own ink only. struck: a line through it was
    taken away, which may have been meant to strike it out. parted: it went on beyond a ruled line, where it was cut. mixed: ink of
    a sign that touches it may be in it."""

    box: Box
    mask: NDArray[np.bool_]
    struck: bool = False
    parted: bool = False
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class CandidateWord:
    """Atoms left to right that may be one string, and their common box.

    usual_height: px of the writing that it is of, 0 where that is the page's. crowded: something stands where the
    next digit of the string would, ink that is no digit or a digit of another. in_cells: each atom is all that is
    written in a box of its own. struck: a line that runs through it may have been meant to strike it out. alone_in: the
    inside of the ruled box that it has to itself, px of the ink. at_edge: so near the picture's edge that it may go on beyond.
    overrun: of numbers of several columns of a table, which run over the rules between them. slashes: the strokes that
    stood before it and behind it, which are slashes if these are numbers of a date, and may be ones if not. several: a space, a dash
    or a colon in it may part two numbers, however many digits both have together; such a word is crowded too.
    """

    atoms: tuple[Atom, ...]
    box: Box
    usual_height: float = 0.0
    crowded: bool = False
    in_cells: bool = False
    struck: bool = False
    alone_in: Box | None = None
    through: bool = False
    at_edge: bool = False
    overrun: bool = False
    slashes: tuple[Box | None, Box | None] = (None, None)
    several: bool = False
    _height: float = field(init=False, repr=False, compare=False)
    _full: NDArray[np.bool_] = field(init=False, repr=False, compare=False)
    _glyphs: tuple[Box, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        heights = [atom.box.bottom - atom.box.top for atom in self.atoms]
        usual, glyphs = _usual_height(heights), self._stacked()
        height = usual if len(glyphs) == len(heights) else _usual_height([box.height for box in glyphs])
        object.__setattr__(self, "_height", height)  # asked for many times while a page is read
        object.__setattr__(self, "_glyphs", tuple(glyphs))
        object.__setattr__(
            self,
            "crowded",
            self.crowded or self.several or any(atom.parted or atom.mixed for atom in self.atoms),
        )
        object.__setattr__(self, "struck", self.struck or any(atom.struck for atom in self.atoms))
        object.__setattr__(self, "_full", (np.array(heights) >= SMALL_RATIO * usual) | self.in_cells)

    def glyphs(self) -> tuple[Box, ...]:
        """The boxes of what is written: pieces one above the other are of one glyph, as where the thin strokes of print are worn
        away. What is in a cell is one already."""
        return self._glyphs

    def _stacked(self) -> list[Box]:
        boxes = list[Box]()
        for box in (atom.box for atom in self.atoms):
            if boxes and not self.in_cells and is_stacked(boxes[-1], box):
                boxes[-1] = boxes[-1].union(box)
            else:
                boxes.append(box)
        return boxes

    def height(self) -> float:
        """px of the word's full glyphs: the median of those not much lower than the tallest, each with all its pieces."""
        return self._height

    def in_boxes(self) -> int:
        """How many digits stand apart in boxes, one in each; 0 where that is not known."""
        if self.in_cells:
            return len(self.atoms)
        gaps = self.gaps()
        return len(gaps) + 1 if gaps and min(gaps) >= LEAST_APART * self.usual_height > 0 else 0

    def is_print(self, stray: float = IN_PRINT) -> bool:
        """Whether the heads of its glyphs and their feet stand level, as far as can be told of so many. stray: of their height by which
        they do not."""
        ends = np.array([(atom.box.top, atom.box.bottom) for atom in self.full_atoms()], np.float64)
        return bool(np.ptp(ends, axis=0).max() <= max(1.0, stray * self.height()))

    def gaps(self) -> list[int]:
        """px between each of the word's full atoms and the next, less than 0 where one reaches beside the other."""
        return [b.box.left - a.box.right for a, b in pairwise(self.full_atoms())]

    def only(self, atoms: Sequence[Atom]) -> CandidateWord:
        """The word with these of its atoms alone, which a line that seemed to strike others out does not."""
        struck = self.struck
        if struck and not any(atom.struck for atom in atoms):
            struck = not any(atom.struck for atom in self.atoms)
        box = reduce(Box.union, (atom.box for atom in atoms))
        return replace(self, atoms=tuple(atoms), box=box, struck=struck)

    def without(self, gone: Collection[int]) -> list[CandidateWord]:
        """The word without these of its atoms, by their numbers; none where only marks are left."""
        if not gone:
            return [self]
        left = [atom for n, atom in enumerate(self.atoms) if n not in gone]
        word = self.only(left) if left else None
        return [word] if word is not None and word.full().any() else []

    def parted(self, starts: Sequence[int]) -> list[CandidateWord]:
        """The word in parts, a new one from each of these atoms on."""
        return [self.only(self.atoms[a:b]) for a, b in pairwise([0, *starts, len(self.atoms)])]

    def parted_at(self, signs: Sequence[tuple[int, int]]) -> list[CandidateWord]:
        """The word in the parts before, between and behind signs, each from one of its atoms up to another, without these; parts
        of mere marks are left out."""
        if not signs:
            return [self]
        edges = [(0, 0), *signs, (len(self.atoms), len(self.atoms))]
        parts = (self.atoms[stop:start] for (_, stop), (start, _) in pairwise(edges))
        return [own for own in (self.only(part) for part in parts if part) if own.full().any()]

    def full(self) -> NDArray[np.bool_]:
        """(atoms,) bool: which of them are no mere marks."""
        return self._full

    def full_atoms(self) -> list[Atom]:
        """Those of them."""
        return [atom for atom, full in zip(self.atoms, self._full.tolist(), strict=True) if full]


def _usual_height(heights: Sequence[int]) -> float:
    """The median of those not much lower than the tallest."""
    least = SMALL_RATIO * max(heights)
    return float(median(high for high in heights if high >= least))


def is_stacked(one: Box, other: Box) -> bool:
    """Whether a piece of ink stands above or below another."""
    if other.left >= one.right or (other.top < one.bottom and other.bottom > one.top):
        return False  # nearly all
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared >= STACKED * min(one.width, other.width)


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The candidate words of one page, the writing's height in px, the rules that were removed, small marks that are too narrow
    for points, commas and dashes, the combs of open places, and (S, 4) int32 px of what is too small for a mark."""

    words: tuple[CandidateWord, ...]
    writing_height: float
    rules: Rules
    chips: tuple[Atom, ...] = ()
    opened: tuple[OpenComb, ...] = ()
    specks: NDArray[np.int32] = field(default_factory=NO_BOXES.copy)


def is_lone(shape: tuple[int, ...], height: float) -> bool:
    """Whether a picture (H, W) is of one string: too low for two lines of writing `height` px tall, and wide."""
    return shape[0] <= LONE_HEIGHTS * height and shape[1] >= LONE_ASPECT * shape[0]


def is_alone(shape: tuple[int, ...], segmentation: Segmentation) -> bool:
    """Whether a picture (H, W) is of one string: low and wide, or not much higher than the only word that was found."""
    height = segmentation.writing_height
    if is_lone(shape, height):
        return True
    if shape[0] > ALONE_HEIGHTS * height or not segmentation.words:
        return False
    tall = _tall(segmentation.words)
    return len(tall) == 1 and not segmentation.words[tall[0]].in_cells


def _tall(words: Sequence[CandidateWord]) -> list[int]:
    """The words that are about as high as the highest, by their numbers."""
    least = LONE_PART_HEIGHTS * max(word.box.height for word in words)
    return [n for n, word in enumerate(words) if word.box.height >= least]


def segment(ink: Ink) -> Segmentation:
    """Candidate words of (H, W) bool ink."""
    return words_of(find_writing(ink))


def _of_one_string(
    words: tuple[CandidateWord, ...], shape: tuple[int, int], height: float
) -> tuple[CandidateWord, ...]:
    """The words of a picture (H, W), those that are high as one where it is of one line of writing, `height` px, and they stand no
    farther apart than digits do."""
    if not words or shape[0] > ALONE_HEIGHTS * height or shape[1] < LONE_ASPECT * shape[0]:
        return words
    marks = [word.box for word in words if word.box.height < height]
    tall = [words[n] for n in sorted(_tall(words), key=lambda n: words[n].box.left)]
    strings = [[tall[0]]]
    for word in tall[1:]:
        if _go_on(reduce(Box.union, (part.box for part in strings[-1])), word.box, marks, height):
            strings[-1].append(word)
        else:
            strings.append([word])
    several = [string for string in strings if len(string) > 1]
    joined = {id(part) for string in several for part in string}
    return (*map(as_one, several), *(word for word in words if id(word) not in joined))


def _go_on(one: Box, other: Box, marks: Sequence[Box], height: float) -> bool:
    """Whether the writing of one box goes on in another to its right: level with it, and with no wider paper between, or to a
    mark, than digits have. Amounts are written 25.000 with low zeros far from the 5."""
    level = min(one.bottom, other.bottom) - max(one.top, other.top) >= OVERLAP_SHARE * height
    between = [mark for mark in marks if one.right <= mark.left and mark.right <= other.left]
    edges = [one.right, *(edge for mark in sorted(between) for edge in (mark.left, mark.right)), other.left]
    widest = max(right - left for left, right in zip(edges[::2], edges[1::2], strict=True))
    return level and widest <= TOGETHER * max(height, (one.height + other.height) / 2)


def as_one(words: Sequence[CandidateWord]) -> CandidateWord:
    """Words of one string as one, marked if one of them is."""
    if len(words) == 1:
        return words[0]
    atoms = sorted((atom for word in words for atom in word.atoms), key=lambda atom: atom.box.left)
    box = reduce(Box.union, (word.box for word in words))
    crowded, struck = any(word.crowded for word in words), any(word.struck for word in words)
    return replace(words[0], atoms=tuple(atoms), box=box, crowded=crowded, struck=struck)


@dataclass(frozen=True, slots=True)
class Writing:
    """A page's ink without its rules: its components, the writing's height in px (0 where there is none), the
    rules, what may be digits of much larger writing, as they were before rules were taken from them, upright lines
    that part words though they may be too faint to be ink, whether the paper is squared, so that even lines part none, and
    where the paper is folded, down which lines part none either."""

    components: Components
    height: float
    rules: Rules
    larger: tuple[Atom, ...] = ()
    walls: tuple[Box, ...] = ()
    squared: bool = False
    folds: tuple[Box, ...] = ()


def _with_broken(atoms: Sequence[Atom], height: float) -> list[Atom]:
    """The atoms, two halves of a 1 or of a 0 one above the other as one, if they are as high as a digit together and nothing
    else goes on in their line, as a dashed rule does; and of a 7, on a page with several of these. height: px of the writing."""
    boxes = boxes_of(atoms).astype(np.float64)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    half = (widths <= HALF_WIDE * height) & (heights >= HALVES[0] * height) & (heights <= HALVES[1] * height)
    half &= heights >= HALF_ASPECT * widths
    bowls = (heights >= HALVES[0] * height) & (heights <= HALVES[1] * height)
    bowls &= (widths > HALF_WIDE * height) & (widths <= height)
    for n in np.flatnonzero(bowls).tolist():
        ink = atoms[n].mask
        half[n] = _has_two_ends(ink[-1]) or _has_two_ends(ink[0]) or _ends_at_right(ink[-1])
    thin = np.flatnonzero(half)
    if len(thin) < 2:
        return list(atoms)
    thin = thin[np.argsort(boxes[thin, 1], kind="stable")]
    own = boxes[thin]
    middles, rights = (own[:, 0] + own[:, 2]) / 2, own[:, 2]
    firsts = np.searchsorted(own[:, 1], own[:, 3] - HALVES_GAP * height / 2)
    lasts = np.searchsorted(own[:, 1], own[:, 3] + HALVES_GAP * height, side="right")
    below: dict[int, list[int]] = {}
    for n in range(len(thin)):
        near = np.arange(firsts[n], lasts[n])
        aside = np.minimum(np.abs(middles[near] - middles[n]), np.abs(rights[near] - rights[n]))
        near = near[(near != n) & (aside <= HALVES_STRAY * height)]
        if len(near):
            below[n] = near.tolist()
    under = {m for others in below.values() for m in others}
    pairs: list[tuple[int, int]] = []
    sevens: list[tuple[int, int]] = []
    for n, others in below.items():
        m = others[0]
        tall = own[m, 3] - own[n, 1]
        alone = len(others) == 1 and n not in under and m not in below
        if alone and ONE_HIGH[0] * height <= tall <= ONE_HIGH[1] * height:
            pair = int(thin[n]), int(thin[m])
            a, b = atoms[pair[0]], atoms[pair[1]]
            if _are_halves(a, b, height):
                pairs.append(pair)
            elif b.box.width <= HALF_WIDE * height and _ends_at_right(a.mask[-1]):
                sevens.append(pair)
    if len(pairs) >= FEWEST_BROKEN:
        pairs += sevens
    merged = {upper: together(atoms[upper], atoms[lower]) for upper, lower in pairs}
    gone = {lower for _, lower in pairs}
    return [merged.get(n, atom) for n, atom in enumerate(atoms) if n not in gone]


def _has_two_ends(row: NDArray[np.bool_]) -> bool:
    """Whether a row of ink is two runs far apart, as where a 0 is broken."""
    if row[len(row) // 2]:
        return False  # nearly all
    runs = stretches(row)
    return len(runs) == 2 and bool(runs[1, 0] - runs[0, 1] >= BROKEN_APART * len(row))


def _ends_at_right(row: NDArray[np.bool_]) -> bool:
    """Whether a row of ink is one run at its right, as where a 7 is broken."""
    if row[: len(row) // 2].any():
        return False  # nearly all
    runs = stretches(row)
    return len(runs) == 1 and bool(runs[0, 0] >= len(row) / 2)


def _are_halves(upper: Atom, lower: Atom, height: float) -> bool:
    """Whether two pieces, one above the other, are both narrow, or end alike on either side and are open to each other. height: px
    of the writing."""
    if max(upper.box.width, lower.box.width) <= HALF_WIDE * height:
        return abs(sum(upper.box[::2]) - sum(lower.box[::2])) <= 2 * HALVES_STRAY * height
    apart = max(abs(upper.box.left - lower.box.left), abs(upper.box.right - lower.box.right))
    return apart <= HALVES_STRAY * height and _has_two_ends(upper.mask[-1]) and _has_two_ends(lower.mask[0])


def together(one: Atom, other: Atom) -> Atom:
    """Two atoms as one."""
    box = one.box.union(other.box)
    return Atom(box, merged([(atom.box, atom.mask) for atom in (one, other)], box))


def merged(parts: Iterable[tuple[Box, NDArray[np.bool_]]], box: Box) -> NDArray[np.bool_]:
    """The ink of parts, each with its box, in their common box: (h, w) bool."""
    mask = np.zeros((box.height, box.width), bool)
    for own, ink in parts:
        left, top = own.left - box.left, own.top - box.top
        mask[top : top + own.height, left : left + own.width] |= ink
    return mask


def find_writing(
    ink: Ink,
    look_again: Callable[[Ink], Ink] | None = None,
    *,
    known_height: float = 0.0,
    unless: Callable[[float], bool] = lambda _: False,
    frame_heights: float = LARGE_HEIGHTS,
    components: Components | None = None,
) -> Writing:
    """What is left of (H, W) bool ink without its ruled lines, and how high it is.

    look_again: the page's ink beside given ink; on a grey page dark rules hide faint writing at first.
    known_height: of the writing in px, where it has been found before; 0 to find it here. unless: told the height
    at a first look, rules included, whether that is all that is wanted. frame_heights: writing heights from
    which on a component may be a frame. components: `likely_writing(ink)`, where that is known.
    """
    components = likely_writing(ink) if components is None else components
    height = known_height or writing_height(components)
    if not height or unless(height):
        return Writing(components, height, Rules(ink, (), ()))
    whole = ink
    ink, components = _without_rings(ink, components, height)
    larger = _larger(components, height)
    rules, components = _without_rules(ink, components, height, Rules(ink, (), ()), frame_heights)
    is_bar = _are_bars(components, height)
    has_bars = np.count_nonzero(is_bar) >= FEWEST_BARS
    if look_again is not None and (rules.regions or has_bars):
        bars = components.boxes[is_bar].tolist() if has_bars else []
        beside = whole & ~rules.ink
        if has_bars:
            beside |= components.select(is_bar) > 0
        del components  # the labels of a page are its largest array
        again = look_again(beside)
        ink = rules.ink | again if rules.regions else rules.ink.copy()
        for left, top, right, _ in bars:
            place = slice(max(0, top - round(OVER_BAR * height)), top), slice(left, right)
            ink[place] |= again[place]
        rules, components = _without_rules(ink, likely_writing(ink), height, rules, frame_heights)
    return Writing(components, known_height or writing_height(components) or height, rules, larger)


def likely_writing(ink: Ink) -> Components:
    """The components of (H, W) bool ink, but for those of codes, bubbles and holes, which are no writing and look like it."""
    components = find_components(ink)
    dropped = barcodes(components) | qr_codes(components) | bubbles(components) | holes(components)
    return components.without(dropped) if dropped.any() else components


def _are_bars(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool: lines under a number each, too short to be rules. height: px of the writing."""
    widths, heights = sizes(components)
    return np.asarray(
        (widths >= BAR_LONG * height)
        & (heights <= BAR_HIGH * height)
        & (components.areas >= BAR_FILLED * widths * heights),
        bool,
    )


def _larger(components: Components, height: float) -> tuple[Atom, ...]:
    """The components of a page that may be digits much higher than its writing, `height` px."""
    widths, heights = sizes(components)
    fit = (heights >= LARGER * height) & (
        heights <= min(LARGEST * height, MOST_OF_PAGE * components.shape[0])
    )
    fit &= (widths >= GLYPH_ASPECTS[0] * heights) & (widths <= GLYPH_ASPECTS[1] * heights)
    if np.count_nonzero(fit) > MOST_LARGER:
        return ()
    return tuple(Atom(box, mask) for box, mask in components.cut(np.flatnonzero(fit)))


def words_of(writing: Writing, *, in_boxes: bool = False) -> Segmentation:
    """The words that a page's writing may be. in_boxes: digits stand apart, each in a box of its own, which
    are no columns of a table."""
    components, height = writing.components, writing.height
    if not height:
        return Segmentation((), 0.0, writing.rules)
    thin = no_ones(components, height, APART if in_boxes else ONE_REACH)
    rules = writing.rules
    rules = replace(rules, vertical=rules.vertical + broken_rules(components, height, thin))
    rules = replace(rules, vertical=rules.vertical + between_rules(components, rules, height))
    rules = replace(rules, vertical=rules.vertical + speck_rules(components, height))
    tiny, huge = _specks(components, height), _too_large(components, height)
    opened = open_combs(components, rules, height)
    asked = ~(tiny | huge | dividers(components, opened))
    of_rules = rule_pieces(components, rules, height, thin)
    asked &= ~of_rules
    crossings, upright = grid_pieces(components, rules, height, asked & thin)
    rules = replace(rules, vertical=(*rules.vertical, *upright))
    walls = (*rules.vertical, *writing.walls)
    streaks = find_streaks(walls, rules.horizontal, components.shape, height)
    glyphs = components.boxes[asked]
    folds = tuple(
        line for fold in writing.folds for line in through_writing(down_fold(walls, fold), glyphs, height)
    )
    parting_none = {*streaks, *folds, *(evenly_apart(walls) if writing.squared else ())}
    walls = tuple(wall for wall in walls if wall not in parting_none and _is_line(wall, height))
    asked &= ~crossings
    lone = is_lone(components.shape, height)
    if not lone:
        asked &= ~on_rules(components, rules, height, asked & thin)
    asked &= ~outlines(components, height)
    if in_boxes:
        asked &= ~frames(components, height)
    kept = np.flatnonzero(asked)
    width = components.shape[1]
    atoms = [
        part
        for box, mask in components.cut(kept)
        for whole in _without_line(Atom(box, mask), height, width)
        for part in (_cut_at_rules(whole, walls, height) if not (lone or in_boxes) else (whole,))
    ]
    if not in_boxes:
        atoms = _with_broken(atoms, height)
    boxes = boxes_of(atoms)
    small = _small(boxes, height)
    chips = small & (boxes[:, 3] - boxes[:, 1] >= CHIP_ASPECT * (boxes[:, 2] - boxes[:, 0]))
    chips &= ~in_small_print(boxes, chips, height)
    # chips of rules bridge the gaps of tables; narrow commas are among them
    specks = np.concatenate([components.boxes[tiny], boxes[chips]])
    narrow = tuple(atom for atom, chip in zip(atoms, chips.tolist(), strict=True) if chip)
    atoms = [atom for atom, chip in zip(atoms, chips.tolist(), strict=True) if not chip]
    boxes, small = boxes[~chips], small[~chips]
    chains = find_chains(boxes, small, walls, specks=specks, height=height, lone=lone)
    bridges = {chain.members[0]: chain.parted_at for chain in chains if chain.parted_at}
    if components.shape[0] > ALONE_HEIGHTS * height:
        bridges |= _grown_together(atoms, boxes, small, chains, height, rules.horizontal, components.shape[1])
    if bridges:
        atoms = [
            part
            for n, atom in enumerate(atoms)
            for part in (_parted(atom, bridges[n]) if n in bridges else (atom,))
        ]
        boxes = boxes_of(atoms)
        chains = find_chains(boxes, _small(boxes, height), walls, specks=specks, height=height, lone=lone)
    words = tuple(
        CandidateWord(tuple(atoms[member] for member in chain.members), chain.box, crowded=chain.crowded)
        for chain in (chains if in_boxes else mend_by_columns(chains, boxes, height, specks))
    )
    words = _of_one_string(words, components.shape, height)
    places, heights = places_of(words)
    large = np.flatnonzero(huge | crossings | holding_digits(components, of_rules, height))
    hidden = beside_large(places, heights, components, large)
    columns = np.array([wall for wall in walls if wall.height >= COLUMN_HEIGHTS * height], np.float64)
    hidden |= beside_crossing(
        places, heights, components.boxes.astype(np.float64), columns.reshape(-1, 4), height
    )
    dark = [streak for streak in streaks if streak.height >= WHOLE * components.shape[0]]
    pale = [streak for streak in streaks if streak not in dark]  # whose pieces hide less, as a fold
    hidden |= beside_streaks(places, dark, height, hides=lambda n, streak: _may_lack(words[n], streak))
    hidden |= beside_streaks(places, [*folds, *pale], height, BESIDE_FOLD)
    words = tuple(replace(w, crowded=True) if h else w for w, h in zip(words, hidden.tolist(), strict=True))
    return Segmentation(
        marked_struck(words, rules, height),
        height,
        replace(rules, vertical=walls),
        narrow,
        tuple(opened),
        components.boxes[tiny],
    )


def _may_lack(word: CandidateWord, streak: Box) -> bool:
    """Whether a streak close to a word may hide a stroke of it, as where it has left a glyph in pieces."""
    if not word.full().all():
        return True
    pen = min(stroke_width(atom.mask) for atom in word.atoms)  # level strokes only lengthen runs
    return may_hide(streak, word.atoms[0].box, word.atoms[-1].box, pen)


def _is_line(wall: Box, height: float) -> bool:
    """Whether an upright rule is one: the dark edges of a scan, one thing all around the page, have no middle. height: of the
    writing, px."""
    return wall.width <= max(WIDEST_WALL * height, MOST_SLANT * wall.height)


def places_of(words: Sequence[CandidateWord]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, 4) px of words, and the (N,) heights of their writing."""
    boxes = np.array([word.box for word in words], np.float64).reshape(-1, 4)
    return boxes, np.array([word.height() for word in words], np.float64)


def marked_struck(words: Sequence[CandidateWord], rules: Rules, height: float) -> tuple[CandidateWord, ...]:
    """The words, those marked that a long level line strikes out. height: px of the writing."""
    boxes, _ = places_of(words)
    lines = np.array(rules.horizontal, np.float64).reshape(-1, 4)
    struck = struck_by(boxes, lines, height, rules.ink.shape[1])
    return tuple(
        replace(word, struck=True) if by_line else word
        for word, by_line in zip(words, struck.tolist(), strict=True)
    )


def _small(boxes: NDArray[np.int32], height: float) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) boxes are too low for a digit by itself, or commas."""
    high = boxes[:, 3] - boxes[:, 1]
    small = np.asarray(high < SMALL_HEIGHTS * height, bool)
    may_be = (high <= COMMA[1] * height) & (boxes[:, 2] - boxes[:, 0] <= COMMA[0] * height) & ~small
    digits = boxes[high >= COMMA_BESIDE * height]
    for n in np.flatnonzero(may_be).tolist():
        small[n] = _hangs(boxes[n], digits, height) and not _is_level(boxes[n], boxes, height)
    return small


def _hangs(box: NDArray[np.int32], digits: NDArray[np.int32], height: float) -> bool:
    """Whether a mark, 4 px, stands at the foot of a digit before it, of (N, 4) px, and goes below it: a large comma."""
    left, top, _, bottom = box.tolist()
    feet = digits[:, 3]
    apart = left - digits[:, 2]
    before = (apart >= -COMMA_REACH * height) & (apart <= COMMA_REACH * height) & (digits[:, 0] < left)
    hanging = (top >= feet - COMMA_RISE * height) & (bottom >= feet + COMMA_DROP * height) & (top <= feet)
    return bool((before & hanging).any())


def _is_level(box: NDArray[np.int32], others: NDArray[np.int32], height: float) -> bool:
    """Whether a mark, 4 px, begins and ends where the next of (N, 4) px beside it does: a 1 of small print, whatever is before it."""
    _, top, right, bottom = box.tolist()
    after = (others[:, 0] >= right - LEVEL * height) & (others[:, 0] <= right + COMMA_REACH * height)
    level = np.abs(others[:, [1, 3]] - (top, bottom)).max(axis=1) <= LEVEL * height
    return bool((after & level & (others[:, 0] > box[0])).any())


def _parted(atom: Atom, rows: tuple[int, ...]) -> list[Atom]:
    """An atom cut at px rows of the page; what is left of it between two of them is one piece."""
    edges = [atom.box.top, *rows, atom.box.bottom]
    pieces = [
        tighten(atom.mask[top - atom.box.top : bottom - atom.box.top], atom.box.left, top)
        for top, bottom in pairwise(edges)
    ]
    return [Atom(box, mask, atom.struck) for box, mask in pieces if mask.size]


def _grown_together(
    atoms: Sequence[Atom],
    boxes: NDArray[np.int32],
    small: NDArray[np.bool_],
    chains: Sequence[Chain],
    height: float,
    level: Sequence[Box],
    width: int,
) -> dict[int, tuple[int, ...]]:
    """The atoms that lines of writing have in common where those make one chain, and the px rows at which they are cut. boxes:
    (N, 4) px. small: (N,). height: of the page's writing, px. level: its level rules. width: of the page, px."""
    usual = usual_height(boxes, small)
    if not usual:
        return {}
    usual = max(usual, height)  # where most glyphs are broken their pieces are usual
    found: dict[int, tuple[int, ...]] = {}
    ruled = rows_on_ruled_paper(level, boxes.astype(np.float64), usual, width)
    for chain in chains:
        if chain.parted_at or chain.box.height < ONE_LINE * usual:
            continue
        rows = rows_between([(atoms[m].box, atoms[m].mask) for m in chain.members], usual)
        if not rows:
            inside = (ruled >= chain.box.top + LEAST_LINE * usual) & (
                ruled <= chain.box.bottom - LEAST_LINE * usual
            )
            rows = tuple(ruled[inside].astype(int).tolist())
        cuts = {m: parted_at(atoms[m].box, atoms[m].mask, rows, usual) for m in chain.members}
        found |= {m: own for m, own in cuts.items() if own}
    return found


def boxes_of(atoms: Sequence[Atom]) -> NDArray[np.int32]:
    """(N, 4) px of atoms."""
    return np.array([atom.box for atom in atoms], np.int32).reshape(-1, 4)


def _without_line(atom: Atom, height: float, width: int) -> list[Atom]:
    """The atom, or, where a short ruled line runs through it, what is left of it without that. height: px of the
    writing. width: px of the page."""
    high = atom.box.bottom - atom.box.top
    if high < SMALL_HEIGHTS * height or (high <= LOWER_CROSS * height and is_cross(atom.mask)):
        return [atom]
    mask, struck = without_line(atom.mask)
    struck = struck and not goes_on(atom.box.left, atom.box.right, width)
    if mask is atom.mask:
        return [replace(atom, struck=True) if struck else atom]
    labels, stats = label(mask.view(np.uint8))
    parts = []
    for number, (left, top, wide, high, _) in enumerate(stats.tolist(), 1):
        if max(wide, high) >= SPECK_HEIGHTS * height:
            x, y = atom.box.left + left, atom.box.top + top
            own = np.asarray(labels[top : top + high, left : left + wide] == number)
            parts.append(Atom(Box(x, y, x + wide, y + high), own, struck))
    return parts


def _cut_at_rules(atom: Atom, upright: Sequence[Box], height: float) -> list[Atom]:
    """The atom, or, where digits in two columns of a table touch, its parts on either side of the rule between them."""
    left, top, right, bottom = atom.box
    if right - left < TOUCHING_HEIGHTS * height or bottom - top > HIGHEST_DIGIT * height:
        return [atom]
    least = PART_HEIGHTS * height
    places = [
        round((rule.left + rule.right) / 2)
        for rule in upright
        if rule.top <= top and rule.bottom >= bottom and rule.height >= COLUMN_HEIGHTS * height
    ]
    edges = [left, *sorted(x for x in set(places) if left + least <= x <= right - least), right]
    parts = []
    for begin, end in pairwise(edges):
        mask = atom.mask[:, begin - left : end - left]
        if mask.any():
            box, own = tighten(mask, begin, top)
            parts.append(Atom(box, own, atom.struck, parted=len(edges) > 2))
    return parts if min(part.box.height for part in parts) >= LOWEST_PART * height else [atom]


def tighten(mask: NDArray[np.bool_], left: int, top: int) -> tuple[Box, NDArray[np.bool_]]:
    """The ink's own box and mask, for (h, w) bool ink whose top-left pixel is at (left, top)."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Box(left + x, top + y, left + x + width, top + y + height), mask[y : y + height, x : x + width]


def ink_between(ink: Ink, before: Box, behind: Box, around: float) -> tuple[Ink, int]:
    """What is inked on a page between two digits of a line and so many px above and below them, (h, w) bool, and its top, px."""
    top = max(0, round(min(before.top, behind.top) - around))
    bottom = round(max(before.bottom, behind.bottom) + around)
    return np.ascontiguousarray(ink[top:bottom, before.right : behind.left]), top


def _without_rules(
    ink: Ink, components: Components, height: float, known: Rules, frame_heights: float
) -> tuple[Rules, Components]:
    """The ink without rules beside those known, and what components it then has."""
    widths, heights = sizes(components)
    large = np.maximum(widths, heights) > frame_heights * height
    if not large.any():
        return replace(known, ink=ink, regions=()), components
    frame = components.select(large)
    rules = remove_rules(ink, frame, height, known=known, boxes=components.boxes[large])
    return rules, components.relabelled(large, rules.regions, frame, rules.ink)


def _without_rings(ink: Ink, components: Components, height: float) -> tuple[Ink, Components]:
    """The ink without rings drawn around numbers, and what components it then has. height: px of the writing."""
    rims = find_rings(components, height)
    if not rims:
        return ink, components
    ink = ink.copy()
    for n, rim in rims:
        box = components.box(n)
        ink[box.top : box.bottom, box.left : box.right] &= ~rim
    ringed = np.isin(np.arange(len(components)), [n for n, _ in rims])
    page = Box(0, 0, ink.shape[1], ink.shape[0])
    return ink, components.relabelled(ringed, [page], components.select(ringed), ink)


def _specks(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool: what is too small for a mark."""
    longest = np.maximum(*sizes(components))
    return np.asarray((longest < SPECK_HEIGHTS * height) | (components.areas < 3), bool)


def _too_large(components: Components, height: float) -> NDArray[np.bool_]:
    """(N,) bool: what is no writing for its size."""
    widths, heights = sizes(components)
    return np.asarray((heights > TALLEST_HEIGHTS * height) | (widths > WIDEST_HEIGHTS * height), bool)
