"""models/opened/: a model of Keras 3 or Keras 2, with its layers."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.errors import ModelError
from optimizer.models.export_saved_model import as_built, export_keras
from optimizer.models.formats.model_format import Recognised
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.canonical_keras import CanonicalModel, canonical
from optimizer.models.opened.tensors import flat, spec_of
from optimizer.models.opened.unrolled import unrolled
from optimizer.models.summary import TensorSpec
from optimizer.words import first_sentence

CONTAINERS = {"Functional", "Sequential", "InputLayer"}


class KerasModel:
    """See `Opened`. `model` is the keras.Model or tf_keras.Model."""

    quantized = False
    select_tf_ops: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path, recognised: Recognised, options: OpenOptions) -> None:
        """Loads the file at `path`, or the folder of a model.json with its weights.

        Raises:
            ModelError: it holds foreign code, or its library cannot rebuild it.
        """
        self.model = _load(path, recognised, options.trusted)
        if options.unroll:
            self.model, note = unrolled(self.model)
            self.notes = (note,)
        self.inputs = tuple(spec_of(tensor) for tensor in self.model.inputs)
        names = getattr(self.model, "output_names", None) or [t.name for t in self.model.outputs]
        self.outputs = tuple(
            spec_of(tensor, str(name))
            for name, tensor in zip(names, self.model.outputs, strict=True)
        )
        every = self.model._flatten_layers(include_self=False, recursive=True)
        self.layers: Sequence[str] = [
            type(layer).__name__ for layer in every if type(layer).__name__ not in CONTAINERS
        ]
        self.parameters: int | None = int(self.model.count_params())
        activation = getattr(self.model.layers[-1], "activation", None)
        self.output_activation = str(getattr(activation, "__name__", ""))

    def keras_model(self) -> Any:
        """See `Opened`."""
        return self.model

    def export(self, folder: Path, inputs: tuple[TensorSpec, ...]) -> Path:
        """See `Opened`."""
        export_keras(self.model, inputs, folder)
        return folder

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[Float32s]:
        """See `Opened`."""
        values = self.model.predict_on_batch(as_built(self.model, inputs))
        return [np.asarray(value, np.float32) for value in flat(values)]


def _load(path: Path, recognised: Recognised, trusted: bool) -> Any:
    library = _library(recognised)
    with canonical(path, recognised, library, trusted=trusted) as given:
        try:
            if recognised.weights:
                model = _from_json(library, given, trusted)
            else:
                # The suffix decides which reader Keras takes.
                model = library.models.load_model(
                    str(given.path), compile=False, safe_mode=not trusted
                )
        except Exception as error:
            raise ModelError(
                f"{recognised.title} (written by Keras {recognised.version or 'unknown'}) was "
                f"recognised, but Keras {library.__version__} here cannot rebuild it: "
                f"{first_sentence(error)} Save the model with that version of Keras, or export it "
                "as a SavedModel and upload that."
            ) from error
    if not getattr(model, "inputs", None):
        raise ModelError(
            "The model was never built, so it has no input shape. Call it once on real data, "
            "save it again and upload that."
        )
    return model


def _library(recognised: Recognised) -> ModuleType:
    if recognised.keras == 2:
        import tf_keras  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

        return tf_keras  # type: ignore[no-any-return]
    import keras  # noqa: PLC0415

    return keras  # type: ignore[no-any-return]


def _from_json(library: ModuleType, given: CanonicalModel, trusted: bool) -> Any:
    """A model from its description, and the weights beside it."""
    with library.src.saving.serialization_lib.SafeModeScope(safe_mode=not trusted):
        model = library.models.model_from_json(json.dumps(given.config))
    model.load_weights(str(given.path))
    return model
