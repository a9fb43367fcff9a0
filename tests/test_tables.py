"""Tables out and in: quoting, leading zeros, and nothing half-written."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest

from batchocr.elements import Box, PageResult, Reading, Word
from batchocr.errors import InputError, OutputError
from batchocr.tables import GLYPH_COLUMNS, WORD_COLUMNS, glyph_rows, open_table, read_table, word_rows

READINGS = (
    Reading("0", 0.99996, "6", 0.00001, Box(1, 2, 5, 9)),
    Reading("7", 0.8, "1", 0.12345, Box(6, 2, 11, 9)),
)
WORD = Word(1, 2, "07", 0.80004, "review", Box(1, 2, 11, 9), "the 7 may be a 1", READINGS)
RESULT = PageResult("scans/a.png", 1, (WORD,))
FAILURE = PageResult('scans/odd, "name"\r.png', 0, error="it is damaged; scan it again")


def written(path: Path, *results: PageResult) -> Path:
    with open_table(path, WORD_COLUMNS) as table:
        for result in results:
            table.write(word_rows(result))
    return path


def test_words_table_is_the_promised_one(tmp_path: Path) -> None:
    assert written(tmp_path / "n.csv", RESULT, FAILURE).read_bytes().decode() == (
        "source,page,field,line,word,text,confidence,status,left,top,right,bottom,message\n"
        "scans/a.png,1,,1,2,07,0.8000,review,1,2,11,9,the 7 may be a 1\n"
        '"scans/odd, ""name""\r.png",0,,,,,,error,,,,,it is damaged; scan it again\n'
    )


def test_glyphs_table_is_the_promised_one(tmp_path: Path) -> None:
    with open_table(tmp_path / "g.csv", GLYPH_COLUMNS) as table:
        table.write(glyph_rows(RESULT))
        table.write(glyph_rows(FAILURE))
    assert (tmp_path / "g.csv").read_text() == (
        "source,page,field,line,word,position,text,confidence,second,second_confidence,left,top,right,bottom\n"
        "scans/a.png,1,,1,2,1,0,1.0000,6,0.0000,1,2,5,9\n"
        "scans/a.png,1,,1,2,2,7,0.8000,1,0.1235,6,2,11,9\n"
    )


def test_a_table_without_rows_has_its_header(tmp_path: Path) -> None:
    assert written(tmp_path / "n.csv", PageResult("a.png", 1)).read_text() == ",".join(WORD_COLUMNS) + "\n"
    assert pyarrow.parquet.read_table(written(tmp_path / "n.parquet")).column_names == list(WORD_COLUMNS)


def test_jsonl_keeps_text_text_and_blanks_null(tmp_path: Path) -> None:
    lines = written(tmp_path / "n.jsonl", RESULT, FAILURE).read_text().split("\n")
    word, failure = json.loads(lines[0]), json.loads(lines[1])
    assert list(word) == list(WORD_COLUMNS)
    assert (word["text"], word["confidence"], word["left"]) == ("07", 0.8, 1)
    assert (failure["text"], failure["confidence"], failure["left"], failure["page"]) == ("", None, None, 0)


def test_parquet_keeps_text_text(tmp_path: Path) -> None:
    table = pyarrow.parquet.read_table(written(tmp_path / "n.parquet", RESULT, FAILURE))
    assert table["text"].to_pylist() == ["07", ""]
    assert table["confidence"].to_pylist() == [0.8, None]
    assert str(table.schema.field("text").type) == "string"


@pytest.mark.parametrize("name", ["n.csv", "n.jsonl", "n.parquet"])
def test_every_format_reads_back_the_same(tmp_path: Path, name: str) -> None:
    rows = read_table(written(tmp_path / name, RESULT, FAILURE), WORD_COLUMNS)
    assert rows[0]["text"] == "07"
    assert rows[1]["source"] == FAILURE.source
    assert rows[1]["left"] == ""
    assert float(rows[0]["confidence"]) == 0.8


@pytest.mark.parametrize("name", ["n.csv", "n.jsonl", "n.parquet"])
@pytest.mark.parametrize("source", ["a,b.png", 'a"b.png', "a\nb.png", "a\rb.png", "=1+1.png", "é 数.png"])
def test_any_source_and_leading_zeros_come_back(tmp_path: Path, source: str, name: str) -> None:
    page = PageResult(source, 1, (WORD, replace(WORD, word=3, text="000")))
    rows = read_table(written(tmp_path / name, page))
    assert [(row["source"], row["text"]) for row in rows] == [(source, "07"), (source, "000")]


@pytest.mark.parametrize("name", ["n.csv", "n.jsonl", "n.parquet"])
def test_a_name_that_is_not_utf8_is_escaped(tmp_path: Path, name: str) -> None:
    rows = read_table(written(tmp_path / name, PageResult("odd\udcff.png", 1, (WORD,))))
    assert rows[0]["source"] in ("odd\\udcff.png", "odd\udcff.png")  # JSON's own escape reads back whole


@pytest.mark.parametrize("name", ["n.csv", "n.jsonl", "n.parquet"])
def test_nothing_half_written_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("the table of yesterday")
    with pytest.raises(KeyboardInterrupt), open_table(tmp_path / name, WORD_COLUMNS) as table:
        table.write(word_rows(RESULT))
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "the table of yesterday"


def test_a_table_that_replaces_another_keeps_its_permissions(tmp_path: Path) -> None:
    written(tmp_path / "n.csv", RESULT).chmod(0o640)
    assert written(tmp_path / "n.csv", RESULT).stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "n.csv")
    assert written(tmp_path / "link.csv", RESULT).is_symlink()
    assert (tmp_path / "n.csv").is_file()


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("missing/n.csv", "folder does not exist"),
        ("folder", "is a folder"),
        ("file/n.csv", "folder is a file"),
        ("x" * 300 + ".csv", "name is too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_any_row(
    tmp_path: Path, place: str, sentence: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=sentence), open_table(tmp_path / place, WORD_COLUMNS):
        pytest.fail("no row may be asked for")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_though_it_shows_at_the_end() -> None:
    with (
        pytest.raises(OutputError, match="disk is full"),
        open_table(Path("/dev/full"), WORD_COLUMNS) as table,
    ):
        table.write(word_rows(RESULT))


def test_an_error_of_reading_is_not_taken_for_one_of_writing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="scanner") as caught, open_table(tmp_path / "n.csv", WORD_COLUMNS):
        raise OSError("scanner unplugged")
    assert not isinstance(caught.value, OutputError)


def test_a_standard_reader_reads_hostile_names(tmp_path: Path) -> None:
    path = written(tmp_path / "n.csv", PageResult('a,b "c"\n\r.png', 0, error="=1+1\n"))
    row = next(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert (row["source"], row["message"]) == ('a,b "c"\n\r.png', "=1+1\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"a,b\n1,2\n", "lacks the column text"), (b"\xff\xfe\xff", "not a table"), (b"", "lacks the column")],
)
def test_a_file_that_is_no_table_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "n.csv").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_table(tmp_path / "n.csv", ("text",))


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "n.csv")
