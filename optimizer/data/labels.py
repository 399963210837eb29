"""data/: tells the task from labels and model, and brings labels into one form."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary


class Task(str, Enum):
    """What the labels are for; it decides the metric."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    UNLABELLED = "label-free"


METRICS = {Task.CLASSIFICATION: "accuracy", Task.REGRESSION: "mae"}
"""The metric that is reported for each task that has labels."""


@dataclass(frozen=True)
class Labels:
    """Labels in the form that the metrics take.

    Attributes:
        task: Classification or regression.
        values: For classification int64 of shape (n,); for regression float32 of the output's
            shape (n, …).
        classes: The number of classes; None for regression.
    """

    task: Task
    values: npt.NDArray[np.generic]
    classes: int | None


def understand(y: npt.NDArray[np.generic], summary: ModelSummary) -> Labels:
    """Tells what `y` (shape (n, …)) means for the model and normalises it.

    Raises:
        DataError: labels hold NaN, do not fit the model's output, or are out of range.
    """
    if len(summary.outputs) > 1:
        raise DataError(
            f"The model has {len(summary.outputs)} outputs, and labels for several outputs cannot "
            "be used. Leave y out: the variants are then compared with the float model."
        )
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        bad = int(np.count_nonzero(~np.isfinite(y)))
        raise DataError(f"The labels hold {bad:,} values that are NaN or infinite. Remove them.")
    output = tuple(size or 1 for size in summary.outputs[0].shape[1:])
    units = int(np.prod(output)) if output else 1
    single = y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1)
    whole = y.dtype.kind in "biu" or bool(np.all(np.mod(y, 1) == 0))
    if single and whole and units > 1 and len(output) == 1:
        return Labels(Task.CLASSIFICATION, _in_range(y, units), units)
    if _is_one_hot(y, units):
        return Labels(Task.CLASSIFICATION, np.argmax(y, axis=1).astype(np.int64), units)
    binary = single and whole and units == 1 and set(np.unique(y).tolist()) <= {0, 1}
    if binary and summary.output_activation != "linear":
        return Labels(Task.CLASSIFICATION, y.reshape(-1).astype(np.int64), 2)
    if summary.output_activation == "sigmoid" and (y.min() < 0 or y.max() > 1):
        raise DataError(
            f"The labels run from {y.min():g} to {y.max():g}, but the model ends in a sigmoid, "
            "which gives 0 to 1. Give 0 and 1 for the two classes, or shares between them."
        )
    if int(np.prod(y.shape[1:])) == units:
        return Labels(Task.REGRESSION, y.reshape((len(y), *output)).astype(np.float32), None)
    raise DataError(
        f"The labels have the shape {_shape(y.shape[1:])} a sample, but the model gives "
        f"{_shape(output)}. Expected class numbers of shape (n,), one-hot rows of shape "
        f"(n, {units}), or values of the output's own shape."
    )


def _in_range(y: npt.NDArray[np.generic], units: int) -> npt.NDArray[np.int64]:
    values = y.reshape(-1).astype(np.int64)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= units:
        raise DataError(
            f"The labels run from {low} to {high}, but the model has {units} classes "
            f"(0 to {units - 1}). Number the classes from 0 in the order of the model's outputs."
        )
    return values


def _is_one_hot(y: npt.NDArray[np.generic], units: int) -> bool:
    if y.ndim != 2 or units < 2 or y.shape[1] != units:
        return False
    return bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(str(size) for size in shape) or "one value"
