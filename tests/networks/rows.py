"""tests: networks of tables, texts, sound and series."""

from typing import Any

import numpy as np

from tests.networks.by_hand import balanced, decided, off, right, signal_to_noise
from tests.networks.network import Network, network

COUNT = 400


def trained(model: Any, x: Any, y: Any, loss: str, epochs: int = 12, rate: float = 0.02) -> Any:
    """A little."""
    import keras

    model.compile(keras.optimizers.Adam(rate), loss)
    model.fit(x, y, epochs=epochs, batch_size=50, verbose=0)
    return model


def seeded(seed: int) -> np.random.Generator:
    """Weights and data that are the same each time."""
    import keras

    keras.utils.set_random_seed(seed)
    return np.random.default_rng(seed)


@network
def prices_of_a_table() -> Network:
    """Regression from columns of very different ranges, which the network brings to one."""
    import keras

    rng = seeded(101)
    x = np.stack(
        [rng.uniform(20, 200, COUNT), rng.integers(1, 6, COUNT), rng.uniform(0, 40, COUNT)], 1
    )
    y = 2.0 * x[:, 0] + 15 * x[:, 1] - x[:, 2] + rng.normal(0, 4, COUNT)
    norm = keras.layers.Normalization()
    norm.adapt(x)
    model = keras.Sequential(
        [keras.Input((3,)), norm, keras.layers.Dense(16, "relu"), keras.layers.Dense(1)]
    )
    model = trained(model, x, y, "mse", epochs=60, rate=0.2)
    return Network(
        model, {"x": x.astype(np.float32), "y": y.astype(np.float32)}, "mae",
        lambda said, own: off(said[0], own["y"]), ("--scaling", "none"), most=40,
    )  # fmt: skip


@network
def tags_of_a_document() -> Network:
    """Several labels, each yes or no."""
    import keras

    rng = seeded(102)
    x = rng.normal(size=(COUNT, 12)).astype(np.float32)
    y = (x[:, :4] + 0.3 * rng.normal(size=(COUNT, 4)) > 0.2).astype(np.int64)
    model = keras.Sequential(
        [keras.Input((12,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(4, "sigmoid")]
    )
    model = trained(model, x, y, "binary_crossentropy")
    return Network(
        model, {"x": x, "y": y}, "label_accuracy", lambda said, own: decided(said[0], own["y"]),
        ("--scaling", "none"), 0.8,
    )  # fmt: skip


@network
def a_rare_fault() -> Network:
    """Two classes, of which one has a twentieth of the samples."""
    import keras

    rng = seeded(103)
    y = (np.arange(2 * COUNT) % 20 == 0).astype(np.int64)
    x = (rng.normal(size=(len(y), 6)) + 1.8 * y[:, None]).astype(np.float32)
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(2, "softmax")]
    )
    model = trained(model, x, y, "sparse_categorical_crossentropy")
    return Network(
        model, {"x": x, "y": y}, "balanced_accuracy",
        lambda said, own: balanced(said[0], own["y"]), ("--scaling", "none"), 0.6,
    )  # fmt: skip


@network
def words_of_a_sentence() -> Network:
    """A text as word numbers, liked or not: embedding, mean, one sigmoid."""
    import keras

    rng = seeded(104)
    x = rng.integers(1, 300, (COUNT, 10)).astype(np.int32)
    y = ((x % 2).sum(axis=1) >= 5).astype(np.int64)
    inputs = keras.Input((10,), dtype="int32", name="words")
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(300, 8)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(mean))
    model = trained(model, x, y, "binary_crossentropy", epochs=25, rate=0.05)
    return Network(
        model, {"x": x, "y": y}, "accuracy", lambda said, own: decided(said[0], own["y"]),
        least=0.8,
    )  # fmt: skip


@network
def parts_of_speech() -> Network:
    """A tag for each word of a sequence."""
    import keras

    rng = seeded(105)
    x = rng.integers(0, 40, (COUNT, 9)).astype(np.int32)
    y = (x % 4).astype(np.int64)
    y[rng.random(y.shape) < 0.05] = 0
    inputs = keras.Input((9,), dtype="int32")
    known = keras.layers.Embedding(40, 8)(inputs)
    around = keras.layers.Conv1D(12, 3, padding="same", activation="relu")(known)
    model = keras.Model(inputs, keras.layers.Dense(4, "softmax")(around))
    model = trained(model, x, y, "sparse_categorical_crossentropy", epochs=15)
    return Network(
        model, {"x": x, "y": y}, "position_accuracy",
        lambda said, own: right(said[0], own["y"]), least=0.8,
    )  # fmt: skip


@network
def sounds() -> Network:
    """Audio by convolutions over time, four pitches."""
    import keras

    rng = seeded(106)
    y = rng.integers(0, 4, COUNT)
    time = np.arange(128)
    tone = np.sin(time * (0.2 + 0.25 * y[:, None]) + rng.uniform(0, 6, (COUNT, 1)))
    x = (0.5 * tone + 0.3 * rng.normal(size=tone.shape)).astype(np.float32)[..., None]
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((128, 1)), layers.Conv1D(8, 9, 2, activation="relu"),
         layers.Conv1D(12, 5, 2, activation="relu"), layers.GlobalMaxPooling1D(), layers.Dense(4)]
    )  # fmt: skip
    model.compile(
        keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.fit(x, y, epochs=12, batch_size=50, verbose=0)
    return Network(
        model, {"x": x, "y": y}, "accuracy", lambda said, own: right(said[0], own["y"]),
        ("--scaling", "none"), 0.7,
    )  # fmt: skip


@network
def gestures() -> Network:
    """A recurrent network over a series of three sensors, opened unrolled."""
    import keras

    rng = seeded(107)
    y = rng.integers(0, 3, COUNT)
    x = rng.normal(0, 0.6, (COUNT, 8, 3)).astype(np.float32)
    x[np.arange(COUNT), :, y] += 0.6
    model = keras.Sequential(
        [keras.Input((8, 3)), keras.layers.GRU(8), keras.layers.Dense(3, "softmax")]
    )
    model = trained(model, x, y, "sparse_categorical_crossentropy", epochs=8)
    return Network(
        model, {"x": x, "y": y}, "accuracy", lambda said, own: right(said[0], own["y"]),
        ("--scaling", "none", "--unroll"), 0.7,
    )  # fmt: skip


@network
def loads_of_tomorrow() -> Network:
    """A forecast of two channels, four steps ahead."""
    import keras

    rng = seeded(108)
    time = np.arange(24)[None, :, None] + rng.uniform(0, 24, (COUNT, 1, 1))
    series = 50 + np.array([20, 5]) * np.sin(2 * np.pi * time / 12 + np.array([0, 1]))
    series = (series + rng.normal(0, 0.5, series.shape)).astype(np.float32)
    x, y = series[:, :20], series[:, 20:]
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((20, 2)), layers.Rescaling(1 / 50, -1.0), layers.Flatten(),
         layers.Dense(24, "relu"), layers.Dense(8), layers.Rescaling(50.0, 50.0),
         layers.Reshape((4, 2))]
    )  # fmt: skip
    model = trained(model, x, y, "mae", epochs=60, rate=0.005)
    return Network(
        model, {"x": x, "y": y}, "mae", lambda said, own: off(said[0], own["y"]),
        ("--scaling", "none", "--task", "forecast", "--season", "12"), most=4,
    )  # fmt: skip


@network
def kind_and_weight() -> Network:
    """Two heads with labels of their own; the class is the headline."""
    import keras

    rng = seeded(109)
    x = rng.normal(size=(COUNT, 10)).astype(np.float32)
    kind, weight = x[:, :3].argmax(axis=1), (x[:, 3] * 2 + 7).astype(np.float32)
    inputs = keras.Input((10,), name="features")
    hidden = keras.layers.Dense(24, "relu")(inputs)
    heads = [
        keras.layers.Dense(1, name="a_weight")(hidden),
        keras.layers.Dense(3, "softmax", name="kind")(hidden),
    ]
    model = keras.Model(inputs, heads)
    losses = ["mse", "sparse_categorical_crossentropy"]
    model.compile(keras.optimizers.Adam(0.02), losses)
    model.fit(x, [weight, kind], epochs=12, batch_size=50, verbose=0)
    return Network(
        model, {"x": x, "y_kind": kind, "y_a_weight": weight}, "accuracy",
        lambda said, own: right(said[1], own["y_kind"]), ("--scaling", "none", "--output", "kind"),
        0.7,
    )  # fmt: skip


@network
def an_embedding() -> Network:
    """A vector for each sample and no labels: what counts is how near a file is to float32."""
    import keras

    rng = seeded(110)
    x = rng.normal(size=(COUNT, 16)).astype(np.float32)
    model = keras.Sequential(
        [keras.Input((16,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(24)]
    )
    return Network(
        model, {"x": x}, "snr", lambda said, own: signal_to_noise(own["float32"], said),
        ("--scaling", "none"),
    )  # fmt: skip


@network
def a_picture_and_a_row() -> Network:
    """Two inputs, one value."""
    import keras

    rng = seeded(111)
    photo = rng.uniform(0, 1, (COUNT, 6, 6, 1)).astype(np.float32)
    row = rng.normal(size=(COUNT, 3)).astype(np.float32)
    y = (4 * photo.mean(axis=(1, 2, 3)) + row[:, 0] + 0.1 * rng.normal(size=COUNT)).astype(
        np.float32
    )
    layers = keras.layers
    inputs = [keras.Input((6, 6, 1), name="photo"), keras.Input((3,), name="row")]
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(inputs[0]), inputs[1]])
    model = trained(
        keras.Model(inputs, layers.Dense(1)(layers.Dense(12, "relu")(joined))),
        [photo, row], y, "mse", epochs=30,
    )  # fmt: skip
    return Network(
        model, {"photo": photo, "row": row, "y": y}, "mae",
        lambda said, own: off(said[0], own["y"]),
        ("--scaling", "none"), most=0.8,
    )  # fmt: skip
