"""Strips that drawn pages gave when they were read, and what is written on them, to learn from beside drawn strips.

On a strip that is cut from a page is what reading leaves there: pieces of rules and boxes, neighbours, words of letters and signs
that passed for numbers. Leaves out how pages are drawn and read for it (`scripts/mine_strings.py`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.network.files import written_whole
from batchocr.strip import STRIP_HEIGHT, Strip

AS_OFTEN = 4.0  # times is a strip shown that was read wrongly
LETTERED = 0.75  # times is one shown on which no number is
OTHERWISE = 0.7  # of the strips are shown as another hand and scanner might have given them
ALIKE = frozenset("01")  # what circles, strokes and l's are read as, which are those too
Pool = tuple[list[int], NDArray[np.float64]]  # strips, and how likely each is shown


@dataclass
class MinedStrings:
    """Strips of drawn pages, what is written on each, "" where it is no number, what was read, and the kind of page."""

    strips: list[Strip] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)

    def add(self, strip: Strip, text: str, read: str, kind: int) -> None:
        """One strip more, unless it may as well be what was read."""
        if text or not read or not ALIKE.issuperset(read):
            self.strips.append(strip)
            self.texts.append(text)
            self.read.append(read)
            self.kinds.append(kind)

    def join(self, other: MinedStrings) -> None:
        """Those of another."""
        self.strips += other.strips
        self.texts += other.texts
        self.read += other.read
        self.kinds += other.kinds

    def save(self, path: Path) -> None:
        """Write them to an .npz file."""
        save_strips(path, self.strips, texts=self.texts, read=self.read, kinds=np.array(self.kinds, np.int64))

    @staticmethod
    def load(path: Path) -> MinedStrings:
        """Read them from an .npz file."""
        with np.load(path) as stored:
            columns = (stored[name].tolist() for name in ("texts", "read", "kinds"))
            return MinedStrings(stored_strips(stored), *columns)

    def pools(self, rooms: Sequence[tuple[int, int]]) -> list[Pool]:
        """Which strips are for each room, the longest text and the widest strip, px, being so: each for the first that it fits.
        A kind of page that has many is shown more often, but not in step with that."""
        groups = [(kind, not text) for kind, text in zip(self.kinds, self.texts, strict=True)]
        count = Counter(groups)
        likely = np.array([self._weight(n) / math.sqrt(count[of]) for n, of in enumerate(groups)])
        fits = np.array([self._room(n, rooms) for n in range(len(groups))])
        places = [np.flatnonzero(fits == room) for room in range(len(rooms))]
        return [(own.tolist(), likely[own] / likely[own].sum()) for own in places]

    def some(self, pool: Pool, count: int, rng: np.random.Generator) -> tuple[list[Strip], list[str]]:
        """So many strips of a pool, some of them a little otherwise, and what is written on them."""
        places, likely = pool
        chosen = [places[n] for n in rng.choice(len(places), count, p=likely).tolist()]
        strips = [self.strips[n] for n in chosen]
        seen = [other_hand(strip, rng) if rng.random() < OTHERWISE else strip for strip in strips]
        return seen, [self.texts[n] for n in chosen]

    def _weight(self, n: int) -> float:
        if not self.texts[n]:
            return LETTERED
        return 1.0 if self.texts[n] == self.read[n] else AS_OFTEN

    def _room(self, n: int, rooms: Sequence[tuple[int, int]]) -> int:
        wide, long = self.strips[n].shape[1], len(self.texts[n])
        fits = (at for at, (longest, width) in enumerate(rooms) if wide <= width and long <= longest)
        return next(fits, len(rooms))


def save_strips(path: Path, strips: Sequence[Strip], **beside: Any) -> None:
    """Write strips to an .npz file, and what goes with them."""
    wide = np.array([strip.shape[1] for strip in strips], np.int64)
    ink = np.hstack([np.zeros((STRIP_HEIGHT, 0), np.uint8), *strips])
    with written_whole(path) as part, part.open("wb") as file:
        np.savez_compressed(file, ink=ink, wide=wide, **beside)


def stored_strips(stored: Mapping[str, NDArray[Any]]) -> list[Strip]:
    """The strips of a file that `save_strips` wrote."""
    return np.split(stored["ink"], np.cumsum(stored["wide"]), axis=1)[:-1]


def other_hand(strip: Strip, rng: np.random.Generator) -> Strip:
    """A strip as another hand and scanner might have given it: slant, size, place, bends, contrast, noise."""
    high, wide = strip.shape
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    zoom_x, zoom_y = np.exp(rng.normal(0, 0.08, 2))
    x = (x - wide / 2) * np.float32(zoom_x) + np.float32(wide / 2)
    x += np.float32(rng.normal(0, 0.12)) * (y - high / 2) + np.float32(rng.normal(0, 2))
    y = (y - high / 2) * np.float32(zoom_y) + np.float32(high / 2 + rng.normal(0, 1.2))
    y += np.float32(rng.normal(0, 0.01)) * (x - wide / 2)
    bend = rng.normal(0, rng.uniform(0.1, 0.9), (2, 3, max(3, wide // 12))).astype(np.float32)
    x += cv2.resize(bend[0], (wide, high), interpolation=cv2.INTER_CUBIC)
    y += cv2.resize(bend[1], (wide, high), interpolation=cv2.INTER_CUBIC)
    bent = np.asarray(cv2.remap(strip, x, y, cv2.INTER_LINEAR), np.float32)
    inked = 255 * (bent / 255) ** np.float32(np.exp(rng.normal(0, 0.25)))
    noisy = inked + np.float32(rng.uniform(0, 10)) * rng.standard_normal(bent.shape, np.float32)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
