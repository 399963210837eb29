"""measure/: how far a forecast is off at each step ahead."""

import math

import numpy as np

from optimizer.arrays import Array, Float32s
from optimizer.measure.bootstrap import resampled_means
from optimizer.measure.measurements import Horizon, Metric

TAIL = 0.025


def horizons(outputs: Float32s, labels: Array) -> tuple[Horizon, ...]:
    """The errors of each step, with intervals from resampled samples; none where outputs are NaN.

    Args:
        outputs: (n, H) or (n, H, C).
        labels: Of the same shape.
    """
    n, steps = labels.shape[:2]
    apart = outputs.reshape(n, steps, -1).astype(np.float64) - labels.reshape(n, steps, -1).astype(
        np.float64
    )
    if not np.isfinite(apart).all():
        return ()
    scores = np.concatenate([np.abs(apart).mean(axis=2), np.square(apart).mean(axis=2)], axis=1)
    means = scores.mean(axis=0)
    ends = np.quantile(resampled_means(scores), [TAIL, 1 - TAIL], axis=0) if n > 1 else None

    def of(name: str, at: int) -> Metric:
        turned = math.sqrt if name == "rmse" else float
        if ends is None:
            return Metric(name, turned(means[at]), None, None, n)
        return Metric(name, turned(means[at]), turned(ends[0, at]), turned(ends[1, at]), n)

    return tuple(Horizon(at + 1, of("mae", at), of("rmse", steps + at)) for at in range(steps))
