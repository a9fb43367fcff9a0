"""Rebuild the shipped sliding network from data and seed: strings.tflite and its card strings.json.

    python scripts/train_sliding.py --data ../shared/data/mnist --fonts fonts -o batchocr/network/weights

Learns strings put together from MNIST's training writers, open fonts and drawn pens, on drawn paper; writers and
fonts held out choose. A killed run goes on where it was. One that begins from an earlier run takes its averaged
weights; the card names it and holds its log too.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np

from batchocr.network.adapting import strips_right
from batchocr.network.dataset import load_mnist
from batchocr.network.mined import MinedStrings
from batchocr.network.slider import OUTPUTS, STRIDE, Slide, load_sliding
from batchocr.network.sliding import (
    LENGTHS,
    SlidingRecipe,
    averaged_sliding,
    draw_strings,
    folded_sliding,
    gather_hands,
    layers_in_words,
    train_sliding,
)
from batchocr.network.strings import Hands
from batchocr.network.training import export, font_hashes, library_versions, split_fonts, write_card
from batchocr.stamps import digest_of
from batchocr.strip import STRIP_HEIGHT

TRIED = 1000  # strings of each kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("-o", "--output", type=Path, default=Path("batchocr/network/weights"))
    parser.add_argument("--work", type=Path, default=Path("train-data"), help="checkpoints")
    parser.add_argument("--run", default="sliding", help="name of the checkpoint's folder in --work")
    parser.add_argument("--begin-from", help="an earlier run's folder in --work, or a .tflite file")
    parser.add_argument(
        "--narrow",
        type=Path,
        metavar="FILE",
        help="a wide network's .tflite file, to narrow and to learn from",
    )
    parser.add_argument("--steps", type=int, default=SlidingRecipe().steps)
    parser.add_argument("--rate", type=float, default=SlidingRecipe().rate)
    parser.add_argument("--seed", type=int, default=SlidingRecipe().seed)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw")
    parser.add_argument(
        "--policy", default=SlidingRecipe().policy, help="of the hidden layers while training"
    )
    parser.add_argument("--weights", choices=("float32", "float16", "int8"), default="int8")
    parser.add_argument(
        "--average",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="train nothing: the mean of these files' weights",
    )
    parser.add_argument(
        "--mined",
        type=Path,
        metavar="FILE",
        help="strips of drawn pages to learn from beside drawn strips (scripts/mine_strings.py)",
    )
    parser.add_argument("--note", default="", help="a sentence for the model card")
    arguments = parser.parse_args()

    recipe = SlidingRecipe(
        steps=arguments.steps, seed=arguments.seed, rate=arguments.rate, policy=arguments.policy
    )
    mnist = load_mnist(arguments.data)
    hands, held = (gather_hands(mnist, arguments.fonts, held_out=h) for h in (False, True))
    if arguments.average:
        target = arguments.output / "strings.tflite"
        export(averaged_sliding(arguments.average), target, weights=arguments.weights)
        say(str(held_out_figures(load_sliding(target), held)))
        return
    earlier = Path(arguments.begin_from) if arguments.begin_from else None
    if earlier and earlier.suffix != ".tflite":
        earlier = arguments.work / earlier
    work = arguments.work / arguments.run
    mined = MinedStrings.load(arguments.mined) if arguments.mined else None
    model, log = train_sliding(
        hands, held, recipe, work, say, workers=arguments.workers, begin_from=earlier, wide=arguments.narrow,
        mined=mined,
    )  # fmt: skip
    target = arguments.output / "strings.tflite"
    export(folded_sliding(model), target, weights=arguments.weights)
    figures = held_out_figures(load_sliding(target), held)
    say(str(figures))
    card = {
        "name": "strings",
        "date": date.today().isoformat(),
        "command": "python scripts/train_sliding.py --data ../shared/data/mnist --fonts fonts"
        f" -o batchocr/network/weights --steps {recipe.steps} --rate {recipe.rate:g} --seed {recipe.seed}"
        f" --policy {recipe.policy} --run {arguments.run}"
        + (f" --begin-from {arguments.begin_from}" if earlier else "")
        + (f" --narrow {arguments.narrow}" if arguments.narrow else "")
        + (f" --mined {arguments.mined}" if arguments.mined else ""),
        "layers": layers_in_words(),
        "parameters": int(model.count_params()),
        "input": f"(1, W, {STRIP_HEIGHT}) uint8, ink 255 on 0, columns first, as batchocr.strip cuts it",
        "output": f"(1, W / {STRIDE}, {OUTPUTS}) float32 probabilities: ten digits and the blank",
        "weights": arguments.weights,
        "recipe": asdict(recipe),
        "mnist_sha256": mnist.sha256,
        "mined_sha256": digest_of(arguments.mined) if arguments.mined else None,
        "fonts_sha256": font_hashes(split_fonts(arguments.fonts)[0]),
        "versions": library_versions(),
        "figures": figures,
        "note": arguments.note,
        "log": log,
    }
    write_card(target.with_suffix(".json"), card)


def held_out_figures(slide: Slide, held: Hands) -> dict[str, float]:
    """Share of drawn strings of held-out writers and fonts that are read exactly, in rows through the written file."""
    figures = {}
    for longest, width in LENGTHS:
        rng = np.random.default_rng([77, longest])
        right = strips_right(slide, *draw_strings(held, TRIED, longest, width, rng)).mean()
        figures[f"strings of up to {longest} right %"] = round(100 * float(right), 2)
    return figures


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
