"""The README's commands and its Python example are run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_worked_example_gives_what_the_readme_shows(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = re.search(
        r"\$ head -3 numbers\.csv\n(.*?)\$ grep -m 1 ,review, numbers\.csv\n(.*?)```", readme, re.S
    )
    assert shown
    table = tmp_path / "numbers.csv"
    command = [sys.executable, "-m", "batchocr", "run", "samples/pages/comb-form.png", "-o", str(table), "-q"]
    subprocess.run(command, cwd=ROOT, check=True)
    lines = table.read_text("utf-8").splitlines()
    head, (doubtful,) = shown.group(1).splitlines(), shown.group(2).splitlines()
    assert lines[0] == head[0]
    # all but confidence and what follows from it, which vary by processor
    place = [0, 1, 3, 4, 5, 8, 9, 10, 11]
    told = [[line.split(",")[n] for n in place] for line in lines[1:]]
    assert told[:2] == [[line.split(",")[n] for n in place] for line in head[1:]]
    assert [doubtful.split(",")[n] for n in place] in told
    assert ",ok," in head[1] and ",review," in doubtful


def test_the_python_example_runs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    example = re.search(r"```python\n(.*?)```", readme, re.S)
    assert example
    done = subprocess.run(
        [sys.executable, "-c", example.group(1)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) >= 30
