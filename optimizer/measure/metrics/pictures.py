"""measure/metrics/: which values are pictures, and in which scale."""

from optimizer.measure.metrics.metric import Labels

MOST_CHANNELS = 4
LEAST_SIDE = 11  # pixels, the window of the structural similarity
SCALES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))
SLACK = 1e-6


def picture_shape(labels: Labels) -> tuple[int, int, int] | None:
    """Height, width and channels of targets (n, height, width, channels); None for no pictures."""
    if labels.ndim != 4:
        return None
    height, width, channels = labels.shape[1:]
    if channels > MOST_CHANNELS or min(height, width) < LEAST_SIDE:
        return None
    return height, width, channels


def peak(labels: Labels) -> float:
    """The range of the scale that all targets fit into: 1, 2 or 255; else their own."""
    low, high = float(labels.min()), float(labels.max())
    for least, most in SCALES:
        if low >= least - SLACK and high <= most + SLACK:
            return most - least
    return high - low or 1.0
