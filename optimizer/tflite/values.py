"""tflite/: how values are stored, and what they stand for.

real = scale * (stored value - zero point), as the LiteRT quantization specification has it:
https://ai.google.dev/edge/litert/models/quantization_spec.
"""

from math import prod
from typing import Any

import numpy as np

from optimizer.arrays import Array, Bytes, Float32s

NUMPY_TYPES: dict[str, Any] = {
    "FLOAT64": np.float64,
    "FLOAT32": np.float32,
    "FLOAT16": np.float16,
    "INT64": np.int64,
    "UINT64": np.uint64,
    "INT32": np.int32,
    "UINT32": np.uint32,
    "INT16": np.int16,
    "UINT16": np.uint16,
    "INT8": np.int8,
    "UINT8": np.uint8,
    "BOOL": np.bool_,
    "COMPLEX64": np.complex64,
    "COMPLEX128": np.complex128,
}
PACKED_BITS = {"INT4": 4, "INT2": 2}
OTHER_BITS = {"BFLOAT16": 16, "UINT4": 4}  # whose values nothing here reads


def bits_of(dtype: str) -> int | None:
    """Bits of a value; None for texts and other types whose values differ in size."""
    if dtype in NUMPY_TYPES:
        return 8 * int(np.dtype(NUMPY_TYPES[dtype]).itemsize)
    return PACKED_BITS.get(dtype, OTHER_BITS.get(dtype))


def stored_values(
    stored: Bytes, dtype: str, shape: tuple[int, ...], *, sparse: bool = False
) -> Array | None:
    """The values of a constant in its shape, (1,) for a scalar; packed ones unpacked to int8.

    Args:
        stored: its bytes.
        dtype: its type in the file.
        shape: its dimensions.
        sparse: whether only values that are not zero are stored; zeros are put behind them.

    Returns:
        None for types that nothing here reads.
    """
    values: Array
    if dtype in NUMPY_TYPES:
        values = stored.view(NUMPY_TYPES[dtype])
    elif dtype in PACKED_BITS:
        # Several values share a byte, the lowest bits first (kernels/internal/portable_tensor_
        # utils.h); shifting left and then back as a signed number extends the sign.
        bits = PACKED_BITS[dtype]
        shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
        values = ((stored[:, None] << shifts).view(np.int8) >> (8 - bits)).ravel()[: prod(shape)]
    else:
        return None
    if sparse:
        values = np.concatenate([values, np.zeros(prod(shape) - len(values), values.dtype)])
    return values.reshape(shape or (1,))


def quantize(values: Array, dtype: Any, scale: float, zero_point: int) -> Array:
    """What to store for real values: round(x / scale) + zero point, half to even, clipped.

    Args:
        values: of any shape.
        dtype: NumPy's type of what is stored.
        scale: 0 for a tensor that is not quantized, which takes the values as they are.
        zero_point: the stored value that means 0.
    """
    if scale == 0.0:
        return values.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    stored = np.divide(values, np.float32(scale), dtype=np.float32)
    np.rint(stored, out=stored)
    stored += zero_point
    clipped: Array = stored.clip(limits.min, limits.max).astype(dtype)
    return clipped


def dequantize(values: Array, scale: Any, zero_point: Any) -> Float32s:
    """What stored values stand for, as float32.

    Args:
        values: of any shape.
        scale: one number, or an array that fits all values; 0 for a tensor that is not quantized.
        zero_point: likewise.
    """
    floats = values.astype(np.float32)
    if np.ndim(scale) == 0 and scale == 0.0:
        return floats
    floats -= np.asarray(zero_point, np.float32)
    floats *= np.asarray(scale, np.float32)
    return floats
