"""tflite/: the weights in a .tflite file: how many are zero, and how many are different."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Bytes, Float32s
from optimizer.tflite.facts import WeightTensor
from optimizer.tflite.flatbuffer import Flatbuffer
from optimizer.tflite.graph import UNPACKING, Graph, Tensor
from optimizer.tflite.values import PACKED_BITS, dequantize

# Which inputs of an operator are weights, and along which axis their output channels lie.
WEIGHTS: dict[str, tuple[tuple[int, ...], int]] = {
    "CONV_2D": ((1,), 0),
    "DEPTHWISE_CONV_2D": ((1,), 3),
    "FULLY_CONNECTED": ((1,), 0),
    "TRANSPOSE_CONV": ((1,), 0),
    "CONV_3D": ((1,), 4),
    "BATCH_MATMUL": ((0, 1), -1),
    "EMBEDDING_LOOKUP": ((1,), 0),
    "GATHER": ((0,), 0),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (tuple(range(1, 9)), 0),
}

WEIGHT_TYPES = {"FLOAT32", "FLOAT16", "INT16", "INT8", "UINT8", *PACKED_BITS}
"""How weights are stored. Integers of 32 and 64 bits are shapes and indices, never weights."""

# Level 9 takes minutes for a large pruned tensor, and saves a few percent more.
GZIP_LEVEL = 6
PIECE_BYTES, PIECES = 1 << 16, 8  # gzip looks back half a piece


@dataclass(frozen=True)
class Weight:
    """A constant that an operator multiplies with or looks up in.

    Attributes:
        operator: the operator that uses it, such as "CONV_2D".
        tensor: as it is stored.
        stored: its bytes.
        values: its stored values, see `stored_values`.
        axis: along which its output channels lie.
        used_by: the numbers of the operators that use it, see `Graph.numbered`.
    """

    operator: str
    tensor: Tensor
    stored: Bytes
    values: Array
    axis: int
    used_by: tuple[int, ...] = ()


def weights_of(graph: Graph) -> list[Weight]:
    """Every weight of a graph once, in the order of use."""
    found: dict[int, Weight] = {}
    numbers = {id(use): number for number, use in enumerate(graph.numbered)}
    for use in graph.uses:
        slots, axis = WEIGHTS.get(use.name, ((), 0))
        for used in (use.inputs[slot] for slot in slots if slot < len(use.inputs)):
            tensor = unpacked(graph, used) if used else None
            if tensor is None or tensor.dtype not in WEIGHT_TYPES:
                continue
            number = numbers.get(id(use), -1)
            if known := found.get(tensor.index):
                found[tensor.index] = replace(known, used_by=(*known.used_by, number))
                continue
            stored, values = tensor.constant, tensor.values
            if stored is not None and values is not None:
                found[tensor.index] = Weight(use.name, tensor, stored, values, axis, (number,))
    return list(found.values())


def weight_tensors(file: Flatbuffer) -> tuple[WeightTensor, ...]:
    """Every weight tensor of all graphs, in the order of use."""
    return tuple(
        _describe(weight, numbered=place == 0)
        for place, graph in enumerate(file.graphs)
        for weight in weights_of(graph)
    )


def real_weights(file: Flatbuffer) -> Iterator[Float32s | None]:
    """What the values of each weight tensor stand for.

    In the order of `weight_tensors`; None where a scale is for a block of values.
    """
    for weight in (weight for graph in file.graphs for weight in weights_of(graph)):
        found = weight.tensor.quantization
        if found.blockwise:
            yield None
        elif not weight.tensor.quantized:
            yield weight.values.astype(np.float32)
        else:
            scales = _along_axis(found.scales, found.axis, weight.values.ndim)
            yield dequantize(weight.values, scales, _zero_points(weight))


def parameter_count(file: Flatbuffer) -> int:
    """Weights, biases and other constants that were learned.

    Integers that are not quantized are shapes and axes.
    """
    return sum(
        prod(tensor.shape)
        for graph in file.graphs
        for tensor in graph.tensors
        if tensor.constant is not None and (tensor.dtype.startswith("FLOAT") or tensor.quantized)
    )


def unpacked(graph: Graph, tensor: Tensor) -> Tensor:
    """The tensor behind one that is unpacked at run time, as float16 weights are."""
    passed: set[int] = set()  # in a damaged file one may be unpacked from itself
    while (maker := graph.makers.get(tensor.index)) and tensor.index not in passed:
        passed.add(tensor.index)
        if maker.name not in UNPACKING or not (source := maker.inputs[0]):
            break
        tensor = source
    return tensor


def _describe(weight: Weight, *, numbered: bool = True) -> WeightTensor:
    tensor, values = weight.tensor, weight.values
    kind = tensor.quantization.kind
    axis = tensor.quantization.axis if kind == "per axis" else weight.axis
    channels = np.sort(np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1), axis=1)
    new = np.ones(channels.shape, bool)
    new[:, 1:] = channels[:, 1:] != channels[:, :-1]
    return WeightTensor(
        name=tensor.name,
        operator=weight.operator,
        dtype=tensor.dtype,
        shape=values.shape,
        size_bytes=len(weight.stored),
        zeros=float(np.mean(values == _zero_points(weight))),
        unique=len(np.unique(channels[new])),
        unique_per_channel=int(np.count_nonzero(new, axis=1).max()),
        quantization=kind,
        gzip_bytes=_gzip_bytes(weight.stored),
        used_by=weight.used_by if numbered else (),
    )


def _zero_points(weight: Weight) -> npt.NDArray[Any]:
    """The stored value that means 0, in a shape that fits all values; of blocks always 0."""
    found = weight.tensor.quantization
    if found.blockwise or not len(found.zero_points):
        return np.zeros(1, np.int64)
    return _along_axis(found.zero_points, found.axis, weight.values.ndim)


def _along_axis(numbers: npt.NDArray[Any], axis: int, dimensions: int) -> npt.NDArray[Any]:
    """Array of a quantization, one or one a slice, in a shape that fits all values."""
    if len(numbers) <= 1:
        return numbers
    shape = [1] * dimensions
    shape[axis] = -1
    return numbers.reshape(shape)


def _gzip_bytes(stored: Bytes) -> int:
    """What gzip makes of a tensor; of a large one estimated from pieces that lie evenly in it."""
    if len(stored) <= PIECES * PIECE_BYTES:
        return _zipped(stored)
    starts = np.linspace(0, len(stored) - PIECE_BYTES, PIECES).astype(int)
    sizes = [_zipped(stored[start : start + PIECE_BYTES]) for start in starts]
    return round(sum(sizes) / (PIECES * PIECE_BYTES) * len(stored))


def _zipped(content: Bytes) -> int:
    return len(gzip.compress(content.tobytes(), GZIP_LEVEL, mtime=0))
