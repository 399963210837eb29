"""tests of models/: what the bridge refuses, and that it says which layer and why."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from optimizer.errors import ModelError
from optimizer.models.bridge.agreement import check_agreement
from optimizer.models.bridge.replay import to_tf_keras
from tests.models import bridge_models
from tests.models.bridge_models import image, perturb, random_inputs
from tests.refused import refused

ADVICE = "Techniques that only convert work with this model."


class Twice(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return 2 * inputs


class Subclassed(keras.Model):
    def call(self, inputs: Any) -> Any:
        return 2 * inputs


def with_layer(layer: Any) -> Any:
    inputs = image(keras, 4)
    return keras.Model(inputs, layer(inputs))


def quantized() -> Any:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="head")])
    model.quantize("int8")
    return model


def low_rank() -> Any:
    model = with_layer(keras.layers.Dense(3, name="head"))
    model.layers[-1].enable_lora(2)
    return model


def stateful() -> Any:
    inputs = keras.Input((5, 3), batch_size=2)
    return keras.Model(inputs, keras.layers.LSTM(3, stateful=True, name="memory")(inputs))


def in_each_frame() -> Any:
    inner = keras.Sequential([keras.Input((4,)), Twice(name="twice")])
    inputs = keras.Input((3, 4))
    return keras.Model(inputs, keras.layers.TimeDistributed(inner, name="each")(inputs))


UNSUPPORTED: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "layer that Keras 2 lacks": (
        lambda: with_layer(keras.layers.RMSNormalization(name="norm")),
        ("“norm” (RMSNormalization)", "Keras 2 has no RMSNormalization."),
    ),
    "layer of the user's own": (
        lambda: with_layer(Twice(name="twice")),
        ("“twice” (Twice)", "Keras 2 has no Twice."),
    ),
    "layer inside a wrapper": (in_each_frame, ("“each” (TimeDistributed)", "“twice” (Twice)")),
    "argument that Keras 2 lacks": (
        lambda: with_layer(keras.layers.Resizing(4, 4, antialias=True, name="small")),
        ("“small” (Resizing)", "has no “antialias”, which is True here"),
    ),
    "activation": (
        lambda: with_layer(keras.layers.Dense(3, activation=keras.ops.arctan, name="head")),
        ("“head” (Dense)", "its activation", "arctan", "Known are: celu, elu, "),
    ),
    "layer as an activation": (
        lambda: with_layer(keras.layers.Dense(3, activation=keras.layers.ReLU(), name="head")),
        ("“head” (Dense)", "its activation “ReLU”"),
    ),
    "state": (stateful, ("“memory” (LSTM)", "goes on from call to call", "stateful=False")),
    "operation": (
        lambda: with_layer(keras.ops.sinh),
        ("(Sinh)", "keras.ops.sinh is not among the operations that can be carried over."),
    ),
    "operation that fails on real data": (
        lambda: with_layer(keras.ops.norm),
        ("“norm” (Norm)", "Invalid axis values"),
    ),
    "quantized layer": (quantized, ("“head” (Dense)", "quantized already")),
    "adapted layer": (low_rank, ("“head” (Dense)", "lora_rank")),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_keras_2_cannot_do_is_refused_by_name(name: str) -> None:
    build, parts = UNSUPPORTED[name]
    model = build()
    with refused(ModelError, "cannot be carried over to Keras 2", *parts, ADVICE):
        to_tf_keras(model)


def test_a_model_without_a_graph_is_refused() -> None:
    with refused(ModelError, "“own” (Subclassed)", "no graph of layers", "functional API"):
        to_tf_keras(Subclassed(name="own"))
    with refused(ModelError, "“inner” (Subclassed)", "functional API"):
        to_tf_keras(with_layer(Subclassed(name="inner")))


def test_an_unknown_tensorflow_function_is_refused_by_name() -> None:
    inputs = image(tf_keras, 4)
    model = tf_keras.Model(inputs, tf.bitwise.invert(tf.cast(inputs, "int32")))
    with refused(ModelError, "(TFOpLambda)", "tf.bitwise.invert is not among the operations"):
        to_tf_keras(model)


def differs(model: Any, twin: Any, *parts: str) -> None:
    with refused(ModelError, "does not compute the same", *parts, "those that only convert can"):
        check_agreement(model, twin, random_inputs(model))


@pytest.mark.parametrize("library", [keras, tf_keras], ids=lambda library: library.__name__)
def test_a_wrong_weight_is_found_where_it_is(library: Any) -> None:
    model = bridge_models.plain(library)
    perturb(model)
    twin = to_tf_keras(model)
    check_agreement(model, twin, random_inputs(model))
    kernel, bias = twin.get_layer(index=7).get_weights()
    twin.get_layer(index=7).set_weights([kernel * 1.001, bias])
    differs(model, twin, f"“{twin.layers[7].name}”", "0.0001 are allowed")


def test_a_wrong_weight_is_found_in_a_nested_model() -> None:
    model = bridge_models.nested(keras)
    perturb(model)
    twin = to_tf_keras(model)
    layer = twin.get_layer("middle_innermost_dense")
    layer.set_weights([weight + 0.01 for weight in layer.get_weights()])
    differs(model, twin, "“middle_innermost_dense”")


def test_a_wrong_activation_is_found_where_it_is() -> None:
    """The hard sigmoid of Keras 2 has another slope."""
    inputs = keras.Input((6,))
    x = keras.layers.Dense(6, activation="hard_sigmoid", name="gate")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    perturb(model)
    twin = to_tf_keras(model)
    twin.get_layer("gate").activation = tf_keras.activations.hard_sigmoid
    differs(model, twin, "“gate”")


def test_a_layer_that_does_otherwise_in_keras_2_is_found() -> None:
    """In inference, RandomCrop of Keras 3 (3.15) hands images on uncropped."""
    model = with_layer(keras.layers.RandomCrop(4, 4, name="crop"))
    differs(model, to_tf_keras(model), "“crop”")


def test_outputs_that_hardly_vary_may_round_differently() -> None:
    """A saturated classifier says 1 for all samples, to the last bits."""
    model = bridge_models.plain(keras)
    perturb(model)
    head = model.layers[-1]
    kernel, bias = head.get_weights()
    head.set_weights([kernel * 0.0, np.asarray([30, 0, 0, 0], np.float32)])
    twin = to_tf_keras(model)
    twin.layers[-1].set_weights([kernel * 1e-9, bias * 0 + [30, 0, 0, 0]])
    check_agreement(model, twin, random_inputs(model))
