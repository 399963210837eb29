"""techniques/: from values of an activation on samples to the range that its 256 steps cover."""

from collections.abc import Callable
from enum import Enum

import numpy as np

from optimizer.arrays import Float32s, Float64s

LEVELS = 255  # steps between the ends of an int8 range
SHARES = np.linspace(0.1, 1.0, 37)
"""Of the whole range that are tried; a smaller one cuts off more and has finer steps."""
PERCENT = 99.9
MOST_CUT = 0.005
"""Of the values that are not 0, where entropy decides: of few values a histogram is so sparse that
narrow ranges seem to lose nothing (with them the sample's outputs fell from 38 to 2 dB)."""
BINS = 2040  # of the whole range: eight for each level, as many as TensorRT has
MOST_VALUES = 1 << 15  # that one tensor's error is reckoned from


class Ranges(str, Enum):
    """How the range of an activation is told from calibration samples."""

    MIN_MAX = "min_max"
    AVERAGE = "average"
    PERCENTILE = "percentile"
    MSE = "mse"
    ENTROPY = "entropy"

    @property
    def label(self) -> str:
        """The name on the page."""
        return {
            "min_max": "Smallest and largest value",
            "average": "Moving average of each sample's ends",
            "percentile": "99.9th percentile",
            "mse": "Least squared error",
            "entropy": "Least entropy lost",
        }[self.value]

    @property
    def of_values(self) -> bool:
        """Whether it looks at values, and not at their ends alone."""
        return self in (Ranges.PERCENTILE, Ranges.MSE, Ranges.ENTROPY)


class WeightScales(str, Enum):
    """How the scale of a channel of weights is told.

    LiteRT Quantizer 0.11 reckons MSE's scale from the deviation of a bell curve, whatever the bits:
    of 8-bit weights it makes the error some ten times larger. OCTAV (Sakr et al. 2022) finds the
    least squared error: at 8 bits a few percent less, at 4 bits ten.
    """

    MIN_MAX = "min_max"
    MSE = "mse"
    OCTAV = "octav"

    @property
    def label(self) -> str:
        """The name on the page."""
        return {"min_max": "Largest weight", "mse": "Least squared error", "octav": "OCTAV"}[
            self.value
        ]


def clipped(values: Float32s, low: float, high: float, method: Ranges) -> tuple[float, float]:
    """The range to cover, within that of all values.

    Args:
        values: Some of an activation, float32 (n,).
        low, high: The smallest and largest of all.
        method: One that looks at values. Percentile: both ends at 99.9 %. MSE and entropy: the
            share of the range with the least error of rounding and cutting, or the least
            Kullback-Leibler divergence of what is left (Migacz 2017, 8-bit inference with
            TensorRT), zero staying where it is.
    """
    if not low < high or not len(values):
        return low, high
    if method is Ranges.PERCENTILE:
        first, last = np.percentile(values, (100 - PERCENT, PERCENT))
        return max(low, float(first)), min(high, float(last))
    low, high = min(low, 0.0), max(high, 0.0)
    few = values[:: -(-len(values) // MOST_VALUES)].astype(np.float64)
    error = _squared(few) if method is Ranges.MSE else _entropy(few, low, high)
    return _least_error(low, high, error)


Error = Callable[[float, float], float]
"""What is lost where a range goes from the one to the other."""


def _least_error(low: float, high: float, error: Error) -> tuple[float, float]:
    errors = [error(share * low, share * high) for share in SHARES]
    best = len(errors) - 1 - int(np.argmin(errors[::-1]))  # of equals the widest
    return float(SHARES[best] * low), float(SHARES[best] * high)


def _squared(values: Float64s) -> Error:
    def error(low: float, high: float) -> float:
        step = (high - low) / LEVELS
        rounded = np.rint((values - low) / step).clip(0, LEVELS) * step + low
        return float(np.square(values - rounded).mean())

    return error


def _entropy(values: Float64s, low: float, high: float) -> Error:
    """KL(P‖Q): P are the values, cut to the range; Q the same with a level's bins made equal."""
    values = values[values != 0]  # of a ReLU these are most, and exact in every range
    counts, edges = np.histogram(values, BINS, (low, high))
    empty = 1 / max(len(values), 1) ** 2

    def error(first: float, last: float) -> float:
        start, stop = np.searchsorted(edges, (first, last)).clip(0, BINS)
        inside = counts[start:stop].astype(np.float64)
        if inside.sum() < (1 - MOST_CUT) * len(values):
            return np.inf
        cut = inside.copy()
        cut[0] += counts[:start].sum()
        cut[-1] += counts[stop:].sum()
        level = np.arange(len(inside)) * LEVELS // len(inside)
        used = np.bincount(level, inside > 0)[level]
        equal = np.where(inside > 0, np.bincount(level, inside)[level] / np.maximum(used, 1), 0)
        p, q = cut / max(cut.sum(), 1), equal / max(equal.sum(), 1)
        both = p > 0  # what is cut may fall into a bin that has no value: it counts as one then
        return float(np.sum(p[both] * np.log(p[both] / np.maximum(q[both], empty))))

    return error
