"""techniques/structure/: large matrices as products of two small ones. Workers only: TensorFlow."""

from collections.abc import Mapping
from math import prod
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tf_keras

from optimizer.models.bridge.keras_graph import Step, is_input_layer, run
from optimizer.techniques.structure.splits import Split

QUICK_SIDE = 2500  # of one matrix whose energies take seconds; they take its third power
FIRST = "_first"  # behind the name of a layer: the first of the two that stand for it
KINDS = (tf_keras.layers.Dense, tf_keras.layers.Conv1D, tf_keras.layers.Conv2D)


def obstacle(layer: Any) -> str | None:
    """Why a layer is not split, in a phrase; None if it can be."""
    if type(layer) not in KINDS:
        return "is no dense layer and no 1×1 convolution" if layer.weights else "has no weights"
    if prod(getattr(layer, "kernel_size", (1,))) > 1:
        return "is a convolution over more than one place"
    if getattr(layer, "groups", 1) > 1:
        return "its groups share their channels out"
    return None


def splits_of(model: Any, multiple: int) -> tuple[Split, ...]:
    """Of each layer that can be split what its ranks keep and cost.

    Args:
        model: A plain tf_keras model whose graph is flat.
        multiple: Ranks are multiples of it.
    """
    found = []
    for layer in model.layers:
        if isinstance(layer, tf_keras.layers.InputLayer) or obstacle(layer):
            continue
        inputs, outputs = _matrix(layer).shape
        least_saving = (
            inputs * outputs / (inputs + outputs)
        )  # a rank above costs more than it saves
        ranks = range(multiple, int(least_saving) + 1, multiple)
        if not ranks:
            continue
        kept = _energies(_matrix(layer))
        found.append(
            Split(
                layer=layer.name,
                inputs=inputs,
                outputs=outputs,
                places=_places(layer),
                energies=tuple(round(float(kept[rank - 1]), 6) for rank in ranks),
            )
        )
    return tuple(found)


def split(model: Any, ranks: Mapping[str, int]) -> Any:
    """A new model in which two layers stand for each that is in `ranks`.

    The first makes so many numbers of its inputs, and has no bias and no activation. Together they
    are the nearest of all products of that rank to the kernel (Eckart & Young 1936).

    Args:
        model: A plain tf_keras model whose graph is flat; it stays as it is.
        ranks: By layer.
    """
    twins: dict[str, Any] = {}

    def call(step: Step) -> Any:
        layer = step.operation
        if is_input_layer(layer):
            return step.args[0]
        first = twins.setdefault(FIRST + layer.name, _first(layer, ranks))
        twin = twins.setdefault(layer.name, _second(layer, ranks))
        if first is None:
            return twin(*step.args, **step.kwargs)
        return twin(first(*step.args), **step.kwargs)

    inputs = [
        tf_keras.Input(tensor.shape[1:], tensor.shape[0], dtype=tensor.dtype, name=name)
        for tensor, name in zip(model.inputs, model.input_names, strict=True)
    ]
    made = tf_keras.Model(inputs, run(model, inputs, call), name=model.name)
    for layer in model.layers:
        if layer.name not in twins:
            continue
        weights = layer.get_weights()
        if layer.name in ranks:
            one, other = _factors(_matrix(layer), ranks[layer.name])
            first = twins[FIRST + layer.name]
            first.set_weights([one.reshape(first.kernel.shape)])
            weights[0] = other.reshape(twins[layer.name].kernel.shape)
        twins[layer.name].set_weights(weights)
    return made


def _first(layer: Any, ranks: Mapping[str, int]) -> Any:
    """The layer that goes before, which makes as few numbers as the rank is; None for none."""
    if layer.name not in ranks:
        return None
    config = layer.get_config()
    size = "units" if isinstance(layer, tf_keras.layers.Dense) else "filters"
    config.update({size: ranks[layer.name], "name": layer.name + FIRST, "use_bias": False})
    return type(layer).from_config(config | {"activation": "linear"})


def _second(layer: Any, ranks: Mapping[str, int]) -> Any:
    """The layer itself, where a first one has done its strides."""
    config = layer.get_config()
    if layer.name in ranks and "strides" in config:
        config["strides"] = tuple(1 for _ in config["strides"])
    return type(layer).from_config(config)


def _matrix(layer: Any) -> npt.NDArray[np.float32]:
    """The kernel, inputs × outputs."""
    kernel: npt.NDArray[np.float32] = layer.kernel.numpy()
    return kernel.reshape(kernel.shape[-2:])


def _energies(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The share of the squares of all singular values that the first 1, 2, … have.

    They are the eigenvalues of the product with itself, which are found ten times faster.
    """
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    wide = tall.astype(np.float64)
    powers = np.linalg.eigvalsh(wide.T @ wide)[::-1].clip(0)
    return np.asarray(np.cumsum(powers) / (powers.sum() or 1.0))


def quick(model: Any) -> bool:
    """Whether the energies of all layers are found in seconds."""
    sides = [
        min(_matrix(layer).shape)
        for layer in model.layers
        if layer.weights and obstacle(layer) is None
    ]
    return bool(sum(side**3 for side in sides) <= QUICK_SIDE**3)


def _factors(
    matrix: npt.NDArray[np.float32], rank: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Two matrices of equal scale whose product is the nearest of this rank."""
    left, sizes, right = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    root = np.sqrt(sizes[:rank])
    one, other = left[:, :rank] * root, root[:, None] * right[:rank]
    return one.astype(np.float32), other.astype(np.float32)


def _places(layer: Any) -> int:
    """In how many places of its outputs it multiplies, over all its calls."""
    nodes = layer._inbound_nodes
    outputs = [tensor for node in nodes for tensor in keras.tree.flatten(node.outputs)]
    return sum(prod(size or 1 for size in tensor.shape[1:-1]) for tensor in outputs)
