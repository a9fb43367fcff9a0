"""Print much smaller than a page's writing."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box, Grey, Page
from batchocr.imaging.binarize import relief
from batchocr.imaging.deskew import straighten
from batchocr.imaging.rules import Rules
from batchocr.network.model import load_model
from batchocr.pipeline import read_strings, recognize_page
from batchocr.reviewed import find_word
from batchocr.segmentation.fine import fine_print
from batchocr.segmentation.segment import Atom, CandidateWord, Segmentation
from batchocr.segmentation.small_print import in_rows
from tests.pictures import blank_page, scanned, stroke_digit, write

HAND, PRINT = 54, 11  # px high


def written(page: Grey, digits: str, at: tuple[int, int], high: int, rng: np.random.Generator) -> None:
    """Digits on a page, their left and top there."""
    x, y = at
    for digit in map(int, digits):
        ink = stroke_digit(digit, rng, high, 8)
        write(page, ink, (x, y), 40, 230)
        x += ink.shape[1] + max(2, high // 9)


def answer_sheet(lines: int = 12) -> tuple[Grey, list[str]]:
    """A page of numbers in small print, a large one by hand behind each two, in a box; and all of them, line by line."""
    rng = np.random.default_rng(11)
    page, numbers = blank_page(60 + 90 * lines, 700), list[str]()
    for n in range(lines):
        question, most = (str(int(rng.integers(10, 100))) for _ in range(2))
        mark = "".join(str(int(d)) for d in rng.choice([2, 3, 4, 5, 6, 7, 8, 9], 2))
        top = 40 + 90 * n
        written(page, question, (60, top + 30), PRINT, rng)
        written(page, most, (220, top + 30), PRINT, rng)
        cv2.rectangle(page, (380, top - 10), (560, top + 66), 90, 2)
        written(page, mark, (410, top), HAND, rng)
        numbers += [question, most, mark]
    return scanned(page), numbers


def test_small_print_beside_large_writing_is_read() -> None:
    page, numbers = answer_sheet()
    words = recognize_page(Page(page), load_model())
    assert sum(word.text == number for word, number in zip(words, numbers, strict=True)) >= 34
    print_ = [word for word in words if word.box.height < 20]
    assert len(print_) == 24
    assert sum(word.status == "ok" for word in print_) >= 16
    assert {(word.line, word.word) for word in words} == {(n, m) for n in range(1, 13) for m in (1, 2, 3)}


def test_small_print_in_printed_circles_is_read_and_they_are_no_zeros() -> None:
    rng = np.random.default_rng(7)
    page, numbers = blank_page(1200, 700), list[str]()
    for n in range(12):
        printed, mark = str(int(rng.integers(24, 98))), "".join(map(str, rng.integers(2, 9, 2)))
        top = 40 + 95 * n
        cv2.circle(page, (70, top + 27), 17, 90, 2, cv2.LINE_AA)
        written(page, printed, (60, top + 22), PRINT, rng)
        written(page, mark, (410, top), HAND, rng)
        numbers += [printed, mark]
    found = [word.text for word in recognize_page(Page(scanned(page)), load_model())]
    assert len(found) == len(numbers)
    assert sum(one == other for one, other in zip(found, numbers, strict=True)) >= 20


def test_places_of_small_print_are_those_on_a_page_that_is_turned_level() -> None:
    page, _ = answer_sheet()
    level = [word for word in recognize_page(Page(page), load_model()) if word.box.height < 20]
    askew, turn = straighten(page, -1.5)
    found = [word for word in recognize_page(Page(askew), load_model()) if word.box.height < 24]
    assert len(found) == len(level)
    back = turn.boxes_back(np.array([word.box for word in found], np.float64))
    for word, box in zip(level, back.tolist(), strict=True):
        assert np.abs(np.array(word.box) - box).max() <= 8


def on_a_desk(page: Grey) -> Grey:
    desk = np.full((page.shape[0] + 260, page.shape[1] + 300), 40, np.uint8)
    desk[130:-130, 150:-150] = page
    return desk


@pytest.mark.parametrize(
    "seen",
    [
        lambda page: 255 - page,
        lambda page: np.where(page > 190, 255, 0).astype(np.uint8),
        lambda page: np.ascontiguousarray(np.rot90(page)),
        on_a_desk,
    ],
    ids=["light on dark", "black and white", "on its side", "on a dark desk"],
)
def test_small_print_is_read_however_the_page_was_scanned(seen: Callable[[Grey], Grey]) -> None:
    page, numbers = answer_sheet()
    words = {word.text for word in recognize_page(Page(seen(page)), load_model())}
    assert len(words & set(numbers)) >= 0.9 * len(set(numbers))


def test_what_is_reviewed_of_small_print_is_found_again() -> None:
    page, _ = answer_sheet()
    words = recognize_page(Page(page), load_model())
    strings = read_strings(Page(page), load_model())
    for word in words:
        found = find_word(strings, word.box)
        assert found is not None
        part, n = found
        assert (part is strings.fine) == (word.box.height < 20)
        string = part.strings[n]
        assert string is not None
        assert string.text == word.text
    assert find_word(strings, Box(600, 5, 640, 20)) is None


def test_a_page_without_small_digits_is_read_once() -> None:
    page, _ = answer_sheet()
    for n in range(12):
        page[60 + 90 * n : 90 + 90 * n, :370] = 230
        cv2.putText(
            page,
            "all the bills of this",
            (60, 80 + 90 * n),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.45,
            60,
            1,
            cv2.LINE_AA,
        )
    assert read_strings(Page(page), load_model()).fine is None


# the picture of it --------------------------------------------------------------------------------------


def atom(page: Grey, box: Box) -> Atom:
    """What is inked there."""
    return Atom(box, page[box.top : box.bottom, box.left : box.right] < 150)


def by_width(masks: object) -> NDArray[np.float32]:
    """Of a network: a 5 is what is 8 px wide."""
    assert isinstance(masks, list)
    probs = np.zeros((len(masks), 11), np.float32)
    probs[:, 10] = 1
    for n, mask in enumerate(masks):
        if mask.shape[1] == 8:
            probs[n] = 0
            probs[n, 5] = 1
    return probs


def small_and_large(count: int, *, step: int = 12) -> tuple[Grey, Segmentation]:
    """A page with a large digit and so many small ones, one every so many px."""
    page = blank_page(200, 600)
    large = Box(20, 20, 60, 80)
    small = [Box(100 + step * n, 60, 108 + step * n, 74) for n in range(count)]
    for box in (large, *small):
        page[box.top : box.bottom, box.left : box.right] = 60
    words = [CandidateWord((atom(page, box),), box) for box in (large, *small)]
    return page, Segmentation(tuple(words), 60.0, Rules(page < 150, (), ()))


def test_small_print_is_left_alone_on_its_page() -> None:
    page, segmentation = small_and_large(8)
    found = fine_print(page, relief(page), segmentation, (), by_width, grain=1.0)
    assert found is not None
    assert found.height == 14
    assert (found.grey[20:80, 20:60] > 200).all()
    assert (found.grey[60:74, 100:108] == 60).all()
    assert (page[20:80, 20:60] == 60).all()


@pytest.mark.parametrize(("count", "step", "grain"), [(5, 12, 1.0), (5, 40, 1.0), (8, 12, 2.0)])
def test_there_is_none_of_few_digits_or_of_too_few_px(count: int, step: int, grain: float) -> None:
    page, segmentation = small_and_large(count, step=step)
    assert fine_print(page, relief(page), segmentation, (), by_width, grain=grain) is None


@pytest.mark.parametrize(("apart", "is_read"), [(12, True), (60, False)])
def test_numbers_are_found_among_many_words_where_their_digits_stand_side_by_side(
    apart: int, is_read: bool
) -> None:
    page, segmentation = blank_page(400, 1000), list[CandidateWord]()
    digits = [Box(20 + 80 * n + at, 20, 28 + 80 * n + at, 34) for n in range(6) for at in (0, apart)]
    letters = [
        Box(20 + 10 * n, 60 + 30 * row, 26 + 10 * n, 74 + 30 * row) for row in range(4) for n in range(40)
    ]
    # a letter between digits that stand apart, so that they are in rows too
    letters += [Box(box.left + 12, 20, box.left + 18, 34) for box in digits if apart > 30]
    for box in (Box(20, 220, 60, 280), *digits, *letters):
        page[box.top : box.bottom, box.left : box.right] = 60
        segmentation.append(CandidateWord((atom(page, box),), box))
    whole = Segmentation(tuple(segmentation), 60.0, Rules(page < 150, (), ()))
    found = fine_print(page, relief(page), whole, (), by_width, grain=1.0)
    assert (found is not None) == is_read


def test_digits_that_stand_alone_are_of_it_too() -> None:
    page, segmentation = small_and_large(8, step=40)

    def in_turn(masks: object) -> NDArray[np.float32]:
        probs = by_width(masks)
        kinds = 2 + np.arange(len(probs)) % 8
        probs[np.arange(len(probs)), kinds] = probs[:, 5]
        probs[kinds != 5, 5] = 0
        return probs

    assert fine_print(page, relief(page), segmentation, (), in_turn, grain=1.0) is not None
    # all of one kind, as the crossings of a table's rules
    assert fine_print(page, relief(page), segmentation, (), by_width, grain=1.0) is None


def test_signs_taken_out_of_the_writing_are_none_of_it() -> None:
    page, segmentation = small_and_large(8)
    slash = Box(112, 40, 114, 80)
    page[slash.top : slash.bottom, slash.left : slash.right] = 60
    segmentation.rules.ink[page < 150] = True
    found = fine_print(page, relief(page), segmentation, (atom(page, slash),), by_width, grain=1.0)
    assert found is not None
    assert (found.grey[42:56, 112:114] > 200).all()


def test_narrow_marks_are_of_it_where_they_stand_beside_its_digits() -> None:
    page, segmentation = small_and_large(8)
    beside, alone = Box(198, 60, 202, 74), Box(400, 120, 404, 134)
    for box in (beside, alone):
        page[box.top : box.bottom, box.left : box.right] = 60
    chips = (atom(page, beside), atom(page, alone))
    segmentation = Segmentation(segmentation.words, 60.0, Rules(page < 150, (), ()), chips)
    found = fine_print(page, relief(page), segmentation, (), by_width, grain=1.0)
    assert found is not None
    assert (found.grey[60:74, 198:202] == 60).all()
    assert (found.grey[120:134, 400:404] > 200).all()


def test_marks_stand_in_a_row_with_the_next_that_is_as_high() -> None:
    boxes = np.array(
        [[0, 0, 8, 20], [14, 1, 20, 19], [60, 0, 68, 20], [74, 14, 78, 20], [70, 40, 78, 60]], np.int32
    )
    assert in_rows(boxes).tolist() == [True, True, False, False, False]
    assert in_rows(boxes[:0]).tolist() == []
