"""measure/metrics/: the structural similarity of pictures."""

import numpy as np

from optimizer.arrays import Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.metric import Labels, Outputs, Scores, metric
from optimizer.measure.metrics.pictures import LEAST_SIDE, peak, picture_shape

DEVIATION, K1, K2 = 1.5, 0.01, 0.03
MOST_VALUES = 100_000_000  # of all pictures together: half a minute


@metric("ssim", "SSIM", Task.REGRESSION, unit="", higher_is_better=True)
def similarity(outputs: Outputs, labels: Labels) -> Scores:
    """The mean over a picture's windows of 11 x 11 pixels (Gaussian, deviation 1.5) and channels.

    Source: Wang, Bovik, Sheikh, Simoncelli, IEEE Transactions on Image Processing 13 (2004),
    600-612, with its constants. No score where the outputs are no pictures, or too many.
    """
    shape = picture_shape(labels)
    if shape is None or labels.size > MOST_VALUES:
        return np.zeros(0, np.float64)
    scale = peak(labels)
    pictures = outputs.reshape(labels.shape)
    return np.array(
        [_of_one(mine.astype(np.float64), theirs.astype(np.float64), scale)
         for mine, theirs in zip(pictures, labels, strict=True)]
    )  # fmt: skip


def _of_one(mine: Float64s, theirs: Float64s, scale: float) -> float:
    first, second = _smooth(mine), _smooth(theirs)
    spread = _smooth(mine * mine) - first * first
    other = _smooth(theirs * theirs) - second * second
    shared = _smooth(mine * theirs) - first * second
    one, two = (K1 * scale) ** 2, (K2 * scale) ** 2
    brightness = (2 * first * second + one) / (first**2 + second**2 + one)
    structure = (2 * shared + two) / (spread + other + two)
    return float((brightness * structure).mean())


def _smooth(picture: Float64s) -> Float64s:
    """Gaussian means of all windows that lie wholly in a picture (height, width, channels)."""
    from scipy.ndimage import correlate1d  # noqa: PLC0415 (workers only)

    half = LEAST_SIDE // 2
    at = np.arange(-half, half + 1)
    weights = np.exp(-(at**2) / (2 * DEVIATION**2))
    weights /= weights.sum()
    smoothed = correlate1d(correlate1d(picture, weights, axis=0), weights, axis=1)
    inside: Float64s = smoothed[half:-half, half:-half]
    return inside
