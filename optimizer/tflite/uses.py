"""tflite/: an operator of a file together with the tensors that it takes and gives."""

from collections.abc import Collection
from dataclasses import dataclass
from math import prod
from typing import Any

from optimizer.tflite.arena import BITS
from optimizer.tflite.flatbuffer import Bytes, Flatbuffer, indices, shape_of, type_name

UNPACKING = ("DEQUANTIZE", "DENSIFY")  # of constants, once before the first inference
CONVERTING = ("QUANTIZE", "DEQUANTIZE")


@dataclass(frozen=True)
class Tensor:
    """A tensor as the rules of targets look at it.

    Attributes:
        name: its name in the file.
        dtype: such as "INT8".
        shape: dimensions; () for a scalar.
        scales: how many there are, 0 without quantization.
        zero_point: the stored value that means 0, where there is one for the tensor; else 0.
        constant: the stored bytes; None if it is computed.
        state: whether it is kept from one inference to the next.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    scales: int
    zero_point: int
    constant: Bytes | None
    state: bool

    @property
    def size_bytes(self) -> int | None:
        """What its values take; None where the type does not tell."""
        if self.constant is not None:
            return len(self.constant)
        bits = BITS.get(self.dtype)
        return None if bits is None else -(-bits * prod(self.shape) // 8)


@dataclass(frozen=True)
class Use:
    """An operator in its place.

    Attributes:
        name: such as "CONV_2D".
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


def tensors_of(file: Flatbuffer, graph: Any) -> tuple[Tensor, ...]:
    """All tensors of a graph, by index."""
    return tuple(
        Tensor(
            name=(tensor.name or b"").decode(errors="replace"),
            dtype=type_name(tensor),
            shape=shape_of(tensor),
            scales=len(_numbers(tensor, "scale")),
            zero_point=_zero_point(tensor),
            constant=file.constant(tensor),
            state=bool(tensor.isVariable),
        )
        for tensor in graph.tensors
    )


def uses_of(file: Flatbuffer, graph: Any) -> tuple[Use, ...]:
    """All operators of a graph, in the order of execution."""
    tensors = tensors_of(file, graph)
    return tuple(
        Use(
            name=file.operator_name(operator),
            version=file.model.operatorCodes[operator.opcodeIndex].version,
            options=operator.builtinOptions,
            inputs=tuple(tensors[i] if i >= 0 else None for i in indices(operator.inputs)),
            outputs=tuple(tensors[i] for i in indices(operator.outputs)),
        )
        for operator in graph.operators
    )


def _zero_point(tensor: Any) -> int:
    zero_points = _numbers(tensor, "zeroPoint")
    return int(zero_points[0]) if len(zero_points) == 1 else 0


def _numbers(tensor: Any, field: str) -> Any:
    numbers = getattr(tensor.quantization, field, None)
    return () if numbers is None else numbers
