"""Printed slashes that touch digits: cut out whole, and nothing else with them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.segment import Atom, CandidateWord
from batchocr.segmentation.touching import Slash, common_slash, cut_free
from tests.pictures import word_of
from tests.test_slashes import DIGIT, slash

HIGH = len(DIGIT)
ZERO = DIGIT.copy()
ZERO[5:-5, 5:-5] = False


SLASHES = [Atom(Box(0, 0, slash().shape[1], slash().shape[0]), slash())] * 3


def joined(*inks: NDArray[np.bool_], overlap: int = 3) -> NDArray[np.bool_]:
    """Pieces of ink, each standing on one line and reaching so many px into the one before it."""
    high = max(ink.shape[0] for ink in inks)
    wide = sum(ink.shape[1] - overlap for ink in inks) + overlap
    whole = np.zeros((high, wide), bool)
    x = 0
    for ink in inks:
        whole[high - ink.shape[0] :, x : x + ink.shape[1]] |= ink
        x += ink.shape[1] - overlap
    return whole


def known() -> Slash:
    found = common_slash(SLASHES, HIGH)
    assert found is not None
    return found


def without_slashes_in(word: CandidateWord) -> tuple[list[tuple[int, int]], list[int]]:
    """Width and height of what is left of a word, and which of its atoms are slashes."""
    cut, slashes = cut_free(word, known(), [])
    return [
        (atom.box.width, atom.box.height) for n, atom in enumerate(cut.atoms) if n not in slashes
    ], slashes


def test_a_slash_is_cut_from_the_digits_that_it_touches() -> None:
    left, slashes = without_slashes_in(word_of(DIGIT, joined(DIGIT, slash(), DIGIT)))
    assert slashes == [2]
    assert left[0] == (24, 40)
    for wide, high in left[1:]:
        assert 20 <= wide <= 24 and high == 40


def test_all_slashes_of_one_piece_of_ink_are() -> None:
    left, slashes = without_slashes_in(word_of(joined(DIGIT, slash(), DIGIT, slash(), DIGIT)))
    assert slashes == [1, 3]
    assert len(left) == 3


def test_pieces_stay_where_they_were() -> None:
    word = word_of(joined(DIGIT, slash(), DIGIT))
    cut, _ = cut_free(word, known(), [])
    assert len(cut.atoms) == 3
    for atom in cut.atoms:
        x, y = atom.box.left - word.box.left, atom.box.top - word.box.top
        whole = word.atoms[0].mask[y : y + atom.box.height, x : x + atom.box.width]
        assert (whole >= atom.mask).all()


def test_beside_a_slash_that_leaves_mere_chips_of_a_digit_all_is_marked() -> None:
    chips = np.zeros_like(DIGIT)
    chips[:15, -8:] = chips[-14:, -8:] = True  # no piece of it is high enough for a digit
    cut, slashes = cut_free(word_of(DIGIT, joined(chips, slash(), DIGIT), DIGIT, DIGIT), known(), [])
    assert slashes == [1]
    assert [atom.parted for atom in cut.atoms] == [True, True, True, True, False]
    whole, _ = cut_free(word_of(DIGIT, joined(DIGIT, slash(), DIGIT), DIGIT), known(), [])
    assert not any(atom.parted for atom in whole.atoms)


@pytest.mark.parametrize(
    "word",
    [
        word_of(DIGIT, DIGIT),
        word_of(joined(DIGIT, DIGIT)),
        word_of(joined(ZERO, slash()[:, ::-1], ZERO)),  # leans to the left
        word_of(slash(), DIGIT),  # a slash by itself touches nothing
        word_of(joined(DIGIT[:20], slash()[20:], DIGIT[:20])),  # half of one
    ],
)
def test_what_holds_no_whole_slash_is_left_alone(word: CandidateWord) -> None:
    assert cut_free(word, known(), []) == (word, [])


def test_slashes_no_higher_than_digits_are_never_cut_out() -> None:
    assert common_slash(SLASHES, len(slash()) - 1) is None
