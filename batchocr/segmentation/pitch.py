"""Digits at a fixed pitch, as on the display of a counter: a 1 at the right of its place leaves so much room before it that its
number falls in two.

Where nearly all glyphs of a page's words end as far from each other, a narrow one that ends so far behind the word before it is the
next digit of that. Leaves out: type in which a 1 stands in the middle or at the left of its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from batchocr.elements import Box
from batchocr.following import in_a_row
from batchocr.segmentation.segment import CandidateWord, as_one

FEWEST = 8  # steps from one glyph to the next that tell the pitch,
ALIKE, NEARLY_ALL = (
    0.07,
    0.8,
)  # of which so many differ from the usual one by no more than this share of it and a pixel
HIGH = (0.6, 1.3)  # writing heights of the glyphs
NARROW = 0.4  # times as wide as high is a glyph with room before it at most
LEVEL = 0.25  # heights by which the feet of two words differ at most
AT_PITCH = 0.1  # share of the pitch by which a step to a narrow one differs, and a pixel


def joined_at_pitch(words: Sequence[CandidateWord], height: float) -> list[CandidateWord]:
    """The words, those in one that the pitch of a page's glyphs makes one. height: px of the writing."""
    glyphs = [_high(word, height) for word in words]
    steps = [b.right - a.right for own in glyphs for a, b in pairwise(own)]
    if len(steps) < FEWEST:
        return list(words)
    pitch = median(steps)
    if np.mean(np.abs(np.array(steps) - pitch) <= ALIKE * pitch + 1) < NEARLY_ALL:
        return list(words)
    after: dict[int, int] = {}
    for n, own in enumerate(glyphs):
        first = own[0] if own else None
        if first is None or first.width > NARROW * first.height:
            continue
        before = [
            m
            for m, others in enumerate(glyphs)
            if others
            and m != n
            and abs(first.right - others[-1].right - pitch) <= AT_PITCH * pitch + 1
            and abs(first.bottom - others[-1].bottom) <= LEVEL * height
        ]
        if len(before) == 1 and before[0] not in after:
            after[before[0]] = n
    behind = set(after.values())
    firsts = (n for n in range(len(words)) if n not in behind)
    return [as_one([words[m] for m in in_a_row(n, after)]) for n in firsts]


def _high(word: CandidateWord, height: float) -> Sequence[Box]:
    """A word's glyphs of digits' height; none of one that has another, or stands in boxes."""
    if word.in_cells or word.alone_in is not None:
        return []
    glyphs = word.glyphs()
    return glyphs if all(HIGH[0] * height <= box.height <= HIGH[1] * height for box in glyphs) else []
