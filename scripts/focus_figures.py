"""How pages are read that are out of focus: each page of a folder blurred by so many px, as it is and with noise.

    python scripts/focus_figures.py samples/pages samples/truth.csv [--blurs 0 1.5 2.5 3.5] [--noise 4]

Blurred by a Gaussian of that standard deviation; noise of so many grey levels and JPEG at quality 70 come in a last row,
at the blur before the last. Truth is a table of boxes; of files of several pages the first one counts. Read without
sharpening too, for the last three columns. A row for each on standard output.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr import pipeline
from batchocr.elements import Page, Word
from batchocr.network.model import load_model
from batchocr.pages import load_page
from batchocr.score import Said, digits_of, score_strings
from batchocr.tables import read_table

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
QUALITY = 70  # of JPEG

Grey = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--blurs", type=float, nargs="+", default=[0.0, 1.5, 2.5, 3.5])
    parser.add_argument("--noise", type=float, default=4.0, help="grey levels")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    pages = {
        path.name: load_page(path).image
        for path in sorted(arguments.pages.iterdir())
        if path.suffix.lower() in PICTURES
    }
    truth = [
        row
        for row in read_table(arguments.truth, ("source", "text"))
        if row["source"] in pages and row.get("page", "1") == "1"
    ]
    print(
        "| blur, px | strings | right | `ok` | wrong | unsharpened: right | `ok` | wrong |\n|---|---|---|---|---|---|---|---|"
    )
    before_last = arguments.blurs[-2:][0]
    for blur, noise in [*((blur, 0.0) for blur in arguments.blurs), (before_last, arguments.noise)]:
        soft = {name: blurred(page, blur, noise) for name, page in pages.items()}
        cells = [f"{blur:g}" + (", noise" if noise else ""), str(len(truth)), *_cells(soft, truth)]
        with patch.object(pipeline, "in_focus", lambda image, *_: image):
            cells += _cells(soft, truth)
        print("| " + " | ".join(cells) + " |", flush=True)


def blurred(page: Grey, blur: float, noise: float) -> Grey:
    """A page out of focus, scanned with noise and stored."""
    soft = np.asarray(cv2.GaussianBlur(page, (0, 0), blur), np.uint8) if blur else page
    if not noise:
        return soft
    grainy = np.clip(soft + np.random.default_rng(1).normal(0, noise, soft.shape), 0, 255).astype(np.uint8)
    _, stored = cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE), np.uint8)


def _cells(pages: dict[str, Grey], truth: Sequence[Mapping[str, str]]) -> list[str]:
    predict = load_model()
    said = {
        name: [_said(word) for word in pipeline.recognize_page(Page(page), predict)]
        for name, page in pages.items()
    }
    scores = score_strings(said, truth)
    return [str(scores[what]) for what in ("right", "accepted", "accepted_wrong")]


def _said(word: Word) -> Said:
    box = word.box
    return Said(
        1, digits_of(word.text), (box.left + box.right) / 2, (box.top + box.bottom) / 2, box.height,
        word.status == "ok", word.confidence,
    )  # fmt: skip


if __name__ == "__main__":
    main()
