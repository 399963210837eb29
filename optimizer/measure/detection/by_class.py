"""measure/detection/: how well the boxes of each class are found."""

import numpy as np

from optimizer.arrays import Array, Float64s
from optimizer.data.boxes.box_labels import CLASS, are_boxes
from optimizer.measure.bootstrap import draws
from optimizer.measure.confusion import RESAMPLES, TAIL, ClassScores
from optimizer.measure.detection.detections import SCORE, SURE
from optimizer.measure.detection.matching import OVERLAPS, matched
from optimizer.measure.metrics.mean_average_precision import average_precisions

HALF: Float64s = OVERLAPS[:1]


def box_scores(found: Array, labels: Array) -> ClassScores:
    """Of each class the share of boxes that are found at an overlap of 0.5, and that are right.

    Of detections those that are shown count, with a score of `SURE` or more. Intervals come from
    resampled samples, since the boxes of one are not independent.

    Args:
        found: (n, most, 6), see `detections`.
        labels: (n, most, 6), see `box_labels`.
    """
    n = len(labels)
    numbers = np.asarray(labels, np.float64)[are_boxes(labels), CLASS]
    classes = int(numbers.max(initial=-1)) + 1
    sure = np.array(found, np.float64)
    sure[sure[..., SCORE] < SURE, CLASS] = -1
    right, said, true = (np.zeros((classes, n)) for _ in range(3))
    for number, one in matched(sure, labels, HALF).items():
        hit, free = one.right[0], one.nothing[0]
        right[number] = np.bincount(one.samples[hit & ~free], minlength=n)
        said[number] = np.bincount(one.samples[~free], minlength=n)
        true[number] = one.boxes
    precise = np.full(classes, np.nan)
    for number, area in average_precisions(found, labels, OVERLAPS).items():
        precise[number] = area
    low, high = _interval(right, true)
    return ClassScores(
        samples=true.sum(axis=1).astype(np.int64),
        recall=_shares(right.sum(axis=1), true.sum(axis=1)),
        low=low,
        high=high,
        precision=_shares(right.sum(axis=1), said.sum(axis=1)),
        average_precision=precise,
    )


def _interval(right: Float64s, true: Float64s) -> tuple[Float64s, Float64s]:
    classes, n = right.shape
    ends = np.full((2, classes), np.nan)
    if n > 1:
        drawn = [_shares(right @ part.T, true @ part.T) for part in draws(n, RESAMPLES)]
        resampled = np.concatenate(drawn, axis=1)
        occurs = ~np.isnan(resampled).all(axis=1)
        ends[:, occurs] = np.nanquantile(resampled[occurs], [TAIL, 1 - TAIL], axis=1)
    return ends[0], ends[1]


def _shares(part: Float64s, whole: Float64s) -> Float64s:
    shares = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares
