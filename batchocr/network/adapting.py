"""Learning from review: both shipped readers, taught what people said and kept from forgetting what they knew.

Reviewed glyphs and strips, bent anew every time they are shown, go into every step beside MNIST, print, pens and
ink that is no digit, for which the network is held to its own earlier answers too (learning without forgetting,
Li & Hoiem 2016). Low rate, AdamW, an average of the weights. What comes out is judged through the written files,
before against after, on MNIST's validation digits and on reviewed pages that were not learnt; what is worse is
not written. Leaves out reading the pages (`batchocr.reviewed`). TensorFlow is imported inside functions only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.ctc import greedy
from batchocr.elements import NOT_A_DIGIT, GlyphImages, Predict, Probs
from batchocr.errors import ModelError
from batchocr.network import calibration, synthesis
from batchocr.network.architectures import SHIPPED_OUTPUTS, dense_network, narrow_layers, quiet_tensorflow
from batchocr.network.augment import Deformation, deform
from batchocr.network.card import SHIPPED, sliding_beside
from batchocr.network.dataset import VALIDATION_COUNT, Labels, Mnist, split_by_writer
from batchocr.network.litert_weights import Weights, dense_widths, litert_weights
from batchocr.network.mined import other_hand
from batchocr.network.model import load_model
from batchocr.network.other_ink import draw_other_ink
from batchocr.network.slider import Slide, load_sliding
from batchocr.network.sliding import (
    LENGTHS,
    Batch,
    ctc_loss,
    draw_batch,
    draw_trial,
    packed,
    plain_sliding,
    sliding_weights,
)
from batchocr.network.strings import Font, Hands, load_font, writers_of
from batchocr.network.training import Average, Say, export
from batchocr.reviewed import Lesson, PageOfReview, strings_right
from batchocr.strip import Strip

if TYPE_CHECKING:
    import keras

# shares of the way from the weights before to those learnt, tried in turn
WAYS = (1.0, 0.85, 0.7, 0.55, 0.4, 0.2, 0.1)
ALIKE = 0.1  # probability by which 8-bit arithmetic may differ from float
OFFSETS = -np.arange(0, 4, 0.1)  # nats by which "not a digit" may be moved, tried in turn
Bools = NDArray[np.bool_]
Known = tuple[GlyphImages, Labels]


@dataclass(frozen=True, slots=True)
class Course:
    """How the two readers learn from review."""

    epochs: int = 30  # times that each reviewed glyph and strip is shown, newly bent
    reviewed: int = 128  # glyphs of a step
    known: int = 384  # glyphs of a step that keep the network from forgetting
    least_steps: int = 60  # however little was reviewed
    rate: float = 3e-4  # AdamW, highest; a seventh of what the shipped network was trained with
    decay: float = 0.01  # AdamW's weight decay
    averaging: float = 0.99  # a step, of the weights
    own_answers: float = 0.8  # weight of the network's earlier answers beside the labels of what it knew
    bending: float = 0.6  # of the full deformation
    dropout: float = 0.2
    strips: int = 32  # reviewed strips of a step; as many drawn ones go with them
    strip_rate: float = 4e-4  # AdamW, highest
    judged: int = 200  # drawn strings of each length that judge
    size: float = 1.0  # of what is drawn beside MNIST
    seed: int = 0


# what the network knows already ---------------------------------------------------------------------------


class Parts(NamedTuple):
    """MNIST's digits by index: to learn from, and to judge by."""

    learn: NDArray[np.intp]
    judge: NDArray[np.intp]


def validation_part(mnist: Mnist) -> Parts:
    """The writers held out from the shipped network, where it is known who wrote what; else the last 10,000."""
    if mnist.train_writers is not None:
        return Parts(*split_by_writer(mnist.train_writers))
    every = np.arange(len(mnist.train_images))
    held = min(VALIDATION_COUNT, len(every) // 6)  # a sixth of a data set smaller than MNIST
    return Parts(every[:-held], every[-held:])


def fonts_at_hand(folder: Path | None) -> list[Path]:
    """The fonts of a folder, else those that Matplotlib carries (the train extra)."""
    if folder is not None and folder.is_dir():
        found = sorted(folder.rglob("*.ttf"))
        if found:
            return found
    import matplotlib

    return sorted((Path(matplotlib.get_data_path()) / "fonts" / "ttf").glob("*.ttf"))


def known_glyphs(images: GlyphImages, labels: Labels, fonts: Sequence[Path], course: Course) -> Known:
    """What MNIST lacks and the shipped network knows: print, pens, scans, cuts through neighbours, other ink."""
    rng = np.random.default_rng([course.seed, 1])
    some = rng.permutation(len(images))[: max(20, round(3000 * course.size))]
    each = max(2, round(3000 * course.size / len(fonts)))
    parts = [
        synthesis.font_digits(path, each, synthesis.PRINTED, course.seed + n) for n, path in enumerate(fonts)
    ]
    parts = [part for part in parts if len(part[0])]
    parts.append(synthesis.damaged_mnist(images[some], labels[some], synthesis.HANDWRITTEN, course.seed))
    parts.append(synthesis.penned_digits(len(some), course.seed))
    parts.append(synthesis.cut_digits(images, labels, fonts, len(some) // 2, course.seed))
    other = draw_other_ink(images, labels, count=max(5, round(400 * course.size)), seed=course.seed)
    parts += [(glyphs, np.full(len(glyphs), NOT_A_DIGIT, np.uint8)) for glyphs in other.values()]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


# the reader of cuts --------------------------------------------------------------------------------------


def digit_weights(model: Path) -> Weights:
    """The dense layers of a model file, kernel and bias in turn. Raises ModelError where it is none of eleven
    outputs, or has other layers, or layers that bend otherwise."""
    if model.suffix == ".keras":
        found = _keras_weights(model)
    else:
        widths = dense_widths(model)
        found = litert_weights(
            model, [s for a, b in zip(widths, widths[1:], strict=False) for s in ((a, b), (b,))]
        )
    if len(found[-1]) != SHIPPED_OUTPUTS:
        raise ModelError(
            f'{model}: has {len(found[-1])} outputs and knows no "not a digit"; begin from the shipped model, or '
            "from one that learnt from it"
        )
    some, _ = synthesis.penned_digits(20, 0)
    if np.abs(answers_of(found, some) - load_model(model)(some)).max() > ALIKE:
        raise ModelError(
            f"{model}: its layers compute otherwise than those of the shipped model; begin from that, or from one that "
            "learnt from it"
        )
    return found


def answers_of(weights: Weights, images: GlyphImages) -> Probs:
    """What a dense network of these kernels and biases answers, (N, 11), without Keras."""
    hidden = images.reshape(len(images), -1).astype(np.float32) / 255
    narrow = narrow_layers([len(bias) for bias in weights[1::2]])
    for of_narrow, kernel, bias in zip(narrow, weights[:-2:2], weights[1:-2:2], strict=False):
        hidden = hidden @ kernel + bias
        hidden = hidden if of_narrow else np.maximum(0, hidden)
    logits = hidden @ weights[-2] + weights[-1]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def _keras_weights(model: Path) -> Weights:
    load_model(model)  # explains itself
    import keras

    layers = [layer for layer in keras.saving.load_model(model, compile=False).layers if layer.weights]
    if not all(isinstance(layer, keras.layers.Dense) for layer in layers):
        raise ModelError(f"{model}: has other layers than dense ones; begin from the shipped model")
    return [np.asarray(weights, np.float32) for layer in layers for weights in layer.get_weights()]


def learn_digits(
    begin: Weights, glyphs: GlyphImages, labels: Labels, mnist: Known, known: Known, course: Course, say: Say
) -> keras.Model:
    """The network of `begin` taught reviewed glyphs. mnist: digits to bend; known: glyphs bent already."""
    quiet_tensorflow()
    import keras

    keras.utils.set_random_seed(course.seed)
    before, model = dense_network(begin), dense_network(begin, dropout=course.dropout)
    steps = _steps(len(glyphs), course.reviewed, course)
    model.compile(_optimizer(course.rate, steps, course), "categorical_crossentropy")
    average = Average(model, course.averaging)
    rng = np.random.default_rng([course.seed, 2])
    shown = _Shuffled(len(glyphs), rng)
    for step in range(1, steps + 1):
        new = shown.take(course.reviewed)
        old, old_labels = _some_known(mnist, known, course, rng)
        bent = deform(glyphs[new], Deformation().scaled(course.bending), rng)
        answers = np.asarray(before(old, training=False))
        held = (1 - course.own_answers) * _one_hot(old_labels) + course.own_answers * answers
        loss = model.train_on_batch(
            np.concatenate([bent, old]), np.concatenate([_one_hot(labels[new]), held]).astype(np.float32)
        )
        average.update(1)
        _tell("digits", step, steps, float(loss), say)
    average.apply()
    learnt = dense_network(begin)
    learnt.set_weights(model.get_weights())
    return learnt


def _some_known(mnist: Known, known: Known, course: Course, rng: np.random.Generator) -> Known:
    """Half MNIST's digits, bent anew, half of the rest."""
    half = course.known // 2
    a, b = rng.integers(len(mnist[0]), size=half), rng.integers(len(known[0]), size=course.known - half)
    bent = deform(mnist[0][a], Deformation().scaled(course.bending), rng)
    return np.concatenate([bent, known[0][b]]), np.concatenate([mnist[1][a], known[1][b]])


def _one_hot(labels: Labels) -> NDArray[np.float32]:
    return np.eye(SHIPPED_OUTPUTS, dtype=np.float32)[labels]


class _Shuffled:
    """Indices 0..count-1 in a new random order each time they are through."""

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self._count, self._rng = count, rng
        self._left: NDArray[np.intp] = np.zeros(0, np.intp)

    def take(self, number: int) -> NDArray[np.intp]:
        """The next so many."""
        while len(self._left) < number:
            self._left = np.concatenate([self._left, self._rng.permutation(self._count)])
        taken, self._left = self._left[:number], self._left[number:]
        return taken


def _steps(count: int, a_step: int, course: Course) -> int:
    return max(course.least_steps, -(-count * course.epochs // a_step))


def _optimizer(rate: float, steps: int, course: Course) -> keras.optimizers.Optimizer:
    import keras

    warm = max(1, steps // 20)
    falling = keras.optimizers.schedules.CosineDecay(
        rate / 20, steps - warm, alpha=0.01, warmup_target=rate, warmup_steps=warm
    )
    return keras.optimizers.AdamW(falling, weight_decay=course.decay, clipnorm=1.0)


def _tell(what: str, step: int, steps: int, loss: float, say: Say) -> None:
    if step % max(1, steps // 5) == 0 or step == steps:
        say(f"{what}: step {step}/{steps}, loss {loss:.4f}")


# the reader that slides ----------------------------------------------------------------------------------


def hands_at_hand(mnist: Mnist, part: NDArray[np.intp], fonts: Sequence[Path], *, seed: int) -> Hands:
    """MNIST's writers (or, where nobody knows them, heaps of digits) and fonts: oblique ones stand for hands."""
    writers = mnist.train_writers
    if writers is None:
        writers = np.random.default_rng(seed).integers(
            0, max(1, len(mnist.train_images) // 100), len(mnist.train_images)
        )
    loaded: dict[bool, list[Font]] = {False: [], True: []}
    for path in fonts:
        font = load_font(path)
        if font is not None:
            loaded["hand" in path.parts or "Oblique" in path.stem or "Ital" in path.stem].append(font)
    return Hands(
        writers_of(mnist.train_images[part], mnist.train_labels[part], writers[part]),
        loaded[True] or loaded[False],
        loaded[False] or loaded[True],
    )


def learn_strips(
    begin: Weights, lessons: Sequence[Lesson], hands: Hands, course: Course, say: Say
) -> keras.Model:
    """The sliding network of `begin` taught reviewed strips, beside as many drawn ones."""
    quiet_tensorflow()
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(course.seed)
    before = plain_sliding(None)
    model = plain_sliding(None, answers=None, dropout=course.dropout / 2)
    for network in (before, model):
        network.set_weights(begin)
    steps = _steps(len(lessons), course.strips, course)
    optimizer = _optimizer(course.strip_rate, steps, course)
    optimizer.build(model.trainable_variables)
    average = Average(model, course.averaging)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step_on(reviewed: Any, drawn: Any) -> Any:
        strips, *texts = reviewed
        known, *known_texts = drawn
        answers = before(known, training=False)
        with tf.GradientTape() as tape:
            new = tf.reduce_mean(ctc_loss(model(strips, training=True), *texts))
            logits = model(known, training=True)
            as_before = tf.nn.softmax_cross_entropy_with_logits(answers, logits)
            old = tf.reduce_mean(ctc_loss(logits, *known_texts))
            old += course.own_answers * (tf.reduce_mean(tf.reduce_sum(as_before, axis=1)) - old)
            loss = (new + old) / 2
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    rng = np.random.default_rng([course.seed, 3])
    shown = _Shuffled(len(lessons), rng)
    for step in range(1, steps + 1):
        reviewed = batch_of([bent_strip(lessons[n], rng) for n in shown.take(course.strips)])
        known = draw_batch(hands, course.strips, *LENGTHS[step % len(LENGTHS)], rng)
        loss = step_on(*(tuple(map(tf.constant, batch)) for batch in (reviewed, known)))
        average.update(1)
        _tell("strings", step, steps, float(loss), say)
    average.apply()
    learnt = plain_sliding(None, batch=1)
    learnt.set_weights(model.get_weights())
    return learnt


def bent_strip(lesson: Lesson, rng: np.random.Generator) -> Lesson:
    """A strip as another hand and scanner might have given it."""
    return lesson._replace(strip=other_hand(lesson.strip, rng))


def batch_of(lessons: Sequence[Lesson]) -> Batch:
    """Strips side by side, padded with paper to the widest of them, in steps of 64 px so that few shapes occur."""
    longest = max(1, *(len(lesson.text) for lesson in lessons))
    wide = -(-max(lesson.strip.shape[1] for lesson in lessons) // 64) * 64
    return packed([lesson.strip for lesson in lessons], [lesson.text for lesson in lessons], longest, wide)


# judging -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trial:
    """The same digits or strings before and after: (N,) bool each, right or not.

    strict: none may be lost on balance. Else as many as chance takes: two networks that are equally good differ by
    about the square root of how many they differ on (one standard error, McNemar 1947), either way.
    """

    name: str
    before: Bools
    after: Bools
    strict: bool

    @property
    def lost(self) -> int:
        """How many were right before only."""
        return int((self.before & ~self.after).sum())

    @property
    def gained(self) -> int:
        """How many are right after only."""
        return int((~self.before & self.after).sum())

    @property
    def is_worse(self) -> bool:
        """Whether what was learnt cost more than it may."""
        return self.lost - self.gained > (0 if self.strict else math.sqrt(self.lost + self.gained))

    def telling(self) -> float:
        """How many times as many digits or strings tell such a difference from chance: two standard errors."""
        return 4 * (self.lost + self.gained) / (self.lost - self.gained) ** 2

    def in_words(self) -> str:
        """`name: 95.00% (190 of 200) before, 97.50% (195) after`."""
        before, after, count = int(self.before.sum()), int(self.after.sum()), len(self.before)
        verdict = ", which is worse" if self.is_worse else ""
        return (
            f"{self.name}: {before / max(1, count):.2%} ({before:,} of {count:,}) before, "
            f"{after / max(1, count):.2%} ({after:,}) after{verdict}"
        )

    def figures(self) -> dict[str, Any]:
        """The same for a card."""
        return {
            "of": len(self.before),
            "right_before": int(self.before.sum()),
            "right_after": int(self.after.sum()),
        }


def digits_right(predict: Predict, images: GlyphImages, labels: Labels) -> Bools:
    """(N,) bool: which glyphs get their label."""
    return np.asarray(predict(images).argmax(axis=1) == labels, bool)


def strips_right(slide: Slide, strips: Sequence[Strip], texts: Sequence[str]) -> Bools:
    """(N,) bool: which strips are read exactly."""
    return np.array([greedy(steps) == text for steps, text in zip(slide(strips), texts, strict=True)], bool)


def pages_right(pages: Sequence[PageOfReview], predict: Predict, slide: Slide) -> Bools:
    """(N,) bool: which reviewed numbers both readers together read exactly, from the page."""
    return np.array([right for page in pages for right in strings_right(page, predict, slide)], bool)


def drawn_strips(hands: Hands, course: Course) -> tuple[list[Strip], list[str]]:
    """Drawn strings that judge, the same for the same seed."""
    strips: list[Strip] = []
    texts: list[str] = []
    for longest, width in LENGTHS:
        pictures, written = draw_trial(
            hands, course.judged, longest, width, np.random.default_rng([9, width])
        )
        strips += [picture.T for picture in pictures]
        texts += written
    return strips, texts


# both readers together -----------------------------------------------------------------------------------


class Begin(NamedTuple):
    """The files of the two readers to begin from."""

    digits: Path
    strings: Path


def begin_of(model: Path | None) -> Begin:
    """A digit network and the sliding network that belongs to it; the shipped ones where none is named."""
    return Begin(model or SHIPPED, sliding_beside(model))


@dataclass(frozen=True, slots=True)
class Review:
    """Lessons to learn from and lessons that judge, and how pages that judge are read by two readers: (N,) bool,
    which of their numbers came out exactly right."""

    learn: Sequence[Lesson]
    judge: Sequence[Lesson]
    read: Callable[[Predict, Slide], Bools]


@dataclass(frozen=True, slots=True)
class Adapted:
    """What learning came to. files: the readers' files in the folder that was given; strings is None where the
    sliding network came out worse and is better left as it was."""

    keras_file: Path
    digits: Path
    strings: Path | None
    trials: tuple[Trial, ...]

    @property
    def failures(self) -> tuple[Trial, ...]:
        """The trials that forbid to use it: those of the sliding network only take that back."""
        return tuple(trial for trial in self.trials if trial.is_worse and trial.name not in OF_SLIDING)


VALIDATION, HELD_GLYPHS = "MNIST's validation digits", "reviewed digits held out"
DRAWN, HELD_STRIPS = "drawn strings, sliding reader", "reviewed strings held out, sliding reader"
HELD_STRINGS = "reviewed strings held out, both readers"
OF_SLIDING = (DRAWN, HELD_STRIPS)


def adapt(
    begin: Begin, review: Review, mnist: Mnist, fonts: Sequence[Path], course: Course, folder: Path, say: Say
) -> Adapted:
    """Teach both readers what was reviewed, write them into a folder, and judge them there by their files."""
    parts = validation_part(mnist)
    digits, keras_file, trials = _adapt_digits(begin.digits, review, mnist, parts, fonts, course, folder, say)
    slid, of_strings = _adapt_strings(begin.strings, review, mnist, parts, fonts, course, folder, say)
    strings = None if any(trial.is_worse for trial in of_strings) else slid
    both = Trial(
        HELD_STRINGS,
        review.read(load_model(begin.digits), load_sliding(begin.strings)),
        review.read(load_model(digits), load_sliding(strings or begin.strings)),
        strict=True,
    )
    return Adapted(keras_file, digits, strings, (*trials, *of_strings, both))


def _adapt_digits(
    begin: Path, review: Review, mnist: Mnist, parts: Parts, fonts: Sequence[Path], course: Course,
    folder: Path, say: Say,
) -> tuple[Path, Path, list[Trial]]:  # fmt: skip
    weights = digit_weights(begin)
    own = mnist.train_images[parts.learn], mnist.train_labels[parts.learn]
    glyphs, labels = _glyphs_of(review.learn)
    model = learn_digits(weights, glyphs, labels, own, known_glyphs(*own, fonts, course), course, say)
    before = load_model(begin)
    validation = mnist.train_images[parts.judge], mnist.train_labels[parts.judge]
    keras_file, litert_file = folder / "digits.keras", folder / "digits.tflite"
    right = digits_right(before, *validation)
    most = int((_probs(dense_network(weights), validation[0]).argmax(axis=1) == NOT_A_DIGIT).sum())

    def write() -> Trial:
        _take_back_share(model, validation[0], most)
        export(model, litert_file)
        return Trial(VALIDATION, right, digits_right(load_model(litert_file), *validation), strict=True)

    of_mnist = _held_back("digits", model, weights, write, say)
    model.save(keras_file)
    after = load_model(litert_file)
    held, held_labels = _glyphs_of(review.judge)
    of_digits = held_labels != NOT_A_DIGIT
    held_digits = held[of_digits], held_labels[of_digits]
    of_held = Trial(
        HELD_GLYPHS, digits_right(before, *held_digits), digits_right(after, *held_digits), strict=True
    )
    return litert_file, keras_file, [of_mnist, of_held]


def _held_back(what: str, model: keras.Model, begin: Weights, write: Callable[[], Trial], say: Say) -> Trial:
    """Write the model; where what it knew suffered, only part of the way from the weights it began from (Wortsman
    2022): what was learnt holds on a good part of that way, what was forgotten comes back sooner."""
    learnt = model.get_weights()
    for share in WAYS:
        model.set_weights([a + np.float32(share) * (b - a) for a, b in zip(begin, learnt, strict=True)])
        trial = write()
        if not trial.is_worse:
            break
    if share < 1:
        say(f"{what}: held back to {share:.0%} of what was learnt, for what it knew")
    return trial


def _take_back_share(model: keras.Model, digits: GlyphImages, most: int) -> None:
    """Lower "not a digit" in the last layer until no more digits than `most` are called that: the steps showed more
    of it than reading meets."""
    logits = np.log(np.maximum(_probs(model, digits), calibration.LEAST))
    *inner, bias = model.get_weights()
    for offset in OFFSETS:
        moved = logits[:, NOT_A_DIGIT] + offset
        if np.count_nonzero(moved > logits[:, :NOT_A_DIGIT].max(axis=1)) <= most:
            break
    bias[NOT_A_DIGIT] += offset
    model.set_weights([*inner, bias])


def _probs(model: keras.Model, images: GlyphImages) -> Probs:
    return np.asarray(model.predict(images, batch_size=1000, verbose=0), np.float32)


def _glyphs_of(lessons: Sequence[Lesson]) -> tuple[GlyphImages, Labels]:
    glyphs = [lesson.glyphs for lesson in lessons] or [np.zeros((0, 28, 28), np.uint8)]
    return np.concatenate(glyphs), np.concatenate([np.zeros(0, np.uint8), *(x.labels for x in lessons)])


def _adapt_strings(
    begin: Path, review: Review, mnist: Mnist, parts: Parts, fonts: Sequence[Path], course: Course,
    folder: Path, say: Say,
) -> tuple[Path, list[Trial]]:  # fmt: skip
    weights = sliding_weights(begin)
    hands = hands_at_hand(mnist, parts.learn, fonts, seed=course.seed)
    model = learn_strips(weights, review.learn, hands, course, say)
    file = folder / "strings.tflite"
    drawn = drawn_strips(hands_at_hand(mnist, parts.judge, fonts, seed=course.seed), course)
    held = [lesson.strip for lesson in review.judge], [lesson.text for lesson in review.judge]
    before = load_sliding(begin)
    right = strips_right(before, *drawn)

    def write() -> Trial:
        export(model, file)
        return Trial(DRAWN, right, strips_right(load_sliding(file), *drawn), strict=False)

    of_drawn = _held_back("strings", model, weights, write, say)
    after = load_sliding(file)
    of_held = Trial(HELD_STRIPS, strips_right(before, *held), strips_right(after, *held), strict=True)
    return file, [of_drawn, of_held]
