"""store/: what is kept: the study's folder, its records and the keys of what is in it."""
