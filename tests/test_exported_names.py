"""What `import batchocr` offers, and that it costs nothing until used."""

import subprocess
import sys

import pytest

import batchocr

HEAVY = ("cv2", "numpy", "tensorflow", "PIL", "ai_edge_litert")


def test_names_are_sorted_and_resolve() -> None:
    assert batchocr.__all__ == sorted(batchocr.__all__)
    for name in batchocr.__all__:
        assert getattr(batchocr, name) is not None
        assert name in dir(batchocr)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        batchocr.no_such_name  # noqa: B018


@pytest.mark.parametrize("module", ["batchocr", "batchocr.cli"])
def test_import_is_light(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
