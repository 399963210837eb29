"""measure/metrics/: macro F1, in which rare classes count as much as frequent ones."""

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.class_of_output import (
    class_labels,
    decisions,
    is_matrix,
    predicted_classes,
    threshold,
)
from optimizer.measure.metrics.means import mean_of_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all


@metric_of_all("macro_f1", "Macro F1", Task.CLASSIFICATION, Task.MULTI_LABEL, share=True)
def mean_f1(outputs: Outputs, labels: Labels) -> Weighted:
    """The mean of each class's F1 = 2 TP / (2 TP + FP + FN), as in scikit-learn.

    Classes that are neither among the labels nor predicted are left out.

    Args:
        outputs: (n, classes), (n, 1) or (n,).
        labels: classes (n,) or (n, 1), or decisions (n, labels) for multi-label.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    n = len(outputs)
    if is_matrix(labels):
        values, wanted = decisions(outputs, labels)
        said = values > threshold(values)
        tables = [csr_matrix(part.T.astype(np.float32)) for part in (said & wanted, said, wanted)]
    else:
        truth, found = class_labels(labels, n), predicted_classes(outputs)
        classes = int(max(truth.max(), found.max())) + 1
        at, ones = np.arange(n), np.ones(n, np.float32)

        def one_hot(members: npt.NDArray[np.intp], weights: Float32s) -> csr_matrix:
            return csr_matrix((weights, (members, at)), shape=(classes, n))

        tables = [
            one_hot(truth, (truth == found).astype(np.float32)),
            one_hot(found, ones),
            one_hot(truth, ones),
        ]

    def of_weights(weights: Float32s) -> Float64s:
        both, said, wanted = (np.asarray(table @ weights, np.float64) for table in tables)
        return mean_of_classes(2 * both, said + wanted)

    return Weighted(of_weights, sum(int(table.nnz) for table in tables))
