"""tests of techniques/training/: what came frozen is trained as the user chose."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras

from dashboard.tables import model_tables
from optimizer.data.data_options import DataFiles
from optimizer.errors import RecipeError
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from optimizer.techniques.training.frozen import thaw
from optimizer.techniques.training.layer_support import layer_fits
from tests.refused import refused
from tests.tasks.test_train import folders_of, make
from tests.variants import SUMMARY

layers = tf_keras.layers


def transferred() -> Any:
    """A frozen backbone with batch normalization, in a layer of its own too, and a free head."""
    inputs = tf_keras.Input((6, 4))
    inner = tf_keras.Sequential(
        [tf_keras.Input((4,)), layers.Dense(5), layers.BatchNormalization(name="inner_norm")]
    )
    x = layers.Conv1D(8, 3, name="conv")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="both")(x)
    x = layers.Dense(4, name="mixed")(x)
    x = layers.TimeDistributed(inner, name="inner")(x)
    x = layers.GlobalAveragePooling1D()(x)
    model = tf_keras.Model(inputs, layers.Dense(3, name="head")(x))
    for name in ("conv", "norm", "both", "inner"):
        model.get_layer(name).trainable = False
    return model


def test_all_is_thawed_but_batch_normalization() -> None:
    model = transferred()
    came = thaw(model)
    assert came == {"conv", "norm", "both", "inner"}
    left = {weight.name for weight in model.non_trainable_weights}
    norms = ("norm", "inner_norm")
    assert left == {weight.name for weight in model.weights if weight.name.split("/")[-2] in norms}
    assert not thaw(model) - {"norm"}, "nothing else is frozen any more"


def test_a_step_that_trains_nothing_frozen_changes_nothing_frozen() -> None:
    model = transferred()
    fits = layer_fits(model, thaw(model))
    summary = replace(SUMMARY, fits=fits)
    frozen = {fit.name for fit in fits if fit.frozen}
    for name in ("prune", "cluster", "qat", "factorize"):
        step = parse(f"{name}(train_frozen=false)+int8").training[0]
        assert not frozen & set(step.reaches(fits) or ())
    assert "conv" in (parse("prune(smallest=0)+int8").training[0].reaches(fits) or ())
    [told] = parse("prune(smallest=0,train_frozen=false)+int8").foretold(summary)
    assert re.search(r"\bconv\b[^(]*\(frozen\)", told)
    head = replace(SUMMARY, fits=tuple(replace(fit, frozen=True) for fit in fits))
    with refused(RecipeError, "No layer is left"):
        parse("prune(train_frozen=false)+int8").training[0].reaches(head.fits)


def test_the_layer_table_says_what_becomes_of_frozen_layers() -> None:
    model = transferred()
    came = thaw(model)
    frame = model_tables.fits(replace(SUMMARY, fits=layer_fits(model, came)))
    told = dict(zip(frame["Layer"], frame["Came frozen"], strict=True))
    assert told["conv"] == "trained too, unless train_frozen is off"
    assert told["norm"] == "stays frozen"
    assert told["head"] == ""
    assert "Came frozen" not in model_tables.fits(replace(SUMMARY, fits=layer_fits(model)))


@pytest.mark.slow
def test_a_frozen_layer_is_trained_or_left_as_it_is(
    scheduler: Scheduler, tiny3: Any, data_file: Path, saved: Callable[..., Path]
) -> None:
    import keras

    model = keras.models.clone_model(tiny3)
    model.set_weights(tiny3.get_weights())
    for layer in model.layers[:4]:
        layer.trainable = False
    study = scheduler.open_model(saved(model, ".keras"), "tiny").result()
    study = scheduler.add_data(study, DataFiles(data_file), "pixels").result()
    assert [fit.frozen for fit in study.index.model.summary.fits][:2] == [True, True]
    recipes = ("finetune(epochs=1)+float32", "finetune(epochs=1,train_frozen=false)+float32")
    make(scheduler, study, *recipes)
    came = model.get_weights()
    for recipe, trains in zip(recipes, (True, False), strict=True):
        after = _weights(study, recipe)
        assert (not np.array_equal(after[0], came[0])) is trains, "the convolution"
        for at in range(1, 5):  # gamma, beta, mean and variance
            np.testing.assert_array_equal(after[at], came[at])
        assert not np.array_equal(after[-1], came[-1]), "the head learns anyway"


def _weights(study: Study, recipe: str) -> list[Any]:
    [folder] = folders_of(study, recipe)
    with np.load(folder / "weights.npz") as weights:
        return [weights[name] for name in weights]
