"""models/: a Keras model's description, JSON that says which layers it has."""

import json
from collections import Counter
from typing import Any

from optimizer.errors import ModelError
from optimizer.files.archive import DAMAGED
from optimizer.files.members import Members
from optimizer.words import one_line, reason

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
        ModelError: it is no JSON, no object, or names a field twice: of two readers one could take
            the first, and the other the last.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The model's description “{name}” is not valid JSON ({reason(error)}). "
            "Save the model again."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(f"The model's description “{name}” is not a JSON object.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON whose fields have a name of their own each."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"it names “{one_line(twice)}” twice")
    return fields


def architecture(text: bytes, name: str) -> dict[str, Any] | None:
    """A model's config, or None where the JSON is something else.

    Raises:
        ModelError: it is one, and damaged; see `parse_description`.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    config = isinstance(value, dict) and value.get("config")
    if isinstance(config, list) or (isinstance(config, dict) and "layers" in config):
        return parse_description(text, name) if isinstance(value.get("class_name"), str) else None
    return None
