"""techniques/: dynamic range quantization."""

from collections.abc import Sequence
from math import prod

from optimizer.models.summary import LayerFit
from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.family import WEIGHTS
from optimizer.techniques.promise import Promise, Taken
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Maker
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

    def with_litert(self) -> Maker:
        """See `Quantized.with_litert`."""
        return Maker("optimizer.techniques.converters.litert_quantizer:quantize_dynamic")

    def with_tensorflow(self) -> Maker:
        """See `Quantized.with_tensorflow`."""
        return Maker("optimizer.techniques.converters.tensorflow_converter:in_dynamic_range")
