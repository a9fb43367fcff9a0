"""Print much smaller than a page's writing: as of a form that is filled in by large digits.

What is so low is a point, a dash or dust beside the writing, by whose height the page is cut; and too few pixels for a
digit, on a page that is not enlarged for it. Where some of it plainly is digits, all alike in height, the page is read
once more with nothing else on it. Leaves out: that reading (`pipeline`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey, Ink
from batchocr.imaging.binarize import Relief
from batchocr.imaging.labels import label
from batchocr.segmentation.boxes import LIKELY, Judge, height_of_most, how_telling, telling
from batchocr.segmentation.segment import Atom, CandidateWord, Segmentation, boxes_of
from batchocr.segmentation.small_print import MOST_CHIPS, in_rows

LOW_HEIGHTS = 0.45  # of the page's writing: what is lower is no digit of it
MOST_HEIGHTS = 0.6  # and of it what goes on as high as fine print has it, by whose height the page has lost its points, is no higher
LEAST_PX = 8  # of the scan that a digit is high at least, to be read
ASPECTS = (0.15, 1.5)  # width / height of a digit
DIGITS_SHARE = (
    0.15  # of its glyphs plainly are digits, where numbers are among it: letters look like some now and then
)
FEWEST_BESIDE, BESIDE_SHARE = 10, 0.4  # or so many, and of them, beside another: numbers among many words
LONE_SHARE = 0.25  # of those that stand alone, as the numbers of a table's columns do,
FEWEST_DIGITS = 6  # and so many,
FEWEST_KINDS = 4  # those that stand alone of so many kinds
ALIKE = 1.3  # of which most are within this factor as high as each other
LOOKED_AT = 500  # glyphs that tell
BESIDE, ABOVE = 0.4, 0.2  # of its height beside and above ink of it that is of the same word, on either side
EDGE = 2  # px of the scan around ink that are its blurred edge


class FinePrint(NamedTuple):
    """A page with nothing on it but its fine print, (H, W) uint8, how high that is, px, whether it is lighter than paper, and how
    high of its writing at most."""

    grey: Grey
    height: float
    light_ink: bool
    most: float


def is_fine(word: CandidateWord, height: float, most: float = LOW_HEIGHTS) -> bool:
    """Whether a word is much lower than the writing, `height` px: than so much of it at most."""
    return not word.in_cells and word.height() < most * (word.usual_height or height)


def fine_print(
    grey: Grey,
    paper: Relief,
    segmentation: Segmentation,
    signs: Sequence[Atom],
    judge: Judge,
    *,
    grain: float,
) -> FinePrint | None:
    """What of an (H, W) uint8 page is much smaller than its writing; None where no digits are among it.

    signs: what was taken out of its words. grain: px of the page that one of the scan has.
    """
    words, height, least = segmentation.words, segmentation.writing_height, LEAST_PX * grain
    fine = [word for word in words if is_fine(word, height)]
    glyphs = [atom for word in fine for atom in word.atoms if _may_be_digit(atom, least)]
    chips = [chip for chip in segmentation.chips if _may_be_digit(chip, least)]
    if len(chips) > MOST_CHIPS:
        chips = []
    in_row = in_rows(boxes_of([*glyphs, *chips]))
    high = _digits_height([*glyphs, *chips], in_row, judge)
    if not high:
        return None
    glyphs += _digits_among(chips, in_row[len(glyphs) :], high, judge)
    most = max(LOW_HEIGHTS, min(MOST_HEIGHTS, ALIKE * high / height))
    fine = [word for word in words if is_fine(word, height, most)]
    ink = segmentation.rules.ink.copy()
    others = [atom for word in words if not is_fine(word, height, most) for atom in word.atoms]
    others += [sign for sign in signs if sign.box.height >= most * height]
    for x, top, right, bottom, mask in ((*atom.box, atom.mask) for atom in others):
        ink[top:bottom, x:right] &= ~mask
    boxes = [*(word.box for word in fine), *(glyph.box for glyph in glyphs)]
    kept = _of_words(ink, boxes, high)
    edge = round(EDGE * grain)
    side = np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)
    near = cv2.dilate(kept.view(np.uint8), side) > 0
    plain = cv2.subtract(grey, paper.depth) if paper.light_ink else cv2.add(grey, paper.depth)
    return FinePrint(np.where(near, grey, plain), high, paper.light_ink, most)


def _of_words(ink: Ink, boxes: Sequence[Box], high: float) -> Ink:
    """What of (H, W) bool ink is in some boxes, or is of words that it is in the midst of: of print `high` px high."""
    side = np.ones((2 * round(ABOVE * high) + 1, 2 * round(BESIDE * high) + 1), np.uint8)
    labels, found = label(np.asarray(cv2.dilate(ink.view(np.uint8), side), np.uint8))
    kept = np.zeros(len(found) + 1, bool)
    for left, top, right, bottom in boxes:
        kept[labels[top:bottom, left:right]] = True
    return np.asarray(kept[labels] & ink, bool)


def _may_be_digit(atom: Atom, least: float) -> bool:
    """Whether an atom is as high as a digit of fine print, `least` px, and as wide."""
    wide, high = atom.box.width, atom.box.height
    return high >= least and ASPECTS[0] * high <= wide <= ASPECTS[1] * high


def _digits_among(chips: Sequence[Atom], in_row: NDArray[np.bool_], high: float, judge: Judge) -> list[Atom]:
    """Those of the narrow marks that may be digits `high` px high: they look like some, or stand beside others, (N,) bool."""
    if not chips:
        return []
    digit = how_telling(chips, judge) >= LIKELY
    return [
        chip
        for chip, may_be in zip(chips, (digit | in_row).tolist(), strict=True)
        if may_be and high / ALIKE <= chip.box.height <= high * ALIKE
    ]


def _digits_height(glyphs: Sequence[Atom], in_row: NDArray[np.bool_], judge: Judge) -> float:
    """The height in px that many of the glyphs have which plainly are digits and stand beside others, (N,) bool, or else of those which
    do not; 0 where they are too few."""
    for beside, share in ((in_row, DIGITS_SHARE), (~in_row, LONE_SHARE)):
        if np.count_nonzero(beside) < FEWEST_DIGITS:
            continue
        some = [glyphs[n] for n in np.flatnonzero(beside).tolist()]
        some = some[:: 1 + len(some) // LOOKED_AT]
        digits = telling(some, judge)
        if len(digits) < FEWEST_DIGITS:
            continue
        if len(digits) < share * len(some) and not (beside is in_row and _are_in_numbers(digits)):
            continue
        if beside is in_row or _are_several(digits, judge):
            return height_of_most([digit.box.height for digit in digits], ALIKE)
    return 0.0


def _are_in_numbers(digits: Sequence[Atom]) -> bool:
    """Whether glyphs that plainly are digits stand beside one another, as letters that look like some seldom do."""
    beside = int(np.count_nonzero(in_rows(boxes_of(digits))))
    return beside >= max(FEWEST_BESIDE, BESIDE_SHARE * len(digits))


def _are_several(digits: Sequence[Atom], judge: Judge) -> bool:
    """Whether glyphs are of several digits, as the crossings of a table's rules are not."""
    return len(set(judge([digit.mask for digit in digits]).argmax(axis=1).tolist())) >= FEWEST_KINDS
