"""tests of data/: labels of samples that are normal or not, beside a model that rebuilds them."""

from typing import Any

import numpy as np
import pytest

from optimizer.data.anomaly_labels import normal_or_not, rebuilt_input
from optimizer.data.labels import RawLabels, Task
from optimizer.data.understand_labels import understand
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from tests.data.conftest import Reader
from tests.refused import refused
from tests.summaries import summary

Y = np.array([0, 1, 0, 0, 1])
AUTOENCODER = summary((64,), (64,), activation="linear", loss="mean_squared_error")


@pytest.mark.parametrize(
    "model",
    [
        AUTOENCODER,
        summary((64,), (64,), activation="linear"),
        summary((16, 16, 1), (16, 16, 1), activation="sigmoid", loss="binary_crossentropy"),
        summary((30, 4), (30, 4), activation="linear", loss="mean_absolute_error"),
    ],
    ids=["vectors", "not compiled", "pictures", "sequences"],
)
def test_0_and_1_beside_an_autoencoder_say_which_samples_are_anomalies(model: ModelSummary) -> None:
    position, found = understand({"": RawLabels(Y)}, model)
    assert (position, found.task, found.classes) == (0, Task.ANOMALY, 2)
    assert found.names == ("normal", "anomaly")
    np.testing.assert_array_equal(found.values, Y)
    assert "gives back what it takes" in found.note
    assert "--task" in found.note


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (summary((64,), (64,), activation="softmax"), Y),
        (summary((64,), (64,), activation="linear", loss="sparse_categorical_crossentropy"), Y),
        (summary((64,), (10,), activation="linear"), Y),
        (summary((2,), (2,), activation="linear"), Y),
    ],
    ids=["softmax", "classes", "another shape", "two values"],
)
def test_what_may_be_classes_stays_so(model: ModelSummary, y: Any) -> None:
    assert understand({"": RawLabels(y)}, model)[1].task is Task.CLASSIFICATION


@pytest.mark.parametrize(
    ("names", "codes", "expected", "called"),
    [
        (("anomaly", "normal"), [0, 1, 1], [1, 0, 0], ("normal", "anomaly")),
        (("Good", "scratch"), [0, 1, 0], [0, 1, 0], ("Good", "scratch")),
        (("broken", "good", "hole"), [0, 1, 2], [1, 0, 1], ("good", "anomaly")),
        (("NG", "pump"), [1, 0, 1], [0, 1, 0], ("pump", "NG")),
        (("normal",), [0, 0], [0, 0], ("normal", "anomaly")),
        (("cat", "dog"), [0, 1], None, None),
    ],
)
def test_the_names_of_classes_say_which_is_normal(
    names: tuple[str, ...], codes: list[int], expected: list[int] | None, called: Any
) -> None:
    found = normal_or_not(np.array(codes), names)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found[0].tolist() == expected
    assert found[1] == called


def test_minus_one_is_an_outlier_as_in_scikit_learn() -> None:
    found = normal_or_not(np.array([[1], [-1], [1]]), ())
    assert found is not None
    assert found[0].tolist() == [0, 1, 0]


def test_the_input_of_the_outputs_own_shape_is_what_is_rebuilt() -> None:
    assert rebuilt_input([(3,), (4, 4, 1)], (4, 4, 1)) == 1
    assert rebuilt_input([(3,), (4, 4, 1)], (16,)) == 1
    assert rebuilt_input([(16,), (4, 4, 1)], (4, 4, 1)) == 1
    assert rebuilt_input([(3,)], (4,)) is None


def test_what_cannot_say_anomalies_is_refused() -> None:
    with refused(DataError, "from 0 to 7", "0 for a normal sample and 1", "choose another task"):
        understand({"": RawLabels(np.array([0, 7]))}, AUTOENCODER, task=Task.ANOMALY)
    with refused(DataError, "they name cat, dog", "“normal” and “anomaly”", "Give such labels"):
        understand(
            {"": RawLabels(np.array([0, 1]), ("cat", "dog"))}, AUTOENCODER, task=Task.ANOMALY
        )
    with refused(DataError, "nothing of an input's size", "rebuilds", "Choose another task"):
        understand({"": RawLabels(Y)}, summary((64,), (10,)), task=Task.ANOMALY)


def test_roles_have_anomalies_alike_and_say_how_errors_are_judged(reader: Reader) -> None:
    y = (np.arange(200) % 10 == 0).astype(int)
    record = reader(AUTOENCODER, x=np.random.default_rng(0).random((200, 64)), y=y)
    assert (record.task, record.classes, record.class_counts) == (Task.ANOMALY, 2, (180, 20))
    assert (record.false_alarms, record.reconstruction) == (0.05, "mse")
    dataset = reader.opened(record)
    labels = dataset.labels("evaluation")
    assert labels is not None
    assert labels.sum() == 10
    normal = dataset.normal("training")
    assert len(normal) == record.training - int(y[dataset.roles.training].sum())
    assert not y[normal].any()
    assert not set(dataset.normal_not_evaluated()) & set(dataset.roles.evaluation)
    record = reader.read_file(AUTOENCODER, false_alarms=0.01, reconstruction="mae")
    assert (record.false_alarms, record.reconstruction) == (0.01, "mae")


def test_without_labels_the_user_says_that_all_are_normal(reader: Reader) -> None:
    x = np.random.default_rng(0).random((40, 64))
    assert reader(AUTOENCODER, x=x).task is Task.UNLABELLED
    record = reader.read_file(AUTOENCODER, task=Task.ANOMALY)
    assert (record.task, record.class_counts) == (Task.ANOMALY, (40, 0))
    assert any("no labels" in note for note in record.notes)
    with refused(DataError, "gives nothing of an input's size", "rebuilds", "Choose another task"):
        reader.read_file(summary((64,), (10,)), task=Task.ANOMALY)


def test_what_is_for_anomalies_is_refused_for_other_tasks(reader: Reader) -> None:
    with refused(DataError, "the data are regression", "for anomaly detection", "Choose the task"):
        reader(AUTOENCODER, x=np.ones((40, 64)), y=np.full((40, 64), 0.5))
        reader.read_file(AUTOENCODER, false_alarms=0.1)
    reader(AUTOENCODER, x=np.ones((5, 64)), y=Y)
    with refused(DataError, "2 cannot be the share", "between 0 and 1", "Give 0.05"):
        reader.read_file(AUTOENCODER, false_alarms=2.0)
    with refused(DataError, "“rms”", "mse, mae", "Use"):
        reader.read_file(AUTOENCODER, reconstruction="rms")
