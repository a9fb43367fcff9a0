"""Where the time of a page goes: a Markdown table of processor milliseconds, step by step.

    python scripts/profile_page.py PAGE [--times 8] [--enlarge 2]

Each step is timed without the steps inside it, by processor time, which waits for nobody; of several readings of
the page the shortest time of each step is taken. A step is a function that another room calls; what is not named
counts for the one that called it. Left out: loading the networks and decoding the file.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from batchocr import pipeline
from batchocr.network.model import load_model
from batchocr.network.slider import load_sliding
from batchocr.pages import load_page
from batchocr.segmentation import segment

STEPS: dict[Any, dict[str, str]] = {
    pipeline: {
        "relief": "paper, and ink's depth in it",
        "without_desk": "a desk beside the sheet",
        "in_focus": "focus",
        "lie_of": "skew",
        "put_straight": "skew",
        "find_writing": "second look beside rules",
        "words_of": "components to words",
        "larger_height": "larger writing",
        "holds_boxes": "digits in boxes",
        "with_boxed": "digits in boxes",
        "find_combs": "boxes",
        "with_cells": "boxes",
        "ledgers_of": "columns of ledgers",
        "with_ledgers": "columns of ledgers",
        "marked_close": "digits close together",
        "normalize_glyphs": "glyphs to 28x28",
        "cut_strip": "strips",
        "build_lattice": "lattices",
        "costs_of": "what candidates cost",
        "decode": "decoding",
        "reconcile": "weighing the two readers",
        "judge": "confidence",
    },
    segment: {
        "find_components": "labelling the page",
        "_without_rules": "labelling what rules were taken from",
        "remove_rules": "ruled lines",
        "find_chains": "words",
        "mend_by_columns": "columns of tables",
    },
}


class Clock:
    """Processor seconds of each step, less those of the steps inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    def timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time counts for the step."""

        def run(*arguments: Any, **named: Any) -> Any:
            start = time.process_time()
            self._inner.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                took = time.process_time() - start
                self.seconds[step] = self.seconds.get(step, 0.0) + took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took

        return run


def main() -> None:
    """Read the page, and say what took how long."""
    parser = argparse.ArgumentParser(description="Where the time of a page goes.")
    parser.add_argument("page")
    parser.add_argument("--times", type=int, default=8, help="how often the page is read")
    parser.add_argument(
        "--enlarge",
        type=int,
        default=1,
        help="times as large, as of a scan with so many times the dots per inch",
    )
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    clock = Clock()
    for room, steps in STEPS.items():
        for name, step in steps.items():
            setattr(room, name, clock.timed(step, getattr(room, name)))
    predict, slide = (
        clock.timed("digit network", load_model()),
        clock.timed("sliding network", load_sliding()),
    )
    read = clock.timed("the rest", pipeline.recognize_page)
    page = load_page(wanted.page)
    if wanted.enlarge > 1:
        larger = cv2.resize(
            page.image, None, fx=wanted.enlarge, fy=wanted.enlarge, interpolation=cv2.INTER_CUBIC
        )
        page = replace(page, image=np.asarray(larger, np.uint8))
    read(page, predict, slide=slide)  # warms up
    rounds = []
    for _ in range(wanted.times):
        clock.seconds = {}
        read(page, predict, slide=slide)
        rounds.append(clock.seconds)
    best = {step: min(seconds[step] for seconds in rounds) for step in rounds[0]}
    print("| step | ms |\n|---|---|")
    for step, seconds in sorted(best.items(), key=lambda item: -item[1]):
        print(f"| {step} | {seconds * 1000:.0f} |")
    print(f"| whole page | {min(sum(seconds.values()) for seconds in rounds) * 1000:.0f} |")


if __name__ == "__main__":
    main()
