"""MNIST from its four IDX files or Keras's downloader, its writers, and the splits that training uses.

Leaves out everything that is not MNIST; drawn glyphs come from `synthesis`. The file format is LeCun's IDX,
plain or gzipped; the writer of each digit comes from QMNIST's label files, one id a line.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
import sys
import zlib
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import GlyphImages
from batchocr.errors import InputError, UsageError

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
BYTES = {  # of the uncompressed files
    "train images": 47_040_016,
    "train labels": 60_008,
    "test images": 7_840_016,
    "test labels": 10_008,
}
GZIP_MAGIC = b"\x1f\x8b"
IMAGES_MAGIC, LABELS_MAGIC = (
    2051,
    2049,
)  # first four bytes of an IDX file: unsigned bytes in 3 or 1 dimensions
IMAGES_HEADER, LABELS_HEADER = 16, 8  # bytes before the data (IDX)
VALIDATION_COUNT = 10_000  # of the 60,000, as in the two notebooks
SPLIT_SEED = 1  # of the writers held out
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


def find_mnist(folder: str | Path | None) -> Mnist:
    """MNIST from a folder of IDX files, or through Keras's downloader where no folder is named."""
    return _downloaded() if folder is None else load_mnist(folder)


def load_mnist(folder: str | Path, *, check: bool = True) -> Mnist:
    """Read MNIST from a folder of IDX files, gzipped or not; check says whether its hashes must be right."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name one that holds MNIST's four IDX files")
    paths = {part: _existing(folder, name) for part, name in NAMES.items()}
    raw = {part: _read(path) for part, path in paths.items()}
    hashes = {part: hashlib.sha256(data).hexdigest() for part, data in raw.items()}
    if check:
        for part, path in paths.items():
            _check(path, part, raw[part], hashes[part])
    return Mnist(
        _images(raw["train images"]),
        _labels(raw["train labels"]),
        _images(raw["test images"]),
        _labels(raw["test labels"]),
        _writers(folder / "train-writers.txt"),
        hashes,
    )


def load_test_writers(folder: str | Path) -> NDArray[np.int64]:
    """(10,000,) who wrote each test digit."""
    path = Path(folder) / "t10k-writers.txt"
    if not path.is_file():
        raise InputError(f"{path}: not found; strings in one hand need to know who wrote each digit")
    return np.loadtxt(path, dtype=np.int64)


def split_by_writer(
    writers: NDArray[np.int64], *, seed: int = SPLIT_SEED
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices to learn from and to choose by; no writer is in both.

    The same for every network, whatever the seed of its run: confidence is fitted on what none of them learnt from.
    """
    people = np.unique(writers)
    held = np.random.default_rng(seed).choice(people, round(len(people) * WRITERS_HELD_OUT), replace=False)
    chosen = np.isin(writers, held)
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def describe(mnist: Mnist) -> list[str]:
    """Lines that tell what the arrays are: types, shapes, ranges and how many there are of each digit."""
    arrays: dict[str, NDArray[np.uint8]] = {
        "train images": mnist.train_images,
        "train labels": mnist.train_labels,
        "test images": mnist.test_images,
        "test labels": mnist.test_labels,
    }
    lines = [f"{'':14}{'type':10}{'dtype':8}{'shape':18}range"]
    for name, array in arrays.items():
        row = f"{name:14}{type(array).__name__:10}{array.dtype!s:8}{array.shape!s:18}"
        lines.append(row + f"{array.min()} to {array.max()}")
    pixels = mnist.train_images
    lines += [
        "",
        f"a picture is {pixels.shape[1]} x {pixels.shape[2]} pixels, paper 0 and ink up to {pixels.max()}; "
        f"the mean is {pixels.mean():.1f}, {np.count_nonzero(pixels) / pixels.size:.1%} are ink",
        "a network sees the rows one after the other, each pixel divided by 255: "
        f"({len(pixels)}, {pixels[0].size}) float32, 0.0 to {pixels.max() / 255:.1f}",
        f"training takes the first {len(pixels) - VALIDATION_COUNT:,}, validation the last "
        f"{VALIDATION_COUNT:,}, testing the other {len(mnist.test_images):,}",
        "",
        f"{'digit':14}" + "".join(f"{digit:7}" for digit in range(10)) + f"{'all':>8}",
    ]
    for name, labels in (("train", mnist.train_labels), ("test", mnist.test_labels)):
        counts = np.bincount(labels, minlength=10)
        lines.append(f"{name:14}" + "".join(f"{n:7,}" for n in counts) + f"{len(labels):8,}")
    return lines


# files --------------------------------------------------------------------------------------------------


def _existing(folder: Path, name: str) -> Path:
    dotted = name.replace("-idx", ".idx")  # as some copies are named
    for path in (folder / n for n in (name, f"{name}.gz", dotted, f"{dotted}.gz")):
        if path.is_file():
            return path
    raise InputError(f"{folder / name}: not found (nor with .gz); put MNIST's four IDX files there")


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == GZIP_MAGIC else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: a cut or damaged gzip file ({error}); fetch the file again") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); change its permissions") from None


def _check(path: Path, part: str, data: bytes, digest: str) -> None:
    """Raise InputError unless these bytes are MNIST's."""
    if len(data) < BYTES[part]:
        raise InputError(
            f"{path}: cut short, {len(data):,} bytes where MNIST's {part} have {BYTES[part]:,}; "
            "fetch the file again"
        )
    if digest != SHA256[part]:
        raise InputError(f"{path}: not MNIST's {part} (wrong SHA-256); fetch the file again")


def _images(data: bytes) -> GlyphImages:
    return np.frombuffer(data, np.uint8, offset=IMAGES_HEADER).reshape(-1, 28, 28)


def _labels(data: bytes) -> Labels:
    return np.frombuffer(data, np.uint8, offset=LABELS_HEADER)


def _writers(path: Path) -> NDArray[np.int64] | None:
    if not path.exists():
        return None
    try:
        return np.loadtxt(path, dtype=np.int64)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not one writer's number a line ({error}); fetch it again") from None


# download -----------------------------------------------------------------------------------------------


def _downloaded() -> Mnist:
    """MNIST through Keras's own downloader, which keeps it for the next time."""
    from batchocr.network.architectures import quiet_tensorflow

    try:
        quiet_tensorflow()
        import keras
    except ImportError:
        raise UsageError(
            "no MNIST at hand: name a folder that holds its four IDX files with --data, "
            "or let Keras download it (pip install 'batchocr[train]')"
        ) from None
    try:
        with redirect_stdout(sys.stderr):  # the downloader's progress
            (images, labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
    except Exception as error:  # urllib, socket, hash and zip errors of many types
        raise InputError(
            f"MNIST could not be downloaded ({str(error).rstrip('.')}); "
            "name a folder that holds its four IDX files with --data"
        ) from None
    parts = {
        "train images": images,
        "train labels": labels,
        "test images": test_images,
        "test labels": test_labels,
    }
    hashes = {part: hashlib.sha256(_as_idx(array)).hexdigest() for part, array in parts.items()}
    if hashes != SHA256:
        raise InputError("Keras's copy of MNIST is damaged; delete ~/.keras/datasets/mnist.npz and try again")
    return Mnist(images, labels, test_images, test_labels, None, hashes)


def _as_idx(array: NDArray[np.uint8]) -> bytes:
    """The IDX file that holds an array, so that one hash tells whether any copy is MNIST."""
    magic = IMAGES_MAGIC if array.ndim == 3 else LABELS_MAGIC
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()
