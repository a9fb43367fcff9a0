"""How far a page is turned, and turning it back.

The angle is the one at which the rows of ink stand out most (projection profile, Postl 1986), looked for on a
reduced page. Leaves out: quarter turns (`batchocr.segmentation.orientation`) and perspective.
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
    small, fine = (_reduced(ink, widest) for widest in (WIDEST, WIDEST_FINE))
    if np.count_nonzero(small) < 50:
        return 0.0
    coarse = np.arange(-MOST_DEGREES, MOST_DEGREES + 0.1, 1.0)
    narrow = cv2.resize(
        small, (max(1, small.shape[1] // SQUEEZED), small.shape[0]), interpolation=cv2.INTER_AREA
    )
    steeper = small.shape[1] / narrow.shape[1]
    best = coarse[np.argmax([_sharpness(np.asarray(narrow, np.uint8), a, steeper) for a in coarse])]
    sharp = {float(angle): _sharpness(fine, angle) for angle in np.arange(best - 0.8, best + 0.81, 0.2)}
    near = max(sharp, key=sharp.__getitem__)
    sharp |= {angle: _sharpness(fine, angle) for angle in (near - 0.1, near + 0.1)}
    near = max(sharp, key=sharp.__getitem__)
    straight = max(_sharpness(fine, angle) for angle in (-HARDLY, HARDLY))
    return near if sharp[near] >= CLEAR_GAIN * straight else 0.0


def _reduced(ink: Ink, widest: int) -> NDArray[np.uint8]:
    """Ink, few pixels wide, with frames thinned out so that writing counts too: (h, w) uint8 0..255."""
    factor = max(1.0, max(ink.shape) / widest)
    size = (max(1, round(ink.shape[1] / factor)), max(1, round(ink.shape[0] / factor)))
    picture = ink.view(np.uint8) * np.uint8(255)
    while min(picture.shape[0] / size[1], picture.shape[1] / size[0]) >= LEAST_HALVED:
        picture = halved(picture)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _sharpness(small: NDArray[np.uint8], degrees: float, steeper: float = 1.0) -> float:
    """How unevenly the ink falls into rows after turning by so many degrees clockwise.

    steeper: how many times narrower than high the page has been made.
    """
    height, width = small.shape
    shear = steeper * np.tan(np.radians(degrees))
    matrix = np.array([[1, 0, 0], [shear, 1, -shear * width / 2]])
    sheared = cv2.warpAffine(small, matrix, (width, height))
    rows = np.asarray(cv2.reduce(sheared, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S), float).ravel()
    return float(np.square(np.diff(rows)).sum())


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn about the page's centre that leads back: forward turns the picture, back a box."""

    forward: NDArray[np.float64]  # (2, 3)

    def boxes_back(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """The boxes' places on the page as it was: the bounds of their turned corners. (N, 4) px -> (N, 4) px."""
        return _bounds(boxes, cv2.invertAffineTransform(self.forward))

    def boxes_forth(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for boxes on the page as it was, on the turned one."""
        return _bounds(boxes, self.forward)


def _bounds(boxes: NDArray[np.float64], matrix: NDArray[Any]) -> NDArray[np.float64]:
    """The bounds of boxes' corners, moved so: (N, 4) px, (2, 3) -> (N, 4) px."""
    corners = boxes[:, [[0, 1], [2, 1], [0, 3], [2, 3]]] @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(np.rint(np.hstack([corners.min(axis=1), corners.max(axis=1)])), np.float64)


def straighten(image: Grey, degrees: float) -> tuple[Grey, Turn]:
    """The page turned so that its lines lie level, on a canvas that holds all of it: (H', W') uint8."""
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_width, new_height = int(width * cos + height * sin) + 1, int(width * sin + height * cos) + 1
    matrix[0, 2] += (new_width - width) / 2
    matrix[1, 2] += (new_height - height) / 2
    turned = cv2.warpAffine(
        image,
        matrix,
        (new_width, new_height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=float(np.median(image[::8, ::8])),  # paper: a border drawn out would look like strokes
    )
    return np.asarray(turned, np.uint8), Turn(np.asarray(matrix, np.float64))
