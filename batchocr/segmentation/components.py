"""Ink -> connected components, and the height of the writing on the page.

A component is connected ink, not yet judged. Leaves out: what a component means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box, Ink
from batchocr.imaging.labels import label

LEAST_HEIGHT = 5  # px: nothing smaller tells how tall the writing is
TALLEST_SHARE = 0.6  # of the page's height: anything taller is a frame, not writing
LOW_PAGE = 200  # px: a lower picture may be filled by one line
HIGH_SHARE = 0.06  # of the page's height: what is higher, narrow and hollow is a frame
HOLLOW_ASPECT, HOLLOW_FILL = 0.6, 0.22  # width / height, and ink / box, of such
LEAST_FILL = 0.13  # ink / box: what is emptier is a piece of a frame
SOLID = 0.93  # ink / box: what is as full is a block or a 1, and the other digits tell more
# of its height that a block's columns are ink, and of its usual width that such columns take
BLOCK_HIGH = 0.9
HELD = 2  # other components within its box: a chart has so many, or a frame
CHARTS_SHARE = 0.5  # of the few components of one height that do: then it is not that of the writing
WEIGHT_POWER = 1.5  # of a component's height in the vote
FULL_VOTE = 8  # components: fewer alike count for less, for they may be pieces of a frame
ALIKE = 1.25  # heights within this factor are alike
LOOKED_AT = 24  # components alike in height that are looked at, whether they are boxes
OUTLINES_SHARE = 0.5  # of these that are: then their height is not that of the writing
LEAST_OUTLINE = 12  # px of a box's sides
OUTLINE_ASPECT = 2.3  # the longer of which is so many times the shorter: a longer one passes for no glyph
OUTLINE_BAND = 0.14  # of the shorter within which its sides lie
OUTLINE_SHARE = 0.75  # of its ink that lies there, and of each side that is ink
ROUND = 1.1  # longer over shorter side of a circle at most
CIRCLE_BAND = 0.17  # of its radius, within which its line lies: a pen's 0 is no circle, and its line thicker
CIRCLE_SHARE = 0.97  # of its ink that does so
DIRECTIONS = 24  # in which it is looked for from its middle
GLYPH_ASPECTS = (0.08, 2.2)  # width / height of what may be a glyph when the writing's height is looked for


@dataclass(frozen=True, slots=True)
class Layer:
    """Labelled ink of a part of the page. labels: (h, w) int32 or uint16, 0 paper. left, top: px of its corner."""

    labels: NDArray[np.int32] | NDArray[np.uint16]
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Components:
    """Connected ink of one page.

    shape: height and width of the page in px. boxes: (N, 4) int32 left, top, right, bottom, half-open px. areas:
    (N,) int32 ink pixels. layers: where the ink is. places: (N, 2) int32, the layer of each component and its
    label in there.
    """

    shape: tuple[int, int]
    boxes: NDArray[np.int32]
    areas: NDArray[np.int32]
    layers: tuple[Layer, ...]
    places: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.areas)

    def box(self, index: int) -> Box:
        """Box of one component."""
        return Box(*self.boxes[index].tolist())

    def mask(self, index: int) -> NDArray[np.bool_]:
        """(h, w) bool: the component's own ink within its box, no neighbour's."""
        return self.cut(np.array([index]))[0][1]

    def cut(self, chosen: NDArray[np.int64]) -> list[tuple[Box, NDArray[np.bool_]]]:
        """Boxes of the components of these indices, and their own ink within them, (h, w) bool."""
        found = []
        for corners, (number, own) in zip(
            self.boxes[chosen].tolist(), self.places[chosen].tolist(), strict=True
        ):
            box, layer = Box(*corners), self.layers[number]
            rows = slice(box.top - layer.top, box.bottom - layer.top)
            columns = slice(box.left - layer.left, box.right - layer.left)
            found.append((box, np.asarray(layer.labels[rows, columns] == own)))
        return found

    def select(self, chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """(H, W) uint8, 255 where ink belongs to a chosen component. chosen: (N,) bool."""
        picture = np.zeros(self.shape, np.uint8)
        for box, mask in self.cut(np.flatnonzero(chosen)):
            window = picture[box.top : box.bottom, box.left : box.right]
            cv2.bitwise_or(window, mask.view(np.uint8) * np.uint8(255), dst=window)
        return picture

    def inside(self, region: Box) -> NDArray[np.bool_]:
        """(N,) bool: which of them lie in a region, whole."""
        left, top, right, bottom = self.boxes.T
        within = (left >= region.left) & (top >= region.top)
        return np.asarray(within & (right <= region.right) & (bottom <= region.bottom), bool)

    def without(self, dropped: NDArray[np.bool_]) -> Components:
        """The others than those, (N,) bool."""
        return replace(
            self, boxes=self.boxes[~dropped], areas=self.areas[~dropped], places=self.places[~dropped]
        )

    def relabelled(
        self,
        changed: NDArray[np.bool_],
        regions: Sequence[Box],
        picture: NDArray[np.uint8],
        ink: Ink,
    ) -> Components:
        """The components after ink of some of them was deleted.

        changed: (N,) bool, those that may have lost ink within `regions`, which hold each of them whole or not at
        all. picture: (H, W) uint8, not 0 where they were. ink: (H, W) bool, what is left.
        """
        boxes, areas, places, layers = [self.boxes], [self.areas], [self.places], list(self.layers)
        stays = np.ones(len(self), bool)
        for region in regions:
            window = slice(region.top, region.bottom), slice(region.left, region.right)
            stays &= ~(changed & self.inside(region))
            labels, stats = label(np.asarray(cv2.bitwise_and(picture[window], ink[window].view(np.uint8))))
            boxes.append(_boxes(stats, region.left, region.top))
            areas.append(stats[:, 4])
            places.append(_places(len(layers), len(stats)))
            layers.append(Layer(labels, region.left, region.top))
        boxes[0], areas[0], places[0] = boxes[0][stays], areas[0][stays], places[0][stays]
        return Components(
            self.shape, np.concatenate(boxes), np.concatenate(areas), tuple(layers), np.concatenate(places)
        )


def sizes(components: Components) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Width and height of each component, (N,) int32 px."""
    boxes = components.boxes
    return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


def alike_in_size(
    some: NDArray[np.int64], size: NDArray[np.int32], fewest: int, factor: float
) -> list[NDArray[np.int64]]:
    """Groups of at least so many of those components that are alike in size, within a factor, each in one group, the most alike first.
    size: (N,) px, of all components."""
    groups = []
    left = some[np.argsort(size[some], kind="stable")]
    while len(left) >= fewest:
        own = size[left].astype(float)
        alike = np.searchsorted(own, own * factor, side="right") - np.arange(len(own))
        first = int(np.argmax(alike))
        if alike[first] < fewest:
            break
        groups.append(left[first : first + alike[first]])
        left = np.delete(left, np.s_[first : first + alike[first]])
    return groups


def find_components(ink: Ink) -> Components:
    """The 8-connected components of (H, W) bool ink."""
    left, top, width, height = cv2.boundingRect(ink.view(np.uint8)) if ink.size else (0, 0, 0, 0)
    labels, stats = label(ink[top : top + height, left : left + width].view(np.uint8))  # no empty margins
    return Components(
        (ink.shape[0], ink.shape[1]),
        _boxes(stats, left, top),
        stats[:, 4],
        (Layer(labels, left, top),),
        _places(0, len(stats)),
    )


def _boxes(stats: NDArray[np.int32], left: int, top: int) -> NDArray[np.int32]:
    """(N, 4) px of labelled ink whose corner lies at (left, top)."""
    corners = stats[:, :2] + np.array([left, top], np.int32)
    return np.hstack([corners, corners + stats[:, 2:4]])


def _places(layer: int, count: int) -> NDArray[np.int32]:
    """(count, 2): labels 1 to `count` of one layer."""
    return np.column_stack([np.full(count, layer, np.int32), np.arange(1, count + 1, dtype=np.int32)])


def writing_height(components: Components) -> float:
    """Typical height of the writing in px; 0 where there is none.

    The commonest height of glyph-like components, each weighted by its height to the power WEIGHT_POWER, so
    that neither a thousand specks nor a few pieces of a table outvote a line of digits.
    """
    widths, heights = sizes(components)
    aspects = widths / np.maximum(heights, 1)
    tallest = TALLEST_SHARE * components.shape[0] if components.shape[0] > LOW_PAGE else np.inf
    fit = (heights >= LEAST_HEIGHT) & (heights <= tallest)
    fit &= (aspects >= GLYPH_ASPECTS[0]) & (aspects <= GLYPH_ASPECTS[1])
    fit &= components.areas >= LEAST_FILL * widths * heights
    if components.shape[0] > LOW_PAGE:  # frames of a page on its side, with the writing that touches them
        hollow = (aspects < HOLLOW_ASPECT) & (components.areas < HOLLOW_FILL * widths * heights)
        fit &= ~hollow | (heights < HIGH_SHARE * components.shape[0])
    height, alike = _usual_height(components, heights, fit)
    others = fit & (components.areas < SOLID * widths * heights)
    others[_blocks(components, alike)] = False
    if np.array_equal(others, fit):
        return height
    of_others, of_them = _usual_height(components, heights, others)
    while len(blocks := _blocks(components, of_them)):
        others[blocks] = False
        of_others, of_them = _usual_height(components, heights, others)
    return of_others if len(of_them) >= max(len(alike), FULL_VOTE) else height


def _blocks(components: Components, some: NDArray[np.intp]) -> NDArray[np.intp]:
    """Which of some components, by their numbers, stand upright and are as wide all the way up, but for a foot: bars of a
    chart with a piece of its axis, or ones. None where they are many, as the digits of a page are."""
    if len(some) >= FULL_VOTE:
        return some[:0]
    masks = [mask for _, mask in components.cut(some)]
    stems = [np.count_nonzero(mask.mean(axis=0) >= BLOCK_HIGH) for mask in masks]
    widths = [float(np.median(np.count_nonzero(mask, axis=1))) for mask in masks]
    return some[[stem >= BLOCK_HIGH * width for stem, width in zip(stems, widths, strict=True)]]


def _usual_height(
    components: Components, heights: NDArray[np.int32], fit: NDArray[np.bool_]
) -> tuple[float, NDArray[np.intp]]:
    """The commonest height of those components that are fit, but for outlines and charts, and which have it; 0 where none is left."""
    fit = fit.copy()
    while fit.any():
        height, members = _commonest(heights, np.flatnonzero(fit))
        charts = _holding_others(components, members, fit) if len(members) < FULL_VOTE else members[:0]
        if len(charts) >= CHARTS_SHARE * len(members):
            fit[charts] = False
            continue
        some = members[:: max(1, len(members) // LOOKED_AT)]
        if np.mean([_is_drawn(mask) for _, mask in components.cut(some)]) < OUTLINES_SHARE:
            return height, members
        outlines = [_is_drawn(mask) for _, mask in components.cut(members)]
        fit[members[np.array(outlines)]] = False
    return 0.0, np.zeros(0, np.intp)


def _holding_others(
    components: Components, some: NDArray[np.intp], fit: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Which of some components, by their numbers, have HELD others or more of those that are fit within their boxes, as a chart
    has its figures; a digit has none."""
    held = [np.count_nonzero(components.inside(components.box(n)) & fit) for n in some.tolist()]
    return some[np.array(held) > HELD]  # it is within its own box, too


def _commonest(heights: NDArray[np.int32], fit: NDArray[np.intp]) -> tuple[float, NDArray[np.intp]]:
    """The height that most of the components asked about have, weighted, and which of them are about so high."""
    order = fit[np.argsort(heights[fit], kind="stable")]
    chosen = heights[order].astype(float)
    weights = np.concatenate([[0.0], np.cumsum(chosen**WEIGHT_POWER)])
    low = np.searchsorted(chosen, chosen / ALIKE, side="left")
    high = np.searchsorted(chosen, chosen * ALIKE, side="right")
    votes = (weights[high] - weights[low]) * np.minimum(1.0, (high - low) / FULL_VOTE) ** 2
    best = int(np.argmax(votes))
    return float(np.median(chosen[low[best] : high[best]])), order[low[best] : high[best]]


def _is_drawn(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) bool ink is the outline of a box or of a circle, thin for its size, as drawings have."""
    return is_outline(mask) or _is_circle(mask)


def _is_circle(mask: NDArray[np.bool_]) -> bool:
    high, wide = mask.shape
    if min(high, wide) < LEAST_OUTLINE or not 1 / ROUND <= wide / high <= ROUND:
        return False
    down, across = (np.linspace(-1, 1, length) for length in (high, wide))
    y, x = np.nonzero(mask)
    radii = np.hypot(down[y], across[x])
    around = np.unique((np.arctan2(down[y], across[x]) / np.pi * DIRECTIONS / 2).round() % DIRECTIONS)
    return bool((radii >= 1 - CIRCLE_BAND).mean() >= CIRCLE_SHARE and len(around) == DIRECTIONS)


def is_outline(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) bool ink is the outline of a box, empty or not: nearly all along its four sides and in its
    corners, which a 0 leaves free."""
    high, wide = mask.shape
    if min(high, wide) < LEAST_OUTLINE or not 1 / OUTLINE_ASPECT <= wide / high <= OUTLINE_ASPECT:
        return False
    band = max(2, round(OUTLINE_BAND * min(high, wide)))
    inner = np.count_nonzero(mask[band : high - band, band : wide - band])
    if inner > (1 - OUTLINE_SHARE) * np.count_nonzero(mask):
        return False
    sides = (
        mask[:band].any(axis=0),
        mask[-band:].any(axis=0),
        mask[:, :band].any(axis=1),
        mask[:, -band:].any(axis=1),
    )
    corners = mask[:band, :band], mask[:band, -band:], mask[-band:, :band], mask[-band:, -band:]
    return all(side.mean() >= OUTLINE_SHARE for side in sides) and all(corner.any() for corner in corners)
