"""tests of models/: the twin for training computes the same, is whole, and leaves the model be."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tf_keras

from optimizer.models.bridge.agreement import check_agreement
from optimizer.models.bridge.functions import FUNCTIONS
from optimizer.models.bridge.replay import to_tf_keras
from tests.levels import some
from tests.models import bridge_models
from tests.models.bridge_models import Build, image, perturb, random_inputs

CASES = [
    (library, build)
    for library, builds in (
        (keras, bridge_models.BOTH + bridge_models.KERAS_3),
        (tf_keras, bridge_models.BOTH + bridge_models.KERAS_2),
    )
    for build in builds
]
layers = tf_keras.layers


@dataclass(frozen=True)
class Bridged:
    """A model, what was known of it before, and its twin."""

    model: Any
    config: str
    weights: list[npt.NDArray[Any]]
    twin: Any
    inputs: tuple[npt.NDArray[Any], ...]


def level(case: tuple[Any, Any]) -> Any:
    """What both Kerases have is cloned from a tf_keras model in `make test-all` only."""
    library, build = case
    once = library is keras or build in bridge_models.KERAS_2
    return pytest.param(
        case,
        id=f"{library.__name__}-{build.__name__}",
        marks=() if once else pytest.mark.slow,
    )


@pytest.fixture(scope="module", params=map(level, CASES))
def bridged(request: pytest.FixtureRequest) -> Bridged:
    library, build = request.param
    return bridge(build(library))


def bridge(model: Any) -> Bridged:
    perturb(model)
    config, weights = as_text(model), model.get_weights()
    return Bridged(model, config, weights, to_tf_keras(model), random_inputs(model))


def as_text(model: Any) -> str:
    return json.dumps(model.get_config(), default=str)


def outputs(model: Any, inputs: tuple[npt.NDArray[Any], ...]) -> list[npt.NDArray[Any]]:
    return [np.asarray(y) for y in keras.tree.flatten(model(list(inputs), training=False))]


def kinds(model: Any) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.filterwarnings("ignore:Layer 'conv1d.*mask")
def test_a_twin_computes_what_its_model_does(bridged: Bridged) -> None:
    check_agreement(bridged.model, bridged.twin, bridged.inputs)
    for output in outputs(bridged.twin, bridged.inputs):
        # What would not tell two samples apart would not tell two models apart either.
        assert output.std(0).mean() > 1e-3 * output.std() > 1e-5


def test_a_twin_is_flat_and_in_float32(bridged: Bridged) -> None:
    assert not any(isinstance(layer, tf_keras.Model) for layer in bridged.twin.layers)
    assert {layer.compute_dtype for layer in bridged.twin.layers} <= {"float32", "int32", "uint8"}
    assert all(weight.dtype == "float32" for weight in bridged.twin.weights)


def test_a_twin_has_the_inputs_and_outputs_of_its_model(bridged: Bridged) -> None:
    def described(tensors: list[Any]) -> list[tuple[str, tuple[int | None, ...], str]]:
        return [
            (
                t._keras_history[0].name.replace(" ", "_"),
                tuple(t.shape),
                keras.backend.standardize_dtype(t.dtype),
            )
            for t in tensors
        ]

    assert described(bridged.twin.inputs) == described(bridged.model.inputs)
    assert [shape for _, shape, _ in described(bridged.twin.outputs)] == [
        shape for _, shape, _ in described(bridged.model.outputs)
    ]


def test_the_model_stays_as_it_was(bridged: Bridged) -> None:
    check_agreement(bridged.model, bridged.twin, bridged.inputs)
    assert as_text(bridged.model) == bridged.config
    for before, after in zip(bridged.weights, bridged.model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("rebuild", some(["clone", "config"], quick=["config"]))
def test_a_twin_can_be_rebuilt(bridged: Bridged, rebuild: str) -> None:
    """tfmot clones models, and makes them anew from their config."""
    if rebuild == "clone":
        copy = tf_keras.models.clone_model(bridged.twin)
    else:
        copy = tf_keras.Model.from_config(json.loads(as_text(bridged.twin)))
    copy.set_weights(bridged.twin.get_weights())
    for expected, found in zip(
        outputs(bridged.twin, bridged.inputs), outputs(copy, bridged.inputs), strict=True
    ):
        np.testing.assert_array_equal(expected, found)


@pytest.mark.parametrize(
    "build", [bridge_models.keras_operations, bridge_models.activations], ids=lambda b: b.__name__
)
def test_a_twin_can_be_saved(build: Build, saved: Callable[..., Path]) -> None:
    twin = bridge(build(keras)).twin
    again = tf_keras.models.load_model(saved(twin, ".keras"))
    check_agreement(twin, again, random_inputs(twin))


@pytest.mark.parametrize(
    "build",
    [bridge_models.keras_operations, bridge_models.nested, bridge_models.normalizations],
    ids=lambda b: b.__name__,
)
def test_a_model_from_a_file_is_bridged(build: Build, saved: Callable[..., Path]) -> None:
    model = build(keras)
    perturb(model)
    opened = keras.models.load_model(saved(model, ".keras"))
    check_agreement(opened, to_tf_keras(opened), random_inputs(opened))


def test_training_a_twin_does_not_train_the_model() -> None:
    bridged = bridge(bridge_models.plain(keras))
    bridged.twin.compile("sgd", "mse")
    bridged.twin.fit(*bridged.inputs, np.zeros((4, 4)), epochs=2, verbose=0)
    for before, after, trained in zip(
        bridged.weights, bridged.model.get_weights(), bridged.twin.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(before, after)
        assert (before != trained).any()


def test_layers_keep_their_names() -> None:
    model = bridge_models.plain(keras)
    twin = to_tf_keras(model)
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert twin.name == "plain"


def test_layers_of_nested_models_are_named_after_them_where_names_clash() -> None:
    twin = to_tf_keras(bridge_models.nested(keras))
    names = [layer.name for layer in twin.layers if type(layer).__name__ != "InputLayer"]
    assert sorted(names) == [
        "add",
        "dense",
        "last",
        "middle_dense",
        "middle_innermost_dense",
        "relu",
    ]


def test_names_that_keras_2_does_not_take_are_changed() -> None:
    twin = to_tf_keras(bridge_models.odd_names(keras))
    assert [layer.name for layer in twin.layers] == [
        "my_input", "first_layer", "first_layer_1", "layer_last",
    ]  # fmt: skip


@pytest.mark.parametrize("library", [keras, tf_keras], ids=lambda library: library.__name__)
def test_a_layer_that_is_used_twice_is_one_layer(library: Any) -> None:
    for build in (bridge_models.shared, bridge_models.nested):
        model = build(library)
        twin = to_tf_keras(model)
        assert kinds(twin).count("Dense") == len(model.weights) / 2
        assert [w.shape for w in twin.weights] == [w.shape for w in model.weights]


@pytest.mark.parametrize("library", [keras, tf_keras], ids=lambda library: library.__name__)
def test_frozen_layers_stay_frozen(library: Any) -> None:
    twin = to_tf_keras(bridge_models.frozen(library))
    trainable = {layer.name: layer.trainable for layer in twin.layers if layer.weights}
    assert [name for name, learns in trainable.items() if learns] == ["head"]
    assert len(trainable) == 3


def test_augmentation_that_keras_2_lacks_is_left_out() -> None:
    twin = to_tf_keras(bridge_models.keras_3_augmentations(keras))
    assert kinds(twin) == ["InputLayer", "RandomContrast", "Conv2D", "Flatten"]


def model_of(inputs: list[Any], operation: Callable[[Any, Any], Any]) -> Any:
    """A model of an operation of two tensors; Keras 3.12 takes no input that leads nowhere."""
    answer = operation(*inputs)
    used = [one for one in inputs if one._keras_history.operation._outbound_nodes]
    return keras.Model(used, answer)


OPERATIONS_AS_LAYERS: dict[str, tuple[Callable[[Any, Any], Any], type]] = {
    "x + y": (lambda x, y: x + y, layers.Add),
    "x - y": (lambda x, y: x - y, layers.Subtract),
    "x * y": (lambda x, y: x * y, layers.Multiply),
    "x * pooled": (lambda x, _: x * keras.ops.mean(x, (1, 2), keepdims=True), layers.Multiply),
    "maximum": (keras.ops.maximum, layers.Maximum),
    "concatenate": (lambda x, y: keras.ops.concatenate([x, y], -1), layers.Concatenate),
    "relu": (lambda x, _: keras.ops.relu(x), layers.ReLU),
    "relu6": (lambda x, _: keras.ops.relu6(x), layers.ReLU),
    "leaky_relu": (lambda x, _: keras.ops.leaky_relu(x, 0.1), layers.LeakyReLU),
    "elu": (lambda x, _: keras.ops.elu(x, 0.5), layers.ELU),
    "silu": (lambda x, _: keras.ops.silu(x), layers.Activation),
    "hard_silu": (lambda x, _: keras.ops.hard_silu(x), layers.Activation),
    "sigmoid": (lambda x, _: keras.ops.sigmoid(x), layers.Activation),
    "exact gelu": (lambda x, _: keras.ops.gelu(x, approximate=False), layers.Activation),
    "softmax": (lambda x, _: keras.ops.softmax(x), layers.Activation),
    "softmax of rows": (lambda x, _: keras.ops.softmax(x, axis=1), layers.Softmax),
    "global mean": (lambda x, _: keras.ops.mean(x, [1, 2]), layers.GlobalAveragePooling2D),
    "reshape": (lambda x, _: keras.ops.reshape(x, (-1, 256)), layers.Reshape),
    "transpose": (lambda x, _: keras.ops.transpose(x, (0, 3, 1, 2)), layers.Permute),
}


@pytest.mark.parametrize("name", OPERATIONS_AS_LAYERS)
def test_operations_become_layers_that_tfmot_knows(name: str) -> None:
    operation, kind = OPERATIONS_AS_LAYERS[name]
    model = model_of([image(keras, 4), keras.Input((8, 8, 4))], operation)
    twin = to_tf_keras(model)
    assert type(twin.layers[-1]) is kind
    check_agreement(model, twin, random_inputs(model))


OTHER_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "of unequal ranks": lambda x, _: x + x[0],
    "with a number": lambda x, _: 2 - x,
    "with an array": lambda x, _: x * np.arange(4, dtype=np.float32),
    "with a tensor": lambda x, _: x + keras.ops.ones((4,)),
    "with a variable": lambda x, _: x * keras.Variable([1.0, 2.0, 3.0, 4.0]),
    "mean of everything": lambda x, _: x - keras.ops.mean(x),
    "mean of some axes": lambda x, _: keras.ops.mean(x, axis=(1, 3)),
    "approximate gelu": lambda x, _: keras.ops.gelu(x),
    "concatenation of dtypes": lambda x, _: keras.ops.concatenate([x, x > 0], axis=1),
    "reshape of the batch": lambda x, _: keras.ops.reshape(x, (-1, 2)),
    "reversed transpose": lambda x, _: keras.ops.transpose(x),
    "new axis": lambda x, _: x[:, None, ..., ::2],
    "several outputs": lambda x, _: sum(keras.ops.split(x, [1, 2], axis=1)[1:2]),
    "top k": lambda x, _: keras.ops.top_k(x, 2)[0],
    "cast": lambda x, _: keras.ops.cast(keras.ops.cast(x * 9, "int32"), "float32"),
}


@pytest.mark.parametrize("name", OTHER_OPERATIONS)
def test_other_operations_are_carried_over(name: str) -> None:
    model = model_of([image(keras, 4), keras.Input((4,))], OTHER_OPERATIONS[name])
    check_agreement(model, to_tf_keras(model), random_inputs(model))


UNARY = ["abs", "absolute", "amax", "amin", "argmax", "argmin", "arctan", "celu", "ceil", "copy",
         "cos", "cumsum", "erf", "exp", "expm1", "floor", "hard_shrink", "hard_sigmoid",
         "hard_tanh", "log_sigmoid", "log_softmax", "logsumexp", "max", "min", "negative",
         "ones_like", "prod", "ravel", "reciprocal", "round", "selu", "sign", "sin", "soft_shrink",
         "softplus", "softsign", "square", "squareplus", "squeeze", "std", "stop_gradient", "sum",
         "tan", "tanh", "tanh_shrink", "var", "zeros_like"]  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_tensor_are_carried_over(name: str) -> None:
    assert f"keras.ops.{name}" in FUNCTIONS
    x = image(keras, 2)
    model = keras.Model(x, getattr(keras.ops, name)(x))
    check_agreement(model, to_tf_keras(model), random_inputs(model))
