"""Ink -> connected components, and the height of the writing on the page.

A component is connected ink, not yet judged. Leaves out: what a component means.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.labels import label

LEAST_HEIGHT = 5  # px: nothing smaller tells how tall the writing is
TALLEST_SHARE = 0.6  # of the page's height: anything taller is a frame, not writing
LEAST_FILL = 0.13  # ink / box: what is emptier is a piece of a frame
WEIGHT_POWER = 1.5  # of a component's height in the vote
FULL_VOTE = 8  # components: fewer alike count for less, for they may be pieces of a frame
ALIKE = 1.25  # heights within this factor are alike
GLYPH_ASPECTS = (0.08, 2.2)  # width / height of what may be a glyph when the writing's height is looked for


@dataclass(frozen=True, slots=True)
class Components:
    """Connected ink of one page.

    labels: (H, W) int32 or uint16, 0 paper. boxes: (N, 4) int32 left, top, right, bottom, half-open px.
    areas: (N,) int32 ink pixels. Row i of boxes and areas is label i + 1.
    """

    labels: NDArray[np.int32] | NDArray[np.uint16]
    boxes: NDArray[np.int32]
    areas: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.areas)

    def box(self, index: int) -> Box:
        """Box of one component."""
        return Box(*(int(v) for v in self.boxes[index]))

    def mask(self, index: int) -> NDArray[np.bool_]:
        """(h, w) bool: the component's own ink within its box, no neighbour's."""
        left, top, right, bottom = self.boxes[index]
        return np.asarray(self.labels[top:bottom, left:right] == index + 1)

    def select(self, chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """(H, W) uint8, 255 where ink belongs to a chosen component. chosen: (N,) bool."""
        table = np.concatenate([[False], chosen]).astype(np.uint8) * 255
        return np.asarray(table[self.labels], np.uint8)


def find_components(ink: Ink) -> Components:
    """The 8-connected components of (H, W) bool ink."""
    labels, stats = label(ink.view(np.uint8))
    boxes = np.column_stack(
        [stats[:, 0], stats[:, 1], stats[:, 0] + stats[:, 2], stats[:, 1] + stats[:, 3]]
    ).astype(np.int32)
    return Components(labels, boxes.reshape(-1, 4), stats[:, 4].astype(np.int32))


def writing_height(components: Components) -> float:
    """Typical height of the writing in px; 0 where there is none.

    The commonest height of glyph-like components, each weighted by its height to the power WEIGHT_POWER, so
    that neither a thousand specks nor a few pieces of a table outvote a line of digits.
    """
    widths = components.boxes[:, 2] - components.boxes[:, 0]
    heights = components.boxes[:, 3] - components.boxes[:, 1]
    aspects = widths / np.maximum(heights, 1)
    tallest = TALLEST_SHARE * components.labels.shape[0] if components.labels.shape[0] > 200 else np.inf
    fit = (heights >= LEAST_HEIGHT) & (heights <= tallest)
    fit &= (aspects >= GLYPH_ASPECTS[0]) & (aspects <= GLYPH_ASPECTS[1])
    fit &= components.areas >= LEAST_FILL * widths * heights
    if not fit.any():
        return 0.0
    chosen = np.sort(heights[fit]).astype(float)
    weights = np.concatenate([[0.0], np.cumsum(chosen**WEIGHT_POWER)])
    low = np.searchsorted(chosen, chosen / ALIKE, side="left")
    high = np.searchsorted(chosen, chosen * ALIKE, side="right")
    votes = (weights[high] - weights[low]) * np.minimum(1.0, (high - low) / FULL_VOTE) ** 2
    best = int(np.argmax(votes))
    return float(np.median(chosen[low[best] : high[best]]))
