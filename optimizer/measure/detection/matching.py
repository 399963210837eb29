"""measure/detection/: which boxes are found by which detections, as COCO's own evaluation has it.

Lin et al., Microsoft COCO (2014); the rules are those of `pycocotools.cocoeval.COCOeval` for boxes
of all areas.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Float64s, Int64s
from optimizer.data.boxes.box_labels import CLASS, CORNERS, COUNTED, COUNTS, CROWD, are_boxes
from optimizer.measure.detection.detections import MOST_BOXES, SCORE
from optimizer.measure.detection.overlap import overlap

OVERLAPS: Float64s = np.linspace(0.5, 0.95, 10)
"""From which intersection over union on a box is found."""
ALMOST = 1e-10  # a box that is met exactly is found at an overlap of 1


@dataclass(frozen=True)
class Matched:
    """The detections of one class in all samples, the highest score first.

    Attributes:
        samples: (d,) the sample of each.
        right: (overlaps, d) whether it finds a box.
        nothing: (overlaps, d) whether it counts neither as right nor as wrong: it finds a box that
            may be found or not.
        boxes: (n,) how many boxes of the class have to be found in each sample.
    """

    samples: Int64s
    right: npt.NDArray[np.bool_]
    nothing: npt.NDArray[np.bool_]
    boxes: Int64s


def matched(found: Array, labels: Array, overlaps: Float64s = OVERLAPS) -> dict[int, Matched]:
    """Matches detections with the boxes of their sample and class, for each class with boxes.

    Detections are taken by their score, and each takes the box that it overlaps most among those
    that none took before; boxes that have to be found come first. At most 100 of a class in a
    sample count.

    Args:
        found: (n, most, 6), see `detections`.
        labels: (n, most, 6), see `box_labels`.
        overlaps: The intersections over union from which on a box is found.

    Returns:
        By the class's number, in ascending order.
    """
    true = are_boxes(labels)
    counted = true & (labels[..., COUNTS] == COUNTED)
    classes = np.unique(labels[..., CLASS][counted]).astype(np.int64)
    return {
        int(number): _of_class(
            np.asarray(found, np.float64),
            np.asarray(labels, np.float64),
            int(number),
            (counted & (labels[..., CLASS] == number)).sum(axis=1),
            overlaps,
        )
        for number in classes
    }


def _of_class(
    found: Float64s, labels: Float64s, number: int, boxes: Int64s, overlaps: Float64s
) -> Matched:
    samples, scores, right, nothing = [], [], [], []
    there = found[..., CLASS] == number
    for sample in np.flatnonzero(there.any(axis=1)):
        own = found[sample][there[sample]]
        own = own[np.argsort(-own[:, SCORE], kind="mergesort")][:MOST_BOXES]
        true = labels[sample][labels[sample][:, CLASS] == number]
        hit, free = _in_sample(own, true, overlaps)
        samples.append(np.full(len(own), sample))
        scores.append(own[:, SCORE])
        right.append(hit)
        nothing.append(free)
    if not samples:
        empty = np.zeros((len(overlaps), 0), np.bool_)
        return Matched(np.zeros(0, np.int64), empty, empty, boxes)
    order = np.argsort(-np.concatenate(scores), kind="mergesort")
    return Matched(
        np.concatenate(samples)[order],
        np.concatenate(right, axis=1)[:, order],
        np.concatenate(nothing, axis=1)[:, order],
        boxes,
    )


def _in_sample(
    own: Float64s, true: Float64s, overlaps: Float64s
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """For each overlap and detection whether it finds a box, and whether that need not be found."""
    hit = np.zeros((len(overlaps), len(own)), np.bool_)
    free = np.zeros_like(hit)
    if not len(true):
        return hit, free
    true = true[np.argsort(true[:, COUNTS] != COUNTED, kind="mergesort")]
    optional, crowd = true[:, COUNTS] != COUNTED, true[:, COUNTS] == CROWD
    share = overlap(own[:, CORNERS], true[:, CORNERS], np.asarray(crowd, np.float64))
    least = np.minimum(overlaps, 1 - ALMOST)[:, None]
    taken = np.zeros((len(overlaps), len(true)), np.bool_)
    rows = np.arange(len(overlaps))
    for place in np.flatnonzero(share.max(axis=1) >= least.min()):
        possible = (share[place] >= least) & (~taken | crowd)
        for among in (possible & ~optional, possible & optional):
            wanted = among.any(axis=1) & ~hit[:, place] & ~free[:, place]
            # Of boxes that it overlaps alike the last.
            best = len(true) - 1 - np.argmax(np.where(among, share[place], -1)[:, ::-1], axis=1)
            taken[rows[wanted], best[wanted]] = True
            target = free if (among & optional).any() else hit
            target[wanted, place] = True
    return hit, free
