"""techniques/: full integer quantization, int8."""

from optimizer.techniques.calibrated import Boundary, Calibrated
from optimizer.techniques.family import INTEGER
from optimizer.techniques.properties import RANGES, Property
from optimizer.techniques.quantizer import Quantizer
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import parameter


@technique
class Int8(Calibrated):
    """8-bit weights and activations, with ranges measured on calibration samples."""

    name = "int8"
    label = "Int8"
    summary = (
        "8-bit weights and activations: a quarter of the size; what microcontrollers and "
        "accelerators need."
    )
    family = INTEGER
    rank = 150
    stores_as = "INT8"
    activation_bits = 8
    operator_set = "TFLITE_BUILTINS_INT8"

    io: Boundary = parameter(
        "float32", "Input and output type", "The type that the application feeds in and reads out."
    )

    @property
    def keeps(self) -> frozenset[Property]:
        """The ranges that a model was trained with, which only the converter reads."""
        return frozenset() if self.quantizer is Quantizer.LITERT else frozenset({RANGES})

    @property
    def boundary(self) -> Boundary:
        """The type of inputs and outputs."""
        return self.io
