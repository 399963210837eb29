"""data/: tells the task from labels and model, and brings labels into one form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from optimizer.arrays import Array, Int64s
from optimizer.data.position_labels import classes_of_positions
from optimizer.data.scaling import of_8_bits
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from optimizer.words import listed, sizes

OF_VALUES = {
    "mean_squared_error",
    "mean_absolute_error",
    "mean_squared_logarithmic_error",
    "mean_absolute_percentage_error",
    "huber",
    "log_cosh",
}
"""Losses of models that give values, not decisions."""
UNNAMED = ""
"""The key of labels that do not say which output they are for."""


class Task(str, Enum):
    """What the labels are for; it decides the metric."""

    CLASSIFICATION = "classification"
    MULTI_LABEL = "multi-label"
    PER_POSITION = "per-position"
    REGRESSION = "regression"
    UNLABELLED = "label-free"


OF_CLASSES = frozenset({Task.CLASSIFICATION, Task.PER_POSITION})
"""Tasks whose answer is a class: of the sample, or of each of its positions."""

HEADLINE = {
    Task.CLASSIFICATION: "accuracy",
    Task.MULTI_LABEL: "label_accuracy",
    Task.PER_POSITION: "position_accuracy",
    Task.REGRESSION: "mae",
}
"""The metric that is reported first for each task that has labels."""


@dataclass(frozen=True)
class RawLabels:
    """Labels as they came.

    Attributes:
        values: Numbers of shape (n, …), or positions in `names`, int64 of shape (n,).
        names: The names of classes that came as text, in the order of the classes; else empty.
    """

    values: Array
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labels:
    """Labels in the form that the metrics take.

    Attributes:
        task: What they are for.
        values: For classification int64 of shape (n,); for multi-label float32 of 0 and 1, shape
            (n, labels); for positions see `classes_of_positions`; for regression float32 of the
            output's shape (n, …).
        classes: The number of classes or labels; None for regression.
        names: The names of the classes, if they are known.
        note: What has to be said about them; empty for nothing.
    """

    task: Task
    values: Array
    classes: int | None
    names: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class _Head:
    """An output of the model, as labels see it.

    Attributes:
        title: What messages call it.
        shape: Of one sample.
        activation: Of the layer that gives it; empty if unknown.
        loss: What it was compiled with; empty if unknown.
    """

    title: str
    shape: tuple[int, ...]
    activation: str
    loss: str

    @property
    def units(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    @property
    def flat(self) -> bool:
        """Whether it is one row of values, perhaps as a picture of one pixel."""
        ends = self.shape[-1:] if len(self.shape) < 3 else (self.shape[0], self.shape[-1])
        return not self.shape or self.units in ends


def class_order(names: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of the model's outputs: as numbers if all are, else sorted.

    Sorted as scikit-learn's LabelEncoder and Keras's `image_dataset_from_directory` do.
    """
    different = sorted(set(names))
    if all(name.isdecimal() for name in different):
        return tuple(sorted(different, key=int))
    return tuple(different)


def understand(
    labels: Mapping[str, RawLabels],
    summary: ModelSummary,
    *,
    output: str | None = None,
    task: Task | None = None,
) -> tuple[int, Labels]:
    """Tells which output the labels are for and what they mean.

    Args:
        labels: By the name of the output, or under `UNNAMED`.
        summary: The model.
        output: The name of the output; None: the first one that the labels fit, which the note
            says where they fit others too.
        task: What they are for; None: found.

    Returns:
        The position of the output, and its labels.

    Raises:
        DataError: labels hold NaN, do not fit the model's outputs, or are out of range.
    """
    failures: list[DataError] = []
    fits: dict[int, Labels] = {}
    for position in _positions(labels, summary, output):
        raw = labels.get(summary.outputs[position].name) or labels[UNNAMED]
        try:
            fits[position] = _fit(raw, _head(summary, position), task)
        except DataError as error:
            failures.append(error)
    if not fits:
        raise failures[0]
    position, found = next(iter(fits.items()))
    notes = [found.note, _doubt_of_output(list(fits), summary, labels)]
    if task is None:
        notes.append(_doubt_of_task(found, _head(summary, position)))
    return position, replace(found, note=" ".join(filter(None, notes)))


def _doubt_of_output(
    fits: Sequence[int], summary: ModelSummary, labels: Mapping[str, RawLabels]
) -> str:
    """What to say where several outputs could be judged, and the user has chosen none."""
    if len(fits) < 2:
        return ""
    first, *others = (f"“{summary.outputs[position].name}”" for position in fits)
    if UNNAMED not in labels:
        return (
            f"There are labels for the outputs {listed([first, *others])}; {first} is judged. "
            "Choose another by --output."
        )
    return (
        f"The labels fit the outputs {listed([first, *others])} alike; {first} was taken, the "
        "first one. If they are for another, choose that (--output), or every number here is of "
        "the wrong one."
    )


def _doubt_of_task(found: Labels, head: _Head) -> str:
    """What to say where the labels look like classes, and the model was trained on values."""
    if found.task not in OF_CLASSES or head.loss not in OF_VALUES or head.units < 2:
        return ""
    return (
        f"The labels look like classes and were taken for them, but the {head.title} was compiled "
        f"with {head.loss}, as for values: if they mean something else (which samples are "
        "anomalies, say), this accuracy means nothing."
    )


def output_position(summary: ModelSummary, name: str | None) -> int:
    """The position of the output called `name`; the first one for None.

    Raises:
        DataError: there is none of that name (lists those that there are).
    """
    names = [spec.name for spec in summary.outputs]
    if name is None:
        return 0
    if name not in names:
        raise DataError(
            f"The model has no output “{name}”; it has {', '.join(names)}. Choose one of those."
        )
    return names.index(name)


def _positions(
    labels: Mapping[str, RawLabels], summary: ModelSummary, output: str | None
) -> list[int]:
    labelled = [i for i, spec in enumerate(summary.outputs) if spec.name in labels]
    positions = labelled or list(range(len(summary.outputs)))
    if output is None:
        return positions
    chosen = output_position(summary, output)
    if chosen not in positions:
        raise DataError(
            f"There are no labels for the output “{output}”, only for {listed(list(labels))}. "
            "Choose one of those."
        )
    return [chosen]


def _head(summary: ModelSummary, position: int) -> _Head:
    spec = summary.outputs[position]
    alone = len(summary.outputs) == 1
    return _Head(
        title="model" if alone else f"output “{spec.name}”",
        shape=tuple(size or 1 for size in spec.shape[1:]),
        # The summary knows the last layer only, which may not be this output's.
        activation=summary.output_activation if alone else "",
        loss=summary.loss.name if summary.loss and alone else "",
    )


def _fit(raw: RawLabels, head: _Head, task: Task | None) -> Labels:
    y = raw.values
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        bad = int(np.count_nonzero(~np.isfinite(y)))
        raise DataError(f"The labels hold {bad:,} values that are NaN or infinite. Remove them.")
    if raw.names and task in {None, Task.CLASSIFICATION}:
        return _named(raw, head)
    if raw.names:
        raise DataError(
            f"The labels name classes ({listed(raw.names)}), which cannot be used for "
            f"{task.value if task else ''}. Choose classification, or give numbers."
        )
    if task is None:
        return _found(y, head)
    fits = {
        Task.CLASSIFICATION: _classes,
        Task.MULTI_LABEL: _decisions,
        Task.PER_POSITION: _positions_of,
        Task.REGRESSION: _numbers,
    }
    labels = fits[task](y, head)
    if labels is None:
        raise DataError(
            f"The labels cannot be used for {task.value}: the {head.title} gives "
            f"{sizes(head.shape)}, and {_EXPECTED[task].format(shape=sizes(head.shape))} are "
            f"expected, but a label has the shape {sizes(y.shape[1:])}{_range(y)}. Choose another "
            "task, or give such labels."
        )
    return labels


_EXPECTED = {
    Task.CLASSIFICATION: "class numbers or one-hot rows",
    Task.MULTI_LABEL: "a 0 or 1 for each value",
    Task.PER_POSITION: "a class number for each position, or one-hot values of the shape {shape},",
    Task.REGRESSION: "values of the shape {shape}",
}


def _range(y: Array) -> str:
    return f" and values from {y.min():g} to {y.max():g}" if y.size else ""


def _found(y: Array, head: _Head) -> Labels:
    """The first task that labels and model are made for."""
    classes = _classes(y, head)
    line = head.activation == "linear" and head.loss != "binary_crossentropy"
    if classes and not (line and head.units == 1):
        return classes
    positions = _positions_of(y, head)
    if positions and not (line and _may_be_values(positions, head)):
        return positions
    decisions = _decisions(y, head)
    measured = head.activation == "softmax" or (
        head.activation == "linear" and head.loss in OF_VALUES
    )
    if decisions and head.units > 1 and not measured:
        return decisions
    pictures = len(head.shape) == 3 and of_8_bits(y.min(), y.max())  # they are scaled later
    if head.activation == "sigmoid" and (y.min() < 0 or y.max() > 1) and not pictures:
        raise DataError(
            f"The labels run from {y.min():g} to {y.max():g}, but the model ends in a sigmoid, "
            "which gives 0 to 1. Give 0 and 1 for the two classes, or shares between them."
        )
    numbers = _numbers(y, head)
    if numbers is None:
        raise DataError(
            f"The labels have the shape {sizes(y.shape[1:])} a sample, but the {head.title} gives "
            f"{sizes(head.shape)}. Expected {_forms(head)}, or values of the output's own shape."
        )
    return numbers


def _forms(head: _Head) -> str:
    """The labels of classes that the output takes."""
    if head.flat:
        return f"class numbers of shape (n,), one-hot rows of shape (n, {head.units})"
    *positions, classes = ("n", *head.shape)
    places = ", ".join(map(str, positions))
    return f"class numbers of shape ({places}), one-hot values of shape ({places}, {classes})"


def _may_be_values(positions: Labels, head: _Head) -> bool:
    """Whether a linear output is as likely meant as values: of pixels that are black or white."""
    one_each = positions.values.size == len(positions.values) * head.units
    return head.loss in OF_VALUES or one_each


def _positions_of(y: Array, head: _Head) -> Labels | None:
    if head.flat:
        return None
    sigmoid = head.activation == "sigmoid"
    found = classes_of_positions(y, head.shape, head.title, sigmoid=sigmoid)
    if found is None:
        return None
    values, classes, note = found
    return Labels(Task.PER_POSITION, values, classes, note=note)


def _classes(y: Array, head: _Head) -> Labels | None:
    single = y.size == len(y)
    if single and head.flat and head.units > 1 and _is_whole(y):
        return Labels(Task.CLASSIFICATION, _in_range(y, head), head.units)
    if head.flat and head.units > 1 and y.size == len(y) * head.units:
        rows = y.reshape(len(y), head.units)
        if _is_one_hot(rows):
            return Labels(Task.CLASSIFICATION, np.argmax(rows, axis=1).astype(np.int64), head.units)
    if single and head.units == 1 and _is_binary(y):
        return Labels(Task.CLASSIFICATION, y.reshape(-1).astype(np.int64), 2)
    return None


def _decisions(y: Array, head: _Head) -> Labels | None:
    if not head.flat or y.size != len(y) * head.units or not _is_binary(y):
        return None
    values = y.reshape(len(y), head.units).astype(np.float32)
    return Labels(Task.MULTI_LABEL, values, head.units)


def _numbers(y: Array, head: _Head) -> Labels | None:
    if int(np.prod(y.shape[1:], dtype=int)) != head.units:
        return None
    values = y.reshape((len(y), *head.shape)).astype(np.float32)
    return Labels(Task.REGRESSION, values, None)


def _named(raw: RawLabels, head: _Head) -> Labels:
    """Classes by name: one for each output, or for some outputs their numbers."""
    names, values = raw.names, raw.values
    classes = head.units if head.units > 1 else 2
    if not head.flat:
        raise DataError(
            f"The labels name classes ({listed(names)}), but the {head.title} gives "
            f"{sizes(head.shape)} and not one value for each class. Give labels of that shape."
        )
    if len(names) == classes:
        order = tuple(sorted(names))
        note = ""
        if order != names:
            note = (
                f"The classes are taken in the order of their numbers ({listed(names)}); Keras's "
                f"image_dataset_from_directory sorts them as text ({listed(order)}). If the model "
                "was trained so, its accuracy will look like guessing."
            )
        return Labels(Task.CLASSIFICATION, values.astype(np.int64), classes, names, note)
    if len(names) < classes and all(name.isdecimal() and int(name) < classes for name in names):
        numbers = np.array([int(name) for name in names], np.int64)
        note = (
            f"The names of the classes were read as their numbers, since {len(names):,} of the "
            f"model's {classes:,} classes occur ({listed(names)})."
        )
        every = tuple(str(number) for number in range(classes))
        return Labels(Task.CLASSIFICATION, numbers[values.astype(np.int64)], classes, every, note)
    raise DataError(
        f"The data have {len(names):,} {'class' if len(names) == 1 else 'classes'} "
        f"({listed(names)}), but the {head.title} tells {classes:,} apart. Give all its classes, "
        f"or name each by its number, 0 to {classes - 1}."
    )


def _in_range(y: Array, head: _Head) -> Int64s:
    values = y.reshape(-1).astype(np.int64)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= head.units:
        raise DataError(
            f"The labels run from {low} to {high}, but the {head.title} has {head.units} classes "
            f"(0 to {head.units - 1}). Number the classes from 0 in the order of the model's "
            "outputs."
        )
    return values


def _is_whole(y: Array) -> bool:
    return y.dtype.kind in "biu" or bool(np.all(np.mod(y, 1) == 0))


def _is_binary(y: Array) -> bool:
    return bool(np.isin(y, (0, 1)).all())


def _is_one_hot(y: Array) -> bool:
    return _is_binary(y) and bool((y.sum(axis=1) == 1).all())
