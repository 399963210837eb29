"""techniques/: float16 weights."""

from pathlib import Path

from optimizer.techniques.converters.tensorflow_converter import convert, converter_for
from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.family import HALF
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Sources


@technique
class Float16(Quantized):
    """Weights stored in half precision, half the size; computed in float32 on a CPU."""

    name = "float16"
    label = "Float16"
    summary = "Stores weights in 16 bits: half the size, practically no loss; suits GPUs."
    family = HALF
    rank = 120
    stores_as = "FLOAT16"

    def with_litert(self, sources: Sources) -> bytes:
        """See `Quantized.with_litert`."""
        from optimizer.techniques.converters.litert_quantizer import cast_weights  # noqa: PLC0415 (workers only)

        return cast_weights(sources)

    def with_tensorflow(self, saved_model: Path, sources: Sources) -> bytes:
        """See `Quantized.with_tensorflow`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        converter = converter_for(saved_model, sources.select_tf_ops)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return convert(converter)
