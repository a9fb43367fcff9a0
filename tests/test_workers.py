"""Bad pages in real child processes: they crash, hang, eat memory, print, and cost only their own row.

The stand-ins are at the top level, since the children import them.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from test_batch import load, outline, sources, whole

from batchocr.batch import LOST_IN_A_ROW, Settings, Steps, read_sources
from batchocr.elements import Box, Page, PageFailure, PageResult, Predict, Word
from batchocr.errors import UsageError
from batchocr.sources import Source
from batchocr.workers import Guard, LostError, Worker, started_ahead

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux only")
PATIENCE = 3.0  # s a page may take in these tests; starting a child takes 0.5 s on a busy machine


def read(source: Source, first: int) -> Iterator[Page | PageFailure]:
    """Two pages a file, ten where the name ends in `long`; `unopened` crashes before the first."""
    if source.given == "unopened":
        os.kill(os.getpid(), signal.SIGSEGV)
    for number in range(first, count(source) + 1):
        yield Page(np.zeros((10, 20), np.uint8), source.given, number)


def count(source: Source) -> int:
    if source.given == "unopened":
        os.kill(os.getpid(), signal.SIGSEGV)
    return 10 if source.given.endswith("long") else 2


def recognize(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    """The word of a page is its number; what the page does to its reader is in its name."""
    for page in pages:
        misbehave(page)
    return [[Word(1, 1, str(page.number), 0.9, "ok", Box(2, 2, 8, 8))] for page in pages]


def misbehave(page: Page) -> None:
    name = page.source
    if name == "segfault" and page.number == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == "killed" and page.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "hang" and page.number == 2:
        time.sleep(60)
    if name == "glutton" and page.number == 1:
        np.ones((1 << 30,), np.uint8)
    if name == "chatter":
        os.write(1, b"a library prints")
    if name == "all-crash-long" and page.number > 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.endswith(".once") and not Path(name).exists():
        Path(name).touch()
        os.kill(os.getpid(), signal.SIGKILL)


STEPS = Steps(read, load, recognize, count)


def read_all(*names: str, guard: Guard | None = None) -> list[tuple[str, int, str]]:
    settings = Settings(steps=STEPS, guard=guard or Guard())
    return outline(read_sources(sources(*names), settings, jobs=2))


@POSIX
def test_a_crash_costs_its_page_and_is_told() -> None:
    results = read_all("a", "segfault", "b", "killed", "c")
    assert results[:3] == [*whole("a"), ("segfault", 1, "1")]
    assert results[3][:2] == ("segfault", 2)
    assert "SIGSEGV" in results[3][2]
    assert results[4:6] == whole("b")
    assert results[6][:2] == ("killed", 1)
    assert "SIGKILL" in results[6][2]
    assert results[7:] == [("killed", 2, "2"), *whole("c")]


@POSIX
def test_a_page_is_tried_once_more_alone(tmp_path: Path) -> None:
    unlucky = str(tmp_path / "x.once")
    assert read_all("a", unlucky, "b") == whole("a", unlucky, "b")


def test_a_hanging_page_is_given_up() -> None:
    start = time.monotonic()
    results = read_all("a", "hang", "b", guard=Guard(seconds=PATIENCE))
    assert time.monotonic() - start < 30
    assert results[:3] == [*whole("a"), ("hang", 1, "1")]
    assert results[3] == (
        "hang", 2,
        f"reading it took longer than {PATIENCE:g} s; scan it smaller, or allow more with --page-seconds",
    )  # fmt: skip
    assert results[4:] == whole("b")


@LINUX
def test_a_page_that_takes_too_much_memory_is_told() -> None:
    results = read_all("a", "glutton", "b", guard=Guard(memory=256))
    assert results[:2] == whole("a")
    assert results[2][:2] == ("glutton", 1)
    assert "too much memory" in results[2][2]
    assert results[3:] == [("glutton", 2, "2"), *whole("b")]


@POSIX
def test_a_file_that_crashes_on_opening_is_one_row() -> None:
    results = read_all("a", "unopened", "b")
    assert [result[:2] for result in results] == [("a", 1), ("a", 2), ("unopened", 0), ("b", 1), ("b", 2)]


@POSIX
def test_a_long_file_of_crashes_is_not_tried_to_its_end() -> None:
    results = read_all("all-crash-long", "a")
    assert results[0] == ("all-crash-long", 1, "1")
    assert [number for _, number, _ in results[:-2]] == [1, *range(2, LOST_IN_A_ROW + 3)]
    assert "not tried, nor the pages after it" in results[-3][2]
    assert results[-2:] == whole("a")


def test_what_a_library_prints_is_not_taken_for_an_answer() -> None:
    assert read_all("chatter", "a") == whole("chatter", "a")


def test_a_long_file_comes_in_parts_and_in_order() -> None:
    results = read_all("long", "a", "very long")
    numbers = range(1, 11)
    assert results == [
        *(("long", n, str(n)) for n in numbers), *whole("a"), *(("very long", n, str(n)) for n in numbers)
    ]  # fmt: skip


def fail() -> None:
    class OddError(Exception):  # cannot be pickled, being local
        pass

    raise OddError("so it goes")


def sleep_on() -> None:
    time.sleep(60)


def test_any_exception_comes_back_in_words() -> None:
    worker = Worker(Guard())
    with pytest.raises(RuntimeError, match="OddError: so it goes"):
        worker.call(fail)
    assert worker.call(os.getpid) != os.getpid()  # and the child goes on
    worker.close()


def test_a_child_is_replaced_after_its_end() -> None:
    worker = Worker(Guard(seconds=PATIENCE))
    with pytest.raises(LostError, match="took longer"):
        worker.call(sleep_on)
    first = worker.call(os.getpid)
    with pytest.raises(LostError, match="exit code 7"):
        worker.call(os._exit, 7)
    assert worker.call(os.getpid) != first
    worker.close()
    with pytest.raises(LostError, match="run has ended"):
        worker.call(os.getpid)


def imported(name: str) -> bool:
    return name in sys.modules


def test_a_child_started_ahead_is_the_first_workers_and_has_imported_what_it_was_told() -> None:
    first, second = Worker(Guard()), Worker(Guard())
    with started_ahead(["no_such_module", "colorsys"]):
        assert first.call(imported, "colorsys")
        assert not second.call(imported, "colorsys")
    first.close()
    second.close()


@POSIX
def test_a_child_started_ahead_that_nobody_needs_is_ended() -> None:
    with started_ahead([]) as child:
        assert is_running(child)
    assert not is_running(child)


@POSIX
def test_a_child_ends_with_its_parent() -> None:
    """Also in the middle of a page, and though the parent was killed without warning."""
    import subprocess

    script = (
        "import os, threading, time\nfrom batchocr.workers import *\n"
        "worker = Worker(Guard())\nprint(worker.call(os.getpid), flush=True)\nworker.call(time.sleep, 60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(child)


def is_running(process: int) -> bool:
    """Whether it does anything: a process whose parent has not yet asked how it ended does not."""
    status = Path(f"/proc/{process}/stat")
    if status.parent.parent.joinpath("self").exists():
        return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_guard_that_cannot_be_meant() -> None:
    for wrong in ({"seconds": 0.0}, {"seconds": float("nan")}, {"memory": 0}):
        with pytest.raises(UsageError, match="--page-"):
            Guard(**wrong)  # type: ignore[arg-type]


def grow(source: Source, first: int) -> Iterator[Page]:
    """Something writes to the file while it is read."""
    with source.path.open("ab") as file:
        file.write(b"more")
    yield Page(np.zeros((10, 20), np.uint8), source.given, 1)


def vanish(source: Source, first: int) -> Iterator[Page]:
    source.path.unlink()
    yield Page(np.zeros((10, 20), np.uint8), source.given, 1)


def one(source: Source) -> int:
    return 1


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"some")
    settings = Settings(steps=Steps(grow, load, recognize, one))
    (result,) = read_sources([Source("a.png", tmp_path / "a.png")], settings, jobs=1)
    assert result == PageResult(
        "a.png", 0, error="the file changed while it was being read; run again when it is whole"
    )


def test_a_file_that_vanishes_after_it_was_read_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"some")
    settings = Settings(steps=Steps(vanish, load, recognize, one))
    (result,) = read_sources([Source("a.png", tmp_path / "a.png")], settings, jobs=1)
    assert (result.page, result.error) == (1, "")
