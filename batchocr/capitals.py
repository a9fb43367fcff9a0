"""Letters before numbers that pass for zeros, as the Q of Q3: where what a page's numbers begin with is all alike, and unlike the zeros
within them, a person looks at those numbers.

Leaves out: pages with few of either, hands, whose zeros differ, and letters that are as zeros are in their type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from batchocr.consensus import Heard, Weighed
from batchocr.normalize import normalize_glyphs
from batchocr.style import digits_of, shapes

FEWEST = 6  # zeros at the beginning of numbers, and within them,
MOST = 40  # and so many at most that are held against each other
ALIKE = 0.92  # the cosine between those of either kind at least
UNLIKE = 0.028  # by which it is less between both kinds: on drawn pages up to 0.02 where all are zeros, 0.028 to 0.08 behind a Q


def capitals_marked(words: Sequence[Heard], weighed: Sequence[Weighed]) -> list[Weighed]:
    """The strings of one page, opinions of those marked that begin with what may be a letter."""
    found = list(weighed)
    first, within = list[int](), list[int]()
    zeros = [one for one in digits_of(words, weighed) if one.digit == 0]
    for n, zero in enumerate(zeros):
        if zero.place > 0:
            within.append(n)
        elif (string := weighed[zero.word][0]) is not None and len(string.text) > 1:
            first.append(n)
    if min(len(first), len(within)) < FEWEST:
        return found
    some, others = first[:: len(first) // MOST + 1], within[:: len(within) // MOST + 1]
    own = shapes(normalize_glyphs([zeros[n].mask for n in (*some, *others)], tight=True))
    a, b = own[: len(some)], own[len(some) :]
    alike = min((float((of @ of.T).sum()) - len(of)) / (len(of) * (len(of) - 1)) for of in (a, b))
    if alike < ALIKE or float((a @ b.T).mean()) > alike - UNLIKE:
        return found
    for n in first:
        string, opinion = found[zeros[n].word]
        if string is not None and opinion is not None:
            found[zeros[n].word] = string, replace(opinion, capital=True)
    return found
