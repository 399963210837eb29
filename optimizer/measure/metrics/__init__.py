"""measure/metrics/: how well a variant does its task: metrics of outputs and labels.

Each file registers one metric; `metric.py` tells how another is added.
"""

from optimizer.data.labels import HEADLINE, Task
from optimizer.measure.metrics.class_of_output import class_labels, predicted_classes
from optimizer.measure.metrics.evaluate import evaluate, scores_of
from optimizer.measure.metrics.metric import METRICS, MetricKind, Scores
from optimizer.registry import discover

discover(__name__, __path__)

SECONDARY: dict[Task, tuple[str, ...]] = {
    task: tuple(
        name for name, kind in METRICS.items() if task in kind.tasks and name != HEADLINE.get(task)
    )
    for task in Task
}
"""The metrics of each task beside the one that is reported first."""

__all__ = [
    "METRICS",
    "SECONDARY",
    "MetricKind",
    "Scores",
    "class_labels",
    "evaluate",
    "predicted_classes",
    "scores_of",
]
