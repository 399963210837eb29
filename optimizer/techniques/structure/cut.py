"""techniques/structure/: the smaller network. Workers only: it imports TensorFlow."""

from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras

from optimizer.techniques.structure.blocks import STAYS, Blocks, Members
from optimizer.techniques.structure.choose import Kept


def cut(model: Any, blocks: Blocks, kept: Kept) -> Any:
    """A new model without the channels that are not in `kept`, with the weights of the others.

    It computes what `model` does where the activations of the channels that are gone are multiplied
    by zero wherever they are used; but a layer normalization takes the mean of those that are kept.

    Args:
        model: A plain tf_keras model whose graph is flat; it stays as it is.
        blocks: What can be taken out of it.
        kept: What stays.
    """
    stay = np.zeros(sum(map(len, blocks.channels)), bool)
    for channels, places in zip(blocks.channels, kept, strict=True):
        stay[channels[places]] = True

    def smaller(layer: Any) -> Any:
        config = layer.get_config()
        for key, members in blocks.settings.get(layer.name, {}).items():
            count = int(np.count_nonzero(_staying(members, stay)))
            is_shape = isinstance(config[key], list | tuple)
            config[key] = (*config[key][:-1], count) if is_shape else count
        return type(layer).from_config(config)

    made = tf_keras.models.clone_model(model, clone_function=smaller)
    for layer, copy in zip(model.layers, made.layers, strict=True):
        axes = blocks.weights.get(layer.name, {})
        copy.set_weights(
            [
                _sliced(weight, axes.get(at, {}), stay)
                for at, weight in enumerate(layer.get_weights())
            ]
        )
    return made


def kept_of(members: Members, blocks: Blocks, kept: Kept) -> npt.NDArray[np.int64]:
    """The places along an axis that stay."""
    stay = np.zeros(sum(map(len, blocks.channels)), bool)
    for channels, places in zip(blocks.channels, kept, strict=True):
        stay[channels[places]] = True
    return np.flatnonzero(_staying(members, stay))


def _staying(members: Members, stay: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which places along an axis stay."""
    if not len(stay):
        return np.ones(len(members), bool)
    return np.where(members == STAYS, True, stay[members])


def _sliced(
    weight: npt.NDArray[Any], axes: dict[int, Members], stay: npt.NDArray[np.bool_]
) -> npt.NDArray[Any]:
    for axis, members in axes.items():
        weight = np.compress(_staying(members, stay), weight, axis=axis)
    return weight
