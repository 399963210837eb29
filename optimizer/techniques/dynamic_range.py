"""techniques/: dynamic range quantization."""

from pathlib import Path

from optimizer.techniques.converter import convert, converter_for
from optimizer.techniques.either_quantizer import Quantized
from optimizer.techniques.technique import Family, Sources


class DynamicRange(Quantized):
    """8-bit weights; activations are quantized while running, from the range they have then."""

    name = "dynamic_range"
    label = "Dynamic range"
    summary = "8-bit weights, activations measured while running: a quarter of the size, no data."
    family = Family.WEIGHTS

    def with_litert(self, sources: Sources) -> bytes:
        """See `Quantized.with_litert`."""
        from optimizer.techniques.litert import quantize_dynamic  # noqa: PLC0415 (workers only)

        return quantize_dynamic(sources)

    def with_tensorflow(self, saved_model: Path, sources: Sources) -> bytes:
        """See `Quantized.with_tensorflow`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        converter = converter_for(saved_model, sources.select_tf_ops)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return convert(converter)
