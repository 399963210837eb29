"""models/opened/: a model of Keras as the check has understood it, which alone Keras gets to read.

A new file is written: its description from the value that was checked, its weights array by array.
What the check did not understand is not in it, nor what the model was compiled with.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.members import Members, open_members
from optimizer.models.formats.model_format import Recognised
from optimizer.models.hdf5_links import check_hdf5
from optimizer.models.packages import register
from optimizer.models.trust import check, is_model, named_plainly, write_canonical
from optimizer.words import one_line

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
ASSETS = re.compile(r"assets/(\w+/)*vocabulary\.txt")
"""Text, a word a line: the only files beside the weights that layers keep."""
COMPILED = "compile_config"


@dataclass(frozen=True)
class CanonicalModel:
    """What Keras gets to read.

    Attributes:
        path: A `.keras` or `.h5` file of the whole model, or the weights that belong to `config`.
        config: The description of the layers.
    """

    path: Path
    config: dict[str, Any]


@contextmanager
def canonical(
    path: Path, recognised: Recognised, library: ModuleType, *, trusted: bool
) -> Iterator[CanonicalModel]:
    """Checks a model, and writes what was understood of it, for as long as the context lasts.

    Args:
        path: A `.keras` or `.h5` file, or the folder of a model.json with its weights.
        recognised: What it is.
        library: keras or tf_keras, which will open it.
        trusted: Whether code in its description may run, which then stays as it is.

    Raises:
        UndecidedModelError: it holds code, which the user may trust.
        ModelError: it is damaged, holds what is not known, or declares absurd sizes.
    """
    config = recognised.config or {}
    with TemporaryDirectory() as folder:
        made = Path(folder)
        members = open_members(path, MODEL) if zipfile.is_zipfile(path) else None
        given = _weights(path, recognised, members, made)
        stored = check_hdf5(given)
        register(config)
        check(config, library, trusted=trusted, stored=stored)
        if not is_model(config, library):
            raise ModelError(
                f"The file describes “{one_line(str(config.get('class_name')))}”, which is no "
                "model. Save the whole model."
            )
        config = {key: value for key, value in config.items() if key != COMPILED}
        if not trusted:
            config = named_plainly(config, library)
        if members:
            yield CanonicalModel(_zip(members, recognised, config, given, made), config)
        else:
            whole = None if recognised.weights else json.dumps(config)
            target = made / f"model{''.join(given.suffixes[-2:])}"
            write_canonical(given, target, whole)
            yield CanonicalModel(target, config)


def _weights(path: Path, recognised: Recognised, members: Members | None, folder: Path) -> Path:
    """The HDF5 file with the weights: the file itself, one beside it, or one inside of it."""
    if recognised.weights:
        return path / recognised.weights
    if members is None:
        return path
    if WEIGHTS not in members.names:
        pickled = any(name.endswith(".npz") for name in members.names)
        raise ModelError(
            f"The .keras file has no {WEIGHTS}"
            + (", but its weights as pickles, which are code that would run." if pickled else ".")
            + " Save the model again."
        )
    return members.copy(WEIGHTS, folder / "given.h5")


def _zip(
    members: Members, recognised: Recognised, config: dict[str, Any], given: Path, folder: Path
) -> Path:
    """Writes a `.keras` file; `given` is deleted as soon as it was read."""
    weights, made = folder / WEIGHTS, folder / "model.keras"
    write_canonical(given, weights)
    given.unlink()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(METADATA, json.dumps({"keras_version": recognised.version}))
        archive.writestr(CONFIG, json.dumps({**config, COMPILED: None}))
        archive.write(weights, WEIGHTS)
        weights.unlink()
        for name in members.names:
            if ASSETS.fullmatch(name):
                archive.write(members.copy(name, folder / "asset"), name)
    return made
