"""data/: what labels are: how they came, what they are for, and the form that the metrics take."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from optimizer.arrays import Array

UNNAMED = ""
"""The key of labels that do not say which output they are for."""


class Task(str, Enum):
    """What the labels are for; it decides the metric."""

    CLASSIFICATION = "classification"
    MULTI_LABEL = "multi-label"
    PER_POSITION = "per-position"
    DETECTION = "detection"
    REGRESSION = "regression"
    FORECAST = "forecast"
    ANOMALY = "anomaly"
    UNLABELLED = "label-free"


OF_CLASSES = frozenset({Task.CLASSIFICATION, Task.PER_POSITION})
"""Tasks whose answer is a class: of the sample, or of each of its positions."""

DISTILLED = frozenset({Task.DETECTION, Task.UNLABELLED})
"""Tasks of whose labels no loss is made: training asks for the float model's outputs."""

HEADLINE = {
    Task.CLASSIFICATION: "accuracy",
    Task.MULTI_LABEL: "label_accuracy",
    Task.PER_POSITION: "position_accuracy",
    Task.DETECTION: "map",
    Task.REGRESSION: "mae",
    Task.FORECAST: "mae",
    Task.ANOMALY: "auc",
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
        values: For classification int64 of shape (n,), for anomalies too (1 for an anomaly); for
            multi-label float32 of 0 and 1, shape (n, labels); for positions see
            `classes_of_positions`; for regression float32 of the output's shape (n, …).
        classes: The number of classes or labels; None for regression.
        names: The names of the classes, if they are known.
        note: What has to be said about them; empty for nothing.
        assumed: What was taken for likelier where nothing told it; empty where nothing was.
    """

    task: Task
    values: Array
    classes: int | None
    names: tuple[str, ...] = ()
    note: str = ""
    assumed: str = ""


def class_order(names: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of the model's outputs: as numbers if all are, else sorted.

    Sorted as scikit-learn's LabelEncoder and Keras's `image_dataset_from_directory` do.
    """
    different = sorted(set(names))
    if all(name.isdecimal() for name in different):
        return tuple(sorted(different, key=int))
    return tuple(different)
