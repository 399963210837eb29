"""techniques/: float16 weights."""

from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.family import HALF
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Maker


@technique
class Float16(Quantized):
    """Weights stored in half precision, half the size; computed in float32 on a CPU."""

    name = "float16"
    label = "Float16"
    summary = "Stores weights in 16 bits: half the size, practically no loss; suits GPUs."
    family = HALF
    rank = 120
    stores_as = "FLOAT16"

    def with_litert(self) -> Maker:
        """See `Quantized.with_litert`."""
        return Maker("optimizer.techniques.converters.litert_quantizer:cast_weights")

    def with_tensorflow(self) -> Maker:
        """See `Quantized.with_tensorflow`."""
        return Maker("optimizer.techniques.converters.tensorflow_converter:in_float16")
