"""Which way up a page lies: pages fed in sideways or upside down, photos with a wrong tag.

Whether lines run down the page shows in where each glyph's nearest neighbour stands (O'Gorman 1993): letters on their
side look like lone digits, and many of them like sure ones. Which way round it lies is told by digits, and by letters, more
of which end off the heads of their line than off its feet. Glyphs are turned
one by one, so that nothing has to be found anew: what counts are glyphs that stand in words of nothing but digits and
that no turn makes into another digit. Letters turned upside down look like digits often enough that this only tells
which turns are worth a second reading; the readings decide (`batchocr.pipeline`).
Leaves out: pages of letters only that are upside down, which hold nothing to read either way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Grey, Ink, Probs
from batchocr.segmentation.lines import order_lines
from batchocr.segmentation.segment import CandidateWord

UPRIGHT_ONLY = (3, 4, 7)  # digits that are none upside down: a 2 and a 5 stay what they are, a 6 becomes a 9
LEVEL_ONLY = (2, 3, 4, 5, 7)  # digits that are none on their side
TELLING = {1: LEVEL_ONLY, 2: UPRIGHT_ONLY, 3: LEVEL_ONLY}  # for each turn, in quarters counterclockwise
Lines = Literal["across", "down"] | None
LIKELY_TURNS: dict[Lines, tuple[int, ...]] = {"across": (2,), "down": (1, 3), None: (1, 2, 3)}
SURE = 0.9  # probability of a digit that counts
LIKELY_HEIGHTS = (0.6, 2.5)  # writing heights of a glyph that counts
# telling digits in words of a page as it lies that settle the matter, and their share of its glyphs at least; upside
# down, a page shows half of that at most
ENOUGH, ENOUGH_SHARE = 10, 0.015
# share of its glyphs that settles it where lines seem to run down: of letters on their side fewer look like such digits
SETTLED_SHARE = 0.15
NEIGHBOURS = 300  # glyphs whose neighbours are looked for
# writing heights to the next glyph at most, and times as far as to the next the other way
CLOSE, CLOSER = 1.0, 0.6
ACROSS = 0.4  # of the smaller one's extent, which two glyphs of a line share at least
# glyphs whose next one stands beside, or below, at least, and times as many as those of the other kind
IN_LINES, TIMES_PLAINER = 20, 3
LETTERS = 4  # of a line that tells how high its letters are
OFF, LEVEL = 0.2, 0.1  # of that height: what ends off its heads or feet, and what does not
HANGING, TIMES_OFTENER = 1.5, 2.5  # standard deviations of chance, and times, that more end off the feet
# share of the glyphs, turned, that are telling digits, more than of any letters upside down, and times as many as before
MANY_SHARE, TIMES_MANY = 0.1, 5
SAMPLE = 300  # glyphs that are turned, about
LEAST_TELLING = 4  # digits that make a turn worth a second reading
TIMES = {1: 2.5, 2: 1.5, 3: 2.5}  # as many as on the page as it lies, at least


@dataclass(frozen=True, slots=True)
class Turns:
    """The quarter turns counterclockwise that may bring a page upright, the likeliest first; none if it seems to be.

    sideways: its lines run down it, so that one of the turns does. upside_down: its letters say so, or digits far more often
    than letters do by chance.
    """

    likely: list[int]
    sideways: bool = False
    upside_down: bool = False


def likely_turns(
    words: Sequence[CandidateWord], probs: Sequence[Probs], height: float,
    judged: Callable[[Sequence[Ink]], Probs],
) -> Turns:  # fmt: skip
    """Which turns may bring a page upright.

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
        return Turns([])
    of_words = np.array([n for n, _, _ in found], np.intp)
    as_they_lie = np.array([of_atom for _, _, of_atom in found], np.float32)
    upright = _telling(of_words, as_they_lie, UPRIGHT_ONLY)
    if upright >= max(ENOUGH, SETTLED_SHARE * len(found)):
        return Turns([])
    lines = lines_run(words, height)
    hanging = lines == "across" and letters_hang(words)
    if lines != "down" and not hanging and upright >= max(ENOUGH, ENOUGH_SHARE * len(found)):
        return Turns([])
    sample = _sample(of_words, as_they_lie)
    of_words, as_they_lie = of_words[sample], as_they_lie[sample]
    masks = [found[n][1] for n in sample.tolist()]
    counts, before = {}, {}
    for turns in LIKELY_TURNS[lines]:
        turned = judged([np.ascontiguousarray(np.rot90(mask, turns)) for mask in masks])
        # what stands side by side is known only of pages that do not lie on their side
        together = of_words if turns == 2 else np.arange(len(of_words))
        telling = UPRIGHT_ONLY if lines == "down" else TELLING[turns]
        counts[turns] = _telling(together, turned, telling)
        before[turns] = _telling(together, as_they_lie, telling)
    likely = sorted(counts, key=lambda turns: -counts[turns])
    if lines == "down":
        first, second = (counts[turns] for turns in likely)
        plain = first >= max(ENOUGH, SETTLED_SHARE * len(sample), TIMES[2] * second)
        return Turns(likely[:1] if plain else likely, sideways=True)
    tried = [n for n in likely if hanging or counts[n] >= max(LEAST_TELLING, TIMES[n] * before[n])]
    many = max(LEAST_TELLING, MANY_SHARE * len(sample))
    plain = tried == [2] and counts[2] >= many and counts[2] >= TIMES_MANY * before[2]
    return Turns(tried, upside_down=hanging or plain)


def _sample(of_words: NDArray[np.intp], probs: Probs) -> NDArray[np.intp]:
    """Places of glyphs to turn, in whole words: all, or about SAMPLE of them from all over the page, of words first in
    which something looks like a digit as it lies, as six of the ten do upside down."""
    if len(of_words) <= SAMPLE:
        return np.arange(len(of_words))
    words = np.unique(of_words)
    like = np.unique(of_words[probs[:, :10].max(axis=1) > SURE])
    glyphs = np.bincount(of_words)
    if glyphs[like].sum() >= SAMPLE / 2:
        words = like
    kept = max(1, round(len(words) * SAMPLE / int(glyphs[words].sum())))
    chosen = words[np.linspace(0, len(words) - 1, min(kept, len(words))).astype(np.intp)]
    return np.flatnonzero(np.isin(of_words, chosen))


def lines_run(words: Sequence[CandidateWord], height: float) -> Lines:
    """Which way lines run, by where the nearest neighbours of most glyphs stand; None where that is not plain.

    height: of the writing, px; where glyphs about as high tell nothing, all do, print beside large digits too. Digits in boxes that
    stand alone tell only of these, and count with all.
    """
    boxes = np.array(
        [
            (box.left, box.top, box.right, box.bottom)
            for word in words
            for box in (atom.box for atom in word.full_atoms())
        ],
        np.float32,
    ).reshape(-1, 4)
    longer = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    like_writing = (longer >= LIKELY_HEIGHTS[0] * height) & (longer <= LIKELY_HEIGHTS[1] * height)
    in_line = np.array(
        [not word.in_cells or len(word.atoms) > 1 for word in words for _ in word.full_atoms()], bool
    )
    return _lines_of(boxes[like_writing & in_line], height) or _lines_of(boxes, height)


def _lines_of(boxes: NDArray[np.float32], height: float) -> Lines:
    """Which way lines of these (N, 4) glyphs run."""
    if not len(boxes):
        return None
    left, top, right, bottom = boxes.T
    asked = np.asarray(np.unique(np.linspace(0, len(boxes) - 1, NEIGHBOURS).astype(np.intp)), np.intp)
    beside = _to_the_next(left, right, top, bottom, asked) / height
    below = _to_the_next(top, bottom, left, right, asked) / height
    across = int(np.count_nonzero((beside < CLOSE) & (beside < CLOSER * below)))
    down = int(np.count_nonzero((below < CLOSE) & (below < CLOSER * beside)))
    if down >= max(IN_LINES, TIMES_PLAINER * across):
        return "down"
    return "across" if across >= max(IN_LINES, TIMES_PLAINER * down) else None


def letters_hang(words: Sequence[CandidateWord]) -> bool:
    """Whether more glyphs end off the feet of their line than off its heads, as Latin letters do upside down: upright they are of
    several heights and stand on one line, but for few such as g, j, p, q and y."""
    own = [word for word in words if not word.in_cells]
    lines = defaultdict[int, list[Box]](list)
    for word, (line, _) in zip(own, order_lines([word.box for word in own]), strict=True):
        lines[line] += [atom.box for atom in word.full_atoms()]
    heads = feet = 0
    for boxes in lines.values():
        if len(boxes) < LETTERS:
            continue
        top, bottom = median([box.top for box in boxes]), median([box.bottom for box in boxes])
        off, level = OFF * (bottom - top), LEVEL * (bottom - top)
        heads += sum(abs(box.top - top) > off and abs(box.bottom - bottom) < level for box in boxes)
        feet += sum(abs(box.bottom - bottom) > off and abs(box.top - top) < level for box in boxes)
    return feet >= TIMES_OFTENER * heads and feet - heads >= HANGING * sqrt(heads + feet) > 0


def _to_the_next(
    start: NDArray[np.float32], end: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32],
    asked: NDArray[np.intp],
) -> NDArray[np.float32]:  # fmt: skip
    """px from each box asked for to the next one along an axis, infinite where there is none; (N,) sides of all boxes
    along it (start, end) and across it (low, high)."""
    shared = np.minimum(high[asked, None], high) - np.maximum(low[asked, None], low)
    extent = high - low
    behind = (start + end)[None] > (start + end)[asked, None]
    in_line = behind & (shared >= ACROSS * np.minimum(extent[asked, None], extent))
    gaps = np.where(in_line, np.maximum(start - end[asked, None], 0), np.inf)
    return np.asarray(gaps.min(axis=1), np.float32)


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
