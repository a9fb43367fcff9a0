"""How sure a string is, and which strings are no numbers at all.

The network's probabilities are those of single, well-cut glyphs; a string adds doubt of its own: cuts, joined
parts, ink left unread, letters beside it. A logistic model over a few features of the decoded string and their
products in pairs, fitted on strings with truth by `scripts/calibrate_words.py` (Platt 1999), turns both into one
probability that the text is exactly what is written. Leaves out: what a form's rules know.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.consensus import Opinion
from batchocr.dates import Part, parts_of_dates
from batchocr.decode import Decoded, evidence
from batchocr.elements import NOT_A_DIGIT, UNREADABLE, Box, Probs
from batchocr.lone import COLUMN_EDGE, NARROW, OTHER_SIZE, exponents, line_of, lone_doubts
from batchocr.prose import among_print
from batchocr.segmentation.fine import LOW_HEIGHTS
from batchocr.segmentation.larger import walled
from batchocr.segmentation.segment import CandidateWord

REVIEW_BELOW = 0.95  # words less sure than this are put in front of a person
MOST_UNREAD_SHARE = 0.67  # of a string's glyphs: with more unread it is no number (some have brackets)
MOST_DEVIATIONS = 4.0  # a feature farther from what was fitted counts no more than this
LEAST_QUALITY = 0.45  # geometric mean of a string's probabilities: below this it is other ink,
LEAST_LONE_QUALITY = 0.35  # but in a field or a picture of one string, which seldom is
LEAST_CONFIDENCE = 0.05  # a string less sure than this is letters or other ink nearly always
LEAST_MARK = 0.1  # so is a low stroke or ring that is less sure than this
HOPELESS = 0.02  # and less sure than this it is, however much like a number it looks
LIKELY_NUMBER = 0.8  # probability from which on a string is shown however surely it is misread,
LIKELY_LONG = 0.5  # if it has several digits, as other ink seldom has
LEAST_NUMBER = 0.2  # probability below which a string is no number at all, but letters or other ink
MANY_STROKES = 3  # ones in a row, and nothing else, that may be a tally
STROKES_CONFIDENCE = 0.5  # a person decides
AMONG_LETTERS = "stands among letters"
TOUCHING, NOT_CLEAR = "digits touch", "is not quite clear"
BESIDE = "what stands beside it may be part of it"
DIFFERING_CONFIDENCE = 0.94  # where the readers spell differently, or left a glyph off: a person decides
ROUND = 0.7  # shorter side over longer, from which on a 0 may be a circle to be filled in, or a letter o
KNOWN_ZEROS = 3  # unless so many of other numbers are like it,
ZEROS_PX = 1.5  # but for so many px of small print
LOW_ZERO, HIGH_ZERO = 0.75, 1.3  # heights of the writing, where a page has a digit to a cell
PLAIN_LOW = 0.9  # strings lower than the page's writing are marks, but for those that both readers read alike and so well
GROUP = 3  # digits of a group, as of thousands,
GROUP_GAP = 1.0  # heights from one to the next at most,
TYPED_GAP = 1.8  # or in letters all of one width, as a typewriter's: one of them is left out there,
TYPED_STRAY = 0.1  # and by no more of their width do they stray
LEVEL = 0.8  # and of its height that the next stands beside it at least
ALIKE = 1.1  # heights within this factor are of one writing
LEAST_OTHER = 0.36  # times as high as that at least: of lower print the ones pass for chips of rules,
FELLOWS = 6  # if so many other numbers, of several digits that both readers read alike, are of it
RAISED_HIGH = 0.75  # of the other digits' height that a degree sign or a footnote is high at most,
RAISED = 0.3  # and stands above their feet at least
FLOATING = 0.13  # of the others' height above and below a 4 that is as likely a plus sign
CLEAR_EIGHT = 0.9  # probability of an 8 that no 0 with a stroke has
HANGING = (0.1, 0.22)  # of the other digits' height by which the top and the foot of a g are below theirs
MARKS = ("0", "1")  # low, a degree sign, a comma or a tick as likely
LOW_MARK = 0.6  # heights: what is lower of them, and surely misread, is a mark even where a number is likely, as within one
LEAST_DOUBT = 1e-4  # keeps the logarithm of a doubt finite
TEXT_REACH = 2.5  # heights: a word of letters this near makes a lone 0 or 1 suspect
AGREEING = 0.7  # share of a page's strings that both readers spell alike, before any is seen
AGREEING_WEIGHT = 4  # strings that this counts for
PAGE_SLID = -4.0  # nats, the logarithm of the sliding network's doubt of a digit, where too few strings tell
LEAST_TELLING = 5  # strings that tell it
CROWDED = 1.5  # heights: a word no nearer than this has nothing to do with the string
LEAST_AGREEING = 0.2  # below this a page is of letters or of what the readers do not know: a person decides
MANY_SINGLE, SINGLE_SHARE = (
    30,
    0.5,
)  # sure numbers of one digit, and of all words of a page: it has one to a cell
FEW_SURE = 0.15  # of a page's strings are sure: these are likelier letters or dirt that look like numbers
MANY_STRINGS = 40  # strings of a page that tell
PERCENT = "96"  # what a percent sign whose parts run together looks like:
FEWEST_PERCENT = 6  # strings that end so for them to end in such signs,
PERCENT_SHARE = 0.6  # and of all strings of the page
MANY_AS_LONG, SHARE_AS_LONG = 20, 0.8  # so many strings of a page, of all that are sure, have as many digits,
LEAST_AS_LONG = 3  # if they have so many: then one that has them too is whole,
WHOLE_ROOM = 0.6  # and no part of a longer one if it is so many heights away from the next word
SLIMMEST = 0.09  # width / height of a digit at least: what is slimmer is a hair of a rule
COLUMN_REACH = 15.0  # heights above and below a string in which others of its column are looked for,
COLUMN_MATES = 5  # more of them say no more
RULE_INSIDE = 0.2  # heights that a ruled line may reach into the box of a string beside it
FIELD_ODDS = 5.0  # times as common as elsewhere is a number where a string has a ruled box to itself; 14 on drawn forms
# nats that a string is a word of letters: to begin with, and for each of what the network of letters says and of the odds against
# its being a number and being right (`scripts/fit_letters.py`)
LETTERS_BIAS, LETTERS_SEEN, LETTERS_NUMBER, LETTERS_RIGHT = -0.12, 0.60, 0.39, 0.60
SURELY_LETTERS = 1.0  # nats from which on it is no row,
CLEAR_LETTERS = 3.0  # if the network of letters by itself is as sure: of 3,420 doubtful numbers on drawn pages 6 were, of 783 words 282
# what it says of a string plainly without them, and nats by which a clear one is then likelier right: of some 290 on drawn pages that
# were so with 0.8 and more, and had no such gap, none was wrong
PLAINLY_NONE, RIGHT_IF_NONE = -4.0, 1.6
IN_PRINT_IF_NONE = 4.0  # the same of one in a line of print, next to words: of 848 on drawn pages 2 were wrong, however doubtful
PARTING = 0.25, 2.0  # heights, and times as wide as the next widest, of a gap in a string that may part two
LETTER_EVIDENCE = 0.35  # below this a word beside is one of letters
AT_ONCE = 256  # strings whose neighbours are looked for together: bounds the memory of a dense page

FEATURES = (
    "doubt", "weakest", "cuts", "merges", "unread", "trimmed", "skipped", "length", "short", "letters",
    "not_a_digit", "height", "slid", "disagreed", "lead", "gap", "crowded", "alone", "uneven", "page",
    "column", "strokes", "style", "page_slid", "boxed",
)  # fmt: skip
_PAIRS = np.triu_indices(len(FEATURES))


@dataclass(frozen=True, slots=True)
class Verdict:
    """confidence: 0..1 that the string is exactly what is written. reason: why it is doubtful, in words. number: 0..1 that it is
    a number at all, 1 where a person sees it however little it looks like one. each: how many digits each of the numbers must have
    that it is, where the verdict rests on that; 0 for any. clear: nothing but the words of letters around it speaks against it.
    in_print: nor does what is close to it, words in whose line of print it stands."""

    confidence: float
    reason: str
    number: float = 1.0
    each: int = 0
    clear: bool = False
    in_print: bool = False

    def may_be_letters(self) -> bool:
        """Whether it is worth asking the network of letters."""
        return self.number < 1 and self.confidence < REVIEW_BELOW

    def with_lettered(self, lettered: float) -> Verdict | None:
        """The verdict, surer where the string plainly has no letters, or None where it is a word of them. lettered: what the network
        of letters says of it, above 0 for letters."""
        odds = LETTERS_BIAS + LETTERS_SEEN * lettered - LETTERS_NUMBER * log_odds(self.number)
        odds -= LETTERS_RIGHT * log_odds(self.confidence)
        if lettered > CLEAR_LETTERS and odds > SURELY_LETTERS:
            return None
        if not (self.clear or self.in_print) or lettered > PLAINLY_NONE:
            return self
        surer = IN_PRINT_IF_NONE if self.in_print else RIGHT_IF_NONE
        confidence = 1 / (1 + math.exp(-log_odds(self.confidence) - surer))
        return replace(self, confidence=round(confidence, 4))

    def of_parts(self, digits: Sequence[int]) -> Verdict:
        """The verdict where the string is of several numbers. digits: how many each has."""
        if not self.each or all(own == self.each for own in digits):
            return self
        return replace(self, confidence=min(self.confidence, DIFFERING_CONFIDENCE), reason=BESIDE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a string stands in. letters: share of the words beside it that are letters. height: of the string, in
    writing heights of the page. not_a_digit: the most that the network gives any full glyph to be none. room: to
    the nearest word on the line, in heights of the string. alone: whether the picture is of one string. agreeing:
    share of the page's other strings that both readers spell alike, drawn towards AGREEING where they are few.
    column: 0..1, how many strings above and below begin or end where it does: it is whole however near its
    neighbours are. page_slid: how sure the sliding network is of the page's strings that both readers spell alike:
    the median of the logarithm of its doubt of a digit. crowded: something stands where its next digit would.
    known_zeros: zeros in other numbers of the page are as high and as wide as those of this one, which has nothing else. in_cells:
    its digits stand in boxes that were found, so that the gaps between them say nothing. struck: a line that
    ran through it may have been meant to strike it out. through: it may show through from the other side. at_edge: it may
    go on beyond the picture's edge. grouped: it may be one of the groups of three digits of a number, which is crowded too."""

    letters: float
    height: float
    not_a_digit: float
    room: float
    alone: bool
    agreeing: float
    column: float
    page_slid: float = PAGE_SLID
    crowded: bool = False
    in_cells: bool = False
    struck: bool = False
    through: bool = False
    at_edge: bool = False
    known_zeros: bool = False
    grouped: bool = False


_Asked = tuple[int, Decoded, Opinion, Surroundings]  # a string, and which word it is of


def features(string: Decoded, opinion: Opinion, around: Surroundings) -> NDArray[np.float64]:
    """(25,) float64, in the order of FEATURES."""
    doubts = [1 - r.confidence for r in string.readings if r.text != UNREADABLE]
    length = len(string.text)
    return np.array(
        [
            math.log(sum(doubts) + LEAST_DOUBT),
            math.log(1 - string.weakest + LEAST_DOUBT),
            string.cuts / 2,
            string.merges,
            string.text.count(UNREADABLE),
            string.trimmed,
            min(string.skipped, 4),
            math.log(length),
            float(length <= 1),
            around.letters,
            around.not_a_digit,
            min(3.0, abs(math.log(max(around.height, 0.05)))),
            math.log(1 - math.exp(min(opinion.log_likelihood, 0.0)) + LEAST_DOUBT),
            float(not opinion.agreed),
            0.0 if opinion.agreed else math.log1p(opinion.lead),
            0.0 if around.in_cells else _widest_gap(string),
            max(0.0, CROWDED - around.room),
            float(around.alone),
            _unevenness(string),
            around.agreeing,
            around.column,
            string.text.count("1") / length,
            opinion.style,
            around.page_slid,
            float(around.in_cells),
        ]
    )


def scaled(
    values: NDArray[np.float64], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the models take: (..., 25) features as deviations from what was fitted on, and their products in pairs,
    halved so that a ridge weighs them less: (..., 350)."""
    deviations = np.clip((values - mean) / scale, -MOST_DEVIATIONS, MOST_DEVIATIONS)
    products = deviations[..., _PAIRS[0]] * deviations[..., _PAIRS[1]] / 2
    return np.concatenate([deviations, products], axis=-1)


def _gaps(string: Decoded) -> list[int]:
    """px between each digit of a string and the next, less than 0 where they overlap."""
    return [b.box.left - a.box.right for a, b in pairwise(string.readings)]


def _widest_gap(string: Decoded) -> float:
    """Between two neighbouring digits, in heights of the string; 0 where they touch."""
    return max([0, *_gaps(string)]) / max(1, string.box.height)


def _may_be_two(string: Decoded) -> bool:
    """Whether one gap in a string is much wider than all others, as a space is."""
    *others, widest = sorted(_gaps(string)) or [0]
    least, times = PARTING
    return bool(others) and widest >= max(least * string.box.height, times * others[-1])


def _unevenness(string: Decoded) -> float:
    """How unlike in height and foot its digits are, in heights of the string; print has hardly any."""
    boxes = [reading.box for reading in string.readings if reading.text != UNREADABLE]
    spread = _deviation([box.height for box in boxes]) + _deviation([box.bottom for box in boxes])
    return spread / max(1, string.box.height)


def _deviation(values: Sequence[int]) -> float:
    """Standard deviation, 0 for none. In plain Python: for a handful of values ten times as fast as an array."""
    if not values:
        return 0.0
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def judge(
    words: Sequence[CandidateWord],
    probs: Sequence[Probs],
    decoded: Sequence[Decoded | None],
    opinions: Sequence[Opinion | None],
    writing_height: float,
    alone: bool = False,
    upright: Sequence[Box] = (),
    *,
    percents: int = 0,
) -> list[Verdict | None]:
    """A verdict for each word of a page, None for what is no number.

    probs: for each word (atoms, 11). decoded: for each word its best string, None where it was not read.
    opinions: what the sliding network thinks of that. writing_height: px. alone: the picture is of one string.
    upright: the page's upright ruled lines. percents: numbers of the page from which a percent sign was taken.
    """
    around = surroundings(words, probs, decoded, opinions, writing_height, alone, upright)
    asked = [
        (n, string, opinion, near)
        for n, (string, opinion, near) in enumerate(zip(decoded, opinions, around, strict=True))
        if string and opinion and near and is_asked_of(string, opinion, near, words[n])
    ]
    verdicts: list[Verdict | None] = [None] * len(decoded)
    if not asked:
        return verdicts
    known = _weights()
    values = known.scaled(np.array([features(string, opinion, near) for _, string, opinion, near in asked]))
    numbers, confidences = _logistic(known.of_number, values), _logistic(known.of_right, values)
    for place, confidence in _in_fields(words, asked):
        odds = FIELD_ODDS * numbers[place]
        numbers[place] = odds / (odds + 1 - numbers[place])
        confidences[place] = confidence * numbers[place]
    for (n, string, opinion, near), number, confidence in zip(asked, numbers, confidences, strict=True):
        in_field = words[n].alone_in is not None and opinion.agreed and not _only_strokes(string)
        shown = in_field or (near.in_cells and len(string.text) > 1)
        verdicts[n] = _verdict(string, opinion, near, number, confidence, shown=shown)
    if _are_single(verdicts, decoded):
        zeros = _are_single(verdicts, decoded, but="0")
        for (n, string, opinion, near), number, confidence in zip(asked, numbers, confidences, strict=True):
            is_zero = zeros and string.text == "0" and LOW_ZERO <= near.height <= HIGH_ZERO
            if len(string.text) == 1 and (verdicts[n] is None or is_zero):
                near = replace(near, known_zeros=near.known_zeros or is_zero)
                verdicts[n] = _verdict(string, opinion, near, number, confidence, shown=True)
    sure = [one for one in zip(asked, numbers, confidences, strict=True) if one[2] >= REVIEW_BELOW]
    count = _usual_count([(string, words[n]) for (n, string, *_), *_ in sure])
    dated = _in_dates(words, [one for one, *_ in sure])
    for (n, string, opinion, near), number, confidence in sure:
        in_date = n in dated and not (words[n].crowded or near.grouped)
        if in_date or (verdicts[n] is not None and near.crowded and _is_whole(string, near, words[n], count)):
            near = replace(near, crowded=False)
            verdict = _verdict(string, opinion, near, number, confidence, shown=True)
            verdicts[n] = replace(verdict, each=count) if verdict and words[n].overrun else verdict
    mild = [n for n, string, opinion, _ in asked if _is_mild(verdicts[n], string, opinion)]
    for n in among_print(words, probs, mild):
        verdicts[n] = replace(given, in_print=True) if (given := verdicts[n]) else None
    return _held_against_page(verdicts, words, decoded, percents)


def _is_mild(verdict: Verdict | None, string: Decoded, opinion: Opinion) -> bool:
    """Whether a string is read well, and what makes it doubtful, if it is, may be no more than what is close to it."""
    if verdict is None or verdict.number == 1 or _may_be_two(string) or not _is_plain(string, opinion):
        return False
    return verdict.reason in (AMONG_LETTERS, TOUCHING) or verdict.reason.endswith(NOT_CLEAR)


def _in_dates(words: Sequence[CandidateWord], sure: Sequence[_Asked]) -> set[int]:
    """Which words are a day, a month or a year of a date that is surely one. sure: strings that are read surely, whatever stands
    beside them."""
    if not any(any(words[n].slashes) for n, *_ in sure):
        return set()  # as nearly always
    plain = [
        (n, Part(string.text, string.box, *words[n].slashes))
        for n, string, opinion, _ in sure
        if opinion.agreed and not (string.trimmed or string.cuts)
    ]
    found = parts_of_dates([part for _, part in plain])
    return {n for place, (n, _) in enumerate(plain) if place in found}


def _usual_count(sure: Sequence[tuple[Decoded, CandidateWord]]) -> int:
    """How many digits nearly all of a page's strings have that are read surely, whatever stands beside them; 0 where they differ,
    are few or have so few digits that a piece of a number has as many. Those of several columns have as many in each."""
    lengths = Counter(len(string.text) for string, word in sure if not word.overrun)
    ((count, strings),) = lengths.most_common(1) or ((0, 0),)
    if count < LEAST_AS_LONG:
        return 0
    strings += sum(word.overrun and len(string.text) % count == 0 for string, word in sure)
    return count if strings >= max(MANY_AS_LONG, SHARE_AS_LONG * len(sure)) else 0


def _is_whole(string: Decoded, around: Surroundings, word: CandidateWord, count: int) -> bool:
    """Whether a string has as many digits as nearly all of its page, `count`, so that what stands beside it is none of it, and no
    other ink is in it or was cut off it, nor what parts two numbers. One of several columns of a table has as many in each."""
    if not count or around.grouped or word.several:
        return False
    if word.overrun:
        return len(string.text) % count == 0
    if len(string.text) != count or around.room < WHOLE_ROOM:
        return False
    return not any(atom.parted or atom.mixed for atom in word.atoms)


def _are_single(verdicts: Sequence[Verdict | None], decoded: Sequence[Decoded | None], but: str = "") -> bool:
    """Whether most numbers of a page are of one digit, as in a table with one to a cell: whatever stands as they do is shown to a
    person. If they are by others than `but`, one of these is a digit of theirs."""
    sure = sum(
        given is not None
        and given.confidence >= REVIEW_BELOW
        and string is not None
        and len(string.text) == 1
        and string.text != but
        for given, string in zip(verdicts, decoded, strict=True)
    )
    return sure >= max(MANY_SINGLE, SINGLE_SHARE * len(decoded))


def _in_fields(words: Sequence[CandidateWord], asked: Sequence[_Asked]) -> list[tuple[int, float]]:
    """The strings that have a ruled box to themselves, by their places among those asked about, and how likely each is right
    if it is a number: as if the box were a picture of its own. Forms are printed in other sizes and styles than what is
    written in their fields; how the rest of the page looks tells little of that."""
    places = [place for place, (n, *_) in enumerate(asked) if words[n].alone_in is not None]
    if not places:
        return []
    rows = []
    for n, string, opinion, near in (asked[place] for place in places):
        own = string.box.height / max(words[n].height(), 1.0)
        alone = replace(
            near, letters=0.0, height=own, room=CROWDED, alone=True, column=0.0, page_slid=PAGE_SLID
        )
        rows.append(features(string, opinion, alone))
    known = _weights()
    return list(zip(places, _logistic(known.of_right, known.scaled(np.array(rows))), strict=True))


def _held_against_page(
    verdicts: list[Verdict | None],
    words: Sequence[CandidateWord],
    decoded: Sequence[Decoded | None],
    percents: int = 0,
) -> list[Verdict | None]:
    """The verdicts of a page; where hardly any string of many is sure, a person decides of those too. What is written larger
    than the page's print is held against its like. So does a person of digits by themselves in a column with letters, of
    strokes by themselves, where most digits by themselves are nothing else, and of what ends like most strings, as if in percent."""
    held = list(verdicts)
    lone = {
        n: string.text for n, string in enumerate(decoded) if string and verdicts[n] and len(string.text) == 1
    }
    lettered = [
        not (verdict and string) or word.atoms[-1].box.left >= string.box.right
        for verdict, word, string in zip(held, words, decoded, strict=True)
    ]
    for n in exponents(words, list(lone), lettered):
        held[n] = None
        del lone[n]
    are_numbers = [verdict is not None for verdict in held]
    doubts = {**lone_doubts(words, lone, are_numbers), **_percent_doubts(decoded, are_numbers, percents)}
    for n, reason in doubts.items():
        if given := held[n]:
            sure = given.confidence >= REVIEW_BELOW
            as_far = replace(given, confidence=DIFFERING_CONFIDENCE, reason=reason) if sure else given
            held[n] = replace(as_far, clear=False, in_print=False)
    for larger in (False, True):
        own = [n for n, word in enumerate(words) if bool(word.usual_height) is larger and verdicts[n]]
        surest = [n for n in own if (given := verdicts[n]) and given.confidence >= REVIEW_BELOW]
        if len(own) >= MANY_STRINGS and 0 < len(surest) < FEW_SURE * len(own):
            for n in surest:
                given = held[n]
                doubt = Verdict(DIFFERING_CONFIDENCE, "hardly anything else on this page is sure")
                if given and given.in_print:  # for the network of letters
                    doubt = replace(doubt, number=given.number, in_print=True)
                held[n] = doubt
    return held


def _percent_doubts(
    decoded: Sequence[Decoded | None], are_numbers: Sequence[bool], known: int
) -> dict[int, str]:
    """The strings of a page that may end in a percent sign whose parts run together, and why, in words: most strings end like one, or
    ended in one of the known ones."""
    ended = [
        n
        for n, string in enumerate(decoded)
        if string and are_numbers[n] and string.text[1:].endswith(PERCENT)
    ]
    if len(ended) + known < max(FEWEST_PERCENT, PERCENT_SHARE * sum(are_numbers)):
        return {}
    return dict.fromkeys(ended, "what ends it may be a percent sign")


def is_asked_of(string: Decoded, opinion: Opinion, around: Surroundings, word: CandidateWord) -> bool:
    """Whether enough of the string is read, well enough, and it is no mark."""
    glyphs = len(string.text) + string.trimmed
    if (string.text.count(UNREADABLE) + string.trimmed) > MOST_UNREAD_SHARE * glyphs:
        return False
    if string.box.width < SLIMMEST * string.box.height * len(string.text):
        return False
    quality = max(_quality(string), _slid_quality(string, opinion))
    if around.height < LOW_HEIGHTS:
        return _is_plain(string, opinion) and string.text not in MARKS
    if around.in_cells and len(string.text) > 1:
        return True
    return quality >= (LEAST_LONE_QUALITY if around.alone or word.alone_in else LEAST_QUALITY)


def _is_plain(string: Decoded, opinion: Opinion) -> bool:
    """Whether both readers read it alike and well."""
    return opinion.agreed and min(_quality(string), _slid_quality(string, opinion)) >= PLAIN_LOW


def _verdict(
    string: Decoded,
    opinion: Opinion,
    around: Surroundings,
    number: float,
    confidence: float,
    *,
    shown: bool = False,
) -> Verdict | None:
    """number, confidence: 0..1 that the string is a number at all, and that it is exactly right. shown: a person sees it
    however little it looks like one."""
    if not shown and (number < LIKELY_LONG or len(string.text) == 1):
        if number < LEAST_NUMBER or confidence < HOPELESS:
            return None
        mark = string.text in MARKS and around.height < LOW_MARK
        if confidence < (LEAST_MARK if mark else LEAST_CONFIDENCE) and (number < LIKELY_NUMBER or mark):
            return None
    if _only_strokes(string) or _may_be_circle(string, around) or around.agreeing < LEAST_AGREEING:
        confidence = min(confidence, STROKES_CONFIDENCE)
    oddity = _oddity(string, opinion, around)
    if _is_foreign(string, opinion, around):
        confidence = min(confidence, DIFFERING_CONFIDENCE)
    if oddity:
        confidence = min(confidence, STROKES_CONFIDENCE)
    if UNREADABLE in string.text:
        confidence = 0.0  # the text cannot be exactly what is written
    reason = _reason(string, opinion, around, oddity)
    clear = reason == AMONG_LETTERS and not _may_be_two(string)  # all that is graver is named before
    return Verdict(round(confidence, 4), reason, 1.0 if shown else number, clear=clear)


def is_seen_anyway(string: Decoded, opinion: Opinion, around: Surroundings) -> bool:
    """Whether a person sees the string however sure it is: there is reason to doubt that it is whole and all its own, or it looks
    odd."""
    return _is_foreign(string, opinion, around) or bool(_oddity(string, opinion, around))


def _is_foreign(string: Decoded, opinion: Opinion, around: Surroundings) -> bool:
    """Whether the readers differ, there is ink that is none of the string's, it is none of the page's, or not all of it is on that."""
    if not opinion.agreed or opinion.stranger or string.trimmed:
        return True
    return around.crowded or around.struck or around.through or around.at_edge


def log_odds(chance: float) -> float:
    """nats, of 0..1; no more than of LEAST_DOUBT."""
    chance = min(max(chance, LEAST_DOUBT), 1 - LEAST_DOUBT)
    return math.log(chance / (1 - chance))


def _oddity(string: Decoded, opinion: Opinion, around: Surroundings) -> str:
    """What leaves a string to a person, however well it is read, in words; empty for nothing."""
    if around.height < LOW_HEIGHTS:
        return "much smaller than what else is written on this page"
    raised = _raised(string)
    if raised is not None:
        return f"digit {raised + 1} is small and raised"
    if _may_be_letter(string):
        return f"digit {len(string.text)} may be a letter"
    if opinion.capital:
        return "digit 1 may be a letter"
    floating = _floating(string)
    if floating is not None:
        return f"digit {floating + 1} may be a plus sign"
    crossed = _crossed_zero(string)
    if crossed is not None:
        return f"digit {crossed + 1} may be a 0 with a stroke"
    if opinion.bar is not None:
        return f"digit {opinion.bar + 1} is barer than the ones of this page"
    return "a slash beside or in it may be a 1" if opinion.slash else ""


def _raised(string: Decoded) -> int | None:
    """The place of a digit that is much smaller than the others and stands above their feet; None for none."""
    boxes = [reading.box for reading in string.readings]
    heights = [box.height for box in boxes]
    if min(heights) > RAISED_HIGH * max(heights):
        return None  # as nearly always
    for n, box in enumerate(boxes):
        others = boxes[:n] + boxes[n + 1 :]
        height, foot = median(b.height for b in others), median(b.bottom for b in others)
        if box.height <= RAISED_HIGH * height and foot - box.bottom >= RAISED * height:
            return n
    return None


def _floating(string: Decoded) -> int | None:
    """The place of a 4 that neither stands on the line of the other digits nor is as high as they are; None for none."""
    for n, four in enumerate(string.readings):
        others = string.readings[:n] + string.readings[n + 1 :]
        if four.text != "4" or not others:
            continue
        top, foot = line_of([r.box for r in others])
        if min(four.box.top - top, foot - four.box.bottom) >= FLOATING * (foot - top):
            return n
    return None


def _crossed_zero(string: Decoded) -> int | None:
    """The place of an 8 that is not quite clear and next looks like a 0: in small print a 0 with a stroke is as likely."""
    for n, eight in enumerate(string.readings):
        if eight.text == "8" and eight.second == "0" and eight.confidence < CLEAR_EIGHT:
            return n
    return None


def _may_be_letter(string: Decoded) -> bool:
    """Whether the last digit is a 9 that begins lower and ends lower than the others: a g, of grams, is as likely."""
    *others, last = string.readings
    if last.text != "9" or not others:
        return False
    top, foot = line_of([r.box for r in others])
    least_top, least_foot = (share * (foot - top) for share in HANGING)
    return last.box.top - top >= least_top and last.box.bottom - foot >= least_foot


def _only_strokes(string: Decoded) -> bool:
    """Whether the string is upright strokes and nothing else: a tally, a hatching or a rule as likely as ones."""
    return len(string.text) >= MANY_STROKES and set(string.text) == {"1"}


def _may_be_circle(string: Decoded, around: Surroundings) -> bool:
    """Whether the string is round rings and nothing else, and unlike other zeros of the page: circles to be filled in as likely as
    zeros."""
    sides = [(r.box.width, r.box.height) for r in string.readings]
    round_ones = set(string.text) == {"0"} and all(min(both) >= ROUND * max(both) for both in sides)
    return round_ones and not around.known_zeros


def _quality(string: Decoded) -> float:
    """Geometric mean of the probabilities of what was read, 0..1."""
    read = [max(r.confidence, LEAST_DOUBT) for r in string.readings if r.text != UNREADABLE]
    return math.exp(sum(math.log(p) for p in read) / len(read))


def _slid_quality(string: Decoded, opinion: Opinion) -> float:
    """The same by the sliding network."""
    return math.exp(min(opinion.log_likelihood, 0.0) / len(string.text))


def _reason(string: Decoded, opinion: Opinion, around: Surroundings, oddity: str) -> str:
    """Why the string is doubtful, the gravest doubt first. oddity: as of `_oddity`."""
    if UNREADABLE in string.text:
        return "some ink in the string could not be read"
    if _only_strokes(string):
        return "nothing but upright strokes"
    if around.agreeing < LEAST_AGREEING:
        return "the readers agree on hardly anything on this page"
    if _may_be_circle(string, around):
        return "may be circles to be filled in" if len(string.text) > 1 else "may be a circle to be filled in"
    if around.struck:
        return "a line runs through it"
    if around.at_edge:
        return "may go on beyond the edge of the picture"
    if around.through:
        return "may show through from the other side"
    if oddity:
        return oddity
    weakest = min(string.readings, key=lambda r: r.confidence)
    position = string.readings.index(weakest) + 1
    if weakest.confidence < 0.9:
        return f"digit {position} may be {weakest.text} or {weakest.second}"
    if opinion.stranger:
        place, digit = opinion.stranger
        return f"digit {place + 1} looks like the {digit}s of this page"
    if not opinion.agreed:
        return "two ways of reading it differ"
    if string.trimmed or around.crowded:
        return BESIDE
    if string.cuts:
        return TOUCHING
    if string.merges:
        return "a digit is broken"
    if around.letters:
        return AMONG_LETTERS
    return f"digit {position} {NOT_CLEAR}"


def surroundings(
    words: Sequence[CandidateWord],
    probs: Sequence[Probs],
    decoded: Sequence[Decoded | None],
    opinions: Sequence[Opinion | None],
    writing_height: float,
    alone: bool = False,
    upright: Sequence[Box] = (),
) -> list[Surroundings | None]:
    """What each decoded string stands in, up to the nearest upright ruled lines; None where there is no string."""
    lettered = np.array([evidence(w, p) < LETTER_EVIDENCE for w, p in zip(words, probs, strict=True)], bool)
    boxes = np.array([w.box for w in words], np.float64).reshape(-1, 4)
    rules = np.array(upright, np.float64).reshape(-1, 4)
    agreeing = _agreeing(decoded, opinions, lettered).tolist()
    page_slid = _page_slid(decoded, opinions)
    usual = _usual_heights(words, decoded, opinions, writing_height).tolist()
    known_zeros = _like_other_zeros(decoded, opinions)
    found: list[Surroundings | None] = [None] * len(words)
    read = [(n, string) for n, string in enumerate(decoded) if string is not None]
    grouped = _in_groups([string for _, string in read], rules)
    for start in range(0, len(read), AT_ONCE):
        some = read[start : start + AT_ONCE]
        own_boxes = np.array([s.box for _, s in some], np.float64)
        rooms = _rooms(boxes, [n for n, _ in some], own_boxes, rules)
        mates = _mates(boxes, own_boxes)
        beside = rooms < TEXT_REACH
        letters = (beside & lettered).sum(axis=1) / np.maximum(beside.sum(axis=1), 1)
        nearest = np.clip(rooms.min(axis=1), 0, CROWDED)
        for (n, string), share, room, column in zip(
            some, letters.tolist(), nearest.tolist(), mates.tolist(), strict=True
        ):
            height = string.box.height / max(usual[n], 1.0)
            foreign = _most_foreign(string, words[n], probs[n])
            found[n] = Surroundings(
                share,
                height,
                foreign,
                room,
                alone,
                agreeing[n],
                column,
                page_slid,
                words[n].crowded or any(words[n].slashes) or id(string) in grouped,
                words[n].in_cells,
                words[n].struck,
                words[n].through,
                words[n].at_edge,
                n in known_zeros,
                id(string) in grouped,
            )
    return found


def _in_groups(strings: Sequence[Decoded], upright: NDArray[np.float64]) -> set[int]:
    """Which strings, by their identities, may be parts of one number whose digits stand in groups of three with spaces between.

    upright: (N, 4) px, ruled lines, which part numbers.
    """
    found: set[int] = set()
    strings = sorted(strings, key=lambda string: string.box.left)
    boxes = np.array([string.box for string in strings], np.float64).reshape(-1, 4)
    ends = np.array([len(string.text) % GROUP == 0 for string in strings], bool)
    heights = boxes[:, 3] - boxes[:, 1]
    lasts = np.searchsorted(boxes[:, 0], boxes[:, 2] + TYPED_GAP * heights, side="right")
    firsts = np.searchsorted(boxes[:, 0], boxes[:, 2])
    for n, one in enumerate(strings):
        behind = slice(firsts[n], lasts[n])
        shared = np.minimum(boxes[behind, 3], one.box.bottom) - np.maximum(boxes[behind, 1], one.box.top)
        level = (shared >= LEVEL * heights[n]) & (shared >= LEVEL * heights[behind]) & ends[behind]
        near = boxes[behind, 0] - one.box.right <= GROUP_GAP * heights[n]
        for at in (firsts[n] + np.flatnonzero(level)).tolist():
            group = strings[at]
            if not (near[at - firsts[n]] or _is_typed(one, group)):
                continue
            if not walled(one.box, group.box, upright):
                found |= {id(one), id(group)}
    return found


def _is_typed(one: Decoded, group: Decoded) -> bool:
    """Whether a group's digits stand evenly apart, and the string before it ends two of their steps from its first digit."""
    last, *middles = (
        (reading.box.left + reading.box.right) / 2 for reading in (one.readings[-1], *group.readings)
    )
    step = (middles[-1] - middles[0]) / (len(middles) - 1)
    stray = TYPED_STRAY * step
    even = all(abs(b - a - step) <= stray for a, b in pairwise(middles))
    return even and abs(middles[0] - last - 2 * step) <= stray


def _usual_heights(
    words: Sequence[CandidateWord],
    decoded: Sequence[Decoded | None],
    opinions: Sequence[Opinion | None],
    writing_height: float,
) -> NDArray[np.float64]:
    """(N,) px: how high the writing is that each string is of: the page's, or another if many numbers on the page are as high
    as the string, as of print beside what is written larger by hand."""
    usual = np.array([word.usual_height or writing_height for word in words], np.float64)
    heights = np.array([string.box.height if string else 0 for string in decoded], np.float64)
    telling = np.array(
        [
            bool(
                string
                and opinion
                and len(string.text) > 1
                and not word.usual_height
                and _is_plain(string, opinion)
            )
            for word, string, opinion in zip(words, decoded, opinions, strict=True)
        ],
        bool,
    )
    telling &= heights >= LEAST_OTHER * writing_height
    told = np.sort(heights[telling])
    first, stop = np.searchsorted(told, heights / ALIKE), np.searchsorted(told, heights * ALIKE, side="right")
    other = (heights > 0) & (
        abs(np.log(np.maximum(heights, 1) / np.maximum(usual, 1))) > math.log(OTHER_SIZE)
    )
    for n in np.flatnonzero(other & (stop - first > FELLOWS)).tolist():
        if not words[n].usual_height:
            usual[n] = told[(first[n] + stop[n]) // 2]
    return usual


def _like_other_zeros(decoded: Sequence[Decoded | None], opinions: Sequence[Opinion | None]) -> set[int]:
    """Which strings are nothing but zeros, each as high and as wide as several in numbers that have other digits too and that both
    readers read alike."""
    zeros = {n: string for n, string in enumerate(decoded) if string and set(string.text) == {"0"}}
    if not zeros:
        return set()
    sides = [
        (reading.box.width, reading.box.height)
        for string, opinion in zip(decoded, opinions, strict=True)
        if string and opinion and opinion.agreed and set(string.text) - {"0"}
        for reading in string.readings
        if reading.text == "0"
    ]
    known = np.array(sides, np.float64).reshape(-1, 2)

    def is_known(box: Box) -> bool:
        own = np.array([box.width, box.height], np.float64)
        most = np.maximum(ZEROS_PX, (ALIKE - 1) * own)
        return int((abs(known - own) <= most).all(axis=1).sum()) >= KNOWN_ZEROS

    return {n for n, string in zeros.items() if all(is_known(r.box) for r in string.readings)}


def _agreeing(
    decoded: Sequence[Decoded | None], opinions: Sequence[Opinion | None], lettered: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(N,) for each word the share of the page's other strings, words of letters apart, that both readers spell
    alike: whether the readers know this print or hand."""
    counted = np.array(
        [s is not None and o is not None for s, o in zip(decoded, opinions, strict=True)], bool
    )
    counted &= ~lettered
    agreed = counted & np.array([o is not None and o.agreed for o in opinions], bool)
    others, alike = counted.sum() - counted, agreed.sum() - agreed
    share: NDArray[np.float64] = (alike + AGREEING_WEIGHT * AGREEING) / (others + AGREEING_WEIGHT)
    return share


def _page_slid(decoded: Sequence[Decoded | None], opinions: Sequence[Opinion | None]) -> float:
    """The median, over the strings that both readers spell alike, of the logarithm of the sliding network's doubt of a
    digit: how well it knows this print or hand."""
    doubts = [
        math.log(1 - _slid_quality(string, opinion) + LEAST_DOUBT)
        for string, opinion in zip(decoded, opinions, strict=True)
        if string is not None and opinion is not None and opinion.agreed
    ]
    return median(doubts) if len(doubts) >= LEAST_TELLING else PAGE_SLID


def _most_foreign(string: Decoded, word: CandidateWord, probs: Probs) -> float:
    """The most that the network gives any full glyph of the string to be no digit."""
    least = 0.5 * string.box.height
    foreign = probs[:, NOT_A_DIGIT].tolist()
    full = (p for p, atom in zip(foreign, word.atoms, strict=True) if atom.box.height >= least)
    return max(full, default=0.0)


def _mates(boxes: NDArray[np.float64], strings: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M,) 0..1: words above and below each string that begin or end where it does, COLUMN_MATES for 1.

    boxes: (N, 4) px of all words. strings: (M, 4) px.
    """
    lefts, tops, rights, bottoms = boxes.T
    left, top, right, bottom = strings.T[:, :, None]
    height = np.maximum(1, bottom - top)
    apart = (tops >= bottom) | (bottoms <= top)
    near = (tops - bottom < COLUMN_REACH * height) & (top - bottoms < COLUMN_REACH * height)
    tall = bottoms - tops > 0.4 * height
    wide = (rights - lefts >= NARROW * (bottoms - tops)) & (right - left >= NARROW * height)
    beginning = np.abs(lefts - left) < COLUMN_EDGE * height
    ending = np.abs(rights - right) < COLUMN_EDGE * height
    of_column = apart & near & tall & wide
    counts = np.maximum((of_column & beginning).sum(axis=1), (of_column & ending).sum(axis=1))
    return np.asarray(np.minimum(counts, COLUMN_MATES) / COLUMN_MATES, np.float64)


def _rooms(
    boxes: NDArray[np.float64],
    own: Sequence[int],
    strings: NDArray[np.float64],
    rules: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(M, N) heights between each string and each word on its line that is large enough to be one, with no ruled
    line between them; else inf.

    boxes: (N, 4) px of all words. own: the word of each string. strings: (M, 4) px. rules: (R, 4) px, upright.
    """
    lefts, tops, rights, bottoms = boxes.T
    left, top, right, bottom = strings.T[:, :, None]
    height = np.maximum(1, bottom - top)
    shared = np.minimum(bottoms, bottom) - np.maximum(tops, top)
    behind, before = lefts - right, left - rights
    level = (shared > 0.4 * height) & (bottoms - tops > 0.4 * height)
    level[np.arange(len(own)), own] = False
    level &= np.where(
        behind >= before, behind < _to_rule(strings, rules), before < _to_rule(strings, rules, -1)
    )
    return np.where(level, np.maximum(behind, before) / height, np.inf)


def _to_rule(strings: NDArray[np.float64], rules: NDArray[np.float64], side: int = 1) -> NDArray[np.float64]:
    """(M, 1) px from each string to the nearest upright rule right of it, or left where side is -1; inf without.

    strings: (M, 4) px. rules: (R, 4) px.
    """
    left, top, right, bottom = strings.T[:, :, None]
    middles = (rules[:, 0] + rules[:, 2]) / 2
    beside = np.minimum(rules[:, 3], bottom) - np.maximum(rules[:, 1], top) > 0.5 * (bottom - top)
    away = middles - right if side > 0 else left - middles
    away = np.where(beside & (away > -RULE_INSIDE * (bottom - top)), away, np.inf)
    return np.asarray(away.min(axis=1, initial=np.inf)[:, None], np.float64)


def _logistic(weights: NDArray[np.float64], values: NDArray[np.float64]) -> list[float]:
    """0..1 for each row of values."""
    logits = weights[0] + np.einsum(
        "ij,j->i", values, weights[1:]
    )  # as `@`, which would wake numpy's threads
    answers: list[float] = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).tolist()
    return answers


@dataclass(frozen=True, slots=True)
class _Weights:
    """Two logistic models over scaled features, bias first: a string is exactly right; it is a number at all."""

    of_right: NDArray[np.float64]
    of_number: NDArray[np.float64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the models take."""
        return scaled(values, self.mean, self.scale)


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    """As shipped."""
    card = json.loads((files("batchocr") / "network" / "weights" / "words.json").read_text("utf-8"))
    return _Weights(*(np.array(card[name]) for name in ("weights", "number_weights", "mean", "scale")))
