"""techniques/: dynamic range quantization."""

from collections.abc import Sequence
from math import prod
from pathlib import Path

from optimizer.models.summary import LayerFit
from optimizer.techniques.converters.tensorflow_converter import convert, converter_for
from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.family import WEIGHTS
from optimizer.techniques.promise import Promise, Taken
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Sources
from optimizer.tflite.facts import WeightTensor

# The converter leaves smaller tensors in float (tensorflow/compiler/mlir/quantization/common/
# quantization_lib/quantization_config.h: minimum_elements_for_weights).
LEAST_DYNAMIC = 1024  # values


@technique
class DynamicRange(Quantized):
    """8-bit weights; activations are quantized while running, from the range they have then."""

    name = "dynamic_range"
    label = "Dynamic range"
    summary = "8-bit weights, activations measured while running: a quarter of the size, no data."
    family = WEIGHTS
    rank = 130
    stores_as = "INT8"

    def promise(
        self, weight: WeightTensor, layer: LayerFit | None, taken: Sequence[Taken]
    ) -> Promise | None:
        """See `Conversion.promise`; of small tensors nothing is promised."""
        promise = super().promise(weight, layer, taken)
        small = prod(weight.shape) < LEAST_DYNAMIC
        return None if promise and not promise.kept and small else promise

    def with_litert(self, sources: Sources) -> bytes:
        """See `Quantized.with_litert`."""
        from optimizer.techniques.converters.litert_quantizer import quantize_dynamic  # noqa: PLC0415 (workers only)

        return quantize_dynamic(sources)

    def with_tensorflow(self, saved_model: Path, sources: Sources) -> bytes:
        """See `Quantized.with_tensorflow`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        converter = converter_for(saved_model, sources.select_tf_ops)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return convert(converter)
