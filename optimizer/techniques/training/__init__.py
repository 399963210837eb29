"""techniques/training/: what is done to a model by training it further."""
