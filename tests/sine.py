"""tests: a model with an operator that TensorFlow Lite has in float only."""

from typing import Any


def build(side: int, classes: int) -> Any:
    """A Keras 3 model for images side×side×3 in 0..1 that takes a sine on the way."""
    import keras

    keras.utils.set_random_seed(3)
    inputs = keras.Input((side, side, 3), name="image")
    x = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
    x = keras.layers.Flatten()(keras.ops.sin(x))
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="sine")
