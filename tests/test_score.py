"""Scores of hand-made tables, against numbers worked out by hand and against the bench's own script."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SHARED, needs_shared

from batchocr.errors import InputError
from batchocr.score import common, edit_distance, score_files

HEADER = "source,page,text,status,left,top,right,bottom\n"
BENCH = SHARED / "bench" / "score.py"


def table(path: Path, header: str, *rows: str) -> Path:
    path.write_text(header + "".join(row + "\n" for row in rows))
    return path


def test_strings_in_boxes(tmp_path: Path) -> None:
    words = table(
        tmp_path / "w.csv",
        HEADER,
        "scans/a.png,1,1-2,ok,0,0,10,10",  # the separator does not count
        "scans/a.png,1,34,ok,12,0,20,10",  # joins its neighbour in the box
        "scans/a.png,1,99,ok,200,0,220,10",  # in no box
        "scans/a.png,1,07,review,0,50,10,60",
        "scans/a.png,2,5,ok,0,0,10,10",
        "scans/b.png,0,,error,,,,",
    )
    truth = table(
        tmp_path / "t.csv",
        "source,page,field,left,top,right,bottom,text\n",
        "a.png,1,f,0,0,30,10,1234",
        "a.png,1,g,0,50,30,60,7",  # the leading zero counts
        "a.png,2,f,0,0,30,10,6",
    )
    assert score_files(words, truth) == {
        "kind": "boxes",
        "strings": 3,
        "right": 1,
        "accuracy": 1 / 3,
        "cer": 2 / 6,
        "accepted": 2,
        "accepted_wrong": 1,
        "coverage": 2 / 3,
        "words": 5,
        "words_ok": 4,
    }


def test_whole_images(tmp_path: Path) -> None:
    words = table(
        tmp_path / "w.csv",
        HEADER,
        "d/a.png,1,12,ok,0,0,20,10",  # left to right by centre: 12 (10), 007 (15), 345 (45), 9 (45)
        "d/a.png,1,345,ok,30,1,60,11",
        "d/a.png,1,007,review,0,40,30,50",
        "d/a.png,1,9,ok,40,40,50,50",
        "d/b.png,0,,error,,,,",
    )
    truth = table(tmp_path / "t.csv", "source,text\n", "a.png,120073459", "b.png,5")
    scores = score_files(words, truth)
    assert (scores["kind"], scores["strings"], scores["right"], scores["cer"]) == ("whole", 2, 1, 1 / 10)
    assert (scores["accepted"], scores["accepted_wrong"], scores["coverage"]) == (0, 0, 0)


def test_numbers_of_a_table(tmp_path: Path) -> None:
    words = table(
        tmp_path / "w.csv",
        HEADER,
        "a.png,1,3,ok,0,50,10,60",
        "a.png,1,2,review,50,1,60,11",  # right of the next, though higher
        "a.png,1,1,ok,0,2,10,12",
        "a.png,1,8,ok,80,50,90,60",
    )
    truth = table(tmp_path / "t.csv", "source,row,col,text\n", "a.png,1,1,1", "a.png,1,2,2.0", "a.png,2,1,3")
    scores = score_files(words, truth)
    assert (scores["numbers"], scores["recall"], scores["precision"]) == (3, 2 / 3, 2 / 4)
    assert (scores["accepted"], scores["accepted_wrong"]) == (3, 1)


@pytest.mark.parametrize(
    ("a", "b", "distance"), [("", "", 0), ("12", "", 2), ("123", "23", 1), ("17", "71", 2)]
)
def test_edit_distance(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b) == edit_distance(b, a) == distance


def test_common() -> None:
    assert common(["1", "22", "3"], ["22", "1", "3"]) == 2


@pytest.mark.parametrize(
    ("words", "truth", "sentence"),
    [
        ("source,text\n", "source,text\na,1\n", "w.csv: lacks the column page, left"),
        (HEADER, "source\na\n", "t.csv: lacks the column text"),
        (HEADER, "source,text\n", "t.csv: holds no rows"),
        (HEADER + "a,1,2,ok,x,0,1,1\n", "source,text\na,1\n", "w.csv: holds a page or box"),
        (HEADER, "source,text,left\na,1,2\n", "t.csv: a box needs"),
    ],
)
def test_a_bad_table_is_told(tmp_path: Path, words: str, truth: str, sentence: str) -> None:
    (tmp_path / "w.csv").write_text(words)
    (tmp_path / "t.csv").write_text(truth)
    with pytest.raises(InputError, match=sentence):
        score_files(tmp_path / "w.csv", tmp_path / "t.csv")


@needs_shared
@pytest.mark.parametrize("name", ["nist_hsf", "student_strip", "weather_tables"])
def test_agrees_with_the_bench(tmp_path: Path, name: str) -> None:
    truth = SHARED / "data" / name / "truth.csv"
    rng = random.Random(1)
    sources = sorted({line.split(",")[0] for line in truth.read_text().splitlines()[1:]})
    rows = []
    for _ in range(600):
        left, top = rng.randrange(2500), rng.randrange(3200)
        text = rng.choice(["0123456789", "16", "9.093", "9-115", "?7"])
        status = rng.choice(["ok", "review"])
        rows.append(f"d/{rng.choice(sources)},1,{text},{status},{left},{top},{left + 40},{top + 30}")
    words = table(tmp_path / "w.csv", HEADER, *rows)
    bench = subprocess.run([sys.executable, BENCH, words, truth], capture_output=True, text=True, check=True)
    theirs = json.loads(bench.stdout.splitlines()[-1])
    ours = score_files(words, truth)
    assert {name: ours[name] for name in theirs} == theirs
