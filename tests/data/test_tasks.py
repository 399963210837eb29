"""tests of data/: what labels are for is told from labels and model, and may be decided."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.data_options import DataOptions
from optimizer.data.dataset import DatasetRecord
from optimizer.data.labels import Labels, RawLabels, Task
from optimizer.data.reading import reinterpret
from optimizer.data.understand_labels import understand
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from tests.data.conftest import Reader, images
from tests.refused import refused
from tests.summaries import summary

Y = np.arange(40) % 3
ANIMALS = np.array(["dog", "ant", "cat"])[Y]
DECISIONS = np.stack([Y == 0, Y > 0, Y == 1], axis=1).astype("float32")


def told(y: Any, *names: str, task: Task | None = None, **model: Any) -> Labels:
    """What labels mean for a model of one output."""
    return understand({"": RawLabels(np.asarray(y), names)}, summary(**model), task=task)[1]


@pytest.mark.parametrize(
    ("labels", "given", "activation", "task", "classes"),
    [
        (Y, (3,), "softmax", Task.CLASSIFICATION, 3),
        (Y, (3,), "linear", Task.CLASSIFICATION, 3),
        (Y[:, None], (3,), "softmax", Task.CLASSIFICATION, 3),
        (Y.astype("float64"), (3,), "", Task.CLASSIFICATION, 3),
        (np.eye(3)[Y], (3,), "softmax", Task.CLASSIFICATION, 3),
        (Y % 2, (1,), "sigmoid", Task.CLASSIFICATION, 2),
        (Y % 2 == 1, (1,), "sigmoid", Task.CLASSIFICATION, 2),
        (Y / 7, (1,), "linear", Task.REGRESSION, None),
        (Y / 7, (1,), "sigmoid", Task.REGRESSION, None),
        (np.ones((40, 3)) / 7, (3,), "linear", Task.REGRESSION, None),
        (np.full((40, 4, 4), 0.5), (4, 4, 1), "sigmoid", Task.REGRESSION, None),
        (DECISIONS, (3,), "sigmoid", Task.MULTI_LABEL, 3),
        (DECISIONS.astype(bool), (3,), "", Task.MULTI_LABEL, 3),
    ],
    ids=["numbers", "logits", "column", "whole floats", "one-hot", "binary", "bool",
         "values", "shares", "vectors", "maps", "decisions", "bool decisions"],
)  # fmt: skip
def test_the_task_is_told_from_labels_and_model(
    labels: Any, given: tuple[int, ...], activation: str, task: Task, classes: int | None
) -> None:
    understood = told(labels, given=given, activation=activation)
    assert (understood.task, understood.classes) == (task, classes)
    assert len(understood.values) == 40
    if task is Task.CLASSIFICATION:
        assert understood.values.dtype == np.int64
        assert understood.values.shape == (40,)
    else:
        assert understood.values.dtype == np.float32
        assert understood.values.shape == (40, *given)


@pytest.mark.parametrize(
    ("labels", "given", "loss", "task"),
    [(Y % 2, (1,), "binary_crossentropy", Task.CLASSIFICATION),
     (DECISIONS, (3,), "binary_crossentropy", Task.MULTI_LABEL)],
    ids=["one logit", "logits"],
)  # fmt: skip
def test_the_loss_tells_what_linear_outputs_are(
    labels: Any, given: tuple[int, ...], loss: str, task: Task
) -> None:
    assert told(labels, given=given, activation="linear", loss=loss).task is task


def test_one_hot_labels_mean_the_same_as_numbers() -> None:
    assert np.array_equal(told(np.eye(3)[Y]).values, told(Y).values)


@pytest.mark.parametrize(
    ("labels", "given", "activation", "task"),
    [(Y % 2, (1,), "sigmoid", Task.REGRESSION),
     (np.eye(3)[Y], (3,), "softmax", Task.MULTI_LABEL),
     (np.eye(3)[Y], (3,), "softmax", Task.REGRESSION), (DECISIONS, (3,), "", Task.REGRESSION)],
    ids=["a share", "not exclusive", "shares", "values"],
)  # fmt: skip
def test_the_task_can_be_decided(
    labels: Any, given: tuple[int, ...], activation: str, task: Task
) -> None:
    assert told(labels, given=given, activation=activation).task is not task
    assert told(labels, given=given, activation=activation, task=task).task is task


@pytest.mark.parametrize(
    ("labels", "task", "parts"),
    [(Y / 7, Task.CLASSIFICATION, ("classification", "class numbers", "one value")),
     (Y, Task.REGRESSION, ("regression", "gives 3", "values of the shape 3", "from 0 to 2")),
     (np.ones((40, 3)) / 7, Task.MULTI_LABEL, ("multi-label", "a 0 or 1 for each value"))],
    ids=["classes", "values", "decisions"],
)  # fmt: skip
def test_a_task_that_the_labels_cannot_serve(labels: Any, task: Task, parts: Any) -> None:
    with refused(DataError, "cannot be used for", "Choose another task", *parts):
        told(labels, task=task)


# ---- classes by name -------------------------------------------------------------------------


def test_texts_become_classes_in_sorted_order(reader: Reader) -> None:
    dataset = reader.dataset(summary(), x=images(40), y=ANIMALS)
    assert dataset.record.class_names == ("ant", "cat", "dog")
    assert dataset.record.class_counts == (13, 13, 14)
    assert dataset.y is not None
    assert np.array_equal(np.array(dataset.record.class_names)[dataset.y], ANIMALS)


def test_two_texts_are_the_classes_of_one_sigmoid(reader: Reader) -> None:
    model = summary(given=(1,), activation="sigmoid")
    record = reader(model, x=images(40), y=np.array(["no", "yes"])[Y % 2])
    assert (record.task, record.class_names) == (Task.CLASSIFICATION, ("no", "yes"))


def test_numbers_as_text_are_in_the_order_of_the_numbers(reader: Reader) -> None:
    y = (np.arange(44) % 11 + 1).astype(str)
    record = reader(summary(given=(11,)), x=images(44), y=y)
    assert record.class_names == tuple(str(number) for number in range(1, 12))
    assert any("image_dataset_from_directory" in note for note in record.notes)


def test_some_classes_named_by_number_are_those_numbers(reader: Reader) -> None:
    dataset = reader.dataset(summary(given=(10,)), x=images(40), y=np.array(["7", "0", "3"])[Y])
    assert dataset.y is not None
    assert np.array_equal(dataset.y, np.array([7, 0, 3])[Y])
    assert any("3 of the model's 10 classes" in note for note in dataset.record.notes)


@pytest.mark.parametrize("outputs", [2, 4])
def test_other_classes_than_the_model_has(reader: Reader, outputs: int) -> None:
    with refused(DataError, "3 classes (ant, cat, dog)", f"tells {outputs}", "by its number"):
        reader(summary(given=(outputs,)), x=images(40), y=ANIMALS)


def test_texts_for_a_task_that_needs_numbers() -> None:
    with refused(DataError, "name classes (a, b, c)", "regression", "Choose classification"):
        told(Y, "a", "b", "c", task=Task.REGRESSION)


# ---- several outputs -------------------------------------------------------------------------

TWO = summary(outputs=2)


@pytest.fixture
def two_heads() -> Callable[..., int]:
    """Says for which of the outputs `box` (4 values) and `kind` (3 classes) labels are."""
    from dataclasses import replace

    from optimizer.models.summary import TensorSpec

    outputs = (TensorSpec("box", (None, 4), "float32"), TensorSpec("kind", (None, 3), "float32"))
    model = replace(summary(), outputs=outputs)

    def place(y: Any = None, output: str | None = None, **named: Any) -> int:
        given = {name: RawLabels(values) for name, values in named.items()}
        return understand(given or {"": RawLabels(y)}, model, output=output)[0]

    return place


def test_labels_are_for_the_first_output_that_they_fit(two_heads: Callable[..., int]) -> None:
    assert two_heads(np.random.default_rng(0).random((40, 4))) == 0
    assert two_heads(np.random.default_rng(0).random((40, 3))) == 1
    assert two_heads(Y + 1) == 0  # class numbers fit both
    assert two_heads(Y, output="kind") == 1


def test_labels_named_by_their_output_are_for_that_one(two_heads: Callable[..., int]) -> None:
    assert two_heads(kind=Y) == 1
    assert two_heads(kind=Y, box=np.ones((40, 4)) / 7) == 0
    assert two_heads(kind=Y, box=np.ones((40, 4)) / 7, output="kind") == 1


def test_an_output_that_there_is_not(two_heads: Callable[..., int]) -> None:
    with refused(DataError, "no output “mask”", "it has box, kind", "Choose one"):
        two_heads(Y, output="mask")
    with refused(DataError, "no labels for the output “box”", "only for kind", "Choose one"):
        two_heads(kind=Y, output="box")


def test_labels_of_several_outputs_are_read_by_their_names(reader: Reader) -> None:
    arrays: dict[str, Any] = {"y_out_0": np.eye(3)[Y], "y_out_1": (Y + 1) % 3}
    record = reader(TWO, x=images(40), **arrays)
    assert record.output == 0
    np.savez(reader.file, x=images(40), **arrays)
    record = reader.read_file(TWO, output="out_1")
    assert record.output == 1
    assert np.array_equal(np.asarray(reader.opened(record).y), (Y + 1) % 3)


# ---- another mind ----------------------------------------------------------------------------


def again(
    folder: Path, record: DatasetRecord, model: ModelSummary, options: DataOptions
) -> DatasetRecord:
    return reinterpret(folder, folder, record, model, options)


def test_another_task_is_applied_without_the_file(reader: Reader) -> None:
    model = summary(given=(1,), activation="sigmoid")
    record = reader(model, x=images(40), y=Y % 2)
    reader.file.unlink()
    changed = reinterpret(
        reader.folder, reader.folder, record, model, DataOptions(task=Task.REGRESSION)
    )
    assert (record.task, changed.task) == (Task.CLASSIFICATION, Task.REGRESSION)
    assert (changed.classes, changed.class_counts) == (None, ())
    assert np.asarray(reader.opened(changed).y).dtype == np.float32
    assert again(reader.folder, changed, model, DataOptions()) == record


def test_labels_can_be_ignored_and_taken_up_again(reader: Reader) -> None:
    record = reader(summary(), x=images(40), y=ANIMALS)
    bare = reinterpret(
        reader.folder, reader.folder, record, summary(), DataOptions(task=Task.UNLABELLED)
    )
    assert bare.task is Task.UNLABELLED
    assert reader.opened(bare).labels("evaluation") is None
    assert again(reader.folder, bare, summary(), DataOptions()) == record


def test_a_task_for_data_without_labels(reader: Reader) -> None:
    np.savez(reader.file, x=images(40))
    with refused(DataError, "no labels", "regression", "Give labels"):
        reader.read_file(summary(), task=Task.REGRESSION)
