"""techniques/converters/: moves the int32 biases so that channels have the means of the float file.

Rounding shifts the mean of a channel; a bias takes the shift back (Nagel et al. 2019, Data-Free
Quantization Through Weight Equalization and Bias Correction, 4.2, the empirical form: operator by
operator, each on inputs that were corrected before).
"""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Array, Float64s
from optimizer.measure.snr import snr_db
from optimizer.techniques.mixed import LEFT_OUT
from optimizer.tflite.flatbuffer import read_flatbuffer
from optimizer.tflite.graph import Graph, Tensor
from optimizer.tflite.inner_values import inner_values
from optimizer.tflite.values import dequantize
from optimizer.tflite.write import with_metadata, with_values

BIAS = 2  # its place among the inputs of convolutions and dense layers
WITH_BIAS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
WHY = "left out"
LIMITS = np.iinfo(np.int32)


def corrected(
    made: bytes, reference: bytes, samples: Sequence[Sequence[Array]], names: Sequence[str]
) -> bytes:
    """The file with its biases moved; as it was where its outputs do not come nearer by that.

    Args:
        made: The quantized file, of the same operators as `reference`.
        reference: The float file.
        samples: For each model input an array (1, ...); they are run once for each operator.
        names: The model's inputs in that order.

    Raises:
        MeasurementError: a file cannot be looked into.
    """
    float_graph, graph = (read_flatbuffer(one).graphs[0] for one in (reference, made))
    places = [
        number
        for number, use in enumerate(graph.numbered)
        if use.name in WITH_BIAS and _bias(graph, number) is not None
    ]
    wanted = {float_graph.numbered[n].outputs[0].index: n for n in places}
    outputs = [tensor.index for tensor in float_graph.outputs]
    means: dict[int, list[Float64s]] = {number: [] for number in places}
    said: list[list[Array]] = []
    for values in inner_values(reference, samples, names, {*wanted, *outputs}):
        for index, number in wanted.items():
            means[number].append(_mean(values[index]))
        said.append([values[index] for index in outputs])
    moved = made
    for number in places:
        target = np.mean(means[number], axis=0)
        moved = _moved(moved, number, target, samples, names)
    before, after = (_snr(one, said, samples, names) for one in (made, moved))
    return moved if after > before else with_metadata(made, LEFT_OUT, WHY)


def _bias(graph: Graph, number: int) -> Tensor | None:
    use = graph.numbered[number]
    bias = use.inputs[BIAS] if len(use.inputs) > BIAS else None
    if bias is None or bias.dtype != "INT32" or bias.constant is None or not bias.quantized:
        return None
    return bias if use.outputs[0].dtype == "INT8" else None


def _moved(
    content: bytes,
    number: int,
    target: Float64s,
    samples: Sequence[Sequence[Array]],
    names: Sequence[str],
) -> bytes:
    """The file with one operator's bias moved by what the means of its channels are off."""
    graph = read_flatbuffer(content).graphs[0]
    given, bias = graph.numbered[number].outputs[0], _bias(graph, number)
    assert bias is not None  # noqa: S101 (for the type checker: it was chosen for that)
    found = [
        _mean(_real(values[given.index], given))
        for values in inner_values(content, samples, names, [given.index])
    ]
    off = target - np.mean(found, axis=0)
    stored = np.asarray(bias.values, np.int64).ravel()
    if off.shape != stored.shape:
        return content
    steps = np.rint(off / np.broadcast_to(bias.quantization.scales, off.shape))
    values = (stored + steps).clip(LIMITS.min, LIMITS.max).astype(np.int32)
    return with_values(content, bias.index, values)


def _mean(values: Array) -> Float64s:
    """Of each channel, over all positions of one sample."""
    mean: Float64s = values.reshape(-1, values.shape[-1]).mean(axis=0, dtype=np.float64)
    return mean


def _real(values: Array, tensor: Tensor) -> Array:
    if not tensor.quantized:
        return values
    found = tensor.quantization
    zero = int(found.zero_points[0]) if len(found.zero_points) else 0
    return dequantize(values, float(found.scales[0]), zero)


def _snr(
    content: bytes,
    said: Sequence[Sequence[Array]],
    samples: Sequence[Sequence[Array]],
    names: Sequence[str],
) -> float:
    graph = read_flatbuffer(content).graphs[0]
    indices = [tensor.index for tensor in graph.outputs]
    given = [
        [_real(values[t.index], t) for t in graph.outputs]
        for values in inner_values(content, samples, names, indices)
    ]
    found = [
        snr_db(
            np.concatenate([one[at] for one in said]), np.concatenate([one[at] for one in given])
        )
        for at in range(len(indices))
    ]
    return min((one for one in found if one is not None), default=float("inf"))
