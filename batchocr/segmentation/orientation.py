"""Which way up a page lies, by its digits: pages fed in sideways or upside down, photos with a wrong tag.

Glyphs are turned one by one, so that nothing has to be found anew: what counts are glyphs that stand in words of
nothing but digits and that no turn makes into another digit. Letters turned upside down look like digits often
enough that this only tells which turns are worth a second reading; the readings decide (`batchocr.pipeline`).
Leaves out: pages of letters only, which hold nothing to read either way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink, Probs
from batchocr.segmentation.segment import CandidateWord

UPRIGHT_ONLY = (3, 4, 7)  # digits that are none upside down: a 2 and a 5 stay what they are, a 6 becomes a 9
LEVEL_ONLY = (2, 3, 4, 5, 7)  # digits that are none on their side
TELLING = {1: LEVEL_ONLY, 2: UPRIGHT_ONLY, 3: LEVEL_ONLY}  # for each turn, in quarters counterclockwise
SURE = 0.9  # probability of a digit that counts
LIKELY_HEIGHTS = (0.6, 2.5)  # writing heights of a glyph that counts
ENOUGH = 10  # telling digits in words of a page as it lies that settle the matter ..
ENOUGH_SHARE = (
    0.015  # .. if they are such a share of its glyphs; upside down, a page shows half of that at most
)
SAMPLE = 300  # glyphs that are turned, about
LEAST_TELLING = 6  # digits that make a turn worth a second reading
TIMES = {1: 2.5, 2: 1.5, 3: 2.5}  # as many as on the page as it lies, at least


def likely_turns(
    words: Sequence[CandidateWord], probs: Sequence[Probs], height: float,
    judged: Callable[[Sequence[Ink]], Probs],
) -> list[int]:  # fmt: skip
    """The quarter turns counterclockwise that may bring a page upright, the likeliest first; none if it seems to be.

    probs: for each word (atoms, 11), what the network says of its atoms as they lie. height: of the writing, px.
    judged: (N) masks -> (N, 11), the same for other masks.
    """
    least, most = (share * height for share in LIKELY_HEIGHTS)
    found = [
        (n, atom.mask, of_atoms[at])
        for n, (word, of_atoms) in enumerate(zip(words, probs, strict=True))
        for at, full in enumerate(word.full())
        if full and least <= (atom := word.atoms[at]).box.height <= most
    ]
    if not found or _settled(found):
        return []
    if len(found) > SAMPLE:  # whole words from all over the page
        chosen = np.linspace(0, len(words) - 1, max(1, round(len(words) * SAMPLE / len(found)))).astype(int)
        kept = set(chosen.tolist())
        found = [one for one in found if one[0] in kept]
    of_words = np.array([n for n, _, _ in found], np.intp)
    as_they_lie = np.array([of_atom for _, _, of_atom in found], np.float32).reshape(-1, 11)
    counts = {}
    for turns, telling in TELLING.items():
        turned = judged([np.ascontiguousarray(np.rot90(mask, turns)) for _, mask, _ in found])
        # what stands side by side is known only of pages that do not lie on their side
        together = of_words if turns == 2 else np.arange(len(of_words))
        count = _telling(together, turned, telling)
        if count >= max(LEAST_TELLING, TIMES[turns] * _telling(together, as_they_lie, telling)):
            counts[turns] = count
    return sorted(counts, key=lambda turns: -counts[turns])


def _settled(found: Sequence[tuple[int, Ink, NDArray[np.float32]]]) -> bool:
    """Whether a page shows so many digits as it lies that nothing has to be turned."""
    of_words = np.array([n for n, _, _ in found], np.intp)
    telling = _telling(of_words, np.array([of_atom for _, _, of_atom in found]), UPRIGHT_ONLY)
    return telling >= max(ENOUGH, ENOUGH_SHARE * len(found))


def _telling(together: NDArray[np.intp], probs: Probs, telling: Sequence[int]) -> int:
    """How many glyphs are telling digits, in groups that are all digits for sure. together: (N,) group of each;
    probs: (N, 11)."""
    digits = probs[:, :10]
    sure = digits.max(axis=1) > SURE
    whole = ~np.isin(together, together[~sure])
    return int(np.count_nonzero(whole & np.isin(digits.argmax(axis=1), telling)))


def turned_back(boxes: Sequence[Box], turns: int, shape: tuple[int, int]) -> list[Box]:
    """Boxes on a page that was turned counterclockwise as boxes on the page as it was.

    shape: (H, W) px of the turned page.
    """
    height, width = shape
    for _ in range(turns):
        boxes = [Box(height - b.bottom, b.left, height - b.top, b.right) for b in boxes]
        height, width = width, height
    return list(boxes)


def quarters_of(right: float, down: float) -> int:
    """The quarter turns counterclockwise that bring a page upright on which each digit stands so far to the right of
    and so far below the one before it, in all."""
    if abs(right) >= abs(down):
        return 2 if right < 0 else 0
    return 1 if down > 0 else 3
