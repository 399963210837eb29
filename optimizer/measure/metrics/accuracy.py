"""measure/metrics/: accuracy, the share of samples whose predicted class is the label."""

import numpy as np

from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import class_labels, predicted_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric


@metric("accuracy", "Accuracy", Task.CLASSIFICATION, proportion=True, higher_is_better=True)
def top_1(outputs: Outputs, labels: Labels) -> Scores:
    """Whether the predicted class is the label."""
    return np.asarray(predicted_classes(outputs) == class_labels(labels, len(outputs)))
