"""Draw pages and pictures of one string, read them, and keep the strips that hold one number, or none, to learn strings from.

    python scripts/mine_strings.py --data ../shared/data/mnist [--fonts fonts] [--workers 2] -o train-data/mined_strings.npz

What the sliding network (`scripts/train_sliding.py --mined`) learns from beside drawn strips. Only writers and fonts to learn from
are on these pages. A strip that holds a part of a number, or more than one, is not kept.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
from mine_letters import sheet_of
from sheet_figures import SHEETS
from struck_figures import whole_writers

from batchocr.elements import Box, Page
from batchocr.network.dataset import load_mnist
from batchocr.network.mined import MinedStrings
from batchocr.network.model import load_model
from batchocr.network.sliding import LENGTHS, gather_hands
from batchocr.network.strings import Hands, Rng, draw_scan, some_text
from batchocr.network.training import split_fonts
from batchocr.pipeline import PageStrings, read_strings

# a fax's pixels are not square, and at the edge of a page a number is not whole
KINDS = [name for name in SHEETS if name not in ("faxes", "cut off")]
# read nearly always: on no more pages than the others once
EASY = {
    "an answer sheet",
    "statements in small print",
    "streaks of the scanner",
    "matrix print",
    "both sides",
    "signs and units",
    "bar charts",
    "drawings with dimensions",
    "slashes",
    "percentages",
    "dates over pale letters",
    "books",
    "open combs",
    "score cards",
}
HARDER = [name for name in KINDS if name not in EASY]
BESIDE = 0.1  # of the narrower of two boxes that they share in breadth, and
UNDER = 0.25  # of the lower in height, if one lies on the other
# heights of a number by which its string may begin or end elsewhere, and that both share at least
ENDS, WHOLE = 0.3, 0.6
OF_SCANS = len(SHEETS)  # the kind of a picture of one string
ENLARGED = (1.0, 2.5)  # such a picture, as often as not
A_PAGE = 50  # pictures of one string
A_TASK = 10  # pages


def strings_of(page: PageStrings, numbers: list[tuple[Box, str]], kind: int) -> MinedStrings:
    """The strips of a page that hold one of its numbers and nothing else, or none."""
    found = MinedStrings()
    for part, back in page.parts():
        boxes = back([word.box for word in part.words])
        for heard, string, box in zip(part.heard, part.strings, boxes, strict=True):
            over = [(place, text) for place, text in numbers if _lie_on(box, place)]
            if heard is None or len(over) > 1 or not all(_is_of(box, place) for place, _ in over):
                continue
            text = over[0][1] if over else ""
            found.add(heard.cut.image, text, string.text if string else "", kind)
    return found


def _lie_on(one: Box, other: Box) -> bool:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return wide > BESIDE * min(one.width, other.width) and high > UNDER * min(one.height, other.height)


def _is_of(box: Box, number: Box) -> bool:
    """Whether a string's box is that of a number from one end to the other."""
    ends = max(abs(box.left - number.left), abs(box.right - number.right))
    high = min(box.bottom, number.bottom) - max(box.top, number.top)
    return ends < ENDS * number.height and high > WHOLE * number.height


def of_sheets(data: Path, fonts: Path, seed: int, kinds: list[str], pages: range) -> MinedStrings:
    """What some sheets give."""
    writers, families = whole_writers(data, held_out=False), split_fonts(fonts)[0]
    found = MinedStrings()
    for number in pages:
        name = kinds[number % len(kinds)]
        rng = np.random.default_rng([seed, len(kinds), number])  # other pages for either list of kinds
        image, numbers = sheet_of(families, writers, name, rng)
        page = read_strings(Page(image), load_model(), as_it_lies=True)
        found.join(strings_of(page, numbers, list(SHEETS).index(name)))
    return found


def of_scans(data: Path, fonts: Path, seed: int, pages: range) -> MinedStrings:
    """What some pictures of one string give, as many for each page as it has strings, about."""
    found = MinedStrings()
    for number in range(A_PAGE * pages.start, A_PAGE * pages.stop):
        _add_scan(found, _hands(data, fonts), np.random.default_rng([seed, 8, number]))
    return found


@cache
def _hands(data: Path, fonts: Path) -> Hands:
    return gather_hands(load_mnist(data), fonts, held_out=False)


def _add_scan(found: MinedStrings, hands: Hands, rng: Rng) -> None:
    text = some_text(LENGTHS[-1][0], rng)
    scan = draw_scan(text, hands, rng, varied=True)
    if rng.random() < 0.5:
        zoom = float(rng.uniform(*ENLARGED))
        scan = np.asarray(cv2.resize(scan, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR), np.uint8)
    page = read_strings(Page(scan), load_model(), as_it_lies=True)
    heard = [(one, string) for one, string in zip(page.heard, page.strings, strict=True) if one is not None]
    if not page.alone or len(heard) != 1:
        return
    ((one, string),) = heard
    read = string.text if string else ""
    if abs(len(read) - len(text)) <= 1:  # else a part of it was found, more likely than read so
        found.add(one.cut.image, text, read, OF_SCANS)


def mined(task: Callable[[], MinedStrings]) -> MinedStrings:
    """What a task gives; to be called in a process of its own."""
    cv2.setNumThreads(1)
    return task()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=900, help="sheets of all kinds")
    parser.add_argument("--harder", type=int, default=1400, help="sheets of those that are read less well")
    parser.add_argument("--scans", type=int, default=100, help=f"times {A_PAGE} pictures of one string")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    own = arguments.data, arguments.fonts, arguments.seed
    lots = (
        (partial(of_scans, *own), arguments.scans),
        (partial(of_sheets, *own, HARDER), arguments.harder),
        (partial(of_sheets, *own, KINDS), arguments.pages),
    )
    tasks = [
        partial(what, range(n, min(n + A_TASK, count)))
        for what, count in lots
        for n in range(0, count, A_TASK)
    ]
    whole = MinedStrings()
    with multiprocessing.Pool(arguments.workers) as pool:
        for done, some in enumerate(pool.imap(mined, tasks), start=1):
            whole.join(some)
            if done % 10 and done < len(tasks):
                continue
            whole.save(arguments.output)
            numbers = sum(map(bool, whole.texts))
            right = sum(bool(t) and t == r for t, r in zip(whole.texts, whole.read, strict=True))
            print(
                f"{done}/{len(tasks)}: {len(whole.strips)} strips, {numbers} of numbers, {right} of these read",
                flush=True,
            )


if __name__ == "__main__":
    main()
