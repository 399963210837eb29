"""tflite/: what is known of a file's operators, tensors and weights, as plain values.

Nothing here opens a file, so that a page can show these without the libraries that read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

CONVERTING = ("QUANTIZE", "DEQUANTIZE")
"""Operators that only convert between types; others are numbered without them."""
TensorRole = Literal["input", "output", "activation", "weight", "other constant", "state"]


@dataclass(frozen=True)
class Quantization:
    """How a tensor's integers stand for real numbers: real = scale * (integer - zero point).

    Attributes:
        kind: whether there is one scale for the tensor, one a slice along `axis`, or one a block
            of values along `axis`.
        scales: how many scales there are.
        first_scale: the first of them.
        min_scale: the smallest.
        max_scale: the largest.
        min_zero_point: the smallest zero point.
        max_zero_point: the largest.
        axis: the dimension along which scales differ; None for one scale.
    """

    kind: Literal["per tensor", "per axis", "blockwise"]
    scales: int
    first_scale: float
    min_scale: float
    max_scale: float
    min_zero_point: int
    max_zero_point: int
    axis: int | None


@dataclass(frozen=True)
class TensorFacts:
    """One tensor of the main graph.

    Attributes:
        index: its place in the file, which is also the interpreter's.
        name: its name in the file.
        role: an input or output of the model; an activation, which an operator computes; a weight,
            which an operator multiplies with or looks up in; any other constant, such as a bias
            or a shape; or a state that is kept from one inference to the next.
        dtype: the type, such as "INT8".
        shape: dimensions, at the file's own batch size; () for a scalar.
        size_bytes: what its values take: in the file for constants, in memory for others. None
            where the size depends on what they hold, as for texts.
        quantization: scales and zero points; None without.
    """

    index: int
    name: str
    role: TensorRole
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int | None
    quantization: Quantization | None


@dataclass(frozen=True)
class OperatorUse:
    """One operator of the main graph.

    Attributes:
        index: its place in the order of execution.
        name: the operator, such as "CONV_2D"; a custom one has its own name, such as "FlexErf".
        version: which edition of the operator the file asks for; editions add types and options.
        min_runtime_version: the oldest TensorFlow Lite that has this edition, such as "2.3.0";
            None for custom operators and where it is not known.
        macs: multiply-accumulate operations of one inference; 0 for operators that do none.
        output_shape: dimensions of the first output; () if it is a scalar or there is none.
        input_types: types of the inputs; optional ones that are left out are not listed.
        output_types: types of the outputs.
        location: where it stands in the model: the name of its first output.
    """

    index: int
    name: str
    version: int
    min_runtime_version: str | None
    macs: int
    output_shape: tuple[int, ...]
    input_types: tuple[str, ...]
    output_types: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class WeightTensor:
    """One constant tensor that an operator multiplies with or looks up in.

    Attributes:
        name: the tensor's name in the file.
        operator: the operator that uses it, such as "CONV_2D".
        dtype: the type it is stored in, such as "INT8" or "FLOAT16".
        shape: dimensions.
        size_bytes: bytes in the file.
        zeros: share of values (0..1) that stand for zero.
        unique: number of different stored values in the tensor.
        unique_per_channel: the largest number of different values in one output channel.
        quantization: how scales are given: not at all, one for the tensor, one a channel or block.
        gzip_bytes: bytes after gzip by itself; of tensors of more than half a megabyte an estimate
            from pieces.
        used_by: numbers of the main graph's operators that use it, see `Graph.numbered`; empty in
            studies that were made before.
    """

    name: str
    operator: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    zeros: float
    unique: int
    unique_per_channel: int
    quantization: Literal["none", "per tensor", "per axis", "blockwise"]
    gzip_bytes: int
    used_by: tuple[int, ...] = ()


def share_of_zeros(tensors: Sequence[WeightTensor]) -> float | None:
    """Share of zeros (0..1) over all values of several tensors; None if there are none."""
    values = sum(prod(tensor.shape) for tensor in tensors)
    if not values:
        return None
    return sum(tensor.zeros * prod(tensor.shape) for tensor in tensors) / values


@dataclass(frozen=True)
class Boundary:
    """An input or output of a file, as an application feeds or reads it.

    Attributes:
        name: that of the signature, or the tensor's.
        dtype: such as "INT8".
        scale, zero_point: what a stored value stands for: scale * (value - zero_point); both None
            where it stands for itself.
    """

    name: str
    dtype: str
    scale: float | None
    zero_point: int | None


@dataclass(frozen=True)
class FileContents:
    """What is inside a .tflite file.

    Attributes:
        operators: how often each operator occurs, in all subgraphs, most frequent first.
        macs: multiply-accumulate operations of one inference at the file's own batch size.
        arena_bytes: peak of the bytes of activations that are alive at once.
        sparsity: share of zeros (0..1) over all weights; None if there are no weights.
        unique_weights_max: the largest number of different values in one weight tensor; None
            if there are no weights.
        tensor_types: how many tensors the main graph has of each type.
        input_types: type of each input.
        output_types: type of each output.
        inputs, outputs: the same with their scales; empty in studies that were made before.
        min_runtime_version: the oldest TensorFlow Lite runtime that has all operators, as the
            converter wrote it into the file; None if it did not.
        weights: every weight tensor.
    """

    operators: dict[str, int]
    macs: int
    arena_bytes: int
    sparsity: float | None
    unique_weights_max: int | None
    tensor_types: dict[str, int]
    input_types: tuple[str, ...]
    output_types: tuple[str, ...]
    min_runtime_version: str | None
    weights: tuple[WeightTensor, ...]
    inputs: tuple[Boundary, ...] = ()
    outputs: tuple[Boundary, ...] = ()
