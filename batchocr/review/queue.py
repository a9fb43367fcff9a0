"""What waits for a person, in which order, and what is told of it: the answers of the review's page.

Every function takes an open job and gives what JSON can hold. A word is named by its id in the job; nothing here
takes or gives a path of the machine beyond the `source` that stands in the table.

Left out: HTTP, and pictures.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

from ..elements import UNREADABLE
from ..errors import UsageError
from ..job import IS_DOUBTFUL, Correction, Job, Look, What
from ..score import clopper_pearson
from .crops import ASKED, strip_box

Order = Literal["doubt", "page", "field"]
ORDERS: tuple[Order, ...] = get_args(Order)
WORDS_AT_ONCE = 100  # words told of in one answer
GLYPHS_AT_ONCE = 120  # glyphs of one screen at most
TEXT = re.compile(r"[0-9?]{1,64}")  # what a person may type: no number on a form is longer
FIRST_WORDS = 8  # strips that are cut before anybody asks: as many as the page fetches ahead
FIRST_GLYPHS = 60  # and glyphs: about a screen
GLYPH_TEXT = re.compile(r"[0-9]?")
# a glyph alone can settle only the words whose doubt is about digits, as decode words it: "digit 2 may be 5 or 3"
BY_DIGIT = "w.status = 'review' AND w.message LIKE 'digit %'"
UNSETTLED = (
    "FROM glyphs g JOIN words w ON w.id = g.word JOIN pages p ON p.id = w.page JOIN files f ON f.id = p.file "
    f"LEFT JOIN standing s ON s.word = w.id WHERE f.place IS NOT NULL AND {BY_DIGIT} AND s.what IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM seen l WHERE l.word = g.word AND l.position = g.position)"
)
SORTS = {
    "doubt": "w.confidence, w.id",
    "page": "f.place, p.page, w.id",
    "field": "w.field, f.place, p.page, w.id",
}
Answer = dict[str, Any]


def queue(job: Job, order: str) -> Answer:
    """All words that wait or waited, in order; `said`: [word, last line of the log, what stands, text] of some."""
    if order not in ORDERS:
        raise UsageError(f"{order!r} is no order; choose from {', '.join(ORDERS)}")
    rows = job.rows(
        "SELECT w.id, w.status = 'ok' FROM words w JOIN pages p ON p.id = w.page "
        f"JOIN files f ON f.id = p.file WHERE f.place IS NOT NULL AND {ASKED} ORDER BY {SORTS[order]}"
    ).fetchall()
    keys = [key for key, _ in rows]
    if order == "doubt":
        keys = _mixed(
            [key for key, sampled in rows if not sampled], [key for key, sampled in rows if sampled]
        )
    identity = str(job.state("identity"))  # a page holds it as text: beyond 2^53 its numbers are not exact
    return {"identity": identity, "keys": keys, "said": said(job), "line": last_line(job)}


def _mixed(doubtful: Sequence[int], sampled: Sequence[int]) -> list[int]:
    """The sample strewn among the doubtful words, each word always at the same place, so that none stands out."""
    places = [(place + 0.5, key) for place, key in enumerate(doubtful)]
    places += [(random.Random(key).random() * max(1, len(doubtful)), key) for key in sampled]
    return [key for _, key in sorted(places)]


def last_line(job: Job) -> int:
    """The id of the log's last line."""
    return int(job.rows("SELECT coalesce(max(id), 0) FROM corrections").fetchone()[0])


def said(job: Job, after: int = 0) -> list[list[Any]]:
    """[word, last line of the log, what stands or "", text] of the words with a line later than `after`."""
    return [
        list(row)
        for row in job.rows(
            "SELECT c.word, max(c.id), coalesce(s.what, ''), coalesce(s.after, w.text) FROM corrections c "
            "JOIN words w ON w.id = c.word LEFT JOIN standing s ON s.word = c.word "
            "WHERE c.word IN (SELECT word FROM corrections WHERE id > ?) GROUP BY c.word ORDER BY max(c.id)",
            (after,),
        )
    ]


def changes(job: Job, after: int) -> Answer:
    """What anybody said since a line of the log."""
    return {"said": said(job, after), "line": last_line(job)}


def words(job: Job, keys: Sequence[int]) -> list[Answer]:
    """All that is shown of some words; those that are gone are left out."""
    if len(keys) > WORDS_AT_ONCE:
        raise UsageError(f"at most {WORDS_AT_ONCE} words at once, not {len(keys)}")
    marks = ", ".join("?" * len(keys))
    digits: dict[int, list[list[Any]]] = defaultdict(list)
    for key, *digit in job.rows(
        "SELECT word, text, round(confidence, 4), second, left, top, right, bottom "
        f"FROM glyphs WHERE word IN ({marks}) ORDER BY word, position",
        keys,
    ):
        digits[key].append(digit)
    lines = dict(
        job.rows(
            f"SELECT word, max(id) FROM corrections WHERE word IN ({marks}) GROUP BY word", keys
        ).fetchall()
    )
    is_blind = _audit_runs(job)
    found = []
    for key in keys:
        try:
            word = job.word(key)
        except UsageError:
            continue
        box = word.box
        if box is None:
            continue
        found.append(
            {
                "key": key,
                "source": word.source,
                "page": word.page,
                "field": word.field,
                "line": word.line,
                "word": word.word,
                "text": word.text,
                "now": word.now,
                "what": word.correction,
                "log": lines.get(key, 0),
                "message": _blind_reason(digits[key]) if is_blind else word.message,
                "box": list(box),
                "strip": list(strip_box(box)),
                "least": _least_sure(digits[key]),
                "digits": _blinded(digits[key]) if is_blind else digits[key],
            }
        )
    return found


def _audit_runs(job: Job) -> bool:
    """Whether a word of the audit's sample waits. Until none does, every word is told of as if it were one of them."""
    waiting = "SELECT 1 FROM audited a LEFT JOIN standing s ON s.word = a.word WHERE s.what IS NULL"
    return bool(job.rows(f"SELECT EXISTS ({waiting})").fetchone()[0])


def _least_sure(digits: Sequence[Sequence[Any]]) -> int:
    """The place of the least sure digit, from 0."""
    return min(range(len(digits)), key=lambda place: float(digits[place][1]), default=0)


def _blind_reason(digits: Sequence[Sequence[Any]]) -> str:
    """Why a word is here, in words that are as true of an accepted one."""
    if any(digit[0] == UNREADABLE for digit in digits):
        return "some ink in the string could not be read"  # plain to see
    if not digits:
        return ""
    text, _, second, *_ = digits[_least_sure(digits)]
    other = f", {text} or {second}" if second else ""
    return f"digit {_least_sure(digits) + 1} is the least sure{other}"


def _blinded(digits: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Digits without how sure they are: accepted words would stand out by it."""
    return [[text, None, *others] for text, _, *others in digits]


def decide(job: Job, key: int, what: What, text: str, seen: int) -> Correction:
    """Add one decision to the log. Raises UsageError, and OutdatedError if somebody was quicker."""
    if what == "correct" and not TEXT.fullmatch(text):
        raise UsageError("a text is 1 to 64 digits, with ? for what nobody can read")
    return job.correct(key, what, text, seen=seen)


# --- by digit -------------------------------------------------------------------------------------------


def digits(job: Job) -> Answer:
    """How many glyphs wait under each digit: all of them, and the doubtful ones."""
    return {
        "counts": {
            text: [every, doubtful]
            for text, every, doubtful in job.rows(
                f"SELECT g.text, count(*), sum({IS_DOUBTFUL}) {UNSETTLED} AND g.text BETWEEN '0' AND '9' "
                "GROUP BY g.text ORDER BY g.text"
            )
        }
    }


def glyphs(job: Job, digit: str, most: int) -> list[list[Any]]:
    """[word, position, confidence, second, doubtful] of glyphs read as a digit, doubtful and least sure first."""
    return [
        list(row)
        for row in job.rows(
            f"SELECT g.word, g.position, round(g.confidence, 4), g.second, {IS_DOUBTFUL} AS doubtful {UNSETTLED} "
            "AND g.text = ? ORDER BY doubtful DESC, g.confidence, g.word, g.position LIMIT ?",
            (digit, min(most, GLYPHS_AT_ONCE)),
        )
    ]


def next_pictures(job: Job, digit: str, after: int) -> list[tuple[int, int]]:
    """(word, position) of the glyphs that follow so many of a digit: the screen after the one that is shown."""
    return [(word, position) for word, position, *_ in glyphs(job, digit, 2 * after)[after:]]


def first_pictures(job: Job) -> list[tuple[int, int]]:
    """(word, position) of what is looked at first: some words' strips (position 0), then a screen of digits."""
    keys = queue(job, ORDERS[0])["keys"][:FIRST_WORDS]
    counts = digits(job)["counts"]
    first = next((digit for digit in sorted(counts) if counts[digit][1]), "")
    return [(key, 0) for key in keys] + [
        (word, position) for word, position, *_ in glyphs(job, first, FIRST_GLYPHS)
    ]


def look(job: Job, said: Iterable[Look]) -> Answer:
    """Keep what a person says of a screen of glyphs."""
    looks = list(said)
    if len(looks) > GLYPHS_AT_ONCE or not all(GLYPH_TEXT.fullmatch(one.text) for one in looks):
        raise UsageError(f"a screen is at most {GLYPHS_AT_ONCE} glyphs, each one digit or none")
    looked = job.look(looks)
    return {"looks": looked.looks, "lines": [[line.word, line.key] for line in looked.corrections]}


# --- how right the table is -----------------------------------------------------------------------------


def results(job: Job) -> Answer:
    """What was said so far, and what the audit measured: not before nothing waits, since counting along with the
    decisions would tell which words are its sample."""
    audit = job.audit()
    counts = dict(job.rows("SELECT what, count(*) FROM standing GROUP BY what").fetchall())
    interval = clopper_pearson(audit.wrong, audit.judged) if audit.judged else None
    measured = {"judged": audit.judged, "wrong": audit.wrong, "interval": interval}
    return {
        "counts": counts,
        "audit": {"drawn": audit.drawn, **({} if _is_anything_left(job) else measured)},
        "exported": job.is_exported(),
        "table": job.table.name,
    }


def _is_anything_left(job: Job) -> bool:
    """Whether a word of the queue waits."""
    waiting = (
        "SELECT 1 FROM words w JOIN pages p ON p.id = w.page JOIN files f ON f.id = p.file "
        f"LEFT JOIN standing s ON s.word = w.id WHERE f.place IS NOT NULL AND {ASKED} AND s.what IS NULL"
    )
    return bool(job.rows(f"SELECT EXISTS ({waiting})").fetchone()[0])
