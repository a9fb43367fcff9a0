"""Measure how a whole form is read in other hands: its fields filled anew, each copy by one writer of MNIST's test set.

    python scripts/form_figures.py DATA/nist_hsf/hsf_a.tif DATA/nist_hsf/truth.csv --data DATA/mnist [--pages 60] [--seed 2] [--across]

What is printed on the form stays; the boxes of the fields, as the truth has them, are emptied and drawn again, and a number as
long as the one that stood there is written into each, of any size, width and stroke; with --across by people who fill the boxes, and touch
and cross their lines. A number is right if the rows in its box spell it.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np
from compose import lies_on
from numpy.typing import NDArray
from string_figures import test_writers

from batchocr.elements import Box, Grey, Page
from batchocr.network import strings
from batchocr.network.model import load_model
from batchocr.network.strings import Writer
from batchocr.pages import load_page
from batchocr.pipeline import recognize_page

EDGE = 10  # px around a box that its old lines take
SIZES, LARGE = (34, 54), (46, 72)  # px of a digit, the boxes being 70 to 80 px high
STRAY, STRAY_ACROSS = 4.0, 11.0  # px by which a number stands too high or too low, about
BEGIN, BEGIN_ACROSS = 5, -4  # px from the box's side at which one may begin
STROKES = (4, 7)  # px of a box's lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("form", type=Path)
    parser.add_argument("truth", type=Path, help="CSV with left, top, right, bottom and text of each field")
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument(
        "--across", action="store_true", help="large numbers, on the boxes' lines now and then"
    )
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    writers = test_writers(arguments.data)
    form = load_page(arguments.form).image
    with arguments.truth.open(encoding="utf-8", newline="") as file:
        fields = [
            (Box(*(int(row[side]) for side in ("left", "top", "right", "bottom"))), len(row["text"]))
            for row in csv.DictReader(file)
        ]
    predict = load_model()
    numbers = right = whole = sure = wrong = lost = 0
    for page in range(arguments.pages):
        rng = np.random.default_rng([arguments.seed, page])
        filled, texts = filled_in(
            form, fields, writers[int(rng.integers(len(writers)))], rng, across=arguments.across
        )
        words = recognize_page(Page(filled), predict)
        for (box, _), text in zip(fields, texts, strict=True):
            own = sorted((w for w in words if lies_on(w.box, box)), key=lambda word: word.box.left)
            accepted = bool(own) and all(word.status == "ok" for word in own)
            is_right = "".join(word.text for word in own) == text
            numbers, right, whole = numbers + 1, right + is_right, whole + (len(own) == 1)
            sure, wrong, lost = sure + accepted, wrong + (accepted and not is_right), lost + (not own)
    print(
        "| numbers | right | in one row | `ok` | of those wrong | without a row |\n|---|---|---|---|---|---|"
    )
    print(
        f"| {numbers} | {right / numbers:.3f} | {whole / numbers:.3f} | {sure / numbers:.3f} | {wrong} | {lost} |"
    )


def filled_in(
    form: Grey,
    fields: list[tuple[Box, int]],
    writer: Writer,
    rng: np.random.Generator,
    *,
    across: bool = False,
) -> tuple[Grey, list[str]]:
    """The form in one hand, and what stands in its fields. fields: box and number of digits of each. across: touching and
    crossing the boxes' lines."""
    page, texts = form.copy(), []
    size, gap = float(rng.uniform(*(LARGE if across else SIZES))), float(rng.uniform(-0.03, 0.35))
    stray, begin, least = (STRAY_ACROSS, BEGIN_ACROSS, 0.0) if across else (STRAY, BEGIN, 0.05)
    pen = int(rng.integers(1 << 30)) if rng.random() < 0.5 else None
    for box, count in fields:
        text = "".join(map(str, rng.integers(0, 10, count)))
        page[box.top - EDGE : box.bottom + EDGE, box.left - EDGE : box.right + EDGE] = 255
        cv2.rectangle(page, (box.left, box.top), (box.right, box.bottom), 0, int(rng.integers(*STROKES)))
        ink = written(text, writer, gap + float(rng.normal(0, 0.03)), pen, rng)
        zoom = size * float(np.exp(rng.normal(0, 0.06))) / strings.DIGIT_PX
        zoom = min(zoom, (box.width - 16) / ink.shape[1])
        to = max(3, round(ink.shape[1] * zoom)), round(ink.shape[0] * zoom)
        ink = np.asarray(
            cv2.resize(ink, to, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC), np.uint8
        )
        middle = (strings.TOP_PX + strings.DIGIT_PX / 2) * zoom
        top = round((box.top + box.bottom) / 2 - middle + rng.normal(0, stray))
        room = max(0, box.width - 2 * begin - ink.shape[1])
        left = box.left + begin + round(rng.uniform(least, 0.6) * room)
        page[top : top + ink.shape[0], left : left + ink.shape[1]][ink > 100] = 0
        texts.append(text)
    return page, texts


def written(
    text: str, writer: Writer, gap: float, pen: int | None, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A number's ink, cut at its ends. pen: a seed; the same one makes strokes as thick, None any."""
    line = strings.bent(strings.write(text, writer, False, rng, gap=gap, marks=False), False, rng)
    if pen is not None:
        line = strings.weighted(line, False, np.random.default_rng(pen))
    columns = np.flatnonzero(line.max(axis=0) > 60)
    return line[:, columns[0] : columns[-1] + 1]


if __name__ == "__main__":
    main()
