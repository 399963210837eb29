"""techniques/: float16 weights."""

from optimizer.techniques.converter import convert, converter_for
from optimizer.techniques.technique import Conversion, Family, Sources


class Float16(Conversion):
    """Weights stored in half precision, half the size; computed in float32 on a CPU."""

    name = "float16"
    label = "Float16"
    summary = "Stores weights in 16 bits: half the size, practically no loss; suits GPUs."
    family = Family.HALF

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        converter = converter_for(sources.saved_model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return convert(converter)
