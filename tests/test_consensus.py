"""Two readers, one string: agreement, disagreement weighed both ways, and a string without cuts."""

from __future__ import annotations

import numpy as np
import pytest

from batchocr.consensus import MOST_LEAD, Heard, reconcile
from batchocr.decode import build_lattice, decode
from batchocr.elements import NOT_A_DIGIT, Box, Probs
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.strip import StripCut

HEIGHT = 40  # px of the drawn digits


def block(left: int, right: int) -> Atom:
    return Atom(Box(left, 0, right, HEIGHT), np.ones((HEIGHT, right - left), bool))


def answers(*rows: tuple[int, float, int]) -> Probs:
    """(N, 11): one class with its probability, another with nearly all the rest."""
    probs = np.full((len(rows), 11), 1e-4, np.float32)
    for into, (first, sure, second) in zip(probs, rows, strict=True):
        into[second] = 1 - sure
        into[first] = sure
    return probs


def steps(*shown: tuple[int, float, int]) -> Probs:
    """Steps of a strip: blanks around each digit shown."""
    rows = [(10, 0.999, 0)]
    for show in shown:
        rows += [show, (10, 0.999, 0)]
    return answers(*rows)


def heard(atoms: tuple[Atom, ...], glyphs: Probs, seen: Probs) -> Heard:
    box = Box(atoms[0].box.left, 0, atoms[-1].box.right, HEIGHT)
    lattice = build_lattice(CandidateWord(atoms, box), glyphs)
    of_edges = np.array(
        [glyphs[e.atom] if e.atom is not None else answers((NOT_A_DIGIT, 0.99, 0))[0] for e in lattice.edges]
    )
    cut = StripCut(np.zeros((32, 4 * len(seen)), np.uint8), 0.0, 22 / HEIGHT)
    return Heard(lattice, of_edges, decode(lattice, of_edges), cut, seen)


TWO = (block(0, 20), block(30, 50))


def test_where_both_agree_the_cuts_boxes_stay() -> None:
    ((string, opinion),) = reconcile(
        [heard(TWO, answers((4, 0.99, 9), (7, 0.98, 1)), steps((4, 0.9, 9), (7, 0.9, 1)))]
    )
    assert string is not None and opinion is not None
    assert string.text == "47"
    assert [r.box for r in string.readings] == [atom.box for atom in TWO]
    assert opinion.agreed and opinion.lead == MOST_LEAD


def test_the_surer_reader_wins_and_the_boxes_are_still_the_cuts() -> None:
    ((string, opinion),) = reconcile(
        [heard(TWO, answers((4, 0.99, 9), (7, 0.55, 1)), steps((4, 0.99, 9), (1, 0.9, 7)))]
    )
    assert string is not None and opinion is not None
    assert string.text == "41"
    assert string.readings[1].second == "7"
    assert string.readings[1].box == TWO[1].box
    assert not opinion.agreed and 0 < opinion.lead < MOST_LEAD


def test_an_unsure_sliding_reader_changes_nothing() -> None:
    ((string, opinion),) = reconcile(
        [heard(TWO, answers((4, 0.999, 9), (7, 0.999, 1)), steps((4, 0.99, 9), (1, 0.55, 7)))]
    )
    assert string is not None and opinion is not None
    assert string.text == "47"
    assert not opinion.agreed


def test_two_digits_in_one_blob_get_boxes_side_by_side() -> None:
    blob = (block(0, 22),)
    ((string, opinion),) = reconcile(
        [heard(blob, answers((NOT_A_DIGIT, 0.9, 4)), steps((4, 0.99, 9), (7, 0.99, 1)))]
    )
    assert string is not None and opinion is not None
    assert string.text == "47"
    first, second = (r.box for r in string.readings)
    assert 0 <= first.left < first.right <= second.left < second.right
    assert opinion.log_likelihood == pytest.approx(2 * np.log(0.99) + 3 * np.log(0.999), abs=0.05)


def test_neither_reader_sees_a_digit() -> None:
    assert reconcile([heard((block(0, 22),), answers((NOT_A_DIGIT, 0.9999, 4)), steps())]) == [(None, None)]


FOUR = tuple(block(30 * n, 30 * n + 20) for n in range(4))


def test_each_reader_may_be_right_in_its_part() -> None:
    cuts = answers((4, 0.999, 9), (7, 0.55, 1), (3, 0.999, 8), (5, 0.999, 6))
    slid = steps((4, 0.99, 9), (1, 0.99, 7), (3, 0.99, 8), (6, 0.55, 5))
    ((string, opinion),) = reconcile([heard(FOUR, cuts, slid)])
    assert string is not None and opinion is not None
    assert string.text == "4135"
    assert [r.box for r in string.readings] == [atom.box for atom in FOUR]
    assert not opinion.agreed


def test_ink_that_the_cuts_could_not_read_is_not_mixed_away() -> None:
    cuts = answers((4, 0.999, 9), (NOT_A_DIGIT, 0.999, 7), (3, 0.999, 8), (5, 0.999, 6))
    slid = steps((4, 0.99, 9), (7, 0.9, 1), (3, 0.99, 8), (5, 0.99, 6))
    ((string, _),) = reconcile([heard(FOUR, cuts, slid)])
    assert string is not None
    assert string.text == "4735"
