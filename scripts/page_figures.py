"""Measure how the numbers of drawn pages are read.

    python scripts/page_figures.py --data ../shared/data/mnist [--fonts fonts] [--layout any] [--pages 60] [--seed 5]

Pages as `compose.py` draws them: tables, text, numbers in boxes; or, with `--layout combs`, forms with a box
for each digit, dark and pale, some with guides in them, empty ones and crossed-out ones. In the hands and fonts that the
networks did not learn from. A number is right if one row, and no other, lies on it and spells it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from compose import COMBS, Composer, lies_on

from batchocr.elements import Page
from batchocr.network.dataset import load_mnist
from batchocr.network.model import load_model
from batchocr.network.sliding import gather_hands
from batchocr.pipeline import recognize_page

LAYOUTS = {"any": None, COMBS: COMBS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--layout", choices=LAYOUTS, default="any")
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    composer = Composer(gather_hands(load_mnist(arguments.data), arguments.fonts, held_out=True))
    predict = load_model()
    numbers = right = lost = rows = stray = sure = wrong = 0
    for page in range(arguments.pages):
        rng = np.random.default_rng([arguments.seed, page])
        sheet = composer.page(rng, LAYOUTS[arguments.layout])
        words = recognize_page(Page(sheet.image), predict)
        rows += len(words)
        sure += sum(word.status == "ok" for word in words)
        stray += sum(not any(lies_on(word.box, box) for box, _ in sheet.truth) for word in words)
        for box, text in sheet.truth:
            own = [word for word in words if lies_on(word.box, box)]
            numbers, lost = numbers + 1, lost + (not own)
            right += [word.text for word in own] == [text]
            wrong += any(word.status == "ok" and word.text != text for word in own)
    print(
        "| numbers | right | without a row | rows | where no number stands | `ok` | numbers with an `ok` row that is wrong |"
    )
    print("|---|---|---|---|---|---|---|")
    share = right / max(1, numbers)
    print(f"| {numbers} | {right} ({share:.3f}) | {lost} | {rows} | {stray} | {sure} | {wrong} |")


if __name__ == "__main__":
    main()
