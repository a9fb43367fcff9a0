"""Binarising, skew and ruled lines on drawn pages."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchocr.elements import Box
from batchocr.imaging.binarize import (
    binarize,
    is_light_on_dark,
    is_two_tone,
    noise_of,
    relief,
    texture_of,
)
from batchocr.imaging.bits import packed, thickened, unpacked, upright_runs
from batchocr.imaging.deskew import skew_degrees, straighten
from batchocr.imaging.labels import label, label_areas
from batchocr.imaging.levels import percentiles
from batchocr.imaging.rules import Rules, remove_rules
from batchocr.imaging.strokes import without_strokes
from tests.pictures import blank_page, ink


def strokes(page: np.ndarray, tone: int) -> np.ndarray:
    """Numbers written on a page with OpenCV's plotter font; answers where."""
    before = page.copy()
    for row in range(60, page.shape[0] - 20, 60):
        cv2.putText(page, "0 471 2853", (40, row), cv2.FONT_HERSHEY_SIMPLEX, 1.4, tone, 3)
    return page != before


def overlap(found: np.ndarray, drawn: np.ndarray) -> float:
    """Intersection over union of two masks."""
    return float((found & drawn).sum() / (found | drawn).sum())


def test_two_tone_page_is_split_exactly() -> None:
    drawn = ink("..##..", ".#..#.", "......", "......", "......")
    page = np.where(drawn, 0, 255).astype(np.uint8)
    assert np.array_equal(binarize(page), drawn)
    assert np.array_equal(binarize(255 - page), drawn)


def test_a_page_of_bright_paper_with_little_pale_writing_on_it_is_not_two_tone() -> None:
    page = np.full((1200, 1200), 245, np.uint8)
    drawn = strokes(page[:200], 150)
    page[-20:] = 0  # the edge of the scanner: both black and white occur
    assert drawn.mean() < 0.1
    assert not is_two_tone(page)
    assert overlap(binarize(page)[:200], drawn) > 0.8


@pytest.mark.parametrize("times", [0.5, 2, 3])
def test_black_and_white_is_two_tone_however_it_was_resized(times: float) -> None:
    page = np.full((1200, 1200), 255, np.uint8)
    strokes(page[:100], 0)
    resized = cv2.resize(
        page, None, fx=times, fy=times, interpolation=cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC
    )
    assert is_two_tone(np.asarray(resized, np.uint8))


@pytest.mark.parametrize(("paper", "tone"), [(230, 40), (230, 170), (30, 220), (60, 130)])
def test_even_paper_dark_or_light_writing(paper: int, tone: int) -> None:
    page = blank_page(paper=paper)
    drawn = strokes(page, tone)
    assert not is_two_tone(page)
    assert is_light_on_dark(page) == (tone > paper)
    assert overlap(binarize(page), drawn) > 0.85  # drawn holds the faintest antialiasing


def test_uneven_paper_keeps_faint_and_dark_writing() -> None:
    page = blank_page()
    drawn = strokes(page[:, :300], 60)
    faint = strokes(page[:, 300:], 180)
    shade = np.linspace(1.0, 0.45, page.shape[1])
    noise = np.random.default_rng(0).normal(0, 1.5, page.shape)
    shaded = np.clip(page * shade + noise, 0, 255).astype(np.uint8)
    found = binarize(shaded)
    assert overlap(found[:, :300], drawn) > 0.8
    assert overlap(found[:, 300:], faint) > 0.7


def test_a_stroke_that_goes_on_faintly_is_followed_and_faint_marks_by_themselves_are_not() -> None:
    page = blank_page()
    page[78:83, 60:140] = np.linspace(30, 165, 80)  # a pen that runs dry
    page[158:163, 60:140] = 30
    page[158:163, 150:180] = 165  # show-through beside a stroke, joined to nothing
    found = binarize(page)
    assert found[80, 60:140].all()
    assert found[160, 60:140].all()
    assert not found[158:163, 145:185].any()


def test_the_blurred_edge_of_a_dark_stroke_stays_paper() -> None:
    page = blank_page()
    cv2.line(page, (100, 40), (100, 260), 20, 9)
    found = binarize(cv2.GaussianBlur(page, (0, 0), 4))
    assert 7 <= found[150].sum() <= 14


def fibres(deviation: float, shape: tuple[int, int]) -> np.ndarray:
    """Texture of rough paper, (H, W) grey levels of that standard deviation, a few px from one fibre to the next."""
    grain = np.random.default_rng(4).normal(0, 1, shape)
    soft = cv2.GaussianBlur(grain, (0, 0), 3.0)
    return soft * deviation / soft.std()


@pytest.mark.parametrize("deviation", [5, 8])
def test_the_texture_of_rough_paper_is_no_ink_though_its_pixels_are_alike(deviation: float) -> None:
    page = blank_page(900, 1000)
    drawn = strokes(page, 60)
    rough = (page + fibres(deviation, page.shape)).clip(0, 255).astype(np.uint8)
    assert noise_of(rough) < 0.5 * deviation
    assert 0.8 * deviation < relief(rough).noise < 2 * deviation
    found = binarize(rough)
    assert overlap(found, drawn) > 0.8
    near = cv2.dilate(drawn.view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.count_nonzero(found & ~near) <= 1e-4 * page.size


def test_what_is_not_everywhere_on_a_page_is_no_texture() -> None:
    half, print_, small = blank_page(900, 1000), blank_page(900, 1000), blank_page(200, 300)
    half[:450] = (half[:450] + fibres(8, (450, 1000))).clip(0, 255).astype(np.uint8)
    strokes(print_, 60)
    small[:] = (small + fibres(8, small.shape)).clip(0, 255).astype(np.uint8)
    for page in (half, print_, small):
        assert texture_of(relief(page, light_ink=False).depth) <= 1.0


def test_paper_noise_is_not_ink() -> None:
    noise = np.random.default_rng(1).normal(200, 6, (500, 500))
    assert binarize(noise.astype(np.uint8)).mean() < 1e-3


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 255), st.integers(1, 40), st.integers(1, 40))
def test_a_page_of_one_tone_has_no_ink(tone: int, height: int, width: int) -> None:
    assert not binarize(np.full((height, width), tone, np.uint8)).any()


def test_no_pixels_no_ink() -> None:
    assert binarize(np.zeros((0, 0), np.uint8)).shape == (0, 0)


@pytest.mark.parametrize("degrees", [-18.0, -7.0, -2.5, 3.0, 8.0, 16.0])
def test_skew_is_found_and_undone(degrees: float) -> None:
    page = blank_page(900, 1200)
    strokes(page, 20)
    turned, _ = straighten(page, -degrees)
    found = skew_degrees(binarize(turned))
    assert abs(found - degrees) <= 0.4
    level, turn = straighten(turned, found)
    assert abs(skew_degrees(binarize(level))) <= 0.4
    spot = np.full((900, 1200), 255, np.uint8)
    spot[300:330, 500:540] = 0
    moved, turn = straighten(spot, degrees)
    rows, columns = np.nonzero(moved < 128)
    box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    (corners,) = turn.boxes_back(np.array([box], np.float64))
    back = Box(*corners.astype(int).tolist())
    assert back.left <= 502 and back.top <= 302 and back.right >= 538 and back.bottom >= 328
    more = abs(np.sin(np.radians(2 * degrees)))  # boxes around turned boxes grow
    assert back.width < 40 + 30 * more + 6 and back.height < 30 + 40 * more + 6


def test_level_page_is_not_turned() -> None:
    page = blank_page(900, 1200)
    strokes(page, 20)
    assert abs(skew_degrees(binarize(page))) < 0.3


def framed(page: np.ndarray) -> np.ndarray:
    """The page's ink in components larger than a frame: (H, W) uint8 0 or 255."""
    labels, stats = label(page.view(np.uint8))
    large = np.concatenate([[False], np.maximum(stats[:, 2], stats[:, 3]) > 120])
    return large[labels].astype(np.uint8) * np.uint8(255)


def test_box_goes_and_the_stroke_across_it_stays() -> None:
    page = np.zeros((200, 400), np.uint8)
    cv2.rectangle(page, (20, 40), (380, 150), 1, 4)
    bare = page.astype(bool)
    cv2.line(page, (200, 80), (190, 190), 1, 5)  # a 7's stem through the lower edge
    stem = page.astype(bool) & ~bare
    found = remove_rules(page.astype(bool), framed(page.astype(bool)), 40)
    assert (found.ink & stem).sum() > 0.9 * stem.sum()
    labels, stats = label(found.ink.view(np.uint8))
    tallest = stats[np.argmax(stats[:, 3])]
    assert tallest[3] >= 105  # still one stroke from end to end
    assert (bare & found.ink).sum() < 0.06 * bare.sum()
    assert len(found.horizontal) == 2
    assert len(found.vertical) == 2


def test_narrow_cells_lose_their_sides_and_keep_a_one() -> None:
    page = np.zeros((160, 700), np.uint8)
    for left in range(20, 660, 80):
        cv2.rectangle(page, (left, 30), (left + 80, 130), 1, 3)
    cv2.line(page, (140, 45), (140, 115), 1, 6)  # a 1 that touches nothing
    found = remove_rules(page.astype(bool), framed(page.astype(bool)), 70)
    labels, stats = label(found.ink.view(np.uint8))
    tall = stats[stats[:, 3] > 40]
    assert len(tall) == 1
    assert tall[0][0] in range(135, 140)


def boxed(draw: Callable[[np.ndarray], object]) -> tuple[np.ndarray, np.ndarray, Rules]:
    """A box with something written, the ink of that alone, beside the box, and what is left without rules."""
    box, written = np.zeros((2, 200, 400), np.uint8)
    cv2.rectangle(box, (40, 40), (360, 140), 1, 6)
    draw(written)
    page = (box | written).astype(bool)
    return page, written.astype(bool) & ~box.astype(bool), remove_rules(page, framed(page), 40)


@pytest.mark.parametrize("lean", [0, 4])
def test_a_one_written_on_the_side_of_its_box_stays(lean: int) -> None:
    page, one, found = boxed(lambda on: cv2.line(on, (44, 64), (47 + lean, 128), 1, 7))
    assert (found.ink & one).sum() >= 0.8 * one.sum()
    assert (len(found.horizontal), len(found.vertical)) == (2, 2)
    assert found.ink.sum() - (found.ink & one).sum() < 0.06 * page.sum()


@pytest.mark.parametrize("bow", [4, 7])
def test_a_bowed_stroke_from_side_to_side_of_a_box_is_no_side(bow: int) -> None:
    rows = np.linspace(38, 142, 27)
    columns = 200 + bow * np.sin((rows - 38) * np.pi / 104)
    places = np.stack([columns, rows], axis=1).round().astype(np.int32)
    _, stroke, found = boxed(lambda on: cv2.polylines(on, [places], False, 1, 8))
    assert (found.ink & stroke).sum() >= 0.95 * stroke.sum()
    assert (len(found.horizontal), len(found.vertical)) == (2, 2)


def test_a_digit_on_the_corner_of_a_box_hides_no_side() -> None:
    _, zero, found = boxed(lambda on: cv2.ellipse(on, (58, 124), (18, 40), 30, 0, 360, 1, 6))
    assert (found.ink & zero).sum() >= 0.85 * zero.sum()
    assert (len(found.horizontal), len(found.vertical)) == (2, 2)
    assert not found.ink[45:80, 36:45].any()


def test_sides_that_meet_are_no_strokes_along_each_other() -> None:
    own = np.zeros((60, 300), bool)
    own[10:16] = own[40:46, 100:] = True
    ink = own.copy()
    assert without_strokes(own, ink, 6.0, 20.0, 160) is own
    own[16:24, 120:180] = True
    kept = without_strokes(own[:30], own[:30], 6.0, 20.0, 300)
    assert kept[10:16].all() and not kept[18:24].any()


def test_a_rule_that_goes_on_beyond_a_small_picture_goes_and_a_one_as_high_as_the_picture_stays() -> None:
    """Cut out of a form, a field's rule is no longer than the field."""
    page = np.zeros((60, 140), np.uint8)
    cv2.line(page, (70, 0), (70, 59), 1, 5)  # a 1
    cv2.line(page, (0, 40), (139, 40), 1, 2)
    found = remove_rules(page.astype(bool), page * 255, 50)
    assert len(found.horizontal) == 1
    assert not found.vertical
    assert found.ink[5:55, 69:72].all()
    assert not found.ink[38:43, :60].any()

    page[:, 120:] = 0  # now it ends before the picture does: a dash, or a 7's bar
    assert not remove_rules(page.astype(bool), page * 255, 50).horizontal


@pytest.mark.parametrize(("pen", "row", "kept"), [(2, 100, False), (8, 100, True), (2, 120, True)])
def test_a_thin_rule_goes_on_over_the_writing_that_breaks_it(pen: int, row: int, kept: bool) -> None:
    """Its pieces between digits go, down to a quarter of a digit's height; strokes thicker than it stay, and what is not on it."""
    page = np.zeros((200, 900), np.uint8)
    cv2.line(page, (500, 100), (899, 100), 1, 2)
    cv2.line(page, (20, 100), (80, 100), 1, 2)  # shorter than a rule
    cv2.line(page, (200, row), (230, row), 1, pen)
    for x in (200, 230):
        cv2.line(page, (x, 60), (x, 140), 1, 8)
    page[20:180, 899] = 1  # the writing is one thing with the page's edge
    found = remove_rules(page.astype(bool), page * 255, 40)
    assert not found.ink[95:105, 25:75].any()
    assert found.ink[row - 1 : row + 1, 206:224].all() == kept
    assert found.ink[62:138, 199:202].all() and found.ink[62:138, 229:232].all()


def test_page_without_frames_is_left_alone() -> None:
    page = ink("..#..", "..#..", "..#..")
    found = remove_rules(page, np.zeros(page.shape, np.uint8), 3)
    assert np.array_equal(found.ink, page)
    assert found.horizontal == found.vertical == ()


def test_more_components_than_16_bits_count() -> None:
    dots = np.zeros((600, 600), np.uint8)
    dots[::2, ::2] = 1
    labels, stats = label(dots)
    assert len(stats) == 90_000
    assert labels.max() == 90_000


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 256), st.integers(0, 2**32 - 1))
def test_percentiles_are_those_of_sorting(height: int, width: int, tones: int, seed: int) -> None:
    grey = np.random.default_rng(seed).integers(0, tones, (height, width), np.uint8)
    assert np.allclose(percentiles(grey, 0, 1, 80, 99, 100), np.percentile(grey, (0, 1, 80, 99, 100)))


def test_only_regions_that_lost_ink_are_named() -> None:
    page = np.zeros((300, 900), np.uint8)
    cv2.rectangle(page, (20, 40), (420, 140), 1, 3)
    page[100:260, 600:780] = 1  # a blot is no rule
    found = remove_rules(
        page.astype(bool),
        page * 255,
        40,
        boxes=np.array([[18, 38, 423, 143], [600, 100, 780, 260]], np.int32),
    )
    assert len(found.regions) == 1
    assert found.regions[0].left < 20 and found.regions[0].right > 420
    assert not found.ink[35:45, 100:350].any()
    assert found.ink[100:260, 600:780].all()


def test_labels_count_boxes_and_areas_as_opencv_does() -> None:
    rng = np.random.default_rng(3)
    for shape, share in (
        ((90, 700), 0.3),
        ((300, 401), 0.2),
        ((401, 300), 0.02),
        ((300, 300), 0.9),
        ((260, 1), 0.5),
    ):
        picture = (rng.random(shape) < share).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(picture, connectivity=8)
        found, own = label(picture)
        assert (found == labels).all()
        assert (own == stats[1:]).all()
        found, areas = label_areas(picture)
        assert (found == labels).all()
        assert areas.tolist() == np.bincount(labels.ravel(), minlength=len(stats)).tolist()


def test_more_components_than_16_bits_number_are_all_labelled() -> None:
    picture = np.zeros((600, 600), np.uint8)
    picture[::2, ::2] = 1
    labels, stats = label(picture)
    assert len(stats) == labels.max() == 90_000
    assert (stats[:, 2:] == 1).all()
    assert label_areas(picture)[1][1:].tolist() == [1] * 90_000


@pytest.mark.parametrize("run", [1, 2, 3, 12, 41])
def test_strokes_found_eight_columns_at_once_are_those_that_opencv_finds(run: int) -> None:
    rng = np.random.default_rng(run)
    for width in (run + 1, 64, 131):
        noise = cv2.blur(rng.random((90, width)), (3, 9))
        ink = np.asarray(noise > 0.45, np.uint8)
        spread = cv2.dilate(ink, np.ones((1, 3), np.uint8))
        wanted = cv2.morphologyEx(spread, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8))
        found = upright_runs(thickened(packed(ink)), run)
        assert wanted.any() and np.array_equal(unpacked(found, 0, width), wanted)
        assert np.array_equal(unpacked(found, width // 3, width - 2), wanted[:, width // 3 : width - 2])
