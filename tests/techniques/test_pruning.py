"""tests of techniques/training/: as many weights become zero as were asked for, and stay so."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_model_optimization as tfmot
import tf_keras

from optimizer.errors import RecipeError
from optimizer.techniques.tfmot.pruning import (
    Schedule,
    add_pruning,
    finish_pruning,
    prunable,
    prune_at_once,
    pruning_sparsity,
    strip_pruning,
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
# Steps 1, 4, 7 and 8, of which tfmot alone would take 3 and 6.
SCHEDULE = Schedule("polynomial", 0.1, 0.6, begin_step=1, end_step=8, frequency=3)
OBSTACLES = {
    "DepthwiseConv2D": "tfmot does not prune its weights",
    "BatchNormalization": "tfmot does not prune its weights",
    "Rescaling": "has no weights to prune",
    "ReLU": "has no weights to prune",
    "PReLU": "PReLU is not supported by tfmot",
    "GroupNormalization": "GroupNormalization is not supported by tfmot",
}


def pruning(model: Any, names: Any, schedule: Schedule = SCHEDULE, **settings: Any) -> Any:
    defaults: dict[str, Any] = {
        "block_size": (1, 1),
        "pooling": "AVG",
        "two_by_four": False,
        "xnnpack_policy": False,
    }
    return add_pruning(model, names, schedule, **(defaults | settings))


def pruned_at_once(model: Any, names: Any, **settings: Any) -> Any:
    wrapped = pruning(model, names, **settings)
    prune_at_once(wrapped)
    return strip_pruning(wrapped)


def trained(wrapped: Any, epochs: int = 2) -> Any:
    train(wrapped, epochs, callbacks=[tfmot.sparsity.keras.UpdatePruningStep()])
    return wrapped


def zeros(kernel: Any) -> int:
    return int(np.count_nonzero(kernel == 0))


# ---- which layers ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", some(KINDS, quick=QUICK_KINDS))
def test_a_layer_is_pruned_or_it_is_said_why_not(kind: str) -> None:
    model = model_with(kind)
    before = model.get_weights()
    obstacles = prunable(model)
    assert list(obstacles) == [layer.name for layer in model.layers[1:]]
    assert obstacles["x"] == OBSTACLES.get(kind)
    if kind in OBSTACLES:
        with refused(RecipeError, "x", OBSTACLES[kind], "leave them out"):
            pruning(model, ["x"])
    else:
        stripped = pruned_at_once(model, ["x"])
        for kernel in kernels(stripped, ["x"]):
            assert abs(zeros(kernel) - 0.6 * kernel.size) <= 0.5
        assert_same_plan(stripped, model)
        assert_same_outputs(pruning(model, ["x"]), model)
    np.testing.assert_equal(model.get_weights(), before)


@pytest.mark.slow
def test_padding_stays_masked() -> None:
    model = masked_text()
    assert_same_outputs(pruning(model, ["embedding", "dense", "lstm", "out"]), model)


def test_layers_that_were_not_chosen_are_left_alone() -> None:
    model = convolutional()
    stripped = pruned_at_once(model, ["dense"])
    for layer in model.layers:
        if layer.name != "dense":
            np.testing.assert_equal(
                stripped.get_layer(layer.name).get_weights(), layer.get_weights()
            )


# ---- training --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "begin", "end", "frequency"),
    some(
        [("constant", 0, 10, 100), ("polynomial", 0, 10, 10), ("polynomial", 3, 8, 2)],
        quick=[("polynomial", 3, 8, 2)],
    ),
)
def test_training_ends_at_the_final_sparsity_whatever_the_frequency(
    kind: Any, begin: int, end: int, frequency: int
) -> None:
    model = model_with("Dense")
    wrapped = trained(pruning(model, ["x"], Schedule(kind, 0.2, 0.75, begin, end, frequency)))
    assert pruning_sparsity(wrapped) == 0.75
    assert all(
        zeros(kernel) == 0.75 * kernel.size for kernel in kernels(strip_pruning(wrapped), "x")
    )


def test_sparsity_rises_while_training_and_each_layer_gets_its_share() -> None:
    model, curve = convolutional(), []
    wrapped = pruning(model, CHOSEN)
    show = tf_keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_: curve.append(pruning_sparsity(wrapped))
    )
    train(wrapped, 2, callbacks=[tfmot.sparsity.keras.UpdatePruningStep(), show])
    assert curve == sorted(curve)
    assert curve[0] == pytest.approx(0.1, abs=0.01)
    assert curve[-1] == pytest.approx(0.6, abs=0.01)
    stripped = strip_pruning(wrapped)
    for kernel in kernels(stripped, CHOSEN):
        assert abs(zeros(kernel) - 0.6 * kernel.size) <= 0.5
    assert_same_plan(stripped, model)
    assert_same_outputs(stripped, wrapped)


@pytest.mark.slow
def test_stripping_amid_training_gives_the_zeros_of_that_moment() -> None:
    model = model_with("Dense")
    wrapped = pruning(model, ["x"])
    wrapped.compile("adam", "mse")
    callback = tfmot.sparsity.keras.UpdatePruningStep()
    callback.set_model(wrapped)
    callback.on_train_begin()
    x, y = samples(model)
    for _ in range(9):  # the weights have moved since they were masked
        wrapped.train_on_batch(x, y)
    assert [zeros(kernel) for kernel in kernels(strip_pruning(wrapped), ["x"])] == [14]


@pytest.mark.slow
@pytest.mark.parametrize(
    "two_by_four", some([False, True], quick=[False]), ids=["scheduled", "2:4"]
)
def test_training_resumes_from_a_checkpoint_as_if_nothing_had_happened(
    tmp_path: Path, two_by_four: bool
) -> None:
    model = model_with("Conv2D")
    straight, resumed = assert_resumes(
        lambda: pruning(model, ["x", "out"], two_by_four=two_by_four),
        tmp_path,
        [tfmot.sparsity.keras.UpdatePruningStep()],
    )
    assert pruning_sparsity(resumed) == pruning_sparsity(straight)
    assert pruning_sparsity(resumed) == pytest.approx(0.5 if two_by_four else 0.6, abs=0.01)


# ---- patterns --------------------------------------------------------------------------------


@pytest.mark.parametrize("pooling", ["AVG", "MAX"])
def test_blocks_become_zero_together(pooling: str) -> None:
    stripped = pruned_at_once(convolutional(), ["dense"], block_size=(4, 2), pooling=pooling)
    [kernel] = kernels(stripped, ["dense"])
    rows, columns = kernel.shape
    blocks = kernel.reshape(rows // 4, 4, columns // 2, 2).any((1, 3))
    assert zeros(blocks) == round(0.6 * blocks.size)
    assert zeros(kernel) == 8 * zeros(blocks)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("conv", "no matrix"), ("separable", "no matrix"), ("out", "too few weights")],
)  # fmt: skip
def test_layers_without_blocks_say_so(name: str, reason: str) -> None:
    assert reason in str(prunable(convolutional(), block_size=(4, 4))[name])
    with refused(RecipeError, name, reason, "leave them out"):
        pruning(convolutional(), [name], block_size=(4, 4))


def test_two_of_every_four_inputs_are_zero() -> None:
    model = convolutional(4)
    stripped = pruned_at_once(model, CHOSEN, two_by_four=True)
    for kernel in kernels(stripped, CHOSEN):
        groups = np.moveaxis(kernel, -2, -1).reshape(-1, 4)
        assert (np.count_nonzero(groups, axis=1) == 2).all()


def test_layers_that_cannot_be_two_by_four_say_why() -> None:
    obstacles = prunable(convolutional(1), two_by_four=True)
    assert obstacles["conv"] == "has only 1 input in a group of four"
    assert obstacles["dense"] is None
    for kind in ("Conv1D", "Conv2DTranspose", "Embedding", "MultiHeadAttention"):
        model = model_with(kind)
        assert prunable(model, two_by_four=True)["x"] == f"tfmot has no 2:4 pattern for {kind}"
        with refused(RecipeError, "x", "2:4"):
            pruning(model, ["x"], two_by_four=True)


def for_xnnpack() -> Any:
    inputs = x = tf_keras.Input((9, 9, 3))
    for layer in (
        layers.ZeroPadding2D(1),
        layers.Conv2D(8, 3, 2, name="first"),
        layers.ReLU(),
        layers.Conv2D(16, 1, name="pointwise"),
        layers.DepthwiseConv2D(3, padding="same"),
        layers.GlobalAveragePooling2D(keepdims=True),
        layers.Flatten(),
        layers.Dense(3, name="out"),
    ):
        x = layer(x)
    return tf_keras.Model(inputs, x)


def test_the_policy_of_xnnpack_prunes_pointwise_convolutions_only() -> None:
    model = for_xnnpack()
    able = [name for name, obstacle in prunable(model).items() if obstacle is None]
    stripped = pruned_at_once(model, able, xnnpack_policy=True)
    found = {name: zeros(kernel) for name in able for kernel in kernels(stripped, [name])}
    assert found == {"first": 0, "pointwise": round(0.6 * 8 * 16), "out": 0}
    assert prunable(model, xnnpack_policy=True)["first"] == "is no 1×1 convolution"


def test_a_model_that_xnnpack_cannot_run_sparse_is_refused() -> None:
    with refused(RecipeError, "XNNPACK", "Leave its policy out"):
        pruning(convolutional(), CHOSEN, xnnpack_policy=True)


# ---- bad input -------------------------------------------------------------------------------


def test_bad_input_is_refused_before_training() -> None:
    model = convolutional()
    with refused(RecipeError, "no layer nowhere", "conv, norm"):
        pruning(model, ["nowhere"])
    with refused(RecipeError, "choose at least one"):
        pruning(model, [])
    with refused(RecipeError, "2:4", "1×1"):
        pruning(model, ["dense"], two_by_four=True, block_size=(1, 4))


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({"final_sparsity": 1.0}, ["sparsity is 1", "less than 1"]),
        ({"initial_sparsity": -0.1}, ["sparsity is -0.1"]),
        ({"begin_step": 8}, ["step 8", "end after"]),
        ({"begin_step": -1}, ["step -1"]),
        ({"frequency": 0}, ["frequency", "1 or more"]),
    ],
    ids=str,
)
def test_a_schedule_that_cannot_be_followed_is_refused(
    changed: dict[str, Any], parts: list[str]
) -> None:
    with refused(RecipeError, *parts):
        Schedule(**(vars(SCHEDULE) | changed))


# ---- what ships ------------------------------------------------------------------------------


def test_zeros_survive_in_the_integer_file(tmp_path: Path) -> None:
    weights = int8_weights(pruned_at_once(convolutional(), CHOSEN), tmp_path)
    chosen = {"conv": ("CONV_2D", (16, 3, 3, 3)), "separable": ("CONV_2D", (16, 1, 1, 16)),
              "dense": ("FULLY_CONNECTED", (32, 256))}  # fmt: skip
    for key in chosen.values():
        # Small weights are rounded to zero as well.
        assert 0.59 <= weights[key].zeros < 0.68, key
    assert weights["FULLY_CONNECTED", (4, 32)].zeros < 0.1


@pytest.mark.parametrize("end", [2, 6, 50])
def test_the_final_sparsity_is_reached_however_few_steps_training_has(end: int) -> None:
    schedule = Schedule("polynomial", 0.0, 0.5, begin_step=0, end_step=end, frequency=10)
    model = finish_pruning(trained(pruning(convolutional(), CHOSEN, schedule), 1))  # five steps
    assert all(zeros(kernel) == kernel.size // 2 for kernel in kernels(model, CHOSEN))
