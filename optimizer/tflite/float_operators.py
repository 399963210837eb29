"""tflite/: which operators of a `.tflite` compute in float."""

from optimizer.errors import ConversionError
from optimizer.tflite.facts import CONVERTING
from optimizer.tflite.flatbuffer import read_flatbuffer

ADVICE = "To leave them in float, use integer_only=false."


class FloatOperatorsError(ConversionError):
    """A file that was to be integer inside has operators that compute in float."""

    def __init__(self, message: str, what: str) -> None:
        """`what` is the message without what to do."""
        super().__init__(message, what)
        self.what = what

    def __str__(self) -> str:
        return str(self.args[0])


def refuse_float_operators(content: bytes) -> None:
    """Makes sure that a file is integer inside; whatever its inputs and outputs are.

    Neither quantizer does: the LiteRT Quantizer leaves what it does not know in float, and so does
    the TensorFlow converter (2.21) with TFLITE_BUILTINS_INT8 alone as long as inputs and outputs
    are float32.

    Raises:
        FloatOperatorsError: names the operators that give float32.
    """
    if found := float_operators(content):
        what = f"These operators have no integer form here: {', '.join(sorted(found))}."
        raise FloatOperatorsError(f"{what} {ADVICE}", what)


def float_operators(content: bytes) -> set[str]:
    """The operators of a `.tflite` that give float32, but for those that only change types."""
    found = {
        use.name
        for use in read_flatbuffer(content).uses
        if any(tensor.dtype == "FLOAT32" for tensor in use.outputs)
    }
    return found - {*CONVERTING}
