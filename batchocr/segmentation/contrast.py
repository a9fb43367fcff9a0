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
from batchocr.segmentation.segment import CandidateWord

NEAR, FAR = 1, 3  # px from the ink between which its paper lies
DEEP_SHARE = 75  # percent of a page's words that stand out less than its plain ones
FAINT = 0.15  # of those: what stands out less is nothing written
FEW = 8  # words: fewer tell nothing of each other


def standing_out(grey: Grey, words: Sequence[CandidateWord]) -> tuple[CandidateWord, ...]:
    """The words of an (H, W) uint8 page without those that are hardly darker, or lighter, than what is around them."""
    if len(words) < FEW:
        return tuple(words)
    depths = np.array([contrast(grey, word) for word in words])
    least = FAINT * float(np.percentile(depths, DEEP_SHARE))
    return tuple(word for word, depth in zip(words, depths.tolist(), strict=True) if depth >= least)


def contrast(grey: Grey, word: CandidateWord) -> float:
    """Grey levels between a word's largest piece of ink and the paper around that."""
    atom = max(word.atoms, key=lambda atom: atom.box.width * atom.box.height)
    left, top, right, bottom = atom.box
    high, wide = grey.shape
    around = (min(FAR, top), min(FAR, high - bottom), min(FAR, left), min(FAR, wide - right))
    ink = np.asarray(
        cv2.copyMakeBorder(atom.mask.view(np.uint8), *around, cv2.BORDER_CONSTANT, value=0), np.uint8
    )
    picture = grey[top - around[0] : bottom + around[1], left - around[2] : right + around[3]]
    paper = np.asarray(cv2.subtract(_grown(ink, FAR), _grown(ink, NEAR)), np.uint8)
    if not paper.any():
        return 255.0
    return float(abs(cv2.mean(picture, paper)[0] - cv2.mean(picture, ink)[0]))


def _grown(ink: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    side = 2 * reach + 1
    return np.asarray(cv2.dilate(ink, np.ones((side, side), np.uint8)), np.uint8)
