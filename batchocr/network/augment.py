"""New deformations of 28x28 glyphs for every epoch, thousands at a time.

Elastic after Simard 2003, affine after Ciresan 2010, both as one displacement field over a montage of
digits, so that one `cv2.remap` bends hundreds of glyphs. Leaves out damage that needs the glyph's own
resolution (thin pens, thresholds, low resolution): that happens once, in `synthesis`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import GlyphImages

SIDE = 28  # px
COLUMNS = 32  # glyphs a montage row; 32 * 28 px stays far below remap's 32,767
MONTAGE = 4096  # glyphs a montage
COARSE = 4  # px between the knots of the elastic field
COARSE_SIGMA = 5 / COARSE  # knots; Simard's sigma of 5 px


@dataclass(frozen=True, slots=True)
class Deformation:
    """How far glyphs are bent; each knob is a maximum, except elastic (a standard deviation)."""

    elastic: float = 1.15  # px
    rotation: float = 13.0  # degrees
    scale: float = 0.15
    shear: float = 0.2
    shift: float = 2.0  # px

    def scaled(self, factor: float) -> Deformation:
        """The same bending, factor times as strong."""
        return Deformation(
            self.elastic * factor,
            self.rotation * factor,
            self.scale * factor,
            self.shear * factor,
            self.shift * factor,
        )


def deform(images: GlyphImages, how: Deformation, rng: np.random.Generator) -> GlyphImages:
    """Bend every glyph of (N, 28, 28) uint8 anew."""
    bent = np.empty_like(images)
    for start in range(0, len(images), MONTAGE):
        bent[start : start + MONTAGE] = _deform_montage(images[start : start + MONTAGE], how, rng)
    return bent


def _deform_montage(images: GlyphImages, how: Deformation, rng: np.random.Generator) -> GlyphImages:
    count = len(images)
    rows = -(-count // COLUMNS)
    cells = np.zeros((rows * COLUMNS, SIDE, SIDE), np.uint8)
    cells[:count] = images
    elastic = rng.uniform(0.2, 1.5, rows * COLUMNS).astype(np.float32) * how.elastic
    fields = []
    for field in _affine(rows * COLUMNS, how, rng):
        field += _to_cells(_elastic_field(rows, rng)) * elastic[:, None, None]
        np.clip(field, 0, SIDE - 1, out=field)
        fields.append(_to_montage(field))
    fields[0] += np.repeat(np.arange(COLUMNS, dtype=np.float32) * SIDE, SIDE)[None, :]
    fields[1] += np.repeat(np.arange(rows, dtype=np.float32) * SIDE, SIDE)[:, None]
    bent = cv2.remap(_to_montage(cells), fields[0], fields[1], cv2.INTER_LINEAR)
    picked: GlyphImages = _to_cells(bent)[:count].astype(np.uint8, copy=False)
    return picked


def _affine(
    count: int, how: Deformation, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Source x and y, each (count, 28, 28), of one random affine map a glyph."""
    middle = (SIDE - 1) / 2
    angle = np.radians(rng.uniform(-how.rotation, how.rotation, count))
    wide, high = (1 + rng.uniform(-how.scale, how.scale, (2, count))) * 1.0
    shear = rng.uniform(-how.shear, how.shear, count)
    across, down = rng.uniform(-how.shift, how.shift, (2, count))
    cos, sin = np.cos(angle), np.sin(angle)
    to_x = np.stack([cos / wide, (shear * cos - sin) / wide, middle + across], 1)
    to_y = np.stack([sin / high, (shear * sin + cos) / high, middle + down], 1)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) - np.float32(middle)
    basis = np.stack([x.ravel(), y.ravel(), np.ones(SIDE * SIDE, np.float32)])
    source_x = (to_x.astype(np.float32) @ basis).reshape(count, SIDE, SIDE)
    source_y = (to_y.astype(np.float32) @ basis).reshape(count, SIDE, SIDE)
    return source_x, source_y


def _elastic_field(rows: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A smooth random field over a montage, standard deviation about 1."""
    knots = rng.standard_normal((rows * SIDE // COARSE, COLUMNS * SIDE // COARSE), dtype=np.float32)
    smooth = np.asarray(cv2.GaussianBlur(knots, (0, 0), COARSE_SIGMA), np.float32)
    smooth /= smooth.std() + 1e-6
    field = cv2.resize(smooth, (COLUMNS * SIDE, rows * SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(field, np.float32)


def _to_montage(cells: NDArray[Any]) -> NDArray[Any]:
    rows = len(cells) // COLUMNS
    return np.ascontiguousarray(
        cells.reshape(rows, COLUMNS, SIDE, SIDE).transpose(0, 2, 1, 3).reshape(rows * SIDE, COLUMNS * SIDE)
    )


def _to_cells(montage: NDArray[Any]) -> NDArray[Any]:
    rows = montage.shape[0] // SIDE
    return np.ascontiguousarray(
        montage.reshape(rows, SIDE, COLUMNS, SIDE).transpose(0, 2, 1, 3).reshape(rows * COLUMNS, SIDE, SIDE)
    )
