"""measure/metrics/: position accuracy, the share of positions whose predicted class is right."""

import numpy as np

from optimizer.data.labels import Task
from optimizer.data.position_labels import UNJUDGED
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric
from optimizer.measure.metrics.positions import predicted_positions


@metric(
    "position_accuracy", "Position accuracy", Task.PER_POSITION, share=True, higher_is_better=True
)
def right_positions(outputs: Outputs, labels: Labels) -> Scores:
    """The share of a sample's positions that are right, of those that somebody judged.

    All samples count alike, however many of their positions were judged; one without any counts
    as right.
    """
    said = predicted_positions(outputs, labels.shape).reshape(len(labels), -1)
    true = labels.reshape(len(labels), -1)
    judged = true != UNJUDGED
    count = judged.sum(axis=1)
    right = ((said == true) & judged).sum(axis=1)
    return np.where(count > 0, right / np.maximum(count, 1), 1.0)
