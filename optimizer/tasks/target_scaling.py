"""tasks/: pictures as targets are scaled as the inputs are, or not at all; told from the model.

An error in 0…255 and one in 0…1 cannot be compared, so that the share of the targets' variance
that the model explains decides: it has no unit.
"""

import numpy as np

from optimizer.arrays import Array, Float32s, Indices
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.labels import Task
from optimizer.data.scaling import SCALINGS, of_8_bits
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import evaluate
from optimizer.measure.reconstruction import rebuilt

AS_IT_IS = "none"
TARGETS = ("unit", "tf", "torch")
"""Scalings of the inputs that targets may have too."""
LOOKED_AT = 1_024  # values of a picture


def are_pictures(record: DatasetRecord, targets: Array) -> bool:
    """Whether targets (n, …) are pictures of 8 bits, which the model may give in another scale."""
    if record.task is not Task.REGRESSION or targets.ndim != 4:
        return False
    return of_8_bits(float(targets.min()), float(targets.max()))


def best_target(outputs: Float32s, targets: Array, scaling: str) -> tuple[str, Metric]:
    """The scaling of the targets under which the outputs explain most of them, and how much.

    Args:
        outputs: What the model says of samples that were scaled so.
        targets: Of these samples, unscaled.
        scaling: Of the inputs.
    """
    ways = [AS_IT_IS, *([scaling] if _can_be(scaling, targets) else [])]
    found = {way: _explained(outputs, SCALINGS[way].apply(targets)) for way in ways}
    best = max(ways, key=lambda way: _or_least(found[way].value))
    return best, found[best]


def best_rebuilt(
    outputs: Float32s, dataset: Dataset, indices: Indices, scaling: str
) -> tuple[str, Metric]:
    """The scaling of the inputs that the outputs come nearest to, and how much they explain of it.

    That is the scaling of the inputs, unless the model scales pictures inside itself.

    Args:
        outputs: What the model says of samples that were scaled so.
        dataset: Has the samples.
        indices: Which ones.
        scaling: Of the inputs.
    """
    pictures = len(dataset.record.shape) == 3 and of_8_bits(dataset.record.low, dataset.record.high)
    ways = dict.fromkeys([scaling, *(("none", "unit", "tf") if pictures else ())])
    found = {}
    for way in ways:
        batch = dataset.samples_at(indices, way).batch(0, len(indices))
        found[way] = _explained(outputs, rebuilt(batch, outputs.shape[1:]))
    best = max(ways, key=lambda way: _or_least(found[way].value))
    return best, found[best]


def _can_be(scaling: str, targets: Array) -> bool:
    return scaling in TARGETS and SCALINGS[scaling].channels in {None, targets.shape[-1]}


def _explained(outputs: Float32s, targets: Float32s) -> Metric:
    """R² of some pixels, the same ones of each picture, or of some values of a row."""
    flat, wanted = outputs.reshape(len(outputs), -1), targets.reshape(len(targets), -1)
    step = -(-flat.shape[1] // LOOKED_AT)
    some, of = np.ascontiguousarray(flat[:, ::step]), wanted[:, ::step]
    # Pixels are of one unit, and are taken together; the values of a row may not be.
    return evaluate("r2", *((some[..., None], of[..., None]) if targets.ndim > 2 else (some, of)))


def _or_least(value: float | None) -> float:
    return float("-inf") if value is None else value
