"""Whether a file is still the one that was read: size, times, and a hash of its content.

The times make the answer quick, the hash makes it true: a file whose size and times are as they were is the
same; one whose times alone differ is the same if its hash is. Left out: watching files while nothing runs.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

READ_BYTES = 1 << 20  # bytes hashed at a time


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file at one moment.

    size: bytes. modified: ns. changed: ns of the last change to content, name or permissions, which nobody can
    set back; 0 where the system has no such time. digest: SHA-256 in hexadecimal, empty if not taken.
    """

    size: int
    modified: int
    changed: int
    digest: str = ""

    def same_times(self, other: Stamp) -> bool:
        """Whether nothing can have touched the file in between, so that no hash need be taken."""
        return 0 < self.changed == other.changed and self.same_content_likely(other)

    def same_content_likely(self, other: Stamp) -> bool:
        """Whether size and modification time agree; enough within one run."""
        return (self.size, self.modified) == (other.size, other.modified)


def stamp_of(path: Path) -> Stamp:
    """A file's stamp without its digest. Raises OSError."""
    status = path.stat()
    changed = status.st_ctime_ns if os.name == "posix" else 0  # elsewhere it is the time of creation
    return Stamp(status.st_size, status.st_mtime_ns, changed)


def with_digest(stamp: Stamp, path: Path) -> Stamp:
    """The stamp with the digest of the file's content. Raises OSError."""
    return replace(stamp, digest=digest_of(path))


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
