"""tests: a model of two heads of three classes and a number, whose answers are known."""

from pathlib import Path
from typing import Any

import numpy as np

FEATURES = 8
WRONG = 10
"""Every tenth label of a colour is another one."""


def two_heads(path: Path, *, compiled: bool = False) -> Path:
    """`shape` tells the largest of three features, `colour` of the next three; `size` is one."""
    import keras

    inputs = keras.Input((FEATURES,), name="features")
    heads = [
        keras.layers.Dense(units, activation, name=name)
        for name, units, activation in (
            ("shape", 3, "softmax"), ("colour", 3, "softmax"), ("size", 1, None)
        )
    ]  # fmt: skip
    model = keras.Model(inputs, [head(inputs) for head in heads])
    kernel = np.eye(FEATURES)
    for head, columns in zip(heads, (slice(0, 3), slice(3, 6), slice(6, 7)), strict=True):
        head.set_weights([kernel[:, columns], np.zeros(kernel[:, columns].shape[1])])
    if compiled:
        model.compile("adam", ["sparse_categorical_crossentropy"] * 2 + ["mae"])
    model.save(path)
    return path


def samples(count: int = 400, seed: int = 5) -> tuple[Any, Any, Any]:
    """Features, and the classes of shape and colour; of the colours every tenth is wrong."""
    x = np.random.default_rng(seed).normal(size=(count, FEATURES)).astype(np.float32)
    shape, colour = x[:, :3].argmax(axis=1), x[:, 3:6].argmax(axis=1)
    wrong = np.arange(count) % WRONG == 0
    return x, shape, np.where(wrong, (colour + 1) % 3, colour)


def sizes(x: Any) -> Any:
    """What `size` should say: the feature, and an error that is known."""
    return (x[:, 6] + np.resize([0.0, 0.5, -1.0], len(x))).astype(np.float32)
