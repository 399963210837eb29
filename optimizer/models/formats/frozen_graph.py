"""models/formats/: a frozen graph of TensorFlow 1."""

from pathlib import Path

from optimizer.models.formats.model_format import ModelFormat, Recognised, model_format
from optimizer.models.frozen_graph_file import begins_like_a_graph, check_graph
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.interface import Opened


@model_format
class FrozenGraphFile(ModelFormat):
    """See `ModelFormat`."""

    title = "TensorFlow 1 frozen graph .pb"
    accepted = "a frozen graph .pb"
    rank = 50
    suffix = ".pb"

    def begins(self, head: bytes) -> bool:
        """See `ModelFormat.begins`."""
        return begins_like_a_graph(head)

    def in_file(self, path: Path, head: bytes) -> Recognised | None:
        """See `ModelFormat.in_file`."""
        if not begins_like_a_graph(head):
            return None
        check_graph(path)
        return Recognised(self)

    def open(self, path: Path, recognised: Recognised, options: OpenOptions) -> Opened:  # noqa: ARG002
        """See `ModelFormat.open`."""
        from optimizer.models.opened.frozen_graph import FrozenGraph  # noqa: PLC0415 (workers only)

        return FrozenGraph(path, options)
