"""What is learnt from, drawn ahead by other processes while a network learns."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any, TypeVar

import cv2

LOOK_SECONDS = 10.0  # to wait for a batch before looking whether anybody is still drawing
AHEAD = 8  # batches that each process draws ahead
Batch = TypeVar("Batch")


@contextmanager
def drawn_ahead(draw: Callable[[int], Batch], steps: range, workers: int) -> Iterator[Iterator[Batch]]:
    """The batches of all steps in order. draw: makes one, of its step. Forks: to be called before TensorFlow starts its threads."""
    context = multiprocessing.get_context("fork")
    queues = [context.Queue(AHEAD) for _ in range(workers)]
    crew = [
        context.Process(target=_draw_all, args=(draw, steps[n::workers], queue), daemon=True)
        for n, queue in enumerate(queues)
    ]
    for process in crew:
        process.start()
    try:
        yield (next_batch(queues[turn % workers], crew[turn % workers]) for turn in range(len(steps)))
    finally:
        for process in crew:
            process.terminate()


def _draw_all(draw: Callable[[int], Batch], steps: range, queue: Any) -> None:
    cv2.setNumThreads(1)
    for step in steps:
        queue.put(draw(step))


def next_batch(queue: Any, process: Any) -> Any:
    """What a process has drawn next. Raises RuntimeError if it has died."""
    while True:
        try:
            return queue.get(timeout=LOOK_SECONDS)
        except Empty:
            if not process.is_alive():
                raise RuntimeError("a process that draws strings has died; its error stands above") from None
