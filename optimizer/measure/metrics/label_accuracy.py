"""measure/metrics/: label accuracy, the share of right decisions of a multi-label model."""

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import decisions, threshold
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric


@metric("label_accuracy", "Label accuracy", Task.MULTI_LABEL, share=True, higher_is_better=True)
def right_decisions(outputs: Outputs, labels: Labels) -> Scores:
    """The share of a sample's labels that the model decides rightly (1 − Hamming loss)."""
    values, wanted = decisions(outputs, labels)
    right = (values > threshold(values)) == wanted
    return np.asarray((right & ~np.isnan(values)).mean(axis=1), np.float64)
