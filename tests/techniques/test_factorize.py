"""tests of techniques/: matrices as products of two smaller ones."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tf_keras

from optimizer.errors import RecipeError
from optimizer.models.summary import ModelSummary
from optimizer.recipes import parse
from optimizer.techniques.factorize import Factorize
from optimizer.techniques.structure.low_rank import split, splits_of
from optimizer.techniques.training.layer_support import layer_fits, surveys
from tests.refused import refused
from tests.variants import SUMMARY, dataset

DATA = dataset()
layers = tf_keras.layers
RANK = 16


@pytest.fixture(scope="module")
def model() -> Any:
    """A 1×1 convolution with strides and a dense layer, both of rank 16; others that stay."""
    rng = np.random.default_rng(0)
    inputs = tf_keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(64, 3, activation="relu", padding="same", name="wide")(inputs)
    x = layers.Conv2D(96, 1, strides=2, activation="relu", name="pointwise")(x)
    x = layers.Flatten(name="flatten")(layers.AveragePooling2D(2)(x))
    x = layers.Dense(128, "tanh", name="large")(x)
    made = tf_keras.Model([inputs], [layers.Dense(4, name="out")(x)])
    for name in ("pointwise", "large"):
        kernel, bias = made.get_layer(name).get_weights()
        rows, columns = kernel.shape[-2:]
        low = rng.normal(size=(rows, RANK)) @ rng.normal(size=(RANK, columns)) / rows
        made.get_layer(name).set_weights([low.reshape(kernel.shape), rng.normal(size=bias.shape)])
    return made


@pytest.fixture(scope="module")
def summary(model: Any) -> ModelSummary:
    # By hand: places · kernel · in · out.
    macs = 64 * 9 * 3 * 64 + 16 * 64 * 96 + 384 * 128 + 128 * 4
    return replace(
        SUMMARY, fits=layer_fits(model), surveys=surveys(model), macs=macs,
        parameters=int(model.count_params()),
    )  # fmt: skip


def test_a_matrix_of_low_rank_is_replaced_without_a_trace(model: Any) -> None:
    ranks = {"pointwise": RANK, "large": RANK}
    smaller = split(model, ranks)
    assert [layer.name for layer in smaller.layers if layer.weights] == [
        "wide", "pointwise_first", "pointwise", "large_first", "large", "out",
    ]  # fmt: skip
    x = np.random.default_rng(1).normal(size=(8, 8, 8, 3)).astype(np.float32)
    expected = np.asarray(model([x])[0])
    assert np.abs(np.asarray(smaller([x])[0]) - expected).max() <= 1e-4 * expected.std()
    less = 64 * 96 - RANK * (64 + 96) + 384 * 128 - RANK * (384 + 128)
    assert smaller.count_params() == model.count_params() - less


def test_a_lower_rank_is_the_nearest_there_is(model: Any) -> None:
    kernel = model.get_layer("large").kernel.numpy()
    smaller = split(model, {"large": 8})
    product = smaller.get_layer("large_first").kernel.numpy() @ smaller.get_layer("large").kernel
    sizes = np.linalg.svd(kernel, compute_uv=False)
    error = np.linalg.norm(kernel - product)
    assert error == pytest.approx(np.sqrt((sizes[8:] ** 2).sum()), rel=1e-4)  # Eckart and Young


def test_it_says_before_it_starts_what_it_would_save(summary: ModelSummary) -> None:
    recipe = parse("factorize(energy=0.999)+int8")
    recipe.check(summary, DATA)
    macs = 16 * (64 * 96 - RANK * 160) + 384 * 128 - RANK * 512
    weights = macs - 15 * (64 * 96 - RANK * 160)
    assert summary.macs
    assert summary.parameters
    [told] = recipe.foretold(summary)
    assert told == (
        f"factorize saves {100 * macs / summary.macs:.3g} % of the MACs and "
        f"{100 * weights / summary.parameters:.3g} % of the weights: pointwise (rank 16), large "
        "(rank 16)."
    )


def test_a_target_takes_the_largest_ranks_that_reach_it(summary: ModelSummary) -> None:
    step = parse("factorize(parameters=0.6)+int8").steps[0]
    assert isinstance(step, Factorize)
    assert str(step) == "factorize(parameters=0.6)"
    step.check(summary, DATA)
    with refused(RecipeError, "cannot be reached", "Ask for that or more"):
        parse("factorize(parameters=0.01)+int8").check(summary, DATA)
    with refused(RecipeError, "cannot be reached", "Let energy be smaller"):
        parse("factorize(parameters=0.15,energy=0.99)+int8").check(summary, DATA)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("factorize(energy=0)+int8", ("no target", "factorize(energy=0.9)")),
        ("factorize(smallest=1000000)+int8", ("saves nothing here", "Let energy be smaller")),
        ("factorize(layers=wide)+int8", ("No layer is left",)),
    ],
)
def test_what_would_save_nothing_is_refused(
    summary: ModelSummary, text: str, parts: tuple[str, ...]
) -> None:
    with refused(RecipeError, *parts):
        parse(text).check(summary, DATA)


def test_the_table_says_which_layers_can_be_split(model: Any) -> None:
    told = Factorize.obstacles(model)
    assert told["wide"] == "is a convolution over more than one place"
    assert told["flatten"] == "has no weights"
    assert [name for name, reason in told.items() if reason is None] == [
        "pointwise", "large", "out",
    ]  # fmt: skip
    assert {each.layer for each in splits_of(model, 8)} == {"pointwise", "large"}
