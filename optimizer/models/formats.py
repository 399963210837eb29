"""models/: tells what a model file is from its content, never from its name."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any

import h5py

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.members import Members, as_file, open_members
from optimizer.models.frozen_graph_file import SAVED_MODEL, begins_like_a_graph, check_graph
from optimizer.models.hdf5_links import UNREADABLE, check_links
from optimizer.words import listed, reason

ACCEPTED = (
    "a .keras or .h5 file of Keras 2 or 3, a SavedModel as zip or folder, a zip of a model.json "
    "with its weights, a frozen graph .pb, or a .tflite"
)
LARGEST_JSON = 64 * 2**20  # bytes; the config of the largest keras.applications model is 1 MB
ZIP, HDF5, TFLITE = b"PK", b"\x89HDF\r\n\x1a\n", b"TFL3"


class Format(str, Enum):
    """The formats that can be opened; the value is what the page shows."""

    KERAS3 = "Keras 3 .keras"
    KERAS3_H5 = "Keras 3 .h5"
    KERAS3_JSON = "Keras 3 model.json with weights"
    KERAS2 = "Keras 2 .keras"
    KERAS2_H5 = "Keras 2 .h5"
    KERAS2_JSON = "Keras 2 model.json with weights"
    SAVED_MODEL = "SavedModel"
    FROZEN_GRAPH = "TensorFlow 1 frozen graph .pb"
    TFLITE = ".tflite"

    @property
    def legacy(self) -> bool:
        """Whether tf_keras (Keras 2) has to open it."""
        return self in {Format.KERAS2, Format.KERAS2_H5, Format.KERAS2_JSON}

    @property
    def is_keras(self) -> bool:
        """Whether it holds Keras layers and their weights."""
        return self.value.startswith("Keras")


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be.

    Attributes:
        format: The format, told from the content.
        version: The Keras version that wrote it; empty where the file does not say.
        config: The model's JSON config, which says what would be executed; None without Keras
            layers.
        root: In a zip or folder: for a SavedModel the folder inside of it, otherwise the model's
            file; empty for the zip or folder itself.
        weights: For a model.json the file beside it that has the weights.
    """

    format: Format
    version: str
    config: dict[str, Any] | None
    root: str = ""
    weights: str = ""


def recognise(path: Path) -> Recognised:
    """Tells the format of the file or folder at `path` without loading a model.

    Raises:
        ModelError: it is none of the accepted formats, or it is damaged.
    """
    if path.is_dir():
        return _recognise_members(open_members(path, MODEL))
    if path.stat().st_size == 0:
        raise ModelError(f"The file is empty (0 bytes). Upload {ACCEPTED}.")
    with path.open("rb") as file:
        head = file.read(256)
    if head.startswith(ZIP):
        members = open_members(path, MODEL)
        return _recognise_keras(members) or _recognise_members(members)
    return _recognise_file(path, head)


def _recognise_file(path: Path, head: bytes) -> Recognised:
    if head.startswith(HDF5):
        return _recognise_hdf5(path)
    if head[4:8] == TFLITE:
        return Recognised(Format.TFLITE, "", None)
    if begins_like_a_graph(head):
        check_graph(path)
        return Recognised(Format.FROZEN_GRAPH, "", None)
    if head.startswith(SAVED_MODEL):
        raise ModelError(
            "This is the saved_model.pb of a SavedModel without the variables beside it. Bring the "
            "whole folder: zip it and upload the zip."
        )
    if head.lstrip().startswith(b"{") and _architecture(path.read_bytes()[:LARGEST_JSON]):
        raise ModelError(
            "This is a model's description without its weights. Zip it together with the .h5 file "
            "of its weights and upload the zip."
        )
    raise ModelError(
        f"This is not a model file that can be opened: it starts with the bytes "
        f"{head[:8].hex(' ')}. Upload {ACCEPTED}."
    )


# ---- zips and folders ------------------------------------------------------------------------


def _recognise_keras(members: Members) -> Recognised | None:
    """A .keras file: a zip with these two members."""
    if not {"metadata.json", "config.json"} <= set(members.names):
        return None
    metadata = _parse(_read(members, "metadata.json"), "metadata.json")
    version = str(metadata.get("keras_version", ""))
    format_ = Format.KERAS2 if version.startswith("2.") else Format.KERAS3
    return Recognised(format_, version, _parse(_read(members, "config.json"), "config.json"))


def _recognise_members(members: Members) -> Recognised:
    roots = [name.removesuffix("saved_model.pb") for name in members.names if _is_saved_model(name)]
    heads = {name: members.head(name) for name in members.names}  # reads, and so finds damage
    if roots:
        return Recognised(Format.SAVED_MODEL, "", None, min(sorted(roots), key=len))
    if described := _recognise_json(members, heads):
        return described
    models = [name for name, head in heads.items() if _is_model(head)]
    if len(models) == 1:
        return _recognise_only(members, models[0])
    if models:
        raise ModelError(
            f"The {members.kind} holds {len(models)} models ({_few(models)}). "
            "Leave only the one to be opened."
        )
    raise ModelError(
        f"The {members.kind} holds no model (found: {_few(members.names)}). Expected {ACCEPTED}."
    )


def _is_saved_model(name: str) -> bool:
    return name == "saved_model.pb" or name.endswith("/saved_model.pb")


def _is_model(head: bytes) -> bool:
    return head.startswith((ZIP, HDF5)) or head[4:8] == TFLITE or begins_like_a_graph(head)


def _recognise_only(members: Members, name: str) -> Recognised:
    """The one model file that a zip or folder holds."""
    with as_file(members, name) as file:
        head = members.head(name)
        if head.startswith(ZIP):
            found = _recognise_keras(open_members(file, MODEL))
            if not found:  # no zips in zips in zips
                raise ModelError(
                    f"The {members.kind} holds another zip, “{name}”. Upload that by itself."
                )
        else:
            found = _recognise_file(file, head)
    return Recognised(found.format, found.version, found.config, name)


def _recognise_json(members: Members, heads: dict[str, bytes]) -> Recognised | None:
    """A model.json (of any name) with the HDF5 file of its weights."""
    hdf5 = [name for name, head in heads.items() if head.startswith(HDF5)]
    described = {}
    for name, head in heads.items():
        described_here = name.endswith(".json") and head.lstrip().startswith(b"{")
        if described_here and (architecture := _architecture(_read(members, name))):
            described[name] = architecture
    if not described or not hdf5:
        return None
    if len(described) > 1:
        raise ModelError(
            f"The {members.kind} describes {len(described)} models ({_few(list(described))}). "
            "Leave only the one to be opened."
        )
    [(name, config)] = described.items()
    stem = PurePosixPath(name).name.removesuffix(".json")
    weights = [h5 for h5 in hdf5 if PurePosixPath(h5).name.startswith(stem)] or hdf5
    if len(weights) > 1:
        raise ModelError(
            f"The {members.kind} holds several files of weights ({_few(weights)}) for “{name}”. "
            "Leave only the one to be opened."
        )
    with as_file(members, weights[0]) as file:
        if _hdf5_config(file)[1] is not None:  # a whole model needs no description beside it
            return _recognise_only(members, weights[0])
    # Keras 3 writes the module of each class, Keras 2 does not.
    format_ = Format.KERAS3_JSON if "module" in config else Format.KERAS2_JSON
    version = str(config.get("keras_version", ""))
    return Recognised(format_, version, config, name, weights[0])


def _architecture(text: bytes) -> dict[str, Any] | None:
    """A model's config, or None where the JSON is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    config = isinstance(value, dict) and value.get("config")
    if isinstance(config, list) or (isinstance(config, dict) and "layers" in config):
        return value if isinstance(value.get("class_name"), str) else None
    return None


def _few(names: Sequence[str]) -> str:
    return listed(names, most=5) or "nothing"


def _read(members: Members, name: str) -> bytes:
    if members.size(name) > LARGEST_JSON:
        raise ModelError(f"“{name}” is too large to be a model's description.")
    with as_file(members, name) as file:
        return file.read_bytes()


def _parse(text: bytes | str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The model's description “{name}” is not valid JSON ({reason(error)}). "
            "Save the model again."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(f"The model's description “{name}” is not a JSON object.")
    return value


# ---- HDF5 ------------------------------------------------------------------------------------


def _recognise_hdf5(path: Path) -> Recognised:
    version, config, weights_only = _hdf5_config(path)
    if config is None:
        what = "only a model's weights" if weights_only else "no Keras model"
        raise ModelError(
            f"The HDF5 file holds {what}, not its layers. Save the whole model with "
            "model.save('model.keras') and upload that."
        )
    format_ = Format.KERAS3_H5 if version.startswith("3.") else Format.KERAS2_H5
    return Recognised(format_, version, _parse(config, "model_config"))


def _hdf5_config(path: Path) -> tuple[str, str | None, bool]:
    """Keras version, config of the layers, and whether there are weights."""
    check_links(path)
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
