"""measure/metrics/: recall, the share of yes, where it is right, that is said."""

from optimizer.data.labels import Task
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all
from optimizer.measure.metrics.yes_or_no import hits_among


@metric_of_all("recall", "Recall", Task.CLASSIFICATION, Task.MULTI_LABEL, Task.ANOMALY, share=True)
def recall_of_yes(outputs: Outputs, labels: Labels) -> Weighted | None:
    """Of class 1 of two, or the mean over labels, as in scikit-learn; None for more classes."""
    return hits_among("wanted", outputs, labels)
