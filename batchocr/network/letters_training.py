"""The network that tells words of letters from numbers: its layers, what it learns from, its training, its export.

It slides along a strip as the network that reads strings does (`network.sliding`), but answers one question of the whole: every
4 px it says what it sees, letters or digits, and how much that counts; the strip's answer is the weighted mean (attention pooling,
Ilse 2018). Learns from strips of drawn pages that passed for numbers (`scripts/mine_letters.py`), and from drawn strips: words are
pseudo-words of syllables, typeset in open fonts, so that letters join as these have them; numbers are what the sliding network
learns from. Both are put on the same paper. TensorFlow is imported inside functions only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from batchocr.network.ahead import drawn_ahead
from batchocr.network.architectures import normalized_weights, quiet_tensorflow
from batchocr.network.letters import ANSWERS
from batchocr.network.mined import save_strips, stored_strips
from batchocr.network.slider import BEFORE, STRIDE, steps_of
from batchocr.network.sliding import LENGTHS, as_picture, in_columns, laid
from batchocr.network.strings import (
    CANVAS_PX,
    DIGIT_PX,
    TOP_PX,
    Hands,
    Line,
    Rng,
    scanned_strip,
    some_text,
    write,
)
from batchocr.network.training import Average, Families, StepwiseRecipe, stepwise_optimizer
from batchocr.strip import STRIP_HEIGHT, Strip

if TYPE_CHECKING:
    import keras

STEM = ((16, 5, (2, 2)), (32, 3, (2, 2)), (48, 3, (1, 2)))  # small windows: units, px a side, moved by (x, y)
COLUMNS = ((96, 5), (64, 5))  # layers over columns: units, columns seen
DROPOUT = 0.1
WORDS = 0.5  # of the strips are of letters
DRAWN = 0.25  # of the strips of a batch are drawn as strips where mined ones are the others
PLAIN_ENDS = 0.5  # of the ends of a part of a line of words: there is paper, elsewhere what goes on
CUT_OFF = 0.15  # of the numbers: a part of the first and the last digit is lost
BESIDE = 0.12  # of the numbers have a word right beside them
LIKE_DIGITS = frozenset("oOlIiDQSsZzBbgq")  # words of these alone are nobody's to tell
ONSETS = """
b c d f g h k l m n p r s t v w br ch cl cr dr fl fr gl gr kn ph pl pr qu sc sh sk sl sm sn sp st str sw th tr wh
""".split()  # noqa: SIM905
NUCLEI = "a e i o u a e i o y ai ea ee ie io oa oo ou".split()  # noqa: SIM905
CODAS = "b d f g k l m n p r s t ck ct ld ll lt mp nd ng nk nt rd rk rn rs rt ss st th".split()  # noqa: SIM905
# of the words are as high as a digit by their small letters or by their capitals, the rest with descenders
X_HEIGHT, CAPITALS = 0.45, 0.4
# strips, (N,) 1 for letters, (N, 2) the first of each strip's own steps and the one after the last
Batch = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class LettersRecipe(StepwiseRecipe):
    """How the network of letters is trained."""

    steps: int = 5_000


@dataclass
class Mined:
    """Strips of drawn pages that passed for numbers, the steps of each that count, and whether it is of letters."""

    strips: list[Strip] = field(default_factory=list)
    own: list[slice] = field(default_factory=list)
    lettered: list[bool] = field(default_factory=list)

    def add(self, strip: Strip, own: slice, lettered: bool) -> None:
        """One strip more."""
        self.strips.append(strip)
        self.own.append(own)
        self.lettered.append(lettered)

    def join(self, other: Mined) -> None:
        """Those of another."""
        self.strips += other.strips
        self.own += other.own
        self.lettered += other.lettered

    def save(self, path: Path) -> None:
        """Write them to an .npz file."""
        own = np.array([(of.start, of.stop) for of in self.own], np.int64).reshape(-1, 2)
        save_strips(path, self.strips, own=own, lettered=np.array(self.lettered, bool))

    @staticmethod
    def load(path: Path) -> Mined:
        """Read them from an .npz file."""
        with np.load(path) as stored:
            own = [slice(first, stop) for first, stop in stored["own"].tolist()]
            return Mined(stored_strips(stored), own, stored["lettered"].tolist())


# what is learnt from -------------------------------------------------------------------------------------


def some_word(rng: Rng) -> str:
    """A word that could be one, of one to four syllables."""
    word = ""
    for _ in range(int(rng.choice([1, 1, 2, 2, 2, 3, 3, 4]))):
        word += str(rng.choice(ONSETS)) if rng.random() < 0.85 else ""
        word += str(rng.choice(NUCLEI))
        word += str(rng.choice(CODAS)) if rng.random() < 0.4 else ""
    kind = rng.random()
    return word.upper() if kind < 0.15 else word.capitalize() if kind < 0.45 else word


def typeset(text: str, path: Path, rng: Rng) -> tuple[Line, list[int]]:
    """The text on a line as strings are written on, and px where each of its letters begins, and where the last one ends.

    Its small letters, its capitals, or all with their descenders are as high as a full digit.
    """
    probe = ImageFont.truetype(str(path), 100)
    above, below = "x" if rng.random() < X_HEIGHT else "H", "x"
    if above == "H" and rng.random() > CAPITALS / (1 - X_HEIGHT):
        below = "p"
    top, foot = probe.getbbox(above, anchor="ls")[1], probe.getbbox(below, anchor="ls")[3]
    high = max(10.0, foot - top) / 100
    size = float(np.clip(DIGIT_PX / high * np.exp(rng.normal(0, 0.08)), 12, 160))
    font = probe.font_variant(size=size)
    margin = DIGIT_PX
    wide = round(font.getlength(text)) + 2 * margin
    base = TOP_PX + DIGIT_PX - foot * size / 100
    picture = Image.new("L", (wide, CANVAS_PX), 0)
    ImageDraw.Draw(picture).text((margin, base), text, font=font, fill=255, anchor="ls")
    places = [margin + round(font.getlength(text[:n])) for n in range(len(text) + 1)]
    return np.array(picture), places


def draw_words(fonts: Sequence[Path], most: int, rng: Rng) -> Line:
    """A part of a line of words, as words are cut out of a page: some begin or end within a letter; at most so many px wide."""
    path = fonts[int(rng.integers(len(fonts)))]
    while True:
        text = " ".join(some_word(rng) for _ in range(int(rng.integers(1, 4))))
        line, places = typeset(text, path, rng)
        if len(text) < 2:
            continue
        first = int(rng.integers(len(text) - 1)) if rng.random() < 0.5 else 0
        last = int(rng.integers(first + 2, min(len(text), first + 14) + 1))
        seen = text[first:last].strip()
        if len(seen) < 2 or set(seen) <= LIKE_DIGITS:
            continue
        stray, room = rng.uniform(0, 0.35, 2), rng.uniform(0, 0.75, 2)
        plain = rng.random(2) < PLAIN_ENDS  # paper there, as beside numbers
        strays, rooms = (
            np.round(DIGIT_PX * np.where(of, some, 0)).astype(int)
            for of, some in ((~plain, stray), (plain, room))
        )
        part = line[:, max(0, places[first] - strays[0]) : places[last] + strays[1]]
        if 0 < part.shape[1] <= most and part.max() > 128:
            return np.pad(part, ((0, 0), tuple(rooms)))


def draw_number(text: str, hands: Hands, fonts: Sequence[Path], rng: Rng) -> Strip:
    """A number in somebody's hand; now and then a word stands right beside it."""
    hand, printed = hands.any_hand(rng)
    line = write(text, hand, printed, rng, varied=True)
    if rng.random() < CUT_OFF:
        inked = np.flatnonzero(line.max(axis=0) > 128)
        if len(inked) > DIGIT_PX:
            lost = np.round(rng.uniform(0, 0.3, 2) * DIGIT_PX).astype(int)
            line = line[:, inked[0] + lost[0] : inked[-1] + 1 - lost[1]]
            return scanned_strip(line, hands, printed, rng, trimmed=False)
    if rng.random() < BESIDE:
        beside = draw_words(fonts, 3 * DIGIT_PX, rng)
        inked = np.flatnonzero(line.max(axis=0) > 128)
        if inked.size:
            line = line[:, max(0, inked[0] - DIGIT_PX // 2) : inked[-1] + 1]
            gap = np.zeros((CANVAS_PX, round(rng.uniform(0.1, 0.5) * DIGIT_PX)), np.uint8)
            parts = [line, gap, beside] if rng.random() < 0.8 else [beside, gap, line]
            line = np.hstack(parts)
    return scanned_strip(line, hands, printed, rng)


def draw_lettered(fonts: Sequence[Path], hands: Hands, most: int, rng: Rng) -> Strip:
    """Words, or a part of some."""
    return scanned_strip(draw_words(fonts, most, rng), hands, rng.random() < 0.5, rng, trimmed=False)


def draw_batch(hands: Hands, fonts: Families, size: int, longest: int, width: int, rng: Rng) -> Batch:
    """Drawn strips to learn from, (size, BEFORE + width, 32) uint8, which of them are of letters, and their own steps."""
    strips: list[Strip] = []
    lettered = np.zeros(size, np.float32)
    for n in range(size):
        lettered[n] = rng.random() < WORDS
        strip = np.zeros((STRIP_HEIGHT, width + 1), np.uint8)
        while strip.shape[1] > width:
            of = fonts["hand" if rng.random() < 0.65 else "print"]
            if lettered[n]:
                strip = draw_lettered(of, hands, 2 * width, rng)
            else:
                text = ""
                while not text:
                    text = some_text(longest, rng)
                strip = draw_number(text, hands, of, rng)
        strips.append(strip)
    own = np.array([(0, steps_of(strip.shape[1])) for strip in strips], np.int32)
    return laid(strips, width), lettered, own


def mined_batch(mined: Mined, size: int, width: int, rng: Rng) -> Batch:
    """The same of strips that passed for numbers, each seen a little otherwise."""
    strips: list[Strip] = []
    own: list[tuple[int, int]] = []
    chosen = rng.integers(len(mined.strips), size=size).tolist()
    for strip, of in ((mined.strips[at], mined.own[at]) for at in chosen):
        gone = max(0, of.stop - width // STRIDE)  # steps before what is seen
        seen = other_scan(strip[:, STRIDE * gone :][:, :width], rng)
        strips.append(seen)
        own.append((max(0, of.start - gone), min(of.stop - gone, steps_of(seen.shape[1]))))
    lettered = np.array([mined.lettered[at] for at in chosen], np.float32)
    return laid(strips, width), lettered, np.array(own, np.int32)


def other_scan(strip: Strip, rng: Rng) -> Strip:
    """The strip as if cut a little higher or lower, larger or smaller, from a paler or darker scan."""
    zoom, down = float(np.exp(rng.normal(0, 0.06))), float(rng.normal(0, 0.8))
    middle = STRIP_HEIGHT / 2
    across = np.array([[1, 0, 0], [0, zoom, middle * (1 - zoom) + down]], np.float32)
    moved = cv2.warpAffine(strip, across, (strip.shape[1], STRIP_HEIGHT), flags=cv2.INTER_LINEAR)
    levels = 255 * (np.arange(256) / 255) ** float(np.exp(rng.normal(0, 0.25)))
    return np.asarray(cv2.LUT(moved, levels.astype(np.uint8)), np.uint8)


# the network ---------------------------------------------------------------------------------------------


def build_letters(
    width: int | None = None, *, batch: int | None = None, learning: bool = True
) -> keras.Model:
    """(N, W, 32) uint8 strips, columns first -> (N, W / 4, 2) float32: what each step sees, above 0 for letters, and the logarithm
    of how much that counts. learning: with normalisation and dropout."""
    import keras
    from keras import layers

    strips = keras.Input((width, STRIP_HEIGHT), dtype="uint8", name="strips", batch_size=batch)
    hidden = as_picture(strips)
    own: dict[str, Any] = {"padding": "same", "kernel_initializer": "he_normal"}
    own |= {"use_bias": False} if learning else {"activation": "relu"}
    for units, side, moved in STEM:
        hidden = layers.Conv2D(units, side, strides=moved, **own)(hidden)
        hidden = layers.ReLU()(layers.BatchNormalization()(hidden)) if learning else hidden
    hidden = in_columns(hidden)
    for units, seen in COLUMNS:
        hidden = layers.Conv1D(units, seen, **own)(hidden)
        if learning:
            hidden = layers.Dropout(DROPOUT)(layers.ReLU()(layers.BatchNormalization()(hidden)))
    return keras.Model(strips, layers.Dense(ANSWERS, dtype="float32", name="answers")(hidden), name="letters")


def folded_letters(model: keras.Model) -> keras.Model:
    """A trained network as run time wants it: one strip of any length, normalisation folded in."""
    from keras import layers

    learnt = [layer for layer in model.layers if isinstance(layer, (layers.Conv1D, layers.Conv2D))]
    whole = build_letters(batch=1, learning=False)
    whole.set_weights([*normalized_weights(model, learnt), *model.get_layer("answers").get_weights()])
    return whole


def train_letters(
    hands: Hands, fonts: Families, held: Hands, held_fonts: Families,
    recipe: LettersRecipe, say: Callable[[str], None] = print, *, workers: int = 1, mined: Mined | None = None,
) -> tuple[keras.Model, list[str]]:  # fmt: skip
    """Train; answers the averaged model and the log's lines."""

    def draw(step: int) -> Batch:
        rng = np.random.default_rng([recipe.seed, 3, step])
        longest, width = LENGTHS[step % len(LENGTHS)]
        if mined is None:
            return draw_batch(hands, fonts, recipe.batch, longest, width, rng)
        few = round(DRAWN * recipe.batch)
        drawn = draw_batch(hands, fonts, few, longest, width, rng)
        found = mined_batch(mined, recipe.batch - few, width, rng)
        return (
            np.concatenate([drawn[0], found[0]]),
            np.concatenate([drawn[1], found[1]]),
            np.concatenate([drawn[2], found[2]]),
        )

    with drawn_ahead(draw, range(recipe.steps), workers) as batches:
        quiet_tensorflow()
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(recipe.seed)
        model = build_letters()
        optimizer = stepwise_optimizer(model, recipe)
        average = Average(model, recipe.averaging)

        def pooled(answers: Any, own: Any) -> Any:
            """(N,) logits that a strip is of letters."""
            until_first, until_last = (tf.sequence_mask(own[:, n], tf.shape(answers)[1]) for n in range(2))
            its_own = until_last & ~until_first
            weights = tf.nn.softmax(tf.where(its_own, answers[:, :, 1], -1e9), axis=1)
            return tf.reduce_sum(weights * answers[:, :, 0], axis=1)

        @tf.function(reduce_retracing=False)  # type: ignore[untyped-decorator]
        def step_on(strips: Any, lettered: Any, own: Any) -> Any:
            with tf.GradientTape() as tape:
                logits = pooled(model(strips, training=True)[:, BEFORE // STRIDE :], own)
                loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(lettered, logits))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        trial = [
            draw_batch(held, held_fonts, 500, *length, np.random.default_rng([9, 3, length[1]]))
            for length in LENGTHS
        ]
        began, total, log = time.monotonic(), [], []
        for step, batch in enumerate(batches, start=1):
            total.append(float(step_on(*(tf.constant(array) for array in batch))))
            if step % 10 == 0:
                average.update(10)
            if step % recipe.every and step != recipe.steps:
                continue
            with average.in_place():
                told = []
                for strips, lettered, own in trial:
                    logits = np.asarray(pooled(model(strips, training=False)[:, BEFORE // STRIDE :], own))
                    told.append(float(((logits > 0) == (lettered > 0)).mean()))
            line = f"step {step}/{recipe.steps} loss {np.mean(total):.4f} held-out told, shorter to longer:"
            line += "".join(f" {share:.3f}" for share in told) + f" {time.monotonic() - began:.0f} s"
            log.append(line)
            say(line)
            total.clear()
    average.apply()
    return model, log
