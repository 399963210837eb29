"""measure/metrics/: R², the share of the labels' variance that the model explains."""

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.means import mean_of_known
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all
from optimizer.measure.metrics.residuals import residuals


@metric_of_all("r2", "R²", Task.REGRESSION, Task.FORECAST)
def explained(outputs: Outputs, labels: Labels) -> Weighted | None:
    """1 − Σ (y − ŷ)² / Σ (y − ȳ)², the mean over the components of a sample, as in scikit-learn.

    ȳ is that of each value. Of pictures and series both sums are over all their positions: the
    corner of a picture, where hardly anything ever changes, would else weigh as much as its middle.
    Components whose labels never change have no R² and are left out; without others there is none.
    """
    n, components = len(labels), labels.shape[-1] if labels.ndim > 1 else 1
    y = labels.reshape(n, -1, components).astype(np.float64)
    errors = np.square(residuals(outputs, labels)).reshape(y.shape)
    varies = (y.min(axis=0) < y.max(axis=0)).any(axis=0)
    if not varies.any():
        return None
    y, errors = y[..., varies], errors[..., varies].sum(axis=1)
    y = y - y.mean(axis=0)  # so that squares keep their digits
    squares = np.square(y).sum(axis=1)
    flat = np.ascontiguousarray(y.reshape(n, -1))

    def values(weights: Float32s) -> Float64s:
        drawn = weights.T.astype(np.float64)
        count = drawn.sum(axis=1, keepdims=True)
        means = np.square(drawn @ flat).reshape(len(drawn), *y.shape[1:]).sum(axis=1)
        spread = drawn @ squares - means / count
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(spread > 0, 1 - drawn @ errors / spread, np.nan)
        return mean_of_known(found.T)

    return Weighted(values, y.size)
