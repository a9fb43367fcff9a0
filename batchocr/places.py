"""Where pages are read: in child processes here, or on the workers of a Dask cluster.

Both are executors, and that is all the rest knows of them. Left out: starting a cluster (docs/scale.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .batch import WINDOW_PER_JOB, File, Settings, usable_cores
from .errors import BatchocrError, UsageError
from .sources import Source
from .workers import Crew, Guard

CONNECT_SECONDS = 10.0  # to wait for a scheduler before telling that there is none
CLUSTER_JOBS = 16  # workers reckoned with at least, since a cluster may grow while it works


@dataclass(frozen=True, slots=True)
class Workplace:
    """An executor, how many pages it reads at a time, and what is sent to it.

    window: tasks under way at most. shipped: makes files such that its workers find them.
    """

    executor: Executor
    jobs: int
    settings: Settings
    shipped: Callable[[Iterable[File]], Iterable[File]]

    @property
    def window(self) -> int:
        """Tasks under way at most: the workers never wait, and the results that do are few."""
        return WINDOW_PER_JOB * self.jobs


@contextmanager
def workplace(
    settings: Settings, jobs: int | None, cluster: str | None, *, connect_seconds: float = CONNECT_SECONDS
) -> Iterator[Workplace]:
    """Child processes here, `jobs` of them (by default one a core), or the cluster of that address.

    Raises UsageError if the address cannot be meant or Dask is not installed, BatchocrError if nobody answers.
    """
    settings = replace(settings, guard=settings.guard or Guard())
    if cluster is not None:
        with _cluster(settings, cluster, connect_seconds) as place:
            yield place
        return
    jobs = jobs or usable_cores()
    with Crew(jobs, settings.guard or Guard()) as crew:
        yield Workplace(crew, jobs, settings, lambda files: files)


@contextmanager
def _cluster(settings: Settings, address: str, seconds: float) -> Iterator[Workplace]:
    """A Dask cluster: a scheduler at the address, and whatever workers it has."""
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--cluster needs Dask: pip install 'batchocr[dask]'") from None
    client = _connected(Client, address, seconds)
    with client:
        jobs = max(CLUSTER_JOBS, sum(client.nthreads().values()))
        # never pure: the same page is read again if it is asked for again
        yield Workplace(client.get_executor(pure=False), jobs, _absolute(settings), _shipped)


def _connected(connect: Any, address: str, seconds: float) -> Any:
    try:
        return connect(address, timeout=seconds, set_as_default=False)
    except ValueError as error:
        raise UsageError(
            f"--cluster {address}: is no address ({error}); it looks like tcp://host:8786"
        ) from None
    except OSError as error:
        raise BatchocrError(
            f"--cluster {address}: no scheduler answers ({type(error).__name__}); start it, or check the address"
        ) from None


def _absolute(settings: Settings) -> Settings:
    """Settings that mean the same in a worker's own folder; the files themselves are on a shared disk."""
    model = settings.model
    return replace(
        settings,
        model=None if model is None else os.path.abspath(model),  # noqa: PTH100 (may be a string)
        overlay=None if settings.overlay is None else settings.overlay.absolute(),
    )


def _shipped(files: Iterable[File]) -> Iterator[File]:
    for file in files:
        yield file._replace(source=Source(file.source.given, Path(file.source.path).absolute()))
