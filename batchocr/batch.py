"""Many pages: files in, one PageResult a page out, in input order whatever finished first.

A task is a few files; its answer is a part of each: TASK_PAGES pages in all, and where to go on. So the
results of a long file come while it is read, and a task never outgrows its worker. Once it is known how many
pages a file has, its rest is handed out in ranges to several workers; what they read is given out in the order
of the pages. Inside a task pages are gathered in groups small enough for memory, whose glyphs go through the
network together. Only a bounded window of tasks is ever submitted, so memory stays flat over a million files.

Errors are values: a file or page that cannot be read costs one PageResult and nothing else. Under a guard pages
are read in a child process; a page that crashes it, hangs or takes too much memory is tried once more alone,
and then becomes an error that says what happened.

What leaves this module out: where it runs. Any `concurrent.futures.Executor` will do.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from .elements import Page, PageFailure, PageResult
from .errors import BatchocrError, ModelError, OutputError, UsageError
from .sources import Source, find_sources
from .stamps import Stamp, stamp_of, with_digest
from .workers import Crew, Guard, LostError, Worker, beat, limit_memory, my_worker

if TYPE_CHECKING:
    from .elements import Predict, Word
    from .recalibration import Recalibration

    Recognize = Callable[[Sequence[Page], Predict, float], list[list[Word]]]

GROUP_PAGES = 4  # pages recognised together: enough glyphs to fill a network batch
GROUP_PIXELS = 4_000_000  # pixels of a group before it is recognised: larger pages fill batches by themselves
TASK_PAGES = 8  # pages of a task at most: two groups; what each worker loses when a run is killed
LOOK_PAGES = 1  # pages of the first task of a file that goes alone: the sooner others can help with the rest
MANY_PAGES = (
    64  # pages of a file from which on its ranges are TASK_PAGES long; below, GROUP_PAGES, to share evenly
)
CHUNK_FILES = 4  # files of a task at most: amortises the hand-over, keeps progress lively
CHUNKS_PER_JOB = 4  # tasks each worker should get at least, so that none waits for the last
WINDOW_PER_JOB = 4  # tasks submitted ahead for each worker; bounds the results that wait for their turn
LOST_IN_A_ROW = 3  # pages of one file given up one after the other, after which the rest is not tried
MANY_PAGED = frozenset({".pdf", ".tif", ".tiff"})  # suffixes of files that may keep several workers busy
TRIES = 3  # of a task whose worker was lost together with its machine, before its files are given up

Model = str | os.PathLike[str] | None  # None is the shipped model


def read_pages(source: Source, first: int) -> Iterable[Page | PageFailure]:
    """The pages of a file from number `first` on; what cannot be read is a PageFailure."""
    from .pages import iter_pages

    return iter_pages(source, first=first)


def _count(source: Source) -> int:
    from .pages import count_pages

    return count_pages(source)


def _load(model: Model) -> Predict:
    from .network.model import load_model

    return load_model(model)


def _recognize(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    from .pipeline import recognize_together

    return recognize_together(pages, predict, review_below=review_below)


@dataclass(frozen=True, slots=True)
class Steps:
    """The things done to a file, as functions (picklable ones where processes are to run them).

    read: the pages from a number on, in order. count: how many there are, asked when one was lost.
    """

    read: Callable[[Source, int], Iterable[Page | PageFailure]] = read_pages
    load: Callable[[Model], Predict] = _load
    recognize: Recognize = _recognize
    count: Callable[[Source], int] = _count


@dataclass(frozen=True, slots=True)
class Settings:
    """How to read; travels to the workers. Raises UsageError on a value that cannot be meant.

    review_below: confidence, 0..1, under which a word goes to review. overlay: folder for marked pages.
    keep_readings: False drops each word's glyph readings, which are most of a result's size.
    digests: whether files are hashed as they are read, to be known again. guard: what a page may cost in a
    child process; None reads in the executor's own. calibration: what confidence is made of, before
    review_below; None leaves it as it is read.
    """

    model: Model = None
    review_below: float = 0.95
    overlay: Path | None = None
    keep_readings: bool = True
    digests: bool = False
    guard: Guard | None = None
    steps: Steps = field(default_factory=Steps)
    calibration: Recalibration | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.review_below <= 1:
            raise UsageError(f"--review-below is a probability from 0 to 1, not {self.review_below:g}")

    def threshold(self) -> float:
        """The confidence as it is read under which a word goes to review."""
        return self.calibration.threshold(self.review_below) if self.calibration else self.review_below

    def calibrated(self, words: list[Word]) -> list[Word]:
        """Words with the confidence that is meant."""
        return self.calibration.applied(words) if self.calibration else words


class File(NamedTuple):
    """One file to read from page `first` (1-based) on, and the name its overlays begin with.

    key: tells the files of a run apart, and rises in input order. stamp: the file as it was when the pages
    before were read. stop: the page to end before, which is for another task; 0 reads to the file's end.
    """

    key: int
    source: Source
    overlay_name: str = ""
    first: int = 1
    stamp: Stamp | None = None
    stop: int = 0


class Part(NamedTuple):
    """Pages of one file that were read together.

    then: the page to go on from; 0 when the file is at its end. stamp: the file as it was, or None if that
    cannot be told. lost: numbers of the pages that were given up for a crash, time or memory. pages: how
    many the file has, where there are more to come and that is known; else 0.
    """

    file: File
    results: tuple[PageResult, ...]
    then: int
    stamp: Stamp | None
    lost: frozenset[int] = frozenset()
    pages: int = 0


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

    jobs: worker processes, by default one a core; 1 reads in this process, where a crash is yours.
    executor: where to run instead. Raises InputError if nothing can be read at all, ModelError, UsageError;
    OutputError if an overlay cannot be written.
    """
    settings = Settings(model, review_below, None if overlay is None else Path(overlay))
    sources, _ = find_sources([os.fspath(item) for item in inputs])
    return read_sources(sources, settings, jobs=jobs, executor=executor)


def usable_cores() -> int:
    """The cores this process may run on: fewer than the machine's inside a container or under taskset."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_jobs(jobs: int | None) -> None:
    """Raise UsageError for a number of processes that cannot be meant."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs is a number of processes from 1 up, not {jobs}")


def read_sources(
    sources: Sequence[Source],
    settings: Settings,
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
) -> Results:
    """Read sources that were already found. Checks the arguments and the model before the first page."""
    check_jobs(jobs)
    if settings.overlay is not None:
        prepare_folder(settings.overlay)
    settings.steps.load(settings.model)  # a bad model is one clear error, not one a worker
    jobs = jobs or usable_cores()
    if not any(_may_be_long(source) for source in sources):
        jobs = min(jobs, max(1, len(sources)))
    files = with_overlay_names(
        [File(key, source) for key, source in enumerate(sources)], wanted=settings.overlay is not None
    )
    return _results(files, settings, jobs, executor)


def _may_be_long(source: Source) -> bool:
    """Whether the file is of a kind that holds many pages."""
    return source.path.suffix.lower() in MANY_PAGED


def _results(files: Sequence[File], settings: Settings, jobs: int, executor: Executor | None) -> Results:
    chunks = chunks_of(files, chunk_size(len(files), jobs))
    if executor is None and jobs > 1:
        settings = replace(settings, guard=settings.guard or Guard())
        with Crew(jobs, settings.guard or Guard()) as crew:
            for part in read_chunks(chunks, settings, crew, window=WINDOW_PER_JOB * jobs):
                yield from part.results
        return
    window = 1 if executor is None else WINDOW_PER_JOB * jobs
    for part in read_chunks(chunks, settings, executor or _Here(), window=window):
        yield from part.results


class _Here(Executor):
    """An executor that runs a task at once, in this thread."""

    def submit(self, function, /, *arguments, **named):  # type: ignore[no-untyped-def]
        future: Future[object] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


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


def with_overlay_names(files: Sequence[File], *, wanted: bool = True) -> Sequence[File]:
    """A name for each file's pictures: its stem, or its whole path where two files share a stem."""
    if not wanted:
        return files
    stems: dict[str, int] = {}
    for file in files:
        stem = file.source.path.stem.casefold()
        stems[stem] = stems.get(stem, 0) + 1
    taken: set[str] = set()
    named = []
    for file in files:
        name = file.source.path.stem
        if stems[name.casefold()] > 1:
            name = file.source.given.strip("./").replace("/", "_")
        named.append(file._replace(overlay_name=_untaken(name, taken)))
    return named


def _untaken(name: str, taken: set[str]) -> str:
    """name, or name-2, name-3, …; compared without case, as some file systems do."""
    candidate, count = name, 1
    while candidate.casefold() in taken:
        count += 1
        candidate = f"{name}-{count}"
    taken.add(candidate.casefold())
    return candidate


def chunk_size(files: int, jobs: int) -> int:
    """Files of a task: one to CHUNK_FILES, few while there are few, so that every worker gets some."""
    return min(CHUNK_FILES, max(1, files // (jobs * CHUNKS_PER_JOB)))


def chunks_of(files: Iterable[File], size: int) -> Iterator[Chunk]:
    """Files in tasks of `size`, the last one shorter."""
    some: list[File] = []
    for file in files:
        some.append(file)
        if len(some) == size:
            yield tuple(some)
            some = []
    if some:
        yield tuple(some)


# --- inside one process ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """One file's part while its task is under way."""

    file: File
    before: Stamp | None
    results: list[PageResult] = field(default_factory=list)
    then: int = 0
    pages: int = 0

    def count(self, count: Callable[[Source], int]) -> None:
        """Look how many pages there are: others may read them, or this was the last."""
        with suppress(Exception):  # damaged; reading on will tell
            self.pages = count(self.file.source)

    def part(self) -> Part:
        """What came of it. A file that is not as it was at the start is an error, and is not to be known again."""
        if self.before is not None and self._has_changed(self.before):
            message = "the file changed while it was being read; run again when it is whole"
            return Part(self.file, (PageResult(self.file.source.given, 0, error=message),), 0, None)
        return Part(self.file, tuple(self.results), self.then, self.before, pages=self.pages)

    def _has_changed(self, before: Stamp) -> bool:
        if self.file.stamp is not None and not before.same_content_likely(self.file.stamp):
            return True
        try:
            return not stamp_of(self.file.source.path).same_content_likely(before)
        except OSError:  # gone, after it was read whole
            return False


Item = tuple[_Reading, Page | PageFailure]


def read_parts(files: Iterable[File], predict: Predict, settings: Settings, most: int) -> list[Part]:
    """A part of each file, at most `most` pages together; one group of pages in memory at a time."""
    readings: list[_Reading] = []
    for group in _groups(_items(files, settings, most, readings)):
        for reading, result in _read_group(group, predict, settings):
            reading.results.append(result)
        del group  # or two groups would be in memory while the next is gathered
        beat()
    return [reading.part() for reading in readings]


def _items(files: Iterable[File], settings: Settings, most: int, readings: list[_Reading]) -> Iterator[Item]:
    """Pages of every file. A reader that raises against its promise costs its file, not the run."""
    count = 0
    for file in files:
        reading = _Reading(file, _stamp(file, settings) if count < most else file.stamp, then=file.first)
        readings.append(reading)
        if count >= most:
            continue  # the task has had its share; the file is for another
        reading.then = 0
        try:
            for page in settings.steps.read(file.source, file.first):
                beat()
                number = page.number if isinstance(page, Page) else page.page
                yield reading, page
                del page
                count += 1
                if number and (count >= most or number + 1 == file.stop):
                    if not (file.stop or reading.pages):
                        reading.count(settings.steps.count)
                    if 0 < reading.pages <= number:
                        continue  # the last; all that may still come is that the file breaks off behind it
                    reading.then = number + 1
                    break
        except Exception as error:
            yield reading, PageFailure(file.source.given, 0, _sentence("cannot be read", error))


def _stamp(file: File, settings: Settings) -> Stamp | None:
    """The file as it is now; None if it cannot be looked at, which reading it will tell."""
    with suppress(OSError, ValueError):
        now = stamp_of(file.source.path)
        if file.stamp is not None and now.same_content_likely(file.stamp):
            return file.stamp  # with its digest, so that a long file is hashed once
        return with_digest(now, file.source.path) if settings.digests and _is_file(file) else now
    return None


def _is_file(file: File) -> bool:
    return file.source.path.is_file()  # hashing a pipe would wait for ever


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


def _read_group(
    group: list[Item], predict: Predict, settings: Settings
) -> Iterator[tuple[_Reading, PageResult]]:
    pages = [item for _, item in group if isinstance(item, Page)]
    results = iter(_recognize_group(pages, predict, settings))
    for reading, item in group:
        if isinstance(item, PageFailure):
            yield reading, PageResult(item.source, item.page, error=item.message)
            continue
        result = next(results)
        if settings.overlay is not None and not result.error:
            _draw(item, result, settings.overlay / f"{reading.file.overlay_name}-p{item.number}.png")
        yield reading, result if settings.keep_readings else _without_readings(result)


def _recognize_group(pages: Sequence[Page], predict: Predict, settings: Settings) -> list[PageResult]:
    """One result a page; if the group fails together, its pages are tried alone and the culprit says why."""
    if not pages:
        return []
    try:
        read = settings.steps.recognize(pages, predict, settings.threshold())
        return [
            PageResult(page.source, page.number, tuple(settings.calibrated(words)))
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
    """`recognition failed (ValueError: …)`, on one line; plain words where memory ran out."""
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError) or "Insufficient memory" in text or "OutOfMemory" in text:
        return f"{what} (it takes too much memory); scan it smaller, or allow more with --page-memory"
    return f"{what} ({type(error).__name__}{': ' + text if text else ''})"


def _draw(page: Page, result: PageResult, path: Path) -> None:
    from .overlay import write_overlay

    write_overlay(page, result.words, path)


def _without_readings(result: PageResult) -> PageResult:
    return replace(result, words=tuple(replace(word, readings=()) for word in result.words))


# --- tasks ----------------------------------------------------------------------------------------------

_loaded = threading.local()  # .key, .predict: one interpreter a thread, since interpreters are not shared


def _predict_of(settings: Settings) -> Predict:
    """This thread's model, loaded on its first task."""
    if getattr(_loaded, "key", None) != (settings.model, settings.steps.load):
        use_one_thread()
        _loaded.predict = settings.steps.load(settings.model)
        _loaded.key = (settings.model, settings.steps.load)
        limit_memory()
        beat()
    predict: Predict = _loaded.predict
    return predict


def read_chunk(chunk: Chunk, settings: Settings, most: int = TASK_PAGES) -> list[Part]:
    """The task an executor runs: a part of each file."""
    if settings.guard is None:
        return read_parts(chunk, _predict_of(settings), settings, most)
    worker = my_worker(settings.guard)
    try:
        return worker.call(_read_chunk, chunk, settings, most)
    except LostError:  # nobody knows by which page, so each goes alone
        return [_read_alone(worker, file, settings, most) for file in chunk]


def _read_chunk(chunk: Chunk, settings: Settings, most: int) -> list[Part]:
    """What a child does."""
    return read_parts(chunk, _predict_of(settings), settings, most)


def check_model(settings: Settings) -> None:
    """Raise ModelError where the pages would be read, if they could not be."""
    if settings.guard is None:
        _predict_of(settings)
        return
    with suppress(LostError):  # told by the first page
        my_worker(settings.guard).call(_load_only, settings)


def _load_only(settings: Settings) -> None:
    _predict_of(settings)


def _read_alone(worker: Worker, file: File, settings: Settings, most: int) -> Part:
    """A part of a file read page by page, each that loses its child becoming an error."""
    results: list[PageResult] = []
    lost: list[int] = []
    here, stamp, pages = file.first, None, 0
    while here and here != file.stop and len(results) < most:
        try:
            (part,) = worker.call(
                _read_chunk, (file._replace(first=here, stamp=stamp or file.stamp),), settings, 1
            )
        except LostError as error:
            stamp = stamp or _stamp(file, settings)
            failure, then = _given_up(worker, file, here, str(error), settings)
            lost.append(failure.page)
            results.append(failure)
            if lost[-LOST_IN_A_ROW:] == list(range(here - LOST_IN_A_ROW + 1, here + 1)) and then:
                lost.append(then)
                results.append(_not_tried(file, then))
                then = 0
        else:
            results += part.results
            stamp, then, pages = part.stamp, part.then, part.pages
        here = then
    return Part(file, tuple(results), here, stamp, frozenset(lost), pages)


def _given_up(worker: Worker, file: File, page: int, why: str, settings: Settings) -> tuple[PageResult, int]:
    """The error of a page that lost its child, and the page to go on from.

    It is the file's own error (page 0) if the file has no other page, or if that cannot be told.
    """
    try:
        count = worker.call(settings.steps.count, file.source)
    except Exception:  # damaged, or even counting loses the child
        count = 0
    number = page if page > 1 or count > 1 else 0
    return PageResult(file.source.given, number, error=why), page + 1 if page < count else 0


def _not_tried(file: File, page: int) -> PageResult:
    message = (
        f"not tried, nor the pages after it, since {LOST_IN_A_ROW} before it were given up; split the file"
    )
    return PageResult(file.source.given, page, error=message)


# --- through executors ----------------------------------------------------------------------------------


def read_chunks(
    chunks: Iterable[Chunk], settings: Settings, executor: Executor, *, window: int, ordered: bool = True
) -> Iterator[Part]:
    """Parts of all files from an executor that is the caller's to start and end.

    window: tasks under way at most. ordered: in the order of the keys, a file's parts together; else as they
    come. Raises BatchocrError if the executor itself breaks.
    """
    return _Flow(chunks, settings, executor, window, ordered=ordered).parts()


class _Task(NamedTuple):
    """What one worker is asked for. most: pages. tries: how often it was lost together with its machine."""

    chunk: Chunk
    most: int = TASK_PAGES
    tries: int = 0


def _rest(part: Part) -> File:
    """The file from the page after a part on."""
    return part.file._replace(first=part.then, stamp=part.stamp)


class _Long:
    """A file whose first part has come and whose rest is read in ranges, several at a time.

    next: the first page not handed out, 0 if all are. due: the page that the next part to be given out begins
    with, 0 if there is none. running: ranges that were handed out and have not come back.
    """

    def __init__(self, part: Part) -> None:
        self._file, self._pages = _rest(part), part.pages
        self.next = self.due = part.then
        self.running = 0
        self._come: dict[int, Part] = {}  # by first page, those whose turn has not come

    def range(self) -> File:
        """The next pages to hand out: up to a multiple of the range's length, so that any run has the same ranges."""
        first, length = self.next, GROUP_PAGES if self._pages < MANY_PAGES else TASK_PAGES
        stop = (first - 1) // length * length + length + 1
        self.next = stop if stop <= self._pages else 0
        self.running += 1
        return self._file._replace(first=first, stop=self.next)

    def in_order(self, part: Part) -> Iterator[Part]:
        """The parts whose turn it is. After one that ends the file before its time nothing more is given out."""
        self.running -= 1
        self._come[part.file.first] = part
        while self.due and (ripe := self._come.pop(self.due, None)):
            self.due = ripe.then
            if not ripe.then:
                self.next = 0
            yield ripe


class _Flow:
    """Tasks on their way through an executor."""

    def __init__(
        self, chunks: Iterable[Chunk], settings: Settings, executor: Executor, window: int, *, ordered: bool
    ) -> None:
        self._fresh = iter(chunks)
        self._settings, self._executor, self._window = settings, executor, window
        self._ordered = ordered
        self._again: deque[_Task] = deque()  # rests of files of unknown length, and lost tasks
        self._long: dict[int, _Long] = {}  # by key
        self._running: dict[Future[list[Part]], _Task] = {}
        self._done: SimpleQueue[Future[list[Part]]] = SimpleQueue()
        self._begun: deque[int] = deque()  # keys of files that are begun and not all given out
        self._held: dict[int, list[Part]] = {}  # parts whose turn has not come

    def parts(self) -> Iterator[Part]:
        """Every part, as it comes or in its turn."""
        try:
            while self._fill():
                future = self._done.get()
                for come in self._outcome(future, self._running.pop(future)):
                    for part in self._in_page_order(come):
                        yield from self._in_turn(part) if self._ordered else (part,)
        finally:
            for future in self._running:
                future.cancel()

    def _fill(self) -> bool:
        """Submit until the window is full; whether anything is under way."""
        while len(self._running) < self._window:
            task = self._again.popleft() if self._again else self._next_range() or self._next_chunk()
            if not task.chunk:
                break
            try:
                future = self._executor.submit(read_chunk, task.chunk, self._settings, task.most)
            except RuntimeError as error:  # of which BrokenExecutor is one
                raise BatchocrError(
                    f"the given executor broke ({error}); start a new one and run again"
                ) from error
            self._running[future] = task
            future.add_done_callback(self._done.put)
        return bool(self._running)

    def _next_range(self) -> _Task | None:
        """Pages of a long file; none while too many of it wait for an earlier one."""
        for long in self._long.values():
            if long.next and long.next - long.due < self._window * TASK_PAGES:
                return _Task((long.range(),))
        return None

    def _next_chunk(self) -> _Task:
        """Files that were not begun; none while too many results wait for their turn."""
        if len(self._begun) >= self._window * CHUNK_FILES:
            return _Task(())
        chunk = next(self._fresh, ())
        if self._ordered:
            self._begun.extend(file.key for file in chunk)
        return _Task(chunk, LOOK_PAGES if len(chunk) == 1 else TASK_PAGES)

    def _outcome(self, future: Future[list[Part]], task: _Task) -> list[Part]:
        """A task's parts. A task that was lost with its machine is tried again, file by file."""
        try:
            return future.result()
        except BatchocrError:
            raise
        except CancelledError as error:
            raise BatchocrError(
                "the workers are gone with their work; start them and run the same command again"
            ) from error
        except Exception as error:
            if task.tries + 1 < TRIES:
                self._again.extend(_Task((file,), task.most, task.tries + 1) for file in task.chunk)
                return []
            message = _sentence("its worker was lost, more than once", error)
            return [
                Part(file, (PageResult(file.source.given, 0, error=message),), 0, None) for file in task.chunk
            ]

    def _in_page_order(self, part: Part) -> Iterator[Part]:
        """What may be given out of a file, now that a part of it has come; what is left of it is then handed out."""
        long = self._long.get(part.file.key)
        if long is None:
            if part.then and part.pages:
                self._long[part.file.key] = _Long(part)
            elif part.then:
                self._again.append(_Task((_rest(part),)))
            yield part
            return
        yield from long.in_order(part)
        if not long.running and not long.next:
            del self._long[part.file.key]

    def _in_turn(self, part: Part) -> Iterator[Part]:
        """What may be given out, now that a part has come: all of the first file, then of the next."""
        self._held.setdefault(part.file.key, []).append(part)
        while self._begun and (parts := self._held.pop(self._begun[0], None)):
            if not parts[-1].then:
                self._begun.popleft()
            yield from parts


def use_one_thread() -> None:
    """Keep OpenCV to one thread in this process: the cores are shared out among processes instead."""
    import cv2

    cv2.setNumThreads(1)
