"""Paths -> the files to read: named files, folders walked in natural order, names on standard input.

Nothing is opened here but folders. Left out: what a file holds, which `pages` tells.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .errors import InputError, words_of

SUFFIXES = frozenset(  # compared in lower case
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".gif", ".webp"}
    | {".pnm", ".pgm", ".ppm", ".pbm", ".pdf"}
)
STDIN = "-"  # the argument that stands for paths on standard input


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read. given: the table's `source`, printable and with `/`. path: where it is."""

    given: str
    path: Path


def expand_stdin(inputs: Iterable[str], stream: Iterable[str] | Iterable[bytes]) -> Iterator[str]:
    """The inputs with `-` replaced by the lines of stream, each a path; empty lines are dropped.

    A stream of bytes (`sys.stdin.buffer`) keeps names that are not UTF-8. Only the first `-` finds lines.
    """
    for item in inputs:
        if item == STDIN:
            lines = (os.fsdecode(line).rstrip("\r\n") for line in stream)
            yield from (line for line in lines if line)
        else:
            yield item


def find_sources(inputs: Iterable[str]) -> tuple[list[Source], int]:
    """The files to read, in the order named and natural order within folders, each file once.

    Also counts the files that were skipped in folders because their suffix is none of SUFFIXES. What cannot
    be looked into below a named folder stays in the list, so that it costs an error row and not silence.
    Raises InputError for a named path that is missing, is of a foreign kind, or is a folder without pages.
    """
    walk = Walk(inputs)
    found: dict[str, Source] = {}
    for source in walk:
        found.setdefault(os.path.realpath(source.path), source)
    return list(found.values()), walk.skipped


class Walk:
    """The files to read, one after the other as they are found; a file named twice comes twice.

    Raises what `find_sources` raises, when it comes to it. skipped: files of other kinds so far. The names of
    the folders that are open are in memory, and no others.
    """

    def __init__(self, inputs: Iterable[str]) -> None:
        self._inputs = inputs
        self.skipped = 0

    def __iter__(self) -> Iterator[Source]:
        named = False
        for item in self._inputs:
            named = True
            yield from self._sources_of(item)
        if not named:
            raise InputError(
                "no files to read were named; name files or folders, or give paths on standard input"
            )

    def _sources_of(self, item: str) -> Iterator[Source]:
        """One argument's files."""
        path, name = Path(item), printable(item)
        try:
            kind = path.stat().st_mode
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError)
            why = "does not exist" if missing else f"cannot be opened ({words_of(error)})"
            raise InputError(f"{name}: {why}; check the spelling and the permissions") from None
        if stat.S_ISDIR(kind):
            yield from self._sources_below(path, name)
            return
        if not stat.S_ISREG(kind):
            raise InputError(
                f"{name}: is neither a file nor a folder; save its pages to a file and name that"
            )
        if not _has_page_suffix(item):
            raise InputError(f"{name}: is not a kind of file that holds pages; name an image or a PDF")
        yield Source(name, path)

    def _sources_below(self, folder: Path, name: str) -> Iterator[Source]:
        """Every page file below a folder, depth first in natural order."""
        entered: set[str] = set()  # resolved folders, so that a loop of symbolic links ends
        try:
            waiting = [_Level(folder, name.rstrip("/"), iter(_entries(folder, entered)))]
        except OSError as error:
            raise InputError(f"{name}: cannot be opened ({words_of(error)}); check its permissions") from None
        found = False
        while waiting:
            entry = next(waiting[-1].entries, None)
            if entry is None:
                waiting.pop()
                continue
            path, given = waiting[-1].path / entry, f"{waiting[-1].given}/{printable(entry)}"
            if path.is_dir():
                try:
                    waiting.append(_Level(path, given, iter(_entries(path, entered))))
                    continue
                except OSError:
                    pass  # reading it will say why it cannot be opened
            elif not _has_page_suffix(entry):
                self.skipped += 1
                continue
            found = True
            yield Source(given, path)
        if not found:
            raise InputError(f"{name}: the folder holds no images or PDFs; name a folder with scanned pages")


class _Level(NamedTuple):
    """A folder on the way down, and its names that were not yet looked at."""

    path: Path
    given: str
    entries: Iterator[str]


def _entries(folder: Path, entered: set[str]) -> list[str]:
    """The visible names in a folder in natural order; none if it was entered before."""
    resolved = os.path.realpath(folder)
    if resolved in entered:
        return []
    entered.add(resolved)
    visible = (entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    return sorted(visible, key=_natural)


def _natural(name: str) -> tuple[list[str | int], str]:
    """A sort key by which page2 comes before page10; even places are text, odd ones numbers."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], name


def _has_page_suffix(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - a Path would drop a trailing dot


def printable(path: str) -> str:
    r"""The path with `/` between its parts, and \xff for bytes of a name that are not UTF-8."""
    slashed = path if os.sep == "/" else path.replace(os.sep, "/")
    return slashed.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
