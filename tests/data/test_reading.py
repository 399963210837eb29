"""tests of data/: good data are read as they are, whatever form they come in."""

from typing import Any

import numpy as np
import pytest

from optimizer.data.labels import Task
from optimizer.errors import DataError
from tests.data.conftest import Reader, gathered, images
from tests.refused import refused
from tests.summaries import summary

Y = np.arange(40) % 3


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64", "int32", "bool"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
def test_every_sample_arrives_with_its_label(
    reader: Reader, dtype: str, order: Any, compressed: bool
) -> None:
    x = np.asarray(images(40) % 2, dtype, order=order)
    (np.savez_compressed if compressed else np.savez)(reader.file, x=x, y=Y)
    record = reader.read_file(summary())
    assert (record.count, record.dtype, record.shape) == (40, dtype, (8, 8, 3))
    assert (record.low, record.high) == (0, 1)
    read_x, read_y = gathered(reader.opened(record))
    assert np.array_equal(read_x, x.astype("float32"))
    assert np.array_equal(read_y, Y)


def test_the_users_own_test_part_is_what_is_evaluated(reader: Reader) -> None:
    x = images(40)
    dataset = reader.dataset(
        summary(), x_train=x[:30], y_train=Y[:30], x_test=x[30:], y_test=Y[30:]
    )
    evaluation = dataset.samples("evaluation", "none")
    assert np.array_equal(evaluation.batch(0, 10)[0], x[30:].astype("float32"))
    labels = dataset.labels("evaluation")
    assert labels is not None
    assert np.array_equal(labels, Y[30:])
    assert gathered(dataset)[0].shape == (40, 8, 8, 3)


def test_a_test_part_alone_is_split_like_any_data(reader: Reader) -> None:
    record = reader(summary(), x_test=images(40), y_test=Y)
    assert record.evaluation == 20
    assert record.calibration > 0


def test_parts_of_different_types_are_joined_without_loss(reader: Reader) -> None:
    x = images(40)
    dataset = reader.dataset(
        summary(), x_train=x[:30], y_train=Y[:30], x_test=x[30:] / 255, y_test=Y[30:]
    )
    expected = np.concatenate([x[:30], x[30:] / 255]).astype("float32")
    assert np.array_equal(gathered(dataset)[0], expected)


@pytest.mark.parametrize(
    ("own", "wanted"),
    [((8, 8), (8, 8, 1)), ((64,), (8, 8, 1)), ((8, 8, 1), (64,)), ((8, 8, 1), (8, 8)),
     ((1, 8, 8), (8, 8, 1)), ((7, 1), (7,))],
    ids=lambda shape: "x".join(map(str, shape)),
)  # fmt: skip
def test_samples_that_lack_only_the_form_are_reshaped(
    reader: Reader, own: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    x = np.random.default_rng(0).random((40, *own), np.float32)
    dataset = reader.dataset(summary(wanted), x=x, y=Y)
    assert dataset.record.reshaped_from == own
    assert np.array_equal(gathered(dataset)[0], x.reshape(40, *wanted))


def test_data_without_labels_are_label_free(reader: Reader) -> None:
    dataset = reader.dataset(summary(), x=images(40))
    assert dataset.record.task is Task.UNLABELLED
    assert dataset.labels("evaluation") is None


def test_names_that_are_not_known_are_ignored(reader: Reader) -> None:
    assert reader(summary(), x=images(40), y=Y, names=np.array(["a", "b"])).count == 40


def test_labels_for_an_output_that_there_is_not_are_never_passed_over(reader: Reader) -> None:
    with refused(DataError, "y_colour", "outputs are called", "Call the arrays y,", "label-free"):
        reader(summary(), x=images(40), y_colour=Y)
    assert reader.read_file(summary(), task=Task.UNLABELLED).task is Task.UNLABELLED
    beside = reader(summary(), x=images(40), y=Y, y_colour=Y)
    assert beside.task is Task.CLASSIFICATION
    assert any("left out: y_colour" in note for note in beside.notes)


def test_the_classes_are_counted(reader: Reader) -> None:
    record = reader(summary(given=(4,)), x=images(40), y=Y)
    assert record.class_counts == (14, 13, 13, 0)
    assert record.classes == 4


def test_batches_are_as_the_model_takes_them(reader: Reader) -> None:
    dataset = reader.dataset(summary((2,), dtype="int32"), x=np.arange(80).reshape(40, 2), y=Y)
    samples = dataset.samples("evaluation")
    assert samples.batch(0, 7)[0].dtype == np.int32
    assert samples.batch(0, 7)[0].shape == (7, 2)
    whole = samples.batch(0, len(samples))[0]
    assert np.array_equal(np.concatenate([samples.batch(0, 7)[0], samples.batch(7, 99)[0]]), whole)
