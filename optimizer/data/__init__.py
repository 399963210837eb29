"""data/: what a model is judged with: read, scaled, and split into four disjoint roles."""
