"""models/bridge/: copies the weights of a layer. Workers only: imports TensorFlow."""

from typing import Any

import tf_keras

from optimizer.errors import ModelError
from optimizer.models.bridge.keras_graph import is_model


def copy_weights(layer: Any, twin: Any) -> None:
    """Sets the weights of `twin`, a built tf_keras layer, to those of `layer`.

    Raises:
        ModelError: they differ in number or shape.
    """
    if isinstance(twin, tf_keras.layers.Normalization) or is_model(getattr(layer, "layer", None)):
        return  # `make_twin` gave them their weights
    if type(layer).__name__ == "SpectralNormalization":
        layer = layer.layer
    weights = layer.get_weights()
    found, expected = ([tuple(w.shape) for w in group] for group in (weights, twin.weights))
    if found != expected:
        raise ModelError(f"its weights have the shapes {found}, where Keras 2 has {expected}.")
    twin.set_weights(weights)
