"""What `import batchocr` offers, and that it costs nothing until used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import batchocr


def test_the_public_names_are_sorted_and_there() -> None:
    assert batchocr.__all__ == sorted(batchocr.__all__)
    for name in batchocr.__all__:
        assert getattr(batchocr, name) is not None
    assert set(batchocr.__all__) <= set(dir(batchocr))


def test_every_room_tells_what_it_exports() -> None:
    assert batchocr.recognize_pages.__module__ == "batchocr.batch"
    assert issubclass(batchocr.errors.ModelError, batchocr.errors.BatchocrError)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="recognise"):
        batchocr.recognise  # noqa: B018


@pytest.mark.parametrize(
    ("rooms", "unwanted"),
    [
        ("batchocr, batchocr.cli", {"numpy", "cv2", "PIL", "tensorflow", "ai_edge_litert", "sqlite3"}),
        (
            "batchocr.batch, batchocr.job, batchocr.places, batchocr.network.card",  # what hands pages out
            {"numpy", "cv2", "PIL", "tensorflow", "ai_edge_litert"},
        ),
    ],
)
def test_importing_costs_little(rooms: str, unwanted: set[str]) -> None:
    code = f"import {rooms}, sys; print({unwanted} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
