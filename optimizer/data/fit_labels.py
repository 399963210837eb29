"""data/: brings labels into the form of a task, as far as they and an output have it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from optimizer.arrays import Array, Int64s
from optimizer.data.anomaly_labels import NAMES as NORMAL_AND_NOT
from optimizer.data.anomaly_labels import no_labels, normal_or_not, rebuilt_input
from optimizer.data.labels import Labels, RawLabels, Task
from optimizer.data.output_head import OutputHead, head_of, output_position
from optimizer.data.position_labels import classes_of_positions
from optimizer.data.scaling import of_8_bits
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from optimizer.words import listed, sizes

NO_BOXES = (
    "The labels are no boxes, so they cannot be used for detection. Give pictures with COCO's "
    "JSON, YOLO's text files or Pascal VOC's XML beside them, or an .npz with x, boxes (samples, "
    "most boxes, 4) and classes (samples, most boxes)."
)
SERIES = {1, 2}
"""Dimensions of a series: its steps, and perhaps its columns."""
_NOT_REBUILT = (
    "Anomalies are told by how badly a model rebuilds its input, but the {title} gives nothing of "
    "an input's size. Choose another task, or a model whose output has the shape of its input."
)


def fit(raw: RawLabels, head: OutputHead, task: Task) -> Labels:
    """The labels in the form of a task that the user has chosen.

    Raises:
        DataError: labels hold NaN, do not fit the output, or are out of range.
    """
    y = raw.values
    _check_finite(y)
    if task is Task.ANOMALY:
        return _told_anomalies(raw, head)
    if raw.names and task is Task.CLASSIFICATION:
        return _named(raw, head)
    if raw.names:
        raise DataError(
            f"The labels name classes ({listed(raw.names)}), which cannot be used for "
            f"{task.value}. Choose classification, or give numbers."
        )
    if task is Task.DETECTION:
        raise DataError(NO_BOXES)
    labels = _FORMS[task](y, head)
    if labels is None:
        raise DataError(
            f"The labels cannot be used for {task.value}: the {head.title} gives "
            f"{sizes(head.shape)}, and {_EXPECTED[task].format(shape=sizes(head.shape))} are "
            f"expected, but a label has the shape {sizes(y.shape[1:])}{_range(y)}. Choose another "
            "task, or give such labels."
        )
    return labels


def every_fit(raw: RawLabels, head: OutputHead) -> tuple[Labels, ...]:
    """The labels in the form of each task that they may be for, at least one.

    Values stay in the type in which they came: no copy is made of what is not taken. A forecast
    is a regression of which the user says more, so it is none of them.

    Raises:
        DataError: they hold NaN, or fit no task; the message says what would fit.
    """
    y = raw.values
    _check_finite(y)
    ways: list[Callable[[], Labels | None]] = [lambda: _found_anomalies(raw, head)]
    if raw.names:
        ways.append(lambda: _named(raw, head))
    else:
        ways += [
            lambda: _classes(y, head),
            lambda: _positions_of(y, head),
            lambda: _decisions(y, head) if head.units > 1 else None,
            lambda: _possible_values(y, head),
        ]
    fits: list[Labels] = []
    failures: list[DataError] = []
    for way in ways:
        try:
            labels = way()
        except DataError as error:  # noqa: PERF203 (five at most)
            failures.append(error)
        else:
            fits += [labels] if labels else []
    if fits:
        return tuple(fits)
    if failures:
        raise failures[0]
    raise DataError(
        f"The labels have the shape {sizes(y.shape[1:])} a sample, but the {head.title} gives "
        f"{sizes(head.shape)}. Expected {_forms(head)}, or values of the output's own shape."
    )


def unlabelled_anomalies(
    summary: ModelSummary, output: str | None, count: int
) -> tuple[int, Labels]:
    """The output that rebuilds an input, and labels that call all samples normal.

    Args:
        summary: The model.
        output: The name of the output; None: the first one that has the size of an input.
        count: How many samples there are.

    Raises:
        DataError: no output has the size of an input.
    """
    chosen = None if output is None else output_position(summary, output)
    for position in range(len(summary.outputs)) if chosen is None else [chosen]:
        head = head_of(summary, position)
        if rebuilt_input(head.inputs, head.shape) is not None:
            values, note = no_labels(count)
            return position, Labels(Task.ANOMALY, values, 2, NORMAL_AND_NOT, note)
    raise DataError(_NOT_REBUILT.format(title=head_of(summary, chosen or 0).title))


def _check_finite(y: Array) -> None:
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        bad = int(np.count_nonzero(~np.isfinite(y)))
        raise DataError(f"The labels hold {bad:,} values that are NaN or infinite. Remove them.")


# ---- anomalies -------------------------------------------------------------------------------


def _told_anomalies(raw: RawLabels, head: OutputHead) -> Labels:
    """Which samples are anomalies, where the user said that the labels are for that."""
    if rebuilt_input(head.inputs, head.shape) is None:
        raise DataError(_NOT_REBUILT.format(title=head.title))
    found = normal_or_not(raw.values, raw.names)
    if found is None:
        given = (
            f"they name {listed(raw.names)}"
            if raw.names
            else f"a label has the shape {sizes(raw.values.shape[1:])}{_range(raw.values)}"
        )
        raise DataError(
            "The labels cannot be used for anomalies: 0 for a normal sample and 1 for an anomaly "
            f"are expected, or the class names “normal” and “anomaly”, but {given}. Give such "
            "labels, or choose another task."
        )
    values, names = found
    return Labels(Task.ANOMALY, values, 2, names)


def _found_anomalies(raw: RawLabels, head: OutputHead) -> Labels | None:
    """The same, where labels and output look like it."""
    found = normal_or_not(raw.values, raw.names) if head.rebuilds else None
    if found is None:
        return None
    values, names = found
    note = (
        f"The {head.title} gives back what it takes, so samples are judged by how badly they "
        f"are rebuilt: {names[1]} is what should be found. If the labels mean something else, "
        "choose another task (--task)."
    )
    return Labels(Task.ANOMALY, values, 2, names, note)


# ---- the other tasks -------------------------------------------------------------------------


_EXPECTED = {
    Task.CLASSIFICATION: "class numbers or one-hot rows",
    Task.MULTI_LABEL: "a 0 or 1 for each value",
    Task.PER_POSITION: "a class number for each position, or one-hot values of the shape {shape},",
    Task.REGRESSION: "values of the shape {shape}",
    Task.FORECAST: "windows (steps) or (steps, columns) as the first input and the next steps, "
    "values of the shape {shape},",
}


def _range(y: Array) -> str:
    return f" and values from {y.min():g} to {y.max():g}" if y.size else ""


def _forms(head: OutputHead) -> str:
    """The labels of classes that the output takes."""
    if head.flat:
        return f"class numbers of shape (n,), one-hot rows of shape (n, {head.units})"
    *positions, classes = ("n", *head.shape)
    places = ", ".join(map(str, positions))
    return f"class numbers of shape ({places}), one-hot values of shape ({places}, {classes})"


def _possible_values(y: Array, head: OutputHead) -> Labels | None:
    """Numbers, as far as the output can give them."""
    pictures = len(head.shape) == 3 and of_8_bits(y.min(), y.max())  # they are scaled later
    if head.activation == "sigmoid" and (y.min() < 0 or y.max() > 1) and not pictures:
        raise DataError(
            f"The labels run from {y.min():g} to {y.max():g}, but the {head.title} ends in a "
            "sigmoid, which gives 0 to 1. Give 0 and 1 for the two classes, or shares between them."
        )
    return _values_of(y, head)


def _values_of(y: Array, head: OutputHead) -> Labels | None:
    if int(np.prod(y.shape[1:], dtype=int)) != head.units:
        return None
    return Labels(Task.REGRESSION, y.reshape((len(y), *head.shape)), None)


def _positions_of(y: Array, head: OutputHead) -> Labels | None:
    if head.flat:
        return None
    sigmoid = head.activation == "sigmoid"
    found = classes_of_positions(y, head.shape, head.title, sigmoid=sigmoid)
    if found is None:
        return None
    values, classes, note = found
    return Labels(Task.PER_POSITION, values, classes, note=note)


def _classes(y: Array, head: OutputHead) -> Labels | None:
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


def _decisions(y: Array, head: OutputHead) -> Labels | None:
    if not head.flat or y.size != len(y) * head.units or not _is_binary(y):
        return None
    values = y.reshape(len(y), head.units).astype(np.float32)
    return Labels(Task.MULTI_LABEL, values, head.units)


def _numbers(y: Array, head: OutputHead) -> Labels | None:
    labels = _values_of(y, head)
    return labels and replace(labels, values=labels.values.astype(np.float32))


def _steps(y: Array, head: OutputHead) -> Labels | None:
    """The next steps of a series: (n, steps) or (n, steps, columns), of windows that are such."""
    windows = bool(head.inputs) and len(head.inputs[0]) in SERIES
    numbers = _numbers(y, head) if windows and len(head.shape) in SERIES else None
    return numbers and replace(numbers, task=Task.FORECAST)


def _named(raw: RawLabels, head: OutputHead) -> Labels:
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


def _in_range(y: Array, head: OutputHead) -> Int64s:
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


_FORMS: dict[Task, Callable[[Array, OutputHead], Labels | None]] = {
    Task.CLASSIFICATION: _classes,
    Task.MULTI_LABEL: _decisions,
    Task.PER_POSITION: _positions_of,
    Task.REGRESSION: _numbers,
    Task.FORECAST: _steps,
}
