"""measure/metrics/: what is said of each position, such as a pixel, and how much of a class it is.

Positions of one sample are not independent: intervals come from resampling whole samples.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s, Float64s, Int64s
from optimizer.data.position_labels import UNJUDGED, class_axis
from optimizer.errors import MeasurementError
from optimizer.measure.metrics.class_of_output import threshold
from optimizer.measure.metrics.metric import Labels, Outputs


def predicted_positions(outputs: Outputs, shape: tuple[int, ...]) -> Int64s:
    """The class of each position; the first of equal ones, -1 where an output is NaN.

    Args:
        outputs: (n, *positions, classes), (n, classes, *positions), or one value a position, which
            decides between class 0 and 1, see `threshold`.
        shape: (n, *positions).

    Raises:
        MeasurementError: the outputs have other positions.
    """
    axis = class_axis(outputs.shape, shape)
    if axis is None:
        if outputs.size != np.prod(shape, dtype=int):
            raise MeasurementError(
                f"The output has shape {outputs.shape}, but labels for the positions {shape} were "
                "given; they must have the same positions."
            )
        values = outputs.reshape(shape)
        classes = np.asarray(values > threshold(values), np.int64)
        classes[np.isnan(values)] = -1
        return classes
    classes = np.asarray(outputs.argmax(axis=axis), np.int64)
    classes[np.isnan(outputs).any(axis=axis)] = -1
    return classes


def by_position(outputs: Outputs, shape: tuple[int, ...]) -> Outputs:
    """Outputs with the classes on the last axis, (n, *positions, classes or 1).

    Args:
        outputs, shape: as `predicted_positions` takes them.
    """
    axis = class_axis(outputs.shape, shape)
    return outputs.reshape(*shape, 1) if axis is None else np.moveaxis(outputs, axis, -1)


@dataclass(frozen=True)
class Areas:
    """How many positions each class has in each sample, sparse (classes, n).

    Attributes:
        both: Where it is and is said to be.
        said: Where it is said to be.
        true: Where it is.
    """

    both: Any
    said: Any
    true: Any

    @property
    def cost(self) -> int:
        """How many numbers a sum over weighted samples goes through."""
        return int(self.both.nnz + self.said.nnz + self.true.nnz)

    def of(self, weights: Float32s) -> tuple[Float64s, Float64s, Float64s]:
        """The sums over weighted samples, (classes, b) each, for weights (n, b)."""
        both, said, true = (
            np.asarray(part @ weights, np.float64) for part in (self.both, self.said, self.true)
        )
        return both, said, true


def areas(outputs: Outputs, labels: Labels) -> Areas:
    """Counts the positions of each class; those that nobody judged are left out.

    Args:
        outputs: see `predicted_positions`.
        labels: (n, *positions), classes.
    """
    said = predicted_positions(outputs, labels.shape)
    true = labels.astype(np.int64)
    judged = (true != UNJUDGED) & (said >= 0)
    axis = class_axis(outputs.shape, labels.shape)
    classes = 2 if axis is None else outputs.shape[axis]
    return Areas(
        both=_counted(true, judged & (true == said), classes),
        said=_counted(said, judged, classes),
        true=_counted(true, judged, classes),
    )


def _counted(classes: Int64s, among: npt.NDArray[np.bool_], count: int) -> Any:
    """How many of the chosen positions have each class, float32 csr (count, n)."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    n = len(classes)
    flat, chosen = classes.reshape(n, -1), among.reshape(n, -1)
    rows, _ = np.nonzero(chosen)
    places, times = np.unique(flat[chosen] * n + rows, return_counts=True)
    return csr_matrix((times.astype(np.float32), divmod(places, n)), shape=(count, n))
