"""measure/metrics/: classes and decisions, out of outputs and labels."""

import math

import numpy as np
import numpy.typing as npt

from optimizer.errors import MeasurementError
from optimizer.measure.metrics.metric import Labels, Outputs
from optimizer.measure.probabilities import in_0_to_1


def predicted_classes(outputs: Outputs) -> npt.NDArray[np.intp]:
    """The class with the largest output, (n,); the first of equal ones, -1 where it is NaN.

    A single output decides between class 0 and 1, see `threshold`.

    Args:
        outputs: (n, classes), (n, 1) or (n,), see `rows`.

    Raises:
        MeasurementError: the outputs are no rows.
    """
    values = rows(outputs)
    classes: npt.NDArray[np.intp]
    if values.shape[1] == 1:
        classes = (values[:, 0] > threshold(values)).astype(np.intp)
    else:
        classes = values.argmax(axis=1)
    classes[np.isnan(values).any(axis=1)] = -1
    return classes


def threshold(outputs: Outputs) -> float:
    """Above which an output says yes: 0.5 if all lie in 0..1, as after a sigmoid, else 0."""
    return 0.5 if in_0_to_1(outputs) else 0.0


def rows(outputs: Outputs) -> Outputs:
    """Outputs of shape (n, classes), with one class where there is one value a sample.

    Args:
        outputs: Of that shape, or a picture of one pixel, as fully convolutional classifiers give
            it: (n, 1, 1, classes) or (n, classes, 1, 1).

    Raises:
        MeasurementError: they are rows in no way.
    """
    values = outputs[:, None] if outputs.ndim == 1 else outputs
    if not are_rows(values.shape):
        raise MeasurementError(
            f"The output has shape {outputs.shape}; classes need (samples, classes)."
        )
    return values.reshape(len(values), math.prod(values.shape[1:]))


def are_rows(shape: tuple[int, ...]) -> bool:
    """Whether outputs (n, …) are one row of values a sample, perhaps as a picture of one pixel."""
    ends = {shape[-1]} if len(shape) < 4 else {shape[1], shape[-1]}
    return len(shape) < 2 or math.prod(shape[1:]) in ends


def class_labels(labels: Labels, n: int) -> npt.NDArray[np.intp]:
    """Labels as class indices, (n,), from indices (n,) or (n, 1) or from one-hot (n, classes).

    Raises:
        MeasurementError: there are not n of them.
    """
    if labels.size == n:
        return labels.reshape(n).astype(np.intp)
    if labels.ndim != 2 or len(labels) != n:
        raise MeasurementError(
            f"The labels have shape {labels.shape}, but {n} class labels are expected: one number "
            "or one one-hot row for each sample."
        )
    indices: npt.NDArray[np.intp] = labels.argmax(axis=1)
    return indices


def is_matrix(labels: Labels) -> bool:
    """Whether labels are decisions of shape (n, labels): the task is multi-label."""
    return labels.ndim == 2 and labels.shape[1] > 1


def decisions(outputs: Outputs, labels: Labels) -> tuple[Outputs, npt.NDArray[np.bool_]]:
    """Outputs (n, labels) and what they should say, bool (n, labels).

    Raises:
        MeasurementError: there is not one label for each output.
    """
    if outputs.size != labels.size or len(outputs) != len(labels):
        raise MeasurementError(
            f"The outputs have shape {outputs.shape}, the labels {labels.shape}; a 0 or 1 is "
            "expected for each output."
        )
    values = rows(outputs)
    return values, np.asarray(labels.reshape(values.shape), np.float32) > 0
