"""Pages from files: which files, which way up, how grey, and what happens to files that lie."""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from batchocr.elements import Page, PageFailure
from batchocr.errors import InputError, PageError, UsageError
from batchocr.pages import MAX_PIXELS, Limits, iter_pages, load_page
from batchocr.sources import SUFFIXES, Source, expand_stdin, find_sources

REAL = Path(__file__).parents[2] / "shared" / "data"
real_data = pytest.mark.skipif(not REAL.is_dir(), reason="the real scans lie beside the checkout only")

SLOW = {
    "hugemono.pdf",
    "enormous.pdf",
}  # 6 s and 600 MB; test_a_huge_pdf_page_is_rendered_smaller is their twin


def real_names(folder: str) -> list[str]:
    return sorted(path.name for path in (REAL / folder).glob("*") if path.name not in SLOW)


# An L is itself in no other orientation: which way up it came is plain. (3, 2) pixels, 0 is ink.
ELL = np.array([[0, 255], [0, 255], [0, 0]], np.uint8)


def drawn(text: str) -> np.ndarray:
    """(H, W) uint8 from rows of `.` paper and `#` ink."""
    return np.array([[0 if sign == "#" else 255 for sign in row] for row in text.split()], np.uint8)


def big_ell() -> np.ndarray:
    """The L at 16 pixels a pixel, so that JPEG does not blur it away. (48, 32) uint8."""
    return np.kron(ELL, np.ones((16, 16), np.uint8))


def source(path: Path) -> Source:
    return Source(path.name, path)


def pages(path: Path, limits: Limits | None = None) -> list[Page | PageFailure]:
    return list(iter_pages(source(path), limits or Limits()))


def failure(path: Path, limits: Limits | None = None) -> PageFailure:
    """The one failure that a file must end as."""
    (item,) = pages(path, limits)
    assert isinstance(item, PageFailure)
    assert item.source == path.name
    return item


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 2), 255).save(path, "PNG")


def names(inputs: list[str]) -> list[str]:
    return [found.given for found in find_sources(inputs)[0]]


# --- which files ----------------------------------------------------------------------------------------


def test_folder_is_walked_in_natural_order(tmp_path: Path) -> None:
    touch(tmp_path, "page10.png", "page2.png", "Page1.png", "box3/b.png", "box3/a.png", "box20/c.png")
    folder = str(tmp_path)
    found = [name.removeprefix(folder) for name in names([folder])]
    assert found == ["/box3/a.png", "/box3/b.png", "/box20/c.png", "/Page1.png", "/page2.png", "/page10.png"]


def test_a_trailing_slash_is_not_doubled(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    assert names([f"{tmp_path}/"]) == [f"{tmp_path}/a.png"]


def test_hidden_files_and_folders_are_skipped_without_count(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", ".b.png", ".trash/c.png")
    sources, skipped = find_sources([str(tmp_path)])
    assert [found.path.name for found in sources] == ["a.png"]
    assert skipped == 0


def test_a_hidden_folder_that_is_named_is_read(tmp_path: Path) -> None:
    touch(tmp_path, ".scans/a.png")
    assert names([str(tmp_path / ".scans")]) == [f"{tmp_path}/.scans/a.png"]


def test_foreign_files_in_a_folder_are_counted(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "png").write_text("x")
    assert find_sources([str(tmp_path)])[1] == 2


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_suffixes_match_in_any_case(tmp_path: Path, suffix: str) -> None:
    touch(tmp_path, "a" + suffix, "b" + suffix.upper())
    assert len(names([str(tmp_path)])) == 2


def test_a_file_is_taken_once_at_its_first_mention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "in/a.png", "in/b.png")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.png").symlink_to("in/a.png")
    assert names(["in/b.png", "in", "link.png", "./in/a.png"]) == ["in/b.png", "in/a.png"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.png")
    (tmp_path / "in" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert names([str(tmp_path)]) == [f"{tmp_path}/in/a.png"]


def test_a_link_to_a_folder_is_walked(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.png")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "box").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names([str(tmp_path / "in")]) == [f"{tmp_path}/in/box/a.png"]


@pytest.mark.parametrize("name", ["a, b.png", "a\nb.png", "ä 日本.png", "a'b\"c.png"])
def test_odd_names_are_given_as_they_are(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert names([str(tmp_path)]) == [f"{tmp_path}/{name}"]


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8 exist on Linux only")
def test_a_name_that_is_not_utf8_is_printable_and_readable(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/p\xff.png"))
    Image.fromarray(ELL).save(path)
    (found,) = find_sources([str(tmp_path)])[0]
    assert found.given == f"{tmp_path}/p\\xff.png"
    (page,) = iter_pages(found)
    assert isinstance(page, Page)
    assert np.array_equal(page.image, ELL)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "holds no images"),
        (lambda path: path.write_text("x"), "not a kind of file"),
    ],
)
def test_a_named_path_without_pages_is_an_error(tmp_path: Path, make, says: str) -> None:
    path = tmp_path / "thing.txt"
    make(path)
    with pytest.raises(InputError, match=says) as caught:
        find_sources([str(path)])
    assert str(path) in str(caught.value)


def test_a_folder_of_foreign_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InputError, match="holds no images"):
        find_sources([str(tmp_path)])


def test_no_inputs_are_an_error() -> None:
    with pytest.raises(InputError, match="no files to read"):
        find_sources([])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="neither a file nor a folder"):
        find_sources([str(pipe)])
    assert "not an ordinary file" in failure(pipe).message


def test_standard_input_names_paths_where_the_dash_stands() -> None:
    assert list(expand_stdin(["a.png", "-", "c.png"], ["b, 1.png\n", "\n", " d.png\r\n", "e.png"])) == [
        *["a.png", "b, 1.png", " d.png", "e.png"],
        "c.png",
    ]


def test_standard_input_as_bytes_keeps_names_that_are_not_utf8() -> None:
    (name,) = expand_stdin(["-"], io.BytesIO(b"p\xff.png\n"))
    assert os.fsencode(name) == b"p\xff.png"


@pytest.fixture
def as_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In tmp_path, without the root rights that open every file."""
    monkeypatch.chdir(tmp_path)
    if os.geteuid() != 0:
        yield
        return
    tmp_path.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs Unix permissions")
def test_what_may_not_be_opened_costs_a_row(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    touch(tmp_path, "in/a.png", "in/locked/b.png", "in/secret.png")
    (tmp_path / "in" / "locked").chmod(0)
    (tmp_path / "in" / "secret.png").chmod(0)
    request.getfixturevalue("as_nobody")
    sources, _ = find_sources(["in"])
    items = [item for found in sources for item in iter_pages(found)]
    messages = {item.source: item.message for item in items if isinstance(item, PageFailure)}
    assert [item.source for item in items] == ["in/a.png", "in/locked", "in/secret.png"]
    assert set(messages) == {"in/locked", "in/secret.png"}
    assert all("permissions" in message for message in messages.values())


# --- grey, whatever the file's pixels are ---------------------------------------------------------------

LOSSLESS = ["png", "tif", "bmp", "gif", "pgm"]


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        (mode, suffix)
        for mode in ("1", "L", "P", "RGB")
        for suffix in LOSSLESS
        if (mode, suffix) != ("P", "pgm")
    ],
)
def test_a_plain_image_is_its_own_grey(tmp_path: Path, suffix: str, mode: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(ELL).convert(mode).save(path)
    page = load_page(path)
    assert page.image.dtype == np.uint8
    assert np.array_equal(page.image, ELL)
    assert (page.source, page.number) == (str(path), 1)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_each_colour_space(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(big_ell()).convert(mode).save(path, quality=100)
    assert np.abs(load_page(path).image.astype(int) - big_ell()).max() <= 2


def test_jpeg_grey_is_luma_of_its_colours(tmp_path: Path) -> None:
    for keep_rgb in (False, True):
        path = tmp_path / f"{keep_rgb}.jpg"
        Image.new("RGB", (16, 16), (200, 100, 50)).save(path, quality=100, keep_rgb=keep_rgb)
        grey = 0.299 * 200 + 0.587 * 100 + 0.114 * 50
        assert np.abs(load_page(path).image - grey).max() <= 3


def test_webp(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    Image.fromarray(ELL).convert("RGB").save(path, lossless=True)
    assert np.array_equal(load_page(path).image, ELL)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_lies_over_white(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    image = Image.new("L", (3, 1), 0).convert(mode)
    image.putalpha(Image.fromarray(np.array([[0, 128, 255]], np.uint8)))
    image.save(path)
    assert load_page(path).image.tolist() == [[255, 127, 0]]


def test_a_transparent_image_of_light_ink_lies_over_black(tmp_path: Path) -> None:
    opacity = Image.fromarray(np.array([[0, 128, 255]], np.uint8))
    for ink, seen in ((255, [0, 128, 255]), (200, [0, 100, 200]), (127, [255, 191, 127])):
        image = Image.new("RGBA", (3, 1), (ink, ink, ink))
        image.putalpha(opacity)
        image.save(tmp_path / "page.png")
        np.testing.assert_allclose(load_page(tmp_path / "page.png").image, [seen], atol=1)


def test_a_transparent_palette_lies_over_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 10, 10, 10])
    image.putdata([0, 1])
    image.save(path, transparency=0)
    assert load_page(path).image.tolist() == [[255, 10]]


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
def test_tiff_of_each_colour_space(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    if mode == "LAB":
        zero = Image.new("L", (2, 3), 0)
        image = Image.merge("LAB", (Image.fromarray(ELL), zero, zero))
    else:
        image = Image.fromarray(ELL).convert("RGB").convert(mode)
    image.save(path)
    assert np.abs(load_page(path).image.astype(int) - ELL).max() <= 1


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_deep_samples_fill_the_grey_range(tmp_path: Path, bits: int) -> None:
    white = 2**bits - 1
    values = np.array([[0, white // 2, white]], np.uint16)
    for name in ("a.png", "a.tif"):
        Image.fromarray(values).save(tmp_path / name)
        assert load_page(tmp_path / name).image.tolist() == [[0, 127, 255]]


def test_pgm_with_its_own_white(tmp_path: Path) -> None:
    path = tmp_path / "a.pgm"
    path.write_bytes(b"P5 3 1 1000\n" + struct.pack(">3H", 0, 500, 1000))
    assert load_page(path).image.tolist() == [[0, 128, 255]]


@pytest.mark.parametrize(
    ("values", "grey"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([0.0, 1e6, 4e6], [0, 64, 255]),
        ([0.0, 1.0, float("nan")], [0, 255, 255]),
        ([-3.0, -3.0, -3.0], [0, 0, 0]),
    ],
)
def test_float_samples(tmp_path: Path, values: list[float], grey: list[int]) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(np.array([values], np.float32)).save(path)
    assert load_page(path).image.tolist() == [grey]


def tiff(pixels: bytes, bits: int, photometric: int, width: int = 2, order: str = "<") -> bytes:
    """A bare one-row TIFF, written by hand since Pillow writes no WhiteIsZero grey."""
    tags = [(256, width), (257, 1), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1), (278, 1)]
    tags.append((279, len(pixels)))
    body = pixels + b"\0" * (len(pixels) % 2)
    mark = b"II" if order == "<" else b"MM"
    entries = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in tags)
    header = mark + struct.pack(order + "HI", 42, 8 + len(body))
    return header + body + struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0)


@pytest.mark.parametrize(
    ("pixels", "bits"), [(b"\x40", 1), (b"\x30", 2), (b"\x0f", 4), (b"\x00\xff", 8), (b"\0\0\xff\xff", 16)]
)
@pytest.mark.parametrize(("photometric", "grey"), [(0, [[255, 0]]), (1, [[0, 255]])])
def test_white_is_zero_at_every_depth(
    tmp_path: Path, pixels: bytes, bits: int, photometric: int, grey: list[list[int]]
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(pixels, bits, photometric))
    assert load_page(path).image.tolist() == grey


# --- upright --------------------------------------------------------------------------------------------

# What a scanner stored, that seen upright is the L; orientation as in TIFF 6.0.
STORED = {
    1: "#. #. ##",
    2: ".# .# ##",
    3: "## .# .#",
    4: "## #. #.",
    5: "### ..#",
    6: "..# ###",
    7: "#.. ###",
    8: "### #..",
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
def test_orientation_is_applied(tmp_path: Path, orientation: int, suffix: str) -> None:
    stored = np.kron(drawn(STORED[orientation]), np.ones((16, 16), np.uint8))
    path = tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(stored)
    image.save(path, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    page = load_page(path)
    assert page.image.flags.c_contiguous
    assert page.image.shape == (48, 32)
    assert np.abs(page.image.astype(int) - big_ell()).max() <= 8


def test_every_frame_of_a_tiff_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    frames = [Image.fromarray(drawn(STORED[number])).convert("1") for number in STORED]
    for frame, number in zip(frames, STORED, strict=True):
        frame.encoderinfo = {"tiffinfo": {274: number}}
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="group4", tiffinfo={274: 1})
    found = pages(path)
    assert [page.number for page in found if isinstance(page, Page)] == list(STORED)
    for page in found:
        assert isinstance(page, Page)
        assert np.array_equal(page.image, ELL)


def test_a_damaged_exif_block_does_not_cost_the_page(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(big_ell()).save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\x7f", quality=100)
    assert load_page(path).image.shape == (48, 32)


@pytest.mark.parametrize(("stated", "dpi"), [(300, 300), (600, 600), (1, None), (9999, None)])
def test_dpi_is_what_the_file_states_if_plausible(tmp_path: Path, stated: int, dpi: int | None) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(ELL).save(path, dpi=(stated, stated))
    assert load_page(path).dpi == dpi


def test_dpi_is_none_where_the_file_is_silent(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    assert load_page(tmp_path / "a.png").dpi is None


@pytest.mark.parametrize(
    ("dpi", "aspect"),
    [
        ((204, 98), 204 / 98),
        ((100, 200), 0.5),
        ((204, 196), 1.0),
        ((300, 300), 1.0),
        ((300, 72), 1.0),  # a mistake
        ((40, 20), 1.0),
    ],
)
def test_pixels_are_oblong_where_the_file_says_so(
    tmp_path: Path, dpi: tuple[int, int], aspect: float
) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(ELL).save(path, dpi=dpi)
    assert load_page(path).aspect == pytest.approx(aspect, rel=0.01)


@pytest.mark.parametrize("name", ["a.tif", "a.jpg"])
def test_pixels_of_a_picture_stored_on_its_side_are_oblong_the_other_way(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(ELL).save(tmp_path / name, dpi=(204, 98), exif=exif)
    page = load_page(tmp_path / name)
    assert page.image.shape == ELL.shape[::-1]
    assert page.aspect == pytest.approx(98 / 204, rel=0.01)


# --- many pages -----------------------------------------------------------------------------------------


def multipage(path: Path, count: int, compression: str | None = "group4") -> None:
    """Page n is 10 + n pixels wide."""
    frames = [Image.new("1", (10 + number, 8), 1) for number in range(1, count + 1)]
    frames[0].save(path, save_all=True, append_images=frames[1:], compression=compression)


def widths(items: list[Page | PageFailure]) -> list[int | str]:
    return [item.image.shape[1] if isinstance(item, Page) else f"fails {item.page}" for item in items]


def test_pages_of_a_tiff_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    multipage(path, 3)
    assert widths(pages(path)) == [11, 12, 13]
    assert load_page(path, 2).image.shape == (8, 12)
    assert load_page(path, page=2).number == 2
    with pytest.raises(PageError, match="fewer than 4 pages"):
        load_page(path, 4)


def directories(data: bytes) -> list[int]:
    """Where a little-endian TIFF's directories lie."""
    offsets, (offset,) = [], struct.unpack_from("<I", data, 4)
    while offset:
        offsets.append(offset)
        (entries,) = struct.unpack_from("<H", data, offset)
        (offset,) = struct.unpack_from("<I", data, offset + 2 + 12 * entries)
    return offsets


def test_a_bad_page_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    multipage(path, 3)
    data = bytearray(path.read_bytes())
    at = directories(bytes(data))[1]
    (entries,) = struct.unpack_from("<H", data, at)
    for entry in range(at + 2, at + 2 + 12 * entries, 12):
        if struct.unpack_from("<H", data, entry)[0] == 259:  # compression
            struct.pack_into("<H", data, entry + 8, 9999)
    path.write_bytes(data)
    assert widths(pages(path)) == [11, "fails 2", 13]
    with pytest.raises(PageError, match=r"a\.tif"):
        load_page(path, 2)


def test_a_broken_chain_of_pages_fails_at_the_break(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    multipage(path, 3)
    data = bytearray(path.read_bytes())
    at = directories(bytes(data))[1]
    (entries,) = struct.unpack_from("<H", data, at)
    struct.pack_into("<I", data, at + 2 + 12 * entries, 0x7FFFFFFF)
    path.write_bytes(data)
    found = pages(path)
    assert widths(found) == [11, 12, "fails 3"]
    assert isinstance(found[2], PageFailure)
    assert "breaks off" in found[2].message


def test_a_chain_of_pages_that_loops_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    multipage(path, 2)
    data = bytearray(path.read_bytes())
    first, second = directories(bytes(data))
    (entries,) = struct.unpack_from("<H", data, second)
    struct.pack_into("<I", data, second + 2 + 12 * entries, first)
    path.write_bytes(data)
    assert widths(pages(path)) == [11, 12]


def test_big_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    frames = [Image.fromarray(ELL), Image.new("L", (5, 5))]
    frames[0].save(path, save_all=True, append_images=frames[1:], big_tiff=True)
    assert path.read_bytes()[2] == 43
    assert widths(pages(path)) == [2, 5]


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_an_animation_is_its_first_frame(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("white", "black")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    (page,) = pages(path)
    assert isinstance(page, Page)
    assert page.image.min() == 255


# --- limits and lies ------------------------------------------------------------------------------------


def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    touch(tmp_path, "a.png")
    assert "2 x 2 pixels are too many" in failure(path, Limits(pixels=3)).message
    assert "2 x 2 pixels are too many" in failure(path, Limits(side=1)).message
    assert widths(pages(path, Limits(pixels=4, side=2))) == [2]


@pytest.mark.parametrize(("width", "height"), [(65_535, 65_535), (12_000, 10_000), (65_535, 2)])
def test_a_decompression_bomb_is_refused_quickly(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + b"\x2c")
    with path.open("ab") as file:
        file.write(struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00\x3b")
    started = time.monotonic()
    assert "pixels" in failure(path).message
    assert time.monotonic() - started < 5


def test_an_a3_page_at_600_dpi_is_within_the_limits() -> None:
    assert 7016 * 9921 < MAX_PIXELS == Limits().pixels


def test_a_file_of_too_many_pages_reads_nothing(tmp_path: Path) -> None:
    multipage(tmp_path / "a.tif", 4)
    Image.new("L", (8, 8)).save(tmp_path / "a.pdf", save_all=True, append_images=[Image.new("L", (8, 8))] * 3)
    for name in ("a.tif", "a.pdf"):
        found = failure(tmp_path / name, Limits(pages=3))
        assert found.page == 0
        assert "more than 3 pages" in found.message
        assert len(pages(tmp_path / name, Limits(pages=4))) == 4


@pytest.mark.parametrize("field", ["pixels", "side", "pages", "pdf_dpi"])
def test_limits_that_admit_nothing_are_refused(field: str) -> None:
    with pytest.raises(UsageError):
        Limits(**{field: 0})


def noise(size: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (size, size), np.uint8))


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp", "gif", "webp", "pgm"])
def test_a_truncated_file_is_an_error_and_never_half_a_page(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    noise(64).convert("RGB" if suffix == "webp" else "L").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert failure(path).page == 0


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@pytest.mark.parametrize(
    "content", [b"", b"hello, world\n", b"\x89PNG\r\n\x1a\n", b"II*\0\x08\0\0\0", b"%PDF-1.7\n"]
)
def test_a_file_that_is_not_what_it_says(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / ("a" + suffix)
    path.write_bytes(content)
    found = failure(path)
    assert found.page == 0
    assert "\n" not in found.message
    assert "object at" not in found.message
    assert ("empty" in found.message) == (content == b"")


def test_content_counts_and_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(ELL).save(path, "TIFF")
    assert np.array_equal(load_page(path).image, ELL)


def test_a_vanished_file_is_a_failure(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    (found,) = find_sources([str(tmp_path)])[0]
    found.path.unlink()
    (item,) = iter_pages(found)
    assert isinstance(item, PageFailure)
    assert (item.page, item.source) == (0, f"{tmp_path}/a.png")
    assert "not there any more" in item.message


def test_load_page_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("no image")
    for name, page in (("bad.png", 1), ("none.png", 1), ("bad.png", 0)):
        with pytest.raises(PageError, match=name):
            load_page(tmp_path / name, page)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "gif", "webp", "pdf"])
def test_damage_anywhere_never_raises(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    noise(24).convert("RGB").save(path)
    whole = path.read_bytes()
    chance = random.Random(7)
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 4, 16))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        assert pages(path, Limits(pixels=1_000_000)), "neither a page nor a failure"


def test_threads_leave_the_warning_filters_as_they_were(tmp_path: Path) -> None:
    multipage(tmp_path / "a.tif", 20)
    before = list(warnings.filters)
    threads = [threading.Thread(target=pages, args=(tmp_path / "a.tif",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


# --- PDF ------------------------------------------------------------------------------------------------


def pdf(path: Path, body: bytes, box: str = "0 0 72 144", extra: str = "") -> None:
    """A one-page PDF with a content stream; PDFium mends the missing table of objects."""
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        + f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[{box}]{extra}/Contents 4 0 R>>endobj\n".encode()
        + b"4 0 obj<</Length %d>>stream\n" % len(body)
        + body
        + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )


def test_a_drawn_pdf_page_is_rendered_at_300_dpi(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pdf(path, b"0 72 72 72 re f")  # the upper half black: PDF counts from below
    page = load_page(path)
    assert page.dpi == 300
    assert page.image.shape == (600, 300)
    assert page.image[:295].max() == 0
    assert page.image[305:].min() == 255


def test_the_rotation_of_a_pdf_page_is_applied(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pdf(path, b"0 72 72 72 re f", extra="/Rotate 90")  # clockwise: what was above is at the right
    page = load_page(path)
    assert page.image.shape == (300, 600)
    assert page.image[:, 305:].max() == 0
    assert page.image[:, :295].min() == 255


@pytest.mark.parametrize("dpi", [100, 200, 300, 600])
def test_a_scan_in_a_pdf_keeps_its_own_pixels(tmp_path: Path, dpi: int) -> None:
    path = tmp_path / "a.pdf"
    scan = noise(150).convert("1")
    scan.save(path, resolution=dpi)
    page = load_page(path)
    assert page.dpi == pytest.approx(dpi, rel=1e-3)
    assert np.array_equal(page.image, np.asarray(scan.convert("L")))


def test_a_picture_on_part_of_a_pdf_page_is_no_scan(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pdf(path, b"q 36 0 0 144 0 0 cm BI /W 2 /H 2 /CS /G /BPC 8 ID abcd EI Q")
    assert load_page(path).dpi == 300


def test_pages_of_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    frames = [Image.new("L", (10 + number, 8), 255) for number in range(1, 4)]
    frames[0].save(path, save_all=True, append_images=frames[1:], resolution=300)
    assert widths(pages(path)) == [11, 12, 13]
    assert load_page(path, 3).number == 3


def test_a_huge_pdf_page_is_rendered_smaller(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pdf(path, b"", box="0 0 7200 14400")
    page = load_page_within(path, Limits(pixels=20_000))
    assert 19_000 < page.image.size <= 20_000
    assert page.image.shape[0] == pytest.approx(2 * page.image.shape[1], abs=2)
    assert page.dpi == pytest.approx(page.image.shape[1] / 100, rel=0.02)
    assert load_page_within(path, Limits(side=50)).image.shape == (50, 25)


def load_page_within(path: Path, limits: Limits) -> Page:
    (page,) = pages(path, limits)
    assert isinstance(page, Page)
    return page


def test_an_image_bomb_inside_a_pdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    noise(150).save(path)  # 8 bits a pixel
    assert "150 x 150 pixels" in failure(path, Limits(pixels=5_000)).message
    noise(150).convert("1").save(path)  # a large scan of 1 bit a pixel takes an eighth of the memory
    assert load_page_within(path, Limits(pixels=5_000)).image.shape == (70, 70)


def test_an_empty_pdf_page_is_white(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pdf(path, b"")
    assert load_page(path).image.min() == 255


def test_an_image_named_pdf_and_a_pdf_named_image(tmp_path: Path) -> None:
    touch(tmp_path, "a.pdf")
    assert "PDF is damaged" in failure(tmp_path / "a.pdf").message
    pdf(tmp_path / "b.png", b"")
    assert load_page(tmp_path / "b.png").image.shape == (600, 300)


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pdf(path, b"")
    key = "/O<" + "41" * 32 + ">/U<" + "42" * 32 + ">"
    data = path.read_bytes().replace(
        b"trailer<<",
        f"trailer<</ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4{key}>>".encode(),
    )
    path.write_bytes(data)
    assert "password" in failure(path).message


# --- cost, and real files -------------------------------------------------------------------------------


def test_the_import_is_light() -> None:
    code = "import sys, batchocr.pages; print(*({'pypdfium2', 'tensorflow'} & set(sys.modules)))"
    root = Path(__file__).parents[1]
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""


@real_data
@pytest.mark.parametrize("name", real_names("formats"))
def test_every_real_format_opens(name: str) -> None:
    found = pages(REAL / "formats" / name)
    assert found
    assert all(isinstance(page, Page) for page in found)


@real_data
@pytest.mark.parametrize("name", ["g4_orientation_3.tif", "g4_orientation_6.tif"])
def test_real_turned_scans_are_upright(name: str) -> None:
    image = load_page(REAL / "formats" / name).image
    assert image.shape == (88, 590)
    assert image[:, :59].min() == 0, "the text begins at the left"
    assert image[:, -59:].min() == 255, "and ends before the right edge"


@real_data
@pytest.mark.parametrize("name", real_names("hostile"))
def test_every_hostile_file_is_one_failure_or_a_clean_page(name: str) -> None:
    started = time.monotonic()
    (item,) = pages(REAL / "hostile" / name)
    assert time.monotonic() - started < 10
    assert isinstance(item, Page) or item.page == 0


@real_data
def test_a_real_form_is_black_on_white_at_300_dpi() -> None:
    page = load_page(REAL / "nist_hsf" / "hsf_a.tif")
    assert page.image.shape == (3300, 2560)
    assert page.dpi == 300
    assert set(np.unique(page.image)) == {0, 255}
    assert page.image.mean() > 200
