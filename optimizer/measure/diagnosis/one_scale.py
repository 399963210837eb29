"""measure/diagnosis/: columns of different units that share one integer scale.

Per tensor, as activations are quantized, the largest value decides the step, for 0 is always in the
range; what spans only a few steps is rounded away.
"""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Array, Float32s, Float64s
from optimizer.tflite.boundary_order import inputs_by_name, outputs_in_order
from optimizer.tflite.facts import CONVERTING
from optimizer.tflite.flatbuffer import Flatbuffer
from optimizer.tflite.graph import Graph, Tensor
from optimizer.words import counted, listed

FEWEST_STEPS = 8.0  # of 256, over a column's whole range; below, more than a tenth of it is noise
MOST_COLUMNS = 64  # a picture's or a spectrum's values are of one unit
MOST_NAMES = 4


def lost_columns(
    file: Flatbuffer, names: Sequence[str], inputs: Sequence[Array]
) -> tuple[str, ...]:
    """Says which columns of an input are rounded away.

    Args:
        file: The variant's.
        names: Of the model's inputs.
        inputs: Some samples of each, (n, columns) or (n, steps, columns); others are passed over.
    """
    said = []
    graph = file.graphs[0]
    for name, values, tensor in zip(names, inputs, inputs_by_name(file, names), strict=True):
        scale = _scale(quantized_from(graph, tensor))
        lost = _lost(values, scale)
        if lost is not None:
            said.append(
                f"{_columns(lost, 'column')} of “{name}” span fewer than {FEWEST_STEPS:.0f} of "
                f"the 256 steps of the input's one scale ({scale:.3g} a step): the network hardly "
                "sees them. Bring all columns to one range before, or by a Normalization layer and "
                "a float input; int16x8 has finer steps."
            )
    return tuple(said)


def lost_components(file: Flatbuffer, place: int, name: str, baseline: Float32s) -> tuple[str, ...]:
    """Says which components of an output are rounded away.

    Args:
        file: The variant's.
        place: Of the output among the model's.
        name: Of the output.
        baseline: What float32 says there, (n, components) or (n, positions, components).
    """
    scale = _scale(dequantized_from(file.graphs[0], outputs_in_order(file)[place]))
    lost = _lost(baseline, scale)
    if lost is None:
        return ()
    return (
        f"{_columns(lost, 'component')} of “{name}” span fewer than {FEWEST_STEPS:.0f} of the 256 "
        f"steps of the output's one scale ({scale:.3g} a step), which the largest values decide. "
        "Give the model an output for each unit, or divide inside it; int16x8 has finer steps.",
    )


def _lost(values: Array, scale: float) -> list[int] | None:
    """The columns that are rounded away; None where there are none."""
    if values.ndim not in {2, 3} or not 2 <= values.shape[-1] <= MOST_COLUMNS or scale <= 0:
        return None
    columns = values.reshape(-1, values.shape[-1]).astype(np.float64)
    spans: Float64s = np.ptp(columns, axis=0)
    lost = np.flatnonzero((spans > 0) & (spans < FEWEST_STEPS * scale))
    return [int(column) for column in lost] if len(lost) else None


def quantized_from(graph: Graph, tensor: Tensor) -> Tensor:
    """The integer tensor that a float input is turned into at once."""
    made = [
        use.outputs[0]
        for use in graph.uses
        if use.name in CONVERTING and any(t and t.index == tensor.index for t in use.inputs)
    ]
    return made[0] if made and not tensor.quantized else tensor


def dequantized_from(graph: Graph, tensor: Tensor) -> Tensor:
    """The integer tensor that a float output is made of at the very end."""
    maker = graph.makers.get(tensor.index)
    source = maker.inputs[0] if maker and maker.name in CONVERTING else None
    return source if source and not tensor.quantized else tensor


def _scale(tensor: Tensor) -> float:
    """Of 8-bit values; 0 where there is none, or one for each slice."""
    eight = tensor.dtype in {"INT8", "UINT8"} and tensor.quantization.kind == "per tensor"
    return float(tensor.quantization.scales[0]) if eight else 0.0


def _columns(places: Sequence[int], what: str) -> str:
    numbers = listed([str(place + 1) for place in places], MOST_NAMES)
    return f"{counted(len(places), what)} (number {numbers})"
