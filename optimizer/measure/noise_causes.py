"""measure/: why int8 hurts an operator, as far as its values tell.

The thresholds are where eight bits begin to run out: a range that is N times what values need
leaves 256 / N steps for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.arrays import Array, Float32s, Float64s
from optimizer.words import number

DWARFS = 8.0  # times the median range of the other channels: 5 bits are left for these
OUTLIERS = 4.0  # times the range of 99.8 % of the values: 6 bits are left for these
APART = 4.0  # times: inputs that are joined and have ranges so different
TINY = 1e-3  # of the median weight: beside the bias, nothing of such a channel is left
COARSE = 0.1  # of the standard deviation of an output: a step that large shows
ENDS = (0.1, 99.9)  # percentiles that tell outliers from the rest
MOST_KEPT = 4096  # values of an operator and a sample that percentiles are taken from
JOINING = ("CONCATENATION", "ADD", "SUB", "PACK", "MAXIMUM", "MINIMUM")
SQUASHING = {"SOFTMAX": "softmax", "LOGISTIC": "sigmoid"}


@dataclass
class Seen:
    """What one tensor was over some samples.

    Attributes:
        low, high: Of each channel (the last axis), float64 (channels,); () before any sample.
        values: Some of the values of each sample.
    """

    low: Float64s = field(default_factory=lambda: np.zeros(0))
    high: Float64s = field(default_factory=lambda: np.zeros(0))
    values: list[Float32s] = field(default_factory=list)

    def add(self, tensor: Array) -> None:
        """One more sample: float (1, ..., channels)."""
        channels = tensor.reshape(-1, tensor.shape[-1] if tensor.ndim > 1 else 1)
        low, high = channels.min(axis=0).astype(np.float64), channels.max(axis=0).astype(np.float64)
        if len(self.low) == len(low):
            low, high = np.minimum(low, self.low), np.maximum(high, self.high)
        self.low, self.high = low, high
        flat = tensor.ravel()
        self.values.append(flat[:: max(1, len(flat) // MOST_KEPT)].astype(np.float32))

    @property
    def range(self) -> float:
        """From the smallest to the largest value, 0 included as int8 has to."""
        if not len(self.low):
            return 0.0
        return float(max(self.high.max(), 0.0) - min(self.low.min(), 0.0))


def causes(
    name: str, given: Seen, taken: Sequence[Seen], *, is_output: bool, weights: Array | None
) -> tuple[str, ...]:
    """What stands out of an operator that is loud in int8, a sentence each.

    Args:
        name: The operator's.
        given: Its output.
        taken: Its inputs that are computed.
        is_output: Whether its output is one of the model's.
        weights: Its float weights (output channels, values); None without.
    """
    found = (
        _channel(given),
        _outliers(given),
        _joined(name, taken),
        _tiny(weights),
        _squashed(name),
        _coarse(name, given) if is_output else "",
    )
    return tuple(sentence for sentence in found if sentence)


def _channel(given: Seen) -> str:
    ranges = given.high - given.low
    if len(ranges) < 3:
        return ""
    at = int(ranges.argmax())
    usual = float(np.median(np.delete(ranges, at)))
    if usual <= 0 or ranges[at] < DWARFS * usual:
        return ""
    return (
        f"The range of channel {at} is {number(ranges[at] / usual, '.0f')} times that of the "
        "others, with which it shares its scale."
    )


def _outliers(given: Seen) -> str:
    if not given.values:
        return ""
    low, high = np.percentile(np.concatenate(given.values), ENDS)
    usual = max(float(high), 0.0) - min(float(low), 0.0)
    if usual <= 0 or given.range < OUTLIERS * usual:
        return ""
    return (
        f"Outliers: 99.8 % of its values lie within {number(100 * usual / given.range, '.0f')} % "
        "of their range."
    )


def _joined(name: str, taken: Sequence[Seen]) -> str:
    ranges = [one.range for one in taken if one.range > 0]
    if name not in JOINING or len(ranges) < 2 or max(ranges) < APART * min(ranges):
        return ""
    return (
        f"It joins inputs whose ranges differ {number(max(ranges) / min(ranges), '.0f')} times: "
        "{:.3g} and {:.3g}.".format(max(ranges), min(ranges))
    )


def _tiny(weights: Array | None) -> str:
    if weights is None or len(weights) < 3:
        return ""
    largest = np.abs(weights).max(axis=1)
    usual = float(np.median(largest))
    small = [int(at) for at in np.flatnonzero((largest > 0) & (largest < TINY * usual))]
    if not small:
        return ""
    return (
        f"The weights of channel {small[0]}"
        + (f" and {len(small) - 1} more" if len(small) > 1 else "")
        + " are near zero: their scale is so small that the bias has no room in 32 bits."
    )


def _squashed(name: str) -> str:
    what = SQUASHING.get(name)
    return f"A {what}: int8 gives its outputs steps of 1/256." if what else ""


def _coarse(name: str, given: Seen) -> str:
    if name in SQUASHING or not given.values:
        return ""
    low, high = np.percentile(np.concatenate(given.values), (25, 75))
    spread = float(high - low) / 1.349  # of a normal distribution the standard deviation
    step = given.range / 255
    if spread <= 0 or step < COARSE * spread:
        return ""
    return (
        f"An output with a large range: a step of int8 is {step:.3g}, and its values spread by "
        f"{spread:.3g}."
    )
