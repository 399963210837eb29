"""models/formats/: the HDF5 file of a whole model, of Keras 2 and 3."""

import json
from pathlib import Path
from typing import Any

import h5py

from optimizer.errors import ModelError
from optimizer.models.description import parse_description
from optimizer.models.formats.keras_layers import KerasLayers
from optimizer.models.formats.model_format import Recognised, model_format
from optimizer.models.hdf5_links import UNREADABLE, check_hdf5
from optimizer.models.open_options import ModelQuestion, UndecidedModelError
from optimizer.words import reason

HDF5 = b"\x89HDF\r\n\x1a\n"


@model_format
class Hdf5(KerasLayers):
    """See `ModelFormat`."""

    title = ".h5"
    accepted = "an .h5 file of a whole model"
    rank = 20
    suffix = ".h5"

    def begins(self, head: bytes) -> bool:
        """See `ModelFormat.begins`."""
        return head.startswith(HDF5)

    def in_file(self, path: Path, head: bytes) -> Recognised | None:
        """See `ModelFormat.in_file`."""
        if not head.startswith(HDF5):
            return None
        version, config, weights_only = read_hdf5(path)
        if config is None:
            if weights_only:
                raise UndecidedModelError(
                    "The HDF5 file holds only a model's weights, not its layers. Give its "
                    "model.json too, or the name of its network in keras.applications "
                    "(--architecture); or save the whole model with model.save('model.keras').",
                    ModelQuestion(architecture=True),
                )
            raise ModelError(
                "The HDF5 file holds no Keras model. Save the whole model with "
                "model.save('model.keras') and upload that."
            )
        keras = 3 if version.startswith("3.") else 2
        return Recognised(self, keras, version, parse_description(config, "model_config"))

    def compiled(self, path: Path, recognised: Recognised) -> Any:  # noqa: ARG002
        """See `ModelFormat.compiled`; empty too where that is damaged."""
        try:
            with h5py.File(path, "r") as file:
                text = file.attrs.get("training_config")
            return json.loads(text) if text else {}
        except (*UNREADABLE, RecursionError):  # a model does not need its loss to be converted
            return {}


def read_hdf5(path: Path) -> tuple[str, str | None, bool]:
    """Keras version, config of the layers, and whether there are weights.

    Raises:
        ModelError: the file is damaged.
    """
    check_hdf5(path)
    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
            return (
                _text(file.attrs.get("keras_version", "")),
                None if config is None else _text(config),
                "layer_names" in file.attrs
                or "layers" in file
                or "_layer_checkpoint_dependencies" in file,
            )
    except UNREADABLE as error:
        raise ModelError(
            f"The HDF5 file is damaged or incomplete ({reason(error)}). "
            "Save or upload the model again."
        ) from error


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
