"""The networks by name, each an ordinary Keras model from (28, 28) uint8 to probabilities.

`sequential-64` and `functional-128` are the two notebooks' networks, layer for layer; `deep` has more hidden
layers and `conv` convolutions, the notebooks' own suggestions; `shipped` is the wide one with an eleventh
output, "not a digit", whose layers see through narrow ones. Scaling to 0..1 is the first layer of each, so that
everything outside a model is uint8. Leaves out how they are trained; that is `lessons` and `training`. Needs the train extra.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from batchocr.errors import UsageError
from batchocr.network.model import SIDE, hushed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras
    from numpy.typing import NDArray

ARCHITECTURES = ("sequential-64", "functional-128", "deep", "conv", "shipped")
DEEP_WIDTHS = (256, 256, 256, 256, 256)  # units of the hidden layers
CONV_LAYERS = ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1))  # filters and stride of each 3x3 convolution
CONV_HIDDEN = 128  # units between the convolutions and the ten outputs
SHIPPED_WIDTHS = (192, 2048, 224, 1024, 160, 512)  # units of the hidden layers, every second one narrow
TEACHER_LAYERS = ((32, 2), (64, 1), (96, 2), (128, 1))  # filters and stride of each 3x3 convolution
TEACHER_HIDDEN = 256  # units between the convolutions and the outputs
DROPOUT = 0.2
KERAS_MOMENTUM = 0.99  # a step, of a batch normalisation's running statistics, where none is named (Keras)
SHIPPED_OUTPUTS = 11  # ten digits and "not a digit"


def quiet_tensorflow() -> None:
    """Import TensorFlow without its start-up chatter on standard error."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with hushed():
        import keras  # noqa: F401
        import tensorflow  # noqa: F401


def check_architecture(name: str) -> None:
    """Raise UsageError where no network has this name."""
    if name not in ARCHITECTURES:
        raise UsageError(f"no architecture {name!r}; choose one of {', '.join(ARCHITECTURES)}")


def build_model(name: str) -> keras.Model:
    """Build an untrained network by name."""
    check_architecture(name)
    if name == "sequential-64":
        return _sequential_64()
    if name == "functional-128":
        return _functional_128()
    if name == "deep":
        return _deep()
    if name == "conv":
        return _conv()
    return wide(SHIPPED_WIDTHS)


def layers_in_words(model: keras.Model) -> str:
    """The layers that learn, from the input on: `784-64-64-10`, or `28x28-conv16-conv32/2-dense10`."""
    import keras

    learning = [
        layer for layer in model.layers if isinstance(layer, (keras.layers.Dense, keras.layers.Conv2D))
    ]
    if all(isinstance(layer, keras.layers.Dense) for layer in learning):
        return "-".join(str(n) for n in [784, *(layer.units for layer in learning)])
    words = [
        f"dense{layer.units}"
        if isinstance(layer, keras.layers.Dense)
        else f"conv{layer.filters}" + f"/{layer.strides[0]}" * (layer.strides[0] > 1)
        for layer in learning
    ]
    return "-".join(["28x28", *words])


def _sequential_64() -> keras.Model:
    """784-64-64-10 as the first notebook stacks it."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8", name="images"),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        name="sequential-64",
    )


def _functional_128() -> keras.Model:
    """784-128-128-10 as the second notebook wires it."""
    import keras

    layers = keras.layers
    images = keras.Input((28, 28), dtype="uint8", name="images")
    flat = layers.Flatten()(layers.Rescaling(1 / 255)(images))
    hidden = layers.Dense(128, activation="relu")(flat)
    hidden = layers.Dense(128, activation="relu")(hidden)
    return keras.Model(images, layers.Dense(10, activation="softmax")(hidden), name="functional-128")


def _deep() -> keras.Model:
    """The second notebook's network with five hidden layers instead of two."""
    import keras

    layers = keras.layers
    images = keras.Input((28, 28), dtype="uint8", name="images")
    hidden = layers.Flatten()(layers.Rescaling(1 / 255)(images))
    for width in DEEP_WIDTHS:
        hidden = layers.Dense(width, activation="relu", kernel_initializer="he_normal")(hidden)
    return keras.Model(images, layers.Dense(10, activation="softmax")(hidden), name="deep")


def _conv() -> keras.Model:
    """Five 3x3 convolutions, two of them halving the picture, each batch-normalised; then one hidden layer."""
    import keras

    layers = keras.layers
    images = keras.Input((28, 28), dtype="uint8", name="images")
    hidden = layers.Reshape((28, 28, 1))(layers.Rescaling(1 / 255)(images))
    for filters, stride in CONV_LAYERS:
        hidden = _normalized(_convolution(filters, stride), hidden, momentum=0.9)
    hidden = _normalized(_dense(CONV_HIDDEN), layers.Flatten()(hidden), momentum=0.9)
    return keras.Model(images, layers.Dense(10, activation="softmax")(hidden), name="conv")


def _convolution(filters: int, stride: int, policy: str = "float32") -> keras.layers.Layer:
    """3x3, without the bias that a normalisation after it takes away."""
    from keras import layers

    return layers.Conv2D(
        filters,
        3,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        dtype=policy,
    )


def _dense(units: int, policy: str = "float32") -> keras.layers.Layer:
    """The same, dense."""
    from keras import layers

    return layers.Dense(units, use_bias=False, kernel_initializer="he_normal", dtype=policy)


def _normalized(
    layer: keras.layers.Layer, hidden: Any, policy: str = "float32", *, momentum: float = KERAS_MOMENTUM
) -> Any:
    """A layer's answers, batch-normalised, and nothing below 0."""
    from keras import layers

    norm = layers.BatchNormalization(momentum=momentum, dtype=policy)
    return layers.ReLU(dtype=policy)(norm(layer(hidden)))


def is_narrow(widths: Sequence[int], n: int) -> bool:
    """Whether layer n of a dense network only passes on what the next one is to see: it has fewer units than what
    comes in and than the layer after it, and does not bend. widths: from the inputs to the outputs."""
    return 0 < n < len(widths) - 1 and widths[n] < min(widths[n - 1], widths[n + 1])


def narrow_layers(units: Sequence[int]) -> list[bool]:
    """Which layers of a dense network are narrow. units: of each layer, from the first to the outputs."""
    widths = (SIDE * SIDE, *units)
    return [is_narrow(widths, n) for n in range(1, len(widths))]


def wide(widths: tuple[int, ...], outputs: int = SHIPPED_OUTPUTS, policy: str = "float32") -> keras.Model:
    """Dense, batch normalisation, ReLU and dropout a layer, narrow ones dense only; the last layer gives
    probabilities in float32."""
    import keras

    layers = keras.layers
    images = keras.Input((28, 28), dtype="uint8", name="images")
    hidden = layers.Flatten()(layers.Rescaling(1 / 255, dtype="float32")(images))
    for width, narrow in zip(widths, narrow_layers((*widths, outputs)), strict=False):
        if narrow:
            hidden = _dense(width, policy)(hidden)
            continue
        hidden = _normalized(_dense(width, policy), hidden, policy)
        hidden = layers.Dropout(DROPOUT, dtype=policy)(hidden)
    answer = layers.Dense(outputs, activation="softmax", dtype="float32", name="probabilities")(hidden)
    return keras.Model(images, answer, name="shipped")


def teacher(policy: str = "float32") -> keras.Model:
    """Four 3x3 convolutions, two of them halving the picture, and one hidden layer: what the shipped network learns
    doubt from. It has the same eleven outputs."""
    import keras

    layers = keras.layers
    images = keras.Input((28, 28), dtype="uint8", name="images")
    hidden = layers.Reshape((28, 28, 1))(layers.Rescaling(1 / 255, dtype="float32")(images))
    for filters, stride in TEACHER_LAYERS:
        hidden = _normalized(_convolution(filters, stride, policy), hidden, policy)
    hidden = layers.Dropout(2 * DROPOUT, dtype=policy)(layers.Flatten(dtype=policy)(hidden))
    hidden = _normalized(_dense(TEACHER_HIDDEN, policy), hidden, policy)
    answer = layers.Dense(SHIPPED_OUTPUTS, activation="softmax", dtype="float32", name="probabilities")(
        hidden
    )
    return keras.Model(images, answer, name="teacher")


def dense_network(weights: Sequence[NDArray[np.float32]], dropout: float = 0.0) -> keras.Model:
    """A float32 network of these kernels and biases in turn, narrow layers without a bend; dropout is for teaching it
    more."""
    import keras

    layers = keras.layers
    images = keras.Input((28, 28), dtype="uint8", name="images")
    hidden = layers.Flatten()(layers.Rescaling(1 / 255, dtype="float32")(images))
    *inner, last = (len(bias) for bias in weights[1::2])
    for units, narrow in zip(inner, narrow_layers([*inner, last]), strict=False):
        hidden = layers.Dense(units, activation=None if narrow else "relu", dtype="float32")(hidden)
        hidden = layers.Dropout(dropout)(hidden) if dropout and not narrow else hidden
    answer = layers.Dense(last, activation="softmax", dtype="float32", name="probabilities")(hidden)
    model = keras.Model(images, answer, name="shipped")
    model.set_weights(list(weights))
    return model


def folded(model: keras.Model, temperature: float = 1.0, offset: float = 0.0) -> keras.Model:
    """A trained `wide` model as run time wants it: float32, normalisation folded in, no dropout.

    temperature divides the last layer's logits and offset is added to that of "not a digit".
    """
    from keras import layers

    *inner, last = (layer for layer in model.layers if isinstance(layer, layers.Dense))
    kernel, bias = (w / temperature for w in last.get_weights())
    if len(bias) == SHIPPED_OUTPUTS:
        bias[-1] += offset
    narrow = narrow_layers([*(layer.units for layer in inner), len(bias)])[:-1]
    bending = [layer for layer, of_narrow in zip(inner, narrow, strict=True) if not of_narrow]
    bent = iter(normalized_weights(model, bending))
    weights: list[NDArray[np.float32]] = []
    for layer, of_narrow in zip(inner, narrow, strict=True):
        if of_narrow:
            weights += [*layer.get_weights(), np.zeros(layer.units, np.float32)]
        else:
            weights += [next(bent), next(bent)]
    return dense_network([*weights, kernel, bias])


def normalized_weights(model: keras.Model, inner: Sequence[keras.layers.Layer]) -> list[NDArray[np.float32]]:
    """Kernels and biases in turn of a model's layers without biases, each one's batch normalisation folded in."""
    from keras import layers

    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    weights = []
    for layer, norm in zip(inner, norms, strict=True):
        gamma, beta, mean, variance = (np.asarray(w, np.float64) for w in norm.get_weights())
        scale = gamma / np.sqrt(variance + norm.epsilon)
        weights += [layer.get_weights()[0] * scale, beta - mean * scale]
    return [np.asarray(w, np.float32) for w in weights]
