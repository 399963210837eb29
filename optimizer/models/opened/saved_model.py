"""models/opened/: a SavedModel, which has a graph, and of Keras 2 a description of its layers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.errors import ModelError
from optimizer.models.fix_shapes import SIGNATURE, fix_shapes
from optimizer.models.keras_metadata import has_layers, load_layers
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.served_function import Trace, choose, served
from optimizer.models.opened.tensors import flat, spec_of
from optimizer.models.summary import TensorSpec
from optimizer.models.trust import make_canonical
from optimizer.tflite.boundary_order import in_order
from optimizer.words import first_sentence, one_line


class SavedModel:
    """See `Opened`."""

    layers: Sequence[str] = ()
    output_activation = ""
    quantized = False
    select_tf_ops: tuple[str, ...] = ()

    def __init__(self, path: Path, options: OpenOptions) -> None:
        """Loads the folder at `path`.

        Raises:
            ModelError: it reaches outside of itself, is damaged, or has no usable signature.
        """
        import tensorflow as tf  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

        self.path, self.trusted = path, options.trusted
        make_canonical(path, trusted=options.trusted)  # loading would run initializers already
        try:
            self.restored = tf.saved_model.load(str(path))
        except Exception as error:
            raise ModelError(
                f"The SavedModel cannot be loaded: {first_sentence(error)} Export it again."
            ) from error
        chosen = self._chosen(options.function)
        self.function = chosen if isinstance(chosen, Trace) else None
        self.key = chosen.name if isinstance(chosen, Trace) else chosen
        self.signature = (
            served(self.function) if self.function else self.restored.signatures[self.key]
        )
        _, taken = self.signature.structured_input_signature
        given = self.signature.structured_outputs
        self.inputs = tuple(spec_of(taken[name], name) for name in sorted(taken))
        self.outputs = tuple(spec_of(given[name], name) for name in in_order(given))
        refuse_text(self.inputs, "SavedModel")
        variables = getattr(self.restored, "variables", None) or self.signature.variables
        self.parameters = int(sum(np.prod(v.shape) for v in variables)) if variables else None
        kind = "function" if self.function else "signature"
        self.notes: tuple[str, ...] = (
            () if self.key == SIGNATURE else (f"The {kind} “{one_line(self.key)}” was taken.",)
        )

    def _chosen(self, wanted: str) -> Trace | str:
        """What is the model in the file: the name of a signature, or a function.

        Raises:
            UndecidedModelError: it has to be chosen.
            ModelError: there is none.
        """
        found = list(getattr(self.restored, "signatures", {}))
        return (
            SIGNATURE if SIGNATURE in found and not wanted else choose(self.restored, found, wanted)
        )

    def keras_model(self) -> Any:
        """See `Opened`."""
        if not has_layers(self.path):
            raise ModelError(
                "A SavedModel without keras_metadata.pb has a graph but no Keras layers to train. "
                "Upload the .keras or .h5 file that it was made from."
            )
        return self._in_order(load_layers(self.path, trusted=self.trusted))

    def _in_order(self, model: Any) -> Any:
        """The model with its inputs and outputs in the order of the signature: sorted by name."""
        import tf_keras  # noqa: PLC0415 (workers only)

        taken = {tensor.name: tensor for tensor in model.inputs}
        given = dict(zip(model.output_names, model.outputs, strict=True))
        if len(taken) == len(given) == 1:
            return model
        try:
            return tf_keras.Model(
                [taken[spec.name] for spec in self.inputs],
                [given[spec.name] for spec in self.outputs],
                name=model.name,
            )
        except KeyError as error:
            raise ModelError(
                f"The SavedModel serves {error}, which its Keras layers do not name. Upload the "
                ".keras or .h5 file that it was made from."
            ) from error

    def export(self, folder: Path, inputs: tuple[TensorSpec, ...]) -> Path:
        """See `Opened`."""
        if self.function:
            return self._export_function(self.function, folder, inputs)
        if self.key == SIGNATURE and inputs == self.inputs:
            return self.path
        shapes = {spec.name: spec.shape for spec in inputs}
        fix_shapes(self.path, folder, shapes, signature=self.key)
        return folder

    def _export_function(
        self, function: Trace, folder: Path, inputs: tuple[TensorSpec, ...]
    ) -> Path:
        """A SavedModel that has the function as its signature; its variables come along."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        holder = tf.Module()
        holder.model = self.restored
        tf.saved_model.save(holder, str(folder), signatures={SIGNATURE: served(function, inputs)})
        return folder

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[Float32s]:
        """See `Opened`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        named = {
            spec.name: tf.constant(x, spec.dtype)
            for spec, x in zip(self.inputs, inputs, strict=True)
        }
        return [np.asarray(value, np.float32) for value in flat(self.signature(**named))]


def refuse_text(inputs: Any, kind: str) -> None:
    """Refuses inputs of text, which TensorFlow Lite cannot prepare.

    Raises:
        ModelError: names the first.
    """
    for spec in inputs:
        if spec.dtype == "string":
            raise ModelError(
                f"The {kind} takes text or encoded files (“{spec.name}” is of type string). Export "
                "the part of it that takes numbers, after the text was split or the file decoded."
            )
