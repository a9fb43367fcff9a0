"""Tables out and in: quoting, leading zeros, and nothing half-written."""

from pathlib import Path

import pytest

from batchocr.elements import Box, PageResult, Reading, Word
from batchocr.errors import InputError, OutputError
from batchocr.tables import GLYPH_COLUMNS, WORD_COLUMNS, glyph_rows, open_table, read_table, word_rows

BOX = Box(1, 2, 30, 40)
FORMATS = [".csv", ".jsonl", ".parquet"]


def page_of(*texts: str, source: str = "a.png") -> PageResult:
    words = [
        Word(1, n, text, 0.98765, "ok", BOX, readings=(Reading(text[0], 0.9, "7", 0.05, BOX),))
        for n, text in enumerate(texts, start=1)
    ]
    return PageResult(source, 1, tuple(words))


def write(path: Path, *results: PageResult) -> None:
    with open_table(path, WORD_COLUMNS) as table:
        for result in results:
            table.write(word_rows(result))


def test_csv_bytes(tmp_path: Path) -> None:
    write(tmp_path / "n.csv", page_of("007"), PageResult("b.png", 0, error="broken, alas"))
    header, word, error = (tmp_path / "n.csv").read_bytes().decode().split("\n")[:3]
    assert header == "source,page,field,line,word,text,confidence,status,left,top,right,bottom,message"
    assert word in {f"a.png,1,,1,1,007,{confidence},ok,1,2,30,40," for confidence in ("0.9876", "0.9877")}
    assert error == 'b.png,0,,,,,,error,,,,,"broken, alas"'


@pytest.mark.parametrize("source", ["a,b.png", 'a"b.png', "a\nb.png", "a\rb.png", "=1+1.png", "é 数.png"])
@pytest.mark.parametrize("ending", FORMATS)
def test_any_source_and_leading_zeros_come_back(tmp_path: Path, source: str, ending: str) -> None:
    table = tmp_path / f"n{ending}"
    write(table, page_of("0012", "000", source=source))
    rows = read_table(table)
    assert [(row["source"], row["text"]) for row in rows] == [(source, "0012"), (source, "000")]


def test_quotes_are_doubled(tmp_path: Path) -> None:
    write(tmp_path / "n.csv", page_of("1", source='a "b", c'))
    assert b'\n"a ""b"", c",1,' in (tmp_path / "n.csv").read_bytes()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_empty_table_has_its_header(tmp_path: Path, ending: str) -> None:
    table = tmp_path / f"n{ending}"
    write(table)
    assert read_table(table, WORD_COLUMNS) == []


def test_glyph_rows(tmp_path: Path) -> None:
    with open_table(tmp_path / "g.csv", GLYPH_COLUMNS) as table:
        table.write(glyph_rows(page_of("5")))
    lines = (tmp_path / "g.csv").read_text().splitlines()
    assert lines[1] == "a.png,1,,1,1,1,5,0.9000,7,0.0500,1,2,30,40"


@pytest.mark.parametrize("ending", FORMATS)
def test_failure_leaves_the_old_table_alone(tmp_path: Path, ending: str) -> None:
    table = tmp_path / f"n{ending}"
    table.write_text("old")
    with pytest.raises(RuntimeError, match="halfway"), open_table(table, WORD_COLUMNS) as rows:
        rows.write(word_rows(page_of("1")))
        raise RuntimeError("halfway")
    assert [path.name for path in tmp_path.iterdir()] == [table.name]
    assert table.read_text() == "old"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    for place, remedy in [(tmp_path, "is a folder"), (tmp_path / "no" / "n.csv", "create the folder")]:
        with pytest.raises(OutputError, match=remedy), open_table(place, WORD_COLUMNS):
            pass


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "n.csv"
    with pytest.raises(InputError, match="no such file"):
        read_table(table)
    table.write_text("source,text\n")
    with pytest.raises(InputError, match="lacks the column left"):
        read_table(table, ("source", "left"))
