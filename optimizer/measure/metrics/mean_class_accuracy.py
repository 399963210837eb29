"""measure/metrics/: mean class accuracy, in which each class of positions counts alike."""

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.data.position_labels import UNJUDGED
from optimizer.measure.metrics.means import mean_of_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, Weighted, metric
from optimizer.measure.metrics.positions import areas, predicted_positions


def mean_recall_of_positions(outputs: Outputs, labels: Labels) -> Weighted:
    """The mean of the recalls of the classes that occur in a resample of whole samples."""
    counted = areas(outputs, labels)

    def of_weights(weights: Float32s) -> Float64s:
        both, _, true = counted.of(weights)
        return mean_of_classes(both, true)

    return Weighted(of_weights, counted.cost)


@metric(
    "mean_class_accuracy",
    "Mean class accuracy",
    Task.PER_POSITION,
    share=True,
    higher_is_better=True,
    of_all=mean_recall_of_positions,
)
def right_positions_by_class(outputs: Outputs, labels: Labels) -> Scores:
    """How many of a sample's positions are right, weighted so that all classes count alike.

    The mean over samples is the mean over classes of the share of their positions that are right
    (mean accuracy in Long, Shelhamer and Darrell 2015); a position of a class weighs
    n / (classes · positions of the class in all samples).
    """
    said = predicted_positions(outputs, labels.shape).reshape(len(labels), -1)
    true = labels.reshape(len(labels), -1).astype(np.int64)
    judged = true != UNJUDGED
    _, places, counts = np.unique(true[judged], return_inverse=True, return_counts=True)
    weights = np.zeros(true.shape)
    weights[judged] = (len(true) / (len(counts) * counts))[places]
    return np.asarray((weights * (said == true)).sum(axis=1), np.float64)
