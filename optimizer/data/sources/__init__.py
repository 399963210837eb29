"""data/sources/: the forms in which data come, one a file."""
