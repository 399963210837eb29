"""measure/inside/: what the flatbuffer tells of a file, and where that can run; nothing is run."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from optimizer.measure.inside.facts import Inside
from optimizer.measure.inside.runtime_versions import min_runtime_version
from optimizer.measure.inside.targets import TARGETS
from optimizer.tflite.facts import OperatorUse, Quantization, TensorFacts, TensorRole
from optimizer.tflite.flatbuffer import Flatbuffer, whole
from optimizer.tflite.graph import Graph, QuantizationParameters, Use
from optimizer.tflite.macs import macs_of
from optimizer.tflite.weights import weights_of


def look_inside(file: Flatbuffer) -> Inside:
    """Operators, tensors and activations of the main graph; weights and verdicts of all graphs.

    Raises:
        MeasurementError: the file is damaged.
    """
    with whole(file.name):
        return _inside(file)


def _inside(file: Flatbuffer) -> Inside:
    main = file.graphs[0]
    facts = [_tensors(graph) for graph in file.graphs]
    return Inside(
        operators=tuple(_operator(place, use) for place, use in enumerate(main.uses)),
        tensors=facts[0],
        weight_bytes=_by_type(t for graph in facts for t in graph if t.role == "weight"),
        activation_bytes=_by_type(
            t for t in facts[0] if t.role in ("input", "output", "activation")
        ),
        verdicts=tuple(judge(file.uses, main.inputs, main.outputs) for judge in TARGETS.values()),
    )


def _operator(place: int, use: Use) -> OperatorUse:
    return OperatorUse(
        index=place,
        name=use.name,
        version=use.version,
        min_runtime_version=min_runtime_version(use.name, use.version),
        macs=macs_of(use),
        output_shape=use.outputs[0].shape if use.outputs else (),
        input_types=tuple(tensor.dtype for tensor in use.inputs if tensor),
        output_types=tuple(tensor.dtype for tensor in use.outputs),
        location=use.outputs[0].name if use.outputs else "",
    )


def _tensors(graph: Graph) -> tuple[TensorFacts, ...]:
    return tuple(
        TensorFacts(
            index=tensor.index,
            name=tensor.name,
            role=role,
            dtype=tensor.dtype,
            shape=tensor.shape,
            size_bytes=tensor.size_bytes,
            quantization=_quantization(tensor.quantization),
        )
        for tensor, role in zip(graph.tensors, _roles(graph), strict=True)
    )


def _quantization(found: QuantizationParameters) -> Quantization | None:
    scales, kind = found.scales, found.kind
    zero_points = found.zero_points if len(found.zero_points) else np.zeros(1)
    if kind == "none" or not len(scales):
        return None
    return Quantization(
        kind=kind,
        scales=len(scales),
        first_scale=float(scales[0]),
        min_scale=float(scales.min()),
        max_scale=float(scales.max()),
        min_zero_point=int(zero_points.min()),
        max_zero_point=int(zero_points.max()),
        axis=None if kind == "per tensor" else found.axis,
    )


def _roles(graph: Graph) -> list[TensorRole]:
    weights = {weight.tensor.index for weight in weights_of(graph)}
    roles: list[TensorRole] = []
    for tensor in graph.tensors:
        if tensor.constant is not None:
            roles.append("weight" if tensor.index in weights else "other constant")
        elif tensor.state:
            roles.append("state")
        else:
            roles.append("activation")
    for tensor in graph.outputs:
        roles[tensor.index] = "output"
    for tensor in graph.inputs:
        roles[tensor.index] = "input"
    return roles


def _by_type(tensors: Iterable[TensorFacts]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for tensor in tensors:
        total[tensor.dtype] += tensor.size_bytes or 0
    return dict(total.most_common())
