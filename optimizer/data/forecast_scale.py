"""data/: what a forecast is measured against: that everything stays as it was a season ago."""

import numpy as np

from optimizer.arrays import Array, Float64s
from optimizer.errors import DataError

SEASON = 1
"""Steps of a season where the user does not say: the naive forecast repeats the last value."""


def continued_columns(windows: Array, targets: Array) -> tuple[int, ...]:
    """For each target the column of the input that it continues: whose last value is nearest.

    Args:
        windows: (n, T) or (n, T, F).
        targets: (n, H) or (n, H, C), of which the first step counts.
    """
    last = _wide(windows)[:, -1].astype(np.float64)
    first = _wide(targets)[:, 0].astype(np.float64)
    apart = np.abs(first[:, :, None] - last[:, None]).mean(axis=0)
    return tuple(int(column) for column in apart.argmin(axis=1))


def naive_errors(windows: Array, columns: tuple[int, ...], season: int) -> Float64s:
    """The mean absolute error of the seasonal naive forecast for each target, (C,).

    That is the scale of MASE, the mean of |x_t − x_(t − m)| over the series that the model learnt
    from (Hyndman and Koehler, Int. J. Forecast. 22, 2006, 679-688). Of windows the series is not
    known: the mean goes over all steps inside all windows, so that a step which several windows
    hold counts as often.

    Args:
        windows: (n, T) or (n, T, F), in the unit of the targets.
        columns: For each target the column that it continues.
        season: m, in steps.

    Raises:
        DataError: no window is as long as a season.
    """
    wide = _wide(windows)[:, :, list(columns)].astype(np.float64)
    if not 0 < season < wide.shape[1]:
        raise DataError(
            f"A season of {season:,} steps does not fit into a window of {wide.shape[1]:,}. Give "
            f"from 1 to {wide.shape[1] - 1:,} steps (--season)."
        )
    return np.asarray(np.abs(wide[:, season:] - wide[:, :-season]).mean(axis=(0, 1)), np.float64)


def _wide(values: Array) -> Array:
    return values[..., None] if values.ndim == 2 else values
