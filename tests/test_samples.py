"""The sample pages are what their README and truth table say, and the generator gives the same again."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from conftest import load_script
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "samples" / "pages"
COLUMNS = ["source", "page", "field", "left", "top", "right", "bottom", "text"]
LEAST_CONTRAST = 40  # grey levels between the ink in a box and its paper; the pencil has about 70
LARGEST_FOLDER = 6_000_000  # bytes


make_samples = load_script("make_samples")


@lru_cache(maxsize=1)
def truth() -> list[dict[str, str]]:
    with (ROOT / "samples" / "truth.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows_of(source: str, page: int) -> list[dict[str, str]]:
    return [row for row in truth() if row["source"] == source and row["page"] == str(page)]


def box(row: dict[str, str]) -> tuple[int, int, int, int]:
    return int(row["left"]), int(row["top"]), int(row["right"]), int(row["bottom"])


def frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Each page as grey pixels, (H, W) uint8."""
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            yield np.asarray(image.convert("L"))


def test_truth_has_its_columns_and_no_number_twice() -> None:
    assert list(truth()[0]) == COLUMNS
    names = [(row["source"], row["page"], row["field"]) for row in truth()]
    assert len(names) == len(set(names)) > 500
    assert all(re.fullmatch(r"\d+(\.\d)?", row["text"]) for row in truth())


def test_files_are_exactly_those_the_script_makes() -> None:
    files = {path.name for path in PAGES.iterdir()}
    assert files == set(make_samples.PAGES)
    assert {row["source"] for row in truth()} == files - {"letter.jpg"}
    assert sum(path.stat().st_size for path in PAGES.iterdir()) < LARGEST_FOLDER


def test_readme_names_every_file_and_font() -> None:
    text = (ROOT / "samples" / "README.md").read_text(encoding="utf-8")
    writers = (getattr(make_samples, name) for name in dir(make_samples) if name.isupper())
    fonts = {w.font for w in writers if isinstance(w, make_samples.Writer) and w.font}
    printed = {make_samples.TYPEWRITER, make_samples.SERIF, make_samples.SANS}
    assert not {name for name in {*make_samples.PAGES, *fonts, *printed} if f"`{name}`" not in text}


@pytest.mark.parametrize("source", sorted(set(make_samples.PAGES) - {"delivery-notes.pdf"}))
def test_boxes_lie_on_the_page_around_ink(source: str) -> None:
    for page, grey in enumerate(frames(PAGES / source), 1):
        for row in rows_of(source, page):
            left, top, right, bottom = box(row)
            assert 0 <= left < right <= grey.shape[1] and 0 <= top < bottom <= grey.shape[0], row
            low, paper, high = np.percentile(grey[top:bottom, left:right], (3, 50, 97))
            assert max(paper - low, high - paper) >= LEAST_CONTRAST, row


def test_centres_of_other_numbers_stay_out_of_a_box() -> None:
    """The scorer gives a word to the box that holds its centre."""
    for row in truth():
        left, top, right, bottom = box(row)
        for other in rows_of(row["source"], int(row["page"])):
            x, y = (box(other)[0] + box(other)[2]) / 2, (box(other)[1] + box(other)[3]) / 2
            assert other is row or not (left <= x <= right and top <= y <= bottom), (row, other)


def test_fax_has_three_group_4_pages() -> None:
    with Image.open(PAGES / "parcels.tif") as image:
        assert getattr(image, "n_frames", 1) == 3
        for number in range(3):
            image.seek(number)
            assert (image.mode, image.info["compression"], image.info["dpi"]) == ("1", "group4", (300, 300))


def test_pdf_holds_a_jpeg_a_page() -> None:
    raw = (PAGES / "delivery-notes.pdf").read_bytes()
    assert raw.count(b"/DCTDecode") == raw.count(b"/Type /Page\n") == 2
    assert {row["page"] for row in truth() if row["source"] == "delivery-notes.pdf"} == {"1", "2"}


def test_microfilm_is_light_on_dark() -> None:
    grey = next(frames(PAGES / "microfilm.jpg"))
    assert np.median(grey) < 100 < np.percentile(grey, 99)


def sheet(seed: int) -> NDArray[np.float32]:
    """Some stroke-drawn digits; needs no fonts."""
    page = make_samples.Sheet((70.0, 16.0), 150, np.random.default_rng(seed), Path("none"))
    page.write("0123456789", 4, 12, 6, make_samples.ANNA, name="all")
    return np.asarray(page.ink)


def test_same_seed_gives_the_same_bytes() -> None:
    assert sheet(3).tobytes() == sheet(3).tobytes()
    assert sheet(3).tobytes() != sheet(4).tobytes()


def test_scan_of_the_same_sheet_is_the_same() -> None:
    def pixels() -> bytes:
        page = make_samples.Sheet((40.0, 16.0), 150, np.random.default_rng(8), Path("none"))
        page.write("407", 4, 12, 6, make_samples.BORIS, name="n")
        return bytes(make_samples.scanned(page, make_samples.Scan()).grey.tobytes())

    assert pixels() == pixels()


@pytest.mark.parametrize("digit", "0123456789")
def test_stroke_digit_stands_on_its_baseline(digit: str) -> None:
    writer = make_samples.Writer(bend=0.0)
    glyph = make_samples.draw_strokes(digit, 60.0, writer, np.random.default_rng(1))
    assert glyph.ink.dtype == np.float32 and glyph.ink.max() > 0.6
    assert 50 <= glyph.ink.shape[0] <= 75
    assert abs(glyph.top + glyph.ink.shape[0]) <= 8  # the lower edge, from the baseline


def test_truth_box_follows_a_turned_page() -> None:
    """A number in the corner of a turned page moves by centimetres; its box must go with it."""
    page = make_samples.Sheet((150.0, 150.0), 100, np.random.default_rng(2), Path("none"))
    page.write("88", 120, 20, 8, make_samples.BORIS, name="n")
    still = make_samples.Scan(angle=5.0, dust=0, gutter=0.0, through=0.0)
    shot = make_samples.scanned(page, still)
    rows, columns = np.nonzero(shot.grey[60:540, 60:540] < 110)
    left, top, right, bottom = make_samples.box_of(shot.truth[0], (590, 590))
    assert left <= columns.min() + 60 and columns.max() + 60 < right
    assert top <= rows.min() + 60 and rows.max() + 60 < bottom


def test_missing_fonts_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"fetch_fonts\.py"):
        make_samples.font_file(tmp_path, "mynerve")
