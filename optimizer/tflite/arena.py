"""tflite/: how much memory activations need, from when each tensor lives."""

from typing import Any

import numpy as np

from optimizer.tflite.flatbuffer import Flatbuffer, indices, shape_of, type_name

ALIGNMENT = 16  # bytes; MicroArenaBufferAlignment() in tflite-micro/micro/micro_arena_constants.h
BITS = {
    "FLOAT64": 64,
    "FLOAT32": 32,
    "FLOAT16": 16,
    "BFLOAT16": 16,
    "INT64": 64,
    "UINT64": 64,
    "INT32": 32,
    "UINT32": 32,
    "INT16": 16,
    "UINT16": 16,
    "INT8": 8,
    "UINT8": 8,
    "BOOL": 8,
    "INT4": 4,
    "UINT4": 4,
    "INT2": 2,
    "COMPLEX64": 64,
    "COMPLEX128": 128,
}


def arena_bytes(file: Flatbuffer) -> int:
    """Peak of the bytes of activations that are alive at once in the main graph.

    A tensor lives from the operator that makes it to the last that reads it; inputs from the
    beginning, outputs to the end (tflite-micro/micro/micro_allocation_info.cc). This is the
    part of TFLite Micro's arena that it calls the head, without kernels' scratch buffers.
    Constants and state variables live elsewhere.
    """
    graph = file.model.subgraphs[0]
    steps = len(graph.operators)
    born = dict.fromkeys(indices(graph.inputs), 0)
    dies: dict[int, int] = {}
    for step, operator in enumerate(graph.operators):
        for tensor in indices(operator.outputs):
            born.setdefault(tensor, step)
            dies[tensor] = step
        dies.update(dict.fromkeys(indices(operator.inputs), step))
    dies.update(dict.fromkeys(indices(graph.outputs), steps - 1))
    change = np.zeros(steps + 1, np.int64)
    for index, step in born.items():
        size = _bytes(file, graph.tensors[index]) if index >= 0 else 0
        change[step] += size
        change[dies.get(index, step) + 1] -= size
    return int(change.cumsum().max())


def _bytes(file: Flatbuffer, tensor: Any) -> int:
    """Aligned bytes of an activation, 0 for what does not lie in the arena."""
    if tensor.isVariable or file.constant(tensor) is not None:
        return 0
    bits = BITS.get(type_name(tensor), 0) * int(np.prod(shape_of(tensor), dtype=np.int64))
    return -(-bits // (8 * ALIGNMENT)) * ALIGNMENT
