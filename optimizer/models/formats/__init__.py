"""models/formats/: the forms in which models come, one a file. `MODEL_FORMATS` has them all."""

from optimizer.models.formats.model_format import MODEL_FORMATS
from optimizer.registry import discover

discover(__name__, __path__)

__all__ = ["MODEL_FORMATS"]
