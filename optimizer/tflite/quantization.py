"""tflite/: the scales and zero points of a tensor."""

from typing import Any

import numpy as np

from optimizer.tflite.facts import Quantization
from optimizer.tflite.flatbuffer import Flatbuffer, type_name
from optimizer.tflite.weights import STORAGE


def quantization(file: Flatbuffer, graph: Any, tensor: Any) -> Quantization | None:
    """None for a tensor without scales.

    Blockwise scales are not with the tensor but in another one of the same graph, and so are
    its zero points (tensorflow/compiler/mlir/lite/schema/schema.fbs, BlockwiseQuantization).
    """
    found = tensor.quantization
    if found is None:
        return None
    if hasattr(found.details, "blockSize"):
        scales = _numbers(file, graph, found.details.scales)
        zero_points = _numbers(file, graph, found.details.zeroPoints)
    else:
        scales, zero_points = _listed(found.scale), _listed(found.zeroPoint)
    if len(scales) == 0:
        return None
    if not len(zero_points):
        zero_points = np.zeros(1)
    blockwise = found.details is not None
    return Quantization(
        kind="blockwise" if blockwise else "per tensor" if len(scales) == 1 else "per axis",
        scales=len(scales),
        first_scale=float(scales[0]),
        min_scale=float(scales.min()),
        max_scale=float(scales.max()),
        min_zero_point=int(zero_points.min()),
        max_zero_point=int(zero_points.max()),
        axis=int(found.quantizedDimension) if blockwise or len(scales) > 1 else None,
    )


def _listed(numbers: Any) -> Any:
    return np.array([] if numbers is None else numbers)


def _numbers(file: Flatbuffer, graph: Any, index: int) -> Any:
    """The values of the constant tensor at `index`; none where there is no such tensor."""
    if index < 0:
        return np.array([])
    tensor = graph.tensors[index]
    stored = file.constant(tensor)
    types = {**STORAGE, "INT32": np.int32, "INT64": np.int64}
    return np.array([]) if stored is None else stored.view(types[type_name(tensor)])
