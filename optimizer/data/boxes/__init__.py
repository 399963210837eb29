"""data/boxes/: labels that are boxes with classes, and how a model's outputs are read as such."""
