"""measure/metrics/: the mean absolute error."""

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric
from optimizer.measure.metrics.residuals import residuals


@metric("mae", "Mean absolute error", Task.REGRESSION, Task.FORECAST)
def absolute_error(outputs: Outputs, labels: Labels) -> Scores:
    """Mean absolute error over a sample's values, in the unit of the labels."""
    return np.asarray(np.abs(residuals(outputs, labels)).mean(axis=1), np.float64)
