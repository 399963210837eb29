"""tflite/: how much memory activations need, from when each tensor lives."""

from math import prod

import numpy as np

from optimizer.tflite.graph import Graph, Tensor
from optimizer.tflite.values import bits_of

ALIGNMENT = 16  # bytes; MicroArenaBufferAlignment() in tflite-micro/micro/micro_arena_constants.h


def arena_bytes(graph: Graph) -> int:
    """Peak of the bytes of activations that are alive at once in a graph.

    A tensor lives from the operator that makes it to the last that reads it; inputs from the
    beginning, outputs to the end (tflite-micro/micro/micro_allocation_info.cc). This is the
    part of TFLite Micro's arena that it calls the head, without kernels' scratch buffers.
    Constants and state variables live elsewhere.
    """
    steps = len(graph.uses)
    born = dict.fromkeys((tensor.index for tensor in graph.inputs), 0)
    dies: dict[int, int] = {}
    for step, use in enumerate(graph.uses):
        for tensor in use.outputs:
            born.setdefault(tensor.index, step)
            dies[tensor.index] = step
        dies.update(dict.fromkeys((tensor.index for tensor in use.inputs if tensor), step))
    dies.update(dict.fromkeys((tensor.index for tensor in graph.outputs), steps - 1))
    change = np.zeros(steps + 1, np.int64)
    for index, step in born.items():
        size = _bytes(graph.tensors[index])
        change[step] += size
        change[dies.get(index, step) + 1] -= size
    return int(change.cumsum().max())


def _bytes(tensor: Tensor) -> int:
    """Aligned bytes of an activation, 0 for what does not lie in the arena."""
    if tensor.state or tensor.constant is not None:
        return 0
    bits = (bits_of(tensor.dtype) or 0) * prod(tensor.shape)
    return -(-bits // (8 * ALIGNMENT)) * ALIGNMENT
