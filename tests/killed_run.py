"""The run that test_kill.py kills: real files, real children, and a recogniser that can be slowed.

    python killed_run.py FOLDER SCANS

writes FOLDER/n.csv and FOLDER/g.csv. A module of its own, so that it starts without pytest.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from batchocr import cli
from batchocr.batch import Settings, Steps, read_pages
from batchocr.elements import Box, GlyphImages, Page, Predict, Probs, Reading, Word

SLOW_GROUP = (
    0.1  # s a group of pages takes while the file `slow` is there, so that the job outlives the kills
)


def predict(images: GlyphImages) -> Probs:
    return np.zeros((len(images), 11), np.float32)


def load(model: object) -> Predict:
    return predict


def recognize(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    """The word of a page tells its height and number."""
    if Path(pages[0].source).parent.with_name("slow").exists():
        time.sleep(SLOW_GROUP)
    return [[_word(f"{page.image.shape[0]}{page.number:03}")] for page in pages]


def _word(text: str) -> Word:
    box = Box(0, 0, 9, 9)
    return Word(1, 1, text, 0.9, "ok", box, "", tuple(Reading(digit, 0.9, "1", 0.1, box) for digit in text))


def main() -> int:
    import killed_run  # as the children know it

    folder, scans = Path(sys.argv[1]), sys.argv[2]
    steps = Steps(read_pages, killed_run.load, killed_run.recognize)
    return cli.guarded(
        lambda: cli.read_into_tables(
            [scans], Settings(steps=steps), output=folder / "n.csv", glyphs=folder / "g.csv", jobs=2
        )
    )


if __name__ == "__main__":
    sys.exit(main())
