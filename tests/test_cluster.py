"""A real Dask scheduler and two workers on loopback, one of them killed in the middle of a run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import needs_model
from killed_run import load, recognize
from PIL import Image
from test_kill import kept_pages, make_scans

from batchocr import cli
from batchocr.batch import Settings, Steps, read_pages
from batchocr.elements import Page, Predict, Word
from batchocr.errors import BatchocrError, UsageError
from batchocr.places import workplace

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'batchocr[dask]'")

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # s
PYTHONPATH = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])


def slowly(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    time.sleep(0.1)
    return recognize(pages, predict, review_below)


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._launch("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self.address = self._said("scheduler-0", r"Scheduler at:\s*(tcp://\S+)")

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        name = f"worker-{len(self._processes)}"
        process = self._launch(
            "worker", self.address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard",
            "--host", "127.0.0.1", "--local-directory", str(self._folder), *options,
        )  # fmt: skip
        self._said(name, r"(Registered to)")
        return process

    def _launch(self, *arguments: str) -> subprocess.Popen[bytes]:
        name = f"{arguments[0]}-{len(self._processes)}"
        with (self._folder / name).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=os.environ | {"PYTHONPATH": PYTHONPATH},
            )
        self._processes.append(process)
        return process

    def _said(self, name: str, pattern: str) -> str:
        """What a process wrote to its log, once it has."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := re.search(pattern, (self._folder / name).read_text()):
                return found[1]
            time.sleep(0.05)
        pytest.fail(f"{name} never started: {(self._folder / name).read_text()}")

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster
    finally:
        cluster.close()


@pytest.mark.filterwarnings("ignore")  # of Dask's own making, and of sockets that it closes late
def test_a_worker_lost_in_the_middle_costs_nothing(cluster: Cluster, tmp_path: Path) -> None:
    scans, here, there = tmp_path / "scans", tmp_path / "here", tmp_path / "there"
    make_scans(scans, seed=5)
    here.mkdir()
    there.mkdir()
    calm = Settings(steps=Steps(read_pages, load, recognize))
    assert cli.read_into_tables([str(scans)], calm, output=here / "n.csv", jobs=2, quiet=True) == 3
    doomed = cluster.add_worker("--no-nanny")
    cluster.add_worker("--no-nanny")

    kept_then: list[int] = []

    def kill_one() -> None:
        deadline = time.monotonic() + PATIENCE
        while kept_pages(there) < 30 and time.monotonic() < deadline:
            time.sleep(0.05)
        kept_then.append(kept_pages(there))
        doomed.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    slow = Settings(steps=Steps(read_pages, load, slowly))
    code = cli.read_into_tables(
        [str(scans)], slow, output=there / "n.csv", cluster=cluster.address, quiet=True
    )
    killer.join()
    assert doomed.wait(PATIENCE) == -signal.SIGKILL
    assert code == 3
    assert 30 <= kept_then[0] < kept_pages(there)
    assert (there / "n.csv").read_bytes() == (here / "n.csv").read_bytes()


@needs_model
@pytest.mark.filterwarnings("ignore")
def test_the_command_reads_on_a_cluster_of_ordinary_workers(cluster: Cluster, tmp_path: Path) -> None:
    """Workers below a nanny, as Dask starts them, may have children too."""
    cluster.add_worker()
    Image.new("L", (40, 40), 255).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"broken")
    run = subprocess.run(
        [sys.executable, "-m", "batchocr", "run", "a.png", "b.png", "--cluster", cluster.address],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | {"PYTHONPATH": PYTHONPATH},
    )
    assert run.returncode == 3
    assert [line.split(",")[0] for line in run.stdout.splitlines()] == ["source", "b.png"]
    assert "1 page read" in run.stderr


@pytest.mark.filterwarnings("ignore")
def test_an_address_at_which_nobody_answers() -> None:
    with (
        pytest.raises(BatchocrError, match="no scheduler answers"),
        workplace(Settings(), None, "tcp://127.0.0.1:9", connect_seconds=1),
    ):
        pytest.fail("somebody answered")
    with pytest.raises(UsageError, match="is no address"), workplace(Settings(), None, "what:ever:this"):
        pytest.fail("somebody answered")
