"""Words mended by the columns of a table they stand in.

A point between two digits may be too faint to be seen, so that its gap parts the number; a faint column rule may be
taken for digits, so that two numbers become one. The other rows of the table know better: parts are joined where
most rows have one word from edge to edge, and a long word is parted where nearly all rows leave paper. Leaves out
pages without columns: nothing lines up on them often enough.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.lines import NO_BOXES, Chain, chain_of, marked_slots, points_amid

EDGE_HEIGHTS = 0.5  # writing heights by which the edges of a column's words stray
JOIN_HEIGHTS = 1.1  # writing heights: a wider gap is between two words whatever the columns say
LEAST_ROWS = 4  # rows that bear witness
NEAR_HEIGHTS = 30.0  # writing heights above and below within which rows are of the same table
WIDE_FACTOR = 1.6  # times the median width of its neighbours that a word is wide which may be several
LEAST_GUTTER = 0.25  # writing heights of paper between two columns,
MANY_ROWS = 10  # and as much as between the digits of the word where fewer rows than these tell of it
GUTTER_SHARE = 0.15  # of the words that cover the columns beside it: so few cover a gutter
SMALL_RATIO = 0.5  # of the writing's height: what is lower may be a point
ONE_WIDE = 0.1  # of a word's height that a 1 is wide at least,
ONE_STRAY = 0.12  # and by which it is higher or lower than the others
RULE_WIDTH = 0.35  # writing heights: what lies in a gutter and is no wider is a piece of a rule


def mend_by_columns(
    chains: list[Chain], boxes: NDArray[np.int32], height: float, specks: NDArray[np.int32] = NO_BOXES
) -> list[Chain]:
    """The words of a page, joined and parted where its columns say so.

    chains: words, those of one line that a gap has parted one after the other with the same `group`. boxes: (N, 4)
    px of the components. height: of the writing, px. specks: (S, 4) px, ink too small for a mark, among which commas are.
    """
    if len(chains) < 2 * LEAST_ROWS:
        return chains
    return _parted(_joined(chains, boxes, height), boxes, height, specks)


def _edges(chains: list[Chain]) -> NDArray[np.float64]:
    """(N, 4) px."""
    return np.array([chain.box for chain in chains], np.float64).reshape(-1, 4)


def _joined(chains: list[Chain], boxes: NDArray[np.int32], height: float) -> list[Chain]:
    edges = _edges(chains)
    middles = (edges[:, 1] + edges[:, 3]) / 2
    pairs = np.array(
        [
            n
            for n in range(len(chains) - 1)
            if chains[n].group == chains[n + 1].group
            and 0 < edges[n + 1, 0] - edges[n, 2] <= JOIN_HEIGHTS * height
        ],
        np.int64,
    )
    if not len(pairs):
        return chains
    stray = EDGE_HEIGHTS * height
    outer = np.column_stack([edges[pairs, 0], edges[pairs + 1, 2]])
    together: set[int] = set()  # words that the next one is joined to
    for pair, (left, right) in zip(pairs.tolist(), outer, strict=True):
        near = np.abs(middles - middles[pair]) <= NEAR_HEIGHTS * height
        whole = (np.abs(edges[:, 0] - left) <= stray) & (np.abs(edges[:, 2] - right) <= stray) & near
        parted = (np.abs(outer - (left, right)) <= stray).all(axis=1) & near[pairs]
        if whole.sum() >= LEAST_ROWS and whole.sum() > parted.sum() and pair - 1 not in together:
            together.add(pair)
    joined = []
    for n, chain in enumerate(chains):
        if n - 1 in together:
            continue
        members = chain.members + (chains[n + 1].members if n in together else ())
        joined.append(chain_of(boxes, members, chain.group) if n in together else chain)
    return joined


def _parted(
    chains: list[Chain], boxes: NDArray[np.int32], height: float, specks: NDArray[np.int32]
) -> list[Chain]:
    edges = _edges(chains)
    lefts, tops, rights, bottoms = np.ascontiguousarray(edges.T)
    widths, middles = rights - lefts, (tops + bottoms) / 2
    found: list[Chain] = []
    for n, chain in enumerate(chains):
        near = np.abs(middles - middles[n]) <= NEAR_HEIGHTS * height
        over = near & (lefts < rights[n]) & (rights > lefts[n])
        over[n] = False
        beside = widths[over].tolist()
        usual = median(beside) if len(beside) >= 2 * LEAST_ROWS else np.inf
        if widths[n] < WIDE_FACTOR * usual:
            found.append(chain)
            continue
        narrow = edges[over & (widths < WIDE_FACTOR * usual)]
        gutters, rows = _gutters(narrow, edges[n], LEAST_GUTTER * height)
        as_wide = 1 + np.count_nonzero(over) - len(narrow)
        # where more words are as wide, numbers have broken and no two have become one
        found += _cut(chain, gutters, rows, boxes, height, specks) if rows >= as_wide else [chain]
    return found


def _gutters(
    words: NDArray[np.float64], box: NDArray[np.float64], least: float
) -> tuple[list[tuple[int, int]], int]:
    """Runs of columns within the box, (start, stop) px, that next to none of the words (N, 4) cover, and how many cover the
    columns beside them at most."""
    left, right = int(box[0]), int(box[2])
    if len(words) < LEAST_ROWS or right - left <= least:
        return [], 0
    starts, stops = np.clip(words[:, [0, 2]] - left, 0, right - left).astype(int).T
    begun, ended = (np.bincount(at, minlength=right - left + 1) for at in (starts, stops))
    cover = np.cumsum(begun - ended)[:-1]
    if not cover.size or cover.max() < LEAST_ROWS:
        return [], 0
    empty = np.concatenate([[False], cover <= GUTTER_SHARE * np.median(cover[cover > 0]), [False]])
    edges = np.flatnonzero(np.diff(empty.astype(int)))
    runs = [(left + int(a), left + int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [(a, b) for a, b in runs if b - a >= least and a > left and b < right], int(cover.max())


def _cut(
    chain: Chain,
    gutters: list[tuple[int, int]],
    rows: int,
    boxes: NDArray[np.int32],
    height: float,
    specks: NDArray[np.int32],
) -> list[Chain]:
    """The word parted at the gutters, told by so many rows, in which it has as much paper itself; thin upright pieces that lie
    in one of them are left out."""
    own = boxes[list(chain.members)]
    lefts, tops, rights, bottoms = own.T
    ends = np.maximum.accumulate(rights)[:-1]
    gaps = np.maximum(0, lefts[1:] - ends)
    places, small = own.tolist(), (bottoms - tops < SMALL_RATIO * height).tolist()
    points = np.zeros(len(own), bool)  # of numbers, where other rows have lost theirs
    points[points_amid(places, small, height)] = True
    stray = height * EDGE_HEIGHTS / 2
    at = [
        np.flatnonzero((ends <= start + stray) & (lefts[1:] >= stop - stray)).tolist()
        for start, stop in gutters
    ]
    wide = sorted({n for of_gutter in at for n in of_gutter})
    closed = marked_slots(places, small, specks, wide, height) if wide else []
    middles = (lefts + rights) / 2
    kept = np.ones(len(middles), bool)
    cuts: list[float] = []
    for (start, stop), of_gutter in zip(gutters, at, strict=True):
        chips = (
            (start - stray <= middles) & (middles <= stop + stray) & (rights - lefts <= RULE_WIDTH * height)
        )
        if chips.sum() == 1 and points[chips].all():
            continue
        if any(n in closed for n in of_gutter):
            continue
        before, after = ~chips & (middles <= (start + stop) / 2), ~chips & (middles > (start + stop) / 2)
        # a 1 stands as near to its neighbours as digits do, a rule in a gutter: somewhere beside it is one
        edges = [
            rights[before].max(initial=start),
            *np.sort(np.stack([lefts[chips], rights[chips]]).T.ravel()),
            lefts[after].min(initial=stop),
        ]
        inner = gaps[(lefts[1:] <= start) | (ends >= stop)]
        # chance edges of few words line up in wide writing too
        least = max(
            LEAST_GUTTER * height, float(np.median(inner)) if len(inner) and rows < MANY_ROWS else 0.0
        )
        if max(np.diff(edges)[::2]) >= least:
            kept &= ~chips
            cuts.append((start + stop) / 2)
    if not cuts:
        return [chain]
    part_of = np.searchsorted(cuts, middles)
    parts = [np.flatnonzero(kept & (part_of == part)) for part in range(len(cuts) + 1)]
    members = [tuple(chain.members[n] for n in part) for part in parts if len(part)]
    crowded = bool((_like_ones(own, height) & ~kept).any())
    return [replace(chain_of(boxes, part, chain.group), crowded=crowded) for part in members]


def _like_ones(own: NDArray[np.int32], height: float) -> NDArray[np.bool_]:
    """(N,) bool: which of a word's components, (N, 4) px from left to right, are as high as one beside them, stand as low, and
    are no hairlines. height: of the writing, px."""
    wide, high, feet = own[:, 2] - own[:, 0], own[:, 3] - own[:, 1], own[:, 3]
    stray = ONE_STRAY * np.maximum(high[1:], high[:-1])
    level = (np.abs(np.diff(high)) <= stray) & (np.abs(np.diff(feet)) <= stray)
    beside = np.concatenate([level, [False]]) | np.concatenate([[False], level])
    full = (high >= SMALL_RATIO * height) & (wide >= ONE_WIDE * high)
    return np.asarray(beside & full, bool)
