"""measure/: between which two values a median lies, of numbers that came one after the other."""

import math

import numpy as np
from scipy import stats

from optimizer.arrays import Float64s

BATCHES = 10


def median_interval(values: Float64s) -> tuple[float, float]:
    """The 95 % confidence interval of the median of what the values are drawn from.

    Its ends are two of the sorted values (or between neighbours): those as far from the middle as
    the share of values below the true median may be from a half. Independent values have the
    standard error of a coin, 0.5 / √n, for that share (David and Nagaraja, Order Statistics, 2003,
    section 7.1). Times are not independent: a machine gets slower for a while. So the share is
    also taken in each of ten batches of neighbours, whose spread tells its error with Student's t
    (batch means; Law, Simulation Modeling and Analysis, 2015, section 9.5.3); the larger one holds.

    The interval always has the median in it, and does not rest on the form of the distribution.

    Args:
        values: (n,) in the order in which they came, n at least 5.
    """
    n = len(values)
    middle = np.median(values)
    below = (values < middle) + 0.5 * (values == middle)
    batches = min(BATCHES, n)
    shares = np.array([batch.mean() for batch in np.array_split(below, batches)])
    reach = max(
        stats.norm.ppf(0.975) * 0.5 / math.sqrt(n),
        stats.t.ppf(0.975, batches - 1) * shares.std(ddof=1) / math.sqrt(batches),
    )
    low, high = np.quantile(values, [max(0.0, 0.5 - reach), min(1.0, 0.5 + reach)])
    return float(low), float(high)
