"""tests of models/: what each output was compiled with, and what it ends in, in every way."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.jobs.scheduler import Scheduler
from optimizer.models.compiled_loss import losses_of_outputs
from optimizer.models.recognise import recognise
from tests.two_heads import two_heads

LOSSES: dict[str, Any] = {
    "list": ["mse", "sparse_categorical_crossentropy"],
    "dictionary": {"kind": "sparse_categorical_crossentropy", "box": "mse"},
    "one": "mse",
    "some": {"box": "mse"},
    "none": None,
}
EXPECTED = {
    "list": ["mean_squared_error", "sparse_categorical_crossentropy"],
    "dictionary": ["mean_squared_error", "sparse_categorical_crossentropy"],
    "one": ["mean_squared_error"] * 2,
    "some": ["mean_squared_error", None],
    "none": [],
}


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("way", LOSSES)
def test_each_output_has_its_loss(saved: Callable[..., Path], suffix: str, way: str) -> None:
    keras: Any = importlib.import_module("keras" if suffix == ".keras" else "tf_keras")
    inputs = keras.Input((4,))
    outputs = [
        keras.layers.Dense(4, name="box")(inputs),
        keras.layers.Dense(3, name="kind")(inputs),
    ]
    model = keras.Model(inputs, outputs)
    if LOSSES[way]:
        model.compile("adam", LOSSES[way])
    path = saved(model, suffix)
    found = losses_of_outputs(path, recognise(path), ["box", "kind"])
    assert [loss and loss.name for loss in found] == EXPECTED[way]


def test_a_study_knows_the_ends_and_losses_of_all_outputs(
    scheduler: Scheduler, tmp_path: Path
) -> None:
    opening = scheduler.open_model(two_heads(tmp_path / "heads.keras", compiled=True), "heads")
    summary = opening.result().index.model.summary
    assert summary.output_activations == ("softmax", "softmax", "linear")
    assert [summary.activation_of(at) for at in range(3)] == ["softmax", "softmax", "linear"]
    losses = [summary.loss_of(at) for at in range(3)]
    assert [loss and loss.name for loss in losses] == [
        "sparse_categorical_crossentropy", "sparse_categorical_crossentropy", "mean_absolute_error",
    ]  # fmt: skip
    assert summary.loss is None
