"""tests: what any other program would do with a downloaded file, without a line of Liteweigh."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter


def accuracy(file: Path, x: npt.NDArray[np.float32], y: npt.NDArray[np.generic]) -> float:
    """The share of samples that the `.tflite` gets right, run one at a time.

    Args:
        file: The file, with float32 or integer inputs and outputs.
        x: Samples (n, …) as the Keras model takes them.
        y: Their classes, (n,).
    """
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    [taken], [given] = interpreter.get_input_details(), interpreter.get_output_details()
    right = 0
    for sample, label in zip(x, y, strict=True):
        interpreter.set_tensor(taken["index"], _quantized(sample[None], taken))
        interpreter.invoke()
        right += int(np.argmax(interpreter.get_tensor(given["index"])[0]) == label)
    return right / len(y)


def _quantized(x: npt.NDArray[np.float32], taken: dict[str, Any]) -> npt.NDArray[Any]:
    dtype = np.dtype(taken["dtype"])
    if dtype == np.float32:
        return x
    scale, zero_point = taken["quantization"]
    limits = np.iinfo(dtype)
    return np.asarray(
        np.clip(np.round(x / scale) + zero_point, limits.min, limits.max).astype(dtype)
    )
