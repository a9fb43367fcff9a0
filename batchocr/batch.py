"""Many pages: files in, one PageResult a page out, in input order whatever finished first.

A task is a chunk of a few files. Inside a task pages are streamed: a group of pages small enough for memory
is gathered, its glyphs go through the network together, and the group is dropped before the next is read.
Only a bounded window of tasks is ever submitted, so memory stays flat over a long folder. Errors are values:
a file or page that cannot be read, even one that kills its worker, costs one PageResult and nothing else.

What leaves this module out: where it runs. Any `concurrent.futures.Executor` will do; without one, local
processes are started (spawned, because forking a process that holds threads of OpenCV or LiteRT can hang).
"""

from __future__ import annotations

import os
import sys
import threading
import types
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

from .elements import Page, PageResult, Predict, Word
from .errors import BatchocrError, ModelError, OutputError, UsageError
from .pages import PageFailure, Source, find_sources, iter_pages

GROUP_PAGES = 4  # pages recognised together: enough glyphs to fill a network batch
GROUP_PIXELS = 32_000_000  # pixels of a group before it is recognised: four A4 pages at 300 dpi, 32 MB
CHUNK_FILES = 4  # files of a task at most: amortises the hand-over, keeps progress lively
CHUNKS_PER_JOB = 4  # tasks each worker should get at least, so that none waits for the last
WINDOW_PER_JOB = 4  # tasks submitted ahead for each worker; bounds the results that wait for their turn

Model = str | os.PathLike[str] | None  # None is the shipped model
Recognize = Callable[[Sequence[Page], Predict, float], list[list[Word]]]


def _read(source: Source) -> Iterable[Page | PageFailure]:
    return iter_pages(source)


def _load(model: Model) -> Predict:
    from .network.model import load_model

    return load_model(model)


def _recognize(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    from .pipeline import recognize_together

    return recognize_together(pages, predict, review_below=review_below)


@dataclass(frozen=True, slots=True)
class Steps:
    """The three things done to a file, as functions (picklable ones where processes are to run them)."""

    read: Callable[[Source], Iterable[Page | PageFailure]] = _read
    load: Callable[[Model], Predict] = _load
    recognize: Recognize = _recognize


@dataclass(frozen=True, slots=True)
class Settings:
    """How to read; travels to the workers. Raises UsageError on a value that cannot be meant.

    review_below: confidence, 0..1, under which a word goes to review. overlay: folder for marked pages.
    keep_readings: False drops each word's glyph readings, which are most of a result's size.
    """

    model: Model = None
    review_below: float = 0.95
    overlay: Path | None = None
    keep_readings: bool = True
    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        if not 0 <= self.review_below <= 1:
            raise UsageError(f"--review-below is a probability from 0 to 1, not {self.review_below:g}")


@dataclass(frozen=True, slots=True)
class File:
    """One file to read, and the name its overlays begin with."""

    source: Source
    overlay_name: str = ""


Chunk = tuple[File, ...]
Results = Generator[PageResult, None, None]


def recognize_pages(
    inputs: Iterable[str | os.PathLike[str]],
    *,
    jobs: int | None = None,
    model: Model = None,
    review_below: float = 0.95,
    overlay: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
) -> Results:
    """Read files and folders; one PageResult a page, in input order; errors of a page are values.

    jobs: worker processes, by default one a core; 1 reads in this process. executor: where to run instead.
    Raises InputError if nothing can be read at all, ModelError, UsageError; OutputError if an overlay cannot
    be written.
    """
    settings = Settings(model, review_below, None if overlay is None else Path(overlay))
    sources, _ = find_sources([os.fspath(item) for item in inputs])
    return read_sources(sources, settings, jobs=jobs, executor=executor)


def usable_cores() -> int:
    """The cores this process may run on: fewer than the machine's inside a container or under taskset."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_sources(
    sources: Sequence[Source],
    settings: Settings,
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
) -> Results:
    """Read sources that were already found. Checks the arguments and the model before the first page."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs is a number of processes from 1 up, not {jobs}")
    if settings.overlay is not None:
        prepare_folder(settings.overlay)
    predict = settings.steps.load(settings.model)  # a bad model is one clear error, not one a worker
    jobs = min(jobs or usable_cores(), max(1, len(sources)))
    files = _with_overlay_names(sources) if settings.overlay is not None else [File(s) for s in sources]
    chunks = _chunks(files, jobs)
    if executor is not None:
        return _through_executor(chunks, settings, executor, WINDOW_PER_JOB * jobs)
    if jobs == 1:
        return read_files(files, predict, settings)
    return _through_processes(chunks, settings, jobs)


def prepare_folder(folder: Path) -> None:
    """Make a folder for pictures, if its parent is there. Raises OutputError with the remedy."""
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise OutputError(f"{folder}: the folder above it does not exist; create it first") from None
    except FileExistsError:
        raise OutputError(f"{folder}: is a file, and --overlay needs a folder; name another") from None
    except OSError as error:
        raise OutputError(f"{folder}: cannot be created ({error.strerror}); name another folder") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: not writable; change its permissions or name another folder")


def _with_overlay_names(sources: Sequence[Source]) -> list[File]:
    """A name for each source's pictures: its stem, or its whole path where two files share a stem."""
    stems: dict[str, int] = {}
    for source in sources:
        stems[source.path.stem.casefold()] = stems.get(source.path.stem.casefold(), 0) + 1
    taken: set[str] = set()
    files = []
    for source in sources:
        name = source.path.stem
        if stems[name.casefold()] > 1:
            name = source.given.strip("./").replace("/", "_")
        files.append(File(source, _untaken(name, taken)))
    return files


def _untaken(name: str, taken: set[str]) -> str:
    """name, or name-2, name-3, …; compared without case, as some file systems do."""
    candidate, count = name, 1
    while candidate.casefold() in taken:
        count += 1
        candidate = f"{name}-{count}"
    taken.add(candidate.casefold())
    return candidate


def _chunks(files: Sequence[File], jobs: int) -> list[Chunk]:
    """Files in tasks of one to CHUNK_FILES: small while there are few, so that every worker gets some."""
    size = min(CHUNK_FILES, max(1, len(files) // (jobs * CHUNKS_PER_JOB)))
    return [tuple(files[start : start + size]) for start in range(0, len(files), size)]


# --- inside one process ---------------------------------------------------------------------------------

Item = tuple[File, Page | PageFailure]


def read_files(files: Iterable[File], predict: Predict, settings: Settings) -> Results:
    """Stream the pages of files through the network, one group in memory at a time."""
    for group in _groups(_items(files, settings.steps)):
        yield from _read_group(group, predict, settings)
        del group  # or two groups would be in memory while the next is gathered


def _items(files: Iterable[File], steps: Steps) -> Iterator[Item]:
    """Every page of every file. A reader that raises against its promise costs its file, not the run."""
    for file in files:
        try:
            for page in steps.read(file.source):
                yield file, page
                del page
        except Exception as error:
            yield file, PageFailure(file.source.given, 0, _sentence("cannot be read", error))


def _groups(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Consecutive items within GROUP_PAGES and, but for the last of them, GROUP_PIXELS."""
    group: list[Item] = []
    pixels = 0
    for item in items:
        group.append(item)
        pixels += item[1].image.size if isinstance(item[1], Page) else 0
        del item
        if len(group) >= GROUP_PAGES or pixels >= GROUP_PIXELS:
            yield group
            group, pixels = [], 0
    if group:
        yield group


def _read_group(group: list[Item], predict: Predict, settings: Settings) -> Iterator[PageResult]:
    pages = [item for _, item in group if isinstance(item, Page)]
    results = iter(_recognize_group(pages, predict, settings))
    for file, item in group:
        if isinstance(item, PageFailure):
            yield PageResult(item.source, item.page, error=item.message)
            continue
        result = next(results)
        if settings.overlay is not None and not result.error:
            _draw(item, result, settings.overlay / f"{file.overlay_name}-p{item.number}.png")
        yield result if settings.keep_readings else _without_readings(result)


def _recognize_group(pages: Sequence[Page], predict: Predict, settings: Settings) -> list[PageResult]:
    """One result a page; if the group fails together, its pages are tried alone and the culprit says why."""
    if not pages:
        return []
    try:
        read = settings.steps.recognize(pages, predict, settings.review_below)
        return [
            PageResult(page.source, page.number, tuple(words))
            for page, words in zip(pages, read, strict=True)
        ]
    except ModelError:
        raise
    except Exception as error:
        if len(pages) == 1:
            message = _sentence("recognition failed", error)
            return [PageResult(pages[0].source, pages[0].number, error=message)]
    return [result for page in pages for result in _recognize_group([page], predict, settings)]


def _sentence(what: str, error: Exception) -> str:
    """`recognition failed (ValueError: …)`, on one line."""
    text = " ".join(str(error).split())
    return f"{what} ({type(error).__name__}{': ' + text if text else ''})"


def _draw(page: Page, result: PageResult, path: Path) -> None:
    from .overlay import write_overlay

    write_overlay(page, result.words, path)


def _without_readings(result: PageResult) -> PageResult:
    return replace(result, words=tuple(replace(word, readings=()) for word in result.words))


# --- through executors ----------------------------------------------------------------------------------

_loaded = threading.local()  # .model, .predict: one interpreter a thread, since interpreters are not shared


def _read_chunk(chunk: Chunk, settings: Settings) -> list[PageResult]:
    """The task a worker runs; loads the model on its first."""
    if getattr(_loaded, "key", None) != (settings.model, settings.steps.load):
        _loaded.predict = settings.steps.load(settings.model)
        _loaded.key = (settings.model, settings.steps.load)
    return list(read_files(chunk, _loaded.predict, settings))


Pending = deque[tuple[Chunk, "Future[list[PageResult]]"]]


def _through_executor(
    chunks: Iterable[Chunk], settings: Settings, executor: Executor, window: int
) -> Results:
    """Results of chunks in order from an executor that is the caller's to start and end."""
    pending: Pending = deque()
    waiting = iter(chunks)
    try:
        while _fill(pending, waiting, settings, executor, window):
            yield from pending.popleft()[1].result()
    except BrokenExecutor as error:
        raise BatchocrError(f"the given executor broke ({error}); start a new one and run again") from error
    finally:
        for _, future in pending:
            future.cancel()


def _fill(
    pending: Pending, waiting: Iterator[Chunk], settings: Settings, executor: Executor, window: int
) -> bool:
    """Submit until the window is full; whether anything is pending. On BrokenExecutor no chunk is lost."""
    while len(pending) < window and (chunk := next(waiting, None)) is not None:
        try:
            future = executor.submit(_read_chunk, chunk, settings)
        except BrokenExecutor as error:
            future = Future()
            future.set_exception(error)
        pending.append((chunk, future))
    return bool(pending)


def _through_processes(chunks: Iterable[Chunk], settings: Settings, jobs: int) -> Results:
    """Results of chunks in order from local processes; survives their deaths."""
    waiting = iter(chunks)
    pending: Pending = deque()
    more = True
    while more:
        with _workers(jobs) as executor:
            while more := _fill(pending, waiting, settings, executor, WINDOW_PER_JOB * jobs):
                try:
                    results = pending[0][1].result()
                except BrokenExecutor:
                    break  # and go on with fresh workers
                pending.popleft()
                yield from results
        yield from _salvage(pending, settings, jobs)


def _salvage(pending: Pending, settings: Settings, jobs: int) -> Iterator[PageResult]:
    """Results of what was under way when a worker died: nobody knows by which file, so each goes alone."""
    with ThreadPoolExecutor(jobs) as threads:
        again = [
            future if _is_whole(future) else threads.submit(_read_alone, chunk, settings)
            for chunk, future in pending
        ]
        pending.clear()
        for future in again:
            yield from future.result()


def _is_whole(future: Future[list[PageResult]]) -> bool:
    """Whether a task ended by itself, with results or with an error that is not its worker's death."""
    return future.done() and not future.cancelled() and not isinstance(future.exception(), BrokenExecutor)


def _read_alone(chunk: Chunk, settings: Settings) -> list[PageResult]:
    """Results of a chunk read file by file, each file that kills its worker becoming an error."""
    results: list[PageResult] = []
    left = deque(chunk)
    while left:
        with _workers(1) as executor:
            try:
                while left:
                    results += executor.submit(_read_chunk, (left[0],), settings).result()
                    left.popleft()
            except BrokenExecutor:
                message = "reading it killed the process (out of memory, or a fault in an image library)"
                results.append(PageResult(left.popleft().source.given, 0, error=message))
    return results


# --- worker processes -----------------------------------------------------------------------------------


@contextmanager
def _workers(jobs: int) -> Iterator[Executor]:
    """Local worker processes. Left by an exception (Ctrl-C), they end at once; else with their work."""
    stop_receiver, stop = _CONTEXT.Pipe(duplex=False)
    executor = ProcessPoolExecutor(
        jobs, mp_context=_CONTEXT, initializer=_start_worker, initargs=(stop_receiver,)
    )
    try:
        yield executor
        executor.shutdown(wait=True)
    finally:
        stop.close()
        executor.shutdown(wait=True, cancel_futures=True)
        stop_receiver.close()


def _start_worker(stop: Connection) -> None:
    """Ready a worker: Ctrl-C is its parent's business, it ends with its parent, and OpenCV has one thread."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()
    use_one_thread()


def _end_with_parent(stop: Connection) -> None:
    """Wait until the parent closes its end of the pipe, by choice or by dying, and leave without delay."""
    with suppress(EOFError, OSError):
        stop.recv_bytes()
    os._exit(1)


def use_one_thread() -> None:
    """Keep OpenCV to one thread in this process: the cores are shared out among processes instead."""
    import cv2

    cv2.setNumThreads(1)


_main_lock = threading.Lock()


@contextmanager
def _without_main() -> Iterator[None]:
    """Let a process be spawned that does not run the caller's script again.

    Workers need nothing of it, and a script without `if __name__ == "__main__"` would start workers from
    its workers.
    """
    with _main_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


class _WorkerProcess(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 (the name multiprocessing calls)
        with _without_main():
            return SpawnProcess._Popen(process_obj)


class _WorkerContext(SpawnContext):
    Process = _WorkerProcess


_CONTEXT = _WorkerContext()
