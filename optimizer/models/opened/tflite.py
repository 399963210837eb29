"""models/opened/: a .tflite that came ready: read from its flatbuffer, run by LiteRT."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.errors import MeasurementError, ModelError
from optimizer.models.opened.saved_model import refuse_text
from optimizer.models.summary import TensorSpec
from optimizer.tflite.boundary_order import outputs_in_order, written_name
from optimizer.tflite.flatbuffer import Flatbuffer, open_flatbuffer, whole
from optimizer.tflite.graph import Tensor
from optimizer.tflite.runner import Runner
from optimizer.tflite.weights import parameter_count
from optimizer.words import first_sentence

FLEX = "Flex"


class TfliteFile:
    """See `Opened`."""

    layers: Sequence[str] = ()
    output_activation = ""

    def __init__(self, path: Path) -> None:
        """Reads the file at `path`.

        Raises:
            ModelError: it is damaged, takes text, or has operators that nobody here knows.
        """
        self.path = path
        try:
            file = open_flatbuffer(path)
            with whole(path.name):
                self._describe(file)
        except MeasurementError as error:
            raise ModelError(
                "The .tflite is damaged: its parts do not fit together. Convert or upload it again."
            ) from error
        refuse_text(self.inputs, ".tflite")
        main = file.graphs[0]
        self.notes = tuple(
            f"“{spec.name}” takes {tensor.dtype.lower()} values; it is fed in its float scale here."
            for spec, tensor in zip(self.inputs, main.inputs, strict=True)
            if tensor.quantized
        )
        if not self.select_tf_ops:
            self._runner([np.zeros(tensor.shape or (1,), np.float32) for tensor in main.inputs])

    def _describe(self, file: Flatbuffer) -> None:
        main, names = file.graphs[0], file.signature_names
        self.inputs = tuple(_spec(tensor, names) for tensor in main.inputs)
        self.outputs = tuple(_spec(tensor, names) for tensor in outputs_in_order(file))
        self.select_tf_ops = tuple(
            sorted({u.name.removeprefix(FLEX) for u in file.uses if u.name.startswith(FLEX)})
        )
        self.parameters: int | None = parameter_count(file)
        self.quantized = any(
            tensor.quantized or (tensor.constant is not None and tensor.dtype == "FLOAT16")
            for graph in file.graphs
            for tensor in graph.tensors
        )

    def keras_model(self) -> Any:
        """See `Opened`."""
        raise ModelError("A .tflite has no Keras layers to train.")

    def export(self, folder: Path, inputs: tuple[TensorSpec, ...]) -> None:
        """See `Opened`: there is no way back from a .tflite to a SavedModel."""
        del folder, inputs

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[Float32s]:
        """See `Opened`. One sample at a time: a file may have a fixed batch."""
        runner = self._runner([x[:1] for x in inputs])
        prepared = runner.prepare(inputs)
        rows = [runner.run([x[at : at + 1] for x in prepared]) for at in range(len(inputs[0]))]
        return [np.concatenate(column) for column in zip(*rows, strict=True)]

    def _runner(self, sample: Sequence[npt.NDArray[Any]]) -> Runner:
        """The file, ready to run samples like this one."""
        try:
            return Runner(self.path, sample, [spec.name for spec in self.inputs])
        except MeasurementError as error:
            raise ModelError(
                "The .tflite cannot be run by the LiteRT runtime: "
                f"{first_sentence(error.__cause__ or error)} "
                "Convert it again with built-in operators only."
            ) from error


def _spec(tensor: Tensor, names: dict[int, str]) -> TensorSpec:
    """An input or output; a quantized one is float32, as it is fed in the float scale."""
    sizes = tuple(None if size < 0 else size for size in tensor.open_shape)
    dtype = "float32" if tensor.quantized else tensor.dtype.lower()
    return TensorSpec(names.get(tensor.index) or written_name(tensor.name), sizes, dtype)
