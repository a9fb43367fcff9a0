"""What people said of a job's words, as glyphs and strips to learn from, page by page.

Each page with reviewed words is read again as `run` reads it, and each word found by its box. The person's text
is laid over the cuts by dynamic programming (`decode.spell`, a forced alignment): the cheapest way to read just
these digits says which ink is which, touching digits too. So training sees glyphs and strips exactly as reading
does. Leaves out pages whose file is gone or changed, blanks, and words that cannot be cut as the text says.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batchocr.consensus import Heard
from batchocr.decode import spell
from batchocr.elements import DIGITS, NOT_A_DIGIT, Box, GlyphImages, Ink, Page, Predict, Probs
from batchocr.errors import UsageError
from batchocr.job import Job, JobWord, open_job
from batchocr.lattice import Edge, Lattice
from batchocr.network.slider import Slide
from batchocr.normalize import normalize_glyphs
from batchocr.pages import load_page
from batchocr.pipeline import PageStrings, read_strings
from batchocr.plausibility import costs_of
from batchocr.stamps import stamp_of, with_digest
from batchocr.strip import Strip

HELD_OUT = 0.2  # share of the pages that judge, about
LEAST_PAGES = 2  # one to learn from, one to judge
LEAST_HELD_DIGITS = 20  # of the pages that judge: one of them is then 5 %
LEAST_OVERLAP = 0.5  # intersection over union of a reviewed box with the word found again
SOFTENED = 0.1  # share of doubt mixed into the network's answers: it was wrong of some of these digits
MOST_COST = (
    2.0  # nats a digit: ink that fits its text worse was cut wrongly, or the text is not what is written
)
LIKE_A_DIGIT = 0.9  # ink that is taken for a digit so surely is not taught to be none: it may look like one
LEAST_FRAGMENT = 0.3  # of the word's height: thinner pieces of a digit look like a 1
Labels = NDArray[np.uint8]
ReadStrings = Callable[[Page, Predict, Slide], PageStrings]


class Said(NamedTuple):
    """A word's box, px of the page as stored upright, and what a person says is written there: "" is no number."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class PageOfReview:
    """A page that people reviewed. content: SHA-256 of its file, which tells pages apart wherever they lie."""

    path: Path
    number: int
    content: str
    said: tuple[Said, ...]

    def place(self) -> float:
        """Where the page comes in an order that only its content decides, 0..1."""
        return int(sha256(f"{self.content} {self.number}".encode()).hexdigest()[:12], 16) / 16**12


class Lesson(NamedTuple):
    """What one word teaches. strip and text: the whole, for the reader that slides. glyphs (N, 28, 28) and labels
    (N,): its digits, and ink that is none, for the one that cuts; empty where the text does not fit the cuts."""

    strip: Strip
    text: str
    glyphs: GlyphImages
    labels: Labels


@dataclass(frozen=True, slots=True)
class LearntPage:
    """A page's lessons. lost: words that were not found again or could not be cut as the text says."""

    page: PageOfReview
    lessons: tuple[Lesson, ...]
    lost: int

    def digits(self) -> int:
        """How many of its glyphs are digits."""
        return sum(int((lesson.labels != NOT_A_DIGIT).sum()) for lesson in self.lessons)


# what was said ------------------------------------------------------------------------------------------


def pages_of_review(tables: Sequence[Path]) -> tuple[list[PageOfReview], Counter[str]]:
    """The pages with reviewed words of several tables' jobs, in an order that only their content decides; and how
    many pages had to be left out, by reason. A page that is in several tables is there once."""
    said: dict[tuple[str, int], dict[Box, str]] = defaultdict(dict)
    paths: dict[tuple[str, int], Path] = {}
    skipped: Counter[str] = Counter()
    for table in tables:
        with open_job(table) as job:
            for path, digest, number, words in _reviewed(job):
                reason = _unusable(path, digest)
                if reason:
                    skipped[reason] += 1
                    continue
                paths[digest, number] = path
                said[digest, number].update(words)
    pages = [
        PageOfReview(path, number, digest, tuple(Said(*item) for item in said[digest, number].items()))
        for (digest, number), path in paths.items()
    ]
    return sorted(pages, key=PageOfReview.place), skipped


def _reviewed(job: Job) -> Iterator[tuple[Path, str, int, dict[Box, str]]]:
    """Each page with reviewed words: its file, that file's digest when it was read, its number, what was said."""
    digests = {os.fsdecode(path): str(digest) for path, digest in job.rows("SELECT path, digest FROM files")}
    words: dict[tuple[Path, int], dict[Box, str]] = defaultdict(dict)
    for word in job.words():
        if word.box is not None and teaches(word):
            words[word.path, word.page][word.box] = word.now
    for (path, number), of_page in words.items():
        yield path, digests[str(path)], number, of_page


def teaches(word: JobWord) -> bool:
    """Whether a person said of a word what it is, in digits, or that it is no number."""
    if word.correction in ("confirm", "correct"):
        return bool(word.now) and set(word.now) <= set(DIGITS)
    return word.correction == "not a number"


def _unusable(path: Path, digest: str) -> str:
    """Why a file cannot be learnt from any more, or nothing."""
    try:
        now = with_digest(stamp_of(path), path).digest
    except OSError:
        return "file is missing"
    return "" if now == digest else "file has changed"


def split_pages(pages: Sequence[LearntPage]) -> tuple[list[LearntPage], list[LearntPage]]:
    """The pages to learn from, and those that judge: about one in five, by their content, so that a page stays on
    its side whatever is added. Raises UsageError where there are too few."""
    if len(pages) < LEAST_PAGES:
        raise UsageError(
            f"{len(pages)} page{'s' * (len(pages) != 1)} with reviewed numbers; learning takes at least "
            f"{LEAST_PAGES}, one to learn from and one to judge by; review more pages"
        )
    ordered = sorted(pages, key=lambda page: page.page.place())
    held = max(1, sum(page.page.place() < HELD_OUT for page in ordered))
    learn, judge = ordered[held:], ordered[:held]
    digits = sum(page.digits() for page in judge)
    if not sum(page.digits() for page in learn) or digits < LEAST_HELD_DIGITS:
        raise UsageError(
            f"the {held} of {len(pages)} pages that judge hold {digits} reviewed digits; "
            f"at least {LEAST_HELD_DIGITS} are needed; review more words on more pages"
        )
    return learn, judge


# reading again ------------------------------------------------------------------------------------------


def learn_page(
    page: PageOfReview, predict: Predict, slide: Slide, *, read: ReadStrings = read_strings
) -> LearntPage:
    """Read a page again for what its reviewed words teach. Raises PageError if it cannot be read."""
    strings = read(load_page(page.path, page.number), predict, slide)
    lessons: list[Lesson] = []
    lost = 0
    for said in page.said:
        at = find_word(strings, said.box)
        lesson = None if at is None else lesson_of(*at, said.text)
        if lesson is not None:
            lessons.append(lesson)
        lost += lesson is None or len(lesson.labels) < len(said.text)
    return LearntPage(page, tuple(lessons), lost)


def strings_right(page: PageOfReview, predict: Predict, slide: Slide) -> list[bool]:
    """Which of a page's reviewed numbers are read exactly right. Raises PageError."""
    strings = read_strings(load_page(page.path, page.number), predict, slide)
    return [_read_there(strings, said.box) == said.text for said in page.said if said.text]


def _read_there(strings: PageStrings, box: Box) -> str:
    at = find_word(strings, box)
    string = None if at is None else at[0].strings[at[1]]
    return "" if string is None else string.text


def find_word(strings: PageStrings, box: Box) -> tuple[PageStrings, int] | None:
    """The word read where a reviewed one was, the one that shares most of its box: the page's strings, or those of its fine print,
    and which of them it is."""
    places = [
        (_overlap(place, box), n, part)
        for part, back in strings.parts()
        for n, place in enumerate(back([_place(part, n) for n in range(len(part.words))]))
        if part.heard[n] is not None
    ]
    overlap, n, part = max(places, key=lambda one: one[:2], default=(0.0, 0, strings))
    return (part, n) if overlap >= LEAST_OVERLAP else None


def _place(strings: PageStrings, at: int) -> Box:
    """Where one word was read, px of the ink."""
    string = strings.strings[at]
    return strings.words[at].box if string is None else string.box


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0..1."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    shared = max(0, across) * max(0, down)
    return shared / max(1, a.width * a.height + b.width * b.height - shared)


def lesson_of(strings: PageStrings, at: int, text: str) -> Lesson | None:
    """What one word of a page teaches, text being what is written; None where both readers passed it over."""
    heard = strings.heard[at]
    if heard is None:
        return None
    masks, labels = _cut_as(heard, text) if text else (_no_digits(strings, at), [])
    labels += [NOT_A_DIGIT] * (len(masks) - len(labels))
    return Lesson(heard.cut.image, text, normalize_glyphs(masks), np.array(labels, np.uint8))


def _no_digits(strings: PageStrings, at: int) -> list[Ink]:
    """The glyphs of a word that is no number, but for those that look like digits all the same."""
    word = strings.words[at]
    looks = strings.probs[at][:, :NOT_A_DIGIT].max(axis=1)
    return [
        atom.mask
        for atom, full, like in zip(word.atoms, word.full(), looks, strict=True)
        if full and like < LIKE_A_DIGIT
    ]


def _cut_as(heard: Heard, text: str) -> tuple[list[Ink], list[int]]:
    """Ink of a word cut as its text says: its digits, then pieces and heaps of them that are none; and the digits'
    labels. Nothing where the text does not fit."""
    edges = align(heard, text)
    if edges is None:
        return [], []
    wrong = wrong_cuts(heard.lattice, heard.probs, edges)
    return [edge.mask for edge in (*edges, *wrong)], [DIGITS.index(c) for c in text]


def align(heard: Heard, text: str) -> list[Edge] | None:
    """The candidates that are the text's digits, left to right; None where none fit it well enough."""
    soft = ((1 - SOFTENED) * heard.probs + SOFTENED / heard.probs.shape[1]).astype(np.float32)
    (costs,) = costs_of([heard.lattice], [soft])
    found = spell(heard.lattice, soft, costs, text)
    if found is None or found[0] > MOST_COST * len(text):
        return None
    of_box = {edge.box: edge for edge in heard.lattice.edges}
    return [of_box[reading.box] for reading in found[1].readings]


def wrong_cuts(lattice: Lattice, probs: Probs, right: Sequence[Edge]) -> list[Edge]:
    """Candidates that hold two digits or more, or a part of one that does not pass for a digit: half as many as there
    are digits at most, those most like a digit first, since they mislead most."""
    found = []
    for edge, p in zip(lattice.edges, probs, strict=True):
        whole = sum(edge.start <= digit.start and digit.stop <= edge.stop for digit in right)
        part = any(
            digit.start <= edge.start and edge.stop <= digit.stop and edge is not digit for digit in right
        )
        thick = min(edge.box.width, edge.box.height) >= LEAST_FRAGMENT * lattice.height
        like = float(p[:NOT_A_DIGIT].max())
        if whole > 1 or (part and thick and like < LIKE_A_DIGIT):
            found.append((like, edge))
    found.sort(key=lambda item: -item[0])
    return [edge for _, edge in found[: len(right) // 2]]
