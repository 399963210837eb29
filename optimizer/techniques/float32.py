"""techniques/: float32, the baseline that every comparison is against."""

from optimizer.techniques.family import BASELINE
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Conversion, Maker


@technique
class Float32(Conversion):
    """The model as it came, as a `.tflite`."""

    name = "float32"
    label = "Float32"
    summary = (
        "Nothing is quantized. Of the model as it came, this is the baseline of every comparison."
    )
    family = BASELINE
    rank = 110
    stores_as = "FLOAT32"

    libraries = ()  # what converted the model when it was opened has done so

    def maker(self, *, ready: bool) -> Maker:  # noqa: ARG002
        """See `Conversion.maker`: takes the float `.tflite` of when the model was opened."""
        return Maker("optimizer.techniques.converters.as_it_came:as_it_came")
