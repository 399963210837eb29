"""measure/metrics/: top-5 accuracy, for models of many classes."""

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import class_labels, rows
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric

TOP = 5


@metric("top5", "Top-5 accuracy", Task.CLASSIFICATION, proportion=True, higher_is_better=True)
def top_5(outputs: Outputs, labels: Labels) -> Scores:
    """Whether the label is among the five classes with the largest outputs.

    Nothing can be said with five classes or fewer, which would all be right: no score then.
    """
    values = rows(outputs)
    if values.shape[1] <= TOP:
        return np.zeros(0, np.bool_)
    finite = np.where(np.isnan(values), -np.inf, values)  # NaN would be sorted as the largest
    largest = np.argsort(-finite, axis=1, kind="stable")[:, :TOP]
    return np.asarray(np.any(largest == class_labels(labels, len(outputs))[:, None], axis=1))
