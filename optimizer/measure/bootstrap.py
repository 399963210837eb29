"""measure/: bootstrap resamples of means, for many variants at once."""

from collections.abc import Iterator

import numpy as np

from optimizer.arrays import Array, Float32s, Float64s

RESAMPLES = 2_000
SEED = 20

FloatArray = Float64s


def resampled_means(scores: Array) -> FloatArray:
    """Means of the columns of `scores` in resamples of its rows, always the same ones.

    Drawing rows with replacement is the same as weighting each by how often it was drawn, so
    that all columns share one matrix product. The rows stay paired. Source: Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 20.

    Args:
        scores: (samples, columns), any numeric type.

    Returns:
        (RESAMPLES, columns), float64.
    """
    values = scores.astype(np.float64)
    return np.concatenate([drawn @ values / len(values) for drawn in draws(len(values), RESAMPLES)])


def draws(count: int, resamples: int) -> Iterator[Float32s]:
    """How often each of `count` samples is drawn in each resample; always the same.

    Returns:
        Arrays of shape (some resamples, count), one after another, together `resamples` rows.
    """
    rng = np.random.default_rng(SEED)
    step = max(1, 4_000_000 // count)  # keeps what is drawn in one step at 32 MB
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * count)
        yield counts.reshape(rows, count).astype(np.float32)
