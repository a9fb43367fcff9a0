"""Damaged copies of our own samples through the reader: whatever the bytes, pages or failures, never a fault.

Pieces of the sample pages are saved in every format, then cut off, flipped, spliced and doubled. The reader
works in a guarded child, as in a run, so that a crash of an image library is seen and is not the suite's end.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image

from batchocr.elements import PageFailure
from batchocr.pages import Limits, iter_pages
from batchocr.sources import Source
from batchocr.workers import Guard, LostError, Worker

SAMPLES = Path(__file__).parents[1] / "samples" / "pages"
LIMITS = Limits(pixels=4_000_000, side=4000, pages=50)
PIECE = (260, 180)  # px
EXAMPLES = 40  # a format
SIGNIFICANT = (0, 1, 0x7F, 0x80, 0xFF)  # bytes at which lengths and signs turn over
FORMATS = (
    ".png", ".jpg", ".bmp", ".gif", ".webp", ".pgm", ".tif", ".g4.tif", ".pages.tif", ".pdf", ".sample.pdf"
)  # fmt: skip


@cache
def seed_of(ending: str) -> bytes:
    """A small whole file of the format."""
    if ending == ".sample.pdf":
        return (SAMPLES / "delivery-notes.pdf").read_bytes()
    with Image.open(SAMPLES / "rows.png") as page:
        pieces = [page.convert("L").crop((x, 200, x + PIECE[0], 200 + PIECE[1])) for x in (0, 300, 600)]
    options: dict[str, object] = {"dpi": (300, 300)} if ending in (".png", ".jpg", ".tif") else {}
    if ending == ".g4.tif":
        pieces = [piece.convert("1") for piece in pieces]
        options = {"compression": "group4"}
    if ending == ".pages.tif":
        options = {"save_all": True, "append_images": pieces[1:], "compression": "tiff_lzw"}
    data = io.BytesIO()
    kind = {"jpg": "JPEG", "tif": "TIFF", "pgm": "PPM"}.get(ending.split(".")[-1], ending[1:].upper())
    pieces[0].save(data, kind, **options)
    return data.getvalue()


@st.composite
def damaged(draw: st.DrawFn, seed: bytes) -> bytes:
    """The bytes after one to six accidents, most of them near the head, where the formats keep their counts."""
    data = bytearray(seed)
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        most = draw(st.sampled_from((64, 512, len(data)))) - 1
        place = draw(st.integers(0, min(most, len(data) - 1)))
        match draw(st.sampled_from(("flip", "set", "cut", "drop", "splice", "double"))):
            case "flip":
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "set":
                width = draw(st.sampled_from((1, 2, 4)))
                data[place : place + width] = bytes([draw(st.sampled_from(SIGNIFICANT))]) * width
            case "cut":
                del data[place:]
            case "drop":
                del data[place : place + draw(st.integers(1, 64))]
            case "splice":
                data[place:place] = draw(st.binary(min_size=1, max_size=32))
            case "double":
                data[place:place] = data[place : place + draw(st.integers(1, 256))]
    return bytes(data)


def outcome(path: Path) -> list[tuple[str, int, str]]:
    """What the reader says of a file: its pages' shapes or failures."""
    return [
        ("failure", item.page, item.message)
        if isinstance(item, PageFailure)
        else ("page", item.number, str(item.image.dtype) + str(item.image.ndim))
        for item in iter_pages(Source(path.name, path), LIMITS)
    ]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(Guard(seconds=30, memory=2048))
    yield worker
    worker.close()


@pytest.mark.parametrize("ending", FORMATS)
def test_the_seeds_are_whole(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"a{ending}").write_bytes(seed_of(ending))
    pages = outcome(tmp_path / f"a{ending}")
    assert [number for kind, number, _ in pages if kind == "page"] == list(range(1, len(pages) + 1))
    assert pages


@pytest.mark.parametrize("ending", FORMATS)
def test_damage_gives_pages_or_failures(
    tmp_path_factory: pytest.TempPathFactory, worker: Worker, ending: str
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / f"a{ending}"

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(damaged(seed_of(ending)))
    def read(data: bytes) -> None:
        path.write_bytes(data)
        try:
            items = worker.call(outcome, path)
        except LostError as error:
            event(f"lost: {error}")  # a fault of a library, which costs the page its row
            return
        event("whole" if all(kind == "page" for kind, _, _ in items) else "damaged")
        numbers = [number for _, number, _ in items]
        assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers) >= 1
        for kind, number, text in items:
            assert (text == "uint82") if kind == "page" else (text and "\n" not in text and number >= 0)

    read()
