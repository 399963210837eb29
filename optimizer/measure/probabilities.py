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


def decidable(outputs: npt.NDArray[Any], threshold: float | None) -> npt.NDArray[Any]:
    """Outputs in the same order that say yes above a half, whatever they look like themselves.

    A file whose logits all happen to lie in 0..1 would else be taken for one that gives
    probabilities, and one whose probabilities are a little off for one that gives logits.

    Args:
        outputs: Each of which decides.
        threshold: 0.5: they are probabilities; 0: logits; None: nothing is known, or none decides.
    """
    if threshold is None:
        return outputs
    if threshold > 0:
        return outputs.clip(0, 1)
    shares: npt.NDArray[Any] = 0.5 + 0.5 * outputs / (1 + np.abs(outputs))
    return shares  # large ones stay apart, as after no sigmoid


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
