"""data/boxes/: the one form of labels that are boxes.

An array (samples, most boxes, 6), float64: class, left, top, right, bottom, and how the box counts.
Corners are shares of the picture's width and height, so that they stay true when it is stretched.
Samples with fewer boxes are filled up with the class -1.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Float64s

COLUMNS = 6
CLASS, CORNERS, COUNTS = 0, slice(1, 5), 5
NO_BOX = -1.0
"""The class of rows that are no box."""
COUNTED, IGNORED, CROWD = 0.0, 1.0, 2.0
"""How a box counts: it has to be found; it may be found or not (difficult); it stands for a crowd,
in which any number of boxes may be found."""


def packed(samples: Sequence[Float64s], most: int | None = None) -> Float64s:
    """The boxes (k, 6) of each sample in one array; `most`: its rows, None: as many as needed."""
    rows = max([1, *map(len, samples)]) if most is None else most
    boxes = np.zeros((len(samples), rows, COLUMNS))
    boxes[..., CLASS] = NO_BOX
    for place, own in enumerate(samples):
        boxes[place, : len(own)] = own
    return boxes


def are_boxes(labels: Array) -> npt.NDArray[np.bool_]:
    """Which rows (n, most) are boxes."""
    return np.asarray(labels[..., CLASS], np.float64) >= 0
