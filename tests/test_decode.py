"""The lattice: cuts, joins, separators and ink left unread, with a plain function as the network."""

import cv2
import numpy as np

from batchocr.decode import decode, evidence, spell
from batchocr.elements import NOT_A_DIGIT, Box, Probs
from batchocr.lattice import build_lattice
from batchocr.plausibility import costs_of
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.pictures import word_of_atoms


def probs(*answers: tuple[int, float]) -> Probs:
    """(N, 11): the given class with the given probability, the rest spread evenly."""
    rows = np.zeros((len(answers), 11), np.float32)
    for row, (number, sure) in zip(rows, answers, strict=True):
        row[:] = (1 - sure) / 10
        row[number] = sure
    return rows


def block(left: int, top: int, right: int, bottom: int) -> Atom:
    return Atom(Box(left, top, right, bottom), np.ones((bottom - top, right - left), bool))


def read(candidate: CandidateWord, first: Probs, judge) -> object:
    lattice = build_lattice(candidate, first)
    of_edges = np.concatenate([judge(edge) for edge in lattice.edges])
    (costs,) = costs_of([lattice], [of_edges])
    return decode(lattice, of_edges, costs)


def test_plain_digits_are_read_left_to_right() -> None:
    three = word_of_atoms(block(0, 0, 20, 40), block(30, 0, 50, 40), block(60, 0, 80, 40))
    first = probs((4, 0.99), (0, 0.98), (7, 0.97))
    found = read(
        three,
        first,
        lambda e: first[[e.box.left // 30]] if e.stop - e.start == 1 else probs((NOT_A_DIGIT, 0.9)),
    )
    assert found.text == "407"
    assert [r.text for r in found.readings] == ["4", "0", "7"]
    assert found.weakest == np.float32(0.97)
    assert found.box == Box(0, 0, 80, 40)
    assert found.cuts == found.merges == found.skipped == found.trimmed == 0


def test_a_dot_between_digits_is_passed_over() -> None:
    number = word_of_atoms(block(0, 0, 20, 40), block(25, 34, 30, 40), block(36, 0, 56, 40))
    first = probs((9, 0.99), (NOT_A_DIGIT, 0.99), (1, 0.99))
    found = read(
        number,
        first,
        lambda e: first[[(0, 1, 2)[e.start]]] if e.stop - e.start == 1 else probs((NOT_A_DIGIT, 0.9)),
    )
    assert found.text == "91"
    assert found.skipped == 1


def test_a_broken_digit_is_joined() -> None:
    broken = word_of_atoms(block(0, 0, 20, 40), block(30, 0, 50, 12), block(32, 15, 50, 40))
    first = probs((3, 0.99), (NOT_A_DIGIT, 0.9), (NOT_A_DIGIT, 0.8))

    def judge(edge) -> Probs:
        if (edge.start, edge.stop) == (1, 3):
            return probs((5, 0.99))
        return probs((3, 0.99)) if (edge.start, edge.stop) == (0, 1) else probs((NOT_A_DIGIT, 0.9))

    found = read(broken, first, judge)
    assert found.text == "35"
    assert found.merges == 1
    assert found.readings[1].box == Box(30, 0, 50, 40)


def test_touching_digits_are_cut_where_the_network_agrees() -> None:
    page = np.zeros((60, 100), np.uint8)
    cv2.ellipse(page, (27, 30), (20, 26), 0, 0, 360, 1, 5)
    cv2.ellipse(page, (72, 30), (20, 26), 0, 0, 360, 1, 5)
    rows, columns = np.nonzero(page)
    mask = page[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(bool)
    pair = word_of_atoms(Atom(Box(0, 0, mask.shape[1], mask.shape[0]), mask))

    def judge(edge) -> Probs:
        return probs((0, 0.98)) if 36 <= edge.box.width <= 54 else probs((NOT_A_DIGIT, 0.98))

    found = read(pair, probs((NOT_A_DIGIT, 0.98)), judge)
    assert found.text == "00"
    assert found.cuts == 2  # each digit has one side that is a cut


def test_letters_give_unread_ink_or_nothing() -> None:
    letters = word_of_atoms(block(0, 0, 20, 40), block(30, 0, 50, 40))
    first = probs((NOT_A_DIGIT, 0.99), (NOT_A_DIGIT, 0.99))
    assert evidence(letters, first) < 0.05
    assert read(letters, first, lambda e: probs((NOT_A_DIGIT, 0.99))) is None


def test_unread_ink_inside_a_number_is_a_question_mark() -> None:
    number = word_of_atoms(block(0, 0, 20, 40), block(30, 0, 50, 40), block(60, 0, 80, 40))
    first = probs((4, 0.99), (NOT_A_DIGIT, 0.99), (7, 0.97))
    found = read(
        number,
        first,
        lambda e: first[[e.box.left // 30]] if e.stop - e.start == 1 else probs((NOT_A_DIGIT, 0.99)),
    )
    assert found.text == "4?7"
    assert found.weakest == 0


def test_letters_at_the_ends_are_trimmed() -> None:
    number = word_of_atoms(block(0, 0, 20, 40), block(30, 0, 50, 40), block(60, 0, 80, 40))
    first = probs((NOT_A_DIGIT, 0.99), (2, 0.99), (7, 0.97))
    found = read(
        number,
        first,
        lambda e: first[[e.box.left // 30]] if e.stop - e.start == 1 else probs((NOT_A_DIGIT, 0.99)),
    )
    assert (found.text, found.trimmed) == ("27", 1)


def test_the_foot_of_a_broken_two_may_be_joined_even_to_a_sure_nine() -> None:
    number = word_of_atoms(block(0, 0, 20, 40), block(30, 0, 50, 30), block(31, 32, 50, 40))
    first = probs((3, 0.99), (9, 0.97), (NOT_A_DIGIT, 0.95))

    def judge(edge) -> Probs:
        if (edge.start, edge.stop) == (1, 3):
            return probs((2, 0.97))
        return first[[edge.start]] if edge.stop - edge.start == 1 else probs((NOT_A_DIGIT, 0.95))

    lattice = build_lattice(number, first)
    of_edges = np.concatenate([judge(edge) for edge in lattice.edges])
    (costs,) = costs_of([lattice], [of_edges])
    joined, passed, neither = (spell(lattice, of_edges, costs, text) for text in ("32", "39", "35"))
    assert joined is not None and passed is not None and neither is not None
    assert joined[1].merges == 1 and passed[1].skipped == 1
    assert abs(joined[0] - passed[0]) < 3 < neither[0] - joined[0]  # nats: the other reader decides


def test_a_digit_that_lies_flat_is_a_candidate_however_often_it_may_be_cut() -> None:
    mask = np.zeros((20, 76), bool)  # as wide as three digits and thin in five places
    mask[8:12] = True
    for left in range(0, 76, 15):
        mask[:, left : left + 10] = True
    flat = Atom(Box(0, 10, 76, 30), mask)
    number = word_of_atoms(flat, block(84, 0, 104, 40), block(114, 0, 134, 40))
    first = probs((5, 0.996), (4, 0.99), (7, 0.99))
    lattice = build_lattice(number, first)
    assert sum(piece.atom == 0 for piece in lattice.pieces) > 4
    (whole,) = [edge for edge in lattice.edges if edge.box == flat.box]
    assert (whole.cuts, whole.atom) == (0, 0)

    def judge(edge) -> Probs:
        return first[[edge.atom]] if edge.atom is not None else probs((NOT_A_DIGIT, 0.9))

    assert read(number, first, judge).text == "547"
