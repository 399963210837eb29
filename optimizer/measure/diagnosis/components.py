"""measure/diagnosis/: one component of an output is wrong, and the mean over all hides it."""

import numpy as np

from optimizer.arrays import Float32s, Float64s

MOST_COMPONENTS = 64  # a picture's values are no components
LARGE = 0.1  # of a component's own spread
TIMES = 3.0  # larger than the others' median, or the whole output is off and its metric says so


def off_components(name: str, mine: Float32s, theirs: Float32s) -> tuple[str, ...]:
    """Says which component is furthest off, in shares of the baseline's spread of it.

    Args:
        name: Of the output.
        mine: float32 (n, ..., components), the variant's.
        theirs: The baseline's, of the same shape.
    """
    if theirs.ndim < 2 or not 2 <= theirs.shape[-1] <= MOST_COMPONENTS:
        return ()
    errors = relative_errors(mine, theirs)
    if not len(errors) or not np.isfinite(errors).any():
        return ()
    worst = int(np.nanargmax(errors))
    others = np.delete(errors, worst)
    usual = float(np.nanmedian(others)) if np.isfinite(others).any() else 0.0
    if errors[worst] < LARGE or errors[worst] < TIMES * usual:
        return ()
    return (
        f"Component {worst + 1} of “{name}” is off by {100 * errors[worst]:.0f} % of its own "
        f"spread (root mean square), the median of the others by {100 * usual:.1f} %: a mean over "
        "all hides it. Judge each by itself, and give it an output or a scale of its own.",
    )


def relative_errors(mine: Float32s, theirs: Float32s) -> Float64s:
    """Root mean square error of each component, divided by the baseline's standard deviation of it.

    Args:
        mine: float32 (n, ..., components).
        theirs: Of the same shape.

    Returns:
        float64 (components,); NaN where the baseline's does not vary.
    """
    width = theirs.shape[-1]
    given = theirs.reshape(-1, width).astype(np.float64)
    errors = np.sqrt(np.mean((mine.reshape(-1, width).astype(np.float64) - given) ** 2, axis=0))
    spread = given.std(axis=0)
    result: Float64s = np.full(width, np.nan)
    np.divide(errors, spread, out=result, where=spread > 0)
    return result
