"""Letters before numbers that pass for zeros."""

from __future__ import annotations

import pytest

from batchocr.capitals import FEWEST, capitals_marked
from batchocr.consensus import reconcile
from tests.test_style import heard

ZERO, ONE, SEVEN = (0, 0.99, 8), (1, 0.99, 7), (7, 0.99, 1)


@pytest.mark.parametrize(
    ("first", "count", "marked"),
    [("seven", FEWEST, True), ("ring", FEWEST, False), ("seven", FEWEST - 1, False)],
)
def test_what_numbers_begin_with_is_marked_if_it_is_unlike_the_zeros_within(
    first: str, count: int, marked: bool
) -> None:
    behind = [heard((first, "stroke"), [ZERO, ONE], n) for n in range(count)]
    within = [heard(("stroke", "ring", "seven"), [ONE, ZERO, SEVEN], n) for n in range(FEWEST)]
    words = [*behind, *within]
    found = capitals_marked(words, reconcile(words))
    assert [opinion is not None and opinion.capital for _, opinion in found] == [marked] * count + [
        False
    ] * FEWEST


def test_lone_zeros_are_no_letters() -> None:
    words = [heard(("seven",), [ZERO], n) for n in range(FEWEST)]
    words += [heard(("stroke", "ring"), [ONE, ZERO], n) for n in range(FEWEST)]
    assert not any(opinion and opinion.capital for _, opinion in capitals_marked(words, reconcile(words)))
