"""techniques/: 16-bit activations with 8-bit weights."""

from optimizer.techniques.calibrated import Calibrated
from optimizer.techniques.family import MIXED
from optimizer.techniques.registry import technique


@technique
class Int16x8(Calibrated):
    """8-bit weights and 16-bit activations: for models that int8 hurts."""

    name = "int16x8"
    label = "Int16x8"
    summary = (
        "8-bit weights, 16-bit activations: keeps accuracy where int8 loses it; XNNPACK, LiteRT's "
        "CPU library, has no kernels for it."
    )
    family = MIXED
    rank = 160
    stores_as = "INT8"
    first_choice = False
    activation_bits = 16
    operator_set = "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
