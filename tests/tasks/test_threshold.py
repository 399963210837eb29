"""tests of tasks/: where yes begins is told once, from the float model, whatever a variant does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.labels import Task
from optimizer.measure.fidelity import fidelity
from optimizer.measure.metrics import evaluate
from optimizer.measure.probabilities import decidable
from optimizer.tasks.threshold import threshold_of
from tests.data.conftest import Reader
from tests.levels import some
from tests.summaries import summary

X = np.linspace(-1, 1, 40).astype(np.float32)[:, None]
Y = (X[:, 0] > 0.2).astype(int)
Unit = Callable[[str], Path]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """A float `.tflite` of one unit with an activation, whose logit is 30 x − 6."""
    import keras
    import tensorflow as tf

    def converted(activation: str) -> Path:
        inputs = keras.Input((1,))
        layer = keras.layers.Dense(1, activation=activation)
        model = keras.Model(inputs, layer(inputs))
        layer.set_weights([np.array([[30.0]]), np.array([-6.0])])
        file = tmp_path_factory.mktemp("unit") / "unit.tflite"
        file.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
        return file

    return converted


@pytest.mark.parametrize(
    ("activation", "expected"),
    some([("sigmoid", 0.5), ("linear", 0.0)], quick=[("linear", 0.0)]),
)
def test_a_file_that_does_not_say_what_it_gives_is_asked(
    reader: Reader, unit: Unit, activation: str, expected: float
) -> None:
    model = summary((1,), (1,), activation="")
    dataset = reader.dataset(model, x=X, y=Y)
    assert threshold_of(dataset, model, unit(activation), "none") == expected


@pytest.mark.parametrize(
    ("given", "labels", "activation", "loss", "expected"),
    [
        ((1,), Y, "sigmoid", None, 0.5),
        ((1,), Y, "linear", "binary_crossentropy", 0.0),
        ((2,), np.stack([Y, 1 - Y * Y[::-1]], axis=1), "sigmoid", None, 0.5),
        ((4, 1), np.repeat(Y[:, None], 4, axis=1), "sigmoid", None, 0.5),
        ((2,), Y, "softmax", None, None),
        ((4, 2), np.repeat(Y[:, None], 4, axis=1), "softmax", None, None),
        ((1,), X, "linear", None, None),
    ],
    ids=["sigmoid", "logit", "labels", "positions", "softmax", "classes of positions", "values"],
)  # fmt: skip
def test_where_the_model_says_it_nothing_is_asked(
    reader: Reader, given: tuple[int, ...], labels: Any, activation: str, loss: str | None,
    expected: float | None,
) -> None:  # fmt: skip
    model = summary((1,), given, activation=activation, loss=loss)
    dataset = reader.dataset(model, x=X, y=labels)
    assert threshold_of(dataset, model, Path("nowhere"), "none") == expected


def test_a_model_that_was_trained_to_give_0_and_1_says_yes_above_the_middle(reader: Reader) -> None:
    model = summary((1,), (1,), activation="linear", loss="mean_squared_error")
    np.savez(reader.file, x=X, y=Y)
    record = reader.read_file(model, task=Task.CLASSIFICATION)
    assert threshold_of(reader.opened(record), model, Path("nowhere"), "none") == 0.5


def test_a_variant_whose_logits_all_look_like_probabilities_is_judged_as_logits() -> None:
    crushed = 0.4 + 0.3 * X  # says yes to all, as logits
    assert evaluate("accuracy", crushed, Y).value == pytest.approx(
        np.mean((crushed[:, 0] > 0.5) == Y)
    )
    judged = evaluate("accuracy", decidable(crushed, 0.0), Y)
    assert judged.value == pytest.approx(np.mean(Y == 1))
    agreement = fidelity([crushed], [30 * X - 6], classes={0}, threshold=0.0).agreement
    assert agreement == pytest.approx(np.mean(30 * X[:, 0] - 6 > 0))


def test_a_variant_whose_probabilities_are_off_is_judged_as_probabilities() -> None:
    off = 1.3 * Y[:, None] - 0.1 + 0.2  # 0.1 and 1.4: above 0 both, but one of them is no yes
    assert evaluate("accuracy", off.astype(np.float32), Y).value == pytest.approx(np.mean(Y))
    assert evaluate("accuracy", decidable(off.astype(np.float32), 0.5), Y).value == 1


def test_the_order_of_logits_stays_also_where_a_sigmoid_would_be_one() -> None:
    logits = np.array([[-200.0], [-30.0], [0.0], [1e-3], [30.0], [200.0]], np.float32)
    decided = decidable(logits, 0.0)[:, 0]
    assert (np.diff(decided) > 0).all()
    np.testing.assert_array_equal(decided > 0.5, logits[:, 0] > 0)
    assert decidable(logits, None) is logits
