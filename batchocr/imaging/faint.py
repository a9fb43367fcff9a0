"""Upright ruled lines too faint to be ink beside dark writing, which part the columns of a table all the same.

A line is what is a little darker than its paper over many heights of the writing without a break, and thin. Leaves out:
level lines, and upright ones as dark as the writing (`imaging.rules`).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from batchocr.elements import Box, Grey
from batchocr.imaging.labels import label

LEAST_DEPTH = 8  # grey levels by which a line is darker than its paper at least,
NOISE_FACTOR = 3.0  # and so many standard deviations of the paper's noise
REDUCE = 4  # rows are averaged to one, which takes nothing from an upright line
RUN_HEIGHTS = 4.0  # writing heights: so long is a piece of it without a break
LENGTH_HEIGHTS = 6.0  # and it is so long
FEWEST_LINES = 3  # of a table's columns, which end together
END_HEIGHTS = 0.5  # writing heights: so nearly
WIDEST = 0.25  # writing heights: the box around it is no wider


def faint_uprights(depth: Grey, noise: float, height: float) -> tuple[Box, ...]:
    """Upright lines, dark and faint, of a page whose (H, W) uint8 pixels are so much darker than their paper. height: px of
    the writing."""
    run = round(RUN_HEIGHTS * height / REDUCE)
    if not 1 < run <= len(depth) // REDUCE:
        return ()
    rows = depth[: len(depth) // REDUCE * REDUCE]
    low = cv2.resize(rows, (depth.shape[1], len(depth) // REDUCE), interpolation=cv2.INTER_AREA)
    dark = np.asarray(low >= max(LEAST_DEPTH, NOISE_FACTOR * noise), np.uint8)
    _, stats = label(
        np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8)), np.uint8)
    )
    lines = [
        Box(left, REDUCE * top, left + wide, REDUCE * (top + high))
        for left, top, wide, high, _ in stats.tolist()
        if REDUCE * high >= LENGTH_HEIGHTS * height and wide <= max(3, WIDEST * height)
    ]
    return _of_tables(lines, END_HEIGHTS * height, len(depth))


def _of_tables(lines: Sequence[Box], stray: float, page: int) -> tuple[Box, ...]:
    """Those lines that begin and end where others do, but not at the page's edges, as scratches of a film do. stray: px.
    page: its height, px."""
    ends = np.array([(line.top, line.bottom) for line in lines], np.float64).reshape(-1, 2)
    together = (abs(ends[:, None] - ends).max(axis=2) <= stray).sum(axis=1) >= FEWEST_LINES
    within = (ends[:, 0] > stray) & (ends[:, 1] < page - stray)
    return tuple(line for line, kept in zip(lines, (together & within).tolist(), strict=True) if kept)
