"""models/: writes a Keras model as a SavedModel. Workers only: it imports TensorFlow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.models.summary import TensorSpec


def export_keras(
    model: Any, inputs: Sequence[TensorSpec], folder: Path, *, one_sample: bool = False
) -> None:
    """Writes a SavedModel with the signature `serving_default`, traced for fixed sizes.

    Keras 3.15 cannot trace all layers for open ones (a bilinear UpSampling2D, say), and the
    converter cannot convert recurrent layers that were traced for any batch.

    Args:
        model: A functional or Sequential model of keras or tf_keras.
        inputs: The names and shapes that the signature takes, in the order of `model.inputs`.
        folder: To be made.
        one_sample: Whether the batch is 1 instead of open.
    """
    import keras  # noqa: PLC0415 (workers only: takes seconds and 700 MB)
    import tensorflow as tf  # noqa: PLC0415
    import tf_keras  # noqa: PLC0415

    library = keras if isinstance(model, keras.Model) else tf_keras
    specs = [
        tf.TensorSpec((1, *spec.shape[1:]) if one_sample else spec.shape, spec.dtype, spec.name)
        for spec in inputs
    ]
    archive = library.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model.__call__, [as_built(model, specs)])
    archive.write_out(str(folder))


def as_built(model: Any, values: Sequence[Any]) -> Any:
    """One value for each of `model.inputs`: alone, as a list or a dictionary, as it was built."""
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    if type(model).__name__ == "Sequential":  # that of Keras 3 has no `input`
        return values[0]
    return tf.nest.pack_sequence_as(model.input, list(values))
