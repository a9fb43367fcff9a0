"""A words table against a truth table: how much of what is written was read, and read right.

The truth is one of three kinds, told apart by its columns:

    boxes   source,page,field,left,top,right,bottom,text   words centred in a box are joined left to right
    whole   source,text                                    all words of the image are joined left to right
    table   source,row,col,text                            no boxes: longest common subsequence of the numbers
                                                           (words into rows by their vertical centres)

Text is compared as digits only: separators are dropped, leading zeros count. A source matches by
its file name. Without a truth, a sample that people judged in the review says how right a table is: `audited`.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import InputError
from .tables import read_table

WORD_NEEDS = ("source", "page", "text", "left", "top", "right", "bottom")
BOX_EDGES = ("left", "top", "right", "bottom")
LEVEL = 0.95  # of confidence of an audit's interval
HALVINGS = 60  # of the interval 0..1: beyond a float's precision
SAME_ROW = 0.5  # of a word's height: centres nearer than this are of one row

Scores = dict[str, str | int | float]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One word of the table: digits only, with the centre and height of its box in pixels."""

    page: int
    text: str
    x: float
    y: float
    height: float
    ok: bool
    confidence: float


def score_files(words: Path, truth: Path) -> Scores:
    """Measures of a words table. Raises InputError if a file is missing or is no such table."""
    rows = read_table(truth, ("source", "text"))
    if not rows:
        raise InputError(f"{truth}: holds no rows, so there is nothing to score against")
    try:
        said = words_by_source(read_table(words, WORD_NEEDS))
    except ValueError as error:
        raise InputError(f"{words}: holds a page or box that is not a number ({error})") from None
    try:
        return score_table(said, rows) if "row" in rows[0] else score_strings(said, rows)
    except (ValueError, KeyError) as error:
        raise InputError(f"{truth}: a box needs page,left,top,right,bottom as numbers ({error})") from None


def audited(table: Path) -> Scores:
    """What the audit of a table's job measured: the error rate among accepted words; {} if there was none."""
    from .job import job_of, open_job

    if not job_of(table).exists():
        return {}
    with open_job(table) as job:
        audit = job.audit()
    if not audit.judged:
        return {}
    low, high = clopper_pearson(audit.wrong, audit.judged)
    return {
        "audit_drawn": audit.drawn,
        "audit_judged": audit.judged,
        "audit_wrong": audit.wrong,
        "accepted_error": audit.wrong / audit.judged,
        "accepted_error_low": low,
        "accepted_error_high": high,
    }


def words_by_source(rows: Sequence[Row]) -> dict[str, list[Said]]:
    """The words that say something, by file name. Raises ValueError on a box that is not of numbers."""
    words: dict[str, list[Said]] = defaultdict(list)
    for row in rows:
        if row.get("status") != "error" and row["text"] and row["left"]:
            words[_name(row)].append(_said(row))
    return words


def _said(row: Row) -> Said:
    left, top, right, bottom = (float(row[edge]) for edge in BOX_EDGES)
    return Said(
        page=int(row["page"] or 1),
        text=digits_of(row["text"]),
        x=(left + right) / 2,
        y=(top + bottom) / 2,
        height=bottom - top,
        ok=row.get("status") == "ok",
        confidence=float(row.get("confidence") or 0),
    )


def _name(row: Row) -> str:
    return PurePosixPath(row["source"]).name


def digits_of(text: str) -> str:
    """The digits of a text, without separators."""
    return re.sub(r"\D", "", text)


def score_strings(words: Mapping[str, Sequence[Said]], truth: Sequence[Row]) -> Scores:
    """Measures against truth of the kinds `boxes` and `whole`: strings right, characters wrong, coverage.

    A string is accepted when all its words are `ok`; accepted_wrong are those that nobody would look at.
    """
    right = errors = characters = accepted = accepted_wrong = 0
    for found, written in matched(words, truth):
        read = "".join(word.text for word in found)
        right += read == written
        errors += edit_distance(read, written)
        characters += len(written)
        if found and all(word.ok for word in found):
            accepted += 1
            accepted_wrong += read != written
    return {
        "kind": "boxes" if "left" in truth[0] else "whole",
        "strings": len(truth),
        "right": right,
        "accuracy": right / len(truth),
        "cer": errors / max(characters, 1),
        "accepted": accepted,
        "accepted_wrong": accepted_wrong,
        "coverage": accepted / len(truth),
        **_counts(words),
    }


def matched(words: Mapping[str, Sequence[Said]], truth: Sequence[Row]) -> Iterator[tuple[list[Said], str]]:
    """For each truth row of the kinds `boxes` and `whole` its words, left to right, and its digits."""
    boxed = "left" in truth[0]
    for row in truth:
        found = words.get(_name(row), ())
        found = _inside(found, row) if boxed else found
        yield sorted(found, key=lambda word: word.x), digits_of(row["text"])


def _inside(words: Sequence[Said], row: Row) -> list[Said]:
    """The words whose centres lie in a truth row's box, its edges included."""
    left, top, right, bottom = (float(row[edge]) for edge in BOX_EDGES)
    page = int(row.get("page") or 1)
    return [w for w in words if w.page == page and left <= w.x <= right and top <= w.y <= bottom]


def score_table(words: Mapping[str, Sequence[Said]], truth: Sequence[Row]) -> Scores:
    """Measures against truth of the kind `table`: numbers in common, in order, of those written and read."""
    hits = ok_hits = written_count = read_count = ok_count = 0
    for read, written in listed(words, truth):
        accepted = [word.text for word in read if word.ok]
        hits += common(written, [word.text for word in read])
        ok_hits += common(written, accepted)
        written_count += len(written)
        read_count += len(read)
        ok_count += len(accepted)
    return {
        "kind": "table",
        "numbers": written_count,
        "recall": hits / max(written_count, 1),
        "precision": hits / max(read_count, 1),
        "accepted": ok_count,
        "accepted_wrong": ok_count - ok_hits,
        **_counts(words),
    }


def listed(
    words: Mapping[str, Sequence[Said]], truth: Sequence[Row]
) -> Iterator[tuple[list[Said], list[str]]]:
    """For each source of truth of the kind `table` the numbers read and the numbers written, both row by row."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in truth:
        numbers[_name(row)].append(digits_of(row["text"]))
    for source, written in numbers.items():
        read = [word for word in in_rows(words.get(source, ())) if word.text]
        yield read, [number for number in written if number]


def _counts(words: Mapping[str, Sequence[Said]]) -> Scores:
    """How many words the table holds, and how many of them ask for nobody's eye."""
    return {
        "words": sum(len(found) for found in words.values()),
        "words_ok": sum(word.ok for found in words.values() for word in found),
    }


def in_rows(words: Sequence[Said]) -> list[Said]:
    """Words row by row, left to right: one joins a row whose last centre is within half a height."""
    rows: list[list[Said]] = []
    for word in sorted(words, key=lambda word: word.y):
        last = rows[-1][-1] if rows else None
        if last and abs(word.y - last.y) < SAME_ROW * max(word.height, last.height):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda word: word.x)]


def edit_distance(a: str, b: str) -> int:
    """Insertions, deletions and substitutions from a to b (Levenshtein 1966)."""
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


def common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    previous = [0] * (len(b) + 1)
    for x in a:
        current = [0]
        for j, y in enumerate(b, 1):
            current.append(previous[j - 1] + 1 if x == y else max(previous[j], current[-1]))
        previous = current
    return previous[-1]


# --- audit ----------------------------------------------------------------------------------------------


def clopper_pearson(wrong: int, judged: int, level: float = LEVEL) -> tuple[float, float]:
    """The interval that holds the true share of wrong ones at this level of confidence, for a random sample.

    Exact for a binomial (Clopper and Pearson, Biometrika 26, 1934), a little wide for a sample drawn without
    putting back. Nothing judged tells nothing: (0, 1). Raises ValueError for more wrong ones than judged.
    """
    if not 0 <= wrong <= judged:
        raise ValueError(f"{wrong} wrong of {judged} judged cannot be")
    tail = (1 - level) / 2
    low = 0.0 if wrong == 0 else _share_where(lambda p: 1 - _at_most(wrong - 1, judged, p), tail, rises=True)
    high = 1.0 if wrong == judged else _share_where(lambda p: _at_most(wrong, judged, p), tail, rises=False)
    return low, high


def _share_where(chance: Callable[[float], float], wanted: float, *, rises: bool) -> float:
    """The share between 0 and 1 at which a chance that rises or falls with it is as wanted, by halving."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if (chance(middle) < wanted) == rises:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(count: int, of: int, share: float) -> float:
    """The chance of at most `count` hits in `of` tries (binomial)."""
    hit, miss = math.log(share), math.log1p(-share)
    ways = math.lgamma(of + 1)
    return min(1.0, math.fsum(
        math.exp(ways - math.lgamma(n + 1) - math.lgamma(of - n + 1) + n * hit + (of - n) * miss)
        for n in range(count + 1)
    ))  # fmt: skip
