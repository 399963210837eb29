"""tests of export/: three small networks that are no pictures of classes, with their data.

A price from a table's row; two heads on two inputs; and a class for each pixel of a picture.
"""

from pathlib import Path
from typing import Any

import numpy as np

from optimizer.data.data_options import DataOptions

COUNT = 120
Made = tuple[Any, Path, DataOptions]
"""The model, the file of the data, and how it is read."""


def table(folder: Path) -> Made:
    """A price of three columns of different sizes."""
    import keras

    rng = np.random.default_rng(2)
    x = rng.normal([10, 2000, -3], [2, 500, 0.1], (COUNT, 3))
    y = (x - x.mean(0)) / x.std(0) @ [1.0, 2.0, -1.0] + rng.normal(0, 0.1, COUNT)
    model = keras.Sequential([keras.Input((3,), name="columns"), keras.layers.Dense(1)])
    model.set_weights([np.array([[1.0], [2.0], [-1.0]]), np.zeros(1)])
    np.savetxt(
        folder / "data.csv", np.column_stack([x, y]), "%.9g", ",", header="a,b,c,price", comments=""
    )
    return model, folder / "data.csv", DataOptions(label="price", scaling="standardize")


def two_heads(folder: Path) -> Made:
    """Two inputs; a class of the one, and the sum of the other."""
    import keras

    rng = np.random.default_rng(3)
    left, right = keras.Input((4,), name="left"), keras.Input((3,), name="right")
    kind = keras.layers.Dense(4, activation="softmax", name="kind")
    total = keras.layers.Dense(1, name="total")
    model = keras.Model([left, right], [kind(left), total(right)])
    kind.set_weights([np.eye(4), np.zeros(4)])
    total.set_weights([np.ones((3, 1)), np.zeros(1)])
    a, b = (rng.normal(size=(COUNT, size)).astype(np.float32) for size in (4, 3))
    np.savez(folder / "data.npz", left=a, right=b, kind=a.argmax(1), total=b.sum(1))
    return model, folder / "data.npz", DataOptions(assume=True)


def pixels(folder: Path) -> Made:
    """The brightest colour of each pixel."""
    import keras

    rng = np.random.default_rng(4)
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1, activation="softmax", use_bias=False)]
    )
    model.set_weights([10 * np.eye(3).reshape(1, 1, 3, 3)])
    x = rng.integers(0, 256, (COUNT, 8, 8, 3)).astype(np.uint8)
    np.savez(folder / "data.npz", x=x, y=x.argmax(-1))
    return model, folder / "data.npz", DataOptions(assume=True)
