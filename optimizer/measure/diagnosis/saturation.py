"""measure/diagnosis/: values beyond the range that calibration found, which integers cut off."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from optimizer.arrays import Array
from optimizer.tflite.flatbuffer import Flatbuffer
from optimizer.tflite.graph import Tensor
from optimizer.words import listed

LEAST_SHARE = 0.01  # of a tensor's values; min/max calibration on like samples cuts off far fewer
EDGE = 1.5
"""Steps. Half a one is rounding; a whole one is what a softmax, sigmoid or tanh lacks, whose scale
is fixed so that 1 is just beyond (LiteRT quantization specification)."""
MOST_NAMES = 4
LONGEST_NAME = 40
RAILS = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767)}


def activations(file: Flatbuffer) -> dict[str, Tensor]:
    """The tensors whose values are computed and kept as integers of one scale, by name."""
    return {
        tensor.name: tensor
        for tensor in file.graphs[0].tensors
        if tensor.constant is None and _range(tensor) is not None
    }


def cut_off(
    file: Flatbuffer,
    ends: Iterable[tuple[str, Tensor, Array]],
    inner: Iterable[Mapping[str, Array]],
    layers: Sequence[str],
) -> tuple[str, ...]:
    """Says of which inputs and layers a share of the values lies beyond the rails.

    That is, where the float model's own values would lie in the variant's integers.

    Args:
        file: The variant's.
        ends: For each input and output of the model its name, its integers in the file (or what
            it has instead), and what float32 holds there.
        inner: Of some samples what the float file holds inside, by the names of tensors.
        layers: Names of the model's layers; empty where they are not known.
    """
    shares = saturated(file, ends, inner, layers)
    lost = {name: share for name, share in shares.items() if share >= LEAST_SHARE}
    if not lost:
        return ()
    worst = sorted(lost, key=lambda name: -lost[name])
    told = listed([f"{100 * lost[name]:.1f} % of “{name}”" for name in worst], MOST_NAMES)
    return (
        f"Values are cut off at the ends of their integer range: {told}. The calibration samples "
        "have smaller values than those that are evaluated. Calibrate on more samples, and on ones "
        "like these; or keep these layers in float (mixed).",
    )


def saturated(
    file: Flatbuffer,
    ends: Iterable[tuple[str, Tensor, Array]],
    inner: Iterable[Mapping[str, Array]],
    layers: Sequence[str],
) -> dict[str, float]:
    """The share of values beyond the rails, 0..1, by input and layer; see `cut_off`."""
    shares: dict[str, float] = {}
    for name, tensor, values in ends:
        rails = _range(tensor)
        if rails is not None:
            shares[name] = _beyond(values, rails)
    kept = activations(file)
    beyond: dict[str, list[float]] = {}
    for values_by_name in inner:
        for name, values in values_by_name.items():
            rails = _range(kept[name])
            if rails is not None and values.dtype == np.float32:
                beyond.setdefault(name, []).append(_beyond(values, rails))
    for name, found in beyond.items():
        layer = layer_named(name, layers)
        shares[layer] = max(shares.get(layer, 0.0), float(np.mean(found)))
    return shares


def layer_named(tensor: str, layers: Sequence[str]) -> str:
    """The layer whose name stands in a tensor's, the longest of several; or else the tensor."""
    fitting = [
        layer
        for layer in layers
        if re.search(rf"(?:^|[/;]){re.escape(layer)}(?:_\d+)?(?:[/;]|$)", tensor)
    ]
    return max(fitting, key=len, default=tensor[:LONGEST_NAME])


def _range(tensor: Tensor) -> tuple[float, float] | None:
    """The real values that the ends of its integers stand for, `EDGE` steps further out."""
    if tensor.dtype not in RAILS or tensor.quantization.kind != "per tensor":
        return None
    low, high = RAILS[tensor.dtype]
    scale = float(tensor.quantization.scales[0])
    zero_points = tensor.quantization.zero_points
    zero = int(zero_points[0]) if len(zero_points) else 0
    return (low - zero - EDGE) * scale, (high - zero + EDGE) * scale


def _beyond(values: Array, rails: tuple[float, float]) -> float:
    """The share of the values that lie outside."""
    real = values.astype(np.float64)
    return float(np.mean((real < rails[0]) | (real > rails[1])))
