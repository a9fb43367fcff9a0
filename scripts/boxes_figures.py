"""Measure how numbers are read whose digits stand in boxes of their own, on drawn forms.

    python scripts/boxes_figures.py --data ../shared/data/mnist [--fonts fonts] [--pages 24] [--seed 3]

Combs and boxes apart, dark and pale, some with guides in them, empty ones and crossed-out ones; in the hands and fonts
that the networks did not learn from. A number is right if one row, and no other, lies on it and spells it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from calibrate_words import Composer, lies_on

from batchocr.elements import Page
from batchocr.network.dataset import load_mnist
from batchocr.network.model import load_model
from batchocr.network.sliding import gather_hands
from batchocr.pipeline import recognize_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    composer = Composer(gather_hands(load_mnist(arguments.data), arguments.fonts, held_out=True))
    predict = load_model()
    numbers = right = rows = sure = wrong = 0
    for page in range(arguments.pages):
        sheet = composer.page(np.random.default_rng([arguments.seed, page]), "combs")
        words = recognize_page(Page(sheet.image), predict)
        rows += len(words)
        sure += sum(word.status == "ok" for word in words)
        for box, text in sheet.truth:
            own = [word for word in words if lies_on(word.box, box)]
            numbers += 1
            right += [word.text for word in own] == [text]
            wrong += any(word.status == "ok" and word.text != text for word in own)
    print("| numbers | right | rows | `ok` | numbers with an `ok` row that is wrong |\n|---|---|---|---|---|")
    print(f"| {numbers} | {right} ({right / max(1, numbers):.3f}) | {rows} | {sure} | {wrong} |")


if __name__ == "__main__":
    main()
