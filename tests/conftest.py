"""tests: small real models, each saved by the library that makes it, and images for them."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

SIDE, CLASSES = 8, 3


@pytest.fixture(scope="session")
def pixels() -> npt.NDArray[np.uint8]:
    """120 images of 8x8x3 in 0..255, each with a brightness of its own."""
    rng = np.random.default_rng(11)
    brightness = rng.uniform(0.1, 1.0, (120, 1, 1, 3))
    return (rng.uniform(0, 255, (120, SIDE, SIDE, 3)) * brightness).astype(np.uint8)


def _build(library: Any) -> Any:
    """What real mobile networks use, in small; weights large enough to be quantized."""
    library.utils.set_random_seed(7)
    layers = library.layers
    inputs = library.Input((SIDE, SIDE, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(512, activation="relu")(x)
    outputs = layers.Dense(CLASSES, activation="softmax", name="probabilities")(x)
    return library.Model(inputs, outputs, name="tiny")


@pytest.fixture(scope="session")
def tiny3(pixels: npt.NDArray[np.uint8]) -> Any:
    """A Keras 3 model for images in 0..1 that tells which colour of an image is the brightest."""
    import keras

    model = _build(keras)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(
        pixels / np.float32(255), pixels.mean((1, 2)).argmax(1), epochs=15, batch_size=20, verbose=0
    )
    return model


@pytest.fixture(scope="session")
def tiny2(tiny3: Any) -> Any:
    """The same in Keras 2 (tf_keras)."""
    import tf_keras

    model = _build(tf_keras)
    model.set_weights(tiny3.get_weights())
    return model


@pytest.fixture(scope="session")
def labels(tiny3: Any, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """What the model says about `pixels` in its own scale: its accuracy there is 1."""
    return np.asarray(np.argmax(tiny3.predict_on_batch(pixels / np.float32(255)), axis=1), np.int64)


def freeze(model: Any) -> Any:
    """A Keras 2 model as a frozen graph, as TensorFlow 1 made them: a GraphDef of constants."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    specs = [tf.TensorSpec(x.shape, x.dtype, name=x.name) for x in model.inputs]
    function = tf.function(model, input_signature=[specs if len(specs) > 1 else specs[0]])
    return convert_variables_to_constants_v2(function.get_concrete_function()).graph.as_graph_def()


@pytest.fixture(scope="session")
def model_files(
    tiny3: Any, tiny2: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The tiny model in every format that can be opened; SavedModels are folders."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("models")
    files = {
        "keras3": folder / "three.keras",
        "keras3_h5": folder / "three.h5",
        "keras2": folder / "two.keras",
        "keras2_h5": folder / "two.h5",
        "saved3": folder / "three",
        "saved2": folder / "two",
        "json3": folder / "three.zip",
        "json2": folder / "two.zip",
        "frozen": folder / "frozen.pb",
        "tflite": folder / "tiny.tflite",
    }
    tiny3.save(files["keras3"])
    tiny3.save(files["keras3_h5"])
    tiny2.save(files["keras2"])
    tiny2.save(files["keras2_h5"])
    tiny3.export(files["saved3"], verbose=False)
    tiny2.save(files["saved2"], save_format="tf")
    for name, model in (("json3", tiny3), ("json2", tiny2)):
        weights = folder / f"{name}.weights.h5"
        model.save_weights(str(weights))
        with zipfile.ZipFile(files[name], "w") as archive:
            archive.writestr("model.json", model.to_json())
            archive.write(weights, "model.weights.h5")
    files["frozen"].write_bytes(freeze(tiny2).SerializeToString())
    converter = tf.lite.TFLiteConverter.from_saved_model(str(files["saved3"]))
    files["tflite"].write_bytes(converter.convert())
    return files


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Saves a model under a suffix: saved(model, ".h5")."""

    def save(model: Any, suffix: str) -> Path:
        path = tmp_path / f"model{suffix}"
        model.save(str(path))
        return path

    return save
