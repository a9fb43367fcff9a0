"""What lies beside the sheet in a photo: a desk whose grain is no writing.

A sheet ends in a straight edge from which on it is lighter than what it lies on. What is beyond such an edge is made
paper only where it is rough all over and dark and light alike, as wood and cloth are: a dark strip with writing in it
has few strokes on much paper and stays, and a smooth desk has nothing that could be taken for ink. Leaves out: the
sheet's perspective.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey
from batchocr.imaging.binarize import halved

LEAST_SIDE = 600  # px: a smaller picture shows no desk
SAMPLED = 0.25  # px of the picture for each px of that, at least, are looked at
REDUCED_SIDE = 192  # px of the longer side, where edges are looked for
CLOSED = 5  # px of that: strokes are thinner
GAP, BAND = 1, 3  # px of that beside an edge that are left out, and that are held against each other
DEEPEST = 0.4  # of the picture that a desk takes at a side
STEEPEST, SLOPES = 0.3, 31  # px an edge falls per px at most, and how many such slopes are tried
LEAST_STEP = 5.0  # grey levels by which a sheet is lighter than the desk right along its edge,
CLEAR_STEP = 15.0  # and half of it by so many
EDGE_SHARE = 0.97  # of its length that an edge is seen
LIKELY_SHARE = 0.6  # of the picture's side that it takes where other desks are still in its way
ROUGH_WINDOW = 15  # px of half the picture
ROUGH_PERCENT = 30  # of the desk is at most as smooth as it is called
ROUGHER = 1.5  # times as rough as the sheet is a desk,
LEAST_ROUGH = 2.0  # and so many grey levels
MOST_LEANING = 0.18  # standard deviations between mean and median: writing leans by 0.25 to 0.5, wood by 0.1
MARGIN = 3  # px of the reduced picture inside the edge that are its shadow


@dataclass(frozen=True, slots=True)
class _Edge:
    """The upper edge of a sheet in a reduced picture: its row at column x is at + slope x."""

    at: float
    slope: float

    def rows(self, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.asarray(self.at + self.slope * columns, np.float64)


def without_desk(image: Grey) -> Grey:
    """An (H, W) uint8 picture of dark writing with paper in place of a rough desk; the same array where it has none."""
    if max(image.shape) < LEAST_SIDE:
        return image
    scale = REDUCED_SIDE / max(image.shape)
    size = tuple(max(1, round(side * scale)) for side in image.shape[::-1])
    every = max(1, int(SAMPLED / scale))
    some = image[::every, ::every]
    small = np.asarray(cv2.resize(some, size, interpolation=cv2.INTER_AREA), np.uint8)
    paper = np.asarray(
        cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((CLOSED, CLOSED), np.uint8)), np.uint8
    )
    beyond = _beyond(paper)
    if not beyond:
        return image
    texture = _Texture(image)
    least = max(LEAST_ROUGH, ROUGHER * texture.roughness(~np.logical_or.reduce(beyond)))
    rough = [
        one for one in beyond if texture.roughness(one) >= least and abs(texture.leaning(one)) <= MOST_LEANING
    ]
    return papered(image, paper, np.logical_or.reduce(rough)) if rough else image


def _beyond(paper: Grey) -> list[NDArray[np.bool_]]:
    """For each side of the reduced picture that shows a desk, (h, w) bool where that is."""
    turned = [np.rot90(paper, quarters) for quarters in range(4)]
    likely = [_edge(side, 0, side.shape[1], LIKELY_SHARE) for side in turned]
    found = []
    for quarters, (side, edge) in enumerate(zip(turned, likely, strict=True)):
        if edge is None:
            continue
        # a turn counterclockwise brings the right side to the top, and what was on top to the left
        before, after = likely[(quarters - 1) % 4], likely[(quarters + 1) % 4]
        sure = _edge(side, _reach(before, len(side)), side.shape[1] - _reach(after, len(side)), EDGE_SHARE)
        if sure is not None:
            off = np.arange(len(side))[:, None] < sure.rows(np.arange(side.shape[1])) + MARGIN
            found.append(np.rot90(off, -quarters))
    return found


def _reach(edge: _Edge | None, length: int) -> int:
    """px from a side that its desk takes at most, along an edge `length` px long."""
    return 0 if edge is None else max(0, round(max(edge.at, edge.at + edge.slope * length))) + MARGIN


def _edge(paper: Grey, left: int, right: int, share: float) -> _Edge | None:
    """The straight upper edge between two columns from which on the reduced picture is lighter, along so much of it."""
    height, width = paper.shape
    reach = GAP + BAND
    rows = np.arange(reach, round(DEEPEST * height))
    if right - left < width * LIKELY_SHARE / 2 or not len(rows):
        return None
    sums = np.vstack([np.zeros((1, width)), np.cumsum(paper, axis=0, dtype=np.float64)])
    step = np.zeros(paper.shape)
    at = np.arange(reach, height - reach)
    step[at] = (sums[at + reach] - sums[at + GAP] - sums[at - GAP] + sums[at - reach]) / BAND
    columns = np.arange(left, right)
    best, most = None, 0.0
    for slope in np.linspace(-STEEPEST, STEEPEST, SLOPES):
        across = np.clip(rows[:, None] + np.rint(slope * (columns - width / 2)).astype(int), 0, height - 1)
        steps = step[across, columns]
        seen = np.count_nonzero(steps >= LEAST_STEP, axis=1) / len(columns)
        mean = np.where(seen >= share, np.minimum(steps, 4 * CLEAR_STEP).mean(axis=1), 0.0)
        n = int(np.argmax(mean))
        if mean[n] > most and np.median(steps[n]) >= CLEAR_STEP:
            best, most = _Edge(rows[n] - slope * width / 2, float(slope)), float(mean[n])
    return best


class _Texture:
    """How a picture's grey levels vary around each place, seen at half its size."""

    def __init__(self, image: Grey) -> None:
        half = halved(image)
        window = (ROUGH_WINDOW, ROUGH_WINDOW)
        levels = half.astype(np.float32)
        mean = cv2.blur(levels, window)
        self._deviation = np.sqrt(np.maximum(cv2.blur(levels * levels, window) - mean * mean, 0))
        self._above = cv2.medianBlur(half, ROUGH_WINDOW).astype(np.float32) - mean

    def roughness(self, where: NDArray[np.bool_]) -> float:
        """The standard deviation, grey levels, that ROUGH_PERCENT of some places do not exceed."""
        some = self._deviation[self._places(where)]
        return float(np.percentile(some, ROUGH_PERCENT)) if some.size else 0.0

    def leaning(self, where: NDArray[np.bool_]) -> float:
        """By how many standard deviations the median lies above the mean: strokes are few and darker than their
        paper, while grain is dark and light alike."""
        places = self._places(where)
        return float(self._above[places].sum() / max(1.0, float(self._deviation[places].sum())))

    def _places(self, where: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(h, w) bool of the reduced picture in this one's pixels."""
        size = self._deviation.shape[::-1]
        return np.asarray(cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0, bool)


def papered(image: Grey, paper: Grey, off: NDArray[np.bool_]) -> Grey:
    """The picture with the paper of the nearest place on the sheet wherever it is `off`, (h, w) of the reduced one."""
    sheet = (~off).astype(np.uint8)
    if not sheet.any():
        return image
    _, nearest = cv2.distanceTransformWithLabels(1 - sheet, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    tones = np.zeros(int(nearest.max()) + 1, np.uint8)
    tones[nearest[sheet > 0]] = paper[sheet > 0]
    filled = tones[nearest]
    size = image.shape[::-1]
    whole = np.asarray(cv2.resize(off.astype(np.uint8) * np.uint8(255), size) > 127, bool)
    result = image.copy()
    result[whole] = np.asarray(cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR), np.uint8)[whole]
    return result
