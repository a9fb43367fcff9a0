"""Digits held against the others of their page: what looks like another kind is read as that, or at least shown."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.confidence import REVIEW_BELOW, judge
from batchocr.consensus import UNKNOWN_STYLE, Heard, Weighed, reconcile
from batchocr.decode import decode
from batchocr.elements import NOT_A_DIGIT, Box, GlyphImages, Probs
from batchocr.lattice import build_lattice
from batchocr.normalize import normalize_glyphs
from batchocr.plausibility import costs_of
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.strip import StripCut
from batchocr.style import LEAST_SURE, familiar, in_style

HEIGHT, WIDTH = 40, 26  # px of a drawn digit


def shape(kind: str, number: int) -> NDArray[np.bool_]:
    """A ring, an upright or a slanted stroke, none quite like another; tight, (HEIGHT, w) bool."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    pen = 4 + number % 3
    if kind == "ring":
        cv2.ellipse(
            picture, (WIDTH // 2, HEIGHT // 2), (WIDTH // 2 - 3, HEIGHT // 2 - 3), 0, 0, 360, 255, pen
        )
    elif kind == "stroke":
        cv2.line(picture, (12 + number % 2, 0), (13, HEIGHT - 1), 255, pen)
    else:
        cv2.line(picture, (1, 2), (WIDTH - 2, 2 + number % 2), 255, pen)
        cv2.line(picture, (WIDTH - 3, 2), (6, HEIGHT - 1), 255, pen)
    x, y, width, height = cv2.boundingRect(picture)
    return np.asarray(picture[y : y + height, x : x + width] > 0)


def row(digit: int, sure: float, second: int) -> NDArray[np.float32]:
    probs = np.full(11, 1e-4, np.float32)
    probs[second], probs[digit] = 1 - sure, sure
    return probs


def heard(kinds: tuple[str, ...], said: list[tuple[int, float, int]], number: int) -> Heard:
    """One word of these shapes; both readers say the same of each."""
    atoms = tuple(
        Atom(Box(40 * n, 0, 40 * n + mask.shape[1], mask.shape[0]), mask)
        for n, mask in enumerate(shape(kind, number) for kind in kinds)
    )
    of_atoms: Probs = np.array([row(*one) for one in said])
    lattice = build_lattice(CandidateWord(atoms, Box(0, 0, atoms[-1].box.right, HEIGHT)), of_atoms)
    of_edges = np.array(
        [of_atoms[e.atom] if e.atom is not None else row(NOT_A_DIGIT, 0.99, 0) for e in lattice.edges]
    )
    steps = np.array([one for s in said for one in (row(10, 0.999, 0), row(*s))] + [row(10, 0.999, 0)])
    strip = StripCut(np.zeros((32, 4 * len(steps)), np.uint8), 0.0, 22 / HEIGHT)
    (costs,) = costs_of([lattice], [of_edges])
    return Heard(lattice, of_edges, costs, decode(lattice, of_edges, costs), strip, steps)


def page(*last: Heard, count: int = LEAST_SURE) -> tuple[list[Heard], list[Weighed]]:
    """Words `017` of a ring, a stroke and a seven, and some more."""
    usual = [
        heard(("ring", "stroke", "seven"), [(0, 0.99, 8), (1, 0.99, 7), (7, 0.99, 1)], n)
        for n in range(count)
    ]
    words = [*usual, *last]
    return words, reconcile(words)


def test_a_seven_read_as_a_one_is_read_as_the_pages_sevens() -> None:
    words, weighed = page(heard(("ring", "seven"), [(0, 0.99, 8), (1, 0.92, 7)], 1))
    assert weighed[-1][0] is not None and weighed[-1][0].text == "01"
    *_, (string, opinion) = in_style(words, weighed)
    assert string is not None and opinion is not None
    assert string.text == "07" and not opinion.agreed
    assert string.readings[1].second == "1" and opinion.style > 0


def test_what_both_readers_are_sure_of_stays_but_goes_to_a_person() -> None:
    words, weighed = page(heard(("ring", "seven"), [(0, 0.99, 8), (1, 1 - 1e-9, 7)], 1))
    styled = in_style(words, weighed)
    string, opinion = styled[-1]
    assert string is not None and opinion is not None
    assert string.text == "01" and opinion.agreed
    assert opinion.stranger == (1, "7") and opinion.style < 0
    probs = [np.array([row(int(d), 0.99, 8) for d in s.text]) for s, _ in styled if s]
    verdicts = judge(
        [word.lattice.word for word in words], probs, [s for s, _ in styled], [o for _, o in styled], HEIGHT
    )
    last = verdicts[-1]
    assert last is not None and last.confidence < REVIEW_BELOW
    assert last.reason == "digit 2 looks like the 7s of this page"


def test_a_page_that_shows_too_few_digits_changes_nothing() -> None:
    words, weighed = page(heard(("ring", "seven"), [(0, 0.99, 8), (1, 0.92, 7)], 1), count=4)
    string, opinion = in_style(words, weighed)[-1]
    assert string is not None and opinion is not None
    assert string.text == "01" and opinion.stranger is None


def test_a_page_of_many_styles_changes_nothing() -> None:
    ring_or_stroke = [("ring", "stroke", "seven"), ("stroke", "seven", "ring"), ("seven", "ring", "stroke")]
    said = [(0, 0.99, 8), (1, 0.99, 7), (7, 0.99, 1)]
    words = [heard(ring_or_stroke[n % 3], said, n) for n in range(30)]
    words.append(heard(("ring", "seven"), [(0, 0.99, 8), (1, 0.92, 7)], 1))
    styled = in_style(words, reconcile(words))
    assert all(s is not None and s.text in ("017", "01") for s, _ in styled)
    assert all(o is not None and o.stranger is None for _, o in styled)


def test_a_lone_string_has_no_style() -> None:
    words, weighed = page(count=1)
    assert in_style(words, weighed) == weighed
    assert weighed[0][1] is not None and weighed[0][1].style == UNKNOWN_STYLE
    assert in_style([], []) == []


def test_words_without_a_string_stay() -> None:
    words, weighed = page(count=LEAST_SURE)
    weighed = [(None, None), *weighed[1:]]
    assert in_style([replace(words[0], decoded=None), *words[1:]], weighed)[0] == (None, None)


def test_a_word_is_no_witness_of_its_own() -> None:
    pictures: GlyphImages = normalize_glyphs([shape("ring", n) for n in range(4)])
    of_one_word = familiar(pictures, np.zeros(4, int), np.array([5, 5, 5, 6]), np.ones(4, bool))
    assert np.isnan(
        of_one_word[:3]
    ).all()  # two words, and a word's own digits do not count: one other at most
    assert np.isfinite(of_one_word[3, 0]) and np.isnan(of_one_word[3, 1:]).all()
