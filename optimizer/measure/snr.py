"""measure/: the signal-to-noise ratio of what quantization left of some values."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt


def snr_db(reference: npt.NDArray[Any], other: npt.NDArray[Any]) -> float | None:
    """10 log10(Σ r² / Σ (r − o)²) over all values, in decibels, summed in float64.

    Args:
        reference: r, the values as they should be.
        other: o, of the same shape.

    Returns:
        None if both are the same, where it would be infinite, or if the reference is all zero.
    """
    signal = reference.astype(np.float64).ravel()
    noise = signal - other.ravel()
    signal_power, noise_power = float(signal @ signal), float(noise @ noise)
    if not (signal_power > 0 and noise_power > 0):
        return None
    return 10 * math.log10(signal_power / noise_power)
