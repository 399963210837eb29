"""export/kits/: what leaves for one kind of target each: a zip that builds as it is."""

from optimizer.export.kits.kit import KITS
from optimizer.registry import discover

discover(__name__, __path__)

__all__ = ["KITS"]
