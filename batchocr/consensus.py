"""Two readers of one word, one string: what the cuts say weighed against what the sliding network says.

The cuts see ink and know where each digit stands; the sliding network sees grey and needs no cuts. Where both
spell the same the string is almost surely right. Where they differ each text is scored by both, and the better
sum is taken; by how much is for `confidence`. Leaves out the readers themselves (`decode`, `ctc`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from batchocr import ctc
from batchocr.decode import Decoded, Lattice, spell
from batchocr.elements import UNREADABLE, Box, Probs, Reading
from batchocr.network.slider import STRIDE
from batchocr.strip import StripCut

WEIGHT_OF_SLIDING = 1.5  # of its nats, against those of the cuts; drawn pages, its own kind, would take more
COST_OF_NO_CUT = 3.0  # nats a digit for which the cuts have no piece
COST_OF_UNREAD = 3.0  # nats for each glyph that the cuts left unread
LEAST = 1e-6  # keeps the logarithm of a probability finite
MOST_LEAD = 12.0  # nats: more is no surer


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the sliding network thinks of a string that was chosen.

    log_likelihood: nats of the string on the whole strip. agreed: both readers spelt it. lead: nats between it
    and what the other reader spelt, 0 to MOST_LEAD; that where they agree.
    """

    log_likelihood: float
    agreed: bool
    lead: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One word as both readers have it. probs: (edges, 11) of the lattice; steps: (T, 11) of the strip."""

    lattice: Lattice
    probs: Probs
    decoded: Decoded | None
    cut: StripCut
    steps: Probs


Weighed = tuple[Decoded, Opinion] | tuple[None, None]


def reconcile(words: Sequence[Heard]) -> list[Weighed]:
    """The better string of each word, and what the sliding network thinks of it; nothing where neither reads any."""
    slid = [ctc.spikes(word.steps) for word in words]
    texts = ["".join(spike.text for spike in found) for found in slid]
    own = [word.decoded.text.replace(UNREADABLE, "") if word.decoded else "" for word in words]
    asked = dict.fromkeys(chain(enumerate(own), enumerate(texts)))  # where both spell the same, once
    sums = ctc.log_likelihoods([words[n].steps for n, _ in asked], [text for _, text in asked])
    likely = dict(zip(asked, sums.tolist(), strict=True))
    return [
        _one(word, slid[n], texts[n], likely[n, own[n]], likely[n, texts[n]]) for n, word in enumerate(words)
    ]


def _one(word: Heard, slid: Sequence[ctc.Spike], text: str, of_own: float, of_slid: float) -> Weighed:
    if word.decoded is None:
        return (_from_spikes(word, slid), Opinion(of_slid, False, MOST_LEAD)) if text else (None, None)
    own = word.decoded.text
    if text == own:
        return word.decoded, Opinion(of_own, True, MOST_LEAD)
    if not text:
        return word.decoded, Opinion(of_own, False, 0.0)
    unread = own.count(UNREADABLE)
    spelt_own = spell(word.lattice, word.probs, own.replace(UNREADABLE, ""))
    spelt_slid = spell(word.lattice, word.probs, text)
    cost_own = (spelt_own[0] if spelt_own else COST_OF_NO_CUT * len(own)) + COST_OF_UNREAD * unread
    cost_slid = spelt_slid[0] if spelt_slid else COST_OF_NO_CUT * len(text)
    lead = WEIGHT_OF_SLIDING * (of_slid - of_own) - (cost_slid - cost_own)
    if lead <= 0:
        return word.decoded, Opinion(of_own, False, min(-lead, MOST_LEAD))
    chosen = _as_sure(spelt_slid[1], slid) if spelt_slid else _from_spikes(word, slid)
    return chosen, Opinion(of_slid, False, min(lead, MOST_LEAD))


def _as_sure(string: Decoded, slid: Sequence[ctc.Spike]) -> Decoded:
    """The sliding network's string on the cuts' boxes: each digit as sure as the surer reader is of it."""
    readings = tuple(
        replace(
            reading,
            confidence=max(reading.confidence, spike.confidence),
            second=reading.second if reading.second_confidence >= spike.second_confidence else spike.second,
            second_confidence=min(
                max(reading.second_confidence, spike.second_confidence),
                1 - max(reading.confidence, spike.confidence),
            ),
        )
        for reading, spike in zip(string.readings, slid, strict=True)
    )
    return replace(string, readings=readings, weakest=min(r.confidence for r in readings))


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
        sum(math.log(max(r.confidence, LEAST)) for r in readings),
        min(r.confidence for r in readings),
        len(readings) - 1,
        0,
        word.decoded.skipped if word.decoded else 0,
        word.decoded.trimmed if word.decoded else 0,
        whole,
    )
