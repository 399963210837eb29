"""models/: a Keras model's description, JSON that says which layers it has."""

import json
from typing import Any

from optimizer.errors import ModelError
from optimizer.files.archive import DAMAGED
from optimizer.files.members import Members
from optimizer.words import reason

LARGEST = 64 * 2**20  # bytes; the config of the largest keras.applications model is 1 MB


def read_description(members: Members, name: str) -> bytes:
    """The text of a description in a zip or folder.

    Raises:
        ModelError: it is too large to be one, or damaged.
    """
    if members.size(name) > LARGEST:
        raise ModelError(f"“{name}” is too large to be a model's description.")
    try:
        return members.read(name)
    except DAMAGED as error:
        raise ModelError(
            f"“{name}” in the {members.kind} cannot be read ({reason(error)}). Save or upload the "
            "model again."
        ) from error


def parse_description(text: bytes | str, name: str) -> dict[str, Any]:
    """The object that a description holds.

    Raises:
        ModelError: it is no JSON, or no object.
    """
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


def architecture(text: bytes) -> dict[str, Any] | None:
    """A model's config, or None where the JSON is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    config = isinstance(value, dict) and value.get("config")
    if isinstance(config, list) or (isinstance(config, dict) and "layers" in config):
        return value if isinstance(value.get("class_name"), str) else None
    return None
