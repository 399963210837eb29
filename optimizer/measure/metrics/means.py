"""measure/metrics/: means over classes or labels, of which not all occur in each resample."""

import numpy as np

from optimizer.arrays import Float64s


def mean_of_known(shares: Float64s) -> Float64s:
    """The mean of each column of (labels, b), (b,); NaN are left out, and of nothing it is NaN."""
    known = ~np.isnan(shares)
    count = known.sum(axis=0)
    means = np.where(known, shares, 0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count > 0, means, np.nan)


def mean_of_classes(part: Float64s, whole: Float64s) -> Float64s:
    """The mean of part / whole over the classes that occur, (b,) of (classes, b)."""
    return mean_of_known(np.where(whole > 0, part / np.maximum(whole, 1e-12), np.nan))
