"""Scores of hand-made tables, against numbers worked out by hand and against the benchmark's own script."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from batchocr.errors import InputError
from batchocr.score import score_files
from batchocr.tables import WORD_COLUMNS

SCRIPT = Path(__file__).parents[2] / "shared" / "bench" / "score.py"

# Row one reads 12 345, row two 007 (for review) and 9; one page failed.
WORDS = """\
d/a.png,1,,1,1,12,0.99,ok,0,0,20,10,
d/a.png,1,,1,2,345,0.99,ok,30,1,60,11,
d/a.png,1,,2,1,007,0.50,review,0,40,30,50,doubtful
d/a.png,1,,2,2,9,0.99,ok,40,40,50,50,
d/b.png,0,,,,,,error,,,,,broken
"""

TRUTHS = {
    # 12345 right; 008 read 007, which is under review; 8 read 9 and accepted; b.png's 11 not read at all
    "boxes": (
        "source,page,field,left,top,right,bottom,text\n"
        "a.png,1,x,0,0,80,20,12-345\n"
        "a.png,1,y,0,30,35,60,008\n"
        "a.png,1,z,35,30,80,60,8\n"
        "b.png,1,x,0,0,80,20,11\n",
        {"strings": 4, "right": 1, "cer": 4 / 11, "accepted": 2, "accepted_wrong": 1, "coverage": 0.5},
    ),
    # left to right by centre: 12 (10), 007 (15), 345 (45), 9 (45)
    "whole": (
        "source,text\na.png,120073459\nb.png,5\n",
        {"strings": 2, "right": 1, "accuracy": 0.5, "cer": 1 / 10, "accepted": 0, "accepted_wrong": 0},
    ),
    # of 12 345 7 9 the table has 12 345 9; 007 is not 7
    "table": (
        "source,row,col,text\na.png,1,1,12\na.png,1,2,345\na.png,2,1,7\na.png,2,2,9\nb.png,1,1,4\n",
        {"numbers": 5, "recall": 3 / 5, "precision": 3 / 4, "accepted": 3, "accepted_wrong": 0},
    ),
}


def tables(folder: Path, kind: str) -> tuple[Path, Path]:
    words, truth = folder / "numbers.csv", folder / "truth.csv"
    words.write_text(",".join(WORD_COLUMNS) + "\n" + WORDS)
    truth.write_text(TRUTHS[kind][0])
    return words, truth


@pytest.mark.parametrize("kind", TRUTHS)
def test_by_hand(tmp_path: Path, kind: str) -> None:
    scores = score_files(*tables(tmp_path, kind))
    assert scores["kind"] == kind
    for name, value in TRUTHS[kind][1].items():
        assert scores[name] == pytest.approx(value), name


@pytest.mark.skipif(not SCRIPT.exists(), reason="the benchmark's score.py is not beside this checkout")
@pytest.mark.parametrize("kind", TRUTHS)
def test_agrees_with_the_benchmark(tmp_path: Path, kind: str) -> None:
    words, truth = tables(tmp_path, kind)
    done = subprocess.run([sys.executable, SCRIPT, words, truth], capture_output=True, text=True, check=True)
    scores = score_files(words, truth)
    for name, value in json.loads(done.stdout.splitlines()[-1]).items():
        assert scores[name] == pytest.approx(value), name


def test_tables_that_cannot_be_scored(tmp_path: Path) -> None:
    words, truth = tables(tmp_path, "boxes")
    truth.write_text("source,text\n")
    with pytest.raises(InputError, match="no rows"):
        score_files(words, truth)
    truth.write_text("source,left,text\na.png,x,1\n")
    with pytest.raises(InputError, match="as numbers"):
        score_files(words, truth)
