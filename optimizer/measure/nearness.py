"""measure/: how near each output is to the float32 variant's, and each of its components.

A mean over outputs or components hides the one that is lost: of a distance in metres and an angle
in radians the errors of the distance are all that one sees. So each stands beside its own spread.
"""

from collections.abc import Collection, Sequence

import numpy as np

from optimizer.arrays import Float32s
from optimizer.measure.diagnosis.components import MOST_COMPONENTS, relative_errors
from optimizer.measure.measurements import Component, Nearness
from optimizer.measure.snr import snr_db


def nearness(
    names: Sequence[str],
    outputs: Sequence[Float32s],
    baseline: Sequence[Float32s],
    classes: Collection[int],
) -> tuple[Nearness, ...]:
    """Each output beside the baseline's.

    Args:
        names: Of the outputs.
        outputs: The variant's, float32 (n, ...) each.
        baseline: The float32 variant's, of the same shapes.
        classes: Places of the outputs whose components are scores of classes: they are of one unit
            and are not told apart.

    Returns:
        One for each output; without numbers where some are NaN or infinite.
    """
    return tuple(
        _of(name, mine, theirs, apart=place not in classes)
        for place, (name, mine, theirs) in enumerate(zip(names, outputs, baseline, strict=True))
    )


def _of(name: str, mine: Float32s, theirs: Float32s, *, apart: bool) -> Nearness:
    if not (np.isfinite(mine).all() and np.isfinite(theirs).all()):
        return Nearness(name, None, None)
    parts = apart and theirs.ndim >= 2 and 2 <= theirs.shape[-1] <= MOST_COMPONENTS
    return Nearness(
        name,
        snr_db(theirs, mine),
        float(np.abs(theirs.astype(np.float64) - mine).max()),
        _components(mine, theirs) if parts else (),
    )


def _components(mine: Float32s, theirs: Float32s) -> tuple[Component, ...]:
    shares = relative_errors(mine, theirs)
    columns = (one.reshape(-1, theirs.shape[-1]).astype(np.float64).T for one in (mine, theirs))
    return tuple(
        Component(
            number=at + 1,
            error=float(np.sqrt(np.mean((own - given) ** 2))),
            of_spread=float(share) if np.isfinite(share) else None,
            snr_db=snr_db(given, own),
        )
        for at, (own, given, share) in enumerate(zip(*columns, shares, strict=True))
    )
