"""batchocr beside other readers on the same pages, in one run: a Markdown table on standard output.

    python scripts/benchmark.py [--data DATA] [--rapidocr PYTHON] [--sets samples,nist,weather] [--tools …] [--copies N]

Every page is first decoded to a PNG, so that all tools read the same files; --copies puts each so many times into the
batch, so that the start of a tool counts for as little as it does in a long run. The tools are batchocr, Tesseract
(if `tesseract` is on the PATH), RapidOCR (if --rapidocr names a Python that has it), and the bound that no
reader can beat: decoding alone (cv2.imread) and one pass over the pixels. Each tool runs with one process and
with two, one thread each. A tool that is not there is left out with the reason.

Tesseract runs with `--psm 11` (sparse text) and RapidOCR as it comes; of what they read, tokens that hold digits
and separators only are kept, and a token without digits is no number. Times are of whole commands, start
included; start-up is the shortest of three runs on a small white page; on a busy machine compare processor times, which wait for nobody. DATA is the folder of real pages with truth (default ../shared/data). Left out: GPUs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from batchocr.elements import Page
from batchocr.pages import iter_pages
from batchocr.score import Scores, score_files
from batchocr.sources import find_sources
from batchocr.tables import WORD_COLUMNS, read_table

ROOT = Path(__file__).parents[1]
NUMBER = re.compile(r"[0-9][0-9.,·'\-]*")
STARTS = 3  # of which the shortest counts: the first may find files not yet read
MIB = 1024  # KiB, as Linux counts resident memory
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
SETS = {"samples": ROOT / "samples" / "pages", "nist": Path("nist_hsf"), "weather": Path("weather_tables")}

BOUND = """
import sys, cv2
cv2.setNumThreads(1)
for path in sys.argv[1:]:
    cv2.imread(path, cv2.IMREAD_GRAYSCALE).sum()
"""

RAPIDOCR = """
import json, sys, logging
logging.disable(logging.CRITICAL)
from rapidocr import RapidOCR
threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
engine = RapidOCR(params=threads)
for path in sys.argv[1:]:
    found = engine(path)
    boxes = [] if found.boxes is None else found.boxes.tolist()
    print(json.dumps([path, [[text, box] for text, box in zip(found.txts or (), boxes)]]), flush=True)
"""

Token = tuple[str, float, float, float, float]  # text, left, top, right, bottom in px
Tokens = dict[Path, list[Token]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as a PNG, and where it comes from in the truth."""

    path: Path
    source: str
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool gave. seconds: wall. processor: seconds of all processes. memory: MiB of the largest one."""

    tokens: Tokens | None
    seconds: float
    processor: float
    memory: float


Found = TypeVar("Found")
Tool = Callable[[Sequence[Sheet], int, Path], Tokens | None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--rapidocr", metavar="PYTHON", help="an interpreter that has rapidocr")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--copies", type=int, default=1, help="how often each page stands in the batch")
    parser.add_argument("--tools", default="bound,batchocr,tesseract,rapidocr")
    wanted = parser.parse_args()
    os.environ.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # pip compiles what it installs; a checkout compiles itself, once
    tools = tools_there(wanted.rapidocr, wanted.tools.split(","))
    for name in wanted.sets.split(","):
        folder = wanted.data / SETS[name]
        if not folder.is_dir():
            print(f"\n{name}: left out, {folder} is not there")
            continue
        with tempfile.TemporaryDirectory() as temporary:
            compare(name, folder, tools, Path(temporary), max(1, wanted.copies))
    return 0


def tools_there(rapidocr: str | None, wanted: Sequence[str]) -> dict[str, Tool]:
    tools: dict[str, Tool] = {"bound": bound, "batchocr": batchocr}
    if shutil.which("tesseract"):
        tools["tesseract"] = tesseract
    else:
        print("tesseract: left out, it is not on the PATH (Debian: apt-get install tesseract-ocr)")
    if rapidocr:
        tools["rapidocr"] = lambda sheets, jobs, folder: rapid(rapidocr, sheets, jobs)
    else:
        print("rapidocr: left out, --rapidocr names no interpreter that has it")
    return {name: tool for name, tool in tools.items() if name in wanted}


def compare(name: str, folder: Path, tools: dict[str, Tool], temporary: Path, copies: int) -> None:
    """One set's table: a line for each tool and number of processes."""
    once = as_pngs(folder, temporary / "pages")
    sheets = [*once, *(copied(sheet, n) for n in range(1, copies) for sheet in once)]
    blank = Sheet(temporary / "blank.png", "blank.png", 1)
    Image.new("L", (64, 64), 255).save(blank.path)
    truth = folder / "truth.csv" if (folder / "truth.csv").exists() else folder.parent / "truth.csv"
    print(f"\n### {name}: {len(once)} pages" + (f", {copies} times each" if copies > 1 else "") + "\n")
    print(
        "| tool | processes | pages/s | processor s/page | digits/s of one core | start-up, s | largest process, MiB | right |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for tool_name, tool in tools.items():
        started = min(measured(tool, [blank], 1, temporary).seconds for _ in range(STARTS))
        for jobs in (1, 2):
            outcome = measured(tool, sheets, jobs, temporary)
            digits = count_digits(outcome)
            speed = "" if digits is None else f"{digits / outcome.processor:,.0f}"
            print(
                f"| {tool_name} | {jobs} | {len(sheets) / outcome.seconds:.2f} "
                f"| {outcome.processor / len(sheets):.2f} | {speed} | {started:.2f} "
                f"| {outcome.memory:.0f} | {accuracy(outcome, once, truth, temporary)} |",
                flush=True,
            )


def as_pngs(folder: Path, into: Path) -> list[Sheet]:
    """Every page of a folder, decoded and upright."""
    into.mkdir()
    sheets: list[Sheet] = []
    for source in find_sources([str(folder)])[0]:
        for page in iter_pages(source):
            if isinstance(page, Page):
                path = into / f"{len(sheets):04}.png"
                dpi = page.dpi or 300
                Image.fromarray(page.image).save(path, compress_level=1, dpi=(dpi, dpi))
                sheets.append(Sheet(path, source.path.name, page.number))
    return sheets


def copied(sheet: Sheet, number: int) -> Sheet:
    """The same page as another file."""
    path = sheet.path.with_stem(f"{sheet.path.stem}-{number}")
    shutil.copyfile(sheet.path, path)
    return Sheet(path, sheet.source, sheet.number)


def measured(tool: Tool, sheets: Sequence[Sheet], jobs: int, folder: Path) -> Outcome:
    """A tool's run in a process of its own, so that the system counts its time and memory."""
    reading, writing = os.pipe()
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        _answer(writing, lambda: tool(sheets, jobs, folder))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit("a tool failed; its message is above")
    content = json.loads(answer)
    tokens = content["tokens"]
    return Outcome(
        None if tokens is None else {Path(path): [tuple(token) for token in found] for path, found in tokens},
        seconds,
        used.ru_utime + used.ru_stime,
        content["memory"],
    )


def _answer(pipe: int, work: Callable[[], Tokens | None]) -> None:
    """In the forked process: what the tool found and the memory of its largest process, then the end."""
    try:
        tokens = work()
        found = None if tokens is None else [(str(path), some) for path, some in tokens.items()]
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / MIB
        with os.fdopen(pipe, "wb") as out:
            out.write(json.dumps({"tokens": found, "memory": memory}).encode())
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


# --- tools ----------------------------------------------------------------------------------------------


def bound(sheets: Sequence[Sheet], jobs: int, folder: Path) -> Tokens | None:
    shared_out(lambda share: said([sys.executable, "-c", BOUND, *paths(share)]), sheets, jobs)
    return None


def batchocr(sheets: Sequence[Sheet], jobs: int, folder: Path) -> Tokens:
    names = "".join(f"{sheet.path}\n" for sheet in sheets)
    table = folder / f"batchocr-{jobs}.csv"
    arguments = ["run", "-", "-q", "-o", str(table), "--restart", "--jobs", str(jobs)]
    subprocess.run([sys.executable, "-m", "batchocr", *arguments], input=names, text=True, check=True)
    tokens: Tokens = {sheet.path: [] for sheet in sheets}
    for row in read_table(table, WORD_COLUMNS):
        left, top, right, bottom = (float(row[edge]) for edge in ("left", "top", "right", "bottom"))
        tokens[Path(row["source"])].append((row["text"], left, top, right, bottom))
    return tokens


def tesseract(sheets: Sequence[Sheet], jobs: int, folder: Path) -> Tokens:
    found = shared_out(tesseract_pages, sheets, jobs)
    return {path: tokens for of_share in found for path, tokens in of_share.items()}


def tesseract_pages(sheets: Sequence[Sheet]) -> Tokens:
    """What one process reads, which is given the list of its pages."""
    names = "".join(f"{sheet.path}\n" for sheet in sheets)
    answer = said(["tesseract", "stdin", "-", "--psm", "11", "tsv", "quiet"], names)
    tokens: Tokens = {sheet.path: [] for sheet in sheets}
    for row in csv.DictReader(answer.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if NUMBER.fullmatch((row["text"] or "").strip()):
            left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
            page = sheets[int(row["page_num"]) - 1].path
            tokens[page].append((row["text"].strip(), left, top, left + width, top + height))
    return tokens


def rapid(python: str, sheets: Sequence[Sheet], jobs: int) -> Tokens:
    tokens: Tokens = {}
    for answer in shared_out(lambda share: said([python, "-c", RAPIDOCR, *paths(share)]), sheets, jobs):
        for line in answer.splitlines():
            path, found = json.loads(line)
            tokens[Path(path)] = [token for text, box in found for token in rapid_tokens(text, box)]
    return tokens


def rapid_tokens(text: str, box: Sequence[Sequence[float]]) -> list[Token]:
    """The numbers of a line, each with its share of the line's box."""
    left, right = min(x for x, _ in box), max(x for x, _ in box)
    top, bottom = min(y for _, y in box), max(y for _, y in box)
    step = (right - left) / max(1, len(text))
    return [
        (part[0], left + step * part.start(), top, left + step * part.end(), bottom)
        for part in re.finditer(r"\S+", text)
        if NUMBER.fullmatch(part[0])
    ]


def shared_out(work: Callable[[Sequence[Sheet]], Found], sheets: Sequence[Sheet], jobs: int) -> list[Found]:
    """What `jobs` processes, each started by a thread, make of the pages shared out among them."""
    with ThreadPoolExecutor(jobs) as threads:
        return list(threads.map(work, [share for n in range(jobs) if (share := sheets[n::jobs])]))


def said(command: Sequence[str | Path], given: str | None = None) -> str:
    """What a command of one thread prints, and what it is given on its standard input."""
    return subprocess.run(
        command, input=given, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | ONE_THREAD
    ).stdout


def paths(sheets: Sequence[Sheet]) -> list[Path]:
    return [sheet.path for sheet in sheets]


# --- what came of it ------------------------------------------------------------------------------------


def count_digits(outcome: Outcome) -> int | None:
    if outcome.tokens is None:
        return None
    return sum(c.isdigit() for tokens in outcome.tokens.values() for text, *_ in tokens for c in text)


def accuracy(outcome: Outcome, sheets: Sequence[Sheet], truth: Path, folder: Path) -> str:
    """`606 of 613`, or recall and precision where the truth has no boxes."""
    if outcome.tokens is None:
        return ""
    table = folder / "scored.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(WORD_COLUMNS)
        for sheet in sheets:
            for text, *box in outcome.tokens.get(sheet.path, ()):
                writer.writerow([sheet.source, sheet.number, "", 1, 1, text, 1, "ok", *box, ""])
    return in_words(score_files(table, truth))


def in_words(scores: Scores) -> str:
    if scores["kind"] == "table":
        return f"recall {scores['recall']:.3f}, precision {scores['precision']:.3f}"
    return f"{scores['right']} of {scores['strings']}"


if __name__ == "__main__":
    sys.exit(main())
