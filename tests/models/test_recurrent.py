"""tests of models/: recurrent layers become files of built-in operators that agree with Keras."""

import importlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.bridge.replay import to_tf_keras
from optimizer.models.export_saved_model import export_keras
from optimizer.models.open_options import UndecidedModelError
from optimizer.recipes import parse
from optimizer.store.study import FLOAT_TFLITE
from optimizer.techniques.converters.tensorflow_converter import (
    OperatorsError,
    convert,
    converter_for,
)
from optimizer.techniques.int8 import Int8
from optimizer.techniques.technique import Sources
from tests.levels import some
from tests.models.opening import opened, run
from tests.refused import refused
from tests.samples import ArraySamples
from tests.tflite_files import read_contents

Save = Callable[..., Path]
STEPS, FEATURES, WORDS = 6, 4, 20


def lstm(keras: Any, x: Any) -> Any:
    return keras.layers.LSTM(5)(x)


def gru(keras: Any, x: Any) -> Any:
    return keras.layers.GRU(5)(x)


def bidirectional(keras: Any, x: Any) -> Any:
    layers = keras.layers
    return layers.GRU(3)(layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x))


def nested(keras: Any, x: Any) -> Any:
    inner = keras.Sequential(
        [keras.Input((STEPS, FEATURES)), keras.layers.LSTM(4, return_sequences=True)]
    )
    return keras.layers.SimpleRNN(3)(inner(x))


# Each layer, library and format, and each library with each format.
QUICK = [
    ("keras", lstm, ".keras"),
    ("keras", gru, "SavedModel"),
]


@pytest.mark.parametrize(
    ("library", "build", "saved_as"),
    some(
        product(
            ("keras", "tf_keras"), (lstm, gru, bidirectional, nested), (".keras", "SavedModel")
        ),
        quick=QUICK,
    ),
)
def test_a_recurrent_model_runs_and_agrees_with_keras(
    library: str, build: Callable[..., Any], saved_as: str, saved: Save, tmp_path: Path
) -> None:
    keras: Any = importlib.import_module(library)
    inputs = keras.Input((STEPS, FEATURES), name="signal")
    model = keras.Model(inputs, keras.layers.Dense(2)(build(keras, inputs)))
    if saved_as == ".keras":
        source = saved(model, ".keras")
    else:
        source = tmp_path / "folder"
        model.export(str(source))
    record = opened(source, tmp_path)
    assert record.summary.one_sample
    assert any("one sample at a time" in note for note in record.summary.notes)
    file = tmp_path / "study" / FLOAT_TFLITE
    operators = read_contents(file).operators
    assert not any(name.startswith("Flex") for name in operators)
    assert record.summary.loops == ("WHILE" in operators)
    x = np.random.default_rng(3).normal(size=(4, STEPS, FEATURES)).astype(np.float32)
    [outputs] = run(file, {record.summary.inputs[0].name: x})
    np.testing.assert_allclose(outputs, model.predict_on_batch(x), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("library", some(["keras", "tf_keras"], quick=["keras"]))
def test_a_masked_sequence_of_words_agrees_with_keras(
    library: str, saved: Save, tmp_path: Path
) -> None:
    keras: Any = importlib.import_module(library)
    inputs = keras.Input((STEPS,), dtype="int32", name="words")
    x = keras.layers.Embedding(WORDS, FEATURES, mask_zero=True)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.LSTM(5)(x)))
    record = opened(saved(model, ".keras"), tmp_path)
    words = np.random.default_rng(4).integers(1, WORDS, (4, STEPS)).astype(np.int32)
    words[:, 4:] = 0
    [outputs] = run(tmp_path / "study" / FLOAT_TFLITE, {"words": words})
    np.testing.assert_allclose(outputs, model.predict_on_batch(words), atol=1e-5)
    assert record.summary.inputs[0].dtype == "int32"


def test_a_model_that_is_not_recurrent_keeps_its_open_batch(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    assert not opened(model_files["keras3"], tmp_path).summary.one_sample


# ---- unrolled --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("library", "build"),
    some(
        product(("keras", "tf_keras"), (gru, bidirectional, nested)),
        quick=[("keras", gru)],
    ),
)
def test_unrolled_recurrent_layers_become_integers_and_agree_with_keras(
    library: str, build: Callable[..., Any], saved: Save, tmp_path: Path
) -> None:
    keras: Any = importlib.import_module(library)
    keras.utils.set_random_seed(1)
    inputs = keras.Input((STEPS, FEATURES), name="signal")
    model = keras.Model(inputs, keras.layers.Dense(2)(build(keras, inputs)))
    record = opened(saved(model, ".keras"), tmp_path, unroll=True)
    assert not record.summary.loops
    assert not record.summary.one_sample
    assert any("unrolled: every step" in note for note in record.summary.notes)
    x = np.random.default_rng(3).normal(size=(40, STEPS, FEATURES)).astype(np.float32)
    expected = np.asarray(model.predict_on_batch(x))
    float_file = tmp_path / "study" / FLOAT_TFLITE
    [outputs] = run(float_file, {record.summary.inputs[0].name: x})
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    assert record.saved_model
    names = (record.summary.inputs[0].name,)
    made = parse("int8(integer_only=true)").conversion.convert(
        Sources(
            tmp_path / "study" / record.saved_model, lambda: float_file, names,
            ArraySamples((x,)), lambda *_: None,
        )
    )  # fmt: skip
    (tmp_path / "int8.tflite").write_bytes(made)
    [integers] = run(tmp_path / "int8.tflite", {names[0]: x})
    # Untrained, so steps add up noise: nearer all the same than the mean of all answers.
    assert np.square(integers - expected).mean() < 0.5 * expected.var(axis=0).mean()


def test_a_model_that_runs_as_loops_says_what_unrolling_gives(saved: Save, tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((STEPS, FEATURES))
    record = opened(saved(keras.Model(inputs, gru(keras, inputs)), ".keras"), tmp_path)
    assert record.summary.loops
    assert [note for note in record.summary.notes if "--unroll" in note]
    assert "--unroll" in (Int8.misfit(record.summary, None) or "")


def test_what_has_nothing_to_unroll_is_refused(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    with refused(ModelError, "no recurrent layers", "without unroll"):
        opened(model_files["keras3"], tmp_path, unroll=True)


def test_a_file_without_layers_cannot_be_unrolled(
    model_files: dict[str, Path], tmp_path: Path
) -> None:
    with refused(ModelError, "no Keras layers", ".keras or .h5"):
        opened(model_files["tflite"], tmp_path, unroll=True)


# ---- operators that TensorFlow Lite lacks ----------------------------------------------------


def saved_with(operation: str, saved: Save) -> Path:
    import keras

    inputs = keras.Input((4, 4), name="x")
    return saved(keras.Model(inputs, getattr(keras.ops, operation)(inputs)), ".keras")


def test_operators_that_tensorflow_lite_lacks_are_named_with_their_price(
    saved: Save, tmp_path: Path
) -> None:
    with refused(
        UndecidedModelError, "MatrixDeterminant", "--select-tf-ops", "larger runtime",
        "cannot be run here",
    ):  # fmt: skip
        opened(saved_with("det", saved), tmp_path)


def test_the_question_about_operators_holds_their_names(saved: Save, tmp_path: Path) -> None:
    with pytest.raises(UndecidedModelError) as caught:
        opened(saved_with("det", saved), tmp_path)
    assert caught.value.question.operators == ("MatrixDeterminant",)


def test_such_operators_are_kept_on_request(saved: Save, tmp_path: Path) -> None:
    record = opened(saved_with("det", saved), tmp_path, select_tf_ops=True)
    assert record.summary.select_tf_ops == ("MatrixDeterminant",)
    assert not record.summary.one_sample
    file = tmp_path / "study" / FLOAT_TFLITE
    assert "FlexMatrixDeterminant" in read_contents(file).operators


@pytest.mark.parametrize("wanted", some([False, True], quick=[True]))
def test_operators_that_no_runtime_has_are_not_offered(
    saved: Save, tmp_path: Path, wanted: bool
) -> None:
    with refused(OperatorsError, "Erfinv", "Replace the layers that need them"):
        opened(saved_with("erfinv", saved), tmp_path, select_tf_ops=wanted)


@pytest.mark.slow
@pytest.mark.parametrize("library", some(["keras", "tf_keras"], quick=["tf_keras"]))
def test_a_trained_recurrent_model_is_exported_so_that_it_converts(
    library: str, saved: Save, tmp_path: Path
) -> None:
    keras: Any = importlib.import_module(library)
    inputs = keras.Input((STEPS, FEATURES), name="signal")
    model = keras.Model(inputs, keras.layers.Dense(2)(lstm(keras, inputs)))
    summary = opened(saved(model, ".keras"), tmp_path).summary
    twin = to_tf_keras(model)
    export_keras(twin, summary.inputs, tmp_path / "twin", one_sample=summary.one_sample)
    file = tmp_path / "twin.tflite"
    file.write_bytes(convert(converter_for(tmp_path / "twin")))
    x = np.random.default_rng(3).normal(size=(4, STEPS, FEATURES)).astype(np.float32)
    [outputs] = run(file, {"signal": x})
    np.testing.assert_allclose(outputs, model.predict_on_batch(x), atol=1e-5)
