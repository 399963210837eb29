"""tests: detectors whose boxes stand in their pictures, with three kinds of heads."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.networks.by_hand import mean_average_precision
from tests.networks.network import Network, network
from tests.networks.rows import seeded

COUNT, CELLS, KINDS = 120, 6, 2


def scenes(rng: np.random.Generator) -> tuple[Any, dict[str, Any]]:
    """Planes (n, 6, 6, 4) of two scores, width and height in each cell, and the true boxes."""
    planes = np.zeros((COUNT, CELLS, CELLS, KINDS + 2), np.float32)
    boxes, classes = np.zeros((COUNT, 3, 4), np.float32), np.full((COUNT, 3), -1)
    for at in range(COUNT):
        planes[at, ..., :KINDS] = rng.uniform(0.002, 0.08, (CELLS, CELLS, KINDS))
        planes[at, ..., KINDS:] = 0.12
        spots = rng.choice(CELLS // 2 * (CELLS // 2), rng.integers(1, 4), replace=False)
        for place, spot in enumerate(spots):
            row, column = 2 * (int(spot) // (CELLS // 2)), 2 * (int(spot) % (CELLS // 2))
            kind, size = int(rng.integers(KINDS)), rng.uniform(0.1, 0.16, 2)
            middle = (np.array([column, row]) + 0.5) / CELLS
            boxes[at, place] = (*(middle - size / 2), *(middle + size / 2))
            classes[at, place] = kind
            seen = kind if rng.random() < 0.95 else 1 - kind
            planes[at, row, column, seen] = rng.uniform(0.3, 0.95)
            planes[at, row, column, KINDS:] = size * rng.uniform(0.85, 1.15, 2)
    return planes, {"boxes": boxes, "classes": classes}


def grid() -> Any:
    """Middles of the cells as shares, (36, 2): x, y."""
    rows, columns = np.mgrid[:CELLS, :CELLS]
    return (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) / CELLS


def picked(
    name: str, columns: list[int], gain: float = 1.0, shift: float = 0.0, end: Any = None
) -> Any:
    """A 1 x 1 convolution that takes single planes, times `gain`, plus `shift`."""
    import keras

    layer = keras.layers.Conv2D(len(columns), 1, activation=end, name=name)
    layer.build((None, CELLS, CELLS, KINDS + 2))
    kernel = np.zeros((1, 1, KINDS + 2, len(columns)), np.float32)
    for place, column in enumerate(columns):
        kernel[0, 0, column, place] = gain
    layer.set_weights([kernel, np.full(len(columns), shift, np.float32)])
    return layer


def boxed(read: Callable[[list[Any]], tuple[Any, Any]]) -> Callable[[list[Any], Any], float]:
    """mAP of boxes (middle, size) and scores that are read of outputs."""

    def by_hand(said: list[Any], own: Any) -> float:
        middles, scores = read(said)
        corners = np.concatenate(
            [middles[..., :2] - middles[..., 2:] / 2, middles[..., :2] + middles[..., 2:] / 2],
            axis=-1,
        )
        return mean_average_precision(np.clip(corners, 0, 1), scores, own)

    return by_hand


def sigmoid(values: Any) -> Any:
    return 1 / (1 + np.exp(-values.astype(np.float64)))


@network
def rows_of_yolo() -> Network:
    """Boxes as middle and size, with scores, in one output."""
    import keras

    x, labels = scenes(seeded(301))
    inputs = keras.Input((CELLS, CELLS, KINDS + 2), name="picture")
    layers = keras.layers
    size = layers.Reshape((-1, 2))(picked("sizes", [2, 3])(inputs))
    score = layers.Reshape((-1, KINDS))(picked("scores", [0, 1])(inputs))
    still = layers.Dense(2 * CELLS**2, name="middles")
    middle = layers.Reshape((-1, 2))(still(layers.Flatten()(inputs)))
    still.set_weights([np.zeros_like(still.get_weights()[0]), grid().ravel().astype(np.float32)])
    model = keras.Model(inputs, layers.Concatenate(name="rows")([middle, size, score]))

    def read(said: list[Any]) -> tuple[Any, Any]:
        return said[0][..., :4].astype(np.float64), said[0][..., 4:]

    return Network(
        model, {"x": x, **labels}, "map", boxed(read),
        ("--scaling", "none", "--head", "yolo(boxes=cxcywh, unit=unit, scores=given)"), 0.3, 0.95,
    )  # fmt: skip


@network
def anchors_of_ssd() -> Network:
    """Offsets from anchors, and logits, as two outputs."""
    import keras

    x, labels = scenes(seeded(302))
    anchors = np.concatenate([grid(), np.full((CELLS**2, 2), 0.12)], axis=1)
    # exp(t / 5) · 0.12 = size: near 0.12 t = 5 (size / 0.12 − 1) to the first order.
    layers = keras.layers
    inputs = keras.Input((CELLS, CELLS, KINDS + 2), name="picture")
    middle = layers.Reshape((-1, 2))(picked("middles", [2, 3], 0.0)(inputs))
    size = layers.Reshape((-1, 2))(picked("sizes", [2, 3], 5 / 0.12, -5.0)(inputs))
    offsets = layers.Concatenate(name="offsets")([middle, size])
    scores = layers.Reshape((-1, KINDS), name="scores")(picked("logits", [0, 1], 6.0, -3.0)(inputs))
    model = keras.Model(inputs, [offsets, scores])

    def read(said: list[Any]) -> tuple[Any, Any]:
        told = said[0].astype(np.float64)
        middles = told[..., :2] / 10 * anchors[:, 2:] + anchors[:, :2]
        sizes = np.exp(told[..., 2:] / 5) * anchors[:, 2:]
        return np.concatenate([middles, sizes], axis=-1), sigmoid(said[1])

    return Network(
        model, {"x": x, **labels, "anchors": anchors}, "map", boxed(read),
        ("--scaling", "none", "--head", "ssd(boxes=cxcywh, scores=sigmoid)"), 0.3, 0.95,
    )  # fmt: skip


@network
def heat_maps_of_centernet() -> Network:
    """A heat map for each class, and sizes."""
    import keras

    x, labels = scenes(seeded(303))
    inputs = keras.Input((CELLS, CELLS, KINDS + 2), name="picture")
    heat = picked("heat", [0, 1], 6.0, -3.0, "sigmoid")(inputs)
    size = picked("wh", [2, 3])(inputs)
    model = keras.Model(inputs, [heat, size])

    def read(said: list[Any]) -> tuple[Any, Any]:
        heat, size = said
        padded = np.pad(heat, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-1)
        around = [
            padded[:, 1 + down : 1 + down + CELLS, 1 + right : 1 + right + CELLS]
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
        ]
        peaks = np.where(heat >= np.max(around, axis=0), heat, 0)
        middles = np.broadcast_to(grid(), (len(heat), CELLS**2, 2))
        sizes = size.reshape(len(heat), -1, 2).astype(np.float64)
        return np.concatenate([middles, sizes], axis=-1), peaks.reshape(len(heat), -1, KINDS)

    return Network(
        model, {"x": x, **labels}, "map", boxed(read),
        ("--scaling", "none", "--head", "centernet(unit=unit, scores=given)"), 0.3, 0.95,
    )  # fmt: skip
