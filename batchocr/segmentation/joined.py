"""Digits of boxes side by side that have grown together over the sides between them: where each is cut.

A straight stroke between two boxes parts them: upright or as leaning as writing is, near the side, where it crosses
little ink; or all that has grown together is of one of them, where the other holds more. Which it is at each side of a
comb, the digit network tells, by the digits that come of it (a best way from box to box, Viterbi 1967). Leaves out: which
ink is of no box alone, and what is made of the digits (`segmentation.cells`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Ink
from batchocr.segmentation.boxes import Judge

# of a cell's width, from its side to where a cut is
OFFSETS = (-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4)
SLANTS = (-0.3, 0.0, 0.3, 0.6)  # px that a cut leans to the right over each px upwards
# of a cell's width: a cut through so much ink costs as much as a digit that is e times less likely,
CROSSING = 0.4
ASIDE = 2.0  # and so much one that is a cell's width aside
MOST_CUTS = 12  # for each side
ALIKE = 0.08  # of the ink: cuts that part no more of it otherwise are one
CRUMB = 0.12  # of the ink: what a cut leaves apart and is smaller goes to the other side
LEAST_LIKELY = 1e-3
EMPTY = 5.0  # cost of a box that a cut leaves empty
OWN = 0.5  # of a cell's height that ink of its own takes, if it needs no share

Piece = tuple[int, int, Ink]  # left, top, and the ink (h, w)


@dataclass(frozen=True, slots=True)
class Joint:
    """Ink that has grown together over the cells of a comb from the first to the last one, by their places."""

    left: int
    top: int
    mask: Ink
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What is written in the cells of one comb, (N, 4) px: the ink that is of one of them, and what several share."""

    cells: NDArray[np.int64]
    own: list[list[Piece]]
    joints: list[Joint]

    def over(self, side: int) -> list[int]:
        """The joints that lie on both sides of that between a cell and the next one."""
        return [n for n, joint in enumerate(self.joints) if joint.first <= side < joint.last]

    def wall(self, side: int) -> float:
        """Where that side is, px across."""
        return float((self.cells[side, 2] + self.cells[side + 1, 0]) / 2)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Which of each joint's ink at one side is left of it, and what it costs."""

    left: dict[int, Ink]
    cost: float


def cut_joints(
    combs: Sequence[Shared],
    mask_of: Callable[[int, int, Sequence[Piece]], Ink | None],
    judge: Judge,
    is_cross: Callable[[int, int, Sequence[Piece]], bool] = lambda *_: False,
) -> list[list[list[Piece]]]:
    """For each comb the ink of each cell. mask_of: the picture of such ink by its comb and cell, None for hardly any. is_cross:
    whether it crosses the cell out; between two such cells the cut is at their sides."""
    cuts = [_cuts_of(n, comb, is_cross) for n, comb in enumerate(combs)]
    asked: dict[tuple[int, int, int, int], Ink | None] = {}
    for n, comb in enumerate(combs):
        for cell, (before, after) in enumerate(_around(cuts[n])):
            if len(before) + len(after) > 2:
                for a, b in product(range(len(before)), range(len(after))):
                    asked[n, cell, a, b] = mask_of(n, cell, _pieces(comb, cell, before[a], after[b]))
    shown = [key for key, mask in asked.items() if mask is not None]
    costs = dict.fromkeys(asked, EMPTY)
    if shown:
        likely = judge([mask for mask in asked.values() if mask is not None])[:, :NOT_A_DIGIT].max(axis=1)
        costs.update(zip(shown, (-np.log(np.maximum(likely, LEAST_LIKELY))).tolist(), strict=True))
    found = []
    for n, comb in enumerate(combs):
        way = _cheapest(cuts[n], n, costs)
        chosen = [_NO_CUT, *(of_side[at] for of_side, at in zip(cuts[n], way, strict=True)), _NO_CUT]
        found.append([_pieces(comb, cell, *both) for cell, both in enumerate(pairwise(chosen))])
    return found


_NO_CUT = _Cut({}, 0.0)


def _around(cuts: Sequence[Sequence[_Cut]]) -> list[tuple[Sequence[_Cut], Sequence[_Cut]]]:
    """For each cell of a comb the cuts at its left side and those at its right."""
    return list(pairwise([[_NO_CUT], *cuts, [_NO_CUT]]))


def _pieces(comb: Shared, cell: int, before: _Cut, after: _Cut) -> list[Piece]:
    """A cell's ink between two cuts."""
    pieces = list(comb.own[cell])
    for n, joint in enumerate(comb.joints):
        if joint.first <= cell <= joint.last:
            mask = joint.mask
            if n in before.left:
                mask = mask & ~before.left[n]
            if n in after.left:
                mask = mask & after.left[n]
            if mask.any():
                pieces.append((joint.left, joint.top, mask))
    return pieces


def _cuts_of(n: int, comb: Shared, is_cross: Callable[[int, int, Sequence[Piece]], bool]) -> list[list[_Cut]]:
    """The cuts at each side of a comb, the one at the side alone between two cells that are crossed out."""
    straight = [_straight(comb, side) for side in range(len(comb.cells) - 1)]
    crossed = [
        bool(one.left or other.left) and is_cross(n, cell, _pieces(comb, cell, one, other))
        for cell, (one, other) in enumerate(pairwise([_NO_CUT, *straight, _NO_CUT]))
    ]
    return [
        [cut] if all(both) else _cuts(comb, side)
        for side, (cut, both) in enumerate(zip(straight, pairwise(crossed), strict=True))
    ]


def _straight(comb: Shared, side: int) -> _Cut:
    """The upright cut midway between a cell and the next one."""
    joints = {n: comb.joints[n] for n in comb.over(side)}
    wall = comb.wall(side)
    return _Cut({n: j.mask & (j.left + np.arange(j.mask.shape[1]) < wall) for n, j in joints.items()}, 0.0)


def _cuts(comb: Shared, side: int) -> list[_Cut]:
    """The cuts between a cell and the next one, the cheapest first; one that cuts nothing where nothing lies in both."""
    joints = comb.over(side)
    if not joints:
        return [_NO_CUT]
    left_side, top, right_side, bottom = comb.cells[side].tolist()
    wall, middle, wide = comb.wall(side), (top + bottom) / 2, right_side - left_side
    offsets, slants = np.array(list(product(OFFSETS, SLANTS))).T[:, :, None]
    lefts, crossed = {}, np.zeros(len(offsets))
    for n in joints:
        joint = comb.joints[n]
        rows, last = np.arange(len(joint.mask)), joint.mask.shape[1] - 1
        at = (
            np.rint(wall + offsets * wide - slants * (rows + joint.top - middle)).astype(np.int64)
            - joint.left
        )
        lefts[n] = joint.mask & (np.arange(last + 1) < at[:, :, None])
        inside = at.clip(1, max(1, last))
        through = joint.mask[rows, inside.clip(0, last)] & joint.mask[rows, inside - 1] & (at == inside)
        crossed += through.sum(axis=1)
    costs = crossed / (CROSSING * wide) + ASIDE * np.abs(offsets[:, 0])
    alike = ALIKE * sum(int(np.count_nonzero(comb.joints[n].mask)) for n in joints)
    unlike: list[int] = []
    for line in np.argsort(costs, kind="stable").tolist():
        apart = (
            sum(int(np.count_nonzero(left[line] ^ left[other])) for left in lefts.values())
            for other in unlike
        )
        if len(unlike) < MOST_CUTS and all(many > alike for many in apart):
            unlike.append(line)
    found = [
        _Cut(
            {n: _without_crumbs(comb.joints[n].mask, left[line]) for n, left in lefts.items()},
            float(costs[line]),
        )
        for line in unlike
    ]
    if all(comb.joints[n].last - comb.joints[n].first == 1 for n in joints):
        if _has_own(comb, side + 1):
            found.append(_Cut({n: comb.joints[n].mask for n in joints}, 0.0))
        if _has_own(comb, side):
            found.append(_Cut({n: np.zeros_like(comb.joints[n].mask) for n in joints}, 0.0))
    return found


def _without_crumbs(mask: Ink, left: Ink) -> Ink:
    """The ink left of a cut, but for small pieces that the cut alone left there, and with those that it left on its right."""
    most = CRUMB * np.count_nonzero(mask)
    tidy = left
    for part in (left, mask & ~left):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(part.view(np.uint8), connectivity=8)
        if count > 2:
            small = np.append(False, stats[1:, cv2.CC_STAT_AREA] < most)
            tidy = tidy ^ small[labels]
    return np.asarray(tidy, bool)


def _has_own(comb: Shared, cell: int) -> bool:
    """Whether a cell holds enough ink of its own to be a digit."""
    high = comb.cells[cell, 3] - comb.cells[cell, 1]
    return any(len(mask) >= OWN * high for _, _, mask in comb.own[cell])


def _cheapest(
    cuts: Sequence[Sequence[_Cut]], comb: int, costs: dict[tuple[int, int, int, int], float]
) -> list[int]:
    """Which cut of each side, so that the digits are likely and the cuts cost little."""
    best: list[tuple[float, list[int]]] = [(0.0, [])]
    for cell, (_, after) in enumerate(_around(cuts)):
        best = [
            min(
                (
                    (total + costs.get((comb, cell, a, b), 0.0) + cut.cost, [*way, b])
                    for a, (total, way) in enumerate(best)
                ),
                key=lambda found: found[0],
            )
            for b, cut in enumerate(after)
        ]
    return best[0][1][:-1]
