"""The columns of a ledger, one for each digit, and tables that look like them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from batchocr.elements import Box, Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.ledger import ledgers_of
from batchocr.segmentation.segment import Atom, CandidateWord

NUMBERS = [
    ["52", "360417", "8"],
    ["60352", "92", "4836"],
    ["7485", "806321", "249"],
    ["3", "7926", "50"],
    ["92036", "85", "6374"],
    ["458", "37", "206495"],
]
WIDE, ROW, DOUBLE = 32, 60, 6  # px of a column, of a row, between two rules


def ledger(rules: int, *, double: bool = True) -> Page:
    """Three numbers a row, six columns for each, with rules as grey as that."""
    page = np.full((520, 900), 238, np.uint8)
    for left in (100, 350, 600):
        for n in range(7):
            for x in (0, DOUBLE) if double and n in (0, 6) else (0,):
                page[60:421, left + n * WIDE + x] = rules
    for row in range(7):
        page[60 + row * ROW, 60:840] = rules
    for row, numbers in enumerate(NUMBERS):
        for left, number in zip((100, 350, 600), numbers, strict=True):
            for n, digit in enumerate(number, 6 - len(number)):
                at = left + n * WIDE + 7 + DOUBLE * (n == 0 and double), 60 + row * ROW + 45
                cv2.putText(page, digit, at, cv2.FONT_HERSHEY_DUPLEX, 1.1 if digit != "1" else 1.0, 50, 2)
    noise = np.random.default_rng(5).normal(0, 2, page.shape)
    return Page(np.clip(page + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(("rules", "double"), [(205, True), (150, True), (90, True), (170, False)])
def test_digits_in_columns_of_their_own_are_one_number(rules: int, double: bool) -> None:
    words = recognize_page(ledger(rules, double=double), load_model())
    texts = [word.text for word in words]
    assert texts == [number for row in NUMBERS for number in row]


def test_what_is_left_of_a_rule_in_a_column_is_no_digit() -> None:
    page = ledger(205, double=False)
    worn = page.image.copy()
    for row, left in ((0, 100), (2, 350), (5, 600)):
        number = NUMBERS[row][(left - 100) // 250]
        x = left + (5 - len(number)) * WIDE + 14  # in the column before its first digit
        worn[60 + row * ROW + 18 : 60 + row * ROW + 48, x] = 90
    words = recognize_page(Page(worn), load_model())
    assert [word.text for word in words] == [number for row in NUMBERS for number in row]


def lines(*across: int) -> list[Box]:
    return [Box(x, 100, x + 2, 700) for x in across]


def digits(columns: Sequence[int], rows: Sequence[int]) -> list[CandidateWord]:
    """Words of one digit each, 30 px high, behind these rules."""
    boxes = [Box(x + 8, y, x + 24, y + 30) for y in rows for x in columns]
    return [CandidateWord((Atom(box, np.ones((30, 16), bool)),), box) for box in boxes]


CLOSE = lines(100, 130, 160, 190, 220)
ROWS = range(120, 680, 50)


def test_rows_end_at_level_rules_or_around_what_is_written() -> None:
    words = digits([160, 190], ROWS)
    (told,) = ledgers_of(CLOSE, lambda: [Box(90, y, 230, y + 2) for y in range(110, 700, 50)], words, 30.0)
    (seen,) = ledgers_of(CLOSE, list, words, 30.0)
    assert told.combs[0][:, [0, 2]].tolist() == [[89, 131], [131, 161], [161, 191], [191, 233]]
    assert told.combs[0][0, [1, 3]].tolist() == [111, 161]
    assert len(seen.combs) == len(ROWS)
    assert seen.combs[0][0, [1, 3]].tolist() == [116, 154]


def test_columns_each_of_which_holds_a_digit_are_a_table_of_numbers() -> None:
    every = digits([100, 130, 160, 190], ROWS)
    assert ledgers_of(CLOSE, list, every, 30.0) == []
    some = [word for n, word in enumerate(every) if n % 3]  # not aligned
    assert ledgers_of(CLOSE, list, some, 30.0) == []
    doubled = lines(94, *(line.left for line in CLOSE))
    (found,) = ledgers_of(
        doubled, list, every, 30.0
    )  # a double rule says what belongs together, but not surely
    assert not found.aligned


@pytest.mark.parametrize(
    "rules",
    [
        lines(100, 160, 220, 280, 340),  # room for two digits
        lines(100, 130, 160),  # two columns
        lines(100, 130, 175, 200, 260),  # uneven
        lines(*range(100, 800, 30)),  # squared paper
        [Box(100 + n * 30, 100 + 250 * n, 102 + n * 30, 300 + 250 * n) for n in range(5)],  # not side by side
    ],
    ids=["wide", "few", "uneven", "squares", "apart"],
)
def test_other_rules_are_no_columns_for_digits(rules: list[Box]) -> None:
    assert ledgers_of(rules, list, digits([160, 190], ROWS), 30.0) == []


def test_a_rule_in_pieces_is_one_rule() -> None:
    pieces = [
        Box(line.left + n % 2, top, line.right + n % 2, top + 180)
        for line in CLOSE
        for n, top in enumerate((100, 300, 500))
    ]
    assert len(ledgers_of(pieces, list, digits([160, 190], ROWS), 30.0)) == 1


def doubled(*ends: int) -> list[Box]:
    """Pairs of rules at these places, and single ones 30 px apart from each first one of two to the second."""
    found = []
    for left, right in zip(ends[::2], ends[1::2], strict=True):
        found += lines(left - 4, left, *range(left + 30, right, 30), right, right + 4)
    return found


def test_rules_close_together_are_a_double_one() -> None:
    every = digits([100, 130, 160, 190], ROWS)  # of which no row leaves a column empty
    assert len(ledgers_of(doubled(100, 220), list, every, 40.0)) == 1
    assert ledgers_of(lines(100, 130, 160, 190, 220), list, every, 40.0) == []


@pytest.mark.parametrize("lost", [{360}, {330, 360}, {360, 390}, {360, 390, 420}])
def test_rules_that_were_not_found_are_where_another_number_has_them(lost: set[int]) -> None:
    words = digits([160, 190, 220, 360, 390, 420], ROWS)
    both = doubled(100, 250, 300, 450)
    gone = [line for line in both if line.left not in lost]
    (whole,), (mended,) = (ledgers_of(rules, list, words, 30.0) for rules in (both, gone))
    assert len(whole.combs) == len(mended.combs) == 2 * len(ROWS)
    for one, other in zip(whole.combs, mended.combs, strict=True):
        assert np.abs(one - other).max() <= 1
    alone = [line for line in gone if line.left > 250]  # as wide as it seems
    assert ledgers_of(alone, list, words, 30.0) == []


def test_rows_between_which_no_rule_was_found_are_parted_all_the_same() -> None:
    levels = [Box(90, y, 230, y + 2) for y in range(110, 700, 50) if y != 260]
    (found,) = ledgers_of(CLOSE, lambda: levels, digits([160, 190], ROWS), 30.0)
    assert [comb[0, 1] for comb in found.combs][:11] == list(range(111, 661, 50))


def test_pieces_of_rules_tell_no_height() -> None:
    words = digits([160, 190], ROWS)
    pieces = [Box(x + 2, y, x + 6, y + 10) for x in (100, 130, 160, 190) for y in range(110, 690, 12)]
    chips = [CandidateWord((Atom(box, np.ones((10, 4), bool)),), box) for box in pieces]
    levels = [Box(90, y, 230, y + 2) for y in range(110, 700, 50)]
    (told,) = ledgers_of(CLOSE, lambda: levels, [*chips, *words], 30.0)
    (alone,) = ledgers_of(CLOSE, lambda: levels, words, 30.0)
    assert [comb.tolist() for comb in told.combs] == [comb.tolist() for comb in alone.combs]


def test_the_inner_line_of_a_double_rule_is_a_side_too() -> None:
    words = digits([100, 130, 160, 190], ROWS)
    (told,) = ledgers_of(doubled(100, 220), list, words, 40.0)
    assert {(own[0, 0], own[-1, 2]) for own in told.combs} == {(97, 225)}
    assert {(own[0, 0], own[-1, 2]) for own in told.narrow} == {(101, 221)}
