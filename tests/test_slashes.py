"""Slashes of print: they part numbers, and are digits nowhere; strokes that may be 1s stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Page
from batchocr.network.model import load_model
from batchocr.pipeline import recognize_page
from batchocr.segmentation.segment import CandidateWord, tighten
from batchocr.segmentation.slashes import (
    FEW,
    FEWEST,
    FEWEST_ENDINGS,
    OTHERS,
    is_slash,
    without_endings,
    without_leading,
    without_slashes,
)
from tests.pictures import scanned, word_of

DIGIT = np.ones((40, 24), bool)


def slash(width: int = 18, height: int = 44, thick: int = 5) -> NDArray[np.bool_]:
    ink = np.zeros((height + 20, width + 20), np.uint8)
    cv2.line(ink, (10 + thick // 2, 10 + height), (10 + width - thick // 2, 10), 1, thick)
    return tighten(ink > 0, 0, 0)[1]


def test_a_page_of_printed_dates_is_read_in_parts() -> None:
    page = np.full((900, 1000), 235, np.uint8)
    texts = []
    for n in range(10):
        x, day, month, year = 100, f"{28 - n}", f"{62 + n}", f"{3985 + 83 * n}"
        for text in (day, "/", month, "/", year):
            cv2.putText(page, text, (x, 90 + 80 * n), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
            x += cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.6, 3)[0][0] + 4
        texts += [day, month, year]
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == texts
    assert sum(word.status == "ok" for word in words) > len(texts) / 2


def test_slashes_between_digits_part_them() -> None:
    words = [word_of(DIGIT, DIGIT, slash(), DIGIT)] * FEWEST
    parts, slashes = without_slashes(words, no_letters)
    assert [len(part.atoms) for part in parts] == [2, 1] * FEWEST
    assert len(slashes) == FEWEST
    assert not any(part.crowded for part in parts)


@pytest.mark.parametrize(("before", "behind", "doubted"), [(22, 8, True), (24, 8, False), (22, 24, False)])
def test_a_stroke_behind_letters_and_a_slash_is_for_a_person(before: int, behind: int, doubted: bool) -> None:
    unit = word_of(np.ones((40, before), bool), slash(), np.ones((40, behind), bool))  # as mg/l
    parts, _ = without_slashes([unit] * FEWEST, letters_22_px_wide)
    assert [part.crowded for part in parts] == [False, doubted] * FEWEST


def is_doubtful(word: CandidateWord) -> bool:
    """Whether a person has to look, unless it is of a date."""
    return word.crowded or any(word.slashes)


SIZES = [(20 + n, 34 + n % 4) for n in range(FEWEST)]


def by_hand(higher: float) -> list[CandidateWord]:
    """Two digits each and a stroke between them, as many times as high as others write it."""
    return [word_of(DIGIT, slash(width, round(higher * high)), DIGIT) for width, high in SIZES]


def no_letters(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.float32]:
    probs = np.zeros((len(masks), 11), np.float32)
    probs[:, 4] = 1
    return probs


def letters_22_px_wide(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.float32]:
    probs = np.zeros((len(masks), 11), np.float32)
    probs[np.arange(len(masks)), [10 if mask.shape[1] == 22 else 4 for mask in masks]] = 1
    return probs


@pytest.mark.parametrize(
    "words",
    [
        [word_of(DIGIT, slash(), DIGIT)] * (FEWEST - 1),
        [word_of(DIGIT, slash(), DIGIT[:20])] * FEWEST,  # a percent sign
        [replace(word_of(DIGIT, slash(), DIGIT), in_cells=True)] * FEWEST,
        [*by_hand(1.0), *[word_of(DIGIT, DIGIT, DIGIT)] * (len(SIZES) + 1)],  # ones of some numbers
    ],
)
def test_what_may_be_a_one_stays(words: list[CandidateWord]) -> None:
    assert without_slashes(words, no_letters) == (words, [])


def test_strokes_by_hand_as_high_as_the_digits_of_most_numbers_are_for_a_person() -> None:
    one_at_an_end = [word_of(DIGIT, slash(18, 36), DIGIT)] * FEWEST + [word_of(slash(18, 36), DIGIT)]
    for words in (by_hand(1.0), one_at_an_end):
        left, gone = without_slashes(words, no_letters)
        assert not gone
        assert [word.atoms for word in left] == [word.atoms for word in words]
        assert [word.crowded for word in left] == [len(word.atoms) > 2 for word in words]


def test_higher_strokes_of_most_numbers_part_them_whoever_wrote_them() -> None:
    labels = [word_of(DIGIT[:, :22], DIGIT[:, :22], DIGIT[:, :22])] * 20
    left, gone = without_slashes([*by_hand(1.3), *labels], letters_22_px_wide)
    assert len(gone) == len(SIZES)
    for slash_, first, second in zip(gone, left[:-20:2], left[1:-20:2], strict=True):
        assert (first.slashes, second.slashes) == ((None, slash_.box), (slash_.box, None))
    assert [len(word.atoms) for word in left] == [*[1, 1] * len(SIZES), *[3] * 20]
    assert all(is_doubtful(word) for word in left[:-20]) and not any(is_doubtful(word) for word in left[-20:])


def high_by_hand(n: int) -> CandidateWord:
    """Two digits and a slash of another length and slant each between them."""
    return word_of(DIGIT, slash(16 + n, 50 + 2 * (n % 4)), DIGIT)


HIGH = [high_by_hand(n) for n in range(2 * FEWEST)]


def test_higher_strokes_by_hand_are_cut_from_digits_that_they_touch() -> None:
    stroke = slash(20, 50)
    joined = np.zeros((len(stroke), 70), bool)
    joined[:, 22 : 22 + stroke.shape[1]] = stroke
    joined[5:45, :26] = joined[5:45, 44:] = True
    joined[24:28, 20:50] = True  # touches both
    left, gone = without_slashes([*HIGH, word_of(DIGIT, DIGIT, joined)], no_letters)
    assert len(gone) == len(HIGH) + 1
    assert [len(word.atoms) for word in left[-2:]] == [3, 1]
    assert all(is_doubtful(word) for word in left)
    assert left[-1].box.width >= 20


@pytest.mark.parametrize("other", [np.ones((50, 50), bool), np.pad(slash(20, 36), ((0, 4), (8, 8)))])
def test_ink_without_such_a_stroke_is_not_cut(other: NDArray[np.bool_]) -> None:
    last = word_of(DIGIT, DIGIT, tighten(other, 0, 0)[1])
    left, gone = without_slashes([*HIGH, last], no_letters)
    assert len(gone) == len(HIGH)
    assert left[-1] == last


def test_higher_strokes_by_hand_between_words_go_too() -> None:
    stroke = slash(20, 52)
    before, behind, alone = (
        word_of(DIGIT, DIGIT, stroke),
        word_of(DIGIT, DIGIT),
        word_of(stroke, DIGIT, DIGIT),
    )
    near = further_on(behind, before.box.width + 12)
    far = further_on(alone, 900)
    left, gone = without_slashes([*HIGH, before, near, far], no_letters)
    assert len(gone) == len(HIGH) + 1
    assert [len(word.atoms) for word in left[-3:]] == [2, 2, 3]
    assert [is_doubtful(word) for word in left[-3:]] == [True, False, False]
    assert left[-3].slashes == (None, gone[-1].box)


def test_two_higher_strokes_part_dates_plainly_if_no_other_stroke_is_as_high() -> None:
    dates = [
        word_of(DIGIT, slash(16 + n, 50 + n), DIGIT, slash(20, 54 - n), DIGIT, DIGIT) for n in range(FEWEST)
    ]
    left, gone = without_slashes(dates, no_letters)
    assert len(gone) == 2 * len(dates)
    assert not any(is_doubtful(word) for word in left)
    for last in (DIGIT, slash(20, 52)), (DIGIT[:, :10], np.ones((52, 10), bool)):
        tall = word_of(DIGIT, slash(20, 52), DIGIT, slash(20, 52), *last)
        left, _ = without_slashes([*dates, tall], no_letters)
        assert all(is_doubtful(word) for word in left[3 * len(dates) :])


def test_a_thick_pen_makes_letters_of_some_digits_of_a_number() -> None:
    dates = [*HIGH, word_of(DIGIT, DIGIT, slash(20, 52), DIGIT[:, :22])]
    left, gone = without_slashes(dates, letters_22_px_wide)
    assert len(gone) == len(dates)
    italics = word_of(DIGIT[:, :22], slash(20, 52), DIGIT[:, :22])
    left, gone = without_slashes([*HIGH, italics], letters_22_px_wide)
    assert left[-1] == italics


def test_two_strokes_in_most_numbers_part_them_and_one_beside_another_is_a_digit() -> None:
    words = [word_of(DIGIT, slash(14 + n, 42), DIGIT, slash(20 - n, 40), DIGIT) for n in range(FEWEST)]
    year = word_of(DIGIT, slash(15, 42), slash(15, 38), DIGIT, slash(15, 44), DIGIT)
    left, gone = without_slashes([*words, year], no_letters)
    assert len(gone) == 2 * len(words) + 2
    assert [len(word.atoms) for word in left] == [*[1, 1, 1] * len(words), 1, 2, 1]


def test_slashes_that_touch_or_are_lost_are_for_a_person() -> None:
    stroke = slash()
    high, wide = stroke.shape
    joined = np.zeros((high, wide + 2 * 30), bool)
    joined[:, 30 : 30 + wide] = stroke
    joined[high // 2 : high // 2 + 6] = True  # touches what stands on both sides
    touching = word_of(DIGIT, joined)
    lost = word_of(DIGIT, DIGIT, gap=wide)
    plain = word_of(DIGIT, DIGIT)
    parts, _ = without_slashes([*[word_of(DIGIT, stroke, DIGIT)] * FEWEST, touching, lost, plain], no_letters)
    assert [part.crowded for part in parts[-3:]] == [True, True, False]


def test_digits_that_stand_far_apart_on_the_whole_page_hide_no_slash() -> None:
    stroke = slash()
    apart = word_of(DIGIT, DIGIT, gap=stroke.shape[1])
    words = [*[word_of(DIGIT, stroke, DIGIT)] * FEWEST, *[apart] * FEWEST]
    parts, _ = without_slashes(words, no_letters)
    assert not any(part.crowded for part in parts)


def test_beside_digits_that_lost_their_hairlines_strokes_like_the_others_are_slashes_too() -> None:
    broken = word_of(DIGIT, slash(), DIGIT[:26])
    other = word_of(DIGIT, slash(12, 40), DIGIT[:26])  # not the page's size
    parts, _ = without_slashes([*[word_of(DIGIT, slash(), DIGIT)] * FEWEST, broken, other], no_letters)
    assert [len(part.atoms) for part in parts] == [*[1, 1] * FEWEST, 1, 1, 3]


def test_slashes_that_touch_digits_part_them_where_they_are_higher() -> None:
    stroke = slash()
    joined = np.zeros((len(stroke), 48 + stroke.shape[1] - 6), bool)
    joined[-40:, :24] = joined[-40:, -24:] = True
    joined[:, 21:-21] |= stroke
    parts, slashes = without_slashes(
        [*[word_of(DIGIT, slash(), DIGIT)] * FEWEST, word_of(joined)], no_letters
    )
    assert len(slashes) == FEWEST + 1
    assert [len(part.atoms) for part in parts[-2:]] == [1, 1]
    assert not any(part.crowded for part in parts)


def test_a_slash_that_touches_one_narrow_digit_and_is_not_cut_out_is_for_a_person() -> None:
    stroke = slash()
    high, wide = stroke.shape
    joined = np.zeros((high, wide + 16), bool)
    joined[:, :wide] = stroke
    joined[-40:, -20:] = True
    joined[:3] = np.roll(joined[:3], 9, axis=1)  # its head is bent
    touching = word_of(DIGIT, joined)
    parts, _ = without_slashes(
        [*[word_of(DIGIT, stroke, DIGIT)] * FEWEST, touching, word_of(DIGIT, DIGIT)], no_letters
    )
    assert [part.crowded for part in parts[-2:]] == [True, False]


def worth(first: NDArray[np.bool_], room: int) -> CandidateWord:
    """Two digits so many px behind a first glyph."""
    whole = word_of(first, DIGIT, DIGIT)
    moved = [
        replace(a, box=a.box._replace(left=a.box.left + room - 6, right=a.box.right + room - 6))
        for a in whole.atoms[1:]
    ]
    return whole.only([whole.atoms[0], *moved])


def touching_digit(stroke: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A slash and the digit behind it in one piece of ink."""
    joined = np.zeros((len(stroke), stroke.shape[1] + 20), bool)
    joined[:, : stroke.shape[1]] = stroke
    joined[-40:, -24:] = True
    return joined


def test_slashes_before_the_numbers_of_a_page_go() -> None:
    words = [*[worth(slash(), 12)] * FEWEST, word_of(DIGIT, DIGIT)]
    left, gone = without_leading(words)
    assert [len(word.atoms) for word in left] == [2] * (FEWEST + 1)
    assert len(gone) == FEWEST
    assert not any(is_doubtful(word) for word in left)


def test_what_was_for_a_person_stays_so_without_its_slash() -> None:
    doubtful = replace(worth(slash(18, 50), 12), crowded=True)
    left, _ = without_leading([*[worth(slash(18, 50), 12)] * FEWEST, doubtful])
    assert [word.crowded for word in left] == [False] * FEWEST + [True]


def test_a_larger_stroke_before_digits_is_a_1_by_hand_that_a_person_looks_at() -> None:
    by_hand = worth(slash(30, 70), 12)
    left, gone = without_leading([*[worth(slash(18, 50), 12)] * 2 * FEWEST, by_hand])
    assert [len(word.atoms) for word in left] == [2] * 2 * FEWEST + [3]
    assert len(gone) == 2 * FEWEST
    assert left[-1].crowded


def test_strokes_of_writing_of_another_size_tell_nothing_of_the_slashes_in_print() -> None:
    by_hand = [worth(slash(45, 110), 12), word_of(slash(45, 110))]
    left, gone = without_leading([*[worth(slash(), 12)] * FEWEST, *by_hand * 3])
    assert len(gone) == FEWEST
    assert left[FEWEST:] == by_hand * 3


def further_on(word: CandidateWord, px: int) -> CandidateWord:
    """The word so much further to the right."""
    atoms = tuple(
        replace(a, box=a.box._replace(left=a.box.left + px, right=a.box.right + px)) for a in word.atoms
    )
    return word.only(atoms)


def test_slashes_by_themselves_go_with_those_before_numbers_if_a_number_is_behind_them() -> None:
    before, alone = word_of(slash()), further_on(word_of(slash()), 400)
    behind = further_on(word_of(DIGIT, DIGIT), 50)
    words = [*[worth(slash(), 12)] * FEWEST, behind]
    left, gone = without_leading([*words, before, before])
    assert len(gone) == FEWEST + 2
    assert len(left) == len(words)
    assert without_leading([*words, alone]) == ([*words, alone], [])  # a 1 of the page that leans so


def test_slashes_by_themselves_as_high_as_the_digits_are_for_a_person() -> None:
    stroke = slash(18, 34)
    words = [*[worth(stroke, 12)] * FEWEST, further_on(word_of(DIGIT, DIGIT), 50), word_of(stroke)]
    left, gone = without_leading(words)
    assert len(gone) == FEWEST
    assert left[-1].crowded


def test_slashes_as_high_as_many_digits_are_no_1s_if_none_of_these_is() -> None:
    stroke = slash(18, 34)
    plain = [worth(stroke, 12)] * OTHERS
    left, gone = without_leading(plain)
    assert len(gone) == OTHERS
    assert not any(is_doubtful(word) for word in left)
    left, gone = without_leading([*plain, word_of(DIGIT, stroke, DIGIT)])
    assert len(gone) == OTHERS
    assert all(word.crowded for word in left[:-1])


def test_a_slash_as_near_as_the_digits_are_may_be_a_1_and_is_for_a_person() -> None:
    left, gone = without_leading([*[worth(slash(18, 42), 6)] * FEWEST, word_of(DIGIT, DIGIT)])
    assert gone == []
    assert [word.crowded for word in left] == [True] * FEWEST + [False]


@pytest.mark.parametrize(("high", "count"), [(54, FEWEST), (38, OTHERS)])
def test_none_of_many_digits_leans_so_and_much_higher_than_they_are_is_no_1(high: int, count: int) -> None:
    left, gone = without_leading([*[worth(slash(18, high), 6)] * count, word_of(DIGIT, DIGIT)])
    assert len(gone) == count
    assert not any(is_doubtful(word) for word in left)


def test_ones_by_hand_do_not_hide_how_printed_slashes_look() -> None:
    stroke = slash(18, 50)
    by_hand = [worth(slash(30, 70), 12)] * 2
    words = [*[worth(stroke, 12)] * FEW, *by_hand, *[word_of(touching_digit(stroke), DIGIT)] * 4 * FEWEST]
    left, gone = without_leading(words)
    assert len(gone) == FEW + 4 * FEWEST
    assert [word.crowded for word in left[FEW : FEW + 2]] == [True, True]


def test_slashes_are_alike_that_differ_by_a_pixel_of_the_scan() -> None:
    words = [word_of(DIGIT, slash(18 + 3 * (n % 4 == 0)), DIGIT) for n in range(4 * FEWEST)]
    parts, _ = without_slashes(words, no_letters)
    assert all(is_doubtful(part) for part in parts)  # as if written by hand
    parts, slashes = without_slashes(words, no_letters, 3.0)
    assert (len(parts), len(slashes)) == (8 * FEWEST, 4 * FEWEST)
    assert not any(part.crowded for part in parts)


def test_a_slash_that_touches_the_digit_behind_it_counts_with_those_that_do_not() -> None:
    stroke = slash(18, 50)
    touching = word_of(touching_digit(stroke), DIGIT)
    left, gone = without_leading([*[worth(stroke, 12)] * FEWEST, touching, word_of(DIGIT, DIGIT)])
    assert len(gone) == FEWEST + 1
    assert [len(word.atoms) for word in left] == [2] * (FEWEST + 2)
    assert len(without_leading([*[worth(stroke, 12)] * FEW, *[touching] * FEWEST])[1]) == FEW + FEWEST
    low = word_of(touching_digit(slash(18, 42)), DIGIT)
    assert without_leading([*[worth(slash(18, 42), 6)] * FEW, *[low] * FEWEST])[1] == []  # as near as 1s
    assert without_leading([touching] * FEWEST) == ([touching] * FEWEST, [])
    few = [*[worth(stroke, 12)] * FEW, touching]
    assert without_leading(few) == (few, [])


@pytest.mark.parametrize(
    "words",
    [
        [worth(slash(), 12)] * (FEWEST - 1),
        [worth(slash(), 12)] * FEWEST + [word_of(DIGIT, slash())],  # the 1s of the page lean so
        [worth(slash(14 + 3 * (n % 4), 34 + 6 * (n % 3)), 12) for n in range(FEWEST)],
    ],
    ids=["few", "elsewhere too", "unlike each other"],
)
def test_other_strokes_before_digits_are_1s(words: list[CandidateWord]) -> None:
    assert without_leading(words) == (words, [])


def test_the_marks_of_an_exam_are_read_without_the_slash_before_them() -> None:
    page = np.full((1000, 700), 235, np.uint8)
    texts = []
    for n in range(10):
        y, mark = 90 + 90 * n, f"{10 + n}"
        cv2.line(page, (300, y), (318, y - 38), 40, 4, cv2.LINE_AA)
        cv2.putText(page, mark, (328, y), cv2.FONT_HERSHEY_DUPLEX, 1.6, 40, 3, cv2.LINE_AA)
        texts.append(mark)
    words = recognize_page(Page(scanned(page)), load_model())
    assert [word.text for word in words] == texts


def dash(width: int = 14, height: int = 4) -> NDArray[np.bool_]:
    return np.ones((height, width), bool)


def closed(*masks: NDArray[np.bool_], raised: int = 18) -> CandidateWord:
    """A number of these glyphs and a dash behind them, so many px above its feet."""
    whole = word_of(*masks, dash())
    last = whole.atoms[-1]
    box = last.box._replace(top=last.box.top - raised, bottom=last.box.bottom - raised)
    return replace(whole, atoms=(*whole.atoms[:-1], replace(last, box=box)))


def with_dash_touching() -> CandidateWord:
    """Two digits and a slash that its dash touches, in one piece of ink."""
    stroke = slash()
    high, wide = stroke.shape
    ink = np.zeros((high, wide + 14), bool)
    ink[:, :wide] = stroke
    row = high // 2
    ink[row : row + 4, stroke[row].argmax() : wide + 14] = True
    return word_of(DIGIT, DIGIT, ink)


def test_a_dash_that_touches_its_slash_goes_with_it() -> None:
    left, gone = without_endings([with_dash_touching(), *[closed(DIGIT, DIGIT, slash())] * FEWEST_ENDINGS])
    assert len(gone) == 2 * (FEWEST_ENDINGS + 1)
    assert [len(word.atoms) for word in left] == [2] * (FEWEST_ENDINGS + 1)
    assert not any(is_doubtful(word) for word in left)


def test_a_slash_that_touches_the_last_digit_goes_with_the_dash_behind_it() -> None:
    stroke = slash(18, 50)
    wide = stroke.shape[1]
    joined = np.zeros((len(stroke), 22 + wide), bool)
    joined[:, 22:] = stroke
    joined[-40:, :22] = True
    joined[-24:-20, 20:34] = True
    words = [*[closed(DIGIT, DIGIT, stroke)] * FEWEST_ENDINGS, closed(DIGIT, joined)]
    left, gone = without_endings(words)
    assert len(gone) == 2 * len(words)
    assert [len(word.atoms) for word in left] == [2] * len(words)
    assert [word.crowded for word in left] == [*[False] * FEWEST_ENDINGS, True]
    alike = [closed(DIGIT, joined)] * 9  # of themselves they tell nothing
    assert without_endings(alike) == (alike, [])


def test_a_4_keeps_its_arm() -> None:
    four = np.zeros((40, 34), bool)
    four[:, 20:25] = four[24:28] = four[:28, 2:6] = True
    words = [*[closed(DIGIT, DIGIT, slash())] * FEWEST_ENDINGS, word_of(DIGIT, DIGIT, four)]
    left, _ = without_endings(words)
    assert left[-1] == words[-1]


def test_a_slash_and_a_dash_that_close_the_amounts_of_a_page_go() -> None:
    slashed, plain = closed(DIGIT, DIGIT, slash()), closed(DIGIT, DIGIT, DIGIT)
    words = [*[slashed] * FEWEST_ENDINGS, plain, closed(DIGIT), word_of(DIGIT, slash())]
    left, gone = without_endings(words)
    assert [len(word.atoms) for word in left] == [*[2] * FEWEST_ENDINGS, 4, 2, 2]
    assert gone == list(slashed.atoms[2:]) * FEWEST_ENDINGS
    # the slash of the plain ones may touch the last digit
    assert [word.crowded for word in left] == [*[False] * FEWEST_ENDINGS, True, True, False]


@pytest.mark.parametrize(
    "words",
    [
        [closed(DIGIT, slash())] * (FEWEST_ENDINGS - 1),
        [closed(DIGIT, slash())] * FEWEST_ENDINGS
        + [closed(DIGIT, DIGIT)] * (FEWEST_ENDINGS + 1),  # amounts end in 1
    ],
    ids=["few", "among others"],
)
def test_where_it_may_be_a_1_before_a_dash_a_person_has_to_look(words: list[CandidateWord]) -> None:
    left, gone = without_endings(words)
    assert not gone
    assert [word.atoms for word in left] == [word.atoms for word in words]
    assert [word.crowded for word in left] == [word == words[0] for word in words]


@pytest.mark.parametrize(
    "word",
    [
        closed(DIGIT, slash(), raised=0),  # an underscore
        closed(slash()),
        word_of(DIGIT, slash(), dash(4, 4)),
        replace(closed(DIGIT, slash()), in_cells=True),
    ],
    ids=["low", "a stroke alone", "a point", "in boxes"],
)
def test_what_else_ends_in_a_stroke_stays(word: CandidateWord) -> None:
    assert without_endings([word] * FEWEST_ENDINGS) == ([word] * FEWEST_ENDINGS, [])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (((30, 0), (0, 60)), True),
        (((20, 0), (0, 60)), True),
        (((0, 0), (0, 60)), False),  # an upright 1
        (((0, 0), (30, 60)), False),  # a backslash
        (((0, 0), (30, 0), (10, 60)), False),  # a 7
        (((10, 20), (30, 0), (10, 60)), False),  # a 1 with a flag
        (((30, 0), (0, 40), (40, 40)), False),
    ],
)
def test_the_shape_of_a_slash(points: tuple[tuple[int, int], ...], expected: bool) -> None:
    ink = np.zeros((90, 90), np.uint8)
    cv2.polylines(ink, [np.array(points, np.int32) + 15], False, 1, 6)
    assert is_slash(tighten(ink > 0, 0, 0)[1]) is expected


@pytest.mark.parametrize("hangs", [0, 6])
def test_a_slash_as_high_as_digits_beside_one_that_hangs_is_seen(hangs: int) -> None:
    stroke = slash(18, 33)  # 40 px high
    high, wide = stroke.shape
    joined = np.zeros((high + hangs, wide + 22), bool)
    joined[:high, :wide] = stroke
    joined[hangs:, -24:] = True
    touching = word_of(DIGIT, joined)
    parts, _ = without_slashes(
        [*[word_of(DIGIT, stroke, DIGIT)] * FEWEST, touching, word_of(DIGIT, DIGIT)], no_letters
    )
    assert [part.crowded for part in parts[-2:]] == [True, False]
