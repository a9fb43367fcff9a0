"""The story on whole pages: the samples, an empty page, common batches, and pages with another network."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from batchocr import pipeline
from batchocr.elements import Box, GlyphImages, Grey, Page, Predict, Probs
from batchocr.imaging.rules import Rules
from batchocr.network.model import load_model
from batchocr.network.slider import STRIDE
from batchocr.pages import load_page
from batchocr.pipeline import LARGE_PAGE, recognize_page, recognize_together
from batchocr.segmentation.segment import Atom, CandidateWord, Segmentation
from batchocr.strip import Strip
from tests.pictures import blank_page

PAGES = Path(__file__).parents[1] / "samples" / "pages"


def never_a_digit(images: GlyphImages) -> Probs:
    probs = np.zeros((len(images), 11), np.float32)
    probs[:, 10] = 1
    return probs


def test_an_empty_page_is_ordinary() -> None:
    assert recognize_page(Page(blank_page()), never_a_digit) == []
    assert recognize_page(Page(np.zeros((0, 0), np.uint8)), never_a_digit) == []


def hears_nothing(strips: Sequence[Strip]) -> list[Probs]:
    steps = [np.zeros((-(-strip.shape[1] // STRIDE), 11), np.float32) for strip in strips]
    for of_strip in steps:
        of_strip[:, 10] = 1
    return steps


def test_networks_that_see_no_digits_give_no_rows() -> None:
    assert recognize_page(load_page(PAGES / "rows.png"), never_a_digit, slide=hears_nothing) == []


def test_what_one_network_sees_alone_is_for_a_person() -> None:
    words = recognize_page(load_page(PAGES / "rows.png"), never_a_digit)
    assert all(word.status == "review" for word in words)


def lines_of(texts: Sequence[str]) -> Grey:
    """A page with one number a line, printed 40 px high."""
    page = Image.new("L", (900, 160 * len(texts) + 120), 255)
    for n, text in enumerate(texts):
        ImageDraw.Draw(page).text((300, 80 + 160 * n), text, 20, ImageFont.load_default(56))
    return np.asarray(page, np.uint8)


def test_numbers_in_brackets_are_rows() -> None:
    written = ["(217)", "[85]", "(3)", "(4096)", "2750"]
    words = recognize_page(Page(lines_of(written)), load_model())
    assert [word.text for word in words] == ["217", "85", "3", "4096", "2750"]


def test_numbers_whose_digits_are_all_in_pieces_are_rows() -> None:
    written = ["2088", "3596", "82250", "6083"]
    page = lines_of(written).copy()
    _, _, boxes, _ = cv2.connectedComponentsWithStats((page < 128).view(np.uint8))
    for left, top, width, height, _ in boxes[1:].tolist():  # a stencil's bridge in each digit
        middle = left + width // 2
        page[top : top + height, middle - 2 : middle + 3] = 255
    words = recognize_page(Page(page), load_model())
    assert [len(word.text) for word in words] == [len(text) for text in written]


def test_a_word_most_of_which_is_in_pieces_is_no_word_of_letters() -> None:
    def word(*boxes: tuple[int, int, int, int]) -> CandidateWord:
        atoms = [Atom(Box(*box), np.ones((box[3] - box[1], box[2] - box[0]), bool)) for box in boxes]
        return CandidateWord(tuple(atoms), Box(0, 0, 200, 40))

    letters = np.zeros((6, 11), np.float32)
    letters[:, 10] = 1.0  # each atom by itself
    heads, feet = [[(x, y, x + 15, y + 18) for x in (0, 30, 60)] for y in (0, 22)]

    def may_be(*boxes: tuple[int, int, int, int]) -> bool:
        whole, probs = word(*boxes), letters[: len(boxes)]
        return pipeline._may_be_number(whole, probs, pipeline._plain_letters(whole, probs), 8.0)

    assert may_be(*heads, *feet)
    whole = [(x, 0, x + 30, 40) for x in range(0, 240, 40)]
    assert not may_be(*whole)
    assert not may_be(*whole[:4], *[(x, 0, x + 30, 18) for x in (160, 200)])


def test_pairs_that_touch_are_looked_at_though_by_themselves_they_look_like_letters() -> None:
    page = np.full((460, 900), 255, np.uint8)
    page[80:120, 300:306] = page[80:120, 316:322] = page[98:102, 306:316] = 0  # 11, like an H
    for x, digits in ((300, "13"), (348, "86")):  # 1386
        of_digits = lines_of([digits])[60:140, 280:400].copy()
        places = np.flatnonzero((of_digits < 128).any(axis=0))
        narrow = cv2.resize(of_digits[:, places[0] : places[-1] + 1], (38, 80), interpolation=cv2.INTER_AREA)
        narrow[56:60, 8:36] = 0
        page[200:280, x : x + 38] = np.minimum(page[200:280, x : x + 38], narrow)
    asked = []

    def listening(strips: Sequence[Strip]) -> list[Probs]:
        asked.append(len(strips))
        return hears_nothing(strips)

    recognize_page(Page(page), never_a_digit, slide=listening)
    assert asked[0] == 2


def test_words_of_letters_are_no_rows() -> None:
    assert recognize_page(Page(lines_of(["Received", "with thanks", "Yours", "Remarks"])), load_model()) == []


def test_a_number_behind_a_word_with_little_space_is_a_row() -> None:
    page = lines_of(["27", "38", "45", "60"]).copy()
    for n, word in enumerate(["Question", "Exercise", "Problem", "Chapter"]):
        line = lines_of([""] * n + [word])[:, :560]
        left = (
            int(np.flatnonzero((line < 128).any(axis=0))[-1]) - 290
        )  # its last letter ends 10 px before the number
        page[: len(line), : 560 - left] = np.minimum(page[: len(line), : 560 - left], line[:, left:])
    words = recognize_page(Page(page), load_model())
    assert [word.text for word in words] == ["27", "38", "45", "60"]


def test_common_batches_read_as_single_pages_do() -> None:
    pages = [load_page(PAGES / name) for name in ("exam-form.png", "skewed.jpg")]
    predict = load_model()
    assert recognize_together(pages, predict) == [recognize_page(page, predict) for page in pages]


def test_rows_of_numbers_are_read_and_boxes_lie_on_the_page() -> None:
    page = load_page(PAGES / "skewed.jpg")
    words = recognize_page(page, load_model())
    height, width = page.image.shape
    assert len(words) >= 30
    for word in words:
        assert 0 <= word.box.left < word.box.right <= width
        assert 0 <= word.box.top < word.box.bottom <= height
        assert 0 <= word.confidence <= 1
        assert (word.status == "review") == bool(word.message)
        assert word.text == "".join(reading.text for reading in word.readings)


def test_a_large_page_of_small_writing_reads_as_it_does_at_its_size() -> None:
    image = load_page(PAGES / "meter-table.jpg").image
    small = np.asarray(cv2.resize(image, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA), np.uint8)
    assert small.size >= LARGE_PAGE
    wanted = {
        word.text: word.box for word in recognize_page(Page(image), load_model()) if word.status == "ok"
    }
    found = {word.text: word.box for word in recognize_page(Page(small), load_model())}
    assert len(wanted) >= 50
    both = wanted.keys() & found.keys()
    assert len(both) >= 0.95 * len(wanted)
    near = [all(abs(a - 0.55 * b) <= 3 for a, b in zip(found[t], wanted[t], strict=True)) for t in both]
    assert sum(near) >= 0.95 * len(wanted)


def test_review_below_moves_words_not_readings() -> None:
    page = load_page(PAGES / "rows.png")
    strict = recognize_page(page, load_model(), review_below=1.0)
    lax = recognize_page(page, load_model(), review_below=0.0)
    assert [w.text for w in strict] == [w.text for w in lax]
    assert {w.status for w in strict} == {"review"}
    assert {w.status for w in lax} == {"ok"}


def test_words_of_letters_are_not_put_before_the_second_reader() -> None:
    page = blank_page()
    cv2.putText(page, "1 2 3 4 5 6", (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 0, 3)
    cv2.putText(page, "7 8 9 1 2 3", (60, 200), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 0, 3)
    shown: list[int] = []

    def slide(strips: Sequence[Strip]) -> list[Probs]:
        shown.append(len(strips))
        return [np.full((-(-strip.shape[1] // 4), 11), 1 / 11, np.float32) for strip in strips]

    def every_other(doubt: float) -> Predict:
        def predict(images: GlyphImages) -> Probs:
            probs = np.zeros((len(images), 11), np.float32)
            probs[:, 3] = 1
            probs[::2, 3], probs[::2, 10] = 1 - doubt, doubt
            return probs

        return predict

    recognize_page(Page(page), every_other(0.5), slide=slide)
    assert shown[0] == 2
    shown.clear()
    recognize_page(Page(page), every_other(0.9999), slide=slide)
    assert shown[0] == 0


@pytest.mark.parametrize("quarters", [0, 1])
def test_a_huge_page_is_read_at_half_its_size_if_its_writing_is_high(
    monkeypatch: pytest.MonkeyPatch, quarters: int
) -> None:
    page = np.full((1101, 901), 230, np.uint8)
    for n, text in enumerate(["35902", "27486", "60352", "48577", "92036"]):
        cv2.putText(page, text, (90, 180 + 200 * n), cv2.FONT_HERSHEY_DUPLEX, 4.0, 40, 8, cv2.LINE_AA)
    turned = np.ascontiguousarray(np.rot90(page, quarters))
    whole = recognize_page(Page(turned), load_model())
    monkeypatch.setattr(pipeline, "HUGE_PAGE", 300_000)
    sizes = []
    monkeypatch.setattr(pipeline, "find_combs", lambda grey, height, **_: sizes.append(grey.size) or [])
    halved = recognize_page(Page(turned), load_model())
    assert min(sizes) < 300_000 and max(sizes) < page.size / 3
    assert [word.text for word in halved] == [word.text for word in whole]
    assert len(whole) == 5
    for one, other in zip(whole, halved, strict=True):
        assert np.abs(np.subtract(one.box, other.box)).max() <= 6


@pytest.mark.parametrize(("blur", "at_half"), [(0.0, False), (2.8, True)])
def test_a_soft_page_of_high_writing_is_read_at_half_its_size(
    monkeypatch: pytest.MonkeyPatch, blur: float, at_half: bool
) -> None:
    page = np.full((1101, 901), 230, np.uint8)
    for n, text in enumerate(["35902", "27486", "60352", "48577", "92036"]):
        cv2.putText(page, text, (90, 180 + 200 * n), cv2.FONT_HERSHEY_DUPLEX, 4.0, 40, 5, cv2.LINE_AA)
    if blur:
        page = cv2.GaussianBlur(page, (0, 0), blur).astype(np.uint8)
    monkeypatch.setattr(pipeline, "LARGE_PAGE", 900_000)
    sizes = []
    monkeypatch.setattr(pipeline, "find_combs", lambda grey, height, **_: sizes.append(grey.size) or [])
    found = recognize_page(Page(page), load_model())
    assert [word.text for word in found] == ["35902", "27486", "60352", "48577", "92036"]
    assert (max(sizes) < page.size / 3) == at_half
    assert found[0].box.left > 60 and found[-1].box.right > 450, "px of the page as it is"


@pytest.mark.parametrize(
    ("size", "large", "at_half"), [(2.4, 240_000, True), (2.4, 900_000, False), (1.3, 240_000, False)]
)
def test_a_large_soft_page_is_read_at_half_its_size_if_its_strokes_are_sharp_for_their_height(
    monkeypatch: pytest.MonkeyPatch, size: float, large: int, at_half: bool
) -> None:
    page = np.full((1101, 901), 230, np.uint8)
    for n, text in enumerate(["35902", "27486", "60352", "48577", "92036"]):
        cv2.putText(page, text, (90, 180 + 200 * n), cv2.FONT_HERSHEY_DUPLEX, size, 40, 4, cv2.LINE_AA)
    page = cv2.GaussianBlur(page, (0, 0), 2.2).astype(np.uint8)
    monkeypatch.setattr(pipeline, "LARGE_PAGE", large)
    halved, before = [], pipeline.halved
    monkeypatch.setattr(pipeline, "halved", lambda grey: halved.append(grey) or before(grey))
    found = recognize_page(Page(page), load_model())
    assert [word.text for word in found] == ["35902", "27486", "60352", "48577", "92036"]
    assert bool(halved) == at_half
    assert found[0].box.left > 60, "px of the page as it is"


def test_a_huge_page_of_small_writing_is_read_at_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(lines_of(["35902", "27486", "60352"]))
    whole = recognize_page(page, load_model())
    monkeypatch.setattr(pipeline, "HUGE_PAGE", 300_000)
    assert page.image.size > 300_000
    assert recognize_page(page, load_model()) == whole


@pytest.mark.parametrize(("letters", "asked"), [(2, True), (8, False)])
def test_a_lone_glyph_like_a_letter_is_asked_about_among_few_letters_and_is_for_a_person(
    letters: int, asked: bool
) -> None:
    words = []
    for n in range(20):
        box = Box(100 * n, 0, 100 * n + 34, 40)
        words.append(CandidateWord((Atom(box, np.ones((40, 34), bool)),), box))
    probs = [np.zeros((1, 11), np.float32) for _ in words]
    for n, of_word in enumerate(probs):
        of_word[0, 10 if n < letters else 3] = 1.0
    segmentation = Segmentation(tuple(words), 40.0, Rules(np.zeros((60, 2100), bool), (), ()))
    sheet = pipeline._Sheet(segmentation, np.full((60, 2100), 230, np.uint8), 1.0, None, (60, 2100))
    (found,), _, may_be = pipeline._without_labels([sheet], probs)
    assert may_be == [asked] * letters + [True] * (20 - letters)
    assert [word.crowded for word in found.segmentation.words] == [asked] * letters + [False] * (20 - letters)
