"""measure/diagnosis/: components that the float model explains no better than their mean does."""

import numpy as np

from optimizer.arrays import Array, Float32s, Float64s
from optimizer.measure.diagnosis.components import MOST_COMPONENTS
from optimizer.words import counted, listed

MOST_NAMES = 4


def unexplained(name: str, outputs: Float32s, labels: Array) -> tuple[str, ...]:
    """Says so of some components of values; where all are such, the whole's R² says it.

    Args:
        name: Of the output.
        outputs: float32 (n, components), or of as many values a sample.
        labels: (n, components).
    """
    if labels.ndim != 2 or not 2 <= labels.shape[1] <= MOST_COMPONENTS:
        return ()
    if outputs.size != labels.size or not np.isfinite(outputs).all():
        return ()
    found = explained_shares(outputs, labels)
    poor = np.flatnonzero(found <= 0)
    if not len(poor) or len(poor) == np.count_nonzero(np.isfinite(found)):
        return ()
    told = listed([f"number {at + 1}, R² {found[at]:.2g}" for at in poor], MOST_NAMES)
    return (
        f"{counted(len(poor), 'component')} of “{name}” ({told}): the float model is no better "
        "there than answering the mean of the labels each time, so that no variant can be judged "
        "by it. Check their order and their units.",
    )


def explained_shares(outputs: Float32s, labels: Array) -> Float64s:
    """R² of each component, (components,): 1 − Σ (y − ŷ)² / Σ (y − ȳ)².

    It is NaN where y never varies.
    """
    y = labels.astype(np.float64)
    errors = np.square(y - outputs.reshape(y.shape)).sum(axis=0)
    spread = np.square(y - y.mean(axis=0)).sum(axis=0)
    shares: Float64s = np.full(y.shape[1], np.nan)
    np.divide(errors, spread, out=shares, where=spread > 0)
    return 1 - shares
