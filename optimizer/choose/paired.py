"""choose/: what of each file is compared: scores of samples, or a metric in resamples."""

import math
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Float64s
from optimizer.measure.metrics import METRICS, Scores
from optimizer.store.prediction_files import read_array
from optimizer.store.records import Variant
from optimizer.store.study import Study

LEAST = 100  # resamples, of which fewer bound nothing


@dataclass(frozen=True)
class Resampled:
    """A metric that only all samples together have.

    Attributes:
        value: Of all samples.
        drawn: (b,) in each resample; all files have the same ones, some more of them. NaN where the
            samples drawn do not define it.
        n: Samples.
    """

    value: float
    drawn: Float64s
    n: int

    def beside(self, other: "Resampled") -> tuple[Float64s, Float64s]:
        """Both in the resamples in which both are defined."""
        count = min(len(self.drawn), len(other.drawn))
        mine, theirs = self.drawn[:count], other.drawn[:count]
        known = np.isfinite(mine) & np.isfinite(theirs)
        return mine[known], theirs[known]


Paired = Scores | Resampled


def paired(study: Study, variant: Variant) -> Paired | None:
    """What the metric that is reported first is compared by.

    None without labels, where outputs were not numbers, and in files of older versions.

    Raises:
        StudyError: the file that has it is damaged or gone.
    """
    metric = variant.metric
    if metric is None or metric.value is None or not math.isfinite(metric.value):
        return None
    file = study.folder / variant.predictions
    if METRICS[metric.name].score is None:
        drawn = read_array(file, "resampled")
        return Resampled(metric.value, np.zeros(0) if drawn is None else drawn, metric.n)
    return read_array(file, "scores")
