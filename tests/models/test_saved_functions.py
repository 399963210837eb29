"""tests of models/: SavedModels without a signature: the function is found, or asked for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.open_options import UndecidedModelError
from optimizer.store.study import FLOAT_TFLITE
from tests.models.opening import opened, run
from tests.refused import refused

X = np.random.default_rng(0).normal(size=(1, 4)).astype(np.float32)
W = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)


def module(**functions: Any) -> Any:
    """An object with a variable and these functions, which were called before it is saved."""
    import tensorflow as tf

    class Layers(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = tf.Variable(W)

        @tf.function
        def __call__(self, x: Any, training: bool = False) -> Any:
            return tf.zeros((1, 1)) if training else tf.nn.relu(x @ self.w)

    made = Layers()
    for name, function in functions.items():
        setattr(made, name, tf.function(function))
    return made


def saved(made: Any, path: Path) -> Path:
    """Saved without a signature."""
    import tensorflow as tf

    tf.saved_model.save(made, str(path), signatures={})
    return path


def reopened(path: Path, folder: Path, **options: Any) -> Any:
    """Opens into a folder that is not there yet."""
    folder.mkdir()
    return opened(path, folder, **options)


def result(folder: Path, **inputs: Any) -> list[Any]:
    return run(folder / "study" / FLOAT_TFLITE, inputs)


def test_the_call_of_a_module_is_found_for_one_sample_and_not_for_training(tmp_path: Path) -> None:
    import tensorflow as tf

    made = module()
    for rows, training in ((7, False), (1, False), (1, True)):
        made(tf.zeros((rows, 4)), training=training)
    record = opened(saved(made, tmp_path / "m"), tmp_path)
    assert record.summary.notes == ("The function “__call__” was taken.",)
    assert record.summary.parameters == 12
    [y] = result(tmp_path, x=X)
    np.testing.assert_allclose(y, np.maximum(X @ W, 0), rtol=1e-5)


def test_the_most_general_of_the_calls_is_taken(tmp_path: Path) -> None:
    import tensorflow as tf

    made = module()
    made.__call__.get_concrete_function(tf.TensorSpec((None, 4), tf.float32))
    made(tf.zeros((5, 4)))
    record = opened(saved(made, tmp_path / "m"), tmp_path)
    assert record.summary.inputs[0].shape == (None, 4)


def test_the_only_function_is_the_model_whatever_it_is_called(tmp_path: Path) -> None:
    import tensorflow as tf

    made = tf.Module()
    made.infer = tf.function(lambda left, right: {"sum": left + right, "twice": 2 * left})
    made.infer(tf.zeros((1, 2)), tf.zeros((1, 2)))
    record = opened(saved(made, tmp_path / "m"), tmp_path)
    assert [spec.name for spec in record.summary.inputs] == ["left", "right"]
    assert [spec.name for spec in record.summary.outputs] == ["sum", "twice"]
    left, right = np.array([[1, 2]], np.float32), np.array([[10, 20]], np.float32)
    total, twice = result(tmp_path, left=left, right=right)
    assert (total.tolist(), twice.tolist()) == ([[11, 22]], [[2, 4]])


def test_a_part_of_the_saved_object_may_be_the_model(tmp_path: Path) -> None:
    import tensorflow as tf

    made = tf.Module()
    made.net = module()
    made.net(tf.constant(X))
    record = opened(saved(made, tmp_path / "m"), tmp_path)
    assert record.summary.notes == ("The function “net.__call__” was taken.",)
    np.testing.assert_allclose(result(tmp_path, x=X)[0], np.maximum(X @ W, 0), rtol=1e-5)


def test_one_of_several_functions_is_asked_for(tmp_path: Path) -> None:
    import tensorflow as tf

    made = tf.Module()
    made.double = tf.function(lambda x: 2 * x, autograph=False)
    made.triple = tf.function(lambda x: 3 * x, autograph=False)
    made.double(X)
    made.triple(X)
    path = saved(made, tmp_path / "m")
    with pytest.raises(UndecidedModelError, match="--function NAME") as asked:
        reopened(path, tmp_path / "asked")
    assert "double(x: 1 × 4), triple(x: 1 × 4)" in str(asked.value)
    assert asked.value.question.functions == ("double", "triple")
    opened(path, tmp_path, function="triple")
    np.testing.assert_allclose(result(tmp_path, x=X)[0], 3 * X, rtol=1e-6)
    with refused(ModelError, "no function “half”", "it has double, triple", "Choose one"):
        reopened(path, tmp_path / "other", function="half")


def test_one_of_several_signatures_is_asked_for(tmp_path: Path) -> None:
    import tensorflow as tf

    made = tf.Module()
    double, triple = (
        tf.function(lambda x, by=by: {"y": by * x}).get_concrete_function(
            tf.TensorSpec((None, 4), tf.float32, name="x")
        )
        for by in (2.0, 3.0)
    )
    path = tmp_path / "m"
    tf.saved_model.save(made, str(path), signatures={"double": double, "triple": triple})
    with pytest.raises(UndecidedModelError, match="double, triple"):
        reopened(path, tmp_path / "asked")
    opened(path, tmp_path, function="triple")
    np.testing.assert_allclose(result(tmp_path, x=X)[0], 3 * X, rtol=1e-6)


def test_a_function_of_open_size_asks_for_it(tmp_path: Path) -> None:
    import tensorflow as tf

    made = tf.Module()
    made.mean = tf.function(lambda x: tf.reduce_mean(x, axis=1))
    made.mean.get_concrete_function(tf.TensorSpec((None, None, 2), tf.float32, name="x"))
    path = saved(made, tmp_path / "m")
    with pytest.raises(UndecidedModelError) as asked:
        reopened(path, tmp_path / "asked")
    assert [spec.name for spec in asked.value.question.open_inputs] == ["x"]
    opened(path, tmp_path, sizes={"x": (3, 2)})
    x = np.random.default_rng(0).random((1, 3, 2), np.float32)
    np.testing.assert_allclose(result(tmp_path, x=x)[0], x.mean(axis=1), rtol=1e-5)


def test_a_function_that_reads_files_is_refused_like_any_other(tmp_path: Path) -> None:
    import tensorflow as tf

    made = tf.Module()
    made.peek = tf.function(
        lambda x: x + tf.cast(tf.strings.length(tf.io.read_file("/x")), x.dtype)
    )
    made.peek.get_concrete_function(tf.TensorSpec((1, 4), tf.float32))
    with pytest.raises(UndecidedModelError, match="ReadFile") as asked:
        reopened(saved(made, tmp_path / "m"), tmp_path / "asked")
    assert asked.value.question.code == ("ReadFile",)
