"""techniques/tfmot/: makes a model quantization-aware. Workers only: it imports TensorFlow."""

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import tensorflow_model_optimization as tfmot
import tf_keras

from optimizer.errors import ConversionError, RecipeError
from optimizer.techniques.tfmot.annotation import Graph, quantizable
from optimizer.techniques.tfmot.clone import clone
from optimizer.techniques.tfmot.preserving import KEPT_IN
from optimizer.techniques.tfmot.quantize_scheme import Scheme, is_clustered, is_pruned

PRESERVING = tuple(getattr(tf_keras.layers, name) for name in KEPT_IN)
# The names that tf_keras gives to convolutions, and their number.
NUMBERED = re.compile(r"(?:depthwise_)?conv2d(?:_(\d+))?")

# So few values of a clustered layer 8 bits tell apart in one range as well.
SHARED_VALUES = 64

__all__ = ["make_quantization_aware", "quantizable", "strip"]


def make_quantization_aware(
    model: tf_keras.Model,
    names: Collection[str],
    *,
    preserve_sparsity: bool,
    preserve_clusters: bool,
) -> tf_keras.Model:
    """A new model whose layers `names` round weights and activations to 8 bits, as the file will.

    Ranges of activations are unknown until it was trained for some steps. Layers that become one
    operator go together: a BatchNormalization or ReLU follows the choice of the convolution, Dense
    or Add before it. A layer whose zeros or clusters must be kept, but cannot be in training, stays
    as it is: it is not trained.

    Args:
        model: A flat functional model; it stays as it is.
        names: Layers that `quantizable` allows.
        preserve_sparsity: Whether weights that are zero stay zero in training.
        preserve_clusters: Whether weights that share a value go on sharing one.

    Raises:
        RecipeError: no layer remains.
        ConversionError: tfmot refuses the model; names the layer.
    """
    graph = Graph(model)
    held = {
        layer.name
        for layer in model.layers
        if not (layer.name in names and type(layer) in PRESERVING)
        and type(layer) is not tf_keras.layers.DepthwiseConv2D  # no step prunes or clusters it
        and _has_what_to_keep(layer, preserve_sparsity, preserve_clusters)
    }
    chosen = {
        name
        for name, reason in quantizable(model).items()
        if reason is None and graph.head(name) in set(names) - held
    }
    if not chosen:
        raise RecipeError(
            "No layer is left that can be quantization-aware: choose a convolution or Dense layer, "
            "or leave out qat."
        )
    scheme = Scheme(preserve_sparsity=preserve_sparsity, preserve_clusters=preserve_clusters)
    _number_past(graph.layers)
    try:
        # tfmot puts its wrappers around the layers themselves, so it gets its own.
        copy = clone(model)
        for name in held:
            copy.get_layer(name).trainable = False
        annotated = tf_keras.models.clone_model(
            copy,
            clone_function=lambda layer: (
                tfmot.quantization.keras.quantize_annotate_layer(layer)
                if layer.name in chosen
                else layer
            ),
        )
        with tfmot.quantization.keras.quantize_scope():
            return tfmot.quantization.keras.quantize_apply(annotated, scheme)
    except Exception as error:
        raise ConversionError(_explain(str(error), graph)) from error


def strip(model: tf_keras.Model, *, clusters: bool) -> tf_keras.Model:
    """The trained model without what keeping clusters added to it; itself if nothing was.

    Args:
        model: What `make_quantization_aware` made, after training.
        clusters: Its `preserve_clusters`.
    """
    if not clusters:
        return model
    stripped = tfmot.experimental.combine.strip_clustering_cqat(model)
    for layer in stripped.layers:
        for kernel, _, ranges in getattr(layer, "_weight_vars", ()):
            _share_range(kernel, ranges)
    return stripped


def _share_range(kernel: Any, ranges: dict[str, Any]) -> None:
    """Gives all channels of a clustered kernel the range of the widest.

    tfmot rounds each channel in a range of its own, so that the few values that all channels share
    become other numbers in each, and the file hardly shrinks when it is compressed.
    """
    if len(np.unique(kernel.numpy())) <= SHARED_VALUES:
        widest = np.abs([ranges["min_var"].numpy(), ranges["max_var"].numpy()]).max()
        ranges["min_var"].assign(np.full(ranges["min_var"].shape, -widest, np.float32))
        ranges["max_var"].assign(np.full(ranges["max_var"].shape, widest, np.float32))


def _number_past(names: Collection[str]) -> None:
    """Makes tf_keras number its next layers past those of the model.

    tfmot 0.8.1 lets it name the two layers that it splits a SeparableConv2D into. If the model has
    a layer of such a name already, rebuilding the model never ends.
    """
    found = [match for name in names if (match := NUMBERED.fullmatch(name))]
    highest = max((int(match[1] or 0) for match in found), default=-1)
    for kind in (tf_keras.layers.Conv2D, tf_keras.layers.DepthwiseConv2D):
        number = -1
        while number <= highest:
            _, _, text = kind(1, 1).name.rpartition("conv2d")
            number = int(text.removeprefix("_") or 0)


def _has_what_to_keep(layer: Any, sparsity: bool, clusters: bool) -> bool:
    kernels = [weight.numpy() for weight in layer.trainable_weights if len(weight.shape) > 1]
    return any(
        (sparsity and is_pruned(kernel)) or (clusters and is_clustered(kernel))
        for kernel in kernels
    )


def _explain(message: str, graph: Graph) -> str:
    """Names the layer: tfmot writes its name or class somewhere, or fails on a class it lacks."""
    words = set(re.findall(r"[\w/]+", message))
    layers = list(graph.layers.values())
    named = (
        [layer for layer in layers if layer.name in words]
        or [layer for layer in layers if type(layer).__name__ in words]
        or [layer for layer in layers if not _can_be_rebuilt(layer)]
    )
    what = f"layer {named[0].name} ({type(named[0]).__name__})" if named else "the model"
    line = next(iter(message.strip().splitlines()), "no reason given")
    return f"tfmot cannot make {what} quantization-aware: {line[:200].rstrip('.')}. Leave out qat."


def _can_be_rebuilt(layer: Any) -> bool:
    # tf_keras 2.21 makes a str of a class that it cannot find, and fails when it calls that.
    kind = type(layer)
    registered = tf_keras.utils.get_registered_object(tf_keras.utils.get_registered_name(kind))
    return registered is kind or getattr(tf_keras.layers, kind.__name__, None) is kind
