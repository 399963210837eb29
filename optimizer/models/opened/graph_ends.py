"""models/opened/: finds what may be the inputs and the outputs of a frozen graph."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

PLACEHOLDERS = {"Placeholder", "PlaceholderV2"}
# What nobody consumes but what is no result either.
NO_RESULTS = {"NoOp", "Assert", "Print", "Const", "Placeholder", "PlaceholderWithDefault",
              "PlaceholderV2", "ScalarSummary", "HistogramSummary", "MergeSummary",
              "ImageSummary"}  # fmt: skip
# Operators with weights: what flows into the first of them is what a network sees.
WEIGHTED = {"Conv2D", "DepthwiseConv2dNative", "MatMul", "Conv3D", "BatchMatMulV2"}
MOST_CANDIDATES = 30
MOST_OUTPUTS = 8


@dataclass(frozen=True)
class Ends:
    """The operations of an imported `tf.Graph`, and which of their tensors can be its ends."""

    graph: Any

    @cached_property
    def operations(self) -> list[Any]:
        """In an order in which each comes after those it needs, as TensorFlow imports them."""
        return list(self.graph.get_operations())

    @cached_property
    def placeholders(self) -> list[Any]:
        """Tensors that must be fed and that something consumes."""
        return [
            operation.outputs[0]
            for operation in self.operations
            if operation.type in PLACEHOLDERS and operation.outputs[0].consumers()
        ]

    @cached_property
    def text(self) -> list[Any]:
        """Placeholders of text or encoded files."""
        return [tensor for tensor in self.placeholders if tensor.dtype.name == "string"]

    def results(self, inputs: Iterable[Any]) -> list[Any]:
        """Numbers made from `inputs` by operators of which nobody consumes anything."""
        return [
            tensor
            for operation in self._after(inputs)
            if operation.type not in NO_RESULTS
            and not any(tensor.consumers() for tensor in operation.outputs)
            for tensor in _values(operation)
            if _is_numeric(tensor)
        ]

    def input_candidates(self) -> list[Any]:
        """Numeric tensors on the way from the placeholders, the likeliest first.

        That is the one that the first operator with weights takes: what comes before it decodes
        and prepares.
        """
        flow = [
            tensor
            for operation in self._after(self.placeholders)
            for tensor in operation.outputs
            if _is_numeric(tensor) and tensor.shape.rank != 0
        ]
        numeric = [tensor for tensor in self.placeholders if _is_numeric(tensor)]
        reached = {tensor.name for tensor in (*flow, *numeric)}
        seen = [
            tensor
            for operation in self.operations
            if operation.type in WEIGHTED
            for tensor in operation.inputs
            if tensor.name in reached
        ]
        return _first((*numeric, *seen[:1], *flow))

    def output_candidates(self, inputs: Iterable[Any]) -> list[Any]:
        """What nobody consumes, then what comes before it."""
        results = self.results(inputs)
        before = [
            tensor
            for operation in reversed(self._after(inputs))
            for tensor in operation.outputs
            if _is_numeric(tensor)
        ]
        return _first((*results, *before))

    def between(self, inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Any]:
        """Operations that `outputs` need once `inputs` are given."""
        given = {tensor.name for tensor in inputs}
        waiting = [tensor.op for tensor in outputs if tensor.name not in given]
        needed: dict[str, Any] = {}
        while waiting:
            operation = waiting.pop()
            if operation.name not in needed:
                needed[operation.name] = operation
                waiting += operation.control_inputs
                waiting += [tensor.op for tensor in operation.inputs if tensor.name not in given]
        return list(needed.values())

    def _after(self, inputs: Iterable[Any]) -> list[Any]:
        """Operations that compute with `inputs`, in order."""
        reached = {tensor.name for tensor in inputs}
        after = []
        for operation in self.operations:
            if any(tensor.name in reached for tensor in operation.inputs):
                reached |= {tensor.name for tensor in operation.outputs}
                after.append(operation)
        return after


def _values(operation: Any) -> list[Any]:
    """What an operator gives; a Merge also says which branch was taken."""
    if operation.type == "Merge":
        return [operation.outputs[0]]
    return list(operation.outputs)


def _is_numeric(tensor: Any) -> bool:
    return bool(tensor.dtype.is_floating or tensor.dtype.is_integer)


def _first(tensors: Iterable[Any]) -> list[Any]:
    return list(_distinct(tensors))[:MOST_CANDIDATES]


def _distinct(tensors: Iterable[Any]) -> Iterator[Any]:
    seen = set()
    for tensor in tensors:
        if tensor.name not in seen:
            seen.add(tensor.name)
            yield tensor
