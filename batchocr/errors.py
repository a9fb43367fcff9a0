"""The tree of errors; each owns its exit code, and every message names the file and the remedy.

BatchocrError            1  unexpected fault
├── UsageError           2  arguments that cannot be meant
│   └── InputError       2  a named path that is not there, or holds no pages
├── PageError            3  one page or file cannot be read (becomes an `error` row)
├── ModelError           4  a model or form file is unusable
└── OutputError          5  the table cannot be written
"""

from __future__ import annotations


class BatchocrError(Exception):
    """Base of all errors that batchocr raises on purpose."""

    exit_code = 1


class UsageError(BatchocrError):
    """Arguments that cannot be meant."""

    exit_code = 2


class InputError(UsageError):
    """A named input that does not exist or holds no pages."""


class PageError(BatchocrError):
    """One page or file cannot be read; the run goes on and the table gets an `error` row."""

    exit_code = 3


class ModelError(BatchocrError):
    """A model or form file is missing, corrupt or of the wrong shape."""

    exit_code = 4


class OutputError(BatchocrError):
    """A table, overlay or other output cannot be written."""

    exit_code = 5


def words_of(error: Exception) -> str:
    """An error in words on one line, without paths or addresses that differ from run to run."""
    words = " ".join(str((isinstance(error, OSError) and error.strerror) or error).split())
    return type(error).__name__ if not words or "<" in words or " at 0x" in words else words[:120].rstrip(".")
