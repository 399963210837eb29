"""techniques/tfmot/: how tfmot quantizes each layer. Workers only: it imports TensorFlow."""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tensorflow_model_optimization as tfmot
import tf_keras
from tensorflow_model_optimization.python.core.quantization.keras.quantize_aware_activation import (
    NoOpActivation,
    QuantizeAwareActivation,
)

from optimizer.techniques.tfmot.preserving import WHOLE

DEFAULT = tfmot.quantization.keras.default_8bit.Default8BitQuantizeScheme()
PRESERVED = tuple(getattr(tf_keras.layers, name) for name in WHOLE)
# Operators of TFLite whose output has the scale of their input. tfmot 0.8.1 trains another range
# for it, and the converter (2.21) fails on that if a Concatenate and something else take it.
SAME_SCALE = (tf_keras.layers.AveragePooling1D, tf_keras.layers.AveragePooling2D,
              tf_keras.layers.UpSampling2D)  # fmt: skip
# The smallest sparsity that `prune` makes; a zero or two may be there by chance.
SPARSITY = 0.01
# The most centroids that tfmot keeps in one layer.
CENTROIDS = 1024
# After so many steps the range of an activation is a moving average, over about as many.
WINDOW = 100
# What tfmot can quantize within a layer.
ACTIVATIONS = (
    QuantizeAwareActivation._PRE_QUANT_ACTIVATIONS | QuantizeAwareActivation._POST_QUANT_ACTIVATIONS
)


class Scheme:
    """tfmot's 8-bit scheme, keeping zeros and clusters in the layers that have them.

    In place of Default8BitPrunePreserveQuantizeScheme and Default8BitClusterPreserveQuantizeScheme:
    `Registry` and `Layout` say what goes wrong with those.
    """

    def __init__(self, *, preserve_sparsity: bool, preserve_clusters: bool) -> None:
        """Chooses what training must keep."""
        self._registry = Registry(preserve_sparsity, preserve_clusters)

    def get_layout_transformer(self) -> "Layout":
        """What fuses layers before they are quantized."""
        return Layout()

    def get_quantize_registry(self) -> "Registry":
        """What says how a layer is quantized."""
        return self._registry


class Registry:
    """How a layer is quantized, decided layer by layer.

    tfmot 0.8.1 has one preserving quantizer for all layers of a class: the first layer without
    zeros turns off the keeping of zeros in all others, and small layers that were never clustered
    are treated as clustered. Its preserving registries also claim to support every layer that has
    no weights, and then fail on it.
    """

    def __init__(self, preserve_sparsity: bool, preserve_clusters: bool) -> None:
        """Chooses what training must keep."""
        self._preserve_sparsity = preserve_sparsity
        self._preserve_clusters = preserve_clusters

    def supports(self, layer: Any) -> bool:
        """Whether the layer itself can be quantized; its place in the graph is another matter.

        tfmot looks at the class only, and crashes later on activations that it does not know.
        """
        known: bool = DEFAULT.get_quantize_registry().supports(layer)
        return known and unsupported_activation(layer) is None

    def get_quantize_config(self, layer: Any) -> "Ranged":
        """The QuantizeConfig of a built layer."""
        scheme = DEFAULT
        if type(layer) in PRESERVED:
            kernel = layer.kernel.numpy()
            sparse = self._preserve_sparsity and is_pruned(kernel)
            if self._preserve_clusters and is_clustered(kernel):
                scheme = tfmot.experimental.combine.Default8BitClusterPreserveQuantizeScheme(sparse)
            elif sparse:
                scheme = (
                    tfmot.quantization.keras.collab_opts.Default8BitPrunePreserveQuantizeScheme()
                )
        config = scheme.get_quantize_registry().get_quantize_config(layer)
        if type(layer) in SAME_SCALE:
            config.quantize_output = False
        return Ranged(config)


class Layout:
    """tfmot's fusing of layers, which must not take the quantizers of weights away.

    tfmot 0.8.1 gives a convolution or Dense that is followed by a ReLU layer a configuration that
    does nothing, so its weights are never rounded in training, and one that feeds a Concatenate
    the plain configuration, which keeps neither zeros nor clusters.
    """

    def apply(self, model: Any, layer_quantize_map: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Returns the fused model, and the QuantizeConfig of each layer if not the registry's."""
        fused, chosen = DEFAULT.get_layout_transformer().apply(model, layer_quantize_map)
        for layer in fused.layers:
            config = chosen.get(layer.name, {}).get("quantize_config")
            if config is None:
                continue
            if not (layer.weights and hasattr(layer, "activation")):
                chosen[layer.name]["quantize_config"] = Ranged(config)
                continue
            chosen[layer.name]["quantize_config"] = None  # the registry's
            does_nothing = type(config).__name__ == "NoOpQuantizeConfig"
            if does_nothing and layer.activation is tf_keras.activations.linear:
                # Only what leaves the ReLU is rounded: the two become one operator.
                layer.activation = NoOpActivation()
        return fused, chosen


class Ranged(tfmot.quantization.keras.QuantizeConfig):  # type: ignore[misc]  # tfmot has no types
    """Another QuantizeConfig, with `MovingAverage` for the ranges of activations."""

    def __init__(self, inner: Any) -> None:
        """Takes tfmot's own QuantizeConfig, which decides what is quantized."""
        self._inner = inner

    def get_weights_and_quantizers(self, layer: Any) -> Any:
        """As `inner` decides."""
        return self._inner.get_weights_and_quantizers(layer)

    def get_activations_and_quantizers(self, layer: Any) -> Any:
        """As `inner` decides, but with other ranges."""
        pairs = self._inner.get_activations_and_quantizers(layer)
        return [(activation, MovingAverage()) for activation, _ in pairs]

    def set_quantize_weights(self, layer: Any, quantize_weights: Any) -> None:
        """As `inner` decides."""
        self._inner.set_quantize_weights(layer, quantize_weights)

    def set_quantize_activations(self, layer: Any, quantize_activations: Any) -> None:
        """As `inner` decides."""
        self._inner.set_quantize_activations(layer, quantize_activations)

    def get_output_quantizers(self, layer: Any) -> Any:
        """As `inner` decides, but with other ranges."""
        return [MovingAverage() for _ in self._inner.get_output_quantizers(layer)]

    def get_config(self) -> dict[str, Any]:
        """For Keras, which wants one of every layer that it copies."""
        return {"inner": self._inner.get_config()}


class MovingAverage(tfmot.quantization.keras.quantizers.MovingAverageQuantizer):  # type: ignore[misc]  # tfmot has no types
    """The range of an activation: its mean over the first steps, then a moving average.

    tfmot 0.8.1 starts at −6..6 and moves by a thousandth a step: after 500 steps, more than a fine
    tuning often has, 60 % of the range is still −6..6, whatever the activations are.
    """

    def __init__(self) -> None:
        """Asymmetric, as TFLite quantizes activations."""
        super().__init__(num_bits=8, per_axis=False, symmetric=False, narrow_range=False)

    def build(self, tensor_shape: Any, name: str, layer: Any) -> dict[str, Any]:
        """Makes the variables of one range."""
        steps = layer.add_weight(f"{name}_steps", initializer="zeros", trainable=False)
        return {**super().build(tensor_shape, name, layer), "steps": steps}

    def __call__(self, inputs: Any, training: bool, weights: dict[str, Any], **_: Any) -> Any:
        """Rounds `inputs` to 8 bits within the range, which is moved first while training."""
        if training:
            share = tf.maximum(1.0 / weights["steps"].assign_add(1.0), 1.0 / WINDOW)
            # TFLite needs 0 to be in the range.
            low = tf.minimum(tf.reduce_min(inputs), 0.0)
            high = tf.maximum(tf.reduce_max(inputs), 0.0)
            weights["min_var"].assign_add(share * (low - weights["min_var"]))
            weights["max_var"].assign_add(share * (high - weights["max_var"]))
        return super().__call__(inputs, training=False, weights=weights)


def unsupported_activation(layer: Any) -> str | None:
    """The name of the layer's activation function if tfmot cannot quantize it."""
    function = getattr(layer, "activation", None)
    if function is None:
        return None
    name: str = getattr(function, "__name__", type(function).__name__)
    # tfmot knows relu6 as a layer, but not within one.
    known = name in ACTIVATIONS or (
        name == "relu6" and isinstance(layer, tf_keras.layers.Activation)
    )
    return None if known or isinstance(function, NoOpActivation) else name


def is_pruned(kernel: npt.NDArray[np.float32]) -> bool:
    """Whether so many weights are zero that it cannot be by chance."""
    return bool(np.mean(kernel == 0) >= SPARSITY)


def is_clustered(kernel: npt.NDArray[np.float32]) -> bool:
    """Whether the weights that are not zero share values, which trained floats hardly do."""
    weights = kernel[kernel != 0]
    unique = np.unique(weights).size
    return bool(0 < unique <= min(CENTROIDS, 0.75 * weights.size))
