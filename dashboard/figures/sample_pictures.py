"""dashboard/figures/: a few evaluation samples as pictures."""

import numpy as np

from dashboard.figures.boxes import drawn
from dashboard.figures.masks import Pixels, overlay
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task

MOST_SHOWN = 12
CHANNELS = {1, 3}
MOST_NUMBERS = 12  # of a label, below a picture


def some(dataset: Dataset) -> list[tuple[Pixels, str]] | None:
    """A few evaluation samples as 8-bit pictures with their labels; None if they are none.

    Classes of pixels are drawn over the picture.
    """
    indices = dataset.roles.evaluation
    chosen = indices[np.linspace(0, len(indices) - 1, min(MOST_SHOWN, len(indices)), dtype=int)]
    pictures = []
    for index in chosen:
        picture = draw(dataset, int(index))
        if picture is None:
            return None
        pictures.append(_labelled(picture, dataset, int(index)))
    return pictures


def draw(dataset: Dataset, index: int) -> Pixels | None:
    """One sample as a picture (height, width, 3); None where it is none."""
    shape = dataset.record.shape
    if len(shape) != 3 or shape[-1] not in CHANNELS:
        return None
    low, high = dataset.record.low, dataset.record.high
    raw = np.asarray(dataset.x[index], np.float32).reshape(shape)
    bright = (raw - low) / (high - low or 1.0) * 255
    picture = np.repeat(bright, 3, axis=2) if shape[-1] == 1 else bright
    return picture.astype(np.uint8)


def _labelled(picture: Pixels, dataset: Dataset, index: int) -> tuple[Pixels, str]:
    if dataset.y is None:
        return picture, ""
    label, names = np.asarray(dataset.y[index]), dataset.record.class_names
    if dataset.record.task is Task.PER_POSITION:
        return (overlay(picture, label) if label.ndim == 2 else picture), ""
    if dataset.record.task is Task.DETECTION:
        return drawn(picture, label, names, scored=False), ""
    if dataset.record.task in {Task.CLASSIFICATION, Task.ANOMALY} and names:
        return picture, names[int(label)]
    return picture, str(label.round(3)) if label.size <= MOST_NUMBERS else ""
