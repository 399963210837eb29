"""tests of private parts of dependencies: the smallest models that have them."""

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"


@pytest.fixture(scope="package")
def keras_model() -> Any:
    """Keras 3: a convolution, a function between layers, and a Dense."""
    import keras

    image = keras.Input((4, 4, 1), name="image")
    x = keras.layers.Conv2D(4, 3, name="conv")(image)
    x = keras.ops.mean(x, axis=(1, 2))
    return keras.Model(image, keras.layers.Dense(3, name="dense")(x), name="small")


@pytest.fixture
def plain_model() -> Any:
    """Keras 2, anew for each test: what tfmot wraps layers of."""
    import tf_keras

    image = tf_keras.Input((4, 4, 1), name="image")
    x = tf_keras.layers.Conv2D(4, 3, name="conv")(image)
    x = tf_keras.layers.ReLU(name="relu")(x)
    x = tf_keras.layers.Flatten(name="flat")(x)
    return tf_keras.Model(image, tf_keras.layers.Dense(3, name="dense")(x), name="small")


@pytest.fixture(scope="package")
def exported(keras_model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Keras 3 model as a SavedModel."""
    folder = tmp_path_factory.mktemp("canaries") / "exported"
    keras_model.export(folder, verbose=False)
    return folder


@pytest.fixture(scope="package")
def tflite(exported: Path) -> Path:
    """The same as a float `.tflite`."""
    import tensorflow as tf

    file = exported.with_name("small.tflite")
    file.write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(exported)).convert())
    return file


@pytest.fixture(scope="package")
def with_tensorflow_operator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel of one operator that the builtins lack."""
    import tensorflow as tf

    module = tf.Module()
    module.serve = tf.function(
        tf.linalg.det, input_signature=[tf.TensorSpec((1, 2, 2), tf.float32)], autograph=False
    )
    folder = tmp_path_factory.mktemp("canaries") / "determinant"
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    return folder
