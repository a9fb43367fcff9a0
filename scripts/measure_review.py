"""How quick the review is: python scripts/measure_review.py [WORDS] needs Playwright and a Chromium.

Makes a job of drawn pages with so many doubtful words (10,000), opens it in headless Chromium and prints one line
a figure: first paint of the first word with its picture, a key press to the next word on the screen (its picture
decoded), a screen of the digit grid, and what cutting the pictures of a page costs.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from batchocr.elements import Box, PageResult, Reading, Word
from batchocr.job import open_job
from batchocr.review.crops import Crops
from batchocr.sources import Source
from batchocr.stamps import stamp_of, with_digest

PAGE = (2480, 3508)  # px: A4 at 300 dpi
ACROSS, DOWN = 5, 40  # words on a page
WARM_MS = 90_000  # in which the server cuts ahead
KEYS = 200  # pressed, as quickly as the page takes them


def make_page(number: int, seed: np.random.Generator) -> tuple[Image.Image, PageResult]:
    """A page full of numbers with some grain, as a scanner gives."""
    image = Image.fromarray(seed.normal(245, 4, PAGE[::-1]).clip(0, 255).astype(np.uint8))
    draw, words = ImageDraw.Draw(image), []
    for line in range(DOWN):
        for place in range(ACROSS):
            text = str(seed.integers(1000, 99999))
            left, top = 160 + 460 * place, 150 + 82 * line
            draw.text((left, top), text, fill=30, font_size=62)
            boxes = [Box(left + 36 * n, top + 8, left + 36 * (n + 1), top + 60) for n in range(len(text))]
            sure = float(seed.uniform(0.1, 0.9))
            readings = tuple(
                Reading(digit, sure, "1", 0.1, box) for digit, box in zip(text, boxes, strict=True)
            )
            box = boxes[0].union(boxes[-1])
            words.append(
                Word(line + 1, place + 1, text, sure, "review", box, "digit 1 is not quite clear", readings)
            )
    return image, PageResult(f"p{number}.png", 1, tuple(words))


def make_job(folder: Path, words: int) -> Path:
    """A job of so many words; its pages are copies of ten, as files of their own."""
    seed, table = np.random.default_rng(0), folder / "n.csv"
    made = []
    for number in range(10):
        image, result = make_page(number, seed)
        image.save(folder / f"made{number}.png")
        made.append(result)
    pages = -(-words // (ACROSS * DOWN))
    sources = []
    for number in range(pages):
        path = folder / f"p{number}.png"
        shutil.copy(folder / f"made{number % 10}.png", path)
        sources.append(Source(f"p{number}.png", path))
    with open_job(table, {"--review-below": "0.95"}) as job:
        job.enrol(sources)
        for number, file in enumerate(list(job.missing())):
            stamp = with_digest(stamp_of(file.source.path), file.source.path)
            job.add(file.key, [made[number % 10]], stamp=stamp, finished=True)
        job.prepare_review()
    return table


def measure_crops(table: Path) -> None:
    """The first picture of a page, and the others of it."""
    with open_job(table) as job:
        keys = [word.key for word in job.words()]
    with closing(Crops(table)) as crops:
        spent = []
        for key in keys[: ACROSS * DOWN]:
            start = time.perf_counter()
            crops.picture(key)
            spent.append(time.perf_counter() - start)
        print(f"a page decoded and its first word cut              {1000 * spent[0]:.0f} ms")
        print(f"another word of it cut (median)                    {1000 * statistics.median(spent):.1f} ms")
        print(
            f"kept on disk a word                                {crops.kept_bytes() / len(spent) / 1000:.0f} kB"
        )


PRESS = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const before = state.shown, start = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    while (state.shown === before) await new Promise((done) => setTimeout(done));
    await document.getElementById("crop").decode();
    await frame();
    return performance.now() - start;
}"""
GRID = """async () => {
    const start = performance.now();
    await showDigits();
    const images = [...document.querySelectorAll("#grid img")];
    const spent = await Promise.all(images.map(async (image) => {
        await image.decode();
        return performance.now() - start;
    }));
    return spent.sort((a, b) => a - b);
}"""


def measure_page(page: Page, address: str) -> None:
    """First paint, key presses, the grid."""
    page.goto(address)
    page.wait_for_function("() => isSeen() && document.getElementById('crop').naturalWidth")
    first = page.evaluate("() => performance.now()")
    paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    print(f"first paint; first word with its picture           {paint:.0f} ms; {first:.0f} ms")
    for pause, name in ((300, "three a second"), (0, "as fast as they go")):
        spent = []
        for _ in range(KEYS // 2):
            page.wait_for_function("() => isSeen()")
            spent.append(page.evaluate(PRESS))
            page.wait_for_timeout(pause)
        middle, high = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
        print(f"a key to the next word, {name:18s}         median {middle:.0f} ms, 95th of 100 {high:.0f} ms")
    for pause, name in ((0, "begun just now"), (WARM_MS, "begun before")):
        page.wait_for_timeout(pause)
        page.evaluate("() => document.getElementById('grid').replaceChildren()")
        spent = page.evaluate(GRID)
        print(
            f"a screen of {len(spent)} digits, {name:15s}           first {spent[0]:.0f} ms, "
            f"half {spent[len(spent) // 2]:.0f} ms, all {spent[-1]:.0f} ms"
        )


def main() -> None:
    words = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        table = make_job(Path(name), words)
        measure_crops(table)
        command = [sys.executable, "-m", "batchocr", "review", str(table), "--no-browser"]
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            assert server.stderr
            found = re.search(r"http://\S+", server.stderr.readline())
            assert found
            own = Path(driver.chromium.executable_path)
            browser = driver.chromium.launch(
                executable_path=None if own.exists() else shutil.which("chromium")
            )
            measure_page(browser.new_page(viewport={"width": 1280, "height": 720}), found.group())
            browser.close()
        finally:
            server.kill()


if __name__ == "__main__":
    main()
