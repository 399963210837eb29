"""measure/: which classes a variant takes for which others, and how sure that is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float64s, Int64s
from optimizer.data.position_labels import UNJUDGED, class_axis
from optimizer.measure.bootstrap import draws
from optimizer.measure.metrics.class_of_output import (
    class_labels,
    decisions,
    predicted_classes,
    rows,
    threshold,
)
from optimizer.measure.metrics.metric import Labels, Outputs
from optimizer.measure.metrics.positions import areas, predicted_positions

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
RESAMPLES = 400

Counts = Int64s
Shares = Float64s


def confusion_matrix(outputs: Outputs, labels: Labels) -> Counts:
    """How often each class was taken for each: (true class, predicted class).

    Samples whose outputs are NaN have no predicted class and are not counted.

    Args:
        outputs: (n, classes), (n, 1) or (n,), as `predict` gives them.
        labels: class indices or one-hot rows.

    Raises:
        MeasurementError: the shapes do not fit.
    """
    said, true = predicted_classes(outputs), class_labels(labels, len(outputs))
    count = max(rows(outputs).shape[1], 2, int(true.max(initial=0)) + 1)
    return _table(true, said, said >= 0, count)


def position_matrix(outputs: Outputs, labels: Labels) -> Counts:
    """How often each class was taken for each, of the positions that somebody judged.

    Args:
        outputs: as `predicted_positions` takes them.
        labels: (n, *positions), classes.
    """
    said, true = predicted_positions(outputs, labels.shape), labels.astype(np.int64)
    axis = class_axis(outputs.shape, labels.shape)
    count = 2 if axis is None else outputs.shape[axis]
    return _table(true, said, (said >= 0) & (true != UNJUDGED), count)


def _table(true: Counts, said: Counts, known: npt.NDArray[np.bool_], count: int) -> Counts:
    flat = np.bincount(true[known] * count + said[known], minlength=count * count)
    return flat.reshape(count, count)


def decision_counts(outputs: Outputs, labels: Labels) -> Counts:
    """For each label its own matrix, (labels, 2, 2): true no and yes, by decided no and yes.

    Args:
        outputs: (n, labels), logits or probabilities.
        labels: 0 or 1 for each output.

    Raises:
        MeasurementError: the shapes do not fit.
    """
    values, true = decisions(outputs, labels)
    said = values > threshold(values)
    cells = 2 * true.astype(np.int64) + said
    counts = [np.bincount(column, minlength=4) for column in cells.T]
    return np.stack(counts).reshape(-1, 2, 2)


@dataclass(frozen=True)
class ClassScores:
    """How well each class is found; NaN for a class that does not occur.

    Attributes:
        samples: (classes,) how many samples, or positions of them, are of the class.
        recall: share of them that were found.
        low: lower end of the recall's 95 % interval: Wilson's, or of resampled samples.
        high: upper end of it.
        precision: share of right ones among those taken for the class; NaN where there are none.
        iou: of positions also |said and true| / |said or true|; else None.
        average_precision: of boxes, which `samples` counts then: see the metric `map`; else None.
    """

    samples: Counts
    recall: Shares
    low: Shares
    high: Shares
    precision: Shares
    iou: Shares | None = None
    average_precision: Shares | None = None


def class_scores(counts: Counts) -> ClassScores:
    """The scores of each class or label.

    Args:
        counts: as `confusion_matrix` or `decision_counts` give them.
    """
    if counts.ndim == 3:
        found, samples, taken = counts[:, 1, 1], counts[:, 1].sum(axis=1), counts[:, :, 1].sum(1)
    else:
        found, samples, taken = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    ends = [_wilson(*pair) for pair in zip(found.tolist(), samples.tolist(), strict=True)]
    low, high = np.array(ends).reshape(-1, 2).T
    return ClassScores(samples, _shares(found, samples), low, high, _shares(found, taken))


def position_scores(outputs: Outputs, labels: Labels) -> ClassScores:
    """The scores of each class of positions, with intervals from resampled samples.

    Args:
        outputs, labels: as `position_matrix` takes them.
    """
    counted, n = areas(outputs, labels), len(labels)
    both, said, true = (part[:, 0] for part in counted.of(np.ones((n, 1), np.float32)))
    drawn = []
    for part in draws(n, RESAMPLES):
        found, _, there = counted.of(np.ascontiguousarray(part.T))
        drawn.append(_shares(found, there))
    ends = np.full((2, len(both)), np.nan)
    if n > 1:
        resampled = np.concatenate(drawn, axis=1)
        occurs = ~np.isnan(resampled).all(axis=1)
        ends[:, occurs] = np.nanquantile(resampled[occurs], [TAIL, 1 - TAIL], axis=1)
    return ClassScores(
        samples=true.astype(np.int64),
        recall=_shares(both, true),
        low=ends[0],
        high=ends[1],
        precision=_shares(both, said),
        iou=_shares(both, said + true - both),
    )


def _wilson(found: int, samples: int) -> tuple[float, float]:
    from scipy.stats import binomtest  # noqa: PLC0415 (workers only)

    if not samples:
        return np.nan, np.nan
    interval = binomtest(found, samples).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def _shares(part: Counts | Float64s, whole: Counts | Float64s) -> Shares:
    shares = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares
