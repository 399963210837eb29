"""measure/metrics/: the mean average precision of detectors, at overlaps from 0.5 to 0.95.

It is what COCO calls AP: precision at 101 recalls, interpolated, the mean over overlaps and classes
(https://cocodataset.org/#detection-eval). Intervals come from resampling whole samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Float32s, Float64s, Int64s
from optimizer.data.labels import Task
from optimizer.measure.detection.matching import OVERLAPS, Matched, matched
from optimizer.measure.metrics.means import mean_of_known
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all

LAST = 100
RECALLS: Float64s = np.linspace(0.0, 1.0, LAST + 1)
MOST_AT_ONCE = 500_000  # numbers held while resamples are gone through


@metric_of_all("map", "mAP 0.5:0.95", Task.DETECTION, share=True)
def mean_average_precision(outputs: Outputs, labels: Labels) -> Weighted | None:
    """The mean over classes and overlaps of 0.5, 0.55, … 0.95; None where no box has to be found.

    Args:
        outputs: Detections (n, most, 6), see `measure.detection.detections`.
        labels: Boxes (n, most, 6), see `data.boxes.box_labels`.
    """
    return _at(outputs, labels, OVERLAPS)


@metric_of_all("map_50", "mAP 0.5", Task.DETECTION, share=True)
def mean_average_precision_at_half(outputs: Outputs, labels: Labels) -> Weighted | None:
    """The mean over classes at an overlap of 0.5; else as `mean_average_precision`."""
    return _at(outputs, labels, OVERLAPS[:1])


def average_precisions(outputs: Array, labels: Labels, overlaps: Float64s) -> dict[int, float]:
    """The average precision of each class that has boxes, the mean over overlaps."""
    once = np.ones((len(outputs), 1), np.float32)
    return {
        number: float(_area_of_class(_curves(one), once)[0])
        for number, one in matched(outputs, labels, overlaps).items()
    }


def _at(outputs: Outputs, labels: Labels, overlaps: Float64s) -> Weighted | None:
    classes = matched(outputs, labels, overlaps)
    if not classes:
        return None
    curves = [_curves(one) for one in classes.values()]

    def of_weights(weights: Float32s) -> Float64s:
        areas = [_area_of_class(own, weights) for own in curves]
        return mean_of_known(np.stack(areas))

    return Weighted(of_weights, sum(curve.cost for own in curves for curve in own))


def _curves(one: Matched) -> list["_Curve"]:
    return [
        _Curve.of(one, right & ~nothing, ~right & ~nothing)
        for right, nothing in zip(one.right, one.nothing, strict=True)
    ]


def _area_of_class(curves: Sequence["_Curve"], weights: Float32s) -> Float64s:
    """The mean over overlaps for each column of weights (n, b); NaN where no box has weight."""
    boxes = curves[0].boxes @ weights
    areas = np.mean([curve.area(weights, boxes) for curve in curves], axis=0)
    return np.where(boxes > 0, areas, np.nan)


@dataclass(frozen=True)
class _Curve:
    """Precision and recall of one class at one overlap, at each right detection.

    What follows the last of them changes neither.

    Attributes:
        samples: (t,) of each right detection, the highest score first.
        wrong: How many wrong ones of each sample stand between it and the one before, sparse
            (t, n); those that do not count are left out.
        boxes: (n,) to be found in each sample.
    """

    samples: Int64s
    wrong: Any
    boxes: Float64s

    @classmethod
    def of(
        cls, one: Matched, right: npt.NDArray[np.bool_], wrong: npt.NDArray[np.bool_]
    ) -> "_Curve":
        from scipy.sparse import csr_matrix  # noqa: PLC0415 (workers only)

        places, others = np.flatnonzero(right), np.flatnonzero(wrong)
        behind = np.searchsorted(places, others)
        others, behind = others[behind < len(places)], behind[behind < len(places)]
        between = csr_matrix(
            (np.ones(len(others), np.float32), (behind, one.samples[others])),
            shape=(len(places), len(one.boxes)),
        )
        return cls(one.samples[places], between, one.boxes.astype(np.float64))

    @property
    def cost(self) -> int:
        """In numbers of a sum; each right detection takes about as long as ten of them."""
        return 10 * len(self.samples) + int(self.wrong.nnz) + 1

    def area(self, weights: Float32s, boxes: Float64s) -> Float64s:
        """The average precision for each column of weights (n, b), of which boxes (b,) weigh."""
        if not len(self.samples):
            return np.zeros(weights.shape[1])
        step = max(1, MOST_AT_ONCE // len(self.samples))
        return np.concatenate([
            self._area(weights[:, at : at + step], boxes[at : at + step])
            for at in range(0, weights.shape[1], step)
        ])  # fmt: skip

    def _area(self, weights: Float32s, boxes: Float64s) -> Float64s:
        right = np.cumsum(weights[self.samples], axis=0, dtype=np.float64)
        wrong = np.cumsum(self.wrong @ weights, axis=0, dtype=np.float64)
        recall = right / np.maximum(boxes, 1)
        precision = right / np.maximum(right + wrong, 1)
        envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
        # How many of the 101 recalls each detection reaches first: there the envelope counts.
        nearest = np.rint(recall * LAST).astype(np.int64)
        reached = nearest + (recall >= RECALLS[nearest])
        reached[1:] -= reached[:-1].copy()
        area: Float64s = np.einsum("tb,tb->b", reached, envelope) / len(RECALLS)
        return area
