"""tests of techniques/: what the technique shrink refuses, and how it is written."""

from dataclasses import replace
from typing import Any

import pytest
import tf_keras

from optimizer.errors import RecipeError
from optimizer.models.summary import ModelSummary
from optimizer.recipes import parse
from optimizer.techniques.shrink import Shrink
from optimizer.techniques.training.layer_support import layer_fits, surveys
from tests.layers import fit
from tests.refused import refused
from tests.techniques.structure.cutting import untouched
from tests.techniques.structure.networks import NETWORKS
from tests.variants import SUMMARY, dataset

DATA = dataset()
NONE = replace(DATA, training=0)
layers = tf_keras.layers


def summary(model: Any, **changes: Any) -> ModelSummary:
    """What is known of a model when it was opened."""
    return replace(SUMMARY, fits=layer_fits(model), surveys=surveys(model), macs=None, **changes)


@pytest.fixture(scope="module")
def image() -> ModelSummary:
    return summary(NETWORKS["image"](untouched))


def plain(*widths: int) -> ModelSummary:
    """Dense layers one after the other, the last of which is the output."""
    inputs = x = tf_keras.Input((6,))
    for width in widths:
        x = layers.Dense(width)(x)
    return summary(tf_keras.Model(inputs, x))


def check(text: str, model: ModelSummary, data: Any = DATA) -> None:
    parse(text).check(model, data)


@pytest.mark.parametrize(
    ("text", "written", "macs"),
    [
        ("shrink+int8", "shrink+int8", 0.5),
        ("shrink(macs=0.5)+int8", "shrink+int8", 0.5),
        ("shrink(parameters=0.3)+int8", "shrink(parameters=0.3)+int8", 0),
        ("shrink(size=0.3)+int8", "shrink(size=0.3)+int8", 0),
        ("shrink(macs=0.5,size=0.3)+int8", "shrink(macs=0.5,size=0.3)+int8", 0.5),
        ("shrink(macs=0.25,parameters=0.3)+int8", "shrink(macs=0.25,parameters=0.3)+int8", 0.25),
        ("shrink(macs=0.5,parameters=0)+int8", "shrink+int8", 0.5),
    ],
)
def test_one_target_is_enough_and_several_hold_together(
    text: str, written: str, macs: float
) -> None:
    recipe = parse(text)
    step = recipe.steps[0]
    assert isinstance(step, Shrink)
    assert step.macs == macs
    assert str(recipe) == written
    assert parse(written) == recipe


def test_it_comes_before_all_that_it_would_undo() -> None:
    parse("shrink+prune+cluster+qat+int8")
    parse("shrink(macs=0.5)+qat+int8")
    parse("finetune+shrink+int8")
    with refused(RecipeError, "shrink after prune would undo it", "Write shrink+prune"):
        parse("prune+shrink+int8")


def test_a_target_out_of_reach_is_told_the_least_that_can_be_reached(image: ModelSummary) -> None:
    check("shrink(macs=0.4,floor=0.2)+int8", image)
    with refused(RecipeError, "cannot reach macs=0.001", "the least is macs=0.", "floor=0.5"):
        check("shrink(macs=0.001,floor=0.5)+int8", image)
    # Without a floor one unit of 12 and of 9 stays: (6·1 + 1·1 + 1·4) of (6·12 + 12·9 + 9·4) MACs.
    dense = plain(12, 9, 4)
    least = (6 + 1 + 4) / (72 + 108 + 36)
    with refused(RecipeError, f"the least is macs={least + 0.0005:.3f}"):
        check("shrink(macs=0.05,floor=0,multiple=1)+int8", dense)
    check("shrink(macs=0.051,floor=0,multiple=1)+int8", dense)


def test_operations_of_layers_that_stay_count_too() -> None:
    # The file has ten times the operations of the layers that are known.
    known = replace(plain(12, 9, 4), macs=2160)
    with refused(RecipeError, "cannot reach macs=0.5", "the least is macs=0.9"):
        check("shrink(macs=0.5)+int8", known)


def test_nothing_to_take_out_is_said_before_anything_runs() -> None:
    with refused(RecipeError, "shrink cannot be used", "nothing to take out"):
        check("shrink+int8", plain(4))
    inputs = tf_keras.Input((10, 4))
    x = layers.LSTM(5)(layers.Conv1D(6, 3)(inputs))
    recurrent = summary(tf_keras.Model(inputs, layers.Dense(2)(x)))
    with refused(RecipeError, "nothing to take out"):
        check("shrink+int8", recurrent)
    with refused(RecipeError, "nothing to take out"):
        check("shrink+int8", plain(1, 4))


def test_layers_that_go_together_are_chosen_together() -> None:
    residual = summary(NETWORKS["residual"](untouched))
    check("shrink(macs=0.9,layers=a|c|d)+int8", residual)
    with refused(RecipeError, "no channel of the chosen layers may go"):
        check("shrink(macs=0.9,layers=a)+int8", residual)
    with refused(RecipeError, "No layer is left"):
        check("shrink(macs=0.9,layers=out)+int8", residual)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("shrink+int8", ("shrink needs at least", "Or set epochs=0")),
        ("shrink(epochs=0,criterion=taylor)+int8", ("criterion=taylor", "Or use criterion=l2")),
        ("shrink(epochs=0,steps=3)+int8", ("steps=3", "Or use steps=1")),
    ],
)
def test_without_training_data_it_says_what_still_works(
    image: ModelSummary, text: str, parts: tuple[str, ...]
) -> None:
    with refused(RecipeError, *parts):
        check(text, image, NONE)
    check("shrink(epochs=0)+int8", image, NONE)


def test_without_a_target_there_is_nothing_to_reach(image: ModelSummary) -> None:
    with refused(RecipeError, "no target", "shrink(macs=0.5)"):
        check("shrink(macs=0)+int8", image)


def test_a_study_that_tells_nothing_of_the_network_leaves_it_to_the_worker(
    image: ModelSummary,
) -> None:
    for told in ({}, {"shrink": "{}"}, {"shrink": "<script>"}):
        check("shrink(macs=0.001)+int8", replace(image, surveys=told))


def test_before_it_starts_it_says_what_is_left_and_where_channels_go(image: ModelSummary) -> None:
    # By hand: 8·8 places of 3·3·3·12, 2·2 of 3·3·12·8, then 32·10 and 10·4.
    whole = 64 * 27 * 12 + 4 * 108 * 8 + 320 + 40
    told = parse("shrink(macs=0.5)+int8").foretold(image)
    assert told == (
        f"shrink leaves at most {whole // 2:,} of {whole:,} MACs; channels go from a, b, c.",
    )


def test_other_steps_say_which_share_of_the_weights_they_reach() -> None:
    fits = (
        fit("conv", "Conv2D", 300),
        fit("norm", "BatchNormalization", 20, "tfmot does not prune its weights"),
        fit("lstm", "LSTM", 680, "it is recurrent"),
        fit("relu", "ReLU", 0, "has no weights to prune"),
    )
    model = replace(SUMMARY, fits=fits)
    assert parse("prune(smallest=0)+int8").foretold(model) == (
        "prune reaches 30 % of the weights, in 1 of 3 layers that have some. Not pruned: norm "
        "(tfmot does not prune its weights); lstm (it is recurrent).",
    )
    assert parse("cluster(skip=norm)+int8").foretold(model) == (
        "cluster reaches 98 % of the weights, in 2 of 3 layers that have some. Not clustered: norm "
        "(left out by the recipe).",
    )
    assert parse("finetune+int8").foretold(model) == ()
