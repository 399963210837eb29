"""tflite/: what is inside a .tflite file: operators, types, weights, work and memory."""

import struct
from collections import Counter
from pathlib import Path

from optimizer.errors import MeasurementError
from optimizer.tflite.arena import arena_bytes
from optimizer.tflite.facts import FileContents
from optimizer.tflite.flatbuffer import Flatbuffer, indices, open_flatbuffer, type_name
from optimizer.tflite.macs import count_macs
from optimizer.tflite.weights import sparsity, weight_tensors


def read_contents(file: Path) -> FileContents:
    """Reads the flatbuffer; nothing is run.

    Activations, types, inputs and outputs are those of the main graph; operators, their MACs
    and weights those of all subgraphs, each counted once (a loop may run its body many times).

    Raises:
        MeasurementError: the file is not a .tflite file, or is damaged.
    """
    flatbuffer = open_flatbuffer(file)
    try:
        return _contents(flatbuffer)
    except (struct.error, IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise MeasurementError(
            f"{file.name} is damaged: its parts do not fit together ({error}); convert it again."
        ) from error


def _contents(file: Flatbuffer) -> FileContents:
    main = file.model.subgraphs[0]
    weights = weight_tensors(file)
    operators = Counter(
        file.operator_name(operator)
        for graph in file.model.subgraphs
        for operator in graph.operators
    )
    types = Counter(type_name(tensor) for tensor in main.tensors)
    return FileContents(
        operators=dict(operators.most_common()),
        macs=count_macs(file),
        arena_bytes=arena_bytes(file),
        sparsity=sparsity(weights),
        unique_weights_max=max((weight.unique for weight in weights), default=None),
        tensor_types=dict(types.most_common()),
        input_types=tuple(type_name(main.tensors[i]) for i in indices(main.inputs)),
        output_types=tuple(type_name(main.tensors[i]) for i in indices(main.outputs)),
        min_runtime_version=_min_runtime_version(file),
        weights=weights,
    )


def _min_runtime_version(file: Flatbuffer) -> str | None:
    for metadata in file.model.metadata or ():
        if metadata.name == b"min_runtime_version":
            text = file.model.buffers[metadata.buffer].data
            return None if text is None else text.tobytes().rstrip(b"\0").decode() or None
    return None
