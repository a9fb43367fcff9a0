"""Grey page -> ink, whatever the paper: the method is chosen by looking at the page.

A page that is already two-toned is split between its tones. Any other page is first divided from its paper
(a background estimated on a reduced copy, after Gatos, Pratikakis & Perantonis 2006), then each place is
split at a share of the depth of the strokes around it (half, about; more on a blurred page), so that faint pencil beside black ink keeps its width and
paper noise stays paper. Leaves out: colour, and mixed polarity within one page.
"""

from __future__ import annotations

import cv2
import numpy as np

from batchocr.elements import Grey, Ink

TWO_TONE_SHARE = 0.985  # of pixels within TONE_WIDTH of black or white: a 1-bit scan, perhaps resaved as grey
TONE_WIDTH = 24  # grey levels
REDUCE = 4  # the paper and the local depth are estimated on a page this many times smaller
PAPER_WINDOW = 41  # px of the reduced page; wider than a stroke or a filled glyph, narrower than shading
DEPTH_WINDOW = 17  # px of the reduced page: about the height of a line of writing at 300 dpi
SHARP_SHARE = 0.42  # the edge of a sharp stroke lies near half its depth; a little less keeps hairlines
BLURRED_SHARE = 0.6  # a blurred stroke is cut higher, or the holes of its 8 and 6 fill up
SHARPNESS = (0.22, 0.6)  # steepest edges per pixel over the ink's depth: of a blurred and of a sharp page
HALO = 9  # px: the blurred edge of a line is left out with it
NOISE_FACTOR = 5.0  # a stroke is at least so many standard deviations of the paper's noise deep
LEAST_DEPTH = 14.0  # grey levels of 255: fainter marks are not told from show-through
PAGE_DEPTH_SHARE = 0.1  # of the page's own ink depth: what is fainter than this is show-through or dirt


def binarize(image: Grey, *, beside: Ink | None = None) -> Ink:
    """Where the ink is.

    image: (H, W) uint8 grey. beside: (H, W) bool, ink (of ruled lines) that is left out and whose darkness does
    not count, so that fainter writing beside it is judged by itself. Returns (H, W) bool, True where ink.
    Dark-on-light or light-on-dark alike.
    """
    if image.size == 0:
        return np.zeros(image.shape, bool)
    if is_two_tone(image):
        return _split_two_tone(image) if beside is None else _split_two_tone(image) & ~beside
    dark_on_light = image if not is_light_on_dark(image) else 255 - image
    return _split_by_depth(dark_on_light, beside)


def is_two_tone(image: Grey) -> bool:
    """Whether nearly all pixels are near black or near white (and both occur)."""
    counts = np.bincount(image[::3, ::3].ravel(), minlength=256)
    ends = counts[:TONE_WIDTH].sum() + counts[-TONE_WIDTH:].sum()
    return bool(ends >= TWO_TONE_SHARE * counts.sum())


def _split_two_tone(image: Grey) -> Ink:
    dark = image < 128
    return dark if 2 * np.count_nonzero(dark) <= dark.size else ~dark


def is_light_on_dark(image: Grey) -> bool:
    """Whether the writing is lighter than its paper: thin strokes skew the page's fine detail.

    The detail (page less its own blur) has a long tail on the strokes' side, however dark the page is as a whole.
    """
    small = _reduced(image, 2)
    detail = small.astype(np.float32) - cv2.blur(small, (25, 25))
    detail[np.abs(detail) < 12] = 0  # paper noise has no side
    return bool(
        np.mean(detail**3) > 0
        and np.mean(np.clip(detail, 0, None) ** 2) > np.mean(np.clip(-detail, 0, None) ** 2)
    )


def _reduced(image: Grey, factor: int) -> Grey:
    height, width = image.shape
    size = (max(1, width // factor), max(1, height // factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def estimate_paper(image: Grey) -> Grey:
    """The page without its ink: (H, W) uint8, from closing and smoothing a reduced copy."""
    small = _reduced(image, REDUCE)
    window = min(PAPER_WINDOW, 2 * (min(small.shape) // 2) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (window, window))
    closed = cv2.morphologyEx(
        cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE
    )
    smooth = cv2.blur(closed, (window, window), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(smooth, image.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _split_by_depth(image: Grey, beside: Ink | None) -> Ink:
    depth: Grey = np.asarray(
        cv2.subtract(estimate_paper(image), image), np.uint8
    )  # how much darker than paper
    if beside is not None:
        depth[cv2.dilate(beside.view(np.uint8), np.ones((HALO, HALO), np.uint8)) > 0] = 0
    height, width = depth.shape
    peaks = cv2.dilate(depth, np.ones((3, 3), np.uint8))[::REDUCE, ::REDUCE]
    local = cv2.dilate(peaks, np.ones((DEPTH_WINDOW, DEPTH_WINDOW), np.uint8))
    local = cv2.blur(local, (DEPTH_WINDOW, DEPTH_WINDOW))
    share = np.interp(
        _steepness(depth) / max(1.0, _page_depth(depth)), SHARPNESS, (BLURRED_SHARE, SHARP_SHARE)
    )
    floor = max(LEAST_DEPTH, NOISE_FACTOR * _noise(image), PAGE_DEPTH_SHARE * _page_depth(depth))
    coarse = np.maximum(local.astype(np.float32) * share, floor).astype(np.uint8)
    threshold = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(depth > threshold, bool)


def _noise(image: Grey) -> float:
    """Standard deviation of the paper's noise in grey levels (Immerkaer 1996, robust: strokes are the minority)."""
    step = max(1, image.size // 500_000)
    rows = image[::step].astype(np.int16)
    if rows.shape[1] < 3:
        return 0.0
    second = rows[:, 2:] - 2 * rows[:, 1:-1] + rows[:, :-2]
    return float(np.median(np.abs(second)) / 0.6745 / np.sqrt(6.0))


def _steepness(depth: Grey) -> float:
    """Grey levels by which the page's sharper edges change over two pixels."""
    rows = depth[:: max(1, depth.size // 1_000_000)]
    if rows.shape[1] < 3:
        return 0.0
    return float(np.percentile(cv2.absdiff(rows[:, 2:], rows[:, :-2]), 99))


def _page_depth(depth: Grey) -> float:
    """How deep the page's ink goes, in grey levels: the mean of the deepest percent of pixels."""
    sample = depth[::4, ::4].ravel()
    if sample.size < 100:
        return float(sample.max(initial=0))
    return float(np.percentile(sample, 99))
