"""MNIST from its four IDX files, its writers, and the splits that training uses.

Leaves out downloading and everything that is not MNIST; drawn glyphs come from `synthesis`. The file format
is LeCun's IDX, plain or gzipped; the writer of each digit comes from QMNIST's label files, one id a line.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import GlyphImages
from batchocr.errors import InputError

Labels = NDArray[np.uint8]  # (N,) uint8, 0..9, or 10 for "not a digit"

NAMES = {
    "train images": "train-images-idx3-ubyte",
    "train labels": "train-labels-idx1-ubyte",
    "test images": "t10k-images-idx3-ubyte",
    "test labels": "t10k-labels-idx1-ubyte",
}
SHA256 = {  # of the uncompressed files
    "train images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
GZIP_MAGIC = b"\x1f\x8b"
IMAGES_HEADER, LABELS_HEADER = 16, 8  # bytes before the data (IDX)
VALIDATION_COUNT = 10_000  # of the 60,000, as in the two notebooks
WRITERS_HELD_OUT = 0.1  # share of the training writers kept for choosing and calibrating


@dataclass(frozen=True, slots=True)
class Mnist:
    """MNIST in memory: images (N, 28, 28) uint8, ink 255 on 0; labels (N,) uint8."""

    train_images: GlyphImages
    train_labels: Labels
    test_images: GlyphImages
    test_labels: Labels
    train_writers: NDArray[np.int64] | None
    sha256: dict[str, str]


def load_mnist(folder: str | Path, *, check: bool = True) -> Mnist:
    """Read MNIST from a folder of IDX files, gzipped or not; check says whether its hashes must be right."""
    raw = {part: _read(Path(folder), name) for part, name in NAMES.items()}
    hashes = {part: hashlib.sha256(data).hexdigest() for part, data in raw.items()}
    for part, name in NAMES.items():
        if check and hashes[part] != SHA256[part]:
            raise InputError(
                f"{Path(folder) / name}: not MNIST's {part} (wrong SHA-256); fetch the file again"
            )
    writers = Path(folder) / "train-writers.txt"
    return Mnist(
        _images(raw["train images"]),
        _labels(raw["train labels"]),
        _images(raw["test images"]),
        _labels(raw["test labels"]),
        np.loadtxt(writers, dtype=np.int64) if writers.exists() else None,
        hashes,
    )


def load_test_writers(folder: str | Path) -> NDArray[np.int64]:
    """(10,000,) who wrote each test digit."""
    path = Path(folder) / "t10k-writers.txt"
    if not path.is_file():
        raise InputError(f"{path}: not found; strings in one hand need to know who wrote each digit")
    return np.loadtxt(path, dtype=np.int64)


def split_by_writer(writers: NDArray[np.int64], *, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices to learn from and to choose by; no writer is in both."""
    people = np.unique(writers)
    held = np.random.default_rng(seed).choice(people, round(len(people) * WRITERS_HELD_OUT), replace=False)
    chosen = np.isin(writers, held)
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _read(folder: Path, name: str) -> bytes:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            data = path.read_bytes()
            return gzip.decompress(data) if data[:2] == GZIP_MAGIC else data
    raise InputError(f"{folder / name}: not found (nor with .gz); put MNIST's four IDX files there")


def _images(data: bytes) -> GlyphImages:
    return np.frombuffer(data, np.uint8, offset=IMAGES_HEADER).reshape(-1, 28, 28)


def _labels(data: bytes) -> Labels:
    return np.frombuffer(data, np.uint8, offset=LABELS_HEADER)
