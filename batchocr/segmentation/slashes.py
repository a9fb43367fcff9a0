"""Slashes between the numbers of dates and shares, such as 12/03 and 7/10: they part numbers and are no 1s.

A slash is one straight stroke that leans to the right, about as high as the digits or higher. Many hands write their 1 so,
which begins and ends numbers too: only where many numbers of a page have such a stroke within and hardly any at an end are
these slashes, and only if they are as alike in size as in print, since all numbers may have a 1 in one place. Written by hand
they part numbers where most have two, or a high one, for a person to see. Leaves out: upright bars, and cutting slashes from
digits that they touch (`touching`): where none is cut out, such numbers are for a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchocr.elements import NOT_A_DIGIT, Box
from batchocr.segmentation.boxes import Judge
from batchocr.segmentation.dashes import AMID, DASH_ASPECT, DASH_TALL, DASH_WIDE
from batchocr.segmentation.segment import Atom, CandidateWord, tighten
from batchocr.segmentation.shape import (
    are_usual,
    inked_along,
    is_usual,
    of_one_size,
    one_run_share,
    usual_size,
)
from batchocr.segmentation.touching import NEARLY, Stroke, common_slash, common_stroke, cut_free
from batchocr.segmentation.units import PLAIN_LETTER

LEAST_LONG = 3  # glyphs of a number that may have a slash within
MOST_WRITTEN = 0.5  # of those numbers of a page have slashes that are written by hand
HIGHER = 1.12  # times as high as its digits is a slash by itself in each,
MUCH_HIGHER = 1.25  # and so many times one that is no 1 of a number, however close it stands before it
MOST_LETTERS = 0.6  # of a number's other glyphs look like letters at most, where a hand's pen is thick
FEWEST_ENDINGS, MOST_END_SO = 4, 0.5  # numbers that a slash and a dash close, of those that a dash does
CUT_HIGHER = 1.1  # times as high as the digits is what holds a slash that touches one
STROKE = 0.5  # times as wide as high a stroke behind a slash is at most
LIKELY_LETTER = 0.5  # so likely a glyph is no digit,
HALF = 0.5  # and so many of those before it are none: it is a unit's
FEWEST = 6  # slashes of a page,
FEW = 3  # of which so many tell how those before numbers look that touch a digit
MOST_OUTSIDE = 0.1  # and so many times as many such strokes at the ends of its words at most
# heights from a leading slash to its digits at least, and times as far as between these
LEADING_ROOM, LEADING_TIMES = 0.15, 1.5
OTHERS = 50  # digits behind leading slashes, among which ones would be if those were 1s of the type
OTHER_WRITING = 1.5  # times as high or as low are strokes of writing of another size
LONE_ROOM, LEVEL = (
    1.0,
    0.5,
)  # of its height from a slash by itself to the number behind it, and that they share
LEAST_PX = 10  # px of its height
LEAN = (0.2, 1.2)  # of its height, by which its head is to the right of its foot
WIDEST = 1.5  # times as wide as high is one at most
LEAST_STRAY = 1.5  # px, or
STRAY = 0.06  # of its height, by which the middles of its rows stray from a straight line
UNEVEN_STROKE = 2.0  # times as thick as at another place is it at one at most
ONE_RUN = 0.95  # of its rows that are inked in one place
LEAST_HIGH = 0.8  # times as high as the word's digits at least, and so are those beside it
SEVERAL = 0.9  # width / height of several digits that touch
SEVERAL_WITH_ONE = 0.6  # and of a digit and a slash that do,
AS_HIGH_AS_ONE = 0.98  # times as high as that alone, where slashes are higher than digits
ALONG = 0.9  # of their height that a slash among them is inked
ROOM = 0.7  # of its width that a lost one leaves free, beside what digits leave


def without_slashes(
    words: Sequence[CandidateWord], judge: Judge, grain: float = 1.0
) -> tuple[list[CandidateWord], list[Atom]]:
    """The words, those with slashes between their digits in parts without them, on a page that has many; and these slashes.
    What may hold one that touches digits or is too faint is marked: a person has to look. grain: as in `shape.of_one_size`."""
    found = [_slashes_of(word) for word in words]
    within = [word.atoms[n] for word, own in zip(words, found, strict=True) for n in own]
    if len(within) < FEWEST:
        return list(words), []
    outside = sum(len(_at_its_ends(word)) for word in words)
    if outside > MOST_OUTSIDE * len(within) or not of_one_size([atom.box for atom in within], grain):
        return _without_written(words, found, judge)
    slope = median(_slope(atom.mask) for atom in within)
    wide, high = usual_size([atom.box for atom in within])
    found = [_like_them(word, own, (wide, high), grain) for word, own in zip(words, found, strict=True)]
    digits = median(word.height() for word, own in zip(words, found, strict=True) if own)
    common = common_slash(within, digits, grain)
    if common is not None:
        cut = [cut_free(word, common, own) for word, own in zip(words, found, strict=True)]
        words, found = [word for word, _ in cut], [own for _, own in cut]
    within = [word.atoms[n] for word, own in zip(words, found, strict=True) for n in own]
    no_digit = AS_HIGH_AS_ONE * high if common is not None else np.inf
    parts = [
        part
        for word, own in zip(words, found, strict=True)
        for part in _units_marked(word.parted_at([(n, n + 1) for n in own]), judge)
    ]
    room = ROOM * wide + max(0.0, median([gap for part in parts for gap in part.gaps()] or [0]))
    return [
        replace(part, several=True)
        if _may_hold_one(part, slope, high, no_digit) or _has_room(part, room)
        else part
        for part in parts
    ], within


def _units_marked(parts: Sequence[CandidateWord], judge: Judge) -> list[CandidateWord]:
    """The parts of a word between its slashes, marked lone strokes behind letters, as the l of mg/l."""
    return [
        replace(part, several=True) if n and _is_stroke(part) and _are_letters(parts[n - 1], judge) else part
        for n, part in enumerate(parts)
    ]


def _is_stroke(word: CandidateWord) -> bool:
    """Whether a word is of one glyph, as narrow as a 1 or an l."""
    glyphs = word.glyphs()
    return len(glyphs) == 1 and glyphs[0].width <= STROKE * glyphs[0].height


def _are_letters(word: CandidateWord, judge: Judge) -> bool:
    """Whether half of a word's glyphs are no digits."""
    probs = judge([atom.mask for atom in word.full_atoms()])
    return float((probs[:, NOT_A_DIGIT] > LIKELY_LETTER).mean()) >= HALF


def _like_them(word: CandidateWord, own: list[int], usual: tuple[float, float], grain: float) -> list[int]:
    """Which of a word's atoms are slashes of the page's usual size, px wide and high, whatever stands beside them: digits that
    lost their hairlines are lower than digits are. own: those known."""
    if word.in_cells:
        return own
    inner = enumerate(word.atoms[1:-1], 1)
    return [n for n, atom in inner if n in own or (is_usual(atom.box, usual, grain) and is_slash(atom.mask))]


def _without_written(
    words: Sequence[CandidateWord], found: Sequence[list[int]], judge: Judge
) -> tuple[list[CandidateWord], list[Atom]]:
    """The same where slashes are written by hand, as unlike as ones are: on a page most of whose numbers have two, as dates do, or
    one that is higher than its digits, as marks do. Where most numbers have a stroke that may be one, these are for a person.
    found: as of `_slashes_of`."""
    if sum(map(bool, found)) < FEWEST:
        return list(words), []
    letters = _letters_in(words, found, judge)
    numbers = {n for n, share in letters.items() if share == 0.0}
    with_one = {n for n in numbers if found[n]}
    if len(with_one) < max(FEWEST, MOST_WRITTEN * len(numbers)):
        return list(words), []
    for count, higher in ((2, 0.0), (1, HIGHER)):
        chosen = {n: _highest(words[n], found[n], count) for n in with_one}
        whole = [own for own in chosen.values() if len(own) == count]
        rises = [_rise(words[n], at) for n, own in chosen.items() for at in own]
        if len(whole) >= max(FEWEST, MOST_WRITTEN * len(with_one)) and median(rises) >= higher:
            break
    else:
        chosen, rises = {}, []
    high = bool(chosen) and median(rises) >= HIGHER
    if high:
        slashes = [words[n].atoms[at] for n, own in chosen.items() for at in own]
        likely = {n: found[n] for n, share in letters.items() if share < MOST_LETTERS}
        stroke = common_stroke(slashes, median(words[n].height() for n in chosen))
        if stroke is not None:
            words = list(words)
            for n, known in likely.items():
                words[n], likely[n] = cut_free(words[n], stroke, known)
        chosen = _high_ones(words, likely, median(slash.box.height for slash in slashes), higher)
        with_one |= chosen.keys()
    sure = {n for n, own in chosen.items() if high and _is_plainly_parted(words[n], own)}
    parts = []
    for n, word in enumerate(words):
        own = chosen.get(n, ())
        if n in sure:
            parts += word.parted_at([(at, at + 1) for at in own])
        elif own:
            parts += _parted_by(word, own)
        else:
            parts.append(replace(word, several=True) if n in with_one else word)
    return parts, [words[n].atoms[at] for n, own in chosen.items() for at in own]


def _parted_by(word: CandidateWord, own: Sequence[int]) -> list[CandidateWord]:
    """The parts of a word before, between and behind its slashes; each knows on which of its sides one stood."""
    ends = [-1, *own, len(word.atoms)]
    strokes = [None, *(word.atoms[at].box for at in own), None]
    parts = []
    for (before, left), (after, right) in pairwise(zip(ends, strokes, strict=True)):
        atoms = word.atoms[before + 1 : after]
        if atoms:
            parts.append(replace(word.only(atoms), slashes=(left, right)))
    return [part for part in parts if part.full().any()]


def _high_ones(
    words: Sequence[CandidateWord], likely: Mapping[int, list[int]], usual: float, higher: float
) -> dict[int, list[int]]:
    """All that are slashes where those of a page are higher than digits: up to two of a word, those between it and the next word,
    which stands apart, among them. likely: of words that may be numbers, by their own numbers, as of `_slashes_of`. usual: px
    that the page's are high. higher: times as high as its digits is each within a word but the highest."""
    boxes = np.array([word.box for word in words], np.float64).reshape(-1, 4)
    high = {}
    for n, within in likely.items():
        word = words[n]
        full = np.flatnonzero(word.full()).tolist()
        alone = {
            at for at, left in ((full[0], True), (full[-1], False)) if not _has_beside(word.box, boxes, left)
        }
        rising = [
            at
            for at in full
            if at not in alone
            and (at in within or word.atoms[at].box.height >= NEARLY * usual)
            and _rise(word, at) >= (higher if at in within else HIGHER)
            and is_slash(word.atoms[at].mask)
            and _may_be_of(word.atoms[at], (0.0, usual))
        ]
        own = _highest(word, rising, 2) or _highest(word, within, 1)
        if own and len(full) > len(own):
            high[n] = own
    return high


def _is_plainly_parted(word: CandidateWord, own: Sequence[int]) -> bool:
    """Whether a word is three numbers, and no glyph but the two between them is much higher than its digits."""
    high = [at for at in np.flatnonzero(word.full()).tolist() if _rise(word, at) >= HIGHER]
    return len(own) == 2 and high == list(own) and len(word.parted_at([(at, at + 1) for at in own])) == 3


def _has_beside(box: Box, boxes: NDArray[np.float64], left: bool) -> bool:
    """Whether one of the (N, 4) boxes is level with a box and begins before it, or ends behind it, no further away than it is
    high."""
    room = box.left - boxes[:, 2] if left else boxes[:, 0] - box.right
    outside = boxes[:, 0] < box.left if left else boxes[:, 2] > box.right
    shared = np.minimum(boxes[:, 3], box.bottom) - np.maximum(boxes[:, 1], box.top)
    lower = np.minimum(boxes[:, 3] - boxes[:, 1], box.height)
    return bool((outside & (room <= LONE_ROOM * box.height) & (shared >= LEVEL * lower)).any())


def _letters_in(words: Sequence[CandidateWord], found: Sequence[list[int]], judge: Judge) -> dict[int, float]:
    """Words of so many glyphs that a slash may be within, by their numbers, and the share of their other glyphs that are plainly
    letters: in italics an l is a slash as well. found: as of `_slashes_of`."""
    long = [n for n, word in enumerate(words) if not word.in_cells and word.full().sum() >= LEAST_LONG]
    asked = [
        (n, words[n].atoms[at].mask)
        for n in long
        for at in np.flatnonzero(words[n].full()).tolist()
        if at not in found[n]
    ]
    other = judge([mask for _, mask in asked])[:, NOT_A_DIGIT] if asked else ()
    plain = dict[int, list[bool]]((n, []) for n in long)
    for (n, _), share in zip(asked, other, strict=True):
        plain[n].append(bool(share > PLAIN_LETTER))
    return {n: sum(own) / max(len(own), 1) for n, own in plain.items()}


def _highest(word: CandidateWord, strokes: Sequence[int], count: int) -> list[int]:
    """The highest of a word's strokes, no more than so many, none of them right beside another."""
    apart = [n for n, at in enumerate(strokes) if n == 0 or at - strokes[n - 1] > 1]
    high = sorted((strokes[n] for n in apart), key=lambda at: -word.atoms[at].box.height)
    return sorted(high[:count])


def _rise(word: CandidateWord, at: int) -> float:
    """How many times as high as the word's digits one of its atoms is."""
    return word.atoms[at].box.height / word.height()


def without_leading(
    words: Sequence[CandidateWord], grain: float = 1.0
) -> tuple[list[CandidateWord], list[Atom]]:
    """The words without the slash before them, as in / 17, on a page where many begin with one and hardly any stroke like it
    stands elsewhere; and these slashes. No higher than the digits they may be 1s of a slanted type, and not much higher and no
    further from them than these from each other they may be of the number, unless there are so many digits that some others
    would be 1s: then a person has to look. grain: as in `shape.of_one_size`."""
    free = {n for n, word in enumerate(words) if _begins_with_slash(word)}
    as_given, words = words, _with_leading_free(words, free, grain)
    slashes = {
        n: word.full_atoms()[0]
        for n, (word, given) in enumerate(zip(words, as_given, strict=True))
        if n in free or (word is not given and _begins_with_slash(word))
    }
    if not slashes:
        return list(as_given), []
    usual = usual_size([slash.box for slash in slashes.values()])
    slashes = {n: slash for n, slash in slashes.items() if _may_be_of(slash, usual)}
    free &= slashes.keys()
    sizes = [slash.box for slash in slashes.values()]
    if len(slashes) < FEWEST or not free or not of_one_size(sizes, grain):
        return list(as_given), []
    lone = _lone_before(words, usual, grain)
    elsewhere = sum(_may_be_of(stroke, usual) for word in words for stroke in _strokes(word))
    stray = elsewhere - len(lone) - len(slashes)
    if stray > MOST_OUTSIDE * len(slashes):
        return list(as_given), []
    rooms = [[room / words[n].height() for room in words[n].gaps()] for n in free]
    behind = median(own[0] for own in rooms)
    between = [room for own in rooms for room in own[1:]]
    rise = median(box.height / _behind(words[n]) for n, box in zip(slashes, sizes, strict=True))
    # a slash by itself has one digit behind it at least
    others = sum(len(words[n].full_atoms()) - 1 for n in slashes) + len(lone)
    no_ones = stray == 0 and others >= OTHERS
    has_room = behind >= max(LEADING_ROOM, LEADING_TIMES * median(between or [0.0]))
    if not (has_room or no_ones or rise >= MUCH_HIGHER):
        return [replace(w, several=True) if n in slashes else w for n, w in enumerate(words)], []
    level = rise < HIGHER
    by_hand = {
        n for n, usual in zip(slashes, are_usual(sizes, grain).tolist(), strict=True) if not usual
    }  # 1s, beside print
    gone = {n: slash for n, slash in slashes.items() if n not in by_hand}
    gone |= {} if level else {n: words[n].atoms[0] for n in sorted(lone)}
    doubtful = by_hand | ((slashes.keys() | lone) if level and not no_ones else set())
    left: list[CandidateWord] = []
    for n, word in enumerate(words):
        own = word.without([int(word.full().argmax())]) if n in gone else [word]
        left += [replace(part, several=True) for part in own] if n in doubtful else own
    return left, list(gone.values())


def _may_be_of(stroke: Atom, usual: tuple[float, float]) -> bool:
    """Whether a stroke is about as high as the slashes of a page usually are, px wide and high, and none of other writing."""
    return usual[1] / OTHER_WRITING <= stroke.box.height <= usual[1] * OTHER_WRITING


def _lone_before(words: Sequence[CandidateWord], usual: tuple[float, float], grain: float) -> set[int]:
    """Which of the words are nothing but a slash of the usual size, px wide and high, with a word not far behind it."""
    boxes = np.array([word.box for word in words], np.float64).reshape(-1, 4)
    found = set()
    for n, word in enumerate(words):
        if len(word.atoms) > 1 or word.in_cells:
            continue
        if not is_usual(word.box, usual, grain) or not is_slash(word.atoms[0].mask):
            continue
        if _has_beside(word.box, boxes, left=False):
            found.add(n)
    return found


def _with_leading_free(
    words: Sequence[CandidateWord], free: Collection[int], grain: float
) -> list[CandidateWord]:
    """The words, a slash before them that touches the first digit an atom of its own, where a few others of one size tell how
    it looks. free: those that begin with one that does not, by their numbers; 1s by hand among them."""
    begun = [(words[n].full_atoms()[0], _behind(words[n])) for n in free]
    alike = are_usual([slash.box for slash, _ in begun], grain) if begun else ()
    known = [own for own, usual in zip(begun, alike, strict=True) if usual]
    if len(known) < FEW:
        return list(words)
    common = common_slash([slash for slash, _ in known], median(high for _, high in known), grain)
    if common is None:
        return list(words)
    cut = [cut_free(word, common, ()) for word in words]
    return [apart if found == [0] else word for word, (apart, found) in zip(words, cut, strict=True)]


def _behind(word: CandidateWord) -> float:
    """px that the digits behind a word's first glyph are high."""
    return median(atom.box.height for atom in word.full_atoms()[1:])


def _begins_with_slash(word: CandidateWord) -> bool:
    """Whether a word's first glyph is shaped like a slash, and others follow."""
    full = word.full_atoms()
    return not word.in_cells and len(full) > 1 and _is_high_slash(full[0], LEAST_HIGH * word.height())


def without_endings(words: Sequence[CandidateWord]) -> tuple[list[CandidateWord], list[Atom]]:
    """The words without the slash and dash that close amounts, as in 4500/-, on a page where most numbers before a dash end in a
    slash; and these slashes and dashes. Where that is not so, or a slash may touch a digit, a person has to look."""
    words = [_with_dash_apart(word) for word in words]
    closed = [_closing_dash(word) for word in words]
    ends = [_ends_so(word, at) for word, at in zip(words, closed, strict=True)]
    known = [word.atoms[at - 1] for word, at, end in zip(words, closed, ends, strict=True) if end]
    touched: set[int] = set()
    stroke = common_stroke(known, 0.0) if len(known) >= FEWEST_ENDINGS else None
    if stroke is not None:
        highest = max(atom.box.height for atom in known)
        for n, (word, at, end) in enumerate(zip(words, closed, ends, strict=True)):
            apart = _with_ending_apart(word, at, stroke, highest) if at and not end else word
            if apart is not word:
                touched.add(n)
                words[n], closed[n] = apart, _closing_dash(apart)
                ends[n] = _ends_so(apart, closed[n])
    several = [at > 0 and bool(word.full()[: at - 1].any()) for word, at in zip(words, closed, strict=True)]
    if sum(ends) < max(FEWEST_ENDINGS, MOST_END_SO * sum(several)):
        return [replace(w, several=True) if end else w for w, end in zip(words, ends, strict=True)], []
    left: list[CandidateWord] = []
    gone: list[Atom] = []
    for n, (word, at, end) in enumerate(zip(words, closed, ends, strict=True)):
        if end:
            own = word.without(range(at - 1, len(word.atoms)))
            left += [replace(part, several=True) for part in own] if n in touched else own
            gone += word.atoms[at - 1 :]
        else:
            left.append(replace(word, several=True) if at else word)
    return left, gone


def _ends_so(word: CandidateWord, dash: int) -> bool:
    """Whether a word's digits are closed by a slash and the dash that is that one of its atoms, 0 where none is."""
    if not dash or not word.full()[: dash - 1].any():
        return False
    return _is_high_slash(word.atoms[dash - 1], LEAST_HIGH * word.height())


def _with_ending_apart(word: CandidateWord, dash: int, stroke: Stroke, highest: int) -> CandidateWord:
    """The word, the slash before the dash that closes it an atom of its own where it touches the last digit. dash: which of the word's
    atoms. stroke, highest: how its page's other such slashes look, and px that these are high at most."""
    last = word.atoms[dash - 1]
    digits = min(highest, last.box.height) / CUT_HIGHER
    apart, own = cut_free(word.only([last]), stroke._replace(digits=digits), ())
    if own != [len(apart.atoms) - 1]:
        return word
    return word.only([*word.atoms[: dash - 1], *apart.atoms, word.atoms[dash]])


def _with_dash_apart(word: CandidateWord) -> CandidateWord:
    """The word, the dash behind its last stroke an atom of its own where it touches that."""
    last = word.atoms[-1]
    high, wide = last.mask.shape
    if word.in_cells or len(word.atoms) < 2 or high < LEAST_HIGH * word.height() or wide > WIDEST * high:
        return word
    rows = np.flatnonzero(last.mask[:, -1])
    if not len(rows) or not (
        AMID[0] * high <= rows[0] and rows[-1] < min(AMID[1] * high, rows[0] + DASH_TALL * high)
    ):
        return word  # nearly all
    columns = last.mask.any(axis=0)
    top, low = last.mask.argmax(axis=0), high - last.mask[::-1].argmax(axis=0)
    thin = columns & (low - top <= DASH_TALL * high) & (top >= AMID[0] * high) & (low <= AMID[1] * high)
    tail = int(thin[::-1].argmin()) if not thin.all() else wide
    if tail < max(DASH_WIDE * high / 2, 2) or tail == wide:
        return word
    first, stop = int(top[-tail:].min()), int(low[-tail:].max())
    stroke = last.mask.copy()
    stroke[:, wide - tail :] = False
    above, below = max(0, first - 2), min(high - 1, stop + 1)
    ends = [int(np.flatnonzero(stroke[row]).max(initial=-1)) for row in (above, below)]
    rows = np.arange(above, below + 1)
    edge = np.interp(rows, (above, below), ends)
    stroke[above : below + 1] &= np.arange(wide) <= edge[:, None]
    dash = last.mask & ~stroke
    if min(ends) < 0 or not is_slash(tighten(stroke, 0, 0)[1]):
        return word
    pieces = [Atom(*tighten(part, last.box.left, last.box.top), last.struck) for part in (stroke, dash)]
    return word.only([*word.atoms[:-1], *pieces])


def _closing_dash(word: CandidateWord) -> int:
    """Which of a word's atoms is the dash that closes it, right behind its last digit; 0 if none is."""
    full = np.flatnonzero(word.full())
    if word.in_cells or not len(full) or full[-1] != len(word.atoms) - 2:
        return 0
    last, dash = word.atoms[-2].box, word.atoms[-1].box
    middle = ((dash.top + dash.bottom) / 2 - last.top) / last.height
    flat = dash.width >= max(DASH_WIDE * word.height(), DASH_ASPECT * dash.height)
    return len(word.atoms) - 1 if flat and AMID[0] <= middle <= AMID[1] else 0


def _may_hold_one(word: CandidateWord, slope: float, high: float, no_digit: float) -> bool:
    """Whether a line as of a slash, with this slope and so many px high, runs through ink of several glyphs that touch. no_digit:
    px, from which height on ink is no digit alone."""
    if word.in_cells:
        return False
    for atom in word.atoms:
        rows, columns = atom.mask.shape
        least = SEVERAL_WITH_ONE if rows >= no_digit else SEVERAL
        tall = min(rows, round(high))  # beside a digit that hangs lower a slash is not as high as both
        if columns < least * tall or rows < LEAST_HIGH * high:
            continue
        down = np.arange(round((1 - ALONG) / 2 * tall), round((1 + ALONG) / 2 * tall))
        rise = (slope * (down - tall // 2)).round().astype(np.int64)
        for first in {0, rows - tall}:
            if inked_along(atom.mask, down + first, rise + np.arange(columns)[:, None]).any():
                return True
    return False


def _has_room(word: CandidateWord, room: float) -> bool:
    """Whether two digits stand so many px apart that a faint slash may be lost between them."""
    return not word.in_cells and any(gap >= room for gap in word.gaps())


def _slashes_of(word: CandidateWord) -> list[int]:
    """Which of a word's atoms are shaped like a slash and stand between two digits; the circles of a % are lower."""
    if word.in_cells or len(word.atoms) < 3:
        return []
    full = np.flatnonzero(word.full()).tolist()
    least = LEAST_HIGH * word.height()
    high = [word.atoms[n].box.height >= least for n in full]
    return [
        full[n]
        for n in range(1, len(full) - 1)
        if high[n - 1] and high[n] and high[n + 1] and is_slash(word.atoms[full[n]].mask)
    ]


def _strokes(word: CandidateWord) -> list[Atom]:
    """Those of a word's glyphs that are shaped like a slash, between digits or at its ends."""
    return [word.atoms[n] for n in _slashes_of(word)] + _at_its_ends(word)


def _at_its_ends(word: CandidateWord) -> list[Atom]:
    """Those of a word's first and last glyphs that are shaped like a slash."""
    if word.in_cells:
        return []
    full, least = word.full_atoms(), LEAST_HIGH * word.height()
    outer = full[:1] + full[1:][-1:]
    return [atom for atom in outer if _is_high_slash(atom, least)]


def _is_high_slash(atom: Atom, least: float) -> bool:
    """Whether an atom is shaped like a slash and so many px high at least."""
    return atom.box.height >= least and is_slash(atom.mask)


def is_slash(mask: NDArray[np.bool_]) -> bool:
    """Whether (h, w) bool ink is a straight stroke that leans to the right."""
    return _slope(mask) < 0


def _slope(mask: NDArray[np.bool_]) -> float:
    """By how many px the middle of a slash goes to the right from one row to the next one below, less than 0; 0 for other ink."""
    high, wide = mask.shape
    if high < LEAST_PX or not LEAN[0] * high <= wide <= WIDEST * high:
        return 0.0
    upper, half, lower = high // 4, high // 2, 3 * high // 4
    if mask[0, 0] or mask[upper, 0] or mask[half, 0] or mask[half, -1] or mask[lower, -1] or mask[-1, -1]:
        return 0.0  # nearly all digits
    if mask[0].argmax() < wide / 2 or mask[-1].argmax() > wide / 2:
        return 0.0
    head, middle, foot = (np.count_nonzero(mask[row]) for row in (upper, half, lower))
    if max(head, middle, foot) > UNEVEN_STROKE * min(head, middle, foot) + 1:
        return 0.0
    if one_run_share(mask) < ONE_RUN:
        return 0.0
    begin, end = mask.argmax(axis=1), wide - mask[:, ::-1].argmax(axis=1)
    middles, rows = (begin + end) / 2, np.arange(high) - (high - 1) / 2
    slope = float(rows @ middles / (rows @ rows))
    stray = float(np.abs(middles - middles.mean() - slope * rows).max())
    straight = LEAN[0] <= -slope <= LEAN[1] and stray <= max(LEAST_STRAY, STRAY * high)
    return slope if straight else 0.0
