"""tests of data/: labels of pixels and steps are told from those of samples, in every form."""

from typing import Any

import numpy as np
import pytest

from optimizer.data.labels import Labels, RawLabels, Task
from optimizer.data.understand_labels import understand
from optimizer.errors import DataError
from tests.refused import refused
from tests.summaries import summary

N, HEIGHT, WIDTH, CLASSES = 6, 4, 5, 3
MASKS = np.arange(N * HEIGHT * WIDTH).reshape(N, HEIGHT, WIDTH) % CLASSES
ONE_HOT = np.eye(CLASSES)[MASKS]
BINARY = MASKS % 2
TAGS = MASKS[:, 0]


def told(y: Any, **model: Any) -> Labels:
    """What labels mean for a model of one output."""
    return understand({"": RawLabels(np.asarray(y))}, summary(**model))[1]


@pytest.mark.parametrize(
    ("labels", "given", "activation", "loss", "expected"),
    [
        (MASKS, (HEIGHT, WIDTH, CLASSES), "softmax", None, MASKS),
        (MASKS[..., None], (HEIGHT, WIDTH, CLASSES), "softmax", None, MASKS),
        (MASKS.astype("float32"), (HEIGHT, WIDTH, CLASSES), "softmax", None, MASKS),
        (ONE_HOT, (HEIGHT, WIDTH, CLASSES), "softmax", None, MASKS),
        (MASKS, (HEIGHT, WIDTH, CLASSES), "linear", "sparse_categorical_crossentropy", MASKS),
        (ONE_HOT, (HEIGHT, WIDTH, CLASSES), "linear", "categorical_crossentropy", MASKS),
        (MASKS, (CLASSES, HEIGHT, WIDTH), "", None, MASKS),
        (ONE_HOT.transpose(0, 3, 1, 2), (CLASSES, HEIGHT, WIDTH), "", None, MASKS),
        (BINARY, (HEIGHT, WIDTH, 1), "sigmoid", None, BINARY),
        (BINARY[..., None], (HEIGHT, WIDTH, 1), "sigmoid", None, BINARY),
        (BINARY > 0, (HEIGHT, WIDTH, 1), "sigmoid", None, BINARY),
        (BINARY * 255, (HEIGHT, WIDTH, 1), "sigmoid", None, BINARY),
        (BINARY, (HEIGHT, WIDTH, 1), "linear", "binary_crossentropy", BINARY),
        (BINARY[:, None], (1, HEIGHT, WIDTH), "", None, BINARY),
        (BINARY, (HEIGHT, WIDTH), "sigmoid", None, BINARY),
        (TAGS, (WIDTH, CLASSES), "softmax", None, TAGS),
        (TAGS % 2, (WIDTH, 1), "sigmoid", None, TAGS % 2),
        (MASKS[:, None], (1, HEIGHT, WIDTH, CLASSES), "softmax", None, MASKS[:, None]),
    ],
    ids=["numbers", "a channel", "whole floats", "one-hot", "logits", "one-hot, logits",
         "channels first", "one-hot, channels first", "binary", "binary, a channel", "bool",
         "0 and 255", "one logit", "one channel first", "no channel", "tags", "binary tags",
         "a volume"],
)  # fmt: skip
def test_every_form_gives_the_same_classes(
    labels: Any, given: tuple[int, ...], activation: str, loss: str | None, expected: Any
) -> None:
    understood = told(labels, given=given, activation=activation, loss=loss)
    assert understood.task is Task.PER_POSITION
    np.testing.assert_array_equal(understood.values, expected)
    assert understood.classes == max(2, 1 + expected.max())


@pytest.mark.parametrize(
    ("labels", "given", "activation", "loss"),
    [
        (BINARY / 2, (HEIGHT, WIDTH, 1), "sigmoid", None),
        (ONE_HOT * 0.5, (HEIGHT, WIDTH, CLASSES), "sigmoid", None),
    ],
    ids=["shares", "grey pictures"],
)  # fmt: skip
def test_pictures_stay_pictures(
    labels: Any, given: tuple[int, ...], activation: str, loss: str | None
) -> None:
    assert told(labels, given=given, activation=activation, loss=loss).task is Task.REGRESSION


def test_a_border_that_nobody_judged_counts_nowhere_and_is_said() -> None:
    masks = MASKS.astype(np.uint8)
    masks[:, 0] = 255
    understood = told(masks, given=(HEIGHT, WIDTH, CLASSES))
    np.testing.assert_array_equal(understood.values[:, 0], -1)
    np.testing.assert_array_equal(understood.values[:, 1:], MASKS[:, 1:])
    assert "25 % of the positions are labelled 255" in understood.note


def test_many_classes_may_have_one_of_number_255() -> None:
    masks = np.full((N, HEIGHT, WIDTH), 255, np.uint8)
    understood = told(masks, given=(HEIGHT, WIDTH, 300))
    assert (understood.values == 255).all()
    assert not understood.note


def test_classes_beyond_the_outputs_are_refused() -> None:
    with refused(DataError, "run from 0 to 3", "tells 3 classes apart", "4 × 5 positions"):
        told(np.minimum(MASKS * 2, 3), given=(HEIGHT, WIDTH, CLASSES))


def test_labels_of_samples_for_an_output_of_positions_are_refused_with_its_forms() -> None:
    with refused(DataError, "(n, 4, 5)", "(n, 4, 5, 3)"):
        told(np.arange(N) % 3, given=(HEIGHT, WIDTH, CLASSES))


@pytest.mark.parametrize("given", [(1, 1, CLASSES), (1, CLASSES), (CLASSES, 1, 1)])
@pytest.mark.parametrize("one_hot", [False, True])
def test_a_picture_of_one_pixel_is_a_class_of_the_sample(
    given: tuple[int, ...], one_hot: bool
) -> None:
    classes = np.arange(N) % CLASSES
    labels = np.eye(CLASSES)[classes].reshape(N, *given) if one_hot else classes
    understood = told(labels, given=given)
    assert understood.task is Task.CLASSIFICATION
    np.testing.assert_array_equal(understood.values, classes)
