"""The job: one SQLite database beside the table that holds all that was read, and what people said of it.

A page is one transaction, so that a run that ends anyhow (Ctrl-C, kill -9, power) goes on where it was, and
ends with the table that an uninterrupted run gives. Tables are written from the job, never from memory.
Corrections are only ever added; the latest that was not undone counts. The schema is told in docs/job.md.

Left out: reading pages, and serving them for review.
"""

from __future__ import annotations

import glob
import math
import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, NamedTuple, get_args

from .elements import Box, PageResult, Reading
from .errors import BatchocrError, OutputError, UsageError
from .sources import Source
from .stamps import Stamp, stamp_of, with_digest
from .tables import GLYPH_COLUMNS, WORD_COLUMNS, Row, Value, glyph_rows, open_table, word_rows

if TYPE_CHECKING:
    import random

    from .workers import Guard

APPLICATION = 0x424F4352  # "BOCR": SQLite's application_id, which marks the file as ours
VERSION = 1  # of the schema: SQLite's user_version
SUFFIX = ".job"
WAL_PAUSE = 0.02  # seconds between two tries to turn a new job to write-ahead logging
CACHE_KIB = 512  # of the database in memory: SQLite's 2,000 would fill up over thousands of pages
BUSY_SECONDS = 30.0  # to wait for another process, the review, to end its transaction
SURE = 0.99  # confidence from which a glyph need not be looked at, unless it is its word's least sure
FETCH = 256  # files fetched at a time while others are written

What = Literal["correct", "confirm", "not a number", "blank", "skip", "undo"]
WHATS: tuple[What, ...] = get_args(What)

# made by whoever comes first, a run or a review; for one who comes at the same moment it is there already
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    id       INTEGER PRIMARY KEY,
    place    INTEGER,
    source   TEXT NOT NULL,
    path     BLOB NOT NULL,
    real     BLOB NOT NULL UNIQUE,
    size     INTEGER,
    modified INTEGER,
    changed  INTEGER,
    digest   TEXT NOT NULL DEFAULT '',
    finished INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS files_by_place ON files (place);
CREATE INDEX IF NOT EXISTS files_unfinished ON files (place) WHERE finished = 0;
CREATE TABLE IF NOT EXISTS pages (
    id    INTEGER PRIMARY KEY,
    file  INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
    page  INTEGER NOT NULL,
    error TEXT NOT NULL DEFAULT '',
    lost  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (file, page)
);
CREATE TABLE IF NOT EXISTS words (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    page       INTEGER NOT NULL REFERENCES pages ON DELETE CASCADE,
    field      TEXT NOT NULL,
    line       INTEGER,
    word       INTEGER,
    text       TEXT NOT NULL,
    confidence REAL,
    status     TEXT NOT NULL,
    left INTEGER, top INTEGER, right INTEGER, bottom INTEGER,
    message    TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS words_by_page ON words (page);
CREATE INDEX IF NOT EXISTS words_by_doubt ON words (status, confidence);
CREATE TABLE IF NOT EXISTS glyphs (
    word       INTEGER NOT NULL REFERENCES words ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    text       TEXT NOT NULL,
    confidence REAL NOT NULL,
    second     TEXT NOT NULL,
    second_confidence REAL NOT NULL,
    left INTEGER NOT NULL, top INTEGER NOT NULL, right INTEGER NOT NULL, bottom INTEGER NOT NULL,
    PRIMARY KEY (word, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS corrections (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    time   TEXT NOT NULL,
    word   INTEGER NOT NULL,
    what   TEXT NOT NULL CHECK (what IN ('correct', 'confirm', 'not a number', 'blank', 'skip', 'undo')),
    before TEXT NOT NULL,
    after  TEXT NOT NULL,
    undone INTEGER REFERENCES corrections,
    source TEXT NOT NULL,
    page   INTEGER NOT NULL,
    left INTEGER, top INTEGER, right INTEGER, bottom INTEGER
);
CREATE INDEX IF NOT EXISTS corrections_by_word ON corrections (word);
CREATE UNIQUE INDEX IF NOT EXISTS corrections_undone ON corrections (undone) WHERE undone IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS corrections_stay BEFORE UPDATE ON corrections
BEGIN SELECT RAISE(ABORT, 'corrections are only ever added'); END;
CREATE TRIGGER IF NOT EXISTS corrections_remain BEFORE DELETE ON corrections
BEGIN SELECT RAISE(ABORT, 'corrections are only ever added'); END;
CREATE VIEW IF NOT EXISTS standing AS
SELECT word, id, time, what, after FROM corrections AS c
WHERE id = (
    SELECT max(id) FROM corrections AS d
    WHERE d.word = c.word AND d.what NOT IN ('skip', 'undo')
      AND NOT EXISTS (SELECT 1 FROM corrections AS u WHERE u.undone = d.id)
);
"""

REVIEW = """
CREATE TABLE IF NOT EXISTS looks (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    time     TEXT NOT NULL,
    word     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    before   TEXT NOT NULL,
    after    TEXT NOT NULL,
    undone   INTEGER UNIQUE REFERENCES looks
);
CREATE INDEX IF NOT EXISTS looks_by_glyph ON looks (word, position);
CREATE TRIGGER IF NOT EXISTS looks_stay BEFORE UPDATE ON looks
BEGIN SELECT RAISE(ABORT, 'looks are only ever added'); END;
CREATE TRIGGER IF NOT EXISTS looks_remain BEFORE DELETE ON looks
BEGIN SELECT RAISE(ABORT, 'looks are only ever added'); END;
CREATE VIEW IF NOT EXISTS seen AS
SELECT word, position, max(id) AS id, after FROM looks AS l
WHERE undone IS NULL AND NOT EXISTS (SELECT 1 FROM looks AS u WHERE u.undone = l.id)
GROUP BY word, position;
CREATE TABLE IF NOT EXISTS audited (
    word INTEGER PRIMARY KEY,
    time TEXT NOT NULL
);
"""

WANTED = """
CREATE TEMP TABLE wanted (
    place    INTEGER PRIMARY KEY,
    source   TEXT NOT NULL,
    path     BLOB NOT NULL,
    real     BLOB NOT NULL UNIQUE,
    size     INTEGER,
    modified INTEGER,
    changed  INTEGER
)
"""


class FileToRead(NamedTuple):
    """A file of which pages are missing. key: its id in the job. first: the first missing page, 1-based."""

    key: int
    source: Source
    first: int
    stamp: Stamp | None


class JobWord(NamedTuple):
    """A word as it was read, and what people say of it now.

    key: the word's id, which stays while its file stays as it is. path: the file, absolute. correction: the
    standing one ("correct", "confirm", "not a number" or "blank"), or "". now: the text that counts.
    """

    key: int
    source: str
    path: Path
    page: int
    field: str
    line: int | None
    word: int | None
    text: str
    confidence: float | None
    status: str
    box: Box | None
    message: str
    correction: str
    now: str


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of the log. time: UTC, ISO 8601. undone: the line that an `undo` takes back."""

    key: int
    time: str
    word: int
    what: What
    before: str
    after: str
    undone: int | None


class OutdatedError(UsageError):
    """Somebody said something of the word since the caller looked at it."""


class Look(NamedTuple):
    """What a person says of one glyph. position: 1-based in the word. text: the digit, "" for no digit."""

    word: int
    position: int
    text: str


class Looked(NamedTuple):
    """What came of looking at glyphs: the ids of the looks, and the corrections of words that they settled."""

    looks: list[int]
    corrections: list[Correction]


class Audit(NamedTuple):
    """A random sample of `ok` words: how many were drawn, how many a person has judged, how many were wrong."""

    drawn: int
    judged: int
    wrong: int


class Counts(NamedTuple):
    """What a job holds of the files that its last run named."""

    files: int
    finished: int
    pages: int
    strings: int
    review: int
    failed: int


def job_of(table: Path) -> Path:
    """The job's place beside a table: `numbers.csv.job`."""
    return table.with_name(table.name + SUFFIX)


@contextmanager
def open_job(
    table: Path, settings: Mapping[str, str] | None = None, *, restart: bool = False
) -> Iterator[Job]:
    """The job of a table.

    settings: what a run reads with; the job is made if there is none, and no other run may hold it. None opens
    a job that is there, for review. restart: begin anew; a job that holds corrections is kept under another
    name. Raises UsageError if the file is no job, of a newer version, or of other settings; OutputError if it
    cannot be written.
    """
    path = job_of(table)
    if settings is None and not path.exists():
        raise UsageError(f"{path}: no such job; `batchocr run … -o {table}` makes it")
    with _explained(path):
        if restart and path.exists():
            _set_aside(path)
        made = not path.exists()
        with _alone(path, wanted=settings is not None), closing(_connect(path)) as connection:
            job = Job(connection, table, path)
            try:
                if settings is not None:
                    job.hold_to(settings)
                    job.sweep()
                yield job
            except BaseException:
                if made and job.is_empty():
                    _delete(path)
                raise


def _delete(path: Path) -> None:
    for part in ("", "-wal", "-shm"):
        path.with_name(path.name + part).unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into an OutputError that names the job."""
    try:
        yield
    except BatchocrError:
        raise
    except sqlite3.DatabaseError as error:
        remedy = "free some space and run the same command again" if "full" in str(error) else (
            "check the disk and its permissions, or name another table with -o"
        )  # fmt: skip
        raise OutputError(f"{path}: the job cannot be written or read ({error}); {remedy}") from error
    except FileNotFoundError:
        raise OutputError(f"{path}: its folder does not exist; create the folder first") from None


def _connect(path: Path) -> sqlite3.Connection:
    """The database, made if it is not there. Raises UsageError if it is none of ours, or a newer one."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _check_kind(connection, path)
        # WAL with NORMAL: a power cut may take the last pages, which are read again, and damages nothing
        _turn_to_wal(connection)
        for pragma in ("synchronous = NORMAL", "foreign_keys = ON", f"cache_size = -{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        if _pragma(connection, "user_version") == 0:
            connection.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; "
                f"{SCHEMA} COMMIT;"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _turn_to_wal(connection: sqlite3.Connection) -> None:
    """Write-ahead logging on. SQLite does not wait for others who turn a new file to it at the same moment."""
    given_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > given_up:
                raise
            time.sleep(WAL_PAUSE)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _check_kind(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute("BEGIN")  # one look at all three, while somebody else may be making them
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        if "not a database" not in str(error):
            raise
        raise UsageError(f"{path}: is not a job of batchocr; move it away or name another table") from None
    if application != APPLICATION and not (empty and application == version == 0):
        raise UsageError(f"{path}: is not a job of batchocr; move it away or name another table")
    if version > VERSION:
        raise UsageError(
            f"{path}: was written by a newer batchocr (job version {version}, this one knows {VERSION}); "
            "use the newer one, or name another table with -o"
        )


@contextmanager
def _alone(path: Path, *, wanted: bool) -> Iterator[None]:
    """Hold the job against other runs. Raises UsageError if another one holds it.

    A lock that the system drops when the process ends anyhow; a system without such locks goes unguarded.
    """
    file: IO[bytes] | None = None
    try:
        if wanted:
            with suppress(ImportError):
                import fcntl

                file = path.open("ab")  # open till the end: closing it would drop SQLite's own locks
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UsageError(
            f"{path}: another run is writing it; wait for its end, or name another table with -o"
        ) from None
    finally:
        if file is not None:
            file.close()


def _set_aside(path: Path) -> None:
    """Make room for a new job; the old one is deleted unless people's work is in it."""
    with _alone(path, wanted=True), closing(_connect(path)) as connection:
        precious = connection.execute("SELECT EXISTS (SELECT 1 FROM corrections)").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if precious:
        path.replace(_free_name(path))
    _delete(path)


def _free_name(path: Path) -> Path:
    """`numbers.csv.job.old`, or with a number where that is taken."""
    name, count = path.with_name(path.name + ".old"), 1
    while name.exists():
        count += 1
        name = path.with_name(f"{path.name}.old-{count}")
    return name


class Job:
    """An open job; `open_job` makes it. Not to be used by several threads at once: each opens its own."""

    def __init__(self, connection: sqlite3.Connection, table: Path, path: Path) -> None:
        self._db, self.table, self.path = connection, table, path

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled it back already
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def is_empty(self) -> bool:
        """Whether no page was ever kept."""
        return not self._db.execute("SELECT EXISTS (SELECT 1 FROM pages)").fetchone()[0]

    # --- settings ---------------------------------------------------------------------------------------

    def hold_to(self, settings: Mapping[str, str]) -> None:
        """Write down what pages are read with. Raises UsageError if some were read with other settings."""
        with self._transaction() as db:
            known = self.settings()
            for name, value in settings.items():
                if known.get(name, value) != value:
                    raise UsageError(
                        f"{self.path}: was made with {name} {known[name] or 'unset'}, not {value or 'unset'}; "
                        "run with the same settings, name another table with -o, or read all again with "
                        "--restart"
                    )
            db.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", settings.items())

    def settings(self) -> dict[str, str]:
        """What the job's pages are read with."""
        return dict(self._db.execute("SELECT name, value FROM settings ORDER BY name"))

    def state(self, name: str) -> int:
        """A number kept between runs; 0 if it was never set."""
        found = self._db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return int(found[0]) if found else 0

    def set_state(self, **numbers: int) -> None:
        """Keep numbers between runs."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", numbers.items())

    # --- files ------------------------------------------------------------------------------------------

    def enrol(self, sources: Iterable[Source]) -> int:
        """Make these files, in this order, the ones that the table is of; how many were named again.

        Nothing is held in memory but one source. What was read of files that are as they were stays; what
        was read of changed ones goes; files that are no longer named stay in the job, out of the table.
        """
        self._db.execute("DROP TABLE IF EXISTS wanted")
        self._db.execute(WANTED)
        with self._transaction() as db:
            named = 0
            for source in sources:
                named += 1
                db.execute(
                    "INSERT OR IGNORE INTO wanted VALUES (?, ?, ?, ?, ?, ?, ?)", _wanted(named, source)
                )
            self._forget_changed()
            before = db.total_changes
            db.execute(
                "UPDATE files SET place = NULL "
                "WHERE place IS NOT NULL AND real NOT IN (SELECT real FROM wanted)"
            )
            db.execute(
                "INSERT INTO files (place, source, path, real) "
                "SELECT place, source, path, real FROM wanted WHERE true ORDER BY place "
                "ON CONFLICT (real) DO UPDATE SET place = excluded.place, source = excluded.source, "
                "path = excluded.path "
                "WHERE (place, source, path) IS NOT (excluded.place, excluded.source, excluded.path)"
            )
            if db.total_changes > before:
                self._count_change()
            once = int(db.execute("SELECT count(*) FROM wanted").fetchone()[0])
        self._db.execute("DROP TABLE wanted")
        return named - once

    def _forget_changed(self) -> None:
        """Drop what was read of wanted files that are not as they were, or were then not to be opened."""
        key = 0
        while suspects := self._db.execute(
            "SELECT f.id, f.path, f.size, f.modified, f.changed, f.digest FROM files f "
            "JOIN wanted w USING (real) WHERE f.id > ? "
            "AND (f.digest <> '' OR EXISTS (SELECT 1 FROM pages WHERE file = f.id)) "
            "AND ((f.size, f.modified, f.changed) IS NOT (w.size, w.modified, w.changed) "
            "OR f.digest = '' OR f.changed = 0) ORDER BY f.id LIMIT ?",
            (key, FETCH),
        ).fetchall():
            for key, path, *stamp in suspects:
                now = _stamped_again(Path(os.fsdecode(path)), Stamp(*stamp)) if stamp[-1] else None
                if now is None:
                    self._forget(key)
                else:
                    self._stamp(key, now)

    def _forget(self, key: int) -> None:
        self._db.execute("DELETE FROM pages WHERE file = ?", (key,))
        self._db.execute(
            "UPDATE files SET size = NULL, modified = NULL, changed = NULL, digest = '', finished = 0 "
            "WHERE id = ?",
            (key,),
        )
        self._count_change()

    def _stamp(self, key: int, stamp: Stamp | None) -> None:
        if stamp is None:
            return
        self._db.execute(
            "UPDATE files SET size = ?, modified = ?, changed = ?, digest = ? WHERE id = ?",
            (stamp.size, stamp.modified, stamp.changed, stamp.digest, key),
        )

    def forget_lost(self) -> None:
        """Drop pages that were given up for time, memory or a crash, so that they are tried again."""
        with self._transaction() as db:
            db.execute("UPDATE files SET finished = 0 WHERE id IN (SELECT file FROM pages WHERE lost)")
            db.execute("DELETE FROM pages WHERE lost")

    def hold_limits(self, guard: Guard | None) -> None:
        """Try pages again that were given up, if a page may cost more or less than in the last run."""
        wanted = (0, 0) if guard is None else (round(1000 * guard.seconds), guard.memory)
        if wanted != (self.state("page_milliseconds"), self.state("page_memory")):
            self.forget_lost()
            self.set_state(page_milliseconds=wanted[0], page_memory=wanted[1])

    def __contains__(self, path: object) -> bool:
        """Whether a file, by its resolved path, is one of those that the table is of."""
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM files WHERE real = ? AND place IS NOT NULL)",
            (os.fsencode(str(path)),),
        )
        return bool(found.fetchone()[0])

    def sources(self) -> Iterator[tuple[int, Source]]:
        """Every file that the table is of, in input order, with its id."""
        for key, source, path in self._db.execute(
            "SELECT id, source, path FROM files WHERE place IS NOT NULL ORDER BY place"
        ):
            yield key, Source(source, Path(os.fsdecode(path)))

    def count_missing(self) -> int:
        """How many files are not read, or not to their end."""
        found = self._db.execute("SELECT count(*) FROM files WHERE finished = 0 AND place IS NOT NULL")
        return int(found.fetchone()[0])

    def missing(self) -> Iterator[FileToRead]:
        """The files of which pages are to be read, in input order; more may be added to the job meanwhile."""
        place = 0
        while some := self._db.execute(
            "SELECT id, place, source, path, size, modified, changed, digest, "
            "(SELECT min(p.n) FROM (SELECT 1 AS n UNION SELECT page + 1 FROM pages WHERE file = files.id) AS p "
            "WHERE NOT EXISTS (SELECT 1 FROM pages WHERE file = files.id AND page = p.n)) "
            "FROM files WHERE finished = 0 AND place > ? ORDER BY place LIMIT ?",
            (place, FETCH),
        ).fetchall():
            for key, place, source, path, size, modified, changed, digest, first in some:  # noqa: B007
                stamp = Stamp(size, modified, changed, digest) if digest else None
                yield FileToRead(key, Source(source, Path(os.fsdecode(path))), first, stamp)

    # --- pages ------------------------------------------------------------------------------------------

    def add(
        self,
        key: int,
        results: Sequence[PageResult],
        *,
        stamp: Stamp | None,
        finished: bool,
        lost: Collection[int] = (),
    ) -> None:
        """Keep pages of a file, each in a transaction of its own; a page that is there already stays.

        stamp: the file as it was when these pages were read, or None if that cannot be told, and then they are
        read again by the next run. finished: no more pages are to come. lost: pages given up for time, memory
        or a crash.
        """
        with _explained(self.path):
            for number, result in enumerate(results, start=1):
                with self._transaction():
                    if number == 1:
                        # with the last of them a run killed before it would leave pages of an unknown file
                        self._stamp(key, stamp)
                    self._add_page(key, result, lost=result.page in lost)
                    if number == len(results):
                        self._end_part(key, finished=finished)
            if not results:
                with self._transaction():
                    self._stamp(key, stamp)
                    self._end_part(key, finished=finished)

    def _end_part(self, key: int, *, finished: bool) -> None:
        self._db.execute("UPDATE files SET finished = ? WHERE id = ?", (finished, key))
        self._count_change()

    def _count_change(self) -> None:
        self._db.execute(
            "INSERT INTO state VALUES ('changes', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
        )

    def _add_page(self, key: int, result: PageResult, *, lost: bool) -> None:
        added = self._db.execute(
            "INSERT OR IGNORE INTO pages (file, page, error, lost) VALUES (?, ?, ?, ?)",
            (key, result.page, _storable(result.error), lost),
        )
        if result.error or not added.rowcount:
            return
        digits: dict[tuple[Value, ...], list[Row]] = defaultdict(list)
        for row in glyph_rows(result):
            digits[tuple(row[2:5])].append(row)
        for row in word_rows(result):
            self._add_word(added.lastrowid, row, digits[tuple(row[2:5])])

    def _add_word(self, page: int | None, row: Row, digits: Sequence[Row]) -> None:
        _, _, field, line, word, text, confidence, status, *edges, message = row
        at = self._db.execute(
            "INSERT INTO words (page, field, line, word, text, confidence, status, left, top, right, bottom, "
            "message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (page, field, line, word, text, _real(confidence), status, *edges, message),
        ).lastrowid
        self._db.executemany(
            "INSERT INTO glyphs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (at, position, glyph, _real(sure), second, _real(second_sure), *box)
                for _, _, _, _, _, position, glyph, sure, second, second_sure, *box in digits
            ],
        )

    def counts(self) -> Counts:
        """Files, finished files, pages, strings, strings for review and failed pages that the table is of."""
        files, finished = self._db.execute(
            "SELECT count(*), coalesce(sum(finished), 0) FROM files WHERE place IS NOT NULL"
        ).fetchone()
        pages, failed = self._db.execute(
            "SELECT count(*) FILTER (WHERE error = ''), count(*) FILTER (WHERE error <> '') "
            "FROM pages JOIN files ON files.id = file WHERE place IS NOT NULL"
        ).fetchone()
        strings, review = self._db.execute(
            "SELECT count(*), count(*) FILTER (WHERE status = 'review' AND s.what IS NULL) "
            "FROM words w JOIN pages p ON p.id = w.page JOIN files f ON f.id = p.file "
            "LEFT JOIN standing s ON s.word = w.id "
            "WHERE f.place IS NOT NULL AND s.what IS NOT 'not a number'"
        ).fetchone()
        return Counts(files, finished, pages, strings, review, failed)

    # --- words and corrections --------------------------------------------------------------------------

    def words(self, status: str = "", *, by_doubt: bool = False) -> Iterator[JobWord]:
        """Words of the table's files with what people say of them, in the table's order.

        status: only words read with it, "" for all. by_doubt: least sure first.
        """
        order = "w.confidence, w.id" if by_doubt else "f.place, p.page, w.id"
        rows = self._db.execute(
            f"{SELECT_WORDS} WHERE f.place IS NOT NULL AND (:status = '' OR w.status = :status) ORDER BY {order}",
            {"status": status},
        )
        yield from map(_job_word, rows)

    def word(self, key: int) -> JobWord:
        """One word. Raises UsageError if there is none of this key (its page may have been read again)."""
        found = self._db.execute(f"{SELECT_WORDS} WHERE w.id = ?", (key,)).fetchone()
        if found is None:
            raise UsageError(f"{self.path}: no word {key}; its page may have been read again, list the words")
        return _job_word(found)

    def readings(self, key: int) -> tuple[Reading, ...]:
        """A word's glyphs from left to right, with their boxes and second readings."""
        rows = self._db.execute(
            "SELECT text, confidence, second, second_confidence, left, top, right, bottom FROM glyphs "
            "WHERE word = ? ORDER BY position",
            (key,),
        )
        return tuple(
            Reading(text, sure, second, second_sure, Box(*edges))
            for text, sure, second, second_sure, *edges in rows
        )

    def correct(self, key: int, what: What, text: str = "", *, seen: int | None = None) -> Correction:
        """Add a correction of a word to the log. text: what is written, for `correct`.

        `undo` takes back the one that stands. seen: the word's last line of the log that the caller knows of,
        0 for none. Raises OutdatedError if there is a later one; UsageError if the word is not there, if nothing
        stands to be undone, or if the kind or text cannot be meant.
        """
        with _explained(self.path), self._transaction():
            return self._correct(key, what, text, seen)

    def _correct(self, key: int, what: What, text: str = "", seen: int | None = None) -> Correction:
        if what not in WHATS:
            raise UsageError(f"{what!r} is no kind of correction; choose from {', '.join(WHATS)}")
        if bool(text) != (what == "correct"):
            raise UsageError("a correction of kind `correct` has a text, the other kinds have none")
        word = self.word(key)
        if seen is not None and seen != self.last_line(key):
            raise OutdatedError(f"word {key} was changed meanwhile; look at it again")
        undone = self._standing(key) if what == "undo" else None
        after = self._text_without(word, undone) if undone else _text_after(word, what, text)
        at = _now()
        number = self._db.execute(
            "INSERT INTO corrections (time, word, what, before, after, undone, source, page, left, top, "
            "right, bottom) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (at, key, what, word.now, after, undone, word.source, word.page, *(word.box or [None] * 4)),
        ).lastrowid
        self._count_change()
        return Correction(number or 0, at, key, what, word.now, after, undone)

    def last_line(self, key: int) -> int:
        """The id of the log's last line on a word, 0 if nobody said anything of it."""
        found = self._db.execute("SELECT max(id) FROM corrections WHERE word = ?", (key,)).fetchone()
        return int(found[0] or 0)

    def _standing(self, key: int) -> int:
        found = self._db.execute("SELECT id FROM standing WHERE word = ?", (key,)).fetchone()
        if found is None:
            raise UsageError(f"word {key} has no correction that could be undone")
        return int(found[0])

    def _text_without(self, word: JobWord, undone: int) -> str:
        """A word's text when one of its corrections is taken back."""
        earlier = self._db.execute(
            "SELECT after FROM corrections c WHERE word = ? AND id < ? AND what NOT IN ('skip', 'undo') "
            "AND NOT EXISTS (SELECT 1 FROM corrections u WHERE u.undone = c.id) ORDER BY id DESC LIMIT 1",
            (word.key, undone),
        ).fetchone()
        return str(earlier[0]) if earlier else word.text

    def corrections(self, key: int | None = None) -> Iterator[Correction]:
        """The log in the order of time: of one word, or all of it."""
        rows = self._db.execute(
            "SELECT id, time, word, what, before, after, undone FROM corrections "
            "WHERE ? IS NULL OR word = ? ORDER BY id",
            (key, key),
        )
        yield from (Correction(*row) for row in rows)

    # --- review -----------------------------------------------------------------------------------------

    def prepare_review(self) -> None:
        """Add what only review needs, if it is not there: its tables, and a number that tells jobs apart."""
        with _explained(self.path), self._transaction() as db:
            for statement in _statements(REVIEW):
                db.execute(statement)
            db.execute("INSERT OR IGNORE INTO state VALUES ('identity', abs(random()))")

    def rows(self, query: str, parameters: Mapping[str, object] | Sequence[object] = ()) -> sqlite3.Cursor:
        """The answer to a question that only review asks; it changes nothing."""
        return self._db.execute(query, parameters)

    def look(self, looks: Sequence[Look]) -> Looked:
        """Keep what a person says of glyphs, and settle the words whose doubtful glyphs are all looked at.

        A word is confirmed if no glyph of it was changed, else corrected. Glyphs of words that are settled
        already are passed over. All of it is one transaction. Raises UsageError for a glyph that is not there.
        """
        with _explained(self.path), self._transaction():
            kept = [self._add_look(look) for look in looks if not self.word(look.word).correction]
            settled = []
            for key in dict.fromkeys(look.word for look in looks):
                if not self.word(key).correction and self._is_looked_through(key):
                    settled.append(self._settle(key))
        return Looked(kept, settled)

    def _add_look(self, look: Look) -> int:
        readings = self.readings(look.word)
        if not 1 <= look.position <= len(readings):
            raise UsageError(f"word {look.word} has no digit {look.position}; load the page again")
        self._count_change()
        return int(
            self._db.execute(
                "INSERT INTO looks (time, word, position, before, after) VALUES (?, ?, ?, ?, ?)",
                (_now(), look.word, look.position, readings[look.position - 1].text, look.text),
            ).lastrowid
            or 0
        )

    def _is_looked_through(self, key: int) -> bool:
        found = self._db.execute(
            f"SELECT EXISTS (SELECT 1 FROM glyphs g WHERE word = ? AND {IS_DOUBTFUL} AND NOT EXISTS "
            "(SELECT 1 FROM seen s WHERE s.word = g.word AND s.position = g.position))",
            (key,),
        )
        return not found.fetchone()[0]

    def _settle(self, key: int) -> Correction:
        """Confirm or correct a word by what was said of its glyphs."""
        said = dict(self._db.execute("SELECT position, after FROM seen WHERE word = ?", (key,)))
        readings = self.readings(key)
        text = "".join(said.get(place, reading.text) for place, reading in enumerate(readings, start=1))
        if text == self.word(key).text:
            return self._correct(key, "confirm")
        return self._correct(key, "correct", text) if text else self._correct(key, "not a number")

    def take_back(self, looks: Sequence[int], lines: Sequence[tuple[int, int]]) -> list[Correction]:
        """Undo looks by their ids, and those of these corrections (word, id) that still stand, in one transaction."""
        with _explained(self.path), self._transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO looks (time, word, position, before, after, undone) "
                "SELECT ?, word, position, after, before, id FROM looks WHERE id = ? AND undone IS NULL",
                [(_now(), look) for look in looks],
            )
            self._count_change()
            standing = dict(db.execute("SELECT word, id FROM standing"))
            return [self._correct(key, "undo") for key, line in lines if standing.get(key) == line]

    def draw_audit(self, share: float, choose: random.Random) -> None:
        """Draw more `ok` words at random until this share of them, at least one, is in the audit's sample."""
        with _explained(self.path), self._transaction() as db:
            accepted = [key for (key,) in db.execute(f"SELECT w.id {ACCEPTED} ORDER BY w.id")]
            drawn = {key for (key,) in db.execute("SELECT word FROM audited")}
            left = [key for key in accepted if key not in drawn]
            wanted = math.ceil(share * len(accepted)) - (len(accepted) - len(left))
            more = choose.sample(left, max(0, wanted))
            db.executemany("INSERT INTO audited VALUES (?, ?)", [(key, _now()) for key in more])

    def audit(self) -> Audit:
        """The audit as far as it has come. A word is wrong if its text is not what a person says."""
        if not self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'audited')"
        ).fetchone()[0]:
            return Audit(0, 0, 0)
        return Audit(
            *self._db.execute(
                "SELECT count(*), count(s.what), count(*) FILTER (WHERE s.what = 'not a number' "
                f"OR s.after <> w.text) {ACCEPTED} AND w.id IN (SELECT word FROM audited)"
            ).fetchone()
        )

    # --- tables -----------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Remove what killed runs left of unfinished tables."""
        pattern = f".{glob.escape(self.table.name)}.*.tmp"
        for left in self.table.parent.glob(pattern):
            left.unlink(missing_ok=True)

    def export(self, words: Path | None = None, glyphs: Path | None = None) -> None:
        """Write the words table, with corrections, and the glyphs table if one is named.

        words: another place than the job's own table. Raises OutputError.
        """
        with open_table(words or self.table, WORD_COLUMNS) as table:
            for rows in self._pages_of_words():
                table.write(rows)
        if glyphs is not None:
            with open_table(glyphs, GLYPH_COLUMNS) as table:
                for rows in self._pages_of_glyphs():
                    table.write(rows)

    def is_exported(self) -> bool:
        """Whether the table is there, as this job wrote it, and nothing was added since."""
        try:
            now = stamp_of(self.table)
        except OSError:
            return False
        return (now.size, now.modified, self.state("changes")) == (
            self.state("exported_size"), self.state("exported_modified"), self.state("exported_changes"),
        )  # fmt: skip

    def note_export(self) -> None:
        """Remember that the table is whole, so that the next run need not write it again."""
        now = stamp_of(self.table)
        self.set_state(
            exported_size=now.size, exported_modified=now.modified, exported_changes=self.state("changes")
        )

    def _pages(self) -> Iterator[tuple[int, str, int, str]]:
        """Every page of the table in input order, a file's own failure (page 0) last: id, source, page, error."""
        for key, source in self._db.execute("SELECT id, source FROM files WHERE place > 0 ORDER BY place"):
            for page, number, error in self._db.execute(
                "SELECT id, page, error FROM pages WHERE file = ? ORDER BY page = 0, page", (key,)
            ):
                yield page, source, number, error

    def _pages_of_words(self) -> Iterator[list[Row]]:
        for page, source, number, error in self._pages():
            if error:
                yield word_rows(PageResult(source, number, error=error))
            else:
                yield [
                    _corrected((source, number, *row), what, after)
                    for *row, what, after in self._db.execute(
                        "SELECT field, line, w.word, text, confidence, status, left, top, right, bottom, "
                        "message, s.what, s.after FROM words w LEFT JOIN standing s ON s.word = w.id "
                        "WHERE page = ? AND s.what IS NOT 'not a number' ORDER BY w.id",
                        (page,),
                    )
                ]

    def _pages_of_glyphs(self) -> Iterator[list[Row]]:
        for page, source, number, _ in self._pages():
            yield [
                (source, number, *row)
                for row in self._db.execute(
                    "SELECT w.field, w.line, w.word, g.position, g.text, g.confidence, g.second, "
                    "g.second_confidence, g.left, g.top, g.right, g.bottom FROM words w "
                    "JOIN glyphs g ON g.word = w.id WHERE w.page = ? ORDER BY w.id, g.position",
                    (page,),
                )
            ]


SELECT_WORDS = (
    "SELECT w.id, f.source, f.path, p.page, w.field, w.line, w.word, w.text, w.confidence, w.status, "
    "w.left, w.top, w.right, w.bottom, w.message, coalesce(s.what, ''), coalesce(s.after, w.text) "
    "FROM words w JOIN pages p ON p.id = w.page JOIN files f ON f.id = p.file "
    "LEFT JOIN standing s ON s.word = w.id"
)

ACCEPTED = (
    "FROM words w JOIN pages p ON p.id = w.page JOIN files f ON f.id = p.file "
    "LEFT JOIN standing s ON s.word = w.id WHERE f.place IS NOT NULL AND w.status = 'ok'"
)
# a word's least sure glyph is always doubtful: its confidence is of the whole string, which the doubt is about
IS_DOUBTFUL = (
    f"(g.confidence < {SURE} OR g.confidence = (SELECT min(confidence) FROM glyphs m WHERE m.word = g.word))"
)

STATUS_AFTER = {"correct": "corrected", "confirm": "confirmed", "blank": "blank"}


def _corrected(row: Row, what: str | None, after: str) -> Row:
    """A row of the words table as people say: their text and status, and no doubt left to tell."""
    if what is None:
        return row
    source, page, field, line, word, _, confidence, _, *edges, _ = row
    return (source, page, field, line, word, after, confidence, STATUS_AFTER[what], *edges, "")


def _text_after(word: JobWord, what: What, text: str) -> str:
    if what == "correct":
        return text
    return "" if what in ("blank", "not a number") else word.now


def _job_word(row: Sequence[object]) -> JobWord:
    key, source, path, page, field, line, word, text, confidence, status, *edges, message, what, now = row
    box = None if edges[0] is None else Box(*edges)  # type: ignore[arg-type]
    place = Path(os.fsdecode(path))  # type: ignore[arg-type]
    return JobWord(
        key, source, place, page, field, line, word, text, confidence, status, box, message, what, now,  # type: ignore[arg-type]
    )  # fmt: skip


def _wanted(place: int, source: Source) -> tuple[object, ...]:
    path = os.path.abspath(source.path)  # noqa: PTH100 (a Path would follow links)
    try:
        stamp = stamp_of(source.path)
        size, modified, changed = stamp.size, stamp.modified, stamp.changed
    except OSError:  # it will be told when it is read
        size = modified = changed = None  # type: ignore[assignment]
    return (
        place, _storable(source.given), os.fsencode(path), os.fsencode(os.path.realpath(path)),
        size, modified, changed,
    )  # fmt: skip


def _stamped_again(path: Path, was: Stamp) -> Stamp | None:
    """The file's stamp if its content is what it was, else None."""
    try:
        now = stamp_of(path)
        if now.size != was.size:
            return None
        now = with_digest(now, path)
    except OSError:
        return None
    return now if now.digest == was.digest else None


def _now() -> str:
    """UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, so that they can run inside a transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _real(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def _storable(text: str) -> str:
    """Text that UTF-8 can hold, odd bytes of a name escaped as the tables do."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
