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

from batchocr.elements import Box, Grey, Ink, Probs
from batchocr.segmentation.segment import CandidateWord

UPRIGHT_ONLY = (3, 4, 7)  # digits that are none upside down: a 2 and a 5 stay what they are, a 6 becomes a 9
LEVEL_ONLY = (2, 3, 4, 5, 7)  # digits that are none on their side
TELLING = {1: LEVEL_ONLY, 2: UPRIGHT_ONLY, 3: LEVEL_ONLY}  # for each turn, in quarters counterclockwise
SURE = 0.9  # probability of a digit that counts
LIKELY_HEIGHTS = (0.6, 2.5)  # writing heights of a glyph that counts
# telling digits in words of a page as it lies that settle the matter, and their share of its glyphs at least; upside
# down, a page shows half of that at most
ENOUGH, ENOUGH_SHARE = 10, 0.015
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
    if not found:
        return []
    of_words = np.array([n for n, _, _ in found], np.intp)
    as_they_lie = np.array([of_atom for _, _, of_atom in found], np.float32)
    if _telling(of_words, as_they_lie, UPRIGHT_ONLY) >= max(ENOUGH, ENOUGH_SHARE * len(found)):
        return []
    sample = np.arange(len(found))
    if len(found) > SAMPLE:  # whole words from all over the page
        chosen = np.linspace(0, len(words) - 1, max(1, round(len(words) * SAMPLE / len(found)))).astype(int)
        sample = np.flatnonzero(np.isin(of_words, chosen))
        of_words, as_they_lie = of_words[sample], as_they_lie[sample]
    masks = [found[n][1] for n in sample.tolist()]
    counts = {}
    for turns, telling in TELLING.items():
        turned = judged([np.ascontiguousarray(np.rot90(mask, turns)) for mask in masks])
        # what stands side by side is known only of pages that do not lie on their side
        together = of_words if turns == 2 else np.arange(len(of_words))
        count = _telling(together, turned, telling)
        if count >= max(LEAST_TELLING, TIMES[turns] * _telling(together, as_they_lie, telling)):
            counts[turns] = count
    return sorted(counts, key=lambda turns: -counts[turns])


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


def turned_upright(image: Grey, boxes: Sequence[Box], quarters: int) -> tuple[Grey, list[Box]]:
    """An (H, W) page after so many quarter turns counterclockwise, 1 to 3, as a view, and boxes on it there."""
    return np.rot90(image, quarters), turned_back(boxes, 4 - quarters, image.shape)


def quarters_of(right: float, down: float) -> int:
    """The quarter turns counterclockwise that bring a page upright on which each digit stands so far to the right of
    and so far below the one before it, in all."""
    if abs(right) >= abs(down):
        return 2 if right < 0 else 0
    return 1 if down > 0 else 3
