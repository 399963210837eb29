"""measure/: how near a variant's outputs are to the float32 variant's. Needs no labels."""

from collections.abc import Collection, Sequence

import numpy as np

from optimizer.arrays import Float32s, Float64s
from optimizer.measure.measurements import Fidelity
from optimizer.measure.metrics import predicted_classes
from optimizer.measure.metrics.class_of_output import are_rows
from optimizer.measure.metrics.positions import predicted_positions
from optimizer.measure.probabilities import decidable
from optimizer.measure.snr import snr_db


def fidelity(
    outputs: Sequence[Float32s],
    reference: Sequence[Float32s],
    *,
    classes: Collection[int],
    threshold: float | None = None,
) -> Fidelity:
    """Compares the outputs of two variants for the same samples.

    All values of all outputs count alike; see `snr_db` for the signal-to-noise ratio.

    Args:
        outputs: the variant's, float32 (n, ...) for each model output, as `predict` gives them.
        reference: the float32 variant's, of the same shapes.
        classes: places of the outputs that are classifications, whose top class can agree: of
            samples, or of positions, with the classes on the last axis.
        threshold: Above which a single value of them says yes; None: told from the values.

    Returns:
        All None if any value is NaN or infinite. If the outputs are identical `snr_db`, which
        would be infinite, is None and `max_error` is 0.
    """
    mine = np.concatenate([o.ravel() for o in outputs]).astype(np.float64)
    theirs = np.concatenate([r.ravel() for r in reference]).astype(np.float64)
    if not (np.isfinite(mine).all() and np.isfinite(theirs).all()):
        return Fidelity(None, None, None)
    agreement = None
    if classes:
        same = [
            agreeing(o, r, threshold)
            for place, (o, r) in enumerate(zip(outputs, reference, strict=True))
            if place in classes
        ]
        agreement = float(np.min(same, axis=0).mean())
    return Fidelity(
        agreement=agreement,
        snr_db=snr_db(theirs, mine),
        max_error=float(np.abs(theirs - mine).max()),
    )


def agreeing(mine: Float32s, theirs: Float32s, threshold: float | None) -> Float64s:
    """Of each sample 1 or 0, or the share of its positions with the same class, (n,).

    Args:
        mine, theirs: (n, …) rows of a sample, or of each position.
        threshold: See `fidelity`.
    """
    if mine.ndim == 1 or mine.shape[-1] == 1:
        mine, theirs = decidable(mine, threshold), decidable(theirs, threshold)
    if are_rows(mine.shape):
        return np.asarray(predicted_classes(mine) == predicted_classes(theirs), np.float64)
    said, expected = (predicted_positions(one, one.shape[:-1]) for one in (mine, theirs))
    return np.asarray((said == expected).reshape(len(said), -1).mean(axis=1))
