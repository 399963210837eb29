"""measure/diagnosis/: numbers that are too large for float16."""

import numpy as np

from optimizer.tflite.flatbuffer import Flatbuffer
from optimizer.words import counted, listed

LARGEST = float(np.finfo(np.float16).max)  # 65,504
MOST_NAMES = 3


def beyond_float16(file: Flatbuffer) -> tuple[str, ...]:
    """Says in which constants of a float16 file numbers were cut, or became infinite.

    A converter writes what lies beyond ±65,504 as that, or as infinity.
    """
    cut: dict[str, int] = {}
    for tensor in (tensor for graph in file.graphs for tensor in graph.tensors):
        if tensor.constant is None or tensor.dtype != "FLOAT16" or tensor.values is None:
            continue
        sizes = np.abs(tensor.values.astype(np.float32))
        beyond = int(np.count_nonzero(~(sizes < LARGEST)))  # NaN counts too
        if beyond:
            cut[tensor.name] = cut.get(tensor.name, 0) + beyond
    if not cut:
        return ()
    return (
        f"{counted(sum(cut.values()), 'number')} in {listed(list(cut), MOST_NAMES)} lie beyond "
        "what float16 can hold (±65,504) and were cut: what rests on them may be wrong. Scale such "
        "values inside the model, or use dynamic_range or weight_only_int8.",
    )
