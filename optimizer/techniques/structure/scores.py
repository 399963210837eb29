"""techniques/structure/: how much is lost with each channel. Workers only: imports TensorFlow."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from optimizer.errors import RecipeError
from optimizer.techniques.structure.blocks import STAYS, Blocks, Members
from optimizer.techniques.structure.choose import Scores
from optimizer.words import listed

LISTED = 6
KERNEL_RANK = 2  # weights of fewer axes are biases and factors


def by_norm(model: Any, blocks: Blocks, power: int) -> tuple[Scores, ...]:
    """The norm of all weights that go with a channel: those that make it, and those that take it.

    Of each kernel, the norms are divided by their mean, so that large layers do not outweigh small
    ones (as DepGraph does, Fang et al. 2023, section 3.3).

    Args:
        model: The model.
        blocks: What can be taken out of it.
        power: 1 for the sum of sizes (Li et al.: Pruning Filters for Efficient ConvNets, 2017), 2
            for the root of the sum of squares.
    """
    count = sum(map(len, blocks.channels))
    total, kernels = np.zeros(count), np.zeros(count)
    for weight, axis, members in _along(model, blocks):
        if weight.ndim < KERNEL_RANK:
            continue
        sizes = np.abs(np.moveaxis(weight, axis, 0).reshape(len(members), -1)) ** power
        norms = _gathered(members, sizes.sum(axis=1), count) ** (1 / power)
        present = np.unique(members[members != STAYS])
        if len(present):
            total[present] += norms[present] / (norms[present].mean() or 1.0)
            kernels[present] += 1
    return _split(total / np.maximum(kernels, 1), blocks)


def by_batch_norm_scale(model: Any, blocks: Blocks, within: set[int]) -> tuple[Scores, ...]:
    """The size of BatchNormalization's factor (Liu et al.: Network Slimming, 2017).

    Raises:
        RecipeError: a block that may lose channels goes through none.
    """
    count = sum(map(len, blocks.channels))
    total, found = np.zeros(count), np.zeros(count)
    for layer in model.layers:
        if type(layer).__name__ != "BatchNormalization" or layer.gamma is None:
            continue
        members = blocks.weights.get(layer.name, {}).get(0, {}).get(0)
        if members is not None:
            total += _gathered(members, np.abs(layer.gamma.numpy()), count)
            found += _gathered(members, np.ones(len(members)), count)
    without = [
        name
        for at in sorted(within)
        if not found[blocks.channels[at]].all()
        for name in blocks.anatomy.blocks[at].layers
    ]
    if without:
        raise RecipeError(
            "shrink(criterion=bn_scale) ranks channels by the factor of the BatchNormalization "
            f"behind them, and there is none behind {listed(without, LISTED)}. Use criterion=l2, "
            "or leave these layers out with skip."
        )
    return _split(total / np.maximum(found, 1), blocks)


def by_taylor(model: Any, blocks: Blocks, loss_of: Iterator[Any]) -> tuple[Scores, ...]:
    """What the loss changes by, to first order, when a channel is multiplied by zero.

    Multiplied by a factor where it is used, a channel changes the loss by the sum of gradient times
    weight over all weights that take it; that is squared, and its mean taken over the batches
    (Molchanov et al.: Importance Estimation for Neural Network Pruning, 2019, equations 7 and 8).

    Args:
        model: The model.
        blocks: What can be taken out of it.
        loss_of: Gives of one batch after the other a function of nothing: the loss, as a tensor.
    """
    count = sum(map(len, blocks.channels))
    places = [
        (model.get_layer(name).weights[at], axis, blocks.weights[name][at][axis])
        for name, used in blocks.used.items()
        for at, axis in used
    ]
    variables = [variable for variable, *_ in places]
    total, batches = np.zeros(count), 0
    for loss in loss_of:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            value = loss()
        change = np.zeros(count)
        for (variable, axis, members), slope in zip(
            places, tape.gradient(value, variables), strict=True
        ):
            if slope is not None:
                product = np.moveaxis(variable.numpy() * slope.numpy(), axis, 0)
                change += _gathered(members, product.reshape(len(members), -1).sum(axis=1), count)
        total += change**2
        batches += 1
    return _split(total / max(batches, 1), blocks)


def _along(model: Any, blocks: Blocks) -> Iterator[tuple[npt.NDArray[Any], int, Members]]:
    """Each weight with each axis along which channels may go."""
    for name, weights in blocks.weights.items():
        values = model.get_layer(name).get_weights()
        for at, axes in weights.items():
            for axis, members in axes.items():
                yield values[at].astype(np.float64), axis, members


def _gathered(members: Members, values: npt.NDArray[Any], count: int) -> npt.NDArray[np.float64]:
    """The sum of the values of each channel."""
    free = members != STAYS
    summed = np.bincount(members[free], weights=values[free], minlength=count)
    return summed.astype(np.float64)


def _split(values: npt.NDArray[np.float64], blocks: Blocks) -> tuple[Scores, ...]:
    return tuple(values[channels] for channels in blocks.channels)
