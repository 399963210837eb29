"""measure/metrics/: how far values are from their labels."""

import numpy as np

from optimizer.arrays import Float64s
from optimizer.errors import MeasurementError
from optimizer.measure.metrics.metric import Labels, Outputs


def residuals(outputs: Outputs, labels: Labels) -> Float64s:
    """Outputs minus labels, float64 (n, values).

    Raises:
        MeasurementError: they do not hold the same number of values.
    """
    if outputs.size != labels.size or len(outputs) != len(labels):
        raise MeasurementError(
            f"The outputs have shape {outputs.shape}, the labels {labels.shape}; to measure an "
            "error they must hold the same number of values."
        )
    n = len(outputs)
    return outputs.reshape(n, -1).astype(np.float64) - labels.reshape(n, -1).astype(np.float64)
