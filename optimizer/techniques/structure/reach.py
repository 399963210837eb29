"""techniques/structure/: which layers can lose channels, and why others cannot. Workers only."""

from typing import Any

import tf_keras

from optimizer.techniques.structure.network import Network

FEWEST = 2
"""Channels of a layer of which one may go."""


def obstacles(model: Any, network: Network) -> dict[str, str | None]:
    """Why each layer loses no channels of its own, in a phrase; None if it can.

    Args:
        model: The model.
        network: What `examine` found in it.
    """
    return {
        layer.name: _obstacle(layer, network)
        for layer in model.layers
        if not isinstance(layer, tf_keras.layers.InputLayer)
    }


def _obstacle(layer: Any, network: Network) -> str | None:
    if layer.name in network.owned:
        roots = network.units.roots(network.owned[layer.name])
        reasons = [network.units.reason(root) for root in roots.tolist()]
        if None not in reasons:
            return reasons[0]
        return None if len(set(roots.tolist())) >= FEWEST else "has a single channel"
    if layer.name in network.stays:
        return network.stays[layer.name]
    if layer.weights:
        return "has the channels of the layer before it, and goes with that"
    return "has no channels of its own"
