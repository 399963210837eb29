"""models/formats/: a ready .tflite."""

from pathlib import Path

from optimizer.models.formats.model_format import ModelFormat, Recognised, model_format
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.interface import Opened


@model_format
class Tflite(ModelFormat):
    """See `ModelFormat`."""

    title = ".tflite"
    accepted = "a .tflite"
    rank = 45
    suffix = ".tflite"
    ready = True

    def begins(self, head: bytes) -> bool:
        """See `ModelFormat.begins`."""
        return head[4:8] == b"TFL3"

    def in_file(self, path: Path, head: bytes) -> Recognised | None:  # noqa: ARG002
        """See `ModelFormat.in_file`."""
        return Recognised(self) if self.begins(head) else None

    def open(self, path: Path, recognised: Recognised, options: OpenOptions) -> Opened:  # noqa: ARG002
        """See `ModelFormat.open`."""
        from optimizer.models.opened.canonical_tflite import CanonicalTflite  # noqa: PLC0415 (workers only)

        return CanonicalTflite(path)
