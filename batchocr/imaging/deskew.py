"""How far a page is turned, and turning it back.

The angle is the one at which the rows of ink stand out most (projection profile, Postl 1986), looked for on a
reduced page. Leaves out: quarter turns (`batchocr.segmentation.orientation`) and perspective
(`batchocr.imaging.keystone`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from batchocr.elements import Grey, Ink
from batchocr.imaging.binarize import halved

WIDEST = 480  # px of the reduced page on which the angle is looked for roughly,
WIDEST_FINE = 960  # and of the one on which it is then looked for closely
MOST_DEGREES = 20.0
SQUEEZED = 4  # times narrower is the page on which the angle is looked for at first
LEAST_HALVED = 3.0  # times as large as wanted that a picture is which is halved first
WORTH_DEGREES = 0.15  # below this a page is left as it is: from 0.2 on pale rules are lost, which are looked for along columns
CLEAR_GAIN = 1.05  # the best angle's profile must be so much sharper than the straight one's,
HARDLY = 0.05  # which is taken at so many degrees: at none it is not smoothed, and sharper by that


def skew_degrees(ink: Ink) -> float:
    """Degrees by which the lines of (H, W) bool ink climb (positive) or fall to the right; 0 if unclear."""
    return skew_of(*reduced_twice(ink))


def skew_of(small: NDArray[np.uint8], fine: NDArray[np.uint8]) -> float:
    """The same of a page as of `reduced_twice`."""
    if np.count_nonzero(small) < 50:
        return 0.0
    coarse = np.arange(-MOST_DEGREES, MOST_DEGREES + 0.1, 1.0)
    narrow, steeper = squeezed(small)
    best = coarse[np.argmax([_sharpness(narrow, a, steeper) for a in coarse])]
    sharp = {float(angle): _sharpness(fine, angle) for angle in np.arange(best - 0.8, best + 0.81, 0.2)}
    near = max(sharp, key=sharp.__getitem__)
    sharp |= {angle: _sharpness(fine, angle) for angle in (near - 0.1, near + 0.1)}
    near = max(sharp, key=sharp.__getitem__)
    straight = max(_sharpness(fine, angle) for angle in (-HARDLY, HARDLY))
    return near if sharp[near] >= CLEAR_GAIN * straight else 0.0


def reduced_twice(ink: Ink) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The page at which to look roughly, and the one at which to look closely, as of `_reduced`."""
    return _reduced(ink, WIDEST), _reduced(ink, WIDEST_FINE)


def _reduced(ink: Ink, widest: int) -> NDArray[np.uint8]:
    """Ink, few pixels wide, with frames thinned out so that writing counts too: (h, w) uint8 0..255."""
    factor = max(1.0, max(ink.shape) / widest)
    size = (max(1, round(ink.shape[1] / factor)), max(1, round(ink.shape[0] / factor)))
    picture = ink.view(np.uint8) * np.uint8(255)
    while min(picture.shape[0] / size[1], picture.shape[1] / size[0]) >= LEAST_HALVED:
        picture = halved(picture)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def squeezed(small: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """A reduced page, (h, w), made narrower, (h, w') uint8, and how many times: its rows tell the same, and sooner."""
    width = max(1, small.shape[1] // SQUEEZED)
    narrow = cv2.resize(small, (width, small.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(narrow, np.uint8), small.shape[1] / width


def _sharpness(small: NDArray[np.uint8], degrees: float, steeper: float = 1.0) -> float:
    """How unevenly the ink falls into rows after turning by so many degrees clockwise.

    steeper: how many times narrower than high the page has been made.
    """
    return float(unevenness(sheared(small, degrees, steeper)).sum())


def unevenness(page: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How much the ink of a reduced page, (h, w), changes from each row to the next, squared: (h - 1,)."""
    rows = np.asarray(cv2.reduce(page, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S), float).ravel()
    return np.asarray(np.square(np.diff(rows)), np.float64)


def sheared(small: NDArray[np.uint8], degrees: float, steeper: float = 1.0) -> NDArray[np.uint8]:
    """A reduced page, (h, w), sheared about its middle so that what climbs by so many degrees to the right lies level.

    steeper: how many times narrower than high the page has been made.
    """
    height, width = small.shape
    shear = steeper * np.tan(np.radians(degrees))
    matrix = np.array([[1, 0, 0], [shear, 1, -shear * width / 2]])
    return np.asarray(cv2.warpAffine(small, matrix, (width, height)), np.uint8)


@dataclass(frozen=True, slots=True)
class Turn:
    """A page put straight, and the way back: forward turns the picture, back a box."""

    forward: NDArray[np.float64]  # (3, 3), a homography

    def boxes_back(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """The boxes' places on the page as it was: the bounds of their turned corners. (N, 4) px -> (N, 4) px."""
        return _bounds(boxes, np.linalg.inv(self.forward))

    def boxes_forth(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for boxes on the page as it was, on the turned one."""
        return _bounds(boxes, self.forward)


def _bounds(boxes: NDArray[np.float64], matrix: NDArray[Any]) -> NDArray[np.float64]:
    """The bounds of boxes' corners, moved so: (N, 4) px, (3, 3) -> (N, 4) px."""
    corners = _moved(boxes[:, [[0, 1], [2, 1], [0, 3], [2, 3]]], matrix)
    return np.asarray(np.rint(np.hstack([corners.min(axis=1), corners.max(axis=1)])), np.float64)


def _moved(points: NDArray[np.float64], matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Points moved by a homography: (..., 2) px, (3, 3) -> (..., 2) px."""
    moved = points @ matrix[:2, :2].T + matrix[:2, 2]
    return np.asarray(moved / (points @ matrix[2, :2] + matrix[2, 2])[..., None], np.float64)


def straighten(image: Grey, degrees: float) -> tuple[Grey, Turn]:
    """The page turned so that its lines lie level, on a canvas that holds all of it: (H', W') uint8."""
    height, width = image.shape
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return placed(image, matrix)


def placed(image: Grey, matrix: NDArray[np.float64]) -> tuple[Grey, Turn]:
    """The page moved by a homography, (3, 3), and on to a canvas that holds all of it: (H', W') uint8."""
    forward, (height, width) = on_canvas(matrix, image.shape)
    affine = not forward[2, :2].any()
    turned = (cv2.warpAffine if affine else cv2.warpPerspective)(
        image,
        forward[:2] if affine else forward,
        (width, height),
        # a photograph is seldom as sharp as a scan, and linear would blur it more
        flags=cv2.INTER_LINEAR if affine else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=float(np.median(image[::8, ::8])),  # paper: a border drawn out would look like strokes
    )
    return np.asarray(turned, np.uint8), Turn(forward)


def on_canvas(
    matrix: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """A homography, (3, 3), that moves a page so high and wide on to a canvas that holds all of it, and the canvas's height and
    width, px."""
    height, width = shape
    corners = _moved(np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64), matrix)
    least, most = corners.min(axis=0), corners.max(axis=0)
    size = (int(most[0] - least[0]) + 1, int(most[1] - least[1]) + 1)
    onto = np.eye(3)
    onto[:2, 2] = (np.array(size) - least - most) / 2
    return np.asarray(onto @ matrix, np.float64), (size[1], size[0])
