"""choose/: the Pareto front: the variants to which no other is better in one thing and as good."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float64s
from optimizer.choose.comparison import Comparison
from optimizer.measure.metrics import METRICS


def on_front(costs: Float64s) -> npt.NDArray[np.bool_]:
    """Which of n candidates no other dominates: as low in every cost, and lower in one.

    Equal candidates stay together, on the front or off it.

    >>> on_front(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0]])).tolist()
    [True, True, False]

    Args:
        costs: (n, k), lower is better; a candidate with a NaN is not compared, nor on the front.

    Returns:
        (n,) whether each is on the front.
    """
    known: npt.NDArray[np.bool_] = np.logical_not(np.isnan(costs).any(axis=1))
    found = known.copy()
    for place in np.flatnonzero(known):
        as_low = (costs <= costs[place]).all(axis=1)  # False where there is a NaN
        found[place] = not (as_low & (costs < costs[place]).any(axis=1)).any()
    return found


def front(rows: Sequence[Comparison]) -> list[Comparison]:
    """The variants that are best in quality for their size, the smallest first.

    Quality is the metric; without labels the agreement with the float32 variant, and without
    classes the signal-to-noise ratio. Of an uncertain number the front takes the estimate: what is
    proved is said by `optimizer.choose.choice`.

    Args:
        rows: All variants, as `optimizer.choose.comparison.compare` gives them.
    """
    costs = np.array([[row.variant.size_bytes, lost(row)] for row in rows], float)
    if not rows:
        return []
    best = [row for row, on in zip(rows, on_front(costs), strict=True) if on]
    return sorted(best, key=lambda row: row.variant.size_bytes)


def lost(row: Comparison) -> float:
    """Its quality as a cost, so that lower is better; NaN where nothing was measured."""
    metric, fidelity = row.variant.metric, row.variant.fidelity
    if metric is not None:
        if metric.value is None:
            return math.nan
        return -metric.value if METRICS[metric.name].higher_is_better else metric.value
    if fidelity is None:
        return math.nan
    if fidelity.agreement is not None:
        return -fidelity.agreement
    if fidelity.snr_db is not None:
        return -fidelity.snr_db
    return -math.inf if fidelity.max_error == 0 else math.nan  # identical outputs have no noise
