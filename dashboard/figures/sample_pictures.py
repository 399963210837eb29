"""dashboard/figures/: a few evaluation samples as pictures."""

import numpy as np
import numpy.typing as npt

from optimizer.data.dataset import Dataset

MOST_SHOWN = 12
CHANNELS = {1, 3}


def some(dataset: Dataset) -> list[tuple[npt.NDArray[np.uint8], str]] | None:
    """A few evaluation samples as 8-bit pictures with their labels; None if they are none."""
    shape = dataset.record.shape
    if len(shape) != 3 or shape[-1] not in CHANNELS:
        return None
    indices = dataset.roles.evaluation
    chosen = indices[np.linspace(0, len(indices) - 1, min(MOST_SHOWN, len(indices)), dtype=int)]
    low, high = dataset.record.low, dataset.record.high
    pictures = []
    for index in chosen:
        raw = np.asarray(dataset.x[index], np.float32).reshape(shape)
        bright = (raw - low) / (high - low or 1.0) * 255
        picture = np.repeat(bright, 3, axis=2) if shape[-1] == 1 else bright
        label = "" if dataset.y is None else str(np.asarray(dataset.y[index]).round(3))
        pictures.append((picture.astype(np.uint8), label))
    return pictures
