"""models/: joins a file of weights alone with what says which layers they are of. Workers only."""

from pathlib import Path

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.members import link_or_copy, open_members
from optimizer.files.refusal import said_as
from optimizer.models.applications import INPUT, build
from optimizer.models.description import LARGEST, architecture
from optimizer.models.formats.hdf5 import HDF5, read_hdf5
from optimizer.models.hdf5_links import check_hdf5
from optimizer.models.open_options import OpenOptions


def join(weights: Path, description: Path | None, options: OpenOptions, folder: Path) -> Path:
    """A folder of a model.json with its weights, as it can be opened.

    Args:
        weights: The HDF5 file of weights, alone or in a zip or folder.
        description: A model.json; None: `options` have the name of a network of keras.applications.
        options: What the user has decided.
        folder: To be made.

    Raises:
        ModelError: the file holds more than weights, the description is none, or they do not belong
            together.
    """
    with said_as(ModelError):
        folder.mkdir()
    file = _weights(weights, folder / "model.h5")
    check_hdf5(file)
    if read_hdf5(file)[1] is not None:
        raise ModelError(
            "The file holds a whole model, with its layers. Open it without an architecture."
        )
    if description is not None:
        text = _text(description)
    else:
        text = build(options.architecture, file, options.sizes.get(INPUT)).to_json().encode()
    (folder / "model.json").write_bytes(text)
    return folder


def _weights(source: Path, target: Path) -> Path:
    members = open_members(source, MODEL)
    found = [name for name in members.names if members.head(name).startswith(HDF5)]
    if len(found) != 1:
        raise ModelError(
            f"An architecture was given, and the {members.kind} holds {len(found)} files of "
            "weights (.h5). Give the one file of the weights that belong to it."
        )
    if members.kind == "file":
        link_or_copy(source, target)
        return target
    return members.copy(found[0], target)


def _text(description: Path) -> bytes:
    with description.open("rb") as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST or architecture(text, description.name) is None:
        raise ModelError(
            f"{description.name} does not describe a Keras model. Write it with "
            "open('model.json', 'w').write(model.to_json()), from the model whose weights these "
            "are."
        )
    return text
