"""MNIST's files: read, checked, told and drawn."""

from __future__ import annotations

import gzip
import hashlib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.cli import main
from batchocr.errors import InputError, OutputError, UsageError
from batchocr.network.dataset import (
    NAMES,
    SHA256,
    Mnist,
    _as_idx,
    describe,
    load_mnist,
)
from batchocr.network.figures import check_figure_name, mnist_figure, occurrence, random_digits
from batchocr.network.files import check_writable, make_folder, written_whole

MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist"
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason=f"MNIST is not at {MNIST}")
needs_matplotlib = pytest.mark.skipif(
    find_spec("matplotlib") is None, reason="Matplotlib is not installed (the train extra)"
)


def drawn_mnist(count: int = 120) -> Mnist:
    """A data set of drawn digits, 0 to 9 in turn."""
    labels = (np.arange(count) % 10).astype(np.uint8)
    pictures = np.zeros((count, 28, 28), np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        cv2.putText(picture, str(label), (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    return Mnist(pictures, labels, pictures[:40], labels[:40], None, {})


def files_of(mnist: Mnist, folder: Path) -> Path:
    """MNIST's four files with these digits in them."""
    arrays: dict[str, NDArray[np.uint8]] = {
        "train images": mnist.train_images,
        "train labels": mnist.train_labels,
        "test images": mnist.test_images,
        "test labels": mnist.test_labels,
    }
    for part, array in arrays.items():
        (folder / NAMES[part]).write_bytes(_as_idx(array))
    return folder


# files


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    mnist = drawn_mnist()
    again = load_mnist(files_of(mnist, tmp_path), check=False)
    assert np.array_equal(again.train_images, mnist.train_images)
    assert np.array_equal(again.test_labels, mnist.test_labels)


def test_names_with_a_dot_are_found_too(tmp_path: Path) -> None:
    files_of(drawn_mnist(), tmp_path)
    for name in NAMES.values():
        (tmp_path / name).rename(tmp_path / name.replace("-idx", ".idx"))
    assert len(load_mnist(tmp_path, check=False).train_images) == 120


def test_a_gzip_file_cut_short_is_named(tmp_path: Path) -> None:
    files_of(drawn_mnist(), tmp_path)
    name = NAMES["test images"]
    whole = gzip.compress((tmp_path / name).read_bytes())
    (tmp_path / name).unlink()
    (tmp_path / f"{name}.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"t10k-images-idx3-ubyte\.gz: a cut or damaged gzip.*fetch"):
        load_mnist(tmp_path)


def test_a_file_cut_short_says_how_much_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"train-images.*cut short, 94,096 bytes .* 47,040,016"):
        load_mnist(files_of(drawn_mnist(), tmp_path))


def test_writers_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    files_of(drawn_mnist(), tmp_path)
    (tmp_path / "train-writers.txt").write_text("anna\n")
    with pytest.raises(InputError, match=r"train-writers\.txt"):
        load_mnist(tmp_path, check=False)


@needs_mnist
def test_arrays_hash_as_their_idx_files() -> None:
    mnist = load_mnist(MNIST)
    assert hashlib.sha256(_as_idx(mnist.test_images)).hexdigest() == SHA256["test images"]
    assert hashlib.sha256(_as_idx(mnist.train_labels)).hexdigest() == SHA256["train labels"]


@needs_mnist
def test_one_wrong_byte_is_noticed(tmp_path: Path) -> None:
    for path in MNIST.glob("*.gz"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    labels = tmp_path / f"{NAMES['test labels']}.gz"
    data = bytearray(gzip.decompress(labels.read_bytes()))
    data[-1] ^= 1
    labels.write_bytes(gzip.compress(bytes(data)))
    with pytest.raises(InputError, match=r"t10k-labels-idx1-ubyte\.gz: not MNIST's test labels"):
        load_mnist(tmp_path)


# told and drawn


def test_a_data_set_is_told_with_its_counts() -> None:
    mnist = drawn_mnist()
    lines = describe(mnist)
    assert lines[1].split() == [
        "train",
        "images",
        "ndarray",
        "uint8",
        "(120,",
        "28,",
        "28)",
        "0",
        "to",
        "255",
    ]
    assert lines[-2].split() == ["train", *["12"] * 10, "120"]
    assert lines[-1].split() == ["test", *["4"] * 10, "40"]


def test_the_tenth_of_a_digit_is_found_and_of_a_rarer_one_the_last() -> None:
    labels = np.array([3, 1, 3, 3, 1], np.uint8)
    assert [occurrence(labels, 3, n) for n in (1, 2, 3, 10)] == [0, 2, 3, 3]
    assert occurrence(labels, 1, 2) == 4


def test_random_digits_are_their_seed() -> None:
    assert random_digits(1000, 4).tolist() == random_digits(1000, 4).tolist()
    assert random_digits(1000, 4).tolist() != random_digits(1000, 5).tolist()
    assert len(set(random_digits(1000, 4).tolist())) == 64


@needs_matplotlib
def test_the_figure_shows_the_digits_and_is_its_seed(tmp_path: Path) -> None:
    mnist = drawn_mnist()
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        mnist_figure(mnist, tmp_path / f"{name}.png", seed=seed)
    first, again, other = (cv2.imread(str(tmp_path / f"{name}.png"), 0) for name in "abc")
    assert first is not None and again is not None and other is not None
    assert (first < 128).mean() > 0.02  # ink
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png", "c.png"]


def test_a_figure_of_another_format_is_refused() -> None:
    with pytest.raises(UsageError, match=r"figure\.txt"):
        check_figure_name(Path("figure.txt"))


# whole files


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text("old")

    def fail() -> None:
        with written_whole(path) as part:
            part.write_text("half")
            raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["m.json"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        make_folder(tmp_path / "file")
    with pytest.raises(OutputError, match="folder above"):
        make_folder(tmp_path / "none" / "report")
    with pytest.raises(OutputError, match="no such folder"):
        check_writable(tmp_path / "none")
    make_folder(tmp_path / "new")
    assert (tmp_path / "new").is_dir()


# the command


@needs_mnist
def test_data_show_tells_mnist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "mnist", "--data", str(MNIST)]) == 0
    out = capsys.readouterr().out
    assert "(60000, 28, 28)" in out
    assert "5,923" in out and "1,135" in out  # zeros to learn from, ones to test on


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cifar"], "no data set 'cifar'"),
        (["mnist", "--data", "{}/none"], "no such folder"),
        (["mnist", "--data", "{}"], "train-images-idx3-ubyte: not found"),
        (["mnist", "--data", "{}", "-o", "figure.doc"], "figure.doc"),
    ],
)
def test_data_show_refuses_in_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "show", *(a.format(tmp_path) for a in arguments)]) == 2
    caught = capsys.readouterr()
    assert said in caught.err and caught.err.count("\n") == 1 and not caught.out
