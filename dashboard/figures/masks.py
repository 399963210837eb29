"""dashboard/figures/: classes of pixels, drawn over the picture that they are of."""

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Int64s
from optimizer.data.position_labels import nearest

Pixels = npt.NDArray[np.uint8]
CLASSES = (
    (13, 148, 136), (230, 159, 0), (86, 180, 233), (213, 94, 0), (204, 121, 167), (0, 158, 115),
    (240, 228, 66), (0, 114, 178),
)  # fmt: skip
"""From class 1 on, and again from the start; told apart also by those who see few colours (Okabe
and Ito, Color Universal Design, 2008)."""
APART = (220, 38, 38)
COVER = 0.6  # how much of the picture a class hides
GREY = 200  # behind masks whose picture cannot be shown
LEAST_WIDTH = 128  # pixels to which a small mask is enlarged, so that its pixels stay sharp


def overlay(picture: Pixels | None, classes: Int64s) -> Pixels:
    """The classes from 1 on over the picture; class 0, mostly the background, leaves it as it is.

    Args:
        picture: (height, width, 3); None: plain grey.
        classes: (rows, columns), of any size; -1 where nobody judged, which is black.
    """
    ground = _ground(picture, classes)
    shown = np.asarray(nearest(classes, (ground.shape[0], ground.shape[1])), np.int64)
    colours = np.array([(0, 0, 0), (0, 0, 0), *CLASSES], np.float32)
    chosen = np.where(shown > 0, (shown - 1) % len(CLASSES) + 2, shown + 1)
    over = colours[chosen]
    mixed = (1 - COVER) * ground + COVER * over
    return np.where((shown == 0)[..., None], ground, mixed).astype(np.uint8)


def apart(picture: Pixels | None, mine: Int64s, theirs: Int64s) -> Pixels:
    """The picture, pale, and red where two masks (rows, columns) differ."""
    ground = 255 - (255 - _ground(picture, mine)) * (1 - COVER)
    differ = nearest(mine != theirs, (ground.shape[0], ground.shape[1]))
    return np.where(differ[..., None], np.array(APART), ground).astype(np.uint8)


def _ground(picture: Pixels | None, classes: Int64s) -> npt.NDArray[np.float32]:
    if picture is None:
        picture = np.full((*classes.shape, 3), GREY, np.uint8)
    times = max(1, -(-LEAST_WIDTH // picture.shape[1]))
    return picture.repeat(times, axis=0).repeat(times, axis=1).astype(np.float32)
