"""Signs at the ends of a page's numbers, such as of currency: ink that is no digit, and for once certainly none.

What stands at one end of a number and was not read may be a digit that neither reader knows, and the number goes to a
person. Where the same shape stands at the same end of many numbers of the page, never within one, and looks like none of the
digits that were read there, it is a sign: a digit that nothing can read would stand within numbers too. Leaves out:
strokes, since a 1 may begin all numbers of a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.consensus import Heard, Weighed
from batchocr.elements import UNREADABLE, Ink
from batchocr.normalize import normalize_glyphs
from batchocr.style import digits_of, is_sure, shapes

FELLOWS = 4  # other numbers of the page that have the same sign at the same end
ALIKE = 0.9  # cosine of softened pictures from which on two are of one sign
LESS_ALIKE = 0.03  # by which its likeness to any digit of the page is less than to its own fellows
SLIMMEST = 0.4  # width / height: slimmer ones are strokes
OVERLAP = 0.1  # of a word's height by which a sign may reach into its number


class _End(NamedTuple):
    """A glyph beside a number: the word, whether it stands behind, how many glyphs from the number, its ink (h, w) bool."""

    word: int
    behind: bool
    rank: int
    mask: Ink


def signs_left_off(words: Sequence[Heard], weighed: Sequence[Weighed]) -> list[Weighed]:
    """The strings of one page; what was left unread at the ends of some counts no more where it is a sign."""
    ends = [end for n in range(len(words)) for end in _ends_of(n, words[n], weighed[n])]
    if len(ends) <= FELLOWS:
        return list(weighed)
    looks = shapes(normalize_glyphs([end.mask for end in ends], tight=True))
    others = [seen.mask for seen in digits_of(words, weighed) if is_sure(*weighed[seen.word])]
    others += [mask for word in words for mask in _unread_within(word)]
    to_digits = np.zeros(len(ends))
    if others:
        to_digits = (looks @ shapes(normalize_glyphs(others, tight=True)).T).max(axis=1)
    alike = _likeness(ends, looks)
    signs = (alike >= ALIKE) & (to_digits <= alike - LESS_ALIKE)
    found = list(weighed)
    unknown = {end.word for end, sign in zip(ends, signs.tolist(), strict=True) if not sign}
    for n in {end.word for end in ends} - unknown:
        string, opinion = weighed[n]
        if string is not None and opinion is not None:
            found[n] = replace(string, trimmed=0), opinion
    return found


def _likeness(ends: Sequence[_End], looks: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N,) cosines of the last of the FELLOWS that each glyph has at the same place beside other numbers; 0 for strokes."""
    places = np.array([(end.behind, end.rank) for end in ends])
    words = np.array([end.word for end in ends])
    beside = (places[:, None] == places[None]).all(axis=2) & (words[:, None] != words[None])
    nearest = np.partition(np.where(beside, looks @ looks.T, 0.0), -FELLOWS, axis=1)[:, -FELLOWS]
    slim = np.array([end.mask.shape[1] < SLIMMEST * end.mask.shape[0] for end in ends])
    return np.where(slim, 0.0, nearest)


def _ends_of(number: int, heard: Heard, weighed: Weighed) -> Iterator[_End]:
    """The glyphs beside a string that was read alike by both readers, but for them."""
    string, opinion = weighed
    if string is None or opinion is None or not string.trimmed or not opinion.agreed:
        return
    word = heard.lattice.word
    reach = OVERLAP * word.height()
    glyphs = word.full_atoms()
    before = [atom for atom in glyphs if atom.box.right <= string.box.left + reach]
    behind = [atom for atom in glyphs if atom.box.left >= string.box.right - reach]
    if len(before) + len(behind) < string.trimmed:
        return  # a part of a glyph was left unread
    for rank, atom in enumerate(reversed(before)):
        yield _End(number, False, rank, atom.mask)
    for rank, atom in enumerate(behind):
        yield _End(number, True, rank, atom.mask)


def _unread_within(heard: Heard) -> Iterator[Ink]:
    """The ink that the cuts could not read amid what they could."""
    if heard.decoded is None or UNREADABLE not in heard.decoded.text:
        return
    unread = {reading.box for reading in heard.decoded.readings if reading.text == UNREADABLE}
    yield from (edge.mask for edge in heard.lattice.edges if edge.box in unread)
