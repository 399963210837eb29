"""benchmarks/: small tasks besides the sample's pictures: a table and sequences, made by a rule."""

from pathlib import Path
from typing import Any

import numpy as np

ROWS, CLASSES = 6000, 6


def table(folder: Path) -> tuple[Path, Path]:
    """Twenty numbers whose class is that of a network of random weights; three dense layers."""
    import keras  # noqa: PLC0415 (takes seconds)

    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 20)).astype(np.float32)
    hidden = np.tanh(x @ rng.normal(size=(20, 24)) * 0.6)
    y = (hidden @ rng.normal(size=(24, CLASSES))).argmax(axis=1)
    layers = [keras.layers.Dense(128, "relu"), keras.layers.Dense(128, "relu")]
    return _saved(folder / "table", x, y, layers)


def sequences(folder: Path) -> tuple[Path, Path]:
    """Three waves in noise; the class is the frequency of the loudest; convolutions along time."""
    import keras  # noqa: PLC0415 (takes seconds)

    rng = np.random.default_rng(1)
    time = np.arange(64)[None, :, None]
    y = rng.integers(0, CLASSES, ROWS)
    loud = np.sin(time * (0.15 + 0.11 * y[:, None, None]) + rng.uniform(0, 6.3, (ROWS, 1, 3)))
    other = np.sin(time * rng.uniform(0.1, 0.9, (ROWS, 1, 3)) + rng.uniform(0, 6.3, (ROWS, 1, 3)))
    x = (loud + 0.7 * other + rng.normal(0, 1.2, (ROWS, 64, 3))).astype(np.float32)
    layers = [
        layer
        for width in (32, 64, 64)
        for layer in (
            keras.layers.Conv1D(width, 5, padding="same", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        )
    ]
    return _saved(folder / "sequences", x, y, [*layers, keras.layers.GlobalAveragePooling1D()])


def _saved(folder: Path, x: Any, y: Any, layers: list[Any]) -> tuple[Path, Path]:
    """The files of a network that was trained on half of the data, and of all of these."""
    import keras  # noqa: PLC0415 (takes seconds)

    keras.utils.set_random_seed(0)
    end = keras.layers.Dense(CLASSES, "softmax")
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers, end])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[: ROWS // 2], y[: ROWS // 2], epochs=12, batch_size=32, verbose=0)
    folder.mkdir()
    model.save(folder / "model.keras")
    np.savez(folder / "data.npz", x=x, y=y)
    return folder / "model.keras", folder / "data.npz"
