"""measure/metrics/: the root of the mean squared error."""

import math

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric
from optimizer.measure.metrics.residuals import residuals


@metric("rmse", "Root mean squared error", Task.REGRESSION, Task.FORECAST, of_mean=math.sqrt)
def squared_error(outputs: Outputs, labels: Labels) -> Scores:
    """Mean squared error over a sample's values; the metric is the root of their mean."""
    return np.asarray(np.square(residuals(outputs, labels)).mean(axis=1), np.float64)
