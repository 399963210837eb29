"""tasks/: without labels: what of each sample tells how near a file's outputs are to float32's."""

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.measure.diagnosis.components import MOST_COMPONENTS
from optimizer.measure.fidelity import agreeing
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import Scores
from optimizer.measure.metrics.class_of_output import are_rows
from optimizer.measure.probabilities import sum_to_1

AGREEMENT, NOISE = "agreement", "noise"


def looks_like_classes(output: Float32s) -> bool:
    """Whether rows of two or more values are positive and sum to one.

    Rows of a sample, or of each position.
    """
    return output.ndim >= 2 and sum_to_1(output)


def likeness(mine: Float32s, theirs: Float32s, threshold: float | None) -> Scores:
    """The score of each sample, (n,).

    Of classes whether it is the float32 variant's, or at how many of its positions (larger is
    better). Of other values the power of the signal and of the noise on it (larger is worse), each
    component about the float32 variant's mean of it and in its deviations: a score between 0 and 1
    beside boxes in pixels counts as much as these. Over the mean of the float32 variant's, which
    has no noise, it rises by the noise's share.

    Args:
        mine: (n, …) the file's output.
        theirs: The float32 variant's.
        threshold: See `fidelity`.
    """
    if not looks_like_classes(theirs):
        signal, noise = (
            np.square(part).mean(axis=1)
            for part in (_in_spreads(theirs, theirs), _noise(mine, theirs))
        )
        power: Scores = signal + noise
        return power
    same = agreeing(mine, theirs, threshold)
    return same.astype(bool) if are_rows(theirs.shape) else same


def likeness_of_all(scores: Scores, theirs: Float32s) -> Metric:
    """Of all samples together: the share that agrees, or the noise over the signal.

    Args:
        scores: See `likeness`.
        theirs: The float32 variant's output.
    """
    mean = float(scores.mean())
    if looks_like_classes(theirs):
        return Metric(AGREEMENT, mean, None, None, len(scores))
    signal = float(np.square(_in_spreads(theirs, theirs)).mean())
    value = mean / signal - 1 if signal and np.isfinite(mean) else None
    return Metric(NOISE, value, None, None, len(scores))


def _noise(mine: Float32s, theirs: Float32s) -> Float64s:
    return _in_spreads(mine, theirs) - _in_spreads(theirs, theirs)


def _in_spreads(values: Float32s, theirs: Float32s) -> Float64s:
    """Each component, less its mean over `theirs`, in deviations there; (n, values).

    What never varies there is counted in its own size. Wide outputs are one component.
    """
    several = theirs.ndim >= 2 and 2 <= theirs.shape[-1] <= MOST_COMPONENTS
    width = theirs.shape[-1] if several else 1
    given = theirs.reshape(-1, width).astype(np.float64)
    mean, spread = given.mean(axis=0), given.std(axis=0)
    unit = np.where(spread > 0, spread, np.where(mean == 0, 1.0, np.abs(mean)))
    counted: Float64s = (values.reshape(-1, width).astype(np.float64) - mean) / unit
    return counted.reshape(len(values), -1)
