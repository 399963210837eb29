"""models/formats/: the .keras file, a zip with two members, of Keras 2 and 3."""

from pathlib import Path

from optimizer.files.archive import MODEL
from optimizer.files.members import open_members
from optimizer.models.description import parse_description, read_description
from optimizer.models.formats.keras_layers import KerasLayers
from optimizer.models.formats.model_format import Recognised, model_format

ZIP = b"PK"


@model_format
class KerasZip(KerasLayers):
    """See `ModelFormat`."""

    title = ".keras"
    accepted = "a .keras file of Keras 2 or 3"
    rank = 10
    suffix = ".keras"

    def begins(self, head: bytes) -> bool:
        """See `ModelFormat.begins`."""
        return head.startswith(ZIP)

    def in_file(self, path: Path, head: bytes) -> Recognised | None:
        """See `ModelFormat.in_file`."""
        if not head.startswith(ZIP):
            return None
        members = open_members(path, MODEL)
        if not {"metadata.json", "config.json"} <= set(members.names):
            return None
        metadata, config = (
            parse_description(read_description(members, name), name)
            for name in ("metadata.json", "config.json")
        )
        version = str(metadata.get("keras_version", ""))
        return Recognised(self, 2 if version.startswith("2.") else 3, version, config)
