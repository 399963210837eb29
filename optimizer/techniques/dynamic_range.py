"""techniques/: dynamic range quantization."""

from optimizer.techniques.converter import convert, converter_for
from optimizer.techniques.technique import Conversion, Family, Sources


class DynamicRange(Conversion):
    """8-bit weights; activations are quantized while running, from the range they have then."""

    name = "dynamic_range"
    label = "Dynamic range"
    summary = "8-bit weights, activations measured while running: a quarter of the size, no data."
    family = Family.WEIGHTS

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        converter = converter_for(sources.saved_model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return convert(converter)
