"""measure/detection/: the one form of what a detector finds.

An array (samples, most boxes, 6), float32: class, left, top, right, bottom, score. Corners are
shares of the picture's width and height; of a sample the highest score stands first, and after the
last box rows of the class -1 and the score 0 follow. Where an output was NaN all of its sample is.
"""

import numpy as np

from optimizer.arrays import Array, Float32s, Float64s, Int64s
from optimizer.data.boxes.box_labels import CLASS, COLUMNS, NO_BOX

SCORE = 5
MOST_BOXES = 100
"""Of a sample, as COCO's own evaluation has it."""
SURE = 0.25
"""The score from which on a box is shown, and counted where files are compared box by box."""


def none_found(samples: int, most: int = MOST_BOXES) -> Float32s:
    """Detections of samples in which nothing was found."""
    found = np.zeros((samples, most, COLUMNS), np.float32)
    found[..., CLASS] = NO_BOX
    return found


def of_sample(boxes: Float64s, scores: Float64s, classes: Int64s, order: Int64s) -> Float64s:
    """The rows (k, 6) of one sample: those at `order`, no more than fit."""
    chosen = order[:MOST_BOXES]
    return np.concatenate(
        [classes[chosen, None], boxes[chosen], scores[chosen, None]], axis=1, dtype=np.float64
    )


def above(rows: Array, least: float) -> Float64s:
    """The boxes of one sample (most, 6) whose score is no less than `least`."""
    values = np.asarray(rows, np.float64)
    return values[(values[:, CLASS] >= 0) & (values[:, SCORE] >= least)]
