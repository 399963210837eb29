"""measure/metrics/: decisions between yes and no, whose yes is what a rare class is about."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s, Float64s
from optimizer.measure.metrics.class_of_output import (
    class_labels,
    decisions,
    is_matrix,
    rows,
    threshold,
)
from optimizer.measure.metrics.means import mean_of_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted


def decided(
    outputs: Outputs, labels: Labels
) -> tuple[Float32s, npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None:
    """How sure a yes is, whether it is said, and whether it is right, each (n, labels).

    Args:
        outputs: Of two classes (n, 2) or (n, 1), of which class 1 is the yes; or of several labels.
        labels: Classes (n,), or decisions (n, labels).

    Returns:
        None where there are more than two classes.
    """
    if is_matrix(labels):
        values, wanted = decisions(outputs, labels)
        return values, values > threshold(values), wanted
    values = rows(outputs)
    if values.shape[1] > 2:
        return None
    wanted = (class_labels(labels, len(outputs)) == 1)[:, None]
    if values.shape[1] == 2:
        sure = values[:, 1:] - values[:, :1]
        return sure, sure > 0, wanted
    return values, values > threshold(values), wanted


def hits_among(
    whole: Literal["said", "wanted"], outputs: Outputs, labels: Labels
) -> Weighted | None:
    """The share of right yes among all that are said or wanted; the mean over labels.

    None where there are more than two classes.
    """
    found = decided(outputs, labels)
    if found is None:
        return None
    _, said, wanted = found
    both = (said & wanted).astype(np.float32)
    among = (said if whole == "said" else wanted).astype(np.float32)

    def of_weights(weights: Float32s) -> Float64s:
        part, all_ = (np.asarray(one.T @ weights, np.float64) for one in (both, among))
        return mean_of_classes(part, all_)

    return Weighted(of_weights, 2 * both.size)
