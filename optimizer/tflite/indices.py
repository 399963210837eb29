"""tflite/: which inputs of a file are whole numbers that stand for something: words, rows, classes.

Eight bits with a scale fold ten thousand words into 256; such inputs keep their type.
"""

from collections.abc import Iterator

from optimizer.tflite.graph import Graph, Tensor, Use

SAME_VALUES = {
    "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "FLOOR", "ROUND", "QUANTIZE", "DEQUANTIZE",
}  # fmt: skip
WHOLE = {"INT32", "INT64", "UINT32"}


def index_inputs(graph: Graph) -> tuple[bool, ...]:
    """For each input whether it holds indices.

    That is, it has a type of whole numbers, or it is cast to one before anything else.
    """
    return tuple(
        tensor.dtype in WHOLE or _is_cast(graph, tensor, at_most=len(graph.uses))
        for tensor in graph.inputs
    )


def _is_cast(graph: Graph, tensor: Tensor, at_most: int) -> bool:
    uses = list(_uses_of(graph, tensor))
    return bool(uses) and at_most > 0 and all(
        use.outputs[0].dtype in WHOLE
        if use.name == "CAST"
        else use.name in SAME_VALUES and _is_cast(graph, use.outputs[0], at_most - 1)
        for use in uses
    )  # fmt: skip


def _uses_of(graph: Graph, tensor: Tensor) -> Iterator[Use]:
    for use in graph.uses:
        if any(taken and taken.index == tensor.index for taken in use.inputs):
            yield use
