"""measure/detection/: non-maximum suppression: of boxes that are of one thing the best stays."""

import numpy as np

from optimizer.arrays import Float64s, Int64s
from optimizer.measure.detection.overlap import overlap


def suppressed(boxes: Float64s, scores: Float64s, classes: Int64s, most_overlap: float) -> Int64s:
    """The places of the boxes that stay, the highest score first; of equal ones the first.

    Greedy and class by class: a box goes that overlaps one of its class with a higher score by more
    than `most_overlap`, as in torchvision's `batched_nms` and TensorFlow's combined suppression.

    Args:
        boxes: (n, 4): left, top, right, bottom.
        scores, classes: (n,).
        most_overlap: Intersection over union, 0..1.
    """
    kept = []
    for number in np.unique(classes):
        own = np.flatnonzero(classes == number)
        own = own[np.argsort(-scores[own], kind="stable")]
        while len(own):
            best, own = own[0], own[1:]
            kept.append(best)
            if len(own):
                near = overlap(boxes[best][None], boxes[own])[0]
                own = own[near <= most_overlap]
    places = np.array(sorted(kept), np.int64)
    return places[np.argsort(-scores[places], kind="stable")]
