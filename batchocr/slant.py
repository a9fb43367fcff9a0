"""Printed strokes that pass for ones: slashes are left out of the number, other strokes that are barer than the page's own ones
are put in front of a person, as letters, bars or worn digits.

A bare straight stroke is told from others by the moments of its ink, and print by how alike the digits of one kind are. Leaves out: what
is written by hand, where ones lean and are bare too, strokes that touch a digit, and slashes that lean no more than the digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import islice
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.consensus import Weighed
from batchocr.decode import Decoded
from batchocr.elements import Box, Reading
from batchocr.normalize import normalize_glyphs
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.style import shapes

LEAN = 0.2  # px to the right for each px upwards, more than the ones of the page lean
UPRIGHT, FEWEST_UPRIGHT = 0.1, 2  # more than its other digits do these lean at most, and so many tell it;
STEEP = 0.3  # where they are fewer, more than those: a person decides, for ones of this print may lean so
ONES_HIGH = (0.6, 1.2)  # times as high as the digits beside it: old-style ones are low
BARE = 0.06  # of its height that a stroke's ink lies off its line, about, or no more than that of the page's ones does,
BOLD = 0.1  # up to so much: bold slashes are wide,
BARER = 1.5  # and so many times as far that of the page's ones, by their serifs: it is none of them
LEAST_WIDTH = 0.22  # of its height: a stroke that leans so is no narrower
ROUND = frozenset("0235689")  # digits whose lean their moments tell
AS_HIGH = 0.9  # times as high as the digits beside it: it is no lower
NEAR = 0.15  # of their height: digits of the page that are so near in height
PRINT_ALIKE = 0.93  # are print if those of one kind are so alike, by the cosine of their pictures; of one hand 0.74 to 0.88,
FEWEST_ALIKE = 4  # and no fewer than these tell it
MOST_ALIKE = 100  # more tell no more
FELLOWS = 3  # of its kind, the most alike, that a digit is held against to tell whether it is print
STEP = 1.05  # times: heights no farther apart are asked about together


def ones_checked(words: Sequence[CandidateWord], weighed: Sequence[Weighed]) -> list[Weighed]:
    """The strings of a page, their printed ones held against each other: without slashes, and with opinions that tell of
    strokes that are no ones."""
    strings = [string for string, _ in weighed]
    strokes = [_strokes(word, string) if string else {} for word, string in zip(words, strings, strict=True)]
    found = list(weighed)
    if not any(strokes):
        return found
    page = _Page(words, strings)
    for n, (string, opinion) in enumerate(weighed):
        if string is None or opinion is None or not strokes[n]:
            continue
        usual = median(r.box.height for place, r in enumerate(string.readings) if place not in strokes[n])
        if not page.is_print(usual) or page.is_by_hand(n, usual):
            continue
        lean, off = page.upright_ones(usual)
        if lean is None:
            leans = [
                _moments(atom)[0] for reading, atom in _own_atoms(words[n], string) if reading.text in ROUND
            ]
            bare = [stroke.lean for stroke in strokes[n].values() if stroke.off <= BARE]
            if max(bare, default=-math.inf) - max([page.lean, *leans]) >= STEEP:
                found[n] = string, replace(opinion, slash=True)
            continue
        slashes = [
            place
            for place, stroke in strokes[n].items()
            if stroke.wide and stroke.lean - lean >= LEAN and stroke.off <= max(BARE, off)
        ]
        bars = [place for place, stroke in strokes[n].items() if stroke.off <= min(BARE, off / BARER)]
        if slashes:
            found[n] = _without(string, slashes), replace(opinion, slash=True)
        elif bars:
            found[n] = string, replace(opinion, bar=bars[0])
    return found


def _without(string: Decoded, places: Sequence[int]) -> Decoded:
    """The string without the digits at those places."""
    readings = tuple(r for n, r in enumerate(string.readings) if n not in places)
    return replace(
        string,
        text="".join(r.text for r in readings),
        readings=readings,
        weakest=min(r.confidence for r in readings),
        skipped=string.skipped + len(places),
        box=reduce(Box.union, (r.box for r in readings)),
    )


class _Stroke(NamedTuple):
    """A straight stroke: how it leans, how far its ink lies off its line, as share of its height, and whether it is as wide as a
    slash."""

    lean: float
    off: float
    wide: bool


def _strokes(word: CandidateWord, string: Decoded) -> dict[int, _Stroke]:
    """The straight strokes of a string that were read as 1 and are as high as its other digits, by their places."""
    heights = [r.box.height for r in string.readings if r.text != "1"]
    if "1" not in string.text or not heights:
        return {}
    least = AS_HIGH * median(heights)
    own = dict(_own_atoms(word, string))
    strokes = {}
    for n, reading in enumerate(string.readings):
        atom = own.get(reading)
        if reading.text == "1" and atom is not None and atom.box.height >= least:
            lean, off = _moments(atom)
            if off <= BARE or (off <= BOLD and lean >= LEAN / 2):
                strokes[n] = _Stroke(lean, off, atom.box.width >= LEAST_WIDTH * atom.box.height)
    return strokes


_Digit = tuple[str, Atom, int]  # what it is read as, its ink, and the word that it stands in


class _Page:
    """The digits of a page that are one component each: how they lean, which are print, and how its ones stand.

    lean: the median of those that tell it, 0 where none does.
    """

    def __init__(self, words: Sequence[CandidateWord], strings: Sequence[Decoded | None]) -> None:
        own = [
            (reading.text, atom, n)
            for n, (word, string) in enumerate(zip(words, strings, strict=True))
            if string is not None
            for reading, atom in _own_atoms(word, string)
        ]
        self._drawn: dict[int, NDArray[np.float32]] = {}
        self._round = [(text, atom, n) for text, atom, n in own if text in ROUND]
        self._others = [(text, atom, n) for text, atom, n in own if text != "1"]
        self._ones = [(atom.box.height, *_moments(atom)) for text, atom, _ in own if text == "1"]
        self._print: dict[int, bool] = {}
        self._near: dict[int, list[_Digit]] = {}
        self.lean = median(_moments(atom)[0] for _, atom, _ in self._round) if self._round else 0.0

    def is_print(self, height: float) -> bool:
        """Whether digits about so high, px, are print: those of one kind look alike in different words."""
        step = _step(height)
        if step not in self._print:
            near = _near(self._round, STEP**step)
            found = self._likeness(near, near) if len(near) >= FEWEST_ALIKE else []
            self._print[step] = len(found) >= FEWEST_ALIKE and median(found) >= PRINT_ALIKE
        return self._print[step]

    def is_by_hand(self, word: int, height: float) -> bool:
        """Whether a word's own digits, about so high, px, look unlike those of their kind elsewhere: a form's print says nothing
        of what is written on it."""
        step = _step(height)
        if step not in self._near:
            self._near[step] = _near(self._others, STEP**step)
        own = [one for one in self._others if one[2] == word]
        found = self._likeness(own, self._near[step], most=FELLOWS)
        return bool(found) and median(found) < PRINT_ALIKE

    def upright_ones(self, height: float) -> tuple[float | None, float]:
        """How ones about so high, px, lean that stand as upright as the page's other digits, None where too few do, and how
        far their ink lies off its line."""
        low, most = ONES_HIGH[0] * height, ONES_HIGH[1] * height
        upright = [one for one in self._ones if low <= one[0] <= most and one[1] - self.lean <= UPRIGHT]
        if len(upright) < FEWEST_UPRIGHT:
            return None, 0.0
        return median(lean for _, lean, _ in upright), median(off for _, _, off in upright)

    def _likeness(
        self, some: Sequence[_Digit], others: Sequence[_Digit], most: int = MOST_ALIKE
    ) -> list[float]:
        """For those of some that have any of their kind in other words among the others, the mean cosine to the most alike of
        these."""
        if not some or not others:
            return []
        kinds, of_others = (np.array([ord(kind) for kind, _, _ in digits]) for digits in (some, others))
        words, of_other_words = (np.array([word for _, _, word in digits]) for digits in (some, others))
        mates = (kinds[:, None] == of_others) & (words[:, None] != of_other_words)
        alike = self._pictures(some) @ self._pictures(others).T
        cosines = -np.sort(-np.where(mates, alike, -1.0), axis=1)[:, :most]
        counts = np.minimum(mates.sum(axis=1), most)
        ranked = np.arange(cosines.shape[1]) < counts[:, None]
        found: list[float] = ((cosines * ranked).sum(axis=1)[counts > 0] / counts[counts > 0]).tolist()
        return found

    def _pictures(self, digits: Sequence[_Digit]) -> NDArray[np.float32]:
        """(N, 196), each drawn once a page."""
        new = [atom for _, atom, _ in digits if id(atom) not in self._drawn]
        if new:
            drawn = shapes(normalize_glyphs([atom.mask for atom in new], tight=True))
            self._drawn.update(zip(map(id, new), drawn, strict=True))
        return np.stack([self._drawn[id(atom)] for _, atom, _ in digits])


def _step(height: float) -> int:
    return round(math.log(max(height, 1.0), STEP))


def _near(digits: Sequence[_Digit], height: float) -> list[_Digit]:
    """Those about so high, px."""
    near = (one for one in digits if abs(one[1].box.height - height) <= NEAR * height)
    return list(islice(near, MOST_ALIKE))


def _own_atoms(word: CandidateWord, string: Decoded) -> list[tuple[Reading, Atom]]:
    """The digits of a string that are one atom each, and those."""
    atoms = {atom.box: atom for atom in word.atoms}
    return [(reading, atoms[reading.box]) for reading in string.readings if reading.box in atoms]


def _moments(atom: Atom) -> tuple[float, float]:
    """How ink leans, px to the right for each px upwards, and how far it lies off that line, as share of its height."""
    moments = cv2.moments(atom.mask.view("uint8"), binaryImage=True)
    area, across, both, down = moments["m00"], moments["mu20"], moments["mu11"], moments["mu02"]
    if down <= 0:
        return 0.0, 1.0
    off = max(0.0, across - both * both / down) / area
    return -both / down, float(off**0.5) / atom.box.height
