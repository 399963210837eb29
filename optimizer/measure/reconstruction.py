"""measure/: how badly a model rebuilds each sample, and what is an anomaly by that."""

import math

import numpy as np

from optimizer.arrays import Array, Float32s, Float64s
from optimizer.data.anomaly_labels import rebuilt_input
from optimizer.data.samples import Samples
from optimizer.errors import MeasurementError
from optimizer.words import sizes

PIECE = 256  # samples that are looked at together
JUST_YES = np.nextafter(np.float32(0.5), np.float32(1))


def reconstruction_errors(outputs: Float32s, wanted: Samples, kind: str) -> Float64s:
    """The error of each sample, (n,): the mean over its values of the square or of the distance.

    Args:
        outputs: (n, …), what the model made of the samples.
        wanted: The samples as they should be rebuilt, n of them.
        kind: "mse" or "mae".

    Raises:
        MeasurementError: no input has as many values as the output.
    """
    n = len(outputs)
    errors = np.empty(n, np.float64)
    for start in range(0, n, PIECE):
        some = slice(start, start + PIECE)
        target = rebuilt(wanted.batch(start, min(start + PIECE, n)), outputs.shape[1:])
        apart = outputs[some].reshape(len(target), -1).astype(np.float64)
        apart -= target.reshape(len(target), -1)
        measure = np.square if kind == "mse" else np.abs
        errors[some] = measure(apart).mean(axis=1)
    return errors


def rebuilt(batch: tuple[Array, ...], shape: tuple[int, ...]) -> Float32s:
    """What an output of this shape should be: the input that it has the size of, (n, *shape).

    Raises:
        MeasurementError: no input has as many values.
    """
    at = rebuilt_input([one.shape[1:] for one in batch], shape)
    if at is None:
        raise MeasurementError(
            f"The output gives {sizes(shape)} a sample, and no input of the model has as many "
            "values, so that there is nothing that it could rebuild."
        )
    return np.asarray(batch[at].reshape(len(batch[at]), *shape), np.float32)


def threshold_at(errors: Float64s, false_alarms: float) -> tuple[float, bool]:
    """Above which error a sample is an anomaly, and whether the samples suffice to say so.

    The ⌈(n + 1)(1 − share)⌉-th smallest error of n normal samples: a further normal one lies above
    it with a chance of at most that share (split conformal prediction; Laxhammar and Falkman, IEEE
    Trans. Pattern Anal. Mach. Intell. 36, 2014, 1158-1173). Where there are too few for the share,
    the largest.

    Args:
        errors: (n,) of normal samples, n > 0.
        false_alarms: The share, 0..1.
    """
    place = math.ceil((len(errors) + 1) * (1 - false_alarms) - 1e-9)
    ranked = np.sort(errors)
    return float(ranked[min(place, len(errors)) - 1]), place <= len(errors)


def alarms(errors: Float64s, threshold: float) -> Float32s:
    """Errors in the same order as shares above a half where they exceed the threshold, (n, 1).

    So metrics that know of decisions and of their order can judge them. By the logarithm, because
    the error of an anomaly may be any multiple of a normal sample's.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # At a threshold of 0 an error of 0 is none, and any other an alarm; NaN stays NaN.
        odds = errors / threshold if threshold > 0 else np.where(errors > 0, np.inf, errors + 1)
        times = np.log(odds)
        shares = np.where(np.isinf(times), np.sign(times), times / (1 + np.abs(times)))
    found = (0.5 + 0.5 * shares).astype(np.float32)
    above = errors > threshold
    found[above] = np.maximum(found[above], JUST_YES)  # rounding must not decide
    found[~above] = np.minimum(found[~above], np.float32(0.5))
    return found[:, None]
