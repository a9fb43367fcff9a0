"""What is no writing and looks like it: barcodes, QR codes, bubbles, rings around numbers."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from batchocr.elements import Box
from batchocr.segmentation.bubbles import bubbles, holes
from batchocr.segmentation.codes import barcodes, qr_codes
from batchocr.segmentation.components import Components, find_components
from batchocr.segmentation.ringed import find_rings, rim_of
from batchocr.segmentation.segment import CandidateWord, find_writing, segment

Drawn = NDArray[np.uint8]  # ink 255


def paper(height: int = 400, width: int = 800) -> Drawn:
    return np.zeros((height, width), np.uint8)


def written(picture: Drawn, text: str, at: tuple[int, int], size: float = 1.0) -> None:
    """Digits about 22 px high times the size, their lower left corner at a place, px."""
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 2)


def with_barcode(picture: Drawn, top: int = 50, height: int = 80, module: int = 3) -> Box:
    """A row of bars of one to four modules, as in Code 128."""
    rng, x = np.random.default_rng(1), 60
    for wide, gap in rng.integers(1, 5, (30, 2)).tolist():
        picture[top : top + height, x : x + wide * module] = 255
        x += (wide + gap) * module
    return Box(60, top, x, top + height)


def with_bubbles(picture: Drawn, *, filled: int, label: str = "", rows: int = 4) -> list[Box]:
    """Rows of five circles, some filled in, the others labelled or empty."""
    boxes = []
    for n in range(5 * rows):
        x, y = 300 + 60 * (n % 5), 60 + 70 * (n // 5)
        cv2.circle(picture, (x, y), 18, 255, cv2.FILLED if n % 5 == 2 and n // 5 < filled else 2)
        if label and not (n % 5 == 2 and n // 5 < filled):
            cv2.putText(picture, label, (x - 6, y + 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
        boxes.append(Box(x - 18, y - 18, x + 19, y + 19))
    return boxes


def found_in(picture: Drawn) -> Components:
    return find_components(picture > 127)


def inside(components: Components, chosen: NDArray[np.bool_], box: Box) -> bool:
    left, top, right, bottom = components.boxes[chosen].T
    return bool(((left >= box.left - 1) & (right <= box.right + 1) & (top >= box.top - 1)).all())


def test_the_bars_of_a_barcode_are_no_writing_and_do_not_tell_its_height() -> None:
    page = paper()
    written(page, "4711", (60, 250))
    (plain,) = segment(page > 127).words
    height = segment(page > 127).writing_height
    with_barcode(page)
    components = found_in(page)
    assert np.count_nonzero(barcodes(components)) == 30
    (word,) = segment(page > 127).words
    assert word.box == plain.box
    assert segment(page > 127).writing_height == height


@pytest.mark.parametrize("gap", [9, 14, 22])
def test_ones_in_a_row_are_no_barcode(gap: int) -> None:
    page = paper()
    for x in range(60, 60 + 20 * (gap + 4), gap + 4):
        page[100:130, x : x + 4] = 255
    assert not barcodes(found_in(page)).any()


def test_a_row_of_lines_of_one_width_is_no_barcode() -> None:
    page = paper()
    for x in range(60, 260, 10):
        page[100:180, x : x + 4] = 255
    assert not barcodes(found_in(page)).any()


@pytest.mark.parametrize("turned", [0, 1, 2])
@pytest.mark.parametrize("module", [3, 6])
def test_a_qr_code_is_dropped_whole_and_nothing_beside_it(module: int, turned: int) -> None:
    code = cv2.QRCodeEncoder.create().encode("a form, and its number 0815")
    code = np.rot90(
        255 - cv2.resize(code, None, fx=module, fy=module, interpolation=cv2.INTER_NEAREST), turned
    )
    page = paper(500, 800)
    page[40 : 40 + len(code), 40 : 40 + len(code)] = code
    written(page, "90680", (500, 100))
    components = found_in(page)
    dropped = qr_codes(components)
    assert np.array_equal(dropped, components.boxes[:, 0] < 40 + len(code))
    assert not dropped.all()


def test_squares_in_boxes_that_lie_in_a_row_are_no_qr_code() -> None:
    page = paper()
    for x in (40, 200, 360):  # a marked check box each
        page[100:142, x : x + 42] = 255
        page[106:136, x + 6 : x + 36] = 0
        page[112:130, x + 12 : x + 30] = 255
    assert not qr_codes(found_in(page)).any()


@pytest.mark.parametrize("times", [2, 3])
def test_bubbles_of_a_scan_in_black_and_white_that_was_enlarged_are_some_too(times: int) -> None:
    page = paper()
    with_bubbles(page, filled=3)
    rough = cv2.GaussianBlur(page, (0, 0), 1.0) + np.random.default_rng(3).normal(0, 20, page.shape)
    black = np.where(rough > 127, 255, 0).astype(np.uint8)
    large = np.asarray(cv2.resize(black, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8)
    assert np.count_nonzero(bubbles(found_in(large))) >= 20


@pytest.mark.parametrize("label", ["", "A"])
def test_bubbles_of_which_some_are_filled_in_are_no_zeros(label: str) -> None:
    page = paper()
    boxes = with_bubbles(page, filled=3, label=label)
    for row in range(4):
        written(page, str(row + 1), (100, 70 + 70 * row))
    components = found_in(page)
    dropped = bubbles(components)
    assert np.array_equal(dropped, components.boxes[:, 0] >= boxes[0].left - 1)
    assert [len(word.atoms) for word in segment(page > 127).words] == [1, 1, 1, 1]


@pytest.mark.parametrize("upright", [True, False])
def test_holes_along_the_edge_of_a_sheet_are_no_zeros(upright: bool) -> None:
    page = paper()
    for n in range(6):
        place = (20, 30 + 50 * n) if upright else (60 + 50 * n, 20)
        cv2.circle(page, place, 11, 255, cv2.FILLED)
    for row in range(4):
        written(page, str(row + 1), (100, 90 + 70 * row))
    components = found_in(page)
    edge = components.boxes[:, 0 if upright else 1] < 35
    assert np.array_equal(holes(components), edge)
    assert [len(word.atoms) for word in segment(page > 127).words] == [1, 1, 1, 1]


def test_points_and_discs_that_do_not_lie_in_a_row_are_no_holes() -> None:
    page = paper()
    for n in range(8):
        written(page, "7", (100, 40 + 40 * n))
        cv2.circle(page, (140, 36 + 40 * n), 4, 255, cv2.FILLED)  # points of a column of numbers
        cv2.circle(page, (200 + 29 * n, 30 + (67 * n) % 250), 11, 255, cv2.FILLED)
    assert not holes(found_in(page)).any()


def test_circles_in_which_numbers_are_written_keep_them() -> None:
    page = paper()
    with_bubbles(page, filled=0, label="7")
    assert not bubbles(found_in(page)).any()


@pytest.mark.parametrize(("high", "are"), [(22, False), (12, True)], ids=["digits", "labels"])
def test_filled_circles_among_such_that_hold_digits_are_no_bubbles(high: int, are: bool) -> None:
    """A blot, or a 6 as wide as its ring, fills one too."""
    page = paper()
    with_bubbles(page, filled=2)
    for n in range(20):
        x, y = 300 + 60 * (n % 5), 60 + 70 * (n // 5)
        cv2.line(page, (x, y - high // 2), (x - 3, y + high // 2), 255, 3)
    assert bubbles(found_in(page)).any() == are


@pytest.mark.parametrize(("text", "are"), [("47", False), ("4", True)], ids=["numbers", "labels"])
def test_printed_numbers_in_circles_are_no_labels_of_bubbles(text: str, are: bool) -> None:
    """A thick 0 by hand is as a bubble that is filled in."""
    page = paper()
    with_bubbles(page, filled=1)
    for n in range(20):
        x, y = 300 + 60 * (n % 5), 60 + 70 * (n // 5)
        cv2.putText(page, text, (x - 5 * len(text), y + 5), cv2.FONT_HERSHEY_PLAIN, 0.9, 255, 1)
    assert bubbles(found_in(page)).any() == are


def test_round_zeros_of_numbers_are_no_bubbles_whatever_else_is_on_the_page() -> None:
    page = paper()
    for n in range(20):
        x, y = 100 + 120 * (n % 5), 60 + 70 * (n // 5)
        cv2.circle(page, (x, y), 18, 255, 2)
        cv2.rectangle(page, (x + 23, y - 18), (x + 27, y + 18), 255, cv2.FILLED)  # 01
        if n < 4:
            cv2.circle(page, (x, y), 18, 255, cv2.FILLED)
    assert not bubbles(found_in(page)).any()


def test_a_thousand_points_of_a_table_are_no_bubbles() -> None:
    page = paper()
    for x in range(20, 780, 30):
        for y in range(20, 380, 40):
            cv2.circle(page, (x, y), 5, 255, cv2.FILLED)
    assert not bubbles(found_in(page)).any()


def ring_around(text: str, *, wide: int = 60, angle: float = 0.0) -> Drawn:
    picture = with_others()
    written(picture, text, (90, 90))
    cv2.ellipse(picture, (127, 80), (wide, 32), angle, 0, 360, 255, 3)
    return picture


def with_others() -> Drawn:
    """A page whose writing is 22 px high."""
    picture = paper()
    for x in range(300, 780, 90):
        written(picture, "46", (x, 300))
    return picture


def first_word(picture: Drawn) -> CandidateWord:
    return min(segment(picture > 127).words, key=lambda word: word.box.top)


@pytest.mark.parametrize("angle", [0.0, 8.0])
def test_a_ring_around_a_number_is_taken_away(angle: float) -> None:
    page = ring_around("25", angle=angle)
    alone = with_others()
    written(alone, "25", (90, 90))
    word, plain = first_word(page), first_word(alone)
    assert word.box == plain.box
    assert [atom.box for atom in word.atoms] == [atom.box for atom in plain.atoms]


def test_a_ring_that_touches_its_number_leaves_it() -> None:
    page = ring_around("2500", wide=39)  # its ends lie on the ring
    alone = with_others()
    written(alone, "2500", (90, 90))
    assert len(found_in(page)) == len(found_in(alone))
    word, plain = first_word(page), first_word(alone)
    assert len(word.atoms) >= 4
    assert np.abs(np.subtract(word.box, plain.box)).max() <= 2


@pytest.mark.parametrize(
    ("begins", "ends"), [(10, 345), (0, 372)], ids=["a gap", "ends that pass each other"]
)
def test_a_ring_whose_ends_do_not_meet_is_taken_away_whole(begins: int, ends: int) -> None:
    page, alone = with_others(), with_others()
    for picture in (page, alone):
        written(picture, "25", (90, 90))
    turns = np.radians(np.arange(begins, ends))
    wider = 1 + 0.15 * (turns / (2 * np.pi))  # so that it does not run into itself
    curve = np.column_stack([110 + 42 * wider * np.cos(turns), 80 + 27 * wider * np.sin(turns)])
    cv2.polylines(page, [curve.round().astype(np.int32)], False, 255, 3)
    assert first_word(page).box == first_word(alone).box
    assert len(segment(page > 127).words) == len(segment(alone > 127).words)


def test_a_printed_circle_around_small_print_is_taken_away_beside_large_writing() -> None:
    page = with_others()
    cv2.circle(page, (99, 81), 20, 255, 2)
    dotted = page.copy()
    cv2.putText(page, "7", (91, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    cv2.circle(dotted, (99, 81), 5, 255, -1)  # as some write into their zeros
    assert len(find_rings(found_in(page), 45.0)) == 1
    assert not find_rings(found_in(dotted), 45.0)


@pytest.mark.parametrize(("height", "is_ring"), [(28.0, True), (34.0, False)])
def test_a_ring_a_third_higher_than_the_writing_leaves_the_digit_that_touches_it(
    height: float, is_ring: bool
) -> None:
    page = with_others()
    written(page, "4", (90, 90))
    cv2.ellipse(page, (99, 79), (16, 17), 0, 0, 360, 255, 2)
    cv2.line(page, (99, 79), (115, 79), 255, 2)  # its bar goes as far as the ring
    assert bool(find_rings(found_in(page), height)) == is_ring


@pytest.mark.parametrize(
    ("size", "holds", "is_ring"), [(17, True, True), (17, False, False), (9, True, False)]
)
def test_a_circle_lower_than_the_writing_is_a_ring_around_print(
    size: int, holds: bool, is_ring: bool
) -> None:
    page = paper()
    cv2.circle(page, (100, 100), size, 255, 2)
    if holds:
        for x in (96, 104):
            cv2.line(page, (x, 100 - size // 3), (x, 100 + size // 3), 255, 2)
    assert bool(find_rings(found_in(page), 50.0)) == is_ring


def test_a_large_zero_is_no_ring_though_it_looks_like_one() -> None:
    page = with_others()
    cv2.ellipse(page, (80, 80), (30, 40), 0, 0, 360, 255, 4)
    components = found_in(page)
    (zero,) = np.flatnonzero(components.boxes[:, 0] < 100)
    assert rim_of(components.mask(int(zero)), 22.0) is not None
    assert not find_rings(components, 22.0)


def test_the_thick_sides_of_a_zero_are_no_number_in_a_ring() -> None:
    page = with_others()
    cv2.ellipse(page, (80, 80), (24, 30), 0, 0, 360, 255, cv2.FILLED)
    cv2.ellipse(page, (80, 80), (13, 28), 0, 0, 360, 0, cv2.FILLED)
    components = found_in(page)
    (zero,) = np.flatnonzero(components.boxes[:, 0] < 100)
    rim = rim_of(components.mask(int(zero)), 22.0)
    assert rim is not None
    assert (components.mask(int(zero)) & ~rim).any(axis=1).sum() > 22  # as high as a digit
    assert not find_rings(components, 22.0)


@pytest.mark.parametrize("digit", "123456789")
def test_other_digits_do_not_look_like_rings(digit: str) -> None:
    page = paper()
    cv2.putText(page, digit, (40, 160), cv2.FONT_HERSHEY_SIMPLEX, 5, 255, 6)
    assert rim_of(found_in(page).mask(0), 50.0) is None


def test_a_page_of_bars_alone_has_no_writing() -> None:
    page = paper()
    with_barcode(page)
    assert find_writing(page > 127).height == 0.0


@pytest.mark.parametrize(("middle", "crowded"), [(218, True), (260, False)])
def test_a_number_that_a_blot_may_cover_in_part_is_crowded(middle: int, crowded: bool) -> None:
    page = with_others()
    written(page, "8424", (40, 90))
    cv2.circle(page, (middle, 85), 100, 255, cv2.FILLED)
    word = min(segment(page > 127).words, key=lambda word: word.box.left)
    assert (word.box.left, word.crowded) == (41, crowded)
