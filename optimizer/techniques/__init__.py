"""techniques/: what can be done to a model, one file each. `registry.TECHNIQUES` has them all."""

from optimizer.registry import discover

discover(__name__, __path__)
