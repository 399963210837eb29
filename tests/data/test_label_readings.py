"""tests of data/: labels that may be for several things are asked about, and others are not."""

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.data.labels import RawLabels, Task
from optimizer.data.understand_labels import UndecidedLabelsError, understand
from optimizer.models.summary import CompiledLoss, ModelSummary, TensorSpec
from tests.data.conftest import Reader, images
from tests.refused import refused
from tests.summaries import Shape, summary

N = 60
Y = np.arange(N) % 3
YES = Y % 2
ROWS = np.stack([Y == 0, Y > 0, Y == 1], axis=1).astype("float32")
ONE_HOT = np.eye(3)[Y]
MASKS = np.arange(N * 20).reshape(N, 4, 5) % 3
MSE, SPARSE, BINARY = (
    "mean_squared_error", "sparse_categorical_crossentropy", "binary_crossentropy",
)  # fmt: skip
C, R, M = Task.CLASSIFICATION, Task.REGRESSION, Task.MULTI_LABEL
P, A, NONE = Task.PER_POSITION, Task.ANOMALY, Task.UNLABELLED


def heads(*outputs: tuple[str, Shape, str, str]) -> ModelSummary:
    """A model with these outputs: name, shape, activation, loss."""
    names, shapes, ends, losses = zip(*outputs, strict=True)
    return replace(
        summary(taken=(10,)),
        outputs=tuple(
            TensorSpec(name, (None, *shape), "float32")
            for name, shape in zip(names, shapes, strict=True)
        ),
        output_activation="",
        output_activations=ends,
        output_losses=tuple(CompiledLoss(loss) if loss else None for loss in losses),
    )


def asked(y: Any, model: ModelSummary, **decided: Any) -> list[tuple[str, Task]]:
    """The readings that a question offers, the likeliest first: output (if several) and task."""
    with pytest.raises(UndecidedLabelsError) as caught:
        understand({"": RawLabels(np.asarray(y))}, model, **decided)
    return [
        (str(one.settings.get("output", "")), Task(one.settings["task"]))
        for one in caught.value.choices
    ]


def told(y: Any, model: ModelSummary, **decided: Any) -> tuple[str, Task]:
    """What labels are for where nothing is asked."""
    position, labels = understand({"": RawLabels(np.asarray(y))}, model, **decided)
    assert labels.assumed == ""
    return model.outputs[position].name, labels.task


# ---- one output ------------------------------------------------------------------------------

ASKED = {
    "0 and 1 beside one value": (YES, (1,), "linear", None, [R, C]),
    "0 and 1, trained on values": (YES, (1,), "linear", MSE, [R, C]),
    "0 and 1, a sigmoid trained on values": (YES, (1,), "sigmoid", MSE, [R, C]),
    "class numbers, trained on values": (Y, (3,), "linear", MSE, [C, NONE]),
    "class numbers, rectified": (Y, (3,), "relu", None, [C, NONE]),
    "one-hot rows, trained on values": (ONE_HOT, (3,), "linear", MSE, [R, C]),
    "rows of 0 and 1 beside values": (ROWS, (3,), "linear", None, [R, M]),
    "rows of 0 and 1, trained on values": (ROWS, (3,), "linear", MSE, [R, M]),
    "rows of 0 and 1 beside a softmax": (ROWS, (3,), "softmax", None, [M, R]),
    "masks, trained on values": (MASKS, (4, 5, 3), "linear", MSE, [P, NONE]),
    "masks of 0 and 1 beside values": (MASKS % 2, (4, 5, 1), "linear", None, [R, P]),
    "masks of 0 and 1, a sigmoid trained on values": (MASKS % 2, (4, 5, 1), "sigmoid", MSE, [R, P]),
    "one-hot masks, trained on values": (np.eye(3)[MASKS], (4, 5, 3), "linear", MSE, [R, P]),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_may_be_two_things_is_asked(case: str) -> None:
    y, given, activation, loss, tasks = ASKED[case]
    model = summary(given=given, activation=activation, loss=loss)
    assert [task for _, task in asked(y, model)] == tasks


TOLD = {
    "class numbers": (Y, (3,), "softmax", None, C),
    "class numbers, a softmax trained on values": (Y, (3,), "softmax", MSE, C),
    "class numbers, sigmoids trained on values": (Y, (3,), "sigmoid", MSE, C),
    "class numbers, logits": (Y, (3,), "linear", None, C),
    "one-hot rows, logits": (ONE_HOT, (3,), "linear", None, C),
    "one-hot rows, sigmoids": (ONE_HOT, (3,), "sigmoid", None, C),
    "one-hot rows, a softmax trained on values": (ONE_HOT, (3,), "softmax", MSE, C),
    "0 and 1 beside a sigmoid": (YES, (1,), "sigmoid", None, C),
    "0 and 1 beside a logit": (YES, (1,), "linear", BINARY, C),
    "rows of 0 and 1 beside sigmoids": (ROWS, (3,), "sigmoid", None, M),
    "rows of 0 and 1 beside logits": (ROWS, (3,), "linear", BINARY, M),
    "whole numbers beside one value": (Y, (1,), "linear", MSE, R),
    "shares": (ROWS / 3 + 0.1, (3,), "softmax", None, R),
    "masks": (MASKS, (4, 5, 3), "softmax", None, P),
    "masks of 0 and 1 beside a sigmoid": (MASKS % 2, (4, 5, 1), "sigmoid", BINARY, P),
    "a column of one step": (Y[:, None], (1, 3), "softmax", None, C),
    "one-hot of one step": (ONE_HOT[:, None], (1, 3), "softmax", None, C),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_can_be_one_thing_is_not_asked(case: str) -> None:
    y, given, activation, loss, task = TOLD[case]
    assert told(y, summary(given=given, activation=activation, loss=loss))[1] is task


@pytest.mark.parametrize(
    ("activation", "loss", "task"),
    [("linear", MSE, A), ("linear", None, A), ("softmax", None, C), ("linear", SPARSE, C),
     ("sigmoid", None, A)],
)  # fmt: skip
def test_0_and_1_beside_what_may_be_an_autoencoder(
    activation: str, loss: str | None, task: Task
) -> None:
    assert told(YES, summary((64,), (64,), activation=activation, loss=loss))[1] is task


def test_class_numbers_beside_an_autoencoder_are_not_taken_in_silence() -> None:
    """64 outputs were 64 classes, and 1.25 % were right."""
    model = summary((64,), (64,), activation="linear", loss=MSE)
    assert [task for _, task in asked(Y, model)] == [C, NONE]


@pytest.mark.parametrize(
    ("given", "activation", "loss"),
    [((4, 5, 1), "sigmoid", BINARY), ((4, 5, 1), "sigmoid", MSE), ((20,), "linear", MSE),
     ((20,), "sigmoid", BINARY)],
)  # fmt: skip
def test_labels_that_are_the_inputs_themselves_are_what_is_rebuilt(
    reader: Reader, given: tuple[int, ...], activation: str, loss: str
) -> None:
    model = summary(given, given, activation=activation, loss=loss)
    x = np.random.default_rng(0).integers(0, 2, (N, *given))
    assert reader(model, x=x, y=x).task is R
    with pytest.raises(UndecidedLabelsError) if loss == MSE else nullcontext():
        assert reader(model, x=x, y=1 - x).task is not R


# ---- several outputs -------------------------------------------------------------------------

SHAPE, COLOUR = ("shape", (3,), "softmax", SPARSE), ("colour", (3,), "softmax", SPARSE)
SIZE, BOX = ("size", (1,), "linear", MSE), ("box", (3,), "linear", "")


def test_two_outputs_of_equal_shape_are_asked_about() -> None:
    assert asked(Y, heads(SHAPE, COLOUR)) == [("shape", C), ("colour", C)]
    assert asked(Y, heads(SHAPE, COLOUR, SIZE)) == [("shape", C), ("colour", C), ("size", R)]
    assert told(Y, heads(SHAPE, COLOUR), output="colour") == ("colour", C)


def test_what_is_known_of_each_output_tells_where_it_differs() -> None:
    assert told(Y, heads(BOX, COLOUR)) == ("colour", C)
    assert told(Y / 7, heads(SHAPE, SIZE)) == ("size", R)
    assert told(YES, heads(("sick", (1,), "sigmoid", ""), SIZE)) == ("sick", C)
    assert told(ROWS / 7, heads(BOX, COLOUR)) == ("box", R)
    unknown = heads(("a", (3,), "", ""), ("b", (3,), "", ""))
    assert asked(Y, unknown) == [("a", C), ("b", C)]


@pytest.mark.parametrize("label", ["colour", "Colour", "y_colour", "label colour", "colour_true"])
def test_a_column_that_is_called_as_an_output_is_for_it(label: str) -> None:
    assert told(Y, heads(SHAPE, COLOUR), label=label) == ("colour", C)
    assert len(asked(Y, heads(SHAPE, COLOUR), label="kind")) == 2


def test_named_classes_are_for_the_output_that_has_as_many() -> None:
    model = heads(("family", (4,), "softmax", ""), COLOUR)
    assert told(Y, model, named_classes=3) == ("colour", C)
    assert told(Y, model, named_classes=4) == ("family", C)


def test_labels_that_name_an_output_are_for_it_and_only_their_task_is_asked() -> None:
    named = {"size": RawLabels(YES)}
    with pytest.raises(UndecidedLabelsError) as caught:
        understand(named, heads(SHAPE, COLOUR, SIZE))
    outputs = {one.settings["output"] for one in caught.value.choices}
    assert outputs == {"size"}


# ---- the question, and its answer ------------------------------------------------------------


def test_the_question_says_what_may_be_meant_and_how_to_choose() -> None:
    parts = (
        "one of 3 classes (output “shape”)", "one of 3 classes (output “colour”)", "--output",
        "--task", "--yes", "What are the labels for?",
    )  # fmt: skip
    with refused(UndecidedLabelsError, *parts):
        understand({"": RawLabels(Y)}, heads(SHAPE, COLOUR))


def test_each_choice_says_why() -> None:
    with pytest.raises(UndecidedLabelsError) as caught:
        understand({"": RawLabels(YES)}, summary(given=(1,), activation="linear", loss=MSE))
    value, decision = caught.value.choices
    assert value.words == "a value"
    assert value.why == (
        f"compiled with {MSE}, as for values", "ends in no activation, as values do",
        "but the labels hold only 0 and 1",
    )  # fmt: skip
    assert decision.words == "yes or no"
    assert decision.why == (
        f"but compiled with {MSE}, as for values", "but ends in no sigmoid, as decisions do",
    )  # fmt: skip


def test_the_likeliest_can_be_taken_and_that_is_said() -> None:
    position, labels = understand({"": RawLabels(Y)}, heads(SHAPE, COLOUR), assume=True)
    assert position == 0
    assert "taken for the likeliest, one of 3 classes (output “shape”)" in labels.assumed
    assert "may be one of 3 classes (output “colour”)" in labels.assumed
    assert "all numbers here are of the wrong thing" in labels.assumed


def test_what_was_assumed_is_kept_and_goes_when_it_is_decided(reader: Reader) -> None:
    model = heads(SHAPE, COLOUR)
    np.savez(reader.file, x=np.random.default_rng(0).random((N, 10)), y=Y)
    with refused(UndecidedLabelsError, "What are the labels for?"):
        reader.read_file(model)
    assert "colour" in reader.read_file(model, assume=True).assumed
    record = reader.read_file(model, output="colour", task=C)
    assert (record.output, record.assumed) == (1, "")


def test_labels_that_are_laid_aside_are_no_labels(reader: Reader) -> None:
    model = summary(activation="linear", loss=MSE)
    np.savez(reader.file, x=images(N), y=Y)
    with refused(UndecidedLabelsError, "compare variants with the float model alone"):
        reader.read_file(model)
    assert reader.read_file(model, task=NONE).task is NONE
