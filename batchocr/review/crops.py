"""Pictures of words and glyphs, cut from the job's pages.

A page takes a tenth of a second to decode, and the worst words first are each on another page. So a thread cuts
ahead, page after page, while the person works, and keeps the pictures, compressed, in a nameless temporary file
that goes with the process. First come the pictures that are wished for: those of the first screens, and of the screen
after each one shown. What is asked for before its turn is cut at once, several pages side by side, and its page comes
next. Decoded pages are kept within a bound.

Left out: any change to what is shown but its size and contrast.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ..elements import Box, Grey, Page
from ..errors import PageError, UsageError
from ..imaging.oblong import factors
from ..job import IS_DOUBTFUL, Job, open_job
from ..pages import load_page
from ..segmentation.orientation import quarters_of, turned_upright
from ..stamps import Stamp, stamp_of, with_digest

STRIP_MARGIN = 1.1  # of the word's height, above and below: its line, and a little of the neighbours
STRIP_REACH = 15.0  # word heights to each side of its centre: an A4 line of handwriting
STRIP_AROUND = 5.0  # word heights beside a long word at least
LEAST_HEIGHT = 24  # px: a speck is shown with as much around it as a small digit
SHARP_HEIGHT = (72, 200)  # px: a word is enlarged (cubic) or reduced (area) to be so high in its strip
MOST_ENLARGED = 4.0  # times; beyond it there is only blur
STRIP_WIDTH = 4000  # px: no screen shows more
JPEG_QUALITY = 85  # of 100; digits show no ringing at arm's length, a quarter of the size of PNG
GLYPH_SIDE = 112  # px of a glyph's picture: sharp on a screen of two pixels a point
GLYPH_MARGIN = 0.3  # of its side, around a glyph
FADED = 0.4  # of its contrast is left to what is beside the glyph
OUTSIDE = 229  # grey of what lies beyond the page's edge
PAGE_SIDE = 2200  # px of a whole page's longer side
BRIGHTEST = 90  # percentile of a strip that becomes white: paper is most of it
DARKEST = 0.5  # percentile that becomes black
LEAST_RANGE = 48  # grey levels stretched at most to full contrast, so that empty paper shows no noise
DECODED_BYTES = 200_000_000  # of pages kept decoded: a score of A4 at 300 dpi
QUIET_SECONDS = (
    0.25  # after a request, in which cutting ahead rests: the page's next request comes on its heels
)
REST = (
    1.0  # of the time that cutting a word took; on a busy machine cutting without rest would starve the page
)
SPOOL_BYTES = 2_000_000_000  # of cut pictures on disk; what is beyond is cut when asked for


class Glyph(NamedTuple):
    """One glyph of a word: position is 1-based."""

    position: int
    box: Box
    doubtful: bool


class Wanted(NamedTuple):
    """A word of which pictures are asked."""

    key: int
    box: Box
    glyphs: tuple[Glyph, ...]


class Sheet(NamedTuple):
    """One page of a file in the job, as the file was when it was read."""

    key: int
    path: Path
    page: int
    stamp: Stamp
    quarters: int = 0  # turns counterclockwise that bring it upright


Name = tuple[int, int]  # a word's id and a glyph's position, 0 for the word's strip


def strip_box(box: Box) -> Box:
    """What is shown of a word: its line, in pixels of the page; it may reach beyond the page's edges.

    Near the left edge more is shown to the right; where the right edge is, the job does not tell.
    """
    height = max(box.height, LEAST_HEIGHT)
    above = round((height - box.height) / 2 + STRIP_MARGIN * height)
    reach = round(max(STRIP_REACH * height, box.width / 2 + STRIP_AROUND * height))
    left = max((box.left + box.right) // 2 - reach, min(-height // 2, box.left - height))
    return Box(left, box.top - above, left + 2 * reach, box.bottom + above)


def cut_strip(page: Grey, box: Box, aspect: float = 1.0) -> Grey:
    """(H, W) uint8: a word's line at a height that is sharp on a screen, its contrast stretched. aspect: height of the page's
    pixels to their width."""
    region = strip_box(box)
    across, down = factors(aspect)
    height = max(box.height, LEAST_HEIGHT) * down
    low, high = SHARP_HEIGHT
    scale = min(max(1.0, low / height), MOST_ENLARGED) if height < high else high / height
    scale = min(scale, STRIP_WIDTH / region.width / across)
    return _scaled(_stretched(_cut(page, region), page.shape, region), scale * across, scale * down)


def cut_glyph(page: Grey, box: Box, aspect: float = 1.0) -> Grey:
    """(GLYPH_SIDE, GLYPH_SIDE) uint8: a glyph in its square, what is beside it faded. aspect: as for `cut_strip`."""
    across, down = factors(aspect)
    side = max(box.width * across, box.height * down, LEAST_HEIGHT) * (1 + 2 * GLYPH_MARGIN)
    wide, high = round(side / across), round(side / down)
    left, top = (box.left + box.right - wide) // 2, (box.top + box.bottom - high) // 2
    square = Box(left, top, left + wide, top + high)
    picture = _stretched(_cut(page, square), page.shape, square)
    inside = np.zeros(picture.shape, bool)
    inside[
        max(0, box.top - top - 1) : box.bottom - top + 1, max(0, box.left - left - 1) : box.right - left + 1
    ] = True
    faded = (255 - FADED * (255 - picture.astype(np.float32))).astype(np.uint8)
    return _scaled(np.where(inside, picture, faded), GLYPH_SIDE / wide, GLYPH_SIDE / high)


def _cut(page: Grey, region: Box) -> Grey:
    """(H, W) uint8: a region of the page, OUTSIDE where there is no page."""
    out = np.full((region.height, region.width), OUTSIDE, np.uint8)
    height, width = page.shape
    left, top = max(0, region.left), max(0, region.top)
    right, bottom = min(width, region.right), min(height, region.bottom)
    if left < right and top < bottom:
        out[top - region.top : bottom - region.top, left - region.left : right - region.left] = page[
            top:bottom, left:right
        ]
    return out


def _stretched(picture: Grey, page: tuple[int, ...], region: Box) -> Grey:
    """The picture with paper white and ink black, as far as what is of the page goes."""
    inside = picture[max(0, -region.top) : page[0] - region.top, max(0, -region.left) : page[1] - region.left]
    if not inside.size:
        return picture
    dark, bright = _percentiles(inside)
    dark = min(dark, bright - LEAST_RANGE)
    table = np.clip((np.arange(256) - dark) * 255 / (bright - dark), 0, 255).astype(np.uint8)
    stretched = picture.copy()
    view = stretched[max(0, -region.top) : page[0] - region.top, max(0, -region.left) : page[1] - region.left]
    view[...] = table[view]
    return stretched


def _percentiles(picture: Grey) -> tuple[float, float]:
    """What DARKEST and BRIGHTEST percent of the pixels lie below."""
    counts = np.cumsum(np.bincount(picture.ravel(), minlength=256))
    dark, bright = np.searchsorted(counts, [counts[-1] * DARKEST / 100, counts[-1] * BRIGHTEST / 100])
    return float(dark), float(bright)


def _scaled(picture: Grey, across: float, down: float) -> Grey:
    """The picture so many times as wide and as high."""
    if across == down == 1:
        return picture
    size = (max(1, round(picture.shape[1] * across)), max(1, round(picture.shape[0] * down)))
    how = cv2.INTER_AREA if max(across, down) < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def jpeg(picture: Grey) -> bytes:
    """A picture as JPEG."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise PageError("a picture could not be made; load the page again")
    return bytes(data)


class Spool:
    """Pictures on disk under their names; the file has no name and goes with the process."""

    def __init__(self, most: int = SPOOL_BYTES) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the server)
        self._most, self.size = most, 0
        self._places: dict[Name, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def __contains__(self, name: Name) -> bool:
        return name in self._places

    def put(self, name: Name, data: bytes) -> None:
        """Keep a picture, unless there is no more room; a full disk costs only time."""
        with self._lock, suppress(OSError):
            if name in self._places or self.size + len(data) > self._most:
                return
            self._file.seek(self.size)
            self._file.write(data)
            self._places[name] = (self.size, len(data))
            self.size += len(data)

    def get(self, name: Name) -> bytes | None:
        """A picture, or None if it is not kept."""
        with self._lock:
            if name not in self._places:
                return None
            start, size = self._places[name]
            self._file.seek(start)
            return self._file.read(size)

    def close(self) -> None:
        """Give the disk space back."""
        with self._lock:
            self._places.clear()
            self._file.close()


class Crops:
    """The pictures of one job's words, and its pages."""

    def __init__(self, table: Path, *, spool: int = SPOOL_BYTES, decoded: int = DECODED_BYTES) -> None:
        self._table = table
        self._spool = Spool(spool)
        self._decoded: OrderedDict[int, Page] = OrderedDict()
        self._most = decoded
        self._lock = threading.Lock()
        self._decoding: dict[int, threading.Lock] = defaultdict(threading.Lock)
        self._soon: list[Sheet] = []  # pages that a request had to decode: their other words are likely next
        self._wished: deque[Name] = deque()  # pictures that will be asked for soonest, the first of them last
        self._asked = 0  # pictures being cut for requests
        self._quiet_from = 0.0  # by the monotonic clock; till then cutting ahead rests
        self._ending = threading.Event()
        self._ahead = threading.Thread(target=self._cut_ahead, name="crops", daemon=True)

    def start(self) -> None:
        """Begin to cut ahead."""
        self._ahead.start()

    def close(self) -> None:
        """End the thread and give the disk space back."""
        self._ending.set()
        if self._ahead.is_alive():
            self._ahead.join()
        self._spool.close()

    def wish(self, names: Sequence[Name]) -> None:
        """Pictures that will be asked for soon, in this order, before all else."""
        self._wished.extend(reversed(names))

    def hold_back(self) -> None:
        """A request has come: let cutting ahead rest a moment."""
        self._quiet_from = time.monotonic() + QUIET_SECONDS

    def kept_bytes(self) -> int:
        """How much of the disk the pictures take."""
        return self._spool.size

    def picture(self, key: int, position: int = 0) -> bytes:
        """JPEG of a word's strip, or of its glyph at a position. Raises UsageError or PageError."""
        kept = self._spool.get((key, position))
        return kept if kept is not None else self._cut_now(key, position)

    def _cut_now(self, key: int, position: int) -> bytes:
        with self._before_others(), open_job(self._table) as job:
            sheet, data = self._cut(job, key, position)
        self._soon.append(sheet)
        return data

    def _cut(self, job: Job, key: int, position: int) -> tuple[Sheet, bytes]:
        """Cut one picture and keep it. Raises UsageError or PageError."""
        sheet = sheet_of(job, key)
        (word,) = wanted_on(job, sheet.key, key)
        if position and position not in {glyph.position for glyph in word.glyphs}:
            raise UsageError(f"word {key} has no digit {position}; load the page again")
        data = jpeg(cut(self._page(sheet), word, position, sheet.quarters))
        self._spool.put((key, position), data)
        return sheet, data

    @contextmanager
    def _before_others(self) -> Iterator[None]:
        with self._lock:
            self._asked += 1
        try:
            yield
        finally:
            with self._lock:
                self._asked -= 1

    def whole(self, key: int) -> tuple[bytes, int, int]:
        """JPEG of the whole page that a word is on, and the page's width and height in pixels."""
        with self._before_others(), open_job(self._table) as job:
            page = self._page(sheet_of(job, key))
            height, width = page.image.shape
            across, down = factors(page.aspect)
            scale = min(1.0, PAGE_SIDE / max(width * across, height * down))
            return jpeg(_scaled(page.image, scale * across, scale * down)), width, height

    def _page(self, sheet: Sheet) -> Page:
        """The decoded page; whoever asks for the same one meanwhile waits for it. Raises PageError."""
        with self._decoding[sheet.key]:
            with self._lock:
                if sheet.key in self._decoded:
                    self._decoded.move_to_end(sheet.key)
                    return self._decoded[sheet.key]
            check_unchanged(sheet)
            page = load_page(sheet.path, sheet.page)
            with self._lock:
                self._decoded[sheet.key] = page
                while (
                    len(self._decoded) > 1
                    and sum(one.image.nbytes for one in self._decoded.values()) > self._most
                ):
                    self._decoded.popitem(last=False)
            return page

    def _cut_ahead(self) -> None:
        """Cut what the review will ask for: what is wished for, then the words of the pages just decoded, then all in
        the table's order."""
        with open_job(self._table) as job:
            for sheet in self._in_turn(list(sheets_to_cut(job))):
                with suppress(PageError, UsageError):  # told of when it is asked for
                    turned = _turned(job, sheet)
                    for word in wanted_on(job, sheet.key):
                        self._cut_wished(job)
                        self._give_way()
                        if self._ending.is_set():
                            return
                        start = time.monotonic()
                        self._keep_pictures(turned, word)
                        self._ending.wait(REST * (time.monotonic() - start))

    def _cut_wished(self, job: Job) -> None:
        """Cut what is wished for, without rest: it is a screen or two."""
        while self._wished and not self._ending.is_set():
            key, position = self._wished.pop()
            if (key, position) not in self._spool:
                self._give_way()
                with suppress(PageError, UsageError):  # told of when it is asked for
                    self._cut(job, key, position)

    def _in_turn(self, sheets: Sequence[Sheet]) -> Iterator[Sheet]:
        done: set[int] = set()
        for sheet in sheets:
            while self._soon:
                soon = self._soon.pop()
                if soon.key not in done:
                    done.add(soon.key)
                    yield soon
            if sheet.key not in done:
                done.add(sheet.key)
                yield sheet

    def _give_way(self) -> None:
        while (self._asked or time.monotonic() < self._quiet_from) and not self._ending.is_set():
            self._ending.wait(QUIET_SECONDS / 5)

    def _keep_pictures(self, sheet: Sheet, word: Wanted) -> None:
        """Cut a word's strip and those glyphs that are doubtful."""
        for position in (0, *(glyph.position for glyph in word.glyphs if glyph.doubtful)):
            if (word.key, position) not in self._spool:
                self._spool.put(
                    (word.key, position), jpeg(cut(self._page(sheet), word, position, sheet.quarters))
                )


def cut(page: Page, word: Wanted, position: int, quarters: int = 0) -> Grey:
    """A word's strip, for position 0, or its glyph at a position; quarters: turns counterclockwise that bring its page
    upright."""
    glyphs = (glyph.box for glyph in word.glyphs if glyph.position == position)
    box = next(glyphs) if position else word.box
    image, aspect = page.image, page.aspect
    if quarters:
        image, (box,) = turned_upright(image, [box], quarters)
        aspect = 1 / aspect if quarters % 2 else aspect
    return cut_glyph(image, box, aspect) if position else cut_strip(image, box, aspect)


def check_unchanged(sheet: Sheet) -> None:
    """Raise PageError if the file is gone or is not the one that was read: its boxes would lie elsewhere."""
    try:
        now = stamp_of(sheet.path)
        if not now.same_content_likely(sheet.stamp) and sheet.stamp.digest:
            now = with_digest(now, sheet.path)
            same = now.digest == sheet.stamp.digest
        else:
            same = True
    except OSError as error:
        raise PageError(
            f"{sheet.path.name}: the page cannot be shown ({error.strerror or error}); put the file back"
        ) from None
    if not same:
        raise PageError(
            f"{sheet.path.name}: has changed since it was read; end the review and run `batchocr run` again"
        )


# --- questions to the job -------------------------------------------------------------------------------

SHEET = (
    "SELECT p.id, f.path, p.page, f.size, f.modified, f.changed, f.digest "
    "FROM pages p JOIN files f ON f.id = p.file "
)
NEXT_DIGITS = (
    "SELECT sum(b.left + b.right - a.left - a.right), sum(b.top + b.bottom - a.top - a.bottom) "
    "FROM words w JOIN glyphs a ON a.word = w.id "
    "JOIN glyphs b ON b.word = a.word AND b.position = a.position + 1 WHERE w.page = ?"
)
NEXT_WORDS = (  # by a window: a join of a page's words with themselves takes their number squared
    "SELECT sum(across), sum(along) FROM (SELECT left + right - lag(left + right) OVER of_line AS across, "
    "top + bottom - lag(top + bottom) OVER of_line AS along FROM words WHERE page = ? AND line IS NOT NULL "
    "WINDOW of_line AS (PARTITION BY line ORDER BY word))"
)
ASKED = "(w.status = 'review' OR w.id IN (SELECT word FROM audited))"


def sheet_of(job: Job, key: int) -> Sheet:
    """The page that a word is on. Raises UsageError if there is no such word."""
    found = job.rows(f"{SHEET} JOIN words w ON w.page = p.id WHERE w.id = ?", (key,)).fetchone()
    if found is None:
        raise UsageError(f"there is no word {key}; load the page again")
    return _turned(job, _sheet(found))


def sheets_to_cut(job: Job) -> Iterator[Sheet]:
    """The pages that hold words for review, in the table's order; how each is turned is left for its turn."""
    rows = job.rows(
        f"{SHEET} WHERE f.place IS NOT NULL AND EXISTS (SELECT 1 FROM words w LEFT JOIN standing s "
        f"ON s.word = w.id WHERE w.page = p.id AND s.what IS NULL AND {ASKED}) ORDER BY f.place, p.page"
    )
    yield from map(_sheet, rows)


def _sheet(row: Iterable[object]) -> Sheet:
    key, path, page, size, modified, changed, digest = row
    return Sheet(key, Path(os.fsdecode(path)), page, Stamp(size or 0, modified or 0, changed or 0, digest))  # type: ignore[arg-type]


def _turned(job: Job, sheet: Sheet) -> Sheet:
    """The page with the turns that bring it upright: whither its digits and words follow each other tells them."""
    right = down = 0
    for of_pairs in (NEXT_DIGITS, NEXT_WORDS):
        across, along = job.rows(of_pairs, (sheet.key,)).fetchone()
        right, down = right + (across or 0), down + (along or 0)
    return sheet._replace(quarters=quarters_of(right, down))


def wanted_on(job: Job, page: int, key: int = 0) -> list[Wanted]:
    """The words of a page that the review asks for, or only the one of this key, with their glyphs."""
    glyphs: dict[int, list[Glyph]] = defaultdict(list)
    boxes: dict[int, Box] = {}
    for word, left, top, right, bottom, position, doubtful, *edges in job.rows(
        f"SELECT w.id, w.left, w.top, w.right, w.bottom, g.position, {IS_DOUBTFUL}, "
        "g.left, g.top, g.right, g.bottom FROM words w LEFT JOIN glyphs g ON g.word = w.id "
        f"WHERE w.page = :page AND w.left IS NOT NULL AND CASE WHEN :key THEN w.id = :key ELSE {ASKED} END "
        "ORDER BY w.id, g.position",
        {"page": page, "key": key},
    ):
        boxes[word] = Box(left, top, right, bottom)
        if position is not None:
            glyphs[word].append(Glyph(position, Box(*edges), bool(doubtful)))
    return [Wanted(word, box, tuple(glyphs[word])) for word, box in boxes.items()]
