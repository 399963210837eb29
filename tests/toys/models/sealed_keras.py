"""models/formats/: a toy: a .keras file behind a seal of four bytes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from optimizer.models.formats.keras_layers import KerasLayers
from optimizer.models.formats.keras_zip import ZIP, KerasZip
from optimizer.models.formats.model_format import Recognised, model_format
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.interface import Opened

SEAL = b"TOYM"


@model_format
class SealedKeras(KerasLayers):
    """A Keras model that has to be unsealed first."""

    title = "sealed .keras"
    accepted = "a sealed .keras"
    rank = 5
    suffix = ".sealed"

    def begins(self, head: bytes) -> bool:
        """See `ModelFormat.begins`."""
        return head.startswith(SEAL)

    def in_file(self, path: Path, head: bytes) -> Recognised | None:
        """See `ModelFormat.in_file`."""
        if not self.begins(head):
            return None
        with _unsealed(path) as file:
            found = KerasZip().in_file(file, ZIP)
        return replace(found, format=self) if found else None

    def open(self, path: Path, recognised: Recognised, options: OpenOptions) -> Opened:
        """See `ModelFormat.open`."""
        with _unsealed(path) as file:
            return super().open(file, recognised, options)


@contextmanager
def _unsealed(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        file.write_bytes(path.read_bytes()[len(SEAL) :])
        yield file
