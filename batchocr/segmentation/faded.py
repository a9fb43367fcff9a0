"""Digits too pale to be ink right beside a number, as of a worn type or a pen that skips: the number may go on there.

Likewise a stroke too pale to be ink between two digits of a number, as of a slash in hairline type: it may part them.
Leaves out: what such a digit or stroke says, and pages in black and white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from batchocr.elements import Box, Grey, Ink
from batchocr.imaging.binarize import Relief
from batchocr.imaging.labels import label
from batchocr.segmentation.segment import CandidateWord

SOFT = 1.2  # px by which depths are smoothed: paper's noise is finer
REACH = 1.2  # heights beside a number within which its next digit would stand
NOISE = 3.0  # times as deep as paper's noise is such a digit at least,
PALE = 0.22  # and so many times as deep as the number's ink
HIGH = (0.6, 1.15)  # heights that it is high,
WIDE = (0.25, 0.9)  # and wide,
ROOM = 0.3  # above and below the number, within which it stands
LEAST_AREA = 0.05  # of its height, squared, that it takes
LEAST_PX = 8  # px of a number's height: lower ones have no room for pale digits
MARGIN = 2  # px around ink that its edges take
LEAST_HIGH = 0.6  # heights of a pale stroke between two digits,
FREE_AT = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2)  # which stands free of them at so many times the least depth


def marked_faded(paper: Relief, ink: Ink, words: Sequence[CandidateWord]) -> tuple[CandidateWord, ...]:
    """The words of a page, marked as crowded those with a pale glyph right beside them or a pale stroke between their digits,
    unless the other side shows through. ink: (H, W) bool, the page's."""
    if paper.two_tone or any(word.through for word in words):
        return tuple(words)
    return tuple(
        replace(word, crowded=True) if not word.crowded and _is_doubtful(paper, ink, word) else word
        for word in words
    )


def _is_doubtful(paper: Relief, ink: Ink, word: CandidateWord) -> bool:
    """Whether a word may go on where its ink ends, or have parts."""
    if word.in_cells:
        return False
    height, box = word.height(), word.box
    inside = slice(box.top, box.bottom), slice(box.left, box.right)
    own, inked = paper.depth[inside], ink[inside]
    if not inked.any() or height < LEAST_PX:
        return False
    least = max(NOISE * paper.noise, PALE * float(np.median(own[inked])))
    alone = not word.usual_height
    return (alone and _goes_on(paper, ink, word, least)) or _holds_stroke(own, inked, word, least)


def _goes_on(paper: Relief, ink: Ink, word: CandidateWord, least: float) -> bool:
    """Whether a pale glyph stands right before or behind a word."""
    height, box = word.height(), word.box
    reach, room = round(REACH * height), round(ROOM * height)
    for left, right in ((box.right, box.right + reach), (box.left - reach, box.left)):
        place = Box(
            max(0, left),
            max(0, box.top - room),
            min(ink.shape[1], right),
            min(ink.shape[0], box.bottom + room),
        )
        if place.width >= WIDE[0] * height and _holds_pale(paper.depth, ink, place, least, height):
            return True
    return False


def _holds_stroke(own: Grey, inked: Ink, word: CandidateWord, least: float) -> bool:
    """Whether a stroke paler than ink stands free between two digits of a word, whose depth and ink these (h, w) are."""
    box, height = word.box, word.height()
    first, last = (word.atoms[n].box for n in (0, -1))
    beside = np.where(_with_edges(inked), np.uint8(0), own).max(axis=1)  # how deep each row is elsewhere
    for times in FREE_AT:
        if np.count_nonzero(beside >= times * least) < LEAST_HIGH * height:
            return False  # nearly all words
        pale = (own >= times * least) | inked
        labels, stats = label(pale.view(np.uint8))
        left, _, wide, high, _ = stats.T
        free = (left + box.left > first.left + first.width / 2) & (high >= LEAST_HIGH * height)
        free &= left + wide + box.left < last.left + last.width / 2
        if not set(np.flatnonzero(free) + 1) <= set(labels[inked].tolist()):
            return True
    return False


def _holds_pale(depth: Grey, ink: Ink, place: Box, least: float, height: float) -> bool:
    """Whether a glyph paler than ink stands alone in a place."""
    rows, columns = slice(place.top, place.bottom), slice(place.left, place.right)
    own, inked = depth[rows, columns], ink[rows, columns]
    enough = LEAST_AREA * height * height
    if np.count_nonzero((own >= least) & ~inked) < enough:
        return False  # nearly all places
    pale = (cv2.GaussianBlur(own, (0, 0), SOFT) >= least) & ~_with_edges(inked)
    _, stats = label(pale.view(np.uint8))
    left, top, wide, high, area = stats.T
    alone = (left > 0) & (top > 0) & (left + wide < place.width) & (top + high < place.height)
    alone &= (high >= HIGH[0] * height) & (high <= HIGH[1] * height) & (area >= enough)
    return bool((alone & (wide >= WIDE[0] * height) & (wide <= WIDE[1] * height)).any())


def _with_edges(inked: Ink) -> Ink:
    """Ink and what its edges take."""
    reach = np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8)
    return np.asarray(cv2.dilate(inked.view(np.uint8), reach), np.uint8).view(bool)
