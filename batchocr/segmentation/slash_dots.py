"""Printed slashes between numbers of which a scan in black and white has left a few dots: they part numbers all the same.

The dots are all the ink there is between two digits, and lie on a line that leans to the right. Only where a page has several are
they taken for slashes, and numbers with as much room between their digits go to a person there: a slash may be lost altogether.
Leaves out: dots that touch a digit, and slashes of a row of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np

from batchocr.elements import Box, Ink
from batchocr.imaging.labels import label
from batchocr.segmentation.segment import Atom, CandidateWord, ink_between, tighten

FEWEST = 6  # slashes of a page
FEWEST_DOTS = 3  # of a slash,
HIGHEST_DOT = 0.35  # of its digits' height that each is high at most
AROUND = 0.3  # of that height above and below the digits, where a slash may begin and end
LEAST_ROOM, LEAST_PX = 0.4, 3  # of that height, and px, between the digits
LEAST_HIGH = 0.25  # of that height that a slash is left high at least
LEAN = (0.15, 1.2)  # of its height, by which its head is to the right of its foot
STRAY, LEAST_STRAY = 0.06, 1.2  # of the digits' height, and px, by which its ink strays from a straight line
ROOM = 0.85  # times as much room as around such a slash may have held one


def parted_at_dots(words: Sequence[CandidateWord], ink: Ink) -> tuple[list[CandidateWord], list[Atom]]:
    """The words, those with dotted slashes between their digits in parts without them, on a page that has several; and these
    slashes. Parts, and what may have lost one, are marked: a person has to look. ink: (H, W) of the page."""
    found = [_slashes_of(word, ink) for word in words]
    slashes = [slash for own in found for slash, _, _ in own]
    if len(slashes) < FEWEST:
        return list(words), []
    room = ROOM * median(word.gaps()[n] for word, own in zip(words, found, strict=True) for _, n, _ in own)
    parts = list[CandidateWord]()
    for word, own in zip(words, found, strict=True):
        for part in word.parted_at([place for _, _, place in own]):
            may_hold_one = not word.in_cells and max(part.gaps(), default=0) >= room
            parts.append(replace(part, several=True) if own or may_hold_one else part)
    return parts, slashes


def _slashes_of(word: CandidateWord, ink: Ink) -> list[tuple[Atom, int, tuple[int, int]]]:
    """The slashes in a word, the gaps between full atoms that each is in, and the atoms that are its dots."""
    if word.in_cells:
        return []
    height = word.height()
    full = np.flatnonzero(word.full()).tolist()
    found = []
    for n, (one, other) in enumerate(pairwise(full)):
        before, behind = word.atoms[one].box, word.atoms[other].box
        if behind.left - before.right < max(LEAST_PX, LEAST_ROOM * height):
            continue
        slash = _in_gap(ink, before, behind, height)
        if slash is not None:
            found.append((slash, n, (one + 1, other)))
    return found


def _in_gap(ink: Ink, before: Box, behind: Box, height: float) -> Atom | None:
    """All ink between two digits, so many px high, if it is a line of dots that leans to the right."""
    between, top = ink_between(ink, before, behind, AROUND * height)
    rows, columns = between.nonzero()
    if not rows.size or np.ptp(rows) + 1 < max(2, LEAST_HIGH * height):
        return None  # nearly all gaps; dots on one row lean no way
    _, stats = label(between.view(np.uint8))
    if len(stats) < FEWEST_DOTS or max(stats[:, 3].tolist()) > HIGHEST_DOT * height:
        return None
    lean, at = np.polyfit(rows, columns, 1)
    stray = float(np.abs(columns - lean * rows - at).max())
    if not LEAN[0] <= -lean <= LEAN[1] or stray > max(LEAST_STRAY, STRAY * height):
        return None
    return Atom(*tighten(between, before.right, top))
