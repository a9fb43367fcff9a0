"""Fixtures shared by the rooms' tests: pages and scans small enough to read at a glance."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

WEIGHTS = Path(__file__).parents[1] / "batchocr" / "network" / "weights"
SHARED = Path(__file__).parents[2] / "shared"

needs_model = pytest.mark.skipif(not any(WEIGHTS.glob("*.tflite")), reason="the shipped model is not there")
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the project")


def load_script(name: str) -> ModuleType:
    """A script as a module, by its name without the ending."""
    path = Path(__file__).parents[1] / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of three white pages, a.png, b.png and c.png, of 40, 50 and 60 px height."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for name, height in (("a", 40), ("b", 50), ("c", 60)):
        Image.fromarray(np.full((height, 80), 255, np.uint8)).save(folder / f"{name}.png")
    return folder
