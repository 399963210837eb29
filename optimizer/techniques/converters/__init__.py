"""techniques/converters/: the two programs that make files, called. Workers only."""
