"""measure/: bootstrap resamples of means, for many variants at once."""

import numpy as np
import numpy.typing as npt

RESAMPLES = 2_000
SEED = 20

FloatArray = npt.NDArray[np.float64]


def resampled_means(scores: npt.NDArray[np.generic]) -> FloatArray:
    """Means of the columns of `scores` in resamples of its rows, always the same ones.

    Drawing rows with replacement is the same as weighting each by how often it was drawn, so
    that all columns share one matrix product. The rows stay paired. Source: Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 20.

    Args:
        scores: (samples, columns), any numeric type.

    Returns:
        (RESAMPLES, columns), float64.
    """
    rng = np.random.default_rng(SEED)
    count = len(scores)
    means = np.empty((RESAMPLES, scores.shape[1]))
    step = max(1, 4_000_000 // count)  # keeps the weights of one step at 32 MB
    for start in range(0, RESAMPLES, step):
        rows = min(step, RESAMPLES - start)
        drawn = rng.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        means[start : start + rows] = weights @ scores.astype(np.float64) / count
    return means
