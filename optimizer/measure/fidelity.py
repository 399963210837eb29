"""measure/: how near a variant's outputs are to the float32 variant's. Needs no labels."""

from collections.abc import Collection, Sequence

import numpy as np

from optimizer.arrays import Float32s
from optimizer.measure.measurements import Fidelity
from optimizer.measure.metrics import predicted_classes
from optimizer.measure.snr import snr_db


def fidelity(
    outputs: Sequence[Float32s], reference: Sequence[Float32s], *, classes: Collection[int]
) -> Fidelity:
    """Compares the outputs of two variants for the same samples.

    All values of all outputs count alike; see `snr_db` for the signal-to-noise ratio.

    Args:
        outputs: the variant's, float32 (n, ...) for each model output, as `predict` gives them.
        reference: the float32 variant's, of the same shapes.
        classes: places of the outputs that are classifications, whose top class can agree.

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
            predicted_classes(o) == predicted_classes(r)
            for place, (o, r) in enumerate(zip(outputs, reference, strict=True))
            if place in classes
        ]
        agreement = float(np.all(same, axis=0).mean())
    return Fidelity(
        agreement=agreement,
        snr_db=snr_db(theirs, mine),
        max_error=float(np.abs(theirs - mine).max()),
    )
