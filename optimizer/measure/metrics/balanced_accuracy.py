"""measure/metrics/: balanced accuracy, in which rare classes count as much as frequent ones."""

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import class_labels, predicted_classes
from optimizer.measure.metrics.means import mean_of_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, Weighted, metric


def mean_recall(outputs: Outputs, labels: Labels) -> Weighted:
    """The mean of the recalls of the classes that occur in a resample."""
    true = class_labels(labels, len(outputs))
    _, places, counts = np.unique(true, return_inverse=True, return_counts=True)
    of_class = (places == np.arange(len(counts))[:, None]).astype(np.float32)
    right = of_class * (predicted_classes(outputs) == true)

    def of_weights(weights: Float32s) -> Float64s:
        found, there = (np.asarray(part @ weights, np.float64) for part in (right, of_class))
        return mean_of_classes(found, there)

    return Weighted(of_weights, 2 * of_class.size)


@metric(
    "balanced_accuracy",
    "Balanced accuracy",
    Task.CLASSIFICATION,
    Task.ANOMALY,
    share=True,
    higher_is_better=True,
    of_all=mean_recall,
)
def right_by_class(outputs: Outputs, labels: Labels) -> Scores:
    """Whether a sample is right, weighted so that all classes that occur count alike.

    The mean over samples is the mean of the classes' recalls, as in scikit-learn; a weight is
    n / (classes · samples of the class).
    """
    true = class_labels(labels, len(outputs))
    _, places, counts = np.unique(true, return_inverse=True, return_counts=True)
    weights = len(true) / (len(counts) * counts)
    return np.asarray((predicted_classes(outputs) == true) * weights[places], np.float64)
