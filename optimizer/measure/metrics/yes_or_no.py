"""measure/metrics/: decisions between yes and no, whose yes is what a rare class is about."""

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.measure.metrics.class_of_output import (
    class_labels,
    decisions,
    is_matrix,
    rows,
    threshold,
)
from optimizer.measure.metrics.metric import Labels, Outputs


def decided(
    outputs: Outputs, labels: Labels
) -> tuple[Float32s, npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None:
    """How sure a yes is, whether it is said, and whether it is right, each (n, labels).

    Args:
        outputs: Of two classes (n, 2) or (n, 1), of which class 1 is the yes; or of several labels.
        labels: Classes (n,), or decisions (n, labels).

    Returns:
        None where there are more than two classes.
    """
    if is_matrix(labels):
        values, wanted = decisions(outputs, labels)
        return values, values > threshold(values), wanted
    values = rows(outputs)
    if values.shape[1] > 2:
        return None
    wanted = (class_labels(labels, len(outputs)) == 1)[:, None]
    if values.shape[1] == 2:
        sure = values[:, 1:] - values[:, :1]
        return sure, sure > 0, wanted
    return values, values > threshold(values), wanted
