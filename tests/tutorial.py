"""tests: the evaluation loop that tutorials write, without a line of Liteweigh.

Every prediction and every accuracy of ours must equal it.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter


def tutorial_loop(file: Path, inputs: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """What tutorials write: one interpreter, one sample at a time."""
    interpreter = Interpreter(model_path=str(file))
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    outputs = []
    for sample in inputs:
        values = sample[None]
        scale, zero_point = taken["quantization"]
        if scale:
            limits = np.iinfo(taken["dtype"])
            values = np.clip(
                np.round(values / np.float32(scale)) + zero_point, limits.min, limits.max
            )
        interpreter.set_tensor(taken["index"], values.astype(taken["dtype"]))
        interpreter.invoke()
        output = interpreter.get_tensor(given["index"]).astype(np.float32)
        scale, zero_point = given["quantization"]
        outputs.append((output - zero_point) * np.float32(scale) if scale else output)
    return np.concatenate(outputs)


def accuracy(file: Path, inputs: npt.NDArray[Any], labels: npt.NDArray[np.generic]) -> float:
    """The share of samples that the `.tflite` gets right.

    Args:
        file: The file, with float32 or integer inputs and outputs.
        inputs: Samples (n, …) as the Keras model takes them.
        labels: Their classes, (n,).
    """
    return float(np.mean(tutorial_loop(file, inputs).argmax(axis=1) == labels))
