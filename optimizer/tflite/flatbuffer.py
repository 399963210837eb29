"""tflite/: opens the flatbuffer of a .tflite file and gives its parts by name."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from optimizer.errors import MeasurementError

IDENTIFIER = b"TFL3"
Bytes = npt.NDArray[np.uint8]


def _names(enumeration: type) -> dict[int, str]:
    return {v: name for name, v in vars(enumeration).items() if not name.startswith("_")}


OPERATOR_NAMES = _names(schema.BuiltinOperator)
TYPE_NAMES = _names(schema.TensorType)


@dataclass(frozen=True)
class Flatbuffer:
    """A .tflite file in memory.

    Attributes:
        model: `schema.ModelT`, the whole tree.
        data: all bytes of the file.
    """

    model: Any
    data: Bytes

    def operator_name(self, operator: Any) -> str:
        """Such as "CONV_2D"; a custom operator has its own name, such as "FlexErf"."""
        code = self.model.operatorCodes[operator.opcodeIndex]
        # Codes below 127 stand in the older field, where old files have them alone.
        builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
        if builtin == schema.BuiltinOperator.CUSTOM and code.customCode:
            return str(code.customCode.decode())
        return OPERATOR_NAMES[builtin]

    def constant(self, tensor: Any) -> Bytes | None:
        """The bytes of a constant tensor, None for one that is computed.

        LiteRT Quantizer keeps them behind the flatbuffer's root, at `offset` in the file.
        """
        buffer = self.model.buffers[tensor.buffer]
        if buffer.offset > 1:
            return self.data[buffer.offset : buffer.offset + buffer.size]
        return buffer.data if buffer.data is not None and len(buffer.data) else None


def open_flatbuffer(file: Path) -> Flatbuffer:
    """Reads the whole file.

    Raises:
        MeasurementError: it is not a .tflite file, or is damaged.
    """
    data = np.fromfile(file, np.uint8)
    if data[4:8].tobytes() != IDENTIFIER:
        raise MeasurementError(
            f"{file.name} is not a .tflite file: bytes 5 to 8 should be {IDENTIFIER.decode()}."
        )
    try:
        return Flatbuffer(schema.ModelT.InitFromPackedBuf(data), data)
    except (struct.error, IndexError, TypeError, ValueError) as error:
        raise MeasurementError(
            f"{file.name} is damaged and cannot be read; convert or upload it again."
        ) from error


def type_name(tensor: Any) -> str:
    """Such as "INT8"."""
    return TYPE_NAMES[tensor.type]


def shape_of(tensor: Any) -> tuple[int, ...]:
    """Dimensions, with the file's own batch size; () for a scalar."""
    return () if tensor.shape is None else tuple(int(size) for size in tensor.shape)


def indices(tensors: Any) -> list[int]:
    """Tensor indices of an operator or a graph, with -1 for optional ones that are left out."""
    return [] if tensors is None else [int(i) for i in tensors]
