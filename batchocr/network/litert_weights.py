"""The float weights of a model file, to go on training with: LiteRT's constants made float again.

The shipped networks are kept as LiteRT files with 8-bit weights only, since the Keras files are four times as
large. Each 8-bit weight is its channel's scale times a whole number (LiteRT's quantization specification), so
what comes back is what the file computes with. Leaves out files whose layers are not those that are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchocr.errors import ModelError
from batchocr.network.model import hushed

Weights = list[NDArray[np.float32]]
REMEDY = "begin from the shipped model or from one that `batchocr train` wrote"


def litert_weights(path: Path, shapes: Sequence[tuple[int, ...]]) -> Weights:
    """The constants of a LiteRT file that are the weights of these shapes, in Keras's order of axes.

    Raises ModelError where the file cannot be read, or a kernel's shape has no constant, or any has more than one.
    """
    constants = _constants(path)
    found = []
    for shape in shapes:
        fitting = [c for c in (_in_order(constant, shape) for constant in constants) if c is not None]
        if len(fitting) > 1:  # the file has biases of nought for a layer that has none
            fitting = [constant for constant in fitting if constant.any()]
        if not fitting and len(shape) == 1:  # and may have none where all are nought
            fitting = [np.zeros(shape, np.float32)]
        if len(fitting) != 1:
            raise ModelError(f"{path}: has {len(fitting)} weights of the shape {shape}, not one; {REMEDY}")
        found.append(fitting[0])
    return found


def dense_widths(path: Path) -> tuple[int, ...]:
    """The widths of a dense LiteRT network from its 784 inputs on: (784, 2048, 1024, 512, 11)."""
    kernels = {c.shape[1]: c.shape[0] for c in _constants(path) if c.ndim == 2}
    widths = [784]
    while widths[-1] in kernels and len(widths) <= len(kernels):
        widths.append(kernels[widths[-1]])
    if len(widths) != len(kernels) + 1 or len(kernels) < 2:
        raise ModelError(f"{path}: is no network of dense layers of different widths; {REMEDY}")
    return tuple(widths)


def _constants(path: Path) -> Weights:
    """Every constant of a file that may be a weight, as floats."""
    from ai_edge_litert.interpreter import Interpreter

    try:
        with hushed():
            interpreter = Interpreter(model_path=str(path), num_threads=1)
        details = interpreter.get_tensor_details()
        computed = {int(d["index"]) for d in interpreter.get_output_details()}
        return [
            floats
            for d in details
            if d["index"] not in computed and (floats := _floats(interpreter, d)) is not None
        ]
    except (ValueError, RuntimeError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(f"{path}: not a usable LiteRT model ({reason}); {REMEDY}") from None


def _floats(interpreter: Any, details: dict[str, Any]) -> NDArray[np.float32] | None:
    """A constant as floats; None for what is computed, and for sizes and places."""
    if details["dtype"] not in (np.int8, np.float16, np.float32) or not len(details["shape"]):
        return None
    try:
        values = interpreter.get_tensor(
            details["index"]
        )  # before memory is given out only constants have any
    except ValueError:
        return None
    quantized = details["quantization_parameters"]
    scales = np.asarray(quantized["scales"], np.float32)
    if not scales.size:
        return None if details["dtype"] == np.int8 else np.asarray(values, np.float32)
    along = [1] * values.ndim
    along[int(quantized["quantized_dimension"])] = -1 if scales.size > 1 else 1
    zeros = np.asarray(quantized["zero_points"], np.float32)
    return np.asarray((values.astype(np.float32) - zeros.reshape(along)) * scales.reshape(along), np.float32)


def _in_order(constant: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """A constant as Keras has it, the outputs last; None where it does not have this shape.

    LiteRT puts a kernel's outputs first, and gives windows over columns a height of one.
    """
    if constant.ndim == 4 and len(shape) == 3 and constant.shape[1] == 1:
        constant = constant[:, 0]
    turned = np.moveaxis(constant, 0, -1)
    return np.ascontiguousarray(turned) if turned.shape == tuple(shape) else None
