"""measure/metrics/: how well a variant does its task: metrics of outputs and labels.

Each file registers one metric; `metric.py` tells how another is added.
"""

from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import class_labels, predicted_classes
from optimizer.measure.metrics.evaluate import evaluate, evaluate_resampled, scores_of
from optimizer.measure.metrics.metric import METRICS, MetricKind, Scores
from optimizer.registry import discover

discover(__name__, __path__)


def others(task: Task, first: str | None) -> tuple[str, ...]:
    """The metrics of a task beside the one that is reported first."""
    return tuple(name for name, kind in METRICS.items() if task in kind.tasks and name != first)


__all__ = [
    "METRICS",
    "MetricKind",
    "Scores",
    "class_labels",
    "evaluate",
    "evaluate_resampled",
    "others",
    "predicted_classes",
    "scores_of",
]
