"""Fit the confidence of strings on synthetic pages with truth, and write network/weights/words.json.

    python scripts/calibrate_words.py --data ../shared/data/mnist --fonts fonts [--pages 60] [--seed 7]

The pages hold strings in the hands of MNIST training writers that the network did not learn from, strings and
words of letters in fonts that it did not learn from, boxes, rules and damage. Each string that the reader
puts out is right or wrong; a logistic model over batchocr.confidence.FEATURES is fitted to that on two
thirds of the pages, and its calibration is shown on the last third. No real page is used.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from batchocr import pipeline
from batchocr.confidence import FEATURES, MOST_DEVIATIONS, features, surroundings
from batchocr.elements import Box
from batchocr.network.dataset import load_mnist, split_by_writer
from batchocr.network.model import load_model
from batchocr.network.training import FONTS_HELD_OUT

# No words of look-alikes only ("oil", "So"): nothing in their ink tells them from numbers, only the words beside.
WORDS = """
the of and in you that he was for on are as with his they at be this have from or one had by word
but not what all were we when your can said there use an each which she do how their if will up
other about out many then them these some her would make like him into time has look two more write
see number no way could people my than first water been call who now find long down day did get come
made may part total paid name date room sum In Sell
""".split()  # noqa: SIM905
ROWS, COLUMNS = 18, 6
CELL_INK = 190  # px of a cell's 265: so much is left free that two strings never run together
PAGE = (2200, 1700)  # px
MARK_SHARE = 0.12  # of the places in a number: a point, comma or dash stands there
RIDGE = 1.0  # of the logistic fit


@dataclass(frozen=True)
class Sheet:
    image: NDArray[np.uint8]
    truth: list[tuple[Box, str]]


def digits_in_hand(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], text: str, height: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A string in one writer's digits: (h, w) uint8 ink."""
    scale = height / 20
    parts = []
    for character in text:
        picture = images[rng.choice(np.flatnonzero(labels == int(character)))]
        size = (round(28 * scale), round(28 * scale))
        large = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
        columns = np.flatnonzero((large > 100).any(axis=0))
        parts.append(large[:, max(0, columns[0] - 1) : columns[-1] + 2])
    spacing = rng.uniform(-0.04, 0.35) * height
    width = int(sum(p.shape[1] for p in parts) + (len(parts) + 1) * (max(spacing, 1) + 0.15 * height)) + 4
    canvas = np.zeros((parts[0].shape[0] + 12, width), np.uint8)
    x = 1.0
    for part in parts:
        y, left = 6 + int(rng.integers(-4, 5)), max(0, int(x))
        fits = part[:, : width - left]
        area = canvas[y : y + fits.shape[0], left : left + fits.shape[1]]
        np.maximum(area, fits[: area.shape[0]], out=area)
        x += part.shape[1] + spacing + rng.normal(0, 0.04 * height)
        if rng.random() < MARK_SHARE:
            y = int(rng.choice([0.45, 0.8]) * canvas.shape[0])  # a raised point or a full stop
            cv2.circle(canvas, (int(x), y), max(1, height // 14), 255, -1)
            x += 0.15 * height
    return canvas


def typed(font: Path, text: str, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Text in a font, bent a little: (h, w) uint8 ink."""
    face = ImageFont.truetype(str(font), int(height * 1.4))
    box = face.getbbox(text)
    picture = Image.new("L", (int(box[2]) + 20, int(box[3]) + 20), 0)
    ImageDraw.Draw(picture).text((10, 8), text, fill=255, font=face)
    ink = np.asarray(picture, np.uint8)
    if rng.random() < 0.25:
        ink = np.asarray(cv2.dilate(ink, np.ones((2, 2), np.uint8)))
    return ink


def marked(text: str, rng: np.random.Generator) -> str:
    """The number with separators here and there: what is read stays the same."""
    return text[0] + "".join(
        (rng.choice([".", ","]) if rng.random() < MARK_SHARE else "") + c for c in text[1:]
    )


def random_number(rng: np.random.Generator) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, int(rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 8]))))


class Composer:
    """Draws pages from held-out writers and held-out fonts."""

    def __init__(self, data: Path, fonts: Path, split_seed: int) -> None:
        mnist = load_mnist(data)
        _, held = split_by_writer(mnist.train_writers, seed=split_seed)
        self.images, self.labels, self.writers = (
            mnist.train_images[held],
            mnist.train_labels[held],
            mnist.train_writers[held],
        )
        self.fonts = [
            f for group in ("hand", "print") for f in sorted((fonts / group).glob("*.ttf"))[FONTS_HELD_OUT]
        ]

    def page(self, rng: np.random.Generator) -> Sheet:
        depth = np.zeros(PAGE, np.float32)
        truth: list[tuple[Box, str]] = []
        height = int(rng.integers(24, 62))
        style = rng.random()
        writer = self._writer(rng)
        for row in range(ROWS):
            for column in range(COLUMNS):
                x, y = 80 + column * 265, 60 + row * 115
                number = rng.random() < 0.7
                text = random_number(rng) if number else str(rng.choice(WORDS))
                if number and rng.random() < style:
                    ink = digits_in_hand(*writer, text, height, rng)
                else:
                    shown = marked(text, rng) if number else text
                    ink = typed(self.fonts[int(rng.integers(len(self.fonts)))], shown, height, rng)
                if ink.shape[1] > CELL_INK:
                    continue
                ink = ink[:108]
                area = depth[y : y + ink.shape[0], x : x + ink.shape[1]]
                np.maximum(area, ink[: area.shape[0], : area.shape[1]], out=area)
                if number:
                    truth.append((Box(x, y, x + ink.shape[1], y + ink.shape[0]), text))
        if rng.random() < 0.5:
            self._rule(depth, rng)
        return Sheet(self._scan(depth, rng), truth)

    def _writer(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        while True:
            own = self.writers == rng.choice(self.writers)
            if len(set(self.labels[own].tolist())) == 10:
                return self.images[own], self.labels[own]

    def _rule(self, depth: NDArray[np.float32], rng: np.random.Generator) -> None:
        thickness = int(rng.integers(2, 5))
        for row in range(ROWS + 1):
            cv2.line(depth, (60, 52 + row * 115), (1670, 52 + row * 115), 220.0, thickness)
        for column in range(COLUMNS + 1):
            cv2.line(depth, (68 + column * 265, 52), (68 + column * 265, 2120), 220.0, thickness)

    def _scan(self, depth: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
        blurred = cv2.GaussianBlur(depth, (0, 0), float(rng.uniform(0.5, 1.8)))
        shade = cv2.resize(
            rng.uniform(0.75, 1, (4, 3)).astype(np.float32), PAGE[::-1], interpolation=cv2.INTER_CUBIC
        )
        light = 235 * shade * (1 - float(rng.uniform(0.45, 0.9)) * blurred / 255)
        noisy = light + rng.normal(0, float(rng.uniform(1, 7)), PAGE)
        page = np.clip(noisy, 0, 255).astype(np.uint8)
        if rng.random() < 0.4:
            page = np.where(page < np.median(page) * rng.uniform(0.6, 0.8), 0, 255).astype(np.uint8)
        return page


def examples(sheet: Sheet, predict: object) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Features of all strings read on a page, and whether each is exactly right."""
    read = pipeline.read_strings(sheet.image, predict)  # type: ignore[arg-type]
    rows, right = [], []
    near = surroundings(read.words, read.probs, read.strings, read.writing_height)
    for string, around in zip(read.strings, near, strict=True):
        if string is None or around is None or "?" in string.text:
            continue
        box = read.box_back(string.box)
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        wanted = [t for b, t in sheet.truth if b.left <= x < b.right and b.top <= y < b.bottom]
        rows.append(features(string, around))
        right.append(wanted == [string.text])
    return np.array(rows).reshape(-1, len(FEATURES)), np.array(right, bool)


def fit(x: NDArray[np.float64], y: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Ridge logistic regression by Newton's method: bias and weights."""
    design = np.column_stack([np.ones(len(x)), x])
    penalty = np.diag([0.0] + [RIDGE] * x.shape[1])
    w = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (p - y) + penalty @ w
        hessian = (design * (p * (1 - p))[:, None]).T @ design + penalty + 1e-9 * np.eye(len(w))
        w = w - np.linalg.solve(hessian, gradient)
    return w


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/mnist"))
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--split-seed", type=int, default=1, help="the seed that the network was trained with"
    )
    parser.add_argument("-o", type=Path, default=Path("batchocr/network/weights/words.json"))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    predict, composer = load_model(), Composer(arguments.data, arguments.fonts, arguments.split_seed)
    rng = np.random.default_rng(arguments.seed)
    made = [examples(composer.page(rng), predict) for _ in range(arguments.pages)]
    learn = 2 * len(made) // 3
    x, y = np.concatenate([m[0] for m in made[:learn]]), np.concatenate([m[1] for m in made[:learn]])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    w = fit(np.clip((x - mean) / scale, -MOST_DEVIATIONS, MOST_DEVIATIONS), y)
    tx, ty = np.concatenate([m[0] for m in made[learn:]]), np.concatenate([m[1] for m in made[learn:]])
    p = 1 / (1 + np.exp(-(w[0] + np.clip((tx - mean) / scale, -MOST_DEVIATIONS, MOST_DEVIATIONS) @ w[1:])))
    accepted = p >= pipeline.REVIEW_BELOW
    order = np.minimum((p * 10).astype(int), 9)
    ece = sum(
        abs(p[order == b].mean() - ty[order == b].mean()) * (order == b).mean() for b in set(order.tolist())
    )
    figures = {
        "strings_fitted": len(y),
        "strings_tested": len(ty),
        "right": round(float(ty.mean()), 4),
        "accepted": round(float(accepted.mean()), 4),
        "accepted_wrong": round(float((~ty[accepted]).mean()), 4) if accepted.any() else None,
        "ece": round(float(ece), 4),
    }
    card = {
        "made_by": "scripts/calibrate_words.py",
        "seed": arguments.seed,
        "pages": arguments.pages,
        "features": list(FEATURES),
        "weights": [round(float(v), 6) for v in w],
        "mean": [round(float(v), 6) for v in mean],
        "scale": [round(float(v), 6) for v in scale],
        "figures": figures,
    }
    arguments.o.write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
