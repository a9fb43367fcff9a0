"""Figures as picture files: what MNIST looks like, and how a training went.

Drawn by Matplotlib, which belongs to the train extra and is imported inside functions only; no window is
ever opened. Leaves out the evaluation's plots, which are drawn straight into its page (`report`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import GlyphImages
from batchocr.errors import UsageError
from batchocr.network.dataset import Labels, Mnist
from batchocr.network.files import written_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from batchocr.network.lessons import Epoch

DPI = 150
RANDOM_DIGITS = 64
COLUMNS = 16  # of the random digits
TRAINING, VALIDATION, KEPT = "#1f6fb4", "#d9541e", "#777777"
FORMATS = (".png", ".svg", ".pdf")


def check_figure_name(path: Path) -> None:
    """Raise UsageError for a file name that no figure can have."""
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"{path}: a figure is a file that ends in {', '.join(FORMATS)}; name it so")


def occurrence(labels: Labels, digit: int, number: int) -> int:
    """Where a digit stands for the number-th time, counted from 1 (the last time, if it is rarer)."""
    places = np.flatnonzero(labels == digit)
    return int(places[min(number, len(places)) - 1])


def mnist_figure(mnist: Mnist, path: Path, *, seed: int = 0) -> None:
    """Draw each training digit's first and tenth occurrence, and 64 at random."""
    images, labels = mnist.train_images, mnist.train_labels
    figure = _figure(9.6, 4.9)
    grid = figure.add_gridspec(2, 1, height_ratios=(2, 2.6))
    known, drawn = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    digits = sorted(set(labels.tolist()))
    for row, number, name in ((0, 1, "first"), (1, 10, "tenth")):
        for column, digit in enumerate(digits):
            axes = known.add_subplot(2, len(digits), row * len(digits) + column + 1)
            _picture(axes, images[occurrence(labels, digit, number)])
            if row == 0:
                axes.set_title(str(digit), fontsize=9)
            if column == 0:
                axes.set_ylabel(name, fontsize=9)
    drawn.suptitle(f"{RANDOM_DIGITS} at random, seed {seed}", fontsize=9)
    some = random_digits(len(images), seed)
    _sheet(drawn.add_subplot(), images[some], labels[some])
    _save(figure, path)


def _sheet(axes: Axes, images: GlyphImages, labels: Labels) -> None:
    """Digits in rows as one picture, each below its label; far quicker than axes for each."""
    side, room = images.shape[1], 9  # px between rows, for the labels, and between columns
    rows = -(-len(images) // COLUMNS)
    sheet = np.zeros((rows * (side + room), COLUMNS * (side + room)), np.uint8)
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        top, left = (n * (side + room) for n in divmod(place, COLUMNS))
        sheet[top + room : top + room + side, left + room // 2 : left + room // 2 + side] = image
        axes.text(left + (side + room) / 2, top + room - 1, str(label), fontsize=7, ha="center", color=KEPT)
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()


def random_digits(count: int, seed: int) -> NDArray[np.intp]:
    """64 places out of count, the same for the same seed."""
    return np.random.default_rng(seed).choice(count, min(RANDOM_DIGITS, count), replace=False)


def history_figure(history: Sequence[Epoch], kept: int, title: str, path: Path) -> None:
    """Draw accuracy and loss, of training and of validation, over the epochs; kept is marked."""
    figure = _figure(9.0, 3.6)
    figure.suptitle(title, fontsize=10)
    left, right = figure.subplots(1, 2)
    _curves(
        left, "accuracy", [e.accuracy for e in history], [e.validation_accuracy for e in history], history
    )
    _curves(right, "loss", [e.loss for e in history], [e.validation_loss for e in history], history)
    for axes in (left, right):
        axes.axvline(kept, color=KEPT, linewidth=0.8, linestyle=":", label=f"kept: epoch {kept}")
        axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def _curves(
    axes: Axes, name: str, training: list[float], validation: list[float], history: Sequence[Epoch]
) -> None:
    from matplotlib.ticker import MaxNLocator

    numbers = [e.number for e in history]
    axes.plot(numbers, training, color=TRAINING, marker=".", label="training")
    watched = [(n, v) for n, v in zip(numbers, validation, strict=True) if not np.isnan(v)]
    if watched:
        axes.plot(*zip(*watched, strict=True), color=VALIDATION, marker=".", label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel(name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _picture(axes: Axes, image: GlyphImages) -> None:
    """One digit, dark ink on white as on paper, without scales."""
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#cccccc")


def _figure(width: float, height: float) -> Figure:
    """An empty figure, inches, that no screen is needed for."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("figures need Matplotlib: pip install 'batchocr[train]'") from None
    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Figure, path: Path) -> None:
    with written_whole(path) as part:
        figure.savefig(part, dpi=DPI)
