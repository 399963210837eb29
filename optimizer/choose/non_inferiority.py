"""choose/: how much a variant may have lost: confidence bounds from paired samples.

A variant holds a limit on its loss where the worst end lies within it (a test of non-inferiority),
and breaks it where even the best end lies outside.
"""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from optimizer.arrays import Float64s

FEW = 30  # changed samples, below which the normal approximation may promise too much
SPENT = 1e-3  # of the error, on the range of what the exact test does not know
CLEAR = 1.5  # standard errors beyond which the exact test need not be asked
GRID = 48  # values of that range which are tried
HALVINGS = 40  # to less than the twelfth digit
TINY = 1e-8  # of a skewness that is none


def lost_share_bounds(gained: int, lost: int, n: int, confidence: float) -> tuple[float, float]:
    """One-sided bounds of the share of samples that a variant loses, (lost − gained) / n.

    The score interval of Tango (Statistics in Medicine 17, 1998, 891-908). Where fewer than 30
    samples changed it may promise too much (6.8 % broken promises at a level of 5 % with 268
    samples and a limit of one point), and the bound is that of the exact unconditional test which
    is ordered by Tango's statistic (Hsueh, Liu and Chen, Biometrics 57, 2001, 478-483), with the
    nuisance parameter held to an interval of 99.9 % (Berger and Boos, J. Am. Stat. Assoc. 89, 1994,
    1012-1016).

    Args:
        gained: samples that only the variant has right.
        lost: samples that only the baseline has right.
        n: all samples.
        confidence: of each bound by itself, 0.5..1.

    Returns:
        The best and the worst that the true share may be, in −1..1.
    """
    return -_most_lost(lost, gained, n, confidence), _most_lost(gained, lost, n, confidence)


def mean_loss_bounds(
    baseline: Float64s, variant: Float64s, confidence: float, *, relative: bool
) -> tuple[float, float]:
    """One-sided bounds of a loss in the mean of costs: errors, or the negative of scores.

    Of Student's t interval for paired differences and Hall's transformation of it, which takes the
    skewness out (J. R. Stat. Soc. B 54, 1992, 221-228), the wider end counts: the one promises too
    much where few samples lose much, the other where errors have long tails. What no sample shows
    neither can know: a loss of one sample in a hundred is not seen with twenty.

    Args:
        baseline: (n,) what each sample costs with the baseline, larger is worse; n > 1.
        variant: (n,) the same with the variant.
        confidence: of each bound by itself, 0.5..1.
        relative: whether the loss is a share of the baseline's mean, which is not 0.

    Returns:
        The best and the worst that the true loss may be; with `relative` 0.01 is one per cent.
        Infinite where the samples do not bound it.
    """
    unit = np.abs(baseline.mean()) / baseline.mean() * baseline if relative else np.ones(1)
    difference = variant - baseline
    value = float(difference.mean() / unit.mean())

    def end(sign: int) -> float:
        """Where samples begin to contradict a loss: above what was seen (1), or below it (−1)."""

        def contradict(loss: float) -> bool:
            return _farthest_mean(sign * (difference - loss * unit), confidence) < 0

        near, step = value, max(float(difference.std() / unit.mean()), abs(value), TINY)
        for _ in range(HALVINGS):
            far = near + sign * step
            if contradict(far):
                break
            near, step = far, 2 * step
        else:
            return sign * math.inf
        for _ in range(HALVINGS):
            middle = (near + far) / 2
            near, far = (near, middle) if contradict(middle) else (middle, far)
        return far

    return end(-1), end(1)


def resampled_loss_bounds(
    value: float, drawn: Float64s, n: int, confidence: float
) -> tuple[float, float]:
    """One-sided bounds of a loss in what only all samples together have, such as mAP.

    Of the bootstrap's percentiles and of Student's t interval with the bootstrap's standard error,
    corrected by √(n / (n − 1)), the wider end counts (Efron and Tibshirani, 1993, chapters 12 and
    13): the percentiles alone promise too much with few samples. What no sample shows neither can
    know, as in `mean_loss_bounds`.

    Args:
        value: the loss on all samples.
        drawn: (b,) the loss in each resample.
        n: the number of samples; n > 1.
        confidence: of each bound by itself, 0.5..1.

    Returns:
        The best and the worst that the true loss may be.
    """
    from scipy.special import stdtrit  # noqa: PLC0415

    low, high = np.quantile(drawn, [1 - confidence, confidence]).tolist()
    error = float(drawn.std()) * math.sqrt(n / (n - 1))
    margin = float(stdtrit(n - 1, confidence)) * error
    return min(low, value - margin), max(high, value + margin)


def _farthest_mean(values: Float64s, confidence: float) -> float:
    """The upper bound of a mean."""
    from scipy.special import stdtrit  # noqa: PLC0415

    n, mean, spread = len(values), float(values.mean()), float(values.std(ddof=1))
    if spread == 0:
        return mean
    lower = float(stdtrit(n - 1, 1 - confidence))
    skewness = float(((values - mean) ** 3).mean()) / float(values.std()) ** 3
    a = skewness / n**0.5
    transformed = lower if abs(a) < TINY else 3 / a * (float(np.cbrt(1 + a * (lower - a / 6))) - 1)
    farther: float = min(lower, transformed)
    return mean - spread / math.sqrt(n) * farther


@lru_cache(maxsize=4096)
def _most_lost(gained: int, lost: int, n: int, confidence: float) -> float:
    """The largest share lost that the samples do not contradict."""
    low, high = (lost - gained) / n, 1.0
    for _ in range(HALVINGS if gained + lost >= FEW else HALVINGS // 2):
        middle = (low + high) / 2
        if _contradict(gained, lost, n, middle, 1 - confidence):
            high = middle
        else:
            low = middle
    return high


def _contradict(gained: int, lost: int, n: int, share: float, error: float) -> bool:
    """Whether a true share lost of `share` would hardly ever look so good."""
    statistic = float(_tango(np.asarray(gained), np.asarray(lost), n, share))
    clear = statistic - NormalDist().inv_cdf(1 - error)
    if gained + lost >= FEW or abs(clear) > CLEAR:
        return clear > 0
    return _exact_p(gained, n, share, statistic) + SPENT <= error


def _exact_p(gained: int, n: int, share: float, statistic: float) -> float:
    """The largest chance, whatever the share of gained samples, of a statistic at least as large.

    A change counts by its number alone, so that the numbers of gained and lost samples among n are
    trinomial.
    """
    from scipy.special import betaincinv, gammaln, xlogy  # noqa: PLC0415

    # The interval of Clopper and Pearson for the share of gained samples.
    least = float(betaincinv(gained, n - gained + 1, SPENT / 2)) if gained else 0.0
    most = float(betaincinv(gained + 1, n - gained, 1 - SPENT / 2)) if gained < n else 1.0
    most = min(most, (1 - share) / 2)
    chances = np.linspace(min(least, most), most, GRID)
    up = np.arange(_as_many_as(n, most) + 1)[:, None]
    down = np.arange(_as_many_as(n, most + share) + 1)[None, :]
    stay = n - up - down
    as_good = (_tango(up, down, n, share) >= statistic - 1e-9) & (stay >= 0)
    up, down, stay = (part[as_good] for part in np.broadcast_arrays(up, down, stay))
    ways = gammaln(n + 1) - gammaln(up + 1) - gammaln(down + 1) - gammaln(stay + 1)
    return max(
        float(np.exp(
            ways + xlogy(up, p) + xlogy(down, p + share) + xlogy(stay, max(1 - 2 * p - share, 0))
        ).sum())
        for p in chances.tolist()
    )  # fmt: skip


def _as_many_as(n: int, share: float) -> int:
    """A number of n samples that is hardly ever exceeded: by less than one in 10¹²."""
    return min(n, int(n * share + 8 * (n * share) ** 0.5 + 20))


def _tango(gained: Any, lost: Any, n: int, share: float) -> Any:
    """Tango's statistic for a true share lost of `share`: large where fewer were lost.

    Its variance holds the maximum-likelihood estimate of the share of lost samples, the positive
    root of a quadratic equation.
    """
    linear = -gained - lost - (2 * n - gained + lost) * share
    constant = lost * share * (1 + share)
    estimate = (np.sqrt(np.maximum(linear**2 - 8 * n * constant, 0)) - linear) / (4 * n)
    variance = np.maximum(n * (2 * estimate - share * (1 + share)), 0)
    distance = gained - lost + n * share
    # Without a spread any distance contradicts.
    return distance / np.sqrt(np.maximum(variance, 1e-12))
