"""tflite/: the graphs of a file: operators together with the tensors that they take and give."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Bytes
from optimizer.tflite.facts import CONVERTING
from optimizer.tflite.values import bits_of, stored_values

UNPACKING = ("DEQUANTIZE", "DENSIFY")  # of constants, once before the first inference


@dataclass(frozen=True)
class QuantizationParameters:
    """How stored values stand for real numbers: real = scale * (stored value - zero point).

    Attributes:
        scales: float (k,).
        zero_points: integers, as many as scales, one for all, or none for 0.
        axis: the dimension along which they differ.
        blockwise: whether each is for a block of values along `axis` instead of a slice.
    """

    scales: npt.NDArray[np.floating[Any]]
    zero_points: npt.NDArray[np.integer[Any]]
    axis: int
    blockwise: bool

    @property
    def kind(self) -> Literal["none", "per tensor", "per axis", "blockwise"]:
        """How scales are given."""
        if self.blockwise:
            return "blockwise"
        if not len(self.scales):
            return "none"
        return "per tensor" if len(self.scales) == 1 else "per axis"


UNQUANTIZED = QuantizationParameters(np.zeros(0), np.zeros(0, np.int64), 0, blockwise=False)


@dataclass(frozen=True)
class Tensor:
    """A tensor of a graph.

    Attributes:
        index: its place in the graph, which is also the interpreter's.
        name: its name in the file.
        dtype: such as "INT8".
        shape: dimensions, with the file's own batch size; () for a scalar.
        open_shape: the same with -1 for sizes that are not fixed.
        quantization: what its stored values stand for.
        constant: the stored bytes; None if it is computed.
        sparse: whether only the values that are not zero are stored.
        state: whether it is kept from one inference to the next.
    """

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    open_shape: tuple[int, ...]
    quantization: QuantizationParameters = UNQUANTIZED
    constant: Bytes | None = None
    sparse: bool = False
    state: bool = False

    @property
    def quantized(self) -> bool:
        """Whether its values stand for others."""
        return len(self.quantization.scales) > 0

    @property
    def values(self) -> Array | None:
        """The stored values of a constant, see `stored_values`; None if it is computed."""
        if self.constant is None:
            return None
        return stored_values(self.constant, self.dtype, self.shape, sparse=self.sparse)

    @property
    def size_bytes(self) -> int | None:
        """What its values take; None where the type does not tell."""
        if self.constant is not None:
            return len(self.constant)
        bits = bits_of(self.dtype)
        return None if bits is None else -(-bits * prod(self.shape) // 8)


@dataclass(frozen=True)
class Use:
    """An operator in its place.

    Attributes:
        name: such as "CONV_2D"; a custom operator has its own name, such as "FlexErf".
        version: which edition of the operator the file asks for.
        options: its attributes, of the schema's class for the operator; None without.
        inputs: what it takes; None for an optional tensor that is left out.
        outputs: what it gives.
    """

    name: str
    version: int
    options: Any
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All inputs that are there, then all outputs."""
        return (*(tensor for tensor in self.inputs if tensor), *self.outputs)

    def unpacks(self, types: Collection[str]) -> bool:
        """Whether it only brings a constant stored in one of `types` into another form."""
        return self.name in UNPACKING and all(
            t and t.constant is not None and t.dtype in types for t in self.inputs
        )

    @property
    def converts_float(self) -> bool:
        """Whether it only makes integers of floating-point numbers, or these of integers."""
        return self.name in CONVERTING and any(t.dtype == "FLOAT32" for t in self.tensors)


@dataclass(frozen=True)
class Graph:
    """The main graph of a file, or the condition or body of a loop.

    Attributes:
        tensors: all of them, by index.
        uses: its operators, in the order of execution.
        inputs: what it takes.
        outputs: what it gives.
    """

    tensors: tuple[Tensor, ...]
    uses: tuple[Use, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @cached_property
    def numbered(self) -> tuple[Use, ...]:
        """The operators by their number: without those that only convert between types.

        A quantizer puts such between the others, whose order it keeps: so a number means the same
        operator in a float file and in what was made of it.
        """
        return tuple(use for use in self.uses if use.name not in CONVERTING)

    @cached_property
    def makers(self) -> dict[int, Use]:
        """The operator that gives each computed tensor, by the tensor's index."""
        return {tensor.index: use for use in self.uses for tensor in use.outputs}
