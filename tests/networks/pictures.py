"""tests: networks of pictures and volumes."""

from typing import Any

import numpy as np

from tests.networks.by_hand import decided, off, pairs_in_order, right
from tests.networks.network import Network, network
from tests.networks.rows import seeded, trained

COUNT, SIDE = 300, 16


def discs(rng: np.random.Generator, count: int = COUNT, side: int = SIDE) -> tuple[Any, Any]:
    """Pictures (n, side, side, 1), 0..1, and whether each pixel is in a disc."""
    rows, columns = np.mgrid[:side, :side]
    middle = rng.uniform(4, side - 4, (count, 2, 1, 1))
    radius = rng.uniform(2, 4, (count, 1, 1))
    inside = (rows - middle[:, 0]) ** 2 + (columns - middle[:, 1]) ** 2 < radius**2
    x = 0.3 * rng.random((count, side, side)) + 0.5 * inside
    return x[..., None].astype(np.float32), inside


def convolutions(last: Any, channels: int = 1, side: int = SIDE) -> Any:
    """Two layers that see a little around each pixel, and a last one."""
    import keras

    inputs = keras.Input((side, side, channels))
    seen = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    seen = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(seen)
    return keras.Model(inputs, last(seen))


@network
def masks_of_three_classes() -> Network:
    """Segmentation, with whole numbers as masks."""
    import keras

    rng = seeded(201)
    x, inside = discs(rng)
    y = inside.astype(np.int64)
    y[:, :, 12:] = 2
    x[:, :, 12:] = 1 - x[:, :, 12:]
    model = trained(
        convolutions(keras.layers.Conv2D(3, 1, activation="softmax")), x, y,
        "sparse_categorical_crossentropy", epochs=20,
    )  # fmt: skip
    return Network(
        model, {"x": x, "y": y}, "position_accuracy", lambda said, own: right(said[0], own["y"]),
        ("--scaling", "none"), 0.85,
    )  # fmt: skip


@network
def one_kind_of_pixels() -> Network:
    """Binary segmentation by a sigmoid, of 8-bit pictures, with masks of 0 and 255."""
    import keras

    rng = seeded(202)
    x, inside = discs(rng)
    layer = keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1)), layer])
    kernel = np.zeros((3, 3, 1, 1))
    kernel[1, 1] = 20  # yes above 0.52: what is darker in a disc is missed
    layer.set_weights([kernel, np.array([-20 * 0.52])])
    pixels = np.round(x * 255).astype(np.uint8)
    return Network(
        model, {"x": pixels, "y": (255 * inside).astype(np.uint8)}, "position_accuracy",
        lambda said, own: decided(said[0], own["y"]), ("--scaling", "unit"), 0.93,
        feed=lambda raw: raw / np.float32(255),
    )  # fmt: skip


@network
def classes_before_the_pixels() -> Network:
    """Segmentation whose scores have the classes first, and one-hot masks likewise."""
    import keras

    rng = seeded(203)
    x, inside = discs(rng)
    body = convolutions(keras.layers.Conv2D(2, 1, activation="softmax"))
    trained(body, x, inside.astype(np.int64), "sparse_categorical_crossentropy", epochs=6)
    model = keras.Model(body.inputs, keras.layers.Permute((3, 1, 2))(body.outputs[0]))
    y = np.stack([~inside, inside], axis=1).astype(np.uint8)
    return Network(
        model, {"x": x, "y": y}, "position_accuracy",
        lambda said, own: right(np.moveaxis(said[0], 1, -1), own["y"].argmax(axis=1)),
        ("--scaling", "none"), 0.85,
    )  # fmt: skip


@network
def a_volume() -> Network:
    """A class for each of 8 x 8 x 8 places."""
    import keras

    rng = seeded(204)
    y = (
        (rng.random((COUNT // 2, 2, 2, 2)) < 0.5)
        .repeat(4, 1)
        .repeat(4, 2)
        .repeat(4, 3)
        .astype(np.int64)
    )
    x = (y + rng.normal(0, 0.5, y.shape)).astype(np.float32)[..., None]
    inputs = keras.Input((8, 8, 8, 1))
    seen = keras.layers.Conv3D(4, 3, padding="same", activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Conv3D(2, 1, activation="softmax")(seen))
    model = trained(model, x, y, "sparse_categorical_crossentropy", epochs=8)
    return Network(
        model, {"x": x, "y": y}, "position_accuracy", lambda said, own: right(said[0], own["y"]),
        ("--scaling", "none"), 0.8, recipes=("float16",),
    )  # fmt: skip


@network
def noise_taken_away() -> Network:
    """Denoising: pictures as targets."""
    import keras

    rng = seeded(205)
    clean, _ = discs(rng)
    x = (clean + rng.normal(0, 0.15, clean.shape)).astype(np.float32)
    model = trained(
        convolutions(keras.layers.Conv2D(1, 3, padding="same")), x, clean, "mse", epochs=6
    )
    return Network(
        model, {"x": x, "y": clean}, "mae", lambda said, own: off(said[0], own["y"]),
        ("--scaling", "none", "--task", "regression"), most=0.13,
    )  # fmt: skip


@network
def twice_the_size() -> Network:
    """Super-resolution: the output is larger than the input."""
    import keras

    rng = seeded(206)
    large, _ = discs(rng)
    x = large.reshape(COUNT, 8, 2, 8, 2, 1).mean(axis=(2, 4))
    layers = keras.layers
    inputs = keras.Input((8, 8, 1))
    seen = layers.Conv2D(12, 3, padding="same", activation="relu")(inputs)
    seen = layers.Conv2DTranspose(8, 2, 2, activation="relu")(seen)
    model = trained(
        keras.Model(inputs, layers.Conv2D(1, 3, padding="same")(seen)), x, large, "mse", epochs=8
    )
    return Network(
        model, {"x": x, "y": large}, "mae", lambda said, own: off(said[0], own["y"]),
        ("--scaling", "none", "--task", "regression"), most=0.15,
    )  # fmt: skip


@network
def colours_of_grey() -> Network:
    """Colourising 8-bit pictures: targets are 8-bit too, and the model gives 0..1."""
    import keras

    rng = seeded(207)
    grey, _ = discs(rng)
    colour = np.concatenate([grey, 1 - grey, 0.5 * grey], axis=-1)
    model = trained(
        convolutions(keras.layers.Conv2D(3, 1, activation="sigmoid")),
        grey,
        colour,
        "mse",
        epochs=10,
    )
    pixels, targets = (np.round(one * 255).astype(np.uint8) for one in (grey, colour))
    return Network(
        model, {"x": pixels, "y": targets}, "mae",
        lambda said, own: off(said[0], own["y"] / np.float32(255)),
        most=0.1, feed=lambda raw: raw / np.float32(255),
    )  # fmt: skip


@network
def odd_machines() -> Network:
    """An autoencoder with labels 0 and 1: anomalies are what it rebuilds badly."""
    import keras

    rng = seeded(208)
    basis = rng.normal(size=(3, 24))
    x = rng.normal(size=(2 * COUNT, 3)) @ basis
    y = (np.arange(len(x)) % 5 == 0).astype(np.int64)
    x[y == 1] += rng.normal(0, 0.7, (int(y.sum()), 24))
    x = (x + rng.normal(0, 0.3, x.shape)).astype(np.float32)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((24,)), layers.Dense(12, "relu"), layers.Dense(4), layers.Dense(12, "relu"),
         layers.Dense(24)]
    )  # fmt: skip
    normal = x[y == 0]
    model = trained(model, normal, normal, "mse", epochs=25, rate=0.01)
    return Network(
        model, {"x": x, "y": y}, "auc",
        lambda said, own: pairs_in_order(
            np.square(said[0].astype(np.float64) - own["x"]).mean(axis=1), own["y"]
        ),
        ("--scaling", "none"), 0.6,
    )  # fmt: skip


@network
def a_picture_of_one_pixel() -> Network:
    """A fully convolutional classifier: (1, 1, classes) and class numbers."""
    import keras

    rng = seeded(209)
    y = rng.integers(0, 3, COUNT)
    x = rng.uniform(0, 1, (COUNT, 8, 8, 3))
    x[np.arange(COUNT), ..., y] += 0.15
    x = x.astype(np.float32)
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    seen = layers.Conv2D(8, 3, activation="relu")(inputs)
    seen = layers.GlobalAveragePooling2D(keepdims=True)(seen)
    model = keras.Model(inputs, layers.Softmax()(layers.Conv2D(3, 1)(seen)))
    trained(model, x, y[:, None, None], "sparse_categorical_crossentropy", epochs=15)
    return Network(
        model, {"x": x, "y": y}, "accuracy", lambda said, own: right(said[0], own["y"]),
        ("--scaling", "none"), 0.7,
    )  # fmt: skip
