"""tests of hostile files: models of Keras that hold code, made by Keras and changed by hand."""

import base64
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

Config = dict[str, Any]
Change = Callable[[Config], None]


def plain_model(library: Any) -> Any:
    """What the hostile nodes are planted into: an input, a layer “first” and a layer “last”."""
    inputs = library.Input((4,), name="given")
    x = library.layers.Dense(4, name="first")(inputs)
    return library.Model(inputs, library.layers.Dense(2, name="last")(x))


def writes(marker: Path) -> Callable[[Any], Any]:
    """A function that both libraries pickle, since it is a lambda."""
    target = str(marker)
    return lambda x: (open(target, "w").write("ran"), x)[1]  # noqa: PTH123 (one expression)


def lambda_model(library: Any, marker: Path) -> Any:
    """A model with a Lambda layer that writes the marker when it is called, as a user makes it."""
    layer = library.layers.Lambda(writes(marker), output_shape=(4,))
    inputs = library.Input((4,))
    model = library.Model(inputs, library.layers.Dense(2)(layer(inputs)))
    marker.unlink(missing_ok=True)
    return model


def save(model: Any, path: Path) -> Path:
    """Saves a model; the suffix decides how."""
    model.save(str(path))
    return path


def bytecode(marker: Path) -> str:
    """A Python function that writes the marker, as both libraries pickle one into JSON."""
    import marshal

    return base64.b64encode(marshal.dumps(writes(marker).__code__)).decode()


def lambda_node(marker: Path) -> Config:
    """A pickled function in a slot of a layer."""
    value = [bytecode(marker), None, [str(marker)]]
    return {"class_name": "__lambda__", "config": {"value": value}}


def plant(path: Path, change: Change) -> Path:
    """Changes the config in a saved `.keras` or `.h5`."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(members["config.json"])
        change(config)
        members["config.json"] = json.dumps(config).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)
    return path


def layer(config: Config, name: str) -> Config:
    """The config of a layer by its name, anywhere in a model's."""
    found: list[Config] = []

    def look(node: object) -> None:
        if isinstance(node, dict):
            inner = node.get("config")
            if "class_name" in node and isinstance(inner, dict) and inner.get("name") == name:
                found.append(node)
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    look(config)
    assert found
    return found[0]
