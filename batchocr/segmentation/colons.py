"""Colons within a number, as in 8:30: two points one above the other, amid two digits.

Written by hand they stand so far from both digits that the number would end there, on one line and not on the next. Behind a
word, as in Weight: 45, they stand close to it. Leaves out: what is read on either side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

POINT_SIZE = 0.3  # heights: no point of a colon is larger either way
ALIKE = 2.5  # times as large is one of them at most as the other
ACROSS = 0.18  # heights by which the middle of one is to the right of the other's at most
APART = (0.2, 0.8)  # heights from the middle of one to that of the other
WITHIN = 0.1  # heights by which a point's middle is above or below the digits at most
EVEN = 0.3  # of the gap behind a colon that the one before it is wide at least,
STRAY = 0.25  # or heights by which that is wider
REACH = 1.7  # heights: no farther apart are the digits around a colon


def closed_by_colons(
    boxes: Sequence[Sequence[int]],
    small: Sequence[bool],
    specks: NDArray[np.int32],
    wide: Sequence[int],
    height: float,
) -> set[int]:
    """Which gaps of a chain, by the boxes before them, a colon closes.

    boxes: (N, 4) px of a chain, left to right. small: which of them are marks. specks: (S, 4) px of ink too small for a mark. wide:
    the gaps that would part it. height: px of its full glyphs.
    """
    found: set[int] = set()
    for n in wide:
        before = next((m for m in range(n, -1, -1) if not small[m]), None)
        behind = next((m for m in range(n + 1, len(boxes)) if not small[m]), None)
        if before is None or behind is None or behind - before > 3:
            continue
        left, right = boxes[before], boxes[behind]
        if not 0 < right[0] - left[2] <= REACH * height:
            continue
        top, bottom = min(left[1], right[1]), max(left[3], right[3])
        points = [*boxes[before + 1 : behind], *within(specks, (left[2], top, right[0], bottom)).tolist()]
        if len(points) == 2 and are_colon(points, left, right, height):
            found |= set(range(before, behind))
    return found


def within(specks: NDArray[np.int32], place: Sequence[int]) -> NDArray[np.int32]:
    """Those of (S, 4) px that lie wholly in a place, 4 px."""
    left, top, right, bottom = place
    inside = (
        (specks[:, 0] >= left) & (specks[:, 2] <= right) & (specks[:, 1] >= top) & (specks[:, 3] <= bottom)
    )
    return specks[inside]


def are_colon(
    points: Sequence[Sequence[int]], left: Sequence[int], right: Sequence[int], height: float
) -> bool:
    """Whether two marks, 4 px each, are a colon amid two digits, one above the other and alike in size."""
    (wide, high) = ([box[n + 2] - box[n] for box in points] for n in (0, 1))
    sizes = [max(both) for both in zip(wide, high, strict=True)]
    if max(sizes) > POINT_SIZE * height or max(sizes) > ALIKE * min(sizes):
        return False
    across, down = ([(box[n] + box[n + 2]) / 2 for box in points] for n in (0, 1))
    if abs(across[0] - across[1]) > ACROSS * height:
        return False
    if not APART[0] * height <= abs(down[0] - down[1]) <= APART[1] * height:
        return False
    stray = WITHIN * height
    top, foot = (left[1] + right[1]) / 2, (left[3] + right[3]) / 2
    if not all(top - stray <= middle <= foot + stray for middle in down):
        return False
    before = min(box[0] for box in points) - left[2]
    behind = right[0] - max(box[2] for box in points)
    if min(before, behind) < 0:
        return False
    # none stands close to what follows it but far behind a label
    return before >= EVEN * behind or behind - before <= STRAY * height
