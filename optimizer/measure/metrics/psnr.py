"""measure/metrics/: the peak signal-to-noise ratio, as pictures are judged."""

import math

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric
from optimizer.measure.metrics.pictures import peak, picture_shape
from optimizer.measure.metrics.residuals import residuals


def _decibels(score: float) -> float:
    return -10 * math.log10(-score) if score < 0 else math.inf


@metric("psnr", "PSNR", Task.REGRESSION, unit="dB", higher_is_better=True, of_mean=_decibels)
def less_noise(outputs: Outputs, labels: Labels) -> Scores:
    """−(mean squared error / peak²) of each picture; the metric is −10 log₁₀ of minus their mean.

    The peak is what pictures of that scale can reach at most, see `peak`. No score where the
    outputs are no pictures, and none that is finite where all are met exactly.
    """
    if picture_shape(labels) is None:
        return np.zeros(0, np.float64)
    errors = np.square(residuals(outputs, labels)).mean(axis=1)
    return np.asarray(-errors / peak(labels) ** 2, np.float64)
