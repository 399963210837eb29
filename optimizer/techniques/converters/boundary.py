"""techniques/converters/: files whose inputs and outputs have the type that was asked for."""

from collections.abc import Callable

from optimizer.tflite.flatbuffer import read_flatbuffer
from optimizer.tflite.indices import index_inputs


def with_boundary(make: Callable[[str], bytes], boundary: str) -> bytes:
    """The file with inputs of the type that was asked for, or else, with indices, of floats.

    Whole numbers that stand for something, such as words, would be folded together.

    Args:
        make: Makes the file, with inputs of a type.
        boundary: "float32", "int8" or "uint8".
    """
    content = make(boundary)
    if boundary == "float32":
        return content
    main = read_flatbuffer(content).graphs[0]
    folded = any(
        tensor.quantized and holds
        for tensor, holds in zip(main.inputs, index_inputs(main), strict=True)
    )
    return make("float32") if folded else content
