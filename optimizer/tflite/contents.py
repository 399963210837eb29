"""tflite/: what is inside a .tflite file: operators, types, weights, work and memory."""

from collections import Counter

from optimizer.tflite.arena import arena_bytes
from optimizer.tflite.facts import Boundary, FileContents, share_of_zeros
from optimizer.tflite.flatbuffer import Flatbuffer, whole
from optimizer.tflite.graph import Tensor
from optimizer.tflite.macs import macs_of
from optimizer.tflite.weights import weight_tensors


def read_contents(file: Flatbuffer) -> FileContents:
    """What the flatbuffer tells; nothing is run.

    Activations, types, inputs and outputs are those of the main graph; operators, their MACs
    and weights those of all subgraphs, each counted once (a loop may run its body many times).

    Raises:
        MeasurementError: the file is damaged.
    """
    with whole(file.name):
        return _contents(file)


def _contents(file: Flatbuffer) -> FileContents:
    main = file.graphs[0]
    weights = weight_tensors(file)
    return FileContents(
        operators=dict(Counter(use.name for use in file.uses).most_common()),
        macs=sum(macs_of(use) for use in file.uses),
        arena_bytes=arena_bytes(main),
        sparsity=share_of_zeros(weights),
        unique_weights_max=max((weight.unique for weight in weights), default=None),
        tensor_types=dict(Counter(tensor.dtype for tensor in main.tensors).most_common()),
        input_types=tuple(tensor.dtype for tensor in main.inputs),
        output_types=tuple(tensor.dtype for tensor in main.outputs),
        min_runtime_version=file.metadata("min_runtime_version"),
        weights=weights,
        inputs=tuple(_boundary(tensor, file) for tensor in main.inputs),
        outputs=tuple(_boundary(tensor, file) for tensor in main.outputs),
    )


def _boundary(tensor: Tensor, file: Flatbuffer) -> Boundary:
    found = tensor.quantization
    name = file.signature_names.get(tensor.index, tensor.name)
    if not tensor.quantized:
        return Boundary(name, tensor.dtype, None, None)
    zero_point = int(found.zero_points[0]) if len(found.zero_points) else 0
    return Boundary(name, tensor.dtype, float(found.scales[0]), zero_point)
