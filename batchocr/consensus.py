"""Two readers of one word, one string: what the cuts say weighed against what the sliding network says.

The cuts see ink and know where each digit stands; the sliding network sees grey and needs no cuts. Where both
spell the same the string is almost surely right. Where they differ, each text, and each that takes some parts
from one and some from the other, is scored by both, and the best sum is taken; by how much is for `confidence`.
Leaves out the readers themselves (`decode`, `ctc`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import product
from statistics import fmean

from batchocr import ctc
from batchocr.decode import Decoded, spell
from batchocr.elements import UNREADABLE, Box, Probs, Reading
from batchocr.lattice import Lattice
from batchocr.network.slider import STRIDE
from batchocr.plausibility import Costs
from batchocr.strip import StripCut

WEIGHT_OF_SLIDING = 3.0  # of its nats, against those of the cuts
WORTH_OF_DIGIT = 4.0  # nats for each digit of a text: what both readers would leave out is seldom nothing
COST_OF_NO_CUT = 3.0  # nats a digit for which the cuts have no piece
COST_OF_UNREAD = 2.0  # nats for each glyph that the cuts left unread
LEAST_CHANCE = 1e-4  # keeps the logarithm of a probability finite
MOST_LEAD = 12.0  # nats: more is no surer
ZOOMS = (0.9, 1.1)  # at which the sliding network looks again: the height of a word is never quite known
UNKNOWN_STYLE = 0.5  # nats, where a page shows too few digits to tell
MOST_PARTS = 4  # where two texts differ: with more, no mixture of them is tried


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the sliding network thinks of a string that was chosen.

    log_likelihood: nats of the string on the whole strip. agreed: both readers spelt it. lead: nats between it
    and the next best text, 0 to MOST_LEAD; that where they agree. style: nats by which its least familiar digit
    looks more like its kind on the page than like any other kind (`batchocr.style`). stranger: the place in the
    string of that digit and what it looks like, if that is another kind. slash: a stroke in print that passes for a 1 may be a
    slash, and was left out where the page tells so (`batchocr.slant`). bar: the place of a printed 1 that is barer than the page's other ones.
    capital: it begins with what may be a letter (`batchocr.capitals`).
    """

    log_likelihood: float
    agreed: bool
    lead: float
    style: float = UNKNOWN_STYLE
    stranger: tuple[int, str] | None = None
    slash: bool = False
    bar: int | None = None
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """One word as both readers have it. probs, costs: (edges, 11) and (edges, 12) of the lattice; steps: (T, 11) of the
    strip; alone: it is all there is on the picture; again: the same as steps of the strip in each of ZOOMS, where the readers
    differ."""

    lattice: Lattice
    probs: Probs
    costs: Costs
    decoded: Decoded | None
    cut: StripCut
    steps: Probs
    alone: bool = False
    again: tuple[Probs, ...] = ()
    _spikes: tuple[ctc.Spike, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_spikes", tuple(ctc.spikes(self.steps)))  # asked for twice on every word

    def differ(self) -> bool:
        """Whether the cuts and the sliding network each read a string, and not the same."""
        return self.decoded is not None and ctc.spelt(self._spikes) not in ("", self.decoded.text)

    def spellings(self) -> list[tuple[ctc.Spike, ...]]:
        """What the sliding network spells, at each size it saw; spikes in steps of the strip as it is."""
        return [self._spikes] + [
            tuple(
                replace(spike, start=round(spike.start / zoom), stop=round(spike.stop / zoom))
                for spike in ctc.spikes(steps)
            )
            for zoom, steps in zip(ZOOMS, self.again, strict=False)
        ]


Weighed = tuple[Decoded, Opinion] | tuple[None, None]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that may be what is written; for each digit the spike that shows it, if it is the sliding network's."""

    text: str
    spikes: tuple[ctc.Spike | None, ...]


def reconcile(words: Sequence[Heard]) -> list[Weighed]:
    """The best string of each word, and what the sliding network thinks of it; nothing where neither reads any."""
    slid = [word.spellings() for word in words]
    texts = [_texts(word.decoded, found) for word, found in zip(words, slid, strict=True)]
    likelihoods = iter(
        ctc.log_likelihoods(
            [steps for word, some in zip(words, texts, strict=True) for _ in some for steps in _looks(word)],
            [one.text for word, some in zip(words, texts, strict=True) for one in some for _ in _looks(word)],
        ).tolist()
    )
    return [
        _one(word, found, some, [fmean(next(likelihoods) for _ in _looks(word)) for _ in some])
        for word, found, some in zip(words, slid, texts, strict=True)
    ]


def _looks(word: Heard) -> tuple[Probs, ...]:
    return (word.steps, *word.again)


def _texts(decoded: Decoded | None, slid: Sequence[tuple[ctc.Spike, ...]]) -> list[_Text]:
    """What the cuts spell, then what the sliding network spells, then what is made of parts of both; each once."""
    if decoded is None:
        return [_Text(ctc.spelt(slid[0]), slid[0])]
    own = decoded.text.replace(UNREADABLE, "")
    of_cuts = _Text(own, (None,) * len(own))
    if all(decoded.text == ctc.spelt(found) for found in slid):  # as most are: nothing to put together
        return [of_cuts]
    found: dict[str, _Text] = {}
    for spikes in slid:
        if not spikes:
            continue
        of_slid = _Text(ctc.spelt(spikes), spikes)
        if of_slid.text != own or own != decoded.text:  # the same text may do without ink left unread
            found.setdefault(of_slid.text, of_slid)
        for text in _mixed(of_cuts, of_slid):
            if text.text and text.text != own:
                found.setdefault(text.text, text)
    return [of_cuts, *found.values()]


def _mixed(of_cuts: _Text, of_slid: _Text) -> Iterator[_Text]:
    """Texts that take some of the parts in which two differ from one, and some from the other."""
    own = of_cuts.text
    parts: list[tuple[_Text, ...]] = []
    for kind, a, b, c, d in SequenceMatcher(None, own, of_slid.text, autojunk=False).get_opcodes():
        heard = _Text(of_slid.text[c:d], of_slid.spikes[c:d])
        parts.append((heard,) if kind == "equal" else (_Text(own[a:b], (None,) * (b - a)), heard))
    if sum(len(part) > 1 for part in parts) <= MOST_PARTS:
        for chosen in product(*parts):
            text = "".join(one.text for one in chosen)
            yield _Text(text, tuple(spike for one in chosen for spike in one.spikes))


def _one(
    word: Heard, slid: Sequence[tuple[ctc.Spike, ...]], texts: Sequence[_Text], likelihoods: Sequence[float]
) -> Weighed:
    """texts: as from `_texts`. likelihoods: nats of each on the strip, over all looks."""
    if word.decoded is None:
        alone = Opinion(likelihoods[0], False, MOST_LEAD)
        return (_from_spikes(word, slid[0]), alone) if slid[0] else (None, None)
    unread = word.decoded.text.count(UNREADABLE) + word.decoded.trimmed
    if len(texts) == 1:
        return word.decoded, Opinion(likelihoods[0], True, MOST_LEAD)
    if not slid[0]:
        return word.decoded, Opinion(likelihoods[0], False, 0.0)
    spelt = [spell(word.lattice, word.probs, word.costs, one.text) for one in texts]
    differing = _differing([one.text for one in texts]) if word.alone else []
    scores = [
        WEIGHT_OF_SLIDING * heard
        + WORTH_OF_DIGIT * len(one.text)
        - (found[0] - _nats(found[1], differing) if found else COST_OF_NO_CUT * len(one.text))
        for one, heard, found in zip(texts, likelihoods, spelt, strict=True)
    ]
    scores[0] -= COST_OF_UNREAD * unread
    of_slid = {ctc.spelt(found) for found in slid}
    able = [n for n, one in enumerate(texts) if n == 0 or spelt[n] or one.text in of_slid]
    boxes = word.lattice.word.in_boxes()
    able = [n for n in able if len(texts[n].text) == boxes] or able  # a digit in each
    best, *others = sorted(able, key=lambda n: -scores[n])
    lead = min(scores[best] - scores[others[0]], MOST_LEAD) if others else MOST_LEAD
    chosen = spelt[best]
    if best == 0:
        string = word.decoded
    elif chosen is None:
        string = _from_spikes(word, next(found for found in slid if ctc.spelt(found) == texts[best].text))
    else:
        string = _as_sure(chosen[1], texts[best].spikes)
    return string, Opinion(likelihoods[best], False, lead)


def _differing(texts: Sequence[str]) -> list[int]:
    """The places in which texts differ that are all as long; none if they are not. On a picture of one string what the digit network
    says of these counts once more by itself (of 2,182 drawn ones that the readers spell differently 1,822 are then right, 1,799
    without; on pages no more are)."""
    if len({len(text) for text in texts}) > 1:
        return []
    return [n for n, digits in enumerate(zip(*texts, strict=True)) if len(set(digits)) > 1]


def _nats(string: Decoded, places: Sequence[int]) -> float:
    """nats that the digit network gives the digits at some places of a string."""
    return sum(math.log(max(string.readings[n].confidence, LEAST_CHANCE)) for n in places)


def _as_sure(string: Decoded, spikes: Sequence[ctc.Spike | None]) -> Decoded:
    """A string on the cuts' boxes: each digit as sure as the surer reader is of it."""
    readings = tuple(
        reading if spike is None else _surer(reading, spike)
        for reading, spike in zip(string.readings, spikes, strict=True)
    )
    return replace(string, readings=readings, weakest=min(r.confidence for r in readings))


def _surer(reading: Reading, spike: ctc.Spike) -> Reading:
    sure = max(reading.confidence, spike.confidence)
    own = reading.second_confidence >= spike.second_confidence
    return replace(
        reading,
        confidence=sure,
        second=reading.second if own else spike.second,
        second_confidence=min(max(reading.second_confidence, spike.second_confidence), 1 - sure),
    )


def _from_spikes(word: Heard, slid: Sequence[ctc.Spike]) -> Decoded:
    """The sliding network's string where the cuts have too few pieces: boxes end half way to the neighbours."""
    middles = [word.cut.column((s.start + s.stop) / 2 * STRIDE) for s in slid]
    box = word.lattice.word.box
    between = [(a + b) / 2 for a, b in zip(middles, middles[1:], strict=False)]
    lefts = [min(box.left, middles[0]), *between]
    rights = [*between, max(box.right, middles[-1])]
    readings = tuple(
        Reading(
            s.text, s.confidence, s.second, s.second_confidence,
            Box(round(left), box.top, max(round(left) + 1, round(right)), box.bottom),
        )
        for s, left, right in zip(slid, lefts, rights, strict=True)
    )  # fmt: skip
    whole = readings[0].box.union(readings[-1].box)
    return Decoded(
        "".join(r.text for r in readings),
        readings,
        min(r.confidence for r in readings),
        len(readings) - 1,
        0,
        word.decoded.skipped if word.decoded else 0,
        word.decoded.trimmed if word.decoded else 0,
        whole,
    )
