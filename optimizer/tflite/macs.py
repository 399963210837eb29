"""tflite/: multiply-accumulate operations of one inference, from the shapes in the file."""

from collections.abc import Callable
from math import prod
from typing import Any

from optimizer.tflite.graph import Use

Shape = tuple[int, ...]
Count = Callable[[list[Shape], Shape, Any], int]

# Layouts: https://ai.google.dev/edge/litert/models/quantization_spec and the headers in
# tensorflow/lite/kernels: convolutions have filters (out, height, width, in), depthwise ones
# (1, height, width, out), fully connected (out, in).
MACS: dict[str, Count] = {
    "CONV_2D": lambda inputs, output, _: prod(output) * prod(inputs[1][1:]),
    "DEPTHWISE_CONV_2D": lambda inputs, output, _: prod(output) * prod(inputs[1][1:3]),
    "FULLY_CONNECTED": lambda inputs, output, _: prod(output) * inputs[1][1],
    # Each value of the input is spread over the filter; inputs are (shape, filter, values).
    "TRANSPOSE_CONV": lambda inputs, _, __: prod(inputs[2]) * prod(inputs[1][:3]),
    # Filters of 3-D convolutions are (depth, height, width, in, out).
    "CONV_3D": lambda inputs, output, _: prod(output) * prod(inputs[1][:4]),
    "BATCH_MATMUL": lambda inputs, output, options: (
        prod(output) * inputs[0][-2 if options and options.adjX else -1]
    ),
}


def macs_of(use: Use) -> int:
    """MACs of an operator at the batch size in the file; 0 for one that does none."""
    count = MACS.get(use.name)
    if count is None:
        return 0
    shapes = [tensor.shape if tensor else () for tensor in use.inputs]
    return count(shapes, use.outputs[0].shape, use.options)
