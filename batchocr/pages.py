"""One file -> upright grey pages, within limits: everything that batchocr reads from scans goes through here.

Which files, `sources` tells; `iter_pages` turns one into pages. Whatever it holds, `iter_pages` raises nothing:
a file or page that cannot be read is a PageFailure, so that one bad scan never ends a batch. Sizes are checked
before anything is decoded, which is what keeps a decompression bomb from filling the memory.

Pillow opens the images, PDFium the PDFs. Left out on purpose: animations (only the first frame of a GIF, WebP
or APNG is a page), passwords, and mending of damaged files (a half-read page would lose digits silently).
Grey is ITU-R BT.601 luma; orientation follows Exif 2.32 and TIFF 6.0, tag 274.
"""

from __future__ import annotations

import math
import os
import stat
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from .elements import Grey, Page, PageFailure
from .errors import PageError, UsageError, words_of
from .sources import Source, printable

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM")  # Pillow's names; nothing that runs a program

MAX_PIXELS = 100_000_000  # px: A3 at 600 dpi has 70 million; 100 MB as grey
MAX_SIDE = 32_766  # px: OpenCV's warps address pixels with signed 16 bits
MAX_PAGES = 10_000  # pages a file
PDF_DPI = 300  # dots per inch for pages that are not one scan; what scanners use for text
SCAN_DPI = (72.0, 600.0)  # dots per inch: a scan in a PDF is rendered at its own resolution within these
OBLONG = ((1.7, 2.4), (1 / 2.4, 1 / 1.7))  # pixels' height to width where rows or columns are half as many
LEAST_FAX_DPI = 60.0
LYING = (5, 6, 7, 8)  # orientations of a picture that is stored on its side
PLAUSIBLE_DPI = (20.0, 2400.0)  # dots per inch: outside these a header holds nonsense
POINTS_PER_INCH = 72.0  # PDF 32000-1, 8.3.2.3: the unit of a PDF page
COVERED = 0.02  # share of a PDF page's side that a scan may leave free at each edge
RENDER_SLACK = 3e-5  # share, below 1 px of MAX_SIDE: sizes are rounded up, so 3300.01 px would become 3301
PDF_OBJECTS = 1000  # objects of a PDF page whose images are measured before rendering
PDF_IMAGE_BYTES = 4  # bytes a pixel that an image inside a PDF may take, times the limit of pixels
FULL_SCALES = (1, 255, 1023, 4095, 16383, 65535)  # white of 1, 8, 10, 12, 14 and 16 bits a sample

SHOWN = 128  # opacity of a pixel that is seen
LIGHT = 128  # grey from which on a pixel is lighter than any ink on white paper
ORIENTATION_TAG = 274
PHOTOMETRIC_TAG = 262  # TIFF 6.0: 0 is WhiteIsZero
PDF_MARK = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may ask for. Raises UsageError on a limit below 1.

    pixels: of one page. side: pixels of a page's longer side. pages: of one file.
    pdf_dpi: dots per inch at which a PDF page that is not a scan is rendered.
    """

    pixels: int = MAX_PIXELS
    side: int = MAX_SIDE
    pages: int = MAX_PAGES
    pdf_dpi: float = PDF_DPI

    def __post_init__(self) -> None:
        if not min(self.pixels, self.side, self.pages, self.pdf_dpi) >= 1:
            raise UsageError("limits of pixels, side, pages and dpi are numbers from 1 up")


DEFAULT_LIMITS = Limits()


def iter_pages(
    source: Source, limits: Limits = DEFAULT_LIMITS, *, first: int = 1
) -> Iterator[Page | PageFailure]:
    """The pages of a file in order, one in memory at a time; what cannot be read is a PageFailure.

    Raises nothing, whatever the file holds. A file of which no page can be read is one failure of page 0.
    first: the page to go on from, 1-based, by a caller who has those before it.
    """
    failures: list[PageFailure] = []  # those before the first page that can be read
    number = first - 1  # of the last page that could be read
    try:
        for item in _pages(source, limits, first=first):
            if isinstance(item, PageFailure) and number == 0:
                failures.append(item)
                continue
            if isinstance(item, Page):
                number = item.number
                yield from failures
                failures.clear()
            yield item
            del item  # or two pages would be in memory while the next is read
    except Exception as error:
        failures.append(PageFailure(source.given, number and number + 1, _reason(error)))
        if number:
            yield failures[-1]
    if number == 0 and failures:
        yield PageFailure(source.given, 0, failures[0].message)


def count_pages(source: Source, limits: Limits = DEFAULT_LIMITS) -> int:
    """How many pages a file has, without decoding any. Raises PageError or what the libraries raise."""
    with source.path.open("rb") as file:
        head = file.read(1024)
        if source.path.suffix.lower() != ".pdf" and not head.lstrip().startswith(PDF_MARK):
            return max(1, _count_tiff_pages(file, limits.pages + 1)[0])
        with _pdfium_lock:
            document = _open_pdf(file)
            try:
                return len(document)
            finally:
                document.close()


def load_page(path: str | os.PathLike[str], page: int = 1) -> Page:
    """One upright grey page of a file; page is 1-based. Raises PageError, which names the file and remedy."""
    name = printable(os.fspath(path))
    if page < 1:
        raise PageError(f"{name}: pages count from 1; there is no page {page}")
    try:
        item = next(_pages(Source(name, Path(path)), DEFAULT_LIMITS, first=page), None)
    except Exception as error:
        raise PageError(f"{name}: {_reason(error)}") from error
    if item is None:
        raise PageError(f"{name}: the file has fewer than {page} pages; ask for an earlier one")
    if isinstance(item, PageFailure):
        raise PageError(f"{name}: {item.message}")
    return item


def _pages(source: Source, limits: Limits, first: int) -> Iterator[Page | PageFailure]:
    """The pages from number first on. Raises what Pillow, PDFium or the system raise for the whole file."""
    kind = source.path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise PageError("the folder cannot be opened; change its permissions and run again")
    if not stat.S_ISREG(kind):  # opening a pipe would wait for ever
        raise PageError("it is not an ordinary file; save its pages to a file")
    with source.path.open("rb") as file:
        head = file.read(1024)
        if not head:
            raise PageError("the file is empty; scan or copy it again")
        if source.path.suffix.lower() == ".pdf" or head.lstrip().startswith(PDF_MARK):
            yield from _pdf_pages(file, source.given, limits, first)
        else:
            yield from _image_pages(file, source.given, limits, first)


def _reason(error: Exception) -> str:
    """Why a page could not be read, with the remedy, in one line; the same text for the same file."""
    if isinstance(error, PageError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "the file is not there any more; put it back and run again"
    if isinstance(error, PermissionError):
        return "the file may not be read (permission denied); change its permissions and run again"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it; read it with fewer jobs or scan it smaller"
    if isinstance(error, Image.DecompressionBombError):
        return "it has too many pixels; scan it at a lower resolution"
    if isinstance(error, UnidentifiedImageError):
        return "it is not an image of a known format or is damaged; scan it again or save it as PNG"
    if isinstance(error, OSError) and error.errno is not None:
        return f"the file cannot be read ({words_of(error)}); check the disk and run again"
    return f"it is damaged ({words_of(error)}); scan or copy it again"


def _check_size(width: int, height: int, limits: Limits) -> None:
    """Raise PageError if a page of this many pixels may not be decoded."""
    if width < 1 or height < 1:
        raise PageError("it has no pixels; scan it again")
    if width * height > limits.pixels or max(width, height) > limits.side:
        raise PageError(f"{width} x {height} pixels are too many; scan it at a lower resolution")


def _check_pages(count: int, limits: Limits) -> None:
    """Raise PageError if a file of this many pages may not be read."""
    if count > limits.pages:
        raise PageError(f"the file has more than {limits.pages:,} pages; split it")


# --- images ---------------------------------------------------------------------------------------------


class _Quiet:
    """Silence for Pillow's warnings about damaged headers; counted, since warning filters are global.

    Nested catch_warnings of several threads would restore each other's filters; here the first one in saves
    them and the last one out brings them back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._saved: Any = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.simplefilter("ignore")
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._saved.__exit__(None, None, None)


_quiet = _Quiet()


def _image_pages(file: BinaryIO, name: str, limits: Limits, first: int) -> Iterator[Page | PageFailure]:
    """The pages of an image file: all of a TIFF, else one."""
    count, intact = _count_tiff_pages(file, limits.pages + 1)
    _check_pages(count, limits)
    with _quiet():
        image = _open_image(file)
    with image:
        if image.format != "TIFF" or (count <= 1 and intact):
            page = _page_or_failure(image, name, 1, limits) if first == 1 else None
            image.close()  # or its pixels would be in memory twice while the page is read
            if page:
                yield page if isinstance(page, Page) else replace(page, page=0)
            return
        for number in range(first, count + 1):
            yield _page_or_failure(image, name, number, limits)
    if not intact:
        yield PageFailure(name, count + 1, "the file breaks off before this page; scan or copy it again")


def _page_or_failure(image: Image.Image, name: str, number: int, limits: Limits) -> Page | PageFailure:
    try:
        return _image_page(image, name, number, limits)
    except Exception as error:
        return PageFailure(name, number, _reason(error))


def _open_image(file: BinaryIO) -> Image.Image:
    """Read the header. The two formats that Pillow does not load first are loaded here, not all it knows."""
    from PIL import TiffImagePlugin, WebPImagePlugin  # noqa: F401 - importing them registers them

    return Image.open(file, formats=FORMATS)


def _image_page(image: Image.Image, name: str, number: int, limits: Limits) -> Page:
    """Decode one page of an open image. Raises what Pillow raises."""
    with _quiet():
        if number > 1:
            image.seek(number - 1)
        _check_size(*image.size, limits)
        if image.format in ("JPEG", "MPO") and image.mode == "RGB":
            image.draft("L", image.size)  # the decoder leaves the colours out: a third faster
        inverted = _is_inverted(image)
        lying = _orientation(image) in LYING  # a TIFF's tag is gone once its pixels are loaded
        image.load()
        grey = _grey(image)
        upright = np.ascontiguousarray(_upright(~grey if inverted else grey, _orientation(image)))
    across, down = _dpi(image.info.get("dpi"))
    if lying:
        across, down = down, across
    return Page(upright, name, number, across, _aspect(across, down))


def _is_inverted(image: Image.Image) -> bool:
    """Whether zero is white and Pillow leaves it so, which it does for 16-bit TIFF."""
    tags: Any = getattr(image, "tag_v2", {})
    return _is_deep(image) and tags.get(PHOTOMETRIC_TAG) == 0


def _is_deep(image: Image.Image) -> bool:
    """Whether a sample is wider than 8 bits."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _grey(image: Image.Image) -> Grey:
    """(H, W) uint8, 0 black to 255 white, of a decoded image in any of Pillow's modes."""
    if _is_deep(image):
        return _eight_bits(np.asarray(image))
    if image.has_transparency_data:
        return _over_paper(image)
    if image.mode == "L":
        return np.asarray(image)
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))  # lightness, which Pillow cannot turn into luma
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return np.asarray(image.convert("L"))


def _over_paper(image: Image.Image) -> Grey:
    """(H, W) uint8: what the image looks like on white paper, or on black, where all that it shows is light."""
    colours = image.convert("RGBA")
    grey, opaque = colours.convert("L"), colours.getchannel("A")
    shown = np.asarray(grey)[np.asarray(opaque) >= SHOWN]
    light = shown.size > 0 and int(shown.min()) >= LIGHT
    paper = Image.new("L", image.size, 0 if light else 255)
    paper.paste(grey, mask=opaque)
    return np.asarray(paper)


def _eight_bits(values: NDArray[Any]) -> Grey:
    """(H, W) uint8 of integers or floats: white is the smallest full scale that holds the largest value.

    So 12 bits in a 16-bit file come out as bright as they were scanned. Values below 0 or above 16 bits have
    no known white; they are stretched from their smallest to their largest.
    """
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, values[finite].max(initial=0))
    low, high = float(values.min()), float(values.max())
    white = next((float(full) for full in FULL_SCALES if high <= full), None)
    if low < 0 or white is None:
        scale, black = 255 / ((high - low) or 1.0), low
    else:
        scale, black = 255 / white, 0.0
    if values.dtype.kind == "u":
        table = np.rint(np.arange(int(high) + 1) * scale).astype(np.uint8)
        return np.asarray(table[values])
    return np.asarray(np.rint((values - black) * scale), np.uint8)


def _orientation(image: Image.Image) -> int:
    """The orientation tag, 1 to 8, that is still to be applied; Pillow applies a TIFF's on loading."""
    with suppress(Exception):  # a damaged Exif block is no reason to refuse the page
        value = image.getexif().get(ORIENTATION_TAG)
        return value if isinstance(value, int) else 1
    return 1


def _upright(image: Grey, orientation: int) -> Grey:
    """The image with an Exif orientation applied; an unknown one counts as 1, upright."""
    match orientation:
        case 2:
            return image[:, ::-1]
        case 3:
            return image[::-1, ::-1]
        case 4:
            return image[::-1]
        case 5:
            return image.T
        case 6:
            return np.rot90(image, -1)
        case 7:
            return image[::-1, ::-1].T
        case 8:
            return np.rot90(image)
    return image


def _dpi(value: object) -> tuple[float | None, float | None]:
    """A header's resolution in dots per inch, across and down, as far as it is plausible."""
    if not isinstance(value, tuple) or not value:
        return None, None
    found = []
    for stated in (value[0], value[-1]):
        try:
            dpi = float(stated)
        except (TypeError, ValueError, ArithmeticError):
            dpi = 0.0
        found.append(dpi if PLAUSIBLE_DPI[0] <= dpi <= PLAUSIBLE_DPI[1] else None)
    return found[0], found[1]


def _aspect(across: float | None, down: float | None) -> float:
    """The height of a pixel to its width. Faxes have about half as many rows as columns, and some scanners the other way
    round; any other difference is a header's mistake or too small to matter."""
    if not (across and down and min(across, down) >= LEAST_FAX_DPI):
        return 1.0
    ratio = across / down
    return ratio if any(low <= ratio <= high for low, high in OBLONG) else 1.0


def _count_tiff_pages(file: BinaryIO, most: int) -> tuple[int, bool]:
    """How many pages a TIFF's chain of directories (TIFF 6.0, section 2; BigTIFF) has, up to most.

    Also whether the chain ends as it should. Pillow's own count reads every tag, and cannot tell the end from
    a break. A file that is no TIFF has (0, True). Leaves the file at its start.
    """
    file.seek(0)
    order = {b"II": "<", b"MM": ">"}.get(file.read(2), "")
    version = file.read(2)
    if not order or version not in (struct.pack(order + "H", 42), struct.pack(order + "H", 43)):
        file.seek(0)
        return 0, True
    big = version == struct.pack(order + "H", 43)
    count_code, entry_bytes, next_code = ("Q", 20, "Q") if big else ("H", 12, "I")
    file.seek(8 if big else 4)
    seen: set[int] = set()
    try:
        while (offset := _unpack(file, order + next_code)) and offset not in seen and len(seen) < most:
            file.seek(offset)
            entries = _unpack(file, order + count_code)
            file.seek(entries * entry_bytes, os.SEEK_CUR)
            seen.add(offset)
        return len(seen), True
    except (struct.error, OSError, OverflowError):
        return len(seen), False
    finally:
        file.seek(0)


def _unpack(file: BinaryIO, code: str) -> int:
    """The next number of the file. Raises struct.error at its end."""
    return int(struct.unpack(code, file.read(struct.calcsize(code)))[0])


# --- PDF ------------------------------------------------------------------------------------------------

_pdfium_lock = threading.RLock()  # PDFium may be used by one thread at a time


def _pdf_pages(file: BinaryIO, name: str, limits: Limits, first: int) -> Iterator[Page | PageFailure]:
    """The pages of a PDF, rendered. Raises PageError if the document cannot be opened."""
    with _pdfium_lock:
        document = _open_pdf(file)
    try:
        with _pdfium_lock:
            count = len(document)
        if count == 0:
            raise PageError("the PDF has no pages; save it again")
        _check_pages(count, limits)
        for number in range(first, count + 1):
            try:
                yield _pdf_page(document, name, number, limits)
            except Exception as error:
                yield PageFailure(name, number if count > 1 else 0, _reason(error))
    finally:
        with _pdfium_lock:
            document.close()


def _open_pdf(file: BinaryIO) -> Any:
    """The document, with its form ready to be drawn. PDFium is imported here, since few runs need it."""
    import pypdfium2
    from pypdfium2.raw import FORMTYPE_ACRO_FORM

    file.seek(0)
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise PageError("the PDF is protected by a password; save it without one") from error
        raise PageError("the PDF is damaged; scan or save it again") from error
    if document.get_formtype() == FORMTYPE_ACRO_FORM:
        document.init_forms()  # without it, what was typed into the form's fields would not be drawn
    return document


def _pdf_page(document: Any, name: str, number: int, limits: Limits) -> Page:
    """Render one page upright as grey. Raises PageError or what PDFium raises."""
    with _pdfium_lock:
        page = document[number - 1]
        try:
            dpi = _render_dpi(page, limits)
            scale = dpi / POINTS_PER_INCH * (1 - RENDER_SLACK)
            bitmap = page.render(scale=scale, grayscale=True)
            try:
                image: Grey = bitmap.to_numpy().copy()  # the bitmap's memory goes with the bitmap
            finally:
                bitmap.close()
        finally:
            page.close()
    return Page(image, name, number, dpi)


def _render_dpi(page: Any, limits: Limits) -> float:
    """Dots per inch to render a PDF page at: a scan's own or limits.pdf_dpi, lowered to keep the limits."""
    width, height = (float(side) / POINTS_PER_INCH for side in page.get_size())  # inches
    if not (width > 0 and height > 0 and math.isfinite(width * height)):
        raise PageError("the PDF page has no size; save it again")
    dpi = _scan_dpi(page, limits) or limits.pdf_dpi
    return min(dpi, _most_dpi(width, height, limits.pixels), limits.side / max(width, height))


def _most_dpi(width: float, height: float, pixels: int) -> float:
    """The dots per inch at which a page of so many inches, both sides rounded up, has at most pixels.

    The positive root of (width * dpi + 1) * (height * dpi + 1) = pixels, but at least one pixel a side.
    """
    half, area = (width + height) / 2, width * height
    return max((math.sqrt(half * half + area * (pixels - 1)) - half) / area, 1 / max(width, height))


def _scan_dpi(page: Any, limits: Limits) -> float | None:
    """The resolution of the page's only image if that is all the page shows, else None.

    Raises PageError if one of the images would fill the memory when PDFium decodes it.
    """
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    objects = list(islice(page.get_objects(), PDF_OBJECTS))
    for item in objects:
        if item.type == FPDF_PAGEOBJ_IMAGE:
            _check_pdf_image(item, limits)
    if len(objects) != 1 or objects[0].type != FPDF_PAGEOBJ_IMAGE or not _covers(objects[0], page):
        return None
    columns, rows = objects[0].get_px_size()
    a, b, c, d, _, _ = objects[0].get_matrix().get()
    wide, high = math.hypot(a, b), math.hypot(c, d)  # the image's sides on the page, in points
    if not (wide > 0 and high > 0):
        return None
    dpi = POINTS_PER_INCH * float(max(columns / wide, rows / high))
    return min(max(dpi, SCAN_DPI[0]), SCAN_DPI[1])


def _check_pdf_image(image: Any, limits: Limits) -> None:
    """Raise PageError if an image would take far more memory than a page may. 1-bit images may be larger."""
    columns, rows = image.get_px_size()
    if columns * rows <= limits.pixels:
        return
    bits = max(1, image.get_metadata().bits_per_pixel)
    if columns * rows * bits > 8 * PDF_IMAGE_BYTES * limits.pixels:
        raise PageError(f"it holds an image of {columns} x {rows} pixels; scan it at a lower resolution")


def _covers(image: Any, page: Any) -> bool:
    """Whether an image reaches all four edges of the page, within COVERED of each side."""
    left, bottom, right, top = page.get_cropbox()
    image_left, image_bottom, image_right, image_top = image.get_bounds()
    free_x, free_y = COVERED * (right - left), COVERED * (top - bottom)
    return bool(
        image_left <= left + free_x
        and image_right >= right - free_x
        and image_bottom <= bottom + free_y
        and image_top >= top - free_y
    )
