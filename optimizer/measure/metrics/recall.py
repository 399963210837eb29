"""measure/metrics/: recall, the share of yes, where it is right, that is said."""

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.means import mean_of_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all
from optimizer.measure.metrics.yes_or_no import decided


@metric_of_all("recall", "Recall", Task.CLASSIFICATION, Task.MULTI_LABEL, share=True)
def recall_of_yes(outputs: Outputs, labels: Labels) -> Weighted | None:
    """Of class 1 of two, or the mean over labels, as in scikit-learn; None for more classes."""
    found = decided(outputs, labels)
    if found is None:
        return None
    _, said, wanted = found
    both = (said & wanted).astype(np.float32)
    whole = wanted.astype(np.float32)

    def of_weights(weights: Float32s) -> Float64s:
        part, all_ = (np.asarray(one.T @ weights, np.float64) for one in (both, whole))
        return mean_of_classes(part, all_)

    return Weighted(of_weights, 2 * both.size)
