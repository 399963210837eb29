"""data/sources/: the forms in which data come, one a file. `DATA_FORMATS` has them all."""

from optimizer.data.sources.data_format import DATA_FORMATS
from optimizer.registry import discover

discover(__name__, __path__)

__all__ = ["DATA_FORMATS"]
