"""measure/inside/: reads everything that the flatbuffer tells of a file; nothing is run."""

import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from optimizer.errors import MeasurementError
from optimizer.measure.inside.facts import Inside
from optimizer.measure.inside.integer_only import integer_only
from optimizer.measure.inside.runtime_versions import min_runtime_version
from optimizer.measure.inside.verdicts import verdicts
from optimizer.tflite.facts import OperatorUse, TensorFacts, TensorRole
from optimizer.tflite.flatbuffer import Flatbuffer, indices, open_flatbuffer
from optimizer.tflite.macs import MACS
from optimizer.tflite.quantization import quantization
from optimizer.tflite.uses import UNPACKING, Tensor, Use, tensors_of, uses_of
from optimizer.tflite.weights import PACKED_BITS, STORAGE, WEIGHTS


def look_inside(file: Path) -> Inside:
    """Operators, tensors and activations of the main graph; weights and verdicts of all graphs.

    Raises:
        MeasurementError: the file is not a .tflite file, or is damaged.
    """
    flatbuffer = open_flatbuffer(file)
    try:
        return _inside(flatbuffer)
    except (struct.error, IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise MeasurementError(
            f"{file.name} is damaged: its parts do not fit together ({error}); convert it again."
        ) from error


def _inside(file: Flatbuffer) -> Inside:
    main = file.model.subgraphs[0]
    tensors = tensors_of(file, main)
    everywhere = [use for graph in file.model.subgraphs for use in uses_of(file, graph)]
    facts = [_tensors(file, graph, tensors_of(file, graph)) for graph in file.model.subgraphs]
    inputs = [tensors[i] for i in indices(main.inputs)]
    outputs = [tensors[i] for i in indices(main.outputs)]
    return Inside(
        operators=tuple(_operator(place, use) for place, use in enumerate(uses_of(file, main))),
        tensors=facts[0],
        weight_bytes=_by_type(t for graph in facts for t in graph if t.role == "weight"),
        activation_bytes=_by_type(
            t for t in facts[0] if t.role in ("input", "output", "activation")
        ),
        verdicts=(integer_only(everywhere, inputs, outputs), *verdicts(everywhere)),
    )


def _operator(place: int, use: Use) -> OperatorUse:
    return OperatorUse(
        index=place,
        name=use.name,
        version=use.version,
        min_runtime_version=min_runtime_version(use.name, use.version),
        macs=_macs(use),
        output_shape=use.outputs[0].shape if use.outputs else (),
        input_types=tuple(tensor.dtype for tensor in use.inputs if tensor),
        output_types=tuple(tensor.dtype for tensor in use.outputs),
        location=use.outputs[0].name if use.outputs else "",
    )


def _macs(use: Use) -> int:
    count = MACS.get(use.name)
    if count is None:
        return 0
    shapes = [tensor.shape if tensor else () for tensor in use.inputs]
    return count(shapes, use.outputs[0].shape, use.options)


def _tensors(file: Flatbuffer, graph: Any, tensors: Sequence[Tensor]) -> tuple[TensorFacts, ...]:
    roles = _roles(file, graph, tensors)
    return tuple(
        TensorFacts(
            index=index,
            name=tensor.name,
            role=roles[index],
            dtype=tensor.dtype,
            shape=tensor.shape,
            size_bytes=tensor.size_bytes,
            quantization=quantization(file, graph, graph.tensors[index]),
        )
        for index, tensor in enumerate(tensors)
    )


def _roles(file: Flatbuffer, graph: Any, tensors: Sequence[Tensor]) -> list[TensorRole]:
    weights = _weights(file, graph)
    roles: list[TensorRole] = []
    for index, tensor in enumerate(tensors):
        if tensor.constant is not None:
            weight = index in weights and tensor.dtype in STORAGE | PACKED_BITS
            roles.append("weight" if weight else "other constant")
        elif tensor.state:
            roles.append("state")
        else:
            roles.append("activation")
    for index in indices(graph.outputs):
        roles[index] = "output"
    for index in indices(graph.inputs):
        roles[index] = "input"
    return roles


def _weights(file: Flatbuffer, graph: Any) -> set[int]:
    """What operators multiply with or look up in, also where it is unpacked in between."""
    packed = {
        int(operator.outputs[0]): int(operator.inputs[0])
        for operator in graph.operators
        if file.operator_name(operator) in UNPACKING
    }
    found: set[int] = set()
    for operator in graph.operators:
        inputs = indices(operator.inputs)
        slots, _ = WEIGHTS.get(file.operator_name(operator), ((), 0))
        for index in (inputs[slot] for slot in slots if slot < len(inputs)):
            found |= {index, packed.get(index, index)}
    return found


def _by_type(tensors: Iterable[TensorFacts]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for tensor in tensors:
        total[tensor.dtype] += tensor.size_bytes or 0
    return dict(total.most_common())
