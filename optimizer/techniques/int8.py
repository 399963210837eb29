"""techniques/: full integer quantization, int8."""

from optimizer.techniques.calibrated import Boundary, Calibrated
from optimizer.techniques.technique import Family, parameter


class Int8(Calibrated):
    """8-bit weights and activations, with ranges measured on calibration samples."""

    name = "int8"
    label = "Int8"
    summary = (
        "8-bit weights and activations: a quarter of the size; what microcontrollers and "
        "accelerators need."
    )
    family = Family.INTEGER
    activation_bits = 8
    operator_set = "TFLITE_BUILTINS_INT8"

    io: Boundary = parameter(
        "float32", "Input and output type", "The type that the application feeds in and reads out."
    )

    @property
    def boundary(self) -> Boundary:
        """The type of inputs and outputs."""
        return self.io
