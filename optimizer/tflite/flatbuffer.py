"""tflite/: opens a .tflite file. Every reader of one begins here, so that each has the checks."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from optimizer.arrays import Bytes
from optimizer.errors import MeasurementError
from optimizer.tflite.graph import UNQUANTIZED, Graph, QuantizationParameters, Tensor, Use
from optimizer.tflite.values import stored_values
from optimizer.words import reason

IDENTIFIER = b"TFL3"
DAMAGE = (struct.error, LookupError, TypeError, ValueError, AttributeError)
"""What Python raises where the parts of a file lead anywhere."""


def _names(enumeration: type) -> dict[int, str]:
    return {v: name for name, v in vars(enumeration).items() if not name.startswith("_")}


OPERATOR_NAMES = _names(schema.BuiltinOperator)
TYPE_NAMES = _names(schema.TensorType)


@dataclass(frozen=True)
class Flatbuffer:
    """A .tflite file in memory.

    Attributes:
        name: what messages call it.
        model: `schema.ModelT`, the whole tree, for what writes a changed one.
        graphs: the main graph, then those of loops and branches.
    """

    name: str
    model: Any
    graphs: tuple[Graph, ...]

    @property
    def uses(self) -> tuple[Use, ...]:
        """The operators of all graphs."""
        return tuple(use for graph in self.graphs for use in graph.uses)

    @property
    def signature_names(self) -> dict[int, str]:
        """Names of inputs and outputs in the only signature, by tensor; empty where there is none.

        Outputs come last.
        """
        signatures = self.model.signatureDefs or []
        if len(signatures) != 1:
            return {}
        return {
            int(entry.tensorIndex): entry.name.decode(errors="replace")
            for entry in (*(signatures[0].inputs or ()), *(signatures[0].outputs or ()))
        }

    def metadata(self, name: str) -> str | None:
        """A text that the converter put beside the graphs; None if it did not."""
        for entry in self.model.metadata or ():
            if entry.name == name.encode():
                text = self.model.buffers[entry.buffer].data
                return None if text is None else text.tobytes().rstrip(b"\0").decode() or None
        return None


def open_flatbuffer(file: Path) -> Flatbuffer:
    """Reads the whole file; see `read_flatbuffer`."""
    return _read(np.fromfile(file, np.uint8), file.name)


def read_flatbuffer(content: bytes, name: str = "The .tflite") -> Flatbuffer:
    """Reads the content of a file, after every index in it was followed once.

    The runtime follows them without looking where they lead.

    Args:
        content: all bytes.
        name: what to call it in messages.

    Raises:
        MeasurementError: it is not a .tflite file, or is damaged.
    """
    return _read(np.frombuffer(content, np.uint8), name)


@contextmanager
def whole(name: str) -> Iterator[None]:
    """Says of a file that it is damaged where its parts do not fit together.

    Raises:
        MeasurementError: in place of what Python raises then.
    """
    try:
        yield
    except DAMAGE as error:
        raise MeasurementError(
            f"{name} is damaged: its parts do not fit together ({reason(error)}); convert or "
            "upload it again."
        ) from error


def _read(data: Bytes, name: str) -> Flatbuffer:
    if data[4:8].tobytes() != IDENTIFIER:
        raise MeasurementError(
            f"{name} is not a .tflite file: bytes 5 to 8 should be {IDENTIFIER.decode()}."
        )
    with whole(name):
        model = schema.ModelT.InitFromPackedBuf(data)
        _check(model, len(data))
        _bring_in(model, data)
        return Flatbuffer(name, model, tuple(_graph(model, graph) for graph in model.subgraphs))


# ---- where indices lead ----------------------------------------------------------------------


def _check(model: Any, size: int) -> None:
    _within(0, len(model.subgraphs))
    for buffer in model.buffers:
        if buffer.offset > 1:
            _within(buffer.offset + buffer.size, size + 1)
    for graph in model.subgraphs:
        tensors = len(graph.tensors)
        for tensor in graph.tensors:
            _within(tensor.buffer, len(model.buffers))
        for operator in graph.operators:
            _within(operator.opcodeIndex, len(model.operatorCodes))
            for index in (*_integers(operator.inputs), *_integers(operator.outputs)):
                _within(index + 1, tensors + 1)  # -1 is an optional one that was left out
        for index in (*_integers(graph.inputs), *_integers(graph.outputs)):
            _within(index, tensors)


def _within(index: int, count: int) -> None:
    if not 0 <= index < count:
        raise IndexError("leads out of the file")


def _bring_in(model: Any, data: Bytes) -> None:
    """Puts what lies behind the flatbuffer's root where all else lies.

    LiteRT Quantizer keeps weights there, at `offset` in the file.
    """
    for buffer in model.buffers:
        if buffer.offset > 1:
            buffer.data = data[buffer.offset : buffer.offset + buffer.size]


# ---- parts under their names -----------------------------------------------------------------


def _graph(model: Any, graph: Any) -> Graph:
    stored = [_constant(model.buffers[tensor.buffer]) for tensor in graph.tensors]
    tensors = tuple(_tensor(graph, index, stored) for index in range(len(graph.tensors)))
    return Graph(
        tensors=tensors,
        uses=tuple(_use(model, operator, tensors) for operator in graph.operators),
        inputs=tuple(tensors[index] for index in _integers(graph.inputs)),
        outputs=tuple(tensors[index] for index in _integers(graph.outputs)),
    )


def _use(model: Any, operator: Any, tensors: tuple[Tensor, ...]) -> Use:
    code = model.operatorCodes[operator.opcodeIndex]
    # Codes below 127 stand in the older field, where old files have them alone.
    builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
    custom = builtin == schema.BuiltinOperator.CUSTOM and code.customCode
    return Use(
        name=code.customCode.decode() if custom else OPERATOR_NAMES[builtin],
        version=code.version,
        options=operator.builtinOptions,
        inputs=tuple(tensors[i] if i >= 0 else None for i in _integers(operator.inputs)),
        outputs=tuple(tensors[i] for i in _integers(operator.outputs) if i >= 0),
    )


def _constant(buffer: Any) -> Bytes | None:
    """The bytes of a constant tensor, None for one that is computed."""
    return buffer.data if buffer.data is not None and len(buffer.data) else None


def _tensor(graph: Any, index: int, stored: list[Bytes | None]) -> Tensor:
    tensor = graph.tensors[index]
    shape = tuple(_integers(tensor.shape))
    return Tensor(
        index=index,
        name=(tensor.name or b"").decode(errors="replace"),
        dtype=TYPE_NAMES[tensor.type],
        shape=shape,
        open_shape=shape if tensor.shapeSignature is None else (*_integers(tensor.shapeSignature),),
        quantization=_quantization(graph, tensor.quantization, stored),
        constant=stored[index],
        sparse=tensor.sparsity is not None,
        state=bool(tensor.isVariable),
    )


def _quantization(graph: Any, found: Any, stored: list[Bytes | None]) -> QuantizationParameters:
    """Blockwise scales are not with the tensor but in another one of the same graph.

    So are its zero points (tensorflow/compiler/mlir/lite/schema/schema.fbs, BlockwiseQuantization).
    """
    if found is None:
        return UNQUANTIZED
    if hasattr(found.details, "blockSize"):
        scales = _values_of(graph, found.details.scales, stored)
        zero_points = _values_of(graph, found.details.zeroPoints, stored)
    else:
        scales, zero_points = found.scale, found.zeroPoint
    return QuantizationParameters(
        scales=UNQUANTIZED.scales if scales is None else scales,
        zero_points=UNQUANTIZED.zero_points if zero_points is None else zero_points,
        axis=int(found.quantizedDimension),
        blockwise=found.details is not None,
    )


def _values_of(graph: Any, index: int, stored: list[Bytes | None]) -> npt.NDArray[Any] | None:
    """The values of the constant tensor at `index`; None where there is no such tensor."""
    if index < 0 or (content := stored[index]) is None:
        return None
    tensor = graph.tensors[index]
    values = stored_values(content, TYPE_NAMES[tensor.type], tuple(_integers(tensor.shape)))
    return None if values is None else values.ravel()


def _integers(numbers: Any) -> list[int]:
    return [] if numbers is None else [int(number) for number in numbers]
