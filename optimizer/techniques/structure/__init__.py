"""techniques/structure/: what can be taken out of a network, and the smaller network after it."""
