"""techniques/: what can be done to a model, one file each. `registry.TECHNIQUES` has them all."""
