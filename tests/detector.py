"""tests: a detector whose boxes stand in its picture, so that everybody knows what it finds.

Each of 16 cells has four numbers in a picture of 4 x 4 x 4: scores of two classes, a width and a
height. One dense layer brings them into rows of six: middle, size, scores.
"""

from pathlib import Path
from typing import Any

import numpy as np

SIDE, CELLS = 4, 16
NAMES = ("cat", "dog")


def weights() -> tuple[np.ndarray, np.ndarray]:
    """Kernel (64, 96) and bias (96,) of the layer; middles are where the cells are."""
    kernel, bias = np.zeros((CELLS * 4, CELLS * 6)), np.zeros(CELLS * 6)
    for cell in range(CELLS):
        row, column = divmod(cell, SIDE)
        bias[6 * cell : 6 * cell + 2] = (column + 0.5) / SIDE, (row + 0.5) / SIDE
        for given, place in ((0, 4), (1, 5), (2, 2), (3, 3)):
            kernel[4 * cell + given, 6 * cell + place] = 1
    return kernel, bias


def save_detector(file: Path) -> Path:
    """Writes it as a `.keras`."""
    import keras

    picture = keras.Input((SIDE, SIDE, 4), name="picture")
    rows = keras.layers.Dense(CELLS * 6)(keras.layers.Flatten()(picture))
    model = keras.Model(picture, keras.layers.Reshape((CELLS, 6), name="rows")(rows))
    model.layers[2].set_weights([*map(np.float32, weights())])
    model.save(file)
    return file


def scenes(count: int, seed: int = 0) -> dict[str, Any]:
    """Pictures with the boxes that are in them, of which the detector misses or doubts some."""
    rng = np.random.default_rng(seed)
    x = np.zeros((count, SIDE, SIDE, 4), np.float32)
    boxes, classes = np.zeros((count, 3, 4), np.float32), np.full((count, 3), -1)
    for at in range(count):
        x[at, ..., :2] = rng.random((SIDE, SIDE, 2)) * 0.1
        for place, cell in enumerate(rng.choice(CELLS, rng.integers(1, 4), replace=False)):
            row, column = divmod(int(cell), SIDE)
            kind, (wide, high) = int(rng.integers(2)), rng.uniform(0.15, 0.25, 2)
            middle = np.array([(column + 0.5) / SIDE, (row + 0.5) / SIDE])
            size = np.array([wide, high])
            boxes[at, place] = (*(middle - size / 2), *(middle + size / 2))
            classes[at, place] = kind
            seen = kind if rng.random() < 0.95 else 1 - kind
            # A fifth stands where a file shows it or just not.
            sure = rng.uniform(0.245, 0.255) if rng.random() < 0.2 else rng.uniform(0.3, 1)
            x[at, row, column, seen] = sure
            x[at, row, column, 2:] = size * rng.uniform(0.8, 1.2, 2)
    return {"x": x, "boxes": boxes, "classes": classes, "class_names": np.array(NAMES)}
