"""tests of tflite/: what an output ends in is told from the file alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.tflite.flatbuffer import open_flatbuffer
from optimizer.tflite.output_activations import output_activations

Convert = Callable[..., Path]


def ends(file: Path) -> tuple[str, ...]:
    return output_activations(open_flatbuffer(file))


def test_each_output_of_a_model_has_its_own(convert: Convert) -> None:
    import keras

    layers, inputs = keras.layers, keras.Input((6, 6, 2))
    flat = layers.Flatten()(inputs)
    ways = {
        "softmax": layers.Dense(3, "softmax")(flat),
        "softmax of pixels": layers.Softmax()(layers.Conv2D(3, 1)(inputs)),
        "reshaped softmax": layers.Reshape((3, 1))(layers.Dense(3, "softmax")(flat)),
        "sigmoid": layers.Conv2D(1, 1, activation="sigmoid")(inputs),
        "linear": layers.Dense(2)(flat),
        "scaled": layers.Rescaling(640.0, offset=2.0)(layers.Conv2D(2, 3)(inputs)),
        "transposed": layers.Permute((3, 1, 2))(layers.Conv2D(2, 3)(inputs)),
        "relu": layers.Dense(2, "relu")(flat),
        "tanh": layers.Dense(2, "tanh")(flat),
        "a scaled sigmoid": layers.Rescaling(10.0)(layers.Dense(2, "sigmoid")(flat)),
        "a sum of two": layers.Add()([layers.Dense(2)(flat), layers.Dense(2, "tanh")(flat)]),
        "a mean": layers.GlobalAveragePooling2D()(layers.Conv2D(2, 1)(inputs)),
    }
    told = dict(zip(ways, ends(convert(keras.Model(inputs, list(ways.values())))), strict=True))
    assert told == {
        "softmax": "softmax", "softmax of pixels": "softmax", "reshaped softmax": "softmax",
        "sigmoid": "sigmoid", "linear": "linear", "scaled": "linear", "transposed": "linear",
        "relu": "relu", "tanh": "tanh", "a scaled sigmoid": "", "a sum of two": "", "a mean": "",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["float16", "dynamic", "int8"])
def test_a_quantized_file_says_the_same(convert: Convert, kind: str) -> None:
    import keras

    inputs = keras.Input((8,))
    ways = [keras.layers.Dense(3, end)(inputs) for end in ("softmax", "sigmoid", None)]
    data: Any = np.random.default_rng(0).random((40, 8), np.float32)
    made = convert(keras.Model(inputs, ways), kind, data)
    assert ends(made) == ("softmax", "sigmoid", "linear")


def test_an_output_that_is_an_input_has_none(convert: Convert) -> None:
    import keras

    inputs = keras.Input((8,))
    assert ends(convert(keras.Model(inputs, keras.layers.Reshape((2, 4))(inputs)))) == ("",)
