"""models/: the Keras layers that a SavedModel of Keras 2 describes beside its graph.

Workers only: it imports TensorFlow.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from optimizer.errors import ModelError
from optimizer.files.atomic import write_atomically
from optimizer.models.description import parse_description
from optimizer.models.trust import check, named_plainly

FILE = "keras_metadata.pb"
ROOT = "root"
# What tf_keras rebuilds objects from; the rest of a node is numbers, names and its own loss.
CHECKED = ("class_name", "config", "activity_regularizer", "input_spec")


def has_layers(saved_model: Path) -> bool:
    """Whether the SavedModel folder says which Keras layers it was made of."""
    return (saved_model / FILE).is_file()


def load_layers(saved_model: Path, *, trusted: bool = False) -> Any:
    """The functional or sequential tf_keras model that a SavedModel folder was saved from.

    It is rebuilt from the description of its layers, never from the SavedModel's own functions,
    and the description is checked first: tf_keras would run what a Lambda layer holds.

    Args:
        saved_model: The folder.
        trusted: Whether the user lets code in the file run.

    Raises:
        ModelError: the description is damaged, names foreign code, or has no graph of layers.
    """
    import tf_keras  # noqa: PLC0415 (workers only: takes seconds)
    from google.protobuf.message import DecodeError  # noqa: PLC0415
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata  # noqa: PLC0415

    file = saved_model / FILE
    try:
        metadata = SavedMetadata.FromString(file.read_bytes())
    except DecodeError as error:
        raise ModelError(f"The SavedModel's {FILE} is damaged. Save the model again.") from error
    nodes = {node.node_path: parse_description(node.metadata, FILE) for node in metadata.nodes}
    # tf_keras knows a part by its number: which of two it takes for the other's, it alone decides.
    if not len(nodes) == len({node.node_id for node in metadata.nodes}) == len(metadata.nodes):
        raise ModelError(
            f"The SavedModel's {FILE} describes a part of the model twice, so that it is not said "
            "which one is meant. Save the model again."
        )
    for node in nodes.values():
        check({key: node[key] for key in CHECKED if key in node}, tf_keras, trusted=trusted)
    if not trusted:
        _keep_what_was_checked(metadata, nodes, file, tf_keras)
    root = nodes.get(ROOT, {})
    if root.get("class_name") not in {"Functional", "Sequential"}:
        raise ModelError(
            "The SavedModel was saved from a model of its own class, whose graph of layers is not "
            "in the file. Build it with the functional API and save it again."
        )
    model = tf_keras.models.load_model(str(saved_model), compile=False)
    if not isinstance(model, tf_keras.Model) or not getattr(model, "inputs", None):
        raise ModelError("The SavedModel's Keras layers cannot be rebuilt by tf_keras.")
    return model


def _keep_what_was_checked(
    metadata: Any, nodes: Mapping[str, Any], file: Path, tf_keras: ModuleType
) -> None:
    """Writes the file anew from what was understood of it; one of that kind stays as it is."""
    before = file.read_bytes()
    metadata.DiscardUnknownFields()
    for node in metadata.nodes:
        described = nodes[node.node_path]
        for key in CHECKED:
            if key in described:
                described |= named_plainly({key: described[key]}, tf_keras)
        node.metadata = json.dumps(described)
    written = metadata.SerializeToString(deterministic=True)
    if written != before:
        write_atomically(file, written)
