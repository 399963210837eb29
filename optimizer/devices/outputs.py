"""devices/: whether what a file says on a device is what it says at home."""

from collections.abc import Sequence

from optimizer.devices.measured import OutputThere
from optimizer.words import number

FLOAT_TOLERANCE, WHOLE_TOLERANCE, STEPS = 1e-3, 2e-2, 3
"""How far an output may be off on another CPU: of its spread, and in steps of its whole numbers."""


def how_they_differ(outputs: Sequence[OutputThere], *, whole_numbers: bool) -> str:
    """A sentence; empty where no output is off by more than another CPU's rounding.

    Args:
        outputs: Of one file.
        whole_numbers: Whether the file computes with integers inside, whose rounding differs more.
    """
    share = WHOLE_TOLERANCE if whole_numbers else FLOAT_TOLERANCE
    for place, one in enumerate(outputs):
        which = f"Output {place + 1}" if len(outputs) > 1 else "Its output"
        if one.max_error is None:
            return f"{which} has another shape there, or is not finite where it should be."
        if one.max_error > max(share * one.spread, STEPS * one.step, 1e-6):
            top = f"; {one.same_top} of {one.samples} samples have the same largest value"
            return (
                f"{which} is off by {number(one.max_error)} there, where all values lie within "
                f"{number(one.spread)}{top}. Do not trust this file on that device."
            )
    return ""
