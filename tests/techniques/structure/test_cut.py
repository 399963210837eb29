"""tests of techniques/structure/: the smaller network computes what the masked one does."""

from typing import Any

import numpy as np
import pytest
import tf_keras

from optimizer.models.bridge.replay import to_tf_keras
from optimizer.techniques.structure.blocks import blocks_of
from optimizer.techniques.structure.choose import choose
from optimizer.techniques.structure.cut import cut
from optimizer.techniques.structure.examine import examine
from optimizer.techniques.structure.reach import obstacles
from optimizer.techniques.structure.target import Rounding, Target
from tests.techniques.structure.cutting import (
    Masked,
    cost_of,
    inputs_of,
    kept_by_layer,
    logits,
    random_cut,
    scrambled,
    untouched,
)
from tests.techniques.structure.networks import NETWORKS, STAY

TOLERANCE = 1e-4  # of the standard deviation of the logits


def assert_equal(found: Any, expected: Any) -> None:
    assert np.abs(found - expected).max() <= TOLERANCE * expected.std()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_smaller_network_equals_the_original_without_those_channels(name: str) -> None:
    original = scrambled(NETWORKS[name](untouched))
    smaller, blocks, kept = random_cut(original)
    by_layer = kept_by_layer(blocks, kept)
    widths = {layer: len(members) for layer, members in blocks.owned.items()}
    masked = NETWORKS[name](Masked(by_layer, widths))
    masked.set_weights(original.get_weights())
    inputs = inputs_of(original)
    expected = logits(masked, inputs)
    assert_equal(logits(smaller, inputs), expected)
    assert np.abs(logits(original, inputs) - expected).max() > 0.01 * expected.std(), "was cut"
    cut_layers = {layer for layer, places in by_layer.items() if len(places) < widths[layer]}
    assert cut_layers == set(by_layer) - STAY
    # What was foretold is what Keras counts.
    assert cost_of(blocks, kept).parameters == smaller.count_params()
    whole = blocks.anatomy.cost(blocks.anatomy.whole)
    assert whole.parameters == original.count_params()
    assert cost_of(blocks, kept).macs < whole.macs


def test_the_weights_that_stay_are_the_original_ones() -> None:
    original = scrambled(NETWORKS["image"](untouched))
    smaller, blocks, kept = random_cut(original)
    places = kept_by_layer(blocks, kept)
    kernel = original.get_layer("b").kernel.numpy()
    expected = kernel[:, :, places["a"]][..., places["b"]]
    np.testing.assert_array_equal(smaller.get_layer("b").kernel.numpy(), expected)


def test_a_layer_normalization_takes_the_channels_that_are_kept() -> None:
    inputs = tf_keras.Input((6,))
    x = tf_keras.layers.Dense(10, name="a")(inputs)
    x = tf_keras.layers.LayerNormalization(name="norm")(x)
    original = scrambled(tf_keras.Model(inputs, tf_keras.layers.Dense(3, name="out")(x)))
    smaller, blocks, kept = random_cut(original)
    places = kept_by_layer(blocks, kept)["a"]
    [x] = inputs_of(original)
    (kernel, bias), (gamma, beta), (out, last) = (
        original.get_layer(name).get_weights() for name in ("a", "norm", "out")
    )
    a = (x @ kernel + bias)[:, places].astype(np.float64)
    normal = (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + 1e-3)
    expected = (normal * gamma[places] + beta[places]) @ out[places] + last
    assert_equal(logits(smaller, [x]), expected)


def test_nested_and_shared_models_of_keras_3_are_cut_as_one_graph() -> None:
    import keras

    block = keras.Sequential(
        [keras.Input((8, 8, 6)), keras.layers.Conv2D(6, 3, padding="same", name="inner"),
         keras.layers.ReLU()], name="block",
    )  # fmt: skip
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(6, 1, name="first")(inputs)
    x = block(block(x)) + x  # called twice: what goes in goes with what comes out
    x = keras.ops.mean(keras.ops.relu(x) * 2.0, axis=(1, 2))
    model = scrambled(to_tf_keras(keras.Model(inputs, keras.layers.Dense(4, name="out")(x))))
    smaller, blocks, kept = random_cut(model)
    places = kept_by_layer(blocks, kept)
    assert len(blocks.anatomy.blocks) == 1
    assert set(blocks.anatomy.blocks[0].layers) == {"first", "inner"}
    np.testing.assert_array_equal(places["first"], places["inner"])
    # Without the channels that are gone nothing else changes: mask what every kernel takes.
    mask = np.zeros(6, np.float32)
    mask[places["first"]] = 1
    for name, axis in (("inner", 2), ("out", 0)):
        kernel = model.get_layer(name).kernel
        kernel.assign(np.moveaxis(np.moveaxis(kernel.numpy(), axis, -1) * mask, -1, axis))
    x = inputs_of(model)
    assert_equal(logits(smaller, x), logits(model, x))


def test_the_table_says_of_every_layer_why_it_stays() -> None:
    model = NETWORKS["recurrent_between"](untouched)
    assert list(obstacles(model, examine(model)).items()) == [
        ("a", None),
        ("kept", "goes into “lstm” (LSTM), which stays as it is"),
        ("lstm", "a recurrent layer stays as it is: its units go back into itself"),
        ("b", None),
        ("out", "is an output of the model"),
    ]
    model = NETWORKS["attention_between"](untouched)
    told = obstacles(model, examine(model))
    assert told["kept"] == "is tied to an input of the model"
    assert str(told["attention"]).startswith("an attention layer stays as it is")


def test_one_channel_and_unknown_layers_stay() -> None:
    inputs = tf_keras.Input((8, 8, 3))
    x = tf_keras.layers.Conv2D(8, 3, name="a")(inputs)
    gate = tf_keras.layers.Conv2D(1, 1, activation="sigmoid", name="gate")(x)
    x = tf_keras.layers.Multiply()([x, gate])
    x = tf_keras.layers.GroupNormalization(2, name="norm")(x)
    x = tf_keras.layers.Conv2D(8, 1, name="b")(x)
    x = tf_keras.layers.Softmax(name="soft")(x)
    x = tf_keras.layers.Conv2D(1, 1, name="one")(x)
    model = tf_keras.Model(inputs, tf_keras.layers.Dense(2)(tf_keras.layers.Flatten()(x)))
    told = obstacles(model, examine(model))
    assert told["a"] == "goes into “norm” (GroupNormalization), which stays as it is"
    assert told["gate"] == "is spread over all channels of another tensor"
    assert told["norm"] == "its groups share their channels out"
    assert told["b"] == "goes into “soft” (Softmax), which stays as it is"
    assert told["one"] == "has a single channel"


def test_uniform_takes_the_same_share_of_each_layer_and_global_the_least_important() -> None:
    inputs = tf_keras.Input((16,))
    x = tf_keras.layers.Dense(64, name="a")(inputs)
    x = tf_keras.layers.Dense(64, name="b")(x)
    model = tf_keras.Model(inputs, tf_keras.layers.Dense(4, name="out")(x))
    blocks = blocks_of(model, examine(model))
    anatomy = blocks.anatomy
    scores = [np.arange(64.0), np.arange(64.0) + 100]  # all of b count more than all of a
    rounding, whole = Rounding(floor=0.125, multiple=8), anatomy.cost(anatomy.whole)

    def widths(uniform: bool, share: float) -> list[int]:
        kept = choose(
            anatomy, scores, Target(parameters=share), rounding, {0, 1}, uniform=uniform,
            whole=whole,
        )  # fmt: skip
        assert all(places.max() == 63 for places in kept), "the most important stay"
        made = cut(model, blocks, kept)
        assert made.count_params() <= share * model.count_params()
        return [len(places) for places in kept]

    assert widths(uniform=True, share=0.4) == [32, 40]
    assert widths(uniform=False, share=0.4) == [16, 64]
