"""The command line, run in this process as a shell would see it: exit codes, streams, files."""

import csv
import io
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest
from pictures import blank_page

from batchocr import __version__
from batchocr.cli import main
from batchocr.tables import GLYPH_COLUMNS, WORD_COLUMNS, read_table

HEADER = "source,page,field,line,word,text,confidence,status,left,top,right,bottom,message"
GLYPH_HEADER = (
    "source,page,field,line,word,position,text,confidence,second,second_confidence,left,top,right,bottom"
)


def draw(path: Path, text: str = "3141") -> Path:
    page = blank_page()
    cv2.putText(page, text, (60, 220), cv2.FONT_HERSHEY_SIMPLEX, 3.0, 20, 6, cv2.LINE_AA)
    cv2.imwrite(str(path), page)
    return path


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder with one good page."""
    folder = tmp_path / "scans"
    folder.mkdir()
    draw(folder / "1.png")
    return folder


def run(*arguments: object, jobs: int = 1) -> int:
    return main(["run", *map(str, arguments), "--jobs", str(jobs)])


def is_one_sentence(message: str) -> bool:
    return message.startswith("batchocr: ") and message.count("\n") == 1 and "Traceback" not in message


def test_help_and_version(capsys: Any) -> None:
    assert main(["--help"]) == 0
    assert "Exit codes" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"batchocr {__version__}\n"


def test_unknown_option_is_a_usage_error(capsys: Any) -> None:
    assert main(["run", "--colour"]) == 2
    assert is_one_sentence(capsys.readouterr().err)


def test_inputs_that_hold_no_pages(tmp_path: Path, capsys: Any) -> None:
    empty, other = tmp_path / "empty", tmp_path / "other"
    empty.mkdir()
    other.mkdir()
    (other / "notes.txt").write_text("hello")
    for place in (tmp_path / "none.png", empty, other, other / "notes.txt"):
        assert run(place) == 2
        caught = capsys.readouterr()
        assert caught.out == "" and is_one_sentence(caught.err) and str(place) in caught.err


@pytest.mark.parametrize("arguments", [("--review-below", "3"), ("--review-below", "x"), ("--jobs", "0")])
def test_values_that_cannot_be_meant(scans: Path, capsys: Any, arguments: tuple[str, ...]) -> None:
    assert main(["run", str(scans), *arguments]) == 2
    caught = capsys.readouterr()
    assert caught.out == "" and is_one_sentence(caught.err)


def test_unusable_model(scans: Path, tmp_path: Path, capsys: Any) -> None:
    corrupt = tmp_path / "corrupt.tflite"
    corrupt.write_bytes(b"no model")
    for model in (corrupt, tmp_path / "none.tflite"):
        assert run(scans, "--model", model) == 4
        caught = capsys.readouterr()
        assert is_one_sentence(caught.err) and model.name in caught.err


def test_output_that_cannot_be_written(scans: Path, tmp_path: Path, capsys: Any) -> None:
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    places = [tmp_path, tmp_path / "none" / "n.csv", scans / "1.png" / "n.csv"]
    for place in [*places, full] if Path("/dev/full").exists() else places:
        assert run(scans, "-o", place) == 5
        assert is_one_sentence(capsys.readouterr().err)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full.csv", "scans"]


def test_a_page_is_never_overwritten(scans: Path, capsys: Any) -> None:
    before = (scans / "1.png").read_bytes()
    assert run(scans, "-o", scans / "1.png") == 2
    assert (scans / "1.png").read_bytes() == before


def test_broken_file_costs_one_row(scans: Path, tmp_path: Path, capsys: Any) -> None:
    (scans / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    draw(scans / "10.png")
    assert run(scans, "-o", tmp_path / "n.csv") == 3
    rows = read_table(tmp_path / "n.csv", WORD_COLUMNS)
    assert [Path(row["source"]).name for row in rows] == ["1.png", "2.png", "10.png"]
    (error,) = [row for row in rows if row["status"] == "error"]
    assert (error["page"], error["text"], error["left"]) == ("0", "", "") and error["message"]
    caught = capsys.readouterr()
    assert caught.out == "" and "1 failed" in caught.err and "Traceback" not in caught.err


def test_csv_on_standard_output_is_clean(scans: Path, capsys: Any) -> None:
    assert run(scans) == 0
    caught = capsys.readouterr()
    header, *rows = caught.out.splitlines()
    assert header == HEADER
    assert [row["text"] for row in csv.DictReader(io.StringIO(caught.out))] == ["3141"]
    assert len(rows) == 1 and "1 page read" in caught.err


def test_quiet(scans: Path, capsys: Any) -> None:
    assert run(scans, "-q") == 0
    assert capsys.readouterr().err == ""


def test_file_named_twice_is_read_once(scans: Path, capsys: Any) -> None:
    assert run(scans / "1.png", scans / "1.png") == 0
    caught = capsys.readouterr()
    assert len(caught.out.splitlines()) == 2 and "1 file named more than once" in caught.err


def test_paths_on_standard_input(scans: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = f"{scans / '1.png'}\n{draw(scans / '2.png')}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(names)))
    assert run("-") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_formats_hold_the_same_rows(scans: Path, tmp_path: Path, capsys: Any) -> None:
    (scans / "2.png").write_bytes(b"broken")
    tables = []
    for ending in ("csv", "jsonl", "parquet"):
        assert run(scans, "-o", tmp_path / f"n.{ending}") == 3
        rows = read_table(tmp_path / f"n.{ending}", WORD_COLUMNS)
        tables.append([{**row, "confidence": float(row["confidence"] or -1)} for row in rows])
    assert tables[0] == tables[1] == tables[2]


def test_glyphs_and_overlay(scans: Path, tmp_path: Path, capsys: Any) -> None:
    assert run(scans, "--glyphs", tmp_path / "g.csv", "--overlay", tmp_path / "seen") == 0
    assert (tmp_path / "g.csv").read_text().splitlines()[0] == GLYPH_HEADER
    glyphs = read_table(tmp_path / "g.csv", GLYPH_COLUMNS)
    assert [(row["position"], row["text"]) for row in glyphs] == [
        ("1", "3"), ("2", "1"), ("3", "4"), ("4", "1"),
    ]  # fmt: skip
    (picture,) = (tmp_path / "seen").iterdir()
    assert picture.name == "1-p1.png" and cv2.imread(str(picture)).shape == (400, 600, 3)


def test_table_is_the_same_for_any_jobs(scans: Path, tmp_path: Path, capsys: Any) -> None:
    for n in range(2, 7):
        draw(scans / f"{n}.png", text=f"{n}0{n}")
    (scans / "4.png").write_bytes(b"broken")
    for jobs in (1, 2):
        assert run(scans, "-o", tmp_path / f"{jobs}.csv", jobs=jobs) == 3
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert len(read_table(tmp_path / "1.csv")) == 6


def test_score(scans: Path, tmp_path: Path, capsys: Any) -> None:
    assert run(scans, "-o", tmp_path / "n.csv") == 0
    (tmp_path / "truth.csv").write_text("source,text\n1.png,3141\n")
    assert main(["score", str(tmp_path / "n.csv"), str(tmp_path / "truth.csv")]) == 0
    assert '"accuracy": 1.0' in capsys.readouterr().out
    assert main(["score", str(tmp_path / "none.csv"), str(tmp_path / "truth.csv")]) == 2
