"""measure/metrics/: a toy: the probability that a model gives to the right class."""

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import class_labels, rows
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric


@metric("confidence", "Confidence", Task.CLASSIFICATION, share=True, higher_is_better=True)
def confidence(outputs: Outputs, labels: Labels) -> Scores:
    """The output of the right class, for each sample."""
    right = class_labels(labels, len(outputs))
    return np.asarray(rows(outputs)[np.arange(len(outputs)), right], np.float64)
