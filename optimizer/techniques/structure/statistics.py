"""techniques/structure/: statistics of BatchNormalization, found again. Workers only."""

from typing import Any

import numpy as np
import tf_keras

from optimizer.data.samples import Samples
from optimizer.reporting import Report

BATCH = 64
MOST_BATCHES = 20


def settle(model: Any, samples: Samples, report: Report) -> None:
    """Sets the mean and variance of each BatchNormalization to what samples have there, in place.

    Without the channels that are gone, what comes after them has another mean. The statistics of
    the batches are averaged, each with the same weight.

    Args:
        model: A plain tf_keras model.
        samples: At least two; no labels are needed.
        report: Told the progress.
    """
    norms = [
        layer
        for layer in model.layers
        if isinstance(layer, tf_keras.layers.BatchNormalization) and layer.trainable
    ]
    drops = [layer for layer in model.layers if isinstance(layer, tf_keras.layers.Dropout)]
    before = [(norm.momentum, norm) for norm in norms]
    rates = [(drop.rate, drop) for drop in drops]
    for drop in drops:
        drop.rate = 0.0
    starts = range(0, min(len(samples), BATCH * MOST_BATCHES), BATCH)
    for number, start in enumerate(starts if norms else ()):
        batch = samples.at(np.arange(start, min(start + BATCH, len(samples))))
        if len(batch[0]) > 1:  # one sample alone has no variance
            for norm in norms:
                norm.momentum = number / (number + 1)
            model(batch[0] if len(batch) == 1 else list(batch), training=True)
        report(
            "Shrink: finding the statistics of batch normalization again",
            (number + 1) / len(starts),
        )
    for momentum, norm in before:
        norm.momentum = momentum
    for rate, drop in rates:
        drop.rate = rate
