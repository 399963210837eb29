"""tflite/: which operators of a `.tflite` compute in float."""

from ai_edge_litert import schema_py_generated as schema

from optimizer.errors import ConversionError

BOUNDARY = {"QUANTIZE", "DEQUANTIZE"}
NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}


def refuse_float_operators(content: bytes) -> None:
    """Makes sure that a file is integer inside; whatever its inputs and outputs are.

    Neither quantizer does: the LiteRT Quantizer leaves what it does not know in float, and so does
    the TensorFlow converter (2.21) with TFLITE_BUILTINS_INT8 alone as long as inputs and outputs
    are float32.

    Raises:
        ConversionError: names the operators that give float32.
    """
    root = schema.Model.GetRootAs(content, 0)
    found = set()
    for g in range(root.SubgraphsLength()):
        graph = root.Subgraphs(g)
        for o in range(graph.OperatorsLength()):
            operator = graph.Operators(o)
            code = root.OperatorCodes(operator.OpcodeIndex())
            outputs = [graph.Tensors(operator.Outputs(i)) for i in range(operator.OutputsLength())]
            if any(tensor.Type() == schema.TensorType.FLOAT32 for tensor in outputs):
                found.add(NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())])
    if found - BOUNDARY:
        raise ConversionError(
            f"These operators have no integer form here: {', '.join(sorted(found - BOUNDARY))}. "
            "Turn “integer only” off, which leaves them in float, or try the other quantizer."
        )
