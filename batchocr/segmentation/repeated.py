"""The same print right beside number after number of a page, such as their unit or currency: taken off them, so that it is no part
of what is read.

Told by its looks and by what stands before or behind it: glyphs that are alike in many words, the first of which the digit network
plainly takes for no digit, beside glyphs that it takes for digits and that differ from word to word. Leaves out: print beside few
numbers, or that touches them; units lower than the digits (`units`) and percent signs (`percent`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from batchocr.elements import NOT_A_DIGIT, Box, Ink
from batchocr.segmentation.lines import steps
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.shape import Look, common_look, looks_so

MANY = 6  # words of a page that have the same print beside them,
LONGEST = 4  # of so many glyphs at most,
MOSTLY = 0.5  # and so many of their numbers that are surely digits, each glyph of them
ALIKE = 0.65  # correlation of their pictures at least: a scan of low print differs from place to place
NEARLY_ALL = 0.9  # of them have one more glyph of it, which the network does not know, before those that are plainly letters
HANGING = 0.1  # of the number's height by which the head and the foot of a g are below those of a 9
ALL_DIGITS = set(range(NOT_A_DIGIT))  # of a page, in such numbers
FEWEST_TEXTS = 4  # that differ, or with as many more of each digit as this elsewhere,
PLAIN, FEWEST_PLAIN = 12, 2  # in words of so many glyphs at least
NOT_SURE = -1  # which digit a glyph is that may be none
FEWEST_SPACED = 3  # glyphs behind such print that a space parts,
# if the gap, and the step over it, are so many times as wide as others on the whole
WIDER, LONGER = 1.5, 1.06
ROOM = 0.35  # heights that a glyph stands from the others of its number, where a point or a space may be between,
NEARER = 0.25  # and times as far from print as from the next glyph of its number is a glyph at most that may be of the print
MOST_SEEDS = 6  # words that others are held against: a page of letters has many that are like few others


class Glyph(NamedTuple):
    """(h, w) bool ink, which digit it surely is, -1 where it is none, and by how much of the number's height its head and its foot
    are below the number's."""

    mask: Ink
    digit: int
    head: float
    foot: float


class Ended(NamedTuple):
    """A word as far as letters come: its full glyphs from one end on, then those of the letters and what is behind them, how many
    of its atoms, with the marks among them, stand before each of these glyphs, and before the letters."""

    number: list[Glyph]
    print: list[Glyph]
    before: list[int]
    kept: int

    def with_last(self) -> Ended:
        """The word, the last glyph before the letters taken for one of them."""
        *number, last = self.number
        return Ended(number, [last, *self.print], self.before[:-1], self.before[-1])


class Left(NamedTuple):
    """How many of a word's atoms are left without print, and the number of the print."""

    atoms: int
    print: int


class Range(NamedTuple):
    """From which of its atoms on, and up to which, a word is left, and whether a space may part it there, as of Q3 1990."""

    start: int
    stop: int
    several: bool = False


def without_repeated(
    words: Sequence[CandidateWord], letters: Sequence[Sequence[bool]], digits: Sequence[Sequence[int]]
) -> list[Range]:
    """Of each word what is left when the print that a page repeats is gone.

    letters: of each word's atoms which are plainly letters. digits: which digit each surely is, -1 where it is none.
    """
    plain = _plain_digits(words, digits)
    behind = _repeated([_ended(*each, 1) for each in zip(words, letters, digits, strict=True)], plain)
    before = _repeated([_ended(*each, -1) for each in zip(words, letters, digits, strict=True)], plain)
    found = []
    for n, word in enumerate(words):
        first, last = (ends[n].atoms if n in ends else len(word.atoms) for ends in (before, behind))
        found.append(Range(len(word.atoms) - first, last))
    for n in _spaced(words, found, before):
        found[n] = found[n]._replace(several=True)
    return found


def _spaced(words: Sequence[CandidateWord], left: Sequence[Range], before: dict[int, Left]) -> list[int]:
    """The words, of those behind the same print, that on the whole have a space at the same place."""
    alike = defaultdict[int, dict[int, Sequence[Box]]](dict)
    for n, own in before.items():
        glyphs = words[n].only(_atoms(words[n], left[n])).glyphs()
        if len(glyphs) >= FEWEST_SPACED:
            alike[own.print][n] = glyphs
    return [
        n
        for boxes in alike.values()
        if len(boxes) >= MANY
        if any(_is_space(list(boxes.values()), at) for at in range(FEWEST_SPACED - 1))
        for n in boxes
    ]


def _is_space(words: Sequence[Sequence[Box]], at: int) -> bool:
    """Whether the gap behind one of their first glyphs is wider than others of these words, and the step over it longer: a 1 has room
    beside it too."""
    gaps = [[b.left - a.right for a, b in pairwise(own)] for own in words]
    middles = [steps(own) for own in words]
    wider, longer = (
        fmean(own[at] for own in of) / max(1.0, fmean(v for own in of for n, v in enumerate(own) if n != at))
        for of in (gaps, middles)
    )
    return wider >= WIDER and longer >= LONGER


def _atoms(word: CandidateWord, own: Range) -> tuple[Atom, ...]:
    return word.atoms[own.start : own.stop]


def left_of(word: CandidateWord, own: Range) -> CandidateWord:
    """What is left of a word. A person has to look where the glyph at its end stands much nearer to the print that is gone than to the
    number: it may be of that, as the l of Tel. before one; and where a space may part it."""
    left = word.only(_atoms(word, own))
    if own.several:
        return replace(left, several=True)
    glyphs = [atom.box for atom in left.full_atoms()]
    ends = []
    if own.start > 0:
        ends.append((word.atoms[own.start - 1].box, glyphs))
    if own.stop < len(word.atoms):
        ends.append((word.atoms[own.stop].box, glyphs[::-1]))
    for beside, (last, *others) in ends:
        room = _apart(last, others[0]) if others else 0
        if room >= ROOM * left.height() and _apart(beside, last) <= NEARER * room:
            return replace(left, several=True)
    return left


def _apart(one: Box, other: Box) -> int:
    """px between two boxes side by side."""
    return max(one.left - other.right, other.left - one.right)


def _ended(word: CandidateWord, letters: Sequence[bool], digits: Sequence[int], way: int) -> Ended | None:
    """A word with few letters at its end, or at its beginning where `way` is -1, and none elsewhere; None for others, and for one
    whose glyphs are in pieces, which may be no letters."""
    if word.in_cells or not any(letters) or len(word.glyphs()) < len(word.atoms):
        return None  # nearly all words
    atoms, plain, known, full = (list(of)[::way] for of in (word.atoms, letters, digits, word.full()))
    kept = plain.index(True)
    number = [n for n in range(kept) if full[n]]
    if not number or np.count_nonzero(full[kept:]) > LONGEST:
        return None
    head, foot = (median(atoms[n].box[side] for n in number) for side in (1, 3))
    glyphs = [
        _glyph(atom, digit, head, foot)
        for atom, digit, is_full in zip(atoms, known, full, strict=True)
        if is_full
    ]
    return Ended(glyphs[: len(number)], glyphs[len(number) :], number, kept)


def _plain_digits(words: Sequence[CandidateWord], digits: Sequence[Sequence[int]]) -> list[Glyph]:
    """Some of each digit in a page's words that are surely of digits alone, and of several."""
    found = defaultdict[int, list[Glyph]](list)
    for word, known in zip(words, digits, strict=True):
        if len(known) < FEWEST_PLAIN or min(known) == NOT_SURE or all(len(found[n]) >= PLAIN for n in known):
            continue
        head, foot = (median(atom.box[side] for atom in word.atoms) for side in (1, 3))
        for atom, digit in zip(word.atoms, known, strict=True):
            found[digit].append(_glyph(atom, digit, head, foot))
    return [glyph for own in found.values() for glyph in own[:PLAIN]]


def _glyph(atom: Atom, digit: int, head: float, foot: float) -> Glyph:
    high = foot - head
    return Glyph(atom.mask, digit, (atom.box.top - head) / high, (atom.box.bottom - foot) / high)


def _repeated(ended: Sequence[Ended | None], plain: Sequence[Glyph]) -> dict[int, Left]:
    """The words whose letters are print that many have beside digits that differ, and what is then left of each. plain: some of the
    page's digits."""
    by_length = defaultdict[int, dict[int, Ended]](dict)
    for n, word in enumerate(ended):
        if word is not None:
            by_length[len(word.print)][n] = word
    found: dict[int, Left] = {}
    for left in by_length.values():
        for _ in range(MOST_SEEDS):
            if len(left) < MANY:
                break
            first, seed = next(iter(left.items()))
            looks = [common_look([glyph.mask]) for glyph in seed.print]
            alike = {n: word for n, word in left.items() if _look_so(word.print, looks)}
            looks = [common_look(of_place) for of_place in _by_place(alike.values())]
            alike = {n: word for n, word in alike.items() if _look_so(word.print, looks)}
            own = set(alike)
            alike, looks = _with_doubtful(alike, looks)
            if _is_print(list(alike.values()), looks, plain):
                number = len(found)
                found |= {n: Left(word.kept, number) for n, word in alike.items()}
            for n in {first, *own}:
                del left[n]
    return found


def _with_doubtful(words: dict[int, Ended], looks: list[Look]) -> tuple[dict[int, Ended], list[Look]]:
    """Words that have letters in common, and how these look, with what stands before the letters in nearly all and is alike too, but
    is surely a digit in hardly any, as the t of th."""
    while words and all(len(word.number) > 1 for word in words.values()):
        look = common_look([word.number[-1].mask for word in words.values()])
        more = {n: word for n, word in words.items() if looks_so(word.number[-1].mask, look, ALIKE)}
        sure = sum(word.number[-1].digit != NOT_SURE for word in more.values())
        if len(more) < NEARLY_ALL * len(words) or sure > (1 - NEARLY_ALL) * len(more):
            break
        words, looks = {n: word.with_last() for n, word in more.items()}, [look, *looks]
    return words, looks


def _by_place(words: Iterable[Ended]) -> list[list[Ink]]:
    """The glyphs of each place of what these words have beside their numbers."""
    return [[glyph.mask for glyph in glyphs] for glyphs in zip(*(word.print for word in words), strict=True)]


def _look_so(glyphs: Sequence[Glyph], looks: Sequence[Look]) -> bool:
    return all(looks_so(glyph.mask, look, ALIKE) for glyph, look in zip(glyphs, looks, strict=True))


def _is_print(words: Sequence[Ended], looks: Sequence[Look], plain: Sequence[Glyph]) -> bool:
    """Whether what words have in common is beside many numbers that differ, and holds no digit as these do. The numbers have all ten
    digits, or they and some of the page's plain ones, and none looks like a glyph of the print: in some type the network takes one of
    them for none, or a few worn ones."""
    texts = {tuple(glyph.digit for glyph in word.number) for word in words}
    if len(words) < MANY or len(texts) < FEWEST_TEXTS:
        return False
    others = [glyph for word in words for glyph in word.number]
    if not {glyph.digit for glyph in others} >= ALL_DIGITS:
        others += plain
    if not {glyph.digit for glyph in others} >= ALL_DIGITS:
        return False
    sure = sum(NOT_SURE not in text for text in texts)
    if sure < MOSTLY * len(texts) or any(_is_digit(glyph) for word in words for glyph in word.print):
        return False
    feet = [median(word.print[place].foot for word in words) for place in range(len(looks))]
    return not any(
        abs(glyph.foot - foot) < HANGING and looks_so(glyph.mask, look, ALIKE)
        for glyph in others
        for look, foot in zip(looks, feet, strict=True)
    )


def _is_digit(glyph: Glyph) -> bool:
    """Whether a glyph is surely a digit, and does not hang below the line as the 9 that a g is does."""
    return glyph.digit != NOT_SURE and min(glyph.head, glyph.foot) < HANGING
