"""measure/metrics/: how badly normal samples are rebuilt, which an autoencoder keeps low."""

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.anomaly_labels import NORMAL
from optimizer.data.labels import Task
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, Weighted, metric


def mean_of_normal(outputs: Outputs, labels: Labels) -> Weighted | None:
    """The mean error of the normal samples in a resample; None where none is normal."""
    errors = outputs.reshape(len(labels)).astype(np.float64)
    normal = (labels == NORMAL).astype(np.float64)
    if not normal.any():
        return None
    both = np.stack([errors * normal, normal])

    def of_weights(weights: Float32s) -> Float64s:
        total, count = both @ weights.astype(np.float64)
        return np.where(count > 0, total / np.maximum(count, 1e-12), np.nan)

    return Weighted(of_weights, both.size)


@metric(
    "reconstruction_error",
    "Reconstruction error",
    Task.ANOMALY,
    unit="per value",
    of_all=mean_of_normal,
    of_errors=True,
)
def of_normal(outputs: Outputs, labels: Labels) -> Scores:
    """The error of each normal sample, and 0 of anomalies, so weighted that its mean is theirs.

    Args:
        outputs: (n,) or (n, 1), the error of each sample, see `measure.reconstruction`.
        labels: (n,), 0 for normal samples and 1 for anomalies.
    """
    normal = labels == NORMAL
    if not normal.any():
        return np.zeros(0, np.float64)
    weight = len(labels) / np.count_nonzero(normal)
    return np.where(normal, outputs.reshape(len(labels)).astype(np.float64) * weight, 0.0)
