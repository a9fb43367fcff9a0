"""Dates written by hand whose slashes were read as ones: 2411212019 is 24, 12 and 2019.

A stroke between digits may be a 1 or a slash, and nothing in its shape tells. That it parts a day from a month, or a month from a
year, does: where most long strings of a page can be read so, with what stands close beside them, each of them is, in three numbers
that a person has to look at. On such a page a string is too where a slash lies on a digit. Where strokes parted numbers before these
were read, a date that can be read in one way only tells that they are slashes (`parts_of_dates`). Leaves out strings that passed for
numbers, and dates without a year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate, chain, combinations, pairwise, product
from statistics import median
from typing import NamedTuple, TypeVar

from batchocr.elements import UNREADABLE, Box, Word

SLASH, RARELY = ("1", UNREADABLE), "7"  # what a slash is read as, mostly and now and then
SEVERAL = 5  # words that a date is in at most
LONG = 3  # characters of a string that is no date, from which on they speak against them
SHORTEST, LONGEST = 4, 10  # characters of a date, its slashes read or lost
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # of each month at most
YEARS = ("19", "20")  # that a year of four digits begins with
PARTS = 3  # words of a date whose slashes were seen
FEWEST, LEAST_TOLD = 5, 2  # dates of a page, and those whose slashes were read or lost
MOST_PARTED = 0.8  # of three numbers each, so parted, are dates on a page of them
MOSTLY = 0.45  # of its longer strings' characters in these
AS_TALL = 0.7  # times as high as the date's tallest digit a slash is at least
ROOM = 0.35  # heights that an unread slash leaves free between two digits
ROOM_HIDDEN = 0.1  # and one on a digit at most, before a year of two digits
LONG_HIDDEN = 6  # characters of a date, year of four digits, both of whose slashes may lie on digits
LEVEL = 0.5  # of the lower one's height that two numbers of a line share
REACH = 1.2  # heights from one word of a date to the next

Value = TypeVar("Value", str, int)


class _Date(NamedTuple):
    """The places of a date's slashes among the characters of its words, those before which one was left unread, whether it can
    only be a day before a month, or a month before a day, how many digits its year has, how many slashes were read as what they
    rarely are, the least height of the slashes, times the tallest digit, and how many lie on digits."""

    slashes: tuple[int, ...]
    unread: tuple[int, ...]
    order: str
    year: int
    rare: int
    tall: float
    hidden: int


def parted_dates(words: Sequence[Word]) -> list[Word]:
    """A page's words in reading order, dates whose slashes were read as digits in three words, if the page is one of dates."""
    groups = list(_groups(words))
    told = [(own, ways) for own, ways in groups if ways and all(way.slashes or way.unread for way in ways)]
    parted = list(_parted(words))
    within = sum(len(word.text) for own in [*parted, *(own for own, _ in told)] for word in own)
    known = {id(word) for own in parted for word in own}
    lengths = [len(own[0].text) for own, ways in groups if not ways and id(own[0]) not in known]
    others = sum(length for length in lengths if length >= LONG)
    if len(told) < LEAST_TOLD or len(told) + len(parted) < FEWEST or within < MOSTLY * (within + others):
        return list(words)
    plain = [ways[0] for _, ways in told if len(ways) == 1]
    usual = _most_common([way.order for way in plain if way.order]), _most_common([way.year for way in plain])
    found = list[Word]()
    for own, strict in groups:
        ways = strict or _dates_in(own, hidden=True)
        way, first = _likeliest(ways, usual) if ways else None, 0
        for word in own:
            found += _parts(word, way, first) if way else [word]
            first += len(word.text)
    return _renumbered(found)


class Part(NamedTuple):
    """A number that may be a day, a month or a year, and the strokes that may be slashes before it and behind it."""

    text: str
    box: Box
    before: Box | None
    after: Box | None


def parts_of_dates(numbers: Sequence[Part]) -> set[int]:
    """Which of a page's numbers, all of them well read, are parts of a date that is surely one: three side by side with one stroke
    between each and the next and none outside, that are a date in no other way, day and month in the page's usual order. None,
    where hardly any three so parted are dates."""
    following = _following(numbers)
    behind = {b: a for a, b in following.items()}
    threes = list[tuple[tuple[int, int, int], bool, int, str | None]]()
    for a, b in following.items():
        c = following.get(b)
        if c is None:
            continue
        inner = [len({numbers[m].after, numbers[n].before} - {None}) for m, n in ((a, b), (b, c))]
        outside = [numbers[a].before, numbers[c].after]
        outside += [numbers[behind[a]].after] if a in behind else []
        outside += [numbers[following[c]].before] if c in following else []
        if max(inner) <= 1 and not any(outside):
            texts = numbers[a].text, numbers[b].text, numbers[c].text
            order = _order(*texts) if _is_date(*texts) else None
            threes.append(((a, b, c), min(inner) == 1, _ways(*texts), order))
    # those whose slashes were never in doubt are dates too, but three numbers of a table are none
    dates = sum(ways > 0 for _, _, ways, _ in threes)
    others = sum(parted and not ways for _, parted, ways, _ in threes)
    if dates < max(FEWEST, MOST_PARTED * (dates + others)):
        return set()
    usual = _most_common([order for *_, order in threes if order])
    sure = [own for own, parted, ways, order in threes if parted and ways == 1 and order in ("", usual)]
    return set(chain.from_iterable(sure))


def _following(numbers: Sequence[Part]) -> dict[int, int]:
    """For each number that has one close behind it which that is."""
    found = {}
    for n, (_, box, *_) in enumerate(numbers):
        gaps = {
            m: other.box.left - box.right
            for m, other in enumerate(numbers)
            if other.box.left > box.left and _are_level(box, other.box)
        }
        nearest = min(gaps, key=lambda m: gaps[m], default=None)
        if nearest is not None and _are_near(box, numbers[nearest].box):
            found[n] = nearest
    return found


def _are_level(one: Box, other: Box) -> bool:
    return min(one.bottom, other.bottom) - max(one.top, other.top) >= LEVEL * min(one.height, other.height)


def _ways(day: str, month: str, year: str) -> int:
    """In how many ways a date's strokes, its ones among them, may be its slashes; in none, if it is no date itself."""
    if not _is_in_calendar(day, month, year):
        return 0
    text = SLASH[0].join((day, month, year))
    strokes = [n for n, digit in enumerate(text) if digit == SLASH[0]]
    ways = combinations(strokes, 2)
    return sum(_is_in_calendar(text[:a], text[a + 1 : b], text[b + 1 :]) for a, b in ways)


def _is_in_calendar(day: str, month: str, year: str) -> bool:
    """Whether three numbers are a date, whichever of the first two the month is, and the month has the day."""
    if not _is_date(day, month, year):
        return False
    one, other = int(day), int(month)
    return max(one, other) <= DAYS[min(one, other) - 1]


def _parted(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Words one after the other that are a day, a month and a year, as where their slashes were seen before they were read. Three
    sure numbers may as well be of three columns, unless the year has four digits."""
    at = 0
    while at + PARTS <= len(words):
        own = words[at : at + PARTS]
        day, month, year = (word.text for word in own)
        sure = len(year) == 2 and all(word.status == "ok" for word in own)
        if (
            not sure
            and _are_close(own[0], own[1])
            and _are_close(own[1], own[2])
            and _is_date(day, month, year)
        ):
            yield own
            at += PARTS
        else:
            at += 1


def _is_date(day: str, month: str, year: str) -> bool:
    in_digits = 1 <= len(day) <= 2 and 1 <= len(month) <= 2 and len(year) in (2, 4)
    return in_digits and _order(day, month, year) is not None


def _groups(words: Sequence[Word]) -> Iterator[tuple[Sequence[Word], list[_Date]]]:
    """The words one after the other, as many together as are a date, and the ways in which they are; none for a word that is in
    none."""
    at = 0
    while at < len(words):
        most = at + 1
        while most < min(len(words), at + SEVERAL) and _are_close(words[most - 1], words[most]):
            most += 1
        tried = ((words[at:stop], _dates_in(words[at:stop])) for stop in range(most, at, -1))
        own, ways = next((found for found in tried if found[1]), (words[at : at + 1], []))
        yield own, ways
        at += len(own)


def _are_close(one: Word, other: Word) -> bool:
    return one.line == other.line and _are_near(one.box, other.box)


def _are_near(one: Box, other: Box) -> bool:
    """Whether the second of two boxes of a line begins close behind the first."""
    return other.left - one.right <= REACH * max(one.height, other.height)


def _dates_in(words: Sequence[Word], *, hidden: bool = False) -> list[_Date]:
    """The ways in which words of which none is a sure number of its own are a day, a month and a year, with slashes between them
    that were read, that end a word, or that were left out where its widest gaps are. hidden: or where digits meet."""
    text = "".join(word.text for word in words)
    readings = [reading for word in words for reading in word.readings]
    sure = any(word.status == "ok" and len(word.text) > 2 for word in words)
    if not SHORTEST <= len(text) <= LONGEST or len(readings) != len(text) or sure:
        return []
    if not set(text) - {*SLASH, RARELY}:
        return []  # a tally
    ends = set(accumulate(len(word.text) for word in words[:-1]))
    heights = [reading.box.height for reading in readings]
    least, most = ROOM * median(heights), ROOM_HIDDEN * median(heights)
    gaps = {n: b.box.left - a.box.right for n, (a, b) in enumerate(pairwise(readings), 1) if n not in ends}
    wide = {n for n in sorted(gaps, key=lambda n: -gaps[n])[: 2 - len(ends)] if gaps[n] >= least}
    tallest = max(heights)
    found = []
    for day, first, month, second in product((1, 2), (0, 1), (1, 2), (0, 1)):
        begin = day + first
        end = begin + month
        places = (*range(day, begin), *range(end, end + second))
        year = text[end + second :]
        if len(year) not in (2, 4) or not ends <= {day, begin, end, end + second}:
            continue
        unread = {n for n, was in ((day, first), (end, second)) if not was} - ends
        if any(text[n] not in (*SLASH, RARELY) for n in places):
            continue
        on_digits = unread - wide
        at_most = 2 if len(year) == 4 and len(text) >= LONG_HIDDEN else 1
        whole = hidden and len(year) == 4  # hardly any other number has a year of four digits at its end
        near = whole or all(gaps[n] <= most for n in on_digits)
        if len(on_digits) > at_most * hidden or not near:
            continue
        tall = min((heights[n] for n in places), default=tallest) / tallest
        order = _order(text[:day], text[begin:end], year)
        if (whole or tall >= AS_TALL) and order is not None:
            rare = sum(text[n] == RARELY for n in places)
            found.append(_Date(places, tuple(unread), order, len(year), rare, tall, len(on_digits)))
    return found


def _order(day: str, month: str, year: str) -> str | None:
    """Of a date as written which of day and month is first, empty where either may be; None for no date."""
    if UNREADABLE in day + month + year or (len(year) == 4 and year[:2] not in YEARS):
        return None
    one, other = int(day), int(month)
    if not (1 <= min(one, other) <= 12 and max(one, other) <= 31):
        return None
    return "" if max(one, other) <= 12 else "day" if one > 12 else "month"


def _most_common(values: Sequence[Value]) -> Value | None:
    return Counter(values).most_common(1)[0][0] if values else None


def _likeliest(dates: Sequence[_Date], usual: tuple[str | None, int | None]) -> _Date:
    """Of the ways to read a string that without rare readings, then in the page's usual order and with its usual year, then with
    fewer slashes on digits, then with the taller ones."""
    order, year = usual
    return max(
        dates, key=lambda one: (-one.rare, one.order in ("", order), one.year == year, -one.hidden, one.tall)
    )


def _parts(word: Word, date: _Date, first: int) -> Iterator[Word]:
    """The word, whose first character is that one of the date's, or what stands before, between and behind its slashes."""
    own = range(first, first + len(word.text))
    slashes = [(n - first, n - first + 1) for n in date.slashes if n in own]
    edges = sorted(slashes + [(n - first, n - first) for n in date.unread if n in own])
    if not edges:
        yield word
        return
    for (_, begin), (end, _) in pairwise([(0, 0), *edges, (len(own), len(own))]):
        readings = word.readings[begin:end]
        if readings:
            yield replace(
                word,
                text=word.text[begin:end],
                status="review",
                message="strokes in the date may be slashes or ones",
                box=reduce(Box.union, (reading.box for reading in readings)),
                readings=readings,
            )


def _renumbered(words: Sequence[Word]) -> list[Word]:
    """The words with their places within their lines counted anew."""
    counts = Counter[int]()
    found = []
    for word in words:
        counts[word.line] += 1
        found.append(replace(word, word=counts[word.line]))
    return found
