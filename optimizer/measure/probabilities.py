"""measure/: whether outputs are probabilities, as after a sigmoid or a softmax."""

from typing import Any

import numpy as np
import numpy.typing as npt

TOLERANCE = 1e-2
"""How far probabilities may miss 1, alone or together. An int8 softmax gives multiples of 1/256, of
which the rounding of some classes adds up (the LiteRT quantization specification, Softmax)."""


def in_0_to_1(outputs: npt.NDArray[Any]) -> bool:
    """Whether all values lie in 0..1, as after a sigmoid; NaN aside."""
    known = outputs[~np.isnan(outputs)]
    return bool(known.min(initial=0) >= 0 and known.max(initial=1) <= 1 + TOLERANCE)


def sum_to_1(outputs: npt.NDArray[Any]) -> bool:
    """Whether all rows are shares of 1, as after a softmax: two values or more, none negative.

    Args:
        outputs: (..., classes).
    """
    return (
        outputs.shape[-1] > 1
        and bool((outputs >= 0).all())
        and bool(np.allclose(outputs.sum(axis=-1), 1, atol=TOLERANCE))
    )
