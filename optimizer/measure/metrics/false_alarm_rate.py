"""measure/metrics/: how many normal samples give alarm."""

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.data.anomaly_labels import NORMAL
from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import predicted_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all


@metric_of_all("false_alarm_rate", "False alarms", Task.ANOMALY, higher_is_better=False, share=True)
def normal_taken_for_more(outputs: Outputs, labels: Labels) -> Weighted | None:
    """The share of the normal samples that are taken for anomalies, 1 − specificity.

    None where none is normal.
    """
    normal = (labels.reshape(len(outputs)) == NORMAL).astype(np.float64)
    if not normal.any():
        return None
    alarm = normal * (predicted_classes(outputs) != NORMAL)
    both = np.stack([alarm, normal])

    def of_weights(weights: Float32s) -> Float64s:
        given, count = both @ weights.astype(np.float64)
        return np.where(count > 0, given / np.maximum(count, 1e-12), np.nan)

    return Weighted(of_weights, both.size)
