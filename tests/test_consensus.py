"""Two readers, one string: agreement, disagreement weighed both ways, and a string without cuts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from batchocr.consensus import MOST_LEAD, Heard, reconcile
from batchocr.decode import decode
from batchocr.elements import NOT_A_DIGIT, Box, Probs
from batchocr.lattice import build_lattice
from batchocr.plausibility import costs_of
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
    (costs,) = costs_of([lattice], [of_edges])
    return Heard(lattice, of_edges, costs, decode(lattice, of_edges, costs), cut, seen)


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


def test_a_digit_in_each_box_is_read_though_the_sliding_reader_misses_one() -> None:
    apart = tuple(block(60 * n, 60 * n + 20) for n in range(3))
    glyphs = answers((1, 0.9, 7), (6, 0.99, 0), (3, 0.99, 8))
    plain = heard(apart, glyphs, steps((6, 0.999, 0), (3, 0.999, 8)))
    word = replace(plain.lattice.word, usual_height=HEIGHT)
    boxed = replace(plain, lattice=replace(plain.lattice, word=word))
    texts = [string.text for string, _ in reconcile([plain, boxed]) if string is not None]
    assert texts == ["63", "163"]


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


def test_a_second_look_outvotes_a_slip_of_the_first() -> None:
    word = heard(TWO, answers((4, 0.99, 9), (7, 0.9, 1)), steps((4, 0.99, 9), (1, 0.9, 7)))
    ((at_first, _),) = reconcile([word])
    assert at_first is not None and at_first.text == "41"
    seven = steps((4, 0.99, 9), (7, 0.95, 1))
    ((string, opinion),) = reconcile([replace(word, again=(seven, seven))])
    assert string is not None and opinion is not None
    assert string.text == "47"
    assert not opinion.agreed  # the first look did not


def test_a_text_seen_only_at_another_size_may_win_and_stands_where_it_was_seen() -> None:
    blob = (block(0, 60),)
    unread = answers((NOT_A_DIGIT, 0.99, 0))
    word = replace(
        heard(blob, answers((8, 0.3, NOT_A_DIGIT)), steps((5, 0.5, 10), (6, 0.9, 0))),
        probs=np.repeat(unread, len(heard(blob, unread, steps((5, 0.9, 0))).lattice.edges), axis=0),
    )
    both = steps((5, 0.99, 3), (6, 0.99, 0))
    ((string, _),) = reconcile([replace(word, again=(both, both))])
    assert string is not None
    assert string.text == "56"
    first, second = (reading.box for reading in string.readings)
    assert first.left == 0 and second.right == 60
    assert first.right == second.left


def test_readers_differ_only_where_each_has_a_string() -> None:
    agreed = heard(TWO, answers((4, 0.99, 9), (7, 0.98, 1)), steps((4, 0.9, 9), (7, 0.9, 1)))
    assert not agreed.differ()
    assert replace(agreed, steps=steps((4, 0.9, 9))).differ()
    assert not replace(agreed, decoded=None).differ()
    assert not replace(agreed, steps=steps()).differ()


def test_what_another_size_shows_is_told_in_the_strips_own_steps() -> None:
    word = heard(TWO, answers((4, 0.99, 9), (7, 0.98, 1)), steps((4, 0.9, 9), (7, 0.9, 1)))
    long = answers(*[(10, 0.999, 0)] * 18, (3, 0.9, 8), (3, 0.9, 8), (10, 0.999, 0))
    _, small, large = replace(word, again=(long, long)).spellings()
    assert [(s.text, s.start, s.stop) for s in small] == [("3", 20, 22)]  # seen at 0.9 of the size
    assert [(s.text, s.start, s.stop) for s in large] == [("3", 16, 18)]


def test_on_a_picture_of_one_string_the_digit_network_has_more_to_say() -> None:
    cuts = answers((4, 0.999, 9), (7, 0.97, 1))
    on_page = heard(TWO, cuts, steps((4, 0.99, 9), (1, 0.8, 7)))
    texts = [string.text for string, _ in reconcile([on_page, replace(on_page, alone=True)]) if string]
    assert texts == ["41", "47"]
