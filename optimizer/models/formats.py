"""models/: tells what a model file is from its content, never from its name."""

import json
import zipfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import h5py

from optimizer.errors import ModelError
from optimizer.models.archive import DAMAGED, check_members

ACCEPTED = "a .keras or .h5 file of Keras 2 or 3, or a SavedModel as zip or folder"
LARGEST_JSON = 64 * 2**20  # bytes; the config of the largest keras.applications model is 1 MB


class Format(str, Enum):
    """The formats that can be opened; the value is what the page shows."""

    KERAS3 = "Keras 3 .keras"
    KERAS3_H5 = "Keras 3 .h5"
    KERAS2 = "Keras 2 .keras"
    KERAS2_H5 = "Keras 2 .h5"
    SAVED_MODEL = "SavedModel"

    @property
    def legacy(self) -> bool:
        """Whether tf_keras (Keras 2) has to open it."""
        return self in {Format.KERAS2, Format.KERAS2_H5}


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be.

    Attributes:
        format: The format, told from the content.
        version: The Keras version that wrote it; empty where the file does not say.
        config: The model's JSON config, which says what would be executed; None for a SavedModel.
        root: For a SavedModel in a zip the folder inside the zip; empty otherwise.
    """

    format: Format
    version: str
    config: dict[str, Any] | None
    root: str = ""


def recognise(path: Path) -> Recognised:
    """Tells the format of the file or folder at `path` without loading a model.

    Raises:
        ModelError: it is none of the accepted formats, or it is damaged.
    """
    if path.is_dir():
        return _recognise_folder(path)
    size = path.stat().st_size
    if size == 0:
        raise ModelError(f"The file is empty (0 bytes). Upload {ACCEPTED}.")
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"PK"):
        return _recognise_zip(path)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return _recognise_hdf5(path)
    if head[4:8] == b"TFL3":
        raise ModelError(
            "This is a .tflite file, which is already converted. Upload the Keras model or the "
            "SavedModel that it was made from."
        )
    raise ModelError(
        f"This is not a model file that can be opened: it starts with the bytes "
        f"{head[:8].hex(' ')}. Upload {ACCEPTED}."
    )


def _recognise_folder(path: Path) -> Recognised:
    if (path / "saved_model.pb").is_file():
        return Recognised(Format.SAVED_MODEL, "", None)
    names = ", ".join(sorted(entry.name for entry in path.iterdir())[:5]) or "nothing"
    raise ModelError(
        f"The folder holds no saved_model.pb (found: {names}). Choose the SavedModel's own folder."
    )


def _recognise_zip(path: Path) -> Recognised:
    try:
        with zipfile.ZipFile(path) as archive:
            members = check_members(archive)
            names = [member.filename for member in members]
            if {"metadata.json", "config.json"} <= set(names):
                metadata = _read_json(archive, "metadata.json")
                version = str(metadata.get("keras_version", ""))
                format_ = Format.KERAS2 if version.startswith("2.") else Format.KERAS3
                return Recognised(format_, version, _read_json(archive, "config.json"))
            damaged = archive.testzip()
    except DAMAGED as error:
        raise ModelError(
            f"The zip is damaged or incomplete ({error}). Save or upload the model again."
        ) from error
    roots = sorted(
        (name.removesuffix("saved_model.pb") for name in names if _is_saved_model(name)), key=len
    )
    if damaged:
        raise ModelError(f"“{damaged}” in the zip is damaged. Save or upload the model again.")
    if not roots:
        found = ", ".join(names[:5]) or "nothing"
        raise ModelError(
            f"The zip holds no model (found: {found}). Expected a .keras file, or a zip of a "
            "SavedModel folder with saved_model.pb in it."
        )
    return Recognised(Format.SAVED_MODEL, "", None, roots[0])


def _is_saved_model(name: str) -> bool:
    return name == "saved_model.pb" or name.endswith("/saved_model.pb")


def _read_json(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    if archive.getinfo(name).file_size > LARGEST_JSON:
        raise ModelError(f"“{name}” in the .keras file is too large to be a model's description.")
    return _parse(archive.read(name), name)


def _parse(text: bytes | str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The model's description “{name}” is not valid JSON ({error}). Save the model again."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(f"The model's description “{name}” is not a JSON object.")
    return value


def _recognise_hdf5(path: Path) -> Recognised:
    try:
        with h5py.File(path, "r") as file:
            version = _text(file.attrs.get("keras_version", ""))
            config = file.attrs.get("model_config")
            weights_only = (
                "layer_names" in file.attrs
                or "layers" in file
                or "_layer_checkpoint_dependencies" in file
            )
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"The HDF5 file is damaged or incomplete ({error}). Save or upload the model again."
        ) from error
    if config is None:
        what = "only a model's weights" if weights_only else "no Keras model"
        raise ModelError(
            f"The HDF5 file holds {what}, not its layers. Save the whole model with "
            "model.save('model.keras') and upload that."
        )
    format_ = Format.KERAS3_H5 if version.startswith("3.") else Format.KERAS2_H5
    return Recognised(format_, version, _parse(_text(config), "model_config"))


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
