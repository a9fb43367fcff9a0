"""Small marks among print much smaller than the page's writing: ones, and pieces of digits.

Narrow marks much lower than the writing are chips of ruled lines, unless they stand in a row of such print. Leaves out:
what the print says (`segmentation.fine`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.lines import following

LOW_PRINT = 0.6  # writing heights: print no higher is much smaller than the page's writing,
LEAST_CHIP = 0.3  # and no lower; what is lower are points and dust
ALIKE = 0.6  # of each other's height that neighbours in such print have and share
PRINT_REACH = 0.6  # of its height between them
BROKEN_GAP = 0.3  # and of its height between two pieces of a glyph of it
AT_ONCE = 256  # marks whose neighbours are looked for together: bounds the memory of a dense page
MOST_CHIPS = 2000  # more of them are a screen or noise
STACKED = 0.5  # of the narrower one's width by which pieces of one glyph stand above one another


def in_small_print(boxes: NDArray[np.int32], chips: NDArray[np.bool_], height: float) -> NDArray[np.bool_]:
    """(N,) bool: which chips stand in a row of print much lower than the page's writing, whose ones and pieces of digits they are.

    boxes: (N, 4) px. chips: (N,) bool.
    """
    heights = boxes[:, 3] - boxes[:, 1]
    low = (heights <= LOW_PRINT * height) & (heights >= LEAST_CHIP * height)
    row, left = low & ~chips, np.flatnonzero(low & chips)
    if len(left) > MOST_CHIPS:
        return np.zeros(len(boxes), bool)
    broken = _broken_glyphs(boxes[heights < LEAST_CHIP * height], height) if len(left) else boxes[:0]
    row[left[_of_row(boxes[left], np.concatenate([boxes[row], broken]))]] = True
    return chips & row


def _of_row(marks: NDArray[np.int32], row: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(M,) bool: which of (M, 4) px marks stand beside one of a row, (N, 4) px, or beside each other from there on."""
    found = np.zeros(len(marks), bool)
    left = np.arange(len(marks))
    while len(left):
        beside = np.array([_stands_beside(box, row) for box in marks[left]], bool)
        if not beside.any():
            break
        found[left[beside]] = True
        row = np.concatenate([row, marks[left[beside]]])
        left = left[~beside]
    return found


def in_rows(boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(N,) bool: which of (N, 4) px stand beside another of them, about as high, no farther than the next digit would."""
    order = np.argsort(boxes[:, 0], kind="stable")
    lefts, tops, rights, bottoms = boxes[order].T
    heights = bottoms - tops
    stops = np.searchsorted(lefts, rights + PRINT_REACH * heights)
    found = np.zeros(len(boxes), bool)
    for start in range(0, len(boxes), AT_ONCE):
        one, other = following(np.arange(start, min(start + AT_ONCE, len(boxes))), stops)
        taller = np.maximum(heights[one], heights[other])
        shared = np.minimum(bottoms[one], bottoms[other]) - np.maximum(tops[one], tops[other])
        beside = np.minimum(np.minimum(heights[one], heights[other]), shared) >= ALIKE * taller
        found[order[one[beside]]] = found[order[other[beside]]] = True
    return found


def _broken_glyphs(pieces: NDArray[np.int32], height: float) -> NDArray[np.int32]:
    """(M, 4) px of two of (N, 4) px pieces each, one above the other, that are as high together as a glyph of small print: a 7 that
    lost what joins its bar to its stem."""
    if not 1 < len(pieces) <= MOST_CHIPS:
        return pieces[:0]
    pieces = pieces[np.argsort(pieces[:, 0], kind="stable")]
    # only what stands in one column: a page of specks has too many pairs
    one, other = following(np.arange(len(pieces)), np.searchsorted(pieces[:, 0], pieces[:, 2]))
    below = (pieces[one, 1] > pieces[other, 1])[:, None]
    upper, lower = np.where(below, pieces[other], pieces[one]), np.where(below, pieces[one], pieces[other])
    whole = np.column_stack([np.minimum(upper[:, :2], lower[:, :2]), np.maximum(upper[:, 2:], lower[:, 2:])])
    shared = np.minimum(upper[:, 2], lower[:, 2]) - np.maximum(upper[:, 0], lower[:, 0])
    narrower = np.minimum(upper[:, 2] - upper[:, 0], lower[:, 2] - lower[:, 0])
    gap, high = lower[:, 1] - upper[:, 3], whole[:, 3] - whole[:, 1]
    as_high = (high >= LEAST_CHIP * height) & (high <= LOW_PRINT * height)
    stacked = (shared >= STACKED * narrower) & (gap >= 0) & (gap <= BROKEN_GAP * high)
    return np.asarray(whole[stacked & as_high], np.int32)


def _stands_beside(box: NDArray[np.int32], row: NDArray[np.int32]) -> bool:
    """Whether a mark, 4 px, stands beside one of a row, (N, 4) px, about as high, no farther than the next digit would."""
    left, top, right, bottom = box.tolist()
    heights = row[:, 3] - row[:, 1]
    apart = np.maximum(row[:, 0] - right, left - row[:, 2])
    shared = np.minimum(row[:, 3], bottom) - np.maximum(row[:, 1], top)
    alike = (bottom - top >= ALIKE * heights) & (heights >= ALIKE * (bottom - top))
    return bool((alike & (apart <= PRINT_REACH * heights) & (shared >= ALIKE * heights)).any())
