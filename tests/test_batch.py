"""Batches, with stand-ins for the reader, the model and the recogniser (top-level: workers import them)."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from batchocr import cli
from batchocr.batch import (
    GROUP_PAGES,
    LOOK_PAGES,
    TASK_PAGES,
    File,
    Settings,
    Steps,
    chunks_of,
    read_chunks,
    read_pages,
    read_parts,
    read_sources,
)
from batchocr.elements import Box, GlyphImages, Page, PageFailure, PageResult, Predict, Probs, Word
from batchocr.errors import ModelError, OutputError, UsageError
from batchocr.sources import Source


def predict(images: GlyphImages) -> Probs:
    return np.zeros((len(images), 11), np.float32)


def load(model: object) -> Predict:
    return predict


def bad_load(model: object) -> Predict:
    raise ModelError("m.tflite: is not a model; train one")


def read(source: Source, first: int) -> Iterator[Page | PageFailure]:
    """Two pages a file; `bad` fails, `half` fails on its second page, `raises` breaks the promise."""
    if source.given == "bad":
        yield PageFailure(source.given, 0, "damaged")
        return
    if first == 1:
        yield Page(np.zeros((10, 20), np.uint8), source.given, 1)
    if source.given == "raises":
        raise OSError("the disk went away")
    if source.given == "half":
        yield PageFailure(source.given, 2, "damaged")
    elif first <= 2:
        yield Page(np.zeros((10, 20), np.uint8), source.given, 2)


def recognize(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    """The word of a page is its number; `crash` raises, `kill` ends its process."""
    for page in pages:
        if page.source == "crash" and page.number == 2:
            raise ValueError("no such\nluck")
        if page.source == "kill":
            os._exit(9)
    return [[Word(1, 1, str(page.number), 0.9, "ok", Box(2, 2, 8, 8))] for page in pages]


def two(source: Source) -> int:
    return 2


STEPS = Steps(read, load, recognize, two)
SETTINGS = Settings(steps=STEPS)


def sources(*names: str) -> list[Source]:
    return [Source(name, Path(name)) for name in names]


def outline(results: Iterator[PageResult]) -> list[tuple[str, int, str]]:
    return [(r.source, r.page, r.error or "".join(w.text for w in r.words)) for r in results]


def whole(*names: str) -> list[tuple[str, int, str]]:
    return [(name, page, str(page)) for name in names for page in (1, 2)]


NAMES = [f"f{number}" for number in range(11)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_input_order(jobs: int) -> None:
    assert outline(read_sources(sources(*NAMES), SETTINGS, jobs=jobs)) == whole(*NAMES)


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(3) as threads:
        results = read_sources(sources(*NAMES), SETTINGS, executor=threads)
        assert outline(results) == whole(*NAMES)


@pytest.mark.parametrize("jobs", [1, 2])
def test_errors_are_values(jobs: int) -> None:
    results = outline(read_sources(sources("a", "bad", "half", "crash", "raises", "b"), SETTINGS, jobs=jobs))
    assert results == [
        *whole("a"),
        ("bad", 0, "damaged"),
        ("half", 1, "1"),
        ("half", 2, "damaged"),
        ("crash", 1, "1"),
        ("crash", 2, "recognition failed (ValueError: no such luck)"),
        ("raises", 1, "1"),
        ("raises", 0, "cannot be read (OSError: the disk went away)"),
        *whole("b"),
    ]


def test_a_file_that_kills_its_worker_costs_one_row() -> None:
    results = outline(read_sources(sources("a", "b", "kill", "c", "d", "e"), SETTINGS, jobs=2))
    assert results[:4] == whole("a", "b")
    assert results[6:] == whole("c", "d", "e")
    assert [result[:2] for result in results[4:6]] == [("kill", 1), ("kill", 2)]
    assert all("ended the process (exit code 9" in result[2] for result in results[4:6])


def test_glyphs_go_together_but_never_more_pages_than_a_group() -> None:
    born: list[weakref.ref[np.ndarray]] = []
    alive: list[int] = []
    together: list[int] = []

    def many(source: Source, first: int) -> Iterator[Page]:
        for number in range(first, 41):
            image = np.zeros((10, 10), np.uint8)
            born.append(weakref.ref(image))
            yield Page(image, source.given, number)
            del image

    def count(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
        gc.collect()
        together.append(len(pages))
        alive.append(sum(image() is not None for image in born))
        return [[] for _ in pages]

    settings = Settings(steps=Steps(many, load, count))
    assert len(list(read_sources(sources("long.tif", "longer.tif"), settings, jobs=1))) == 80
    groups, last = divmod(40 - LOOK_PAGES, GROUP_PAGES)
    assert together == 2 * [LOOK_PAGES, *[GROUP_PAGES] * groups, last]
    assert max(alive) == GROUP_PAGES


COUNT = 70  # pages of a long file: its ranges are of TASK_PAGES


def numbered(source: Source, first: int) -> Iterator[Page | PageFailure]:
    """COUNT pages, page 20 of `half` being damaged."""
    for number in range(first, COUNT + 1):
        if (source.given, number) == ("half.pdf", 20):
            yield PageFailure(source.given, number, "damaged")
        else:
            yield Page(np.zeros((10, 20), np.uint8), source.given, number)


def count_all(source: Source) -> int:
    return COUNT


def of_process(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    """The word of a page is the process that read it. Early pages take longer, so that later ones come first."""
    time.sleep(0.2 if pages[0].number < 10 else 0.01)
    return [[Word(1, 1, str(os.getpid()), 0.9, "ok", Box(2, 2, 8, 8))] for _ in pages]


def test_a_long_file_is_read_by_several_processes_and_comes_in_order() -> None:
    settings = Settings(steps=Steps(numbered, load, of_process, count_all))
    results = list(read_sources(sources("half.pdf"), settings, jobs=2))
    assert [result.page for result in results] == list(range(1, COUNT + 1))
    assert [result.page for result in results if result.error] == [20]
    assert len({word.text for result in results for word in result.words}) == 2


def draw_pdf(path: Path, count: int) -> Path:
    """A PDF of scans, a number on each."""
    pages = [Image.new("L", (300, 120), 255) for _ in range(count)]
    for number, page in enumerate(pages, start=1):
        ImageDraw.Draw(page).text((60, 30), str(1000 + number), 0, ImageFont.load_default(48))
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def test_a_pdf_gives_the_same_table_with_any_number_of_processes(tmp_path: Path) -> None:
    pdf = draw_pdf(tmp_path / "long.pdf", 40)
    for jobs in ("1", "2"):
        table = str(tmp_path / f"{jobs}.csv")
        assert cli.main(["run", str(pdf), "-o", table, "--jobs", jobs, "-q"]) == 0
    table = (tmp_path / "1.csv").read_text()
    assert (tmp_path / "2.csv").read_text() == table
    assert [line.split(",")[1] for line in table.splitlines()[1:]] == [str(n) for n in range(1, 41)]
    settings = Settings(steps=Steps(read_pages, load, of_process))
    results = read_sources([Source("long.pdf", pdf)], settings, jobs=2)
    assert len({word.text for result in results for word in result.words}) == 2


@pytest.mark.parametrize("count", [1, TASK_PAGES, COUNT, 8 * TASK_PAGES])
def test_a_file_that_breaks_off_behind_its_last_page_says_so(count: int) -> None:
    """Whatever task reads the last page; the count is of the pages that are there."""

    def broken_off(source: Source, first: int) -> Iterator[Page | PageFailure]:
        for number in range(first, count + 1):
            yield Page(np.zeros((10, 20), np.uint8), source.given, number)
        yield PageFailure(source.given, count + 1, "it breaks off")

    settings = Settings(steps=Steps(broken_off, load, recognize, lambda source: count))
    pages = [("long.tif", number, str(number)) for number in range(1, count + 1)]
    results = outline(read_sources(sources("long.tif"), settings, jobs=1))
    assert results == [*pages, ("long.tif", count + 1, "it breaks off")]


def test_every_page_of_a_long_file_is_asked_for_once() -> None:
    asked: list[int] = []

    def note(source: Source, first: int) -> Iterator[Page | PageFailure]:
        for page in numbered(source, first):
            asked.append(page.number if isinstance(page, Page) else page.page)
            yield page

    settings = Settings(steps=Steps(note, load, recognize, count_all))
    with ThreadPoolExecutor(3) as threads:
        results = list(read_sources(sources("long.pdf"), settings, jobs=3, executor=threads))
    assert sorted(asked) == [result.page for result in results] == list(range(1, COUNT + 1))


def test_a_long_file_does_not_run_far_ahead_of_its_slowest_page() -> None:
    """Page 2 takes its time; what is read meanwhile waits in memory, so it must be little."""
    asked: list[int] = []
    goes_on = threading.Event()

    def note(source: Source, first: int) -> Iterator[Page | PageFailure]:
        if first == 2:
            goes_on.wait(20)
        asked.append(first)
        yield from numbered(source, first)

    settings = Settings(steps=Steps(note, load, recognize, lambda source: 10_000))
    with ThreadPoolExecutor(2) as threads:
        chunks = chunks_of([File(1, Source("long.pdf", Path("long.pdf")))], 1)
        parts = read_chunks(chunks, settings, threads, window=2)
        assert next(parts).file.first == 1
        threading.Timer(1, goes_on.set).start()
        assert next(parts).file.first == 2
        ahead = max(asked)
        parts.close()
    assert 2 < ahead <= 2 + 2 * TASK_PAGES


def test_a_long_file_that_ends_early_is_not_read_on() -> None:
    """It changed in the middle: one error, as when one worker reads it, and no page from after it."""

    def change(source: Source, first: int) -> Iterator[Page | PageFailure]:
        for page in numbered(source, first):
            if first > 1:
                source.path.touch()
            yield page

    def run(jobs: int, folder: Path) -> list[tuple[str, int, str]]:
        (folder / "long.pdf").write_bytes(b"some")
        os.utime(folder / "long.pdf", (1, 1))
        settings = Settings(steps=Steps(change, load, recognize, count_all))
        with ThreadPoolExecutor(jobs) as threads:
            source = Source("long.pdf", folder / "long.pdf")
            return outline(read_sources([source], settings, jobs=jobs, executor=threads))

    with TemporaryDirectory() as folder:
        alone, together = run(1, Path(folder)), run(3, Path(folder))
    assert alone == together
    assert [page for _, page, _ in alone] == [1, 0]


def test_only_a_window_of_files_is_under_way() -> None:
    begun: list[str] = []

    def note(source: Source, first: int) -> Iterator[Page]:
        begun.append(source.given)
        yield Page(np.zeros((5, 5), np.uint8), source.given)

    settings = Settings(steps=Steps(note, load, recognize))
    with ThreadPoolExecutor(1) as threads:
        results = read_sources(sources(*map(str, range(1000))), settings, jobs=1, executor=threads)
        next(results)
        results.close()
    assert len(begun) < 50


def test_readings_can_be_left_behind() -> None:
    word = Word(1, 1, "1", 0.9, "ok", Box(0, 0, 1, 1), readings=(None,))  # type: ignore[arg-type]
    steps = Steps(read, load, lambda pages, predict, below: [[word] for _ in pages])
    kept = next(read_sources(sources("a"), Settings(steps=steps), jobs=1))
    light = next(read_sources(sources("a"), Settings(steps=steps, keep_readings=False), jobs=1))
    assert len(kept.words[0].readings) == 1
    assert light.words[0].readings == ()


@pytest.mark.parametrize("jobs", [1, 2])
def test_overlays_have_a_name_each(tmp_path: Path, jobs: int) -> None:
    settings = Settings(steps=STEPS, overlay=tmp_path / "o")
    files = [Source(name, Path(name)) for name in ("x/a.png", "y/a.png", "y/b.png", "y/bad.png")]
    list(read_sources(files, settings, jobs=jobs))
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        "b-p1.png",
        "b-p2.png",
        "bad-p1.png",
        "bad-p2.png",
        "x_a.png-p1.png",
        "x_a.png-p2.png",
        "y_a.png-p1.png",
        "y_a.png-p2.png",
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_overlay_that_cannot_be_written_ends_the_run(tmp_path: Path, jobs: int) -> None:
    (tmp_path / "a-p1.png").mkdir()
    results = read_sources(sources("a", "b"), Settings(steps=STEPS, overlay=tmp_path), jobs=jobs)
    with pytest.raises(OutputError, match=r"a-p1\.png"):
        list(results)


def test_bad_arguments_are_told_before_the_first_page(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--jobs"):
        read_sources(sources("a"), SETTINGS, jobs=0)
    with pytest.raises(UsageError, match="--review-below"):
        Settings(review_below=float("nan"))
    with pytest.raises(ModelError, match="not a model"):
        read_sources(sources("a"), Settings(steps=Steps(read, bad_load, recognize)), jobs=2)
    with pytest.raises(OutputError, match="folder above"):
        read_sources(sources("a"), Settings(steps=STEPS, overlay=tmp_path / "no" / "o"))


def test_no_files_give_no_results() -> None:
    assert read_parts([], predict, SETTINGS, 8) == []
    assert list(read_sources([], SETTINGS, jobs=1)) == []


def test_leaving_early_ends_the_workers() -> None:
    results = read_sources(sources(*NAMES), SETTINGS, jobs=2)
    next(results)
    results.close()  # would wait for ever, were a worker left


def test_a_script_without_a_main_guard_works(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import test_batch as t\n"
        "print(t.outline(t.read_sources(t.sources('a', 'b'), t.SETTINGS, jobs=2)) == t.whole('a', 'b'))\n"
    )
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders)}
    run = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=environment, timeout=60
    )
    assert (run.stdout, run.stderr) == ("True\n", "")


def slow(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    """For runs that are to be interrupted: a page takes a minute."""
    time.sleep(60)
    return [[] for _ in pages]
