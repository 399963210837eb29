"""measure/metrics/: the mean absolute scaled error, which compares forecasts of any unit."""

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric
from optimizer.measure.metrics.residuals import residuals


@metric("mase", "MASE", Task.FORECAST, unit="naive forecasts", of_scaled=True)
def scaled_error(outputs: Outputs, labels: Labels) -> Scores:
    """Mean absolute error over a sample's values, in errors of the naive forecast.

    Below 1 is better than repeating what was a season ago (Hyndman and Koehler, Int. J. Forecast.
    22, 2006, 679-688). Outputs and labels come divided by that error, see
    `data.forecast_scale.naive_errors`.
    """
    return np.asarray(np.abs(residuals(outputs, labels)).mean(axis=1), np.float64)
