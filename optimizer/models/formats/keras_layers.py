"""models/formats/: what the forms share that hold Keras layers and their weights."""

from pathlib import Path

from optimizer.models.formats.model_format import ModelFormat, Recognised
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.interface import Opened


class KerasLayers(ModelFormat):
    """A form that Keras itself writes."""

    def open(self, path: Path, recognised: Recognised, options: OpenOptions) -> Opened:
        """See `ModelFormat.open`."""
        from optimizer.models.opened.keras_model import KerasModel  # noqa: PLC0415 (workers only)

        return KerasModel(path, recognised, options)
