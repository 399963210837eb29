"""tests of techniques/training/: weights share as few values as were asked for, and stay so."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_model_optimization as tfmot
import tf_keras
from tensorflow_model_optimization.python.core.clustering.keras.experimental.cluster import (
    cluster_weights,
)

from optimizer.errors import RecipeError
from optimizer.techniques.tfmot.clustering import (
    add_clustering,
    clusterable,
    strip_clustering,
)
from tests.levels import some
from tests.refused import refused
from tests.techniques.wrapped import (
    CHOSEN,
    KINDS,
    QUICK_KINDS,
    assert_resumes,
    assert_same_outputs,
    assert_same_plan,
    convolutional,
    int8_weights,
    kernels,
    masked_text,
    model_with,
    samples,
    train,
)

layers = tf_keras.layers
INITIALIZATIONS = ["linear", "random", "density", "kmeans++"]
OBSTACLES = {
    "DepthwiseConv2D": "tfmot does not cluster its weights",
    "BatchNormalization": "tfmot does not cluster its weights",
    "Rescaling": "has no weights to cluster",
    "ReLU": "has no weights to cluster",
    "PReLU": "PReLU is not supported by tfmot",
    "GroupNormalization": "GroupNormalization is not supported by tfmot",
    "TimeDistributed": "TimeDistributed is not supported by tfmot",
}


def clustering(model: Any, names: Any, **settings: Any) -> Any:
    defaults: dict[str, Any] = {
        "number_of_clusters": 6,
        "initialization": "kmeans++",
        "per_channel": False,
        "preserve_sparsity": False,
    }
    return add_clustering(model, names, **(defaults | settings))


def unique(kernel: Any) -> int:
    return len(np.unique(kernel))


def unique_per_channel(kernel: Any) -> int:
    return max(unique(channel) for channel in np.moveaxis(kernel, -1, 0))


def pruned(model: Any, names: Any) -> Any:
    """The model, with 70 % of the weights zero."""
    for name in names:
        layer = model.get_layer(name)
        layer.set_weights(
            [np.where(abs(w) < np.quantile(abs(w), 0.7), 0, w) for w in layer.get_weights()]
        )
    return model


# ---- which layers ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", some(KINDS, quick=QUICK_KINDS))
def test_a_layer_is_clustered_or_it_is_said_why_not(kind: str) -> None:
    model = model_with(kind)
    before = model.get_weights()
    obstacles = clusterable(model)
    assert list(obstacles) == [layer.name for layer in model.layers[1:]]
    assert obstacles["x"] == OBSTACLES.get(kind)
    if kind in OBSTACLES:
        with refused(RecipeError, "x", OBSTACLES[kind], "leave them out"):
            clustering(model, ["x"])
    else:
        wrapped = clustering(model, ["x"])
        stripped = strip_clustering(wrapped)
        assert {unique(kernel) for kernel in kernels(stripped, ["x"])} == {6}
        assert_same_plan(stripped, model)
        assert_same_outputs(stripped, wrapped)
    np.testing.assert_equal(model.get_weights(), before)


@pytest.mark.slow
def test_padding_stays_masked() -> None:
    names = ["embedding", "dense", "lstm", "out"]
    wrapped = clustering(masked_text(), names)
    assert_same_outputs(wrapped, strip_clustering(wrapped))


def test_layers_that_were_not_chosen_are_left_alone() -> None:
    model = convolutional()
    stripped = strip_clustering(clustering(model, ["dense"]))
    for layer in model.layers:
        if layer.name != "dense":
            np.testing.assert_equal(
                stripped.get_layer(layer.name).get_weights(), layer.get_weights()
            )


# ---- how many values -------------------------------------------------------------------------


@pytest.mark.parametrize("initialization", INITIALIZATIONS)
@pytest.mark.parametrize(
    "preserve_sparsity", some([False, True], quick=[True]), ids=["", "keeping zeros"]
)
@pytest.mark.parametrize("per_channel", some([False, True], quick=[True]), ids=["", "per channel"])
def test_every_initialization_gives_as_many_values_as_asked_for(
    initialization: str, preserve_sparsity: bool, per_channel: bool
) -> None:
    model = pruned(convolutional(), CHOSEN)
    wrapped = clustering(
        model,
        CHOSEN,
        initialization=initialization,
        preserve_sparsity=preserve_sparsity,
        per_channel=per_channel,
    )
    clustered = list(kernels(strip_clustering(wrapped), CHOSEN))
    assert unique_per_channel(clustered[0]) <= 6
    assert all(unique(kernel) <= 6 for kernel in clustered[per_channel:])
    for kernel, before in zip(clustered, kernels(model, CHOSEN), strict=True):
        assert unique(kernel) > 3
        assert not preserve_sparsity or not kernel[before == 0].any()


@pytest.mark.parametrize(
    ("preserve_sparsity", "per_channel"),
    some([(False, False), (True, True)], quick=[(True, True)]),
    ids=["", "keeping zeros, per channel"],
)
def test_training_keeps_the_number_of_values_and_the_zeros(
    preserve_sparsity: bool, per_channel: bool
) -> None:
    model = pruned(convolutional(), CHOSEN)
    wrapped = clustering(
        model, CHOSEN, preserve_sparsity=preserve_sparsity, per_channel=per_channel
    )
    at_once = strip_clustering(wrapped)
    train(wrapped, 2)
    trained = strip_clustering(wrapped)
    clustered = list(kernels(trained, CHOSEN))
    assert unique_per_channel(clustered[0]) <= 6
    assert all(unique(kernel) <= 6 for kernel in clustered[per_channel:])
    for kernel, untrained, before in zip(
        clustered, kernels(at_once, CHOSEN), kernels(model, CHOSEN), strict=True
    ):
        assert not np.array_equal(np.unique(kernel), np.unique(untrained))
        # Without, the values that zeros share move away from zero.
        assert (not kernel[before == 0].any()) == preserve_sparsity
    assert_same_plan(trained, model)
    assert_same_outputs(trained, wrapped)


def test_each_channel_has_values_of_its_own() -> None:
    model = convolutional()
    [shared] = kernels(strip_clustering(clustering(model, ["conv"])), ["conv"])
    [own] = kernels(strip_clustering(clustering(model, ["conv"], per_channel=True)), ["conv"])
    [before] = kernels(model, ["conv"])
    assert unique(own) > unique(shared) == 6
    assert unique_per_channel(own) == 6
    assert abs(own - before).mean() < abs(shared - before).mean()


def test_channels_of_nothing_but_zeros_stay_so() -> None:
    model = convolutional()
    [kernel] = model.get_layer("conv").get_weights()
    kernel[..., 3] = 0
    kernel[..., 1:, 4] = 0
    model.get_layer("conv").set_weights([kernel])
    for preserve_sparsity in (False, True):
        wrapped = clustering(model, ["conv"], per_channel=True, preserve_sparsity=preserve_sparsity)
        [clustered] = kernels(strip_clustering(wrapped), ["conv"])
        assert not clustered[..., 3].any()
        assert unique_per_channel(clustered) <= 6


def test_weights_keep_their_sign_where_zeros_are_kept() -> None:
    model = convolutional()
    layer = model.get_layer("dense")
    kernel, bias = layer.get_weights()
    kernel = -abs(kernel)
    kernel[0, 0] = 0.1  # one in eighteen thousand
    layer.set_weights([kernel, bias])
    wrapped = clustering(model, ["dense"], preserve_sparsity=True, number_of_clusters=3)
    [clustered] = kernels(strip_clustering(wrapped), ["dense"])
    assert clustered[0, 0] > 0
    assert unique(clustered) == 3


# ---- training --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "preserve_sparsity", some([False, True], quick=[True]), ids=["", "keeping zeros"]
)
def test_training_goes_as_with_tfmot(preserve_sparsity: bool) -> None:
    model = pruned(model_with("Conv1D"), ["x", "out"])
    copy = tf_keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    ours = clustering(
        model, ["x", "out"], initialization="linear", preserve_sparsity=preserve_sparsity
    )
    theirs = cluster_weights(
        copy, 6, tfmot.clustering.keras.CentroidInitialization.LINEAR, preserve_sparsity
    )
    stripped = []
    for wrapped, strip in (
        (ours, strip_clustering),
        (theirs, tfmot.clustering.keras.strip_clustering),
    ):
        train(wrapped, 2, tf_keras.optimizers.SGD(0.05))
        stripped.append(strip(wrapped).get_weights())
    for weight, expected in zip(*stripped, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_dropout_inside_of_a_layer_goes_on() -> None:
    inputs = tf_keras.Input((6, 4))
    model = tf_keras.Model(inputs, layers.LSTM(6, dropout=0.5, name="x")(inputs))
    wrapped = clustering(model, ["x"])
    x, _ = samples(model)
    assert np.array_equal(wrapped(x), wrapped(x))
    assert not np.array_equal(wrapped(x, training=True), wrapped(x, training=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("per_channel", "preserve_sparsity"),
    some([(False, False), (True, True)], quick=[(True, True)]),
    ids=["", "per channel, keeping zeros"],
)
def test_training_resumes_from_a_checkpoint_as_if_nothing_had_happened(
    tmp_path: Path, per_channel: bool, preserve_sparsity: bool
) -> None:
    names = ["x", "out"]
    model = pruned(model_with("Conv2D"), names)

    def wrap() -> Any:
        return clustering(
            model, names, per_channel=per_channel, preserve_sparsity=preserve_sparsity
        )

    straight, resumed = map(strip_clustering, assert_resumes(wrap, tmp_path))
    for kernel, expected in zip(kernels(resumed, names), kernels(straight, names), strict=True):
        assert unique(kernel) == unique(expected)
        np.testing.assert_equal(kernel == 0, expected == 0)


# ---- bad input -------------------------------------------------------------------------------


def test_bad_input_is_refused_before_training() -> None:
    model = convolutional()
    with refused(RecipeError, "no layer nowhere", "conv, norm"):
        clustering(model, ["nowhere"])
    with refused(RecipeError, "choose at least one"):
        clustering(model, [])
    with refused(RecipeError, "number_of_clusters is 1", "2 or more"):
        clustering(model, ["dense"], number_of_clusters=1)
    with refused(RecipeError, "number_of_clusters is 2", "3 or more", "zeros"):
        clustering(model, ["dense"], number_of_clusters=2, preserve_sparsity=True)


def test_a_layer_with_fewer_weights_than_clusters_is_named() -> None:
    model = convolutional()
    with refused(RecipeError, "out (has only 128 different weights)", "leave them out"):
        clustering(model, ["dense", "out"], number_of_clusters=129)
    assert clusterable(model, number_of_clusters=128)["out"] is None
    with refused(RecipeError, "conv (has only 27 different weights in a channel)"):
        clustering(model, ["conv"], number_of_clusters=28, per_channel=True)
    assert clusterable(model, number_of_clusters=28)["conv"] is None


def test_a_frozen_layer_says_so() -> None:
    model = convolutional()
    model.get_layer("dense").trainable = False
    assert clusterable(model)["dense"] == "is frozen"


# ---- what ships ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("per_channel", some([False, True], quick=[True]), ids=["", "per channel"])
def test_values_and_zeros_survive_in_the_integer_file(tmp_path: Path, per_channel: bool) -> None:
    model = pruned(convolutional(), CHOSEN)
    wrapped = clustering(model, CHOSEN, per_channel=per_channel, preserve_sparsity=True)
    weights = int8_weights(strip_clustering(wrapped), tmp_path)
    for key in (("CONV_2D", (16, 3, 3, 3)), ("CONV_2D", (16, 1, 1, 16)),
                ("FULLY_CONNECTED", (32, 256))):  # fmt: skip
        assert weights[key].unique_per_channel <= 6, key
        assert weights[key].zeros >= 0.69, key
    assert weights["FULLY_CONNECTED", (4, 32)].unique_per_channel > 6
