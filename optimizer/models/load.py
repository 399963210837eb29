"""models/: opens a model in a worker process. Everything here imports TensorFlow."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import ModelError
from optimizer.models.compiled import compiled_loss
from optimizer.models.formats import Format, Recognised
from optimizer.models.metadata import has_layers, load_layers
from optimizer.models.summary import LayerKind, ModelSummary, TensorSpec
from optimizer.models.trust import check, check_operators

SIGNATURE = "serving_default"


class LoadedModel:
    """A model in memory, whatever library it needs.

    `model` is a keras.Model, a tf_keras.Model, or for a SavedModel the restored object.
    """

    def __init__(self, path: Path, recognised: Recognised) -> None:
        """Loads the file or SavedModel folder at `path`.

        Raises:
            ModelError: the file holds foreign code or cannot be rebuilt by its library.
        """
        self.path = path
        self.format = recognised.format
        self.model = _load(path, recognised)
        self.loss = compiled_loss(path, recognised)

    @property
    def is_keras(self) -> bool:
        """Whether there are Keras layers to look at and to train."""
        return self.format is not Format.SAVED_MODEL

    def keras_model(self) -> Any:
        """The keras or tf_keras model, for techniques that train.

        Raises:
            ModelError: there are no Keras layers, or they cannot be rebuilt.
        """
        if self.is_keras:
            return self.model
        if not has_layers(self.path):
            raise ModelError(
                "A SavedModel without keras_metadata.pb has a graph but no Keras layers to train. "
                "Upload the .keras or .h5 file that it was made from."
            )
        return load_layers(self.path)

    def summarise(self, name: str, version: str, size_bytes: int) -> ModelSummary:
        """Describes the model; `macs` stays None until the float32 `.tflite` exists."""
        inputs, outputs = self._specs()
        kinds = Counter(type(layer).__name__ for layer in self._layers())
        return ModelSummary(
            name=name,
            format=self.format.value,
            version=version,
            inputs=inputs,
            outputs=outputs,
            layers=tuple(LayerKind(*kind) for kind in kinds.most_common()),
            parameters=self._parameters(),
            macs=None,
            size_bytes=size_bytes,
            output_activation=self._output_activation(),
            loss=self.loss,
        )

    def export(self, folder: Path) -> Path:
        """Writes the SavedModel that all conversions share; returns its folder.

        A model that came as a SavedModel with a serving signature is used as it is.
        """
        if not self.is_keras:
            return self.path
        if self.format.legacy:
            self.model.export(str(folder))
        else:
            self.model.export(str(folder), format="tf_saved_model", verbose=False)
        return folder

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[npt.NDArray[np.float32]]:
        """Runs one batch through the model in float: the yardstick beside the `.tflite`."""
        if self.is_keras:
            values = self.model.predict_on_batch(inputs if len(inputs) > 1 else inputs[0])
        else:
            signature = self.model.signatures[SIGNATURE]
            names = [spec.name for spec in self._specs()[0]]
            import tensorflow as tf  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

            values = signature(
                **{name: tf.constant(x) for name, x in zip(names, inputs, strict=True)}
            )
        return [np.asarray(value, np.float32) for value in _flatten(values)]

    def _specs(self) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
        if self.is_keras:
            return (
                tuple(_spec(tensor) for tensor in self.model.inputs),
                tuple(
                    _spec(tensor, name)
                    for name, tensor in zip(
                        _output_names(self.model), self.model.outputs, strict=True
                    )
                ),
            )
        signature = self.model.signatures[SIGNATURE]
        _, keywords = signature.structured_input_signature
        return (
            tuple(_spec(keywords[name], name) for name in sorted(keywords)),
            tuple(
                _spec(signature.structured_outputs[name], name)
                for name in sorted(signature.structured_outputs)
            ),
        )

    def _layers(self) -> Iterator[Any]:
        if not self.is_keras:
            return
        for layer in self.model._flatten_layers(include_self=False, recursive=True):
            if type(layer).__name__ not in {"Functional", "Sequential", "InputLayer"}:
                yield layer

    def _parameters(self) -> int | None:
        if self.is_keras:
            return int(self.model.count_params())
        variables = getattr(self.model, "variables", None)
        return None if not variables else int(sum(np.prod(v.shape) for v in variables))

    def _output_activation(self) -> str:
        if not self.is_keras:
            return ""
        activation = getattr(self.model.layers[-1], "activation", None)
        return str(getattr(activation, "__name__", ""))


def _load(path: Path, recognised: Recognised) -> Any:
    import keras  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

    if recognised.format is Format.SAVED_MODEL:
        return _load_saved_model(path)
    library = keras
    if recognised.format.legacy:
        import tf_keras  # noqa: PLC0415

        library = tf_keras
    check(recognised.config or {}, library)
    try:
        # The suffix decides which reader Keras takes, so the file is stored under the right one.
        model = library.models.load_model(str(path), compile=False, safe_mode=True)
    except Exception as error:
        raise ModelError(
            f"{recognised.format.value} (written by Keras {recognised.version or 'unknown'}) was "
            f"recognised, but Keras {library.__version__} here cannot rebuild it: "
            f"{first_sentence(error)} Save the model with that version of Keras, or export it as "
            "a SavedModel and upload that."
        ) from error
    if not getattr(model, "inputs", None):
        raise ModelError(
            "The model was never built, so it has no input shape. Call it once on real data, "
            "save it again and upload that."
        )
    return model


def _load_saved_model(path: Path) -> Any:
    import tensorflow as tf  # noqa: PLC0415

    try:
        check_operators(_operators(path))  # loading would run initializers already
        restored = tf.saved_model.load(str(path))
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"The SavedModel cannot be loaded: {first_sentence(error)} Export it again."
        ) from error
    signatures = list(getattr(restored, "signatures", {}))
    if SIGNATURE not in signatures:
        found = ", ".join(signatures) or "none"
        raise ModelError(
            f"The SavedModel has no signature “{SIGNATURE}” (found: {found}). "
            "Export it with model.export(folder), which writes one."
        )
    return restored


def _operators(path: Path) -> Iterator[str]:
    """Every operator in a SavedModel's graphs and functions, read without loading it."""
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel  # noqa: PLC0415

    saved_model = SavedModel.FromString((path / "saved_model.pb").read_bytes())
    for graph in (meta_graph.graph_def for meta_graph in saved_model.meta_graphs):
        yield from (node.op for node in graph.node)
        for function in graph.library.function:
            yield from (node.op for node in function.node_def)


def first_sentence(error: BaseException) -> str:
    """The first line of a library's message, closed by a full stop and at most 200 characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    line = line if len(line) <= 200 else line[:199] + "…"
    return line if line.endswith((".", "!", "?", "…")) else line + "."


def _output_names(model: Any) -> list[str]:
    return [str(name) for name in getattr(model, "output_names", [])] or [
        tensor.name for tensor in model.outputs
    ]


def _spec(tensor: Any, name: str | None = None) -> TensorSpec:
    shape = tuple(None if size is None else int(size) for size in tensor.shape)
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    return TensorSpec((name or tensor.name).partition(":")[0], shape, str(dtype))


def _flatten(values: Any) -> list[Any]:
    if isinstance(values, dict):
        return [values[name] for name in sorted(values)]
    return list(values) if isinstance(values, list | tuple) else [values]
