"""techniques/: float32, the baseline that every comparison is against."""

from optimizer.techniques.technique import Conversion, Family, Sources


class Float32(Conversion):
    """The model as it came, as a `.tflite`."""

    name = "float32"
    label = "Float32 (baseline)"
    summary = "The model as it is, without optimization. Every other file is compared with it."
    family = Family.BASELINE

    def convert(self, sources: Sources) -> bytes:
        """Takes the float `.tflite` that was made when the model was opened."""
        return sources.float_tflite.read_bytes()
