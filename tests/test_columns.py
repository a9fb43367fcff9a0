"""Words mended by the columns of their table: parted at a gutter that they have themselves, else left whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from batchocr.segmentation.columns import mend_by_columns
from batchocr.segmentation.lines import Chain, chain_of

HEIGHT = 40  # px of the writing
DIGIT = 30  # px wide
ROWS = 12


def rows_of(
    *words: tuple[int, int], rows: int = ROWS
) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, ...]]]:
    """Lines of the same words, each (left, digits): boxes and each word's members."""
    boxes: list[tuple[int, int, int, int]] = []
    chains: list[tuple[int, ...]] = []
    for row in range(rows):
        for left, digits in words:
            members = []
            for n in range(digits):
                members.append(len(boxes))
                x = left + n * (DIGIT + 4)
                boxes.append((x, row * 80, x + DIGIT, row * 80 + HEIGHT))
            chains.append(tuple(members))
    return boxes, chains


def mended(
    boxes: list[tuple[int, int, int, int]], chains: list[tuple[int, ...]]
) -> tuple[NDArray[np.int32], list[Chain]]:
    array = np.array(boxes, np.int32)
    made = [chain_of(array, members, n) for n, members in enumerate(chains)]
    return array, mend_by_columns(made, array, HEIGHT)


def test_a_gutter_where_a_number_has_its_comma_parts_no_type_of_one_pitch() -> None:
    boxes, chains = rows_of((0, 3), (136, 3))  # where a chip or a rule parts the groups of other rows
    first = len(boxes)
    boxes += [(x, ROWS * 80, x + DIGIT, ROWS * 80 + HEIGHT) for x in (0, 34, 68, 136, 170, 204)]
    array = np.array(boxes, np.int32)
    made = [
        chain_of(array, members, n) for n, members in enumerate([*chains, tuple(range(first, first + 6))])
    ]
    comma = np.array([(115, ROWS * 80 + 34, 121, ROWS * 80 + 48)], np.int32)
    for specks, parts in ((comma, 1), (comma - [0, 20, 0, 20], 2), (np.zeros((0, 4), np.int32), 2)):
        found = mend_by_columns(made, array, HEIGHT, specks.astype(np.int32))
        assert len(found) == len(chains) + parts


def with_last_row(
    *lefts: int, chips: tuple[int, ...] = (), rows: int = ROWS
) -> tuple[list[tuple[int, ...]], int]:
    """Two columns of words, and one more line with a word of digits at `lefts` and thin chips; its parts."""
    boxes, chains = rows_of((0, 2), (140, 2), rows=rows)
    first = len(boxes)
    boxes += [(x, ROWS * 80, x + DIGIT, ROWS * 80 + HEIGHT) for x in lefts]
    boxes += [(x, ROWS * 80, x + 5, ROWS * 80 + HEIGHT) for x in chips]
    chains.append(tuple(range(first, len(boxes))))
    _, found = mended(boxes, chains)
    return [c.members for c in found if c.members[0] >= first], first


def test_two_numbers_joined_by_a_chip_of_a_rule_are_parted() -> None:
    boxes, chains = rows_of((0, 2), (140, 2))
    first = len(boxes)
    boxes += [(x, ROWS * 80, x + DIGIT, ROWS * 80 + HEIGHT) for x in (0, 34, 140, 174)]
    for high, doubtful in ((40, True), (20, False), (70, False)):  # as high as a 1, or not
        chip = (100, ROWS * 80, 105, ROWS * 80 + high)
        _, found = mended([*boxes, chip], [*chains, tuple(range(first, first + 5))])
        parts = [chain for chain in found if chain.members[0] >= first]
        assert [chain.members for chain in parts] == [(first, first + 1), (first + 2, first + 3)]
        assert [chain.crowded for chain in parts] == [doubtful] * 2


def test_a_1_that_goes_is_missed_though_something_taller_is_in_its_word() -> None:
    boxes, chains = rows_of((0, 2), (140, 2))
    first, top = len(boxes), ROWS * 80
    ticked = (0, top - 2 * HEIGHT, 84, top + HEIGHT)
    one = (112, top, 120, top + HEIGHT)
    digits = [(x, top, x + DIGIT, top + HEIGHT) for x in (140, 174)]
    _, found = mended([*boxes, ticked, one, *digits], [*chains, tuple(range(first, first + 4))])
    parts = [chain for chain in found if chain.members[0] >= first]
    assert [(chain.members, chain.crowded) for chain in parts] == [
        ((first,), True),
        ((first + 2, first + 3), True),
    ]


def test_a_word_without_paper_at_the_gutter_stays_whole() -> None:
    parts, first = with_last_row(0, 34, 68, 102, 136, 170)
    assert parts == [tuple(range(first, first + 6))]


def test_a_long_number_keeps_the_1_that_stands_in_a_gutter_as_near_as_its_digits_do() -> None:
    parts, first = with_last_row(20, 54, 101, 135, 169, chips=(90,))  # 6 px on either side of it
    assert [sorted(part) for part in parts] == [list(range(first, first + 6))]
    parts, _ = with_last_row(20, 54, 101, 135, 169)
    assert len(parts) == 2, "without it there is a gutter"


def test_few_rows_part_no_number_that_is_written_wider_than_its_gap_there() -> None:
    wide = 10, 60, 104, 154  # 20, 14 and 20 px apart
    parts, first = with_last_row(*wide, rows=6)
    assert parts == [tuple(range(first, first + 4))]
    assert len(with_last_row(*wide)[0]) == 2, "more rows are believed"
    assert len(with_last_row(10, 44, 104, 138, rows=6)[0]) == 2, "so are few where the gap is the widest"


def test_a_number_keeps_its_point_where_other_rows_have_lost_theirs() -> None:
    boxes, chains = rows_of((0, 2), (96, 2))
    first = len(boxes)
    top = ROWS * 80
    boxes += [(x, top, x + DIGIT, top + HEIGHT) for x in (0, 34)]
    boxes.append((77, top + 18, 84, top + 24))
    boxes += [(x, top, x + DIGIT, top + HEIGHT) for x in (96, 130)]
    chains.append(tuple(range(first, len(boxes))))
    _, found = mended(boxes, chains)
    assert [c.members for c in found if c.members[0] >= first] == [tuple(range(first, first + 5))]


def test_words_that_broke_part_no_more_of_those_that_did_not() -> None:
    boxes, chains = rows_of((0, 2), (80, 2), rows=6)  # numbers of four digits with a gap in the middle
    for whole, parted in ((9, False), (3, True)):
        rows, words = list(boxes), list(chains)
        for row in range(6, 6 + whole):
            words.append(tuple(range(len(rows), len(rows) + 4)))
            rows += [(x, row * 80, x + DIGIT, row * 80 + HEIGHT) for x in (0, 34, 80, 114)]
        _, found = mended(rows, words)
        assert len(found) == len(words) + parted * whole
