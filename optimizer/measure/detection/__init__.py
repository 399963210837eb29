"""measure/detection/: boxes and scores out of a detector's outputs, and which boxes they find."""
