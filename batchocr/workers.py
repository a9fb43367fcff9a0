"""Child processes that may crash, hang or run out of memory, and cost only the page they were on.

A `Worker` is one child; `call` runs a function in it. A child that dies, or that says nothing for too long and
is killed, raises `LostError` with a sentence that says what happened, and the next call starts a fresh one. A
child ends with its parent, however that ends. A `Crew` is an executor of threads with a child each.

Children are started as `python -c`, not by multiprocessing: so the caller's script is not run again, it works
below daemonic processes (Dask's workers), and there is nothing to leak. Messages are pickles with their length
before them, tasks on standard input, answers on standard output. Left out: what the functions do.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TypeVar

from .errors import BatchocrError, UsageError

T = TypeVar("T")

PAGE_SECONDS = 120.0  # without a sign of life: a page of 100 million pixels takes 20 s on a slow core
PAGE_MEMORY = 4096  # MiB that pages may take beyond what the child has when it is ready
MIB = 1 << 20
LENGTH = struct.Struct(">Q")
BOOT = "import json, sys; sys.path = json.loads(sys.argv[1]); from batchocr.workers import serve; serve(sys.argv[2:])"
STATUS_FILE = Path("/proc/self/statm")  # Linux: first number is the address space in memory pages


class LostError(Exception):
    """A child ended while it worked. The text says why, and what can be done, in words."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a page may cost. Raises UsageError on a value that cannot be meant.

    seconds: without a sign of life (a page opened, a page read). memory: MiB of address space, beyond what the
    child has before its first page; kept on Linux only.
    """

    seconds: float = PAGE_SECONDS
    memory: int = PAGE_MEMORY

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise UsageError(f"--page-seconds is a time above 0, not {self.seconds:g}")
        if self.memory < 1:
            raise UsageError(f"--page-memory is a number of MiB from 1 up, not {self.memory}")


# --- in the parent --------------------------------------------------------------------------------------


_ahead: list[subprocess.Popen[bytes]] = []  # the child that was started before it was needed


@contextmanager
def started_ahead(modules: Sequence[str]) -> Iterator[int]:
    """Start a child now, which imports these modules while the caller makes up its mind; the first worker has it.

    It prints nothing: whoever wants to hear its libraries does without. One that nobody needed ends here. Yields
    its process id.
    """
    child = _start(modules, stderr=subprocess.DEVNULL)
    _ahead.append(child)
    try:
        yield child.pid
    finally:
        if child in _ahead:
            _ahead.remove(child)
            child.kill()
            child.communicate()


def _start(modules: Sequence[str] = (), stderr: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", BOOT, json.dumps(sys.path), *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        start_new_session=True,  # Ctrl-C on the terminal is the parent's business
    )


def _child() -> subprocess.Popen[bytes]:
    """A child that waits for tasks: the one started ahead, or a new one."""
    try:
        return _ahead.pop()
    except IndexError:
        return _start()


class Worker:
    """One child process, started when it is first needed; for one thread at a time."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()  # between `call`, the timer and `stop`
        self._timed_out = self._stopped = False

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns or raises in the child. Raises LostError if the child ended."""
        process = self._started()
        try:
            _send(process.stdin, pickle.dumps((self._guard.memory, function, arguments)))
            raised, value = self._answer(process)
        except (OSError, EOFError):
            raise LostError(self._why(process)) from None
        except BaseException:  # Ctrl-C: whatever the child still says belongs to nobody
            self._end(process)
            raise
        if raised:
            raise value
        return value  # type: ignore[no-any-return]

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise LostError("the run has ended")
            if self._process is None:
                self._timed_out = False
                self._process = _child()
            return self._process

    def _answer(self, process: subprocess.Popen[bytes]) -> tuple[bool, Any]:
        """Whether the function raised, and its value; every sign of life before it buys more time."""
        while True:
            timer = threading.Timer(self._guard.seconds, self._time_out, (process,))
            timer.daemon = True
            timer.start()
            try:
                message = _receive(process.stdout)
            finally:
                timer.cancel()
            if message:
                answer: tuple[bool, Any] = pickle.loads(message)
                return answer

    def _time_out(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if process is self._process:
                self._timed_out = True
                process.kill()

    def _why(self, process: subprocess.Popen[bytes]) -> str:
        """What ended the child, when its pipe has closed."""
        code = self._end(process)
        if self._timed_out:
            return (
                f"reading it took longer than {self._guard.seconds:g} s; "
                "scan it smaller, or allow more with --page-seconds"
            )
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
        if name == "SIGKILL":
            return "reading it ended the process (SIGKILL, most likely for want of memory); scan it smaller, or use fewer --jobs"
        return f"reading it ended the process ({name}, a fault in an image library); scan it again or save it as PNG"

    def _end(self, process: subprocess.Popen[bytes]) -> int:
        """End the child if it still runs, and forget it; its exit code."""
        with self._lock:
            if process is self._process:
                self._process = None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what could not be sent
                    pipe.close()
        try:
            return process.wait(1)  # a dying child is given the time to say of what
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def stop(self) -> None:
        """Kill the child at once; whoever waits for it gets LostError. The worker can not be used again."""
        with self._lock:
            self._stopped = True
            process = self._process
            if process is not None:
                process.kill()

    def close(self) -> None:
        """End an idle child."""
        self.stop()
        process = self._process
        if process is not None:
            self._end(process)


def _send(pipe: IO[bytes] | None, message: bytes) -> None:
    if pipe is None:
        raise EOFError
    pipe.write(LENGTH.pack(len(message)) + message)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> bytes:
    """The next message. Raises EOFError where there is none."""
    head = b"" if pipe is None else pipe.read(LENGTH.size)
    if pipe is None or len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    message = pipe.read(length)
    if len(message) < length:
        raise EOFError
    return message


_mine = threading.local()  # .workers: this thread's children, by guard


def my_worker(guard: Guard) -> Worker:
    """This thread's own worker, made on its first call."""
    workers: dict[Guard, Worker] = _mine.__dict__.setdefault("workers", {})
    if guard not in workers:
        workers[guard] = Worker(guard)
    return workers[guard]


class Crew(ThreadPoolExecutor):
    """An executor of `jobs` threads, each of which calls its own child through `my_worker`.

    Left by an exception (Ctrl-C), the children are killed; else they end with their work.
    """

    def __init__(self, jobs: int, guard: Guard) -> None:
        self._guard = guard
        self._workers: list[Worker] = []
        self._ended = False
        super().__init__(jobs, "batchocr-worker", self._hire)

    def _hire(self) -> None:
        worker = my_worker(self._guard)
        self._workers.append(worker)
        if self._ended:  # while this thread was starting
            worker.stop()

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if kind is not None:
            self._ended = True
            for worker in self._workers:
                worker.stop()
        self.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.close()


# --- in the child ---------------------------------------------------------------------------------------


class _Child:
    """What the child knows of itself; in the parent, nothing."""

    out: IO[bytes] | None = None
    memory = 0  # MiB
    limited = False


def beat() -> None:
    """Tell the parent that work goes on. Does nothing outside a child."""
    if _Child.out is not None:
        _send(_Child.out, b"")


def limit_memory() -> None:
    """From now on the child may take its pages' share of memory and no more. Does nothing outside a child."""
    if _Child.out is None or _Child.limited or not STATUS_FILE.exists():
        return
    import resource

    _Child.limited = True
    now = int(STATUS_FILE.read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = now + _Child.memory * MIB
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def serve(modules: Sequence[str] = ()) -> None:
    """Answer the parent's tasks until it closes the pipe or dies. modules: to import before the first task."""
    tasks_in, _Child.out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nowhere:  # noqa: PTH123 (a device, not a path)
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)  # a library that prints must not be taken for an answer
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_take, args=(tasks_in, tasks), daemon=True).start()
    for name in modules:
        with suppress(Exception):  # the task that needs it will tell
            import_module(name)
    while True:
        message = _done(tasks.get())
        try:
            _send(_Child.out, message)
        except OSError:
            os._exit(1)


def _take(pipe: IO[bytes], tasks: queue.SimpleQueue[bytes]) -> None:
    """Wait for tasks beside the work, so that a parent's end is noticed in the middle of a page."""
    with suppress(EOFError, OSError):
        while True:
            tasks.put(_receive(pipe))
    os._exit(1)


def _done(task: bytes) -> bytes:
    """Run a task; the pickle of what came of it."""
    try:
        _Child.memory, function, arguments = pickle.loads(task)
        return pickle.dumps((False, function(*arguments)))
    except BaseException as error:
        if isinstance(error, BatchocrError):
            return pickle.dumps((True, error))
        return pickle.dumps((True, RuntimeError(f"{type(error).__name__}: {error}")))
