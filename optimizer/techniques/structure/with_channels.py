"""techniques/structure/: layers with weights, and the units along the axes of these. Workers only.

Layouts are those of tf_keras: the kernel of a convolution is (places…, in, out), of a transposed
one (places…, out, in), of a depthwise one (places…, in, multiplier), of a dense layer (in, out).
"""

from math import prod
from typing import Any

import numpy as np

from optimizer.techniques.structure.network import Flow, Network, Shape
from optimizer.techniques.structure.units import Ids

PLACE_BY_PLACE = {
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "swish",
    "tanh", "tanh_shrink",
}  # fmt: skip
"""Activations that make of each value another, whatever its neighbours are."""


def activated(network: Network, layer: Any, flow: Flow) -> Flow:
    """What a layer's own activation makes of what it computed."""
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    if name not in PLACE_BY_PLACE:
        network.fix(flow, f"goes through {name}, which weighs all channels against each other")
    return flow


def dense(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Dense, on the last axis of whatever there is."""
    units = _units(flows)
    network.takes(layer, layer.kernel, 0, units)
    made = network.own(layer, layer.units, "units")
    network.along(layer, layer.kernel, 1, made)
    network.along(layer, layer.bias, 0, made)
    network.multiply(_places(shape), units, made)
    return activated(network, layer, Flow(shape, made))


def convolution(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Convolution in one to three dimensions, with groups or without."""
    units, groups = _units(flows), layer.groups
    times = _places(shape) * prod(layer.kernel_size)
    if groups == len(units) and groups > 1:
        return _by_channel(network, layer, units, times, shape)
    width = len(units) // groups
    for group in range(1, groups):  # all groups keep the same places, so that they stay as wide
        network.units.unite(units[:width], units[group * width : (group + 1) * width])
    if layer.name not in network.owned:
        own = network.units.fresh(layer.filters // groups)
        network.owned[layer.name] = np.tile(own, groups)
        network.settings.setdefault(layer.name, {})["filters"] = network.owned[layer.name]
    made = network.owned[layer.name]
    network.takes(layer, layer.kernel, -2, units[:width])
    network.along(layer, layer.kernel, -1, made)
    network.along(layer, layer.bias, 0, made)
    network.multiply(times, units[:width], made)
    return activated(network, layer, Flow(shape, made))


def _by_channel(network: Network, layer: Any, units: Ids, times: int, shape: Shape) -> Flow:
    """A convolution with a group for each channel: what goes in comes out, filter by filter."""
    made = np.repeat(units, layer.filters // layer.groups)
    network.settings.setdefault(layer.name, {}).update(filters=made, groups=units)
    network.along(layer, layer.kernel, -1, made)
    network.along(layer, layer.bias, 0, made)
    network.multiply(times, made)
    return activated(network, layer, Flow(shape, made))


def transposed(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Transposed convolution: each value that goes in is spread over the kernel."""
    units = _units(flows)
    made = network.own(layer, layer.filters, "filters")
    network.takes(layer, layer.kernel, -1, units)
    network.along(layer, layer.kernel, -2, made)
    network.along(layer, layer.bias, 0, made)
    network.multiply(_places(flows[0].shape) * prod(layer.kernel_size), units, made)
    return activated(network, layer, Flow(shape, made))


def depthwise(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Depthwise convolution: of each channel `depth_multiplier` others, which go with it."""
    units = _units(flows)
    made = np.repeat(units, layer.depth_multiplier)
    network.along(layer, layer.depthwise_kernel, -2, units)
    network.along(layer, layer.bias, 0, made)
    network.multiply(_places(shape) * prod(layer.kernel_size), made)
    return activated(network, layer, Flow(shape, made))


def separable(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """A depthwise convolution, then one of single places."""
    units = _units(flows)
    between = np.repeat(units, layer.depth_multiplier)
    made = network.own(layer, layer.filters, "filters")
    network.along(layer, layer.depthwise_kernel, -2, units)
    network.takes(layer, layer.pointwise_kernel, -2, between)
    network.along(layer, layer.pointwise_kernel, -1, made)
    network.along(layer, layer.bias, 0, made)
    network.multiply(_places(shape) * prod(layer.kernel_size), between)
    network.multiply(_places(shape), between, made)
    return activated(network, layer, Flow(shape, made))


def batch_normalization(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Each channel by itself."""
    units = _units(flows)
    if list(layer.axis) != [len(shape)]:
        return whole(network, layer, flows, shape)
    for weight in layer.weights:
        network.along(layer, weight, 0, units)
    return Flow(shape, units)


def layer_normalization(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """All channels together: after the cut over those that are kept."""
    units = _units(flows)
    axes = [layer.axis] if isinstance(layer.axis, int) else list(layer.axis)
    if len(shape) not in {axis % (len(shape) + 1) for axis in axes}:
        return whole(network, layer, flows, shape)
    for weight in layer.weights:
        network.along(layer, weight, -1, units)
    return Flow(shape, units)


def channel_weights(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """PReLU and LayerScale: factors along the last axis."""
    units = _units(flows)
    for weight in layer.weights:
        if weight.shape[-1] != len(units):
            return whole(network, layer, flows, shape)
        network.along(layer, weight, -1, units)
    if hasattr(layer, "projection_dim"):
        network.settings.setdefault(layer.name, {})["projection_dim"] = units
    return Flow(shape, units)


def whole(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """A layer that stays as it is, with all that goes in and all that comes out."""
    kind = type(layer).__name__
    for flow in flows:
        network.fix(flow, f"goes into “{layer.name}” ({kind}), which stays as it is")
    if layer.weights:
        network.stays.setdefault(layer.name, STAY.get(kind, f"{kind} stays as it is"))
    return network.fixed(shape, f"is tied to “{layer.name}” ({kind}), which stays as it is")


STAY = {
    **dict.fromkeys(
        ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D",
         "ConvLSTM2D", "ConvLSTM3D"),
        "a recurrent layer stays as it is: its units go back into itself",
    ),
    **dict.fromkeys(
        ("MultiHeadAttention", "GroupedQueryAttention", "Attention", "AdditiveAttention"),
        "an attention layer stays as it is: its heads share their channels out",
    ),
    "Embedding": "an embedding stays as it is: what it looks up has a fixed length",
    "GroupNormalization": "its groups share their channels out",
}  # fmt: skip
"""Why layers stay that could be known."""


def _units(flows: list[Flow]) -> Ids:
    units = flows[0].units
    if units is None:
        raise OpenSizeError
    return units


def _places(shape: Shape) -> int:
    """How many places there are beside the channels; an axis of open length counts as one."""
    return prod(size or 1 for size in shape[:-1])


class OpenSizeError(Exception):
    """The last axis of a tensor has no length in the network."""
