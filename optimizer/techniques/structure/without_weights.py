"""techniques/structure/: layers that hand channels on, and how. Workers only."""

from typing import Any

import numpy as np

from optimizer.techniques.structure.network import Flow, Network, Shape, repeated
from optimizer.techniques.structure.with_channels import activated, whole


def same(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:  # noqa: ARG001
    """Each channel by itself: pooling, padding, dropout."""
    return Flow(shape, flows[0].units)


def activation(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """A function of the table of activations."""
    return activated(network, layer, Flow(shape, flows[0].units))


def softmax(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Over the channels, or over another axis, where each is by itself."""
    if layer.axis in (-1, len(shape)) or not isinstance(layer.axis, int):
        return whole(network, layer, flows, shape)
    return Flow(shape, flows[0].units)


def rescaling(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """By one factor; where each channel has its own they are no weights, and stay."""
    if np.size(layer.scale) > 1 or np.size(layer.offset) > 1:
        return whole(network, layer, flows, shape)
    return Flow(shape, flows[0].units)


def merged(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:  # noqa: ARG001
    """Added, multiplied, or one of them taken: channel by channel."""
    return network.tied(flows, shape)


def concatenated(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """One after the other along the channels; side by side along another axis."""
    if layer.axis not in (-1, len(shape)):
        return network.tied(flows, shape)
    units = [flow.units for flow in flows if flow.units is not None]
    if len(units) < len(flows):
        return whole(network, layer, flows, shape)
    return Flow(shape, np.concatenate(units))


def flattened(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Every place has all channels, one place after the other."""
    if getattr(layer, "data_format", "channels_last") == "channels_first":
        return whole(network, layer, flows, shape)
    return _told_anew(network, layer, flows, shape)


def reshaped(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Other axes, where the channels stay side by side."""
    made = _told_anew(network, layer, flows, shape)
    if made.units is not None and flows[0].units is not None:
        network.settings.setdefault(layer.name, {})["target_shape"] = made.units
    return made


def permuted(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """Places change, where the last axis stays the last."""
    if layer.dims[-1] != len(shape):
        return whole(network, layer, flows, shape)
    return Flow(shape, flows[0].units)


def repeated_vector(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:  # noqa: ARG001
    """The same channels in each place."""
    return Flow(shape, flows[0].units)


def _told_anew(network: Network, layer: Any, flows: list[Flow], shape: Shape) -> Flow:
    """The same values in the same order, under another shape.

    A value's channel is the rest of its number in that order, divided by the number of channels; so
    they stay side by side in a last axis that is a multiple of it.
    """
    [flow] = flows
    if flow.units is None or not shape or shape[-1] is None or shape[-1] % len(flow.units):
        return whole(network, layer, flows, shape)
    return Flow(shape, repeated(flow.units, shape[-1] // len(flow.units)))
