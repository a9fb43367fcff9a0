"""A long run under watch: many pages made on the fly, the memory of the run and its children over time.

    python scripts/soak.py [--pages 2000] [--jobs 2] [-o docs/soak.svg]

Prints what was read, how fast, and the memory (resident, MiB) about page 100, on the way and at the peak; writes
the curve as SVG. Linux only, since it looks into /proc. What it is for: a leak of a few kilobytes a page shows
as a slope. Left out: accuracy, which `batchocr score` measures.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

PAGE = (1240, 874)  # px: A5 at 150 dpi
ROWS, COLUMNS = 6, 4  # numbers on a page
LONG_FILE = 25  # pages of every tenth file, a TIFF
WATCH_SECONDS = 0.5
MIB = 1 << 20
WIDTH, HEIGHT, MARGIN = 800, 360, 50  # px of the curve


class Sample(NamedTuple):
    """Memory at one moment. seconds: since the start. parent, children: MiB, the children's summed."""

    seconds: float
    parent: float
    children: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, help="SVG of the curve")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_pages(folder / "scans", wanted.pages)
        samples = watch(folder, wanted.jobs)
    tell(samples, wanted.pages)
    if wanted.output:
        wanted.output.write_text(curve(samples), encoding="utf-8")
    return 0


def make_pages(folder: Path, count: int) -> None:
    """Files of one page, and every tenth of LONG_FILE, until there are enough."""
    folder.mkdir()
    rng, number = random.Random(1), 0
    while count > 0:
        pages = [draw_page(rng) for _ in range(min(count, LONG_FILE if number % 10 == 9 else 1))]
        if len(pages) > 1:
            path = folder / f"{number}.tif"
            pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_deflate")
        else:
            pages[0].save(folder / f"{number}.png", compress_level=1)
        count, number = count - len(pages), number + 1


def draw_page(rng: random.Random) -> Image.Image:
    """A page of printed numbers on paper that is not quite white."""
    page = Image.new("L", PAGE, 245)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(rng.randint(36, 52))
    for row in range(ROWS):
        for column in range(COLUMNS):
            place = 60 + column * 290 + rng.randrange(20), 60 + row * 130 + rng.randrange(20)
            draw.text(place, str(rng.randrange(10**5)), rng.randrange(60), font)
    return page


def watch(folder: Path, jobs: int) -> list[Sample]:
    """Run over the scans; the memory from start to end."""
    command = [sys.executable, "-m", "batchocr", "run", str(folder / "scans"), "-o", str(folder / "n.csv")]
    start = time.monotonic()
    run = subprocess.Popen([*command, "--jobs", str(jobs)])
    samples = []
    while run.poll() is None:
        children = sum(resident(child) for child in children_of(run.pid))
        samples.append(Sample(time.monotonic() - start, resident(run.pid), children))
        time.sleep(WATCH_SECONDS)
    if run.returncode:
        sys.exit(f"the run ended with {run.returncode}")
    return samples


def children_of(process: int) -> list[int]:
    """Process ids; none once it has ended."""
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:  # the thread has just ended
            continue
    return found


def resident(process: int) -> float:
    """MiB; 0 once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) * 1024 / MIB if lines else 0.0


def tell(samples: Sequence[Sample], pages: int) -> None:
    seconds = samples[-1].seconds
    print(f"{pages} pages in {seconds:.0f} s, {pages / seconds:.1f} pages/s")
    marks = {
        "page 100": 100 / pages,
        "a quarter": 0.25,
        "a half": 0.5,
        "nine tenths": 0.9,
    }  # shares of the time
    for name in ("parent", "children"):
        values = [getattr(sample, name) for sample in samples]
        told = (
            f"{values[int(share * len(values))]:.0f} MiB at {mark}"
            for mark, share in marks.items()
            if share < 1
        )
        print(f"{name}: {', '.join(told)}, {max(values):.0f} at the peak")


def curve(samples: Sequence[Sample]) -> str:
    """An SVG with a line for the parent and one for the children together."""
    last = samples[-1].seconds
    top = 1.1 * max(max(sample.parent, sample.children) for sample in samples)

    def point(seconds: float, mib: float) -> str:
        x = MARGIN + seconds / last * (WIDTH - 2 * MARGIN)
        return f"{x:.1f},{HEIGHT - MARGIN - mib / top * (HEIGHT - 2 * MARGIN):.1f}"

    lines = []
    for name, colour in (("parent", "#00726e"), ("children", "#d55e00")):
        points = " ".join(point(sample.seconds, getattr(sample, name)) for sample in samples)
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
    labels = [
        f'<text x="{MARGIN}" y="{MARGIN - 15}" fill="#d55e00">children together, MiB resident</text>',
        f'<text x="{MARGIN + 300}" y="{MARGIN - 15}" fill="#00726e">parent</text>',
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 20}" text-anchor="end">{last:.0f} s</text>',
        f'<text x="5" y="{HEIGHT - MARGIN}">0</text><text x="5" y="{MARGIN + 5}">{top:.0f}</text>',
        f'<path fill="none" stroke="#888" d="M{MARGIN},{MARGIN}V{HEIGHT - MARGIN}H{WIDTH - MARGIN}"/>',
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="14"><rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(lines + labels)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
