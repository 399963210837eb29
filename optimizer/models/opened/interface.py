"""models/opened/: what every kind of model in memory can do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.models.summary import TensorSpec


class Opened(Protocol):
    """A model in memory.

    Attributes:
        inputs: As the model has them, in the order in which `predict` takes them.
        outputs: In the order in which `predict` gives them.
        layers: The class of each layer, nested ones included; empty without Keras layers.
        parameters: All weights; None if unknown.
        output_activation: Of a Keras model's last layer, e.g. "softmax"; empty if unknown.
        quantized: Whether it is a `.tflite` that is not float any more.
        select_tf_ops: TensorFlow operators in a `.tflite` that the runtime here lacks.
        notes: What was decided when it was opened, in sentences.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    layers: Sequence[str]
    parameters: int | None
    output_activation: str
    quantized: bool
    select_tf_ops: tuple[str, ...]
    notes: tuple[str, ...]

    def keras_model(self) -> Any:
        """The keras or tf_keras model.

        Raises:
            ModelError: there are no Keras layers, or they cannot be rebuilt.
        """

    def export(self, folder: Path, inputs: tuple[TensorSpec, ...]) -> Path | None:
        """A SavedModel with the signature `serving_default`; None for a `.tflite`.

        Args:
            folder: Where it is made, unless the model is one that can be used as it is.
            inputs: The names and shapes that it takes: those of the model, with fixed sizes.
        """

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[Float32s]:
        """Runs one batch in float: arrays (batch, …) in the order of `inputs`, then `outputs`."""
