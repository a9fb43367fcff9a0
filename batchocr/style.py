"""How a page's own digits look: each digit that was read held against the others of its page.

A page is written by one hand or printed in one face, mostly, so that a digit looks more like its fellows there than
like those of anybody else (style consistency, Sarkar & Nagy 2005; self-adaptation, Nagy & Shelton 1966). What the
networks have never seen, a 4 whose thin strokes are worn away, the page itself may show a hundred times. Where it is
of one style, a digit that looks like another kind is read as that, if both readers allow it, and the string never
passes unseen. Leaves out what it does to the confidence of all other strings (`batchocr.confidence`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import mean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr import ctc
from batchocr.consensus import MOST_LEAD, UNKNOWN_STYLE, WEIGHT_OF_SLIDING, Heard, Opinion, Weighed
from batchocr.decode import Decoded, spell
from batchocr.elements import DIGITS, UNREADABLE, GlyphImages, Ink
from batchocr.normalize import normalize_glyphs

NEAREST = 3  # fellows that a digit is held against, the most alike
MOST_FELLOWS = 48  # of each kind that are looked at: more say no more
LEAST_UNLIKE = 0.003  # keeps the logarithm of perfect likeness finite
SURE_GLYPH = 0.9  # probability of each digit of a string that others are held against
LEAST_SURE = 20  # digits that tell whether a page is of one style
MOST_STRANGE = 0.05  # of a page's sure digits: those that look least like their kind
ONE_STYLE = 0.3  # nats by which all but those look like their kind on a page of one style
STRANGE_SHARE = 0.5  # of that, by which a digit looks like another kind before it may be read as that
WEIGHT_OF_STYLE = 6.0  # of its nats, against those of the cuts: drawn pages of held-out fonts and hands
STRANGER = -0.15  # nats: what looks like its kind by less looks like another
CLIPPED = (-2.0, 2.5)  # nats: farther out says no more


class _Seen(NamedTuple):
    """A digit of a chosen string: the word it stands in, its place there, its value, its ink (h, w) bool."""

    word: int
    place: int
    digit: int
    mask: Ink


Familiar = NDArray[
    np.float64
]  # (N, 10) nats, the higher the more like that kind; nan where the page shows too few


def in_style(words: Sequence[Heard], weighed: Sequence[Weighed]) -> list[Weighed]:
    """The strings of one page, each digit held against the others: what looks like another kind on a page of one
    style is read as that where the readers' doubt allows it, and each opinion says how familiar its digits look."""
    seen = list(_digits_of(words, weighed))
    if not seen:
        return list(weighed)
    sure = [_is_sure(*weighed[one.word]) for one in seen]
    pictures = normalize_glyphs([one.mask for one in seen], tight=True)
    looks = familiar(pictures, [one.digit for one in seen], [one.word for one in seen], sure)
    leads, others = _leads(looks, np.array([one.digit for one in seen]))
    usual = _usual_lead(leads[np.array(sure)])
    found = list(weighed)
    for n, of_word in _by_word(seen).items():
        string, opinion = weighed[n]
        if string is None or opinion is None:
            continue
        if usual >= ONE_STYLE:
            strange = {
                seen[i].place: (DIGITS[others[i]], -leads[i])
                for i in of_word
                if leads[i] < -STRANGE_SHARE * usual
            }
            string, opinion = _respelt(words[n], string, opinion, strange)
        own = {seen[i].place: i for i in of_word if len(string.text) > seen[i].place}
        found[n] = string, _styled(string, opinion, {p: looks[i] for p, i in own.items()}, usual >= ONE_STYLE)
    return found


def familiar(
    pictures: GlyphImages, digits: Sequence[int], words: Sequence[int], sure: Sequence[bool]
) -> Familiar:
    """How much each of N digits looks like the surely read ones of each kind in other words of its page.

    pictures: (N, 28, 28) uint8, ink 255. digits: what each was read as. words: which word each stands in. sure:
    whether others are held against it. The cosine between softened pictures, its mean over the NEAREST, as the
    negative logarithm of what it lacks to 1.
    """
    alike = np.full((len(pictures), len(DIGITS)), np.nan)
    shapes, of_word, read = _shapes(pictures), np.asarray(words), np.asarray(digits)
    for digit in range(len(DIGITS)):
        fellows = np.flatnonzero((read == digit) & np.asarray(sure, bool))
        if len(fellows) > MOST_FELLOWS:
            fellows = fellows[np.linspace(0, len(fellows) - 1, MOST_FELLOWS).round().astype(int)]
        if len(fellows) < NEAREST:
            continue
        cosines = shapes @ shapes[fellows].T
        cosines[of_word[:, None] == of_word[fellows]] = -1.0  # a word is no witness of its own
        nearest = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:]
        known = nearest.min(axis=1) > -1.0
        alike[known, digit] = nearest[known].mean(axis=1)
    return -np.log(1.0 - alike + LEAST_UNLIKE)


def _shapes(pictures: GlyphImages) -> NDArray[np.float32]:
    """(N, 196) float32 of length 1: pictures half as large and softened, so that strokes a pixel apart are alike."""
    count, side = len(pictures), pictures.shape[1] // 2
    halved = pictures.reshape(count, side, 2, side, 2).sum(axis=(2, 4), dtype=np.float32)
    for axis in (1, 2):
        padded = np.pad(halved, [(1, 1) if n == axis else (0, 0) for n in range(3)])
        first, middle, last = (padded.take(range(n, n + side), axis=axis) for n in range(3))
        halved = first + 4 * middle + last
    flat = halved.reshape(count, -1)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)


def _digits_of(words: Sequence[Heard], weighed: Sequence[Weighed]) -> Iterator[_Seen]:
    """The digits of the chosen strings that are candidates of the cuts."""
    for n, (heard, (string, _)) in enumerate(zip(words, weighed, strict=True)):
        if string is None:
            continue
        masks = {edge.box: edge.mask for edge in heard.lattice.edges}
        for place, reading in enumerate(string.readings):
            if reading.text != UNREADABLE and reading.box in masks:
                yield _Seen(n, place, DIGITS.index(reading.text), masks[reading.box])


def _is_sure(string: Decoded | None, opinion: Opinion | None) -> bool:
    """Whether a string's digits may be held against others."""
    return string is not None and opinion is not None and opinion.agreed and string.weakest > SURE_GLYPH


def _leads(looks: Familiar, digits: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(N,) nats by which each digit looks more like its kind than like any other, nan where that is not known, and
    (N,) the other kind that it looks most like."""
    rows = np.arange(len(digits))
    beside = np.where(np.isnan(looks), -np.inf, looks)
    beside[rows, digits] = -np.inf
    others = beside.argmax(axis=1)
    leads = looks[rows, digits] - beside[rows, others]
    return np.where(np.isfinite(leads), leads, np.nan), others


def _usual_lead(leads: NDArray[np.float64]) -> float:
    """Nats by which nearly all sure digits of a page look like their kind; minus infinity where too few tell."""
    known = leads[np.isfinite(leads)]
    return float(np.quantile(known, MOST_STRANGE)) if len(known) >= LEAST_SURE else -np.inf


def _by_word(seen: Sequence[_Seen]) -> dict[int, list[int]]:
    """For each word the indices of its digits."""
    found: dict[int, list[int]] = {}
    for index, one in enumerate(seen):
        found.setdefault(one.word, []).append(index)
    return found


def _respelt(
    heard: Heard, string: Decoded, opinion: Opinion, strange: dict[int, tuple[str, float]]
) -> tuple[Decoded, Opinion]:
    """The string with digits that look like other kinds read as those, each alone or all, where that is likelier.

    strange: for each place the other digit, and the nats by which it looks more like that.
    """
    own = string.text
    if not strange or UNREADABLE in own:
        return string, opinion
    ways = [(place,) for place in strange] + ([tuple(strange)] if len(strange) > 1 else [])
    texts = [own, *("".join(strange[n][0] if n in way else c for n, c in enumerate(own)) for way in ways)]
    gains = [0.0, *(sum(strange[place][1] for place in way) for way in ways)]
    looks = (heard.steps, *heard.again)
    slid = ctc.log_likelihoods([steps for _ in texts for steps in looks], [t for t in texts for _ in looks])
    likelihoods = [mean(of_text) for of_text in slid.reshape(len(texts), -1).tolist()]
    spelt = [spell(heard.lattice, heard.probs, text) for text in texts]
    scores = [
        WEIGHT_OF_SLIDING * likelihood + WEIGHT_OF_STYLE * gain - found[0] if found else -np.inf
        for likelihood, gain, found in zip(likelihoods, gains, spelt, strict=True)
    ]
    best = int(np.argmax(scores))
    chosen = spelt[best]
    if not best or chosen is None or not np.isfinite(scores[0]):
        return string, opinion
    lead = min(float(scores[best] - scores[0]), MOST_LEAD)
    return chosen[1], Opinion(likelihoods[best], False, lead)


def _styled(
    string: Decoded, opinion: Opinion, looks: dict[int, NDArray[np.float64]], one_style: bool
) -> Opinion:
    """The opinion, and how familiar the string's least familiar digit looks. looks: (10,) nats of each place."""
    least, stranger = np.inf, None
    for place, kinds in looks.items():
        if string.text[place] == UNREADABLE:
            continue
        leads, others = _leads(kinds[None], np.array([DIGITS.index(string.text[place])]))
        if leads[0] < least:
            least = float(leads[0])
            stranger = (place, DIGITS[others[0]]) if least < STRANGER and one_style else None
    style = float(np.clip(least, *CLIPPED)) if np.isfinite(least) else UNKNOWN_STYLE
    return replace(opinion, style=style, stranger=stranger)
