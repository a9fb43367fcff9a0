"""Dates by hand whose slashes were read as ones, or lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchocr.dates import FEWEST, Part, parted_dates, parts_of_dates
from batchocr.elements import Box, Reading, Word

HIGH, WIDE, ROOM = 30, 16, 4  # px of a digit and between two


def word(
    text: str, line: int = 1, *, left: int = 0, status: str = "review", low: tuple[int, ...] = ()
) -> Word:
    """A string as read, a blank where a slash was left out. low: places of digits half as high as the others."""
    readings, x = list[Reading](), left
    for n, character in enumerate(text):
        if character != " ":
            top = 60 * line + (HIGH // 2 if n in low else 0)
            readings.append(Reading(character, 0.9, "7", 0.1, Box(x, top, x + WIDE, 60 * line + HIGH)))
        x += WIDE + ROOM
    box = Box(left, 60 * line, readings[-1].box.right, 60 * line + HIGH)
    assert status in ("ok", "review")
    return Word(
        line, 1, text.replace(" ", ""), 0.5, "ok" if status == "ok" else "review", box, "", tuple(readings)
    )


DATES = [word(text, line) for line, text in enumerate(["2411212019", "311912020", "161512021", "3113123"], 1)]


def parted(*words: Word) -> list[list[str]]:
    """The parts of words on a page of dates, the lines of dates left out."""
    lines = [replace(one, line=100 + n) for n, one in enumerate(DATES * 2)]
    found = parted_dates([*lines, *words])
    assert len(found) >= 3 * len(lines)
    own = [one for one in found if one.line < 100]
    return [[one.text for one in own if one.line == line] for line in sorted({one.line for one in own})]


def test_a_page_of_dates_is_read_in_days_months_and_years() -> None:
    page = [*DATES, word("1111012022", 5)]
    found = parted_dates(page)
    assert [one.text for one in found[:9]] == ["24", "12", "2019", "31", "9", "2020", "16", "5", "2021"]
    assert [(one.line, one.word) for one in found[:4]] == [(1, 1), (1, 2), (1, 3), (2, 1)]
    assert all(one.status == "review" and "slashes" in one.message for one in found[:12])
    day, month, year = found[:3]
    assert (day.box.left, day.box.right) == (0, 2 * WIDE + ROOM)
    assert month.box.left == 3 * (WIDE + ROOM)
    assert year.box.right == page[0].box.right
    assert [r.text for r in year.readings] == list("2019")


def test_few_dates_or_many_other_numbers_are_left() -> None:
    assert FEWEST == 5
    assert parted_dates(DATES) == DATES
    others = [word("48213", line) for line in range(10, 30)]
    assert parted_dates([*DATES, *DATES, *others]) == [*DATES, *DATES, *others]


def test_sure_numbers_and_tallies_are_no_dates() -> None:
    sure = [replace(one, status="ok") for one in DATES * 2]
    assert parted_dates(sure) == sure
    tallies = [word("1111111", line) for line in range(1, 9)]
    assert parted_dates(tallies) == tallies


def test_a_date_in_several_words_is_one() -> None:
    day, rest = word("24", 7), word("1912019", 7, left=60)
    assert parted(day, rest) == [["24", "9", "2019"]]
    far = word("1912019", 7, left=140)
    assert parted(day, far) == [["24", "1", "9", "2019"]]
    apart = [day, word("12", 7, left=60), word("2019", 7, left=120)]
    assert parted(*apart) == [["24", "12", "2019"]]


def test_slashes_are_as_high_as_digits() -> None:
    text = "1111712020"  # 11/17/2020, or 1, 11 and a year that is none
    assert parted(word(text, 7)) == [["11", "17", "2020"]]
    assert parted(word(text, 7, low=(2,))) == [["11", "17", "2020"]]  # a year of four digits tells as much
    assert parted(word("11117120", 7, low=(2,))) == [["11117120"]]
    assert parted(word("1111120", 7, low=(2,))) == [["1", "11", "20"]]
    assert parted(word("1111120", 7, low=(1,))) == [["11", "1", "20"]]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1211512018", ["12", "15", "2018"]),  # a month first
        ("2473119", ["24", "3", "19"]),  # a slash read as a 7
        ("2417319", ["2417319"]),  # no month
        ("4217519", ["4217519"]),  # no day
        ("1513171845", ["1513171845"]),  # no year
        ("51312", ["51312"]),  # nor one of one digit
        ("24?1212019", ["24", "12", "2019"]),
        ("2?1212019", ["2", "12", "2019"]),
        ("311912020", ["31", "9", "2020"]),  # 3/19/2020 is of another order than the page's dates
        ("12 8 2020", ["12", "8", "2020"]),  # slashes that were not read
        ("12 812020", ["12", "8", "2020"]),
    ],
)
def test_what_is_a_date(text: str, parts: list[str]) -> None:
    assert parted(word(text, 7)) == [parts]


def touching(text: str, *at: int) -> Word:
    """The word, a slash on each digit that such a character follows: it reaches to that one."""
    plain = word(text, 7)
    readings = list(plain.readings)
    for n in at:
        box = readings[n - 1].box._replace(right=readings[n].box.left)
        readings[n - 1] = replace(readings[n - 1], box=box)
    return replace(plain, readings=tuple(readings))


@pytest.mark.parametrize(
    ("text", "at", "parts"),
    [
        ("2410129", (2,), ["24", "10", "29"]),
        ("22516", (2, 3), ["22516"]),  # both only with a year of four digits
        ("225116", (2,), ["22", "5", "16"]),
        ("2642003", (2, 3), ["26", "4", "2003"]),
        ("2641903", (2,), ["26", "4", "1903"]),  # the other went with a digit that does not reach as far
        ("2641803", (2, 3), ["2641803"]),  # no year
        ("51312", (3,), ["5", "3", "12"]),
    ],
)
def test_a_slash_may_lie_on_a_digit_on_a_page_of_dates(
    text: str, at: tuple[int, ...], parts: list[str]
) -> None:
    assert parted(touching(text, *at)) == [parts]


def test_dates_whose_slashes_were_seen_make_a_page_one_of_dates() -> None:
    told = DATES[:2]
    seen = [
        word(text, line, left=left)
        for line in (7, 8, 9)
        for text, left in (("24", 0), ("9", 60), ("2019", 100))
    ]
    joined = touching("2642003", 2, 3)
    found = parted_dates([*told, *seen, replace(joined, line=11)])
    assert [one.text for one in found if one.line == 11] == ["26", "4", "2003"]
    assert [one.text for one in found if one.line == 7] == ["24", "9", "2019"]
    for fewer in ([*told[:1], *seen, *seen], told):  # these may be numbers of three columns, or too few
        assert [one.text for one in parted_dates([*fewer, replace(joined, line=11)])][-1] == "2642003"
    sure = [replace(one, status="ok") for one in seen]
    assert parted_dates([*told, *sure])[0].text == "24"  # each has a year of four digits
    columns = [replace(one, text=one.text[-2:], readings=one.readings[-2:]) for one in sure]
    assert parted_dates([*told, *columns]) == [*told, *columns]


def test_slashes_on_digits_do_not_speak_for_dates() -> None:
    words = [replace(touching("2642003", 2, 3), line=line) for line in range(1, 20)]
    assert parted_dates(words) == words


STROKE = Box(0, 0, 8, HIGH)  # moved to where it stands


def in_three(text: str, top: int, *, known: bool = True) -> list[Part]:
    """The numbers of a date, with the strokes between them that parted it. known: these were ever in doubt."""
    parts, x, before = list[Part](), 0, None
    for n, own in enumerate(text.split("/")):
        wide = len(own) * (WIDE + ROOM) - ROOM
        stroke = Box(x + wide + 4, top, x + wide + 12, top + HIGH) if known else None
        parts.append(Part(own, Box(x, top, x + wide, top + HIGH), before, stroke if n < 2 else None))
        x, before = x + wide + 16, stroke
    return parts


def sure_ones(*dates: list[Part], others: int = FEWEST) -> list[list[bool]]:
    """Of each date which of its numbers are surely of one, on a page of so many others."""
    lines = [*dates, *(in_three("24/12/2019", 60 * (len(dates) + n)) for n in range(others))]
    sure = parts_of_dates([part for line in lines for part in line])
    at = 0
    found = []
    for line in lines:
        found.append([at + n in sure for n in range(len(line))])
        at += len(line)
    return found[: len(dates)] if dates else found


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("24/12/2019", True),
        ("3/12/07", True),
        ("30/11/2004", True),
        ("31/2/2004", False),  # no such day
        ("1/12/2014", False),  # or 11/2
        ("11/1/2014", False),  # or 1/11
        ("12/24/2019", False),  # not the page's order
        ("24/13/2019", False),
        ("24/12/990", False),
    ],
)
def test_three_numbers_that_are_a_date_in_one_way_only_are_surely_one(text: str, sure: bool) -> None:
    assert sure_ones(in_three(text, 0)) == [[sure] * 3]


def test_a_stroke_more_may_be_a_1_of_the_date() -> None:
    day, month, year = in_three("24/12/2019", 0)
    for parts in (
        [day._replace(before=STROKE), month, year],
        [day, month, year._replace(after=STROKE)],
        [day, month._replace(before=STROKE), year],
    ):
        assert sure_ones(parts) == [[False] * 3]
    beside = Part("7", Box(year.box.right + 20, 0, year.box.right + 36, HIGH), STROKE, None)
    assert sure_ones([day, month, year, beside]) == [[False] * 4]


def test_numbers_far_apart_or_on_two_lines_are_no_date() -> None:
    day, month, year = in_three("24/12/2019", 0)
    further = Box(year.box.left + 200, 0, year.box.right + 200, HIGH)
    lower = Box(year.box.left, HIGH, year.box.right, 2 * HIGH)
    for box in (further, lower):
        assert not any(sure_ones([day, month, year._replace(box=box)])[0])


def test_few_dates_or_many_others_so_parted_are_not_sure() -> None:
    assert all(map(all, sure_ones()))
    assert not any(map(any, sure_ones(others=FEWEST - 1)))
    fractions = [in_three("44/55/66", 60 * n) for n in range(FEWEST)]
    assert not any(map(any, sure_ones(*fractions)))
    # dates whose slashes were never in doubt make a page one of dates, but are not told anew
    plain = [in_three("24/12/2019", 60 * n, known=False) for n in range(FEWEST)]
    one = in_three("3/12/07", 60 * FEWEST)
    assert sure_ones(*plain, one, others=0) == [*[[False] * 3] * FEWEST, [True] * 3]
