"""What a person sees of a run on standard error: one line that moves, and one paragraph at the end.

The line appears only on a terminal. Left out: colours and bars, which cost start-up time and say no more.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from .elements import PageResult

REDRAW_SECONDS = 0.1  # between redraws: smooth to the eye, free to the machine
CLEAR_LINE = "\r\x1b[K"


@dataclass(slots=True)
class Tally:
    """Counts of a run so far; files are those that are at their end."""

    pages: int = 0
    strings: int = 0
    review: int = 0
    failed: int = 0
    files: int = 0

    def add(self, result: PageResult) -> None:
        """Count one page."""
        if result.error:
            self.failed += 1
            return
        self.pages += 1
        self.strings += len(result.words)
        self.review += sum(word.status == "review" for word in result.words)


def summary(
    tally: Tally, seconds: float, *, kept: int = 0, skipped: int = 0, repeated: int = 0, output: str = ""
) -> str:
    """The paragraph at the end: pages, strings, to review, failed, skipped, and where the table is.

    kept: pages that an earlier run had read.
    """
    before = f" ({kept:,} of them by an earlier run)" if kept else ""
    parts = [
        f"{_count(tally.pages, 'page')} read in {seconds:.1f} s{before}",
        _count(tally.strings, "string"),
        f"{tally.review:,} to review",
        f"{tally.failed:,} failed",
    ]
    if skipped:
        parts.append(f"{_count(skipped, 'file')} of other kinds skipped")
    if repeated:
        parts.append(f"{_count(repeated, 'file')} named more than once and read once")
    return ", ".join(parts) + (f". Table: {output}" if output else ".")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Progress:
    """A line `12 pages, 3.1 pages/s, 4 of 20 files, 0:18 left`, redrawn in place; silent unless wanted."""

    def __init__(
        self, files: int, stream: TextIO, *, wanted: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.files, self._stream, self._clock = files, stream, clock
        self._wanted = wanted and stream.isatty()
        self._start = clock()
        self._drawn = float("-inf")

    def update(self, tally: Tally) -> None:
        """Redraw, at most every REDRAW_SECONDS."""
        now = self._clock()
        if self._wanted and now - self._drawn >= REDRAW_SECONDS:
            self._drawn = now
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(CLEAR_LINE + self._line(tally, now - self._start)[:width])
            self._stream.flush()

    def _line(self, tally: Tally, seconds: float) -> str:
        pages = tally.pages + tally.failed
        line = f"{_count(pages, 'page')}, {pages / max(seconds, 1e-3):.1f} pages/s"
        line += f", {tally.files:,} of {_count(self.files, 'file')}"
        if tally.files:
            line += f", {_clock_time(seconds / tally.files * (self.files - tally.files))} left"
        return line

    def clear(self) -> None:
        """Wipe the line, before anything else is written to the terminal."""
        if self._wanted:
            self._stream.write(CLEAR_LINE)
            self._stream.flush()


def _clock_time(seconds: float) -> str:
    """`0:18`, `12:05`, `3:20:00`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


BAR_WIDTH = 24  # characters


class TrainingProgress:
    """How a training goes: a plain line an epoch, and on a terminal a bar that moves between them."""

    def __init__(
        self,
        epochs: int,
        steps: int,
        stream: TextIO,
        *,
        done: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._epochs, self._steps, self._stream, self._clock = epochs, steps, stream, clock
        self._before = done  # epochs of an earlier run
        self._start = clock()
        self._drawn = float("-inf")

    def step(self, epoch: int, step: int, loss: float, accuracy: float) -> None:
        """Redraw the bar, at most every REDRAW_SECONDS; epoch and step count from 1."""
        now = self._clock()
        if not self._stream.isatty() or now - self._drawn < REDRAW_SECONDS:
            return
        self._drawn = now
        full = BAR_WIDTH * step // max(1, self._steps)
        line = f"{self._name(epoch)} [{'#' * full}{'.' * (BAR_WIDTH - full)}]  loss {loss:.4f}"
        line += f"  accuracy {accuracy:.4f}  {self.left(epoch - 1 + step / max(1, self._steps))}"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(CLEAR_LINE + line[:width])
        self._stream.flush()

    def epoch(self, number: int, figures: str, seconds: float) -> None:
        """Write the line of an epoch that is over."""
        self.say(f"{self._name(number)}  {figures}  {seconds:.1f} s, {self.left(number)}")

    def say(self, line: str) -> None:
        """Write a line, the bar being wiped first."""
        self._stream.write((CLEAR_LINE if self._stream.isatty() else "") + line + "\n")
        self._stream.flush()

    def left(self, epochs_done: float) -> str:
        """`0:18 left`, from the pace of this run."""
        pace = (self._clock() - self._start) / max(epochs_done - self._before, 1e-3)
        return f"{_clock_time(pace * (self._epochs - epochs_done))} left"

    def _name(self, epoch: int) -> str:
        return f"epoch {epoch:{len(str(self._epochs))}}/{self._epochs}"
