"""Rows out: page results to CSV, JSONL or Parquet, and tables back in for scoring.

CSV follows RFC 4180 with `\\n` line ends and UTF-8. A file is written under a temporary name in its own
folder and renamed at the end, so that what stands under the final name is always whole; a device or pipe is
written to directly. Left out: what the rows mean, and any conversion of text to numbers, ever.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TextIO

from .errors import InputError, OutputError, UsageError

if TYPE_CHECKING:
    from .elements import Box, PageResult, Word

Value = str | int | float | None
Row = Sequence[Value]

WORD_COLUMNS = (
    "source", "page", "field", "line", "word", "text", "confidence", "status",
    "left", "top", "right", "bottom", "message",
)  # fmt: skip
GLYPH_COLUMNS = (
    "source", "page", "field", "line", "word", "position", "text", "confidence",
    "second", "second_confidence", "left", "top", "right", "bottom",
)  # fmt: skip
INTEGER_COLUMNS = frozenset({"page", "line", "word", "position", "left", "top", "right", "bottom"})
PROBABILITY_COLUMNS = frozenset({"confidence", "second_confidence"})
DECIMALS = 4  # of a probability
PARQUET_ROWS = 20_000  # rows of a Parquet row group: a few MB in memory


def word_rows(result: PageResult) -> list[Row]:
    """The words table's rows of one page: one a word, or the one `error` row."""
    if result.error:
        blanks = [None] * 4
        return [
            (result.source, result.page, "", None, None, "", None, "error", *blanks, result.error),
        ]
    return [_word_row(result, word) for word in result.words]


def _word_row(result: PageResult, word: Word) -> Row:
    place = (result.source, result.page, "", word.line, word.word)
    return (*place, word.text, word.confidence, word.status, *_edges(word.box), word.message)


def glyph_rows(result: PageResult) -> list[Row]:
    """The glyphs table's rows of one page: one a reading; position is 1-based within the word."""
    return [
        (result.source, result.page, "", word.line, word.word, position,
         reading.text, reading.confidence, reading.second, reading.second_confidence, *_edges(reading.box))
        for word in result.words
        for position, reading in enumerate(word.readings, start=1)
    ]  # fmt: skip


def _edges(box: Box) -> tuple[int, int, int, int]:
    # arrays of numpy yield their own integers, which json and csv would write differently
    return int(box.left), int(box.top), int(box.right), int(box.bottom)


class Table(Protocol):
    """An open table; rows are written as they come."""

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows, each with one value a column."""

    def finish(self) -> None:
        """Write what is still held back."""


class _CsvTable:
    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._file, self._columns = file, columns
        self._file.write(_csv_line(columns))

    def write(self, rows: Iterable[Row]) -> None:
        self._file.write(b"".join(_csv_line(_csv_values(row, self._columns)) for row in rows))

    def finish(self) -> None:
        self._file.flush()


def _csv_values(row: Row, columns: Sequence[str]) -> Iterator[str]:
    for name, value in zip(columns, row, strict=True):
        if value is None:
            yield ""
        else:
            yield f"{value:.{DECIMALS}f}" if name in PROBABILITY_COLUMNS else str(value)


def _csv_line(values: Iterable[str]) -> bytes:
    return (",".join(_csv_field(value) for value in values) + "\n").encode("utf-8", "backslashreplace")


def _csv_field(value: str) -> str:
    """Quoted if RFC 4180 asks for it; Python's own writer leaves a lone carriage return unquoted."""
    if any(character in value for character in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


class _JsonlTable:
    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._file, self._columns = file, columns

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            record = dict(zip(self._columns, map(_rounded, row), strict=True))
            line = json.dumps(record, ensure_ascii=False) + "\n"
            self._file.write(line.encode("utf-8", "backslashreplace"))

    def finish(self) -> None:
        self._file.flush()


def _rounded(value: Value) -> Value:
    return round(float(value), DECIMALS) if isinstance(value, float) else value


class _ParquetTable:
    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise UsageError(
                "a .parquet table needs pyarrow: pip install 'batchocr[parquet]', or name a .csv file"
            ) from None
        self._arrow = pyarrow
        kinds = {name: pyarrow.int32() for name in INTEGER_COLUMNS}
        kinds |= {name: pyarrow.float64() for name in PROBABILITY_COLUMNS}
        self._schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in columns])
        self._writer = pyarrow.parquet.ParquetWriter(file, self._schema)
        self._file = file
        self._rows: list[Row] = []

    def write(self, rows: Iterable[Row]) -> None:
        self._rows += rows
        if len(self._rows) >= PARQUET_ROWS:
            self._write_group()

    def _write_group(self) -> None:
        columns = [[_arrow_value(value) for value in column] for column in zip(*self._rows, strict=True)]
        self._rows = []
        self._writer.write_table(self._arrow.table(columns, schema=self._schema))

    def finish(self) -> None:
        if self._rows:
            self._write_group()
        self._writer.close()
        self._file.flush()


def _arrow_value(value: Value) -> Value:
    """Rounded, and a file name that is not UTF-8 with its odd bytes escaped, as in the other formats."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return _rounded(value)


def _kind_of(path: Path | None) -> Callable[[IO[bytes], Sequence[str]], Table]:
    """The format by the file's ending: .jsonl, .parquet, and CSV for anything else."""
    suffix = "" if path is None else path.suffix.lower()
    if suffix == ".parquet":
        return _ParquetTable
    return _JsonlTable if suffix == ".jsonl" else _CsvTable


@contextmanager
def open_table(path: Path | None, columns: Sequence[str]) -> Iterator[Table]:
    """A table to write rows to; None is standard output, as CSV.

    The file appears under its name when the block ends, and not at all when it ends by an exception.
    Raises OutputError, before any row, if the place cannot be written, and when a write fails;
    BrokenPipeError if the reader of standard output has gone.
    """
    name = "standard output" if path is None else str(path)
    with _explained(name):
        place: _Place = _StandardOutput() if path is None else _place_of(path)
    table: Table | None = None
    try:
        with _explained(name):
            table = _kind_of(path)(place.file, columns)
            place.show()
        yield _ExplainedTable(table, place, name)
        with _explained(name):
            table.finish()
            place.commit()
    except BaseException:
        with suppress(Exception):  # the first error is the one to tell
            if table is not None:
                table.finish()
        place.discard()
        raise


def check_table(path: Path) -> None:
    """Raise OutputError or UsageError if a table could not be written here, before work is spent on it."""
    with _explained(str(path)):
        place = _place_of(path)
        try:
            if not isinstance(place, _Device):
                _kind_of(path)(place.file, WORD_COLUMNS).finish()
        finally:
            place.discard()


class _ExplainedTable:
    """A table whose failing writes name it; what else fails while it is open is none of its business."""

    def __init__(self, table: Table, place: _Place, name: str) -> None:
        self._table, self._place, self._name = table, place, name

    def write(self, rows: Iterable[Row]) -> None:
        with _explained(self._name):
            self._table.write(rows)
            self._place.show()

    def finish(self) -> None:
        self._table.finish()


REMEDIES = {
    errno.ENOENT: "its folder does not exist; create the folder first",
    errno.ENOTDIR: "its folder is a file; name another place",
    errno.EISDIR: "is a folder; name a file in it",
    errno.EACCES: "not permitted to write here; change the permissions or name another place",
    errno.EPERM: "not permitted to write here; change the permissions or name another place",
    errno.EROFS: "the file system is read-only; name another place",
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.ENAMETOOLONG: "the name is too long; name a shorter one",
    errno.EFBIG: "the file grew beyond the allowed size; name a place without that limit",
}


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn an OSError into an OutputError that names the table; a broken pipe stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = REMEDIES.get(error.errno or 0, f"cannot be written ({reason}); name another place")
        raise OutputError(f"{name}: {remedy}") from error


class _Place(Protocol):
    """Where bytes go, and what becomes of them when the run ends well or badly."""

    file: IO[bytes]

    def show(self) -> None:
        """Let a reader at the other end see what was written so far."""

    def commit(self) -> None:
        """Make what was written the table."""

    def discard(self) -> None:
        """Leave nothing half-written; never raises."""


class _StandardOutput:
    def __init__(self) -> None:
        self.file: IO[bytes] = sys.stdout.buffer

    def show(self) -> None:
        self.file.flush()

    commit = show

    def discard(self) -> None:
        pass


class _Device:
    """A device or named pipe: there is nothing to rename."""

    def __init__(self, path: Path) -> None:
        self.file: IO[bytes] = path.open("wb")

    def show(self) -> None:
        self.file.flush()

    def commit(self) -> None:
        self.file.close()

    def discard(self) -> None:
        with suppress(OSError):
            self.file.close()


class _TemporaryFile:
    """A hidden file in the target's folder that takes its name at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self.file: IO[bytes] = self._temporary.open("wb")

    def show(self) -> None:
        pass  # nobody reads it yet

    def commit(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())  # or a power cut could leave the name without its content
        self.file.close()
        if self._path.exists():
            shutil.copymode(self._path, self._temporary)
        self._temporary.replace(self._path)

    def discard(self) -> None:
        with suppress(OSError):
            self.file.close()
        with suppress(OSError):
            self._temporary.unlink()


def _place_of(path: Path) -> _Place:
    """Where a table of this name is written. Raises OSError if it cannot be."""
    path = Path(os.path.realpath(path))  # through a link, as an ordinary write goes
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if path.exists() and not path.is_file():
        return _Device(path)
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "not writable")
    return _TemporaryFile(path)


def read_table(path: Path, columns: Iterable[str] = ()) -> list[dict[str, str]]:
    """A table's rows, every value as text ("" where there is none), from CSV, JSONL or Parquet.

    Raises InputError if the file is missing, no such table, or lacks one of `columns`.
    """
    try:
        names, rows = _read_rows(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the file") from None
    except (ValueError, csv.Error) as error:  # bad UTF-8, bad JSON, bad Parquet
        raise InputError(f"{path}: is not a table that can be read ({error}); check the file") from None
    missing = [name for name in columns if name not in names]
    if missing:
        raise InputError(f"{path}: lacks the column {', '.join(missing)}; its header has {', '.join(names)}")
    return rows


def _read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        return _read_jsonl(file) if path.suffix.lower() == ".jsonl" else _read_csv(file)


def _read_csv(file: TextIO) -> tuple[list[str], list[dict[str, str]]]:
    reader = csv.DictReader(file, restval="")
    names = list(reader.fieldnames or [])
    return names, [{name: row[name] or "" for name in names} for row in reader]


def _read_jsonl(file: TextIO) -> tuple[list[str], list[dict[str, str]]]:
    rows = [_as_text(json.loads(line)) for line in file if line.strip()]
    # a table without rows has no header in this format; it has the words table's columns by definition
    return (list(rows[0]) if rows else list(WORD_COLUMNS)), rows


def _as_text(record: object) -> dict[str, str]:
    if not isinstance(record, dict):
        raise ValueError("a line that is not a JSON object")
    return {str(name): "" if value is None else str(value) for name, value in record.items()}


def _read_parquet(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise UsageError(f"{path}: reading it needs pyarrow: pip install 'batchocr[parquet]'") from None
    table = pyarrow.parquet.read_table(io.BytesIO(path.read_bytes()))
    return list(table.column_names), [_as_text(record) for record in table.to_pylist()]
