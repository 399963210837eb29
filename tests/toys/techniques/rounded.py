"""techniques/: a toy conversion: float32 weights with fewer digits, which compress better."""

import numpy as np

from optimizer.techniques.family import Family
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Conversion, Sources, parameter

MANTISSA = 23  # bits of a float32


@technique
class Rounded(Conversion):
    """The model as it came, but for the last binary digits of its weights."""

    name = "rounded"
    label = "Rounded float32"
    summary = "Cuts the digits of the weights: as large and as fast, but smaller when compressed."
    family = Family("rounded", "#5f8f8f")
    rank = 115
    libraries = ()
    stores_as = "FLOAT32"

    bits: int = parameter(8, "Digits", "Binary digits that are kept.", low=1, high=MANTISSA)

    def convert(self, sources: Sources) -> bytes:
        """See `Conversion.convert`."""
        from ai_edge_litert import schema_py_generated as schema

        content = bytearray(sources.float_tflite().read_bytes())
        model = schema.Model.GetRootAs(content, 0)
        graph = model.Subgraphs(0)
        for index in range(graph.TensorsLength()):
            tensor = graph.Tensors(index)
            data = model.Buffers(tensor.Buffer()).DataAsNumpy()
            if tensor.Type() == schema.TensorType.FLOAT32 and isinstance(data, np.ndarray):
                values = data.view(np.uint32)
                values &= np.uint32(2**32 - 2 ** (MANTISSA - self.bits))
        return bytes(content)
