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
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr import ctc
from batchocr.consensus import MOST_LEAD, WEIGHT_OF_SLIDING, Heard, Opinion, Weighed
from batchocr.decode import Decoded, spell
from batchocr.elements import DIGITS, UNREADABLE, GlyphImages, Ink
from batchocr.normalize import normalize_glyphs

NEAREST = 3  # fellows that a digit is held against, the most alike
MOST_FELLOWS = 24  # of each kind that are looked at: more say no more
BLOCK = 48  # digits multiplied at once: for larger products numpy wakes threads, which then take time from other pages
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
    seen = list(digits_of(words, weighed))
    if not seen:
        return list(weighed)
    sure = [is_sure(*weighed[one.word]) for one in seen]
    digits = np.array([one.digit for one in seen])
    pictures = normalize_glyphs([one.mask for one in seen], tight=True)
    looks = familiar(pictures, digits, np.array([one.word for one in seen]), np.array(sure))
    leads, others = _leads(looks, digits)
    usual = _usual_lead(leads[np.array(sure)])
    found = list(weighed)
    if usual >= ONE_STYLE:
        strange = np.flatnonzero(leads < -STRANGE_SHARE * usual)
        for n, of_word in _by_word(seen, strange).items():
            found[n] = _respelt(
                words[n], weighed[n], {seen[i].place: (DIGITS[others[i]], -leads[i]) for i in of_word}
            )
        digits = np.array([_digit_at(found[one.word][0], one) for one in seen])
        leads, others = _leads(looks, digits)
    for n, of_word in _by_word(seen, np.flatnonzero(np.isfinite(leads))).items():
        string, opinion = found[n]
        if string is None or opinion is None:
            continue
        least = min(of_word, key=lambda i: leads[i])
        lead = float(leads[least])
        stranger = (
            (seen[least].place, DIGITS[others[least]]) if usual >= ONE_STYLE and lead < STRANGER else None
        )
        found[n] = string, replace(opinion, style=min(max(lead, CLIPPED[0]), CLIPPED[1]), stranger=stranger)
    return found


def familiar(
    pictures: GlyphImages, digits: NDArray[np.int64], words: NDArray[np.int64], sure: NDArray[np.bool_]
) -> Familiar:
    """How much each of N digits looks like the surely read ones of each kind in other words of its page.

    pictures: (N, 28, 28) uint8, ink 255. digits: what each was read as. words: which word each stands in. sure:
    whether others are held against it. The cosine between softened pictures, its mean over the NEAREST, as the
    negative logarithm of what it lacks to 1.
    """
    alike = np.full((len(pictures), len(DIGITS)), np.nan)
    own = shapes(pictures)
    blocks = np.pad(own, [(0, -len(own) % BLOCK), (0, 0)]).reshape(-1, BLOCK, own.shape[1])
    for digit in range(len(DIGITS)):
        fellows = np.flatnonzero((digits == digit) & sure)
        if len(fellows) > MOST_FELLOWS:
            fellows = fellows[np.linspace(0, len(fellows) - 1, MOST_FELLOWS).round().astype(int)]
        if len(fellows) < NEAREST:
            continue
        cosines = (blocks @ own[fellows].T).reshape(-1, len(fellows))[: len(own)]
        cosines[words[:, None] == words[fellows]] = -1.0  # a word is no witness of its own
        nearest = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:]
        known = nearest.min(axis=1) > -1.0
        alike[known, digit] = nearest[known].mean(axis=1)
    return -np.log(1.0 - alike + LEAST_UNLIKE)


def shapes(pictures: GlyphImages) -> NDArray[np.float32]:
    """(N, 196) float32 of length 1: pictures half as large and softened, so that strokes a pixel apart are alike."""
    rows = pictures[:, ::2].astype(np.uint16) + pictures[:, 1::2]
    halved = (rows[:, :, ::2] + rows[:, :, 1::2]).astype(np.float32)
    for along in (halved.transpose(0, 2, 1), halved):  # a view, and itself: both change it in place
        before = along.copy()
        along *= 4
        along[:, :, 1:] += before[:, :, :-1]
        along[:, :, :-1] += before[:, :, 1:]
    flat = halved.reshape(len(halved), halved.shape[1] * halved.shape[2])
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)


def digits_of(words: Sequence[Heard], weighed: Sequence[Weighed]) -> Iterator[_Seen]:
    """The digits of the chosen strings that are candidates of the cuts."""
    for n, (heard, (string, _)) in enumerate(zip(words, weighed, strict=True)):
        if string is None:
            continue
        masks = {edge.box: edge.mask for edge in heard.lattice.edges}
        for place, reading in enumerate(string.readings):
            if reading.text != UNREADABLE and reading.box in masks:
                yield _Seen(n, place, DIGITS.index(reading.text), masks[reading.box])


def is_sure(string: Decoded | None, opinion: Opinion | None) -> bool:
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


def _by_word(seen: Sequence[_Seen], some: NDArray[np.intp]) -> dict[int, list[int]]:
    """For each word the indices of those of its digits that are among `some`."""
    found: dict[int, list[int]] = {}
    for index in some.tolist():
        found.setdefault(seen[index].word, []).append(index)
    return found


def _digit_at(string: Decoded | None, one: _Seen) -> int:
    """What a digit that was seen is read as now."""
    return DIGITS.index(string.text[one.place]) if string is not None else one.digit


def _respelt(heard: Heard, weighed: Weighed, strange: dict[int, tuple[str, float]]) -> Weighed:
    """The string with digits that look like other kinds read as those, each alone or all, where that is likelier.

    strange: for each place the other digit, and the nats by which it looks more like that.
    """
    string, _ = weighed
    if string is None or UNREADABLE in string.text:
        return weighed
    own = string.text
    ways = [(place,) for place in strange] + ([tuple(strange)] if len(strange) > 1 else [])
    texts = [own, *("".join(strange[n][0] if n in way else c for n, c in enumerate(own)) for way in ways)]
    gains = [0.0, *(sum(strange[place][1] for place in way) for way in ways)]
    looks = (heard.steps, *heard.again)
    slid = ctc.log_likelihoods([steps for _ in texts for steps in looks], [t for t in texts for _ in looks])
    likelihoods = [fmean(of_text) for of_text in slid.reshape(len(texts), -1).tolist()]
    spelt = [spell(heard.lattice, heard.probs, heard.costs, text) for text in texts]
    scores = [
        WEIGHT_OF_SLIDING * likelihood + WEIGHT_OF_STYLE * gain - found[0] if found else -np.inf
        for likelihood, gain, found in zip(likelihoods, gains, spelt, strict=True)
    ]
    best = int(np.argmax(scores))
    chosen = spelt[best]
    if not best or chosen is None or not np.isfinite(scores[0]):
        return weighed
    lead = min(float(scores[best] - scores[0]), MOST_LEAD)
    return chosen[1], Opinion(likelihoods[best], False, lead)
