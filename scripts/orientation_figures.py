"""How many pages are still read when they are put in on their side or upside down.

    python scripts/orientation_figures.py samples/pages DATA/nist_hsf ...

Each page is read as it lies and after one, two and three quarter turns. A row for each folder on standard output:
pages, turned pages, how many of these were brought upright, and how many strings came out `ok` on the others.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from batchocr.elements import Page
from batchocr.errors import PageError
from batchocr.network.model import load_model
from batchocr.pages import load_page
from batchocr.pipeline import read_strings, words_of_page
from batchocr.sources import SUFFIXES

MOST_PIXELS = 20_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    folders = parser.parse_args().folders
    cv2.setNumThreads(1)
    predict = load_model()
    print("| set | pages | turned pages | brought upright | `ok` strings on the others |")
    print("|---|---|---|---|---|")
    for folder in folders:
        pages = brought = others = 0
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES):
            try:
                image = load_page(path).image
            except PageError:
                continue
            if image.size > MOST_PIXELS:
                continue
            pages += 1
            own = read_strings(Page(image), predict).quarters  # of a page with a wrong tag
            for turns in (1, 2, 3):
                read = read_strings(Page(np.ascontiguousarray(np.rot90(image, turns))), predict)
                upright = (read.quarters + turns - own) % 4 == 0
                brought += upright
                others += 0 if upright else sum(word.status == "ok" for word in words_of_page(read))
        print(f"| {folder.name} | {pages} | {3 * pages} | {brought} | {others} |", flush=True)


if __name__ == "__main__":
    main()
