"""measure/metrics/: average precision, which needs no threshold and looks at the rare yes."""

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.means import mean_of_known
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all
from optimizer.measure.metrics.yes_or_no import decided


@metric_of_all(
    "average_precision",
    "Average precision",
    Task.CLASSIFICATION,
    Task.MULTI_LABEL,
    Task.ANOMALY,
    share=True,
)
def area(outputs: Outputs, labels: Labels) -> Weighted | None:
    """Σ (R_k − R_k−1) P_k over the thresholds from the surest yes on, as in scikit-learn.

    Of class 1 of two, or the mean over labels; None for more classes.
    """
    found = decided(outputs, labels)
    if found is None:
        return None
    sure, _, wanted = found

    def of_weights(weights: Float32s) -> Float64s:
        return mean_of_known(
            np.stack([_of_one(sure[:, at], wanted[:, at], weights) for at in range(sure.shape[1])])
        )

    return Weighted(of_weights, 4 * sure.size)


def _of_one(sure: Float32s, wanted: npt.NDArray[np.bool_], weights: Float32s) -> Float64s:
    order = np.argsort(-sure, kind="stable")
    last = np.append(np.flatnonzero(np.diff(sure[order])), len(sure) - 1)  # of equal ones
    drawn = weights[order].astype(np.float64)
    hits = np.cumsum(drawn * wanted[order][:, None], axis=0)[last]
    said = np.cumsum(drawn, axis=0)[last]
    gained = np.diff(hits, axis=0, prepend=0)
    precision = hits / np.maximum(said, 1e-12)
    there = hits[-1]
    return np.where(there > 0, (gained * precision).sum(axis=0) / np.maximum(there, 1e-12), np.nan)
