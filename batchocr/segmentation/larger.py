"""A second look at a page, for digits in boxes and for writing much larger than most of it.

A page's ruled lines and words are found by the height of its writing, which is the print's where there is more of
that; then strokes of large digits pass for rules. Where some large components are plainly digits, and alike in
height, or where digits stand in boxes (`segmentation.boxes`), the page is looked through once more by their height,
and what is found there takes the place of what was. Leaves out: how it is looked through (`segmentation.segment`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, pairwise
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box, Grey, Ink
from batchocr.segmentation.boxes import (
    FEWEST_TELLING,
    Judge,
    are_parted,
    height_of_most,
    is_boxed,
    is_level,
    joined,
    telling,
    telling_heights,
)
from batchocr.segmentation.contrast import EDGE, depths_of
from batchocr.segmentation.hidden import beside_lost
from batchocr.segmentation.segment import (
    APART,
    LEAST_APART,
    Atom,
    CandidateWord,
    Segmentation,
    merged,
    places_of,
)
from batchocr.segmentation.shape import is_point

ALIKE = 1.35  # heights within this factor of one another
WITHIN_HIGH = 0.12  # of a glyph's height that what is written within it is high at least
OF_THEIR_HEIGHT = 0.6  # words lower than so much of theirs are left to the first look
LEAST_DIGIT = 0.5  # probability that a glyph is a digit, whose ink others are held against
INK_PERCENTILE = 80  # of what is so: guides may look like digits
PRINTED = 0.5  # of that ink: what is fainter is printed in the boxes, as a guide,
FAINT = 0.7  # and so is what is fainter than this and no digit
LEAST_DIGITS = 0.4  # of a word's full glyphs
ROOM = 0.6  # heights around a word that its strip may show
PAPER_PERCENTILE = 80  # of the greys around a word in boxes
EVEN = 1.6  # times as far apart as a number's digits may a lone next one be,
EVEN_BOTH = 1.3  # and the next of another number
EVEN_POINT = 2.3  # and with a point between them
POINT_WIDE = 0.4  # heights that this is wide and high at most, where it is of a word
BEHIND_POINT = 0.6  # heights from it to what goes on behind it at most,
BEFORE_POINT = 0.8  # and before it in which the digit stands that it is behind,
DIGIT_HIGH, DIGIT_WIDE = 0.7, 0.3  # which is so high and wide at least: a rule is narrower
MEET_PX, TOUCHING = 12, 2  # px of a rule's thickness at most, and from it to the ink that ends there
CLOSE = 1.0  # heights between two digits that may be of one number,
# so many lone digits, strokes and crosses left out, beside a number of several, as evenly apart as its own and with a rule between, and of all such numbers: the rules
# may be a ledger's, each digit's own column, and part no numbers
FEWEST_ACROSS, ACROSS_SHARE = 3, 0.04
FAR = 1.6  # and between those that stand as evenly apart as its other digits do
STRAY = 0.15  # of a step by which those between lone digits differ at most, if they are of one number
PIECE_HIGH, PIECE_WIDE, PIECE_GAP = (
    0.42,
    0.3,
    0.45,
)  # heights: a piece of a digit is so low and wide, and so near to the others,
PIECE_POINT, POINT_HIGH = (
    0.9,
    0.4,
)  # with a point between them, which is so high and as near their feet at most
PIECE_AMID = (0.25, 0.75)  # of these, between which dashes stand
DASH_STRAY, DASH_GAP = (
    0.4,
    2.5,
)  # of a dash's width by which the next one's differs at most, and how far away that is
COVERED = 0.5  # of a piece of ink that a number in boxes covers: it is that number's


def larger_height(glyphs: Sequence[Atom], judge: Judge) -> float:
    """The height in px that digits among the glyphs have; 0 where too few of them plainly are digits."""
    if len(glyphs) < FEWEST_TELLING:
        return 0.0
    return height_of_most(telling_heights(glyphs, judge), ALIKE)


def with_boxed(
    grey: Grey, segmentation: Segmentation, again: Segmentation, judge: Judge, *, only_boxed: bool
) -> Segmentation:
    """A page's words and those found `again` in boxes, by the height of what is written there, where these may be
    numbers; words that are pieces of them are left out.

    grey: (H, W) uint8, the page. only_boxed: the writing is as high as the page's other writing, and only what has a
    box around it counts.
    """
    height = again.writing_height
    tall = [word for word in again.words if word.height() >= OF_THEIR_HEIGHT * height]
    atoms = [atom for word in tall for atom in word.atoms]
    digit, depths, ink = digits_and_depths(grey, atoms, judge)
    written = digit >= LEAST_DIGIT
    if not written.any():
        return segmentation
    ends = np.cumsum([len(word.atoms) for word in tall])[:-1]
    faint = (depths < PRINTED * ink) | (~written & (depths < FAINT * ink))
    kept: list[CandidateWord] = []
    left: list[CandidateWord] = []
    for word, printed, seen in zip(tall, np.split(faint, ends), np.split(digit, ends), strict=True):
        for part in _apart(word, ~printed, seen >= LEAST_DIGIT, height):
            own = word.only([word.atoms[n] for n in part.tolist()])
            (kept if seen[part][own.full()].mean() >= LEAST_DIGITS else left).append(own)
    if only_boxed:
        kept = [word for word in kept if is_boxed(grey, word.box, height)]
    places, _ = places_of(segmentation.words)
    kept = [word for word in kept if not _is_around(word, segmentation.words, places)]
    numbers = [replace(word, usual_height=height) for word in joined(grey, kept, height)]
    boxes = np.array([word.box for word in numbers], np.float64).reshape(-1, 4)
    others = [word for one in segmentation.words for word in beside(one, boxes)]
    boxed = [word for word in left if is_boxed(grey, word.box, height)]
    known = [*boxed, *numbers]
    near = np.array([word.box for word in known], np.float64).reshape(-1, 4)
    words = [
        marked(grey, word, [known[n] for n in within_reach(word.box, near, APART * height)], height)
        for word in (*others, *numbers)
    ]
    return replace(segmentation, words=tuple(words))


def _is_around(word: CandidateWord, others: Sequence[CandidateWord], boxes: NDArray[np.float64]) -> bool:
    """Whether there is writing of its own within the box of a word's glyph, as in rings that touch: digits hold none. boxes: (N, 4) px
    of the others."""
    for glyph in word.full_atoms():
        left, top, right, bottom = glyph.box
        inside = (boxes[:, :2] > (left, top)).all(axis=1) & (boxes[:, 2:] < (right, bottom)).all(axis=1)
        inside &= boxes[:, 3] - boxes[:, 1] >= WITHIN_HIGH * glyph.box.height
        for other in (others[n] for n in np.flatnonzero(inside).tolist()):
            x, y, end, foot = other.box
            ink = glyph.mask[y - top : foot - top, x - left : end - left]
            if not (ink & merged([(atom.box, atom.mask) for atom in other.atoms], other.box)).any():
                return True
    return False


def within_reach(box: Box, boxes: NDArray[np.float64], reach: float) -> list[int]:
    """Which of (N, 4) boxes lie beside a box and no farther away than that, px."""
    lefts, tops, rights, bottoms = boxes.T
    level = (tops < box.bottom) & (bottoms > box.top)
    close = (lefts - box.right <= reach) & (box.left - rights <= reach)
    found: list[int] = np.flatnonzero(level & close).tolist()
    return found


def digits_and_depths(
    grey: Grey, atoms: Sequence[Atom], judge: Judge
) -> tuple[NDArray[np.float32], NDArray[np.float64], float]:
    """(N,) how likely each piece of ink is a digit, (N,) grey levels by which it stands out from its paper, and those of
    what is likely a digit, whose ink guides are fainter than; 0 where nothing is."""
    digit = 1 - judge([atom.mask for atom in atoms])[:, NOT_A_DIGIT]
    depths = depths_of(grey, atoms)
    written = digit >= LEAST_DIGIT
    ink = float(np.percentile(depths[written], INK_PERCENTILE)) if written.any() else 0.0
    return digit, depths, ink


def without_boxes(grey: Grey, words: Sequence[CandidateWord]) -> Grey:
    """The (H, W) uint8 page with plain paper around the ink of larger writing: no boxes, no guides in them. Other words stay."""
    larger = [word for word in words if word.usual_height]
    if not larger:
        return grey
    ink, cleaned = np.zeros(grey.shape, np.uint8), grey.copy()
    for left, top, right, bottom, mask in ((*atom.box, atom.mask) for word in words for atom in word.atoms):
        ink[top:bottom, left:right] |= mask.view(np.uint8)
    for word in larger:
        room, reach = round(ROOM * word.usual_height), round(EDGE * word.usual_height)
        left, top = max(0, word.box.left - room), max(0, word.box.top - room)
        place = slice(top, word.box.bottom + room), slice(left, word.box.right + room)
        around = cv2.dilate(ink[place], np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        cleaned[place][around == 0] = np.percentile(grey[place], PAPER_PERCENTILE)
    return cleaned


def _apart(
    word: CandidateWord, written: NDArray[np.bool_], digits: NDArray[np.bool_], height: float
) -> list[NDArray[np.intp]]:
    """A word's atoms, those that are written, in parts: what is no digit and stands well apart from digits, as crossed-out
    boxes do, is a part of its own."""
    parts: list[list[int]] = [[]]
    before: int | None = None
    for n in np.flatnonzero(written).tolist():
        if word.full()[n]:
            if before is not None and digits[n] != digits[before]:
                gap = word.atoms[n].box.left - word.atoms[before].box.right
                if gap >= LEAST_APART * height:
                    parts.append([])
            before = n
        parts[-1].append(n)
    return [np.array(part) for part in parts if part]


def marked(grey: Grey, word: CandidateWord, others: Sequence[CandidateWord], height: float) -> CandidateWord:
    """The word, marked if one of the others, which are within reach, stands where its next digit would: ink that is no
    digit, or a digit that may be of the same number."""
    beside = any(
        other is not word and is_level(word, other) and not are_parted(grey, word.box, other.box, height)
        for other in others
    )
    return replace(word, crowded=True) if beside else word


def marked_close(
    grey: Grey,
    words: Sequence[CandidateWord],
    height: float,
    rules: Sequence[Box] = (),
    signs: Sequence[Box] = (),
    *,
    judge: Judge | None = None,
) -> list[CandidateWord]:
    """The words of an (H, W) uint8 page, marked those that may be parts of one number: of one digit with another such close by,
    as where digits stand in boxes that the scan does not show, and those whose digits go on in the next word about as far apart as
    they stand in the word. height: px of the writing. rules: upright ones, which part words unless a digit lies across,
    or, where a judge is given, so many digits stand on both sides of them as evenly as in one number that they may be a ledger's.
    signs: what parts words too."""
    uprights, marks = (np.array(boxes, np.float64).reshape(-1, 4) for boxes in (rules, signs))
    walls = np.vstack([uprights, marks])
    digits = np.array([np.count_nonzero(word.full()) for word in words], int)
    lone = digits == 1
    order = sorted(range(len(words)), key=lambda n: words[n].box.left)
    boxes = np.array([words[n].box for n in order], np.float64).reshape(-1, 4)
    firsts = np.searchsorted(boxes[:, 0], boxes[:, 2])
    lasts = np.searchsorted(boxes[:, 0], boxes[:, 2] + FAR * height, side="right")
    found: set[int] = set()
    row = cache(lambda n: _row(words[n]))
    across: list[tuple[int, int]] = []
    steps: dict[int, tuple[int, float]] = {}  # from a lone digit to the next one, px
    for n in np.flatnonzero(lasts > firsts).tolist():
        behind = slice(firsts[n], lasts[n])  # all pairs of a page full of specks would not fit into memory
        level = (boxes[behind, 1] < boxes[n, 3]) & (boxes[behind, 3] > boxes[n, 1])
        for at in np.flatnonzero(level).tolist():
            a, b = order[n], order[firsts[n] + at]
            one, other = words[a], words[b]
            both = bool(lone[a] and lone[b])
            pointed = _points_at(one, other, boxes[n + 1 : firsts[n] + at])
            room = PIECE_POINT if pointed else PIECE_GAP
            in_pieces = any(
                _is_piece(mark, word, room) and not _is_dashed(mark.box, boxes)
                for mark, word in ((one, other), (other, one))
            )
            if in_pieces or _meet_at_rule(one, other, uprights) or _goes_on_at_point(one, other):
                found |= {a, b}
                continue
            pointed |= _begins_with_point(other)
            close = other.box.left - one.box.right <= CLOSE * height
            runs_over = close and (one.overrun or other.overrun)
            if not (both or runs_over or _goes_on_evenly(row(a), row(b), close, pointed)):
                continue
            if not is_level(one, other):
                continue
            if walled(one.box, other.box, walls) or are_parted(grey, one.box, other.box, height):
                if not walled(one.box, other.box, marks):
                    across.append((a, b))
                continue
            if close or not both:
                found |= {a, b}
            else:
                steps.setdefault(
                    a, (b, (other.box.left + other.box.right - one.box.left - one.box.right) / 2)
                )
    alone = [words[a if lone[a] else b].full_atoms()[0] for a, b in across if lone[a] != lone[b]]
    fewest = max(FEWEST_ACROSS, ACROSS_SHARE * np.count_nonzero(digits > 1))
    if judge is not None and len(alone) >= fewest and len(telling(alone, judge)) >= fewest:
        found.update(chain.from_iterable(across))
    for a, (b, step) in steps.items():
        c, following = steps.get(b, (b, 0.0))
        if abs(step - following) <= STRAY * step:
            found |= {a, b, c}
    return [replace(word, crowded=True) if n in found else word for n, word in enumerate(words)]


def _is_piece(mark: CandidateWord, word: CandidateWord, room: float) -> bool:
    """Whether a mark right beside a word, no more of its heights away than that, is what a scan has left of a digit of it: the bar of
    a 7 or the foot of a 2. A dash stands at half its height."""
    height = word.height()
    if mark.box.height > PIECE_HIGH * height or mark.box.width < PIECE_WIDE * height:
        return False
    gap = max(mark.box.left - word.box.right, word.box.left - mark.box.right)
    middle = ((mark.box.top + mark.box.bottom) / 2 - word.box.top) / word.box.height
    return gap <= room * height and not PIECE_AMID[0] <= middle <= PIECE_AMID[1]


def _points_at(one: CandidateWord, other: CandidateWord, between: NDArray[np.float64]) -> bool:
    """Whether one of (N, 4) px is a point between two words, at the feet of the higher one."""
    height = max(one.height(), other.height())
    foot = max(one.box.bottom, other.box.bottom)
    low = between[:, 3] - between[:, 1] <= POINT_HIGH * height
    low &= (between[:, 0] >= one.box.right) & (between[:, 2] <= other.box.left)
    low &= abs(between[:, 3] - foot) <= POINT_HIGH * height
    return bool(low.any())


def _is_dashed(mark: Box, boxes: NDArray[np.float64]) -> bool:
    """Whether a mark is one of the dashes of a line: one of (N, 4) boxes, px, is like it and stands about as far away as it is wide."""
    wide, high = mark.width, max(2, mark.height)
    like = (abs(boxes[:, 1] - mark.top) <= high) & (abs(boxes[:, 3] - mark.bottom) <= high)
    like &= abs(boxes[:, 2] - boxes[:, 0] - wide) <= DASH_STRAY * wide
    apart = np.maximum(boxes[:, 0] - mark.right, mark.left - boxes[:, 2])
    return bool((like & (apart > 0) & (apart <= DASH_GAP * wide)).any())


def walled(one: Box, other: Box, rules: NDArray[np.float64]) -> bool:
    """Whether an upright rule, of (N, 4) px, stands between two words, one behind the other."""
    middles = (rules[:, 0] + rules[:, 2]) / 2
    between = (middles >= one.right) & (middles <= other.left)
    return bool((between & (rules[:, 1] < one.bottom) & (rules[:, 3] > one.top)).any())


def _begins_with_point(word: CandidateWord) -> bool:
    """Whether a word begins with a point, as a decimal number does whose first digit is taken for one of the word before it."""
    return not word.full()[0] and is_point(word.atoms[0].box, POINT_WIDE * word.height())


def _goes_on_at_point(one: CandidateWord, other: CandidateWord) -> bool:
    """Whether a word ends with a point and another stands so close behind this, as a decimal number's two parts do on both sides of
    a line that runs through it."""
    point, height = one.atoms[-1].box, one.height()
    if one.full()[-1] or one.in_cells or other.in_cells:
        return False
    most = POINT_WIDE * height
    near = other.box.left - point.right <= BEHIND_POINT * height
    return near and abs(point.bottom - other.box.bottom) <= most and is_point(point, most)


def marked_after_ink(ink: Ink, words: Sequence[CandidateWord]) -> list[CandidateWord]:
    """The words, marked those that begin with a point right behind ink that may be a digit, whatever else it touches: as of one
    across the line of a book's gutter. ink: (H, W) bool, the page's, lines and all."""
    return [replace(word, crowded=True) if _is_after_ink(ink, word) else word for word in words]


def marked_beside_lost(
    ink: Ink, words: Sequence[CandidateWord], others: Sequence[Box]
) -> list[CandidateWord]:
    """The words, marked those beside which ink stands that is of none; what has a box to itself is whole. ink: (H, W) bool, the
    page's without rules. others: the boxes of what else is known."""
    known = [*(word.box for word in words), *others]
    asked = [n for n, word in enumerate(words) if not (word.crowded or word.in_cells or word.alone_in)]
    lost = beside_lost(*places_of([words[n] for n in asked]), ink, known)
    marked = set(np.array(asked, int)[lost].tolist())
    return [replace(word, crowded=True) if n in marked else word for n, word in enumerate(words)]


def _is_after_ink(ink: Ink, word: CandidateWord) -> bool:
    if word.in_cells or word.crowded or not _begins_with_point(word):
        return False
    box, height = word.box, word.height()
    left = max(0, box.left - round(BEFORE_POINT * height))
    before = ink[box.top : box.bottom, left : box.left]
    high, wide = np.count_nonzero(before.any(axis=1)), np.count_nonzero(before.any(axis=0))
    return bool(high >= DIGIT_HIGH * height and wide >= DIGIT_WIDE * height)


def _meet_at_rule(one: CandidateWord, other: CandidateWord, rules: NDArray[np.float64]) -> bool:
    """Whether the last glyph of a word and the first of the next both end at one upright rule, of (N, 4) px, so that a digit may
    lie across it."""
    last, first = one.atoms[-1].box, other.atoms[0].box
    shared = max(last.top, first.top), min(last.bottom, first.bottom)
    if first.left - last.right > MEET_PX:
        return False  # nearly all
    ends = (abs(rules[:, 0] - last.right) <= TOUCHING) & (abs(rules[:, 2] - first.left) <= TOUCHING)
    return bool((ends & (rules[:, 1] < shared[1]) & (rules[:, 3] > shared[0])).any())


class _Row(NamedTuple):
    """The middles of a word's first and last glyph, how far apart its glyphs stand, px, 0 where there is one, and how many there
    are."""

    first: float
    last: float
    pitch: float
    glyphs: int


def _row(word: CandidateWord) -> _Row:
    middles = [(atom.box.left + atom.box.right) / 2 for atom in word.full_atoms()]
    pitch = median([b - a for a, b in pairwise(middles)]) if len(middles) > 1 else 0.0
    return _Row(middles[0], middles[-1], pitch, len(middles))


def _goes_on_evenly(one: _Row, other: _Row, close: bool, pointed: bool) -> bool:
    """Whether the last glyph of one word and the first of the other, behind it, stand about as far apart as those within the
    words do, or about twice as far if there is a point between them."""
    if pointed:
        return other.first - one.last <= EVEN_POINT * max(one.pitch, other.pitch)
    even = EVEN if close and min(one.glyphs, other.glyphs) == 1 else EVEN_BOTH
    return other.first - one.last <= even * max(one.pitch, other.pitch)


def beside(word: CandidateWord, boxes: NDArray[np.float64]) -> list[CandidateWord]:
    """What is left of a word without the ink that boxes, (N, 4) px, cover."""
    free = ~covering(np.array([atom.box for atom in word.atoms], np.float64), boxes).any(axis=1)
    if free.all():
        return [word]
    own = [word.atoms[n] for n in np.flatnonzero(free).tolist()]
    return [word.only(own)] if (free & word.full()).any() else []


def covering(atoms: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(M, N) bool: which of (M, 4) boxes of ink lie in which of (N, 4) boxes, for the most part. px."""
    low = np.maximum(atoms[:, None, :2], boxes[None, :, :2])
    high = np.minimum(atoms[:, None, 2:], boxes[None, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    sizes = (atoms[:, 2:] - atoms[:, :2]).prod(axis=1)
    return np.asarray(shared >= COVERED * sizes[:, None], bool)
