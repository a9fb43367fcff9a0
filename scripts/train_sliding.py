"""Rebuild the shipped sliding network from data and seed: strings.tflite and its card strings.json.

    python scripts/train_sliding.py --data ../shared/data/mnist --fonts fonts -o batchocr/network/weights

Learns strings put together from MNIST's training writers, open fonts and drawn pens, on drawn paper; writers and
fonts held out choose. A killed run goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from batchocr.network.dataset import load_mnist
from batchocr.network.sliding import SlidingRecipe, gather_hands, train_sliding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of MNIST's IDX files and writers")
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    parser.add_argument("-o", "--output", type=Path, default=Path("batchocr/network/weights"))
    parser.add_argument("--work", type=Path, default=Path("train-data"), help="checkpoints")
    parser.add_argument("--run", default="sliding", help="name of the checkpoint's folder in --work")
    parser.add_argument("--begin-from", help="an earlier run's folder in --work, for a warm restart")
    parser.add_argument("--steps", type=int, default=SlidingRecipe().steps)
    parser.add_argument("--rate", type=float, default=SlidingRecipe().rate)
    parser.add_argument("--seed", type=int, default=SlidingRecipe().seed)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw")
    arguments = parser.parse_args()

    recipe = SlidingRecipe(steps=arguments.steps, seed=arguments.seed, rate=arguments.rate)
    mnist = load_mnist(arguments.data)
    hands, held = (gather_hands(mnist, arguments.fonts, held_out=h, seed=recipe.seed) for h in (False, True))
    earlier = arguments.work / arguments.begin_from if arguments.begin_from else None
    work = arguments.work / arguments.run
    train_sliding(hands, held, recipe, work, say, workers=arguments.workers, begin_from=earlier)
    say(str(asdict(recipe)))


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
