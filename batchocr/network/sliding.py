"""The network that slides along a strip: its layers, its training, its export.

Three layers of small windows moved over the strip in both directions (a convolution each, LeCun 1998), a dense
layer over each column of their answers with its neighbours, one more, and eleven outputs every 4 px: ten digits
and "nothing new here", which connectionist temporal classification (Graves 2006) needs between digits. After the
last of the small windows and after the first of the columns stands a pair of layers whose answers are added to
what came in (He 2016): an earlier network that lacks them can be gone on from. The layers over columns see through
a narrow layer without a bend (low rank, after Denton 2014 and Jaderberg 2014), which spares a third of all products;
the network without these, the wide one, is what the shipped one was made from and learnt from. Windows over the
strip's whole height, without the small ones, were tried first and learnt less (docs/network.md). Trained on strings
drawn anew for every step. TensorFlow is imported inside functions only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from batchocr.ctc import BLANK, greedy
from batchocr.elements import DIGITS
from batchocr.errors import InputError
from batchocr.network.ahead import drawn_ahead
from batchocr.network.architectures import normalized_weights, quiet_tensorflow
from batchocr.network.dataset import Mnist, split_by_writer
from batchocr.network.litert_weights import Weights, litert_weights
from batchocr.network.mined import MinedStrings
from batchocr.network.narrowing import narrowed
from batchocr.network.slider import BEFORE, BETWEEN, OUTPUTS, STRIDE, behind, steps_of
from batchocr.network.strings import Hands, Writer, draw_strip, load_font, some_text, writers_of
from batchocr.network.synthesis import BALL_FACES
from batchocr.network.training import (
    Average,
    StepwiseRecipe,
    begin_from_state,
    earlier_log,
    progress_of,
    resume_state,
    save_state,
    split_fonts,
    stepwise_optimizer,
    undo_normalization,
)
from batchocr.strip import STRIP_HEIGHT, Strip

if TYPE_CHECKING:
    import keras

STEM = ((32, 5, (2, 2)), (64, 3, (2, 2)), (96, 3, (1, 2)))  # small windows: units, px a side, moved by (x, y)
WIDTHS = (384, 256)  # units of the dense layers over columns
REACH = (5, 5)  # columns that they see
ADDED_STEM = (112, 3)  # units and px a side of the small window that adds to the last of STEM
ADDED_COLUMN = (320, 3)  # units and columns seen of the layer that adds to the first of WIDTHS
ADDING = "adding"  # begins the names of the layers that bring what is added to the width of what it adds to
NARROW = "narrow"  # begins the names of the layers that others see through
RANKS = (0, 0, 0, 0, 160, 96, 96)  # units of the narrow layers, in the order of the layers; 0: none
WIDE = (0,) * len(RANKS)
NARROWED_ON = 6  # batches of strips whose answers a narrowed network keeps
DROPOUT = 0.1
OLD_SHARE = 0.3  # of the printed strings are in the faces of old books, about
LENGTHS = ((3, 128), (6, 208), (11, 352))  # longest string and width in px of the batches, in turn
BESIDE = (
    0.7  # of the strips to learn from have another before them in their row, and as many have one behind them
)
Batch = tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]
RowBatch = tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
Ranks = tuple[int, ...]
More = Callable[[int, np.random.Generator], tuple[list[Strip], list[str]]]


@dataclass(frozen=True, slots=True)
class SlidingRecipe(StepwiseRecipe):
    """How the sliding network is trained."""

    steps: int = 12_000
    warm_up: int = 300  # steps
    averaging: float = 0.999  # a step, of the weights
    policy: str = "mixed_bfloat16"  # of the hidden layers while training
    taught: float = 0.7  # share of the wide network's answers in what is learnt, where there is one


def build_sliding(
    policy: str = "float32", width: int | None = None, *, batch: int | None = None, ranks: Ranks = RANKS
) -> keras.Model:
    """(N, W, 32) uint8 strips, columns first -> (N, W / 4, 11) logits in float32."""
    import keras

    strips = keras.Input((width, STRIP_HEIGHT), dtype="uint8", name="strips", batch_size=batch)
    hidden = _slid(strips, policy, ranks, normalized=True, dropout=DROPOUT)
    logits = keras.layers.Dense(OUTPUTS, dtype="float32", name="logits")(hidden)
    return keras.Model(strips, logits, name="sliding")


def plain_sliding(
    width: int | None, *, batch: int | None = None, answers: str | None = "softmax", dropout: float = 0.0,
    ranks: Ranks = RANKS,
) -> keras.Model:  # fmt: skip
    """The same layers without normalisation, in float32: strips `width` px long to what `answers` makes of logits."""
    import keras

    strips = keras.Input((width, STRIP_HEIGHT), dtype="uint8", name="strips", batch_size=batch)
    hidden = _slid(strips, "float32", ranks, normalized=False, dropout=dropout)
    last = keras.layers.Dense(OUTPUTS, activation=answers, dtype="float32", name="probabilities")
    return keras.Model(strips, last(hidden), name="sliding")


def _slid(strips: Any, policy: str, ranks: Ranks, *, normalized: bool, dropout: float) -> Any:
    """(N, W, 32) uint8 strips through all layers but the last: (N, W / 4, units)."""
    from keras import layers

    hidden = as_picture(strips)
    for narrow, window, adding in _windows(ranks):
        own = {"use_bias": False} if normalized else {"activation": "relu"}
        layer = type(window).from_config({**window.get_config(), **own, "dtype": policy})
        before = in_columns(hidden) if window.rank == 1 else hidden
        seen = before
        if narrow is not None:
            seen = type(narrow).from_config({**narrow.get_config(), "dtype": policy})(before)
        hidden = layer(seen)
        if normalized:
            hidden = layers.ReLU(dtype=policy)(layers.BatchNormalization(dtype=policy)(hidden))
        if adding is not None:
            back = type(adding).from_config({**adding.get_config(), "dtype": policy})
            hidden = layers.Add(dtype=policy)([before, back(hidden)])
        elif window.rank == 1 and dropout:
            hidden = layers.Dropout(dropout, dtype=policy)(hidden)
    return hidden


def as_picture(strips: Any) -> Any:
    """(N, W, 32) uint8 -> (N, W, 32, 1) in 0..1."""
    import keras

    scaled = keras.layers.Rescaling(1 / 255, dtype="float32")(strips)
    return keras.layers.Reshape((-1 if strips.shape[1] is None else strips.shape[1], STRIP_HEIGHT, 1))(scaled)


def in_columns(hidden: Any) -> Any:
    """(N, W, H, C) -> (N, W, H x C); what is flat already stays as it is."""
    import keras

    if len(hidden.shape) == 3:
        return hidden
    _, wide, high, units = hidden.shape
    return keras.layers.Reshape((-1 if wide is None else wide, high * units))(hidden)


def _windows(ranks: Ranks) -> list[tuple[Any, Any, Any]]:
    """The layers that slide, first to last; before each the narrow one that it sees through, and beside one that adds
    to what came into it the layer after it."""
    from keras import layers

    # what is added begins as nothing
    own: dict[str, Any] = {"kernel_size": 1, "use_bias": False, "kernel_initializer": "zeros"}
    first, *others = zip(WIDTHS, REACH, strict=True)
    plan: list[tuple[Any, int, int, tuple[int, int], Any]] = [
        *((layers.Conv2D, *window, None) for window in STEM),
        (layers.Conv2D, *ADDED_STEM, (1, 1), layers.Conv2D(STEM[-1][0], name=f"{ADDING}_stem", **own)),
        (layers.Conv1D, *first, (1, 1), None),
        (layers.Conv1D, *ADDED_COLUMN, (1, 1), layers.Conv1D(WIDTHS[0], name=f"{ADDING}_column", **own)),
        *((layers.Conv1D, *other, (1, 1), None) for other in others),
    ]
    windows = []
    for n, ((kind, units, side, moved, adding), rank) in enumerate(zip(plan, ranks, strict=True)):
        how: dict[str, Any] = {"padding": "same", "kernel_initializer": "he_normal"}
        looks: dict[str, Any] = {"strides": moved if kind is layers.Conv2D else 1, "kernel_size": side}
        if rank:
            narrow = kind(rank, use_bias=False, name=f"{NARROW}_{n}", **how, **looks)
            windows.append((narrow, kind(units, kernel_size=1, **how), adding))
        else:
            windows.append((None, kind(units, **how, **looks), adding))
    return windows


def layers_in_words(ranks: Ranks = RANKS) -> str:
    """The layers for a model card."""
    looks = [f"{side} x {side} px moved by {moved}" for _, side, moved in STEM]
    looks += [f"{ADDED_STEM[1]} x {ADDED_STEM[1]} px"]
    looks += [f"{reach} columns" for reach in (REACH[0], ADDED_COLUMN[1], *REACH[1:])]
    units = [*(of for of, _, _ in STEM), ADDED_STEM[0], WIDTHS[0], ADDED_COLUMN[0], *WIDTHS[1:]]
    words = [
        f"{look}: " + f"{rank} -> " * (rank > 0) + f"{of}"
        for look, rank, of in zip(looks, ranks, units, strict=True)
    ]
    for n, back in ((len(STEM) + 2, f"1 column: {WIDTHS[0]}"), (len(STEM), f"1 x 1 px: {STEM[-1][0]}")):
        words[n - 1 : n + 1] = [f"{words[n - 1]} + ({words[n]}, {back})"]
    return " -> ".join([*words, f"{OUTPUTS}"])


def folded_sliding(model: keras.Model) -> keras.Model:
    """A trained network as run time wants it: one strip of any length, normalisation folded in, probabilities out."""
    from keras import layers

    learnt = [layer for layer in model.layers if isinstance(layer, (layers.Conv1D, layers.Conv2D))]
    normalized = [layer for layer in learnt if not layer.name.startswith((ADDING, NARROW))]
    folded = iter(normalized_weights(model, normalized))
    weights: list[NDArray[np.float32]] = []
    for layer in learnt:
        weights += [next(folded), next(folded)] if layer in normalized else layer.get_weights()
    whole = plain_sliding(None, batch=1, ranks=ranks_of(model))
    whole.set_weights([*weights, *model.get_layer("logits").get_weights()])
    return whole


def ranks_of(model: keras.Model) -> Ranks:
    """The units of the narrow layers of a sliding network."""
    narrow = [layer for layer in model.layers if layer.name.startswith(NARROW)]
    units = {int(layer.name.removeprefix(f"{NARROW}_")): layer.filters for layer in narrow}
    return tuple(units.get(n, 0) for n in range(len(RANKS)))


def sliding_weights(path: Path, ranks: Ranks = RANKS) -> Weights:
    """The weights of a sliding network's LiteRT file. Raises ModelError where its layers are others."""
    quiet_tensorflow()
    return litert_weights(path, [tuple(w.shape) for w in plain_sliding(None, ranks=ranks).get_weights()])


def averaged_sliding(paths: Sequence[Path]) -> keras.Model:
    """The mean of the weights of LiteRT files whose training runs began one from the other (Izmailov 2018), for one
    strip of any length. Raises ModelError."""
    several = [sliding_weights(path) for path in paths]
    whole = plain_sliding(None, batch=1)
    whole.set_weights([np.mean(same, axis=0) for same in zip(*several, strict=True)])
    return whole


def begin_from_file(path: Path, model: keras.Model, strips: NDArray[np.uint8]) -> list[str]:
    """Give a network that normalises the weights of a LiteRT file, which has that folded in; answers the log that the
    card beside it holds. Raises ModelError where the layers differ. strips: as for `begin_from_weights`."""
    begin_from_weights(sliding_weights(path, ranks_of(model)), model, strips)
    return earlier_log(path)


def narrowed_sliding(wide: Weights, strips: NDArray[np.uint8], ranks: Ranks = RANKS) -> Weights:
    """The weights of a wide network as those of one whose layers see through narrow ones, without learning.

    strips: (N, W, 32) uint8, some of what is read; what its layers answer to these is kept as far as it goes.
    """
    import keras
    from keras import layers

    model = plain_sliding(None, ranks=WIDE)
    model.set_weights(wide)
    left = iter(ranks)
    weights: Weights = []
    for layer in model.layers:
        own = layer.get_weights()
        rank = next(left) if len(own) == 2 and not isinstance(layer, layers.Dense) else 0
        if not rank:
            weights += own
            continue
        kernel, bias = own
        unbent = type(layer).from_config({**layer.get_config(), "activation": None, "name": "unbent"})
        answers = unbent(layer.input)
        unbent.set_weights(own)
        seen = keras.Model(model.input, answers)(strips, training=False)
        narrow, spread, moved = narrowed(kernel, bias, np.asarray(seen), rank)
        weights += [narrow, spread.reshape(*[1] * (kernel.ndim - 2), *spread.shape), moved]
    return weights


def begin_from_weights(weights: Weights, model: keras.Model, strips: NDArray[np.uint8]) -> None:
    """Give a network that normalises the weights of one that does not.

    strips: (N, W, 32) uint8, some of what is to be learnt; each normalisation is set to undo itself on these, so
    that the network begins with the other's answers, in training too.
    """
    import keras
    from keras import layers

    stored = iter(weights)
    inner = [layer for layer in model.layers if isinstance(layer, (layers.Conv1D, layers.Conv2D))]
    norms = iter([layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)])
    for layer in inner:
        layer.set_weights([next(stored)])
        if layer.name.startswith((ADDING, NARROW)):
            continue
        bias, norm = next(stored), next(norms)
        before = keras.Model(model.input, layer.output)(strips, training=False)
        undo_normalization(norm, np.asarray(before), bias)
    model.get_layer("logits").set_weights([next(stored), next(stored)])


# strings, drawn by other processes -----------------------------------------------------------------------


def gather_hands(mnist: Mnist, fonts: Path, *, held_out: bool) -> Hands:
    """The writers and fonts to learn from, or those held out for choosing."""
    if mnist.train_writers is None:
        raise InputError("train-writers.txt is missing beside MNIST's files; strings in one hand need it")
    learn, choose = split_by_writer(mnist.train_writers)
    at = choose if held_out else learn
    families = split_fonts(fonts)[held_out]
    loaded = {kind: [load_font(path) for path in paths] for kind, paths in families.items()}
    whole = {kind: [font for font in of if font is not None] for kind, of in loaded.items()}
    swashes = [
        font
        for path, font in zip(families["print"], loaded["print"], strict=True)
        if font is not None and path.stem in BALL_FACES
    ]
    if swashes:  # the twos of old books end in a ball and a wave, which few other faces show
        times = round(OLD_SHARE * len(whole["print"]) / ((1 - OLD_SHARE) * len(swashes)))
        whole["print"] += swashes * times
    writers: list[Writer] = writers_of(
        mnist.train_images[at], mnist.train_labels[at], mnist.train_writers[at]
    )
    return Hands(writers, whole["hand"], whole["print"])


def draw_batch(hands: Hands, size: int, longest: int, width: int, rng: np.random.Generator) -> Batch:
    """size strips of at most `longest` digits, in `width` px each, to learn from."""
    return packed(*draw_strings(hands, size, longest, width, rng, varied=True), longest, width)


def draw_row_batch(
    hands: Hands, size: int, longest: int, width: int, rng: np.random.Generator, more: More | None = None
) -> RowBatch:
    """The same among others, as they lie in rows at run time, and how many steps are each strip's own: (N,). more: gives half of
    the strips, and what is written on them."""
    given = 0 if more is None else size // 2
    strips, texts = draw_strings(hands, size - given, longest, width, rng, varied=True)
    if more is not None:
        others, spelled = more(given, rng)
        strips, texts = strips + others, texts + spelled
    pictures, digits, lengths = packed(strips, texts, longest, width)
    for picture, strip in zip(pictures, strips, strict=True):
        before, after = (strips[n] for n in rng.integers(len(strips), size=2))
        if rng.random() < BESIDE:
            tail = before.T[-(BEFORE - BETWEEN) :]
            picture[BEFORE - BETWEEN - len(tail) : BEFORE - BETWEEN] = tail
        start = behind(BEFORE + strip.shape[1])
        if rng.random() < BESIDE and start < len(picture):
            head = after.T[: len(picture) - start]
            picture[start : start + len(head)] = head
    own = np.array([steps_of(strip.shape[1]) for strip in strips], np.int32)
    return pictures, digits, lengths, own


def draw_strings(
    hands: Hands, count: int, longest: int, width: int, rng: np.random.Generator, *, varied: bool = False
) -> tuple[list[Strip], list[str]]:
    """So many strips of at most `width` px, and what is written on them, at most `longest` digits."""
    strips, texts = [], []
    for _ in range(count):
        text, strip = "", np.zeros((STRIP_HEIGHT, width + 1), np.uint8)
        while strip.shape[1] > width:
            text = some_text(longest, rng)
            strip = draw_strip(text, hands, rng, varied=varied)
        strips.append(strip)
        texts.append(text)
    return strips, texts


def draw_trial(
    hands: Hands, count: int, longest: int, width: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], list[str]]:
    """Strips to try a network on, (count, BEFORE + width, 32) uint8, and what is written on them."""
    strips, texts = draw_strings(hands, count, longest, width, rng)
    return packed(strips, texts, longest, width)[0], texts


def packed(strips: Sequence[Strip], texts: Sequence[str], longest: int, width: int) -> Batch:
    """Strips one below the other, paper around them, as the network learns from them: (N, BEFORE + width, 32) uint8,
    their digits (N, longest) and lengths (N,).

    The paper before them is what they have in a row at run time. At a picture's edge a network sees nothing at all,
    which is not the same: one that learnt there read 2 in 100 fewer strings in rows.
    """
    digits = np.zeros((len(strips), longest), np.int32)
    for row, text in zip(digits, texts, strict=True):
        row[: len(text)] = [DIGITS.index(c) for c in text]
    return laid(strips, width), digits, np.array([len(text) for text in texts], np.int32)


def laid(strips: Sequence[Strip], width: int) -> NDArray[np.uint8]:
    """Strips of at most `width` px one below the other, paper around them: (N, BEFORE + width, 32) uint8."""
    pictures = np.zeros((len(strips), BEFORE + width, STRIP_HEIGHT), np.uint8)
    for picture, strip in zip(pictures, strips, strict=True):
        picture[BEFORE : BEFORE + strip.shape[1]] = strip.T
    return pictures


# training ------------------------------------------------------------------------------------------------


def train_sliding(
    hands: Hands, held: Hands, recipe: SlidingRecipe, work: Path, say: Callable[[str], None] = print, *,
    workers: int = 1, begin_from: Path | None = None, wide: Path | None = None, mined: MinedStrings | None = None,
) -> tuple[keras.Model, list[str]]:  # fmt: skip
    """Train, or go on where a killed run left off; answers the averaged model and the log's lines.

    begin_from: an earlier run's folder, or a network's LiteRT file. wide: the LiteRT file of a wide network, whose
    answers are learnt beside what is written; where there is nothing to begin from, it is narrowed. mined: half of the strips of
    each step.
    """
    work.mkdir(parents=True, exist_ok=True)
    checkpoint = work / "sliding.npz"
    start = progress_of(checkpoint, "step")
    pools = mined.pools(LENGTHS) if mined is not None else []

    def draw(step: int) -> RowBatch:
        rng, at = np.random.default_rng([recipe.seed, step]), step % len(LENGTHS)
        more = partial(mined.some, pools[at]) if mined is not None else None
        return draw_row_batch(hands, recipe.batch, *LENGTHS[at], rng, more)

    with drawn_ahead(draw, range(start, recipe.steps), workers) as batches:
        quiet_tensorflow()
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(recipe.seed)
        model = build_sliding(recipe.policy)
        optimizer = stepwise_optimizer(model, recipe)
        log: list[str] = []

        def drawn(n: int) -> NDArray[np.uint8]:
            """Strips that no step shows."""
            rng = np.random.default_rng([recipe.seed, 0, n])
            return draw_batch(hands, recipe.batch, *LENGTHS[1], rng)[0]

        answers = None
        if wide is not None:
            answers = plain_sliding(None, ranks=WIDE)
            answers.set_weights(sliding_weights(wide, WIDE))
            if begin_from is None and not start:
                seen = np.concatenate([drawn(n) for n in range(2, 2 + NARROWED_ON)])
                begin_from_weights(narrowed_sliding(answers.get_weights(), seen), model, drawn(1))
                log = earlier_log(wide)
        if begin_from is not None and not start:
            if begin_from.is_file():
                log = begin_from_file(begin_from, model, drawn(1))
            else:
                log = begin_from_state(begin_from / "sliding.npz", model)
        average = Average(model, recipe.averaging)
        if start:
            log = resume_state(checkpoint, model, optimizer, average)

        @tf.function(reduce_retracing=False)  # type: ignore[untyped-decorator]
        def step_on(strips: Any, digits: Any, lengths: Any, own: Any) -> Any:
            its_own = tf.sequence_mask(own, (tf.shape(strips)[1] - BEFORE) // STRIDE)
            taught = None
            if answers is not None:  # it learnt strips at the edge, with nothing behind them
                strip = (
                    tf.cast(tf.repeat(its_own, STRIDE, axis=1), strips.dtype)[:, :, None] * strips[:, BEFORE:]
                )
                taught = answers(strip, training=False)
            with tf.GradientTape() as tape:
                logits = model(strips, training=True)[:, BEFORE // STRIDE :]
                loss = tf.reduce_mean(ctc_loss(logits, digits, lengths, own))
                if taught is not None:
                    as_taught = tf.nn.softmax_cross_entropy_with_logits(taught, logits)
                    as_taught *= tf.cast(its_own, as_taught.dtype)
                    loss += recipe.taught * (tf.reduce_mean(tf.reduce_sum(as_taught, axis=1)) - loss)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        trial = [
            draw_trial(held, 200, longest, width, np.random.default_rng([9, width]))
            for longest, width in LENGTHS
        ]
        began, total = time.monotonic(), []
        for step, batch in enumerate(batches, start=start + 1):
            total.append(float(step_on(*(tf.constant(array) for array in batch))))
            if step % 10 == 0:
                average.update(10)
            if step % recipe.every and step != recipe.steps:
                continue
            with average.in_place():
                right = [_share_right(model, *drawn) for drawn in trial]
            line = f"step {step}/{recipe.steps} loss {np.mean(total):.4f} held-out strings right, shorter to longer:"
            line += "".join(f" {share:.3f}" for share in right) + f" {time.monotonic() - began:.0f} s"
            log.append(line)
            say(line)
            total.clear()
            save_state(checkpoint, model, optimizer, average, log, step=step)
    average.apply()
    return model, log


def ctc_loss(logits: Any, digits: Any, lengths: Any, own: Any = None) -> Any:
    """(N,) nats of the digits on the first `own` (N,) steps, on all where it is None. TensorFlow's operation refuses
    empty strings; theirs is the cost of blanks all along."""
    import tensorflow as tf

    count, steps = tf.shape(logits)[0], tf.shape(logits)[1]
    own = tf.fill([count], steps) if own is None else own
    blank = tf.nn.log_softmax(logits)[:, :, BLANK] * tf.cast(tf.sequence_mask(own, steps), logits.dtype)
    blanks = -tf.reduce_sum(blank, axis=1)
    at = tf.where(tf.sequence_mask(tf.maximum(lengths, 1), tf.shape(digits)[1]))
    sparse = tf.SparseTensor(at, tf.gather_nd(digits, at), tf.cast(tf.shape(digits), tf.int64))
    spelled = tf.nn.ctc_loss(
        sparse, tf.transpose(logits, (1, 0, 2)), None, own, logits_time_major=True, blank_index=-1
    )
    return tf.where(lengths > 0, spelled, blanks)


def _share_right(model: keras.Model, pictures: NDArray[np.uint8], texts: Sequence[str]) -> float:
    # a strip's own steps only, as it learns
    logits = np.asarray(model(pictures, training=False))[:, BEFORE // STRIDE :]
    return float(np.mean([greedy(p) == text for p, text in zip(logits, texts, strict=True)]))
