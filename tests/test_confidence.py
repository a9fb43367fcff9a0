"""Confidence of strings: what makes one surer or less sure, what is no number at all, and the reasons given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from batchocr.confidence import (
    AGREEING,
    AMONG_LETTERS,
    DIFFERING_CONFIDENCE,
    FEATURES,
    KNOWN_ZEROS,
    REVIEW_BELOW,
    STROKES_CONFIDENCE,
    Surroundings,
    Verdict,
    _held_against_page,
    _verdict,
    features,
    judge,
    surroundings,
)
from batchocr.consensus import MOST_LEAD, Opinion
from batchocr.decode import Decoded
from batchocr.elements import Box, Probs, Reading
from batchocr.segmentation.segment import Atom, CandidateWord
from tests.test_boxes import glyph

SURE = Opinion(float(np.log(0.999)), True, MOST_LEAD)
FREE = Surroundings(0.0, 1.0, 0.0, 1.5, False, AGREEING, 0.0)


def string(text: str, confidence: float = 0.9999) -> Decoded:
    """A string of digits 20 px wide, 40 px tall, 10 px apart."""
    readings = tuple(
        Reading(c, confidence, "8" if c != "8" else "3", 1 - confidence, Box(30 * n, 0, 30 * n + 20, 40))
        for n, c in enumerate(text)
    )
    box = Box(0, 0, 30 * len(text) - 10, 40)
    return Decoded(text, readings, confidence, 0, 0, 0, 0, box)


def word_of(decoded: Decoded) -> CandidateWord:
    return CandidateWord(
        tuple(Atom(r.box, np.ones((r.box.height, r.box.width), bool)) for r in decoded.readings), decoded.box
    )


def digits(decoded: Decoded) -> Probs:
    """(glyphs, 11): the network is sure of every glyph."""
    probs = np.zeros((len(decoded.readings), 11), np.float32)
    for row, reading in zip(probs, decoded.readings, strict=True):
        row[int(reading.text) if reading.text.isdigit() else 10] = 1
    return probs


def verdict(decoded: Decoded, opinion: Opinion = SURE, writing_height: float = 40):
    (found,) = judge([word_of(decoded)], [digits(decoded)], [decoded], [opinion], writing_height)
    return found


def test_the_shipped_weights_are_of_these_features() -> None:
    card = json.loads((files("batchocr") / "network" / "weights" / "words.json").read_text("utf-8"))
    assert card["features"] == list(FEATURES)
    assert len(card["weights"]) == len(card["number_weights"]) == 1 + len(FEATURES) * (len(FEATURES) + 3) // 2
    assert features(string("407"), SURE, FREE).shape == (len(FEATURES),)


@pytest.mark.parametrize("text", ["40", "7"])
def test_a_number_much_lower_than_the_writing_is_for_a_person(text: str) -> None:
    low = verdict(string(text), writing_height=100)
    assert low.confidence == STROKES_CONFIDENCE
    assert low.reason == "much smaller than what else is written on this page"
    assert verdict(string(text), writing_height=60).reason != low.reason


@pytest.mark.parametrize("text", ["0", "1"])
def test_a_low_ring_or_stroke_is_a_mark(text: str) -> None:
    assert verdict(string(text), writing_height=100) is None


@pytest.mark.parametrize(
    "opinion", [Opinion(float(np.log(0.7)), True, MOST_LEAD), Opinion(float(np.log(0.99)), False, 1.0)]
)
def test_what_is_low_and_not_plain_to_both_readers_is_no_number(opinion: Opinion) -> None:
    assert verdict(string("40"), opinion, writing_height=100) is None
    assert verdict(string("40", 0.7), writing_height=100) is None


@pytest.mark.parametrize(
    ("box", "doubtful"),
    [(Box(60, 0, 74, 18), True), (Box(60, 22, 74, 40), False), (Box(60, 2, 80, 38), False)],
)
def test_a_small_raised_digit_may_be_a_degree_sign_or_a_footnote(box: Box, doubtful: bool) -> None:
    plain = string("230")
    raised = replace(plain, readings=(*plain.readings[:2], replace(plain.readings[2], box=box)))
    found = _verdict(raised, SURE, FREE, 1.0, 0.99)
    assert (found.reason == "digit 3 is small and raised") == doubtful
    assert found.confidence == (STROKES_CONFIDENCE if doubtful else 0.99)


@pytest.mark.parametrize(
    ("text", "second", "confidence", "doubtful"),
    [("258", "0", 0.7, True), ("258", "0", 0.95, False), ("258", "6", 0.7, False), ("250", "0", 0.7, False)],
)
def test_an_eight_that_is_not_clear_may_be_a_0_with_a_stroke(
    text: str, second: str, confidence: float, doubtful: bool
) -> None:
    plain = string(text)
    last = replace(plain.readings[-1], second=second, confidence=confidence)
    found = _verdict(replace(plain, readings=(*plain.readings[:-1], last)), SURE, FREE, 1.0, 0.99)
    assert (found.reason == "digit 3 may be a 0 with a stroke") == doubtful
    assert found.confidence == (STROKES_CONFIDENCE if doubtful else 0.99)


@pytest.mark.parametrize(
    ("text", "box", "doubtful"),
    [
        ("254", Box(60, 8, 80, 32), True),
        ("254", Box(60, 8, 80, 40), False),  # on the line
        ("254", Box(60, 0, 80, 32), False),
        ("254", Box(60, 5, 80, 35), False),  # as in type of seven bars
        ("258", Box(60, 8, 80, 32), False),
        ("4", Box(0, 8, 20, 32), False),
    ],
)
def test_a_four_that_is_neither_on_the_line_nor_as_high_may_be_a_plus(
    text: str, box: Box, doubtful: bool
) -> None:
    plain = string(text)
    floating = replace(plain, readings=(*plain.readings[:-1], replace(plain.readings[-1], box=box)))
    found = _verdict(floating, SURE, FREE, 1.0, 0.99)
    assert (found.reason == f"digit {len(text)} may be a plus sign") == doubtful
    assert found.confidence == (STROKES_CONFIDENCE if doubtful else 0.99)


@pytest.mark.parametrize(
    ("text", "box", "doubtful"),
    [
        ("259", Box(60, 8, 80, 52), True),
        ("259", Box(60, 0, 80, 52), False),
        ("259", Box(60, 8, 80, 44), False),
        ("254", Box(60, 8, 80, 52), False),
        ("9", Box(0, 8, 20, 52), False),
    ],
)
def test_a_nine_that_hangs_at_the_end_may_be_a_g(text: str, box: Box, doubtful: bool) -> None:
    plain = string(text)
    hanging = replace(plain, readings=(*plain.readings[:-1], replace(plain.readings[-1], box=box)))
    found = _verdict(hanging, SURE, FREE, 1.0, 0.99)
    assert (found.reason == "digit 3 may be a letter") == doubtful
    assert found.confidence == (STROKES_CONFIDENCE if doubtful else 0.99)


def test_doubt_of_either_reader_lowers_confidence() -> None:
    best = verdict(string("4072"))
    of_cuts = verdict(string("4072", 0.7))
    of_sliding = verdict(string("4072"), Opinion(float(np.log(0.4)), True, MOST_LEAD))
    differing = verdict(string("4072"), Opinion(float(np.log(0.1)), False, 1.0))
    assert best.confidence > 0.95
    assert of_cuts.confidence < best.confidence
    assert of_sliding.confidence < best.confidence
    assert differing is None or differing.confidence < of_sliding.confidence


def test_unread_ink_can_never_be_exactly_right() -> None:
    found = verdict(replace(string("40?2"), weakest=0.0))
    assert found.confidence == 0
    assert "could not be read" in found.reason


def test_a_word_that_is_mostly_unread_is_no_number() -> None:
    assert verdict(string("4???")) is None


def test_several_digits_that_are_likelier_a_number_than_not_are_shown_however_doubtful() -> None:
    shown = _verdict(string("407"), SURE, FREE, number=0.6, confidence=0.01)
    assert shown is not None and shown.confidence == 0.01
    assert _verdict(string("407"), SURE, FREE, number=0.4, confidence=0.01) is None
    assert _verdict(string("4"), SURE, FREE, number=0.6, confidence=0.01) is None


def test_in_a_picture_of_one_string_even_what_is_hardly_read_is_shown() -> None:
    hardly = string("407", 0.4), Opinion(3 * float(np.log(0.4)), False, 1.0)
    alone, beside = (
        judge([word_of(hardly[0])], [digits(hardly[0])], [hardly[0]], [hardly[1]], 40, alone)[0]
        for alone in (True, False)
    )
    assert alone is not None and alone.confidence < REVIEW_BELOW
    assert beside is None


@pytest.mark.parametrize("text", ["1", "11", "111"])
def test_doubtful_ones_in_a_field_of_their_own_are_shown_and_elsewhere_they_are_strokes(text: str) -> None:
    ones, other = string(text, 0.9), Opinion(float(np.log(0.3)), True, MOST_LEAD)
    found = [
        judge([replace(word_of(ones), alone_in=field)], [digits(ones)], [ones], [other], 70)[0]
        for field in (Box(-20, -20, 300, 60), None)
    ]
    assert found[0] is not None and found[0].confidence < REVIEW_BELOW
    assert found[1] is None


@pytest.mark.parametrize(("singles", "shown"), [(40, True), (8, False)])
def test_a_lone_stroke_among_many_lone_digits_is_shown(singles: int, shown: bool) -> None:
    doubtful, other = string("1", 0.9), Opinion(float(np.log(0.02)), True, MOST_LEAD)
    page = [*[string("5")] * singles, doubtful]
    places = [(100 * (n % 6), 100 * (n // 6)) for n in range(len(page))]
    read = [_moved(one, *place) for one, place in zip(page, places, strict=True)]
    opinions = [*[SURE] * singles, other]
    *sure, last = judge([word_of(one) for one in read], [digits(one) for one in read], read, opinions, 40)
    assert all(given is not None and given.confidence >= REVIEW_BELOW for given in sure)
    assert (last is not None) == shown
    assert last is None or last.confidence < REVIEW_BELOW


def crowded_one(
    text: str,
    others: Sequence[str],
    *,
    parted: bool = False,
    left: int = 0,
    overrun: bool = False,
    several: bool = False,
) -> Verdict | None:
    """The verdict on a string beside which something stands, on a page of others, so many px from the first of them. overrun: it and
    all others of eight digits run over a rule."""
    texts = [text, *others]
    places = [(300 * (n % 6), 100 * (n // 6)) for n in range(len(texts))]
    places[0] = (left, 0)
    read = [_moved(string(own), *place) for own, place in zip(texts, places, strict=True)]
    words = [word_of(one) for one in read]
    words = [replace(word, overrun=overrun and len(own) == 8) for word, own in zip(words, texts, strict=True)]
    words[0] = replace(words[0], crowded=True, overrun=overrun, several=several)
    if parted:
        words[0] = words[0].only([replace(words[0].atoms[0], parted=True), *words[0].atoms[1:]])
    return judge(words, [digits(one) for one in read], read, [SURE] * len(read), 40)[0]


AS_LONG = ["4072"] * 24


@pytest.mark.parametrize(
    ("text", "others", "parted", "left", "whole"),
    [
        ("5938", AS_LONG, False, 0, True),
        ("938", AS_LONG, False, 0, False),
        ("5938", AS_LONG, True, 0, False),
        ("5938", AS_LONG, False, 170, False),  # 20 px from the next
        ("5938", AS_LONG[:12], False, 0, False),
        ("5938", [*AS_LONG, *["407"] * 8], False, 0, False),
        ("93", ["40"] * 24, False, 0, False),
    ],
    ids=["as long", "shorter", "cut", "close", "few", "unlike", "short"],
)
def test_what_is_as_long_as_nearly_all_of_a_page_is_whole(
    text: str, others: Sequence[str], parted: bool, left: int, whole: bool
) -> None:
    found = crowded_one(text, others, parted=parted, left=left)
    assert found is not None
    assert (found.confidence >= REVIEW_BELOW) == whole


def test_what_may_be_two_numbers_is_not_whole_by_its_length() -> None:
    found = crowded_one("5938", AS_LONG, several=True)
    assert found is not None
    assert found.confidence < REVIEW_BELOW


@pytest.mark.parametrize(
    ("text", "digits", "whole"),
    [
        ("59381507", (4, 4), True),
        ("59381507", (5, 3), False),
        ("59381507", (8,), False),
        ("5938150", (4, 3), False),
        ("5938", (4,), True),
    ],
    ids=["as long each", "unlike", "one number", "one short", "one as long"],
)
def test_numbers_that_run_over_a_rule_are_whole_if_each_is_as_long_as_nearly_all_of_a_page(
    text: str, digits: Sequence[int], whole: bool
) -> None:
    found = crowded_one(text, AS_LONG, parted=True, overrun=True)
    assert found is not None
    assert (found.of_parts(digits).confidence >= REVIEW_BELOW) == whole
    assert whole or found.of_parts(digits).reason == "what stands beside it may be part of it"


@pytest.mark.parametrize(("pairs", "whole"), [(12, True), (2, False)])
def test_numbers_that_run_over_a_rule_tell_how_long_those_of_the_page_are(pairs: int, whole: bool) -> None:
    found = crowded_one("59381507", [*["4072"] * 12, *["40724072"] * pairs], overrun=True)
    assert found is not None
    assert (found.of_parts((4, 4)).confidence >= REVIEW_BELOW) == whole


@pytest.mark.parametrize(
    ("month", "trimmed", "crowded", "sure"),
    [("12", 0, False, True), ("13", 0, False, False), ("12", 1, False, False), ("12", 0, True, False)],
    ids=["a date", "none", "with a mark left off", "beside other ink"],
)
def test_strokes_between_the_numbers_of_a_date_are_no_ones(
    month: str, trimmed: int, crowded: bool, sure: bool
) -> None:
    read, words = list[Decoded](), list[CandidateWord]()
    for line, texts in enumerate([("24", month, "2020"), *[("23", "10", "2020")] * 5]):
        x, strokes = 0, [Box(n, 100 * line, n + 8, 100 * line + 40) for n in (54, 124)]
        for text, before, after in zip(texts, [None, *strokes], [*strokes, None], strict=True):
            one = _moved(string(text), x, 100 * line)
            read.append(one)
            words.append(replace(word_of(one), slashes=(before, after)))
            x = one.box.right + 20
    read[1], words[1] = replace(read[1], trimmed=trimmed), replace(words[1], crowded=crowded)
    verdicts = judge(words, [digits(one) for one in read], read, [SURE] * len(read), 40)
    assert all(found is not None and found.confidence >= REVIEW_BELOW for found in verdicts[3:])
    day, told, _ = verdicts[:3]
    assert day is not None and told is not None
    assert (told.confidence >= REVIEW_BELOW) == sure
    # the ink beside the month is not beside the day
    assert (day.confidence >= REVIEW_BELOW) == (sure or crowded)


def _moved(decoded: Decoded, x: int, y: int) -> Decoded:
    """The string, so many px further right and down."""

    def there(box: Box) -> Box:
        return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)

    readings = tuple(replace(reading, box=there(reading.box)) for reading in decoded.readings)
    return replace(decoded, readings=readings, box=there(decoded.box))


def test_what_is_far_lower_than_the_writing_is_a_mark() -> None:
    assert verdict(string("1"), writing_height=120) is None


def test_nothing_but_strokes_is_for_a_person() -> None:
    found = verdict(string("1111"))
    assert found.confidence <= STROKES_CONFIDENCE
    assert found.reason == "nothing but upright strokes"


def test_the_reason_names_the_doubtful_digit_and_its_rival() -> None:
    doubtful = string("407")
    weak = replace(doubtful.readings[2], confidence=0.6)
    found = verdict(replace(doubtful, readings=(*doubtful.readings[:2], weak), weakest=0.6))
    assert found.reason == "digit 3 may be 7 or 8"


def test_readers_that_differ_are_given_as_the_reason() -> None:
    found = verdict(string("4072", 0.95), Opinion(float(np.log(0.3)), False, 3.0))
    assert found is not None
    assert found.reason == "two ways of reading it differ"


@pytest.mark.parametrize(("opinion", "decoded"), [(None, string("12")), (SURE, None)])
def test_what_was_not_read_has_no_verdict(opinion: Opinion | None, decoded: Decoded | None) -> None:
    some = string("12")
    assert judge([word_of(some)], [digits(some)], [decoded], [opinion], 40) == [None]


def test_a_lone_round_ring_may_be_a_circle_to_be_filled_in() -> None:
    oval = string("0")
    box = Box(0, 0, 40, 40)
    ring = replace(oval, box=box, readings=(replace(oval.readings[0], box=box),))
    assert verdict(oval).confidence > STROKES_CONFIDENCE
    assert verdict(ring).confidence <= STROKES_CONFIDENCE
    assert verdict(ring).reason == "may be a circle to be filled in"


def ring(width: int = 36, height: int = 40) -> Decoded:
    """A 0 as wide as it is high, nearly."""
    zero, box = string("0"), Box(0, 0, width, height)
    return replace(zero, box=box, readings=(replace(zero.readings[0], box=box),))


def with_round_zero() -> Decoded:
    """70, its 0 as the ring."""
    number = string("70")
    zero = replace(number.readings[1], box=Box(30, 0, 66, 40))
    return replace(number, readings=(number.readings[0], zero), box=Box(0, 0, 66, 40))


@pytest.mark.parametrize(
    ("own", "others", "agreed", "circle"),
    [
        (ring(), KNOWN_ZEROS, True, False),
        (ring(), KNOWN_ZEROS - 1, True, True),
        (ring(), KNOWN_ZEROS, False, True),
        (ring(44, 48), KNOWN_ZEROS, True, True),
        (ring(37, 41), KNOWN_ZEROS, True, False),
    ],
)
def test_a_ring_like_the_zeros_of_other_numbers_is_a_zero(
    own: Decoded, others: int, agreed: bool, circle: bool
) -> None:
    page = [own, *[with_round_zero()] * others]
    opinions = [SURE, *[replace(SURE, agreed=agreed)] * others]
    found = judge([word_of(s) for s in page], [digits(s) for s in page], page, opinions, 40)[0]
    assert found is not None
    assert (found.reason == "may be a circle to be filled in") == circle


@pytest.mark.parametrize(
    ("digit", "own", "circle"), [("5", ring(), False), ("5", ring(54, 58), True), ("0", ring(), True)]
)
def test_a_ring_on_a_page_with_a_digit_to_a_cell_is_a_zero(digit: str, own: Decoded, circle: bool) -> None:
    page = [own, *[string(digit)] * 40]
    read = [_moved(one, 100 * (n % 6), 100 * (n // 6)) for n, one in enumerate(page)]
    found = judge([word_of(s) for s in read], [digits(s) for s in read], read, [SURE] * 41, 40)[0]
    assert found is not None
    assert (found.reason == "may be a circle to be filled in") == circle


def test_print_is_even_and_a_hand_is_not() -> None:
    even = string("4072")
    small = replace(even.readings[1], box=Box(30, 12, 50, 36))
    uneven = replace(even, readings=(even.readings[0], small, *even.readings[2:]))
    place = FEATURES.index("uneven")
    assert features(even, SURE, FREE)[place] == 0
    assert features(uneven, SURE, FREE)[place] > 0.1
    assert features(string("4"), SURE, FREE)[place] == 0


def test_a_string_is_judged_by_how_the_readers_do_on_the_others_of_its_page() -> None:
    some = [string("4072")] * 9
    differing = Opinion(float(np.log(0.5)), False, 1.0)

    def agreeing(first: Opinion, others: Opinion) -> float:
        opinions = [first, *[others] * 8]
        near = surroundings([word_of(s) for s in some], [digits(s) for s in some], some, opinions, 40)
        return near[0].agreeing

    assert agreeing(SURE, SURE) > AGREEING > agreeing(SURE, differing)
    assert agreeing(SURE, SURE) == agreeing(differing, SURE), "its own doubt counts elsewhere"
    alone = surroundings([word_of(some[0])], [digits(some[0])], some[:1], [SURE], 40)
    assert alone[0].agreeing == pytest.approx(AGREEING)


def test_a_string_of_a_column_has_mates_above_and_below() -> None:
    def moved(down: int, right: int = 0) -> Decoded:
        some = string("4072")
        by = Box(right, down, right, down)
        readings = tuple(replace(r, box=Box(*map(sum, zip(r.box, by, strict=True)))) for r in some.readings)
        return replace(some, readings=readings, box=Box(*map(sum, zip(some.box, by, strict=True))))

    def columns(strings: list[Decoded]) -> list[float]:
        near = surroundings(
            [word_of(s) for s in strings], [digits(s) for s in strings], strings, [SURE] * len(strings), 40
        )
        return [around.column for around in near]

    assert columns([moved(60 * row) for row in range(3)]) == pytest.approx([0.4] * 3)
    assert columns([moved(0), moved(60, 70), moved(120, 140)]) == [0, 0, 0], "they stand askew"
    assert columns([moved(0), moved(0, 130)]) == [0, 0], "side by side is no column"
    assert columns([moved(0), moved(2000)]) == [0, 0], "far away"


def test_a_page_on_which_the_readers_agree_on_nothing_is_for_a_person() -> None:
    some = [string("4072")] * 12
    differing = Opinion(float(np.log(0.5)), False, 1.0)

    def first(others: Opinion):
        return judge([word_of(s) for s in some], [digits(s) for s in some], some, [SURE, *[others] * 11], 40)[
            0
        ]

    assert first(SURE).reason != first(differing).reason
    assert first(differing).confidence <= STROKES_CONFIDENCE
    assert first(differing).reason == "the readers agree on hardly anything on this page"


def test_pieces_of_a_column_rule_are_no_column() -> None:
    pieces = [replace(string("1"), box=Box(0, 60 * row, 8, 60 * row + 40)) for row in range(4)]
    words = [CandidateWord((Atom(s.box, np.ones((40, 8), bool)),), s.box) for s in pieces]
    near = surroundings(words, [digits(s) for s in pieces], pieces, [SURE] * 4, 40)
    assert [around.column for around in near] == [0] * 4


def test_a_hair_of_a_rule_is_no_digit_whatever_the_readers_say() -> None:
    assert verdict(replace(string("8"), box=Box(0, 0, 2, 40))) is None
    assert verdict(replace(string("1"), box=Box(0, 0, 5, 40))) is not None


def test_a_ruled_line_parts_a_string_from_what_stands_behind_it() -> None:
    left, right = string("47"), string("47")
    right = replace(
        right,
        box=Box(60, 0, 110, 40),
        readings=tuple(replace(r, box=Box(r.box.left + 60, 0, r.box.right + 60, 40)) for r in right.readings),
    )
    words, probs = [word_of(left), word_of(right)], [digits(left), digits(right)]

    def rooms(*upright: Box) -> list[float]:
        near = surroundings(words, probs, [left, right], [SURE, SURE], 40, upright=upright)
        return [one.room for one in near if one is not None]

    assert rooms() == [0.25, 0.25]  # 10 px of 40
    assert rooms(Box(54, 0, 56, 200)) == [1.5, 1.5]
    assert rooms(Box(54, 100, 56, 200)) == [0.25, 0.25]  # it begins below
    assert rooms(Box(112, 0, 114, 200)) == [0.25, 0.25]  # it stands behind both


def test_a_row_of_round_rings_may_be_circles_to_be_filled_in() -> None:
    rings = string("000")
    wide = tuple(replace(r, box=Box(50 * n, 0, 50 * n + 36, 40)) for n, r in enumerate(rings.readings))
    found = verdict(replace(rings, readings=wide, box=Box(0, 0, 136, 40)))
    assert found is not None
    assert found.confidence <= STROKES_CONFIDENCE
    assert found.reason == "may be circles to be filled in"
    printed = verdict(rings)
    assert printed is not None and printed.confidence > STROKES_CONFIDENCE


def test_strings_that_the_readers_spell_differently_are_never_let_through() -> None:
    surest = replace(SURE, agreed=False, lead=MOST_LEAD)
    found = verdict(string("407"), surest)
    assert found is not None
    assert found.confidence <= DIFFERING_CONFIDENCE < REVIEW_BELOW


def test_a_string_with_a_glyph_left_off_is_never_let_through() -> None:
    whole, cut_short = verdict(string("156")), verdict(replace(string("156"), trimmed=1))
    assert whole is not None and cut_short is not None
    assert cut_short.confidence <= DIFFERING_CONFIDENCE < whole.confidence
    assert cut_short.reason == "what stands beside it may be part of it"


def test_upright_strokes_are_told_to_the_models() -> None:
    place = FEATURES.index("strokes")
    assert [features(string(text), SURE, FREE)[place] for text in ("111", "170", "58")] == [
        1.0,
        pytest.approx(1 / 3),
        0.0,
    ]


def test_a_sure_string_on_a_page_of_doubtful_ones_is_for_a_person() -> None:
    sure, doubtful = Verdict(0.99, ""), Verdict(0.3, "digit 1 may be 2 or 7")

    def held(page: list[Verdict | None]) -> list[Verdict | None]:
        return _held_against_page(page, [glyph(0)] * len(page), [None] * len(page))

    among_many = held([sure, None, *[doubtful] * 50])
    assert among_many[0] == Verdict(DIFFERING_CONFIDENCE, "hardly anything else on this page is sure")
    assert among_many[1:] == [None, *[doubtful] * 50]
    few = [*[sure] * 7, *[doubtful] * 50]  # as letters on their side give
    assert all(verdict != sure for verdict in held(few))
    for page in ([sure, *[doubtful] * 20], [*[sure] * 10, *[doubtful] * 50], [doubtful] * 60):
        assert held(page) == page


def test_numbers_larger_than_the_print_are_held_against_their_like() -> None:
    sure, doubtful = Verdict(0.99, ""), Verdict(0.3, "digit 1 may be 2 or 7")
    page = [*[sure] * 5, *[doubtful] * 60]
    words = [*[replace(glyph(0), usual_height=50.0)] * 5, *[glyph(0)] * 60]
    assert _held_against_page(page, words, [None] * 65) == page
    assert _held_against_page(page, [words[0]] * 65, [None] * 65) != page


@pytest.mark.parametrize(
    ("texts", "doubted"), [("1" * 20, True), ("1" * 14 + "8" * 6, True), ("1" * 9, False), ("10" * 10, False)]
)
def test_strokes_that_most_lone_digits_of_a_page_are_may_be_marks(texts: str, doubted: bool) -> None:
    page: list[Verdict | None] = [Verdict(0.99, "")] * len(texts)
    held = _held_against_page(page, [glyph(0)] * len(texts), [string(text) for text in texts])
    for text, before, after in zip(texts, page, held, strict=True):
        assert before is not None and after is not None
        assert after.confidence == (DIFFERING_CONFIDENCE if doubted and text == "1" else before.confidence)


def test_where_percent_signs_were_taken_from_numbers_others_that_end_so_are_for_a_person() -> None:
    texts = ["75", "3", "12", "44", "99", "88", "4096", "796"]
    page: list[Verdict | None] = [Verdict(0.99, "")] * len(texts)
    for known, doubted in ((6, 2), (2, 0)):
        held = _held_against_page(page, [glyph(0)] * len(texts), [string(text) for text in texts], known)
        assert [given is not None and given.confidence < 0.95 for given in held] == [False] * 6 + [
            doubted > 0
        ] * 2


def test_what_a_page_gives_to_doubt_stays_in_doubt_whatever_the_network_of_letters_says() -> None:
    texts = ["75", "3", "12", "44", "99", "88", "4096", "796"]
    page: list[Verdict | None] = [Verdict(0.99, AMONG_LETTERS, 0.9, clear=True)] * len(texts)
    *_, last = _held_against_page(page, [glyph(0)] * len(texts), [string(text) for text in texts], 6)
    assert last is not None and last.with_lettered(-9.0) == last
    assert last.confidence == DIFFERING_CONFIDENCE


@pytest.mark.parametrize(
    ("texts", "doubted"),
    [
        (["7596", "396", "1296", "4496", "996", "8896", "61"], True),
        (["7596", "396", "1296", "4496", "996", "18", "61"], False),  # too few
        (["7596", "396", "1296", "4496", "996", "8896", "1", "2", "31", "40", "5"], False),  # among others
        (["96"] * 9, False),  # nothing is in percent there
    ],
)
def test_what_most_strings_of_a_page_end_in_may_be_a_percent_sign(texts: list[str], doubted: bool) -> None:
    page: list[Verdict | None] = [Verdict(0.99, "")] * len(texts)
    held = _held_against_page(page, [glyph(0)] * len(texts), [string(text) for text in texts])
    for text, after in zip(texts, held, strict=True):
        assert after is not None
        ends = doubted and text.endswith("96")
        assert (after.reason == "what ends it may be a percent sign") == ends
        assert after.confidence == (DIFFERING_CONFIDENCE if ends else 0.99)


@pytest.mark.parametrize(
    ("lefts", "doubted"), [((60, 61, 62), True), ((60, 200, 340), False), ((60,), False)]
)
def test_a_digit_in_a_column_of_letters_may_be_one(lefts: Sequence[int], doubted: bool) -> None:
    places = [(60, 40), *((left, 120 + 80 * n) for n, left in enumerate(lefts))]
    words = [at(left, top) for left, top in places]
    page = [Verdict(0.99, ""), *[None] * len(lefts)]
    held = _held_against_page(page, words, [string("8"), *[None] * len(lefts)])
    assert held[0] is not None
    assert held[0].confidence == (DIFFERING_CONFIDENCE if doubted else 0.99)


def at(left: int, top: int) -> CandidateWord:
    box = Box(left, top, left + 24, top + 40)
    return CandidateWord((Atom(box, np.ones((40, 24), bool)),), box)


@pytest.mark.parametrize(
    ("clear", "lettered", "confidence"), [(True, -5.0, 0.9369), (True, -3.0, 0.75), (False, -5.0, 0.75)]
)
def test_among_letters_a_clear_string_that_plainly_has_none_is_surer(
    clear: bool, lettered: float, confidence: float
) -> None:
    verdict = Verdict(0.75, AMONG_LETTERS, 0.9, clear=clear).with_lettered(lettered)
    assert verdict is not None
    assert verdict.confidence == pytest.approx(confidence, abs=1e-4)


def test_a_string_in_a_line_of_print_is_surer_still_if_nothing_else_on_its_page_speaks_against_it() -> None:
    verdict = Verdict(0.5, "digit 1 is not quite clear", 0.9, in_print=True)
    surer, same = verdict.with_lettered(-5.0), verdict.with_lettered(-3.0)
    assert surer is not None and surer.confidence == pytest.approx(0.982, abs=1e-3)
    assert same == verdict
    texts = ["7596", "396", "1296", "4496", "996", "8896", "61"]
    page: list[Verdict | None] = [verdict] * len(texts)
    held = _held_against_page(page, [glyph(0)] * len(texts), [string(text) for text in texts])
    assert [given and given.in_print for given in held] == [False] * 6 + [True]  # others may be in percent


def spaced(own: Decoded, gap: int) -> Decoded:
    """The string, its digits behind the first so many px farther away."""
    first, *others = own.readings
    moved = [replace(r, box=Box(r.box.left + gap, 0, r.box.right + gap, 40)) for r in others]
    return replace(own, readings=(first, *moved), box=first.box.union(moved[-1].box))


@pytest.mark.parametrize(
    ("own", "opinion", "crowded", "clear"),
    [
        (string("147"), SURE, False, True),
        (string("147", confidence=0.8), SURE, False, False),
        (string("147"), replace(SURE, agreed=False), False, False),
        (string("147"), SURE, True, False),
        (spaced(string("3199"), 20), SURE, False, False),
    ],
)
def test_a_string_is_clear_if_nothing_but_letters_around_it_speaks_against_it(
    own: Decoded, opinion: Opinion, crowded: bool, clear: bool
) -> None:
    letters = string("777")
    of_letters = np.tile(np.eye(11, dtype=np.float32)[10], (3, 1))
    number, beside = replace(word_of(own), crowded=crowded), _moved(letters, 140, 0)
    found = judge(
        [number, word_of(beside)], [digits(own), of_letters], [own, None], [opinion, None], writing_height=40
    )
    assert found[0] is not None
    assert found[0].clear == clear


def test_a_number_that_begins_with_what_may_be_a_letter_is_for_a_person() -> None:
    found = verdict(string("03"), replace(SURE, capital=True))
    assert found is not None
    assert found.confidence < REVIEW_BELOW
    assert found.reason == "digit 1 may be a letter"
