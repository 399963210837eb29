"""techniques/tfmot/: which layers can be quantization-aware. Workers only: imports tfmot."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tf_keras

from optimizer.techniques.tfmot.quantize_scheme import Registry, unsupported_activation

layers = tf_keras.layers

REGISTRY = Registry(preserve_sparsity=False, preserve_clusters=False)
# tfmot splits it into two layers that it knows.
SPLIT = (layers.SeparableConv2D,)
# What becomes one operator with a BatchNormalization, and these and Add with a ReLU, after it.
FOLDING = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Dense)


class Graph:
    """Who feeds whom in a flat functional model.

    Attributes:
        layers: Every layer by name, in the model's order.
        producers: The layers that each takes its inputs from.
        consumers: How often each layer's output is used, by layers and as output of the model.
        calls: How often each layer is called.
        types: The types of each layer's inputs and outputs.
    """

    def __init__(self, model: tf_keras.Model) -> None:
        """Reads the model's own nodes; its layers may have others, from models made before."""
        self.layers: dict[str, Any] = {layer.name: layer for layer in model.layers}
        self.producers: dict[str, list[Any]] = {name: [] for name in self.layers}
        self.consumers = dict.fromkeys(self.layers, 0)
        self.calls = dict.fromkeys(self.layers, 0)
        self.types: dict[str, set[str]] = {name: set() for name in self.layers}
        for node in (node for nodes in model._nodes_by_depth.values() for node in nodes):
            self.calls[node.layer.name] += 1
            tensors = tf.nest.flatten([node.input_tensors, node.outputs])
            self.types[node.layer.name] |= {tensor.dtype.name for tensor in tensors}
            for parent in node.parent_nodes:
                self.producers[node.layer.name].append(parent.layer)
                self.consumers[parent.layer.name] += 1
        for output in model.outputs:
            self.consumers[output._keras_history.layer.name] += 1

    def folded_into(self, layer: Any) -> Any | None:
        """The layer before that becomes one operator with this BatchNormalization or ReLU."""
        if len(self.producers[layer.name]) != 1 or self.calls[layer.name] != 1:
            return None
        [before] = self.producers[layer.name]
        if self.consumers[before.name] != 1 or self.calls[before.name] != 1:
            return None
        if isinstance(layer, layers.BatchNormalization):
            return before if _folds(before) else None
        if _is_relu(layer):
            batch_norm = isinstance(before, layers.BatchNormalization) and self.folded_into(before)
            return before if batch_norm or _folds(before) or type(before) is layers.Add else None
        return None

    def head(self, name: str) -> str:
        """The first layer of those that become one operator with this one."""
        before = self.folded_into(self.layers[name])
        return name if before is None else self.head(before.name)


def quantizable(model: tf_keras.Model) -> dict[str, str | None]:
    """Why each layer will not be quantization-aware.

    Args:
        model: A flat functional model: no models among its layers.

    Returns:
        For each layer by name, in the model's order and without inputs: a short phrase for people,
        or None if it will be quantization-aware.
    """
    graph = Graph(model)
    return {
        name: _first_reason(layer, graph)
        for name, layer in graph.layers.items()
        if not isinstance(layer, layers.InputLayer)
    }


def _first_reason(layer: Any, graph: Graph) -> str | None:
    return next((reason for rule in RULES if (reason := rule(layer, graph))), None)


def _unknown_activation(layer: Any, graph: Graph) -> str | None:
    del graph
    name = unsupported_activation(layer)
    return name and f"activation {name} is not supported by tfmot"


def _unknown_class(layer: Any, graph: Graph) -> str | None:
    del graph
    known = REGISTRY.supports(layer) or type(layer) in (*SPLIT, layers.BatchNormalization)
    return None if known else f"{type(layer).__name__} is not supported by tfmot"


def _special_relu(layer: Any, graph: Graph) -> str | None:
    del graph
    if type(layer) is not layers.ReLU:
        return None
    plain = not layer.negative_slope and not layer.threshold and layer.max_value in (None, 6)
    return None if plain else "only ReLU and ReLU6 are one operator in the file"


def _called_twice(layer: Any, graph: Graph) -> str | None:
    return "it is used in several places" if graph.calls[layer.name] > 1 else None


def _not_float32(layer: Any, graph: Graph) -> str | None:
    others = sorted(graph.types[layer.name] - {"float32"})
    return f"it computes with {', '.join(others)}" if others else None


def _unfolded_batch_norm(layer: Any, graph: Graph) -> str | None:
    if type(layer) is not layers.BatchNormalization:
        return None
    before = graph.folded_into(layer)
    if before is None:
        return "BatchNormalization does not directly follow a convolution or Dense"
    reason = _first_reason(before, graph)
    return reason and f"{before.name} before it will not be"


def _folds(layer: Any) -> bool:
    linear = getattr(layer, "activation", None) is tf_keras.activations.linear
    return type(layer) in FOLDING and linear


def _is_relu(layer: Any) -> bool:
    if type(layer) is layers.Activation:
        return layer.activation is tf_keras.activations.relu
    return type(layer) is layers.ReLU


RULES: tuple[Callable[[Any, Graph], str | None], ...] = (
    _unknown_activation,
    _unknown_class,
    _special_relu,
    _called_twice,
    _not_float32,
    _unfolded_batch_norm,
)
