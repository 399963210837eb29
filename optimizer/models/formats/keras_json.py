"""models/formats/: a description of layers beside an HDF5 file of their weights, Keras 2 and 3."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.members import Members, as_file, open_members
from optimizer.models.description import LARGEST, architecture, read_description
from optimizer.models.formats.hdf5 import HDF5, Hdf5, read_hdf5
from optimizer.models.formats.keras_layers import KerasLayers
from optimizer.models.formats.model_format import MODEL_FORMATS, Recognised, model_format
from optimizer.models.weights_layout import weights_suffix
from optimizer.words import listed

MOST_TOLD = 5  # of several models; more need not be read to know that they are too many


@model_format
class KerasJson(KerasLayers):
    """A model.json, of any name, with its weights."""

    title = "model.json with weights"
    accepted = "a zip of a model.json with its weights"
    rank = 40

    def in_file(self, path: Path, head: bytes) -> Recognised | None:
        """See `ModelFormat.in_file`."""
        if head.lstrip().startswith(b"{") and architecture(path.read_bytes()[:LARGEST], path.name):
            raise ModelError(
                "This is a model's description without its weights. Give the .h5 file of its "
                "weights, and this as its architecture; or zip both and upload the zip."
            )
        return None

    def in_members(self, members: Members, heads: Mapping[str, bytes]) -> Recognised | None:
        """See `ModelFormat.in_members`."""
        hdf5 = [name for name, head in heads.items() if head.startswith(HDF5)]
        if not hdf5:
            return None
        described = {}
        for name, head in heads.items():
            text = head.lstrip().startswith(b"{") and name.endswith(".json")
            if text and (found := architecture(read_description(members, name), name)):
                described[name] = found
            if len(described) > MOST_TOLD:
                break
        if not described:
            return None
        if len(described) > 1:
            names = listed(list(described), most=MOST_TOLD)
            more = "more than " * (len(described) > MOST_TOLD)
            raise ModelError(
                f"The {members.kind} describes {more}{min(len(described), MOST_TOLD)} models "
                f"({names}). Leave only the one to be opened."
            )
        [(name, config)] = described.items()
        stem = PurePosixPath(name).name.removesuffix(".json")
        weights = [h5 for h5 in hdf5 if PurePosixPath(h5).name.startswith(stem)] or hdf5
        if len(weights) > 1:
            names = listed(weights, most=5)
            raise ModelError(
                f"The {members.kind} holds several files of weights ({names}) for “{name}”. "
                "Leave only the one to be opened."
            )
        if whole := _whole_model(members, weights[0]):
            return whole
        # Keras 3 writes the module of each class, Keras 2 does not.
        keras = 3 if "module" in config else 2
        version = str(config.get("keras_version", ""))
        return Recognised(self, keras, version, config, name, weights[0])

    def store(self, source: Path, recognised: Recognised, target: Path) -> Path:
        """See `ModelFormat.store`."""
        members = open_members(source, MODEL)
        members.copy(recognised.root, target / "model.json")
        weights = members.copy(recognised.weights, target / "model.h5")
        weights.rename(target / f"model{weights_suffix(weights)}")
        return target


def _whole_model(members: Members, name: str) -> Recognised | None:
    """What an HDF5 file is that needs no description beside it; None for weights alone."""
    with as_file(members, name) as file:
        if read_hdf5(file)[1] is None:
            return None
        found = MODEL_FORMATS[Hdf5.title].in_file(file, HDF5)
    return replace(found, root=name) if found else None
