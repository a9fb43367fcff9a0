"""A folder of scanned forms in, a table of the numbers written on them out.

    import batchocr

    for result in batchocr.recognize_pages(["scans"]):
        for word in result.words:
            print(result.source, result.page, word.text, word.confidence, word.status)

The names below are loaded when first used, so that importing batchocr costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import errors
    from .batch import recognize_pages
    from .elements import Box, Page, PageResult, Reading, Word
    from .network.model import load_model
    from .pages import load_page
    from .pipeline import recognize_page

    __version__: str

__all__ = [
    "Box",
    "Page",
    "PageResult",
    "Reading",
    "Word",
    "__version__",
    "errors",
    "load_model",
    "load_page",
    "recognize_page",
    "recognize_pages",
]

_HOMES = {
    "Box": "elements",
    "Page": "elements",
    "PageResult": "elements",
    "Reading": "elements",
    "Word": "elements",
    "load_model": "network.model",
    "load_page": "pages",
    "recognize_page": "pipeline",
    "recognize_pages": "batch",
}


def __getattr__(name: str) -> object:
    """A public name, from the room where it lives (PEP 562)."""
    if name == "__version__":
        return _version()
    if name == "errors":
        return import_module(".errors", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value  # found once, then as quick as any other name
    return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("batchocr")
    except PackageNotFoundError:  # run from a source folder that was never installed
        return "unknown"


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
