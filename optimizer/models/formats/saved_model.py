"""models/formats/: a SavedModel, a folder of files."""

from collections.abc import Mapping
from pathlib import Path

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.members import Members, open_members
from optimizer.models.formats.model_format import ModelFormat, Recognised, model_format
from optimizer.models.frozen_graph_file import SAVED_MODEL
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.interface import Opened

FILE = "saved_model.pb"


@model_format
class SavedModelFolder(ModelFormat):
    """See `ModelFormat`."""

    title = "SavedModel"
    accepted = "a SavedModel as zip or folder"
    rank = 30

    def in_file(self, path: Path, head: bytes) -> Recognised | None:  # noqa: ARG002
        """See `ModelFormat.in_file`."""
        if head.startswith(SAVED_MODEL):
            raise ModelError(
                f"This is the {FILE} of a SavedModel without the variables beside it. Bring the "
                "whole folder: zip it and upload the zip."
            )
        return None

    def in_members(self, members: Members, heads: Mapping[str, bytes]) -> Recognised | None:  # noqa: ARG002
        """See `ModelFormat.in_members`."""
        roots = [
            name.removesuffix(FILE)
            for name in members.names
            if name == FILE or name.endswith(f"/{FILE}")
        ]
        return Recognised(self, root=min(sorted(roots), key=len)) if roots else None

    def store(self, source: Path, recognised: Recognised, target: Path) -> Path:
        """See `ModelFormat.store`."""
        members = open_members(source, MODEL)
        for name in members.names:
            if name.startswith(recognised.root):
                members.copy(name, target / name.removeprefix(recognised.root))
        return target

    def open(self, path: Path, recognised: Recognised, options: OpenOptions) -> Opened:  # noqa: ARG002
        """See `ModelFormat.open`."""
        from optimizer.models.opened.saved_model import SavedModel  # noqa: PLC0415 (workers only)

        return SavedModel(path, options)
