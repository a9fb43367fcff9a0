"""What shows through from the other side of the sheet: fainter than the ink, and its edges softer, as paper scatters light.

Faint pencil has edges as sharp as ink has, and print out of focus is as soft all over the page. Leaves out: what comes of
it (`pipeline`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from batchocr.elements import Box, Grey
from batchocr.imaging.focus import ACROSS, sharpness, strokes_sharpness
from batchocr.imaging.levels import percentiles

FAINT = 0.4  # of the page's own depth: what is deeper is ink
SOFT = 0.7  # times as sharp as the page's strokes a word is that shows through, at most
SOFT_LINE = 0.85  # sharpness of a ruled line that does, or that of the page's strokes, if these are softer
SOFT_AMONG = 0.8  # times as sharp as the lines of ink, usually, if there are any, at most
STROKES = 0.5  # of a word's depth: what counts as a stroke of it
AROUND = 6  # px beside a line in which its edges lie
LEAST_CREST = 8  # places on strokes by which the sharpness of a word can be told
DEEPEST = 99  # percent of the page's pixels that are less deep than its ink, about


class Through:
    """Tells what on an (H, W) uint8 page, as depth above paper, shows through."""

    def __init__(self, depth: Grey) -> None:
        self._depth = depth
        (self._deep,) = percentiles(depth[::4, ::4], DEEPEST)
        self._sharp: float | None = None

    def lines(self, uprights: Sequence[Box]) -> list[bool]:
        """Which of some upright lines, px, do."""
        told = np.array([self._line(line) for line in uprights], np.float64).reshape(-1, 2)
        deep, sharp = told[:, 0] >= FAINT * self._deep, told[:, 1]
        if deep.all():
            return [False] * len(uprights)
        least = min(SOFT_LINE, self._page_sharpness())
        if deep.any():  # ruled with a finer pen than the writing's, or enlarged, all are as soft
            least = min(least, SOFT_AMONG * float(np.median(sharp[deep])))
        return [bool(through) for through in ~deep & (sharp < least)]

    def words(self, boxes: Sequence[Box]) -> list[bool]:
        """Which of some words, px, do."""
        return [self._is_word(box) for box in boxes]

    def _page_sharpness(self) -> float:
        if self._sharp is None:
            self._sharp = sharpness(self._depth)
        return self._sharp

    def _line(self, line: Box) -> tuple[float, float]:
        """How deep an upright line is, grey levels, and how sharp."""
        first, last = max(0, line.left - AROUND), line.right + AROUND
        # writing crosses it here and there
        profile = np.median(self._depth[line.top : line.bottom, first:last], axis=0)
        profile = profile - profile.min()
        deep = float(profile.max())
        if len(profile) < 3 or deep <= 0:
            return 0.0, 1.0
        return deep, float(np.abs(profile[2:] - profile[:-2]).max()) / deep

    def _is_word(self, box: Box) -> bool:
        part = self._depth[box.top : box.bottom, max(0, box.left - ACROSS // 2) : box.right + ACROSS // 2]
        if not part.size:
            return False
        deep = float(part[::2, ::2].max())
        if not 0 < deep < FAINT * self._deep:
            return False
        sharp = strokes_sharpness(part, STROKES * deep, LEAST_CREST)
        return sharp is not None and sharp < SOFT * self._page_sharpness()
