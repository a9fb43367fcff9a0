"""A run that is killed without warning again and again ends with the table of an undisturbed one."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from batchocr.job import open_job
from batchocr.tables import read_table

KILLS = 30  # over one job
ANY_MOMENT = (
    0.8  # s after a run's start within which it may be killed, before its first page on a busy machine
)
AFTER_PAGE = 0.3  # s after a new page was kept within which every other run is killed
PATIENCE = 60  # s
HEIGHTS = range(20, 60)  # px of the pages

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 as POSIX has it")


def make_scans(folder: Path, seed: int) -> None:
    """Single pages, files of 20 pages, a PDF of 40 that several workers share, and a few that are broken."""
    rng = random.Random(seed)
    folder.mkdir()
    for number in range(80):
        pages = [Image.new("L", (30, rng.choice(HEIGHTS)), 255) for _ in range(20)]
        if number == 0:
            pages[0].save(folder / "0.pdf", save_all=True, append_images=[*pages[1:], *pages])
        elif number % 3 == 0:
            pages[0].save(folder / f"{number}.tif", save_all=True, append_images=pages[1:])
        elif number % 10 == 1:
            (folder / f"{number}.png").write_bytes(b"broken")
        else:
            pages[0].save(folder / f"{number}.png")


def start(folder: Path, scans: Path, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    tests = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, tests / "killed_run.py", folder, scans],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])},
        stdout=subprocess.DEVNULL,
        stderr=stderr,
    )


def kept_pages(folder: Path) -> int:
    if not (folder / "n.csv.job").exists():
        return 0
    with open_job(folder / "n.csv") as job:
        counts = job.counts()
        return counts.pages + counts.failed


def wait_for_a_page(folder: Path, more_than: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while kept_pages(folder) <= more_than and time.monotonic() < deadline:
        time.sleep(0.02)


def kill(run: subprocess.Popen[bytes]) -> None:
    run.send_signal(signal.SIGKILL)
    run.wait()


def test_a_run_killed_thirty_times_gives_the_table_of_an_undisturbed_one(tmp_path: Path) -> None:
    scans, calm, killed = tmp_path / "scans", tmp_path / "calm", tmp_path / "killed"
    make_scans(scans, seed=1)
    calm.mkdir()
    killed.mkdir()
    assert start(calm, scans).wait(PATIENCE) == 3
    (tmp_path / "slow").touch()
    rng = random.Random(2)
    kept = [0]
    for number in range(KILLS):
        run = start(killed, scans)
        if number % 2:
            wait_for_a_page(killed, kept[-1])
        time.sleep(rng.uniform(0, AFTER_PAGE if number % 2 else ANY_MOMENT))
        assert run.poll() is None  # the kills are over before the job is
        kill(run)
        kept.append(kept_pages(killed))
    assert kept == sorted(kept)  # nothing that was read is lost
    assert KILLS / 2 <= kept[-1] < kept_pages(calm)
    (tmp_path / "slow").unlink()
    assert start(killed, scans).wait(PATIENCE) == 3
    for name in ("n.csv", "g.csv"):
        assert (killed / name).read_bytes() == (calm / name).read_bytes()
    assert len(read_table(killed / "n.csv")) > 500
    assert not list(killed.glob(".*"))


def test_a_run_killed_about_its_end_leaves_the_whole_table_or_none(tmp_path: Path) -> None:
    """Kills in steps over the time in which the table is written; what stands under its name is whole."""
    scans, calm, killed = tmp_path / "scans", tmp_path / "calm", tmp_path / "killed"
    make_scans(scans, seed=3)
    calm.mkdir()
    assert start(calm, scans).wait(PATIENCE) == 3
    whole = (calm / "n.csv").read_bytes()
    shutil.copytree(calm, killed)
    for step in range(12):
        (killed / "n.csv").unlink(missing_ok=True)
        run = start(killed, scans)
        time.sleep(0.15 + 0.03 * step)
        kill(run)
        assert not (killed / "n.csv").exists() or (killed / "n.csv").read_bytes() == whole
    assert start(killed, scans).wait(PATIENCE) == 3
    assert (killed / "n.csv").read_bytes() == whole


def test_ctrl_c_keeps_what_was_read_and_says_how_to_go_on(tmp_path: Path) -> None:
    scans, folder = tmp_path / "scans", tmp_path / "out"
    make_scans(scans, seed=4)
    folder.mkdir()
    (tmp_path / "slow").touch()
    run = start(folder, scans, stderr=subprocess.PIPE)
    wait_for_a_page(folder, 0)
    run.send_signal(signal.SIGINT)
    _, error = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130
    assert error.decode().splitlines()[-1] == (
        f"batchocr: interrupted; what was read is kept in {folder}/n.csv.job, "
        "run the same command again to go on"
    )
    assert kept_pages(folder) > 0
    assert not (folder / "n.csv").exists()
