"""Files that are there whole or not at all: written under another name, then renamed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchocr.errors import OutputError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A name beside path to write to; path itself appears, or changes, only when all went well.

    Raises OutputError where the file cannot be written.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")  # the suffix tells writers the format
    try:
        yield part
        part.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path}: cannot be written ({reason}); choose another place with -o") from None
    finally:
        part.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Raise OutputError unless files can be made in a folder: better now than after an hour's work."""
    if not folder.is_dir():
        raise OutputError(f"{folder}: no such folder; make it first or choose another place with -o")
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{folder}: not writable ({reason}); choose another place with -o") from None


def make_folder(folder: Path) -> None:
    """Make a folder, if the one above it is there, and see that files can be made in it."""
    if not folder.exists():
        try:
            folder.mkdir()
        except FileNotFoundError:
            raise OutputError(f"{folder}: the folder above it does not exist; create it first") from None
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"{folder}: cannot be made ({reason}); choose another place with -o") from None
    elif not folder.is_dir():
        raise OutputError(f"{folder}: is a file, and a folder is needed; choose another place with -o")
    check_writable(folder)
