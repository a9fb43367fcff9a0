"""Grey page -> ink, whatever the paper: the method is chosen by looking at the page.

A page that is already two-toned is split between its tones. Any other page is first divided from its paper
(a background estimated on a reduced copy, after Gatos, Pratikakis & Perantonis 2006), then each place is
split at a share of the depth of the strokes around it (half, about; more on a blurred page), so that faint pencil
beside black ink keeps its width and paper noise stays paper; where a stroke goes on more faintly, it is followed
(hysteresis, after Canny 1986). Leaves out: colour, and mixed polarity within one page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import cv2
import numpy as np

from batchocr.elements import Grey, Ink
from batchocr.imaging.labels import label, label_areas
from batchocr.imaging.levels import counts, percentiles

TWO_TONE_SHARE = 0.985  # of pixels within TONE_WIDTH of black or white: a 1-bit scan, perhaps resaved as grey
TONE_WIDTH = 24  # grey levels
EDGE_PX = 9  # px: a pixel between both tones is an edge's if black is in such a square around it,
MOST_AWAY = 0.4  # and so many of them are none at most: in enlarged black and white hardly any is
HALF = 127  # the last grey level of black, where there is only black and white
LEAST_DETAIL = 12  # grey levels: what differs less from its surroundings is noise
REDUCE = 4  # the paper and the local depth are estimated on a page this many times smaller
PAPER_WINDOW = 41  # px of the reduced page; wider than a stroke or a filled glyph, narrower than shading
DEPTH_WINDOW = 17  # px of the reduced page: about the height of a line of writing at 300 dpi
SHARP_SHARE = 0.42  # the edge of a sharp stroke lies near half its depth; a little less keeps hairlines
BLURRED_SHARE = 0.6  # a blurred stroke is cut higher, or the holes of its 8 and 6 fill up
SHARPNESS = (0.22, 0.6)  # steepest edges per pixel over the ink's depth: of a blurred and of a sharp page
HALO = 9  # px: the blurred edge of a line is left out with it
NOISE_FACTOR = 5.0  # a stroke is at least so many standard deviations of the paper's noise deep
LEAST_DEPTH = 14.0  # grey levels of 255: fainter marks are not told from show-through
FAINT_SHARE = 0.25  # of the depth around it: how faint a stroke's going on may be
CREST_SHARE = (
    0.6  # of the deepest pixel near by: what is part of a stroke, not the blurred edge of a darker one
)
CREST_WINDOW = 7  # px: wider than a thin stroke and its edge
RIDGE_PX = 3  # px: a fine line's sides are no farther from its middle,
RIDGE_SHARE = 0.75  # of whose depth theirs is less,
RIDGE_TOP = 0.9  # and which is nearly as deep as what is next to it
BROKEN = 0.9  # of the pieces of a page's ink are left, at most, where fine lines join many
LEAST_PIECE = 4  # px
SMALL_PAGE = 500_000  # px: of a larger one it is told by one band in three, or in more of them
EVERY, BAND_PX = 3, 64  # of so many px each, as long as so many px of the page are looked at
ENOUGH = 1_000_000
DARKEST_PERCENTILE = 99.9  # of a page's pixels: of the depth of these
DARKEST = 0.55  # is what is of the darkest layer
LOST_HIGH = 15  # px that a glyph of a paler layer is high at least,
LOST_WIDE = (0.3, 2.0)  # and times as wide as high,
LOST = 0.3  # of whose ink so much is lost,
FEWEST_LOST, LOST_SHARE = 6, 0.15  # and how many such there are, and of all glyphs
NO_GRAIN = 0.03  # of the pieces of a paler layer that are glyphs at least: more of the grain of paper are not
LEAST_STRONG = 0.2  # of a component's pixels that are ink without its faint parts
CELL = 32  # px: the sides of places in which paper is looked at,
FEWEST_CELLS, ENOUGH_CELLS = 200, 1_000_000  # how many there are at least, and px of a page that are enough
EMPTY = (5, 10)  # percent of the places that surely are empty, but on a page full of print,
EVEN_CELLS = 1.2  # where the one is at most so many times as deep at its deepest as the other
# times that depth is the standard deviation of noise as deep on a whole page: there fibres are 1.7 times as deep, noise 5 times its own
OF_CELL = 0.34
PAGE_DEPTH_SHARE = 0.1  # of the page's own ink depth: what is fainter than this is show-through or dirt


class Faint(Enum):
    """Which fainter ink may be taken too."""

    # fine lines, however faint they are beside the strokes that they join
    HAIRLINES = auto()
    # what is much paler than the darkest ink, as pencil beside print, however near to that it lies
    LAYER = auto()


@dataclass(frozen=True, slots=True)
class Relief:
    """A grey page as ink that lies deep in paper.

    depth: (H, W) uint8, by how much each pixel is darker than its paper (lighter, where `light_ink`). noise:
    standard deviation of the paper, grey levels. two_tone: the page holds only black and white. faint: what is ink, too.
    """

    depth: Grey
    noise: float
    two_tone: bool
    light_ink: bool
    faint: Faint | None = None

    def ink(self, *, beside: Ink | None = None) -> Ink:
        """Where the ink is: (H, W) bool.

        beside: (H, W) bool, ink (of ruled lines) that is left out and whose darkness does not count, so that
        fainter writing beside it is judged by itself.
        """
        if not self.depth.size:
            return np.zeros(self.depth.shape, bool)
        if self.two_tone:
            return self.depth > HALF if beside is None else (self.depth > HALF) & ~beside
        depth = self.depth if beside is None else _without(self.depth, beside)
        ink = _split_by_depth(depth, self.noise, hairlines=self.faint is Faint.HAIRLINES)
        return _with_paler_layer(ink, depth, self.noise) if self.faint is Faint.LAYER else ink


def binarize(image: Grey) -> Ink:
    """Where the ink is, dark on light or light on dark: (H, W) uint8 grey -> (H, W) bool, True where ink."""
    return relief(image).ink()


def relief(
    image: Grey, *, light_ink: bool | None = None, faint: Faint | None = None, noise: float = 0.0
) -> Relief:
    """How deep each pixel of an (H, W) uint8 page lies in its paper. light_ink: ink is lighter than paper, where
    that is known already. faint: see `Relief`. noise: what it is at least, as known from before the page was enlarged, which hides it."""
    if not image.size:
        return Relief(image, 0.0, two_tone=True, light_ink=False)
    if is_two_tone(image):
        light = bool(2 * np.count_nonzero(image > HALF) < image.size)
        return Relief(image if light else _inverted(image), 0.0, two_tone=True, light_ink=light)
    light = is_light_on_dark(image) if light_ink is None else light_ink
    dark_on_light = _inverted(image) if light else image
    depth = _difference(estimate_paper(dark_on_light), dark_on_light)
    noise = max(noise, noise_of(image), texture_of(depth))
    return Relief(depth, noise, two_tone=False, light_ink=light, faint=faint)


def is_two_tone(image: Grey) -> bool:
    """Whether nearly all pixels are near black or near white, and those between are mostly the edges of black: the pale ink of a
    page with little on it is few of its pixels, too."""
    tones = counts(image[::3, ::3])
    between = tones[TONE_WIDTH:-TONE_WIDTH].sum()
    if between > (1 - TWO_TONE_SHARE) * tones.sum():
        return False
    return not between or _are_edges(image)


def _are_edges(image: Grey) -> bool:
    """Whether most pixels of (H, W) uint8 between black and white are near black ones."""
    between = cv2.inRange(image, np.array(TONE_WIDTH), np.array(255 - TONE_WIDTH))
    darkest = cv2.erode(image, np.ones((EDGE_PX, EDGE_PX), np.uint8))
    away = cv2.bitwise_and(between, cv2.inRange(darkest, np.array(TONE_WIDTH), np.array(255)))
    return cv2.countNonZero(away) <= MOST_AWAY * cv2.countNonZero(between)


def is_light_on_dark(image: Grey) -> bool:
    """Whether the writing is lighter than its paper: thin strokes skew the page's fine detail.

    The detail (page less its own blur) has a long tail on the strokes' side, however dark the page is as a whole.
    """
    small = halved(image)
    blurred = np.asarray(cv2.blur(small, (25, 25)), np.uint8)
    levels = np.arange(256.0)
    levels[:LEAST_DETAIL] = 0  # paper noise has no side
    lighter, darker = counts(_difference(small, blurred)), counts(_difference(blurred, small))
    return bool(lighter @ levels**3 > darker @ levels**3 and lighter @ levels**2 > darker @ levels**2)


def _inverted(image: Grey) -> Grey:
    return np.asarray(cv2.bitwise_not(image), np.uint8)


def _difference(image: Grey, less: Grey) -> Grey:
    """Grey levels by which one picture exceeds the other; 0 where it does not."""
    return np.asarray(cv2.subtract(image, less), np.uint8)


def halved(image: Grey, times: int = 1) -> Grey:
    """The page at half its size, so many times over, an odd last row or column left out: twenty times as fast as any other
    factor."""
    for _ in range(times):
        height, width = image.shape
        whole = image[: height // 2 * 2, : width // 2 * 2] if min(image.shape) > 1 else image
        size = (max(1, width // 2), max(1, height // 2))
        image = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
    return image


def _reduced(image: Grey) -> Grey:
    """The page at a quarter of its size; of a large one rows and columns beyond whole quarters are left out, which is nearly
    three times as fast."""
    height, width = (max(1, side // REDUCE) for side in image.shape)
    whole = image[: height * REDUCE, : width * REDUCE] if image.size > SMALL_PAGE else image
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def estimate_paper(image: Grey) -> Grey:
    """The page without its ink: (H, W) uint8, from closing and smoothing a reduced copy."""
    small = _reduced(image)
    window = min(PAPER_WINDOW, 2 * (min(small.shape) // 2) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (window, window))
    closed = cv2.morphologyEx(
        cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE
    )
    smooth = cv2.blur(closed, (window, window), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(smooth, image.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _without(depth: Grey, beside: Ink) -> Grey:
    """The depth without given ink and its blurred edge."""
    halo = cv2.dilate(beside.view(np.uint8), np.ones((HALO, HALO), np.uint8))
    return _difference(depth, np.asarray(halo, np.uint8) * np.uint8(255))


def fainter_ink(paper: Relief) -> tuple[Faint, ...]:
    """Which fainter ink of a page may be a part of its writing, by a few bands of a large page: its fine lines, if they join pieces
    of strokes, or a paler layer, if much of it is lost beside the darkest ink."""
    if paper.two_tone:
        return ()
    depth, noise = paper.depth, paper.noise
    if depth.size > SMALL_PAGE:
        bands = np.arange(depth.shape[0]) // BAND_PX
        depth = depth[bands % max(EVERY, depth.size // ENOUGH) == 0]
    sure, possible, crest = _strengths(depth, noise)
    ink = _followed(sure, possible & crest)
    found = []
    pieces = _pieces(ink)
    if pieces and _pieces(_followed(sure, possible & (crest | _ridges(depth)))) <= BROKEN * pieces:
        found.append(Faint.HAIRLINES)
    if _is_much_lost(ink, _with_paler_layer(ink, depth, noise)):
        found.append(Faint.LAYER)
    return tuple(found)


def _is_much_lost(ink: Ink, more: Ink) -> bool:
    """Whether ink lacks a good part of many glyphs that there are in more of it."""
    labels, stats = label(more.view(np.uint8))
    lost = np.bincount(labels.ravel()[np.flatnonzero(more & ~ink)], minlength=len(stats) + 1)[1:]
    _, _, wide, high, area = stats.T
    glyphs = (high >= LOST_HIGH) & (wide >= LOST_WIDE[0] * high) & (wide <= LOST_WIDE[1] * high)
    if np.count_nonzero(glyphs) < NO_GRAIN * len(stats):
        return False
    count = np.count_nonzero(glyphs & (lost >= LOST * area))
    return bool(count >= max(FEWEST_LOST, LOST_SHARE * np.count_nonzero(glyphs)))


def _with_paler_layer(ink: Ink, depth: Grey, noise: float) -> Ink:
    """Ink as far as it is that of the darkest strokes, and of others what they are judged by themselves. depth: (H, W) uint8."""
    (darkest,) = percentiles(depth[::4, ::4], DARKEST_PERCENTILE)
    deep = depth >= DARKEST * darkest
    near = cv2.dilate(deep.view(np.uint8), np.ones((HALO, HALO), np.uint8)).view(np.bool_)
    return np.asarray((ink & near) | _split_by_depth(_without(depth, deep), noise), bool)


def _pieces(ink: Ink) -> int:
    """How many components ink has, but for specks."""
    _, areas = label_areas(ink.view(np.uint8))
    return int(np.count_nonzero(areas[1:] >= LEAST_PIECE))


def _split_by_depth(depth: Grey, noise: float, *, hairlines: bool = False) -> Ink:
    sure, faint, crest = _strengths(depth, noise)
    if hairlines:
        crest |= _ridges(depth)
    faint &= crest
    del crest  # as large as the page
    return _followed(sure, faint)


def _strengths(depth: Grey, noise: float) -> tuple[Ink, Ink, Ink]:
    """Where (H, W) depth surely is ink's, where it may be that of a fainter stroke, and where that is the stroke's crest."""
    height, width = depth.shape
    peaks = cv2.dilate(depth, np.ones((3, 3), np.uint8))[::REDUCE, ::REDUCE].copy()
    local = cv2.dilate(peaks, np.ones((DEPTH_WINDOW, DEPTH_WINDOW), np.uint8))
    local = cv2.blur(local, (DEPTH_WINDOW, DEPTH_WINDOW))
    deepest = _page_depth(depth)
    share = np.interp(_steepness(depth) / max(1.0, deepest), SHARPNESS, (BLURRED_SHARE, SHARP_SHARE))
    floor = max(LEAST_DEPTH, NOISE_FACTOR * noise, PAGE_DEPTH_SHARE * deepest)

    def deeper_than(share: float) -> Ink:
        coarse = np.maximum(local.astype(np.float32) * share, floor).astype(np.uint8)
        return np.asarray(depth > cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), bool)

    around = cv2.dilate(depth, np.ones((CREST_WINDOW, CREST_WINDOW), np.uint8))
    crest = np.asarray(depth >= cv2.convertScaleAbs(around, alpha=CREST_SHARE), bool)
    return deeper_than(share), deeper_than(FAINT_SHARE), crest


def _followed(sure: Ink, faint: Ink) -> Ink:
    """Ink that is sure, and what is faint and goes on from it."""
    faint = faint & ~sure
    labels, areas = label_areas((sure | faint).view(np.uint8))
    at = np.flatnonzero(faint)  # few: cheaper to look at than the ink
    own = labels.ravel()[at]
    kept = areas - np.bincount(own, minlength=len(areas)) > LEAST_STRONG * areas
    ink = sure.copy()
    ink.ravel()[at] = kept[own]
    return ink


def _ridges(depth: Grey) -> Ink:
    """Where (H, W) depth is that of a fine line, however deep the strokes are that it runs into: clearly more than on both its
    sides."""
    height, width = depth.shape
    around = np.pad(depth, RIDGE_PX, "edge")
    least = cv2.convertScaleAbs(depth, alpha=RIDGE_SHARE)
    most = cv2.convertScaleAbs(depth, alpha=1 / RIDGE_TOP)
    found = np.zeros(depth.shape, bool)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        beside, next_to = (
            cv2.max(
                *(around[RIDGE_PX + s * down :, RIDGE_PX + s * right :][:height, :width] for s in (-far, far))
            )
            for far in (RIDGE_PX, 1)
        )
        found |= (beside < least) & (next_to <= most)
    return found


def noise_of(image: Grey, apart: int = 1) -> float:
    """Standard deviation of the paper's noise in grey levels (Immerkaer 1996, robust: strokes are the minority), by pixels of
    (H, W) uint8 so many px apart: next to each other those of a page that was enlarged, or is out of focus, are alike."""
    step = max(1, image.size // 500_000)
    rows = image[::step].astype(np.int16)
    if rows.shape[1] <= 2 * apart:
        return 0.0
    second = np.abs(rows[:, 2 * apart :] - 2 * rows[:, apart:-apart] + rows[:, : -2 * apart]).ravel()
    upto = np.bincount(second).cumsum()  # the median of so few levels: four times as fast as by sorting
    middle = upto.searchsorted([(len(second) - 1) // 2, len(second) // 2], side="right").mean()
    return float(middle / 0.6745 / np.sqrt(6.0))


def texture_of(depth: Grey) -> float:
    """The same for what is not told by pixels so close, as the fibres of rough paper: standard deviation, grey levels, of the noise
    that would be as deep at its deepest as what lies everywhere on a page is; 0 where its emptiest places differ. depth: (H, W) uint8."""
    high, wide = (side // CELL for side in depth.shape)
    if high * wide < FEWEST_CELLS:
        return 0.0
    rows = depth[: high * CELL].reshape(high, CELL, -1)[:: max(1, depth.size // ENOUGH_CELLS)]
    smooth = cv2.blur(rows.reshape(-1, depth.shape[1])[:, : wide * CELL], (3, 3))
    deepest = smooth.reshape(len(rows), CELL, wide, CELL).max(axis=(1, 3))
    emptiest, empty = np.percentile(deepest, EMPTY)
    return float(empty) * OF_CELL if empty <= EVEN_CELLS * emptiest else 0.0


def _steepness(depth: Grey) -> float:
    """Grey levels by which the page's sharper edges change over two pixels."""
    rows = depth[:: max(1, depth.size // 1_000_000)]
    if rows.shape[1] < 3:
        return 0.0
    return percentiles(np.asarray(cv2.absdiff(rows[:, 2:], rows[:, :-2]), np.uint8), 99)[0]


def _page_depth(depth: Grey) -> float:
    """How deep the page's ink goes, in grey levels: the mean of the deepest percent of pixels."""
    sample = depth[::4, ::4]
    if sample.size < 100:
        return float(sample.max(initial=0))
    return percentiles(sample, 99)[0]
