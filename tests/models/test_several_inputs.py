"""tests of models/: several inputs and outputs, nested and shared layers keep their places.

Two inputs of the same shape can only be told apart by their names, so the signature of the .tflite
must have the names that the summary has.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.load import LoadedModel
from optimizer.models.recognise import recognise
from optimizer.store.study import FLOAT_TFLITE
from tests.levels import some
from tests.models.opening import opened, run
from tests.refused import refused

Save = Callable[..., Path]


def listed(keras: Any) -> Any:
    """Three inputs of one shape, whose names are in no order; two outputs."""
    inputs = [keras.Input((4,), name=name) for name in ("title", "body", "query")]
    x = keras.layers.Concatenate()(inputs)
    heads = [keras.layers.Dense(3, name="topic")(x), keras.layers.Dense(2, name="mood")(x)]
    return keras.Model(inputs, heads)


def named(keras: Any) -> Any:
    """A dictionary in and a dictionary out; the keys are the inputs' own names."""
    inputs = {name: keras.Input((4,), name=name) for name in ("title", "body")}
    x = keras.layers.Subtract()([inputs["title"], inputs["body"]])
    return keras.Model(
        inputs, {"topic": keras.layers.Dense(3, name="topic")(x),
                 "mood": keras.layers.Dense(2, name="mood")(x)},
    )  # fmt: skip


def shared(keras: Any) -> Any:
    """Siamese: one nested model sees both inputs."""
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "tanh", name="both")])
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    x = keras.layers.Subtract()([inner(left), inner(right)])
    return keras.Model([right, left], keras.layers.Dense(1)(x))


@pytest.mark.parametrize("kind", some([".keras", ".h5", "SavedModel"], quick=["SavedModel"]))
@pytest.mark.parametrize("build", [listed, named, shared])
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_each_input_reaches_its_place(
    library: str, build: Callable[[Any], Any], kind: str, saved: Save, tmp_path: Path
) -> None:
    keras: Any = importlib.import_module(library)
    model = build(keras)
    source = saved(model, kind) if kind != "SavedModel" else tmp_path / "folder"
    if kind == "SavedModel":
        model.export(str(source))
    record = opened(source, tmp_path)
    names = [spec.name for spec in record.summary.inputs]
    rng = np.random.default_rng(9)
    x = {name: rng.random((4, 4), np.float32) for name in names}

    as_built = {tensor.name: x[tensor.name] for tensor in model.inputs}
    takes_names = isinstance(model.input, dict)
    expected = model.predict_on_batch(as_built if takes_names else list(as_built.values()))
    if isinstance(expected, dict):
        expected = [expected[name] for name in sorted(expected)]
    expected = expected if isinstance(expected, list) else [expected]

    stored = tmp_path / "study" / record.file
    loaded = LoadedModel(stored, recognise(stored))
    for outputs in (
        run(tmp_path / "study" / FLOAT_TFLITE, x),
        loaded.predict(tuple(x[name] for name in names)),
    ):
        assert len(outputs) == len(record.summary.outputs)
        for got, spec, wanted in zip(outputs, record.summary.outputs, expected, strict=True):
            np.testing.assert_allclose(got, wanted, atol=1e-5)
            assert spec.shape[1:] == wanted.shape[1:]


def test_a_saved_model_with_one_other_signature_is_opened(tmp_path: Path) -> None:
    import tensorflow as tf

    class Doubling(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32, name="x")])
        def predict(self, x: Any) -> Any:
            return {"y": 2.0 * x}

    module = Doubling()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"predict": module.predict})
    record = opened(tmp_path / "m", tmp_path)
    assert record.summary.notes == ("The signature “predict” was taken.",)
    [y] = run(tmp_path / "study" / FLOAT_TFLITE, {"x": np.ones((1, 4), np.float32)})
    np.testing.assert_array_equal(y, np.full((1, 4), 2))


def test_a_saved_model_that_takes_text_is_refused(tmp_path: Path) -> None:
    import tensorflow as tf

    class Reading(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="text")])
        def serve(self, text: Any) -> Any:
            return {"length": tf.strings.length(text)}

    module = Reading()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.serve)
    with refused(ModelError, "“text” is of type string", "takes numbers"):
        opened(tmp_path / "m", tmp_path)
