"""Many pages: order, errors as values, executors, dead workers. Plain functions stand for the real steps."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from batchocr.batch import Settings, Steps, read_sources, recognize_pages
from batchocr.elements import Box, Page, PageResult, Predict, Word
from batchocr.errors import InputError, UsageError
from batchocr.pages import PageFailure, Source, find_sources


def read(source: Source) -> Iterator[Page | PageFailure]:
    """A page whose number of rows is written in the file; `broken` and `deadly` misbehave."""
    text = source.path.read_text()
    if text == "broken":
        yield PageFailure(source.given, 0, "is broken")
    elif text == "deadly":
        os._exit(9)
    else:
        yield Page(np.full((int(text), 5), 255, np.uint8), source.given)


def load(model: object) -> Predict:
    return lambda glyphs: np.zeros((len(glyphs), 11), np.float32)


def recognize(pages: Sequence[Page], predict: Predict, review_below: float) -> list[list[Word]]:
    """One word a page: its number of rows. Thirteen is unlucky."""
    heights = [page.image.shape[0] for page in pages]
    if 13 in heights:
        raise ValueError("thirteen")
    return [[Word(1, 1, str(height), 1.0, "ok", Box(0, 0, 1, 1))] for height in heights]


SETTINGS = Settings(steps=Steps(read, load, recognize))


def sources_of(folder: Path, *texts: str) -> list[Source]:
    for n, text in enumerate(texts):
        (folder / f"{n}.png").write_text(text)
    return list(find_sources([str(folder)])[0])


def said(results: Sequence[PageResult]) -> list[str]:
    return [result.error or result.words[0].text for result in results]


@pytest.mark.parametrize("jobs", [1, 2])
def test_input_order(tmp_path: Path, jobs: int) -> None:
    texts = [str(n) for n in range(20, 50)]
    assert said(list(read_sources(sources_of(tmp_path, *texts), SETTINGS, jobs=jobs))) == texts


def test_errors_cost_their_own_page_only(tmp_path: Path) -> None:
    sources = sources_of(tmp_path, "1", "broken", "2", "13", "3")
    results = list(read_sources(sources, SETTINGS, jobs=1))
    assert said(results) == ["1", "is broken", "2", "recognition failed (ValueError: thirteen)", "3"]
    assert [result.page for result in results] == [1, 0, 1, 1, 1]


def test_callers_executor(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as executor:
        results = list(read_sources(sources_of(tmp_path, "1", "2", "3"), SETTINGS, executor=executor))
    assert said(results) == ["1", "2", "3"]


def test_file_that_kills_its_worker_costs_itself(tmp_path: Path) -> None:
    results = list(read_sources(sources_of(tmp_path, "1", "deadly", "2", "3"), SETTINGS, jobs=2))
    assert [bool(result.error) for result in results] == [False, True, False, False]
    assert "killed the process" in results[1].error


def test_arguments_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_sources(sources_of(tmp_path, "1"), SETTINGS, jobs=0)
    with pytest.raises(UsageError):
        recognize_pages([tmp_path], review_below=2)
    with pytest.raises(InputError):
        recognize_pages([tmp_path / "none"])
