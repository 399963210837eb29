"""measure/metrics/: which metric is reported first, and limits speak of."""

from collections.abc import Sequence

from optimizer.data.anomaly_labels import NORMAL
from optimizer.data.labels import HEADLINE, Task
from optimizer.errors import DataError
from optimizer.measure.metrics.metric import METRICS
from optimizer.words import listed

AUC = "auc"
BALANCED = {
    Task.CLASSIFICATION: "balanced_accuracy",
    Task.PER_POSITION: "mean_class_accuracy",
}
"""What comes first where a class is rare: each class counts alike in it."""
ONE_CLASS = frozenset({Task.CLASSIFICATION, Task.ANOMALY})
"""Tasks in which each sample is of one class."""
REBUILT = "reconstruction_error"
RARE = 0.2
"""Of an even share: a class with less is rare. Of two classes that is a tenth of the samples."""
LEAST = (
    10  # samples, or positions, of a rare class: of fewer nobody can say how well they are found
)


def first_metrics(task: Task) -> tuple[str, ...]:
    """The metrics of a task that may be reported first: those with a score of each sample.

    Where its usual one is of all samples together, as of detectors, all may be.
    """
    usual = HEADLINE.get(task)
    of_all = usual is not None and METRICS[usual].score is None
    return tuple(
        name
        for name, kind in METRICS.items()
        if task in kind.tasks and (of_all or kind.score is not None)
    )


def headline(task: Task, class_counts: Sequence[int], chosen: str | None) -> str | None:
    """The metric that is reported first; None without labels.

    Where a class is rare it is one in which all classes count alike: a file that never finds the
    rare one would hardly lose in accuracy.

    Args:
        task: What the labels are for.
        class_counts: Samples, or positions, of each class; empty where there are none. Of
            anomalies those that are evaluated.
        chosen: What the user wants; None for nothing.

    Raises:
        DataError: the metric is not one of the task, has no score of each sample, or means nothing
            for these samples; or all are anomalies.
    """
    if task is Task.ANOMALY and not class_counts[NORMAL]:
        raise DataError(
            "The evaluation samples are all anomalies, so that no false alarm can be seen. Give "
            "normal samples among them (0)."
        )
    there = [count for count in class_counts if count]
    if chosen is not None:
        allowed = first_metrics(task)
        if chosen not in allowed:
            raise DataError(
                f"{chosen} cannot be the first metric of {task.value}. Choose "
                f"{listed(allowed) or 'none, for there are no labels'}."
            )
        if chosen == AUC and task in ONE_CLASS and len(there) < 2:
            raise DataError(
                "AUC cannot come first: the evaluation samples are all of one class, so that there "
                "is nothing to tell apart. Choose another metric, or add samples of another class."
            )
        return chosen
    if task is Task.ANOMALY and len(there) < len(class_counts):
        return REBUILT
    if task in BALANCED and there:
        rarest, even = min(there), sum(there) / len(there)
        if LEAST <= rarest < RARE * even:
            return BALANCED[task]
    return HEADLINE.get(task)
