"""measure/metrics/: a metric with its interval."""

import math

import numpy as np

from optimizer.arrays import Float64s
from optimizer.errors import MeasurementError
from optimizer.measure.bootstrap import draws, resampled_means
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics.metric import (
    METRICS,
    Labels,
    OfAll,
    Outputs,
    Scores,
)

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
RESAMPLES = 1_000  # for metrics of all samples together
LEAST_RESAMPLES = 200  # fewer do not give an interval
MOST_WORK = 400_000_000  # values gone through for an interval: a second or two


def evaluate(name: str, outputs: Outputs, labels: Labels) -> Metric:
    """The metric with its 95 % interval.

    Proportions have Wilson's score interval (Wilson, JASA 22, 1927, 209-212), the others the
    percentile bootstrap, seeded; from one sample alone there is no bootstrap interval, nor where
    it would take minutes (very many classes and samples).

    Args:
        name: a name in METRICS.
        outputs: one model output, (n, ...), as `predict` gives it.
        labels: (n,), (n, 1), or shaped like the outputs; at least one.

    Returns:
        A value of None where the outputs hold NaN, or the samples do not define the metric.

    Raises:
        MeasurementError: the metric is unknown, or the shapes do not fit.
    """
    kind = METRICS[name]
    if kind.of_all is not None:
        return _evaluate_all(name, kind.of_all, outputs, labels)[0]
    scores, n = scores_of(name, outputs, labels), len(outputs)
    mean = float(scores.mean()) if len(scores) else math.nan
    if np.isnan(outputs).any() or not math.isfinite(mean):
        return Metric(name, None, None, None, n)
    value = kind.of_mean(mean)
    if not math.isfinite(value):
        return Metric(name, None, None, None, n)
    if kind.proportion:
        from scipy.stats import binomtest  # noqa: PLC0415

        interval = binomtest(int(scores.sum()), n).proportion_ci(CONFIDENCE, method="wilson")
        return Metric(name, value, float(interval.low), float(interval.high), n)
    if n == 1:
        return Metric(name, value, None, None, n)
    ends = np.quantile(resampled_means(scores[:, None]), [TAIL, 1 - TAIL])
    low, high = (end if math.isfinite(end) else None for end in map(kind.of_mean, ends))
    return Metric(name, value, low, high, n)


def evaluate_resampled(
    name: str, outputs: Outputs, labels: Labels
) -> tuple[Metric, Float64s | None]:
    """A metric of all samples together, and its values in resamples, NaN where there is none.

    They are drawn alike for all files of as many samples, so that their differences are paired;
    where they take too long there are fewer. None where there are none.

    Args and errors as in `evaluate`.
    """
    of_all = METRICS[name].of_all
    assert of_all is not None  # noqa: S101 (for the type checker)
    return _evaluate_all(name, of_all, outputs, labels)


def scores_of(name: str, outputs: Outputs, labels: Labels) -> Scores:
    """The score of each sample, (n,): what paired comparisons of variants work on.

    Args and errors as in `evaluate`; a metric of all samples together has no scores.
    """
    score = METRICS[name].score
    if score is None:
        raise MeasurementError(
            f"The metric {name!r} is one of all samples together; it has no score for each."
        )
    return score(outputs, labels)


def _evaluate_all(
    name: str, of_all: OfAll, outputs: Outputs, labels: Labels
) -> tuple[Metric, Float64s | None]:
    n = len(outputs)
    nothing = Metric(name, None, None, None, n)
    weighted = of_all(outputs, labels) if np.isfinite(outputs).all() else None
    if weighted is None:
        return nothing, None
    value = float(weighted.values(np.ones((n, 1), np.float32))[0])
    if not math.isfinite(value):
        return nothing, None
    resamples = min(RESAMPLES, MOST_WORK // max(1, weighted.cost))
    if n == 1 or resamples < LEAST_RESAMPLES:
        return Metric(name, value, None, None, n), None
    drawn = np.concatenate(
        [weighted.values(np.ascontiguousarray(part.T)) for part in draws(n, resamples)]
    )
    known = drawn[np.isfinite(drawn)]
    if len(known) < LEAST_RESAMPLES:
        return Metric(name, value, None, None, n), drawn
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    return Metric(name, value, float(low), float(high), n), drawn
