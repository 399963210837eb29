"""tflite/: which operators of a `.tflite` compute in float."""

from optimizer.errors import ConversionError
from optimizer.tflite.flatbuffer import read_flatbuffer
from optimizer.tflite.graph import CONVERTING


def refuse_float_operators(content: bytes) -> None:
    """Makes sure that a file is integer inside; whatever its inputs and outputs are.

    Neither quantizer does: the LiteRT Quantizer leaves what it does not know in float, and so does
    the TensorFlow converter (2.21) with TFLITE_BUILTINS_INT8 alone as long as inputs and outputs
    are float32.

    Raises:
        ConversionError: names the operators that give float32.
    """
    found = {
        use.name
        for use in read_flatbuffer(content).uses
        if any(tensor.dtype == "FLOAT32" for tensor in use.outputs)
    }
    if found := found - {*CONVERTING}:
        raise ConversionError(
            f"These operators have no integer form here: {', '.join(sorted(found))}. "
            "Turn “integer only” off, which leaves them in float, or try the other quantizer."
        )
