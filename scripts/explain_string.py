"""Draw how one string was read: its cuts, what the sliding network saw, and the string that came of both.

    python scripts/explain_string.py PAGE [--word N] [-o explained.png]
    python scripts/explain_string.py --drawn 27548 [--seed 3] [-o docs/string.png]

From top to bottom: the strip as the sliding network sees it; the network's answers, a row a digit and the blank
last, dark where sure; the ink with its pieces and candidate cuts; the digits on the way that was chosen, each with
both confidences. Without --word it is the page's most doubtful number. --drawn writes digits that touch with a drawn
pen and explains those.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from batchocr import load_model, load_page
from batchocr.consensus import Heard, Opinion
from batchocr.decode import Decoded
from batchocr.elements import DIGITS, Page
from batchocr.network import strings
from batchocr.network.slider import STRIDE
from batchocr.pipeline import read_strings

ZOOM = 6  # of a strip's pixels
LABEL_PX = 64  # height of a digit's label
ROW_PX = 16  # height of one output's row
CUT, CHOSEN, INK = (213, 94, 0), (0, 114, 110), (40, 40, 40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path, nargs="?")
    parser.add_argument("--drawn", help="digits to write instead of a page")
    parser.add_argument("--seed", type=int, default=3, help="of the drawn digits")
    parser.add_argument("--word", type=int, help="which of the page's strings, from 1 in no order")
    parser.add_argument("-o", "--output", type=Path, default=Path("explained.png"))
    arguments = parser.parse_args()
    if (arguments.page is None) == (arguments.drawn is None):
        parser.error("name a page or give digits with --drawn")
    page = load_page(arguments.page) if arguments.page else Page(written(arguments.drawn, arguments.seed))
    read = read_strings(page, load_model())
    found = [
        (heard, string, opinion)
        for heard, string, opinion in zip(read.heard, read.strings, read.opinions, strict=True)
        if heard is not None and string is not None and opinion is not None
    ]
    if not found:
        parser.error("no string is read there; try another")
    if arguments.word is not None and not 1 <= arguments.word <= len(found):
        parser.error(f"--word {arguments.word}: the page has strings 1 to {len(found)}")
    at = (
        arguments.word - 1
        if arguments.word
        else min(range(len(found)), key=lambda n: found[n][2].log_likelihood)
    )
    explained(*found[at]).save(arguments.output)
    print(f"{arguments.output}: string {at + 1} of {len(found)}, read {found[at][1].text}")


def written(text: str, seed: int) -> NDArray[np.uint8]:
    """Digits that touch, in one pen's hand, on even paper: (H, W) uint8."""
    rng = np.random.default_rng(seed)
    line = strings.write(text, strings.Pen(rng), False, rng, gap=-0.08, marks=False)
    return np.asarray(235 - 0.8 * line, np.uint8)


def explained(heard: Heard, string: Decoded, opinion: Opinion) -> Image.Image:
    """The four panels below each other, all on the strip's own columns."""
    font = ImageFont.load_default(20)
    strip = 255 - heard.cut.image
    width = strip.shape[1] * ZOOM
    panels = [
        Image.fromarray(strip)
        .resize((width, strip.shape[0] * ZOOM), Image.Resampling.NEAREST)
        .convert("RGB"),
        answers(heard, width),
        ink(heard, width, strip.shape[0] * ZOOM),
        chosen(heard, string, width, font),
    ]
    title = f"{string.text}: " + (
        "both readers agree" if opinion.agreed else f"they differ by {opinion.lead:.1f} nats"
    )
    sheet = Image.new("RGB", (width + 40, 40 + sum(p.height + 12 for p in panels)), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((36, 8), title, fill=INK, font=font)
    y = 40
    for number, panel in enumerate(panels):
        sheet.paste(panel, (36, y))
        if number == 1:
            for row, name in enumerate([*DIGITS, "-"]):
                draw.text((16, y + row * ROW_PX - 2), name, fill=INK, font=ImageFont.load_default(14))
        y += panel.height + 12
    return sheet


def answers(heard: Heard, width: int) -> Image.Image:
    """The sliding network's probabilities: a row an output, a column a step."""
    grey: NDArray[np.uint8] = np.asarray(255 * (1 - heard.steps.T), np.uint8)
    size = (heard.steps.shape[0] * STRIDE * ZOOM, grey.shape[0] * ROW_PX)
    picture = Image.fromarray(grey).resize(size, Image.Resampling.NEAREST).convert("RGB")
    return picture.crop((0, 0, width, size[1]))


def across(heard: Heard, column: float) -> int:
    """px of the drawing for px of the page."""
    return round((column - heard.cut.left) * heard.cut.scale * ZOOM)


def ink(heard: Heard, width: int, height: int) -> Image.Image:
    """The word's own ink with every piece boxed, candidate cuts in another colour."""
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    top = heard.lattice.word.box.top - 0.15 * heard.lattice.height
    zoom = heard.cut.scale * ZOOM
    for piece in heard.lattice.pieces:
        mask = Image.fromarray(np.where(piece.mask, 255, 0).astype(np.uint8))
        size = (max(1, round(mask.width * zoom)), max(1, round(mask.height * zoom)))
        place = (across(heard, piece.box.left), round((piece.box.top - top) * zoom))
        picture.paste(INK, place, mask.resize(size))
        for column, whole in ((piece.box.left, piece.first), (piece.box.right, piece.last)):
            if not whole:
                draw.line([(across(heard, column), 0), (across(heard, column), height)], fill=CUT, width=2)
    return picture


def chosen(
    heard: Heard, string: Decoded, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> Image.Image:
    """The digits of the string over their own columns, and how sure each is."""
    picture = Image.new("RGB", (width, 2 * LABEL_PX), "white")
    draw = ImageDraw.Draw(picture)
    for number, reading in enumerate(string.readings):
        left, right = across(heard, reading.box.left), across(heard, reading.box.right)
        y = LABEL_PX * (number % 2)  # neighbours' labels stand in two rows
        draw.rectangle([left, y + 2, max(left + 2, right), y + LABEL_PX - 4], outline=CHOSEN, width=2)
        draw.text((left + 5, y + 5), f"{reading.text} {reading.confidence:.2f}", fill=CHOSEN, font=font)
        draw.text(
            (left + 5, y + 32), f"{reading.second} {reading.second_confidence:.2f}", fill=CUT, font=font
        )
    return picture


if __name__ == "__main__":
    main()
