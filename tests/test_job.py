"""The job: going on, changed files, other settings, corrections, and what is refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from conftest import needs_model
from PIL import Image
from test_batch import load, recognize

from batchocr import cli
from batchocr.batch import Settings, Steps, read_pages
from batchocr.elements import Box, Page, PageFailure, PageResult, Reading, Word
from batchocr.errors import OutputError, UsageError
from batchocr.job import VERSION, Job, job_of, open_job
from batchocr.sources import Source
from batchocr.stamps import stamp_of, with_digest
from batchocr.tables import GLYPH_COLUMNS, WORD_COLUMNS, glyph_rows, open_table, read_table, word_rows
from batchocr.workers import Guard

ROOT = Path(__file__).parents[1]
KEPT = {"--review-below": "0.95"}
READINGS = (
    Reading("0", 0.99996, "6", 0.00001, Box(1, 2, 5, 9)),
    Reading("7", 0.8, "1", 0.12345, Box(6, 2, 11, 9)),
)


def page_of(source: str, number: int, *texts: str) -> PageResult:
    words = [
        Word(1, n, text, 0.5 + n / 10, "review", Box(n, 2, n + 9, 9), "is doubtful", READINGS)
        for n, text in enumerate(texts, start=1)
    ]
    return PageResult(source, number, tuple(words))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Where a table is to stand, beside scans a.png, b.png and c.png that no one decodes."""
    for name in "abc":
        (tmp_path / f"{name}.png").write_text(name)
    return tmp_path / "n.csv"


def sources(table: Path, names: str = "abc") -> list[Source]:
    return [Source(f"s/{name}.png", table.parent / f"{name}.png") for name in names]


def read_missing(job: Job) -> list[str]:
    """Read what the job lacks, two words a page; the sources that it lacked."""
    lacked = []
    for file in job.missing():
        lacked.append(file.source.given)
        stamp = with_digest(stamp_of(file.source.path), file.source.path)
        job.add(file.key, [page_of(file.source.given, 1, "07", "11")], stamp=stamp, finished=True)
    return lacked


@pytest.fixture
def job(table: Path) -> Iterator[Job]:
    """A job that holds all three scans."""
    with open_job(table, KEPT) as job:
        job.enrol(sources(table))
        read_missing(job)
        yield job


# --- pages ----------------------------------------------------------------------------------------------


def test_the_table_from_the_job_is_the_table_without_one(table: Path, job: Job) -> None:
    job.export(glyphs=table.with_name("g.csv"))
    with (
        open_table(table.with_name("words.csv"), WORD_COLUMNS) as words,
        open_table(table.with_name("glyphs.csv"), GLYPH_COLUMNS) as glyphs,
    ):
        for name in "abc":
            words.write(word_rows(page_of(f"s/{name}.png", 1, "07", "11")))
            glyphs.write(glyph_rows(page_of(f"s/{name}.png", 1, "07", "11")))
    assert table.read_bytes() == table.with_name("words.csv").read_bytes()
    assert table.with_name("g.csv").read_bytes() == table.with_name("glyphs.csv").read_bytes()


def test_pages_are_in_order_whenever_they_came(table: Path) -> None:
    with open_job(table, KEPT) as job:
        job.enrol(sources(table))
        a, b, c = job.missing()
        job.add(c.key, [page_of("s/c.png", 1, "3")], stamp=None, finished=True)
        job.add(a.key, [page_of("s/a.png", 2, "2"), PageResult("s/a.png", 0, error="broke off")],
                stamp=None, finished=True)  # fmt: skip
        job.add(a.key, [page_of("s/a.png", 1, "1")], stamp=None, finished=True)
        job.add(b.key, [], stamp=None, finished=True)
        job.export()
    rows = read_table(table, WORD_COLUMNS)
    assert [(row["source"], row["page"], row["text"]) for row in rows] == [
        ("s/a.png", "1", "1"), ("s/a.png", "2", "2"), ("s/a.png", "0", ""), ("s/c.png", "1", "3")
    ]  # fmt: skip


def test_only_what_is_missing_is_read_again(table: Path) -> None:
    with open_job(table, KEPT) as job:
        job.enrol(sources(table))
        first = next(job.missing())
        stamp = with_digest(stamp_of(first.source.path), first.source.path)
        job.add(first.key, [page_of("s/a.png", n, "1") for n in (1, 2)], stamp=stamp, finished=False)
    with open_job(table, KEPT) as job:
        job.enrol(sources(table))
        assert [(file.source.given, file.first) for file in job.missing()] == [
            ("s/a.png", 3), ("s/b.png", 1), ("s/c.png", 1)
        ]  # fmt: skip
        assert next(job.missing()).stamp == stamp


class Broken(Sequence[PageResult]):
    """Pages of which only the first can be kept, as if the run were killed then."""

    def __init__(self, first: PageResult) -> None:
        self._first = first

    def __len__(self) -> int:
        return 2

    def __getitem__(self, at: object) -> PageResult:  # type: ignore[override]
        if at:
            raise KeyboardInterrupt
        return self._first


def test_a_page_stays_though_the_run_ends_before_the_next_one_of_its_group(table: Path) -> None:
    with open_job(table, KEPT) as job:
        job.enrol(sources(table))
        first = next(job.missing())
        stamp = with_digest(stamp_of(first.source.path), first.source.path)
        with pytest.raises(KeyboardInterrupt):
            job.add(first.key, Broken(page_of("s/a.png", 1, "1")), stamp=stamp, finished=True)
    with open_job(table, KEPT) as job:
        job.enrol(sources(table))
        assert next(job.missing()).first == 2
        assert job.counts().pages == 1


def test_a_page_once_kept_stays(table: Path, job: Job) -> None:
    (word, *_) = job.words()
    job.add(1, [page_of("s/a.png", 1, "99")], stamp=None, finished=True)
    assert next(job.words()) == word


def test_a_changed_file_is_read_again_and_a_touched_one_is_not(table: Path, job: Job) -> None:
    a, b, c = (table.with_name(f"{name}.png") for name in "abc")
    before = b.stat()
    os.utime(a, (1, 1))  # touched
    b.write_text("B")  # as long as before, and its time set back
    os.utime(b, ns=(before.st_atime_ns, before.st_mtime_ns))
    c.write_text("longer")
    job.enrol(sources(table))
    assert read_missing(job) == ["s/b.png", "s/c.png"]
    job.enrol(sources(table))
    assert read_missing(job) == []


def test_a_file_that_could_not_be_opened_is_tried_again(table: Path) -> None:
    with open_job(table, KEPT) as job:
        for _ in range(2):
            job.enrol(sources(table, "a"))
            (file,) = job.missing()
            failure = PageResult("s/a.png", 0, error="permission denied")
            job.add(file.key, [failure], stamp=None, finished=True)
        assert job.counts().failed == 1


def test_pages_given_up_are_tried_again_with_other_limits(table: Path) -> None:
    with open_job(table, KEPT) as job:
        job.hold_limits(Guard(seconds=5))
        job.enrol(sources(table, "a"))
        (file,) = job.missing()
        stamp = with_digest(stamp_of(file.source.path), file.source.path)
        results = [page_of("s/a.png", 1, "1"), PageResult("s/a.png", 2, error="too slow")]
        job.add(file.key, results, stamp=stamp, finished=True, lost={2})
        job.hold_limits(Guard(seconds=5))
        assert list(job.missing()) == []
        job.hold_limits(Guard(seconds=50))
        assert [file.first for file in job.missing()] == [2]


def test_the_table_is_of_the_files_named_last(table: Path, job: Job) -> None:
    assert job.enrol([*sources(table, "ca"), *sources(table, "c")]) == 1
    assert read_missing(job) == []
    job.export()
    assert [row["source"] for row in read_table(table)] == ["s/c.png"] * 2 + ["s/a.png"] * 2
    assert job.counts().files == 2


def test_a_table_that_is_whole_is_known(table: Path, job: Job) -> None:
    assert not job.is_exported()
    job.export()
    job.note_export()
    job.enrol(sources(table))
    assert job.is_exported()
    job.enrol(sources(table, "cba"))
    assert not job.is_exported()


def test_thousands_of_files_stay_in_order(table: Path) -> None:
    names = [f"{n}.png" for n in range(700)]  # more than are fetched at a time
    with open_job(table, KEPT) as job:
        job.enrol(Source(name, table.with_name(name)) for name in names)
        for file in job.missing():
            job.add(file.key, [PageResult(file.source.given, 0, error="gone")], stamp=None, finished=True)
        job.export()
    assert [row["source"] for row in read_table(table)] == names


# --- corrections ----------------------------------------------------------------------------------------


def texts(table: Path, job: Job) -> list[tuple[str, str, str]]:
    job.export()
    return [(row["text"], row["status"], row["message"]) for row in read_table(table)][:2]


def test_corrections_show_in_the_table_and_can_be_undone(table: Path, job: Job) -> None:
    first, second, *_ = job.words()
    doubt = ("is doubtful",)
    assert texts(table, job) == [("07", "review", *doubt), ("11", "review", *doubt)]
    job.correct(first.key, "correct", "0071")
    job.correct(second.key, "confirm")
    assert texts(table, job) == [("0071", "corrected", ""), ("11", "confirmed", "")]
    job.correct(first.key, "blank")
    job.correct(second.key, "skip")
    assert texts(table, job) == [("", "blank", ""), ("11", "confirmed", "")]
    assert job.correct(first.key, "undo").after == "0071"
    assert job.correct(second.key, "undo").after == "11"
    assert texts(table, job) == [("0071", "corrected", ""), ("11", "review", *doubt)]
    job.correct(first.key, "not a number")
    assert texts(table, job)[0] == ("11", "review", *doubt)
    assert [(c.what, c.before, c.after) for c in job.corrections(first.key)] == [
        ("correct", "07", "0071"), ("blank", "0071", ""), ("undo", "", "0071"), ("not a number", "0071", "")
    ]  # fmt: skip


def test_the_log_cannot_be_altered(table: Path, job: Job) -> None:
    job.correct(next(job.words()).key, "confirm")
    with closing(sqlite3.connect(job.path)) as other:
        for statement in ("UPDATE corrections SET after = 'x'", "DELETE FROM corrections"):
            with pytest.raises(sqlite3.DatabaseError, match="only ever added"):
                other.execute(statement)


def test_corrections_of_unchanged_pages_stay_and_those_of_changed_ones_go(table: Path, job: Job) -> None:
    for word in list(job.words()):
        job.correct(word.key, "correct", "5")
    table.with_name("b.png").write_text("changed")
    job.enrol(sources(table))
    assert read_missing(job) == ["s/b.png"]
    assert [word.now for word in job.words()] == ["5", "5", "07", "11", "5", "5"]
    assert len(list(job.corrections())) == 6


def test_words_are_listed_by_doubt_with_their_evidence(table: Path, job: Job) -> None:
    listed = list(job.words("review", by_doubt=True))
    assert [word.confidence for word in listed] == [0.6] * 3 + [0.7] * 3
    assert job.word(listed[0].key) == listed[0]
    assert listed[0].path == table.with_name("a.png")
    assert listed[0].box == Box(1, 2, 10, 9)
    assert job.readings(listed[0].key) == READINGS
    assert list(job.words("ok")) == []


def test_corrections_that_cannot_be_meant(job: Job) -> None:
    key = next(job.words()).key
    for what, text in (("correct", ""), ("confirm", "5"), ("undo", ""), ("wish", "")):
        with pytest.raises(UsageError):
            job.correct(key, what, text)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no word 999"):
        job.correct(999, "confirm")
    assert list(job.corrections()) == []


def test_a_review_may_go_on_beside_a_run(table: Path, job: Job) -> None:
    with open_job(table) as review:
        review.correct(next(review.words()).key, "confirm")
    assert next(job.words()).correction == "confirm"


def test_many_may_open_a_new_job_at_the_same_moment(table: Path) -> None:
    def open_it(_: int) -> int:
        with open_job(table) as job:
            return job.counts().files

    for _ in range(5):
        job_of(table).unlink(missing_ok=True)
        job_of(table).touch()
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(open_it, range(8))) == [0] * 8


# --- what is refused ------------------------------------------------------------------------------------


def test_other_settings_are_refused_with_the_remedy(table: Path, job: Job) -> None:
    with pytest.raises(UsageError, match=r"made with --review-below 0\.95, not 0\.9; .*--restart"):
        job.hold_to({"--review-below": "0.9"})


def test_a_second_run_is_refused(table: Path, job: Job) -> None:
    with pytest.raises(UsageError, match="another run is writing it"), open_job(table, KEPT):
        pytest.fail("it was let in")


def test_a_newer_job_is_refused(table: Path) -> None:
    with open_job(table, KEPT) as job:
        job.enrol(sources(table))
        read_missing(job)
    with closing(sqlite3.connect(job_of(table))) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    for restart in (False, True):
        with (
            pytest.raises(UsageError, match=f"newer batchocr .job version {VERSION + 1}"),
            open_job(table, KEPT, restart=restart),
        ):
            pytest.fail("it was opened")


@pytest.mark.parametrize("restart", [False, True])
def test_a_file_that_is_no_job_is_left_alone(table: Path, restart: bool) -> None:
    for content in (b"dear diary, " * 99, sqlite_bytes(table.with_name("other.db"))):
        job_of(table).write_bytes(content)
        with pytest.raises(UsageError, match="not a job"), open_job(table, KEPT, restart=restart):
            pytest.fail("it was opened")
        assert job_of(table).read_bytes() == content


def sqlite_bytes(path: Path) -> bytes:
    """A database of somebody else's."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (title)")
    return path.read_bytes()


def test_there_must_be_a_job_to_review(table: Path) -> None:
    with pytest.raises(UsageError, match="no such job"), open_job(table):
        pytest.fail("it was made")
    assert not job_of(table).exists()


def test_restart_keeps_peoples_work_under_another_name(table: Path) -> None:
    for _ in range(2):
        with open_job(table, KEPT, restart=True) as job:
            assert job.is_empty()
            job.enrol(sources(table))
            read_missing(job)
            job.correct(next(job.words()).key, "confirm")
    with open_job(table, KEPT, restart=True) as job:
        job.enrol(sources(table))
        read_missing(job)
    with open_job(table, {"--review-below": "0.5"}, restart=True):
        pass
    kept = sorted(path.name for path in table.parent.glob("n.csv.job*"))
    assert kept == ["n.csv.job", "n.csv.job.old", "n.csv.job.old-2"]


def test_a_job_in_which_nothing_was_kept_is_not_left_behind(table: Path) -> None:
    with pytest.raises(RuntimeError), open_job(table, KEPT) as job:
        job.enrol(sources(table))
        raise RuntimeError
    assert not list(table.parent.glob("n.csv.job*"))


def test_a_job_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError), open_job(tmp_path / "no" / "n.csv", KEPT):
        pytest.fail("it was made")


# --- whole runs -----------------------------------------------------------------------------------------


def read_noting(source: Source, first: int) -> Iterator[Page | PageFailure]:
    """Read, and note the file's name in a log beside it."""
    with (source.path.parent / "log").open("a") as log:
        log.write(source.path.name + "\n")
    yield from read_pages(source, first)


NOTING = Settings(steps=Steps(read_noting, load, recognize))


def run(scans: Path, *, settings: Settings = NOTING, restart: bool = False) -> tuple[int, list[str]]:
    """The exit code, and the names of the files that were read."""
    (scans / "log").unlink(missing_ok=True)
    code = cli.read_into_tables([str(scans)], settings, output=scans / "n.csv", jobs=1, restart=restart)
    log = scans / "log"
    return code, sorted(log.read_text().split()) if log.exists() else []


def test_a_run_reads_only_what_is_new_or_changed(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(scans) == (0, ["a.png", "b.png", "c.png"])
    table = (scans / "n.csv").read_bytes()
    assert run(scans) == (0, [])
    assert "3 of them by an earlier run" in capsys.readouterr().err
    (scans / "n.csv").unlink()
    assert run(scans) == (0, [])
    assert (scans / "n.csv").read_bytes() == table
    Image.new("L", (9, 9), 255).save(scans / "b.png")
    (scans / "0.png").write_bytes(b"broken")
    assert run(scans) == (3, ["0.png", "b.png"])
    assert run(scans) == (3, [])
    assert [row["status"] for row in read_table(scans / "n.csv")] == ["error", "ok", "ok", "ok"]
    assert run(scans, restart=True) == (3, ["0.png", "a.png", "b.png", "c.png"])


def test_other_settings_are_a_usage_error(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(scans)[0] == 0
    other = Settings(review_below=0.5, steps=NOTING.steps)
    code = cli.guarded(lambda: run(scans, settings=other)[0])
    assert code == 2
    assert "--restart" in capsys.readouterr().err
    assert run(scans, settings=other, restart=True)[0] == 0


def test_what_killed_runs_left_is_swept_up(scans: Path) -> None:
    (scans / ".n.csv.123.tmp").write_text("half a table")
    run(scans)
    assert not list(scans.glob(".*.tmp"))


@needs_model
@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
def test_a_disk_that_fills_ends_with_5_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: writes fail in the middle of the job."""
    for number in range(60):
        (tmp_path / f"{number}.png").write_bytes(b"broken" * number)
    limited = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n"
        "from batchocr.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    arguments = ["run", str(tmp_path), "-o", str(tmp_path / "n.csv"), "-q", "--jobs", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    full = subprocess.run(
        [sys.executable, "-c", limited, *arguments], capture_output=True, text=True, env=environment
    )
    assert full.returncode == 5
    last = full.stderr.splitlines()[-1]
    assert last.startswith("batchocr: ") and "n.csv.job" in last
    assert "Traceback" not in full.stderr
    assert cli.main(arguments) == 3
    assert len(read_table(tmp_path / "n.csv")) == 60
