"""The command line: exit codes, sentences, what goes to which stream."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import needs_model
from PIL import Image
from test_batch import load, predict, recognize
from typer.testing import CliRunner

from batchocr import cli
from batchocr.batch import Settings, Steps, read_pages
from batchocr.elements import Page, PageResult
from batchocr.errors import BatchocrError, InputError, ModelError, OutputError, UsageError
from batchocr.progress import Progress, Tally, summary
from batchocr.sources import Source
from batchocr.tables import GLYPH_COLUMNS, WORD_COLUMNS, read_table

ROOT = Path(__file__).parents[1]
HEADER = ",".join(WORD_COLUMNS) + "\n"
SETTINGS = Settings(steps=Steps(read_pages, load, recognize))


def command(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """`python -m batchocr …` as a process of its own."""
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    return subprocess.run(
        [sys.executable, "-m", "batchocr", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": path},
        **options,  # type: ignore[call-overload]
    )


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Exit code and standard error of arguments that give no table."""
    code = cli.main([str(argument) for argument in arguments])
    caught = capsys.readouterr()
    assert caught.out == ""
    return code, caught.err


# --- arguments ------------------------------------------------------------------------------------------


def test_help_names_every_verb_and_comes_at_once() -> None:
    start = time.monotonic()
    run = command("--help")
    assert time.monotonic() - start < 2  # 0.15 s on a free core; the suite runs on busy ones
    assert run.returncode == 0
    for verb in ("run", "score", "train", "model", "Exit codes"):
        assert verb in run.stdout


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom batchocr import cli\ncli.main(['run', '--help'])\n"
        "heavy = {'numpy', 'cv2', 'PIL', 'tensorflow', 'rich', 'pyarrow'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (run.returncode, run.stderr) == (0, "")


def test_version() -> None:
    result = CliRunner().invoke(cli.app, ["--version"])
    assert result.exit_code == 0
    assert result.output.startswith("batchocr ")


def test_without_arguments_there_is_help_and_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    caught = capsys.readouterr()
    assert "Commands" in caught.out + caught.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--jobs", "0"], "--jobs is a number of processes from 1 up, not 0"),
        (["--jobs", "two"], "Invalid value for '--jobs'"),
        (["--review-below", "3"], "--review-below is a probability from 0 to 1, not 3"),
        (["--review-below", "nan"], "--review-below is a probability from 0 to 1, not nan"),
        (["--colour"], "No such option"),
        (["-o"], "requires an argument"),
    ],
)
def test_arguments_that_cannot_be_meant(
    capsys: pytest.CaptureFixture[str], scans: Path, arguments: list[str], sentence: str
) -> None:
    code, error = refused(capsys, "run", scans, *arguments)
    assert code == 2
    assert sentence in error
    assert error.startswith("batchocr: ")
    assert error.count("\n") == 1


def test_inputs_that_hold_no_pages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "letter.docx").touch()
    for path in (tmp_path / "nowhere", tmp_path, tmp_path / "letter.docx"):
        code, error = refused(capsys, "run", path)
        assert code == 2
        assert str(path) in error
        assert error.count("\n") == 1


@needs_model
def test_outputs_that_cannot_be_written(capsys: pytest.CaptureFixture[str], scans: Path) -> None:
    for options in (
        ["-o", scans / "no" / "n.csv"],
        ["-o", scans],
        ["-o", scans / "n.csv", "--glyphs", scans / "no" / "g.csv"],
        ["--overlay", scans / "a.png"],
        ["--overlay", scans / "no" / "o"],
    ):
        code, error = refused(capsys, "run", scans, *options)
        assert code == 5
        assert error.count("\n") == 1
    assert sorted(path.name for path in scans.iterdir()) == ["a.png", "b.png", "c.png"]


def test_a_table_never_overwrites_a_page_or_the_other_table(
    capsys: pytest.CaptureFixture[str], scans: Path
) -> None:
    assert refused(capsys, "run", scans, "-o", scans / "a.png")[0] == 2
    code, error = refused(
        capsys, "run", scans, "-o", scans / "n.csv", "--glyphs", scans / "x" / ".." / "n.csv"
    )
    assert code == 2
    assert "both tables" in error


def test_a_model_that_is_none(capsys: pytest.CaptureFixture[str], scans: Path) -> None:
    (scans / "m.tflite").write_bytes(b"not a model")
    for model in (scans / "m.tflite", scans / "missing.tflite"):
        code, error = refused(capsys, "run", scans / "a.png", "--model", model)
        assert code == 4
        assert str(model) in error
        assert error.count("\n") == 1
        assert refused(capsys, "model", "info", scans / "missing.tflite")[0] == 4


# --- the handler ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BatchocrError("a"), 1),
        (RuntimeError("a"), 1),
        (UsageError("a"), 2),
        (InputError("a"), 2),
        (ModelError("a"), 4),
        (OutputError("a"), 5),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_error_is_a_sentence_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    def work() -> int:
        raise error

    assert cli.guarded(work) == code
    sentence = capsys.readouterr().err
    assert sentence.startswith("batchocr: ")
    assert sentence.count("\n") == 1
    cli.guarded(work, verbose=2)
    assert ("Traceback" in capsys.readouterr().err) == (code != 130)


# --- a run ----------------------------------------------------------------------------------------------


def test_a_folder_becomes_a_table(capfd: pytest.CaptureFixture[str], scans: Path) -> None:
    (scans / "notes.txt").touch()
    assert cli.read_into_tables([str(scans)], SETTINGS, jobs=1) == 0
    out, err = capfd.readouterr()
    assert out == HEADER + "".join(f"{scans}/{name}.png,1,,1,1,1,0.9000,ok,2,2,8,8,\n" for name in "abc")
    assert "3 pages" in err
    assert "3 strings, 0 to review, 0 failed, 1 file of other kinds skipped" in err
    assert "\r" not in err  # no progress where there is no terminal


def test_a_page_that_fails_costs_one_row(capfd: pytest.CaptureFixture[str], scans: Path) -> None:
    (scans / "b.png").write_bytes(b"\x89PNG no more")
    output = scans / "n.csv"
    assert cli.read_into_tables([str(scans)], SETTINGS, output=output, jobs=2, quiet=True) == 3
    rows = read_table(output, WORD_COLUMNS)
    assert [row["status"] for row in rows] == ["ok", "error", "ok"]
    assert (scans / "n.csv.job").is_file()
    assert (rows[1]["page"], rows[1]["text"]) == ("0", "")
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"batchocr: {scans}/b.png: ")  # -q silences the summary, not errors
    assert err.count("\n") == 1


def test_many_failures_are_counted_not_listed(capfd: pytest.CaptureFixture[str], scans: Path) -> None:
    for number in range(9):
        (scans / f"x{number}.png").write_bytes(b"no")
    assert cli.read_into_tables([str(scans)], SETTINGS, jobs=1, quiet=True) == 3
    assert capfd.readouterr().err.endswith("4 more failed; their rows have the status error\n")


def test_the_same_file_named_twice_is_read_once(capfd: pytest.CaptureFixture[str], scans: Path) -> None:
    twice = [str(scans / "a.png"), str(scans / ".." / "scans" / "a.png")]
    assert cli.read_into_tables(twice, SETTINGS, jobs=1) == 0
    out, err = capfd.readouterr()
    assert out.count("\n") == 2
    assert "1 file named more than once and read once" in err


def test_glyphs_and_overlays_come_beside_the_table(scans: Path) -> None:
    settings = Settings(steps=SETTINGS.steps, overlay=scans / "overlays")
    output, glyphs = scans / "n.jsonl", scans / "g.parquet"
    assert cli.read_into_tables([str(scans)], settings, output=output, glyphs=glyphs, jobs=1, quiet=True) == 0
    assert sorted(path.name for path in (scans / "overlays").iterdir()) == [
        "a-p1.png",
        "b-p1.png",
        "c-p1.png",
    ]
    assert output.read_text().count("\n") == 3
    assert glyphs.is_file()


ODD_NAMES = ("a, b.png", 'a "b".png', "a\nb.png", "a\rb.png", "=1+1.png", "é 数.png")


def test_the_formats_hold_the_same_rows_whatever_the_names(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ODD_NAMES:
        Image.new("L", (9, 9), 255).save(folder / name)
    (folder / "z\n,.png").write_bytes(b"broken")
    tables = []
    for ending in ("csv", "jsonl", "parquet"):
        output = tmp_path / f"n.{ending}"
        assert cli.read_into_tables([str(folder)], SETTINGS, output=output, jobs=1, quiet=True) == 3
        rows = read_table(output, WORD_COLUMNS)
        tables.append([{**row, "confidence": float(row["confidence"] or -1)} for row in rows])
    assert tables[0] == tables[1] == tables[2]
    assert {Path(str(row["source"])).name for row in tables[0]} == {*ODD_NAMES, "z\n,.png"}


@needs_model
def test_the_table_is_the_same_for_any_jobs(tmp_path: Path) -> None:
    from PIL import ImageDraw, ImageFont

    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(6):
        page = Image.new("L", (500, 200), 240)
        ImageDraw.Draw(page).text((60, 60), f"{number}40{number}", 20, ImageFont.load_default(60))
        page.save(folder / f"{number}.png")
    (folder / "3.png").write_bytes(b"broken")
    tables = [tmp_path / "1.csv", tmp_path / "2.csv"]
    for jobs, table in enumerate(tables, start=1):
        assert cli.main(["run", str(folder), "-o", str(table), "--jobs", str(jobs), "-q"]) == 3
    assert tables[0].read_bytes() == tables[1].read_bytes()
    assert len(read_table(tables[0])) == 6


# --- whole processes ------------------------------------------------------------------------------------


@needs_model
def test_standard_output_holds_the_table_and_nothing_else(scans: Path) -> None:
    run = command("run", "-", input=f"{scans}/a.png\n\n{scans}/b.png\n")
    assert (run.returncode, run.stdout) == (0, HEADER)
    assert "2 pages read" in run.stderr


@needs_model
def test_a_damaged_page_ends_with_3_and_a_good_table(scans: Path) -> None:
    (scans / "b.png").write_bytes(b"no")
    run = command("run", scans, "-q", "--jobs", 2)
    assert run.returncode == 3
    assert [row["status"] for row in csv.DictReader(io.StringIO(run.stdout))] == ["error"]
    assert run.stderr.count("\n") == 1


@needs_model
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_ends_with_5(scans: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "batchocr", "run", scans], stdout=full, stderr=subprocess.PIPE, cwd=ROOT
        )
    assert run.returncode == 5
    assert b"disk is full" in run.stderr
    assert run.stderr.count(b"\n") == 1


@needs_model
def test_a_reader_that_leaves_is_no_noise(scans: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "batchocr", "run", "-q", scans],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 5


SLOW = """
import sys, time, test_batch
from pathlib import Path
from batchocr import cli
from batchocr.batch import Settings, Steps, read_pages

folder = Path(sys.argv[1])
settings = Settings(steps=Steps(read_pages, test_batch.load, test_batch.slow))
cli._end_on_sigterm()
sys.exit(cli.guarded(lambda: cli.read_into_tables([str(folder)], settings, output=folder / "n.csv", jobs=2)))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_workers_and_leaves_no_empty_job(scans: Path, number: signal.Signals) -> None:
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, scans],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    deadline = time.monotonic() + 30
    while not (scans / "n.csv.job").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(1)  # the workers are on their pages, which take a minute
    process.send_signal(number)
    _, error = process.communicate(timeout=10)
    assert process.returncode == 130
    assert error == "batchocr: interrupted; no page was read yet, run the same command again to go on\n"
    assert sorted(path.name for path in scans.iterdir()) == ["a.png", "b.png", "c.png"]


@needs_model
def test_a_drawn_number_is_read(tmp_path: Path) -> None:
    """The whole way: a printed number on a page, through every room, into the table and its glyphs."""
    from PIL import ImageDraw, ImageFont

    page = Image.new("L", (700, 300), 245)
    ImageDraw.Draw(page).text((120, 100), "407215", 20, ImageFont.load_default(72))
    page.save(tmp_path / "page.png", dpi=(300, 300))
    table, glyphs = tmp_path / "n.csv", tmp_path / "g.csv"
    run = command("run", tmp_path / "page.png", "-o", table, "--glyphs", glyphs, "--overlay", tmp_path / "o")
    assert (run.returncode, run.stdout) == (0, "")
    assert [row["text"] for row in read_table(table, WORD_COLUMNS)] == ["407215"]
    assert "".join(row["text"] for row in read_table(glyphs, GLYPH_COLUMNS)) == "407215"
    assert (tmp_path / "o" / "page-p1.png").is_file()
    truth = tmp_path / "truth.csv"
    truth.write_text("source,text\npage.png,407215\n")
    score = command("score", table, truth)
    assert score.returncode == 0
    assert "accuracy         1.0000" in score.stdout


@needs_model
def test_model_info_shows_the_card() -> None:
    run = command("model", "info")
    assert (run.returncode, run.stderr) == (0, "")
    assert "sha256:" in run.stdout


# --- score, train ---------------------------------------------------------------------------------------


def test_score_without_its_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, error = refused(capsys, "score", tmp_path / "n.csv", tmp_path / "t.csv")
    assert code == 2
    assert error.count("\n") == 1


def test_train_with_no_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "train", "--epochs", "0")[0] == 2


# --- progress -------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_tells_pages_speed_and_time_left() -> None:
    now = [0.0]
    terminal = Terminal()
    progress = Progress(4, terminal, wanted=True, clock=lambda: now[0])
    tally = Tally()
    for name in "ab":
        now[0] += 10
        tally.add(PageResult(name, 1))
        tally.files += name == "a"  # b has more pages
        progress.update(tally)
    assert terminal.getvalue().endswith("2 pages, 0.1 pages/s, 1 of 4 files, 1:00 left")


def test_progress_is_silent_off_a_terminal_and_when_unwanted() -> None:
    for stream, wanted in ((io.StringIO(), True), (Terminal(), False)):
        progress = Progress(4, stream, wanted=wanted)
        progress.update(Tally())
        progress.clear()
        assert stream.getvalue() == ""


def test_summary_is_one_paragraph() -> None:
    tally = Tally(pages=1, strings=1200, review=3, failed=2)
    assert summary(tally, 61.26, skipped=2, output="n.csv") == (
        "1 page read in 61.3 s, 1,200 strings, 3 to review, 2 failed, 2 files of other kinds skipped. Table: n.csv"
    )


def test_the_stand_ins_are_what_a_run_takes() -> None:
    page = Page(np.zeros((4, 4), np.uint8), "a", 1)
    assert recognize([page], predict, 0.95)[0][0].text == "1"
    assert Source("a", Path("a")).given == "a"


def test_numpy_has_one_thread_unless_the_user_says_otherwise() -> None:
    code = "import batchocr.cli, os, sys; print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    own = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    for given, wanted in (({}, "1 False"), ({"OPENBLAS_NUM_THREADS": "3"}, "3 False")):
        done = subprocess.run(
            [sys.executable, "-c", code], env={**own, **given}, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == wanted
