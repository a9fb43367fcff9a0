"""How right are the strings that are `ok`? Real sets and our samples, each read whole, against their truth.

    python scripts/string_doubt.py [--data DATA] [-o docs/doubt.svg]

Prints a Markdown table: of each set the strings, those right, those `ok`, and the wrong among these. In tables of
numbers, whose truth has no boxes, an `ok` number is wrong if it stands where the truth has another one; one that
stands where the truth has none (a printed hour, a year) is counted apart. Draws two plots: whether a string's
confidence is the share that is right, and the error among the accepted against the share sent to review. DATA is
the folder of real pages with truth (default ../shared/data); a set that is missing is left out. The curve of
synthetic pages is the one kept by scripts/calibrate_words.py.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib.resources import files
from math import prod
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from batchocr.network.metrics import string_reliability, string_risk
from batchocr.score import WORD_NEEDS, Said, listed, matched, words_by_source
from batchocr.tables import read_table

ROOT = Path(__file__).parents[1]
STRINGS = ("orand_car_a", "nist_hsf", "printed_numbers", "student_strip")  # one truth row a string
TABLES = ("weather_tables", "sudoku", "rainfall")  # truth without boxes
FEW_ACCEPTED = 20  # strings under which an error rate is no rate
PLOTTED = 100  # strings of a set from which on it has a curve


@dataclass(frozen=True)
class Doubt:
    """Each string read of a set, (N,): how sure, whether `ok`, whether right; and `ok` ones that have no truth."""

    confidence: NDArray[np.float64]
    ok: NDArray[np.bool_]
    right: NDArray[np.bool_]
    strings: int
    beside: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("-o", type=Path, help="the plots, as .svg or .png")
    arguments = parser.parse_args()
    known: dict[str, Doubt] = {"samples": doubt(ROOT / "samples" / "pages", ROOT / "samples" / "truth.csv")}
    for name in (*STRINGS, *TABLES):
        folder = arguments.data / name
        if folder.is_dir():
            known[name] = doubt(folder, folder / "truth.csv")
        else:
            print(f"{folder}: is not there; left out", file=sys.stderr)
    print("| set | strings | right | `ok` | of those wrong | `ok` where the truth has nothing |")
    print("|---|---|---|---|---|---|")
    for name, of in known.items():
        wrong, accepted = int((of.ok & ~of.right).sum()), int(of.ok.sum())
        share = f" ({wrong / accepted:.1%})" if accepted >= FEW_ACCEPTED else ""
        print(
            f"| {name} | {of.strings} | {of.right.sum()} | {accepted} | {wrong}{share} | {of.beside or ''} |"
        )
    if arguments.o:
        draw(known, arguments.o)


def doubt(folder: Path, truth: Path) -> Doubt:
    """Read a folder and hold it against its truth."""
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "words.csv"
        command = [sys.executable, "-m", "batchocr", "run", str(folder), "-o", str(table), "-q"]
        subprocess.run(command, check=False)  # a page that fails costs its strings only
        words = words_by_source(read_table(table, WORD_NEEDS))
    rows = read_table(truth, ("source", "text"))
    return _of_table(words, rows) if "row" in rows[0] else _of_strings(words, rows)


def _of_strings(words: Mapping[str, Sequence[Said]], truth: Sequence[Mapping[str, str]]) -> Doubt:
    read = [(found, written) for found, written in matched(words, truth) if found]
    return Doubt(
        np.array([prod(word.confidence for word in found) for found, _ in read]),
        np.array([all(word.ok for word in found) for found, _ in read]),
        np.array(["".join(word.text for word in found) == written for found, written in read]),
        len(truth),
    )


def _of_table(words: Mapping[str, Sequence[Said]], truth: Sequence[Mapping[str, str]]) -> Doubt:
    """Of each source the numbers read, aligned with those written."""
    judged: list[tuple[Said, bool]] = []
    strings = beside = 0
    for read, written in listed(words, truth):
        strings += len(written)
        for word, right in _aligned(read, written):
            if right is None:
                beside += word.ok
            else:
                judged.append((word, right))
    return Doubt(
        np.array([word.confidence for word, _ in judged]),
        np.array([word.ok for word, _ in judged]),
        np.array([right for _, right in judged]),
        strings,
        beside,
    )


def _aligned(read: Sequence[Said], written: Sequence[str]) -> Iterator[tuple[Said, bool | None]]:
    """Each word read with whether it is right; None where the truth has nothing in its place."""
    texts = [word.text for word in read]
    steps = SequenceMatcher(None, texts, written, autojunk=False).get_opcodes()
    for kind, first, last, start, stop in steps:
        for n, word in enumerate(read[first:last]):
            yield word, True if kind == "equal" else False if n < stop - start else None


def draw(known: Mapping[str, Doubt], target: Path) -> None:
    """Reliability on the left, risk against coverage on the right."""
    mpl.rcParams["svg.hashsalt"] = "batchocr"
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    reliable, risky = figure.subplots(1, 2)
    reliable.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
    card = json.loads((files("batchocr") / "network" / "weights" / "words.json").read_text("utf-8"))
    curves = {
        name: (string_reliability(of.confidence, of.right), string_risk(of.confidence, of.right))
        for name, of in known.items()
        if len(of.right) >= PLOTTED
    }
    curves["synthetic pages"] = np.array(card["reliability"]), np.array(card["risk"])
    for name, (reliability, risk) in curves.items():
        reliable.plot(*reliability[:, :2].T, marker="o", markersize=3, label=name)
        risky.plot(*(100 * risk).T, label=name)
    reliable.set(xlabel="confidence of a string", ylabel="share of them right", xlim=(0, 1), ylim=(0, 1))
    risky.set(
        xlabel="strings sent to review, %", ylabel="wrong among the accepted, %", xlim=(0, 100), ylim=(0, 20)
    )
    reliable.legend(frameon=False, fontsize=8)
    figure.savefig(target, metadata={"Date": None} if target.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
