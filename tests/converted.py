"""tests: small models, converted once, and samples for them."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.once import Once
from tests.samples import ArraySamples

KINDS = ("float32", "float16", "dynamic", "int8", "int16x8")


@pytest.fixture(scope="session")
def images() -> ArraySamples:
    """150 images of 12x12x3 in 0..1."""
    return ArraySamples((np.random.default_rng(1).random((150, 12, 12, 3), np.float32),))


@pytest.fixture(scope="session")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Converts a Keras model to a file: convert(model, kind="float32", data=None, **attributes)."""
    import tensorflow as tf

    folder, numbers = tmp_path_factory.mktemp("converted"), count()

    def make(model: Any, kind: str = "float32", data: Any = None, **attributes: Any) -> Path:
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if kind != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind in ("int8", "int16x8"):
            converter.representative_dataset = lambda: ([row[None]] for row in data[:30])
        if kind == "int8":
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = tf.uint8
            converter.inference_output_type = tf.int8
        if kind == "int16x8":
            converter.target_spec.supported_ops = [
                tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
            ]
            converter.inference_input_type = tf.int16
        if kind == "flex":
            converter.optimizations = []
            converter.target_spec.supported_ops = [
                tf.lite.OpsSet.TFLITE_BUILTINS,
                tf.lite.OpsSet.SELECT_TF_OPS,
            ]
        for name, value in attributes.items():
            setattr(converter, name, value)
        file = folder / f"{next(numbers)}_{kind}.tflite"
        file.write_bytes(converter.convert())
        return file

    return make


@pytest.fixture(scope="session")
def cnn() -> Any:
    """A CNN with a dense layer of 64 x 64, large enough to get dynamic-range weights."""
    import keras

    keras.utils.set_random_seed(3)
    inputs = keras.Input((12, 12, 3))
    x = keras.layers.Conv2D(8, 3, activation="relu")(inputs)
    x = keras.layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(64, 1, strides=2, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(64, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))


@pytest.fixture(scope="session")
def variants(
    once: Once, cnn: Any, images: ArraySamples, convert: Callable[..., Path]
) -> dict[str, Path]:
    """The CNN in each of KINDS; int8 has uint8 inputs and int8 outputs, int16x8 int16 inputs."""

    def fill(folder: Path) -> None:
        for kind in KINDS:
            convert(cnn, kind, images.arrays[0]).rename(folder / f"{kind}.tflite")

    folder = once("variants", fill)
    return {kind: folder / f"{kind}.tflite" for kind in KINDS}


@pytest.fixture(scope="session")
def flex_file(convert: Callable[..., Path]) -> Path:
    """A file that needs an operator of TensorFlow: it inverts matrices of 3x3."""
    import keras
    import tensorflow as tf

    class Inverse(keras.layers.Layer):
        def call(self, matrices: Any) -> Any:
            return tf.linalg.inv(matrices)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

    inputs = keras.Input((3, 3))
    return convert(keras.Model(inputs, Inverse()(inputs)), "flex")
