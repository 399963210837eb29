"""tests of techniques/structure/: cuts networks, and masks them to compare."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras

from optimizer.techniques.structure.anatomy import Cost
from optimizer.techniques.structure.blocks import Blocks, blocks_of
from optimizer.techniques.structure.choose import Kept
from optimizer.techniques.structure.cut import cut, kept_of
from optimizer.techniques.structure.examine import examine

Places = npt.NDArray[np.int64]


def untouched(tensor: Any, *_: str, each: int = 1) -> Any:
    """The network as it is."""
    return tensor


class Masked:
    """Multiplies by zero what is to go, where it is used."""

    def __init__(self, kept: Mapping[str, Places], widths: Mapping[str, int]) -> None:
        self._kept, self._widths = kept, widths

    def __call__(self, tensor: Any, *names: str, each: int = 1) -> Any:
        masks = []
        for name in names:
            mask = np.zeros(self._widths[name], np.float32)
            mask[self._kept[name]] = 1
            masks.append(mask.repeat(each))
        return tensor * np.concatenate(masks)


def scrambled(model: Any, seed: int = 0) -> Any:
    """The model, with weights that all matter, variances positive."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        fan_in = max(1, int(np.prod(weight.shape[:-1])))
        values = rng.normal(0.3 if len(weight.shape) == 1 else 0, 1 / np.sqrt(fan_in), weight.shape)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)
    return model


def random_cut(model: Any, seed: int = 1) -> tuple[Any, Blocks, Kept]:
    """The model with half of the channels of each block, drawn by lot."""
    blocks = blocks_of(model, examine(model))
    rng = np.random.default_rng(seed)
    kept = tuple(
        np.sort(rng.permutation(block.size)[: (block.size + 1) // 2])
        for block in blocks.anatomy.blocks
    )
    return cut(model, blocks, kept), blocks, kept


def kept_by_layer(blocks: Blocks, kept: Kept) -> dict[str, Places]:
    """Which of its channels each layer has after the cut."""
    return {name: kept_of(members, blocks, kept) for name, members in blocks.owned.items()}


def inputs_of(model: Any, count: int = 16) -> list[npt.NDArray[np.float32]]:
    """Random samples."""
    rng = np.random.default_rng(2)
    return [rng.standard_normal((count, *tensor.shape[1:]), np.float32) for tensor in model.inputs]


def logits(model: Any, inputs: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float64]:
    """What comes out before a softmax at the end."""
    last = model.layers[-1]
    before = getattr(last, "activation", None)
    if before is not None:
        last.activation = tf_keras.activations.linear
    made = np.asarray(model(inputs if len(inputs) > 1 else inputs[0], training=False), np.float64)
    if before is not None:
        last.activation = before
    return made


def cost_of(blocks: Blocks, kept: Kept) -> Cost:
    """What is foretold of the smaller network."""
    return blocks.anatomy.cost([len(places) for places in kept])
