"""techniques/training/: layers that came frozen. Workers only: it imports TensorFlow.

One rule for all techniques: a step that changes a layer's weights trains it too, or leaves it as it
is (`TrainingTime.train_frozen`). BatchNormalization that came frozen stays so: its statistics are
those of more data than are here.
"""

from collections.abc import Collection
from typing import Any

import tf_keras


def thaw(model: Any) -> frozenset[str]:
    """Lets all layers be trained but for BatchNormalization that is frozen, in place.

    Args:
        model: A plain tf_keras model, just rebuilt.

    Returns:
        Names of the layers that were frozen.
    """
    came = frozenset(x.name for x in model.layers if x.weights and not x.trainable_weights)
    for layer in model.layers:
        if layer.name in came:
            inside = [x for x in layer._flatten_layers() if _normalizes(x)]
            layer.trainable = True  # of all that is in it as well
            for norm in inside:
                norm.trainable = False
    return came


def _normalizes(layer: Any) -> bool:
    return isinstance(layer, tf_keras.layers.BatchNormalization)


def freeze(model: Any, names: Collection[str]) -> None:
    """Has these layers stay as they are while a model is trained, in place."""
    for layer in model.layers:
        if layer.name in names:
            layer.trainable = False
