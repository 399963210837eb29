"""choose/: whether a variant really is better or worse than the baseline, from paired scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np

from optimizer.arrays import Float64s
from optimizer.choose.paired import LEAST, Paired, Resampled
from optimizer.measure.bootstrap import resampled_means
from optimizer.measure.metrics import METRICS, MetricKind, Scores

Z = NormalDist().inv_cdf(0.975)  # of a two-sided 95 % interval


@dataclass(frozen=True)
class Difference:
    """How much a variant's metric differs from the baseline's on the same samples.

    Attributes:
        value: variant − baseline, in the metric's unit; a share for accuracies, so 0.01 is one
            point. None if it could not be measured.
        low: lower end of the 95 % interval; None with one sample, unless it is an accuracy.
        high: upper end of the 95 % interval.
        p_value: probability of a difference at least as large if there were none.
        p_adjusted: `p_value` corrected for the number of variants compared (Holm).
        n: the number of samples.
        spread: √n times the standard error of `value`; for a mean that is the standard deviation
            of the samples' differences.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    p_adjusted: float | None
    n: int
    spread: float | None


def differences(
    metric: str, baseline: Paired, variants: Sequence[Paired | None]
) -> list[Difference]:
    """Compares each variant with the baseline.

    Right or wrong: the exact test of McNemar (Psychometrika 12, 1947, 153-157), and the adjusted
    Wald interval of Bonett and Price (J. Educ. Behav. Stat. 37, 2012, 479-488), which keeps its
    coverage in small samples and when few samples change. Other metrics: a paired percentile
    bootstrap, with the p-value of value / bootstrap standard error under the normal
    distribution (Efron and Tibshirani, 1993, chapters 12 and 13); of metrics that only all samples
    together have, such as mAP, whole samples are resampled too. The p-values are corrected by
    Holm's method (Scand. J. Stat. 6, 1979, 65-70) over the variants that could be measured.

    Args:
        metric: a name in `optimizer.measure.metrics.METRICS`.
        baseline: the baseline's score of each sample, (n,), as `scores_of` gives them, or its
            metric in each resample.
        variants: for each variant the same, of the same samples; None for one that could not be
            evaluated, whose difference is all None.
    """
    kind = METRICS[metric]
    scored: list[Any] = [variant for variant in variants if variant is not None]
    if isinstance(baseline, Resampled):
        compared = [_of_all(baseline, variant) for variant in scored]
    elif kind.proportion:
        compared = [_of_proportions(baseline, variant) for variant in scored]
    else:
        compared = _of_means(kind, baseline, scored)
    remaining = iter(compared)
    n = baseline.n if isinstance(baseline, Resampled) else len(baseline)
    nothing = Difference(None, None, None, None, None, n, None)
    found = [nothing if variant is None else next(remaining) for variant in variants]
    measured = [i for i, d in enumerate(found) if d.p_value is not None]
    adjusted = holm([found[i].p_value or 0.0 for i in measured])
    for i, p_adjusted in zip(measured, adjusted, strict=True):
        found[i] = replace(found[i], p_adjusted=p_adjusted)
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number: the k-th smallest of m times m − k + 1, never falling.

    `statsmodels.stats.multitest.multipletests` (0.15) does the same after four seconds of import
    and with a full garbage collection (0.2 s beside TensorFlow) in each call.
    """
    order = np.argsort(p_values)
    factors = np.arange(len(p_values), 0, -1)
    rising = np.maximum.accumulate(np.asarray(p_values)[order] * factors)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, rising)
    return [float(p) for p in adjusted]


def _of_proportions(baseline: Scores, variant: Scores) -> Difference:
    from scipy.special import bdtr  # noqa: PLC0415

    n = len(baseline)
    gained = int(np.count_nonzero(variant > baseline))
    lost = int(np.count_nonzero(baseline > variant))
    changed = gained + lost
    # Twice the smaller tail of the binomial distribution of the changed ones.
    p_value = min(1.0, 2 * float(bdtr(min(gained, lost), changed, 0.5)))
    low, high = paired_interval(gained, lost, n)
    # Laplace's rule keeps a spread when no sample, or all of them one way, has changed.
    spread = math.sqrt((changed + 2) / (n + 2) - ((gained - lost) / (n + 2)) ** 2)
    return Difference((gained - lost) / n, low, high, p_value, None, n, spread)


def paired_interval(gained: int, lost: int, n: int) -> tuple[float, float]:
    """95 % interval of a difference of paired proportions (Bonett and Price 2012, equation 6).

    Args:
        gained: samples that only the variant has right.
        lost: samples that only the baseline has right.
        n: all samples.
    """
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    margin = Z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    return max(-1.0, up - down - margin), min(1.0, up - down + margin)


def _of_means(kind: MetricKind, baseline: Scores, variants: Sequence[Scores]) -> list[Difference]:
    scores = np.stack([baseline, *variants], axis=1).astype(np.float64)
    n = len(scores)
    of_mean = np.vectorize(kind.of_mean, otypes=[np.float64])
    values = of_mean(scores.mean(axis=0))
    values = values[1:] - values[0]
    if n == 1:
        return [Difference(_finite(v), None, None, None, None, n, None) for v in values.tolist()]
    resampled = of_mean(resampled_means(scores))
    return [
        _of_resamples(value, column, n)
        for value, column in zip(
            values.tolist(), (resampled[:, 1:] - resampled[:, :1]).T, strict=True
        )
    ]


def _of_all(baseline: Resampled, variant: Resampled) -> Difference:
    value, n = variant.value - baseline.value, baseline.n
    after, before = variant.beside(baseline)
    if len(after) < LEAST:
        return Difference(value, None, None, None, None, n, None)
    return _of_resamples(value, after - before, n)


def _of_resamples(value: float, resampled: Float64s, n: int) -> Difference:
    if not math.isfinite(value):
        return Difference(None, None, None, None, None, n, None)
    low, high = np.quantile(resampled, [0.025, 0.975]).tolist()
    error = float(resampled.std())
    p_value = 2 * NormalDist().cdf(-abs(value) / error) if error > 0 else float(value == 0)
    return Difference(value, low, high, p_value, None, n, error * math.sqrt(n))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
