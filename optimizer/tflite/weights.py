"""tflite/: the weights in a .tflite file: how many are zero, and how many are different."""

import gzip
from collections.abc import Iterator
from math import prod
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from optimizer.tflite.facts import WeightTensor
from optimizer.tflite.flatbuffer import Bytes, Flatbuffer, indices, shape_of, type_name

T = TypeVar("T", bound=np.generic)

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

# How weights are stored. Integers of 32 and 64 bits are shapes and indices, never weights.
STORAGE = {
    "FLOAT32": np.float32,
    "FLOAT16": np.float16,
    "INT16": np.int16,
    "INT8": np.int8,
    "UINT8": np.uint8,
}
PACKED_BITS = {"INT4": 4, "INT2": 2}

# Level 9 takes minutes for a large pruned tensor, and saves a few percent more.
GZIP_LEVEL = 6
PIECE_BYTES, PIECES = 1 << 16, 8  # gzip looks back half a piece


def weight_tensors(file: Flatbuffer) -> tuple[WeightTensor, ...]:
    """Every weight tensor once, in the order of use."""
    return tuple(
        _describe(operator, tensor, stored, axis)
        for operator, tensor, stored, axis in _weights(file)
    )


def real_weights(file: Flatbuffer) -> Iterator[npt.NDArray[np.float32] | None]:
    """What the values of each weight tensor stand for: scale * (stored value - zero point).

    In the order of `weight_tensors`; None where a scale is for a block of values, and lies in a
    tensor of its own.
    """
    for _, tensor, stored, _ in _weights(file):
        scales = _numbers(tensor, "scale").astype(np.float32)
        if _quantization(tensor, len(scales)) == "blockwise":
            yield None
            continue
        values = _values(tensor, stored).astype(np.float32)
        if len(scales):
            values -= _zero_points(tensor, values.ndim).astype(np.float32)
            values *= _along_axis(tensor, scales, values.ndim)
        yield values


def sparsity(weights: tuple[WeightTensor, ...]) -> float | None:
    """Share of zeros over all weights; None if there are none."""
    total = sum(prod(weight.shape) for weight in weights)
    if total == 0:
        return None
    return sum(weight.zeros * prod(weight.shape) for weight in weights) / total


def _weights(file: Flatbuffer) -> Iterator[tuple[str, Any, Bytes, int]]:
    """Operator, tensor, stored bytes and channel axis of each weight tensor."""
    for graph in file.model.subgraphs:
        makers = {i: op for op in graph.operators for i in indices(op.outputs)}
        seen: set[int] = set()
        for operator in graph.operators:
            name = file.operator_name(operator)
            slots, axis = WEIGHTS.get(name, ((), 0))
            inputs = indices(operator.inputs)
            for index in (inputs[slot] for slot in slots if slot < len(inputs)):
                source = _source(file, makers, index)
                if source < 0 or source in seen:
                    continue
                tensor = graph.tensors[source]
                stored = file.constant(tensor)
                if stored is not None and type_name(tensor) in STORAGE | PACKED_BITS:
                    seen.add(source)
                    yield name, tensor, stored, axis


def _source(file: Flatbuffer, makers: dict[int, Any], index: int) -> int:
    """The stored tensor behind one that is unpacked at run time, as float16 weights are."""
    maker = makers.get(index)
    if maker is not None and file.operator_name(maker) in ("DEQUANTIZE", "DENSIFY"):
        return _source(file, makers, indices(maker.inputs)[0])
    return index


def _describe(operator: str, tensor: Any, stored: Bytes, axis: int) -> WeightTensor:
    values = _values(tensor, stored)
    scales = _numbers(tensor, "scale")
    kind = _quantization(tensor, len(scales))
    if kind == "per axis":
        axis = tensor.quantization.quantizedDimension
    channels = np.sort(np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1), axis=1)
    new = np.ones(channels.shape, bool)
    new[:, 1:] = channels[:, 1:] != channels[:, :-1]
    return WeightTensor(
        name=tensor.name.decode(errors="replace"),
        operator=operator,
        dtype=type_name(tensor),
        shape=values.shape,
        size_bytes=len(stored),
        zeros=float(np.mean(values == _zero_points(tensor, values.ndim))),
        unique=len(np.unique(channels[new])),
        unique_per_channel=int(np.count_nonzero(new, axis=1).max()),
        quantization=kind,
        gzip_bytes=_gzip_bytes(stored),
    )


def _gzip_bytes(stored: Bytes) -> int:
    """What gzip makes of a tensor; of a large one estimated from pieces that lie evenly in it."""
    if len(stored) <= PIECES * PIECE_BYTES:
        return _zipped(stored)
    starts = np.linspace(0, len(stored) - PIECE_BYTES, PIECES).astype(int)
    sizes = [_zipped(stored[start : start + PIECE_BYTES]) for start in starts]
    return round(sum(sizes) / (PIECES * PIECE_BYTES) * len(stored))


def _zipped(content: Bytes) -> int:
    return len(gzip.compress(content.tobytes(), GZIP_LEVEL, mtime=0))


def _values(tensor: Any, stored: Bytes) -> npt.NDArray[np.generic]:
    """Stored values in the tensor's shape, of its type; packed ones unpacked to int8."""
    shape, name = shape_of(tensor), type_name(tensor)
    values: npt.NDArray[np.generic]
    if name in STORAGE:
        values = stored.view(STORAGE[name])
    else:
        # Several values share a byte, the lowest bits first (kernels/internal/portable_tensor_
        # utils.h); shifting left and then back as a signed number extends the sign.
        bits = PACKED_BITS[name]
        shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
        values = ((stored[:, None] << shifts).view(np.int8) >> (8 - bits)).ravel()[: prod(shape)]
    if tensor.sparsity is not None:  # only what is not zero is stored
        values = np.concatenate([values, np.zeros(prod(shape) - len(values), values.dtype)])
    return values.reshape(shape or (1,))


def _zero_points(tensor: Any, dimensions: int) -> npt.NDArray[np.int64]:
    """The stored value that means 0, in a shape that fits all values."""
    zero_points = _numbers(tensor, "zeroPoint").astype(np.int64)
    if not len(zero_points):
        return np.zeros(1, np.int64)
    return _along_axis(tensor, zero_points, dimensions)


def _along_axis(tensor: Any, numbers: npt.NDArray[T], dimensions: int) -> npt.NDArray[T]:
    """Numbers of a quantization, one or one a slice, in a shape that fits all values."""
    if len(numbers) <= 1:
        return numbers
    shape = [1] * dimensions
    shape[tensor.quantization.quantizedDimension] = -1
    return numbers.reshape(shape)


def _numbers(tensor: Any, field: str) -> npt.NDArray[np.generic]:
    numbers = getattr(tensor.quantization, field, None)
    return np.array([] if numbers is None else numbers)


def _quantization(
    tensor: Any, scales: int
) -> Literal["none", "per tensor", "per axis", "blockwise"]:
    if tensor.quantization is not None and tensor.quantization.details is not None:
        return "blockwise"
    if scales == 0:
        return "none"
    return "per tensor" if scales == 1 else "per axis"
