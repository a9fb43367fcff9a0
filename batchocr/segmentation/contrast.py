"""How far ink stands out from the paper right around it, which shadows, creases and the grain of wood do not.

The page's ink was found against its paper as far as a hand's breadth around; in the fold of a book or on the edge
of a photo that paper is lighter than what lies beside the ink. Leaves out: what the ink means.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.strip import paper_percentile

NEAR, FAR = 1, 3  # px from the ink between which its paper lies
DEEP_SHARE = 75  # percent of a page's words that stand out less than its plain ones
FAINT = 0.15  # of those: what stands out less is nothing written
FEW = 8  # words: fewer tell nothing of each other
EDGE = 0.08  # of its height around a piece of ink that is its blurred edge
AT_ONCE = 256  # words looked at together: bounds the memory of a dense page
MOST_DEPTH = 255.0  # grey levels: of ink that leaves no paper to hold it against


def papered_over(grey: Grey, atoms: Sequence[Atom], *, light_ink: bool) -> Grey:
    """The (H, W) uint8 page with plain paper where these pieces of ink are, and their blurred edges. light_ink: ink is lighter
    than paper."""
    if not atoms:
        return grey
    cleaned = grey.copy()
    for box, mask in ((atom.box, atom.mask) for atom in atoms):
        edge = max(1, round(EDGE * box.height))
        left, top = max(0, box.left - edge), max(0, box.top - edge)
        place = slice(top, box.bottom + edge), slice(left, box.right + edge)
        around = np.zeros(grey[place].shape, np.uint8)
        around[box.top - top :, box.left - left :][: box.height, : box.width] = mask
        around = np.asarray(cv2.dilate(around, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)), np.uint8)
        cleaned[place][around > 0] = np.percentile(grey[place], paper_percentile(light_ink))
    return cleaned


def standing_out(grey: Grey, words: Sequence[CandidateWord]) -> tuple[CandidateWord, ...]:
    """The words of an (H, W) uint8 page without those that are hardly darker, or lighter, than what is around them."""
    if len(words) < FEW:
        return tuple(words)
    depths = contrasts(grey, words)
    least = FAINT * float(np.percentile(depths, DEEP_SHARE))
    return tuple(word for word, depth in zip(words, depths.tolist(), strict=True) if depth >= least)


def contrasts(grey: Grey, words: Sequence[CandidateWord]) -> NDArray[np.float64]:
    """(N,) grey levels between each word's largest piece of ink and the paper around that."""
    return depths_of(grey, [max(word.atoms, key=_size) for word in words])


def depths_of(grey: Grey, atoms: Sequence[Atom]) -> NDArray[np.float64]:
    """(N,) grey levels between each piece of ink and the paper around it."""
    parts = [_beside(grey, atoms[start : start + AT_ONCE]) for start in range(0, len(atoms), AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _size(atom: Atom) -> int:
    left, top, right, bottom = atom.box
    return (right - left) * (bottom - top)


def _beside(grey: Grey, atoms: Sequence[Atom]) -> NDArray[np.float64]:
    """(N,) the same for pieces of ink, which are laid side by side so that a few calls see them all."""
    sizes = np.array([atom.mask.shape for atom in atoms]) + 2 * FAR
    ends = sizes[:, 1].cumsum()
    ink = np.zeros((int(sizes[:, 0].max()), int(ends[-1])), np.uint8)
    picture, page = np.zeros_like(ink), np.zeros_like(ink)  # page: 1 where there is one
    for atom, end, (high, wide) in zip(atoms, ends.tolist(), sizes.tolist(), strict=True):
        left, top = atom.box.left - FAR, atom.box.top - FAR
        x = end - wide
        ink[FAR : high - FAR, x + FAR : end - FAR] = atom.mask
        rows = slice(max(0, -top), min(high, grey.shape[0] - top))
        columns = slice(max(0, -left), min(wide, grey.shape[1] - left))
        beyond = slice(x + columns.start, x + columns.stop)
        page[rows, beyond] = 1
        picture[rows, beyond] = grey[
            top + rows.start : top + rows.stop, left + columns.start : left + columns.stop
        ]
    paper = np.asarray(cv2.subtract(_grown(ink, FAR), _grown(ink, NEAR)), np.uint8) & page
    of_paper, of_ink = (_means(picture, mask, ends) for mask in (paper, ink))
    return np.where(np.isnan(of_paper), MOST_DEPTH, np.abs(of_paper - of_ink))


def _means(picture: Grey, mask: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N,) mean grey under (H, W) uint8 0 or 1 of each of the pictures side by side, NaN for none. ends: (N,) px."""
    sums = []
    for part in (cv2.multiply(picture, mask), mask):
        along = cv2.reduce(part, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel().cumsum(dtype=np.int64)
        sums.append(np.diff(along[ends - 1], prepend=0))
    of_none = np.full(len(ends), np.nan)
    return np.asarray(np.divide(sums[0], sums[1], out=of_none, where=sums[1] > 0), np.float64)


def _grown(ink: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    side = 2 * reach + 1
    return np.asarray(cv2.dilate(ink, np.ones((side, side), np.uint8)), np.uint8)
