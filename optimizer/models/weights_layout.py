"""models/: tells the two layouts of a Keras file of weights apart."""

from pathlib import Path

import h5py


def weights_suffix(weights: Path) -> str:
    """The suffix by which Keras tells its two layouts of weights apart."""
    with h5py.File(weights, "r") as file:
        return ".h5" if "layer_names" in file.attrs else ".weights.h5"
