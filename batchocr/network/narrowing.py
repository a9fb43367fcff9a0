"""One layer as two: a narrow one without a bend, and one that spreads its answers out again.

The narrow layer keeps what the layer's answers vary by most on what it sees (their principal components; low rank
after Denton 2014, by answers as in Zhang 2016), which a few dozen units do where hundreds are spread out. Leaves out
which layers are narrowed, and learning afterwards.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def narrowed(kernel: Floats, bias: Floats, answers: Floats, rank: int) -> tuple[Floats, Floats, Floats]:
    """The kernel (..., rank) of the narrow layer, and the kernel (rank, units) and bias of the one after it.

    kernel: (..., units), bias: (units,) of the layer as it is. answers: (..., units), what it gives before it bends.
    """
    flat = answers.reshape(-1, answers.shape[-1]).astype(np.float64)
    mean = flat.mean(axis=0)
    centred = flat - mean
    _, components = np.linalg.eigh(centred.T @ centred)  # the least first
    most = components[:, ::-1][:, :rank]
    moved = (bias - mean) @ most @ most.T + mean
    return (
        np.asarray(kernel @ most, np.float32),
        np.asarray(most.T, np.float32),
        np.asarray(moved, np.float32),
    )
