"""tests: autoencoders whose errors are known without training, and data with anomalies."""

from pathlib import Path
from typing import Any

import numpy as np

COLUMNS, KEPT = 8, 4
SIDE = 16


def projection(path: Path) -> Path:
    """Keeps the first columns of a sample and gives 0 for the others, compiled with mse."""
    import keras

    inputs = keras.Input((COLUMNS,), name="features")
    layer = keras.layers.Dense(COLUMNS, name="rebuilt")
    model = keras.Model(inputs, layer(inputs))
    kernel = np.diag([1.0] * KEPT + [0.0] * (COLUMNS - KEPT))
    layer.set_weights([kernel, np.zeros(COLUMNS)])
    model.compile("adam", "mse")
    model.save(path)
    return path


def vectors(count: int = 400, every: int = 5, seed: int = 3) -> tuple[Any, Any]:
    """Samples whose last columns are small, and every fifth an anomaly where they are larger."""
    rng = np.random.default_rng(seed)
    odd = (np.arange(count) % every == every - 1).astype(np.int64)
    x = rng.normal(size=(count, COLUMNS))
    x[:, KEPT:] *= np.where(odd, 0.35, 0.15)[:, None]
    return x.astype(np.float32), odd


def errors(x: Any) -> Any:
    """What the projection misses of each sample, in float64."""
    return np.square(x[:, KEPT:].astype(np.float64)).sum(axis=1) / COLUMNS


def blur(path: Path) -> Path:
    """Gives pictures back at half the resolution: what changes from pixel to pixel is lost."""
    import keras

    inputs = keras.Input((SIDE, SIDE, 1), name="picture")
    layer = keras.layers.Conv2D(1, 1, name="through")
    x = layer(keras.layers.AveragePooling2D(2)(inputs))
    model = keras.Model(inputs, keras.layers.UpSampling2D(2)(x))
    layer.set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    model.compile("adam", "mse")
    model.save(path)
    return path


def pictures(count: int = 200, every: int = 4, seed: int = 6) -> tuple[Any, Any]:
    """Pictures of 8 bits: smooth ones, and every fourth with a scratch."""
    rng = np.random.default_rng(seed)
    odd = (np.arange(count) % every == every - 1).astype(np.int64)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    slopes = rng.uniform(-4, 4, (2, count, 1, 1))
    x = 120 + slopes[0] * (rows - 8) + slopes[1] * (columns - 8) + rng.normal(0, 2, (count, 1, 1))
    x += rng.normal(0, 4, x.shape)
    scratch = np.where((rows + columns) % 2, 1, -1) * (np.abs(rows - columns) < 3)
    x += odd[:, None, None] * rng.uniform(4, 30, (count, 1, 1)) * scratch
    return x.clip(0, 255).astype(np.uint8)[..., None], odd
