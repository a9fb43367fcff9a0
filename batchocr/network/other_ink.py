"""Ink that is no digit, drawn for measuring: letters, marks, and pieces and heaps of digits.

Letters and marks come from the fonts that Pillow and OpenCV carry, so that nothing has to be fetched, or from
a folder of the user's; the rest is drawn or put together from MNIST's test digits. All of it is scanned and
normalised by `synthesis`, as a page's glyphs are. Leaves out letters that look like digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from batchocr.elements import GlyphImages, Ink
from batchocr.errors import InputError
from batchocr.network import synthesis
from batchocr.network.dataset import Labels
from batchocr.normalize import normalize_glyphs

Master = NDArray[np.uint8]  # (H, W) uint8, ink 255 on 0

COUNT = 600  # glyphs a kind
PUT_TOGETHER = ("fragments", "pairs", "triples", "stubs", "blobs", "crosses and ticks", "crossed out")
LETTERED = {"letters": synthesis.LETTERS, "marks": synthesis.MARKS}
HERSHEY_FACES = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
HERSHEY_SCALE = 3.0  # about 66 px for a capital
HERSHEY_PENS = (2, 10)  # px, least and greatest
FONT_SUFFIXES = (".ttf", ".otf")
CANVAS = 220  # px


def draw_other_ink(
    images: GlyphImages, labels: Labels, fonts: Path | None = None, *, count: int = COUNT, seed: int = 0
) -> dict[str, GlyphImages]:
    """About count glyphs of each kind that is no digit, (N, 28, 28) uint8 each; the same for the same seed."""
    files = [] if fonts is None else font_files(fonts)
    drawn = {}
    for place, (kind, characters) in enumerate(LETTERED.items()):
        if files:
            drawn[kind] = _of_files(files, characters, count, seed + place)
        else:
            drawn[kind] = _of_bundled_fonts(characters, count, seed + place)
    for place, kind in enumerate(PUT_TOGETHER, len(LETTERED)):
        drawn[kind], _ = synthesis.other_ink(kind, images, labels, files, count, seed + place)
    return drawn


def font_files(folder: Path) -> list[Path]:
    """The fonts of a folder and of those below it. Raises InputError where there are none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of fonts; leave --fonts out to use those at hand")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in FONT_SUFFIXES)
    for path in files:
        try:
            ImageFont.truetype(str(path), CANVAS)
        except OSError as error:
            raise InputError(f"{path}: not a usable font ({error}); remove it") from None
    if not files:
        raise InputError(f"{folder}: no .ttf or .otf fonts in it; leave --fonts out to use those at hand")
    return files


def _of_files(files: Sequence[Path], characters: str, count: int, seed: int) -> GlyphImages:
    each = -(-count // len(files))
    parts = [
        synthesis.font_characters(path, list(characters), each, synthesis.PRINTED, seed + place)[0]
        for place, path in enumerate(files)
    ]
    return np.concatenate(parts)


def _of_bundled_fonts(characters: str, count: int, seed: int) -> GlyphImages:
    """Half in Pillow's font, half in OpenCV's stroke fonts with pens of many widths."""
    rng = np.random.default_rng(seed)
    plain = [c for c in characters if c.isascii()]  # all that the stroke fonts have
    masks: list[Ink] = []
    for number in range(count):
        text = plain[int(rng.integers(len(plain)))]
        master = _in_pillows_font(text) if number % 2 else _in_a_stroke_font(text, rng)
        mask = synthesis.scan(master, synthesis.PRINTED, rng)
        if mask.any() and mask.shape[1] >= synthesis.SLIM * mask.shape[0]:  # else it may pass for a 1
            masks.append(mask)
    return normalize_glyphs(masks)


def _in_pillows_font(text: str) -> Master:
    picture = Image.new("L", (CANVAS, CANVAS))
    font = ImageFont.load_default(synthesis.MASTER_PX)
    ImageDraw.Draw(picture).text((CANVAS // 4, CANVAS // 4), text, fill=255, font=font)
    return _tight(np.asarray(picture))


def _in_a_stroke_font(text: str, rng: np.random.Generator) -> Master:
    picture = np.zeros((CANVAS, CANVAS), np.uint8)
    face = HERSHEY_FACES[int(rng.integers(len(HERSHEY_FACES)))]
    pen = int(rng.integers(*HERSHEY_PENS, endpoint=True))
    start = (CANVAS // 4, CANVAS * 2 // 3)
    cv2.putText(picture, text, start, face, HERSHEY_SCALE, 255, pen, cv2.LINE_AA)
    return _tight(picture)


def _tight(picture: Master) -> Master:
    left, top, width, height = cv2.boundingRect(picture)
    return np.ascontiguousarray(picture[top : top + height, left : left + width])
