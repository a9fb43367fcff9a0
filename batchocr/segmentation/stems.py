"""Boxes to be written in that are none: what seem to be their sides are strokes of digits, as of print on rough paper.

The lines of real boxes are no part of glyphs: each is a slim piece of ink by itself, or one as large as the box with the writing that
touches it, or gone with the page's rules. Leaves out: boxes among real ones on the same page.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.between import Cells
from batchocr.segmentation.cells import NO_CELLS
from batchocr.segmentation.segment import Atom, CandidateWord

OF_GLYPHS = 0.6  # of a side that glyphs cover, in the middle of all sides: these are strokes of them
MOST_CELLS = 60  # that are looked at, of all over the page
SIDE = 2  # px on either side that a side takes
SLIM = 0.3  # width / height of a piece of ink: a slimmer one may be the side by itself
FRAME = 3  # px: a piece of ink that ends so near a cell's sides, or beyond them, has the box in it


def without_stems(combs: Sequence[Cells], words: Sequence[CandidateWord]) -> list[Cells]:
    """The combs of a page, each (N, 4) px, or none of them where their sides are strokes of the words' glyphs."""
    cells = np.concatenate([NO_CELLS, *combs])
    atoms = [atom for word in words for atom in word.atoms if atom.box.width >= SLIM * atom.box.height]
    if not len(cells) or not atoms:
        return list(combs)
    boxes = np.array([atom.box for atom in atoms], np.int64)
    looked_at = cells[:: -(-len(cells) // MOST_CELLS)]
    shares = [_covered(cell, x, boxes, atoms) for cell in looked_at for x in (cell[0], cell[2])]
    return [] if float(np.median(shares)) >= OF_GLYPHS else list(combs)


def _covered(cell: NDArray[np.int64], x: int, boxes: NDArray[np.int64], atoms: Sequence[Atom]) -> float:
    """The share of a cell's side, at px x, that glyphs cover. boxes: (N, 4) px of the glyphs."""
    left, top, right, bottom = cell.tolist()
    near = (boxes[:, 0] <= x + SIDE) & (boxes[:, 2] > x - SIDE) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
    inside = np.array([left + FRAME, top + FRAME, right - FRAME, bottom - FRAME])
    around = (boxes[:, :2] <= inside[:2]).all(axis=1) & (boxes[:, 2:] >= inside[2:]).all(axis=1)
    rows = np.zeros(bottom - top, bool)
    for n in np.flatnonzero(near & ~around).tolist():
        box, mask = atoms[n].box, atoms[n].mask
        first, last = max(top, box.top), min(bottom, box.bottom)
        columns = slice(max(0, x - SIDE - box.left), max(0, x + SIDE + 1 - box.left))
        rows[first - top : last - top] |= mask[first - box.top : last - box.top, columns].any(axis=1)
    return float(rows.mean())
