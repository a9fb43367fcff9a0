"""Components, chains, reading order, cuts."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.imaging.rules import Rules
from batchocr.segmentation.components import find_components, writing_height
from batchocr.segmentation.contrast import contrasts, papered_over, standing_out
from batchocr.segmentation.cuts import propose_cuts
from batchocr.segmentation.leftovers import between_rules, broken_rules, grid_pieces, holding_digits
from batchocr.segmentation.lines import find_chains, gap_limit, order_lines
from batchocr.segmentation.segment import Atom, CandidateWord, Segmentation, find_writing, is_alone, segment
from tests.pictures import ink


def test_components_are_eight_connected_and_masked_to_their_own_ink() -> None:
    page = ink(
        "#...##",
        ".#..##",
        "..#...",
        "......",
        "###..#",
    )
    found = find_components(page)
    assert len(found) == 4
    boxes = [found.box(n) for n in range(4)]
    assert boxes == [Box(0, 0, 3, 3), Box(4, 0, 6, 2), Box(0, 4, 3, 5), Box(5, 4, 6, 5)]
    assert np.array_equal(found.mask(0), ink("#..", ".#.", "..#"))
    assert found.areas.tolist() == [3, 4, 3, 1]


def test_what_is_left_of_a_component_is_labelled_again_and_the_rest_stays() -> None:
    page = ink(
        "#.......",
        "........",
        "..#####.",
        "..#...#.",
        "..#...#.",
    )
    found = find_components(page)
    left = page.copy()
    left[2] = False  # the bar that holds the two legs together
    frame = found.select(np.array([False, True]))
    again = found.relabelled(np.array([False, True]), [Box(1, 1, 8, 5)], frame, left)
    assert {again.box(n) for n in range(len(again))} == {Box(0, 0, 1, 1), Box(2, 3, 3, 5), Box(6, 3, 7, 5)}
    assert sorted(again.areas.tolist()) == [1, 2, 2]
    assert all(again.mask(n).all() for n in range(3))


def test_writing_height_is_not_outvoted_by_specks() -> None:
    page = np.zeros((400, 800), bool)
    for x in range(20, 780, 40):
        page[100:140, x : x + 20] = True
    for x in range(0, 800, 4):
        page[200:202, x : x + 2] = True
        page[300:306, x : x + 2] = True
    assert writing_height(find_components(page)) == 40


def test_writing_height_is_not_that_of_bars_on_a_piece_of_their_axis() -> None:
    page = np.zeros((1700, 1250), bool)
    for n, high in enumerate((250, 303, 316, 354, 371)):
        left = 100 + 200 * n
        page[900 - high : 900, left : left + 60] = True
        page[897:900, left - 50 : left + 110] = True
        for digit in range(12):
            page[1000 + 20 * digit : 1013 + 20 * digit, left : left + 9] = True
            page[1004 + 20 * digit : 1009 + 20 * digit, left + 3 : left + 9] = False
    assert writing_height(find_components(page)) == 13
    page[1000:] = False
    assert writing_height(find_components(page)) > 300  # a few tall strokes alone are the writing


def boxes(*rows: tuple[int, int, int, int]) -> np.ndarray:
    return np.array(rows, np.int32).reshape(-1, 4)


def members(chains: list) -> list[tuple[int, ...]]:
    return sorted(chain.members for chain in chains)


def test_neighbours_chain_and_rows_do_not() -> None:
    found = find_chains(
        boxes((0, 0, 20, 30), (25, 2, 45, 31), (50, 0, 70, 30), (0, 45, 20, 75)), np.zeros(4, bool), ()
    )
    assert members(found) == [(0, 1, 2), (3,)]


def test_a_wall_parts_what_a_gap_does_not() -> None:
    pair = boxes((0, 0, 20, 30), (30, 0, 50, 30))
    assert members(find_chains(pair, np.zeros(2, bool), ())) == [(0, 1)]
    assert members(find_chains(pair, np.zeros(2, bool), (Box(24, -50, 26, 90),))) == [(0,), (1,)]
    assert members(find_chains(pair, np.zeros(2, bool), (Box(24, 200, 26, 290),))) == [(0, 1)]


def test_a_raised_point_stays_in_its_number() -> None:
    number = boxes((0, 0, 18, 30), (24, 12, 28, 16), (34, 0, 52, 30))
    assert members(find_chains(number, np.array([False, True, False]), ())) == [(0, 1, 2)]


def wide_number(*points: tuple[int, int]) -> list[tuple[int, ...]]:
    """How 37 and 97, set 46 px apart and 30 px high, are chained with points at (x, y) between them."""
    digits = [(0, 0, 18, 30), (22, 0, 40, 30), (86, 0, 104, 30), (108, 0, 126, 30)]
    marks = [(x, y, x + 5, y + 5) for x, y in points]
    parts = boxes(*digits[:2], *marks, *digits[2:])
    return members(find_chains(parts, np.array([False, False, *(True for _ in marks), False, False]), ()))


def test_a_point_amid_a_wide_gap_joins_its_number_and_other_marks_do_not() -> None:
    assert wide_number((60, 13)) == [(0, 1, 2, 3, 4)]
    assert wide_number((60, 25)) == [(0, 1, 2, 3, 4)]  # on the line
    assert wide_number((60, 2)) == [(0, 1, 2, 3, 4)]  # raised
    assert wide_number() == [(0, 1), (2, 3)]
    assert all(word != (0, 1, 2, 3, 4) for word in wide_number((44, 25)))  # after the number of a list
    assert all(len(word) < 6 for word in wide_number((52, 25), (68, 25)))  # leaders
    assert all(word != (0, 1, 2, 3, 4) for word in wide_number((76, 25)))  # too wide a gap before it
    assert all(word != (0, 1, 2, 3, 4) for word in wide_number((60, -3)))  # dirt above the line


def test_a_point_on_the_line_close_to_the_digits_behind_it_joins_what_stands_before() -> None:
    def chained(*point: int) -> list[tuple[int, ...]]:
        digits = (0, 0, 18, 30), (22, 0, 40, 30), (68, 0, 86, 30), (90, 0, 108, 30)
        parts = boxes(*digits[:2], point, *digits[2:])
        return members(find_chains(parts, np.array([False, False, True, False, False]), ()))

    assert chained(60, 25, 65, 30) == [(0, 1, 2, 3, 4)]
    assert chained(60, 25, 65, 35) == [(0, 1, 2, 3, 4)]  # a comma
    assert (0, 1, 2, 3, 4) not in chained(43, 25, 48, 30)  # after the number of a list
    assert (0, 1, 2, 3, 4) not in chained(60, 10, 65, 15)  # a piece of a broken digit


def test_a_long_mark_joins_as_a_point_does_if_it_hangs_as_commas_do() -> None:
    def chained(*mark: int) -> list[tuple[int, ...]]:
        parts = boxes((0, 0, 18, 30), (22, 0, 40, 30), mark, (72, 0, 90, 30), (94, 0, 112, 30))
        return members(find_chains(parts, np.array([False, False, True, False, False]), ()))

    assert chained(52, 24, 60, 38) == [(0, 1, 2, 3, 4)]
    assert (0, 1, 2, 3, 4) not in chained(52, 14, 60, 28)  # it does not hang


def dated(*specks: tuple[int, int, int, int]) -> list[tuple[int, ...]]:
    """The words of two pairs of digits 24 px high, 16 px apart, with specks about."""
    digits = boxes((0, 0, 14, 24), (18, 0, 32, 24), (48, 0, 62, 24), (66, 0, 80, 24))
    around = np.array(specks, np.int32).reshape(-1, 4)
    return members(find_chains(digits, np.zeros(4, bool), (), specks=around))


def test_a_speck_between_the_feet_of_two_digits_is_the_point_of_small_print() -> None:
    assert dated() == [(0, 1), (2, 3)]
    assert dated((38, 21, 41, 24)) == [(0, 1, 2, 3)]
    assert dated((38, 8, 41, 11)) == [(0, 1), (2, 3)]  # not at their feet
    assert dated((38, 22, 41, 28)) == [(0, 1, 2, 3)]  # a comma
    assert dated((38, 26, 41, 32)) == [(0, 1), (2, 3)]  # below their line
    assert dated((33, 21, 36, 24)) == [(0, 1), (2, 3)]  # after the number of a list
    assert dated((38, 21, 41, 24), (43, 12, 46, 15)) == [(0, 1), (2, 3)]  # dirt


@pytest.mark.parametrize(
    ("foot", "joined"),
    [(24, True), (31, True), (27, True), (18, False)],
    ids=["one", "other", "amid", "neither"],
)
def test_a_speck_at_the_feet_of_either_digit_is_a_point_of_old_style_figures(foot: int, joined: bool) -> None:
    digits = boxes((0, 0, 14, 24), (18, 7, 32, 31), (48, 0, 62, 24), (66, 7, 80, 31))
    speck = np.array([(38, foot - 3, 41, foot)], np.int32)
    words = members(find_chains(digits, np.zeros(4, bool), (), specks=speck))
    assert words == ([(0, 1, 2, 3)] if joined else [(0, 1), (2, 3)])


def in_slots(
    *specks: tuple[int, int, int, int], at: tuple[int, ...] = (0, 20, 60, 80, 100)
) -> list[tuple[int, ...]]:
    """The words of digits 14 px wide and 24 px high at these px, with specks about: of one pitch, unless told otherwise."""
    digits = boxes(*[(left, 0, left + 14, 24) for left in at])
    around = np.array(specks, np.int32).reshape(-1, 4)
    return members(find_chains(digits, np.zeros(len(at), bool), (), specks=around))


def test_a_mark_with_a_digits_room_to_itself_joins_a_number_in_type_of_one_pitch() -> None:
    whole, parts = [(0, 1, 2, 3, 4)], [(0, 1), (2, 3, 4)]
    assert in_slots() == parts
    assert in_slots((42, 21, 46, 30)) == whole  # a comma, nearer to the digit before it
    assert in_slots((45, -2, 48, 6)) == whole  # an apostrophe
    assert in_slots((45, 9, 48, 12)) == parts  # neither at heads nor at feet
    assert in_slots((35, 21, 38, 30)) == parts  # close behind the digit, as in a list
    assert in_slots((42, 21, 46, 30), (52, 9, 55, 12)) == parts  # dirt
    assert in_slots((45, -2, 48, 6), at=(0, 17, 60, 80, 106)) == parts  # not of one pitch
    assert in_slots((45, -2, 48, 6), at=(0, 20, 66, 86, 106)) == parts  # more room than for one digit
    two_columns = [(0, 1, 2, 3), (4, 5, 6, 7)]  # four digits behind a chip of a rule
    assert in_slots((93, 16, 97, 24), at=(0, 22, 44, 66, 110, 132, 154, 176)) == two_columns
    assert in_slots((93, 16, 97, 24), at=(0, 22, 44, 66, 110, 132, 154)) == [tuple(range(7))]
    digits = boxes(
        *[(left, 0, left + 14, 24) for left in (0, 20, 60, 80, 100)], (123, 20, 127, 24), (140, 0, 154, 24)
    )
    marks, comma = np.array([False] * 5 + [True, False]), np.array([(42, 21, 46, 30)], np.int32)
    assert members(find_chains(digits, marks, (), specks=comma)) == [tuple(range(7))]  # 12,345.6
    digits = boxes(*[(left, 0, left + 14, 24) for left in (0, 20, 60, 97, 117)], (80, 20, 84, 24))
    order = np.argsort(digits[:, 0])
    found = members(find_chains(digits[order], (digits[:, 3] - digits[:, 1] < 10)[order], (), specks=comma))
    assert found[0] == (0, 1)  # two columns, the second of which holds 3.45


@pytest.mark.parametrize(
    ("mark", "whole"),
    [
        ((53, -4, 56, 5), True),  # an apostrophe, large enough for a mark of its own
        ((51, 20, 55, 29), True),
        ((41, -4, 44, 5), False),  # right behind the digit
    ],
)
def test_a_mark_of_its_own_in_a_slot_joins_a_number_too(mark: tuple[int, int, int, int], whole: bool) -> None:
    digits = boxes(*[(left, 0, left + 14, 24) for left in (0, 24)], mark)
    digits = np.vstack([digits, boxes(*[(left, 0, left + 14, 24) for left in (72, 96, 120)])])
    found = members(find_chains(digits, np.array([False, False, True, False, False, False]), ()))
    assert ((0, 1, 2, 3, 4, 5) in found) == whole


def test_a_mark_joins_a_number_whose_type_is_set_so_wide_that_its_room_is_out_of_reach() -> None:
    wide, parts = (0, 24, 72, 96, 120), [(0, 1), (2, 3, 4)]
    comma = (53, 21, 57, 30)
    assert in_slots(at=wide) == parts
    assert in_slots(comma, at=wide) == [(0, 1, 2, 3, 4)]
    assert in_slots(comma, (60, 9, 63, 12), at=wide) == parts  # dirt
    assert in_slots((53, 9, 56, 12), at=wide) == parts  # neither at heads nor at feet
    assert in_slots(comma, at=(0, 24, 78, 102, 126)) == parts  # more room than for one digit
    digits = boxes(*[(left, 0, left + 14, 24) for left in wide])
    walls, mark = (Box(60, -90, 62, 90),), np.array([comma], np.int32)
    assert members(find_chains(digits, np.zeros(5, bool), walls, specks=mark)) == parts
    lower = boxes(*[(left, 10 * (left > 50), left + 14, 24 + 10 * (left > 50)) for left in wide])
    assert members(find_chains(lower, np.zeros(5, bool), (), specks=mark)) == parts


def test_a_point_before_a_1_stands_as_far_from_it_as_print_sets_it() -> None:
    def chained(one: int) -> list[tuple[int, ...]]:
        """12.<1>5, the 1 so many px wide; the point closer to what is before it."""
        digits = boxes(
            (0, 0, 5, 21), (9, 0, 21, 21), (25, 16, 30, 21), (39, 0, 39 + one, 21), (54, 0, 66, 21)
        )
        return members(find_chains(digits, np.array([False, False, True, False, False]), ()))

    assert chained(5) == [(0, 1, 2, 3, 4)]
    assert (0, 1, 2, 3, 4) not in chained(11)


def test_a_label_does_not_tell_how_far_apart_larger_digits_stand() -> None:
    label = [(8 * n, 12, 8 * n + 7, 30) for n in range(8)]
    digits = [(96, 0, 114, 36), (128, 0, 146, 36), (160, 0, 178, 36)]
    found = members(find_chains(boxes(*label, *digits), np.zeros(11, bool), ()))
    assert found == [tuple(range(8)), (8, 9, 10)]


def test_a_raised_point_after_a_broken_digit_joins_its_number() -> None:
    digits = [(0, 0, 18, 30), (22, 9, 38, 30), (86, 0, 104, 30), (108, 0, 126, 30)]
    bar, point = (24, 0, 40, 7), (60, 1, 65, 6)  # level with the bar of a 5, above what is left of that
    parts = boxes(*digits[:2], bar, point, *digits[2:])
    small = np.array([False, False, True, True, False, False])
    assert members(find_chains(parts, small, ())) == [(0, 1, 2, 3, 4, 5)]
    apart = boxes(*digits[:2], (44, 0, 50, 7), point, *digits[2:])  # two marks beside each other: leaders
    assert all(len(word) < 6 for word in members(find_chains(apart, small, ())))


def test_broken_digits_around_a_point_are_as_tall_as_with_their_parts() -> None:
    # 65.83, 52 px apart around the point, as the rows of a faint table have it: all but one digit are in pieces
    digits = [(0, 6, 18, 30), (24, 8, 46, 32), (98, 0, 118, 32), (132, 13, 149, 32)]
    bar, point, top = (26, 0, 46, 7), (70, 3, 76, 11), (130, 0, 146, 12)
    parts = boxes(*digits[:2], bar, point, digits[2], top, digits[3])
    small = np.array([False, False, True, True, False, True, False])
    assert members(find_chains(parts, small, ())) == [(0, 1, 2, 3, 4, 5, 6)]


def between_digits(*marks: tuple[int, int, int, int]) -> list[tuple[int, ...]]:
    """The words of two digits 50 px high, 90 px apart, with marks between them."""
    parts = np.array([(0, 0, 30, 50), *marks, (120, 0, 150, 50)], np.int32)
    return members(find_chains(parts, np.array([False, *(True for _ in marks), False]), ()))


def test_print_much_smaller_than_two_numbers_parts_them() -> None:
    letters = [(x, 36, x + 9, 48) for x in (42, 54, 66, 78, 90)]
    assert between_digits(*letters) == [(0,), (1, 2, 3, 4, 5), (6,)]
    three = [(x, 36, x + 14, 48) for x in (44, 62, 80)]  # on one line
    assert between_digits(*three) == [(0,), (1, 2, 3), (4,)]


def test_few_marks_or_the_pieces_of_a_digit_part_nothing() -> None:
    assert between_digits((38, 40, 46, 48), (56, 25, 110, 30)) == [(0, 1, 2, 3)]  # a point and a dash
    pieces = [(42, 5, 62, 15), (66, 18, 88, 28), (92, 38, 112, 48)]  # not on one line
    assert between_digits(*pieces) == [(0, 1, 2, 3, 4)]


def test_the_bar_of_a_broken_digit_above_the_next_one_stays_in_the_number() -> None:
    number = boxes((0, 0, 18, 30), (22, 12, 38, 30), (24, 0, 36, 7), (42, 0, 60, 30))
    assert members(find_chains(number, np.array([False, False, True, False]), ())) == [(0, 1, 2, 3)]


def test_the_parts_of_a_digit_that_is_broken_across_are_in_one_word() -> None:
    boxes = np.array(
        [(0, 0, 20, 40), (30, 0, 50, 40), (100, 0, 122, 6), (106, 11, 116, 40), (260, 0, 280, 40)]
    )
    small = np.array([False, False, True, False, False])
    chains = find_chains(boxes.astype(np.int32), small, ())
    assert (2, 3) in [chain.members for chain in chains]
    ditto = boxes.copy()
    ditto[2] = (100, -20, 122, -14)  # too far above
    apart = find_chains(ditto.astype(np.int32), small, ())
    assert (3,) in [chain.members for chain in apart]


def test_no_components_no_chains() -> None:
    assert find_chains(boxes(), np.zeros(0, bool), ()) == []


def test_gaps_of_two_kinds_part_words() -> None:
    assert 0.22 < gap_limit([0.1, 0.05, 0.8, 0.1, 0.9, 0.1]) < 0.8
    assert gap_limit([0.5, 0.6, 0.55, 0.7]) > 0.7  # wide but even: one hand
    assert gap_limit([]) > 0


def test_tables_are_read_row_by_row() -> None:
    cells = [Box(x, y, x + 40, y + 20) for x in (0, 100, 200) for y in (0, 50)]
    assert order_lines(cells) == [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)]
    assert order_lines([]) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(5, 60)), max_size=25))
def test_every_word_gets_its_own_place(places: list[tuple[int, int, int]]) -> None:
    words = [Box(x, y, x + size, y + size) for x, y, size in places]
    found = order_lines(words)
    assert len(set(found)) == len(words)
    for line in {line for line, _ in found}:
        on_line = [word for number, word in found if number == line]
        assert sorted(on_line) == list(range(1, len(on_line) + 1))


def test_a_cut_goes_where_two_zeros_touch() -> None:
    page = np.zeros((60, 100), np.uint8)
    cv2.ellipse(page, (27, 30), (20, 26), 0, 0, 360, 1, 5)
    cv2.ellipse(page, (72, 30), (20, 26), 0, 0, 360, 1, 5)
    assert any(abs(c - 50) <= 4 for c in propose_cuts(page.astype(bool), 1))


def test_narrow_ink_is_not_cut() -> None:
    assert propose_cuts(np.ones((40, 8), bool), 1) == []


def test_an_empty_page_has_no_words() -> None:
    assert segment(np.zeros((50, 50), bool)).words == ()


def test_atoms_hold_only_their_own_ink() -> None:
    page = np.zeros((200, 300), np.uint8)
    for n, digit in enumerate("52018"):
        cv2.putText(page, digit, (30 + 40 * n, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 1, 4)
    words = segment(page.astype(bool)).words
    assert [len(w.atoms) for w in words] == [5]
    total = sum(int(a.mask.sum()) for w in words for a in w.atoms)
    assert total == int(page.sum())


def test_writing_that_is_told_small_at_a_first_look_keeps_its_rules() -> None:
    page = np.zeros((400, 800), bool)
    for x in range(20, 780, 40):
        page[100:140, x : x + 20] = True
    page[200:203, 10:790] = True
    whole = find_writing(page, unless=lambda height: height > 40)
    first = find_writing(page, unless=lambda height: height == 40)
    assert (whole.height, len(whole.rules.horizontal)) == (40, 1)
    assert (first.height, len(first.rules.horizontal)) == (40, 0)
    assert whole.rules.ink[201].sum() < 0.1 * first.rules.ink[201].sum()


def test_a_broken_column_rule_is_no_row_of_ones() -> None:
    page = np.zeros((700, 300), np.uint8)
    for row in range(60, 680, 40):
        cv2.putText(page, "58", (40, row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1, 3)
        cv2.putText(page, "36", (120, row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1, 3)
        page[row - 14 : row - 2, 100:102] = 1  # what is left of a faint rule
    words = segment(page.astype(bool)).words
    assert sorted({len(w.atoms) for w in words}) == [2]
    assert len(words) == 2 * len(range(60, 680, 40))


def test_a_column_of_ones_is_no_broken_rule() -> None:
    page = np.zeros((700, 300), np.uint8)
    for row in range(60, 680, 36):
        page[row - 24 : row, 60:63] = 1  # a bare 1, exactly below the last one
        cv2.putText(page, "7", (74, row), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 1, 3)
    assert [len(w.atoms) for w in segment(page.astype(bool)).words] == [2] * len(range(60, 680, 36))


def test_a_picture_of_one_string_has_one_chain_whatever_parts_it() -> None:
    boxes = np.array(
        [(0, 0, 20, 40), (30, 2, 50, 40), (60, 0, 66, 40), (230, 1, 250, 40), (0, 46, 60, 49)], np.int32
    )
    small = np.array([False, False, False, False, True])
    wall = (Box(62, 0, 65, 40),)  # a 1 taken for a rule
    parted = find_chains(boxes, small, wall)
    assert len([chain for chain in parted if chain.box.height > 20]) > 1
    whole, *marks = find_chains(boxes, small, wall, lone=True)
    assert whole.members == (0, 1, 2, 3)
    assert all(chain.members == (4,) for chain in marks)


def two_lines_of_digits(apart: int = 40) -> np.ndarray:
    return np.array([(x, y, x + 20, y + 30) for y in (0, apart) for x in range(0, 150, 25)], np.int32)


def test_what_touches_two_lines_does_not_make_one_of_them() -> None:
    lines = two_lines_of_digits()
    fused = np.concatenate([lines, boxes((150, 2, 172, 68))])
    chains = find_chains(fused, np.zeros(13, bool), ())
    assert members(chains) == [(0, 1, 2, 3, 4, 5), (6, 7, 8, 9, 10, 11), (12,)]
    assert [chain.parted_at for chain in chains if chain.members == (12,)] == [(35,)]


def test_lines_that_reach_into_each_other_are_two_lines_all_the_same() -> None:
    fused = np.concatenate([two_lines_of_digits(27), boxes((150, 2, 172, 55))])
    chains = find_chains(fused, np.zeros(13, bool), ())
    assert members(chains) == [(0, 1, 2, 3, 4, 5), (6, 7, 8, 9, 10, 11), (12,)]


@pytest.mark.parametrize(("low", "words"), [(40, 3), (15, 1)], ids=["two lines", "steps"])
def test_lines_with_no_digit_above_another_are_two_where_one_bridges_them(low: int, words: int) -> None:
    fused = boxes(
        (0, 0, 20, 30),
        (25, 0, 45, 30),
        (50, 0, 70, 70),
        (75, low, 95, low + 30),
        (100, low + 13, 120, low + 43),
    )
    assert len(find_chains(fused, np.zeros(5, bool), ())) == words


def test_a_tall_digit_on_one_line_stays_in_its_number() -> None:
    line = np.concatenate([two_lines_of_digits()[:6], boxes((150, -18, 172, 30))])
    assert members(find_chains(line, np.zeros(7, bool), ())) == [(0, 1, 2, 3, 4, 5, 6)]


def test_a_digit_grown_together_with_the_one_below_is_parted_between_the_lines() -> None:
    page = np.zeros((300, 400), np.uint8)
    for row in (100, 128):
        cv2.putText(page, "58362", (40, row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1, 3)
    page[90:112, 86:89] = 1  # a blot from the 3 to the one below it
    found = segment(page.astype(bool)).words
    assert sorted(len(word.atoms) for word in found) == [5, 5]
    assert all(word.box.height < 28 for word in found)


def faint_grid(side: int = 60) -> np.ndarray:
    """Four whole lines around, and inside only the corners of the cells, as a blurred photo leaves them."""
    page = np.zeros((9 * side + 41, 9 * side + 41), np.uint8)
    for at in (20, 20 + 9 * side):
        page[at : at + 4, 20 : 24 + 9 * side] = 1
        page[20 : 24 + 9 * side, at : at + 4] = 1
    for row in range(1, 9):
        for column in range(1, 9):
            x, y = 20 + column * side, 20 + row * side
            page[y : y + 3, x : x + side - 8] = 1
            page[y : y + side - 8, x : x + 3] = 1
    return page


def test_the_corners_of_a_faint_grid_are_neither_digits_nor_gaps() -> None:
    page = faint_grid()
    for row in range(9):
        for column in range(9):
            spot = (20 + column * 60 + 20, 20 + row * 60 + 45)
            cv2.putText(page, str(1 + (row * 4 + column) % 9), spot, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 1, 3)
    found = segment(page.astype(bool)).words
    assert len(found) == 81
    assert all(len(word.atoms) == 1 and word.box.width < 30 for word in found)


def test_large_ones_and_sevens_in_a_frame_are_no_pieces_of_a_grid() -> None:
    page = np.zeros((500, 700), np.uint8)
    cv2.rectangle(page, (10, 10), (690, 490), 1, 3)
    for column in range(40, 640, 60):
        cv2.putText(page, "5", (column, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1, 3)
    page[200:236, 100:104] = 1
    page[200:204, 300:325] = 1
    page[200:238, 321:325] = 1  # a 7 with an upright stem
    tall = [word for word in segment(page.astype(bool)).words if word.box.top >= 190]
    assert sorted(word.box.left for word in tall) == [100, 300]


def test_shadows_are_no_words_and_faint_writing_is() -> None:
    page = np.full((300, 900), 220, np.uint8)
    for n, dark in enumerate([30] * 8 + [150]):  # the last one in pencil
        cv2.putText(page, "58", (20 + 95 * n, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.3, dark, 4)
    mask = np.zeros_like(page)
    cv2.putText(mask, "1", (400, 230), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 1, 4)
    shade = cv2.GaussianBlur(page, (0, 0), 3)
    words = segment((page < 190) | mask.astype(bool)).words
    assert len(words) == 10
    kept = standing_out(shade, words)
    assert sorted(word.box.top for word in words if word not in kept) == [max(w.box.top for w in words)]
    assert contrasts(shade, kept).min() > 10


@pytest.mark.parametrize("light_ink", [False, True])
def test_bold_ink_is_papered_over_whether_dark_or_light(light_ink: bool) -> None:
    page = np.full((200, 300), 220, np.uint8)
    page[60:140, 100:180] = 40
    page[60:140, 220:240] = 40
    mask = np.ones((80, 80), bool)
    grey = 255 - page if light_ink else page
    cleaned = papered_over(grey, [Atom(Box(100, 60, 180, 140), mask)], light_ink=light_ink)
    paper, ink = (35, 215) if light_ink else (220, 40)
    assert (cleaned[60:140, 100:180] == paper).all()
    assert (cleaned[60:140, 220:240] == ink).all()
    assert grey[100, 140] == ink, "the page itself stays"
    assert papered_over(grey, [], light_ink=light_ink) is grey


def test_ink_at_the_edge_of_the_page_is_held_against_the_paper_on_it() -> None:
    page = np.full((120, 500), 200, np.uint8)
    page[:30, :10] = page[90:, 490:] = 20
    page[50:80, 100:110] = 90
    words = segment(page < 128).words
    assert sorted(contrasts(page, words).tolist()) == [110.0, 180.0, 180.0]


def word_at(left: int, top: int, width: int, height: int, *, in_cells: bool = False) -> CandidateWord:
    box = Box(left, top, left + width, top + height)
    return CandidateWord((Atom(box, np.ones((height, width), bool)),), box, in_cells=in_cells)


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        ([word_at(30, 40, 60, 40)], True),
        ([word_at(30, 40, 60, 40), word_at(5, 100, 6, 5)], True),  # a speck beside it
        ([word_at(30, 40, 60, 40, in_cells=True)], False),
        ([word_at(30, 5, 60, 40), word_at(30, 60, 60, 40)], False),
        ([], False),
    ],
)
def test_a_picture_hardly_higher_than_its_only_word_is_of_that(
    words: list[CandidateWord], alone: bool
) -> None:
    rules = Rules(np.zeros((120, 120), bool), (), ())
    assert is_alone((120, 120), Segmentation(tuple(words), 40.0, rules)) == alone
    assert not is_alone((400, 300), Segmentation(tuple(words), 40.0, rules))


@pytest.mark.parametrize(("gap", "height", "words"), [(26, 120, 1), (60, 120, 2), (26, 300, 2)])
def test_digits_a_little_apart_are_one_string_where_the_picture_is_of_one_line(
    gap: int, height: int, words: int
) -> None:
    ink = np.zeros((height, 420), bool)
    x = 60
    for apart in (6, 6, gap, 6, 6, 0):
        ink[40:80, x : x + 24] = True
        x += 24 + apart
    found = segment(ink)
    assert len(found.words) == words
    assert is_alone(ink.shape, found) == (words == 1)


@pytest.mark.parametrize(
    ("low", "gap", "mark", "words"),
    [
        (24, 40, False, [6]),
        (24, 70, False, [3, 3]),  # too far
        (24, 70, True, [1, 6]),  # a point halfway
        (78, 40, False, [3, 3]),  # on the line below
    ],
    ids=["near", "far", "a point between", "lower"],
)
def test_low_digits_go_on_the_string_before_them_in_a_picture_of_one_line(
    low: int, gap: int, mark: bool, words: list[int]
) -> None:
    ink = np.zeros((130, 420), bool)
    for n in range(3):
        ink[20:60, 40 + 30 * n : 64 + 30 * n] = True
        ink[low + 10 : low + 36, 124 + gap + 30 * n : 148 + gap + 30 * n] = True
    if mark:
        ink[54:60, 124 + gap // 2 - 3 : 124 + gap // 2 + 3] = True
    assert sorted(len(word.atoms) for word in segment(ink).words) == words


def broken_line(tops: list[int]) -> NDArray[np.bool_]:
    """Hair-thin pieces 22 px high, one below the other."""
    page = np.zeros((600, 200), bool)
    for top in tops:
        page[top : top + 22, 100:102] = True
    return page


def rules_on(page: NDArray[np.bool_]) -> tuple[Box, ...]:
    components = find_components(page)
    return broken_rules(components, 30.0, np.ones(len(components), bool))


def test_pieces_of_a_line_make_a_rule_unless_they_are_far_apart() -> None:
    whole = rules_on(broken_line([10, 40, 150, 180]))
    assert {(box.top, box.bottom) for box in whole} == {(10, 202)}
    assert rules_on(broken_line([10, 40, 400, 430])) == ()  # sides of two boxes


def test_letters_of_small_print_one_below_the_other_are_no_rule() -> None:
    tops = list(range(10, 200, 15))
    page = np.zeros((600, 200), bool)
    for top in tops:
        page[top : top + 9, 100:102] = True
    assert len({(box.left, box.right) for box in rules_on(page)}) == 1  # a line in pieces
    for top in tops:
        page[top + 2 : top + 9, 105:110] = True  # an o after each l
    assert rules_on(page) == ()
    page[:, 105:110] = False
    for top in tops:
        page[top : top + 30, 120:140] = True  # digits beside a line are far higher than its pieces
    assert rules_on(page)


def test_a_column_of_ones_level_with_other_digits_is_no_rule() -> None:
    tops = list(range(20, 560, 50))
    page = broken_line(tops)
    assert rules_on(page)
    for top in tops:
        page[top : top + 22, 20:34] = True  # a wider digit in each row, far from the 1
    assert rules_on(page) == ()
    for top in tops[:4]:
        page[top : top + 22, 20:34] = False
    assert rules_on(page)  # too many pieces with nothing in their row


def test_a_column_of_bars_of_digits_is_no_rule() -> None:
    tops = list(range(20, 560, 60))
    page = np.zeros((600, 200), bool)
    for n, top in enumerate(tops):
        page[top + 17 : top + 29, 100:103] = True  # the lower bar of a 1,
        page[top : top + 13, 101:104] = True  # the upper one, or the hook of a 7
        if n % 2:
            page[top : top + 3, 88:104] = True
    assert rules_on(page)
    for top in tops[1:]:
        page[top : top + 31, 20:34] = True  # a digit in nearly each row, far from the bars
    assert rules_on(page) == ()
    for top in tops[1:]:
        page[top + 29 : top + 37, 20:34] = True  # lower than theirs
    assert rules_on(page)


def test_a_column_of_commas_no_lower_than_old_style_digits_is_no_rule() -> None:
    def of_commas(level: int) -> NDArray[np.bool_]:
        """Marks 10 px high between digits of which every other one reaches 4 px below the line; so many of them level."""
        page = np.zeros((600, 200), bool)
        for n, top in enumerate(range(20, 560, 50)):
            foot = top + 30 if n < level else top + 18
            page[foot - 10 : foot, 100:104] = True
            page[top : top + 26 + 4 * (n % 2), 82:97] = page[top : top + 26, 108:123] = True
        return page

    assert rules_on(of_commas(11)) == ()
    assert rules_on(of_commas(7))  # pieces of a line that happen to be


@pytest.mark.parametrize(("digits", "holds"), [(0, False), (1, True), (2, True)])
def test_a_piece_of_a_rule_may_hold_digits_that_lie_across_it(digits: int, holds: bool) -> None:
    page = np.zeros((300, 200), bool)
    page[100:220, 98:102] = True
    page[100:220:7, 97:103] = True  # ragged
    for top in range(120, 120 + 50 * digits, 50):
        cv2.ellipse(page.view(np.uint8), (97, top + 15), (8, 15), 0, 0, 360, 1, 3)
    components = find_components(page)
    pieces = np.ones(len(components), bool)
    assert holding_digits(components, pieces, 30.0).tolist() == [holds]
    assert not holding_digits(components, ~pieces, 30.0).any()


def closed(page: NDArray[np.bool_], *parts: Box) -> tuple[Box, ...]:
    return between_rules(find_components(page), Rules(page, (), parts), 30.0)


def test_a_rule_goes_on_over_its_pieces_between_two_parts_in_one_line() -> None:
    upper, lower = Box(99, 0, 103, 200), Box(101, 400, 105, 600)
    page = broken_line([210, 250, 300, 350])
    assert closed(page, upper, lower) == (Box(99, 200, 105, 400),)
    page[275:295, 80:125] = True  # a digit across the line
    assert closed(page, upper, lower) == (Box(99, 200, 105, 275), Box(99, 295, 105, 400))
    assert closed(broken_line([210, 250, 300]), upper, lower) == ()  # too few pieces
    page = broken_line([210, 250, 300, 350])
    assert closed(page, upper, Box(141, 400, 145, 600)) == ()  # another line
    assert closed(page, Box(99, 100, 103, 200), lower) == ()  # too short to tell


def test_a_word_is_as_high_as_its_glyphs_with_all_their_pieces() -> None:
    bar, stem = np.ones((6, 20), bool), np.ones((28, 8), bool)
    seven = [Atom(Box(0, 0, 20, 6), bar), Atom(Box(6, 10, 14, 38), stem)]
    other = [
        Atom(Box(box.left + 30, box.top, box.right + 30, box.bottom), mask)
        for box, mask in ((atom.box, atom.mask) for atom in seven)
    ]
    word = CandidateWord((*seven, *other), Box(0, 0, 50, 38))
    assert word.glyphs() == (
        Box(0, 0, 20, 38),
        Box(30, 0, 50, 38),
    )
    assert word.height() == 38
    beside = CandidateWord((seven[1], other[1]), Box(6, 10, 44, 38))
    assert beside.height() == 28 and len(beside.glyphs()) == 2


def test_a_rule_told_by_its_pieces_ends_where_something_stands_across_it() -> None:
    page = broken_line([10, 40, 150, 180])
    page[90:120, 85:118] = True
    assert {(box.top, box.bottom) for box in rules_on(page)} == {(10, 90), (120, 202)}


def test_joined_digits_that_fill_a_row_and_a_column_are_no_crossing() -> None:
    height, page = 30.0, np.zeros((300, 300), bool)
    page[155:159, 100:185] = True
    page[90:159, 100:104] = True  # a worn corner of rules
    rules = Rules(
        page, (Box(0, 0, 300, 4), Box(0, 296, 300, 300)), (Box(0, 0, 4, 300), Box(296, 0, 300, 300))
    )

    def is_crossing(ink: NDArray[np.bool_]) -> bool:
        components = find_components(ink)
        (found,), _ = grid_pieces(components, rules, height, np.ones(1, bool))
        return bool(found)

    assert is_crossing(page)
    rings = page.copy().astype(np.uint8)
    for x in (125, 163):
        cv2.circle(rings, (x, 138), 19, 1, 4)
        cv2.line(rings, (x - 15, 95), (x - 17, 130), 1, 4)
    assert not is_crossing(rings.astype(bool))


@pytest.mark.parametrize(
    ("mark", "atoms"),
    [((62, 52, 71, 70), 4), ((62, 54, 74, 72), 5), ((62, 30, 72, 48), 5), ((62, 42, 72, 60), 5)],
    ids=["a thin comma", "a comma", "a piece in the middle", "a low piece on the line"],
)
def test_a_comma_half_as_high_as_the_digits_parts_no_number(
    mark: tuple[int, int, int, int], atoms: int
) -> None:
    page = np.zeros((200, 400), np.uint8)
    for x in (10, 36, 78, 104):
        page[20:60, x : x + 22] = 255
    for x in range(10, 380, 40):
        page[120:160, x : x + 22] = 255
    left, top, right, bottom = mark
    page[top:bottom, left:right] = 255
    first = [word for word in segment(page > 127).words if word.box.top < 80]
    assert [len(word.atoms) for word in first] == [atoms]


def _small_print_above_large(*marks: tuple[int, int, int, int]) -> list[int]:
    """How many glyphs each word has of marks, 4 px each, above a row of digits 40 px high."""
    page = np.zeros((200, 600), bool)
    for x in range(10, 580, 40):
        page[120:160, x : x + 22] = True
    for left, top, right, bottom in marks:
        page[top:bottom, left:right] = True
    return [len(word.atoms) for word in segment(page).words if word.box.top < 80]


def test_a_1_of_small_print_beside_a_piece_of_a_line_is_no_comma() -> None:
    line = (46, 20, 49, 63)
    digits = [(72, 60, 86, 84), (90, 60, 104, 84), (108, 60, 122, 84)]
    assert 4 in _small_print_above_large(line, (60, 60, 67, 84), *digits)


@pytest.mark.parametrize(
    ("ones", "atoms"),
    [
        ([(60, 60, 66, 75)], [3]),
        ([(52, 60, 58, 75), (60, 60, 66, 75)], [4]),
        ([(57, 60, 63, 75)], [3]),
        ([(40, 60, 46, 75)], [2]),
        ([(44, 60, 50, 75), (54, 60, 66, 63), (57, 66, 63, 75)], [5]),
        ([(44, 60, 50, 75), (54, 40, 66, 43), (57, 66, 63, 75)], [1, 3]),
    ],
    ids=["a 1", "two", "set wide", "a chip farther off", "beside a broken 7", "beside pieces of nothing"],
)
def test_ones_of_small_print_are_no_chips_of_rules(
    ones: list[tuple[int, int, int, int]], atoms: list[int]
) -> None:
    assert _small_print_above_large(*ones, (70, 60, 80, 75), (84, 60, 94, 75)) == atoms
