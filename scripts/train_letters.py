"""Rebuild the shipped network of letters from data and seed: letters.tflite and its card letters.json.

    python scripts/train_letters.py --data ../shared/data/mnist --fonts fonts -o batchocr/network/weights \
        --mined train-data/mined.npz

Learns what passed for numbers on drawn pages (`scripts/mine_letters.py`), words of letters typeset in open fonts, and numbers as
the sliding network does, of MNIST's training writers, the same fonts and drawn pens, all on drawn paper; writers and fonts held
out show what it is worth. Without --mined it learns from drawn strips alone.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np

from batchocr.elements import Box
from batchocr.network.dataset import load_mnist
from batchocr.network.letters import ANSWERS, Lettered, load_lettered
from batchocr.network.letters_training import (
    LettersRecipe,
    Mined,
    draw_batch,
    folded_letters,
    train_letters,
)
from batchocr.network.metrics import auroc
from batchocr.network.slider import BEFORE, STRIDE
from batchocr.network.sliding import LENGTHS, gather_hands
from batchocr.network.strings import Hands
from batchocr.network.training import (
    Families,
    export,
    font_hashes,
    library_versions,
    split_fonts,
    write_card,
)
from batchocr.stamps import digest_of
from batchocr.strip import STRIP_HEIGHT, StripCut

TRIED = 1000  # strips of each length


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("-o", "--output", type=Path, default=Path("batchocr/network/weights"))
    parser.add_argument("--mined", type=Path, help="strips that scripts/mine_letters.py has found")
    parser.add_argument("--steps", type=int, default=LettersRecipe().steps)
    parser.add_argument("--seed", type=int, default=LettersRecipe().seed)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw")
    parser.add_argument("--note", default="", help="a sentence for the model card")
    arguments = parser.parse_args()

    recipe = LettersRecipe(steps=arguments.steps, seed=arguments.seed)
    mnist = load_mnist(arguments.data)
    hands, held = (gather_hands(mnist, arguments.fonts, held_out=h) for h in (False, True))
    fonts, held_fonts = split_fonts(arguments.fonts)
    mined = Mined.load(arguments.mined) if arguments.mined else None
    model, log = train_letters(
        hands, fonts, held, held_fonts, recipe, say, workers=arguments.workers, mined=mined
    )
    target = arguments.output / "letters.tflite"
    export(folded_letters(model), target)
    figures = held_out_figures(load_lettered(target), held, held_fonts)
    say(str(figures))
    card = {
        "name": "letters",
        "date": date.today().isoformat(),
        "command": "python scripts/train_letters.py --data ../shared/data/mnist --fonts fonts"
        f" -o batchocr/network/weights --steps {recipe.steps} --seed {recipe.seed} --workers {arguments.workers}"
        + (f" --mined {arguments.mined.name}" if mined else ""),
        "parameters": int(model.count_params()),
        "input": f"(1, W, {STRIP_HEIGHT}) uint8, ink 255 on 0, columns first, as batchocr.strip cuts it",
        "output": f"(1, W / {STRIDE}, {ANSWERS}) float32: above 0 for letters, and the logarithm of how much that counts",
        "weights": "int8",
        "recipe": asdict(recipe),
        "mined_sha256": digest_of(arguments.mined) if arguments.mined else None,
        "mnist_sha256": mnist.sha256,
        "fonts_sha256": font_hashes(fonts),
        "versions": library_versions(),
        "figures": figures,
        "note": arguments.note,
        "log": log,
    }
    write_card(target.with_suffix(".json"), card)


def held_out_figures(tell: Lettered, held: Hands, fonts: Families) -> dict[str, float]:
    """How well drawn words are told from drawn numbers, both of held-out writers and fonts, through the written file."""
    figures = {}
    for longest, width in LENGTHS:
        rng = np.random.default_rng([77, 3, longest])
        pictures, lettered, own = draw_batch(held, fonts, TRIED, longest, width, rng)
        strips = [
            picture[BEFORE : BEFORE + STRIDE * stop].T
            for picture, (_, stop) in zip(pictures, own, strict=True)
        ]
        whole = [(StripCut(strip, 0, 1), Box(0, 0, strip.shape[1], STRIP_HEIGHT)) for strip in strips]
        logits, words = np.array(tell(whole)), lettered > 0
        figures[f"numbers of up to {longest} digits and words as long, AUROC"] = round(
            auroc(logits[words], logits[~words]), 5
        )
        figures[f"of up to {longest}, told %"] = round(100 * float(((logits > 0) == words).mean()), 2)
    return figures


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
