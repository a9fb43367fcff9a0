"""Column rules of which a scan in black and white has left specks: more of these in one line down the page than by chance.

Points of decimals stand below one another too, but in lines of writing: a rule leaves specks between these as well. Leaves out:
rules in longer pieces (`leftovers`, `imaging.faint`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.components import Components, sizes

HIGHEST = 0.15  # writing heights of a speck, and as wide: small print is higher
GLYPH = (0.5, 2.0)  # writing heights of a glyph
FEWEST = 10  # specks in one line,
DEVIATIONS = 8.0  # and so many standard deviations more than by chance
BAND = 1  # px on either side of a line that its specks lie within
LONG = 5.0  # writing heights from the first to the last at least,
STEP, STEPS = 1.5, 0.5  # in so many of as many parts, each so many heights long
BETWEEN, FEWEST_BETWEEN = 0.15, 6  # of them that lie beside no writing
BESIDE = 2.5  # heights across within which writing is beside a speck
APART = 0.5  # heights between two rules at least
COLUMN = 1.5  # heights usually
FEWEST_RULES = 3  # of a table


def speck_rules(components: Components, height: float) -> tuple[Box, ...]:
    """Upright rules of which specks are left. height: px of the writing."""
    widths, heights = sizes(components)
    page = components.shape
    small = (widths <= HIGHEST * height) & (heights <= HIGHEST * height)
    across, down = (components.boxes[small][:, [0, 1]] + components.boxes[small][:, [2, 3]]).T / 2
    if len(across) < FEWEST_RULES * FEWEST:
        return ()
    level, least = _near(down, page[0])
    of_level = level[down.astype(np.int64)] >= least  # dotted level rules, whose dots stand below one another
    across, down = across[~of_level], down[~of_level]
    near, least = _near(across, page[1])
    glyphs = components.boxes[(heights >= GLYPH[0] * height) & (heights <= GLYPH[1] * height)]
    found: list[Box] = []
    for x in np.argsort(-near, kind="stable").tolist():
        if near[x] < least:
            break
        if any(abs(x - rule.left) < APART * height for rule in found):
            continue
        own = np.sort(down[np.abs(across.astype(np.int64) - x) <= BAND])
        long = own[-1] - own[0]
        parts = len(np.unique((own - own[0]) // (STEP * height)))
        if long < LONG * height or parts < STEPS * long / (STEP * height):
            continue
        beside = glyphs[(glyphs[:, 0] <= x + BESIDE * height) & (glyphs[:, 2] >= x - BESIDE * height)]
        between = sum(not ((beside[:, 1] <= y) & (beside[:, 3] >= y)).any() for y in own.tolist())
        if between >= max(FEWEST_BETWEEN, BETWEEN * len(own)):
            found.append(Box(x, int(own[0]), x + 1, int(own[-1]) + 1))
    places = np.sort([rule.left for rule in found])
    if len(found) < FEWEST_RULES or np.median(np.diff(places)) < COLUMN * height:
        return ()
    return tuple(found)


def _near(places: NDArray[np.float64], size: int) -> tuple[NDArray[np.int64], float]:
    """(size,) how many of these places along a page are near each px, and how many more of them than by chance are a line."""
    counts = np.bincount(places.astype(np.int64), minlength=size)
    near = np.convolve(counts, np.ones(2 * BAND + 1, np.int64), "same")
    chance = len(places) * (2 * BAND + 1) / size
    return near, max(FEWEST, chance + DEVIATIONS * np.sqrt(chance))
