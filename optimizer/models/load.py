"""models/: opens a model in a worker process. Everything here imports TensorFlow."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.errors import ModelError
from optimizer.models.compiled_loss import compiled_loss, losses_of_outputs
from optimizer.models.formats.model_format import Recognised
from optimizer.models.open_options import OpenOptions
from optimizer.models.open_sizes import fix_sizes, is_open
from optimizer.models.summary import CompiledLoss, LayerKind, ModelSummary

NO_OPTIONS = OpenOptions()


class LoadedModel:
    """A model in memory, whatever library it needs, with inputs of fixed size.

    Attributes:
        path: The file or folder that it was loaded from.
        recognised: What it is.
        opened: The model itself; see `Opened`.
        inputs: Its inputs, with the sizes that the user gave.
        loss: What it was compiled with; None where the file does not say.
    """

    def __init__(
        self, path: Path, recognised: Recognised, options: OpenOptions = NO_OPTIONS
    ) -> None:
        """Loads the file or folder at `path`.

        Raises:
            UndecidedModelError: the user has to decide something first.
            ModelError: the file holds foreign code or cannot be rebuilt by its library.
        """
        self.path, self.recognised = path, recognised
        if options.unroll and recognised.keras is None:
            raise ModelError(
                f"{recognised.title} has no Keras layers, so nothing can be unrolled. Open the "
                ".keras or .h5 file that it was made from, or open it without unroll."
            )
        self.opened = recognised.format.open(path, recognised, options)
        self.inputs = fix_sizes(self.opened.inputs, options.sizes)
        self.loss = compiled_loss(path, recognised)

    @property
    def is_keras(self) -> bool:
        """Whether there are Keras layers to look at and to train."""
        return self.recognised.keras is not None

    def keras_model(self) -> Any:
        """The keras or tf_keras model, for techniques that train.

        Raises:
            ModelError: there are no Keras layers, or they cannot be rebuilt.
        """
        return self.opened.keras_model()

    def summarise(self, name: str, version: str, size_bytes: int) -> ModelSummary:
        """Describes the model; `macs` stays None until the float32 `.tflite` exists."""
        opened = self.opened
        return ModelSummary(
            name=name,
            format=self.recognised.title,
            version=version,
            inputs=self.inputs,
            outputs=opened.outputs,
            layers=tuple(LayerKind(*kind) for kind in Counter(opened.layers).most_common()),
            parameters=opened.parameters,
            macs=None,
            size_bytes=size_bytes,
            output_activation=opened.output_activation,
            loss=self.loss,
            output_losses=self._output_losses(),
            ready=self.recognised.format.ready,
            quantized=opened.quantized,
            select_tf_ops=opened.select_tf_ops,
            notes=(*opened.notes, *self._fixed_notes()),
        )

    def export(self, folder: Path) -> Path | None:
        """Writes the SavedModel that all conversions share; returns its folder.

        A SavedModel that can be used as it is, is not written again. None for a `.tflite`.
        """
        return self.opened.export(folder, self.inputs)

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[Float32s]:
        """Runs one batch through the model in float: the yardstick beside the `.tflite`."""
        return self.opened.predict(inputs)

    def _output_losses(self) -> tuple[CompiledLoss | None, ...]:
        names = [spec.name for spec in self.opened.outputs]
        return losses_of_outputs(self.path, self.recognised, names) if len(names) > 1 else ()

    def _fixed_notes(self) -> tuple[str, ...]:
        return tuple(
            f"“{fixed.name}” was fixed to {' × '.join(str(size) for size in fixed.shape[1:])}: "
            "it leaves its size open."
            for fixed, original in zip(self.inputs, self.opened.inputs, strict=True)
            if is_open(original)
        )
