"""techniques/tfmot/: what prune, cluster and qat can do with each layer. Workers only."""

from typing import Any

from optimizer.models.summary import LayerFit
from optimizer.techniques.tfmot.clustering import clusterable
from optimizer.techniques.tfmot.pruning import prunable
from optimizer.techniques.tfmot.quantization_aware import quantizable


def layer_fits(model: Any) -> tuple[LayerFit, ...]:
    """One entry for each layer of a plain tf_keras model, inputs left out, in its order."""
    prune, cluster, qat = prunable(model), clusterable(model), quantizable(model)
    return tuple(
        LayerFit(
            name=layer.name,
            kind=type(layer).__name__,
            parameters=int(layer.count_params()),
            prune=prune[layer.name],
            cluster=cluster[layer.name],
            qat=qat[layer.name],
        )
        for layer in model.layers
        if layer.name in qat
    )
