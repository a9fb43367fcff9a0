"""How sure a string is, and which strings are no numbers at all.

The network's probabilities are those of single, well-cut glyphs; a string adds doubt of its own (cuts, joined
parts, neighbours that are no digits). Leaves out: what a form's rules know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batchocr.decode import Decoded
from batchocr.elements import UNREADABLE
from batchocr.segmentation.segment import CandidateWord

MOST_UNREAD_SHARE = 0.34  # of a string's glyphs: a word with more ink unread is no number


@dataclass(frozen=True, slots=True)
class Verdict:
    """confidence: 0..1 that the string is exactly what is written. reason: why it is doubtful, in words."""

    confidence: float
    reason: str


def judge(
    words: Sequence[CandidateWord],
    decoded: Sequence[Decoded | None],
    places: Sequence[tuple[int, int]],
    writing_height: float,
) -> list[Verdict | None]:
    """A verdict for each word, None for what is no number."""
    import math

    out: list[Verdict | None] = []
    for d in decoded:
        if d is None:
            out.append(None)
            continue
        unread = d.text.count(UNREADABLE)
        n = len(d.text)
        if (unread + d.trimmed) / (n + d.trimmed) > MOST_UNREAD_SHARE:
            out.append(None)
            continue
        p = math.exp(d.log_probability)
        if p < 0.02 and d.weakest < 0.3 and n <= 2:
            out.append(None)
            continue
        out.append(Verdict(round(p, 4), "a digit is in doubt"))
    return out
